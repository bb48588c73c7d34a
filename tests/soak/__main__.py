"""Many people talk in many chats while everything around the bridge fails; ends with 0 if nothing was lost, doubled or
disordered without having been reported."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bridge.sandbox.synapse import Synapse
from tests.disks import can_be_mounted
from tests.soak import report
from tests.soak.faults import KINDS
from tests.soak.kit import Outcome, Plan, Soak

CACHE = Path(tempfile.gettempdir()) / "hampayam-soak-cache"


def main() -> int:
    kinds = "; ".join(f"{name}: {kind.words}" for name, kind in KINDS.items())
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--messages", type=int, default=1000, metavar="N", help="default: 1000")
    parser.add_argument("--seed", type=int, default=7, metavar="S", help="what is drawn: words, faults, moments")
    parser.add_argument("--faults", default="all", metavar="A,B", help=f"default: all. {kinds}")
    parser.add_argument("--database", choices=["postgres", "sqlite"], default="postgres")
    parser.add_argument("--rooms", type=int, default=4, metavar="N", help="how many rooms, of two to four chats each")
    parser.add_argument("--round", type=int, default=500, metavar="N", help="so many messages, then a verdict")
    parser.add_argument("--checkpoints", type=Path, metavar="DIR", help="where each round's verdict is kept")
    parser.add_argument("--resume", type=Path, metavar="DIR", help="go on with a run that was broken off")
    parser.add_argument("--write", action="store_true", help=f"write {report.PAGE.relative_to(report.ROOT)}")
    given = parser.parse_args()
    if given.resume is not None:
        plan = Plan(**json.loads((given.resume / "plan.json").read_text()))
        checkpoints = given.resume
    else:
        plan = Plan(given.messages, given.seed, _faults(given, parser), given.database, given.rooms, given.round)
        checkpoints = given.checkpoints or Path(tempfile.mkdtemp(prefix="hampayam-soak-"))
        checkpoints.mkdir(parents=True, exist_ok=True)
        (checkpoints / "plan.json").write_text(json.dumps(asdict(plan)))
    tell(f"checkpoints are in {checkpoints}: go on with --resume {checkpoints}")
    before = [Outcome(**json.loads(path.read_text())) for path in sorted(checkpoints.glob("round-*.json"))]
    outcomes = before + asyncio.run(run(plan, checkpoints, before))
    print(report.table(plan, outcomes))
    print("\n".join(report.findings(outcomes)))
    if given.write:
        tell(f"wrote {report.write(plan, outcomes).relative_to(report.ROOT)}")
    return 1 if any(outcome.wrong for outcome in outcomes) else 0


async def run(plan: Plan, checkpoints: Path, before: Sequence[Outcome]) -> list[Outcome]:
    """All rounds that are not judged yet, each kept when it is."""
    outcomes: list[Outcome] = []
    if len(before) == plan.rounds:
        return outcomes
    template = await Synapse.template(CACHE, on_progress=tell)
    with tempfile.TemporaryDirectory(prefix="hampayam-soak-world-") as folder:
        done = sum(outcome.messages for outcome in before)
        async with Soak(plan, Path(folder) / "world", template, tell, done=done) as soak:
            for number in range(len(before), plan.rounds):
                outcome = await soak.round(number)
                part = checkpoints / "part"
                part.write_text(json.dumps(outcome.row()))
                part.replace(checkpoints / f"round-{number:05}.json")
                outcomes.append(outcome)
                if outcome.wrong:
                    (checkpoints / f"round-{number:05}.log").write_text(soak.world.bridge_log())
                tell(
                    f"round {number}: {outcome.messages} messages in {outcome.seconds:.0f} s ({outcome.settling:.0f} s "
                    f"of them to settle), {outcome.states}, wrong: {_wrong(outcome)}"
                )
    return outcomes


def _wrong(outcome: Outcome) -> str:
    return ", ".join(f"{len(found)} {name}" for name, found in outcome.wrong.items()) or "nothing"


def _faults(given: argparse.Namespace, parser: argparse.ArgumentParser) -> tuple[str, ...]:
    chosen = tuple(KINDS) if given.faults == "all" else tuple(filter(None, given.faults.split(",")))
    for name in chosen:
        if name not in KINDS:
            parser.error(f"unknown fault {name}; known: {', '.join(KINDS)}")
    if "disk" in chosen and not can_be_mounted():
        if given.faults != "all":
            parser.error("a disk of its own can only be mounted by root")
        tell("without `disk`: a disk of its own can only be mounted by root")
        chosen = tuple(name for name in chosen if name != "disk")
    return tuple(name for name in chosen if name != "postgres" or given.database == "postgres")


def tell(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also for a run in the background, which ignores it
    sys.exit(main())
