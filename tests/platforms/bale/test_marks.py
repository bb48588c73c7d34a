from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.marks import normal
from bridge.model import Mark, Text
from bridge.platforms.bale.markdown import MARK_UNITS, as_literal, as_markdown, as_marks, as_typed
from bridge.platforms.bale.simulator_text import looks_of, shown
from tests.strategies import FORMATTED

LINK = "https://x.ir"


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def visible(text: str) -> str:
    """Without what we put in; brackets of a link's words become wide ones, and look-alikes stand for signs."""
    for sign, like in {"*": "\u2217", "_": "\uff3f", "`": "\u02cb", "]": "\uff3d", "[": "\uff3b"}.items():
        text = text.replace(like, sign)
    return text.replace("\u200c", "")


def kinds(text: Text, *wanted: str) -> list[tuple[str, str]]:
    return [(m.value or m.kind, visible(text.body[m.start : m.end])) for m in text.marks if m.kind in wanted]


@given(FORMATTED)
@example(Text("*a b", (Mark("bold", 3, 4),)))
@example(Text("a [b c] d", (Mark("link", 2, 7, LINK), Mark("bold", 3, 4))))
@example(Text("***", ()))
def test_a_formatted_text_is_shown_with_the_same_words_and_links(text: Text) -> None:
    raw = as_markdown(text.body, text.marks, 4096)
    assert visible(shown(raw)) == visible(text.body)
    links = []
    for mark in text.marks:
        if mark.kind == "link":
            line = text.body[mark.start : mark.end].split("\n")[0].rstrip()
            links.append((mark.value.replace("(", "%28").replace(")", "%29"), visible(line)))
    assert [(look.value, visible(look.words)) for look in looks_of(raw) if look.kind == "link"] == links
    body, marks = as_marks(raw)
    if not raw.lstrip().startswith("/"):
        assert visible(body) == visible(text.body)
        assert {mark.value for mark in marks if mark.kind == "link"} == {address for address, _ in links}


@given(FORMATTED)
def test_what_is_emphasised_was_so_but_for_the_punctuation_around_it(text: Text) -> None:
    raw = as_markdown(text.body, text.marks, 4096)
    for look in looks_of(raw):
        if look.kind in ("bold", "italic"):
            bare = visible(look.words).strip(".,:;!?…،؛؟«»\"'()-–—")
            assert any(
                mark.kind == look.kind and bare in visible(text.body[mark.start : mark.end]) for mark in text.marks
            )


@given(FORMATTED, st.integers(0, 40))
def test_markup_never_takes_more_room_than_was_counted_for_it(text: Text, spare: int) -> None:
    marks = [mark for mark in text.marks if mark.kind in ("bold", "italic", "link")]
    limit = units(text.body) + sum(MARK_UNITS + units(mark.value) for mark in marks) + spare
    raw = as_markdown(text.body, marks, limit)
    assert units(raw) <= limit
    for mark in marks:
        if mark.kind == "link":
            assert mark.value in raw or mark.value.replace("(", "%28").replace(")", "%29") in raw


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        (Text("so bold it is", (Mark("bold", 3, 7),)), "so *bold* it is"),
        (Text("so (bold), it is", (Mark("bold", 4, 8),)), "so *(bold),* it is"),
        (Text("کتاب‌ها", (Mark("bold", 0, 4),)), "کتاب‌ها"),
        (Text("one\ntwo", (Mark("italic", 0, 7),)), "_one_\n_two_"),
        (Text("here now", (Mark("link", 0, 4, LINK),)), "[here](https://x.ir) now"),
        (Text("here", (Mark("link", 0, 4, LINK), Mark("bold", 0, 4))), "[here](https://x.ir)"),
        (Text("a b c", (Mark("bold", 0, 5), Mark("italic", 2, 3))), "*a b c*"),
        (Text("2 * 3", (Mark("bold", 0, 5),)), "2 * 3"),
        (Text("*a* b", (Mark("italic", 4, 5),)), "\u200c*a* _b_"),
        (Text("a b", (Mark("code", 0, 1), Mark("spoiler", 2, 3))), "a b"),
    ],
)
def test_marks_are_written_where_bale_surely_sees_them(text: Text, raw: str) -> None:
    assert as_markdown(text.body, text.marks, 4096) == raw


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("*bold*", Text("bold", (Mark("bold", 0, 4),))),
        ("so _it is_ then", Text("so it is then", (Mark("italic", 3, 8),))),
        ("see [here](https://x.ir) now", Text("see here now", (Mark("link", 4, 8, LINK),))),
        ("*a [b](https://x.ir)*", Text("a b", (Mark("bold", 0, 1), Mark("link", 2, 3, LINK), Mark("bold", 2, 3)))),
        ("*one _two_ three*", Text("one two three", (Mark("bold", 0, 13), Mark("italic", 4, 7)))),
        ("[Sara](uid:7)", Text("Sara", (Mark("mention", 0, 4, "7"),))),
        ("[Sara](https://web.bale.ai/chat?uid=7)", Text("Sara", (Mark("mention", 0, 4, "7"),))),
        ("[Sara](ble.ir/sara)", Text("Sara", (Mark("link", 0, 4, "https://ble.ir/sara"),))),
        ("[x](javascript:alert)", Text("[x](javascript:alert)")),
        ("2 * 3 * 4, snake_case_name, a*b*c", Text("2 * 3 * 4, snake_case_name, a*b*c")),
        ("*open\nand closed*", Text("*open\nand closed*")),
        ("**two**", Text("*two*", (Mark("bold", 0, 5),))),
        ("/start _a_", Text("/start _a_")),
        ("`code` and ```[title]about```", Text("`code` and ```[title]about```")),
        ("😀 *a* 😀 _b_", Text("😀 a 😀 b", (Mark("bold", 2, 3), Mark("italic", 6, 7)))),
    ],
)  # fmt: skip
def test_what_people_write_is_read_as_bale_shows_it(raw: str, text: Text) -> None:
    assert as_marks(raw) == (text.body, text.marks)


@given(st.text(alphabet="*_`[](): \nab", max_size=60))
@example("***")
@example("_*_")
def test_nothing_is_read_out_of_a_text_that_was_sent_as_plain(text: str) -> None:
    body, marks = as_marks(as_literal(text, 4096))
    assert marks == ()
    assert as_typed(body) == text


@given(st.text(alphabet="*_[](): \nab.x/", max_size=60) | st.text(max_size=30))
def test_whatever_people_write_gives_proper_marks(raw: str) -> None:
    body, marks = as_marks(raw)
    assert normal(body, marks) == marks


@pytest.mark.parametrize(
    "unit", ["*a ", "*a\n", "[", "[a](", "[a](b)", "*a* ", "_", "](", "*a _b ", "[a](https://x.ir) "]
)
def test_hostile_markdown_takes_no_time(unit: str) -> None:
    raw = (unit * 65_536)[:65_000]
    began = time.process_time()
    body, marks = as_marks(raw)
    as_markdown(body, marks[:200], 10**6)
    assert time.process_time() - began < 1.5
