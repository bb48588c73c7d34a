"""(a) Through a real Synapse: how near the bridge comes to the homeserver's own ceiling, and what it adds."""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from bridge.sandbox.processes import free_port
from bridge.sandbox.synapse import Synapse
from tests.bench import newcomers
from tests.bench.bare import Bare
from tests.bench.figures import Finding, Row, percentile, ratios
from tests.bench.lines import Burst
from tests.bench.plan import PER_SECOND, ROOMS, Run, sandwich
from tests.bench.stage import Bridge, sides, sqlite
from tests.bench.through import Through, share

RATE_TARGET = 0.85
ADDED_MS_TARGET = 15.0
CPU_TARGET = 0.12


@dataclass(frozen=True)
class OnSynapse:
    """Synapse with both appservices and 20 rooms of each, everybody inside."""

    synapse: Synapse
    bare: Bare
    bridge: Bridge
    through: Through

    @property
    def pids(self) -> dict[str, int]:
        return {"synapse": self.synapse.pid, "bridge": self.bridge.pid}


@contextlib.asynccontextmanager
async def on_synapse(run: Run, *flags: str) -> AsyncIterator[OnSynapse]:
    folder = run.place("synapse")
    template = await Synapse.template(folder, on_progress=run.tell)
    async with sides(folder, run.platforms) as platforms:
        here, there = (platforms[name] for name in run.platforms)
        port = free_port()
        bare = Bare(folder)
        bridge = Bridge(folder, f"http://127.0.0.1:{port}", platforms, sqlite(folder), *flags)
        registrations = [bare.registration_path, bridge.registration_path]
        async with Synapse(
            folder / "homeserver", port=port, template=template, registrations=registrations, on_progress=run.tell
        ) as synapse:
            await bare.start(synapse.url)
            async with bare:
                run.tell(f"making {ROOMS} rooms for the bare loop")
                await bare.make(ROOMS)
                run.tell(f"making {ROOMS} rooms for the bridge")
                shared = await share(here, there, ROOMS)
                await bridge.tie([((here, each.here), (there, each.there)) for each in shared])
                await bridge.start()
                try:
                    through = Through(bridge, here, there, shared)
                    await through.warm_up()
                    await get_used(bare, through)
                    yield OnSynapse(synapse, bare, bridge, through)
                finally:
                    await bridge.stop()


async def get_used(bare: Bare, through: Through) -> None:
    """Synapse numbers the transactions of all its appservices together, and after its start the bridge asks a few times
    about numbers that went to the other one. That ends by itself, and belongs to no figure."""
    for number in range(5):
        await bare.burst(f"useda{number}", 1, 2, {})
        await through.paced(f"usedb{number}", 1, 2, PER_SECOND)


async def measure(run: Run) -> None:
    run.tell("(a) through a real Synapse (SQLite)")
    async with on_synapse(run) as stage:
        for rooms, each in ((1, run.size.one_room), (ROOMS, run.size.each_of_many)):
            await throughput(run, stage, rooms, each)
            await latency(run, stage, rooms)
        await newcomers.time(run, stage.bare, stage.through)


async def throughput(run: Run, stage: OnSynapse, rooms: int, each: int) -> None:
    rounds = await sandwich(
        run.size.rounds,
        f"full{rooms}x",
        lambda chunk: stage.bare.burst(chunk, rooms, each, stage.pids),
        lambda chunk: stage.through.burst(chunk, rooms, each, stage.pids),
        run.tell,
    )
    ours = [burst for _, burst, _ in rounds]
    ceiling = [(before.rate + after.rate) / 2 for before, _, after in rounds]
    finding = Finding(f"(a) Throughput through Synapse, {words(rooms)}")
    finding.add("homeserver's own ceiling (bare loop)", "msg/s", ceiling)
    finding.add("bridge, platform to platform", "msg/s", [burst.rate for burst in ours])
    noise = a_a(finding, [before.rate for before, _, _ in rounds], [after.rate for _, _, after in rounds])
    ratio = finding.add("bridge : ceiling", "", ratios([burst.rate for burst in ours], ceiling))
    finding.judge(ratio, "at least", RATE_TARGET, spread(noise))
    finding.notes.append(f"a ratio within ±{spread(noise):.2f} of 1 (the usual A/A) counts as equal")
    cpu(finding, ours)
    run.found(finding)


