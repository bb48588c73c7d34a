"""How far rooms were taken in is found by an index, however much was said."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from bridge.store.timelines import Timelines
from tests.store.test_people_plans import Explained

QUESTIONS: dict[str, Callable[[Timelines], Awaitable[object]]] = {
    "lately": lambda timelines: timelines.lately(200),
    "spoke_lately": lambda timelines: timelines.spoke_lately("bale:1", 200),
    "taken": lambda timelines: timelines.taken(["$1", "$2"]),
}


@pytest.fixture
async def explained(database_url: str) -> AsyncIterator[Explained]:
    store = Explained(database_url)
    await store.open()
    yield store
    await store.close()


@pytest.mark.parametrize("name", QUESTIONS)
async def test_nothing_reads_a_table_from_end_to_end(explained: Explained, name: str) -> None:
    async with explained.transaction():
        await QUESTIONS[name](Timelines(explained))
        (plan,) = await explained.plans()
    sweeps = ("Seq Scan on", "SCAN message", "SCAN task", "SCAN room", "SCAN r")
    assert plan
    assert not [step for step in plan if any(sweep in step for sweep in sweeps)], plan
