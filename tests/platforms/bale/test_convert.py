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
    Mark,
    Media,
    MemberRole,
    MessageSaid,
    Nothing,
    Person,
    RemoteEvent,
    Started,
    Text,
    Unreadable,
    Unsupported,
    Update,
)
from bridge.platforms.bale import convert
from bridge.platforms.bale.markdown import as_literal, as_typed

PAYLOADS = Path(__file__).parent / "payloads"
OWN_ID = "77"
TEAM = Chat("4695281546", ChatKind.GROUP, "Team")
SARA = Person("1058935006", "Sara", username="sara")
SARAS_CHAT = Chat("1058935006", ChatKind.PRIVATE, "Sara")


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


def update(name: str) -> Update:
    return convert.update(payload(name))


def event(name: str) -> RemoteEvent:
    return convert.event(update(name), OWN_ID)


def test_a_group_message_keeps_its_sender_its_marks_and_its_reply() -> None:
    assert update("group_reply").key == "4695281546/57/new"
    assert update("group_reply").chat == "4695281546"
    assert event("group_reply") == MessageSaid(
        TEAM, "57", SARA, Text("سلام همه", (Mark("bold", 5, 8),)), at=1794823000000, reply_to="55"
    )


def test_a_channel_post_is_said_by_the_channel_not_by_the_dummy_in_from() -> None:
    news = Chat("5012345678", ChatKind.CHANNEL, "News")
    file = "1058935006:-5032493497848526840:1"
    note = Media("photo", file, size=220100, width=1280, height=1280, caption="note", marks=(Mark("italic", 0, 4),))
    assert event("channel_photo") == MessageSaid(news, "9", None, note, at=1794823010000)


def test_a_post_of_another_chat_is_said_by_that_chat() -> None:
    assert event("post_of_another_chat") == MessageSaid(TEAM, "67", Person("5012345678", "News"), Text("news"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("voice", Media("voice", "1:22:1")),
        ("audio_as_document", Media("audio", "a", mime="audio/mpeg", caption="song")),
        ("animation", Media("animation", "a")),
        ("kind_nobody_knows", Unsupported("unknown")),
    ],
)
def test_what_is_no_text_is_told_by_its_kind(name: str, content: Media | Unsupported) -> None:
    said = event(name)
    assert isinstance(said, MessageSaid)
    assert said.content == content


def test_our_own_arrival_and_departure_are_told_apart_from_other_peoples() -> None:
    assert event("bot_added") == BotMoved(TEAM, present=True, at=payload("bot_added")["message"]["date"] * 1000)
    assert event("bot_removed") == BotMoved(TEAM, present=False, at=payload("bot_removed")["message"]["date"] * 1000)
    assert convert.event(update("bot_added"), None) == Nothing("new_chat_members")
    assert convert.event(update("bot_removed"), None) == Nothing("left_chat_member")


def test_who_presses_start_brings_the_payload_of_the_link() -> None:
    assert event("start_deep_link") == Started(SARAS_CHAT, SARA, "room-7")


def test_another_bot_is_marked_as_one() -> None:
    said = event("other_bot")
    assert isinstance(said, MessageSaid)
    assert said.sender == Person("88", "Other", is_bot=True)


def test_a_message_of_ours_comes_back_as_it_was_given_to_us() -> None:
    said = event("own_message")
    assert isinstance(said, MessageSaid)
    assert said.content == Text("a *b* c")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("poll", "poll"),
        ("unknown_kind", "message_reaction"),
        ("no_chat", "message without a chat"),
    ],
)
def test_what_is_not_bridged_is_counted_by_its_name(name: str, kind: str) -> None:
    assert event(name) == Nothing(kind)


@pytest.mark.parametrize("name", ["text_of_wrong_type", "no_message_id", "sender_without_id"])
def test_what_cannot_be_read_is_said_to_have_been_there(name: str) -> None:
    told = event(name)
    assert isinstance(told, Unreadable)
    assert told.chat == TEAM
    assert told.id


def test_ids_beyond_32_bits_stay_exact() -> None:
    said = event("wider_than_32_bits")
    assert isinstance(said, MessageSaid)
    assert (said.chat.id, said.id, said.sender) == (
        "4503599627370494",
        "4294967297",
        Person("4503599627370495", "Z"),
    )
    assert said.at == 1794823170000
    assert convert.update_id(payload("wider_than_32_bits")) == 9007199254740993


def test_an_update_repeated_has_the_same_key() -> None:
    again = payload("group_reply") | {"update_id": 999}
    assert convert.update(again).key == update("group_reply").key
    reordered = dict(reversed(payload("callback").items()))
    assert convert.update(reordered) == update("callback")
    assert update("callback").chat == "1058935006"


