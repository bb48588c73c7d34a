"""Our account at the simulated Eitaa, polled by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridge.model import BotMoved, Chat, ChatKind, MessageSaid, Nothing, RemoteEvent, Text, Unreadable
from bridge.platforms.eitaa import EitaaSettings
from bridge.platforms.eitaa.account import open_account
from bridge.platforms.eitaa.account_session import EitaaAccountSession
from bridge.platforms.eitaa.gateway import Credentials

if TYPE_CHECKING:
    from bridge.sandbox.control import Control, Seen
    from tests.platforms.eitaa.conftest import Scene

LATEST = 30.0


@dataclass
class Ours:
    """Our account, polled by hand. What is told again under the same key is not heard again, as in the inbox."""

    scene: Scene
    session: EitaaAccountSession
    kept: list[bytes]
    cursor: str | None = None
    heard: list[RemoteEvent] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    batches: int = 0

    async def poll(self) -> list[RemoteEvent]:
        """Until nothing more comes at once; what came."""
        before = len(self.heard)
        async with asyncio.timeout(LATEST):
            while True:
                batch = await self.session.fetch(self.cursor)
                self.cursor = batch.cursor
                self.batches += 1
                fresh = {update.key: update for update in batch.updates if update.key not in self.keys}
                self.keys |= set(fresh)
                self.heard += [self.session.convert(update) for update in fresh.values()]
                if batch.wait > 0:
                    return self.heard[before:]

    async def said(self) -> list[tuple[str, str]]:
        """(message id, words) of what came."""
        return [
            (each.id, each.content.body)
            for each in await self.poll()
            if isinstance(each, MessageSaid) and isinstance(each.content, Text)
        ]

    @property
    def family(self) -> str:
        return f"c{self.scene.family}"


def settings_of(scene: Scene) -> EitaaSettings:
    urls = scene.simulator.urls()
    return EitaaSettings(
        token="bot1:x",
        url=urls["eitaayar"],
        account=True,
        account_urls=tuple(urls["client"]),
        account_upload_urls=tuple(urls["upload"]),
        account_download_urls=tuple(urls["download"]),
        account_poll_seconds=0.2,
        timeout_seconds=3,
        seconds_between_sends=0,
    )


@asynccontextmanager
async def opened(scene: Scene, cursor: str | None = None) -> AsyncIterator[Ours]:
    """As after a start, before the first poll."""
    kept: list[bytes] = []

    async def keep(credentials: bytes) -> None:
        kept.append(credentials)

    credentials = Credentials(scene.wire.token, scene.wire.imei).to_bytes()
    session = open_account(settings_of(scene), credentials, keep)
    try:
        await session.whoami()
        yield Ours(scene, session, kept, cursor)
    finally:
        await session.close()


def words(events: Sequence[RemoteEvent]) -> list[str]:
    """What was said, in order; "!" where something cannot be read."""
    found = []
    for event in events:
        if isinstance(event, Unreadable):
            found.append("!")
        elif isinstance(event, MessageSaid) and isinstance(event.content, Text):
            found.append(event.content.body)
    return found


@dataclass
class Place:
    """A group, as the simulator's hand names it and as the session does."""

    ours: Ours
    group: str
    chat: str

    @property
    def hand(self) -> Control:
        return self.ours.scene.hand

    async def says(self, text: str) -> str:
        return (await self.hand.say(self.group, self.ours.scene.sara, text)).message_id

    async def last(self) -> Seen:
        return (await self.hand.transcript(self.group))[-1]


async def basic_group(ours: Ours, title: str) -> Place:
    hand, scene = ours.scene.hand, ours.scene
    await hand.options(new_groups="basic")
    group = await hand.chats("group", title, creator=scene.sara)
    await hand.members(group, scene.me)
    moved = [each for each in await ours.poll() if not isinstance(each, Nothing)]
    assert moved == [BotMoved(Chat(f"g{group}", ChatKind.GROUP, title), present=True)]
    return Place(ours, group, f"g{group}")


def events(found: list[RemoteEvent]) -> list[RemoteEvent]:
    return [each for each in found if not isinstance(each, Nothing)]


def ignored(found: list[RemoteEvent]) -> list[str]:
    return [each.kind for each in found if isinstance(each, Nothing)]
