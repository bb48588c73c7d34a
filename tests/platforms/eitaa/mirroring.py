"""A public channel and its mirror, polled by hand, with a clock that only a test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridge.errors import Retry
from bridge.model import (
    Chat,
    ChatKind,
    MessageSaid,
    RemoteEvent,
    Text,
)
from bridge.platforms.eitaa import EitaaSettings
from bridge.platforms.eitaa.mirror import begin
from bridge.platforms.eitaa.mirror_session import EitaaMirrorSession
from bridge.platforms.http import Http
from bridge.ports import Mirrored

if TYPE_CHECKING:
    from bridge.sandbox.control import Control
    from tests.platforms.eitaa.conftest import Scene

PERIOD = 60.0


class Sleeps(Exception):
    """No page is to be read yet."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


@dataclass
class Mirror:
    """A mirror that is polled by hand, with a clock that only a test moves."""

    scene: Scene
    channel: str
    session: EitaaMirrorSession
    channels: list[Mirrored]
    clock: list[float]
    lost: list[str]
    """Channels that were told to be gone."""
    cursor: str | None = None
    keys: set[str] = field(default_factory=set)

    @property
    def hand(self) -> Control:
        return self.scene.hand

    async def says(self, text: str, **more: object) -> str:
        return (await self.hand.say(self.channel, self.scene.sara, text, **more)).message_id  # type: ignore[arg-type]

    async def step(self) -> tuple[list[RemoteEvent], float]:
        """One page: what came that was not heard before, and how long it is to be waited for the next. None yet: how
        long it would be slept."""
        try:
            batch = await self.session.fetch(self.cursor)
        except Sleeps as sleeps:
            return [], sleeps.seconds
        self.cursor = batch.cursor
        fresh = [update for update in batch.updates if update.key not in self.keys]
        self.keys |= {update.key for update in fresh}
        return [self.session.convert(update) for update in fresh], batch.wait

    async def hears(self, *, patient: bool = False) -> list[RemoteEvent]:
        """A period later: all that is read without another. A `patient` one hears nothing while the page cannot be
        read."""
        self.clock[0] += PERIOD * 1.3
        heard: list[RemoteEvent] = []
        for _ in range(200):
            try:
                events, wait = await self.step()
            except Retry:
                if not patient:
                    raise
                return heard
            heard += events
            if wait > 1:
                return heard
        raise AssertionError("it reads on and on")


@asynccontextmanager
async def opened(
    scene: Scene, channels: list[Mirrored], clock: list[float], lost: list[str], reach: int = 2000
) -> AsyncIterator[EitaaMirrorSession]:
    async def mirrored() -> list[Mirrored]:
        return list(channels)

    async def gone(chat: str) -> None:
        lost.append(chat)

    async def sleep(seconds: float) -> None:
        raise Sleeps(seconds)

    http = Http(scene.simulator.url, seconds=3)
    session = EitaaMirrorSession(
        http,
        scene.simulator.url,
        mirrored,
        gone,
        period=PERIOD,
        reach=reach,
        clock=lambda: clock[0],
        sleep=sleep,
        chance=lambda: 0.5,
    )
    try:
        yield session
    finally:
        await session.close()


def settings(scene: Scene) -> EitaaSettings:
    return EitaaSettings(token="", mirror=True, mirror_url=scene.simulator.url, timeout_seconds=3)


@asynccontextmanager
async def mirrored_channel(scene: Scene) -> AsyncIterator[Mirror]:
    channel = await scene.hand.chats("channel", "اخبار", username="Demo_News", creator=scene.sara)
    for number in range(3):
        await scene.hand.say(channel, scene.sara, f"پیش از همه {number}")
    chat, begins = await begin(settings(scene), "@Demo_News")
    assert chat == Chat("demo_news", ChatKind.MIRROR, "اخبار")
    clock, lost = [1000.0], list[str]()
    channels = [Mirrored(chat.id, "1", begins)]
    async with opened(scene, channels, clock, lost) as session:
        yield Mirror(scene, channel, session, channels, clock, lost)


def bodies(events: list[RemoteEvent]) -> list[str]:
    return [each.content.body for each in events if isinstance(each, MessageSaid) and isinstance(each.content, Text)]
