"""One bot's updates, each under a cursor that looks like a MongoDB ObjectId; asking does not delete them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from typing import Any

CURSOR = re.compile(r"[0-9a-fA-F]{24}")
SLACK = 1000


class UpdateLog:
    """Cursors grow: 8 hex digits of Unix seconds, then 16 of a counter. The oldest beyond `keep` are lost."""

    def __init__(self, clock: Callable[[], float], keep: Callable[[], int]) -> None:
        self._clock = clock
        self._keep = keep
        self._cursors: list[str] = []
        self._updates: list[Any] = []
        self._seconds = 0
        self._count = 0
        self.asked_from = ""
        """The cursor of the last request, i.e. all before it has arrived."""
        self.last_batch: list[Any] = []

    def append(self, update: Any) -> None:
        self._seconds = max(self._seconds, int(self._clock()))
        self._count += 1
        self._cursors.append(f"{self._seconds:08x}{self._count:016x}")
        self._updates.append(update)
        # Cut in one go now and then: a list's head is dear to remove.
        if len(self._cursors) > (keep := self._keep()) + SLACK:
            self._cut(len(self._cursors) - keep)

    def _cut(self, count: int) -> None:
        del self._cursors[:count]
        del self._updates[:count]

    def knows(self, cursor: str) -> bool:
        """Whether this very cursor is among those retained."""
        at = bisect_right(self._cursors, cursor.lower())
        return at > 0 and self._cursors[at - 1] == cursor.lower()

    def after(self, cursor: str, limit: int) -> tuple[list[Any], str | None]:
        """The oldest updates beyond a cursor ("" = from the oldest retained), and the last one's cursor."""
        at = self._start(cursor)
        batch = self._updates[at : at + limit]
        return batch, self._cursors[at + len(batch) - 1] if batch else None

    def forget_until(self, cursor: str) -> None:
        self._cut(bisect_right(self._cursors, cursor.lower()))

    def pending(self) -> int:
        return len(self._cursors) - self._start(self.asked_from)

    def _start(self, cursor: str) -> int:
        retained_from = max(0, len(self._cursors) - self._keep())
        return max(retained_from, bisect_right(self._cursors, cursor.lower()))
