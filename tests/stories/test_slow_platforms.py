"""One slow or dead platform changes nothing for the other three."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from bridge.sandbox.client import Heard
from bridge.sandbox.conversation import Conversation
from bridge.sandbox.reading import heard
from bridge.sandbox.verdict import MATRIX
from bridge.sandbox.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEAKERS = {"rubika": "رضا", "bale": "سارا", "soroush": "سهراب", MATRIX: "مینا"}
UNTROUBLED_S = 3.0
"""What a message between the others may take at most; they take a tenth of it as a rule, and the fault takes ten
times as long."""

WATCHFUL = {"waiting": {"lag_seconds": 10}}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def talk(tmp_path_factory: pytest.TempPathFactory, synapse_template: Path) -> AsyncIterator[Conversation]:
    """All four messengers and a person on Matrix; the bridge waits three seconds for an answer of Rubika's."""
    folder = tmp_path_factory.mktemp("slow") / "world"
    settings = {"rubika": {"timeout_seconds": 3}}
    async with World(folder, template=synapse_template, settings=settings, config=WATCHFUL) as world:
        mina = await world.matrix_manager("mina")
        conversation = Conversation(world, await world.share("شتاب", *world.messengers, host=mina), mina)
        await conversation.introduce("rubika", "رضا")
        await conversation.rename("مینا")
        for place, name in SPEAKERS.items():
            await conversation.says(place, name, f"سلام از {name}")
            await conversation.arrivals(f"سلام از {name}")
        yield conversation


async def others_talk_until_the_bridge_notices(talk: Conversation, without: str) -> None:
    """Everybody but `without` goes on talking; each message arrives at all the others in no time."""
    title = talk.world[without].titles["fa"]
    places = [place for place in talk.places if place != without]
    for number in itertools.count():
        status = (await talk.world.operator.command("status")).splitlines()
        noticed = "در دسترس نیست" in next(line for line in status if line.startswith(title))
        for place in places:
            if place not in SPEAKERS:
                continue
            text = f"بی {title}: {SPEAKERS[place]} برای بار {number}"
            said = await talk.says(place, SPEAKERS[place], text)
            arrived = await asyncio.gather(*[talk.arrival(other, text) for other in places])
            assert max(one.at for one in arrived) - said.at < UNTROUBLED_S, (place, text)
        if noticed and number >= 3:
            return
        await asyncio.sleep(0.1)


async def test_a_platform_that_refuses_connections_does_not_concern_the_others_and_gets_all_of_it_later(
    talk: Conversation,
) -> None:
    bale = talk.world["bale"]
    await bale.control.fault("down")
    await others_talk_until_the_bridge_notices(talk, "bale")
    await bale.control.fault("up")
    await talk.says("bale", "سارا", "من برگشتم")
    await talk.arrivals("من برگشتم")
    await talk.world.settled()
    for place, finding in (await talk.findings()).items():
        assert finding.fine, (place, finding)


async def test_a_platform_that_answers_after_thirty_seconds_does_not_concern_the_others(talk: Conversation) -> None:
    rubika, began = talk.world["rubika"], time.time()
    await rubika.control.fault("slow", seconds=30, times=None)
    await others_talk_until_the_bridge_notices(talk, "rubika")
    slow = [call for call in await rubika.control.calls() if call.at > began and call.status is None]
    assert {call.method.lower() for call in slow} >= {"getupdates", "sendmessage"}, "nothing was slow"
    await rubika.control.clear_faults()
    await talk.says("rubika", "رضا", "من هم برگشتم")
    for place in talk.places:
        await talk.arrival(place, "من هم برگشتم")
    await talk.says("bale", "سارا", "خوش آمدی رضا")
    await talk.arrival("rubika", "خوش آمدی رضا")


async def test_operators_hear_of_a_silent_platform_and_of_its_return_each_once(talk: Conversation) -> None:
    soroush, operator = talk.world["soroush"], talk.world.operator

    def says(key: str) -> Callable[[Heard], bool]:
        title = soroush.titles["fa"]
        return lambda event: any(title in line and heard(key, line) is not None for line in event.body.split("\n"))

    await soroush.control.fault("down")
    await operator.person.first(operator.room, says("late_polled"), wait=60)
    await soroush.control.fault("up")
    await operator.person.first(operator.room, says("again_polled"), wait=60)
    told = await operator.person.messages(operator.room)
    assert [len([event for event in told if says(key)(event)]) for key in ("late_polled", "again_polled")] == [1, 1]
