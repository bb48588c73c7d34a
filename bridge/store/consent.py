"""The consent log, which is only ever added to; what it says about two people is two index look-ups in one statement,
however long it is. (Bans, which count beside it, are in `reports.py`.)"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from bridge.store.database import Store

_ENTRY = "id, at, verb, scope, whose, about, actor, place, wording"
_NEWEST = (
    f"SELECT * FROM (SELECT {_ENTRY} FROM consent WHERE whose = $1 AND scope = '{{}}' AND about = ${{}} "
    "ORDER BY id DESC LIMIT 1) AS {}"
)
_BETWEEN = (
    _NEWEST.format("person", 4, "d")
    + " UNION ALL "
    + _NEWEST.format("person", 2, "p")
    + " UNION ALL "
    + _NEWEST.format("platform", 3, "f")
    + " UNION ALL SELECT 0, at, 'ban', 'ban', '', person, actor, '', 0 FROM ban "
    "WHERE person = $2 AND ended_at IS NULL"
)
_BLOCKED = (
    "SELECT id, about FROM consent c WHERE whose = $1 AND scope = 'person' AND verb = 'revoke' "
    "AND place <> 'carried' AND id = "
    "(SELECT MAX(id) FROM consent n WHERE n.whose = $1 AND n.scope = 'person' AND n.about = c.about)"
)
_CACHED = 10_000


class Consents:
    """`add` belongs inside `Store.transaction()`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.cache("silent", self._forget)
        self._silent: OrderedDict[str, frozenset[str]] = OrderedDict()
        self._generation = 0

    async def add(
        self, at: int, verb: str, scope: str, whose: str, about: str, actor: str, place: str, wording: int
    ) -> int:
        id = await self._store.fetchval(
            "INSERT INTO consent (at, verb, scope, whose, about, actor, place, wording) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
            at, verb, scope, whose, about, actor, place, wording,
        )  # fmt: skip
        if scope == "room":
            self._store.forget("silent")
        return int(id)

    async def between(self, whose: str, other: str, platform: str, departed: str) -> Sequence[Any]:
        """Rows of the newest entries of `whose` about a person and about their platform, in the columns' order; one of
        verb "ban" if the person is banned. There are two about a person whom `whose` spoke of before that person was
        forgotten (`departed` stands for them then), and since."""
        return await self._store.fetch(_BETWEEN, whose, other, platform, departed)

    async def plan(self, whose: str, other: str, platform: str, departed: str) -> Sequence[Any]:
        """How the database goes about `between`, in its own words."""
        how = "EXPLAIN QUERY PLAN " if self._store.dialect == "SQLite" else "EXPLAIN "
        return await self._store.fetch(how + _BETWEEN, whose, other, platform, departed)

    async def newest(self, whose: str, scope: str, about: str) -> Any | None:
        """The row of the newest entry of a kind, or None."""
        return await self._store.fetchrow(
            f"SELECT {_ENTRY} FROM consent WHERE whose = $1 AND scope = $2 AND about = $3 ORDER BY id DESC LIMIT 1",
            whose, scope, about,
        )  # fmt: skip

    async def blocked(self, whose: str, limit: int) -> list[tuple[int, str]]:
        """Whom a person has blocked, the latest first: the entry's id, and who it is."""
        rows = await self._store.fetch(_BLOCKED + " ORDER BY id DESC LIMIT $2", whose, limit)
        return [(int(row[0]), str(row[1])) for row in rows]

    async def blocked_by(self, whose: str, id: int) -> str | None:
        """Whom a person has blocked by an entry, None if that is no block of theirs (any more)."""
        row = await self._store.fetchrow(_BLOCKED + " AND id = $2", whose, id)
        return None if row is None else str(row[1])

    async def silent(self, room: int) -> frozenset[str]:
        """Who wants their words in a shared room to stay in their own app."""
        key = str(room)
        if key in self._silent:
            return self._silent[key]
        generation = self._generation
        rows = await self._store.fetch(
            "SELECT whose FROM consent c WHERE about = $1 AND scope = 'room' AND verb = 'deny' AND id = "
            "(SELECT MAX(id) FROM consent n WHERE n.whose = c.whose AND n.scope = 'room' AND n.about = $1)",
            key,
        )
        people = frozenset(str(row[0]) for row in rows)
        if generation == self._generation:
            self._silent[key] = people
            if len(self._silent) > _CACHED:
                self._silent.popitem(last=False)
        return people

    def _forget(self) -> None:
        self._generation += 1
        self._silent.clear()
