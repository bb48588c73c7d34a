from __future__ import annotations

import asyncio
import contextlib
import contextvars
import socket
import sqlite3
import threading
from collections.abc import Callable, Coroutine, Generator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bridge.errors import StartError
from bridge.store import Store
from bridge.store.schema import UPGRADES

LATEST = 10.0
TABLES = {
    "login",
    "inbox",
    "room",
    "portal",
    "ghost",
    "ghost_room",
    "message",
    "copy",
    "copy_part",
    "notice",
    "task",
    "poison",
    "link_code",
    "management",
}


async def tables(store: Store) -> set[str]:
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        if store.dialect == "SQLite"
        else "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    )
    return {row[0] for row in await store.fetch(query)}


async def rooms(store: Store) -> list[str]:
    return [row[0] for row in await store.fetch("SELECT room FROM management ORDER BY room")]


async def write(store: Store, room: str) -> None:
    await store.execute("INSERT INTO management (room, person) VALUES ($1, '@sara:hs')", room)


async def test_an_empty_database_gets_all_tables_and_an_old_one_keeps_what_is_in_it(database_url: str) -> None:
    for _ in range(2):
        store = Store(database_url)
        await store.open()
        assert await tables(store) >= TABLES
        assert await store.fetchval("SELECT version FROM hampayam_version") == len(UPGRADES.upgrades)
        async with store.transaction():
            await write(store, f"!{len(await rooms(store))}")
        await store.close()
    store = Store(database_url)
    await store.open()
    assert await rooms(store) == ["!0", "!1"]
    await store.close()


async def test_a_database_of_a_newer_version_is_refused_in_words(store: Store, tables_url: str) -> None:
    await store.execute("UPDATE hampayam_version SET version = 999")
    await store.close()
    with pytest.raises(StartError, match=r"newer version of the bridge.*run that version, or restore a backup"):
        await Store(tables_url).open()
    with pytest.raises(StartError, match="newer version"):  # and the first try left no lock behind
        await Store(tables_url).open()


async def test_a_second_bridge_on_the_same_database_is_refused_in_words(store: Store, tables_url: str) -> None:
    second = Store(tables_url)
    with pytest.raises(StartError, match="another bridge is running on this database"):
        await second.open()
    async with store.transaction():  # the first does not notice
        await write(store, "!a")
    await store.close()
    third = Store(tables_url)
    await third.open()
    assert await rooms(third) == ["!a"]
    await third.close()


async def test_closing_twice_is_harmless(store: Store) -> None:
    await store.close()
    await store.close()


async def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="folder cannot be written: No such file or directory"):
        await Store(f"sqlite:///{tmp_path}/nowhere/bridge.db").open()


async def test_a_file_that_is_no_database_is_told_and_can_be_mended(tmp_path: Path) -> None:
    (tmp_path / "bridge.db").write_text("this was a text file " * 100)
    threads = threading.active_count()
    with pytest.raises(StartError, match=r"cannot be opened.*not a database"):
        await Store(f"sqlite:///{tmp_path}/bridge.db").open()
    assert threading.active_count() <= threads + 1  # the loop's own; a database's thread would keep us from ending
    (tmp_path / "bridge.db").unlink()
    store = Store(f"sqlite:///{tmp_path}/bridge.db")
    await store.open()
    await store.close()


async def test_a_database_server_that_is_not_there_is_told() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"postgres://hampayam:very-secret@127.0.0.1:{bound.getsockname()[1]}/hampayam"
        with pytest.raises(StartError, match="the database cannot be opened") as refused:
            await Store(url).open()
    assert "very-secret" not in str(refused.value)


