"""Who was reported by whom, who is banned, and what our tables tell of a person."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bridge.store.database import Store

_REPORT = "id, reporter, reported, room, evidence, digest, made_at, closed_at, closed_by"
_BAN = "person, actor, at, report, ended_at"


@dataclass(frozen=True, slots=True)
class Report:
    """A case. People are Matrix ids, `room` is a row id, `evidence` are event ids, the oldest first; `digest` is a
    keyed hash of what they said when it was made. Times are Unix ms."""

    id: int
    reporter: str
    reported: str
    room: int | None
    evidence: tuple[str, ...]
    digest: str
    made_at: int
    closed_at: int | None
    closed_by: str | None


@dataclass(frozen=True, slots=True)
class Ban:
    """It holds while `ended_at` is None. `report` is the case that it is for."""

    person: str
    actor: str
    at: int
    report: int | None
    ended_at: int | None


@dataclass(frozen=True, slots=True)
class Known:
    """What our tables tell of a person. `first_heard` is Unix ms; `conversations` are counted by their state."""

    first_heard: int | None
    desk: bool
    conversations: tuple[tuple[str, int], ...]


class Reports:
    """Methods that write belong inside `Store.transaction()`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.cache("bans", self._forget)
        self._banned: frozenset[str] | None = None
        self._generation = 0

    # --- cases

    async def add(
        self, reporter: str, reported: str, room: int | None, evidence: Sequence[str], digest: str, at: int
    ) -> int:
        id = await self._store.fetchval(
            "INSERT INTO report (reporter, reported, room, evidence, digest, made_at) "
            "VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
            reporter, reported, room, json.dumps(list(evidence)), digest, at,
        )  # fmt: skip
        return int(id)

    async def get(self, id: int) -> Report | None:
        row = await self._store.fetchrow(f"SELECT {_REPORT} FROM report WHERE id = $1", id)
        return _report(row) if row else None

    async def since(self, reporter: str, reported: str, at: int) -> int | None:
        """The first case of somebody about somebody that is not older."""
        found = await self._store.fetchval(
            "SELECT MIN(id) FROM report WHERE reporter = $1 AND reported = $2 AND made_at >= $3", reporter, reported, at
        )
        return None if found is None else int(found)

    async def open(self, limit: int) -> list[Report]:
        """Cases that nobody has closed, the oldest first."""
        rows = await self._store.fetch(
            f"SELECT {_REPORT} FROM report WHERE closed_at IS NULL ORDER BY id LIMIT $1", limit
        )
        return [_report(row) for row in rows]

    async def close(self, id: int, by: str, at: int) -> bool:
        """False: it is closed already."""
        closed = await self._store.fetchval(
            "UPDATE report SET closed_at = $2, closed_by = $3 WHERE id = $1 AND closed_at IS NULL RETURNING id",
            id, at, by,
        )  # fmt: skip
        return closed is not None

    async def against(self, person: str) -> tuple[int, int]:
        """How often somebody was reported, and by how many people."""
        row = await self._store.fetchrow(
            "SELECT COUNT(*), COUNT(DISTINCT reporter) FROM report WHERE reported = $1", person
        )
        return int(row[0]), int(row[1])

    async def last_said(self, person: str, room: int, limit: int) -> list[str]:
        """The events of somebody's last messages in a room, the oldest first."""
        rows = await self._store.survey(
            "SELECT event_id FROM message WHERE room = $1 AND sender = $2 AND kind = 'message' "
            "AND event_id IS NOT NULL ORDER BY id DESC LIMIT $3",
            room, person, limit,
        )  # fmt: skip
        return [row[0] for row in reversed(rows)]

    # --- bans

    async def ban(self, person: str, actor: str, at: int, report: int | None) -> bool:
        """False: they are banned already."""
        put = await self._store.fetchval(
            "INSERT INTO ban (person, actor, at, report, settled) VALUES ($1, $2, $3, $4, FALSE) "
            "ON CONFLICT (person) DO UPDATE SET actor = excluded.actor, at = excluded.at, report = excluded.report, "
            "ended_at = NULL, settled = FALSE WHERE ban.ended_at IS NOT NULL RETURNING person",
            person, actor, at, report,
        )  # fmt: skip
        self._store.forget("bans")
        return put is not None

    async def unban(self, person: str, at: int) -> bool:
        """False: they are not banned."""
        ended = await self._store.fetchval(
            "UPDATE ban SET ended_at = $2, settled = FALSE WHERE person = $1 AND ended_at IS NULL RETURNING person",
            person, at,
        )  # fmt: skip
        self._store.forget("bans")
        return ended is not None

    async def banned(self) -> frozenset[str]:
        """Everybody who is banned now; from memory while that does not change."""
        if self._banned is not None:
            return self._banned
        generation = self._generation
        rows = await self._store.fetch("SELECT person FROM ban WHERE ended_at IS NULL")
        people = frozenset(str(row[0]) for row in rows)
        if generation == self._generation:
            self._banned = people
        return people

    def _forget(self) -> None:
        self._generation += 1
        self._banned = None

    async def ban_of(self, person: str) -> Ban | None:
        """The last ban of somebody, over or not."""
        row = await self._store.fetchrow(f"SELECT {_BAN} FROM ban WHERE person = $1", person)
        return Ban(*row) if row else None

    async def unsettled(self) -> list[Ban]:
        """Bans that began or ended, and of which not everything has been done that follows."""
        rows = await self._store.fetch(f"SELECT {_BAN} FROM ban WHERE NOT settled ORDER BY at, person")
        return [Ban(*row) for row in rows]

    async def settled(self, ban: Ban) -> None:
        """Everything has been done, unless the ban is another by now."""
        await self._store.execute(
            "UPDATE ban SET settled = TRUE WHERE person = $1 AND at = $2 AND COALESCE(ended_at, 0) = $3",
            ban.person, ban.at, ban.ended_at or 0,
        )  # fmt: skip

    async def first_today(self, person: str, day: int) -> bool:
        """Whether a banned person has not been told so on a day yet. From now on they have."""
        new = await self._store.fetchval(
            "INSERT INTO budget (person, kind, day, used) VALUES ($1, 'ban told', $2, 1) "
            "ON CONFLICT (person, kind, day) DO NOTHING RETURNING used",
            person, day,
        )  # fmt: skip
        return new is not None

    # --- people

    async def known(self, person: str) -> Known:
        (heard,) = await self._store.survey(
            "SELECT MIN(said_at) FROM message WHERE sender = $1 AND kind = 'message'", person
        )
        desk = await self._store.fetchval("SELECT 1 FROM desk WHERE person = $1 LIMIT 1", person)
        rows = await self._store.fetch(
            "SELECT state, COUNT(*) FROM request WHERE asker = $1 OR target = $1 GROUP BY state ORDER BY state", person
        )
        return Known(heard[0], desk is not None, tuple((row[0], int(row[1])) for row in rows))


def _report(row: Any) -> Report:
    id, reporter, reported, room, evidence, *rest = row
    return Report(id, reporter, reported, room, tuple(json.loads(evidence)), *rest)
