"""A second bridge waits beside the first, behind one address, and takes over: when the first is killed, and when it is
stopped without dying, which it notices when it goes on."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.sandbox.conversation import Conversation
from bridge.sandbox.postgres import Postgres
from bridge.sandbox.processes import free_port
from bridge.sandbox.verdict import MATRIX
from bridge.sandbox.world import World
from tests.faults.pair import Gate, Pair

TAKES_OVER_S = 10.0
SLOW_S = 0.3
"""A platform works for so long on a send, so that some are under way when a bridge stops."""


@pytest.fixture
async def talk(tmp_path: Path, synapse_template: Path, postgres: Postgres) -> AsyncIterator[Conversation]:
    database = await postgres.create_database()
    async with World(
        tmp_path / "world", platforms=("bale", "rubika"), template=synapse_template, database=database
    ) as world:
        mina = await world.matrix_manager("mina")
        conversation = Conversation(world, await world.share("دو پل", *world.messengers, host=mina), mina)
        await conversation.introduce("rubika", "رضا")
        await conversation.rename("مینا")
        yield conversation
    await postgres.drop_database(database)


@pytest.fixture
async def pair(tmp_path: Path, talk: Conversation) -> AsyncIterator[Pair]:
    world = talk.world
    await world.bridge_stop()
    for messenger in world.messengers.values():
        await messenger.control.fault("slow", method="sendMessage", seconds=SLOW_S, times=None)
    ports = [free_port(), free_port()]
    async with Gate(world.port, ports).open() as gate:
        made = Pair(world, tmp_path, gate, ports)
        try:
            made.bridges[ports[0]].start()
            await made.held_by(ports[0])
            made.bridges[ports[1]].start()
            await made.waits(ports[1])
            yield made
        finally:
            for bridge in made.bridges.values():
                await bridge.kill()


async def chatters(talk: Conversation, enough: asyncio.Event) -> None:
    number = 0
    while not enough.is_set():
        number += 1
        for place, name in (("bale", "سارا"), ("rubika", "رضا"), (MATRIX, "مینا")):
            await talk.says(place, name, f"{name} می‌گوید {number}")
        await asyncio.sleep(0.2)


async def all_is_well(talk: Conversation) -> None:
    """Nothing is lost, doubled or out of order but what is called `unknown`."""
    await talk.world.settled(timeout=90)
    copies = await talk.world.books.copies()
    assert {copy.state for copy in copies} <= {"sent", "unknown"}
    texts = {event.event_id: event.body for event in await talk.host_messages()}
    unknown = {(copy.platform, texts[copy.event_id]) for copy in copies if copy.state == "unknown"}
    print(f"{len(copies)} copies, {len(unknown)} in doubt")
    for place, finding in (await talk.findings()).items():
        assert finding.repeated == (), place
        assert finding.misplaced == (), place
        assert finding.strange == (), place
        assert {text for text in finding.missing if (place, text) not in unknown} == set(), place


async def test_the_second_bridge_takes_over_when_the_first_is_killed(talk: Conversation, pair: Pair) -> None:
    enough = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(chatters(talk, enough))
        for _ in range(3):
            first, second = pair.ports if pair.holder is pair.bridges[pair.ports[0]] else reversed(pair.ports)
            await asyncio.sleep(0.7)
            began = time.monotonic()
            await pair.bridges[first].kill()
            await pair.held_by(second)
            assert time.monotonic() - began < TAKES_OVER_S
            waited = pair.bridges[first].log_path.read_text().count("waiting to take over")
            pair.bridges[first].start()
            await pair.waits(first, waited + 1)
        enough.set()
    await all_is_well(talk)


async def test_a_bridge_that_was_stopped_for_a_while_doubles_nothing_when_it_goes_on(
    talk: Conversation, pair: Pair
) -> None:
    enough = asyncio.Event()
    first, second = pair.ports
    async with asyncio.TaskGroup() as group:
        group.create_task(chatters(talk, enough))
        await asyncio.sleep(0.7)
        began = time.monotonic()
        os.kill(pair.bridges[first].pid, signal.SIGSTOP)
        await pair.held_by(second)
        assert time.monotonic() - began < TAKES_OVER_S
        os.kill(pair.bridges[first].pid, signal.SIGCONT)
        await pair.waits(first)
        enough.set()
    assert pair.gate.target == second
    await all_is_well(talk)
