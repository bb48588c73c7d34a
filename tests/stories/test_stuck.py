"""What waits or did not arrive: an operator looks, tries again, or takes it out of the queue."""

from __future__ import annotations

import asyncio
import re

import pytest

from bridge.core.statuses import STATUS_EVENT
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


async def test_what_somebody_on_matrix_said_and_was_refused_is_marked_in_their_own_client(world: World) -> None:
    mina = await world.matrix_manager("mina-refused")
    shared = await world.share("نشان", "rubika", "bale", host=mina)
    await world["bale"].control.fault("status", status=400, method="sendMessage", chat=shared.groups["bale"].id)
    refused = await mina.person.say(shared.room, "این را بله نمی‌پذیرد")
    await world["rubika"].copy_of(shared.groups["rubika"], "این را بله نمی‌پذیرد")
    status = await mina.person.first(shared.room, lambda event: event.type == STATUS_EVENT)
    assert status.content["m.relates_to"] == {"rel_type": "m.reference", "event_id": refused}
    assert (status.content["network"], status.content["status"]) == ("bale", "FAIL_PERMANENT")
    assert heard("not_delivered", status.content["message"]) is not None
    await mina.person.say(shared.room, "این یکی به همه می‌رسد")
    await world["bale"].copy_of(shared.groups["bale"], "این یکی به همه می‌رسد")
    await world.settled()
    shown = [event for event in mina.person.events(shared.room) if event.type == STATUS_EVENT]
    assert len(shown) == 1, "what arrives is not marked"


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


async def test_whoever_said_what_is_in_doubt_has_it_sent_again_by_answering_the_notice(world: World) -> None:
    mina = await world.matrix_manager("mina-doubts")
    shared = await world.share("تردید", "rubika", "bale", host=mina)
    rubika, bale = shared.groups["rubika"], shared.groups["bale"]

    async def there(text: str) -> int:
        return len([line for line in await world["bale"].transcript(bale) if line.text.endswith(text)])

    await world["bale"].control.fault("drop_answer", method="sendMessage", chat=bale.id)
    said = await world["rubika"].says(rubika, rubika.admin, "از روبیکا، شاید رسید")
    notice = await world["rubika"].wait_for(rubika, lambda line: heard("in_doubt", line.text) is not None)
    assert notice.reply_to == said
    await world["rubika"].says(rubika, rubika.admin, "دوباره", notice.message_id)
    await world["rubika"].wait_for(rubika, lambda line: heard("doubt_again", line.text) is not None)
    await world.settled()
    assert await there("از روبیکا، شاید رسید") == 2, "it had arrived; now its sender has decided"

    await world["bale"].control.fault("drop_answer", method="sendMessage", chat=bale.id)
    await world.matrix_says(mina.person, shared.room, "از ماتریکس، شاید رسید")
    asked = await mina.person.first(shared.room, lambda event: heard("in_doubt", event.body) is not None)
    await world.matrix_says(mina.person, shared.room, "رها", asked.event_id)
    await mina.person.first(shared.room, lambda event: heard("doubt_left", event.body) is not None)
    await world.settled()
    assert await there("از ماتریکس، شاید رسید") == 1
    for place, group in (("rubika", rubika), ("bale", bale)):
        lines = [line.text for line in await world[place].transcript(group) if line.by == "api"]
        assert not [line for line in lines if line.endswith(("\nدوباره", "\nرها"))], "a decision is copied nowhere"
