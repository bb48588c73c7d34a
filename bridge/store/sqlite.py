"""SQLite, spoken to in the event loop's own thread.

A statement of ours goes by an index and takes some ten microseconds; a trip to another thread and back takes ten times
as long, and a message needs dozens. So statements run at once, and only what waits for the disk, the commit, runs in a
thread. What goes over a whole table is a `survey`, with a thread and a connection of its own.

Transactions that wait for one another share a commit::

    A ─ savepoint, statements ─┐
    B ─ (waits for A) ─ savepoint, statements ─┐
    C ─ (waits for B) ─ savepoint, statements ─┴─ COMMIT ─▶ A, B and C return

Each is all or nothing by its own savepoint, none returns before the commit, and if that fails, all of them do.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

_PRAGMAS = ("foreign_keys = ON", "journal_mode = WAL", "synchronous = FULL")
_POSITION = re.compile(r"\$(\d+)")
_PATIENCE = 5.0
"""Seconds that another program (a backup, somebody's shell) may hold the file."""


class _Group:
    """Transactions that share a commit."""

    def __init__(self) -> None:
        self.kept = 0
        """How many of them are waiting for it."""
        self.ended = asyncio.Event()
        self.error: BaseException | None = None


class SqliteFile:
    """One file, two connections: one writes, the other sees only what is committed. `ended` is called whenever
    transactions have ended, well or not."""

    def __init__(self, path: str, ended: Callable[[], None]) -> None:
        self._path = path
        self._ended = ended
        self._questions: dict[str, str] = {}
        """Our queries in SQLite's form; as many as stand in the code."""
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="hampayam-disk")
        self._writer = self._connect()
        self._writer.execute("PRAGMA busy_timeout = 0")  # to wait there would stop the loop: `_begin` waits itself
        self._reader = self._connect()
        self._reader.execute("PRAGMA query_only = ON")  # a write that forgot its transaction is refused
        self._turn = asyncio.Lock()
        self._queueing = 0
        """How many wait for their turn to write."""
        self._group: _Group | None = None
        self._task: asyncio.Task[Any] | None = None
        """Whose turn it is."""

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        return connection

    def close(self) -> None:
        self._disk.shutdown()
        self._reader.close()
        self._writer.close()

    # --- transactions

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """On the disk when the block has ended; as if it had never been when it raises. Cancelled between the two, it
        is kept."""
        await self._my_turn()
        try:
            group = await self._joined()
            self._task = asyncio.current_task()
            try:
                yield
            except BaseException:
                self._undo(group)
                raise
            finally:
                self._task = None
            self._writer.execute("RELEASE turn")
            group.kept += 1
            first = group.kept == 1
            if not self._queueing:
                await self._commit(group)
        finally:
            self._turn.release()
        await self._committed(group, first=first)

    @property
    def inside(self) -> bool:
        """Whether this task is in a transaction."""
        return self._task is not None and self._task is asyncio.current_task()

    @property
    def busy(self) -> bool:
        """Whether any task is, or has one that is not committed yet."""
        return self._group is not None

    async def _my_turn(self) -> None:
        self._queueing += 1
        try:
            await self._turn.acquire()
        finally:
            self._queueing -= 1

    async def _joined(self) -> _Group:
        if self._group is None:
            await self._begin()
            self._group = _Group()
        self._writer.execute("SAVEPOINT turn")
        return self._group

    async def _begin(self) -> None:
        clock = asyncio.get_running_loop().time
        until = clock() + _PATIENCE
        while True:
            try:
                self._writer.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or clock() > until:
                    raise
            await asyncio.sleep(0.01)

    def _undo(self, group: _Group) -> None:
        if group.kept and self._writer.in_transaction:
            self._writer.execute("ROLLBACK TO turn")
            self._writer.execute("RELEASE turn")
        else:  # nobody else's work is in it; or SQLite has undone it all by itself (a full disk does that)
            self._end(group, sqlite3.OperationalError("rolled back") if group.kept else None)

    async def _commit(self, group: _Group) -> None:
        """End the group, well or not; in any case, also when cancelled meanwhile."""
        committing = asyncio.get_running_loop().run_in_executor(self._disk, self._writer.execute, "COMMIT")
        cancelled: asyncio.CancelledError | None = None
        while not committing.done():
            try:
                await asyncio.wait((committing,))
            except asyncio.CancelledError as error:
                cancelled = error
        self._end(group, committing.exception())
        if cancelled is not None:
            raise cancelled

    def _end(self, group: _Group, error: BaseException | None) -> None:
        if self._writer.in_transaction:
            self._writer.execute("ROLLBACK")
        self._group = None
        group.error = error
        group.ended.set()
        self._ended()

    async def _committed(self, group: _Group, *, first: bool) -> None:
        """Wait for the common commit. The first of a group sees to it, behind those who are waiting now, if none of
        them did; it cannot be kept from that."""
        cancelled: asyncio.CancelledError | None = None
        if first:
            while not group.ended.is_set():
                try:
                    async with self._turn:
                        if not group.ended.is_set():
                            await self._commit(group)
                except asyncio.CancelledError as error:
                    cancelled = error
        else:
            await group.ended.wait()
        if cancelled is not None:
            raise cancelled
        if group.error is not None:
            raise group.error

    # --- statements

    def write(self, query: str, args: tuple[Any, ...]) -> list[Any]:
        """A statement of the running transaction; also a read that must see what it wrote."""
        return self._writer.execute(self._question(query), args).fetchall()

    def write_many(self, query: str, rows: Iterable[tuple[Any, ...]]) -> None:
        self._writer.executemany(self._question(query), rows)

    def read(self, query: str, args: tuple[Any, ...]) -> list[Any]:
        return self._reader.execute(self._question(query), args).fetchall()

    async def survey(self, query: str, args: tuple[Any, ...]) -> list[Any]:
        """A read that may take long."""
        question = self._question(query)

        def ask() -> list[Any]:
            with contextlib.closing(self._connect()) as connection:
                return connection.execute(question, args).fetchall()

        return await asyncio.to_thread(ask)

    def _question(self, query: str) -> str:
        question = self._questions.get(query)
        if question is None:
            question = self._questions[query] = _POSITION.sub(r"?\1", query)
        return question
