"""What Rubika tells of messages that read otherwise now, or are gone."""

from __future__ import annotations

import pytest
from hypothesis import given

from bridge.model import Mark, MessageDeleted, MessageEdited, MessageSaid, Nothing, Person, Text, Unreadable
from bridge.platforms.rubika import convert
from tests.platforms.rubika.test_convert import ANY, BODY, GROUP, MESSAGE, PRIVATE, SOMEBODY, event, payload, update


def with_changes(**changes: object) -> dict[str, object]:
    body: dict[str, object] = payload("edited")
    message = body["updated_message"]
    assert isinstance(message, dict)
    return body | {"updated_message": {k: v for k, v in (message | changes).items() if v is not None}}


def edited(**changes: object) -> MessageEdited:
    found = convert.event(convert.update(with_changes(**changes)))
    assert isinstance(found, MessageEdited)
    return found


def test_an_edit_is_the_whole_message_as_it_is_now_with_the_time_of_the_first_saying() -> None:
    bold = {"meta_data_parts": [{"type": "Bold", "from_index": 0, "length": 5}]}
    found = edited(time="1758200000", metadata=bold, reply_to_message_id="1170000000000000001")
    assert found.said == MessageSaid(
        GROUP,
        MESSAGE,
        SOMEBODY,
        Text("hello!", (Mark("bold", 0, 5),)),
        at=1758200000000,
        reply_to="1170000000000000001",
    )
    assert found.at == 1758200010000
    assert edited().said.at == 0


def test_every_edit_has_a_version_and_a_key_of_its_own_and_a_repeat_has_the_same() -> None:
    bodies = [
        with_changes(text="a"),
        with_changes(text="b"),
        with_changes() | {"update_time": 1758200011},
        with_changes() | {"update_time": None},
        payload("group_reply"),
        payload("removed"),
    ]
    keys = [convert.update(body).key for body in bodies]
    assert len(set(keys)) == len(keys)
    assert keys == [convert.update(body).key for body in bodies]
    assert edited(text="a").version != edited(text="b").version
    assert {convert.update(body).chat for body in bodies} == {GROUP.id}


def test_a_deletion_names_what_is_gone() -> None:
    assert event("removed") == MessageDeleted(GROUP, (MESSAGE,))
    assert update("removed").chat == GROUP.id
    as_number = payload("removed") | {"removed_message_id": int(MESSAGE)}
    assert convert.event(convert.update(as_number)) == MessageDeleted(GROUP, (MESSAGE,))
    assert convert.update(as_number).key == update("removed").key


def test_an_edit_of_a_bot_is_told_with_its_author() -> None:
    assert edited(sender_type="Bot").said.sender == Person(SOMEBODY.id, is_bot=True)


def test_a_start_that_is_edited_starts_nothing_anew() -> None:
    body = with_changes(text="/start", aux_data={"start_id": "room-7"}) | {"chat_id": PRIVATE.id}
    found = convert.event(convert.update(body))
    assert isinstance(found, MessageEdited)
    assert found.said.content == Text("/start")


@pytest.mark.parametrize(
    "broken",
    [{"text": {"no": "text"}}, {"message_id": None}, {"message_id": []}, {"sender_id": {"a": 1}}],
)
def test_an_edit_that_cannot_be_read_is_nothing(broken: dict[str, object]) -> None:
    assert convert.event(convert.update(with_changes(**broken))) == Nothing("unreadable UpdatedMessage")


@pytest.mark.parametrize("body", [None, 7, [], "x", {}])
def test_an_edit_without_a_message_is_nothing(body: object) -> None:
    broken = payload("edited") | {"updated_message": body}
    assert convert.event(convert.update(broken)) == Nothing("unreadable UpdatedMessage")


@pytest.mark.parametrize("id", [None, "", {}, [], 1.5, "two words"])
def test_a_deletion_of_nothing_is_nothing(id: object) -> None:
    broken = payload("removed") | {"removed_message_id": id}
    assert convert.event(convert.update(broken)) == Nothing("RemovedMessage")


@given(BODY | ANY, ANY)
def test_no_edit_becomes_a_message_that_cannot_be_read(message: object, when: object) -> None:
    body = {"type": "UpdatedMessage", "chat_id": GROUP.id, "update_time": when, "updated_message": message}
    taken = convert.update(body)
    told = convert.event(taken)
    assert not isinstance(told, Unreadable | MessageSaid)
    if isinstance(told, MessageEdited):
        assert taken.key.startswith(f"{GROUP.id}/{told.said.id}/edit/")
        assert taken.chat == GROUP.id
