"""A database on a server is held by one bridge alone, also when the connection that holds it is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from bridge.errors import StartError
from bridge.sandbox.postgres import Postgres
from bridge.store import Store
from bridge.store.lease import LeaseLost

LATEST = 10.0
HOLDERS = """
    SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@pytest.fixture
async def address(postgres: Postgres) -> AsyncIterator[str]:
    address = await postgres.create_database()
    yield address
    await postgres.drop_database(address)


@pytest.fixture
async def store(address: str) -> AsyncIterator[Store]:
    store = Store(address)
    await store.open()
    yield store
    await store.close()


async def cut_off(address: str) -> None:
    """The connection of whoever holds the database is ended, and that has arrived."""
    connection = await asyncpg.connect(address)
    (holder,) = [row["pid"] for row in await connection.fetch(HOLDERS)]
    await connection.execute("SELECT pg_terminate_backend($1)", holder)
    async with asyncio.timeout(LATEST):
        while await connection.fetch("SELECT 1 FROM pg_stat_activity WHERE pid = $1", holder):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await connection.close()


@pytest.mark.parametrize("inside", [True, False])
async def test_whoever_lost_the_connection_takes_the_database_again_before_they_write(
    store: Store, address: str, inside: bool
) -> None:
    await cut_off(address)
    if inside:
        async with store.transaction():
            await store.set("a", "1")
    else:
        await asyncio.gather(store.set("a", "1"), store.set("b", "2"))
    with pytest.raises(StartError, match="another bridge is running on this database"):
        await Store(address).open()
    assert await store.setting("a") == "1"


async def test_whoever_lost_it_to_another_writes_nothing_more_and_is_told_to_stop(store: Store, address: str) -> None:
    await store.set("a", "ours")
    await cut_off(address)
    other = Store(address)
    await other.open()
    try:
        for _ in range(2):
            with pytest.raises(LeaseLost):
                await store.set("a", "still ours")
            with pytest.raises(LeaseLost):
                async with store.transaction():
                    pass
        with pytest.raises(LeaseLost):
            await asyncio.wait_for(store.keep(), LATEST)
        assert await other.setting("a") == "ours"
    finally:
        await other.close()


async def test_a_server_that_was_killed_and_is_back_is_written_to_as_before() -> None:
    async with Postgres() as server:
        address = await server.create_database()
        store = Store(address)
        await store.open()
        await store.set("a", "before")
        await server.kill()
        with pytest.raises(OSError, match="Connect"):  # refused
            async with store.transaction():
                await store.set("a", "meanwhile")
        await server.start()
        async with store.transaction():
            await store.set("b", "after")
        assert (await store.setting("a"), await store.setting("b")) == ("before", "after")
        with pytest.raises(StartError, match="another bridge is running on this database"):
            await Store(address).open()
        await store.close()


async def test_who_is_cancelled_in_a_transaction_is_cancelled_although_the_server_is_gone() -> None:
    async with Postgres() as server:
        store = Store(await server.create_database())
        await store.open()
        inside = asyncio.Event()

        async def write_for_ever() -> None:
            async with store.transaction():
                await store.set("a", "1")
                inside.set()
                await asyncio.Event().wait()

        writing = asyncio.create_task(write_for_ever())
        await inside.wait()
        await server.kill()
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        await server.start()
        assert await store.setting("a") is None
        await store.close()
