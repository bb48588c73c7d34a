"""Places, contacts, polls and forwards as Rubika's messages carry them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model import Contact, Content, Location, MessageEdited, MessageSaid, Nothing, Poll, Unsupported
from bridge.platforms.rubika import convert, things

PLACE = {"longitude": "51.38", "latitude": "35.70"}
LIVE = {"start_time": "1", "live_period": 900, "current_location": PLACE, "user_id": "u0a", "status": "Live"}
GROUP = "g0" + "a" * 30


def poll(state: str = "Open", **more: object) -> dict[str, object]:
    return {"question": "کجا؟", "options": ["دریا", "کوه"], "poll_status": {"state": state, "total_vote": 0}} | more


@pytest.mark.parametrize(
    ("members", "content"),
    [
        ({"location": PLACE}, Location(35.7, 51.38)),
        ({"location": {"longitude": 51.38, "latitude": -90}}, Location(-90.0, 51.38)),
        ({"location": {"longitude": "51.38"}}, Unsupported("location")),
        ({"location": {"longitude": "۵۱", "latitude": "۳۵"}}, Unsupported("location")),
        ({"location": {"longitude": "inf", "latitude": "1"}}, Unsupported("location")),
        ({"live_location": LIVE}, Location(35.7, 51.38)),
        ({"live_location": {"status": "Live"}}, Unsupported("location")),
        ({"contact_message": {"phone_number": "98912", "first_name": "A", "last_name": ""}}, Contact("A", "98912")),
        ({"contact_message": "98912"}, Contact("", "")),
        ({"poll": poll()}, Poll("کجا؟", ("دریا", "کوه"))),
        ({"poll": poll("Closed")}, Poll("کجا؟", ("دریا", "کوه"), closed=True)),
        ({"poll": poll(allows_multiple_answers=True)}, Poll("کجا؟", ("دریا", "کوه"), several=True)),
        ({"poll": {"question": None, "options": {}}}, Poll("", ())),
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
        ({"forwarded_from": None, "forwarded_no_link": ""}, None),
        ({"forwarded_from": {"type_from": "Channel", "message_id": "5", "from_chat_id": "c0a"}}, ""),
        ({"forwarded_from": "c0a"}, ""),
        ({"forwarded_no_link": "مینا"}, "مینا"),
        ({"forwarded_no_link": {"from_title": "مینا"}}, "مینا"),
        ({"forwarded_no_link": {"from_title": None}}, ""),
        ({"forwarded_no_link": ["مینا"]}, ""),
    ],
    ids=str,
)
def test_who_wrote_a_forward_first(members: dict[str, object], author: str | None) -> None:
    assert things.forwarded(members) == author


def heard(kind: str, body: str, **members: object) -> Any:
    message = {"message_id": "5", "time": "9", "sender_type": "User", "sender_id": "u0" + "a" * 30} | members
    update = convert.update({"type": kind, "chat_id": GROUP, "update_time": 9, body: message})
    return convert.event(update)


def test_where_somebody_has_gone_meanwhile_is_no_correction() -> None:
    said = heard("NewMessage", "new_message", live_location=LIVE)
    assert isinstance(said, MessageSaid)
    assert said.content == Location(35.7, 51.38)
    assert heard("UpdatedMessage", "updated_message", live_location=LIVE) == Nothing("live location")


def test_a_poll_that_was_closed_is_corrected() -> None:
    edited = heard("UpdatedMessage", "updated_message", poll=poll("Closed"))
    assert isinstance(edited, MessageEdited)
    assert edited.said.content == Poll("کجا؟", ("دریا", "کوه"), closed=True)


ANY: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = ("location", "live_location", "contact_message", "poll", "current_location", "latitude", "longitude", "options")
FORWARD = ("forwarded_from", "forwarded_no_link", "from_title", "poll_status", "question")
OBJECT = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES + FORWARD, ANY))


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES + FORWARD, OBJECT | ANY)))
def test_no_message_raises(message: dict[str, object]) -> None:
    things.incoming(message, "x")
    things.forwarded(message)
    things.moves(message)
