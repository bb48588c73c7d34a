"""Questions to another process, and errands for the head: what crosses, and what does not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bridge.core.errands import DO, Errands, taken
from bridge.core.inquiries import ANSWER, ASK, Inquiries
from bridge.core.live import ENTER, QUIET, Live
from bridge.errors import Refused, Retry
from bridge.keys import Keys

KEYS = Keys(b"k" * 32)
SECRET = "https://example.test/+989121234567"


class Processes:
    """Two of them: the head, which asks, and Bale's. `told` is what went over the wire between them."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.head = self._process(lambda login: False)
        self.bale = self._process(lambda login: login.startswith("bale"))

    def _process(self, here: Callable[[str], bool]) -> Inquiries:
        def ring(*word: Any) -> None:
            self.told.append(word)
            for each in (self.head, self.bale):
                hear: Callable[..., None] = each.asked if word[0] == ASK else each.answered
                hear(*word[1:])

        def run(key: object, work: Callable[[], Awaitable[None]]) -> None:
            self.tasks.append(asyncio.ensure_future(work()))

        return Inquiries(ring, KEYS, here=here, run=run)


async def test_a_question_is_answered_by_whoever_has_the_login_and_nobody_reads_it_on_the_way() -> None:
    both = Processes()

    async def enter(login: str, word: str) -> list[str]:
        assert (login, word) == ("bale", SECRET)
        return ["-5", "group", "خانه"]

    both.bale.answers["enter"] = enter
    assert await both.head.ask("enter", "bale", SECRET, seconds=5) == ["-5", "group", "خانه"]
    assert SECRET not in str(both.told)
    assert "خانه" not in str(both.told)
    with pytest.raises(TimeoutError):
        await both.head.ask("enter", "rubika", SECRET, seconds=0.05)
    with pytest.raises(TimeoutError):
        await both.head.ask("something else", "bale", seconds=0.05)


@pytest.mark.parametrize("error", [Refused("no_such_chat"), Retry("away")])
async def test_what_was_raised_there_is_raised_here(error: Refused | Retry) -> None:
    both = Processes()

    async def enter(login: str, word: str) -> None:
        raise error

    both.bale.answers["enter"] = enter
    with pytest.raises(type(error), match=str(error)):
        await both.head.ask("enter", "bale", "x", seconds=5)


async def test_an_answer_that_comes_twice_or_too_late_does_nothing() -> None:
    both = Processes()
    go = asyncio.Event()

    async def quiet(login: str, portal: int) -> bool:
        await go.wait()
        return True

    both.bale.answers["quiet"] = quiet
    with pytest.raises(TimeoutError):
        await both.head.ask("quiet", "bale:1", 7, seconds=0.05)
    go.set()
    await asyncio.gather(*both.tasks)
    answer = both.told[-1]
    assert answer[0] == ANSWER
    both.head.answered(*answer[1:])
    assert await both.head.ask("quiet", "bale:1", 7, seconds=5) is True


async def test_a_lane_of_the_heads_crosses_by_its_key() -> None:
    told: list[tuple[Any, ...]] = []

    async def never() -> None:
        raise AssertionError("it runs in the head")

    async with asyncio.TaskGroup() as group:
        errands = Errands(group, lambda *word: told.append(word))
        errands.wake(("plumb", 7), never)
        errands.wake("bans", never)
        assert len(errands) == 0
    assert told == [(DO, "plumb", 7), (DO, "bans")]
    done: list[object] = []
    do = taken({"plumb": done.append, "bans": lambda: done.append("bans")})
    for word in told:
        do(*word[1:])
    assert done == [7, "bans"]


async def test_wakes_for_a_login_of_another_process_are_rung_and_those_of_ours_are_not() -> None:
    told: list[tuple[Any, ...]] = []
    live = Live(["bale"], head=False, ring=lambda *word: told.append(word))
    rooms: list[str] = []
    live.wake_room = rooms.append
    for login in ("bale:1", "rubika:2", "eitaa.account:3"):
        live.wake(login, 7)
        live.hurry(login, 7)
        live.wake_chat(login, "-5")
    live.wake_chat("matrix", "!room")
    assert rooms == ["!room"]
    assert told == [
        (kind, login, what)
        for login in ("rubika:2", "eitaa.account:3")
        for kind, what in (("wake", 7), ("hurry", 7), ("chat", "-5"))
    ]
    alone = Live()
    alone.wake("rubika:2", 7)
    await alone.quiet("rubika:2", 7)
    assert alone.is_here("rubika:2")


async def test_nobody_waits_for_the_rest_of_a_process_that_does_not_run() -> None:
    both = Processes()
    live = Live([], head=True, ring=lambda *word: None)
    live.inquiries = both.head
    leg = live.leg("bale")
    leg.elsewhere, leg.state = True, "absent"
    await live.quiet("bale:1", 7)
    assert both.told == []
    assert live.minds("bale:1"), "what waits for it is the head's to tell"
    leg.state = "running"
    assert not live.minds("bale:1")

    async def quiet(login: str, portal: int) -> bool:
        return True

    both.bale.answers[QUIET] = quiet
    await live.quiet("bale:1", 7)
    assert [word[0] for word in both.told] == [ASK, ANSWER]

    async def enter(login: str, word: str) -> tuple[str, str, str | None]:
        return "-5", "group", None

    both.bale.answers[ENTER] = enter
    found = await live.enter(leg, "-5")
    assert found is not None
    assert (found.id, found.kind.value, found.title) == ("-5", "group", None)
