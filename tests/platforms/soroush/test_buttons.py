"""Buttons on Soroush Plus: what goes out, and how a press comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import InDoubt, LoginLost, NotAllowed, Refused, Retry
from bridge.model import Chat, ChatKind, Mark, Nothing, Person, Pressed, RemoteEvent
from bridge.outgoing import Button, Outgoing, Rows
from bridge.platforms.soroush import PLATFORM, convert
from bridge.ports import Session
from tests.platforms.soroush.test_convert import ANY, OWN_ID, payload, update
from tests.platforms.soroush.test_session import session

if TYPE_CHECKING:
    from tests.platforms.conftest import Remote, Reply

__all__ = ["session"]
KEYS: Rows = ((Button("بله", "y:1"), Button("راهنما", url="https://x.ir/a?b=c")), (Button("نه", "n:1"),))
INLINE = {
    "inline_keyboard": [
        [{"text": "بله", "callback_data": "y:1"}, {"text": "راهنما", "url": "https://x.ir/a?b=c"}],
        [{"text": "نه", "callback_data": "n:1"}],
    ]
}


def SENT(remote: Remote) -> Reply:
    return remote.json({"ok": True, "result": {"message_id": 58}})


# --- in


def query(**changes: object) -> dict[str, object]:
    """The page's example, with members changed, or left out (None)."""
    item: dict[str, Any] = payload("callback")
    members = {name: value for name, value in (item["callback_query"] | changes).items() if value is not None}
    return {**item, "callback_query": members}


def pressed(**changes: object) -> RemoteEvent:
    return convert.event(convert.update(query(**changes)), OWN_ID)


SARA = Person("70000002", "Sara", username="sara_demo")
HERS = Chat("70000002", ChatKind.PRIVATE)


def test_a_press_names_its_button_its_person_and_its_message() -> None:
    assert update("callback").key == "press/777"
    assert update("callback").chat == "70000002"
    assert pressed() == Pressed(HERS, "777", SARA, "ok:1", "15")


def test_a_press_keeps_its_key_under_another_number_and_when_its_message_changed_since() -> None:
    item = query()
    again = {**item, "update_id": 9999}
    assert convert.update(again).key == convert.update(item).key
    told = {**query()["callback_query"], "message": {"message_id": 60, "text": "new"}}  # type: ignore[dict-item]
    assert convert.update({"callback_query": told}).key == convert.update(item).key
    assert convert.update(query(id="9124")).key != convert.update(item).key


def test_a_press_without_its_message_is_one_of_the_private_chat() -> None:
    for message in (None, {}, "odd", {"message_id": 60}, {"chat": {"id": "odd"}}):
        assert pressed(message=message) == Pressed(Chat("70000002", ChatKind.PRIVATE, "Sara"), "777", SARA, "ok:1")
        assert convert.update(query(message=message)).chat == "70000002"


def test_a_press_in_a_group_is_the_groups() -> None:
    message = {"message_id": 7, "chat": {"id": -1000001234567, "type": "group", "title": "Team"}}
    told = pressed(message=message)
    assert isinstance(told, Pressed)
    assert (told.chat, told.person.id) == (Chat("-1000001234567", ChatKind.GROUP, "Team"), "70000002")
    assert convert.update(query(message=message)).chat == "-1000001234567"


@pytest.mark.parametrize(
    ("data", "read"),
    [
        (None, ""),
        (5, ""),
        (["y:1"], ""),
        ("x" * 64, "x" * 64),
        ("x" * 65, ""),
        ("ی" * 33, ""),
        ("a\0b", "a\ufffdb"),
    ],
)
def test_data_that_could_be_none_of_ours_is_none(data: object, read: str) -> None:
    told = pressed(data=data)
    assert isinstance(told, Pressed)
    assert told.data == read


@pytest.mark.parametrize(
    "changes", [{"id": None}, {"id": "a b"}, {"id": {}}, {"from": None}, {"from": 5}, {"from": {"first_name": "S"}}]
)
def test_a_press_by_nobody_or_without_an_id_is_counted(changes: dict[str, object]) -> None:
    assert pressed(**changes) == Nothing("unreadable callback_query")
    assert convert.update(query(**changes)).key.startswith("other/")


