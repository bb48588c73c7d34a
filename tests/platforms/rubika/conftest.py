"""A simulated Rubika with a family group and a bot in it, and a client that knows only HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bridge.platforms.rubika.simulator import RubikaSimulator
from bridge.sandbox.control import Control


@dataclass(frozen=True)
class Wire:
    session: aiohttp.ClientSession
    url: str
    token: str

    def of(self, token: str) -> Wire:
        """The same client with another bot's token."""
        return Wire(self.session, self.url, token)

    async def raw(self, method: str, **parameters: Any) -> tuple[int, Any]:
        async with self.session.post(f"{self.url}/v3/{self.token}/{method}", json=parameters) as answer:
            body = await answer.json() if answer.content_type == "application/json" else await answer.text()
            return answer.status, body

    async def ok(self, method: str, **parameters: Any) -> Any:
        status, body = await self.raw(method, **parameters)
        assert (status, body["status"]) == (200, "OK"), body
        return body["data"]

    async def refused(self, method: str, **parameters: Any) -> str:
        status, body = await self.raw(method, **parameters)
        assert status == 200
        assert set(body) == {"status", "dev_message"}
        return str(body["status"])

    async def updates(self, **parameters: Any) -> list[Any]:
        return list((await self.ok("getUpdates", **parameters))["updates"])

    async def drain(self) -> str:
        """Takes and confirms everything; returns the cursor."""
        cursor: dict[str, str] = {}
        while (data := await self.ok("getUpdates", **cursor))["updates"]:
            cursor = {"offset_id": data["next_offset_id"]}
        return cursor["offset_id"]


@dataclass(frozen=True)
class Family:
    group: str
    sara: str
    bot: str


@pytest.fixture
async def simulator() -> AsyncIterator[RubikaSimulator]:
    async with RubikaSimulator() as running:
        yield running


@pytest.fixture
async def hand(simulator: RubikaSimulator) -> AsyncIterator[Control]:
    async with Control(simulator.control_url) as control:
        yield control


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def family(hand: Control) -> Family:
    sara = await hand.people("Sara Ahmadi", "sara_x")
    bot = await hand.bots("Relay", "relay_bot")
    group = await hand.chats("group", "خانواده", creator=sara)
    await hand.members(group, bot.id, "admin")
    return Family(group, sara, bot.id)


@pytest.fixture
async def wire(simulator: RubikaSimulator, session: aiohttp.ClientSession, family: Family) -> Wire:
    return Wire(session, simulator.url, simulator.world.bots[family.bot].token)


class Listener:
    """Where a bot's endpoints point to."""

    def __init__(self) -> None:
        self.came: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        self.came.put_nowait((request.path, await request.json()))
        return web.json_response({"status": "OK"})

    async def next(self) -> tuple[str, Any]:
        return await asyncio.wait_for(self.came.get(), 10)


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    listener = Listener()
    app = web.Application()
    app.router.add_post("/{path:.*}", listener.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    listener.url = f"http://127.0.0.1:{runner.addresses[0][1]}/secret"
    yield listener
    await runner.cleanup()
