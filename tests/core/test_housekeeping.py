"""What goes after its time, and what stays: on both databases, with days that pass at once."""

from __future__ import annotations

import asyncio
import logging

import pytest

from bridge.core.housekeeping import DAY_MS, Housekeeping
from bridge.model import ChatKind
from bridge.store.ledger_rows import Key, Route
from bridge.store.portals import Code
from bridge.store.upkeep import Upkeep
from tests.core.kit import Core

DAYS = 30


def housekeeping(core: Core) -> Housekeeping:
    async def sleep(seconds: float) -> None:
        core.slept.append(seconds)
        await asyncio.sleep(0)

    return Housekeeping(Upkeep(core.store), DAYS, clock=core.clock, sleep=sleep)


async def days_pass(core: Core, keeper: Housekeeping, days: int) -> None:
    for _ in range(days):
        await keeper.tidy()
        core.clock.now += DAY_MS


async def count(core: Core, table: str) -> int:
    return int(await core.store.fetchval(f"SELECT COUNT(*) FROM {table}"))


async def routed(core: Core, number: int, state: str, room: int | None = None) -> int:
    key = Key("bale:1", "g1", f"{state}{number}")
    async with core.store.transaction():
        reason = "bot" if state == "withheld" else None
        rows = await core.ledger.route([Route(key, state, core.clock(), room, reason=reason, sender="@ali:hs")])
    return rows[key].id


async def crossed(core: Core, room: int, portal: int, number: int) -> int:
    """A message of a chat that is in its room and was copied into another chat. Returns its row."""
    row = await routed(core, number, "routed", room)
    async with core.store.transaction():
        await core.ledger.accepted({row: f"$event{room}-{number}"})
        await core.ledger.queue([(row, portal, f"$event{room}-{number}")], core.clock())
    due = (await core.ledger.due(portal, 1))[0]
    await core.ledger.sending(due.id, 0, 1, "digest")
    async with core.store.transaction():
        await core.ledger.part_sent(due.id, 0, "rubika:1", "r1", f"copy{room}-{number}")
        await core.ledger.finish(due.id, "unknown", core.clock(), "no_answer")
    return row


async def room_with_a_chat(core: Core, mxid: str, chat: str) -> tuple[int, int]:
    async with core.store.transaction():
        room = await core.portals.make_room("خانواده", None)
        await core.portals.room_made(room, mxid, "@steward:hs")
        portal = await core.portals.tie("rubika:1", chat, "rubika", ChatKind.GROUP, "T", room, "open", core.clock())
        await core.store.execute("INSERT INTO ghost_room (mxid, portal, name) VALUES ('@ali:hs', $1, 'Ali')", portal)
    return room, portal


async def ended(core: Core, room: int, portal: int) -> None:
    async with core.store.transaction():
        await core.portals.move(portal, "open", "closed")
        await core.portals.room_state(room, "ended")


async def test_what_did_not_cross_and_details_of_copies_go_after_their_days_and_the_map_stays(core: Core) -> None:
    keeper = housekeeping(core)
    room, portal = await room_with_a_chat(core, "!live:hs", "r1")
    for number in range(3):
        await routed(core, number, "withheld", room)
        await routed(core, number, "command")
    target = await routed(core, 9, "withheld", room)
    await crossed(core, room, portal, 1)
    waiting = await routed(core, 8, "routed", room)
    async with core.store.transaction():
        await core.ledger.adopt("$redaction", room, "@sara:hs", core.clock(), "delete", target)
        await core.ledger.queue([(waiting, portal, "$waits")], core.clock())
    await days_pass(core, keeper, DAYS)
    assert await count(core, "message") == 10
    assert await core.store.fetchval("SELECT reason FROM copy WHERE state = 'unknown'") == "no_answer"

    await days_pass(core, keeper, 1)
    rows = await core.store.fetch("SELECT remote_id FROM message ORDER BY id")
    assert [row[0] for row in rows] == ["withheld9", "routed1", "routed8", None]  # one is what a deletion is about
    rows = await core.store.fetch("SELECT state, digest, reason, done_at FROM copy ORDER BY id")
    assert [tuple(row) for row in rows] == [("unknown", None, None, None), ("queued", None, None, None)]
    assert await core.ledger.event_of("rubika:1", "r1", f"copy{room}-1") == f"$event{room}-1"
    assert await core.ledger.remote_of(f"$event{room}-1", "rubika:1", "r1") == f"copy{room}-1"


async def test_what_waits_for_somebody_who_muted_it_ends_quietly_and_nothing_else_does(core: Core) -> None:
    keeper = housekeeping(core)
    portals = {}
    for chat, muted in (("r1", True), ("r2", False)):
        room, portals[chat] = await room_with_a_chat(core, f"!{chat}:hs", chat)
        await core.portals.mute(portals[chat], muted)
        row = await routed(core, int(chat[1]), "routed", room)
        async with core.store.transaction():
            await core.ledger.accepted({row: f"$said{chat}"})
            await core.ledger.queue([(row, portals[chat], f"$said{chat}")], core.clock())
    states = "SELECT portal, state FROM copy ORDER BY portal"
    await days_pass(core, keeper, DAYS)
    assert {row[1] for row in await core.store.fetch(states)} == {"queued"}
    core.clock.now += 1
    assert (await keeper.tidy())["muted copies"] == 1
    rows = [tuple(row) for row in await core.store.fetch(states)]
    assert rows == [(portals["r1"], "withheld"), (portals["r2"], "queued")]
    assert await count(core, "notice") == 0


