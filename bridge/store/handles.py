"""By what people can be found, as keyed hashes; and how much of a day's tries somebody has used up."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.store.database import Store

_LOOKED_AT = 8
"""People whose desks a look-up goes to, whoever is found; more than have one name or number on all messengers."""


@dataclass(frozen=True, slots=True)
class Handle:
    """`kind` is "code", "name" or "number"; `open`: whoever knows it may find the person by it. `made_at` is Unix ms,
    and what a code is made from besides the person."""

    kind: str
    hash: str
    open: bool
    made_at: int


class Handles:
    """What changes something belongs inside `Store.transaction()`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of_person(self, person: str) -> list[Handle]:
        rows = await self._store.fetch(
            "SELECT kind, hash, open, made_at FROM handle WHERE person = $1 ORDER BY kind", person
        )
        return [Handle(row[0], row[1], bool(row[2]), int(row[3])) for row in rows]

    async def get(self, person: str, kind: str) -> Handle | None:
        row = await self._store.fetchrow(
            "SELECT kind, hash, open, made_at FROM handle WHERE person = $1 AND kind = $2", person, kind
        )
        return Handle(row[0], row[1], bool(row[2]), int(row[3])) if row else None

    async def keep(self, person: str, handle: Handle) -> None:
        """The only one of its kind that a person has from now on. A code must be nobody else's."""
        await self._store.execute(
            "INSERT INTO handle (person, kind, hash, open, made_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT "
            "(person, kind) DO UPDATE SET hash = excluded.hash, open = excluded.open, made_at = excluded.made_at",
            person, handle.kind, handle.hash, handle.open, handle.made_at,
        )  # fmt: skip

    async def others(self, person: str, kind: str, hash: str) -> list[str]:
        """Who else has it, found by it or not."""
        rows = await self._store.fetch(
            "SELECT person FROM handle WHERE kind = $1 AND hash = $2 AND person <> $3 ORDER BY person",
            kind, hash, person,
        )  # fmt: skip
        return [row[0] for row in rows]

    async def drop(self, person: str, kind: str) -> None:
        await self._store.execute("DELETE FROM handle WHERE person = $1 AND kind = $2", person, kind)

    async def forget(self, person: str) -> None:
        """Nobody finds them any more. What they used up of a day stays until the day is over."""
        await self._store.execute("DELETE FROM handle WHERE person = $1", person)

    async def open(self, person: str, kind: str, open: bool) -> bool:
        """Whether a person can be found by one of theirs. False: there is none of this kind."""
        rows = await self._store.fetch(
            "UPDATE handle SET open = $3 WHERE person = $1 AND kind = $2 RETURNING hash", person, kind, open
        )
        return bool(rows)

    async def found(self, kind: str, hash: str) -> list[str]:
        """Who is found by a hash, the one who was there last first. One statement that looks at as many desks whoever
        there is: instead of those who are not there it looks at nobody's."""
        rows = await self._store.fetch(
            "WITH found AS (SELECT person FROM handle WHERE kind = $1 AND hash = $2 AND open), "
            f"places (n) AS (VALUES {', '.join(f'({n})' for n in range(1, _LOOKED_AT + 1))}), "
            "all_of_them AS (SELECT person FROM found "
            "UNION ALL SELECT '' FROM places WHERE n > (SELECT COUNT(*) FROM found)) "
            "SELECT person, COALESCE((SELECT MAX(seen_at) FROM desk d WHERE d.person = a.person), 0) AS seen "
            "FROM all_of_them a ORDER BY seen DESC, person",
            kind, hash,
        )  # fmt: skip
        return [row[0] for row in rows if row[0]]

    async def siblings(self, person: str) -> list[str]:
        """Who else proved the same phone number, found by it or not."""
        rows = await self._store.fetch(
            "SELECT DISTINCT person FROM handle WHERE kind = 'number' AND person <> $1 AND hash IN "
            "(SELECT hash FROM handle WHERE person = $1 AND kind = 'number') ORDER BY person",
            person,
        )
        return [row[0] for row in rows]

    async def spend(self, person: str, kind: str, day: int) -> int:
        """How often somebody did something that day, this time included. The first of a day forgets everybody's
        earlier days."""
        used = await self._store.fetchval(
            "INSERT INTO budget (person, kind, day, used) VALUES ($1, $2, $3, 1) "
            "ON CONFLICT (person, kind, day) DO UPDATE SET used = budget.used + 1 RETURNING used",
            person, kind, day,
        )  # fmt: skip
        if used == 1:
            await self._store.execute("DELETE FROM budget WHERE day < $1", day)
        return int(used)
