"""Opening the database, holding it alone, and its transactions.

Migrations, and PostgreSQL, go by mautrix's `async_db`. SQLite in daily work does not (`sqlite.py` says why): it runs
with `synchronous=FULL` (what was answered 200 survives a power cut), and a transaction that is cancelled is rolled
back (theirs only rolls back on `Exception`). A second bridge on the same database is refused, also
when the first has lost its connection for a while.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from typing import IO, Any

import asyncpg
from mautrix.util.async_db import Database, DatabaseException, PostgresDatabase
from mautrix.util.async_db.errors import UnsupportedDatabaseVersion
from yarl import URL

from bridge.errors import StartError
from bridge.store.lease import HEAD, Lease
from bridge.store.schema import UPGRADES
from bridge.store.sqlite import SqliteFile

log = logging.getLogger("hampayam.store")

FORGET = "forget"
"""What other processes are told, with the name of a cache and what in it is not true any more."""

_TURN = 0x68616D71
"""PostgreSQL's advisory lock of the one transaction at a time that several processes have between them."""
_IDLE_MS = 10_000
"""After which PostgreSQL ends the connection of a process that stands still in a transaction, and keeps the others."""

AT_ONCE = 100
"""How many of what waits are told at a time: see `Lanes.wake_all`."""


class _Server(PostgresDatabase):
    """PostgreSQL. A connection that has lost its thread, as in the moment in which the server dies, is not used again;
    mautrix's own answer to that is to end the process."""

    async def _handle_exception(self, error: Exception) -> None:
        if isinstance(error, asyncpg.InternalClientError):
            await self.pool.expire_connections()


