"""Work that must go one by one for each key, and side by side for different keys.

A lane is a task that lives as long as its key has work. `wake` starts it, or tells a running one to look again before
it ends. What a lane raises ends nothing but that try: it is repeated with back-off, so one bad row holds up its own
conversation and no other.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from typing import TypeVar

from bridge.errors import LoginLost, Retry

log = logging.getLogger("hampayam.lanes")

T = TypeVar("T")
After = TypeVar("After", int, str)
PATIENCE_S = 1.0
"""For so long lanes that were woken together may keep the next few waiting."""
Sleep = Callable[[float], Awaitable[None]]


def backoff(attempt: int, *, first: float = 0.5, most: float = 60.0) -> float:
    """Seconds to wait before try `attempt` + 1 (counted from 0): doubling, capped, with a quarter of jitter."""
    return float(min(most, first * 2 ** min(attempt, 20)) * random.uniform(0.75, 1.0))


async def not_cut_short(work: Coroutine[None, None, T], *, grace: float = 5.0) -> T:
    """Do something whose outcome must be written down: when we are cancelled in the middle, it has `grace` seconds to
    finish before the cancellation goes on. A clean stop then leaves nothing in doubt."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=grace)
        if not task.done():
            task.cancel()
            await asyncio.wait([task], timeout=grace)
        elif not task.cancelled():
            task.exception()  # seen: the row says what became of it
        raise


class Lanes:
    """`group` is the parent of every lane: when it ends, they end."""

    def __init__(self, group: asyncio.TaskGroup, sleep: Sleep = asyncio.sleep) -> None:
        self._group = group
        self.sleep = sleep
        self._ended = asyncio.Event()
        """Set whenever a lane ends."""
        self._running: dict[Hashable, bool] = {}
        """By key: whether to look again before ending."""

    def wake(self, key: Hashable, work: Callable[[], Awaitable[None]]) -> None:
        if key in self._running:
            self._running[key] = True
            return
        running = self._run(key, work)
        try:
            self._group.create_task(running)
        except RuntimeError:  # we are stopping: the work is on disk, the next start finds it
            running.close()
        else:
            self._running[key] = False

    async def patiently(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do something for as long as it takes: again after every `Retry`."""
        attempt = 0
        while True:
            try:
                return await work()
            except Retry as error:
                await self.sleep(error.after if error.after is not None else backoff(attempt))
                attempt += 1

    async def wake_all(
        self, first: After, waiting: Callable[[After], Awaitable[list[After]]], wake: Callable[[After], None]
    ) -> None:
        """Wake what waits from before, as `waiting` tells it: the next keys behind one, in order, a few at a time.
        The next few begin when some of those have ended, or soon where they take long: so the first of very many goes
        at once, and only what is under way is in memory."""
        after = first
        while found := await waiting(after):
            for each in found:
                wake(each)
            after = found[-1]
            await self._fewer_than(len(found), PATIENCE_S)

    async def _fewer_than(self, many: int, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while len(self._running) >= many:
                    self._ended.clear()
                    await self._ended.wait()
        await asyncio.sleep(0)

    def __len__(self) -> int:
        return len(self._running)

    async def _run(self, key: Hashable, work: Callable[[], Awaitable[None]]) -> None:
        attempt = 0
        try:
            while True:
                self._running[key] = False
                try:
                    await work()
                except LoginLost:
                    raise  # ends the run of this login; its runner says so, and tries again
                except Exception as error:  # one row must not end the others' work
                    where = traceback.extract_tb(error.__traceback__)[-1]
                    log.error("a lane stumbled: %s at %s:%s", type(error).__name__, where.name, where.lineno)
                    await self.sleep(backoff(attempt))
                    attempt += 1
                    continue
                attempt = 0
                if not self._running[key]:
                    return
        finally:
            self._running.pop(key, None)
            self._ended.set()
