"""The one loop that takes updates over, for every platform.

    fetch(cursor) ──▶ take(batch) ──▶ fetch(batch.cursor) ──▶ …
        │                └─ commits the updates and the cursor together
        └─ Retry: report, wait (growing, jittered, or as long as the platform asks), the same cursor again

A cursor moves only with a batch that was committed, so whatever ends this loop, at any line, costs
nothing: the next run fetches the same updates again, and their keys make the repeat harmless.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NoReturn, Protocol

from bridge.errors import Retry
from bridge.model import Batch

LONGEST_WAIT = 60.0


@dataclass(frozen=True, slots=True)
class PollState:
    """How the polling of one login goes. Times are Unix seconds.

    `failing_since` and `reason` are set from the first failure of a row to the next success.
    """

    last_success: float | None = None
    failing_since: float | None = None
    reason: str = ""


class Source(Protocol):
    """What is polled: the one method of `ports.Session` that the loop needs."""

    async def fetch(self, cursor: str | None) -> Batch: ...


async def poll(
    source: Source,
    take: Callable[[Batch], Awaitable[None]],
    cursor: str | None,
    *,
    report: Callable[[PollState], None],
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    chance: Callable[[], float] = random.random,
) -> NoReturn:
    """Take over updates for ever, from `cursor` on. `report` is told after each try.

    `take` commits a batch, or raises; it is not called for a batch that changes nothing. Ends by raising
    only: LoginLost when the token is no longer accepted, whatever `take` raises, cancellation.
    """
    state = PollState()
    failures = 0
    while True:
        try:
            batch = await source.fetch(cursor)
        except Retry as failure:
            failures += 1
            state = PollState(state.last_success, state.failing_since or clock(), failure.reason)
            report(state)
            await sleep(back_off(failures, failure.after, chance()))
            continue
        if batch.updates or batch.cursor != cursor:
            await take(batch)
        cursor = batch.cursor
        failures = 0
        state = PollState(last_success=clock())
        report(state)
        if batch.wait > 0:
            await sleep(batch.wait)


def back_off(failures: int, after: float | None, chance: float) -> float:
    """Seconds to wait after the given number of failures in a row; `chance` is from [0, 1).

    The platform's own wish is kept, and exceeded by up to a tenth. Without one: 1–2 s, then twice that,
    up to a minute.
    """
    if after:
        return after * (1 + chance / 10)
    longest = min(LONGEST_WAIT, 2.0 * 2.0 ** min(failures - 1, 10))
    return longest * (1 + chance) / 2
