"""What each process says of the legs that it runs, for the others to read. PostgreSQL only: SQLite has one process."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bridge.store.database import Store
from bridge.store.inbox import Login


class LegRow(NamedTuple):
    """`name` stands before the colon in the ids of its logins. Times are Unix seconds. `login` is its id, None until
    the platform has told it. `ignored` counts updates by kind. `slowed` is as `Leg.slowed` has it."""

    name: str
    state: str
    reason: str
    since: float
    last_poll: float | None
    login: str | None
    ignored: Mapping[str, int]
    probe_fails_since: float | None
    slowed: tuple[int, int] | None


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
            "INSERT INTO leg (name, state, reason, since, last_poll, login, ignored, "
            "probe_fails_since, slowed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
            "ON CONFLICT (name) DO UPDATE SET state = excluded.state, "
            "reason = excluded.reason, since = excluded.since, last_poll = excluded.last_poll, "
            "login = excluded.login, ignored = excluded.ignored, "
            "probe_fails_since = excluded.probe_fails_since, slowed = excluded.slowed",
            [(*row[:6], json.dumps(row.ignored), row.probe_fails_since, json.dumps(row.slowed)) for row in rows],
        )

    async def told(self) -> list[Told]:
        """All that were ever written down."""
        rows = await self._store.fetch(
            "SELECT l.name, l.state, l.reason, l.since, l.last_poll, l.login, l.ignored, "
            "l.probe_fails_since, l.slowed, "
            "COALESCE(e.until > clock_timestamp(), FALSE), "
            "CAST(COALESCE(EXTRACT(EPOCH FROM e.until), 0) AS DOUBLE PRECISION), "
            "g.id, g.platform, g.remote_id, g.username, g.name "
            "FROM leg l LEFT JOIN login g ON g.id = l.login LEFT JOIN leases e ON e.role = split_part(l.name, '.', 1)"
        )
        return [
            Told(
                LegRow(
                    *(row[0], row[1], row[2], row[3], row[4], row[5], json.loads(row[6])),
                    probe_fails_since=row[7],
                    slowed=_pair(json.loads(row[8])),
                ),
                Login(*row[11:]) if row[11] is not None else None,
                bool(row[9]),
                float(row[10]),
            )
            for row in rows
        ]


def _pair(value: Sequence[int] | None) -> tuple[int, int] | None:
    return None if value is None else (value[0], value[1])
