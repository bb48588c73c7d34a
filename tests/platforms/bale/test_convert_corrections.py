"""What Bale tells of messages that read otherwise now, and of people who come and go."""

from __future__ import annotations

import pytest
from hypothesis import given

from bridge.model import (
    BotMoved,
    Mark,
    Media,
    MembersMoved,
    MessageEdited,
    MessageSaid,
    Nothing,
    Person,
    Text,
    Unreadable,
)
from bridge.platforms.bale import convert
from tests.platforms.bale.test_convert import ANY, MESSAGE, OWN_ID, SARA, SARAS_CHAT, TEAM, event, payload, update

ALI = Person("2020722119", "Ali")


def edited(**changes: object) -> MessageEdited:
    found = convert.event(convert.update(with_changes(**changes)), OWN_ID)
    assert isinstance(found, MessageEdited)
    return found


def with_changes(**changes: object) -> dict[str, object]:
    body: dict[str, object] = payload("edited")
    message = body["edited_message"]
    assert isinstance(message, dict)
    return body | {"edited_message": {k: v for k, v in (message | changes).items() if v is not None}}


def test_an_edit_is_the_whole_message_as_it_is_now_with_the_time_of_the_first_saying() -> None:
    found = event("edited")
    assert isinstance(found, MessageEdited)
    assert found.said == MessageSaid(TEAM, "57", SARA, Text("سلام"), at=1794823000000)
    assert found.at == 1794823100000
    assert update("edited").chat == update("group_reply").chat


def test_an_edit_keeps_its_marks_and_its_reply() -> None:
    reply = {"message_id": 55, "date": 1, "chat": {"id": 4695281546, "type": "group"}, "text": "hi"}
    said = edited(text="سلام *همه*", reply_to_message=reply).said
    assert (said.content, said.reply_to) == (Text("سلام همه", (Mark("bold", 5, 8),)), "55")


def test_an_edited_caption_is_an_edit() -> None:
    assert edited(text=None, photo=[{"file_id": "1:2:3"}], caption="در _کوه_").said.content == Media(
        "photo", "1:2:3", caption="در کوه", marks=(Mark("italic", 3, 6),)
    )


def test_two_edits_in_one_second_are_two() -> None:
    first, second = edited(text="a"), edited(text="b")
    assert first.at == second.at
    assert first.version != second.version
    assert convert.update(with_changes(text="a")).key != convert.update(with_changes(text="b")).key


def test_words_that_are_changed_back_are_another_edit() -> None:
    assert edited(edit_date=1794823101).version != edited().version
    without = with_changes(edit_date=None)
    assert convert.update(without).key != convert.update(without | {"update_id": 417}).key
    assert edited(edit_date=None).at == 0


def test_an_edit_that_is_told_again_is_the_same_though_names_have_changed() -> None:
    later = with_changes(**{"from": {"id": 1058935006, "first_name": "Sara N."}}) | {"update_id": 999}
    assert convert.update(later).key == update("edited").key
    again = convert.event(convert.update(later), OWN_ID)
    assert isinstance(again, MessageEdited)
    assert again.version == edited().version


def test_a_message_and_its_edits_have_keys_of_their_own() -> None:
    message = payload("group_reply")
    keys = {convert.update(body).key for body in (message, with_changes(), with_changes(edit_date=1794823101))}
    assert len(keys) == 3


def test_an_edit_of_ours_is_told_as_ours_and_in_the_words_that_we_were_given() -> None:
    found = event("own_edited")
    assert isinstance(found, MessageEdited)
    assert found.said.sender == Person(OWN_ID, "Bridge", is_bot=True, username="bridgebot")
    assert found.said.content == Text("a *b* c")


def test_a_start_that_is_edited_starts_nothing_anew() -> None:
    body = payload("start_deep_link")
    told = convert.event(convert.update({"update_id": 1, "edited_message": body["message"]}), OWN_ID)
    assert isinstance(told, MessageEdited)
    assert told.said.chat == SARAS_CHAT


def test_an_edited_post_of_a_channel_is_read_under_either_name() -> None:
    message = payload("channel_photo")["message"]
    for name in ("edited_message", "edited_channel_post"):
        told = convert.event(convert.update({"update_id": 1, name: message}), OWN_ID)
        assert isinstance(told, MessageEdited)
        assert told.said.sender is None


@pytest.mark.parametrize(
    "broken",
    [
        {"text": {"no": "text"}},
        {"message_id": None},
        {"message_id": []},
        {"chat": 7},
        {"from": {"first_name": "nobody"}},
        {"new_chat_title": "x"},
    ],
)
def test_an_edit_that_cannot_be_read_is_nothing(broken: dict[str, object]) -> None:
    taken = convert.update(with_changes(**broken))
    assert isinstance(convert.event(taken, OWN_ID), Nothing)
    assert not isinstance(convert.event(taken, OWN_ID), Unreadable)


@pytest.mark.parametrize("when", ["soon", -1, 10**20, 1.5, {}, True])
def test_a_time_of_an_edit_that_is_none_does_not_matter(when: object) -> None:
    assert edited(edit_date=when).said == edited().said
    assert edited(edit_date=when).version == edited(edit_date=when).version


def test_people_who_come_and_go_are_told() -> None:
    other = Person("88", "Other", is_bot=True)
    assert event("people_joined") == MembersMoved(TEAM, (ALI, other), present=True)
    assert event("person_left") == MembersMoved(TEAM, (ALI,), present=False)
    assert update("person_left").chat == TEAM.id


def test_our_own_move_counts_more_than_that_of_others_with_us() -> None:
    at = payload("bot_added")["message"]["date"] * 1000
    assert event("bot_added") == BotMoved(TEAM, present=True, at=at)
    members = [payload("bot_added")["message"]["new_chat_members"][n] for n in (1, 0)]
    body = payload("bot_added")
    body["message"]["new_chat_members"] = members
    assert convert.event(convert.update(body), OWN_ID) == BotMoved(TEAM, present=True, at=at)


@pytest.mark.parametrize("odd", [7, "ali", [7, None], [{}], {"id": []}, [[]]])
def test_members_that_nobody_can_read_are_nothing(odd: object) -> None:
    body = payload("people_joined")
    body["message"]["new_chat_members"] = odd
    assert convert.event(convert.update(body), OWN_ID) == Nothing("new_chat_members")


def test_a_member_that_can_be_read_is_told_beside_one_that_cannot() -> None:
    body = payload("people_joined")
    body["message"]["new_chat_members"] = [None, {"id": 2020722119, "first_name": "Ali"}, {"id": "x"}]
    assert convert.event(convert.update(body), OWN_ID) == MembersMoved(TEAM, (ALI,), present=True)
    body["message"]["new_chat_members"] = {"id": 2020722119, "first_name": "Ali"}
    assert convert.event(convert.update(body), OWN_ID) == MembersMoved(TEAM, (ALI,), present=True)


@given(MESSAGE | ANY)
def test_no_edit_becomes_a_message_that_cannot_be_read(message: object) -> None:
    taken = convert.update({"update_id": 1, "edited_message": message})
    told = convert.event(taken, OWN_ID)
    assert not isinstance(told, Unreadable | MessageSaid)
    if isinstance(told, MessageEdited):
        assert taken.key.startswith(f"{told.said.chat.id}/{told.said.id}/edit/")
        assert taken.chat == told.said.chat.id
