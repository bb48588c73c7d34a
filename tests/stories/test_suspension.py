"""A messenger is switched off for a while: people are told once, the others do not notice, and nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from bridge.core.statuses import STATUS_EVENT
from bridge.sandbox.client import Heard
from bridge.sandbox.reading import heard
from bridge.sandbox.world import World
from bridge.texts.sentences import SENTENCES

pytestmark = pytest.mark.asyncio(loop_scope="session")


def says(status: str) -> Callable[[Heard], bool]:
    return lambda event: event.type == STATUS_EVENT and event.content["status"] == status


async def bale_is_off(world: World) -> None:
    """Until what was under way there has ended."""
    word = SENTENCES["leg_suspended"]["fa"]
    async with asyncio.timeout(30):
        while word not in await world.operator.command("platforms"):
            pass


async def test_what_is_said_while_a_messenger_is_switched_off_is_kept_and_goes_out_in_order(world: World) -> None:
    mina = await world.matrix_manager("mina-waits")
    shared = await world.share("خاموشی", "rubika", "bale", "soroush", host=mina)
    rubika, bale, soroush = (shared.groups[name] for name in ("rubika", "bale", "soroush"))
    before = [line.text for line in await world["bale"].transcript(bale)]
    assert heard("suspended_now", await world.operator.command("suspend bale")) is not None
    try:
        await bale_is_off(world)
        calls = len(await world["bale"].control.calls())
        words = [f"در خاموشی {number}" for number in range(5)]
        said = [await world["rubika"].says(rubika, rubika.admin, text) for text in words]
        for text in words:
            await world["soroush"].copy_of(soroush, text)
        on_matrix = await mina.person.say(shared.room, "من هم در خاموشی نوشتم")
        told = await world["rubika"].wait_for(rubika, lambda line: heard("waits_suspended", line.text) is not None)
        assert told.reply_to == said[0]
        assert world["bale"].titles["fa"] in told.text
        notice = await mina.person.first(shared.room, lambda event: heard("waits_suspended", event.body) is not None)
        assert notice.content["m.relates_to"]["m.in_reply_to"]["event_id"] == on_matrix
        pending = await mina.person.first(shared.room, says("PENDING"))
        assert pending.content["m.relates_to"] == {"rel_type": "m.reference", "event_id": on_matrix}

        await world.bridge_stop()
        await world.bridge_start()
        await world.running("rubika", "soroush")
        await world["rubika"].says(rubika, rubika.admin, "پس از بازآغاز")
        await world["soroush"].copy_of(soroush, "پس از بازآغاز")
        await world["bale"].says(bale, bale.admin, "از بله، در خاموشی")
        waits = await world.operator.command("queue bale")
        assert "خاموش" in waits
        assert len(await world["bale"].control.calls()) == calls, "it is switched off: nobody asks it anything"
    finally:
        assert heard("resumed_now", await world.operator.command("resume bale")) is not None
    await world["rubika"].copy_of(rubika, "از بله، در خاموشی")
    await world["bale"].copy_of(bale, "پس از بازآغاز")
    await world.settled()
    lines = [line.text for line in await world["bale"].transcript(bale)][len(before) :]
    kept = [*words, "من هم در خاموشی نوشتم", "پس از بازآغاز"]
    assert [text for line in lines for text in kept if line.endswith(text)] == kept
    done = await mina.person.first(shared.room, says("SUCCESS"))
    assert done.content["m.relates_to"] == {"rel_type": "m.reference", "event_id": on_matrix}
    notices = [line for line in await world["rubika"].transcript(rubika) if heard("waits_suspended", line.text)]
    assert len(notices) == 1, "they were told once"


async def test_a_platform_is_switched_off_while_it_does_not_answer(world: World) -> None:
    shared = await world.share("نه در دسترس و نه روشن", "rubika", "bale")
    rubika, bale = shared.groups["rubika"], shared.groups["bale"]
    await world["bale"].control.fault("status", status=502, method="sendMessage", chat=bale.id, times=None)
    try:
        await world["rubika"].says(rubika, rubika.admin, "بله پاسخ نمی‌دهد")
        async with asyncio.timeout(30):
            while 502 not in [call.status for call in await world["bale"].control.calls() if call.chat == bale.id]:
                pass
        await world.operator.command("suspend bale")
        await bale_is_off(world)
    finally:
        await world["bale"].control.clear_faults()
        await world.operator.command("resume bale")
    await world["bale"].copy_of(bale, "بله پاسخ نمی‌دهد")
    await world.settled()
    assert (await world.books.copies())[-1].state == "sent"
