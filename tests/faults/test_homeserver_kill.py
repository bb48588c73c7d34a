"""The homeserver is killed again and again in the middle of a conversation, and started again each time.

What it had in its memory for us at that moment it never tells. Nothing is lost all the same, nothing comes twice, and
the order is kept.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from bridge.sandbox.conversation import Conversation
from bridge.sandbox.verdict import MATRIX
from bridge.sandbox.world import World

KILLS = 6
SPEAKERS = {"rubika": "رضا", "bale": "سارا"}
GAP_S = 0.15


async def test_killed_six_times_in_a_conversation_nothing_is_lost_or_doubled(
    tmp_path: Path, synapse_template: Path
) -> None:
    async with World(tmp_path / "world", platforms=("bale", "rubika"), template=synapse_template) as world:
        mina = await world.matrix_manager("mina")
        talk = Conversation(world, await world.share("قطع و وصل", *world.messengers, host=mina), mina)
        await talk.introduce("rubika", "رضا")
        await talk.rename("مینا")
        enough = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for place, name in SPEAKERS.items():
                group.create_task(keeps_talking(talk, place, name, enough))
            for kill in range(KILLS):
                await asyncio.sleep(1.0)
                for number in range(4):
                    await talk.says(MATRIX, "مینا", f"مینا می‌گوید {kill}.{number}")
                await world.synapse.kill()
                await world.synapse.start()
            enough.set()
        await world.settled(timeout=120)
        assert len(talk.told) > 4 * KILLS
        for place, finding in (await talk.findings()).items():
            assert finding.fine, (place, finding)


async def keeps_talking(talk: Conversation, place: str, name: str, enough: asyncio.Event) -> None:
    number = 0
    while not enough.is_set():
        number += 1
        await talk.says(place, name, f"{name} می‌گوید {number}")
        await asyncio.sleep(GAP_S)
