"""Small writes of many tasks, done together.

The first to come writes at once. Whoever comes meanwhile waits, and is written with all others who wait, in one
transaction: under load a commit serves many, and without load nobody waits for anybody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_MOST = 200
"""Items of one transaction."""


class _Waiting(Generic[Item, Result]):
    def __init__(self, item: Item) -> None:
        self.item = item
        self.done = False
        self.result: Result | None = None
        self.error: Exception | None = None


class Together(Generic[Item, Result]):
    """`write` takes items in the order in which they came and gives one result for each. It is all or nothing, and
    harmless to repeat: when it is cancelled or fails, what it was given is written again."""

    def __init__(self, write: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]]) -> None:
        self._write = write
        self._turn = asyncio.Lock()
        self._waiting: list[_Waiting[Item, Result]] = []

    async def add(self, item: Item) -> Result:
        """Returns when the item is on the disk. Raises what `write` raised for it; cancelled, it may be so or not."""
        mine: _Waiting[Item, Result] = _Waiting(item)
        self._waiting.append(mine)
        try:
            async with self._turn:
                while not mine.done:
                    await self._some()
        except asyncio.CancelledError:
            if mine in self._waiting:
                self._waiting.remove(mine)
            raise
        if mine.error is not None:
            raise mine.error
        return mine.result  # type: ignore[return-value]

    async def _some(self) -> None:
        batch, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
        try:
            if not await self._all(batch):  # one of them cannot be written: that must not be the others' trouble
                for each in batch:
                    await self._all([each])
        finally:  # cancelled: the others' are still to be written, by the next whose turn it is
            self._waiting[:0] = [each for each in batch if not each.done]

    async def _all(self, batch: Sequence[_Waiting[Item, Result]]) -> bool:
        try:
            results = await self._write([each.item for each in batch])
        except Exception as error:
            if len(batch) > 1:
                return False
            batch[0].error, batch[0].done = error, True
            return True
        for each, result in zip(batch, results, strict=True):
            each.result, each.done = result, True
        return True
