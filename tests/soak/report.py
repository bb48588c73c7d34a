"""All rounds of a run, summed up: as a table, and into the page."""

from __future__ import annotations

import os
import platform
import subprocess
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.soak.checker import FAULTS
from tests.soak.faults import KINDS
from tests.soak.kit import Outcome, Plan

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reliability.md"
BEGIN = "<!-- what follows is written by `python -m tests.soak --write` -->"

NAMES = {
    "unfinished": "without a final state",
    "lost": "lost (not shown and not reported)",
    "doubled": "doubled without having been reported",
    "disordered": "out of order",
    "unfounded": "unknown without a cause",
    "hasty": "expired, though nothing waits for long here",
    "stale": "not corrected or not taken back",
    "misanswered": "a reply to the wrong message",
    "strange": "shown where it does not belong",
    "untold": "not arrived, and nobody told",
}
MOST_NAMED = 5


def command(plan: Plan) -> str:
    """What makes this run again."""
    faults = "" if set(plan.faults) == set(KINDS) else f" --faults {','.join(plan.faults)}"
    database = "" if plan.database == "postgres" else f" --database {plan.database}"
    size = f" --rooms {plan.rooms} --round {plan.round}"
    return f"python -m tests.soak --messages {plan.messages} --seed {plan.seed}{size}{faults}{database}"


def table(plan: Plan, outcomes: Sequence[Outcome]) -> str:
    states: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    for each in outcomes:
        states.update(each.states)
        faults.update(each.faults)
        hits.update(each.hits)
    messages = sum(each.messages for each in outcomes)
    rows = [
        ("messages", f"{messages:,} of {plan.messages:,}, in {len(outcomes)} rounds"),
        (
            "chats",
            f"{outcomes[0].chats if outcomes else 0}: {plan.rooms} rooms with one on Matrix, and two private",
        ),
        ("copies", f"{sum(states.values()):,}: " + _counted(states)),
        ("of them between two strangers", f"{sum(each.private for each in outcomes):,}"),
        ("causes for doubt", f"{sum(each.doubts for each in outcomes):,}"),
        ("faults", f"{sum(faults.values()):,}: " + _counted(faults)),
        ("calls that a simulator's fault hit", f"{sum(hits.values()):,}: " + _counted(hits)),
        ("the bridge ended by itself, or could not start", f"{sum(each.ended_by_itself for each in outcomes):,} times"),
    ]
    rows += [(NAMES[name], f"{sum(len(each.wrong.get(name, ())) for each in outcomes):,}") for name in FAULTS]
    seconds = sum(each.seconds for each in outcomes)
    rows += [
        ("wall time", f"{seconds / 60:.1f} min, {messages / max(seconds, 0.01):.1f} messages a second"),
        ("seed", str(plan.seed)),
        ("database", plan.database),
        ("made", f"{datetime.now(UTC):%Y-%m-%d}, commit {_commit()}, {os.cpu_count()} cores, Python {_python()}"),
        ("command", f"`{command(plan)}`"),
    ]
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])


def findings(outcomes: Sequence[Outcome]) -> list[str]:
    """What is wrong, for a person who looks for it."""
    lines = []
    for each in outcomes:
        for name, found in each.wrong.items():
            named = ", ".join(f"{number} in {room}/{place}" for room, place, number in found[:MOST_NAMED])
            more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
            lines.append(f"round {each.round}: {NAMES[name]}: {named}{more}")
    return lines


def write(plan: Plan, outcomes: Sequence[Outcome]) -> Path:
    before = PAGE.read_text().partition(BEGIN)[0]
    kinds = "\n".join(f"- `{name}`: {KINDS[name].words}" for name in plan.faults)
    wrong = "\n".join(f"- {line}" for line in findings(outcomes)) or "Nothing was wrong."
    parts = [table(plan, outcomes), "Faults of this run:", kinds, "Findings:", wrong]
    PAGE.write_text(before + BEGIN + "\n\n" + "\n\n".join(parts) + "\n")
    return PAGE


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counter.most_common()) or "none"


def _commit() -> str:
    told = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return told.stdout.strip() or "unknown"


def _python() -> str:
    return platform.python_version()