class Store:
    """The database. Reads go through `fetch…`; everything that writes stands inside `transaction()`.

    One writer at a time: transactions are serialised by us (between several processes by a lock of the server's), which
    is what SQLite does anyway and what makes the row ids of the ledger an order on PostgreSQL, too. Start no task
    inside a transaction: on PostgreSQL it would inherit the connection, on SQLite it would not see what is not
    committed.
    """

    def __init__(self, url: str, roles: Sequence[str] = (HEAD,), *, several: bool = False) -> None:
        """`roles` are what it is held for (`lease.py`). `several`: other processes work on it, for roles of theirs."""
        self._url = URL(url)
        self._sqlite = self._url.scheme.startswith("sqlite")
        self.several = several
        options: dict[str, Any] = (
            {"init_commands": ["PRAGMA synchronous = FULL"]}
            if self._sqlite
            else {"min_size": 1, "max_size": 4, "reset": _nothing_to_reset}
        )
        if several and not self._sqlite:
            options["server_settings"] = {"idle_in_transaction_session_timeout": str(_IDLE_MS)}
        make = Database.create if self._sqlite else _Server
        self._db = make(
            self._url,
            db_args=options,
            upgrade_table=UPGRADES,
            log=logging.getLogger("mau.db"),  # type: ignore[arg-type, unused-ignore]
            owner_name="hampayam",
        )
        self._file: SqliteFile | None = None
        """SQLite, once it is open and migrated."""
        self._writing = asyncio.Lock()
        self._lock_file: IO[bytes] | None = None
        self._lease = None if self._sqlite else Lease(url, roles=roles)
        self._afterwards: list[Callable[[], None]] = []
        self._caches: dict[str, list[Callable[..., None]]] = {}
        self.ring: Callable[..., None] = lambda *word: None
        """Tells the other processes something, behind a commit (`bell.py`)."""
        self.trouble: str | None = None
        """Why nothing can be written at the moment: disk_full, read_only, disk_error, unreachable."""

    @property
    def dialect(self) -> str:
        return "SQLite" if self._sqlite else "PostgreSQL"

    async def open(self, waiting: Callable[[], None] | None = None) -> None:
        """Take the database for ourselves, connect and migrate. Raises StartError in plain words. With `waiting`, which
        is called once, it waits until another bridge is gone."""
        try:
            await self._hold(waiting)
            async with self._upgrading():
                await self._db.start()
            if self._sqlite:
                await self._db.stop()
                self._file = SqliteFile(self._url.path, self._ended, self._went)
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

    async def _hold(self, waiting: Callable[[], None] | None) -> None:
        if self._sqlite:
            if self.several:
                raise StartError("--platform needs PostgreSQL: a file of SQLite's belongs to one process")
            if waiting is not None:
                raise StartError("--standby needs PostgreSQL: a file of SQLite's belongs to one bridge on one machine")
            path = self._url.path
            try:
                self._lock_file = open(path + ".lock", "ab")  # noqa: SIM115, ASYNC230 (held until close; once, at the start)
            except OSError as error:
                raise StartError(f"the database's folder cannot be written: {error.strerror}") from None
            try:
                fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise StartError("another bridge is running on this database; stop it first") from None
            await asyncio.to_thread(_usable, path)
            return
        assert self._lease is not None
        await self._lease.take(waiting)

    @contextlib.asynccontextmanager
    async def _upgrading(self) -> AsyncIterator[None]:
        if self._lease is None or not self.several:
            yield
        else:
            async with self._lease.upgrading(UPGRADES.version_table_name, len(UPGRADES.upgrades)):
                yield

    @property
    def held(self) -> bool:
        """Whether the database is ours alone. Asked right before something is sent that must not be sent twice."""
        return self._lease is None or self._lease.held

    async def keep(self) -> None:
        """Hold it for ever. Raises LeaseLost when another bridge has taken it over."""
        if self._lease is not None:
            await self._lease.keep()

    async def _still_ours(self) -> None:
        if self._lease is not None:
            await self._lease.ours()

    async def close(self) -> None:
        if self._file is not None:
            await self._file.close()
            self._file = None
        with contextlib.suppress(RuntimeError):
            await self._db.stop()
        if self._lease is not None:
            await self._lease.close()
        if self._lock_file is not None:
            self._lock_file.close()
            self._lock_file = None

    def transaction(self) -> contextlib.AbstractAsyncContextManager[None]:
        """All or nothing. Committed (on disk) when the block has ended, rolled back when it raises or is cancelled."""
        return self._file.transaction() if self._file is not None else self._on_server()

    @contextlib.asynccontextmanager
    async def _on_server(self) -> AsyncIterator[None]:
        """A cancellation stays one, although the connection is lost and cannot even undo."""
        cancelled = False
        async with self._writing:
            try:
                await self._still_ours()
                conn: Any
                async with self._db.acquire() as conn, conn.transaction():
                    try:
                        if self.several:
                            await conn.execute("SELECT pg_advisory_xact_lock($1)", _TURN)
                        yield
                    except asyncio.CancelledError:
                        cancelled = True
                        raise
                self._went(None)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
                if cancelled:
                    raise asyncio.CancelledError from None
                self._went(error)
                raise
            finally:
                self._ended()

    def _went(self, error: Exception | None) -> None:
        """A transaction was committed, or failed. What keeps all of them from being written is told once, in words."""
        trouble = None if error is None else trouble_of(error)
        if error is not None and trouble is None:
            return  # that was about one statement
        if trouble is not None and trouble != self.trouble:
            log.error("the database cannot be written: %s", _IN_WORDS[trouble])
        elif trouble is None and self.trouble is not None:
            log.warning("the database can be written again; what waited goes on")
        self.trouble = trouble

    def afterwards(self, callback: Callable[[], None]) -> None:
        """Call once when the running transaction has ended, either way (at once, outside of one): for caches."""
        if self._in_transaction:
            self._afterwards.append(callback)
        callback()

    def cache(self, name: str, forget: Callable[..., None]) -> None:
        """Something is remembered under a name; `forget` without arguments forgets all of it."""
        self._caches.setdefault(name, []).append(forget)

    def forget(self, name: str, *what: str | int) -> None:
        """What is remembered of something is not true any more: nor in other processes, when that is committed."""
        self.afterwards(partial(self.forget_here, name, *what))
        if self.several:
            self.behind(partial(self.ring, FORGET, name, *what))

    def forget_here(self, name: str, *what: str | int) -> None:
        """In this process alone."""
        for forget in self._caches.get(name, ()):
            forget(*what)

    def forget_all(self) -> None:
        """Other processes may have changed anything."""
        for name in self._caches:
            self.forget_here(name)

    @property
    def _in_transaction(self) -> bool:
        return self._writing.locked() or (self._file is not None and self._file.busy)

    def behind(self, callback: Callable[[], None]) -> None:
        """Call once when the running transaction has ended (at once, outside of one): for waking others, whose tasks
        must not begin inside it."""
        if self._in_transaction:
            self._afterwards.append(callback)
        else:
            callback()

    def _ended(self) -> None:
        callbacks, self._afterwards = self._afterwards, []
        for callback in callbacks:
            callback()

    async def setting(self, key: str) -> str | None:
        value = await self.fetchval("SELECT value FROM setting WHERE key = $1", key)
        return None if value is None else str(value)

    async def set(self, key: str, value: str) -> None:
        """Remember something about ourselves. In the caller's transaction, if there is one."""
        await self.execute(
            "INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            key, value,
        )  # fmt: skip

    async def execute(self, query: str, *args: Any) -> None:
        """A statement that answers nothing. Outside of a transaction it is one by itself."""
        if self._file is None:
            await self._still_ours()
            await self._db.execute(query, *args)
        elif self._file.inside:
            self._file.write(query, args)
        else:
            async with self.transaction():
                self._file.write(query, args)

    async def executemany(self, query: str, rows: list[tuple[Any, ...]]) -> None:
        if self._file is None:
            await self._still_ours()
            await self._db.executemany(query, rows)
        elif self._file.inside:
            self._file.write_many(query, rows)
        else:
            async with self.transaction():
                self._file.write_many(query, rows)

    async def fetch(self, query: str, *args: Any) -> list[Any]:
        """Rows, for a query that goes by an index. One that writes (RETURNING) belongs into a transaction."""
        if self._file is None:
            return await self._db.fetch(query, *args)
        return self._file.write(query, args) if self._file.inside else self._file.read(query, args)

    async def fetchrow(self, query: str, *args: Any) -> Any:
        if self._file is None:
            return await self._db.fetchrow(query, *args)
        rows = await self.fetch(query, *args)
        return rows[0] if rows else None

    async def fetchval(self, query: str, *args: Any) -> Any:
        row = await self.fetchrow(query, *args)
        return None if row is None else row[0]

    def rows(self, *types: str) -> str:
        """SQL for a table made of parameter $1, a list of rows as JSON (`json.dumps`): its columns are c0, c1, … of the
        SQL types given. One statement for many rows is one trip to a server instead of many."""
        if self._sqlite:
            source, value = "json_each($1)", "json_extract(value, '$[{}]')"
        else:
            source, value = "json_array_elements(CAST($1 AS json)) AS given (value)", "value ->> {}"
        columns = (f"CAST({value.format(number)} AS {kind}) AS c{number}" for number, kind in enumerate(types))
        return f"(SELECT {', '.join(columns)} FROM {source}) AS given_rows"

    async def survey(self, query: str, *args: Any) -> list[Any]:
        """Rows, for a query that goes over a whole table: others go on meanwhile. Sees only what is committed."""
        if self._file is None:
            return await self._db.fetch(query, *args)
        return await self._file.survey(query, args)