def test_a_number_as_an_id_is_an_id() -> None:
    assert pressed(id=777) == pressed()


@given(st.fixed_dictionaries({}, optional={"id": ANY, "from": ANY, "message": ANY, "data": ANY}))
def test_no_press_raises(members: dict[str, object]) -> None:
    taken = convert.update({"update_id": 1, "callback_query": members})
    assert isinstance(convert.event(taken, OWN_ID), Pressed | Nothing)


@pytest.mark.parametrize(
    ("members", "username", "language"),
    [
        ({"username": "sara", "language_code": "fa"}, "sara", "fa"),
        ({"username": " @sara ", "language_code": "fa-IR"}, "sara", "fa-IR"),
        ({"username": "a b", "language_code": "f"}, "", ""),
        ({"username": 5, "language_code": 5}, "", ""),
        ({"username": "x" * 300, "language_code": "fa" * 20}, "", ""),
        ({"username": "", "language_code": "fa;drop"}, "", ""),
        ({}, "", ""),
    ],
)
def test_a_user_name_and_a_language_are_told_where_they_are_such(
    members: dict[str, object], username: str, language: str
) -> None:
    found = convert.person({"id": 5, "first_name": "S", **members})
    assert found is not None
    assert (found.username, found.language) == (username, language)


def test_a_private_chat_tells_the_user_name_where_the_sender_is_missing() -> None:
    chat = {"id": 5, "type": "private", "first_name": "S", "username": "sara"}
    told = convert.event(convert.update({"message": {"message_id": 1, "chat": chat, "text": "x"}}), OWN_ID)
    assert getattr(told, "sender", None) == Person("5", "S", username="sara")


# --- out


def test_a_link_leads_to_the_bot_with_its_payload() -> None:
    assert PLATFORM.deep_link is not None
    assert PLATFORM.deep_link("hampayambot", "aZ09") == "https://splus.ir/hampayambot?start=aZ09"
    assert PLATFORM.deep_link("a/b", "c&d=e") == "https://splus.ir/a%2Fb?start=c%26d%3De"


async def test_buttons_go_below_the_words(session: Session, remote: Remote) -> None:
    remote.will(SENT(remote))
    await session.send("5", Outgoing("x", buttons=KEYS))
    assert remote.asked[0].body == {"chat_id": 5, "text": "x", "reply_markup": INLINE}


async def test_a_bar_takes_words_and_asks_for_numbers_but_holds_no_links(session: Session, remote: Remote) -> None:
    remote.will(SENT(remote), SENT(remote))
    keys = ((Button("فهرست", "list"), Button("راهنما", url="https://x.ir")), (Button("شماره", asks_number=True),))
    await session.send("5", Outgoing("x", buttons=keys, bar=True))
    await session.send("5", Outgoing("x", bar=True))
    rows = [[{"text": "فهرست"}], [{"text": "شماره", "request_contact": True}]]
    assert [asked.body["reply_markup"] for asked in remote.asked] == [
        {"keyboard": rows, "resize_keyboard": True},
        {"remove_keyboard": True},
    ]


async def test_where_nothing_is_left_of_a_keyboard_none_is_sent(session: Session, remote: Remote) -> None:
    remote.will(SENT(remote), SENT(remote), SENT(remote))
    await session.send("5", Outgoing("x", buttons=((Button("شماره", asks_number=True),), ())))
    await session.send("5", Outgoing("x", buttons=((Button("y", "x" * 65), Button("z")),)))
    await session.send("5", Outgoing("x", buttons=((Button("y", url="https://x.ir"),),), bar=True))
    assert not [asked for asked in remote.asked if "reply_markup" in asked.body]


async def test_buttons_are_given_up_last_and_a_refusal_for_good_is_asked_once(session: Session, remote: Remote) -> None:
    refused = remote.json({"ok": False, "error_code": 400, "description": "Bad Request"}, 400)
    remote.will(refused, refused, SENT(remote))
    marks = (Mark("bold", 0, 4),)
    assert await session.send("5", Outgoing("here now", marks=marks, buttons=KEYS)) == "58"
    assert [(asked.body["text"], "reply_markup" in asked.body) for asked in remote.asked] == [
        ("<b>here</b> now", True),
        ("here now", True),
        ("<b>here</b> now", False),
    ]
    remote.will(remote.json({"ok": False, "error_code": 403, "description": "Forbidden"}, 403))
    with pytest.raises(NotAllowed):
        await session.send("5", Outgoing("x", buttons=KEYS))


