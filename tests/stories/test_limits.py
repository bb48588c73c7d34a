"""A platform that takes only so much: whoever says a word is not behind those who say hundreds, and nothing is lost."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bridge.sandbox.messenger import Group
from bridge.sandbox.reading import copied, heard
from bridge.sandbox.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

MANY = 100
A_SECOND = 8
"""Of all calls, one of which asks for news."""
SPEAKERS = ("سارا", "سهراب", "شیرین", "شاهین")
"""So many that none of them is above the quota of one person."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(tmp_path_factory: pytest.TempPathFactory, synapse_template: Path) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("limits") / "world"
    platforms, settings = ("rubika", "bale", "soroush"), {"rubika": {"poll_seconds": 1}}
    async with World(folder, platforms=platforms, template=synapse_template, settings=settings) as world:
        yield world


async def copies(world: World, platform: str, group: Group) -> list[tuple[float, str]]:
    """(when, words) of what the bridge said for people in a group, in order."""
    found = []
    for line in await world[platform].transcript(group):
        if line.by == "api" and (copy := copied(line.text)) is not None:
            found.append((line.at, copy[1]))
    return found


async def test_a_word_in_one_chat_does_not_wait_for_a_hundred_in_another(world: World) -> None:
    noisy = await world.share("پرهیاهو", "bale", "rubika")
    quiet = await world.share("آرام", "soroush", "rubika")
    rubika = world["rubika"]
    words = [f"شماره {number}" for number in range(MANY)]
    for name in SPEAKERS:
        await world["bale"].control.members(noisy.groups["bale"].id, await world["bale"].person(name))
    await rubika.control.options(calls_per_second=A_SECOND)
    try:
        for number, text in enumerate(words):
            await world["bale"].says(noisy.groups["bale"], SPEAKERS[number % len(SPEAKERS)], text)
        await rubika.copy_of(noisy.groups["rubika"], words[19], timeout=60)
        assert await world.books.rows("SELECT 1 FROM copy WHERE state = 'queued' LIMIT 1"), "nothing waits"
        said = time.time()
        await world["soroush"].says(quiet.groups["soroush"], quiet.groups["soroush"].admin, "یک کلمه")
        await rubika.copy_of(quiet.groups["rubika"], "یک کلمه")
        ((at, _),) = [one for one in await copies(world, "rubika", quiet.groups["rubika"]) if one[1] == "یک کلمه"]
        between = [one for one in await copies(world, "rubika", noisy.groups["rubika"]) if said <= one[0] < at]
        assert len(between) <= 12, "it waited behind the others"
        await world.settled(240)
    finally:
        await rubika.control.options(calls_per_second=0)
    arrived = await copies(world, "rubika", noisy.groups["rubika"])
    assert [text for _, text in arrived] == words
    calls = [call for call in await rubika.control.calls() if call.at > said and call.method == "sendMessage"]
    assert len(calls) < MANY + 20, "it asks again and again what was refused"


async def test_a_limit_of_one_group_keeps_no_other_group_waiting_and_is_told_of(world: World) -> None:
    full = await world.share("پر", "rubika", "bale")
    free = await world.share("خالی", "rubika", "bale")
    rubika, bale = world["rubika"], world["bale"]
    words = [f"در گروه {number}" for number in range(5)]
    await rubika.says(full.groups["rubika"], full.groups["rubika"].admin, words[0])
    await bale.copy_of(full.groups["bale"], words[0])
    await bale.control.fault("flood", method="sendMessage", retry_after=600)
    for text in words[1:]:
        await rubika.says(full.groups["rubika"], full.groups["rubika"].admin, text)
    told = await rubika.wait_for(full.groups["rubika"], lambda line: heard("waits_turn", line.text) is not None)
    assert told.reply_to is not None
    said = time.time()
    await rubika.says(free.groups["rubika"], free.groups["rubika"].admin, "اینجا جا هست")
    assert (await bale.copy_of(free.groups["bale"], "اینجا جا هست")).at - said < 3.0
    assert [text for _, text in await copies(world, "bale", full.groups["bale"])] == words[:1]
    await world.bridge_stop()  # what it has learnt is forgotten
    await world.bridge_start()
    await world.settled()
    assert [text for _, text in await copies(world, "bale", full.groups["bale"])] == words
