"""The world that stories, demo and benches live in: what it starts it also ends."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from bridge.sandbox.conversation import Conversation
from bridge.sandbox.processes import ChildFailed
from bridge.sandbox.world import World


def children() -> list[int]:
    return [child.pid for child in psutil.Process().children(recursive=True) if child.status() != "zombie"]


async def test_simulators_can_run_in_processes_of_their_own(tmp_path: Path, synapse_template: Path) -> None:
    before = children()
    world = World(
        tmp_path / "world",
        platforms=("bale", "rubika"),
        template=synapse_template,
        simulators_apart=True,
        options={"bale": {"echo_own": True}},
    )
    async with world:
        assert len(children()) == len(before) + 4  # two simulators, Synapse, the bridge
        talk = Conversation(world, await world.share("جدا", "bale", "rubika"))
        await talk.says("bale", "سارا", "از فرایندی دیگر سلام")
        await talk.arrivals("از فرایندی دیگر سلام")
        await talk.says("rubika", "رضا", "پژواکی نیست که بماند")
        await talk.arrivals("پژواکی نیست که بماند")
        await world.settled()
        assert [line.text for line in (await talk.lines())["bale"]] == [
            "از فرایندی دیگر سلام",
            "پژواکی نیست که بماند",
        ]
    assert children() == before


async def test_a_world_that_cannot_start_leaves_nothing_behind(tmp_path: Path, synapse_template: Path) -> None:
    before = children()
    world = World(
        tmp_path / "world",
        platforms=("bale",),
        template=synapse_template,
        config={"database": "sqlite:/nowhere/at/all.db"},
    )
    with pytest.raises(ChildFailed, match="cannot start"):
        await world.start()
    assert children() == before


async def test_settled_says_what_is_not(tmp_path: Path, synapse_template: Path) -> None:
    async with World(tmp_path / "world", platforms=("bale", "rubika"), template=synapse_template) as world:
        shared = await world.share("ناتمام", "bale", "rubika")
        await world["rubika"].control.fault("down")
        await world["bale"].says(shared.groups["bale"], "سارا", "این هنوز نرسیده است")
        with pytest.raises(TimeoutError, match="copies not sent"):
            await world.settled(timeout=3)
        await world["rubika"].control.fault("up")
        await world.settled()
        await world["rubika"].copy_of(shared.groups["rubika"], "این هنوز نرسیده است")
