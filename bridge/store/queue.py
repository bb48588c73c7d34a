"""The ledger's queue as a whole: what waits for which chat, the whole path of one message, and what operators did."""

from __future__ import annotations

from typing import NamedTuple

from bridge.store.database import Store


class Waiting(NamedTuple):
    """What waits for one chat: how much, the first copy, and since when that waits (Unix ms)."""

    portal: int
    number: int
    copy: int
    since: int


class Path(NamedTuple):
    """A message as it stands in the ledger; `said_at` is Unix ms. `login` is None for what was said in the room."""

    id: int
    kind: str
    event_id: str | None
    login: str | None
    chat: str | None
    remote_id: str | None
    room: int | None
    state: str
    reason: str | None
    said_at: int


class Copied(NamedTuple):
    """One copy of a message. `part` is the one that it is at, of `parts` (0: not begun); times are Unix ms."""

    id: int
    portal: int
    state: str
    reason: str | None
    part: int
    parts: int
    queued_at: int | None
    done_at: int | None
    remote_ids: tuple[str, ...]


class Deed(NamedTuple):
    """What an operator did to what waits: retry or drop of a message's copy, at `at` (Unix ms)."""

    at: int
    actor: str
    verb: str
    portal: int | None


class Queue:
    """Methods that write belong inside `Store.transaction()`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def busy(self, login: str) -> list[int]:
        """The portals of a login that have copies waiting, the one that was written to last before the others."""
        rows = await self._store.survey(
            "SELECT c.portal FROM copy c JOIN portal p ON p.id = c.portal "
            "WHERE c.state IN ('queued', 'sending') AND p.login = $1 GROUP BY c.portal ORDER BY MAX(c.id) DESC",
            login,
        )
        return [row[0] for row in rows]

    async def queued_since(self, copy: int) -> int:
        """Since when a copy waits at the earliest (Unix ms). Copies are numbered as they are queued: one cannot have
        been queued before those that came before it, whatever the clock showed then. Looks at a thousand of them."""
        return int(
            await self._store.fetchval(
                "SELECT COALESCE(MAX(at), 0) FROM (SELECT queued_at AS at FROM copy WHERE id <= $1 "
                "ORDER BY id DESC LIMIT 1000) AS earlier",
                copy,
            )
        )

    async def waiting(self) -> list[Waiting]:
        """All chats for which something waits, the one that waits longest first."""
        rows = await self._store.fetch(
            "SELECT w.portal, w.number, c.id, COALESCE(c.queued_at, m.said_at) AS since FROM "
            "(SELECT portal, COUNT(*) AS number, MIN(id) AS first FROM copy WHERE state IN ('queued', 'sending') "
            "GROUP BY portal) w JOIN copy c ON c.id = w.first JOIN message m ON m.id = c.message ORDER BY since, c.id"
        )
        return [Waiting(row[0], int(row[1]), row[2], row[3]) for row in rows]

    async def counts(self) -> dict[str, int]:
        """How many copies there are in each state."""
        rows = await self._store.fetch("SELECT state, COUNT(*) FROM copy GROUP BY state")
        return {row[0]: int(row[1]) for row in rows}

    async def wait_anew(self, portal: int, at: int) -> None:
        """What waited for an answer, or for quiet to end, begins to wait for its turn."""
        await self._store.execute("UPDATE copy SET queued_at = $2 WHERE portal = $1 AND state = 'queued'", portal, at)

    # --- one message

    async def find(self, login: str, chat: str, remote_id: str) -> int | None:
        """The message that a chat's message is, whether it was said there or copied there."""
        for query in (
            "SELECT id FROM message WHERE login = $1 AND chat = $2 AND remote_id = $3 AND kind = 'message'",
            "SELECT c.message FROM copy_part p JOIN copy c ON c.id = p.copy "
            "WHERE p.login = $1 AND p.chat = $2 AND p.remote_id = $3",
        ):
            found = await self._store.fetchval(query, login, chat, remote_id)
            if found is not None:
                return int(found)
        return None

    async def path(self, message: int) -> Path | None:
        row = await self._store.fetchrow(
            "SELECT id, kind, event_id, login, chat, remote_id, room, state, reason, said_at FROM message "
            "WHERE id = $1",
            message,
        )
        return Path(*row) if row else None

    async def copies(self, message: int) -> list[Copied]:
        rows = await self._store.fetch(
            "SELECT id, portal, state, reason, part, parts, queued_at, done_at FROM copy "
            "WHERE message = $1 ORDER BY id",
            message,
        )
        found = []
        for row in rows:
            ids = await self._store.fetch("SELECT remote_id FROM copy_part WHERE copy = $1 ORDER BY part", row[0])
            found.append(Copied._make((*row, tuple(each[0] for each in ids))))
        return found

    async def where(self, copy: int) -> tuple[int, int, str] | None:
        """(message, portal, state) of a copy."""
        row = await self._store.fetchrow("SELECT message, portal, state FROM copy WHERE id = $1", copy)
        return (row[0], row[1], row[2]) if row else None

    # --- what operators do

    async def requeue(self, copy: int, at: int) -> int | None:
        """Put a copy that ended without having surely arrived back, behind all that waits by now: its new number, as
        the number is the place. It goes on with the first part that is not known to be there. None: it did not end so.
        """
        row = await self._store.fetchrow(
            "SELECT c.message, c.portal, c.event_id, c.version, c.shape, m.kind FROM copy c "
            "JOIN message m ON m.id = c.message WHERE c.id = $1 AND c.state IN ('unknown', 'refused', 'expired')",
            copy,
        )
        if row is None:
            return None
        message, portal, event, version, shape, kind = row
        there = await self._store.fetch(
            "DELETE FROM copy_part WHERE copy = $1 RETURNING login, chat, remote_id, part", copy
        )
        known = {each[3] for each in there}
        part = next(number for number in range(len(known) + 1) if number not in known) if kind == "message" else 0
        await self._store.execute("DELETE FROM copy WHERE id = $1", copy)
        again = await self._store.fetchval(
            "INSERT INTO copy (message, portal, event_id, state, parts, part, doubt, version, shape, queued_at) "
            "VALUES ($1, $2, $3, 'queued', 0, $4, FALSE, $5, $6, $7) RETURNING id",
            message, portal, event, part, version if part else None, shape if part else None, at,
        )  # fmt: skip
        await self._store.executemany(
            "INSERT INTO copy_part (login, chat, remote_id, copy, part) VALUES ($1, $2, $3, $4, $5)",
            [(*each[:3], again, each[3]) for each in there],
        )
        return int(again)

    async def note(
        self,
        at: int,
        actor: str,
        verb: str,
        *,
        message: int | None = None,
        portal: int | None = None,
        platform: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Who did what: for good."""
        await self._store.execute(
            "INSERT INTO deed (at, actor, verb, message, portal, platform, reason) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            at, actor, verb, message, portal, platform, reason,
        )  # fmt: skip

    async def deeds(self, message: int) -> list[Deed]:
        rows = await self._store.fetch(
            "SELECT at, actor, verb, portal FROM deed WHERE message = $1 ORDER BY id", message
        )
        return [Deed(*row) for row in rows]
