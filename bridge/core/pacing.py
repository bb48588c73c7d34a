"""Turns at calling a platform: how fast one login may speak, and who is next while it may not speak at once.

Every copy, notice and file takes its turn here before anything of it is rendered or written down as being sent, so that
nothing is in doubt and nothing is out of date because it waited. As long as the platform has refused nothing, a turn is
granted at once.

A refusal for flood is believed: nothing goes out (into that chat, or anywhere, as the platform's page has it) for as
long as the platform says, and from then on less than what went through before: at first clearly less, within a minute
nearly as much, and from there on slowly more, until the platform has taken twice as much without a word, and it is
forgotten. (What TCP does, with the curve of CUBIC, RFC 9438: quickly back to what was fine, slowly beyond.) A first
refusal in a long time may be a whim of the platform's, and is no measure of what it takes in a minute: what went
through in the best second is thought fine then.

Each lane waits with one copy at a time, so to serve those who wait in the order in which they came is to serve the
conversations in turn.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from math import inf
from types import TracebackType
from typing import Protocol

from bridge.errors import BridgeError, Retry

NOW, BEHIND, CHANGE, FILE = range(4)
"""What goes first while turns are scarce: what was said just now; what has waited; edits, deletions, reactions and our
own words; files."""

OLDEST_EACH = 4
"""Each such turn goes to whoever waits longest, whatever it is for, so that nobody waits for ever."""

SLOWEST = 0.1
"""Calls a second that are tried however often a platform refuses."""

_FIRST_HOLD, _LONGEST_HOLD = 1.0, 60.0
"""Seconds without a call after a refusal that names none, doubled with each that follows."""
_REMEMBERED = 1024
_WINDOW = 60.0
"""Seconds of what was said that a refusal is about. (Bale counts the messages of a minute.)"""
_LESS = 0.7
"""What is left of a rate after a refusal; it is regained within `_REGAINED` seconds."""
_REGAINED = 60.0
_GROWS = 600.0
"""Seconds in which a rate grows by what went through before the last refusal."""
_FEW = 10
"""Calls: whoever refuses after fewer shows no limit so low by it. One who does it again and again does."""


class Timer(Protocol):
    def cancel(self) -> None: ...


Later = Callable[[float, Callable[[], None]], Timer]
"""Call something in so many seconds."""


def on_the_loop(seconds: float, call: Callable[[], None]) -> Timer:
    return asyncio.get_running_loop().call_later(seconds, call)


class Pace:
    """How fast calls may follow each other, learnt from refusals. Times are seconds of the pacer's clock."""

    __slots__ = ("_bare", "_next", "_rate", "_seen", "held", "refused_at")

    def __init__(self) -> None:
        self.held = -inf
        self.refused_at = -inf
        self._next = -inf
        self._rate = inf
        """Calls a second that are regained after the hold."""
        self._seen = 0.0
        """Calls a second that went through before the last refusal."""
        self._bare = 0
        """Refusals without a word about when, one after the other."""

    def rate(self, now: float) -> float:
        """Calls a second; inf while nothing is known, or not any more."""
        if self._rate == inf:
            return inf
        since = max(0.0, now - self.held)
        regained = self._rate * (_LESS + (1 - _LESS) * min(1.0, since / _REGAINED))
        rate = max(SLOWEST, regained + self._seen * max(0.0, since - _REGAINED) / _GROWS)
        if rate >= max(2 * self._seen, 2 * SLOWEST):
            self._rate = inf
            return inf
        return rate

    def ready(self) -> float:
        return max(self.held, self._next)

    def took(self, now: float) -> None:
        rate = self.rate(now)
        self._next = -inf if rate == inf else max(now, self._next) + 1 / rate

    def gave_back(self, now: float) -> None:
        rate = self.rate(now)
        if rate != inf:
            self._next -= 1 / rate

    def refused(self, now: float, began: float, after: float | None, through: Sequence[float]) -> None:
        """A call that began at `began` was refused; `through` is when calls went through since the last refusal."""
        if began <= self.refused_at:  # it was under way when the refusal came: that was the same one
            self.held = max(self.held, now + (after or 0.0))
            return
        first = now - self.refused_at > _GROWS
        self._bare = 0 if after is not None or through else self._bare + 1
        hold = min(_LONGEST_HOLD, _FIRST_HOLD * 2 ** min(self._bare, 10)) if after is None else after
        rate = self.rate(now)
        since = through[0] if through else now
        average = max(len(through), _FEW) / max(_FIRST_HOLD, now - since + hold)
        self._seen = max(average, _most_in_a_second(through)) if first else average
        self._rate = min(rate, self._seen)
        self.refused_at = now
        self.held = now + hold
        self._next = -inf


