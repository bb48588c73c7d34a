"""Our own words to a chat, and the homeserver's events that a worker must finish. Both survive a crash."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bridge.keys import Keys
from bridge.outgoing import Button, Rows
from bridge.store.database import AT_ONCE, Store

_NOTHING = '[[], false, "", null, null]'

ROOMS = "matrix"
"""Stands for the login where a notice is for people in a Matrix room; the chat is then the room."""


@dataclass(frozen=True, slots=True)
class Notice:
    """`buttons` and `bar` are as in `Outgoing`; `qr` is what a picture above the text says to a camera, "" for none.
    `status` is the content of an event that goes into a room beside the words for it; `about` the copy that an answer
    to it settles."""

    id: int
    text: str
    reply_to: str | None
    buttons: Rows = ()
    bar: bool = False
    qr: str = ""
    status: Mapping[str, Any] | None = None
    about: int | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """Kinds: command · invite · member · encryption. The event itself stays on the homeserver."""

    id: int
    event_id: str
    kind: str
    room: str
    sender: str
    state_key: str | None


class Notices:
    """Sent at least once: a doubled notice is better than a silent loss. Encrypted, and deleted when it arrived."""

    def __init__(self, store: Store, keys: Keys) -> None:
        self._store = store
        self._keys = keys

    async def put(
        self,
        login: str,
        chat: str,
        text: str,
        reply_to: str | None = None,
        *,
        buttons: Rows = (),
        bar: bool = False,
        qr: str = "",
        status: Mapping[str, Any] | None = None,
        about: int | None = None,
    ) -> None:
        extra = None
        if buttons or qr or status or about:
            rows = [[asdict(button) for button in row] for row in buttons]
            extra = self._keys.seal(json.dumps([rows, bar, qr, status, about]).encode())
        await self._store.execute(
            "INSERT INTO notice (login, chat, reply_to, body, extra) VALUES ($1, $2, $3, $4, $5)",
            login, chat, reply_to, self._keys.seal(text.encode("utf-8", "replace")), extra,
        )  # fmt: skip

    async def next(self, login: str, chat: str) -> Notice | None:
        row = await self._store.fetchrow(
            "SELECT id, body, reply_to, extra FROM notice WHERE login = $1 AND chat = $2 ORDER BY id LIMIT 1",
            login,
            chat,
        )
        if row is None:
            return None
        rows, bar, qr, status, about = json.loads(self._open(row[3] or b"") or _NOTHING)
        buttons = tuple(tuple(Button(**button) for button in each) for each in rows)
        return Notice(row[0], self._open(row[1]), row[2], buttons, bar, qr, status, about)

    def _open(self, body: bytes) -> str:
        try:
            return self._keys.unseal(bytes(body)).decode()
        except ValueError:
            return ""  # sealed with another secret: nothing is said, and those behind it go on

    async def done(self, id: int) -> None:
        await self._store.execute("DELETE FROM notice WHERE id = $1", id)

    async def waiting(self, login: str, after: str = "") -> list[str]:
        """The next chats for which something waits, in the order of their ids."""
        rows = await self._store.survey(
            f"SELECT DISTINCT chat FROM notice WHERE login = $1 AND chat > $2 ORDER BY chat LIMIT {AT_ONCE}",
            login, after,
        )  # fmt: skip
        return [row[0] for row in rows]


class Tasks:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def put(self, event_id: str, kind: str, room: str, sender: str, state_key: str | None) -> None:
        """Once an event: a repeated transaction changes nothing."""
        await self._store.execute(
            "INSERT INTO task (event_id, kind, room, sender, state_key, done) VALUES ($1, $2, $3, $4, $5, FALSE) "
            "ON CONFLICT (event_id) DO NOTHING",
            event_id, kind, room, sender, state_key,
        )  # fmt: skip

    async def again(self, event_id: str) -> None:
        """What was done once is to be done once more."""
        await self._store.execute("UPDATE task SET done = FALSE WHERE event_id = $1", event_id)

    async def waiting(self, after: str = "") -> list[str]:
        """The next rooms that have something to finish, in the order of their ids."""
        rows = await self._store.survey(
            f"SELECT DISTINCT room FROM task WHERE NOT done AND room > $1 ORDER BY room LIMIT {AT_ONCE}", after
        )
        return [row[0] for row in rows]

    async def next(self, room: str) -> Task | None:
        row = await self._store.fetchrow(
            "SELECT id, event_id, kind, room, sender, state_key FROM task "
            "WHERE NOT done AND room = $1 ORDER BY id LIMIT 1",
            room,
        )
        return Task(*row) if row else None

    async def done(self, id: int) -> None:
        await self._store.execute("UPDATE task SET done = TRUE WHERE id = $1", id)

    async def management(self, room: str) -> str | None:
        """Whose management room this is."""
        person = await self._store.fetchval("SELECT person FROM management WHERE room = $1", room)
        return None if person is None else str(person)

    async def management_rooms(self) -> list[tuple[str, str]]:
        rows = await self._store.fetch("SELECT room, person FROM management ORDER BY room")
        return [(row[0], row[1]) for row in rows]

    async def add_management(self, room: str, person: str) -> None:
        await self._store.execute(
            "INSERT INTO management (room, person) VALUES ($1, $2) "
            "ON CONFLICT (room) DO UPDATE SET person = excluded.person",
            room, person,
        )  # fmt: skip

    async def drop_management(self, room: str) -> None:
        await self._store.execute("DELETE FROM management WHERE room = $1", room)

    async def poison(self, event_id: str, room: str | None, error: str, at: int) -> None:
        await self._store.execute(
            "INSERT INTO poison (event_id, room, error, at) VALUES ($1, $2, $3, $4) ON CONFLICT (event_id) DO NOTHING",
            event_id, room, error, at,
        )  # fmt: skip

    async def poisoned(self) -> int:
        return int(await self._store.fetchval("SELECT COUNT(*) FROM poison") or 0)
