"""Rooms, the chats tied to them, and the codes that tie one more.

A portal's life: `pending` (an operator must approve) → `linking` (the room and the steward are being made ready) →
`opening` (our link event is on its way) → `open` (it came back in the room's order) → `closing` → `closed`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bridge.model import ChatKind
from bridge.ports import Mirrored
from bridge.store.database import Store

_CACHED = 10_000

DIRECT = "direct"
"""The state of a room in which two people talk."""


_ROOM = "id, mxid, title, steward, state, host, topic"

CHOSEN = "*"
"""Stands for the key of a picture that an admin chose: no chat's picture takes its place."""


@dataclass(frozen=True, slots=True)
class Room:
    """`mxid` is None until the homeserver has made it; `steward` then is its creator. `host` is the person on
    Matrix for whom it was made, if any. States: live · direct (a conversation of two) · ended · gone (so long ago that
    only its number is left)."""

    id: int
    mxid: str | None
    title: str
    steward: str | None
    state: str
    host: str | None
    topic: str | None = None
    """What an admin says of it, before the chats that share it."""

    @property
    def over(self) -> bool:
        return self.state in ("ended", "gone")


@dataclass(frozen=True, slots=True)
class Portal:
    """One chat tied to one room. `mxid` is the room's. `heard_at` is when the first ordinary message came (Unix ms).
    `trouble` is why sends into the chat fail at the moment, in a word of `texts`. `made_at` is when it was tied (Unix
    ms): nothing from before crosses. A private chat has one for each conversation: `partner` is whom it leads to (a
    Matrix id, "" while nobody was found), `muted` keeps what they say until it is asked for; elsewhere None, False."""

    id: int
    login: str
    chat: str
    platform: str
    kind: ChatKind
    title: str
    room: int
    mxid: str | None
    state: str
    heard_at: int | None
    trouble: str | None
    made_at: int
    partner: str | None = None
    muted: bool = False

    @property
    def listening(self) -> bool:
        """Whether what is said in the chat goes to the room (it may before our link event is back)."""
        return self.state in ("opening", "open")

    @property
    def takes_words(self) -> bool:
        """Whether words for a private chat are kept for it although it is not open: until there is an answer, or until
        it is said that the conversation has ended."""
        return self.partner is not None and self.state in ("linking", "asking", "closing")

    @property
    def live_at_desk(self) -> bool:
        """Whether a private chat's conversation can be written to: it is open, or waits for an answer or its room."""
        return self.state in ("linking", "open", "asking")


@dataclass(frozen=True, slots=True)
class Code:
    """A code as it was found by its hash. `purpose`: "join" ties a chat, "prove" confirms the portal `portal`."""

    hash: str
    purpose: str
    room: int
    portal: int | None
    expires_at: int
    used_at: int | None


_PORTAL = (
    "SELECT p.id, p.login, p.chat, p.platform, p.kind, p.title, p.room, r.mxid, p.state, p.heard_at, p.trouble, "
    "p.made_at, p.partner, p.muted "
    "FROM portal p JOIN room r ON r.id = p.room "
)


def _portal(row: Any) -> Portal:
    return Portal(row[0], row[1], row[2], row[3], ChatKind(row[4]), *row[5:])


