"""The homeserver forgets what it was about to tell us; it arrives all the same, once and in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from bridge.sandbox.conversation import Conversation
from bridge.sandbox.fleet import in_several
from bridge.sandbox.world import World

WITHIN_S = 30.0


@pytest.fixture
async def talk(tmp_path: Path, synapse_template: Path) -> AsyncIterator[Conversation]:
    async with World(tmp_path / "world", platforms=("bale", "rubika"), template=synapse_template) as world:
        mina = await world.matrix_manager("mina")
        conversation = Conversation(world, await world.share("فراموشی", *world.messengers, host=mina), mina)
        await conversation.introduce("rubika", "رضا")
        await conversation.rename("مینا")
        await conversation.says("matrix", "مینا", "پیش از همه")
        await world.settled()
        yield conversation


async def mina_says(talk: Conversation, *texts: str) -> list[str]:
    """The events; the homeserver believes that it has handed them over."""
    events = [(await talk.says("matrix", "مینا", text)).message_id for text in texts]
    await handed_over(talk.world, events)
    return events


async def handed_over(world: World, events: Sequence[str]) -> None:
    async with asyncio.timeout(WITHIN_S):
        for event in events:
            while not await world.synapse.passed_on(event):  # noqa: ASYNC110
                await asyncio.sleep(0.02)


async def all_arrived_once_and_in_order(talk: Conversation) -> None:
    for told in talk.told:
        await talk.arrivals(told.text)
    await talk.world.settled()
    for place, finding in (await talk.findings()).items():
        assert finding.fine, (place, finding)


async def test_killed_with_words_in_its_memory_the_homeserver_forgets_them_and_we_do_not(talk: Conversation) -> None:
    world = talk.world
    with world.bridge_frozen():
        await mina_says(talk, "در راه")  # a transaction without an answer; what follows waits behind it, in memory
        await mina_says(talk, "گم یک", "گم دو", "گم سه")
        await world.synapse.kill()
    assert await world.synapse.forget_transactions() == 1, "of the others nothing was written down"
    await world.synapse.start()
    await talk.says("matrix", "مینا", "پس از همه")
    await talk.says("rubika", "رضا", "من هم")
    await all_arrived_once_and_in_order(talk)


async def test_what_was_lost_while_we_were_down_comes_without_a_new_word(talk: Conversation) -> None:
    world = talk.world
    await world.bridge_kill()
    await mina_says(talk, "گم یک", "گم دو")
    await world.synapse.kill()
    assert await world.synapse.forget_transactions()
    await world.synapse.start()
    await world.bridge_start()
    await all_arrived_once_and_in_order(talk)


async def test_what_waits_while_both_were_down_comes_without_a_new_word(talk: Conversation) -> None:
    """The homeserver, started anew, begins to bring it with the first event only."""
    world = talk.world
    await world.bridge_kill()
    await mina_says(talk, "مانده یک", "مانده دو")
    await world.synapse.kill()
    await world.synapse.start()
    await world.bridge_start()
    async with asyncio.timeout(WITHIN_S):
        while await world.synapse.waiting_transactions():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await all_arrived_once_and_in_order(talk)


async def test_a_homeserver_that_is_away_when_we_start_holds_nothing_up(talk: Conversation) -> None:
    world = talk.world
    await world.bridge_kill()
    await mina_says(talk, "گم‌شده")
    await world.synapse.kill()
    await world.synapse.forget_transactions()
    await world.bridge_start()
    await talk.says("rubika", "رضا", "در خانه")
    ready = "ready: PostgreSQL, head" if in_several() else "ready:"
    async with asyncio.timeout(30):
        while world.bridge_log().count(ready) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await world.synapse.start()
    await all_arrived_once_and_in_order(talk)
