"""How much one person may say in one chat before their chat has to wait.

Somebody who says hundreds of things in a minute would fill every chat of a room for hours, whatever those can take. So
what they say beyond their quota waits in the inbox, on the disk, and goes on at the quota's rate. Since the order of a
chat is kept, what others say in that same chat behind it waits too; every other chat, also of that room, goes on.

What counts is when it was said: after hours without a connection, what people said in those hours crosses at once.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

from bridge.model import MessageSaid

_MINUTE_MS = 60_000
_MANY = 1_000


class Quota:
    """`per_minute` messages of a person in a chat, also all at once; 0: any number. `clock` tells Unix milliseconds;
    `steady` seconds that nobody sets, so that a clock that is set back holds nobody for as long."""

    def __init__(self, per_minute: int, clock: Callable[[], int], steady: Callable[[], float] = time.monotonic) -> None:
        self._each_ms = _MINUTE_MS / per_minute if per_minute else 0.0
        self._clock = clock
        self._steady = steady
        self._until: dict[tuple[str, str], float] = {}
        """By chat and person: up to when (`steady`, in ms) they have used their quota, if it is used steadily."""

    def rest(self, said: MessageSaid) -> float:
        """Seconds until something that somebody said may cross."""
        if not self._each_ms:
            return 0.0
        until = self._until.get(_whose(said))
        return 0.0 if until is None else max(0.0, (until + self._each_ms - _MINUTE_MS - self._steady() * 1000) / 1000)

    def count(self, crossed: Sequence[MessageSaid]) -> None:
        if not self._each_ms:
            return
        wall, now = self._clock(), self._steady() * 1000
        for said in crossed:
            whose = _whose(said)
            at = now - max(0, wall - said.at) if said.at > 0 else now
            self._until[whose] = max(self._until.get(whose, -math.inf), at) + self._each_ms
        if len(self._until) > _MANY:
            self._until = {whose: until for whose, until in self._until.items() if until > now}


def _whose(said: MessageSaid) -> tuple[str, str]:
    return said.chat.id, said.sender.id if said.sender is not None else ""
