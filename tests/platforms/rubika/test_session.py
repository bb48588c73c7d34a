from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

import pytest

from bridge.errors import InDoubt, NotAllowed, Refused, Retry
from bridge.model import Chat, ChatKind, Mark, MemberRole, MessageSaid, Nothing, Person
from bridge.outgoing import Outgoing
from bridge.platforms import gaps
from bridge.platforms.http import Http
from bridge.platforms.rubika import PLATFORM, RubikaSettings
from bridge.platforms.rubika.api import RubikaApi
from bridge.platforms.rubika.session import RubikaSession
from bridge.ports import Identity, Session

if TYPE_CHECKING:
    from tests.platforms.conftest import Remote


def message(number: int) -> dict[str, object]:
    said = {"message_id": str(number), "text": "hi", "sender_id": "u01", "sender_type": "User"}
    return {"type": "NewMessage", "chat_id": "g01", "update_time": 1758200000, "new_message": said}


def updates(items: Sequence[object], **more: object) -> dict[str, object]:
    return {"status": "OK", "data": {"updates": items, **more}}


@pytest.fixture
async def session(remote: Remote) -> AsyncIterator[Session]:
    session: Session = PLATFORM.open(
        RubikaSettings(token="T", url=remote.url + "/v3", timeout_seconds=3, poll_seconds=0.5)
    )
    yield session
    await session.close()
    await session.close()


async def test_the_login_tells_who_it_is(session: Session, remote: Remote) -> None:
    remote.will(
        remote.json({"status": "OK", "data": {"bot": {"bot_id": "b1", "bot_title": "Bridge", "username": "br_bot"}}}),
        remote.json({"status": "OK", "data": {}}),
    )
    assert await session.whoami() == Identity("b1", "br_bot", "Bridge")
    with pytest.raises(Retry):
        await session.whoami()


async def test_a_fetch_begins_with_the_oldest_and_goes_on_from_the_cursor(session: Session, remote: Remote) -> None:
    remote.will(
        remote.json(updates([message(1)], next_offset_id="66f0")),
        remote.json(updates([], next_offset_id="")),
        remote.json(updates([])),
    )
    first = await session.fetch(None)
    assert [update.key for update in first.updates] == ["g01/1/new"]
    assert (gaps.place(first.cursor)[0], first.wait) == ("66f0", 0.5)
    assert (await session.fetch(first.cursor)).cursor == first.cursor
    assert (await session.fetch(first.cursor)).cursor == first.cursor
    assert [asked.body for asked in remote.asked] == [
        {"limit": 100},
        {"limit": 100, "offset_id": "66f0"},
        {"limit": 100, "offset_id": "66f0"},
    ]


async def test_a_full_batch_is_followed_at_once_but_not_if_the_cursor_stands_still(
    session: Session, remote: Remote
) -> None:
    full = updates([message(number) for number in range(100)], next_offset_id="66f1")
    remote.will(remote.json(full), remote.json(full))
    assert (await session.fetch("66f0")).wait == 0.0
    assert (await session.fetch("66f1")).wait == 0.5


async def test_a_batch_too_large_to_hold_is_taken_one_by_one(remote: Remote) -> None:
    session = RubikaSession(RubikaApi(Http(remote.url, largest=1000), "T"), poll_seconds=0.5)
    remote.will(
        remote.json(updates([message(number) for number in range(50)])),
        remote.json(updates([message(0)], next_offset_id="66f1")),
    )
    batch = await session.fetch("66f0")
    assert ([asked.body["limit"] for asked in remote.asked], len(batch.updates)) == ([100, 1], 1)
    assert batch.wait == 0.0
    await session.close()


async def test_a_cursor_that_rubika_forgot_is_dropped(session: Session, remote: Remote) -> None:
    remote.will(remote.json({"status": "INVALID_INPUT"}), remote.json(updates([message(1)])))
    dropped = await session.fetch("bad")
    assert (dropped.updates, dropped.cursor, dropped.wait) == ((), None, 0.5)
    await session.fetch(dropped.cursor)
    assert "offset_id" not in remote.asked[1].body


