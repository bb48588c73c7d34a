"""For how long something has waited, whatever the machine's clock is set to meanwhile."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

_SET_MS = 60_000
"""So far ahead of what has passed, a clock was set; less is a clock that goes a little wrong, and is put right."""


def boottime() -> float:
    """Seconds that nobody sets, and that go on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def boot() -> str:
    """A word that is another one after each start of the machine; "" where nobody tells."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


class Waited:
    """A clock that is set a day ahead must not end what has waited for a minute. So one that was set ahead is believed
    only when as much time has passed (`longest_ms`) as anything may wait: until then what has passed counts, and then
    all that waited before has truly waited so long. One that was set back is believed at once, which only keeps things
    longer. What is believed outlives the process (`saved`, `go_on`), since a clock may be set before it begins.

    `clock` tells Unix milliseconds, `steady` seconds that nobody sets.
    """

    def __init__(self, clock: Callable[[], int], longest_ms: int, steady: Callable[[], float] = boottime) -> None:
        self._clock = clock
        self._longest = longest_ms
        self._steady = steady
        self._told = clock()
        self._passed = steady() * 1000
        self._ahead: float | None = None
        """Since when (`steady`, in ms) the clock is not believed."""

    def saved(self) -> str:
        """What `go_on` needs."""
        return json.dumps([boot(), self._told, self._passed])

    def go_on(self, saved: str) -> None:
        """As an earlier process left it. Steady seconds count from a start of the machine: those of another mean
        nothing, and the clock is believed."""
        machine, told, passed = json.loads(saved)
        if machine and machine == boot() and passed <= self._steady() * 1000:
            self._told, self._passed = told, passed

    def since(self, at: int) -> float:
        """Milliseconds; below 0 when the clock was set back since."""
        return self._now() - at

    def _now(self) -> float:
        told, passed = self._clock(), self._steady() * 1000
        due = self._told + passed - self._passed
        if told - due > _SET_MS:
            self._ahead = passed if self._ahead is None else self._ahead
            if passed - self._ahead <= self._longest:
                return due
        self._told, self._passed, self._ahead = told, passed, None
        return told
