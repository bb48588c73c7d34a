"""Our account at the simulated Eitaa, polled by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridge.model import MessageSaid, RemoteEvent, Text, Unreadable
from bridge.platforms.eitaa import EitaaSettings
from bridge.platforms.eitaa.account import open_account
from bridge.platforms.eitaa.account_session import EitaaAccountSession
from bridge.platforms.eitaa.gateway import Credentials

if TYPE_CHECKING:
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
        account_poll_seconds=0.2,
        timeout_seconds=2,
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
