from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model import (
    BotMoved,
    Chat,
    ChatKind,
    Media,
    MessageSaid,
    Nothing,
    Person,
    RemoteEvent,
    ServiceLine,
    Started,
    Text,
    Unreadable,
    Unsupported,
    Update,
)
from bridge.platforms.soroush import convert

PAYLOADS = Path(__file__).parent / "payloads"
OWN_ID = "70000001"
DEMO = Chat("-1000001234567", ChatKind.GROUP, "demo")
SARAS_CHAT = Chat("70000002", ChatKind.PRIVATE, "Sara")
SARA = Person("70000002", "Sara", username="sara_demo")


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


def update(name: str) -> Update:
    return convert.update(payload(name))


def event(name: str) -> RemoteEvent:
    return convert.event(update(name), OWN_ID)


def test_a_private_message_keeps_its_text_and_sender() -> None:
    assert update("private_text").key == "70000002/12/new"
    assert event("private_text") == MessageSaid(SARAS_CHAT, "12", SARA, Text("سلام /start"), at=1760000000000)


def test_a_group_message_keeps_its_marks_as_they_were_typed() -> None:
    assert event("group_text") == MessageSaid(
        DEMO, "91", Person("70000002", "Sara D", username="sara_demo"), Text("*hi* <b>"), at=1760000030000
    )


def test_a_photo_that_answers_keeps_its_caption_and_its_reply() -> None:
    assert event("photo_reply") == MessageSaid(
        DEMO,
        "90",
        SARA,
        Media("photo", "F1b", size=182044, width=1280, height=853, caption="نمونه"),
        at=1760000010000,
        reply_to="88",
    )


def test_a_channel_post_is_read_where_it_comes() -> None:
    news = Chat("-1000007654321", ChatKind.CHANNEL, "news")
    assert update("channel_post").key == "-1000007654321/3/new"
    assert event("channel_post") == MessageSaid(news, "3", None, Text("post"), at=1760000050000)


def test_a_chat_without_a_type_is_private_when_it_has_its_persons_id() -> None:
    said = event("no_chat_type")
    assert isinstance(said, MessageSaid)
    assert said.chat.kind is ChatKind.PRIVATE


def test_who_presses_start_is_told_from_who_writes_the_word() -> None:
    assert event("start") == Started(SARAS_CHAT, SARA, "")


@pytest.mark.parametrize(
    ("text", "brought"),
    [
        ("/start aZ09", "aZ09"),
        (" /start  aZ09 ", "aZ09"),
        ("/start", ""),
        ("سلام /start", None),
        ("/started aZ09", None),
        ("start aZ09", None),
    ],
)
def test_who_presses_start_brings_the_payload_of_the_link(text: str, brought: str | None) -> None:
    """The vendor's example has the command behind a word; there it is only talked about."""
    item = payload("start")
    item["message"]["text"] = text
    told = convert.event(convert.update(item), OWN_ID)
    if brought is None:
        assert isinstance(told, MessageSaid)
        assert told.content == Text(text)
    else:
        assert told == Started(SARAS_CHAT, SARA, brought)


def test_our_own_arrival_and_departure_are_told_where_they_come() -> None:
    assert event("bot_added") == BotMoved(DEMO, present=True, at=payload("bot_added")["message"]["date"] * 1000)
    assert event("bot_removed") == BotMoved(DEMO, present=False, at=payload("bot_removed")["message"]["date"] * 1000)
    assert convert.event(update("bot_added"), None) == Nothing("new_chat_members")


@pytest.mark.parametrize("kind", ["location", "dice", "game", "invoice"])
def test_what_is_neither_text_nor_file_is_named_by_its_kind(kind: str) -> None:
    said = payload("video_note")
    del said["message"]["video_note"]
    said["message"][kind] = {"a": 1}
    told = convert.event(convert.update(said), OWN_ID)
    assert isinstance(told, MessageSaid)
    assert told.content == Unsupported(kind)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("unknown_kind", "message_reaction"),
        ("no_chat", "message without a chat"),
    ],
)
def test_what_is_not_bridged_is_counted_by_its_name(name: str, kind: str) -> None:
    assert event(name) == Nothing(kind)


