"""Who of several bridges works on a PostgreSQL database: one for each role, and for as long as it says so.

A role is "head" or a platform's name. A bridge of one process has all of them, so that it and a process of one platform
never work at once. Whoever has not all of its roles has none.

::

    waits ──(nobody has the lock, or its holder has not renewed for LASTS_S)──▶ holds ──(renews every RENEWED_S)──┐
      ▲                                                                           ▲───────────────────────────────┘
      └──────(somebody else took it: `LeaseLost`)─────────────────────────────────┘

The lock is PostgreSQL's own, and gone with its connection: a bridge that was killed is followed at once. One that was
stopped without dying keeps its connection; when it has not renewed for long enough its follower ends that connection.
Such a bridge finds out by its own clock, before it sends anything: `held` is asked behind the commit that says "I am
sending this". What it had under way then is `unknown` to its follower, and never repeated.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import asyncpg

from bridge.errors import StartError

log = logging.getLogger("hampayam.lease")

HEAD = "head"
"""The role of whoever answers the homeserver and does what happens once for a database."""

_LOCK = 0x68616D70
"""PostgreSQL's advisory lock of a bridge ("hamp"), taken in the database that it works on: the lower half of its key.
The upper half tells the roles apart."""

_UPGRADE = 0x68616D72
"""The advisory lock of whoever may change the tables."""

LASTS_S = 6.0
"""Seconds behind its last renewal after which a lease may be taken by another."""
RENEWED_S = 1.5
_MARGIN_S = 1.5
"""Seconds before that at which its holder does not count on it any more: clocks differ, and a call takes time."""
_LOOKS_S = 0.5

_TABLE = """CREATE TABLE IF NOT EXISTS leases (
    role    TEXT PRIMARY KEY,
    epoch   BIGINT NOT NULL,
    backend INTEGER NOT NULL,
    until   TIMESTAMPTZ NOT NULL,
    schema  INTEGER NOT NULL DEFAULT 0
)"""
"""`schema` is the version of the tables that its holder works with, 0 until it does."""
_TAKE = (
    "INSERT INTO leases (role, epoch, backend, until) "
    "SELECT role, 1, pg_backend_pid(), clock_timestamp() + $1 * INTERVAL '1 second' FROM unnest($2::text[]) AS role "
    "ON CONFLICT (role) DO UPDATE SET epoch = leases.epoch + 1, backend = excluded.backend, until = excluded.until, "
    "schema = 0 "
    "RETURNING role, epoch"
)
_RENEW = (
    "UPDATE leases SET backend = pg_backend_pid(), until = clock_timestamp() + $1 * INTERVAL '1 second' "
    "FROM unnest($2::text[], $3::bigint[]) AS mine (role, epoch) "
    "WHERE leases.role = mine.role AND leases.epoch = mine.epoch RETURNING TRUE"
)
_OURS = (
    "SELECT COUNT(*) FROM leases l JOIN unnest($1::text[], $2::bigint[]) AS mine (role, epoch) "
    "ON l.role = mine.role AND l.epoch = mine.epoch"
)
_NOT_FREE = "SELECT key FROM unnest($1::bigint[]) AS key WHERE NOT pg_try_advisory_lock(key)"
_END_SLEEPER = (
    "SELECT pg_terminate_backend(pid) FROM (SELECT DISTINCT k.pid FROM pg_locks k "
    "JOIN unnest($2::text[], $3::bigint[]) AS wanted (role, key) ON k.classid = wanted.key >> 32 & 4294967295 "
    "JOIN leases e ON e.role = wanted.role AND e.backend = k.pid "
    "WHERE k.locktype = 'advisory' AND k.objid = $1 AND k.granted AND e.until < clock_timestamp() "
    "AND k.database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS sleeping"
)

AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What a database raises that cannot be reached, or does not want to. The last is asyncpg's word for a connection that
was cut in the middle of something."""


_MADE_MEANWHILE = (asyncpg.UniqueViolationError, asyncpg.DuplicateTableError, asyncpg.DuplicateObjectError)
"""What PostgreSQL says where two make the same table at the same moment."""


class LeaseLost(Exception):
    """Another bridge works on this database now."""


def _key(role: str) -> int:
    """Of a role's lock, as PostgreSQL's signed eight bytes. The head's is the one that a bridge always had."""
    upper = 0 if role == HEAD else zlib.crc32(role.encode())
    key = upper << 32 | _LOCK
    return key - (1 << 64) if key >= 1 << 63 else key


