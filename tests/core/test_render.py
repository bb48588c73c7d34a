from __future__ import annotations

import time
from typing import Literal, get_args

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.abilities import Capabilities
from bridge.core.identity import label
from bridge.core.render import measure, render, split
from bridge.errors import Refused
from bridge.marks import INDISPENSABLE, KINDS, normal, written_out
from bridge.model import Mark, MarkKind, Text
from tests.strategies import FORMATTED

Unit = Literal["utf16", "codepoints", "bytes"]
UNITS: tuple[Unit, ...] = get_args(Unit)
UNIT = st.sampled_from(UNITS)
GRAPHEMES = [
    "a",
    "b",
    "س",
    "لا",
    " ",
    " ",
    "\n",
    "\r\n",
    "\t",
    "\u3000",
    "é",
    "e\u0301",
    " \u0301",
    " \u200c",
    "👍🏽",
    "👨‍👩‍👧",
    "🇮🇷",
    "می\u200cروم",
]
TEXT = st.lists(st.sampled_from(GRAPHEMES), min_size=1, max_size=300).map("".join) | st.text(min_size=1, max_size=300)
LONGEST_GRAPHEME = 64
"""Bytes; what is longer than a limit has to be cut anyhow."""


def graphemes(text: str) -> list[str]:
    return regex.findall(r"\X", text)


@given(TEXT, UNIT, st.integers(LONGEST_GRAPHEME, 200))
@example(" \u0301" * 100, "codepoints", 64)
@example("a" * 40 + " \u0301" + "b" * 60, "codepoints", 64)
@example(" " * 500 + "a", "utf16", 64)
@example("a" + "\t" * 500, "utf16", 64)
@example("\r\n" * 100 + "x", "bytes", 65)
def test_pieces_hold_every_word_in_order_and_none_is_too_long(text: str, unit: str, limit: int) -> None:
    pieces = split(text, limit, unit, most=10_000)
    assert all(measure(piece, unit) <= limit for piece in pieces)
    assert all(piece.strip() for piece in pieces) or not text.strip()
    rest = text
    for number, piece in enumerate(pieces):
        if number:
            rest = rest[len(rest) - len(rest.lstrip()) :] if not rest.startswith(piece) else rest
        at = rest.find(piece)
        assert at >= 0
        assert not rest[:at].strip()  # nothing but white space was dropped
        rest = rest[at + len(piece) :]
    assert not rest.strip()


@given(TEXT, UNIT, st.integers(LONGEST_GRAPHEME, 200))
@example("a" * 63 + "e\u0301" + "b" * 63, "codepoints", 64)
@example("a" * 31 + " \u0301" + "b" * 63, "codepoints", 64)
@example("a" * 40 + " \u200c" + "b" * 63, "codepoints", 64)
def test_a_cut_is_never_inside_a_grapheme(text: str, unit: Unit, limit: int) -> None:
    if any(measure(each, unit) > limit for each in graphemes(text)):
        return
    pieces = split(text, limit, unit, most=10_000)
    whole, kept = graphemes(text), [each for piece in pieces for each in graphemes(piece)]
    assert [each for each in kept if not each.isspace()] == [each for each in whole if not each.isspace()]


