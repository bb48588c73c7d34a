"""What Soroush Plus tells of messages that read otherwise now; and people who come and go, where that comes."""

from __future__ import annotations

import pytest
from hypothesis import given

from bridge.model import (
    Chat,
    ChatKind,
    Mark,
    MembersMoved,
    MessageEdited,
    MessageSaid,
    Nothing,
    Person,
    Text,
    Unreadable,
)
from bridge.platforms.soroush import convert
from tests.platforms.soroush.test_convert import ANY, DEMO, MESSAGE, OWN_ID, event, payload, update

ALI = Person("70000003", "Ali")


def with_changes(**changes: object) -> dict[str, object]:
    body: dict[str, object] = payload("group_edited")
    message = body["edited_message"]
    assert isinstance(message, dict)
    return body | {"edited_message": {k: v for k, v in (message | changes).items() if v is not None}}


def edited(**changes: object) -> MessageEdited:
    found = convert.event(convert.update(with_changes(**changes)), OWN_ID)
    assert isinstance(found, MessageEdited)
    return found


def test_an_edit_is_the_whole_message_as_it_is_now() -> None:
    found = event("group_edited")
    assert isinstance(found, MessageEdited)
    content = Text("سلام همه", (Mark("bold", 5, 8),))
    assert found.said == MessageSaid(DEMO, "90", Person("70000002", "Sara"), content, at=1760000010000, reply_to="88")
    assert found.at == 1760000070000
    assert update("group_edited").chat == update("photo_reply").chat


def test_an_edit_without_an_author_as_in_the_vendors_example_is_the_persons_in_a_private_chat() -> None:
    found = event("edited")
    assert isinstance(found, MessageEdited)
    chat = Chat("70000002", ChatKind.PRIVATE)
    assert found.said == MessageSaid(chat, "12", Person("70000002"), Text("new"), at=1760000000000)


def test_an_edited_post_is_read_where_it_comes() -> None:
    found = event("channel_edited")
    assert isinstance(found, MessageEdited)
    news = Chat("-1000007654321", ChatKind.CHANNEL, "news")
    assert found.said == MessageSaid(news, "3", None, Text("post, mended"), at=1760000050000)
    assert update("channel_edited").chat == update("channel_post").chat


def test_every_edit_has_a_version_and_a_key_of_its_own_and_a_repeat_has_the_same() -> None:
    bodies = [
        with_changes(text="a"),
        with_changes(text="b"),
        with_changes(edit_date=1760000071),
        with_changes(edit_date=None),
        payload("photo_reply"),
    ]
    keys = [convert.update(body).key for body in bodies]
    assert len(set(keys)) == len(keys)
    assert edited(text="a").version != edited(text="b").version
    again = with_changes(text="a", **{"from": {"id": 70000002, "first_name": "S"}}) | {"update_id": 7}
    assert convert.update(again).key == keys[0]


def test_an_edit_of_ours_is_told_as_ours() -> None:
    ours = {"id": 70000001, "is_bot": True, "first_name": "Bridge"}
    assert edited(**{"from": ours}).said.sender == Person(OWN_ID, "Bridge", is_bot=True)


@pytest.mark.parametrize(
    "broken",
    [
        {"text": {"no": "text"}},
        {"message_id": None},
        {"chat": []},
        {"from": {"first_name": "nobody"}},
        {"pinned_message": {"message_id": 1}},
    ],
)
def test_an_edit_that_cannot_be_read_is_nothing(broken: dict[str, object]) -> None:
    assert isinstance(convert.event(convert.update(with_changes(**broken)), OWN_ID), Nothing)


def test_entities_of_the_wrong_type_cost_the_marks_alone() -> None:
    assert edited(entities=[7, {"type": [], "offset": "x"}]).said.content == Text("سلام همه")


def test_people_who_come_and_go_are_read_where_they_come() -> None:
    assert event("person_joined") == MembersMoved(DEMO, (ALI,), present=True)
    assert event("person_left") == MembersMoved(DEMO, (ALI,), present=False)


@pytest.mark.parametrize("odd", [7, [None], [{}], "ali"])
def test_members_that_nobody_can_read_are_nothing(odd: object) -> None:
    body = payload("person_left")
    body["message"]["left_chat_member"] = odd
    assert convert.event(convert.update(body), OWN_ID) == Nothing("left_chat_member")


@given(MESSAGE | ANY)
def test_no_edit_becomes_a_message_that_cannot_be_read(message: object) -> None:
    taken = convert.update({"update_id": 1, "edited_message": message})
    told = convert.event(taken, OWN_ID)
    assert not isinstance(told, Unreadable | MessageSaid)
    if isinstance(told, MessageEdited):
        assert taken.key.startswith(f"{told.said.chat.id}/{told.said.id}/edit/")
        assert taken.chat == told.said.chat.id