def cpu(finding: Finding, ours: Sequence[Burst]) -> None:
    finding.add("CPU of Synapse a message", "ms", [burst.cpu["synapse"] for burst in ours])
    finding.add("CPU of the bridge a message", "ms", [burst.cpu["bridge"] for burst in ours])
    share = finding.add("CPU, bridge : Synapse", "", [burst.cpu["bridge"] / burst.cpu["synapse"] for burst in ours])
    finding.judge(share, "at most", CPU_TARGET)


def a_a(finding: Finding, before: Sequence[float], after: Sequence[float]) -> Row:
    """The same bench against itself: how far from 1 a ratio goes by chance."""
    return finding.add(a_a_words("bare loop"), "", ratios(after, before))


def a_a_words(what: str) -> str:
    return f"A/A: {what} : {what}"


def spread(noise: Row) -> float:
    """How far an A/A ratio usually is from 1."""
    return statistics.median(abs(1 - value) for value in noise.values)


async def latency(run: Run, stage: OnSynapse, rooms: int) -> None:
    count = run.size.paced
    rounds = await sandwich(
        run.size.rounds,
        f"paced{rooms}x",
        lambda chunk: stage.bare.paced(chunk, rooms, count, PER_SECOND),
        lambda chunk: stage.through.paced(chunk, rooms, count, PER_SECOND),
        run.tell,
    )

    def of(percent: int, *chunks: Sequence[float]) -> float:
        return percentile([value * 1000 for chunk in chunks for value in chunk], percent)

    finding = Finding(f"(a) Latency through Synapse, {words(rooms)}, {PER_SECOND:g} messages a second")
    for percent in (50, 95):
        own = [of(percent, before, after) for before, _, after in rounds]
        ours = [of(percent, chunk) for _, chunk, _ in rounds]
        finding.add(f"homeserver's own, request to transaction, p{percent}", "ms", own)
        finding.add(f"platform to platform, said to seen, p{percent}", "ms", ours)
        added = finding.add(f"added at p{percent}", "ms", [mine - its for mine, its in zip(ours, own, strict=True)])
        if percent == 50:
            finding.judge(added, "at most", ADDED_MS_TARGET)
    again = [of(50, after) - of(50, before) for before, _, after in rounds]
    finding.add("A/A: bare loop − bare loop, p50", "ms", again)
    finding.notes.append("a waiting long poll is answered at once, so said is when the update was handed over")
    run.found(finding)


async def newcomers_only(run: Run) -> None:
    run.tell("(c) newcomers, through a real Synapse")
    async with on_synapse(run) as stage:
        await newcomers.time(run, stage.bare, stage.through)


async def a_a_only(run: Run) -> None:
    """The noise by itself: the bare loop in the place of the bridge, too."""
    run.tell("(a) A/A: the homeserver's ceiling against itself")
    async with on_synapse(run) as stage:
        for rooms, each in ((1, run.size.one_room), (ROOMS, run.size.each_of_many)):
            rounds = await sandwich(
                run.size.rounds,
                f"noise{rooms}x",
                lambda chunk, rooms=rooms, each=each: stage.bare.burst(chunk, rooms, each, stage.pids),  # type: ignore[misc]
                lambda chunk, rooms=rooms, each=each: stage.bare.burst(chunk, rooms, each, stage.pids),  # type: ignore[misc]
                run.tell,
            )
            finding = Finding(f"(a) A/A: the ceiling against itself, {words(rooms)}")
            around = [(before.rate + after.rate) / 2 for before, _, after in rounds]
            finding.add("bare loop", "msg/s", around)
            finding.add("A/A: between : around", "", ratios([burst.rate for _, burst, _ in rounds], around))
            a_a(finding, [before.rate for before, _, _ in rounds], [after.rate for _, _, after in rounds])
            run.found(finding)


def words(rooms: int) -> str:
    return "1 room" if rooms == 1 else f"{rooms} rooms"
