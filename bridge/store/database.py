"""Opening the database, holding it alone, and its transactions.

SQLite and PostgreSQL sit behind mautrix's `async_db`. Three of its habits are mended here: SQLite runs with
`synchronous=FULL` (what was answered 200 survives a power cut), a transaction that is cancelled is rolled back
(theirs only rolls back on `Exception`), and a second bridge on the same database is refused.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable
from typing import IO, Any

import asyncpg
from mautrix.util.async_db import Database, DatabaseException, Scheme
from mautrix.util.async_db.errors import UnsupportedDatabaseVersion
from yarl import URL

from bridge.errors import StartError
from bridge.store.schema import UPGRADES

_LOCK = 0x68616D70
"""PostgreSQL's advisory lock of a bridge ("hamp"), taken in the database that it works on."""


class Store:
    """The database. Reads go through `fetch…`; everything that writes stands inside `transaction()`.

    One writer at a time: transactions are serialised by a lock of ours, which is what SQLite does anyway and
    what makes the row ids of the ledger an order on PostgreSQL, too. Start no task inside a transaction: it
    would inherit the connection.
    """

    def __init__(self, url: str) -> None:
        self._url = URL(url)
        self._sqlite = self._url.scheme.startswith("sqlite")
        options: dict[str, Any] = (
            {"init_commands": ["PRAGMA synchronous = FULL"]} if self._sqlite else {"min_size": 1, "max_size": 4}
        )
        self._db = Database.create(
            str(self._url),
            db_args=options,
            upgrade_table=UPGRADES,
            log=logging.getLogger("mau.db"),  # type: ignore[arg-type, unused-ignore]
            owner_name="hampayam",
        )
        self._writing = asyncio.Lock()
        self._lock_file: IO[bytes] | None = None
        self._lock_connection: asyncpg.Connection[Any] | None = None
        self._afterwards: list[Callable[[], None]] = []

    @property
    def dialect(self) -> str:
        return "SQLite" if self._sqlite else "PostgreSQL"

    async def open(self) -> None:
        """Take the database for ourselves, connect and migrate. Raises StartError in plain words."""
        try:
            await self._hold()
            await self._db.start()
        except UnsupportedDatabaseVersion as error:
            await self.close()
            raise StartError(
                f"the database was made by a newer version of the bridge ({error}): run that version, "
                "or restore a backup of the older database"
            ) from None
        except DatabaseException as error:
            await self.close()
            raise StartError(f"the database cannot be used: {error}") from None
        except (OSError, sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            await self.close()
            raise StartError(f"the database cannot be opened: {type(error).__name__}: {error}") from None
        except StartError:
            await self.close()
            raise

    async def _hold(self) -> None:
        if self._sqlite:
            path = self._url.path
            try:
                self._lock_file = open(path + ".lock", "ab")  # noqa: SIM115, ASYNC230 (held until close; once, at the start)
            except OSError as error:
                raise StartError(f"the database's folder cannot be written: {error.strerror}") from None
            try:
                fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise StartError("another bridge is running on this database; stop it first") from None
            return
        self._lock_connection = await asyncpg.connect(str(self._url))
        if not await self._lock_connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
            raise StartError("another bridge is running on this database; stop it first")

    async def close(self) -> None:
        with contextlib.suppress(RuntimeError):
            await self._db.stop()
        if self._lock_connection is not None:
            await self._lock_connection.close()
            self._lock_connection = None
        if self._lock_file is not None:
            self._lock_file.close()
            self._lock_file = None

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """All or nothing. Committed (on disk) when the block ends, rolled back when it raises or is cancelled."""
        async with self._writing:
            try:
                async with self._write():
                    yield
            finally:
                for callback in self._afterwards:
                    callback()
                self._afterwards.clear()

    def afterwards(self, callback: Callable[[], None]) -> None:
        """Call once when the running transaction has ended, either way (at once, outside of one): for caches."""
        if self._writing.locked():
            self._afterwards.append(callback)
        callback()

    @contextlib.asynccontextmanager
    async def _write(self) -> AsyncIterator[None]:
        conn: Any
        async with self._db.acquire() as conn:
            if self._db.scheme != Scheme.SQLITE:
                async with conn.transaction():
                    yield
                return
            try:
                await conn.execute("BEGIN IMMEDIATE")
                yield
                await conn.execute("COMMIT")
            except BaseException:
                # Shielded: a cancelled writer must not leave the connection inside its transaction. The statement that
                # was cancelled runs to its end in SQLite's thread; rolling back what it ended already does nothing.
                await asyncio.shield(asyncio.ensure_future(conn.wrapped.rollback()))
                raise

    async def execute(self, query: str, *args: Any) -> None:
        await self._db.execute(query, *args)

    async def executemany(self, query: str, rows: list[tuple[Any, ...]]) -> None:
        await self._db.executemany(query, rows)

    async def fetch(self, query: str, *args: Any) -> list[Any]:
        return await self._db.fetch(query, *args)

    async def fetchrow(self, query: str, *args: Any) -> Any:
        return await self._db.fetchrow(query, *args)

    async def fetchval(self, query: str, *args: Any) -> Any:
        return await self._db.fetchval(query, *args)
