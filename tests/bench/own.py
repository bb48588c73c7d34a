"""(b) What the bridge itself can do: beside a bare loop on a fast fake homeserver, on both databases."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import psutil

from bridge.sandbox.postgres import Postgres
from bridge.sandbox.processes import free_port
from tests.bench import newcomers
from tests.bench.bare import Bare
from tests.bench.figures import Finding, ratios
from tests.bench.plan import ROOMS, Run, sandwich
from tests.bench.stage import ROOT, Bridge, Fake, sides, sqlite
from tests.bench.through import Through, share

TARGET = 0.15
MEGABYTES_TARGET = 90.0


@contextlib.asynccontextmanager
async def postgres() -> AsyncIterator[Postgres]:
    """With fsync, which the sandbox's own goes without: a commit shall cost here what it costs in earnest."""
    server = Postgres(settings={"fsync": "on", "full_page_writes": "on"})
    await server.start()
    try:
        yield server
    finally:
        await server.discard()


async def measure(run: Run) -> None:
    async with postgres() as server:
        for kind in ("SQLite", "PostgreSQL"):
            run.tell(f"(b) the bridge's own rate on {kind}: simulators, fake homeserver, {ROOMS} rooms")
            folder = run.place(f"own-{kind.lower()}")
            database = sqlite(folder) if kind == "SQLite" else await server.create_database()
            async with on_fake(run, database, f"own-{kind.lower()}-parts") as (bare, through, bridge, fake):
                await compare(run, kind, bare, through, bridge, fake)
                await newcomers.count(run, kind, through, fake)


@contextlib.asynccontextmanager
async def on_fake(
    run: Run, database: str, place: str, *flags: str, code: Path = ROOT
) -> AsyncIterator[tuple[Bare, Through, Bridge, Fake]]:
    """The fake homeserver with both appservices, and 20 rooms of each, ready."""
    folder = run.place(place)
    async with sides(folder, run.platforms) as platforms:
        here, there = (platforms[name] for name in run.platforms)
        bare = Bare(folder)
        port = free_port()
        bridge = Bridge(folder, f"http://127.0.0.1:{port}", platforms, database, *flags, code=code)
        fake = Fake(folder, port, [bare.registration_path, bridge.registration_path])
        await fake.start()
        try:
            await bare.start(fake.url)
            async with bare:
                await bare.make(ROOMS)
                shared = await share(here, there, ROOMS)
                await bridge.tie([((here, each.here), (there, each.there)) for each in shared])
                await bridge.start()
                try:
                    through = Through(bridge, here, there, shared)
                    await through.warm_up()
                    yield bare, through, bridge, fake
                finally:
                    await bridge.stop()
        finally:
            await fake.stop()


async def compare(run: Run, kind: str, bare: Bare, through: Through, bridge: Bridge, fake: Fake) -> None:
    each = run.size.fake_each
    rounds = await sandwich(
        run.size.fake_rounds,
        f"own-{kind.lower()}",
        lambda chunk: bare.burst(chunk, ROOMS, each * 2, {"fake": fake.pid}),
        lambda chunk: through.burst(chunk, ROOMS, each, {"bridge": bridge.pid, "fake": fake.pid}),
        run.tell,
    )
    ceiling = [(before.rate + after.rate) / 2 for before, _, after in rounds]
    ours = [burst.rate for _, burst, _ in rounds]
    finding = Finding(f"(b) The bridge itself, {ROOMS} rooms, fake homeserver, {kind}")
    finding.add("bare loop", "msg/s", ceiling)
    finding.add("bridge, platform to platform", "msg/s", ours)
    ratio = finding.add("bridge : bare loop", "", ratios(ours, ceiling))
    finding.judge(ratio, "at least", TARGET)
    finding.add("A/A: bare loop : bare loop", "", [after.rate / before.rate for before, _, after in rounds])
    finding.add("CPU of the bridge a message", "ms", [burst.cpu["bridge"] for _, burst, _ in rounds])
    resident = finding.add("resident memory afterwards", "MB", [psutil.Process(bridge.pid).memory_info().rss / 1e6])
    finding.judge(resident, "under", MEGABYTES_TARGET)
    run.found(finding)
