"""A bridge that is told to end brings to its end what it is doing, and leaves nothing in doubt."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.sandbox.conversation import Conversation
from bridge.sandbox.verdict import lines_of_chat
from bridge.sandbox.world import World

SEND_TAKES_S = 2.0
ENDS_WITHIN_S = 10.0


@pytest.fixture
async def talk(tmp_path: Path, synapse_template: Path, database_url: str) -> AsyncIterator[Conversation]:
    database = database_url if database_url.startswith("postgres") else None
    platforms = ("bale", "rubika", "soroush")
    async with World(tmp_path / "world", platforms=platforms, template=synapse_template, database=database) as world:
        yield Conversation(world, await world.share("پایان", *platforms), None)


async def states(world: World) -> list[str]:
    return [copy.state for copy in await world.books.copies()]


async def test_told_to_end_in_the_middle_of_sends_it_ends_them_first(talk: Conversation) -> None:
    world = talk.world
    await talk.says("bale", "سارا", "نخست")
    await talk.arrivals("نخست")
    await world.settled()
    await world.bridge_stop()
    for place in ("rubika", "soroush"):
        await world[place].control.fault("slow", method="sendMessage", seconds=SEND_TAKES_S, times=None)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HAMPAYAM_")}
    bridge = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bridge", "--config", str(world.config_path), "run",
        env=environment, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for body in ("یک", "دو", "سه"):
            await talk.says("bale", "سارا", body)
        async with asyncio.timeout(20):
            while (await states(world)).count("sending") < 2 or len(await states(world)) < 8:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        told = time.monotonic()
        bridge.send_signal(signal.SIGTERM)
        async with asyncio.timeout(ENDS_WITHIN_S):
            code = await bridge.wait()
        took = time.monotonic() - told
    finally:
        if bridge.returncode is None:
            bridge.kill()
            await bridge.wait()
    assert code == 0
    assert took < ENDS_WITHIN_S
    after = await states(world)
    assert set(after) == {"sent", "queued"}, f"after {took:.1f} s"
    for place in ("rubika", "soroush"):
        await world[place].control.clear_faults()
    await world.bridge_start()
    await world.settled(timeout=60)
    assert set(await states(world)) == {"sent"}
    for place in ("rubika", "soroush"):
        lines = lines_of_chat(await world[place].transcript(talk.shared.groups[place]))
        assert [line.text for line in lines if line.label is not None] == ["نخست", "یک", "دو", "سه"], place