_IN_WORDS = {
    "disk_full": "its disk is full. Messengers and homeserver keep what we cannot take over. Make room",
    "read_only": "it is read-only. Messengers and homeserver keep what we cannot take over. See to the rights of the "
    "file and its folder, or to the server",
    "disk_error": "reading or writing its disk fails. Stop the bridge and look at the disk",
    "unreachable": "its server does not answer. It is tried again",
}


def trouble_of(error: BaseException) -> str | None:
    """What keeps everything from being written, a key of `_IN_WORDS`; None where an error is about one statement."""
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        return {
            sqlite3.SQLITE_FULL: "disk_full",
            sqlite3.SQLITE_READONLY: "read_only",
            sqlite3.SQLITE_CANTOPEN: "read_only",
            sqlite3.SQLITE_IOERR: "disk_error",
        }.get(code)
    if isinstance(error, asyncpg.DiskFullError):
        return "disk_full"
    if isinstance(error, asyncpg.ReadOnlySQLTransactionError):
        return "read_only"
    if isinstance(error, ValueError):
        return None  # asyncpg's way to say that an argument does not fit
    # The last is what a connection says that was ended under asyncpg's hands.
    ended = (asyncpg.OperatorInterventionError, asyncpg.InterfaceError, asyncpg.InternalClientError)
    gone = (asyncpg.PostgresConnectionError, OSError, *ended)
    return "unreachable" if isinstance(error, gone) else None


async def _nothing_to_reset(_: Any) -> None:
    """Asked after each use of a connection to PostgreSQL: a transaction that is still open ends by itself there, and
    nothing else of a session is ever changed. The default is one more round trip for every query."""


def _usable(path: str) -> None:
    """Raises sqlite3.Error for a file that SQLite cannot work with. Asked before async_db does: when that fails in the
    middle, it leaves a thread behind that keeps the process from ending."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
