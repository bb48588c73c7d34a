"""A simulated Soroush, and one bot's calls to it over bare HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from bridge.platforms.soroush.simulator import SoroushSimulator
from bridge.sandbox.control import Control, NewBot


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any

    @property
    def result(self) -> Any:
        assert self.status == 200, self.body
        assert self.body["ok"] is True
        return self.body["result"]

    @property
    def refusal(self) -> tuple[int, str]:
        assert self.body["ok"] is False
        assert self.body["error_code"] == self.status
        return self.status, self.body["description"]


class SoroushWire:
    """One bot's calls. Parameters go as JSON unless a form is given."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str) -> None:
        self.session = session
        self.base = f"{url}/bot{token}"
        self.file_base = f"{url}/file/bot{token}"

    async def __call__(self, method: str, **parameters: Any) -> Answer:
        return await self.send("POST", method, json=parameters)

    async def form(self, method: str, form: aiohttp.FormData) -> Answer:
        return await self.send("POST", method, data=form)

    async def send(self, verb: str, method: str, **rest: Any) -> Answer:
        async with self.session.request(verb, f"{self.base}/{method}", **rest) as answer:
            text = await answer.text()
            return Answer(answer.status, json.loads(text) if text.startswith("{") else text)

    async def updates(self, offset: int | None = None, **more: Any) -> list[Any]:
        given = {} if offset is None else {"offset": offset}
        found = (await self("getUpdates", **given, **more)).result
        assert isinstance(found, list)
        return found


@dataclass(slots=True)
class SoroushWorld:
    simulator: SoroushSimulator
    hand: Control
    session: aiohttp.ClientSession
    sara: str
    bot: NewBot
    group: str
    wire: SoroushWire

    async def another_bot(self, name: str) -> tuple[NewBot, SoroushWire]:
        bot = await self.hand.bots(name)
        return bot, self.stranger(bot.token)

    def stranger(self, token: str) -> SoroushWire:
        return SoroushWire(self.session, self.simulator.url, token)


@pytest.fixture
async def soroush() -> AsyncIterator[SoroushWorld]:
    """Sara's group "Family" with the bot as a plain member; of that the bot is told nothing."""
    async with (
        SoroushSimulator() as simulator,
        Control(simulator.control_url) as hand,
        aiohttp.ClientSession() as session,
    ):
        sara = await hand.people("Sara", "sara")
        bot = await hand.bots("Relay", "relaybot")
        group = await hand.chats("group", "Family", creator=sara)
        await hand.members(group, bot.id)
        wire = SoroushWire(session, simulator.url, bot.token)
        assert await wire.updates() == []
        yield SoroushWorld(simulator, hand, session, sara, bot, group, wire)
