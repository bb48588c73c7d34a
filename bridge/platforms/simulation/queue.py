"""Updates on their way to one bot: kept until confirmed, taken by asking or pushed to an address."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

import aiohttp

from .records import Bell


class UpdateQueue:
    """Updates with whole, growing numbers; asking from a number confirms what is below it.

    `keep` and `age` (seconds) bound what is held: what falls out is lost, as on the platform.
    """

    def __init__(
        self, clock: Callable[[], float], *, first: int = 0, keep: int | None = None, age: float | None = None
    ) -> None:
        self._clock = clock
        self._next = first
        self._keep = keep
        self._age = age
        self._rows: deque[tuple[int, float, Any]] = deque()
        self._bell = Bell()
        self.last_batch: list[Any] = []
        """What was handed out last, confirmed or not (for a platform that repeats itself)."""
        self.pollers = 0

    def put(self, fields: dict[str, Any], *, key: str = "update_id") -> int:
        """Adds the number under `key`; returns it."""
        number = self._next
        self._append(number, {key: number, **fields})
        return number

    def put_raw(self, raw: Any, *, key: str = "update_id", numbered: bool = True) -> None:
        """As is, except that an object without a number gets one when `numbered`."""
        number = self._next
        if isinstance(raw, dict):
            own = raw.get(key)
            if type(own) is int and own > number:
                number = own
            elif own is None and numbered:
                raw = {key: number, **raw}
        self._append(number, raw)

    def _append(self, number: int, update: Any) -> None:
        self._next = number + 1
        self._rows.append((number, self._clock(), update))
        self._expire()
        self._bell.ring()

    def _expire(self) -> None:
        rows = self._rows
        while self._keep is not None and len(rows) > self._keep:
            rows.popleft()
        if self._age is not None:
            oldest = self._clock() - self._age
            while rows and rows[0][1] < oldest:
                rows.popleft()

    def __len__(self) -> int:
        self._expire()
        return len(self._rows)

    def confirm_below(self, number: int) -> None:
        while self._rows and self._rows[0][0] < number:
            self._rows.popleft()

    def keep_last(self, count: int) -> None:
        while len(self._rows) > count:
            self._rows.popleft()

    def clear(self) -> None:
        self._rows.clear()

    def first(self) -> tuple[int, Any] | None:
        self._expire()
        return (self._rows[0][0], self._rows[0][2]) if self._rows else None

    def batch(self, limit: int) -> list[Any]:
        """The oldest `limit` updates, without waiting."""
        self._expire()
        return [update for _, _, update in islice(self._rows, limit)]

    async def wait(self, seconds: float | None) -> bool:
        """Until there is an update; False when there is none after `seconds`."""
        if self._rows:
            return True
        await self._bell.wait(seconds)
        return bool(self._rows)


def chats_turned_round(updates: Sequence[Any]) -> list[Any]:
    """The chats in the opposite order of their first updates, each chat's own updates in theirs."""
    by_chat: dict[str, list[Any]] = {}
    for update in updates:
        by_chat.setdefault(str(_chat_of(update)), []).append(update)
    return [update for each in reversed(by_chat.values()) for update in each]


def _chat_of(update: Any) -> Any:
    """Its chat's id, where it stands in the object itself or in the one that is in it."""
    if not isinstance(update, dict):
        return None
    within = [each["chat"] for each in update.values() if isinstance(each, dict) and isinstance(each.get("chat"), dict)]
    return within[0].get("id") if within else update.get("chat_id")


class Webhook:
    """Pushes a queue to an address, one update at a time, again until it is answered with 2xx."""

    def __init__(self, url: str, queue: UpdateQueue, *, pause: float = 0.5, longest_pause: float = 30.0) -> None:
        self.url = url
        self.last_error: str | None = None
        self._queue = queue
        self._pause = pause
        self._longest = longest_pause

    async def run(self, session: aiohttp.ClientSession) -> None:
        """For ever; its parent cancels it."""
        pause = self._pause
        while True:
            await self._queue.wait(None)
            if (head := self._queue.first()) is None:
                continue
            number, update = head
            self.last_error = await self._push(session, update)
            if self.last_error is None:
                self._queue.confirm_below(number + 1)
                pause = self._pause
            else:
                await asyncio.sleep(pause)
                pause = min(pause * 2, self._longest)

    async def _push(self, session: aiohttp.ClientSession, update: Any) -> str | None:
        try:
            async with session.post(self.url, json=update, timeout=aiohttp.ClientTimeout(total=60)) as answer:
                await answer.read()
                return None if answer.status // 100 == 2 else f"Wrong response: {answer.status} {answer.reason}"
        except (aiohttp.ClientError, TimeoutError) as error:
            return type(error).__name__