async def test_a_time_that_a_messenger_tells_makes_nothing_old(core: Core) -> None:
    keeper = housekeeping(core)
    async with core.store.transaction():
        await core.ledger.route([Route(Key("bale:1", "g1", "old"), "withheld", 1, reason="bot")])
    await days_pass(core, keeper, DAYS)
    assert await count(core, "message") == 1
    await days_pass(core, keeper, 1)
    assert await count(core, "message") == 0


async def test_tasks_codes_and_bans_go_and_what_is_under_way_stays(core: Core) -> None:
    keeper = housekeeping(core)
    room, _ = await room_with_a_chat(core, "!live:hs", "r1")
    async with core.store.transaction():
        for number in range(4):
            await core.tasks.put(f"$task{number}", "command", "!m:hs", "@sara:hs", None)
        for number in (1, 2, 3):
            await core.tasks.done(number)
        await core.tasks.poison("$odd", None, "malformed", core.clock())
        await core.portals.keep_code(Code("h1", "join", room, None, core.clock() + 60_000, None), "@sara:hs")
        for person in ("@one:hs", "@two:hs"):
            await core.reports.ban(person, "@mod:hs", core.clock(), None)
            await core.store.execute("UPDATE ban SET settled = TRUE WHERE person = $1", person)
        await core.reports.unban("@two:hs", core.clock())
        await core.store.execute("UPDATE ban SET settled = TRUE")
        await core.store.execute("INSERT INTO budget VALUES ('@sara:hs', 'ask', $1, 1)", core.clock() // DAY_MS)
    await days_pass(core, keeper, DAYS)
    tables = ("task", "poison", "link_code", "ban", "budget")
    assert [await count(core, table) for table in tables] == [4, 1, 1, 2, 1]
    await days_pass(core, keeper, 2)
    assert [await count(core, table) for table in tables] == [1, 0, 0, 1, 0]
    assert await core.reports.banned() == {"@one:hs"}
    assert await core.tasks.waiting() == ["!m:hs"]


async def test_a_room_that_ended_is_only_a_number_after_its_days(core: Core) -> None:
    keeper = housekeeping(core)
    live, live_portal = await room_with_a_chat(core, "!live:hs", "r1")
    room, portal = await room_with_a_chat(core, "!old:hs", "r2")
    for number in range(3):
        await crossed(core, live, live_portal, number)
    row = None
    for number in range(10, 13):
        row = await crossed(core, room, portal, number)
    async with core.store.transaction():
        await core.ledger.adopt("$redaction", room, "@sara:hs", core.clock(), "delete", row)
        await core.portals.keep_code(Code("h1", "join", room, None, core.clock() + 90 * DAY_MS, None), "@sara:hs")
        await core.portals.first_hint(room, "poll")
        await core.portals.mirror_begins(portal, "17")
    await ended(core, room, portal)
    await days_pass(core, keeper, DAYS + 1)
    assert await count(core, "message") == 7

    gone = await keeper.tidy()
    assert (gone["ended rooms"], gone["messages of ended rooms"]) == (1, 4)
    assert [await count(core, table) for table in ("message", "copy", "copy_part", "ghost_room")] == [3, 3, 3, 1]
    assert [await count(core, table) for table in ("link_code", "hint", "setting")] == [0, 0, 1]
    assert await core.portals.room_by_mxid("!old:hs") is None
    assert [each.id for each in await core.portals.rooms()] == [live]
    assert await core.ledger.event_of("rubika:1", "r1", f"copy{live}-1") is not None
    assert (await keeper.tidy())["ended rooms"] == 0


async def test_much_goes_in_slices_and_says_how_much(core: Core, caplog: pytest.LogCaptureFixture) -> None:
    keeper = housekeeping(core)
    keys = [Key("bale:1", "g1", f"bot{number}") for number in range(1_300)]
    async with core.store.transaction():
        await core.ledger.route([Route(key, "withheld", core.clock(), reason="bot") for key in keys])
    await days_pass(core, keeper, DAYS)
    core.slept.clear()
    with caplog.at_level(logging.INFO, "hampayam.housekeeping"):
        await keeper.tidy()
    assert await count(core, "message") == 0
    assert len(core.slept) == 3
    assert "1300 messages that did not cross" in caplog.text


async def test_it_is_done_once_a_day_also_over_a_restart(core: Core) -> None:
    asked: list[float] = []
    slept = asyncio.Event()

    async def sleep(seconds: float) -> None:
        asked.append(seconds)
        slept.set()
        await asyncio.Event().wait()

    for _ in range(2):
        slept.clear()
        running = asyncio.create_task(Housekeeping(Upkeep(core.store), 30, clock=core.clock, sleep=sleep).for_ever())
        await asyncio.wait_for(slept.wait(), 10)
        running.cancel()
        core.clock.now += DAY_MS // 2
    assert asked == [86_400, 43_200]
    assert await count(core, "mark") == 1
