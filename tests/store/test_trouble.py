"""A database that cannot be written: said once in words, nothing half done, and it goes on when that is over."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from bridge.errors import StartError
from bridge.store import Store
from tests.disks import SmallDisk, small_disk

LOCKED = (
    "SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
    "WHERE l.locktype = 'advisory' AND d.datname = current_database()"
)
LARGE = "x" * 200_000


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", 4) as disk:
        yield disk


async def written(store: Store) -> list[str]:
    return [row[0] for row in await store.fetch("SELECT key FROM setting ORDER BY key")]


async def two_halves(store: Store) -> None:
    async with store.transaction():
        await store.set("first half", "1")
        await store.set("second half", LARGE)


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "hampayam.store"]


async def test_a_full_disk_loses_nothing_that_was_written_and_takes_nothing_by_halves(
    disk: SmallDisk, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store(f"sqlite://{disk.folder / 'bridge.db'}")
    await store.open()
    try:
        async with store.transaction():
            await store.set("before", "1")
        disk.fill()
        for _ in range(3):
            with pytest.raises(sqlite3.OperationalError, match="full"):
                await two_halves(store)
        assert store.trouble == "disk_full"
        assert await written(store) == ["before"]
        disk.make_room()
        async with store.transaction():
            await store.set("later", LARGE)
        assert store.trouble is None
        assert await written(store) == ["before", "later"]
    finally:
        await store.close()
    first, last = said(caplog)
    assert "its disk is full" in first
    assert "can be written again" in last


async def test_a_statement_that_is_wrong_is_no_trouble_of_the_database(store: Store) -> None:
    async with store.transaction():
        await store.execute("INSERT INTO setting (key, value) VALUES ('twice', '')")
    with pytest.raises((sqlite3.IntegrityError, asyncpg.UniqueViolationError)):
        await store.execute("INSERT INTO setting (key, value) VALUES ('twice', '')")
    assert store.trouble is None


async def test_a_server_that_is_read_only_or_gone_is_told_and_waited_for(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    if not database_url.startswith("postgres"):
        pytest.skip("a file has no server")
    store = Store(database_url)
    await store.open()
    other = await asyncpg.connect(database_url)
    name = await other.fetchval("SELECT current_database()")
    try:
        for setting, trouble in (("on", "read_only"), ("off", None)):
            await other.execute("SET default_transaction_read_only = off")
            await other.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {setting}')
            # Sessions learn of it when they begin.
            await other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid()"
            )
            for _ in range(5):
                try:
                    async with store.transaction():
                        await store.set("key", setting)
                except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError):
                    continue
                break
            assert store.trouble == trouble
        async with asyncio.timeout(10):
            while not await other.fetchval(LOCKED):
                with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                    async with store.transaction():
                        await store.set("key", "again")
        with pytest.raises(StartError, match="another bridge is running"):
            await Store(database_url).open()  # the lock was taken again
    finally:
        await other.close()
        await store.close()
    told = said(caplog)
    assert any("it is read-only" in line for line in told)
    assert "can be written again" in told[-1]
