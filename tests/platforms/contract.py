"""What the promises of all connectors are tried on: our connector against that platform's simulator, over real HTTP.

The two are independent readings of the platform's page. What a platform cannot do is taken from its declared
capabilities, never from its name.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from bridge.abilities import Capabilities
from bridge.model import MarkKind, MessageSaid, RemoteEvent
from bridge.platforms import PLATFORMS
from bridge.platforms.simulation import Simulator
from bridge.ports import Platform, Session
from bridge.sandbox.control import Control
from bridge.sandbox.simulators import account_settings, make_simulator, settings_for

BOTS = sorted(PLATFORMS)
ACCOUNTS = [f"{name} account" for name in BOTS if PLATFORMS[name].account is not None]
EVERY = BOTS + ACCOUNTS
ABLE: dict[str, Capabilities] = {name: PLATFORMS[name].capabilities for name in BOTS}
ABLE |= {
    f"{name} account": account.capabilities
    for name, platform in PLATFORMS.items()
    if (account := platform.account) is not None
}
HEARING = [name for name in EVERY if ABLE[name].receives]
EDITING = [name for name in EVERY if ABLE[name].edits]
DELETING = [name for name in EVERY if ABLE[name].deletes]
QUICK = {"poll_seconds": 0, "poll_timeout_seconds": 0, "seconds_between_sends": 0, "timeout_seconds": 3}


@dataclass
class Bench:
    """One platform's simulator, a session of ours with it, and a group in which our bot is."""

    name: str
    platform: Platform
    simulator: Simulator[Any]
    hand: Control
    session: Session
    bot: str
    group: str
    sara: str
    another: Callable[[str], Session]
    """Another session, with a token that is wrong."""
    chat: str
    """The group, as the session calls it."""
    start: str | None = None
    """The cursor of the beginning."""

    async def events(self, cursor: str | None = None) -> tuple[list[RemoteEvent], list[str], str | None]:
        """Everything that waits after a cursor: the events, their keys, the new cursor."""
        events: list[RemoteEvent] = []
        keys: list[str] = []
        cursor = cursor or self.start
        for _ in range(20):
            batch = await self.session.fetch(cursor)
            cursor = batch.cursor
            if not batch.updates:
                break
            events += [self.session.convert(update) for update in batch.updates]
            keys += [update.key for update in batch.updates]
        return events, keys, cursor

    async def said(self, cursor: str | None = None) -> list[MessageSaid]:
        return [event for event in (await self.events(cursor))[0] if isinstance(event, MessageSaid)]


def open_session(platform: Platform, url: str, token: str) -> Session:
    section = settings_for(platform, url, token)
    section |= {name: value for name, value in QUICK.items() if hasattr(platform.settings, name)}
    return platform.open(platform.settings(**section))


def open_account(platform: Platform, urls: Mapping[str, Any], token: str, device: str) -> Session:
    """With one host only: another one would do what the first refuses."""
    account = platform.account
    assert account is not None
    section = account_settings(urls) | {"token": "x", "url": "http://[::1]:1"}
    for name, pool in (
        ("account_urls", "client"),
        ("account_upload_urls", "upload"),
        ("account_download_urls", "download"),
    ):
        section[name] = (urls[pool][0],)
    section |= {name: value for name, value in QUICK.items() if hasattr(platform.settings, name)}
    credentials = json.dumps({"token": token, "imei": device}).encode()

    async def keep(_: bytes) -> None:
        return None

    return account.open(platform.settings(**section), credentials, keep)


@contextlib.asynccontextmanager
async def made_bench(which: str) -> AsyncIterator[Bench]:
    name, _, way = which.partition(" ")
    platform = PLATFORMS[name]
    simulator = make_simulator(platform.name, {})
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(simulator)
        hand = await stack.enter_async_context(Control(simulator.control_url))
        bot = await hand.bots("هم‌پیام", "hampayambot")
        sara = await hand.people("سارا")
        group = await hand.chats("group", "خانواده", creator=sara)
        if platform.capabilities.receives or way:
            await hand.members(group, bot.id, "admin")

        def opened(token: str) -> Session:
            if way:
                return open_account(platform, simulator.urls(), token, bot.details["imei"])
            return open_session(platform, simulator.url, token)

        session = opened(bot.details["session"] if way else bot.token)
        stack.push_async_callback(session.close)
        bench = Bench(which, platform, simulator, hand, session, bot.id, group, sara, opened, group)
        if way:  # it hears from its first question on, and calls the group by an id of its own
            await session.whoami()
            bench.start = (await session.fetch(None)).cursor
            bench.chat = f"c{group}"
        yield bench


every = pytest.mark.parametrize("bench", EVERY, indirect=True)
hearing = pytest.mark.parametrize("bench", HEARING, indirect=True)
editing = pytest.mark.parametrize("bench", EDITING, indirect=True)
deleting = pytest.mark.parametrize("bench", DELETING, indirect=True)

LINE = "یک 👍🏽 دو سه"
AT = LINE.index("دو")
VALUES = {"link": "https://x.ir/a?b=c&d", "pre": "python"}


def looks(bench: Bench) -> list[tuple[MarkKind, str, str]]:
    """One word in each of the looks that the platform can show."""
    able = bench.session.capabilities.marks
    return [(kind, "دو", bench.sara if kind == "mention" else VALUES.get(kind, "")) for kind in sorted(able)]
