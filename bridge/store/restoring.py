"""The database is an older one, restored from a backup: what it believes to be waiting was mostly done since.

Nothing of that is sent again. What the homeserver would recognise (it knows transaction ids of ours for a day) goes on;
all else ends in a state that says so. Numbers that others have seen are not given twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bridge.keys import Keys
from bridge.store.database import Store
from bridge.store.notices import ROOMS, Notices

RESTORED_AT = "restored_at"
"""The setting that holds when the last restored state was declared, in Unix ms."""

REMEMBERED_MS = 20 * 3600 * 1000
"""For so long, and a little more, the homeserver remembers our transaction ids."""

_AHEAD = 1_000_000_000
"""How far numbers of which transaction ids are made go ahead: more than were given since any backup."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was found waiting: `copies` are unknown now, `updates` and `messages` (older than the homeserver
    remembers) and `commands` were dropped; `chats` are told how many of theirs are in doubt."""

    copies: int
    updates: int
    messages: int
    commands: int
    chats: int


def may_have_crossed(at: int, restored_at: int, *, named: bool) -> bool:
    """Whether nobody can tell if a message that was said at a time (Unix ms) crossed before: this database is older,
    and the homeserver does not remember that long. (A channel's post that is not `named` may even be ours.)"""
    return 0 < at < restored_at - (REMEMBERED_MS if named else 0)


async def declare_restored(store: Store, keys: Keys, at: int, words: Callable[[int], str]) -> Restored:
    """All in one transaction. `words` tell a chat how many of its messages are in doubt."""
    notices = Notices(store, keys)
    async with store.transaction():
        # Notices are old news; what is put below is not.
        await store.execute("DELETE FROM notice")
        told = await store.fetch(
            "SELECT m.login, m.chat, r.mxid, COUNT(DISTINCT m.id) FROM copy c JOIN message m ON m.id = c.message "
            "JOIN portal p ON p.id = c.portal JOIN room r ON r.id = p.room "
            "WHERE c.state IN ('queued', 'sending') AND m.kind = 'message' GROUP BY m.login, m.chat, r.mxid"
        )
        copies = await store.fetch(
            "UPDATE copy SET state = 'unknown', reason = 'restored', done_at = $1 "
            "WHERE state IN ('queued', 'sending') RETURNING id",
            at,
        )
        updates = await store.fetch("DELETE FROM inbox WHERE taken_at < $1 RETURNING seq", at - REMEMBERED_MS)
        messages = await store.fetch(
            "UPDATE message SET state = 'withheld', reason = 'restored' "
            "WHERE state = 'routed' AND said_at < $1 RETURNING id",
            at - REMEMBERED_MS,
        )
        commands = await store.fetch("UPDATE task SET done = TRUE WHERE kind = 'command' AND NOT done RETURNING id")
        for table in ("copy", "notice", "task"):
            await _go_ahead(store, table)
        await store.execute("DELETE FROM setting WHERE key = 'last_transaction'")
        await store.set(RESTORED_AT, str(at))
        for login, chat, room, count in told:
            mirror = login is not None and await store.fetchval(
                "SELECT 1 FROM portal WHERE login = $1 AND chat = $2 AND kind = 'mirror' LIMIT 1", login, chat
            )
            if login is not None and not mirror:
                await notices.put(login, chat, words(int(count)))
            elif room is not None:
                await notices.put(ROOMS, room, words(int(count)))
    return Restored(len(copies), len(updates), len(messages), len(commands), len(told))


async def _go_ahead(store: Store, table: str) -> None:
    if store.dialect == "SQLite":
        seen = await store.fetchval("SELECT COUNT(*) FROM sqlite_sequence WHERE name = $1", table)
        if not seen:
            await store.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ($1, 0)", table)
        await store.execute("UPDATE sqlite_sequence SET seq = seq + $2 WHERE name = $1", table, _AHEAD)
    else:
        sequence = f"pg_get_serial_sequence('{table}', 'id')"
        await store.fetchval(f"SELECT setval({sequence}, nextval({sequence}) + {_AHEAD})")
