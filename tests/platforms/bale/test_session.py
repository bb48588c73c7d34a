from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from bridge.errors import InDoubt, LoginLost, NotAllowed, Refused, Retry
from bridge.model import Batch, BotMoved, Chat, ChatKind, Mark, MemberRole, MessageSaid, Nothing
from bridge.outgoing import Outgoing
from bridge.platforms.bale import PLATFORM, BaleSettings
from bridge.platforms.bale.api import BaleApi
from bridge.platforms.bale.session import BaleSession
from bridge.platforms.http import Http
from bridge.ports import Identity, Session

if TYPE_CHECKING:
    from tests.platforms.conftest import Remote

TEAM = {"id": 4695281546, "type": "group", "title": "Team"}


def message(update_id: object, message_id: int) -> dict[str, object]:
    said = {"message_id": message_id, "chat": TEAM, "from": {"id": 5, "first_name": "S"}, "text": "hi"}
    return {"update_id": update_id, "message": said}


def place(batch: Batch) -> str:
    """The offset in a cursor."""
    assert batch.cursor is not None
    return batch.cursor.partition("/")[0]


@pytest.fixture
async def session(remote: Remote) -> AsyncIterator[Session]:
    settings = BaleSettings(token="77:x", url=remote.url, timeout_seconds=3, poll_timeout_seconds=1)
    session: Session = PLATFORM.open(settings)
    yield session
    await session.close()
    await session.close()


async def test_the_login_tells_who_it_is(session: Session, remote: Remote) -> None:
    remote.will(
        remote.json({"ok": True, "result": {"id": 77, "first_name": "Bridge", "username": "bridgebot"}}),
        remote.json({"ok": True, "result": {}}),
        remote.json({"ok": False, "error_code": 401, "description": "Unauthorized"}, 401),
    )
    assert await session.whoami() == Identity("77", "bridgebot", "Bridge")
    with pytest.raises(Retry):
        await session.whoami()
    with pytest.raises(LoginLost):
        await session.whoami()


async def test_a_fetch_confirms_what_came_before_it(session: Session, remote: Remote) -> None:
    remote.will(
        remote.json({"ok": True, "result": [message(7, 1), message(9, 2), message(8, 3)]}),
        remote.json({"ok": True, "result": []}),
    )
    batch = await session.fetch(None)
    assert [update.key for update in batch.updates] == [f"4695281546/{n}/new" for n in (1, 2, 3)]
    assert (place(batch), batch.wait) == ("10", 0.0)
    later = await session.fetch(batch.cursor)
    assert later.cursor == batch.cursor
    assert [asked.body.get("offset") for asked in remote.asked] == [None, 10]
    assert remote.asked[0].body["timeout"] == 1


async def test_a_long_poll_that_returns_at_once_with_nothing_is_paced(session: Session, remote: Remote) -> None:
    remote.will(remote.json({"ok": True, "result": []}), remote.json({"ok": True, "result": [message(9, 1)]}))
    assert (await session.fetch("10")).wait == 1.0
    repeated = await session.fetch("10")
    assert (place(repeated), repeated.wait, len(repeated.updates)) == ("10", 1.0, 1)


async def test_a_malformed_update_loses_none_of_its_neighbours(session: Session, remote: Remote) -> None:
    items = [message(1, 1), "junk", {"update_id": 2, "message": 5}, {"message": {}}, message("x", 2)]
    digits = json.dumps({"ok": True, "result": [*items, message(4, 3)]})
    digits = digits.replace('"junk"', "9" * 6000).replace('"text": "hi"', '"text": "hi", "far": NaN', 1)
    remote.will(remote.body(digits.encode().replace(b'"S"', b'"\xff"', 1)))
    batch = await session.fetch(None)
    assert place(batch) == "5"
    kinds = [type(session.convert(update)) for update in batch.updates]
    assert kinds == [MessageSaid, Nothing, Nothing, Nothing, MessageSaid, MessageSaid]


async def test_ten_megabytes_of_text_come_through_with_their_neighbour(session: Session, remote: Remote) -> None:
    long = message(1, 1)
    long["message"] = {**TEAM, "message_id": 1, "chat": TEAM, "text": "x" * 10_000_000}
    remote.will(remote.json({"ok": True, "result": [long, message(2, 2)]}))
    batch = await session.fetch(None)
    assert [update.key[-5:] for update in batch.updates] == ["1/new", "2/new"]


async def test_a_batch_too_large_to_hold_is_taken_one_by_one(remote: Remote) -> None:
    api = BaleApi(Http(remote.url, largest=1000), "77:x")
    session = BaleSession(api, own_id="77", poll_timeout_seconds=0)
    remote.will(
        remote.json({"ok": True, "result": [message(n, n) for n in range(50)]}),
        remote.json({"ok": True, "result": [message(0, 1)]}),
    )
    batch = await session.fetch(None)
    assert ([asked.body["limit"] for asked in remote.asked], place(batch)) == ([100, 1], "1")
    await session.close()


