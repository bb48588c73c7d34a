"""SQLite, spoken to in the event loop's own thread.

A statement of ours goes by an index and takes some ten microseconds; a trip to another thread and back takes ten times
as long, and a message needs dozens. So statements run at once. A commit waits for the disk: where that is quicker than
the trip it runs at once, too, otherwise in a thread. What goes over a whole table is a `survey`, with a thread and a
connection of its own.

Transactions that come together share a commit::

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
import time
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

_PRAGMAS = ("foreign_keys = ON", "journal_mode = WAL", "synchronous = FULL")
_POSITION = re.compile(r"\$(\d+)")
_PATIENCE = 5.0
"""Seconds that another program (a backup, somebody's shell) may hold the file."""
_QUICK = 0.005
"""Seconds of a usual commit up to which the loop waits for it itself: the trip to a thread costs more CPU than all
statements of a message, and what waits behind five milliseconds does not notice."""
_TOGETHER = 64
"""Transactions that share a commit at most."""


class _Group:
    """Transactions that share a commit."""

    def __init__(self) -> None:
        self.kept = 0
        """How many of them wait for it."""
        self.ended = asyncio.Event()
        self.error: sqlite3.Error | None = None


class SqliteFile:
    """One file, two connections: one writes, the other sees only what is committed. `ended` is called whenever
    transactions have ended, well or not; `went` with what went wrong, or None for what was committed. Needs a running
    loop."""

    def __init__(self, path: str, ended: Callable[[], None], went: Callable[[sqlite3.Error | None], None]) -> None:
        self._path = path
        self._ended = ended
        self._went = went
        self._loop = asyncio.get_running_loop()
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
        self._task: asyncio.Task[Any] | None = None
        """Whose turn it is."""
        self._group: _Group | None = None
        """Begun and not committed yet."""
        self._committing: _Group | None = None
        """The same, while a thread commits it."""
        self._settling = False
        self._usual = 0.0
        """Seconds of a commit, the last ones weighing most."""

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        return connection

    async def close(self) -> None:
        """Transactions that have reached their end are committed first; one that has not is undone."""
        if self._committing is not None:
            await self._committing.ended.wait()
        if self._group is not None and self._task is not None:
            self._undo(self._group)
        if self._group is not None:
            self._commit(self._group)
        self._disk.shutdown()
        self._reader.close()
        self._writer.close()

    # --- transactions

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """On the disk when the block has ended; as if it had never been when it raises. Cancelled between the two, it
        is kept."""
        self._queueing += 1
        try:
            await self._turn.acquire()
        except asyncio.CancelledError:
            self._soon()  # whoever left the commit to us
            raise
        finally:
            self._queueing -= 1
        try:
            if self._committing is not None:
                await self._committing.ended.wait()
            group = self._group or await self._begin()
            self._writer.execute("SAVEPOINT turn")
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
        finally:
            self._turn.release()
            self._soon()
        await group.ended.wait()
        if group.error is not None:
            raise group.error

    @property
    def inside(self) -> bool:
        """Whether this task is in a transaction."""
        return self._task is not None and self._task is asyncio.current_task()

    @property
    def busy(self) -> bool:
        """Whether any task is, or has one that is not committed yet."""
        return self._group is not None

    async def _begin(self) -> _Group:
        until = self._loop.time() + _PATIENCE
        while True:
            try:
                self._writer.execute("BEGIN IMMEDIATE")
                break
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or self._loop.time() > until:
                    self._went(error)
                    raise
            await asyncio.sleep(0.01)
        self._group = _Group()
        return self._group

    def _undo(self, group: _Group) -> None:
        if group.kept and self._writer.in_transaction:
            self._writer.execute("ROLLBACK TO turn")
            self._writer.execute("RELEASE turn")
        else:  # nobody else's work is in it; or SQLite has undone all of it by itself (for a full disk, it may)
            self._end(group, sqlite3.OperationalError("rolled back") if group.kept else None)

    def _soon(self) -> None:
        """Look for a commit that is due, behind the tasks that are about to run and may join it."""
        if not self._settling:
            self._settling = True
            self._loop.call_soon(self._settle)

    def _settle(self) -> None:
        self._settling = False
        group = self._group
        if group is None or not group.kept or self._committing is not None or self._turn.locked():
            return  # whoever ends that looks again
        if self._queueing and group.kept < _TOGETHER:
            return  # they join, and look again
        if self._usual < _QUICK:
            self._commit(group)
        else:
            self._committing = group
            self._disk.submit(self._commit_there, group)

    def _commit(self, group: _Group) -> None:
        error, seconds = self._committed()
        self._usual += (seconds - self._usual) / 8
        self._end(group, error)

    def _commit_there(self, group: _Group) -> None:
        """In the thread."""
        self._loop.call_soon_threadsafe(self._back, group, *self._committed())

    def _back(self, group: _Group, error: sqlite3.Error | None, seconds: float) -> None:
        self._committing = None
        self._usual += (seconds - self._usual) / 8
        self._end(group, error)

    def _committed(self) -> tuple[sqlite3.Error | None, float]:
        began = time.perf_counter()
        error = None
        try:
            self._writer.execute("COMMIT")
        except sqlite3.Error as problem:
            error = problem
        return error, time.perf_counter() - began

    def _end(self, group: _Group, error: sqlite3.Error | None) -> None:
        if self._writer.in_transaction:
            self._writer.execute("ROLLBACK")
        self._group = None
        group.error = error
        if group.kept:
            self._went(error)
        group.ended.set()
        self._ended()

    # --- statements

    def write(self, query: str, args: tuple[Any, ...]) -> list[Any]:
        """A statement of the running transaction; also a read that must see what it wrote."""
        try:
            return self._writer.execute(self._question(query), args).fetchall()
        except sqlite3.Error as error:
            self._went(error)
            raise

    def write_many(self, query: str, rows: Iterable[tuple[Any, ...]]) -> None:
        try:
            self._writer.executemany(self._question(query), rows)
        except sqlite3.Error as error:
            self._went(error)
            raise

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
