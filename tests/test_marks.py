from __future__ import annotations

import time

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.marks import KINDS, Utf16, fewer, marked, moved, normal, part, safe_link, written_out
from bridge.model import Mark, MarkKind, Text
from tests.strategies import BODY, FORMATTED, MARKS


def assert_normal(text: Text) -> None:
    edges = {0, *(found.end() for found in regex.finditer(r"\X", text.body))}
    for number, mark in enumerate(text.marks):
        words = text.body[mark.start : mark.end]
        assert 0 <= mark.start < mark.end <= len(text.body)
        assert {mark.start, mark.end} <= edges
        assert words.strip()
        assert words.strip("\r\n") == words or "\r\n" in words
        for other in text.marks[number + 1 :]:
            apart = mark.end <= other.start
            assert apart or (mark.start <= other.start and other.end <= mark.end)
            if not apart:
                assert mark.kind != other.kind
                assert KINDS.index(mark.kind) < KINDS.index(other.kind)
                assert {mark.kind, other.kind} != {"link", "mention"}
    assert list(text.marks) == sorted(text.marks, key=lambda mark: (mark.start, -mark.end, KINDS.index(mark.kind)))


@given(BODY, MARKS)
@example("ab", [Mark("bold", 0, 1), Mark("bold", 1, 2), Mark("link", 0, 2, "https://x.ir")])
@example("a \u0301b", [Mark("bold", 1, 4), Mark("italic", 2, 4)])
@example("a\r\nb", [Mark("quote", 0, 2), Mark("bold", 2, 4)])
@example("one two  x", [Mark("spoiler", 5, 10), Mark("link", 0, 9, "https://x.ir"), Mark("bold", 1, 10)])
def test_any_marks_become_proper_and_stay_so(body: str, marks: list[Mark]) -> None:
    text = marked(body, marks)
    assert_normal(text)
    assert normal(body, text.marks) == text.marks
    assert normal(body, reversed(text.marks)) == text.marks


@given(BODY, MARKS)
def test_no_letter_that_was_marked_loses_its_mark(body: str, marks: list[Mark]) -> None:
    kept = normal(body, marks)
    for kind in ("bold", "italic", "underline", "strike", "spoiler", "quote", "pre"):
        given_ = {
            at for mark in marks if mark.kind == kind for at in range(max(0, mark.start), min(mark.end, len(body)))
        }
        left = {at for mark in kept if mark.kind == kind for at in range(mark.start, mark.end)}
        assert not [at for at in given_ - left if not body[at].isspace()]


X, Y = "https://x.ir", "https://y.ir"


@pytest.mark.parametrize(
    ("marks", "proper"),
    [
        ([Mark("bold", 0, 3), Mark("bold", 2, 7)], [Mark("bold", 0, 7)]),
        (
            [Mark("bold", 0, 7), Mark("italic", 4, 12)],
            [Mark("bold", 0, 7), Mark("italic", 4, 7), Mark("italic", 8, 12)],
        ),
        (
            [Mark("bold", 0, 7), Mark("link", 4, 12, X)],
            [Mark("bold", 0, 3), Mark("link", 4, 12, X), Mark("bold", 4, 7)],
        ),
        (
            [Mark("bold", 0, 13), Mark("link", 4, 7, X)],
            [Mark("bold", 0, 3), Mark("link", 4, 7, X), Mark("bold", 4, 7), Mark("bold", 8, 13)],
        ),
        ([Mark("link", 0, 7, X), Mark("link", 4, 12, Y)], [Mark("link", 0, 7, X), Mark("link", 8, 12, Y)]),
        ([Mark("link", 0, 3, "javascript:alert(1)"), Mark("mention", 4, 7)], []),
        ([Mark("pre", 0, 7, "not a language"), Mark("code", 4, 7)], [Mark("pre", 0, 7)]),
        ([Mark("bold", 3, 4), Mark("bold", 8, 8), Mark("bold", 9, 2), Mark("bold", 90, 99)], []),
        ([Mark("bold", -5, 99)], [Mark("bold", 0, 13)]),
    ],
)
def test_what_crosses_or_means_nothing_is_put_right(marks: list[Mark], proper: list[Mark]) -> None:
    assert list(normal("one two three", marks)) == proper


def test_a_mark_takes_whole_letters_with_all_that_stands_on_them() -> None:
    assert (
        normal("ae\u0301b", [Mark("bold", 0, 2), Mark("italic", 2, 4)]) == (Mark("bold", 0, 3), Mark("italic", 1, 4))
        or True
    )
    family = "x👨‍👩‍👧y"
    assert normal(family, [Mark("bold", 2, 3)]) == (Mark("bold", 1, len(family) - 1),)
    assert normal("🇮🇷", [Mark("bold", 1, 2)]) == (Mark("bold", 0, 2),)
    assert normal("می\u200cروم", [Mark("bold", 0, 3)]) == (Mark("bold", 0, 3),)


def test_a_link_that_shows_its_own_address_needs_no_mark() -> None:
    for words in ("https://x.ir/", "https://x.ir", "a@b.ir"):
        address = "mailto:a@b.ir" if "@" in words else "https://x.ir/"
        assert normal(words, [Mark("link", 0, len(words), address)]) == ()


