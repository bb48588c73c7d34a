"""What each process says of the legs that it runs, for the others to read. PostgreSQL only: SQLite has one process."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bridge.store.database import Store
from bridge.store.inbox import Login


class LegRow(NamedTuple):
    """`name` stands before the colon in the ids of its logins. Times are Unix seconds. `login` is its id, None until
    the platform has told it. `ignored` counts updates by kind."""

    name: str
    state: str
    reason: str
    since: float
    last_poll: float | None
    login: str | None
    ignored: Mapping[str, int]


class Told(NamedTuple):
    """A leg as it was written down. `alive`: its process runs, as far as its lease tells; `until`, when that ended or
    will end if it is not renewed."""

    row: LegRow
    login: Login | None
    alive: bool
    until: float


class Legs:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def write(self, rows: Sequence[LegRow]) -> None:
        await self._store.executemany(
            "INSERT INTO leg (name, state, reason, since, last_poll, login, ignored) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (name) DO UPDATE SET state = excluded.state, "
            "reason = excluded.reason, since = excluded.since, last_poll = excluded.last_poll, "
            "login = excluded.login, ignored = excluded.ignored",
            [(*row[:6], json.dumps(row.ignored)) for row in rows],
        )

    async def told(self) -> list[Told]:
        """All that were ever written down."""
        rows = await self._store.fetch(
            "SELECT l.name, l.state, l.reason, l.since, l.last_poll, l.login, l.ignored, "
            "COALESCE(e.until > clock_timestamp(), FALSE), "
            "CAST(COALESCE(EXTRACT(EPOCH FROM e.until), 0) AS DOUBLE PRECISION), "
            "g.id, g.platform, g.remote_id, g.username, g.name "
            "FROM leg l LEFT JOIN login g ON g.id = l.login LEFT JOIN leases e ON e.role = split_part(l.name, '.', 1)"
        )
        return [
            Told(
                LegRow(row[0], row[1], row[2], row[3], row[4], row[5], json.loads(row[6])),
                Login(*row[9:]) if row[9] is not None else None,
                bool(row[7]),
                float(row[8]),
            )
            for row in rows
        ]