async def test_our_own_arrival_is_known_before_whoami(session: Session, remote: Remote) -> None:
    joined = {"message_id": 1, "chat": TEAM, "new_chat_members": [{"id": 77}]}
    remote.will(remote.json({"ok": True, "result": [{"update_id": 1, "message": joined}]}))
    [update] = (await session.fetch(None)).updates
    assert session.convert(update) == BotMoved(Chat("4695281546", ChatKind.GROUP, "Team"), present=True)


async def test_a_sent_message_has_its_marks_neutralised_and_answers_its_target(
    session: Session, remote: Remote
) -> None:
    remote.will(remote.json({"ok": True, "result": {"message_id": 58}}))
    assert await session.send("4695281546", Outgoing("*no* bold", reply_to="57")) == "58"
    assert remote.asked[0].body == {
        "chat_id": "4695281546",
        "text": "\u200c*no* bold",
        "reply_to_message_id": 57,
    }


async def test_a_reply_that_is_refused_is_sent_without_its_target(session: Session, remote: Remote) -> None:
    remote.will(
        remote.json({"ok": False, "error_code": 400, "description": "Bad Request: message not found"}, 400),
        remote.json({"ok": True, "result": {"message_id": 59}}),
    )
    assert await session.send("5", Outgoing("x", reply_to="57")) == "59"
    assert ["reply_to_message_id" in asked.body for asked in remote.asked] == [True, False]


async def test_formatting_goes_out_as_markdown_and_as_plain_words_where_that_is_refused(
    session: Session, remote: Remote
) -> None:
    remote.will(
        remote.json({"ok": False, "error_code": 400, "description": "Bad Request"}, 400),
        remote.json({"ok": False, "error_code": 400, "description": "Bad Request"}, 400),
        remote.json({"ok": True, "result": {"message_id": 59}}),
    )
    marks = (Mark("link", 0, 4, "https://x.ir"), Mark("bold", 5, 8))
    assert await session.send("5", Outgoing("here now", reply_to="57", marks=marks)) == "59"
    assert [asked.body["text"] for asked in remote.asked] == [
        "[here](https://x.ir) *now*",
        "[here](https://x.ir) *now*",
        "here (https://x.ir) now",
    ]
    assert ["reply_to_message_id" in asked.body for asked in remote.asked] == [True, False, True]


async def test_what_is_refused_for_good_is_asked_once(session: Session, remote: Remote) -> None:
    remote.will(
        remote.json({"ok": False, "error_code": 403, "description": "Forbidden"}, 403),
        remote.json({"ok": False, "error_code": 400}, 400),
    )
    with pytest.raises(NotAllowed):
        await session.send("5", Outgoing("x", reply_to="57"))
    with pytest.raises(Refused):
        await session.send("5", Outgoing("x"))
    assert len(remote.asked) == 2


async def test_a_success_without_an_id_is_in_doubt(session: Session, remote: Remote) -> None:
    remote.will(remote.json({"ok": True, "result": True}))
    with pytest.raises(InDoubt):
        await session.send("5", Outgoing("x"))


async def test_a_chat_is_described_where_bale_can(session: Session, remote: Remote) -> None:
    remote.will(
        remote.json({"ok": True, "result": TEAM | {"linked_chat_id": "7"}}),
        remote.json({"ok": False, "error_code": 400, "description": "no such group or user"}, 400),
    )
    assert await session.chat("4695281546") == Chat("4695281546", ChatKind.GROUP, "Team")
    assert await session.chat("1") is None


async def test_a_role_is_asked_of_the_member_and_then_of_the_list_of_admins(session: Session, remote: Remote) -> None:
    denied = remote.json({"ok": False, "error_code": 403, "description": "Forbidden: permission_denied"}, 403)
    admins = remote.json({"ok": True, "result": [{"status": "creator", "user": {"id": 5}}]})
    remote.will(
        remote.json({"ok": True, "result": {"status": "member", "user": {"id": 5}}}),
        denied,
        admins,
        denied,
        admins,
        denied,
        denied,
    )
    assert await session.member_role("9", "5") is MemberRole.MEMBER
    assert await session.member_role("9", "5") is MemberRole.ADMIN
    assert await session.member_role("9", "6") is MemberRole.MEMBER
    assert await session.member_role("9", "5") is MemberRole.UNKNOWN
    assert [asked.path.rpartition("/")[2] for asked in remote.asked][:3] == [
        "getChatMember",
        "getChatMember",
        "getChatAdministrators",
    ]


async def test_a_person_is_their_own_master_in_a_private_chat(session: Session, remote: Remote) -> None:
    assert await session.member_role("5", "5") is MemberRole.ADMIN
    assert remote.asked == []
