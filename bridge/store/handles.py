"""By what people can be found, as keyed hashes; and how much of a day's tries somebody has used up."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.store.database import Store


@dataclass(frozen=True, slots=True)
class Handle:
    """`kind` is "code", "name" or "number"; `open`: whoever knows it may find the person by it."""

    kind: str
    hash: str
    open: bool


class Handles:
    """What changes something belongs inside `Store.transaction()`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of_person(self, person: str) -> list[Handle]:
        rows = await self._store.fetch(
            "SELECT kind, hash, open FROM handle WHERE person = $1 ORDER BY kind, made_at DESC", person
        )
        return [Handle(row[0], row[1], bool(row[2])) for row in rows]

    async def keep(self, person: str, handle: Handle, at: int) -> None:
        """The only one of its kind that a person has from now on."""
        await self._store.execute("DELETE FROM handle WHERE person = $1 AND kind = $2", person, handle.kind)
        await self._store.execute(
            "INSERT INTO handle (kind, hash, person, open, made_at) VALUES ($1, $2, $3, $4, $5)",
            handle.kind, handle.hash, person, handle.open, at,
        )  # fmt: skip

    async def open(self, person: str, kind: str, open: bool) -> bool:
        """Whether a person can be found by one of theirs. False: there is none of this kind."""
        rows = await self._store.fetch(
            "UPDATE handle SET open = $3 WHERE person = $1 AND kind = $2 RETURNING hash", person, kind, open
        )
        return bool(rows)

    async def found(self, kind: str, hash: str) -> list[str]:
        """Who is found by a hash, the one who was there last first. One statement, whoever there is."""
        rows = await self._store.fetch(
            "SELECT h.person, MAX(d.seen_at) AS seen FROM handle h JOIN desk d ON d.person = h.person "
            "WHERE h.kind = $1 AND h.hash = $2 AND h.open GROUP BY h.person ORDER BY seen DESC LIMIT 10",
            kind, hash,
        )  # fmt: skip
        return [row[0] for row in rows]

    async def siblings(self, person: str) -> list[str]:
        """Who else proved the same phone number, found by it or not."""
        rows = await self._store.fetch(
            "SELECT DISTINCT person FROM handle WHERE kind = 'number' AND person <> $1 AND hash IN "
            "(SELECT hash FROM handle WHERE person = $1 AND kind = 'number') ORDER BY person",
            person,
        )
        return [row[0] for row in rows]

    async def spend(self, person: str, kind: str, day: int) -> int:
        """How often somebody did something that day, this time included. Earlier days are forgotten."""
        await self._store.execute("DELETE FROM budget WHERE person = $1 AND kind = $2 AND day < $3", person, kind, day)
        used = await self._store.fetchval(
            "INSERT INTO budget (person, kind, day, used) VALUES ($1, $2, $3, 1) "
            "ON CONFLICT (person, kind, day) DO UPDATE SET used = budget.used + 1 RETURNING used",
            person, kind, day,
        )  # fmt: skip
        return int(used)
