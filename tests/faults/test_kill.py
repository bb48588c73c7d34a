"""The bridge is killed again and again in the middle of a conversation, and started again each time.

Nothing is lost, nothing comes twice, the order is kept. What the platforms' lack of an idempotency key leaves in
doubt is called `unknown`, only what was under way at the moment of a kill, and its sender is told.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.sandbox.books import CopyRow
from bridge.sandbox.conversation import Conversation
from bridge.sandbox.reading import heard
from bridge.sandbox.verdict import MATRIX, Finding, lines_of_chat
from bridge.sandbox.world import World

KILLS = 20
LONGEST_LIFE_S = 1.6
"""A bridge that was started is killed after a time between none and this: it needs about half of it to start."""
GAP_S = 0.3
SEND_TAKES_S = 0.05
"""A platform works for so long on a send, so that a kill often meets one under way."""
SPEAKERS = {"rubika": "رضا", "bale": "سارا", "soroush": "سهراب", MATRIX: "مینا"}


@pytest.fixture
def chance() -> random.Random:
    """HAMPAYAM_SEED repeats a run's choices (the machine's own timing stays its own)."""
    seed = int(os.environ.get("HAMPAYAM_SEED") or random.SystemRandom().randrange(2**32))
    print(f"\nHAMPAYAM_SEED={seed}")
    return random.Random(seed)


@pytest.fixture
async def talk(tmp_path: Path, synapse_template: Path, database_url: str) -> AsyncIterator[Conversation]:
    database = database_url if database_url.startswith("postgres") else None
    async with World(tmp_path / "world", template=synapse_template, database=database) as world:
        mina = await world.matrix_manager("mina")
        conversation = Conversation(world, await world.share("قطع و وصل", *world.messengers, host=mina), mina)
        await conversation.introduce("rubika", "رضا")
        await conversation.rename("مینا")
        yield conversation


async def test_killed_twenty_times_in_a_conversation_it_loses_nothing_and_doubles_nothing(
    talk: Conversation, chance: random.Random
) -> None:
    world, enough = talk.world, asyncio.Event()
    for messenger in world.messengers.values():
        await messenger.control.fault("slow", method="sendMessage", seconds=SEND_TAKES_S, times=None)
    in_flight: set[int] = set()
    async with asyncio.TaskGroup() as group:
        for place, name in SPEAKERS.items():
            own_chance = random.Random(chance.random())
            group.create_task(keeps_talking(talk, place, name, own_chance, enough))
        for kill in range(KILLS):
            if kill:
                await world.bridge_start(ready=False)
            await asyncio.sleep(chance.uniform(0, LONGEST_LIFE_S))
            await world.bridge_kill()
            in_flight |= {copy.id for copy in await world.books.copies() if copy.state == "sending"}
        enough.set()
    await world.bridge_start()
    await world.settled(timeout=120)

    copies = await world.books.copies()
    doubtful = [copy for copy in copies if copy.state == "unknown"]
    print(f"{len(talk.told)} messages, {len(copies)} copies, {len(in_flight)} under way, {len(doubtful)} in doubt")
    assert {copy.state for copy in copies} <= {"sent", "unknown"}
    assert {copy.id for copy in doubtful} <= in_flight
    assert len(talk.told) > KILLS
    texts = {event.event_id: event.body for event in await talk.host_messages()}
    unknown = {(copy.platform, texts[copy.event_id]) for copy in doubtful}
    for place, finding in (await talk.findings()).items():
        assert_fine(talk, place, finding, unknown)
    for copy in doubtful:
        assert await sender_was_told(talk, copy), f"copy {copy.id} to {copy.platform}"


async def keeps_talking(
    talk: Conversation, place: str, name: str, chance: random.Random, enough: asyncio.Event
) -> None:
    number = 0
    while not enough.is_set():
        number += 1
        answers = await something_to_answer(talk, place) if chance.random() < 0.3 else None
        await talk.says(place, name, f"{name} می‌گوید {number}", answers)
        await asyncio.sleep(chance.uniform(0, 2 * GAP_S))


async def something_to_answer(talk: Conversation, place: str) -> str | None:
    if place == MATRIX:
        said = [event.body for event in await talk.host_messages() if event.content.get("msgtype") == "m.text"]
    else:
        said = [line.text for line in lines_of_chat(await talk.world[place].transcript(talk.shared.groups[place]))]
    return said[-1] if said else None


def assert_fine(talk: Conversation, place: str, finding: Finding, unknown: set[tuple[str, str]]) -> None:
    assert finding.repeated == (), place
    assert finding.misplaced == (), place
    assert finding.strange == (), place
    assert finding.misnamed == (), place
    assert {text for text in finding.missing if (place, text) not in unknown} == set(), place
    told = {one.text: one for one in talk.told}
    for text in finding.misanswered:  # only where one end of the answer is in doubt, so that nobody can tie them
        one = told[text]
        assert (place, one.reply_to) in unknown or (one.place, one.reply_to) in unknown, (place, text)


async def sender_was_told(talk: Conversation, copy: CopyRow) -> bool:
    if copy.login is None:
        for event in await talk.host_messages():
            relation = event.content.get("m.relates_to", {})
            if heard("in_doubt", event.body) and relation.get("m.in_reply_to") == {"event_id": copy.event_id}:
                return True
        return False
    place = copy.login.partition(":")[0]
    return any(
        heard("in_doubt", line.text) is not None and line.reply_to == copy.remote_id
        for line in await talk.world[place].transcript(talk.shared.groups[place])
    )