class Portals:
    """A bounded cache by room and by chat; every change makes all processes forget it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.cache("portals", self._clear)
        self._by_room: OrderedDict[str, tuple[Portal, ...]] = OrderedDict()
        self._by_chat: OrderedDict[tuple[str, str], Portal | None] = OrderedDict()
        self._by_id: OrderedDict[int, Portal | None] = OrderedDict()
        self._generation = 0

    # --- rooms

    async def make_room(self, title: str, host: str | None, state: str = "live") -> int:
        return int(
            await self._store.fetchval(
                "INSERT INTO room (title, state, host) VALUES ($1, $3, $2) RETURNING id", title, host, state
            )
        )

    async def keep_room(self, mxid: str) -> int:
        """The row of a room that somebody on Matrix made for a direct conversation."""
        return int(
            await self._store.fetchval(
                "INSERT INTO room (mxid, title, state) VALUES ($1, '', $2) "
                "ON CONFLICT (mxid) DO UPDATE SET state = excluded.state, ended_at = NULL RETURNING id",
                mxid, DIRECT,
            )
        )  # fmt: skip

    async def room(self, id: int) -> Room | None:
        row = await self._store.fetchrow(f"SELECT {_ROOM} FROM room WHERE id = $1", id)
        return Room(*row) if row else None

    async def room_by_mxid(self, mxid: str) -> Room | None:
        row = await self._store.fetchrow(f"SELECT {_ROOM} FROM room WHERE mxid = $1", mxid)
        return Room(*row) if row else None

    async def rooms(self) -> list[Room]:
        """All live rooms of groups that still have a chat or stand on Matrix, oldest first."""
        rows = await self._store.fetch(
            f"SELECT {_ROOM} FROM room WHERE state NOT IN ('ended', 'direct', 'gone') ORDER BY id"
        )
        return [Room(*row) for row in rows]

    async def room_made(self, id: int, mxid: str, steward: str) -> None:
        await self._store.execute("UPDATE room SET mxid = $2, steward = $3 WHERE id = $1", id, mxid, steward)
        self._forget()

    async def room_title(self, id: int, title: str) -> None:
        await self._store.execute("UPDATE room SET title = $2 WHERE id = $1", id, title)

    async def entitle(self, id: int, title: str) -> None:
        """A portal's chat is called otherwise."""
        await self._store.execute("UPDATE portal SET title = $2 WHERE id = $1", id, title)
        self._forget()

    async def first_hint(self, room: int, kind: str) -> bool:
        """Whether nobody in a room was told yet what becomes of a kind. From now on somebody was."""
        new = await self._store.fetchval(
            "INSERT INTO hint (room, kind) VALUES ($1, $2) ON CONFLICT (room, kind) DO NOTHING RETURNING kind",
            room, kind,
        )  # fmt: skip
        return new is not None

    async def room_topic(self, id: int, topic: str | None) -> None:
        await self._store.execute("UPDATE room SET topic = $2 WHERE id = $1", id, topic)

    async def room_picture(self, id: int) -> str | None:
        """The platform's key of the picture that the room bears, or `CHOSEN`."""
        found = await self._store.fetchval("SELECT picture FROM room WHERE id = $1", id)
        return None if found is None else str(found)

    async def set_room_picture(self, id: int, key: str) -> None:
        await self._store.execute("UPDATE room SET picture = $2 WHERE id = $1", id, key)

    async def room_state(self, id: int, state: str) -> None:
        await self._store.execute("UPDATE room SET state = $2 WHERE id = $1", id, state)

    async def replaced_by(self, id: int, successor: str) -> None:
        """Another room takes a room's place; we are not in it yet."""
        await self._store.execute("UPDATE room SET successor = $2 WHERE id = $1", id, successor)

    async def room_replaced_by(self, successor: str) -> Room | None:
        row = await self._store.fetchrow(
            "SELECT id, mxid, title, steward, state, host FROM room WHERE successor = $1", successor
        )
        return Room(*row) if row else None

    async def move_room(self, id: int, successor: str, steward: str) -> None:
        """The same room is another on Matrix from now on."""
        await self._store.execute(
            "UPDATE room SET former = mxid, mxid = $2, steward = $3, successor = NULL WHERE id = $1",
            id, successor, steward,
        )  # fmt: skip
        self._forget()

    async def former(self) -> dict[str, str]:
        """The rooms that took another's place, with the one before."""
        rows = await self._store.fetch("SELECT mxid, former FROM room WHERE former IS NOT NULL AND mxid IS NOT NULL")
        return {row[0]: row[1] for row in rows}

    # --- portals

    async def tie(
        self,
        login: str,
        chat: str,
        platform: str,
        kind: ChatKind,
        title: str,
        room: int,
        state: str,
        at: int,
        partner: str | None = None,
    ) -> int:
        """A new portal row. A chat that is tied already violates `portal_chat`: ask `of_chat` first."""
        portal = int(
            await self._store.fetchval(
                "INSERT INTO portal (login, chat, platform, kind, title, room, state, made_at, partner) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
                login, chat, platform, kind.value, title, room, state, at, partner,
            )
        )  # fmt: skip
        self._forget()
        return portal

    async def get(self, id: int) -> Portal | None:
        if id in self._by_id:
            return self._by_id[id]
        generation = self._generation
        row = await self._store.fetchrow(_PORTAL + "WHERE p.id = $1", id)
        portal = _portal(row) if row else None
        if generation == self._generation:
            self._by_id[id] = portal
            if len(self._by_id) > _CACHED:
                self._by_id.popitem(last=False)
        return portal

    async def of_chat(self, login: str, chat: str) -> Portal | None:
        """The portal of a group chat that is not closed."""
        key = (login, chat)
        if key in self._by_chat:
            return self._by_chat[key]
        generation = self._generation
        row = await self._store.fetchrow(
            _PORTAL + "WHERE p.login = $1 AND p.chat = $2 AND p.state <> 'closed' AND p.kind <> 'private'", login, chat
        )
        portal = _portal(row) if row else None
        if generation == self._generation:
            self._by_chat[key] = portal
            if len(self._by_chat) > _CACHED:
                self._by_chat.popitem(last=False)
        return portal

    async def at_desk(self, login: str, chat: str, room: int) -> Portal | None:
        """The portal by which a private chat leads to a room, while that is not closed."""
        row = await self._store.fetchrow(
            _PORTAL + "WHERE p.login = $1 AND p.chat = $2 AND p.room = $3 AND p.kind = 'private' "
            "AND p.state <> 'closed'",
            login, chat, room,
        )  # fmt: skip
        return _portal(row) if row else None

    async def that_leads_to(self, login: str, chat: str, room: int | None) -> Portal | None:
        """The portal by which a chat of any kind leads to a room, while that is not closed."""
        portal = await self.of_chat(login, chat)
        if portal is not None:
            return portal if portal.room == room else None
        return await self.at_desk(login, chat, room) if room is not None else None

    async def of_desk(self, login: str, chat: str, limit: int = 500) -> list[Portal]:
        """The conversations of a private chat that are not closed, the newest first."""
        rows = await self._store.fetch(
            _PORTAL + "WHERE p.login = $1 AND p.chat = $2 AND p.kind = 'private' AND p.state <> 'closed' "
            "ORDER BY p.id DESC LIMIT $3",
            login, chat, limit,
        )  # fmt: skip
        return [_portal(row) for row in rows]

    async def mirrored(self, login: str) -> list[Mirrored]:
        """The public channels that a login reads, and where each begins."""
        rows = await self._store.fetch(
            "SELECT p.chat, p.id, s.value FROM portal p LEFT JOIN setting s ON s.key = 'mirror/' || p.id "
            "WHERE p.login = $1 AND p.kind = 'mirror' AND p.state IN ('opening', 'open') ORDER BY p.id",
            login,
        )
        return [Mirrored(row[0], str(row[1]), row[2] or "0") for row in rows]

    async def is_mirror(self, login: str, chat: str) -> bool:
        """Whether a chat is (or was) only read: nobody there can be told anything."""
        found = await self._store.fetchval(
            "SELECT 1 FROM portal WHERE login = $1 AND chat = $2 AND kind = 'mirror' LIMIT 1", login, chat
        )
        return found is not None

    async def mirror_begins(self, id: int, begins: str) -> None:
        """Where the mirror of a channel begins, in the caller's transaction."""
        await self._store.set(f"mirror/{id}", begins)

    async def in_room(self, mxid: str) -> tuple[Portal, ...]:
        """The portals of a room that are not closed."""
        if mxid in self._by_room:
            return self._by_room[mxid]
        generation = self._generation
        rows = await self._store.fetch(_PORTAL + "WHERE r.mxid = $1 AND p.state <> 'closed' ORDER BY p.id", mxid)
        portals = tuple(_portal(row) for row in rows)
        if generation == self._generation:
            self._by_room[mxid] = portals
            if len(self._by_room) > _CACHED:
                self._by_room.popitem(last=False)
        return portals

    async def of_room(self, room: int) -> list[Portal]:
        rows = await self._store.fetch(_PORTAL + "WHERE p.room = $1 AND p.state <> 'closed' ORDER BY p.id", room)
        return [_portal(row) for row in rows]

    async def in_state(self, states: Iterable[str]) -> list[Portal]:
        """Portals that are on their way: of the many that are open or closed there is no list."""
        found = []
        for state in states:
            found += await self._store.fetch(
                _PORTAL + "WHERE p.state = $1 AND p.state NOT IN ('open', 'closed') ORDER BY p.id", state
            )
        return [_portal(row) for row in found]

    async def move(self, id: int, before: str, after: str) -> bool:
        """From one state to another. False: it is in a third one by now, and stays there."""
        moved = await self._store.fetchval(
            "UPDATE portal SET state = $3 WHERE id = $1 AND state = $2 RETURNING id", id, before, after
        )
        self._forget()
        return moved is not None

    async def lead_to(self, id: int, partner: str, title: str) -> None:
        """Whom a private chat's conversation leads to is known."""
        await self._store.execute("UPDATE portal SET partner = $2, title = $3 WHERE id = $1", id, partner, title)
        self._forget()

    async def mute(self, id: int, muted: bool) -> None:
        await self._store.execute("UPDATE portal SET muted = $2 WHERE id = $1", id, muted)
        self._forget()

    async def heard(self, id: int, at: int) -> None:
        await self._store.execute("UPDATE portal SET heard_at = $2 WHERE id = $1 AND heard_at IS NULL", id, at)
        self._forget()

    async def trouble(self, id: int, trouble: str | None) -> None:
        await self._store.execute("UPDATE portal SET trouble = $2 WHERE id = $1", id, trouble)
        self._forget()

    async def counts(self) -> dict[tuple[str, str], int]:
        """How many portals there are, by platform and state."""
        rows = await self._store.fetch("SELECT platform, state, COUNT(*) FROM portal GROUP BY platform, state")
        return {(row[0], row[1]): int(row[2]) for row in rows}

    def _forget(self) -> None:
        self._store.forget("portals")

    def _clear(self) -> None:
        # A read that is under way now must not put an old answer back: it compares generations.
        self._generation += 1
        self._by_room.clear()
        self._by_chat.clear()
        self._by_id.clear()

    # --- codes

    async def keep_code(self, code: Code, made_by: str) -> None:
        await self._store.execute(
            "INSERT INTO link_code (hash, purpose, room, portal, made_by, expires_at) "
            "VALUES ($1, $2, $3, $4, $5, $6)",
            code.hash, code.purpose, code.room, code.portal, made_by, code.expires_at,
        )  # fmt: skip

    async def code(self, hash: str) -> Code | None:
        row = await self._store.fetchrow(
            "SELECT hash, purpose, room, portal, expires_at, used_at FROM link_code WHERE hash = $1", hash
        )
        return Code(*row) if row else None

    async def use_code(self, hash: str, at: int) -> bool:
        """Spend a code. False if somebody was faster."""
        used = await self._store.fetchval(
            "UPDATE link_code SET used_at = $2 WHERE hash = $1 AND used_at IS NULL RETURNING hash", hash, at
        )
        return used is not None
