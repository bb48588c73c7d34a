"""PostgreSQL is killed under the bridge: it waits for it, and goes on with the same words, alone."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bridge.errors import StartError
from bridge.sandbox.conversation import Conversation
from bridge.sandbox.postgres import Postgres
from bridge.sandbox.verdict import MATRIX
from bridge.sandbox.world import World
from bridge.store import Store

WITHIN_S = 30.0
SOON_S = 12.0


async def test_a_bridge_whose_database_is_away_goes_on_when_it_is_back(tmp_path: Path, synapse_template: Path) -> None:
    async with Postgres() as server:
        address = await server.create_database()
        async with World(tmp_path / "world", template=synapse_template, database=address) as world:
            mina = await world.matrix_manager("mina")
            talk = Conversation(world, await world.share("بی‌دفتر", "rubika", "bale", host=mina), mina)
            await talk.introduce("rubika", "رضا")
            await talk.rename("مینا")
            await world.bridge_kill()  # so that it has just begun, and looks after itself in a few seconds
            await world.bridge_start()
            await world.running()
            await world.settled()
            bridge = world.bridge_pid
            await server.kill()
            await noticed(world, "stumbled", "a transaction was not taken")
            for place, name in (("bale", "سارا"), (MATRIX, "مینا"), ("rubika", "رضا")):
                await talk.says(place, name, f"از {place}، دفتر بسته است")
            await noticed(world, "a transaction was not taken")
            assert world.bridge_running, world.bridge_log()[-2000:]
            await server.start()
            await world.settled(timeout=120)
            assert world.bridge_pid == bridge
            for place, finding in (await talk.findings()).items():
                assert finding.fine, (place, finding)
            with pytest.raises(StartError, match="another bridge is running on this database"):
                await Store(address).open()


async def test_after_several_outages_people_wait_no_longer_than_after_one(
    tmp_path: Path, synapse_template: Path
) -> None:
    async with Postgres() as server:
        address = await server.create_database()
        async with World(
            tmp_path / "world", platforms=("bale", "rubika"), template=synapse_template, database=address
        ) as world:
            shared = await world.share("بی‌دفتر", "rubika", "bale")
            bale, group = world["bale"], shared.groups["bale"]
            for number in range(6):
                fell = world.bridge_log().count("bale: unreachable")
                await server.kill()
                await bale.says(group, group.admin, f"پس از {number}")
                async with asyncio.timeout(WITHIN_S):
                    while world.bridge_log().count("bale: unreachable") == fell:  # noqa: ASYNC110
                        await asyncio.sleep(0.1)
                await server.start()
                await world["rubika"].copy_of(shared.groups["rubika"], f"پس از {number}", timeout=SOON_S)


async def noticed(world: World, *words: str) -> None:
    """The bridge's log has one of these words, or the bridge has ended."""
    async with asyncio.timeout(WITHIN_S):
        while world.bridge_running and not any(each in world.bridge_log() for each in words):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
