"""How far the rooms' timelines were taken in."""

from __future__ import annotations

import json
from collections.abc import Iterable

from bridge.store.database import Store

_NEWEST = 10_000
"""Rows of the ledger that count as said lately."""


class Timelines:
    def __init__(self, store: Store) -> None:
        self._store = store
        asked = f"FROM {store.rows('TEXT')} JOIN"
        self._taken = (
            f"SELECT event_id {asked} message ON event_id = c0 WHERE state <> 'placed' "
            f"UNION SELECT event_id {asked} task ON event_id = c0"
        )

    async def lately(self, limit: int) -> list[str]:
        """The rooms in which something was said lately, the last one first."""
        rows = await self._store.fetch(
            "SELECT r.mxid FROM (SELECT room, MAX(id) AS newest FROM message "
            "WHERE id > (SELECT COALESCE(MAX(id), 0) FROM message) - $2 GROUP BY room) m "
            "JOIN room r ON r.id = m.room WHERE r.mxid IS NOT NULL ORDER BY m.newest DESC LIMIT $1",
            limit, _NEWEST,
        )  # fmt: skip
        return [row[0] for row in rows]

    async def newest_portal(self) -> int:
        """Its id; those that are tied later have higher ones."""
        return int(await self._store.fetchval("SELECT COALESCE(MAX(id), 0) FROM portal"))

    async def spoke_lately(self, login: str, limit: int) -> list[int]:
        """The portals by which something was heard from a login's chats lately, the last one first."""
        rows = await self._store.fetch(
            "SELECT portal FROM message WHERE id > (SELECT COALESCE(MAX(id), 0) FROM message) - $3 AND login = $1 "
            "AND portal IS NOT NULL GROUP BY portal ORDER BY MAX(id) DESC LIMIT $2",
            login, limit, _NEWEST,
        )  # fmt: skip
        return [int(row[0]) for row in rows]

    async def taken(self, events: Iterable[str]) -> set[str]:
        """Those of some events (of ids) that came in the room's order. What we have sent and has not come back is none
        of them."""
        return {row[0] for row in await self._store.fetch(self._taken, json.dumps([[event] for event in events]))}

    async def former_of(self, mxid: str) -> str | None:
        """The room whose place another took, if it did."""
        former = await self._store.fetchval("SELECT former FROM room WHERE mxid = $1", mxid)
        return None if former is None else str(former)
