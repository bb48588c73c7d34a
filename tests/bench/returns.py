"""(k) After a kill: how long until the first message arrives again, by a bridge that is started at once, and by one
that was waiting beside it.

People talk all the while. In the end each line must be there once and in order, but for sends under way at a kill,
which are `unknown` and told to whoever said them.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from bridge.sandbox.messenger import Group
from bridge.sandbox.postgres import Postgres
from bridge.sandbox.processes import free_port
from bridge.sandbox.reading import copied
from bridge.sandbox.synapse import Synapse
from bridge.sandbox.world import World
from tests.bench.figures import Finding
from tests.bench.lines import Lost
from tests.bench.plan import Run
from tests.faults.pair import Gate, Pair

HERE, THERE = "bale", "soroush"
PAUSE_S = 0.1
"""Between two lines."""
BETWEEN_S = 1.5
"""Of talk before each kill."""
RESTART_TARGET = 2.0
STANDBY_TARGET = 10.0
PATIENCE_S = 30.0


@dataclass
class Talk:
    """Somebody says one line after the other."""

    world: World
    here: Group
    there: Group
    said: list[str] = field(default_factory=list)

    @contextlib.asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        talking = asyncio.create_task(self._talk())
        try:
            yield
        finally:
            talking.cancel()
            await asyncio.wait([talking])

    async def _talk(self) -> None:
        while True:
            text = f"خط {len(self.said)}"
            self.said.append(text)
            await asyncio.shield(self.world[HERE].says(self.here, self.here.admin, text))
            await asyncio.sleep(PAUSE_S)

    async def first_after(self, at: float) -> float:
        """When the first line was seen behind a moment (both Unix seconds)."""
        seen = await self.world[THERE].wait_for(
            self.there, lambda line: line.at > at and line.by == "api" and copied(line.text) is not None, PATIENCE_S
        )
        return seen.at

    async def check(self) -> int:
        """How many copies are in doubt. Raises Lost, unless all else arrived once and in order."""
        await self.world.settled(PATIENCE_S)
        states = [copy.state for copy in await self.world.books.copies() if copy.platform == THERE]
        doubt = states.count("unknown")
        copies = [copied(line.text) for line in await self.world[THERE].transcript(self.there) if line.by == "api"]
        seen = [copy[1] for copy in copies if copy is not None]
        missing = len(set(self.said) - set(seen))
        if len(seen) != len(set(seen)) or seen != [text for text in self.said if text in set(seen)] or missing > doubt:
            raise Lost(f"said {len(self.said)}, seen {len(seen)}, missing {missing}, in doubt {doubt}, or out of order")
        return doubt


async def measure(run: Run) -> None:
    run.tell("(k) the first message after a kill, through a real Synapse, on PostgreSQL")
    folder = run.place("returns")
    template = await Synapse.template(folder, on_progress=run.tell)
    postgres = Postgres()
    await postgres.start()
    try:
        for part in (restarted, followed):
            database = await postgres.create_database()
            async with World(
                folder / part.__name__, platforms=(HERE, THERE), template=template, database=database
            ) as world:
                shared = await world.share("برگشت", HERE, THERE)
                talk = Talk(world, shared.groups[HERE], shared.groups[THERE])
                await part(run, folder, talk)
    finally:
        await postgres.discard()


async def after(talk: Talk, times: int, kill: Callable[[], Awaitable[float]]) -> list[float]:
    """Seconds from what `kill` returns to the first line that is seen, each time."""
    seconds = []
    async with talk.going_on():
        for _ in range(times):
            await asyncio.sleep(BETWEEN_S)
            began = await kill()
            seconds.append(await talk.first_after(began) - began)
    return seconds


async def restarted(run: Run, folder: Path, talk: Talk) -> None:
    async def kill() -> float:
        await talk.world.bridge_kill()
        began = time.time()
        await talk.world.bridge_start(ready=False)
        return began

    seconds = await after(talk, run.size.kills, kill)
    finding = Finding("(k) Killed (SIGKILL) and started again")
    finding.add("from the start of the process to the first message that is seen", "s", seconds)
    finding.judge(finding.add("the slowest of them", "s", [max(seconds)]), "at most", RESTART_TARGET)
    finding.notes.append(f"{len(talk.said)} lines, {await talk.check()} in doubt, everything else once and in order")
    run.found(finding)


async def followed(run: Run, folder: Path, talk: Talk) -> None:
    await talk.world.bridge_stop()
    ports = [free_port(), free_port()]
    async with Gate(talk.world.port, ports).open() as gate:
        pair = Pair(talk.world, folder, gate, ports)
        try:
            pair.bridges[ports[0]].start()
            await pair.held_by(ports[0])
            pair.bridges[ports[1]].start()
            await pair.waits(ports[1])
            finding = Finding("(k) A second bridge was waiting")
            for words, signum in (("killed", signal.SIGKILL), ("stopped without dying", signal.SIGSTOP)):
                seconds = await after(talk, -(-run.size.kills // 2), lambda signum=signum: fell(pair, signum))  # type: ignore[misc]
                finding.add(f"the first is {words}: to the first message that is seen", "s", seconds)
                slowest = finding.add(f"{words}, the slowest of them", "s", [max(seconds)])
                finding.judge(slowest, "at most", STANDBY_TARGET)
            finding.notes.append(
                f"{len(talk.said)} lines, {await talk.check()} in doubt, everything else once and in order"
            )
            run.found(finding)
        finally:
            for bridge in pair.bridges.values():
                await bridge.kill()


async def fell(pair: Pair, signum: signal.Signals) -> float:
    """The one that works falls, the other takes over; the first is then killed, and waits in its turn."""
    first, second = pair.ports if pair.gate.target == pair.ports[0] else reversed(pair.ports)
    bridge = pair.bridges[first]
    began = time.time()
    os.kill(bridge.pid, signum)
    await pair.held_by(second)
    await bridge.kill()
    waited = bridge.log_path.read_text().count("waiting to take over")
    bridge.start()
    await pair.waits(first, waited + 1)
    return began