def test_a_new_title_is_told_of() -> None:
    told = event("title_changed")
    assert isinstance(told, MessageSaid)
    assert told.content == ServiceLine("title", "demo 2")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"new_chat_photo": [{"file_id": "1"}]}, ServiceLine("picture")),
        ({"delete_chat_photo": True}, ServiceLine("no_picture")),
        ({"pinned_message": {"message_id": 3}}, ServiceLine("pin")),
        ({"new_chat_title": {"a": 1}}, None),
        ({"pinned_message": True}, None),
    ],
)
def test_lines_of_the_app_say_what_changed_in_a_group(fields: dict[str, object], told: ServiceLine | None) -> None:
    sara = {"id": 70000002, "is_bot": False, "first_name": "Sara"}
    message = {"message_id": 9, "date": 1, "from": sara, "chat": {"id": -1000001234567, "type": "group"}} | fields
    found = convert.event(convert.update({"update_id": 1, "message": message}), OWN_ID)
    edited = convert.event(convert.update({"update_id": 1, "edited_message": message}), OWN_ID)
    alone = {**message, "chat": {"id": 70000002, "type": "private"}}
    kind = next(iter(fields))
    assert edited == convert.event(convert.update({"update_id": 1, "message": alone}), OWN_ID) == Nothing(kind)
    if told is None:
        assert found == Nothing(kind)
    else:
        assert isinstance(found, MessageSaid)
        assert (found.content, found.reply_to) == (told, "3" if told.kind == "pin" else None)


@pytest.mark.parametrize("name", ["text_of_wrong_type", "no_message_id"])
def test_what_cannot_be_read_is_said_to_have_been_there(name: str) -> None:
    told = event(name)
    assert isinstance(told, Unreadable)
    assert told.chat == DEMO
    assert told.id


def test_ids_beyond_32_bits_stay_exact() -> None:
    said = event("wider_than_32_bits")
    assert isinstance(said, MessageSaid)
    assert (said.chat.id, said.id, said.sender) == (
        "-9007199254740997",
        "4294967297",
        Person("9007199254740995", "Z"),
    )


@pytest.mark.parametrize("junk", [None, 5, "text", [], [[]], {}, {"update_id": "x"}, True])
def test_something_that_is_no_update_has_a_key_and_no_chat(junk: object) -> None:
    taken = convert.update(junk)
    assert taken.chat == ""
    assert taken.key == convert.update(junk).key
    assert isinstance(convert.event(taken, OWN_ID), Nothing)


@given(st.integers(-(2**63), 2**63))
def test_ids_come_back_as_they_were(number: int) -> None:
    assert convert.message_parameter(convert.message_id(number) or "") == number
    assert convert.chat_parameter(convert.chat_id(number) or "") == number


def test_a_public_name_is_a_chat_too() -> None:
    assert convert.chat_parameter("@demo_channel") == "@demo_channel"


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
CHAT = st.fixed_dictionaries({}, optional={"id": ANY, "type": ANY | st.just("private"), "title": ANY})
USER = st.fixed_dictionaries({}, optional={"id": ANY, "first_name": ANY, "username": ANY, "is_bot": ANY})
MESSAGE = st.fixed_dictionaries(
    {"chat": CHAT | st.just({"id": -5, "type": "supergroup"})},
    optional={
        "message_id": ANY | st.integers(),
        "from": USER | ANY,
        "sender_chat": CHAT | ANY,
        "date": ANY,
        "text": ANY | st.text(),
        "photo": ANY,
        "poll": ANY,
        "reply_to_message": ANY,
        "new_chat_members": ANY | st.lists(USER),
        "left_chat_member": ANY | USER,
        "edit_date": ANY | st.integers(1, 2**31),
    },
)
UPDATE = st.fixed_dictionaries(
    {},
    optional={
        "update_id": ANY,
        "message": MESSAGE | ANY,
        "edited_message": MESSAGE | ANY,
        "edited_channel_post": MESSAGE | ANY,
    },
)


@given(UPDATE | ANY)
def test_no_update_raises(item: object) -> None:
    taken = convert.update(item)
    assert taken.key.isprintable()
    convert.update_id(item)
    convert.event(taken, OWN_ID)


@given(ANY, ANY)
def test_no_object_raises(value: object, other: object) -> None:
    convert.chat(value, other)
    convert.identity(value)
    convert.sent_id(value)


@given(st.binary())
def test_no_stored_bytes_raise(raw: bytes) -> None:
    convert.event(Update("k", "", raw), None)
