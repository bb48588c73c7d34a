"""What goes after its time, a slice at a time. The map of ids stays for as long as its room.

Most rows bear no time of ours. A mark says, once a day, which rows were there then; what lies below the mark of that
day is as old as it. So nothing depends on the clocks of others, and every statement walks along a key.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from bridge.store.database import Store

_CLEANED = "housekeeping"
"""The setting that holds the last row of `message` that was looked at."""


class Upkeep:
    """Methods that change something are one transaction each and look at `limit` rows at most."""

    def __init__(self, store: Store) -> None:
        self._store = store

    # --- marks

    async def last_mark(self) -> int | None:
        """When the last one was made, in Unix ms."""
        at = await self._store.fetchval("SELECT MAX(at) FROM mark")
        return None if at is None else int(at)

    async def mark(self, at: int) -> None:
        """Everything that is there now was there at this moment."""
        await self._store.execute(
            "INSERT INTO mark (at, message, task) VALUES "
            "($1, (SELECT COALESCE(MAX(id), 0) FROM message), (SELECT COALESCE(MAX(id), 0) FROM task)) "
            "ON CONFLICT (at) DO NOTHING",
            at,
        )

    async def below(self, before: int) -> tuple[int, int]:
        """The last rows of `message` and `task` that are older than a moment. Earlier marks are not needed again."""
        row = await self._store.fetchrow(
            "SELECT at, message, task FROM mark WHERE at <= $1 ORDER BY at DESC LIMIT 1", before
        )
        if row is None:
            return 0, 0
        await self._store.execute("DELETE FROM mark WHERE at < $1", row[0])
        return int(row[1]), int(row[2])

    # --- the ledger

    async def cleaned(self) -> int:
        return int(await self._store.setting(_CLEANED) or 0)

    async def clean(self, after: int, last: int) -> tuple[int, int]:
        """Of the messages `after` < id ≤ `last`: those that crossed nowhere go, and what only their sending needed is
        taken from copies that are final. Returns how many of each that were."""
        final = "state IN ('sent', 'refused', 'unknown', 'expired', 'withheld')"
        async with self._store.transaction():
            gone = await self._store.fetch(
                "DELETE FROM message WHERE id > $1 AND id <= $2 AND state IN ('withheld', 'command', 'refused') "
                "AND event_id IS NULL AND NOT EXISTS (SELECT 1 FROM message t WHERE t.target = message.id) "
                "AND NOT EXISTS (SELECT 1 FROM copy c WHERE c.message = message.id) RETURNING id",
                after, last,
            )  # fmt: skip
            emptied = await self._store.fetch(
                "UPDATE copy SET digest = NULL, shape = NULL, reason = NULL, done_at = NULL "
                f"WHERE message > $1 AND message <= $2 AND {final} AND done_at IS NOT NULL RETURNING id",
                after, last,
            )  # fmt: skip
            await self._store.set(_CLEANED, str(last))
        return len(gone), len(emptied)

    # --- by their own time

    async def drop_tasks(self, last: int, limit: int) -> int:
        return await self._drop("task", "id", "done AND id <= $1", last, limit)

    async def drop_poison(self, before: int, limit: int) -> int:
        return await self._drop("poison", "event_id", "at < $1", before, limit)

    async def drop_codes(self, before: int, limit: int) -> int:
        """A code that was used runs out as well."""
        return await self._drop("link_code", "hash", "expires_at < $1", before, limit)

    async def drop_bans(self, before: int, limit: int) -> int:
        """Of those that ended."""
        return await self._drop("ban", "person", "settled AND ended_at < $1", before, limit)

    async def end_muted(self, before: int, at: int, limit: int) -> int:
        """Copies that have waited since before a moment for somebody who has muted the conversation."""
        async with self._store.transaction():
            rows = await self._store.fetch(
                "UPDATE copy SET state = 'withheld', reason = 'muted', done_at = $2 WHERE id IN "
                "(SELECT c.id FROM portal p JOIN copy c ON c.portal = p.id WHERE p.muted "
                f"AND c.state = 'queued' AND c.queued_at < $1 LIMIT {limit}) RETURNING id",
                before, at,
            )  # fmt: skip
        return len(rows)

    async def _drop(self, table: str, key: str, which: str, bound: int, limit: int) -> int:
        async with self._store.transaction():
            rows = await self._store.fetch(
                f"DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM {table} WHERE {which} LIMIT {limit}) "
                f"RETURNING {key}",
                bound,
            )
        return len(rows)

    async def drop_budgets(self, day: int) -> None:
        """Counts of days before `day`."""
        await self._store.execute("DELETE FROM budget WHERE day < $1", day)

    # --- rooms

    async def ended_rooms(self, at: int, before: int, limit: int) -> list[int]:
        """Rooms that ended before a moment, and of which nothing is to be done any more. Those that were not seen to
        have ended yet have from now on (`at`)."""
        await self._store.execute("UPDATE room SET ended_at = $1 WHERE state = 'ended' AND ended_at IS NULL", at)
        rows = await self._store.fetch(
            "SELECT r.id FROM room r WHERE r.state = 'ended' AND r.ended_at < $1 "
            "AND NOT EXISTS (SELECT 1 FROM portal p WHERE p.room = r.id AND p.state <> 'closed') "
            "AND NOT EXISTS (SELECT 1 FROM request q WHERE q.room = r.id AND q.state <> q.shown) "
            "ORDER BY r.id LIMIT $2",
            before, limit,
        )  # fmt: skip
        return [int(row[0]) for row in rows]

    async def newest_message(self) -> int:
        return int(await self._store.fetchval("SELECT COALESCE(MAX(id), 0) FROM message"))

    async def drop_messages(self, rooms: Sequence[int], after: int, last: int) -> int:
        """The messages of some rooms with `after` < id ≤ `last`, their copies and what those are called."""
        rows = await self._store.fetch(
            f"SELECT m.id FROM message m WHERE m.id > $2 AND m.id <= $3 AND m.room IN "
            f"(SELECT c0 FROM {self._store.rows('BIGINT')})",
            json.dumps([[room] for room in rooms]), after, last,
        )  # fmt: skip
        if not rows:
            return 0
        messages = [(row[0],) for row in rows]
        async with self._store.transaction():
            for statement in (
                "UPDATE message SET target = NULL WHERE target = $1",
                "DELETE FROM copy_part WHERE copy IN (SELECT id FROM copy WHERE message = $1)",
                "DELETE FROM copy WHERE message = $1",
                "DELETE FROM message WHERE id = $1",
            ):
                await self._store.executemany(statement, messages)
        return len(messages)

    async def empty_room(self, room: int) -> None:
        """What is left of a room whose messages are gone is its number, and those of its portals."""
        async with self._store.transaction():
            for statement in (
                "UPDATE desk SET current = NULL WHERE current IN (SELECT id FROM portal WHERE room = $1)",
                "DELETE FROM ghost_room WHERE portal IN (SELECT id FROM portal WHERE room = $1)",
                "DELETE FROM setting WHERE key IN (SELECT 'mirror/' || id FROM portal WHERE room = $1)",
                "DELETE FROM link_code WHERE room = $1",
                "DELETE FROM hint WHERE room = $1",
                "UPDATE request SET room = NULL WHERE room = $1",
                "UPDATE portal SET login = '', chat = '', title = '', partner = NULL, trouble = NULL, heard_at = NULL "
                "WHERE room = $1",
                "UPDATE room SET mxid = NULL, title = '', steward = NULL, host = NULL, picture = NULL, "
                "successor = NULL, "
                "former = NULL, state = 'gone', "
                "ended_at = NULL WHERE id = $1",
            ):
                await self._store.execute(statement, room)
