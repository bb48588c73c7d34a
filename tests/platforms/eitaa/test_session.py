from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from bridge.errors import InDoubt, Refused, Retry
from bridge.model import MemberRole
from bridge.outgoing import Outgoing
from bridge.platforms.eitaa import PLATFORM, EitaaSettings
from bridge.platforms.eitaa.pace import Pace
from bridge.ports import Identity, Session

if TYPE_CHECKING:
    from tests.platforms.conftest import Remote


@pytest.fixture
async def session(remote: Remote) -> AsyncIterator[Session]:
    session: Session = PLATFORM.open(
        EitaaSettings(token="bot1:x", url=remote.url + "/api", timeout_seconds=3, seconds_between_sends=0)
    )
    yield session
    await session.close()
    await session.close()


async def test_the_login_tells_who_it_is(session: Session, remote: Remote) -> None:
    remote.will(
        remote.json({"ok": True, "result": {"id": 900100, "first_name": "demo", "username": "demo_admin"}}),
        remote.json({"ok": True}),
    )
    assert await session.whoami() == Identity("900100", "demo_admin", "demo")
    with pytest.raises(Retry):
        await session.whoami()


async def test_a_message_goes_to_the_channel_that_the_operator_named(session: Session, remote: Remote) -> None:
    remote.will(
        remote.json({"ok": True, "result": {"message_id": 4711, "chat": {"id": 900100}}}),
        remote.json({"ok": True, "result": "success"}),
    )
    assert await session.send("@demo_channel", Outgoing("x", reply_to="4710")) == "4711"
    assert remote.asked[0].body == {"chat_id": "demo_channel", "text": "x", "reply_to_message_id": 4710}
    with pytest.raises(InDoubt):
        await session.send("demo_channel", Outgoing("x"))


async def test_the_leg_says_that_it_is_one_way(session: Session, remote: Remote) -> None:
    assert session.capabilities.receives is False
    assert PLATFORM.capabilities is session.capabilities
    with pytest.raises(RuntimeError, match="receives nothing"):
        await session.fetch(None)
    for call in (
        session.edit("demo_channel", "1", Outgoing("x")),
        session.delete("demo_channel", "1"),
        session.read("demo_channel", "1"),
    ):
        with pytest.raises(Refused):
            await call
    assert await session.chat("demo_channel") is None
    assert await session.member_role("demo_channel", "1") is MemberRole.UNKNOWN
    assert remote.asked == []


async def test_sends_of_one_token_keep_their_distance() -> None:
    now = 100.0
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        nonlocal now
        slept.append(seconds)
        now += seconds

    pace = Pace(1.0, clock=lambda: now, sleep=sleep)
    begun: list[float] = []
    for chat in ("a", "b", "a"):
        async with pace.turn(chat):
            begun.append(now)
            now += 0.25
    assert begun == [100.0, 101.0, 102.0]
    assert slept == [0.75, 0.75]


async def test_a_chat_has_one_send_in_flight_and_holds_up_no_other() -> None:
    pace = Pace(0.0)
    inside: list[str] = []
    entered, release = asyncio.Event(), asyncio.Event()

    async def send(chat: str, name: str, until: asyncio.Event | None) -> None:
        async with pace.turn(chat):
            inside.append(name)
            if until is not None:
                entered.set()
                await until.wait()

    async with asyncio.TaskGroup() as group:
        group.create_task(send("slow", "slow 1", release))
        await entered.wait()
        waiting = group.create_task(send("slow", "slow 2", None))
        await group.create_task(send("quick", "quick", None))
        assert inside == ["slow 1", "quick"]
        assert not waiting.done()
        release.set()
    assert inside == ["slow 1", "quick", "slow 2"]
