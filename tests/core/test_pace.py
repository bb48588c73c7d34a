"""What is learnt from a platform's refusals: how fast it may be called, and when that is forgotten."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from typing import Literal

import pytest

from bridge.core.pacing import BEHIND, CHANGE, NOW, SLOWEST
from bridge.errors import Retry
from tests.core.calling import Office, finished


async def test_a_flood_holds_everybody_for_as_long_as_the_platform_says() -> None:
    office = Office()
    assert office.pacer.slowed is None
    await office.refused("noisy", after=30.0)
    lane = asyncio.create_task(office.lane("quiet", 1))
    await office.time.goes_on(29.9)
    assert office.calls == []
    assert office.pacer.slowed == (0, 1)
    await finished(office, lane, within=0.1)


async def test_a_limit_of_one_chat_holds_that_chat_alone() -> None:
    office = Office()
    await office.refused("noisy", after=30.0, by_chat=True)
    noisy = asyncio.create_task(office.lane("noisy", 1))
    quiet = asyncio.create_task(office.lane("quiet", 50))
    await finished(office, quiet, within=0.0)
    assert not noisy.done()
    await finished(office, noisy, within=30.0)


async def test_without_a_word_about_when_the_hold_doubles_and_has_an_end() -> None:
    office = Office()
    holds = []
    await office.refused(after=None)
    for _ in range(9):
        before = office.time.now
        again = asyncio.create_task(office.refused(after=None))
        while not again.done():
            await office.time.goes_on(office.time.now + 0.25)
        holds.append(office.time.now - before)
    assert holds[0] < 4
    assert holds == sorted(holds)
    assert holds[-1] <= 61


@pytest.mark.parametrize("after", [1.0, None])
async def test_a_platforms_limit_is_learnt_and_mostly_kept(after: float | None) -> None:
    office = Office(limit=5, after=after)
    lanes = [asyncio.create_task(office.lane(f"c{n}", 200)) for n in range(5)]
    await office.time.goes_on(60.0)
    refusals, calls = office.refusals, len(office.calls)
    await finished(office, *lanes, within=1_500.0)
    assert len(office.calls) == 1_000
    assert office.refusals - refusals <= 8, "it asks again and again what was refused"
    assert (1_000 - calls) / (office.calls[-1][0] - 60.0) > 2.0, "less than half of what the platform takes"


@pytest.mark.parametrize("by_chat", [True, False])
@pytest.mark.parametrize("after", ["exact", 5.0, None])
async def test_most_of_a_limit_by_the_minute_is_used(after: float | Literal["exact"] | None, by_chat: bool) -> None:
    """As Bale's: 20 messages a minute, in each group."""
    office = Office(limit=20, window=60.0, after=after, by_chat=by_chat)
    lanes = [asyncio.create_task(office.lane(f"c{n}", 10_000)) for n in range(3)]
    await office.time.goes_on(1_800.0)
    for lane in lanes:
        lane.cancel()
    takes = 20 * 30 * (3 if by_chat else 1)
    assert len(office.calls) > 0.8 * takes
    assert office.refusals < 30 * (3 if by_chat else 1), "more than one a minute"


@pytest.mark.parametrize("after", ["exact", None])
async def test_most_of_a_limit_by_the_second_is_used(after: Literal["exact"] | None) -> None:
    office = Office(limit=30, after=after)
    lanes = [asyncio.create_task(office.lane(f"c{n}", 10_000)) for n in range(60)]
    await office.time.goes_on(300.0)
    for lane in lanes:
        lane.cancel()
    assert len(office.calls) > 0.8 * 30 * 300
    assert office.refusals < 10


async def test_a_rate_falls_once_for_calls_that_were_under_way_together() -> None:
    office = Office()
    for _ in range(60):
        await office.call("a", NOW)
        await office.time.goes_on(office.time.now + 0.11)

    async def fails() -> None:
        with contextlib.suppress(Retry):
            async with office.pacer.turn("a", NOW):
                await office.time.sleep(1.0)
                raise Retry(after=4.0, flood="login")

    await finished(office, *[asyncio.create_task(fails()) for _ in range(20)], within=1.0)
    assert office.pacer.expected("a", 100) == pytest.approx(4 + 100 / 7, rel=0.05)  # 10 in a second, less 30 %


async def test_it_grows_back_slowly_and_is_forgotten() -> None:
    office = Office()
    for _ in range(60):
        await office.call("a", NOW)
        await office.time.goes_on(office.time.now + 0.11)
    await office.refused("a", after=4.0)
    waits = []
    for seconds in (64.0, 300.0, 240.0, 120.0):
        await office.time.goes_on(office.time.now + seconds)
        waits.append(office.pacer.expected("a", 60))
    # 10 calls went through in a second: again after a minute, and twice as many after ten
    assert waits == pytest.approx([6, 4, 60 / 19, 0], rel=0.05)
    async with office.pacer.turn("a", NOW):
        pass
    lanes = [asyncio.create_task(office.lane(f"c{n}", 50)) for n in range(3)]
    await finished(office, *lanes, within=0.0)


async def test_one_refusal_in_light_traffic_is_soon_over() -> None:
    office = Office()
    await finished(office, asyncio.create_task(office.lane("a", 3)), within=0.0)
    await office.refused(after=None)
    await finished(office, *[asyncio.create_task(office.lane(f"c{n}", 1)) for n in range(6)], within=3.0)


async def test_a_chat_that_refuses_though_nothing_was_said_in_it_speaks_for_all() -> None:
    office = Office()
    await office.time.goes_on(100.0)
    await finished(office, asyncio.create_task(office.lane("busy", 10)), within=0.0)
    await office.refused("busy", after=30.0, by_chat=True)
    quiet = asyncio.create_task(office.lane("quiet", 1))
    await finished(office, quiet, within=0.0)
    await office.refused("silent", after=30.0, by_chat=True)
    quiet = asyncio.create_task(office.lane("quiet", 1))
    await office.time.goes_on(office.time.now + 29.0)
    assert not quiet.done()
    await finished(office, quiet, within=2.0)


async def test_however_often_it_is_refused_it_is_tried_now_and_then() -> None:
    office = Office()
    for _ in range(30):
        await finished(office, asyncio.create_task(office.refused(after=0.0)), within=1 / SLOWEST)
    lane = asyncio.create_task(office.lane("a", 3))
    await finished(office, lane, within=3 / SLOWEST)


async def test_a_turn_in_which_nothing_was_said_is_given_back() -> None:
    office = Office()
    await office.refused(after=1.0)

    async def silent() -> None:
        for _ in range(300):
            async with office.pacer.turn("a", CHANGE) as turn:
                turn.unused()

    await finished(office, asyncio.create_task(silent()), within=5.0)


async def test_what_has_several_parts_waits_between_them_and_holds_its_turn() -> None:
    office = Office(at_once=1)
    await office.refused(after=1.0)
    times: list[float] = []

    async def parts() -> None:
        async with office.pacer.turn("a", NOW):
            for number in range(3):
                if number:
                    await office.pacer.more("a", BEHIND)
                times.append(office.time.now)

    await finished(office, asyncio.create_task(parts()), within=60.0)
    assert [later - earlier > 0.1 for earlier, later in itertools.pairwise(times)] == [True, True]
    lane = asyncio.create_task(office.lane("b", 1))
    await finished(office, lane, within=60.0)
