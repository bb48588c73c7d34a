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
    Contact,
    Content,
    Location,
    Mark,
    MemberRole,
    MessageSaid,
    Nothing,
    Person,
    Poll,
    RemoteEvent,
    Started,
    Text,
    Unreadable,
    Update,
)
from bridge.platforms.rubika import convert

PAYLOADS = Path(__file__).parent / "payloads"
TAIL = "AbCdEfGhIjKlMnOpQrStUvWxYz0123"
GROUP = Chat(f"g0{TAIL}", ChatKind.GROUP)
PRIVATE = Chat(f"b0{TAIL}", ChatKind.PRIVATE)
CHANNEL = Chat(f"c0{TAIL}", ChatKind.CHANNEL)
SOMEBODY = Person(f"u0{TAIL}")
MESSAGE = "1170000000000000002"


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


def update(name: str) -> Update:
    return convert.update(payload(name))


def event(name: str) -> RemoteEvent:
    return convert.event(update(name))


def test_a_group_message_has_a_sender_without_a_name_and_keeps_its_reply() -> None:
    assert update("group_reply").key == f"{GROUP.id}/{MESSAGE}/new"
    assert update("group_reply").chat == GROUP.id
    assert event("group_reply") == MessageSaid(
        GROUP, MESSAGE, SOMEBODY, Text("hello", (Mark("bold", 0, 5),)), at=1758200000000, reply_to="1170000000000000001"
    )


def test_an_id_written_as_a_number_is_the_same_id() -> None:
    assert update("number_as_id").key == update("group_reply").key
    said = event("number_as_id")
    assert isinstance(said, MessageSaid)
    assert (said.id, said.at) == (MESSAGE, 1758200000000)


def test_fields_that_do_not_apply_may_be_there_empty() -> None:
    assert event("empty_fields") == MessageSaid(GROUP, MESSAGE, SOMEBODY, Text("hello"), at=1758200000000)


def test_a_channel_post_without_a_sender_is_said_by_the_channel() -> None:
    assert event("channel_post") == MessageSaid(CHANNEL, "7", None, Text("news"), at=1758200000000)


def test_another_bot_is_marked_as_one() -> None:
    said = event("other_bot")
    assert isinstance(said, MessageSaid)
    assert said.sender == Person(SOMEBODY.id, is_bot=True)


def test_pressing_start_counts_once_though_it_comes_as_a_pair() -> None:
    for pair in (["started", "start_message"], ["start_message", "started"]):
        taken = convert.updates([payload(name) for name in pair])
        assert [each.key for each in taken] == [update(name).key for name in pair]
        told = dict(zip(pair, map(convert.event, taken), strict=True))
        assert told == {"started": Nothing("StartedBot"), "start_message": Started(PRIVATE, SOMEBODY)}


def test_half_of_the_pair_is_a_start_too() -> None:
    assert event("started") == Started(PRIVATE, None)
    assert event("start_message") == Started(PRIVATE, SOMEBODY)
    elsewhere = payload("start_message") | {"chat_id": f"b0{TAIL[::-1]}"}
    assert convert.event(convert.updates([payload("started"), elsewhere])[0]) == Started(PRIVATE, None)


def test_the_payload_of_a_deep_link_is_not_lost() -> None:
    assert event("start_deep_link") == Started(PRIVATE, SOMEBODY, "room-7")
    pair = convert.updates([payload("start_deep_link"), payload("started")])
    assert [convert.event(each) for each in pair] == [Started(PRIVATE, SOMEBODY, "room-7"), Nothing("StartedBot")]


@pytest.mark.parametrize("text", ["/start  K7", " /start K7 "])
def test_a_payload_that_is_typed_counts_as_one(text: str) -> None:
    body = payload("start_message")
    body["new_message"]["text"] = text
    assert convert.event(convert.update(body)) == Started(PRIVATE, SOMEBODY, "K7")


@pytest.mark.parametrize("text", ["/started", "start", "بگو /start"])
def test_other_words_start_nothing(text: str) -> None:
    body = payload("start_message")
    body["new_message"]["text"] = text
    started, said = (convert.event(each) for each in convert.updates([payload("started"), body]))
    assert started == Started(PRIVATE, None)
    assert isinstance(said, MessageSaid)


def test_our_own_arrival_and_departure_are_told() -> None:
    assert event("bot_joined") == BotMoved(GROUP, present=True, at=payload("bot_joined")["update_time"] * 1000)
    assert event("bot_removed") == BotMoved(GROUP, present=False, at=payload("bot_removed")["update_time"] * 1000)
    assert update("bot_joined").chat == GROUP.id


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("location", Location(35.7, 51.38)),
        ("contact", Contact("A", "98912")),
        ("poll", Poll("?", ("a", "b"))),
    ],
)
def test_what_is_neither_text_nor_a_file_is_what_it_is(name: str, content: Content) -> None:
    said = event(name)
    assert isinstance(said, MessageSaid)
    assert said.content == content


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("stopped", "StoppedBot"),
        ("bot_permissions", "BotPermissionsChanged"),
        ("payment", "UpdatedPayment"),
        ("unknown_kind", "Reaction"),
        ("no_chat", "NewMessage without a chat"),
    ],
)
def test_what_is_not_bridged_is_counted_by_its_name(name: str, kind: str) -> None:
    assert event(name) == Nothing(kind)


@pytest.mark.parametrize("name", ["text_of_wrong_type", "no_message_id"])
def test_what_cannot_be_read_is_said_to_have_been_there(name: str) -> None:
    told = event(name)
    assert isinstance(told, Unreadable)
    assert told.chat == GROUP
    assert told.id


