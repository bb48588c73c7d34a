"""For how long something has waited, whatever the machine's clock is set to meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable

_SET_MS = 60_000
"""So far ahead of what has passed, a clock was set; less is a clock that goes a little wrong, and is put right."""


def wall() -> int:
    """Unix milliseconds."""
    return int(time.time() * 1000)


def boottime() -> float:
    """Seconds that nobody sets, and that go on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Waited:
    """A clock that is set a day ahead must not end what has waited for a minute. So one that was set ahead is believed
    only when as much time has passed (`longest_ms`) as anything may wait: until then what has passed counts, and then
    all that waited before has truly waited so long. One that was set back is believed at once, which only keeps things
    longer.

    What it judges must have its time from `now`, so that it sees every clock that a time is from. `clock` tells Unix
    milliseconds, `steady` seconds that nobody sets.
    """

    def __init__(
        self, longest_ms: int, clock: Callable[[], int] = wall, steady: Callable[[], float] = boottime
    ) -> None:
        self._clock = clock
        self._longest = longest_ms
        self._steady = steady
        self._told = clock()
        self._passed = steady() * 1000
        self._ahead: float | None = None
        """Since when (`steady`, in ms) the clock is not believed."""

    def now(self) -> int:
        """Unix milliseconds, as the clock tells them."""
        return self._look()[0]

    def since(self, at: int) -> float:
        """Milliseconds; below 0 when the clock was set back since."""
        return self._look()[1] - at

    def _look(self) -> tuple[int, float]:
        """What the clock tells, and what of that is believed."""
        told, passed = self._clock(), self._steady() * 1000
        due = self._told + passed - self._passed
        if told - due > _SET_MS:
            self._ahead = passed if self._ahead is None else self._ahead
            if passed - self._ahead <= self._longest:
                return told, due
        self._told, self._passed, self._ahead = told, passed, None
        return told, told
