"""Platforms that an operator has switched off: nothing is sent to them, and nothing is read from them.

What is said to their chats waits, and so does what is said there: on the messenger's own servers, for as long as it
keeps it. A platform is switched off in the database first, so a restart changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bridge.store.database import Store
from bridge.store.queue import Queue
from bridge.store.suspensions import Suspension, Suspensions

SWITCHED = "switched"
"""The word for it."""


class Suspending:
    """`load` must be called before anything is asked. `clock` tells Unix milliseconds. `changed` is called behind each
    commit."""

    def __init__(self, store: Store, clock: Callable[[], int]) -> None:
        self._store = store
        self._rows = Suspensions(store)
        self._queue = Queue(store)
        self._clock = clock
        self._off: dict[str, Suspension] = {}
        self._on: dict[str, int] = {}
        self._switched: dict[str, asyncio.Event] = {}
        self.changed: Callable[[], None] = lambda: None

    async def load(self) -> None:
        self._off = {each.platform: each for each in await self._rows.all()}

    async def reload(self) -> None:
        """Another process may have switched a platform."""
        before, self._off = self._off, {each.platform: each for each in await self._rows.all()}
        for platform in before.keys() ^ self._off.keys():
            if platform in before:
                self._on[platform] = self._clock()
            self._switch(platform)

    def of(self, platform: str) -> Suspension | None:
        """Since when a platform is switched off, and by whom; None: it is not."""
        return self._off.get(platform)

    async def suspend(self, platform: str, by: str, reason: str) -> bool:
        """False: it is switched off already."""
        if platform in self._off:
            return False
        suspension = Suspension(platform, self._clock(), by, reason)
        async with self._store.transaction():
            await self._rows.begin(suspension)
            await self._queue.note(suspension.since, by, "suspend", platform=platform, reason=reason)
        self._off[platform] = suspension
        self._switch(platform)
        self._store.ring(SWITCHED)
        return True

    async def resume(self, platform: str, by: str) -> bool:
        """False: it is not switched off."""
        if platform not in self._off:
            return False
        async with self._store.transaction():
            await self._rows.end(platform)
            await self._queue.note(self._clock(), by, "resume", platform=platform)
        self._off.pop(platform, None)
        self._on[platform] = self._clock()
        self._switch(platform)
        self._store.ring(SWITCHED)
        return True

    def switched_on(self, platform: str) -> int:
        """When a platform was switched on again (Unix ms); 0: not since the start."""
        return self._on.get(platform, 0)

    def _switch(self, platform: str) -> None:
        self._switched.pop(platform, asyncio.Event()).set()
        self.changed()

    async def begun(self, platform: str) -> None:
        """Returns when a platform is switched off."""
        while platform not in self._off:
            await self._switched.setdefault(platform, asyncio.Event()).wait()

    async def ended(self, platform: str) -> None:
        """Returns when a platform is not switched off (any more)."""
        while platform in self._off:
            await self._switched.setdefault(platform, asyncio.Event()).wait()
