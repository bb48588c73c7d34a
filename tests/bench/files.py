"""(f) Large files: what memory they take while many cross at once, and whether texts of other chats wait for them."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import random
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import psutil

from bridge.sandbox.control import NewFile
from bridge.sandbox.processes import free_port
from bridge.sandbox.synapse import Synapse
from tests.bench.figures import Finding, percentile
from tests.bench.lines import Lost, line
from tests.bench.plan import PER_SECOND, Run
from tests.bench.stage import Bridge, Side, sides, sqlite
from tests.bench.through import PATIENCE, Reader, Shared, Way, share

PLATFORMS = ("rubika", "soroush")
"""Where files of this size can be fetched and sent."""
FILES = 10
TEXT_ROOMS = 2
LARGE = 50_000_000
MEGABYTES_TARGET = 120.0
SLOWER_TARGET = 0.25
"""Of the time that the files take: what a text of another chat may take at p95. One that waited for them would take
half of it and more; a busy homeserver on the same cores takes a tenth."""
WITHIN = 600.0


@dataclass(frozen=True)
class Crossing:
    """What was seen while files crossed. `seconds`: until the last file was there; `peak` in MB."""

    seconds: float
    peak: float
    before: float
    texts: Sequence[float]


@dataclass(frozen=True)
class Stage:
    here: Side
    there: Side
    shared: Sequence[Shared]
    bridge: Bridge

    def texts(self) -> Way:
        """From the side with the long poll, so that the pause between two questions is no part of it."""
        rooms = self.shared[FILES:]
        return Way(self.there, [r.there for r in rooms], Reader(self.here.control, [r.here for r in rooms]))


@contextlib.asynccontextmanager
async def stage(run: Run) -> AsyncIterator[Stage]:
    folder = run.place("files")
    template = await Synapse.template(folder, on_progress=run.tell)
    async with sides(folder, PLATFORMS) as platforms:
        here, there = (platforms[name] for name in PLATFORMS)
        port = free_port()
        bridge = Bridge(folder, f"http://127.0.0.1:{port}", platforms, sqlite(folder))
        registrations = [bridge.registration_path]
        async with Synapse(
            folder / "homeserver", port=port, template=template, registrations=registrations, on_progress=run.tell
        ):
            shared = await share(here, there, FILES + TEXT_ROOMS)
            await bridge.tie([((here, each.here), (there, each.there)) for each in shared])
            await bridge.start()
            try:
                await bridge.settled()
                yield Stage(here, there, shared, bridge)
            finally:
                await bridge.stop()


async def measure(run: Run) -> None:
    run.tell(f"(f) {FILES} files of {LARGE / 1e6:.0f} MB at once, through a real Synapse")
    async with stage(run) as place:
        await talk(place, "warm", 4)
        quiet: list[float] = []
        crossings: list[Crossing] = []
        for number in range(1 if run.size.rounds < 3 else 2):
            quiet += await talk(place, f"quiet{number}", run.size.paced)
            crossings.append(await cross(run, place, number))
    finding = Finding(f"(f) {FILES} files of {LARGE / 1e6:.0f} MB at once, from one messenger to another")
    finding.add("until the last is there", "s", [each.seconds for each in crossings])
    finding.add("resident memory before", "MB", [each.before for each in crossings])
    peak = finding.add("resident memory, at most", "MB", [each.peak for each in crossings])
    finding.judge(peak, "under", MEGABYTES_TARGET)
    for percent in (50, 95):
        finding.add(f"texts of other chats without files, p{percent}", "ms", [percentile(quiet, percent) * 1000])
        busy = [percentile(each.texts, percent) * 1000 for each in crossings]
        finding.add(f"the same while files cross, p{percent}", "ms", busy)
    waits = [percentile(each.texts, 95) / each.seconds for each in crossings]
    finding.judge(
        finding.add("texts at p95 : the files", "", waits),
        "under",
        SLOWER_TARGET,
    )
    finding.notes.append("simulators, homeserver and bridge share the cores: the machine is busy, but nothing queues")
    run.found(finding)


class Peak:
    """The highest resident memory of a process, in MB, while the block lasts."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self.before = self.highest = self._process.memory_info().rss / 1e6

    async def __aenter__(self) -> Peak:
        self._watching = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._watching.cancel()
        await asyncio.wait([self._watching])

    async def _watch(self) -> None:
        while True:
            self.highest = max(self.highest, self._process.memory_info().rss / 1e6)
            await asyncio.sleep(0.02)


async def cross(run: Run, place: Stage, number: int) -> Crossing:
    """The files wait on the platform when the bridge starts, so that it is told of all at once."""
    await place.bridge.stop()
    bodies = [random.Random(f"{number}.{n}").randbytes(LARGE) for n in range(FILES)]
    expected = sorted(hashlib.sha256(body).hexdigest() for body in bodies)
    for room, body in zip(place.shared, bodies, strict=False):
        file = NewFile(body, "large.bin", "application/octet-stream")
        await place.here.control.say(room.here, place.here.people[0], "", kind="document", file=file)
    bodies.clear()
    index = max((row.index for row in await place.there.control.transcript()), default=0)
    await place.bridge.start()
    began = time.monotonic()
    texts: list[float] = []
    seen: list[str] = []
    async with Peak(place.bridge.pid) as peak:
        while len(seen) < FILES:
            if time.monotonic() - began > WITHIN:
                raise Lost(f"only {len(seen)} of {FILES} files arrived within {WITHIN:.0f} s")
            texts += await talk(place, f"busy{number}.{len(texts)}", round(PER_SECOND))
            rows = await place.there.control.transcript(after=index)
            seen = sorted(row.file.sha256 for row in rows if row.file is not None)
        seconds = time.monotonic() - began
        await place.bridge.settled()
    if seen != expected:
        raise Lost("not every file arrived byte for byte, once")
    run.tell(f"(f) round {number + 1}: {seconds:.0f} s, {len(texts)} texts meanwhile")
    return Crossing(seconds, peak.highest, peak.before, texts)


async def talk(place: Stage, chunk: str, count: int) -> list[float]:
    """Seconds from said to seen, of texts in chats without files, at a pace that is no load."""
    way = place.texts()
    await way.reader.skip()
    said: dict[str, float] = {}
    start = time.monotonic()
    for number in range(count):
        await asyncio.sleep(max(0.0, start + number / PER_SECOND - time.monotonic()))
        room = number % TEXT_ROOMS
        words = line(chunk, room, number)
        said[words] = await way.say(room, 0, words)
    await way.reader.until(count, PATIENCE)
    if set(said) - set(way.reader.at):
        raise Lost(f"{chunk}: not every text arrived")
    return [way.reader.at[words] - at for words, at in said.items()]
