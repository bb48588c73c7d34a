"""Places, contacts, polls and forwards as Soroush Plus's messages carry them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model import Contact, Content, Location, MessageEdited, Nothing, Poll, Unsupported
from bridge.platforms.soroush import convert, things

POLL = {
    "id": "1",
    "question": "کجا؟",
    "options": [{"text": "دریا", "voter_count": 3}, {"text": "کوه", "voter_count": 0}],
}
SARA = {"id": 1058935006, "is_bot": False, "first_name": "سارا", "last_name": "م"}
NEWS = {"id": -1001234567, "type": "channel", "title": "اخبار"}


@pytest.mark.parametrize(
    ("members", "content"),
    [
        ({"location": {"longitude": 51.389, "latitude": 35.6892}}, Location(35.6892, 51.389)),
        ({"location": {"longitude": "51.389", "latitude": -35}}, Location(-35.0, 51.389)),
        ({"location": {"longitude": 181, "latitude": 35}}, Unsupported("location")),
        ({"location": {"longitude": float("nan"), "latitude": 35}}, Unsupported("location")),
        ({"location": "تهران"}, Unsupported("location")),
        (
            {"contact": {"phone_number": "98912", "first_name": "A", "last_name": "B", "user_id": 5}},
            Contact("A B", "98912", owner="5"),
        ),
        ({"contact": {"phone_number": 98912}}, Contact("", "98912")),
        ({"contact": {"phone_number": "98912", "user_id": "5"}}, Contact("", "98912", owner="5")),
        ({"contact": {"phone_number": "98912", "user_id": 0}}, Contact("", "98912")),
        ({"contact": {"phone_number": "98912", "user_id": -5}}, Contact("", "98912")),
        ({"contact": {"phone_number": "98912", "user_id": True}}, Contact("", "98912")),
        ({"contact": {"phone_number": "98912", "user_id": {"id": 5}}}, Contact("", "98912")),
        ({"contact": {"user_id": 5}}, Contact("", "", owner="5")),
        ({"contact": ["98912"]}, Contact("", "")),
        ({"poll": POLL}, Poll("کجا؟", ("دریا", "کوه"))),
        (
            {"poll": POLL | {"is_closed": True, "allows_multiple_answers": True}},
            Poll("کجا؟", ("دریا", "کوه"), True, True),
        ),
        ({"poll": {"question": "?", "options": ["a", 5, None]}}, Poll("?", ("a", "", ""))),
        ({"poll": {"question": 7, "options": 7}}, Poll("", ())),
        ({"dice": {"emoji": "🎲", "value": 6}}, Unsupported("dice")),
        (
            {"venue": {"location": {"longitude": 1, "latitude": 2}, "title": "برج", "address": "آزادی"}, "location": 7},
            Location(2.0, 1.0, "برج آزادی"),
        ),
        ({"text": "سلام"}, None),
    ],
    ids=str,
)
def test_what_is_in_a_message(members: dict[str, object], content: Content | None) -> None:
    assert things.incoming(members, "") == content


@pytest.mark.parametrize(
    ("members", "author"),
    [
        ({}, None),
        ({"forward_from": None, "text": "x"}, None),
        ({"forward_from": SARA, "forward_date": 5}, "سارا م"),
        ({"forward_from_chat": NEWS, "forward_from": SARA}, "اخبار"),
        ({"forward_date": 5}, ""),
        ({"forward_from": "سارا"}, ""),
        ({"forward_sender_name": "مینا", "forward_date": 5}, "مینا"),
        ({"forward_signature": "دبیر"}, "دبیر"),
        ({"forward_from_chat": NEWS, "forward_signature": "دبیر"}, "اخبار"),
        ({"forward_origin": {"type": "user", "date": 5, "sender_user": SARA}}, "سارا م"),
        ({"forward_origin": {"type": "channel", "date": 5, "chat": NEWS, "message_id": 2}}, "اخبار"),
        ({"forward_origin": {"type": "hidden_user", "sender_user_name": "مینا"}}, "مینا"),
    ],
    ids=str,
)
def test_who_wrote_a_forward_first(members: dict[str, object], author: str | None) -> None:
    assert things.forwarded(members) == author


def test_where_somebody_has_gone_meanwhile_is_no_correction() -> None:
    chat = {"id": -1001234567, "type": "group", "title": "t"}
    message = {"message_id": 5, "date": 9, "edit_date": 10, "chat": chat, "from": SARA}
    moved = message | {"location": {"longitude": 1, "latitude": 2}}
    assert convert.event(convert.update({"update_id": 1, "edited_message": moved}), "1") == Nothing("live location")
    closed = message | {"poll": POLL | {"is_closed": True}}
    edited = convert.event(convert.update({"update_id": 1, "edited_message": closed}), "1")
    assert isinstance(edited, MessageEdited)
    assert edited.said.content == Poll("کجا؟", ("دریا", "کوه"), closed=True)


ANY: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = (
    "location",
    "venue",
    "contact",
    "poll",
    "latitude",
    "longitude",
    "options",
    "question",
    "phone_number",
    "first_name",
)
FORWARD = ("forward_from", "forward_from_chat", "forward_origin", "forward_date", "title", "chat", "sender_user")
OBJECT = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES + FORWARD, ANY))


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES + FORWARD, OBJECT | ANY)))
def test_no_message_raises(message: dict[str, object]) -> None:
    things.incoming(message, "x")
    things.forwarded(message)
    things.moves(message)
