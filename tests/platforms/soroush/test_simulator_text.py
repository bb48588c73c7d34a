"""Markup on the simulated Soroush Plus: what is shown, which entities come out, what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.platforms.soroush.simulator_text import MarkupError, given_entities, parse, typed_entities, utf16_length


@pytest.mark.parametrize(
    ("raw", "shown", "entities"),
    [
        ("plain &amp; simple", "plain & simple", []),
        ("a &lt;b&gt; &#1575; &unknown; & c", "a <b> ا &unknown; & c", []),
        ("<b>سلام</b>", "سلام", [("bold", 0, 4)]),
        ("😀<i>x</i>", "😀x", [("italic", 2, 1)]),
        ("<b>a<i>b</i></b>", "ab", [("bold", 0, 2), ("italic", 1, 1)]),
        ("<u>u</u><s>s</s><tg-spoiler>p</tg-spoiler>", "usp", [("underline", 0, 1), ("strikethrough", 1, 1)]),
        ("<code>x &lt; y</code>", "x < y", [("code", 0, 5)]),
        ("<blockquote expandable>q</blockquote>", "q", [("expandable_blockquote", 0, 1)]),
        ("<b></b>x", "x", []),
    ],
)
def test_html_is_read(raw: str, shown: str, entities: list[tuple[str, int, int]]) -> None:
    text, found = parse(raw, "HTML")
    assert text == shown
    assert [(e["type"], e["offset"], e["length"]) for e in found][: len(entities)] == entities
    assert bool(found) is bool(entities)


def test_a_link_and_a_language_are_kept() -> None:
    assert parse('<a href="https://x.example/?a=1&amp;b">x</a>', "html") == (
        "x",
        [{"type": "text_link", "offset": 0, "length": 1, "url": "https://x.example/?a=1&b"}],
    )
    assert parse('<pre><code class="language-python">x</code></pre>', "HTML")[1] == [
        {"type": "pre", "offset": 0, "length": 1, "language": "python"}
    ]


@pytest.mark.parametrize("raw", ["<", "1 < 2", "<b>", "</b>", "<b><i>x</b></i>", "<font>x</font>", "<b x"])
def test_html_that_does_not_close_or_is_not_known_is_refused(raw: str) -> None:
    with pytest.raises(MarkupError):
        parse(raw, "HTML")


@pytest.mark.parametrize(
    ("mode", "raw", "shown", "kinds"),
    [
        ("MarkdownV2", r"*a* _b_ __c__ ~d~ ||e|| `f` \.", "a b c d e f .", 6),
        ("MarkdownV2", "[x](https://x.example)", "x", 1),
        ("MarkdownV2", ">one\ntwo", "one\ntwo", 1),
        ("MarkdownV2", "```x```", "x", 1),
        ("Markdown", "*a* _b_ `c` d. [x](https://x.example)", "a b c d. x", 4),
        ("Markdown", r"2\*3", "2*3", 0),
    ],
)
def test_both_markdowns_are_read(mode: str, raw: str, shown: str, kinds: int) -> None:
    text, found = parse(raw, mode)
    assert (text, len(found)) == (shown, kinds)


@pytest.mark.parametrize(
    ("mode", "raw"),
    [
        ("MarkdownV2", "a.b"),
        ("MarkdownV2", "*a"),
        ("MarkdownV2", "*_a*_"),
        ("MarkdownV2", "[a] b"),
        ("Markdown", "snake_case"),
        ("Markdown", "`x"),
        ("Textile", "x"),
    ],
)
def test_marks_without_an_end_or_without_an_escape_are_refused(mode: str, raw: str) -> None:
    with pytest.raises(MarkupError):
        parse(raw, mode)


@pytest.mark.parametrize(
    "entities",
    [
        "bold",
        [{"type": "blinking", "offset": 0, "length": 1}],
        [{"type": "bold", "offset": 0, "length": 3}],
        [{"type": "bold", "offset": 0}],
        [{"type": "bold", "offset": -1, "length": 1}],
        [{"type": "bold", "offset": 0, "length": 0}],
        [1],
    ],
)
def test_entities_that_a_bot_made_must_fit_the_text(entities: Any) -> None:
    with pytest.raises(MarkupError):
        given_entities("😀", entities)


def test_entities_that_fit_are_taken_as_they_are() -> None:
    entities = [{"type": "bold", "offset": 0, "length": 2}]
    assert given_entities("😀", entities) == entities


def test_plain_words_have_the_entities_that_the_app_finds() -> None:
    found = typed_entities("/link @sara_demo https://x.example/@no #تگ")
    assert [e["type"] for e in found] == ["bot_command", "mention", "url", "hashtag"]


@given(st.text())
def test_whatever_is_escaped_for_html_is_shown_as_it_was(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert parse(f"<b>{escaped}</b>", "HTML")[0] == text


@given(st.text(alphabet="<>/&;abi p\"=#'-😀", max_size=40))
def test_no_html_breaks_the_reader(raw: str) -> None:
    try:
        shown, entities = parse(raw, "HTML")
    except MarkupError:
        return
    assert all(e["offset"] + e["length"] <= utf16_length(shown) for e in entities)


@given(st.text(alphabet="*_~|`[]()>\\\n ab.", max_size=40), st.sampled_from(["Markdown", "MarkdownV2"]))
def test_no_markdown_breaks_the_reader(raw: str, mode: str) -> None:
    try:
        shown, entities = parse(raw, mode)
    except MarkupError:
        return
    assert all(e["offset"] + e["length"] <= utf16_length(shown) for e in entities)
