"""Turns at calling a platform: at once while nothing is refused, else in turn."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from bridge.core.pacing import BEHIND, CHANGE, FILE, NOW, OLDEST_EACH
from bridge.errors import Refused, Retry
from tests.core.calling import Office, finished
from tests.core.fakes import LATEST

# --- nothing is refused


async def test_without_a_refusal_nobody_waits() -> None:
    office = Office()
    async with asyncio.timeout(LATEST):
        for number in range(500):
            async with office.pacer.turn(f"c{number % 7}", number % 4) as turn:
                assert not turn.waited
    assert office.pacer.expected("c1", 10_000) == 0
    assert office.time.now == 0


async def test_what_goes_wrong_otherwise_slows_nobody() -> None:
    office = Office()
    for error in (Retry("away", after=30.0), Refused("too_large"), ValueError("a mistake of ours")):
        with contextlib.suppress(Exception):
            async with office.pacer.turn("a", NOW):
                raise error
    async with office.pacer.turn("a", NOW) as turn:
        assert not turn.waited


async def test_no_more_are_under_way_than_may_be() -> None:
    office = Office(at_once=4)
    lanes = [asyncio.create_task(office.call(f"c{n}", NOW, takes=1.0)) for n in range(10)]
    await finished(office, *lanes, within=3.0)
    assert office.most == 4
    assert sorted(at for at, _ in office.calls) == [1.0] * 4 + [2.0] * 4 + [3.0] * 2


async def test_files_take_a_quarter_at_most_and_texts_pass_them() -> None:
    office = Office(at_once=4)
    files = [asyncio.create_task(office.call(f"f{n}", FILE, takes=100.0)) for n in range(5)]
    await office.time.goes_on(1.0)
    assert office.under_way == 1
    texts = [asyncio.create_task(office.call(f"t{n}", NOW, takes=1.0)) for n in range(6)]
    await finished(office, *texts, within=2.0)
    assert {chat[0] for chat in office.chats()} == {"t"}
    await finished(office, *files, within=500.0)


# --- in turn


async def test_a_conversation_with_a_word_is_not_behind_one_with_hundreds() -> None:
    office = Office(limit=1, after=1.0)
    flood = asyncio.create_task(office.lane("noisy", 200))
    await office.time.goes_on(20.0)
    before = len(office.calls)
    word = asyncio.create_task(office.lane("quiet", 1))
    await finished(office, word, within=10.0)
    assert "quiet" in office.chats()[before : before + 2]
    await finished(office, flood, within=1_000.0)
    assert office.chats().count("noisy") == 200


async def test_conversations_with_much_to_say_are_served_in_turn() -> None:
    office = Office(limit=2, after=1.0)
    lanes = [asyncio.create_task(office.lane(f"c{n}", 40)) for n in range(3)]
    await finished(office, *lanes, within=600.0)
    later = office.chats()[12:108]
    for at in range(0, len(later) - 9, 9):
        assert all(later[at : at + 9].count(f"c{n}") in (2, 3, 4) for n in range(3)), later[at : at + 9]


async def test_what_is_said_now_goes_before_what_has_waited_and_text_before_the_rest() -> None:
    office = Office()
    await office.refused()
    ranks = {"file": FILE, "change": CHANGE, "behind": BEHIND, "now": NOW}
    lanes = [asyncio.create_task(office.lane(chat, 1, rank)) for chat, rank in ranks.items()]
    await finished(office, *lanes, within=300.0)
    assert office.chats() == ["now", "behind", "change", "file"]


async def test_nothing_starves_behind_what_goes_first() -> None:
    office = Office(limit=1, after=1.0)
    lanes = [asyncio.create_task(office.lane(f"t{n}", 100, NOW)) for n in range(4)]
    await office.time.goes_on(15.0)
    others = [asyncio.create_task(office.lane(f"o{rank}", 1, rank)) for rank in (FILE, CHANGE, BEHIND)]
    before = len(office.calls)
    while not all(each.done() for each in others):
        await office.time.goes_on(office.time.now + 1.0)
        assert len(office.calls) - before < 14 * OLDEST_EACH
    await finished(office, *lanes, within=2_000.0)


async def test_the_order_within_a_lane_is_its_own() -> None:
    office = Office(limit=3, after=1.0)
    order: list[int] = []

    async def lane() -> None:
        for number in range(60):
            await office.call("a", (NOW, BEHIND, CHANGE, FILE)[number % 4])
            order.append(number)

    lanes = [asyncio.create_task(lane()), asyncio.create_task(office.lane("b", 60))]
    await finished(office, *lanes, within=600.0)
    assert order == list(range(60))


# --- whoever does not wait any more


async def test_who_is_cancelled_while_waiting_takes_no_turn_with_them() -> None:
    office = Office(at_once=1)
    long = asyncio.create_task(office.call("a", NOW, takes=5.0))
    await office.time.goes_on(1.0)
    leaving = [asyncio.create_task(office.call("b", NOW)) for _ in range(3)]
    staying = asyncio.create_task(office.call("c", NOW))
    await office.time.goes_on(2.0)
    for task in leaving:
        task.cancel()
    await finished(office, long, staying, within=4.0)
    await asyncio.gather(*leaving, return_exceptions=True)
    assert office.chats() == ["a", "c"]
    await finished(office, asyncio.create_task(office.lane("d", 3)), within=0.0)


async def test_who_is_cancelled_at_the_moment_of_their_turn_leaves_it_to_others() -> None:
    office = Office(at_once=1)
    leaving: list[asyncio.Task[None]] = []

    async def first() -> None:
        async with office.pacer.turn("a", NOW):
            await asyncio.sleep(0)
        leaving[0].cancel()  # granted by now, and not yet awake

    holding = asyncio.create_task(first())
    await asyncio.sleep(0)
    leaving.append(asyncio.create_task(office.call("b", NOW)))
    await finished(office, holding, within=0.0)
    await asyncio.wait(leaving)
    assert leaving[0].cancelled()
    await finished(office, asyncio.create_task(office.lane("c", 2)), within=0.0)
    assert office.chats() == ["c", "c"]


async def test_a_stop_ends_all_waiting_and_what_is_under_way_ends_as_it_would() -> None:
    office = Office(at_once=1)
    long = asyncio.create_task(office.call("a", NOW, takes=5.0))
    await office.time.goes_on(1.0)
    waiting = [asyncio.create_task(office.call("b", rank)) for rank in (NOW, CHANGE, FILE)]
    await office.time.goes_on(2.0)
    office.pacer.stop()
    late = asyncio.create_task(office.call("c", NOW))
    await asyncio.wait([*waiting, late])
    assert all(task.cancelled() for task in [*waiting, late])
    await finished(office, long, within=5.0)
    assert office.chats() == ["a"]


# --- how long it will take


async def test_who_shares_a_pace_is_told_a_time_for_all_and_it_comes_true() -> None:
    office = Office(limit=1, after=1.0)
    lanes = [asyncio.create_task(office.lane(f"c{n}", 60)) for n in range(2)]
    await office.time.goes_on(30.0)
    done = office.chats().count("c0")
    expected = office.pacer.expected("c0", 60 - done)
    began = office.time.now
    while office.chats().count("c0") < 60:
        await office.time.goes_on(office.time.now + 1.0)
    assert office.time.now - began == pytest.approx(expected, rel=0.6)
    await finished(office, *lanes, within=1_000.0)
