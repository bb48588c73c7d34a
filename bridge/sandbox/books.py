"""The bridge's database, looked at from outside while the bridge works on it."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

UNSETTLED = {
    "updates taken over": "SELECT COUNT(*) FROM inbox",
    "messages not in the room": "SELECT COUNT(*) FROM message WHERE state = 'routed'",
    "copies not sent": "SELECT COUNT(*) FROM copy c JOIN portal p ON p.id = c.portal "
    "WHERE c.state IN ('queued', 'sending') AND p.state <> 'asking' AND NOT p.muted",
    "notices": "SELECT COUNT(*) FROM notice",
    "tasks": "SELECT COUNT(*) FROM task WHERE NOT done",
    "people being forgotten": "SELECT COUNT(*) FROM farewell WHERE done_at IS NULL",
    "links under way": "SELECT COUNT(*) FROM portal WHERE state IN ('linking', 'opening', 'closing')",
    "requests under way": "SELECT COUNT(*) FROM request WHERE state <> shown",
}
MARKS = (
    "SELECT (SELECT COALESCE(MAX(id), 0) FROM message), (SELECT COALESCE(MAX(id), 0) FROM copy), "
    "(SELECT COALESCE(MAX(id), 0) FROM portal)"
)


@dataclass(frozen=True)
class CopyRow:
    """What the ledger says of one copy. `event_id` is the message's; `login` and `remote_id` are those of the chat that
    it came from, None for what was said in the room."""

    id: int
    portal: int
    platform: str
    state: str
    reason: str | None
    event_id: str
    login: str | None
    remote_id: str | None


class Books:
    """`address` is a path (SQLite) or a postgres:// address. Opened anew for each question: it holds nothing."""

    def __init__(self, address: Path | str) -> None:
        self._address = address

    async def unsettled(self) -> dict[str, int]:
        """What is not finished, by kind; empty when all is done."""
        names = list(UNSETTLED)
        row = (await self.rows("SELECT " + ", ".join(f"({UNSETTLED[name]})" for name in names)))[0]
        return {name: int(count) for name, count in zip(names, row, strict=True) if count}

    async def marks(self) -> tuple[int, ...]:
        """Grows whenever a message, a copy or a link is added."""
        return tuple(int(mark) for mark in (await self.rows(MARKS))[0])

    async def copies(self) -> list[CopyRow]:
        rows = await self.rows(
            "SELECT c.id, c.portal, p.platform, c.state, c.reason, c.event_id, m.login, m.remote_id FROM copy c "
            "JOIN message m ON m.id = c.message JOIN portal p ON p.id = c.portal ORDER BY c.id"
        )
        return [CopyRow(*row) for row in rows]

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        if isinstance(self._address, Path):
            return await asyncio.to_thread(_sqlite, self._address, query)
        connection = await asyncpg.connect(self._address)
        try:
            return [tuple(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    async def change(self, statement: str) -> None:
        """For a test that plays the time that has passed, or a damage."""
        if isinstance(self._address, Path):
            await asyncio.to_thread(_sqlite, self._address, statement)
            return
        connection = await asyncpg.connect(self._address)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def tables(self) -> list[str]:
        listed = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        if isinstance(self._address, Path):
            listed = "SELECT name FROM sqlite_master WHERE type = 'table'"
        return [str(row[0]) for row in await self.rows(listed)]

    async def everything(self) -> bytes:
        """All that the database holds, as one heap of bytes, to be searched for what must not be there."""
        if isinstance(self._address, Path):
            files = sorted(self._address.parent.glob(self._address.name + "*"))
            return b"\n".join([file.read_bytes() for file in files])
        rows = [row for table in await self.tables() for row in await self.rows(f'SELECT t::text FROM "{table}" t')]
        return "\n".join(str(row[0]) for row in rows).encode()


def _sqlite(path: Path, query: str) -> list[tuple[Any, ...]]:
    # Not read-only, also for reading: after a crash the first to open the file must be able to mend it.
    database = sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=10)
    with contextlib.closing(database), database:
        return database.execute(query).fetchall()
