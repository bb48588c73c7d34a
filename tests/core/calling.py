"""A platform with limits, and conversations that call it through a pacer, in a time that nobody waits for."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from bridge.core.pacing import BEHIND, NOW, Pacer
from bridge.errors import Retry


@dataclass
class Timer:
    gone: bool = False

    def cancel(self) -> None:
        self.gone = True


@dataclass
class Time:
    """A clock that goes on only when nobody has anything to do any more."""

    now: float = 0.0
    _due: list[tuple[float, int, Timer, Callable[[], None]]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def __call__(self) -> float:
        return self.now

    def later(self, seconds: float, call: Callable[[], None]) -> Timer:
        timer = Timer()
        heapq.heappush(self._due, (self.now + seconds, next(self._numbers), timer, call))
        return timer

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        self.later(seconds, woken.set)
        await woken.wait()

    async def goes_on(self, until: float) -> None:
        """Until a moment, from one thing that is due to the next."""
        while True:
            for _ in range(50):
                await asyncio.sleep(0)
            if not self._due or self._due[0][0] > until:
                break
            at, _, timer, call = heapq.heappop(self._due)
            self.now = max(self.now, at)
            if not timer.gone:
                call()
        self.now = until


class Office:
    """Conversations that call through a pacer. `calls` are (when, chat) of what the platform took."""

    def __init__(
        self,
        at_once: int = 32,
        *,
        limit: int = 0,
        window: float = 1.0,
        after: float | Literal["exact"] | None = None,
        by_chat: bool = False,
    ) -> None:
        """`limit` is how many calls the platform takes in any `window` seconds (of each chat, `by_chat`); `after` is
        what it says about when to come back."""
        self.time = Time()
        self.pacer = Pacer(at_once, clock=self.time, later=self.time.later)
        self.calls: list[tuple[float, str]] = []
        self.refusals = 0
        self.under_way = self.most = 0
        self._limit = limit
        self._window = window
        self._after = after
        self._by_chat = by_chat

    def chats(self) -> list[str]:
        return [chat for _, chat in self.calls]

    async def call(self, chat: str, rank: int, takes: float = 0.0) -> None:
        """One call, again until the platform takes it."""
        while True:
            with contextlib.suppress(Retry):
                async with self.pacer.turn(chat, rank):
                    self.under_way += 1
                    self.most = max(self.most, self.under_way)
                    try:
                        if takes:
                            await self.time.sleep(takes)
                        self._answer(chat)
                    finally:
                        self.under_way -= 1
                return

    def _answer(self, chat: str) -> None:
        since = self.time.now - self._window
        recent = itertools.takewhile(lambda call: call[0] > since, reversed(self.calls)) if self._limit else ()
        same = [at for at, c in recent if c == chat or not self._by_chat]
        if self._limit and len(same) >= self._limit:
            self.refusals += 1
            after = same[-1] + self._window - self.time.now if self._after == "exact" else self._after
            raise Retry(after=after, flood="chat" if self._by_chat else "login")
        self.calls.append((self.time.now, chat))

    async def lane(self, chat: str, count: int, rank: int = BEHIND) -> None:
        for _ in range(count):
            await self.call(chat, rank)

    async def refused(self, chat: str = "noisy", *, after: float | None = 10.0, by_chat: bool = False) -> None:
        with contextlib.suppress(Retry):
            async with self.pacer.turn(chat, NOW):
                raise Retry(after=after, flood="chat" if by_chat else "login")


async def finished(office: Office, *tasks: asyncio.Task[None], within: float) -> None:
    await office.time.goes_on(office.time.now + within)
    assert all(task.done() for task in tasks), "still waiting"
    await asyncio.gather(*tasks)
