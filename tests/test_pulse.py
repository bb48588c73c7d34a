"""The homeserver is called when it may have given us up: at the start, behind a failure, and when it was away."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from urllib.parse import unquote

import pytest
from aiohttp import web

from bridge.matrix.homeserver import MatrixHomeserver
from bridge.pulse import Pulse
from bridge.store import Store

WITHIN_S = 10.0
BOT = "@hampayam:hs.test"


class House:
    """A homeserver of a few answers, over HTTP. `asked` counts what it was asked for."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.away = False
        self.silent: asyncio.Event | None = None
        """Until it is set, nothing is answered."""
        self.reaches_us = True
        self.returns = 0

    def returned(self) -> None:
        self.returns += 1

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if self.silent is not None:
            await self.silent.wait()
        if self.away:
            return web.json_response({}, status=502)
        path = unquote(request.path)
        for word, told in (
            ("/versions", {"versions": ["v1.11"]}),
            ("/register", {}),
            ("/createRoom", {"room_id": "!own"}),
            ("/send/ir.hampayam.nudge", {"event_id": "$nudge"}),
            ("/ping", {"duration_ms": 1}),
        ):
            if word in path:
                self.asked[word] += 1
                if word == "/ping" and not self.reaches_us:
                    return web.json_response({"errcode": "M_CONNECTION_FAILED", "error": ""}, status=502)
                return web.json_response(told)
        return web.json_response({})

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while not condition():  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    async def beats(self) -> None:
        """Wait for another two signs of life, so that the state of now was seen."""
        before = self.asked["/versions"]
        await self.until(lambda: self.asked["/versions"] >= before + 2)


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
async def pulse(house: House, tmp_path: Path) -> AsyncIterator[Pulse]:
    runner = web.ServerRunner(web.Server(house.answer))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    homeserver = MatrixHomeserver(f"http://127.0.0.1:{runner.addresses[0][1]}", "token")
    store = Store(f"sqlite:///{tmp_path / 'bridge.db'}")
    await store.open()
    pulse = Pulse(store, homeserver, "hampayam", BOT, lambda: 1)
    pulse.returned = house.returned
    tasks = [asyncio.create_task(pulse.beat()), asyncio.create_task(pulse.listen())]
    yield pulse
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    await store.close()
    await homeserver.close()
    await runner.cleanup()


async def test_at_the_start_the_homeserver_is_called_and_nudged(house: House, pulse: Pulse) -> None:
    await house.until(lambda: house.asked["/send/ir.hampayam.nudge"] == 1)
    assert (house.asked["/register"], house.asked["/ping"], house.returns) == (1, 1, 0)


async def test_behind_a_failure_of_ours_it_is_called_and_nudged(house: House, pulse: Pulse) -> None:
    await house.until(lambda: house.asked["/send/ir.hampayam.nudge"] == 1)
    pulse.failed()
    await house.until(lambda: house.asked["/ping"] == 2 and house.asked["/send/ir.hampayam.nudge"] == 2)
    assert (house.asked["/createRoom"], house.returns) == (1, 0)


async def test_a_homeserver_that_was_away_is_called_and_nudged(house: House, pulse: Pulse) -> None:
    await house.beats()
    house.away = True
    await asyncio.sleep(0)
    async with asyncio.timeout(WITHIN_S):
        while not pulse.away:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    house.away = False
    before = house.asked["/ping"]
    await house.until(lambda: house.returns == 1 and house.asked["/ping"] > before)
    await house.until(lambda: house.asked["/send/ir.hampayam.nudge"] >= 1)
    await house.beats()
    assert house.returns == 1


async def test_while_a_sign_of_life_is_waited_for_nobody_can_be_sure(house: House, pulse: Pulse) -> None:
    await house.until(pulse.sure.is_set)
    house.silent = asyncio.Event()
    await house.until(lambda: not pulse.sure.is_set())
    house.away = True
    house.silent.set()
    await house.until(pulse.sure.is_set)
    assert pulse.away
    house.away = False
    await house.beats()
    assert not pulse.away


async def test_it_is_there_again_when_it_calls_us(house: House, pulse: Pulse) -> None:
    """Its first transaction must find out before the next sign of life does."""
    await house.beats()
    house.away = True
    async with asyncio.timeout(WITHIN_S):
        while not pulse.away:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    pulse.heard()
    pulse.heard()
    assert house.returns == 1


async def test_a_call_that_failed_is_made_again_as_soon_as_there_is_a_reason(house: House, pulse: Pulse) -> None:
    house.reaches_us = False
    await house.until(lambda: house.asked["/ping"] >= 4)  # the pauses have grown to seconds
    house.reaches_us = True
    before = house.asked["/ping"]
    pulse.failed()
    async with asyncio.timeout(1.0):
        await house.until(lambda: house.asked["/ping"] > before)