async def test_a_malformed_update_loses_none_of_its_neighbours(session: Session, remote: Remote) -> None:
    items = [message(1), "junk", None, {"type": "NewMessage"}, {"type": 5, "chat_id": "g01"}, message(2)]
    remote.will(remote.json(updates(items, next_offset_id="66f0")))
    batch = await session.fetch(None)
    kinds = [type(session.convert(update)) for update in batch.updates]
    assert kinds == [MessageSaid, Nothing, Nothing, Nothing, Nothing, MessageSaid]


async def test_a_sent_message_keeps_its_marks_and_answers_its_target(session: Session, remote: Remote) -> None:
    remote.will(remote.json({"status": "OK", "data": {"message_id": 1170000000000000003}}))
    assert await session.send("g01", Outgoing("*as is*", reply_to="1170000000000000002")) == ("1170000000000000003")
    assert remote.asked[0].body == {
        "chat_id": "g01",
        "text": "*as is*",
        "reply_to_message_id": "1170000000000000002",
    }


async def test_a_reply_that_is_refused_is_sent_without_its_target(session: Session, remote: Remote) -> None:
    remote.will(remote.json({"status": "INVALID_INPUT"}), remote.json({"status": "OK", "data": {"message_id": "9"}}))
    assert await session.send("g01", Outgoing("x", reply_to="7")) == "9"
    assert ["reply_to_message_id" in asked.body for asked in remote.asked] == [True, False]


async def test_formatting_goes_out_as_ranges_and_as_plain_words_where_that_is_refused(
    session: Session, remote: Remote
) -> None:
    remote.will(remote.json({"status": "INVALID_INPUT"}), remote.json({"status": "OK", "data": {"message_id": "9"}}))
    message = Outgoing("😀 he dies", marks=(Mark("spoiler", 5, 9),))
    assert await session.send("g01", message) == "9"
    assert remote.asked[0].body["metadata"] == {"meta_data_parts": [{"type": "Spoiler", "from_index": 6, "length": 4}]}
    assert remote.asked[1].body == {"chat_id": "g01", "text": "😀 he ▒ dies ▒"}


async def test_what_is_refused_for_good_is_asked_once(session: Session, remote: Remote) -> None:
    remote.will(remote.json({"status": "INVALID_ACCESS"}), remote.json({"status": "INVALID_INPUT"}))
    with pytest.raises(NotAllowed):
        await session.send("g01", Outgoing("x", reply_to="7"))
    with pytest.raises(Refused):
        await session.send("g01", Outgoing("x"))
    assert len(remote.asked) == 2


async def test_a_success_without_an_id_is_in_doubt(session: Session, remote: Remote) -> None:
    remote.will(remote.json({"status": "OK", "data": {}}))
    with pytest.raises(InDoubt):
        await session.send("g01", Outgoing("x"))


async def test_a_private_chat_tells_who_is_there(session: Session, remote: Remote) -> None:
    told = {"chat_id": "b01", "chat_type": "User", "user_id": "u01", "first_name": "Sara", "username": "sara_x"}
    remote.will(
        remote.json({"status": "OK", "data": {"chat": told}}),
        remote.json({"status": "INVALID_INPUT"}),
    )
    sara = Person("u01", "Sara", username="sara_x")
    assert await session.chat("b01") == Chat("b01", ChatKind.PRIVATE, "Sara", person=sara)
    assert await session.chat("b02") is None


def test_a_deep_link_names_the_bot_and_carries_the_payload() -> None:
    assert PLATFORM.deep_link is not None
    assert PLATFORM.deep_link("hampayambot", "K7x9") == "https://rubika.ir/hampayambot?st=K7x9"


async def test_a_role_is_told_and_unknown_where_rubika_refuses(session: Session, remote: Remote) -> None:
    remote.will(
        remote.json({"status": "OK", "data": {"chat_member": {"user_id": "u01", "status": "Creator"}}}),
        remote.json({"status": "INVALID_ACCESS"}),
    )
    assert await session.member_role("g01", "u01") is MemberRole.ADMIN
    assert await session.member_role("g01", "u02") is MemberRole.UNKNOWN
    assert await session.member_role("b01", "u01") is MemberRole.ADMIN
    assert [asked.body for asked in remote.asked] == [
        {"chat_id": "g01", "user_id": "u01"},
        {"chat_id": "g01", "user_id": "u02"},
    ]