async def test_sqlite_writes_to_the_disk_before_it_says_so(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/bridge.db")
    await store.open()
    assert await store.fetchval("PRAGMA synchronous") == 2  # FULL
    assert await store.fetchval("PRAGMA journal_mode") == "wal"
    assert await store.fetchval("PRAGMA foreign_keys") == 1
    await store.close()


# --- transactions


async def test_a_transaction_is_all_or_nothing(store: Store) -> None:
    async with store.transaction():
        await write(store, "!a")
        await write(store, "!b")
    with contextlib.suppress(LookupError):
        async with store.transaction():
            await write(store, "!c")
            raise LookupError
    assert await rooms(store) == ["!a", "!b"]


async def test_a_statement_that_fails_takes_its_transaction_along_and_nothing_else(store: Store) -> None:
    async def twice() -> None:
        async with store.transaction():
            await write(store, "!a")
            await write(store, "!a")

    with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
        await twice()
    async with store.transaction():
        await write(store, "!b")
    assert await rooms(store) == ["!b"]


async def test_what_is_not_committed_is_seen_by_nobody_else(store: Store) -> None:
    written = asyncio.Event()

    async def read() -> list[str]:
        await written.wait()
        return await rooms(store)

    reading = asyncio.create_task(read())
    with contextlib.suppress(LookupError):
        async with store.transaction():
            await write(store, "!a")
            written.set()
            for _ in range(20):
                await asyncio.sleep(0)
            raise LookupError
    assert await asyncio.wait_for(reading, LATEST) == []


async def test_writers_wait_for_one_another(store: Store) -> None:
    order: list[str] = []

    async def writer(name: str) -> None:
        async with store.transaction():
            order.append(f"{name} begins")
            await write(store, name)
            await rooms(store)
            order.append(f"{name} ends")

    async with asyncio.timeout(LATEST), asyncio.TaskGroup() as group:
        for name in "abc":
            group.create_task(writer(name))
    assert order == [f"{name} {what}" for name in "abc" for what in ("begins", "ends")]


class CancelledAt:
    """Awaits something, and cancels the task that does so when it pauses for the given time (the first is 1)."""

    def __init__(self, work: Coroutine[Any, Any, None], pause: int) -> None:
        self._work = work
        self._pause = pause

    def __await__(self) -> Generator[Any, Any, None]:
        pauses = 0
        resume: Callable[[], Any] = partial(self._work.send, None)
        while True:
            try:
                waits_for = resume()
            except StopIteration:
                return
            pauses += 1
            if pauses == self._pause:
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
            try:
                yield waits_for
            except BaseException as error:
                resume = partial(self._work.throw, error)
            else:
                resume = partial(self._work.send, None)


async def test_a_transaction_that_is_cancelled_anywhere_is_undone_and_the_next_one_works(store: Store) -> None:
    async def writer(name: str) -> None:
        async with store.transaction():
            await write(store, f"{name}/1")
            await asyncio.sleep(0)
            await write(store, f"{name}/2")

    async def cancelled_at(pause: int) -> None:
        await CancelledAt(writer(f"{pause:03}"), pause)

    ends: list[int] = []
    for pause in range(1, 200):
        task = asyncio.create_task(cancelled_at(pause))
        await asyncio.wait([task], timeout=LATEST)
        async with asyncio.timeout(LATEST), store.transaction():
            await write(store, f"{pause:03}/next")
        ends.append(len([room for room in await rooms(store) if room.startswith(f"{pause:03}")]))
        if not task.cancelled():
            await task
            break
    assert ends[0] == 1  # nothing but the next one's row
    assert ends[-1] == 3
    assert set(ends) == {1, 3}


async def test_a_transaction_that_is_cancelled_while_it_waits_for_its_turn_holds_up_nobody(store: Store) -> None:
    async def writer(name: str) -> None:
        async with store.transaction():
            await write(store, name)

    async with asyncio.timeout(LATEST):
        async with store.transaction():
            waiting = asyncio.create_task(writer("!waiting"))
            await asyncio.sleep(0)
            waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await writer("!next")
    assert await rooms(store) == ["!next"]


async def test_a_callback_for_afterwards_comes_when_the_transaction_has_ended_either_way(store: Store) -> None:
    called: list[str] = []
    store.afterwards(lambda: called.append("alone"))
    assert called == ["alone"]
    called.clear()
    async with store.transaction():
        store.afterwards(lambda: called.append("x"))
        called.clear()
    assert called == ["x"]
    called.clear()
    with contextlib.suppress(LookupError):
        async with store.transaction():
            store.afterwards(lambda: called.append("y"))
            called.clear()
            raise LookupError
    assert called == ["y"]


async def test_a_transaction_sees_what_it_wrote(store: Store) -> None:
    async with store.transaction():
        await write(store, "!a")
        assert await rooms(store) == ["!a"]
        assert await store.fetchval("SELECT person FROM management WHERE room = $1", "!a") == "@sara:hs"
        assert await store.fetchval("SELECT person FROM management WHERE room = $1", "!b") is None


async def test_a_question_over_a_whole_table_is_answered_while_somebody_writes(store: Store) -> None:
    await write(store, "!a")
    async with asyncio.timeout(LATEST), store.transaction():
        await write(store, "!b")
        asked = asyncio.create_task(survey(store), context=contextvars.Context())
        assert await asked == 1


async def survey(store: Store) -> int:
    return int((await store.survey("SELECT COUNT(*) FROM management"))[0][0])


async def test_another_program_on_the_file_is_waited_for_while_the_rest_goes_on(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/bridge.db")
    await store.open()
    shell = sqlite3.connect(tmp_path / "bridge.db", isolation_level=None)
    shell.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(write(store, "!a"))
    await asyncio.sleep(0)
    assert await rooms(store) == []
    assert not writing.done()
    shell.execute("COMMIT")
    shell.close()
    await asyncio.wait_for(writing, LATEST)
    assert await rooms(store) == ["!a"]
    await store.close()


async def test_on_sqlite_a_write_that_forgot_its_transaction_is_refused(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/bridge.db")
    await store.open()
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await store.fetchval("INSERT INTO management (room, person) VALUES ('!a', '@sara:hs') RETURNING room")
    await store.close()
