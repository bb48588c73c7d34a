from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from bridge.errors import InDoubt, Retry
from bridge.model import Chat, ChatKind, Mark, MemberRole, MessageSaid, Nothing
from bridge.outgoing import Outgoing
from bridge.platforms.soroush import PLATFORM, SoroushSettings
from bridge.ports import Identity, Session

if TYPE_CHECKING:
    from tests.platforms.conftest import Remote

DEMO = {"id": -1000001234567, "type": "supergroup", "title": "demo"}


def message(update_id: object, message_id: int) -> dict[str, object]:
    said = {"message_id": message_id, "chat": DEMO, "from": {"id": 5, "first_name": "S"}, "text": "hi"}
    return {"update_id": update_id, "message": said}


@pytest.fixture
async def session(remote: Remote) -> AsyncIterator[Session]:
    session: Session = PLATFORM.open(
        SoroushSettings(token="70000001:x", url=remote.url, timeout_seconds=3, poll_timeout_seconds=1)
    )
    yield session
    await session.close()
    await session.close()


async def test_the_login_tells_who_it_is(session: Session, remote: Remote) -> None:
    remote.will(remote.json({"ok": True, "result": {"id": 70000001, "first_name": "Bridge"}}))
    assert await session.whoami() == Identity("70000001", None, "Bridge")


async def test_a_webhook_is_removed_once_before_the_first_fetch(session: Session, remote: Remote) -> None:
    remote.will(
        remote.body(b"<html>", 502),
        remote.json({"ok": False, "error_code": 400, "description": "Bad Request: NOT_SUPPORTED"}, 400),
        remote.json({"ok": True, "result": [message(5, 1)]}),
        remote.json({"ok": True, "result": []}),
    )
    with pytest.raises(Retry):
        await session.fetch(None)
    batch = await session.fetch(None)
    await session.fetch(batch.cursor)
    methods = [asked.path.rpartition("/")[2] for asked in remote.asked]
    assert methods == ["deleteWebhook", "deleteWebhook", "getUpdates", "getUpdates"]
    assert remote.asked[0].body == {}
    assert [asked.body.get("offset") for asked in remote.asked[2:]] == [None, 6]


async def test_an_update_that_comes_back_does_not_make_a_tight_loop(session: Session, remote: Remote) -> None:
    again = remote.json({"ok": True, "result": [message(5, 1)]})
    remote.will(remote.json({"ok": True, "result": True}), again, again)
    first = await session.fetch(None)
    assert (first.cursor, first.wait) == ("6", 0.0)
    second = await session.fetch(first.cursor)
    assert (second.cursor, second.wait) == ("6", 1.0)
    assert [update.key for update in second.updates] == [update.key for update in first.updates]


async def test_a_second_poller_is_waited_for(session: Session, remote: Remote) -> None:
    remote.will(
        remote.json({"ok": True, "result": True}),
        remote.json({"ok": False, "error_code": 409, "description": "Conflict"}, 409),
    )
    with pytest.raises(Retry, match="another program polls"):
        await session.fetch("6")


async def test_a_malformed_update_loses_none_of_its_neighbours(session: Session, remote: Remote) -> None:
    items = [message(1, 1), None, {"update_id": 2, "message": 5}, message([], 2), message(4, 3)]
    remote.will(remote.json({"ok": True, "result": True}), remote.json({"ok": True, "result": items}))
    batch = await session.fetch(None)
    assert batch.cursor == "5"
    kinds = [type(session.convert(update)) for update in batch.updates]
    assert kinds == [MessageSaid, Nothing, Nothing, MessageSaid, MessageSaid]


async def test_a_sent_message_tells_its_id_or_is_in_doubt(session: Session, remote: Remote) -> None:
    remote.will(
        remote.json({"ok": True, "result": {"message_id": 91}}),
        remote.json({"ok": True, "result": {"message_id": None}}),
    )
    assert await session.send("-1000001234567", Outgoing("x", reply_to="90")) == "91"
    assert remote.asked[0].body["chat_id"] == -1000001234567
    assert remote.asked[0].body["reply_to_message_id"] == 90
    with pytest.raises(InDoubt):
        await session.send("-1000001234567", Outgoing("x"))


async def test_formatting_goes_out_as_html_and_as_plain_words_where_that_is_refused(
    session: Session, remote: Remote
) -> None:
    refusal = {"ok": False, "error_code": 400, "description": "Bad Request: can't parse entities"}
    remote.will(remote.json(refusal, 400), remote.json({"ok": True, "result": {"message_id": 92}}))
    message = Outgoing("he <dies>", reply_to="90", marks=(Mark("spoiler", 3, 9),))
    assert await session.send("-1000001234567", message) == "92"
    first, second = (asked.body for asked in remote.asked)
    assert (first["text"], first["parse_mode"]) == ("he <tg-spoiler>&lt;dies&gt;</tg-spoiler>", "HTML")
    assert (second["text"], "parse_mode" in second) == ("he ▒ <dies> ▒", False)
    assert first["reply_to_message_id"] == second["reply_to_message_id"] == 90


async def test_a_chat_is_described_only_if_the_method_has_come(session: Session, remote: Remote) -> None:
    remote.will(
        remote.json({"ok": False, "error_code": 400, "description": "Bad Request: NOT_SUPPORTED"}, 400),
        remote.json({"ok": True, "result": DEMO}),
    )
    assert await session.chat("-1000001234567") is None
    assert await session.chat("-1000001234567") == Chat("-1000001234567", ChatKind.GROUP, "demo")


async def test_roles_are_not_told_in_groups(session: Session, remote: Remote) -> None:
    assert await session.member_role("-1000001234567", "5") is MemberRole.UNKNOWN
    assert await session.member_role("5", "5") is MemberRole.ADMIN
    assert session.capabilities.tells_roles is False
    assert remote.asked == []
