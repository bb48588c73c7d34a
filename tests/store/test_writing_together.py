"""Many who write at once: on SQLite they share commits, and none of them may notice."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.store import Store

LATEST = 20.0


@pytest.fixture(params=["a quick disk", "a slow disk"])
async def file_store(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """A quick disk is waited for in the loop, a slow one in a thread."""
    store = Store(f"sqlite:///{tmp_path}/bridge.db")
    await store.open()
    assert store._file is not None
    store._file._usual = 1e-12 if request.param == "a quick disk" else 1e30
    yield store
    await store.close()


async def write(store: Store, *rooms: str) -> None:
    """All of the rows, or none; with a pause in the middle."""
    async with store.transaction():
        for room in rooms:
            await store.execute("INSERT INTO management (room, person) VALUES ($1, '@sara:hs')", room)
            await asyncio.sleep(0)


async def rooms(store: Store) -> list[str]:
    return [row[0] for row in await store.fetch("SELECT room FROM management ORDER BY room")]


async def breaks(store: Store, room: str) -> None:
    async with store.transaction():
        await store.execute("INSERT INTO management (room, person) VALUES ($1, '@sara:hs')", room)
        await asyncio.sleep(0)
        raise LookupError


async def violates(store: Store) -> None:
    """Its statements are fine; the database says no when it is committed."""
    async with store.transaction():
        await store.execute("PRAGMA defer_foreign_keys = ON")
        await store.execute("INSERT INTO ghost_room (mxid, portal, name) VALUES ('@x:hs', 999, 'x')")


def on_the_disk(path: Path) -> list[str]:
    """What another program reads, which sees only what was committed."""
    connection = sqlite3.connect(path)
    try:
        return [row[0] for row in connection.execute("SELECT room FROM management ORDER BY room")]
    finally:
        connection.close()


async def test_when_a_transaction_has_ended_it_is_on_the_disk(file_store: Store, tmp_path: Path) -> None:
    async def one(name: str) -> None:
        await write(file_store, f"{name}/1", f"{name}/2")
        assert {f"{name}/1", f"{name}/2"} <= set(on_the_disk(tmp_path / "bridge.db"))

    async with asyncio.timeout(LATEST), asyncio.TaskGroup() as group:
        for number in range(150):
            group.create_task(one(f"{number:03}"))
    assert len(await rooms(file_store)) == 300


async def test_one_that_breaks_takes_nobody_else_along(store: Store) -> None:
    async with asyncio.timeout(LATEST):
        outcomes = await asyncio.gather(
            *[breaks(store, f"bad{n}") if n % 3 == 0 else write(store, f"good{n}") for n in range(12)],
            return_exceptions=True,
        )
    assert [type(outcome) for outcome in outcomes] == [LookupError if n % 3 == 0 else type(None) for n in range(12)]
    assert await rooms(store) == sorted(f"good{n}" for n in range(12) if n % 3)


async def test_a_commit_that_fails_is_told_to_everybody_who_waited_for_it_and_the_next_works(
    file_store: Store, tmp_path: Path
) -> None:
    async with asyncio.timeout(LATEST):
        outcomes = await asyncio.gather(
            write(file_store, "a"), violates(file_store), write(file_store, "b"), return_exceptions=True
        )
    kept = [room for room, outcome in zip(("a", "b"), (outcomes[0], outcomes[2]), strict=True) if outcome is None]
    assert isinstance(outcomes[1], sqlite3.IntegrityError)
    assert await rooms(file_store) == kept == on_the_disk(tmp_path / "bridge.db")
    await write(file_store, "c")
    assert await rooms(file_store) == [*kept, "c"]


async def test_callbacks_for_afterwards_come_when_what_they_wait_for_is_committed(file_store: Store) -> None:
    seen: list[list[str]] = []
    calls: list[str] = []

    def callback(name: str) -> None:
        calls.append(name)

    async def one(name: str) -> None:
        async with file_store.transaction():
            await file_store.execute("INSERT INTO management (room, person) VALUES ($1, '@sara:hs')", name)
            file_store.afterwards(lambda: callback(name))
        seen.append([call for call in calls if call == name])

    async with asyncio.timeout(LATEST), asyncio.TaskGroup() as group:
        for number in range(10):
            group.create_task(one(f"{number}"))
    assert seen == [[f"{number}"] * 2 for number in range(10)]  # at once, and behind the commit


async def test_whoever_is_cancelled_at_any_moment_leaves_all_or_nothing_and_disturbs_nobody(store: Store) -> None:
    await cancel_many(store)


async def test_nor_does_anybody_else_who_waits_for_the_same_commit(file_store: Store) -> None:
    await cancel_many(file_store)


async def cancel_many(store: Store) -> None:
    seed = random.randrange(10**9)
    chance = random.Random(seed)
    tasks = {f"{n:03}": asyncio.create_task(write(store, f"{n:03}/1", f"{n:03}/2")) for n in range(120)}
    victims = chance.sample(sorted(tasks), 50)
    async with asyncio.timeout(LATEST):
        for victim in victims:
            for _ in range(chance.randrange(12)):
                await asyncio.sleep(0)
            tasks[victim].cancel()
        await asyncio.wait(tasks.values())
    there = await rooms(store)
    for name, task in tasks.items():
        kept = [room for room in there if room.startswith(name)]
        assert len(kept) in (0, 2), f"seed {seed}: {name} is there by half"
        if not task.cancelled():
            assert task.exception() is None, f"seed {seed}"
            assert len(kept) == 2, f"seed {seed}: {name} was told that it is kept"
        else:
            assert name in victims, f"seed {seed}"
    await asyncio.wait_for(write(store, "last"), LATEST)


async def test_row_ids_rise_in_the_order_in_which_the_transactions_ran(store: Store) -> None:
    order: list[int] = []

    async def one(number: int) -> None:
        async with store.transaction():
            made = await store.fetchval("INSERT INTO room (title, state) VALUES ($1, 'live') RETURNING id", str(number))
            order.append(int(made))

    async with asyncio.timeout(LATEST), asyncio.TaskGroup() as group:
        for number in range(60):
            group.create_task(one(number))
    assert order == sorted(order)
    assert len(set(order)) == 60
