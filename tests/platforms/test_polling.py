from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import LoginLost, Retry
from bridge.model import Batch, Update
from bridge.platforms.polling import PollState, back_off, poll

DONE = LoginLost("bale", "the end of the test")


def update(name: str) -> Update:
    return Update(f"chat/{name}/new", "chat", b"{}")


@dataclass
class Script:
    """A source that plays its steps and ends by losing its login; the time stands still but for sleeps."""

    steps: Iterator[Batch | Exception]
    fetched: list[str | None] = field(default_factory=list)
    taken: list[Batch] = field(default_factory=list)
    states: list[PollState] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    now: float = 1000.0
    refuse_to_take: bool = False

    async def fetch(self, cursor: str | None) -> Batch:
        self.fetched.append(cursor)
        step = next(self.steps, DONE)
        if isinstance(step, Exception):
            raise step
        return step

    async def take(self, batch: Batch) -> None:
        if self.refuse_to_take:
            raise OSError("the disk is full")
        self.taken.append(batch)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    async def run(self, cursor: str | None = None, chance: Callable[[], float] = lambda: 0.0) -> None:
        await poll(
            self,
            self.take,
            cursor,
            report=self.states.append,
            clock=lambda: self.now,
            sleep=self.sleep,
            chance=chance,
        )


async def played(*steps: Batch | Exception, cursor: str | None = None) -> Script:
    script = Script(iter(steps))
    with pytest.raises(LoginLost, match="the end of the test"):
        await script.run(cursor)
    return script


async def test_a_cursor_moves_with_each_batch_that_was_taken() -> None:
    first, second = Batch((update("1"),), "10"), Batch((update("2"), update("3")), "12")
    script = await played(first, second, cursor="9")
    assert script.taken == [first, second]
    assert script.fetched == ["9", "10", "12"]
    assert script.slept == []


async def test_a_batch_that_could_not_be_stored_ends_the_loop_with_its_cursor_unmoved() -> None:
    script = Script(iter([Batch((update("1"),), "10")]), refuse_to_take=True)
    with pytest.raises(OSError, match="disk is full"):
        await script.run("9")
    assert script.fetched == ["9"]
    assert script.states == []


async def test_a_quiet_poll_writes_nothing() -> None:
    script = await played(Batch((), "9", wait=1.0), Batch((), "9", wait=1.0), cursor="9")
    assert script.taken == []
    assert script.slept == [1.0, 1.0]


async def test_a_cursor_that_was_dropped_is_stored_as_dropped() -> None:
    dropped = Batch((), None, wait=0.5)
    script = await played(dropped, cursor="bad")
    assert script.taken == [dropped]
    assert script.fetched == ["bad", None]


async def test_failures_wait_longer_and_longer_and_one_success_forgets_them() -> None:
    script = await played(*[Retry("HTTP 502")] * 8, Batch((), None), Retry("HTTP 502"))
    assert script.slept == [1, 2, 4, 8, 16, 30, 30, 30, 1]
    assert script.fetched == [None] * 11


async def test_the_platforms_own_wish_is_kept() -> None:
    script = await played(Retry("too many", after=7), Retry("too many", after=90.0))
    assert script.slept == [7, 90]


async def test_status_tells_since_when_and_why_it_fails() -> None:
    script = await played(Batch((), "1"), Retry("HTTP 502"), Retry("no answer in time"), Batch((), "2"))
    assert script.states == [
        PollState(last_success=1000.0),
        PollState(1000.0, failing_since=1000.0, reason="HTTP 502"),
        PollState(1000.0, failing_since=1000.0, reason="no answer in time"),
        PollState(last_success=1003.0),
    ]


async def test_a_lost_login_ends_the_loop_at_once() -> None:
    script = await played()
    assert script.slept == []
    assert script.states == []


async def test_a_poll_that_waits_can_be_stopped() -> None:
    waiting = asyncio.Event()

    class Quiet:
        async def fetch(self, cursor: str | None) -> Batch:
            waiting.set()
            await asyncio.Event().wait()
            raise AssertionError

    script = Script(iter(()))
    task = asyncio.create_task(poll(Quiet(), script.take, None, report=script.states.append))
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@given(st.integers(1, 10_000), st.none() | st.floats(0.001, 3600), st.floats(0, 1, exclude_max=True))
def test_a_wait_is_never_shorter_than_asked_nor_longer_than_a_minute_unasked(
    failures: int, after: float | None, chance: float
) -> None:
    wait = back_off(failures, after, chance)
    if after is None:
        assert 1 <= wait <= 60
    else:
        assert after <= wait <= after * 1.1 + 1e-9