def _clock() -> float:
    """Seconds that go on while the process is stopped and while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Lease:
    def __init__(self, url: str, clock: Callable[[], float] = _clock, roles: Sequence[str] = (HEAD,)) -> None:
        self._url = url
        self._clock = clock
        self._roles = list(roles)
        self._keys = [_key(role) for role in roles]
        self._connection: asyncpg.Connection[Any] | None = None
        self._renewing = asyncio.Lock()
        self._locked = False
        self._epochs: list[int] = []
        """In the order of the roles."""
        self._taken_at = 0.0
        self._until = 0.0

    @property
    def held(self) -> bool:
        """Whether nobody else can have it yet. (Until it is kept for the first time nothing is sent.)"""
        return self._clock() < self._until

    async def take(self, waiting: Callable[[], None] | None = None) -> None:
        """Returns when it is ours. Without `waiting` that is now or never: raises StartError where another has it.
        `waiting` is called once, if there is something to wait for."""
        said = False
        while True:
            try:
                if await self._try():
                    return
            except AWAY as error:
                self._drop()
                if not said:
                    raise
                log.warning("waiting: the database cannot be reached: %s", type(error).__name__)
            if waiting is None:
                await self.close()
                what = "" if self._roles == [HEAD] else f" ({', '.join(self._roles)})"
                raise StartError(
                    f"another bridge is running on this database{what}; stop it first (or run this one with --standby: "
                    "it takes over when the other is gone)"
                )
            if not said:
                said = True
                waiting()
            await asyncio.sleep(_LOOKS_S)

    async def _try(self) -> bool:
        connection = await self._connected()
        with contextlib.suppress(*_MADE_MEANWHILE):
            await connection.execute(_TABLE)
        if not await self._lock(connection):
            return False
        self._taken_at = self._clock()
        epochs = dict(await connection.fetch(_TAKE, LASTS_S, self._roles))
        self._epochs = [epochs[role] for role in self._roles]
        self._until = math.inf
        return True

    async def _lock(self, connection: asyncpg.Connection[Any]) -> bool:
        if self._locked:
            return True
        taken = await connection.fetch(_NOT_FREE, self._keys, timeout=LASTS_S)
        if not taken:
            self._locked = True
            return True
        if len(taken) < len(self._keys):  # whoever waits for one must not keep the others from anybody
            await connection.execute("SELECT pg_advisory_unlock_all()", timeout=LASTS_S)
        if await connection.fetch(_END_SLEEPER, _LOCK, self._roles, self._keys, timeout=LASTS_S):
            log.warning("a bridge that held the database did not renew its lease; its connection is ended")
        return False

    async def _connected(self) -> asyncpg.Connection[Any]:
        if self._connection is None or self._connection.is_closed():
            self._locked = False
            self._connection = await asyncpg.connect(self._url, timeout=LASTS_S)
        return self._connection

    @contextlib.asynccontextmanager
    async def upgrading(self, version_table: str, latest: int) -> AsyncIterator[None]:
        """Meanwhile no other process of this bridge changes the tables. Raises StartError where they are of an earlier
        version than `latest`, and another works with them."""
        connection = await self._connected()
        await connection.execute("SELECT pg_advisory_lock($1)", _UPGRADE)
        try:
            version = None
            if await connection.fetchval("SELECT to_regclass($1)", version_table) is not None:
                version = await connection.fetchval(f"SELECT version FROM {version_table}")
            working = "SELECT TRUE FROM leases WHERE schema BETWEEN 1 AND $1 AND until > clock_timestamp() LIMIT 1"
            if version is not None and version < latest and await connection.fetchval(working, latest - 1):
                raise StartError(
                    "this version of the bridge needs other tables, and processes of another version work with them; "
                    "stop all of them (head and platforms), then start them again"
                )
            yield
            await connection.execute("UPDATE leases SET schema = $1 WHERE role = ANY($2::text[])", latest, self._roles)
        finally:
            if not connection.is_closed():
                await connection.execute("SELECT pg_advisory_unlock($1)", _UPGRADE)

    async def ours(self) -> None:
        """Asked before anything is written: PostgreSQL forgets the lock together with the connection that took it, as
        when it is started again. Then it is taken again first. Raises LeaseLost, or what a database raises."""
        if self._locked and self._connection is not None and not self._connection.is_closed():
            return
        if not await self._renewed():
            raise LeaseLost
        if not self._locked:
            raise ConnectionError("the database is not ours again yet")

    async def keep(self) -> None:
        """Renew it for ever, through restarts of the database. Raises LeaseLost when another has taken it."""
        away = False
        self._until = self._taken_at + LASTS_S - _MARGIN_S
        while True:
            try:
                if not await self._renewed():
                    raise LeaseLost
                if away:
                    log.warning("the database is back")
                away = False
            except AWAY as error:
                if not away:
                    log.warning("the lease could not be renewed: %s", type(error).__name__)
                away = True
            await asyncio.sleep(RENEWED_S)

    async def _renewed(self) -> bool:
        async with self._renewing:
            try:
                return await self._renew()
            except AWAY:
                self._drop()
                raise

    def _drop(self) -> None:
        """Whatever state the connection is in, the next call has a new one."""
        connection, self._connection = self._connection, None
        self._locked = False
        if connection is not None:
            connection.terminate()

    async def _renew(self) -> bool:
        connection = await self._connected()
        if not await self._lock(connection):
            # It may be our former connection that has it, of which the server does not know that it is gone.
            return bool(await connection.fetchval(_OURS, self._roles, self._epochs) == len(self._roles))
        began = self._clock()
        renewed = await connection.fetch(_RENEW, LASTS_S, self._roles, self._epochs, timeout=LASTS_S)
        if len(renewed) < len(self._roles):
            return False
        self._until = began + LASTS_S - _MARGIN_S
        return True

    async def close(self) -> None:
        """Give it back."""
        self._until = 0.0
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            await connection.close(timeout=_LOOKS_S)
