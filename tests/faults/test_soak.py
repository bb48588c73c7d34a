"""A short soak: some hundred messages in four rooms while every kind of fault happens, judged by the soak's checker."""

from __future__ import annotations

import os
from pathlib import Path

from tests.disks import can_be_mounted
from tests.soak.faults import KINDS
from tests.soak.kit import Plan, Soak

MESSAGES = 240


async def test_nothing_is_lost_doubled_or_disordered_whatever_fails(tmp_path: Path, synapse_template: Path) -> None:
    """HAMPAYAM_SEED repeats a run's choices (the machine's own timing stays its own)."""
    kinds = tuple(kind for kind in KINDS if kind != "disk" or can_be_mounted())
    plan = Plan(MESSAGES, int(os.environ.get("HAMPAYAM_SEED") or 7), kinds, "postgres", round=MESSAGES)
    async with Soak(plan, tmp_path / "world", synapse_template, print) as soak:
        outcome = await soak.round(0)
    assert outcome.wrong == {}, "\n".join(outcome.about)
    assert outcome.messages == MESSAGES
    assert set(outcome.faults) == set(kinds)
    assert outcome.hits.keys() >= {"flood", "status", "slow"}
    assert outcome.states["sent"] > MESSAGES
    assert outcome.private > 0
