"""Turns at calling a platform: at once while nothing is refused, else in turn; and what is learnt from refusals."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

import pytest

from bridge.core.pacing import BEHIND, CHANGE, FILE, NOW, OLDEST_EACH, SLOWEST, Pacer
from bridge.errors import Refused, Retry
from tests.core.fakes import LATEST


@dataclass
class Timer:
    gone: bool = False

    def cancel(self) -> None:
        self.gone = True


@dataclass
class Time:
    """A clock that goes on only when nobody has anything to do any more."""

    now: float = 0.0
    _due: list[tuple[float, int, Timer, Callable[[], None]]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def __call__(self) -> float:
        return self.now

    def later(self, seconds: float, call: Callable[[], None]) -> Timer:
        timer = Timer()
        heapq.heappush(self._due, (self.now + seconds, next(self._numbers), timer, call))
        return timer

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        self.later(seconds, woken.set)
        await woken.wait()

    async def goes_on(self, until: float) -> None:
        """Until a moment, from one thing that is due to the next."""
        while True:
            for _ in range(50):
                await asyncio.sleep(0)
            if not self._due or self._due[0][0] > until:
                break
            at, _, timer, call = heapq.heappop(self._due)
            self.now = max(self.now, at)
            if not timer.gone:
                call()
        self.now = until


class Office:
    """Conversations that call through a pacer. `calls` are (when, chat) of what the platform took."""

    def __init__(
        self,
        at_once: int = 32,
        *,
        limit: int = 0,
        window: float = 1.0,
        after: float | Literal["exact"] | None = None,
        by_chat: bool = False,
    ) -> None:
        """`limit` is how many calls the platform takes in any `window` seconds (of each chat, `by_chat`); `after` is
        what it says about when to come back."""
        self.time = Time()
        self.pacer = Pacer(at_once, clock=self.time, later=self.time.later)
        self.calls: list[tuple[float, str]] = []
        self.refusals = 0
        self.under_way = self.most = 0
        self._limit = limit
        self._window = window
        self._after = after
        self._by_chat = by_chat

    def chats(self) -> list[str]:
        return [chat for _, chat in self.calls]

    async def call(self, chat: str, rank: int, takes: float = 0.0) -> None:
        """One call, again until the platform takes it."""
        while True:
            with contextlib.suppress(Retry):
                async with self.pacer.turn(chat, rank):
                    self.under_way += 1
                    self.most = max(self.most, self.under_way)
                    try:
                        if takes:
                            await self.time.sleep(takes)
                        self._answer(chat)
                    finally:
                        self.under_way -= 1
                return

    def _answer(self, chat: str) -> None:
        since = self.time.now - self._window
        recent = itertools.takewhile(lambda call: call[0] > since, reversed(self.calls)) if self._limit else ()
        same = [at for at, c in recent if c == chat or not self._by_chat]
        if self._limit and len(same) >= self._limit:
            self.refusals += 1
            after = same[-1] + self._window - self.time.now if self._after == "exact" else self._after
            raise Retry(after=after, flood="chat" if self._by_chat else "login")
        self.calls.append((self.time.now, chat))

    async def lane(self, chat: str, count: int, rank: int = BEHIND) -> None:
        for _ in range(count):
            await self.call(chat, rank)

    async def refused(self, chat: str = "noisy", *, after: float | None = 10.0, by_chat: bool = False) -> None:
        with contextlib.suppress(Retry):
            async with self.pacer.turn(chat, NOW):
                raise Retry(after=after, flood="chat" if by_chat else "login")


async def finished(office: Office, *tasks: asyncio.Task[None], within: float) -> None:
    await office.time.goes_on(office.time.now + within)
    assert all(task.done() for task in tasks), "still waiting"
    await asyncio.gather(*tasks)


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


# --- refusals


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
