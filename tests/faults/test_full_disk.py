"""The bridge's disk is full for a while: what people say meanwhile is kept by those who have it, and crosses later."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bridge.sandbox.conversation import Conversation
from bridge.sandbox.verdict import MATRIX, lines_of_chat
from bridge.sandbox.world import World
from tests.disks import SmallDisk, small_disk

WORDS = "the database cannot be written: its disk is full"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk") as disk:
        yield disk


@pytest.fixture
async def talk(tmp_path: Path, disk: SmallDisk, synapse_template: Path) -> AsyncIterator[Conversation]:
    folder = tmp_path / "world"
    folder.mkdir()
    (folder / "hampayam.db").symlink_to(disk.folder / "hampayam.db")
    platforms = ("bale", "rubika")
    async with World(folder, platforms=platforms, template=synapse_template) as world:
        mina = await world.matrix_manager("mina")
        talk = Conversation(world, await world.share("پر", *platforms, host=mina), mina)
        await talk.rename("مینا")
        yield talk


async def test_what_is_said_while_the_disk_is_full_crosses_when_there_is_room(
    talk: Conversation, disk: SmallDisk
) -> None:
    world = talk.world
    await talk.says("bale", "سارا", "پیش از آن")
    await talk.arrivals("پیش از آن")
    await world.settled()
    disk.fill()
    await talk.says("bale", "سارا", "از بله")
    await talk.says(MATRIX, "مینا", "از ماتریکس")
    async with asyncio.timeout(60):
        while not (  # noqa: ASYNC110 (a log cannot be awaited)
            WORDS in world.bridge_log() and world.bridge_log().count("a transaction was not taken") >= 2
        ):
            await asyncio.sleep(0.05)
    assert world.bridge_running
    disk.make_room()
    await talk.arrivals("از بله", wait=90)
    await talk.arrivals("از ماتریکس", wait=90)
    await world.settled(timeout=90)
    assert world.bridge_log().count(WORDS) == 1
    assert "the database can be written again" in world.bridge_log()
    lines = lines_of_chat(await world["rubika"].transcript(talk.shared.groups["rubika"]))
    copies = [line.text for line in lines if line.label is not None]
    assert sorted(copies) == sorted(["پیش از آن", "از بله", "از ماتریکس"])
    assert {copy.state for copy in await world.books.copies()} == {"sent"}