@pytest.mark.parametrize("junk", [None, 5, "text", [], [[]], {}, {"update_id": "x"}, True])
def test_something_that_is_no_update_has_a_key_and_no_chat(junk: object) -> None:
    taken = convert.update(junk)
    assert taken.chat == ""
    assert taken.key == convert.update(junk).key
    assert isinstance(convert.event(taken, OWN_ID), Nothing)
    assert convert.update_id(junk) is None


def test_text_that_no_database_holds_is_repaired() -> None:
    body = payload("group_reply")
    body["message"]["text"] = "a\0b\ud800c"
    said = convert.event(convert.update(body), OWN_ID)
    assert isinstance(said, MessageSaid)
    assert isinstance(said.content, Text)
    assert said.content.body.encode()
    assert "\0" not in said.content.body


def test_a_ten_megabyte_text_is_carried_whole() -> None:
    body = payload("group_reply")
    body["message"]["text"] = "س" * 5_000_000
    said = convert.event(convert.update(body), OWN_ID)
    assert isinstance(said, MessageSaid)
    assert said.content == Text("س" * 5_000_000)


@given(st.integers(0, 2**63))
def test_ids_come_back_as_they_were(number: int) -> None:
    assert convert.message_parameter(convert.message_id(number) or "") == number
    assert convert.chat_parameter(convert.chat_id(number) or "") == str(number)
    assert convert.person_parameter(convert.person_id(number) or "") == str(number)


def test_a_token_tells_whose_it_is() -> None:
    assert convert.owner_id("1234:abc") == "1234"
    assert convert.owner_id("abc") is None


@pytest.mark.parametrize(
    ("member", "role"),
    [
        ({"status": "creator"}, MemberRole.ADMIN),
        ({"status": "administrator"}, MemberRole.ADMIN),
        ({"status": "member"}, MemberRole.MEMBER),
        ({"status": "restricted", "is_member": True}, MemberRole.MEMBER),
        ({"status": "restricted", "is_member": False}, MemberRole.NONE),
        ({"status": "left"}, MemberRole.NONE),
        ({"status": "kicked"}, MemberRole.NONE),
        ({"status": ["odd"]}, MemberRole.UNKNOWN),
        ({}, MemberRole.UNKNOWN),
        (None, MemberRole.UNKNOWN),
    ],
)
def test_a_role_is_read_from_its_status(member: object, role: MemberRole) -> None:
    assert convert.role(member) is role


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
CHAT = st.fixed_dictionaries({}, optional={"id": ANY, "type": ANY | st.just("private"), "title": ANY})
USER = st.fixed_dictionaries({}, optional={"id": ANY, "first_name": ANY, "username": ANY, "is_bot": ANY})
MESSAGE = st.fixed_dictionaries(
    {"chat": CHAT | st.just({"id": 5, "type": "group"})},
    optional={
        "message_id": ANY | st.integers(),
        "from": USER | ANY,
        "sender_chat": CHAT | ANY,
        "date": ANY,
        "text": ANY | st.text(),
        "photo": ANY,
        "document": ANY,
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
    convert.role(value)
    convert.role_among(value, "1")


@given(st.binary())
def test_no_stored_bytes_raise(raw: bytes) -> None:
    convert.event(Update("k", "", raw), None)


# --- what Bale would read as Markdown ---------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "سلام",
        "snake_case_name and 2*3*4",
        "a * alone",
        "https://x.ir/_a_b",
        "[not a link] (here)",
        "``` one fence",
        "می\u200cروم",
        "(*in brackets*)",
    ],
)
def test_text_that_bale_reads_as_it_stands_is_not_touched(text: str) -> None:
    assert as_literal(text, 4096) == text


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("*bold*", "\u200c*bold*"),
        ("so _it is_ then", "so \u200c_it is_ then"),
        ("2 * 3 * 4", "2 \u200c* 3 * 4"),
        ("* one\n* two", "\u200c* one\n* two"),
        ("[text](https://x.ir)", "[text]\u200c(https://x.ir)"),
        ("```[title]about```", "\u200c``\u200c`[title]about``\u200c`"),
        ("run `make` now", "run \u200c`make` now"),
    ],
)
def test_a_mark_that_bale_would_read_is_taken_out_of_action(text: str, literal: str) -> None:
    assert as_literal(text, 4096) == literal


@given(st.text(alphabet="*_`[]() \nab", max_size=60))
def test_a_neutral_text_stays_neutral_and_comes_back_as_typed(text: str) -> None:
    literal = as_literal(text, 4096)
    assert as_typed(literal) == text
    assert literal.replace("\u200c", "") == text
    assert "](" not in literal
    assert as_literal(literal, 4096) == literal


@given(st.text(alphabet="*_`[]() \nab", min_size=1, max_size=60))
def test_a_text_at_the_limit_grows_no_longer(text: str) -> None:
    assert len(as_literal(text, len(text))) == len(text)
