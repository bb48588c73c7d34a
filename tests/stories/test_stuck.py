"""What waits or did not arrive: an operator looks, tries again, or takes it out of the queue."""

from __future__ import annotations

import asyncio
import re

import pytest

from bridge.sandbox.reading import heard
from bridge.sandbox.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_operator_sees_why_a_message_did_not_arrive_and_sends_it_again(world: World) -> None:
    shared = await world.share("نرسیده", "rubika", "bale")
    rubika, bale = shared.groups["rubika"], shared.groups["bale"]
    await world["bale"].control.fault("status", status=400, method="sendMessage", chat=bale.id)
    said = await world["rubika"].says(rubika, rubika.admin, "این را نپذیرفتند")
    told = await world["rubika"].wait_for(rubika, lambda line: heard("not_delivered", line.text) is not None)
    assert told.reply_to == said
    explained = await world.operator.command(f"explain rubika {rubika.id} {said}")
    (copy,) = set(re.findall(r"^(c\d+) .*: refused", explained, re.MULTILINE))
    assert "این را نپذیرفتند" not in explained
    assert heard("retry_again", await world.operator.command(f"retry {copy}")) is not None
    await world["bale"].copy_of(bale, "این را نپذیرفتند")
    await world.settled()
    assert ": sent" in await world.operator.command(f"explain rubika {rubika.id} {said}")


async def test_an_operator_takes_out_of_the_queue_what_no_one_should_wait_for(world: World) -> None:
    shared = await world.share("در صف", "rubika", "bale")
    rubika, bale = shared.groups["rubika"], shared.groups["bale"]
    await world["bale"].control.fault("status", status=502, method="sendMessage", chat=bale.id, times=None)
    try:
        said = await world["rubika"].says(rubika, rubika.admin, "کسی منتظر این نیست")
        async with asyncio.timeout(30):
            while heard("queue_empty", line := await world.operator.command("queue bale")) is not None:
                pass
        link = line.partition(" ")[0]
        async with asyncio.timeout(30):
            while "۱" not in await world.operator.command(f"drop {link}"):
                pass  # it was being sent at that moment
        told = await world["rubika"].wait_for(rubika, lambda line: heard("not_delivered", line.text) is not None)
        assert told.reply_to == said
    finally:
        await world["bale"].control.clear_faults()
    await world["rubika"].says(rubika, rubika.admin, "این یکی می‌رسد")
    await world["bale"].copy_of(bale, "این یکی می‌رسد")
    await world.settled()
    assert "کسی منتظر این نیست" not in [line.text for line in await world["bale"].transcript(bale)]
