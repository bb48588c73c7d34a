"""(o) The other pairs while one messenger is in trouble: flooded, so that it takes far less than what is said to it, or
switched off by an admin.

Two groups of the troubled messenger share rooms with the first of the pair, and are spoken to at the same pace in every
chunk, so that nothing differs between the chunks but whether that messenger takes it. A round is: all well, all well
again (A/A), flooded, switched off. What piled up arrives before the next round, each line once and in order; the bridge
is started anew, since it would remember how much the messenger took.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from bridge.sandbox.manager import Manager
from bridge.sandbox.person import Person
from bridge.sandbox.processes import free_port
from bridge.sandbox.reading import heard
from bridge.sandbox.synapse import Synapse
from tests.bench.figures import Finding, percentile, ratios
from tests.bench.lines import check, line
from tests.bench.plan import Run
from tests.bench.real import a_a_words, spread
from tests.bench.stage import OPERATOR, Bridge, Side, sides, sqlite
from tests.bench.through import PATIENCE, Reader, Through, share

PLATFORMS = ("bale", "soroush", "rubika")
"""The pair, and the one in trouble."""
ROOMS = 4
PER_SECOND = 10.0
NOISY_ROOMS = 2
NOISE_PER_SECOND = 2.0
TAKEN_PER_SECOND = 1
"""Of all calls, while flooded."""
WORSE_TARGET = 1.10


class Unhurried:
    """In the place of a bridge whose queues need not be empty between two chunks."""

    async def settled(self) -> None:
        """Never waits."""


@dataclass
class Noise:
    """What is said to the troubled messenger, and what was seen there."""

    here: Side
    spoken: list[str]
    reader: Reader
    chunk: str = "noise"
    said: Counter[int] = field(default_factory=Counter)
    enough: bool = False

    @contextlib.asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        self.enough = False
        talking = asyncio.create_task(self._talk())
        try:
            yield
        finally:
            self.enough = True
            await talking

    async def _talk(self) -> None:
        while not self.enough:
            number = self.said.total()
            room = number % len(self.spoken)
            words = line(self.chunk, room, self.said[room])
            await self.here.control.say(self.spoken[room], self.here.people[number % len(self.here.people)], words)
            self.said[room] += 1
            await asyncio.sleep(1 / NOISE_PER_SECOND)

    async def arrived(self) -> None:
        """Raises Lost, unless everything is there once and in order."""
        await self.reader.until(self.said.total(), PATIENCE)
        check(self.chunk, self.reader.lines, {room: range(count) for room, count in self.said.items()})


@dataclass(frozen=True)
class Stage:
    bridge: Bridge
    through: Through
    troubled: Side
    noise: Noise
    operator: Manager


@contextlib.asynccontextmanager
async def stage(run: Run) -> AsyncIterator[Stage]:
    folder = run.place("others")
    template = await Synapse.template(folder, on_progress=run.tell)
    async with contextlib.AsyncExitStack() as undo:
        platforms = await undo.enter_async_context(sides(folder, PLATFORMS))
        here, there, troubled = (platforms[name] for name in PLATFORMS)
        port = free_port()
        bridge = Bridge(folder, f"http://127.0.0.1:{port}", platforms, sqlite(folder))
        homeserver = Synapse(
            folder / "homeserver",
            port=port,
            template=template,
            registrations=[bridge.registration_path],
            on_progress=run.tell,
        )
        synapse = await undo.enter_async_context(homeserver)
        shared = await share(here, there, ROOMS)
        noisy = await share(here, troubled, NOISY_ROOMS)
        pairs = [((here, each.here), (there, each.there)) for each in shared]
        await bridge.tie([*pairs, *(((here, each.here), (troubled, each.there)) for each in noisy)])
        await bridge.start()
        undo.push_async_callback(bridge.stop)
        await bridge.settled()
        person = Person(synapse.url, await synapse.register(OPERATOR.removeprefix("@").partition(":")[0]))
        await synapse.lift_ratelimit(person.mxid)
        await person.start()
        undo.push_async_callback(person.stop)
        operator = Manager(person, "@hampayam:localhost")
        await operator.open()
        await Through(bridge, here, there, shared).warm_up()
        await Through(bridge, here, troubled, noisy).warm_up()
        reader = Reader(troubled.control, [each.there for each in noisy])
        await reader.skip()
        noise = Noise(here, [each.here for each in noisy], reader)
        yield Stage(bridge, Through(Unhurried(), here, there, shared), troubled, noise, operator)


async def measure(run: Run) -> None:
    pair, troubled = " and ".join(PLATFORMS[:2]), PLATFORMS[2]
    run.tell(f"(o) {pair} while {troubled} is flooded or switched off, through a real Synapse")
    chunks: dict[str, list[list[float]]] = {"well": [], "again": [], "flooded": [], "suspended": []}
    waiting: list[float] = []
    async with stage(run) as place:
        for number in range(run.size.rounds):
            async with place.noise.going_on():
                for trouble, seconds in chunks.items():
                    async with troubles(place, trouble):
                        seconds.append(
                            await place.through.paced(f"{trouble}{number}", ROOMS, run.size.beside, PER_SECOND)
                        )
                        if trouble == "suspended":
                            waiting.append(await place.bridge.waiting())
            await place.bridge.stop()
            await place.bridge.start()
            await place.noise.arrived()
            await place.bridge.settled()
            run.tell(f"(o) round {number + 1} of {run.size.rounds}")
    run.found(judged(chunks, waiting))


@contextlib.asynccontextmanager
async def troubles(place: Stage, trouble: str) -> AsyncIterator[None]:
    match trouble:
        case "flooded":
            await place.troubled.control.options(calls_per_second=TAKEN_PER_SECOND)
            yield
            await place.troubled.control.options(calls_per_second=0)
        case "suspended":
            answer = await place.operator.command(f"suspend {place.troubled.platform}")
            if heard("suspended_now", answer) is None:
                raise RuntimeError(f"it was not switched off: {answer}")
            yield
            await place.operator.command(f"resume {place.troubled.platform}")
        case _:
            yield


def judged(chunks: dict[str, list[list[float]]], waiting: list[float]) -> Finding:
    finding = Finding(f"(o) {ROOMS} rooms of {PLATFORMS[0]} and {PLATFORMS[1]} while {PLATFORMS[2]} is in trouble")
    p95 = {trouble: [percentile(each, 95) * 1000 for each in of] for trouble, of in chunks.items()}
    well = [statistics.fmean(both) for both in zip(p95["well"], p95["again"], strict=True)]
    finding.add("said to seen, all well, p95", "ms", well)
    noise = finding.add(a_a_words("all well"), "", ratios(p95["again"], p95["well"]))
    for trouble, words in (("flooded", "flooded"), ("suspended", "switched off")):
        finding.add(f"{PLATFORMS[2]} {words}, p95", "ms", p95[trouble])
        ratio = finding.add(f"{words} : all well, p95", "", ratios(p95[trouble], well))
        finding.judge(ratio, "at most", WORSE_TARGET + spread(noise))
    finding.add(f"what waits for {PLATFORMS[2]} in the end", "copies", waiting)
    finding.notes.append(
        f"the bound is {WORSE_TARGET:g} and what an A/A ratio is usually off; {NOISE_PER_SECOND:g} messages a second "
        f"are said to {PLATFORMS[2]} in every chunk, which takes {TAKEN_PER_SECOND} call a second while it is flooded"
    )
    return finding
