from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bridge.core.lanes import Lanes, backoff, not_cut_short
from bridge.errors import LoginLost

LATEST = 10.0
Work = Callable[[], Awaitable[None]]


class Slept:
    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)


async def nothing() -> None:
    return


async def test_work_of_one_key_goes_one_by_one_and_of_two_keys_side_by_side() -> None:
    running: list[str] = []
    most: list[int] = []
    both = asyncio.Barrier(2)

    def work(key: str) -> Work:
        async def once() -> None:
            running.append(key)
            assert running.count(key) == 1
            most.append(len(running))
            if key in "ab" and len(most) <= 2:
                await both.wait()
            running.remove(key)

        return once

    async with asyncio.timeout(LATEST), asyncio.TaskGroup() as group:
        lanes = Lanes(group)
        for _ in range(5):
            for key in "ab":
                lanes.wake(key, work(key))
        assert len(lanes) == 2
    assert max(most) == 2
    assert len(lanes) == 0


async def test_a_lane_that_is_woken_while_it_works_looks_again() -> None:
    due = [1]
    done: list[int] = []

    async with asyncio.timeout(LATEST), asyncio.TaskGroup() as group:
        lanes = Lanes(group)

        async def work() -> None:
            while due:
                done.append(due.pop())
                await asyncio.sleep(0)
            if len(done) == 1:
                due.append(2)  # comes when the lane has just looked
                lanes.wake("a", work)

        lanes.wake("a", work)
    assert done == [1, 2]


async def test_a_lane_that_stumbles_tries_again_later_and_holds_up_nobody_else() -> None:
    slept = Slept()
    tries: list[str] = []

    async def stumbles() -> None:
        tries.append("a")
        if len(tries) < 4:
            raise RuntimeError

    other: list[str] = []

    async def fine() -> None:
        other.append("b")

    async with asyncio.timeout(LATEST), asyncio.TaskGroup() as group:
        lanes = Lanes(group, slept)
        lanes.wake("a", stumbles)
        lanes.wake("b", fine)
    assert (len(tries), other) == (4, ["b"])
    assert len(slept.seconds) == 3
    assert slept.seconds == sorted(slept.seconds)


async def test_a_lost_login_ends_all_lanes_of_its_run() -> None:
    ended = asyncio.Event()

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def loses() -> None:
        raise LoginLost("bale")

    async def run() -> None:
        async with asyncio.TaskGroup() as group:
            lanes = Lanes(group)
            lanes.wake("a", waits)
            lanes.wake("b", loses)

    with pytest.raises(BaseExceptionGroup) as raised:
        await asyncio.wait_for(run(), LATEST)
    assert isinstance(raised.value.exceptions[0], LoginLost)
    assert ended.is_set()


async def test_waking_a_lane_of_a_run_that_has_ended_is_harmless() -> None:
    async with asyncio.TaskGroup() as group:
        lanes = Lanes(group)
    lanes.wake("a", nothing)
    assert len(lanes) == 0


@pytest.mark.parametrize("attempt", [0, 1, 5, 6, 7, 8, 100, 10_000])
def test_a_wait_doubles_up_to_a_minute(attempt: int) -> None:
    longest = min(60.0, 0.5 * 2 ** min(attempt, 20))
    waits = [backoff(attempt) for _ in range(50)]
    assert all(0.75 * longest <= wait <= longest for wait in waits)
    assert len(set(waits)) > 1


# --- work that must be written down


async def test_what_must_be_written_down_is_finished_before_a_cancellation_goes_on() -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()
    written: list[str] = []

    async def send() -> None:
        begun.set()
        await may_end.wait()
        written.append("sent")

    lane = asyncio.create_task(not_cut_short(send(), grace=LATEST))
    await begun.wait()
    lane.cancel()
    await asyncio.sleep(0)
    assert not lane.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await lane
    assert written == ["sent"]


async def test_work_that_does_not_end_in_its_time_is_cut_short_and_nothing_of_it_stays() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def hangs() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    lane = asyncio.create_task(not_cut_short(hangs(), grace=0.01))
    await begun.wait()
    lane.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(lane, LATEST)
    assert ended.is_set()


async def test_work_that_fails_during_a_cancellation_is_cancelled_all_the_same() -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def fails() -> None:
        begun.set()
        await may_end.wait()
        raise OSError

    lane = asyncio.create_task(not_cut_short(fails(), grace=LATEST))
    await begun.wait()
    lane.cancel()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await lane


async def test_without_a_cancellation_the_outcome_is_the_works_own() -> None:
    async def answer() -> int:
        return 5

    async def fails() -> None:
        raise OSError

    assert await not_cut_short(answer()) == 5
    with pytest.raises(OSError):  # noqa: PT011 (it is ours)
        await not_cut_short(fails())


# --- what waits from before


async def test_of_very_many_only_some_are_awake_and_all_are_done() -> None:
    done: list[int] = []
    most = [0]

    async with asyncio.timeout(LATEST), asyncio.TaskGroup() as group:
        lanes = Lanes(group)

        async def waiting(after: int) -> list[int]:
            return list(range(after + 1, min(after + 101, 2_001)))

        async def work(key: int) -> None:
            most.append(len(lanes))
            await asyncio.sleep(0.001)
            done.append(key)

        await lanes.wake_all(0, waiting, lambda key: lanes.wake(key, lambda: work(key)))
    assert sorted(done) == list(range(1, 2_001))
    assert max(most) < 250


async def test_lanes_that_take_long_keep_nobody_from_waking() -> None:
    stuck = asyncio.Event()
    done = asyncio.Event()

    async with asyncio.timeout(LATEST), asyncio.TaskGroup() as group:
        lanes = Lanes(group)

        async def waiting(after: int) -> list[int]:
            return list(range(after + 1, min(after + 11, 22)))

        async def work(key: int) -> None:
            if key == 21:
                done.set()
            else:
                await stuck.wait()

        group.create_task(lanes.wake_all(0, waiting, lambda key: lanes.wake(key, lambda: work(key))))
        await done.wait()
        stuck.set()