def test_every_payload_has_a_key_of_its_own_and_a_repeat_has_the_same() -> None:
    names = ["group_reply", "edited", "removed", "started", "stopped", "bot_joined", "bot_removed", "inline"]
    keys = [update(name).key for name in names]
    assert len(set(keys)) == len(keys)
    assert keys == [update(name).key for name in names]


@pytest.mark.parametrize("junk", [None, 5, "text", [], [[]], {}, {"chat_id": 7.5}, True])
def test_something_that_is_no_update_has_a_key_and_no_chat(junk: object) -> None:
    taken = convert.update(junk)
    assert taken.chat == ""
    assert taken.key == convert.update(junk).key
    assert isinstance(convert.event(taken), Nothing)


def test_a_ten_megabyte_text_is_carried_whole() -> None:
    body = payload("group_reply")
    body["new_message"]["text"] = "س" * 5_000_000
    said = convert.event(convert.update(body))
    assert isinstance(said, MessageSaid)
    assert said.content == Text("س" * 5_000_000)


@pytest.mark.parametrize(("given_", "kept"), [("66f0", "66f0"), ("", "old"), (None, "old"), (["x"], "old")])
def test_the_cursor_stays_where_it_was_unless_a_new_one_came(given_: object, kept: str) -> None:
    assert convert.next_offset({"next_offset_id": given_}, "old") == kept
    assert convert.next_offset({}, "old") == "old"
    assert convert.next_offset({}, None) is None


def test_a_private_chat_tells_who_is_there() -> None:
    told = {"chat_id": PRIVATE.id, "chat_type": "User", "first_name": "Sara", "last_name": ""}
    named = told | {"user_id": SOMEBODY.id, "username": "sara_x"}
    assert convert.chat({"chat": told}) == Chat(PRIVATE.id, ChatKind.PRIVATE, "Sara")
    sara = Person(SOMEBODY.id, "Sara", username="sara_x")
    assert convert.chat({"chat": named}) == Chat(PRIVATE.id, ChatKind.PRIVATE, "Sara", person=sara)
    bot = convert.chat({"chat": named | {"chat_type": "Bot", "username": None}})
    assert bot is not None
    assert bot.person == Person(SOMEBODY.id, "Sara", is_bot=True)
    group = {"chat": {"chat_id": GROUP.id, "chat_type": "Group", "title": "Family", "user_id": SOMEBODY.id}}
    assert convert.chat(group) == Chat(GROUP.id, ChatKind.GROUP, "Family")
    assert convert.chat({}) is None


@pytest.mark.parametrize(
    ("status", "role"),
    [
        ("Creator", MemberRole.ADMIN),
        ("Admin", MemberRole.ADMIN),
        ("Member", MemberRole.MEMBER),
        ("Guest", MemberRole.UNKNOWN),
        (None, MemberRole.UNKNOWN),
        ([], MemberRole.UNKNOWN),
    ],
)
def test_a_role_is_read_from_its_status(status: object, role: MemberRole) -> None:
    assert convert.role({"chat_member": {"user_id": "u0", "status": status}}) is role


@given(st.from_regex(r"[A-Za-z0-9]{1,40}", fullmatch=True))
def test_ids_come_back_as_they_were(id: str) -> None:
    assert convert.chat_parameter(convert.chat_id(id) or "") == id
    assert convert.message_parameter(convert.message_id(id) or "") == id
    assert convert.person_parameter(convert.person_id(id) or "") == id


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
BODY = st.fixed_dictionaries(
    {},
    optional={
        "message_id": ANY | st.just(MESSAGE),
        "text": ANY | st.just("/start"),
        "time": ANY,
        "sender_id": ANY | st.just("u01"),
        "sender_type": ANY,
        "reply_to_message_id": ANY,
        "aux_data": ANY | st.fixed_dictionaries({"start_id": ANY, "button_id": ANY}),
        "file": ANY | st.fixed_dictionaries({"file_name": ANY, "file_id": ANY, "size": ANY}),
        "sticker": ANY | st.fixed_dictionaries({"file": ANY, "emoji_character": ANY}),
        "poll": ANY | st.fixed_dictionaries({"question": ANY}),
        "metadata": ANY | st.fixed_dictionaries({"meta_data_parts": ANY}),
    },
)
KINDS = ["NewMessage", "UpdatedMessage", "RemovedMessage", "StartedBot", "EventData", "InlineMessage"]
UPDATE = st.fixed_dictionaries(
    {"chat_id": ANY | st.sampled_from([GROUP.id, PRIVATE.id, CHANNEL.id])},
    optional={
        "type": ANY | st.sampled_from(KINDS),
        "inline_message": ANY | BODY,
        "update_time": ANY,
        "new_message": ANY | BODY,
        "updated_message": ANY | BODY,
        "removed_message_id": ANY | st.just(MESSAGE),
        "event_data": ANY | st.fixed_dictionaries({"type": ANY}),
    },
)


@given(st.lists(UPDATE | ANY, max_size=4))
def test_no_update_raises(items: list[object]) -> None:
    taken = convert.updates(items)
    assert [each.key for each in taken] == [convert.update(item).key for item in items]
    for each in taken:
        assert each.key.isprintable()
        convert.event(each)


@given(st.dictionaries(st.sampled_from(["chat", "bot", "chat_member", "message_id", "next_offset_id"]), ANY))
def test_no_answer_raises(data: dict[str, object]) -> None:
    convert.chat(data)
    convert.identity(data)
    convert.sent_id(data)
    convert.role(data)
    convert.next_offset(data, None)


@given(st.binary())
def test_no_stored_bytes_raise(raw: bytes) -> None:
    convert.event(Update("k", "", raw))