def _most_in_a_second(times: Sequence[float]) -> int:
    most = first = 0
    for last, at in enumerate(times):
        while at - times[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


class _Waiter:
    __slots__ = ("chat", "future", "holds", "number", "rank")

    def __init__(self, chat: str, rank: int, number: int, *, holds: bool) -> None:
        self.chat = chat
        self.rank = rank
        self.number = number
        self.holds = holds
        """It is under way already, and waits for its next call."""
        self.future: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class Turn:
    """One turn, as a block: it begins when it is granted. What its call raises is learnt from."""

    __slots__ = ("_began", "_chat", "_pacer", "_rank", "_used", "waited")

    def __init__(self, pacer: Pacer, chat: str, rank: int) -> None:
        self._pacer = pacer
        self._chat = chat
        self._rank = rank
        self._used = True
        self._began = 0.0
        self.waited = False
        """Whether it was not granted at once: what was known before may have changed."""

    def unused(self) -> None:
        """Nothing was said to the platform."""
        self._used = False

    async def __aenter__(self) -> Turn:
        if not self._pacer.free(self._rank):
            self.waited = await self._pacer.granted(self._chat, self._rank)
        self._began = self._pacer.clock()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        used = self._used and (error is None or isinstance(error, BridgeError))
        flood = error if isinstance(error, Retry) and error.flood else None
        self._pacer.over(self._chat, self._rank, self._began, flood, used=used)


class Pacer:
    """The turns of one login: at most `at_once` at the same time, a quarter of them with files."""

    def __init__(
        self, at_once: int, *, clock: Callable[[], float] = time.monotonic, later: Later = on_the_loop
    ) -> None:
        self.clock = clock
        self._later = later
        self._at_once = at_once
        self._files_at_once = max(1, at_once // 4)
        self._all = Pace()
        self._chats: dict[str, Pace] = {}
        """Of chats that have refused us."""
        self._slow = False
        """Whether any pace may keep somebody waiting."""
        self._running = self._files = 0
        self._waiting: tuple[deque[_Waiter], ...] = tuple(deque() for _ in range(FILE + 1))
        self._waiters = self._numbers = self._served = 0
        self._through: deque[tuple[float, str]] = deque(maxlen=_REMEMBERED)
        """When a call into which chat went through."""
        self._timer: Timer | None = None
        self._began = clock()
        self._stopped = False

    def turn(self, chat: str, rank: int) -> Turn:
        return Turn(self, chat, rank)

    async def more(self, chat: str, rank: int) -> None:
        """Inside a turn: wait until another call may follow."""
        if self._slow:
            await self._wait(chat, rank, holds=True)

    @property
    def slowed(self) -> tuple[int, int] | None:
        """(calls a minute, how many wait) while the platform has refused some for every chat; else None."""
        now = self.clock()
        held = self._all.held > now
        rate = self._all.rate(now)
        if not held and rate == inf:
            return None
        return (0 if held else round(rate * 60)), self._waiters

    def expected(self, chat: str, calls: int) -> float:
        """Seconds until so many calls into a chat will have been made, as far as one can tell; 0 where nothing keeps
        them waiting."""
        if not self._slow:
            return 0.0
        now = self.clock()
        among = len({waiter.chat for waiting in self._waiting for waiter in waiting} | {chat})
        own = self._chats.get(chat)
        each = max(among / self._all.rate(now), 1 / own.rate(now) if own is not None else 0.0)
        begins = max(self._all.ready(), own.ready() if own is not None else now, now)
        return begins - now + calls * each

    def stop(self) -> None:
        """Whoever waits is cancelled, and whoever would have to wait from now on."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
        for waiting in self._waiting:
            for waiter in waiting:
                waiter.future.cancel()

    # --- what a turn asks

    def free(self, rank: int) -> bool:
        """Take a turn, if that needs no thought."""
        if self._slow or self._waiters or self._running >= self._at_once:
            return False
        if rank == FILE:
            if self._files >= self._files_at_once:
                return False
            self._files += 1
        self._running += 1
        return True

    async def granted(self, chat: str, rank: int) -> bool:
        """Wait for a turn. Whether it was not granted at once."""
        return await self._wait(chat, rank, holds=False)

    def over(self, chat: str, rank: int, began: float, flood: Retry | None, *, used: bool) -> None:
        now = self.clock()
        self._running -= 1
        self._files -= rank == FILE
        if flood is not None:
            self._refused(chat, now, began, flood)
        elif used:
            self._through.append((now, chat))
        elif self._slow:
            for pace in self._paces(chat):
                pace.gave_back(now)
        if self._waiters:
            self._serve()

    # --- who is next

    async def _wait(self, chat: str, rank: int, *, holds: bool) -> bool:
        self._numbers += 1
        waiter = _Waiter(chat, rank, self._numbers, holds=holds)
        if self._stopped:
            waiter.future.cancel()
        else:
            self._waiting[rank].append(waiter)
            self._waiters += 1
            self._serve()
        at_once = waiter.future.done()
        try:
            await waiter.future
        except asyncio.CancelledError:
            if waiter in self._waiting[rank]:
                self._waiting[rank].remove(waiter)
                self._waiters -= 1
            elif not waiter.future.cancelled() and not holds:  # granted, and nobody there to take it
                self.over(chat, rank, 0.0, None, used=False)
            raise
        return not at_once

    def _serve(self) -> None:
        """Grant what can be granted now, and come back when more can."""
        if self._stopped:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = self.clock()
        self._forget(now)
        while self._waiters and self._all.ready() <= now and (waiter := self._next(now)) is not None:
            self._waiting[waiter.rank].remove(waiter)
            self._waiters -= 1
            self._served += 1
            if not waiter.holds:
                self._running += 1
                self._files += waiter.rank == FILE
            for pace in self._paces(waiter.chat):
                pace.took(now)
            waiter.future.set_result(None)
        if self._waiters and self._slow:
            ready = self._all.ready()
            times = [ready] if ready > now else [at for pace in self._chats.values() if (at := pace.ready()) > now]
            if times:
                self._timer = self._later(min(times) - now, self._serve)

    def _next(self, now: float) -> _Waiter | None:
        firsts = [found for waiting in self._waiting if (found := self._first(waiting, now)) is not None]
        if not firsts:
            return None
        oldest = self._served % OLDEST_EACH == OLDEST_EACH - 1
        return min(firsts, key=lambda waiter: waiter.number) if oldest else firsts[0]

    def _first(self, waiting: deque[_Waiter], now: float) -> _Waiter | None:
        room = self._running < self._at_once
        for waiter in waiting:
            fits = waiter.holds or (room and (waiter.rank != FILE or self._files < self._files_at_once))
            own = self._chats.get(waiter.chat)
            if fits and not waiter.future.done() and (own is None or own.ready() <= now):
                return waiter
        return None

    # --- what is learnt

    def _paces(self, chat: str) -> tuple[Pace, ...]:
        own = self._chats.get(chat)
        return (self._all,) if own is None else (self._all, own)

    def _refused(self, chat: str, now: float, began: float, error: Retry) -> None:
        own = error.flood == "chat" and not self._is_for_all(chat, now)
        pace = self._chats.setdefault(chat, Pace()) if own else self._all
        since = max(pace.refused_at, now - _WINDOW)
        through = [at for at, where in self._through if at > since and (where == chat or not own)]
        pace.refused(now, began, error.after, through)
        self._slow = True

    def _is_for_all(self, chat: str, now: float) -> bool:
        """Whether a chat that refuses us can't do so for what was said in it: we said nothing there."""
        since = now - _WINDOW
        known = self._began <= since and (len(self._through) < _REMEMBERED or self._through[0][0] <= since)
        return known and chat not in self._chats and all(where != chat or at <= since for at, where in self._through)

    def _forget(self, now: float) -> None:
        if self._slow:
            for chat in [each for each, pace in self._chats.items() if pace.ready() <= now and pace.rate(now) == inf]:
                del self._chats[chat]
            self._slow = bool(self._chats) or self._all.ready() > now or self._all.rate(now) != inf
