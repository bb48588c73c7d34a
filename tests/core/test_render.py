from __future__ import annotations

import time
from typing import Literal, get_args

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.core.identity import label
from bridge.core.render import measure, render, split
from bridge.errors import Refused
from bridge.model import Capabilities

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
    assert render("Sara", "بله", body, able) == [f"{label('Sara', 'بله')}\n{body}"]


@given(TEXT.map(lambda text: text * 4), UNIT, st.integers(160, 400), st.text("سaé👨", min_size=1, max_size=12))
def test_every_part_carries_the_label_and_keeps_the_limit(text: str, unit: Unit, limit: int, name: str) -> None:
    able = Capabilities(text_limit=limit, text_unit=unit, max_parts=99)
    parts = render(name, "سروش پلاس", text[:2000], able)
    for number, part in enumerate(parts, 1):
        assert measure(part, unit) <= limit
        assert part.startswith(label(name, "سروش پلاس", number, len(parts)) + "\n")


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
def test_ten_million_letters_are_refused_at_once(body: str, unit: Unit) -> None:
    began = time.perf_counter()
    with pytest.raises(Refused) as refused:
        render("Sara", "بله", body, Capabilities(text_unit=unit))
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