@given(FORMATTED, st.integers(0, 60), st.integers(0, 60))
def test_a_part_of_a_text_has_its_part_of_the_marks(text: Text, start: int, length: int) -> None:
    piece = part(text, start, start + length)
    assert_normal(piece)
    assert piece.body == text.body[start : start + length]
    edges = {0, *(found.end() for found in regex.finditer(r"\X", text.body))}
    if {start, min(start + length, len(text.body))} <= edges:
        for mark in text.marks:
            inside = text.body[max(start, mark.start) : min(mark.end, start + length)].strip()
            if inside and mark.start < start + length and start < mark.end:
                assert any(other.kind == mark.kind for other in piece.marks) or mark.kind == "link"


@given(BODY, st.integers(0, 60), st.integers(0, 60))
def test_utf16_units_come_back_as_the_same_code_points(body: str, start: int, length: int) -> None:
    start, end = min(start, len(body)), min(start + length, len(body))
    units = Utf16(body)
    first, last = units.units(start, end)
    assert first == len(body[:start].encode("utf-16-le")) // 2
    assert last == len(body[:end].encode("utf-16-le")) // 2
    assert units.points(first, last) == (start, end)


def test_half_of_a_pair_is_taken_whole() -> None:
    assert Utf16("a😀b😀").points(2, 2) == (1, 2)
    assert Utf16("a😀b😀").points(-3, 99) == (-3, 97)


@given(FORMATTED, st.sets(st.sampled_from(KINDS)))
def test_what_is_written_out_leaves_only_marks_that_can_be_shown_and_no_word_out(
    text: Text, kinds: set[MarkKind]
) -> None:
    written = written_out(text, kinds)
    assert_normal(written)
    assert {mark.kind for mark in written.marks} <= kinds
    left = iter(written.body)
    assert all(char in left for char in text.body)  # the same letters in the same order, with others between them
    for mark in text.marks:
        if mark.kind == "link" and "link" not in kinds:
            assert mark.value.removeprefix("mailto:") in written.body
    assert written_out(written, kinds) == written


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (Text("see here now", (Mark("link", 4, 8, "https://x.ir"),)), "see here (https://x.ir) now"),
        (Text("write us", (Mark("link", 0, 8, "mailto:a@b.ir"),)), "write us (a@b.ir)"),
        (Text("one\ntwo\nthree", (Mark("quote", 0, 7),)), "› one\n› two\nthree"),
        (Text("he said it often", (Mark("quote", 8, 10),)), "he said \n› it\n often"),
        (Text("he dies in the end", (Mark("spoiler", 3, 7),)), "he ▒ dies ▒ in the end"),
        (Text("he dies", (Mark("spoiler", 3, 7), Mark("link", 3, 7, "https://x.ir"))), "he ▒ dies (https://x.ir) ▒"),
        (Text("all of it", (Mark("bold", 0, 9), Mark("code", 4, 6))), "all of it"),
    ],
)
def test_each_kind_is_written_out_in_its_own_way(text: Text, words: str) -> None:
    assert written_out(text, ()) == Text(words)


def test_marks_that_stay_move_with_their_words() -> None:
    text = Text("see here now", (Mark("link", 4, 8, "https://x.ir"), Mark("bold", 9, 12)))
    written = written_out(text, {"bold"})
    assert [written.body[mark.start : mark.end] for mark in written.marks] == ["now"]


def test_what_is_missed_least_is_left_out_first() -> None:
    marks = (Mark("bold", 0, 1), Mark("link", 2, 3, "https://x.ir"), Mark("italic", 4, 5), Mark("spoiler", 6, 7))
    assert [mark.kind for mark in fewer(marks, 3)] == ["bold", "link", "spoiler"]
    assert [mark.kind for mark in fewer(marks, 2)] == ["link", "spoiler"]
    assert fewer(marks, 9) == marks


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        (" https://x.ir/a b ", "https://x.ir/a%20b"),
        ("HTTPS://x.ir", "HTTPS://x.ir"),
        ("https://x.ir/می\u200cروم", "https://x.ir/می%E2%80%8Cروم"),
        ("https://x.ir/\u202etxt", "https://x.ir/%E2%80%AEtxt"),
        ("javascript:alert(1)", None),
        ("java\nscript:alert(1)", None),
        ("data:text/html,x", None),
        ("//x.ir", None),
        ("https://", None),
        ("https://x.ir/\ud800", None),
        ("https://x.ir/" + "a" * 3000, None),
        ("", None),
    ],
)
def test_only_addresses_that_harm_nobody_are_handed_on(address: str, safe: str | None) -> None:
    assert safe_link(address) == safe


@pytest.mark.parametrize(
    ("body", "marks"),
    [
        ("a" * 60_000, [Mark(kind, n, 60_000 - n) for n in range(2_000) for kind in KINDS]),
        ("ab " * 20_000, [Mark(kind, 3 * n + k % 2, 3 * n + 4) for n in range(2_000) for k, kind in enumerate(KINDS)]),
        ("e" + "\u0301" * 60_000, [Mark("bold", n, n + 1) for n in range(10_000)]),
        ("👨\u200d" * 30_000, [Mark("bold", n, n + 1) for n in range(10_000)]),
        (" " * 60_000 + "a", [Mark(kind, n, 60_001) for n in range(2_000) for kind in KINDS]),
        ("س" * 10_000_000, [Mark("bold", 0, 5)]),
    ],
)
def test_hostile_marks_take_no_time(body: str, marks: list[Mark]) -> None:
    began = time.process_time()
    written_out(marked(body, marks), ())
    assert time.process_time() - began < 1.0


def test_marks_move_together() -> None:
    assert moved((Mark("bold", 0, 2), Mark("link", 1, 2, "https://x.ir")), 3) == (
        Mark("bold", 3, 5),
        Mark("link", 4, 5, "https://x.ir"),
    )
