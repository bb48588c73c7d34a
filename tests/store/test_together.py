from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from bridge.store.together import Together

LATEST = 20.0


class Book:
    """Writes numbers, slowly; a negative one cannot be written."""

    def __init__(self) -> None:
        self.written: list[list[int]] = []
        self.gate = asyncio.Semaphore(0)
        """As many writes as it lets through."""
        self.begun = asyncio.Queue[None]()
        self.together = Together(self.write)

    async def write(self, items: Sequence[int]) -> list[int]:
        self.begun.put_nowait(None)
        await self.gate.acquire()
        if min(items) < 0:
            raise ValueError
        self.written.append(list(items))
        return [item * 10 for item in items]

    async def busy_with(self, first: int, *others: int) -> list[asyncio.Task[int]]:
        """The first is being written, the others wait."""
        tasks = [asyncio.create_task(self.together.add(first))]
        await self.begun.get()
        for number in others:
            tasks.append(asyncio.create_task(self.together.add(number)))
            await asyncio.sleep(0)
        return tasks


async def test_who_comes_alone_does_not_wait_and_who_comes_meanwhile_is_written_together() -> None:
    book = Book()
    async with asyncio.timeout(LATEST):
        tasks = await book.busy_with(1, 2, 3, 4)
        for _ in range(5):
            book.gate.release()
        assert await asyncio.gather(*tasks) == [10, 20, 30, 40]
    assert book.written == [[1], [2, 3, 4]]


async def test_one_that_cannot_be_written_is_nobody_elses_trouble() -> None:
    book = Book()
    async with asyncio.timeout(LATEST):
        tasks = await book.busy_with(1, 2, -3, 4)
        for _ in range(5):
            book.gate.release()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [outcome if isinstance(outcome, int) else type(outcome) for outcome in outcomes] == [10, 20, ValueError, 40]
    assert book.written == [[1], [2], [4]]


@pytest.mark.parametrize("who", [0, 1, 2])
async def test_who_gives_up_takes_nobody_along(who: int) -> None:
    """Also when it was the one that wrote for the others."""
    book = Book()
    async with asyncio.timeout(LATEST):
        tasks = await book.busy_with(1, 2, 3)
        if who:
            book.gate.release()
            await tasks[0]
            await book.begun.get()
        tasks[who].cancel()
        await asyncio.sleep(0)
        for _ in range(3):
            book.gate.release()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes].count(asyncio.CancelledError) == 1
    kept = [number for number in (1, 2, 3) if number != who + 1]
    assert [outcome for outcome in outcomes if isinstance(outcome, int)] == [number * 10 for number in kept]
    assert set(kept) <= {number for batch in book.written for number in batch}