@given(TEXT, UNIT, st.integers(1000, 1100))
def test_what_fits_goes_out_as_one_part_untouched(text: str, unit: Unit, limit: int) -> None:
    able = Capabilities(text_limit=limit + 400, text_unit=unit)
    body = text if measure(text, unit) <= limit else text[: limit // 4]
    assert render("Sara", "بله", Text(body), able) == [Text(f"{label('Sara', 'بله')}\n{body}")]


@given(TEXT.map(lambda text: text * 4), UNIT, st.integers(160, 400), st.text("سaé👨", min_size=1, max_size=12))
def test_every_part_carries_the_label_and_keeps_the_limit(text: str, unit: Unit, limit: int, name: str) -> None:
    able = Capabilities(text_limit=limit, text_unit=unit, max_parts=99)
    parts = render(name, "سروش پلاس", Text(text[:2000]), able)
    for number, part in enumerate(parts, 1):
        assert measure(part.body, unit) <= limit
        assert part.body.startswith(label(name, "سروش پلاس", number, len(parts)) + "\n")


@pytest.mark.parametrize("unit", UNITS)
def test_a_line_is_kept_whole_where_there_is_room_and_else_a_word(unit: Unit) -> None:
    lines = "the first line is here\nthe second line is here\nthe third line is here"
    assert split(lines, 30, unit, 9) == lines.split("\n")
    assert split("one two three four five six seven", 12, unit, 9) == ["one two", "three four", "five six", "seven"]


@pytest.mark.parametrize("unit", UNITS)
def test_one_grapheme_larger_than_a_part_is_cut_inside_rather_than_never(unit: Unit) -> None:
    monster = "e" + "\u0301" * 300
    pieces = split(monster, 64, unit, 99)
    assert "".join(pieces) == monster
    assert all(measure(piece, unit) <= 64 for piece in pieces)


@pytest.mark.parametrize("body", ["س" * 10_000_000, "\n" * 10_000_000, "e" + "\u0301" * 10_000_000, "😀 " * 5_000_000])
@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("marked", [False, True])
def test_ten_million_letters_are_refused_at_once(body: str, unit: Unit, marked: bool) -> None:
    began = time.perf_counter()
    with pytest.raises(Refused) as refused:
        render("Sara", "بله", Text(body, (Mark("bold", 0, 5),) if marked else ()), Capabilities(text_unit=unit))
    assert refused.value.reason == "too_long"
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize("unit", UNITS)
def test_the_most_parts_are_used_and_not_one_more(unit: Unit) -> None:
    assert len(split("a" * 200, 10, unit, 20)) == 20
    with pytest.raises(Refused):
        split("a" * 201, 10, unit, 20)


@pytest.mark.parametrize("limit", [-5, 0])
def test_a_limit_that_leaves_no_room_for_words_is_refused_and_not_tried_for_ever(limit: int) -> None:
    with pytest.raises(Refused):
        split("words", limit, "utf16", 20)


def test_half_a_surrogate_pair_breaks_nothing() -> None:
    assert split("\ud800" * 30, 20, "utf16", 5) == ["\ud800" * 20, "\ud800" * 10]
    assert measure("\ud800", "bytes") == 3


# --- formatting -------------------------------------------------------------------------------------

LONG = st.lists(FORMATTED, min_size=1, max_size=6).map(
    lambda texts: Text(
        "\n".join(text.body for text in texts),
        normal(
            "\n".join(text.body for text in texts),
            [
                Mark(mark.kind, mark.start + shift, mark.end + shift, mark.value)
                for number, text in enumerate(texts)
                for shift in [sum(len(each.body) + 1 for each in texts[:number])]
                for mark in text.marks
            ],
        ),
    )
)


@given(LONG, UNIT, st.sets(st.sampled_from(KINDS)), st.integers(300, 500), st.sampled_from([0, 4]), st.integers(3, 30))
def test_every_formatted_part_is_whole_and_within_its_limits(
    text: Text, unit: Unit, kinds: set[MarkKind], limit: int, cost: int, most: int
) -> None:
    able = Capabilities(
        text_limit=limit, text_unit=unit, max_parts=99, marks=frozenset(kinds), mark_units=cost, most_marks=most
    )
    parts = render("سارا", "سروش پلاس", text, able)
    for number, part in enumerate(parts, 1):
        head = label("سارا", "سروش پلاس", number, len(parts)) + "\n"
        size = measure(part.body, unit)
        if cost:
            size += sum(cost + measure(mark.value, unit) for mark in part.marks)
        assert size <= limit
        assert part.body.startswith(head)
        assert part.body[len(head) :].strip()
        assert len(part.marks) <= most
        assert all(mark.kind in kinds and mark.start >= len(head) for mark in part.marks)
        assert normal(part.body, part.marks) == part.marks


def test_two_stretches_that_nothing_parts_any_more_become_one() -> None:
    marks = (Mark("quote", 0, 1), Mark("quote", 2, 3), Mark("spoiler", 2, 3), Mark("spoiler", 3, 4))
    able = Capabilities(marks=frozenset({"quote", "spoiler"}), most_marks=3)
    (only,) = render("سارا", "بله", Text("a\naa", marks), able)
    assert [(mark.kind, mark.end - mark.start) for mark in only.marks] == [("quote", 1), ("spoiler", 2)]


@given(LONG, st.sets(st.sampled_from(KINDS)), st.integers(300, 500))
def test_what_a_chat_can_show_is_in_its_parts(text: Text, kinds: set[MarkKind], limit: int) -> None:
    able = Capabilities(text_limit=limit, max_parts=99, marks=frozenset(kinds), mark_units=4)
    whole = written_out(text, kinds)
    parts = render("سارا", "سروش پلاس", text, able)
    bodies = [part.body.partition("\n")[2] for part in parts]
    assert "".join("".join(bodies).split()) == "".join(whole.body.split())
    for kind in kinds:
        shown = [part.body[mark.start : mark.end] for part in parts for mark in part.marks if mark.kind == kind]
        meant = [whole.body[mark.start : mark.end] for mark in whole.marks if mark.kind == kind]
        if kind != "link":  # one that is cut may show its own address at last
            assert "".join("".join(shown).split()) == "".join("".join(meant).split())


def test_a_link_that_is_cut_leads_there_from_both_parts() -> None:
    able = Capabilities(text_limit=60, marks=frozenset({"link", "bold"}))
    text = Text("word " * 20, normal("word " * 20, [Mark("link", 0, 99, "https://x.ir"), Mark("bold", 50, 54)]))
    parts = render("Sara", "بله", text, able)
    assert len(parts) > 2
    assert all(any(mark.kind == "link" for mark in part.marks) for part in parts)
    assert [part.body[m.start : m.end] for part in parts for m in part.marks if m.kind == "bold"] == ["word"]


def test_emphasis_is_left_out_before_a_message_is_cut_for_it_but_no_link_is() -> None:
    able = Capabilities(most_marks=3, marks=frozenset(KINDS))
    body = "one two three four five"
    bold = Text(body, normal(body, [Mark("bold", at, at + 3) for at in (0, 4, 8, 14, 19)]))
    (whole,) = render("Sara", "بله", bold, able)
    assert len(whole.marks) == 3
    links = Text(body, normal(body, [Mark("link", at, at + 3, f"https://x.ir/{at}") for at in (0, 4, 8, 14, 19)]))
    parts = render("Sara", "بله", links, able)
    assert [mark.value for part in parts for mark in part.marks] == [f"https://x.ir/{at}" for at in (0, 4, 8, 14, 19)]
    assert {mark.kind for part in parts for mark in part.marks} <= set(INDISPENSABLE)


def test_marks_that_have_no_room_even_beside_one_letter_are_left_out() -> None:
    able = Capabilities(text_limit=80, marks=frozenset({"link"}), mark_units=4, max_parts=99)
    text = Text("سلام", (Mark("link", 0, 4, "https://x.ir/" + "a" * 200),))
    parts = render("Sara", "بله", text, able)
    assert "".join(part.body.partition("\n")[2] for part in parts) == "سلام"
    assert not any(part.marks for part in parts)


def test_a_body_cannot_put_a_mark_onto_the_label() -> None:
    able = Capabilities(marks=frozenset(KINDS))
    (only,) = render("*Sara*", "بله", Text("x", normal("x", [Mark("bold", -9, 9)])), able)
    assert only.marks == (Mark("bold", len(only.body) - 1, len(only.body)),)
