"""Forwards, places, phone numbers and polls in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.abilities import Capabilities
from bridge.core.identity import MARK
from bridge.core.render import measure, render
from bridge.core.wording import Worded, degrees, in_words, with_author
from bridge.marks import normal
from bridge.model import Contact, Location, Mark, Poll, ServiceLine, Text, Unsupported
from tests.strategies import FORMATTED

if TYPE_CHECKING:
    from collections.abc import Callable

BOTH = ("fa", "en")
ANYTHING = st.text(max_size=60) | st.sampled_from(
    [
        "",
        " ",
        "\u202e",
        "\u2069",
        "a\nb",
        "· بله",
        "Sara · بله\nسلام",
        "\u2066x",
        "↪ بازفرستاده از رئیس",
        "\u3164",
        "1. a",
    ]
)


def test_a_forward_names_who_wrote_it_first_in_a_line_of_its_own() -> None:
    shown = with_author(Text("سلام", (Mark("bold", 0, 4),)), "Mina", BOTH)
    head = "↪ بازفرستاده از \u2068Mina\u2069 / forwarded from \u2068Mina\u2069"
    assert shown == Text(f"{head}\nسلام", (Mark("bold", len(head) + 1, len(head) + 5),))


def test_a_forward_of_nobody_is_one_all_the_same() -> None:
    assert with_author(Text("سلام"), "", BOTH).body == "↪ بازفرستاده / forwarded\nسلام"
    assert with_author(Text(""), " ", ("en",)).body == "↪ forwarded"
    assert with_author(Text("سلام"), None, BOTH) == Text("سلام")


def test_a_place_is_said_with_a_map_that_opens_anywhere() -> None:
    assert in_words(Location(35.6892, 51.389, "برج آزادی"), BOTH).body == (
        "[مکان / location] \u2068برج آزادی\u2069\n35.6892, 51.389\n"
        "https://www.openstreetmap.org/?mlat=35.6892&mlon=51.389&zoom=16"
    )
    assert in_words(Location(-0.0000001, -180.0), ("en",)).body.splitlines()[1] == "0, -180"


@pytest.mark.parametrize(
    ("phone", "said"),
    [
        ("989121234567", "+989121234567"),
        ("+98 912 123-4567", "+989121234567"),
        ("00989121234567", "+989121234567"),
        ("09121234567", "09121234567"),
        ("۰۹۱۲۱۲۳۴۵۶۷", "09121234567"),
    ],
)
def test_a_number_is_said_as_one_dials_it(phone: str, said: str) -> None:
    assert in_words(Contact("علی", phone), BOTH).body == f"👤 \u2068علی\u2069 \u2068{said}\u2069"


def test_a_contact_without_a_name_or_a_number_is_still_one() -> None:
    assert in_words(Contact("", "110"), BOTH).body == "👤 \u2068110\u2069"
    assert in_words(Contact("علی", "what?"), BOTH).body == "👤 \u2068علی\u2069"
    assert in_words(Contact("", ""), ("en",)).body == "👤 \u2068[contact]\u2069"


def test_a_contact_shows_nothing_of_itself_in_a_log() -> None:
    assert "Ali" not in repr(Contact("Ali", "989121234567"))
    assert "989" not in repr(Contact("Ali", "989121234567"))


def test_a_poll_says_its_options_and_where_one_can_vote() -> None:
    poll = Poll("کجا برویم؟", ("دریا", "کوه"), several=True)
    assert in_words(poll, ("en",)).body == (
        "[poll] کجا برویم؟\n1. \u2068دریا\u2069\n2. \u2068کوه\u2069\n"
        "More than one option can be chosen.\nOne can vote only in the app in which the poll was made."
    )
    closed = in_words(Poll("؟", ("a", "b"), closed=True), ("en",)).body
    assert closed.splitlines()[-1] == "This poll is closed."


def test_what_cannot_be_shown_keeps_its_caption() -> None:
    text = in_words(Unsupported("dice", "شش!", (Mark("bold", 0, 3),)), BOTH)
    assert text == Text("[تاس / dice]\nشش!", (Mark("bold", 13, 16),))


def test_a_service_line_says_what_changed_and_a_title_stays_within_its_line() -> None:
    assert in_words(ServiceLine("pin"), BOTH).body == "📌 پیامی سنجاق شد\n📌 a message was pinned"
    title = in_words(ServiceLine("title", "خانه\n· بله"), ("en",)).body
    assert title == "✎ their group is now called «\u2068خانه بله\u2069»"


THINGS: dict[str, st.SearchStrategy[Worded]] = {
    "text": FORMATTED,
    "location": st.builds(Location, st.floats(-90, 90), st.floats(-180, 180), ANYTHING),
    "contact": st.builds(Contact, ANYTHING, ANYTHING),
    "poll": st.builds(Poll, ANYTHING, st.lists(ANYTHING, max_size=10).map(tuple), st.booleans(), st.booleans()),
    "service": st.builds(ServiceLine, st.sampled_from(["title", "picture", "no_picture", "pin"]), ANYTHING),
    "other": st.builds(Unsupported, ANYTHING, ANYTHING),
}
LIMITS = st.sampled_from(
    [
        Capabilities(text_limit=300, max_parts=99),
        Capabilities(text_limit=900, max_parts=99, text_unit="bytes", mark_units=3),
    ]
)


@given(st.one_of(*THINGS.values()), ANYTHING | st.none(), LIMITS)
def test_whatever_they_are_called_they_are_never_empty_never_oversized_and_well_formatted(
    content: Worded, author: str | None, able: Capabilities
) -> None:
    text = with_author(in_words(content, BOTH), author, BOTH)
    assert text.body.strip()
    assert text.marks == normal(text.body, text.marks)
    parts = render("Sara", "بله", text, able)
    for part in parts:
        assert part.body.partition("\n")[2].strip()
        assert measure(part.body, able.text_unit) <= able.text_limit


def heading(name: str) -> str:
    return with_author(Text(""), name, BOTH).body


def card(name: str) -> str:
    return in_words(Contact(name, name), BOTH).body


def option(name: str) -> str:
    return in_words(Poll("؟", (name,)), ("en",)).body.split("\n")[1]


@pytest.mark.parametrize("line", [heading, card], ids=["author", "contact"])
@given(ANYTHING)
def test_a_name_stays_in_its_line_and_reads_as_no_origin_of_ours(line: Callable[[str], str], name: str) -> None:
    said = line(name)
    assert len(said.splitlines()) == 1
    assert MARK not in said
    assert said.count("\u2068") == said.count("\u2069")
    assert not set(said) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067")
    assert said.count("↪") <= 1 or line is card


@given(ANYTHING)
def test_an_option_is_one_line(name: str) -> None:
    said = option(name)
    assert len(said.splitlines()) == 1
    assert said.count("\u2068") == said.count("\u2069") == 1


@given(st.floats(-180, 180))
def test_degrees_are_plain_decimals(value: float) -> None:
    assert abs(float(degrees(value)) - value) < 0.000001
    assert "e" not in degrees(value)
