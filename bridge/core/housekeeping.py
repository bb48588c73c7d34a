"""What has had its time goes: once a day, in slices, behind everybody's back.

What stays and what goes is in `docs/privacy.md`. Every slice is a short transaction and there is a pause behind it, so
that a database of any size is cleaned without anybody having to wait.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable

from bridge.core.lanes import Sleep
from bridge.store.upkeep import Upkeep

log = logging.getLogger("hampayam.housekeeping")

DAY_MS = 86_400_000
_SLICE = 500
"""Rows that may change in a transaction."""
_PAUSE_S = 0.02
_ROOMS = 500
"""Rooms that are cleared at a time: one walk along the ledger serves all of them."""


class Housekeeping:
    """`days` is how long what is no part of the map of ids stays."""

    def __init__(self, upkeep: Upkeep, days: int, *, clock: Callable[[], int], sleep: Sleep) -> None:
        self._upkeep = upkeep
        self._keep_ms = days * DAY_MS
        self._clock = clock
        self._sleep = sleep

    async def for_ever(self) -> None:
        while True:
            last = await self._upkeep.last_mark()
            if last is not None and (wait := last + DAY_MS - self._clock()) > 0:
                await self._sleep(min(wait, DAY_MS) / 1000)
            await self.tidy()

    async def tidy(self) -> Counter[str]:
        """Once through everything. Returns how much went. What it leaves when it is cut short goes the next time."""
        before = self._clock() - self._keep_ms
        gone: Counter[str] = Counter()
        last_message, last_task = await self._upkeep.below(before)
        await self._in_slices(gone, "tasks", lambda: self._upkeep.drop_tasks(last_task, _SLICE))
        await self._in_slices(gone, "events set aside", lambda: self._upkeep.drop_poison(before, _SLICE))
        await self._in_slices(gone, "codes", lambda: self._upkeep.drop_codes(before, _SLICE))
        await self._in_slices(gone, "bans that ended", lambda: self._upkeep.drop_bans(before, _SLICE))
        await self._in_slices(gone, "muted copies", lambda: self._upkeep.end_muted(before, self._clock(), _SLICE))
        await self._upkeep.drop_budgets(before // DAY_MS)
        cleaned = await self._upkeep.cleaned()
        for first in range(cleaned, last_message, _SLICE):
            messages, copies = await self._upkeep.clean(first, min(first + _SLICE, last_message))
            gone.update({"messages that did not cross": messages, "copies' details": copies})
            await self._sleep(_PAUSE_S)
        while rooms := await self._upkeep.ended_rooms(self._clock(), before, _ROOMS):
            for first in range(0, await self._upkeep.newest_message(), _SLICE):
                gone["messages of ended rooms"] += await self._upkeep.drop_messages(rooms, first, first + _SLICE)
                await self._sleep(_PAUSE_S)
            for room in rooms:
                await self._upkeep.empty_room(room)
                await self._sleep(_PAUSE_S)
            gone["ended rooms"] += len(rooms)
        await self._upkeep.mark(self._clock())
        told = ", ".join(f"{count} {what}" for what, count in gone.items() if count)
        log.info("housekeeping: gone: %s", told or "nothing")
        return gone

    async def _in_slices(self, gone: Counter[str], what: str, drop: Callable[[], Awaitable[int]]) -> None:
        while True:
            count = await drop()
            gone[what] += count
            if count < _SLICE:
                return
            await self._sleep(_PAUSE_S)
