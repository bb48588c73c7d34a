"""The lines that are said in a chunk of the bench, and the proof that each arrived exactly once and in order."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import psutil

_FILLER = "هر پیام باید درست یک بار و به همان ترتیب برسد، وگرنه سرعت هیچ ارزشی ندارد. این جمله فقط جا پر می‌کند."
LENGTH = 120
"""Characters of a line; in UTF-8 about twice as many bytes."""


class Lost(Exception):
    """What arrived is not what was said: the figures of this run are worthless."""


def line(chunk: str, room: int, number: int) -> str:
    return f"{chunk}.{room}.{number} {_FILLER}"[:LENGTH]


def check(chunk: str, arrived: Mapping[int, Sequence[str]], expected: Mapping[int, Iterable[int]]) -> None:
    """`arrived` are the lines by room as they came, `expected` the numbers of the lines that were said there."""
    for room, numbers in expected.items():
        said = [line(chunk, room, number) for number in numbers]
        seen = list(arrived.get(room, ()))
        if seen != said:
            missing, extra = len(set(said) - set(seen)), len(seen) - len(set(seen))
            raise Lost(
                f"{chunk}, room {room}: said {len(said)}, seen {len(seen)}, missing {missing}, twice {extra}, "
                f"in order: {[one for one in seen if one in said] == [one for one in said if one in seen]}"
            )


@dataclass(frozen=True, slots=True)
class Burst:
    """A chunk under full load. `rate` is messages a second; `cpu` ms of CPU a message, by process."""

    rate: float
    cpu: Mapping[str, float]


class Meter:
    """CPU time, user and system, of some processes from here on."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._processes = {name: psutil.Process(pid) for name, pid in pids.items()}
        self._began = self._spent()
        self._since = time.perf_counter()

    def _spent(self) -> dict[str, float]:
        return {name: sum(process.cpu_times()[:2]) for name, process in self._processes.items()}

    def per_message(self, messages: int) -> dict[str, float]:
        """Milliseconds a message."""
        now = self._spent()
        return {name: (now[name] - self._began[name]) * 1000 / messages for name in now}
