"""What Hampayam costs, beside a measure that is taken in the same minute; ends with 0 if every target is met."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from tests.bench import decoding, eitaa, files, footprint, others, own, past, people, real, report, returns
from tests.bench.plan import QUICK, WHOLE, Run
from tests.bench.stage import ROOT

PARTS: Mapping[str, tuple[Callable[[Run], Awaitable[None]], str]] = {
    "a": (real.measure, "through a real Synapse: throughput, latency, CPU, newcomers"),
    "b": (own.measure, "the bridge itself, on a fake homeserver; SQLite and PostgreSQL"),
    "memory": (footprint.measure, "start and memory, empty and with a million ghosts"),
    "tl": (decoding.measure, "reading Eitaa's user protocol, beside reading JSON"),
    "eitaa": (eitaa.measure, "an Eitaa account: how late it hears, and how it catches up"),
    "files": (files.measure, "large files at once: memory, and the texts beside them"),
    "others": (others.measure, "the other pairs while one messenger is flooded or switched off"),
    "returns": (returns.measure, "the first message after a kill, by the same bridge or by one that waited"),
    "people": (people.measure, "a consent decision among many people, and a private chat with many conversations"),
    "ghost": (real.newcomers_only, "of (a), newcomers alone"),
    "aa": (real.a_a_only, "of (a), the noise alone"),
}
ALL = ("a", "b", "memory", "tl", "eitaa", "files", "others", "returns", "people")


def main() -> int:
    parts = "; ".join(f"{name}: {words}" for name, (_, words) in PARTS.items())
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", choices=[*PARTS, "past"], action="append", help=f"may be repeated. {parts}")
    parser.add_argument("--quick", action="store_true", help="a look in under three minutes; the figures are rough")
    parser.add_argument("--write", action="store_true", help=f"write {report.PAGE.relative_to(ROOT)}")
    parser.add_argument("--against", metavar="COMMIT", help="past: what a text message cost the bridge of that commit")
    parser.add_argument("--platforms", default="bale,soroush", metavar="FROM,TO", help="default: bale,soroush")
    given = parser.parse_args()
    if "past" in (given.only or ()) and given.against is None:
        parser.error("past needs --against COMMIT")
    here, there = given.platforms.split(",")
    with tempfile.TemporaryDirectory(prefix="hampayam-bench-") as folder:
        run = Run(QUICK if given.quick else WHOLE, Path(folder), (here, there))
        asyncio.run(measure(run, given.only or ALL, given.against))
    targets = [target for finding in run.findings for target in finding.targets]
    print("\n".join(f"{'+' if target.met else '!'} {target.words()}" for target in targets))
    if given.write:
        command = " ".join(["python -m tests.bench", *sys.argv[1:]])
        run.tell(f"wrote {report.write(run.findings, command).relative_to(ROOT)}")
    return 0 if all(target.met for target in targets) else 1


async def measure(run: Run, parts: Sequence[str], against: str | None) -> None:
    for part in parts:
        if part != "past":
            await PARTS[part][0](run)
    if against is not None:
        await past.measure(run, against)


if __name__ == "__main__":
    sys.exit(main())
