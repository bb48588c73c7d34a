"""How much is measured: the whole, or a quick look."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tests.bench.figures import Finding


@dataclass(frozen=True, slots=True)
class Size:
    """`rounds` of three alternating chunks (ceiling, bridge, ceiling again)."""

    rounds: int
    one_room: int
    """Messages of a burst into one room, on Synapse."""
    each_of_many: int
    """Messages for each of 20 rooms, on Synapse."""
    paced: int
    """Messages of a paced chunk."""
    fake_rounds: int
    fake_each: int
    """Messages for each of 20 rooms, on the fake homeserver."""
    newcomers: int
    starts: int
    ghosts: int
    portals: int
    queued: int
    """Copies that wait when the bridge starts, each for a chat of its own."""
    people: int
    """Who have a consent log, beside few who have one."""
    decisions: int
    """Consent decisions of a chunk."""
    answers: int
    """Messages of a chunk that are answered in a private chat with the bot."""
    beside: int
    """Messages of a chunk while another messenger is in trouble."""
    kills: int


WHOLE = Size(5, 120, 10, 25, 5, 95, 12, 5, 1_000_000, 200_000, 50_000, 100_000, 2000, 500, 200, 10)
QUICK = Size(2, 40, 4, 20, 2, 40, 4, 2, 100_000, 20_000, 5_000, 10_000, 500, 100, 80, 2)

ROOMS = 20
PER_SECOND = 5.0


class Run:
    """What every part needs: how much, where, and somebody to tell. `folder` goes when the run has ended."""

    def __init__(self, size: Size, folder: Path, platforms: tuple[str, str]) -> None:
        self.size = size
        self.folder = folder
        self.platforms = platforms
        self.findings: list[Finding] = []
        self._began = time.monotonic()

    def tell(self, words: str) -> None:
        print(f"[{time.monotonic() - self._began:5.0f} s] {words}", flush=True)

    def found(self, finding: Finding) -> None:
        self.findings.append(finding)
        print("\n".join(["", *finding.lines(), ""]), flush=True)

    def place(self, name: str) -> Path:
        """A new folder."""
        place = self.folder / name
        place.mkdir(parents=True)
        return place


T = TypeVar("T")


async def sandwich(
    rounds: int,
    name: str,
    ceiling: Callable[[str], Awaitable[T]],
    bridge: Callable[[str], Awaitable[T]],
    tell: Callable[[str], None],
) -> list[tuple[T, T, T]]:
    """Chunks in the order ceiling, bridge, ceiling: a machine that grows faster or slower meanwhile hits both, and the
    two ceilings of a round against each other say how much a ratio means. Between two chunks everything rests a
    moment, so that none pays for what the one before has left to do."""
    done = []
    for number in range(rounds):
        chunks = []
        for what, chunk in ((ceiling, "a"), (bridge, "b"), (ceiling, "c")):
            chunks.append(await what(f"{name}{number}{chunk}"))
            await asyncio.sleep(0.3)
        tell(f"{name}: round {number + 1} of {rounds}")
        done.append((chunks[0], chunks[1], chunks[2]))
    return done