async def test_without_buttons_nothing_is_asked_more_often_than_before(session: Session, remote: Remote) -> None:
    remote.will(remote.json({"ok": False, "error_code": 400, "description": "Bad Request"}, 400))
    with pytest.raises(Refused):
        await session.send("5", Outgoing("x"))
    assert len(remote.asked) == 1


async def test_a_lost_answer_to_a_message_with_buttons_is_in_doubt(session: Session, remote: Remote) -> None:
    remote.will(remote.hang_up())
    with pytest.raises(InDoubt):
        await session.send("5", Outgoing("x", buttons=KEYS))
    assert len(remote.asked) == 1


async def test_an_edit_brings_buttons_or_leaves_none(session: Session, remote: Remote) -> None:
    remote.will(*[remote.json({"ok": True, "result": {"message_id": 0}})] * 3)
    await session.edit("5", "57", Outgoing("x", buttons=KEYS))
    await session.edit("5", "57", Outgoing("x", buttons=KEYS, caption=True))
    await session.edit("5", "57", Outgoing("x", buttons=KEYS, bar=True))
    assert [asked.body.get("reply_markup") for asked in remote.asked] == [INLINE, INLINE, None]


async def test_an_edit_whose_buttons_are_refused_is_done_without_them(session: Session, remote: Remote) -> None:
    refused = remote.json({"ok": False, "error_code": 400, "description": "Bad Request"}, 400)
    remote.will(refused, remote.json({"ok": True, "result": True}), refused, refused)
    await session.edit("5", "57", Outgoing("x", buttons=KEYS))
    assert ["reply_markup" in asked.body for asked in remote.asked] == [True, False]
    with pytest.raises(Refused):
        await session.edit("5", "57", Outgoing("x", buttons=KEYS))


async def test_an_answer_is_told_in_200_characters_or_without_words(session: Session, remote: Remote) -> None:
    remote.will(*[remote.json({"ok": True, "result": True})] * 3)
    await session.answer("9123")
    await session.answer("9123", "باشد")
    await session.answer("9123", "🙂" * 150)
    assert [asked.path.rpartition("/")[2] for asked in remote.asked] == ["answerCallbackQuery"] * 3
    assert [asked.body for asked in remote.asked] == [
        {"callback_query_id": "9123"},
        {"callback_query_id": "9123", "text": "باشد"},
        {"callback_query_id": "9123", "text": "🙂" * 99 + "…"},
    ]


@pytest.mark.parametrize(
    ("code", "words", "kind"),
    [
        (400, "query is too old", Refused),
        (404, "Not Found", Refused),
        (429, "Too Many Requests", Retry),
        (502, "Bad Gateway", Retry),
        (504, "Gateway Timeout", Retry),
        (401, "Unauthorized", LoginLost),
    ],
)
async def test_an_answer_can_come_too_late_or_be_tried_again(
    session: Session, remote: Remote, code: int, words: str, kind: type[Exception]
) -> None:
    remote.will(remote.json({"ok": False, "error_code": code, "description": words}, code))
    with pytest.raises(kind):
        await session.answer("9123", "باشد")


async def test_an_answer_whose_fate_is_unknown_can_be_repeated(session: Session, remote: Remote) -> None:
    remote.will(remote.hang_up())
    with pytest.raises(Retry):
        await session.answer("9123")


@pytest.mark.parametrize("secret", ["secretname", "secretdata", "secretlink"])
async def test_what_stands_on_a_button_stands_in_no_error(session: Session, remote: Remote, secret: str) -> None:
    complaint = {"ok": False, "error_code": 403, "description": f"Forbidden: wrong {secret}"}
    remote.will(*[remote.json(complaint, 403)] * 2)
    keys = ((Button("secretname", "secretdata"), Button("x", url="https://x.ir/secretlink")),)
    message = Outgoing("x", buttons=keys)
    for call in (session.send("5", message), session.edit("5", "57", message)):
        with pytest.raises(NotAllowed) as caught:
            await call
        assert secret not in f"{caught.value} {caught.value!r}"
