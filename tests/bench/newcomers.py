"""(c) Somebody's first words in a private room: what they ask of the homeserver, and how long they take."""

from __future__ import annotations

from tests.bench.bare import Bare
from tests.bench.figures import Finding
from tests.bench.plan import ROOMS, Run
from tests.bench.stage import Fake
from tests.bench.through import Through

NEEDED = 5
"""Registration, device, invite, a join that carries the name, and the message itself."""


async def count(run: Run, kind: str, through: Through, fake: Fake) -> None:
    """On the fake homeserver, which counts."""
    totals = []
    asked: dict[str, int] = {}
    for number in range(run.size.newcomers):
        before = await fake.asked()
        await through.newcomer(f"count{number}", number % ROOMS)
        after = await fake.asked()
        asked = {what: more for what in after if (more := after[what] - before.get(what, 0))}
        totals.append(float(sum(asked.values())))
    finding = Finding(f"(c) Requests for a new ghost's first message in a private room, {kind}")
    finding.judge(finding.add("requests to the homeserver", "", totals), "at most", NEEDED)
    finding.notes.append("the last one: " + ", ".join(f"{number} {what}" for what, number in asked.items()))
    run.found(finding)


async def time(run: Run, bare: Bare, through: Through) -> None:
    """On Synapse, beside the same five requests one after the other."""
    own, ours = [], []
    for number in range(run.size.newcomers):
        own.append(await bare.newcomer(f"na{number}", number % ROOMS) * 1000)
        ours.append(await through.newcomer(f"nb{number}", number % ROOMS) * 1000)
    finding = Finding("(c) A new ghost's first message in a private room, through Synapse")
    finding.add("the five requests by themselves, to the transaction", "ms", own)
    finding.add("platform to platform, said to seen", "ms", ours)
    finding.add("added", "ms", [mine - its for mine, its in zip(ours, own, strict=True)])
    run.found(finding)
