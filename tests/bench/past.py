"""(p) What a text message costs now, beside what it cost the bridge of an earlier commit, in turns."""

from __future__ import annotations

import asyncio
import io
import tarfile
from pathlib import Path

from tests.bench.figures import Finding, ratios
from tests.bench.own import on_fake
from tests.bench.plan import ROOMS, Run, sandwich
from tests.bench.stage import ROOT, sqlite

NOISE = 0.05


async def measure(run: Run, commit: str) -> None:
    """Both run on homeservers, databases and simulators of their own, the latter of today. Raises RuntimeError for a
    commit that is not in the repository's history."""
    name = (await _git("show", "--no-patch", "--format=%h (%cs)", commit)).decode().strip()
    run.tell(f"(p) the bridge beside itself as it was at {name}")
    code = run.place("past-code")
    with tarfile.open(fileobj=io.BytesIO(await _git("archive", commit, "bridge"))) as archive:
        archive.extractall(code, filter="data")
    each = run.size.fake_each
    async with (
        on_fake(run, sqlite(_folder(run, "then")), "past-then-parts", code=code) as (_, then, then_bridge, _),
        on_fake(run, sqlite(_folder(run, "now")), "past-now-parts") as (_, now, now_bridge, _),
    ):
        rounds = await sandwich(
            run.size.fake_rounds,
            "past",
            lambda chunk: then.burst(chunk, ROOMS, each, {"bridge": then_bridge.pid}),
            lambda chunk: now.burst(chunk, ROOMS, each, {"bridge": now_bridge.pid}),
            run.tell,
        )
    finding = Finding(f"(p) A text message now and at {name}, {ROOMS} rooms, fake homeserver, SQLite")
    before = [(first.cpu["bridge"] + last.cpu["bridge"]) / 2 for first, _, last in rounds]
    after = [burst.cpu["bridge"] for _, burst, _ in rounds]
    finding.add(f"CPU of the bridge a message, {name}", "ms", before)
    finding.add("CPU of the bridge a message, now", "ms", after)
    ratio = finding.add("CPU, now : then", "", ratios(after, before))
    finding.judge(ratio, "at most", 1.0, NOISE)
    finding.add("A/A: then : then", "", [last.cpu["bridge"] / first.cpu["bridge"] for first, _, last in rounds])
    run.found(finding)


def _folder(run: Run, name: str) -> Path:
    return run.place(f"past-{name}")


async def _git(*arguments: str) -> bytes:
    git = await asyncio.create_subprocess_exec("git", *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    out, _ = await git.communicate()
    if git.returncode:
        raise RuntimeError("git has no such commit")
    return out
