"""A messenger that numbers a chat's messages anew: none is taken for one that is known by its number."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

from bridge.store.ledger_rows import Sent

if TYPE_CHECKING:
    from bridge.store.portals import Portal
    from tests.core.kit import Core

HOUR = 3_600_000


@pytest.fixture
async def rubika(core: Core) -> Portal:
    await core.portal("bale")
    return await core.portal("rubika")


async def crosses(core: Core, body: str, id: str, at: int, chat: str = "g1") -> bool:
    """Whether something that was said crosses; it comes back from the homeserver then."""
    placements = await core.receive("bale", core.heard(body, id=id, at=at, chat=chat))
    async with core.store.transaction():
        await core.ledger.placed([(each.message, f"${chat}.{id}.{at}") for each in placements])
    await core.hub.accept([core.echo(each, f"${chat}.{id}.{at}") for each in placements])
    return bool(placements)


async def test_what_has_a_known_number_but_was_said_later_crosses_and_its_repeats_do_not(
    core: Core, rubika: Portal, caplog: pytest.LogCaptureFixture
) -> None:
    at = core.clock()
    for number in ("1", "2", "3"):
        assert await crosses(core, f"پیش {number}", number, at)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            fresh = await crosses(core, "پس ۲", "2", at + 2 * HOUR)
            assert fresh is (_ == 0)
            assert await crosses(core, "پس ۳", "3", at + 2 * HOUR + 1000) is fresh
            assert await crosses(core, "پس ۴", "4", at + 2 * HOUR + 2000) is fresh
    assert [record.getMessage() for record in caplog.records] == ["bale: the messages of a chat are numbered anew"]
    copied = [event for (event,) in await core.copies("event_id")]
    again = at + 2 * HOUR
    assert copied == [f"$g1.{n}.{at}" for n in (1, 2, 3)] + [f"$g1.{n + 2}.{again + n * 1000}" for n in range(3)]
    assert await core.ledger.event_of("bale:bot", "g1", "2") == f"$g1.2.{again}"
    assert await core.ledger.event_of("bale:bot", "g1", "1") is None


async def test_a_repeat_is_one_whatever_it_says_of_its_time_within_a_minute(core: Core, rubika: Portal) -> None:
    at = core.clock()
    assert await crosses(core, "سلام", "7", at)
    for other in (at, at + 59_000, at - HOUR, 0):
        core.clock.now += HOUR
        assert not await crosses(core, "سلام", "7", other)
    assert await core.count("message") == 1


async def test_other_chats_keep_their_numbers(core: Core, rubika: Portal) -> None:
    at = core.clock()
    await core.portal("bale", "g2")
    for chat in ("g1", "g2"):
        assert await crosses(core, f"در {chat}", "1", at, chat)
    assert await crosses(core, "دوباره یک", "1", at + HOUR)
    assert not await crosses(core, "در g2", "1", at, "g2")


async def test_what_we_sent_there_is_no_answer_to_a_number_that_others_have_now(core: Core, rubika: Portal) -> None:
    at = core.clock()
    (event,) = await core.people_say("از اتاق")
    copy = (await core.copies("id"))[0][0]
    await core.ledger.sending(copy, 0, 1, "digest")
    await core.ledger.sent(Sent(copy, 0, "bale:bot", "g1", "5", at))
    assert await core.ledger.event_of("bale:bot", "g1", "5") == event
    assert await crosses(core, "یک", "1", at)
    core.clock.now += HOUR
    assert await crosses(core, "یک تازه", "1", core.clock())
    assert await core.ledger.event_of("bale:bot", "g1", "5") is None
    assert not await core.ledger.is_ours("bale:bot", "g1", "5")


async def test_the_homeserver_gets_another_transaction_id_also_after_a_restart(core: Core, rubika: Portal) -> None:
    at = core.clock()
    (before,) = await core.receive("bale", core.heard("پیش", id="1", at=at))
    await core.hub.accept([core.echo(before, "$1")])
    (after,) = await core.receive("bale", core.heard("پس", id="1", at=at + HOUR))
    assert after.txn != before.txn
    assert after.origin == before.origin
    core.hub = again = core.new_hub()
    await again.load()
    (repeated,) = await core.receive("bale", core.heard("پس", id="1", at=at + HOUR))
    assert repeated.txn == after.txn
    assert repeated.message == after.message


async def test_what_is_on_its_way_into_the_room_keeps_its_number_until_it_is_there(core: Core, rubika: Portal) -> None:
    at = core.clock()
    first = await core.receive("bale", core.heard("در راه", id="1", at=at), core.heard("دیگر", id="2", at=at))
    await core.hub.accept([core.echo(first[1], "$2")])
    assert await core.receive("bale", core.heard("تازه", id="2", at=at + HOUR))
    await core.hub.accept([core.echo(first[0], "$1")])
    await asyncio.sleep(0)
    assert [row for row in await core.copies("event_id", "state") if row[0] == "$1"] == [("$1", "queued")]
