"""People's private chats with our bots: who it is, where their dialogue stands, which conversation is the current
one."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.store.database import Store

_DESK = "login, chat, person, language, current, stage, menu, bar, seen_at"
_SEEN_EVERY_MS = 3600 * 1000
"""How exactly it is known when somebody was there last: not every message is a write."""


@dataclass(frozen=True, slots=True)
class Desk:
    """`person` is a Matrix id, `language` a code, `current` a portal's row. `stage`, `menu` and `bar` are JSON of the
    dialogue's own ("" for none). `seen_at` is Unix ms, to the hour."""

    login: str
    chat: str
    person: str
    language: str
    current: int | None = None
    stage: str = ""
    menu: str = ""
    bar: str = ""
    seen_at: int = 0


class Desks:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, login: str, chat: str) -> Desk | None:
        row = await self._store.fetchrow(f"SELECT {_DESK} FROM desk WHERE login = $1 AND chat = $2", login, chat)
        return Desk(*row) if row else None

    async def of_person(self, person: str) -> list[Desk]:
        """Where somebody can be spoken to, the chat that they used last first."""
        rows = await self._store.fetch(
            f"SELECT {_DESK} FROM desk WHERE person = $1 ORDER BY seen_at DESC, chat", person
        )
        return [Desk(*row) for row in rows]

    async def put(self, desk: Desk) -> None:
        """Insert or update, all fields."""
        await self._store.execute(
            f"INSERT INTO desk ({_DESK}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
            "ON CONFLICT (login, chat) DO UPDATE SET person = excluded.person, language = excluded.language, "
            "current = excluded.current, stage = excluded.stage, menu = excluded.menu, bar = excluded.bar, "
            "seen_at = excluded.seen_at",
            desk.login, desk.chat, desk.person, desk.language, desk.current, desk.stage, desk.menu, desk.bar,
            desk.seen_at,
        )  # fmt: skip

    async def dress(self, login: str, chat: str, bar: str, menu: str) -> None:
        """What the bar shows now, and what numbers mean."""
        await self._store.execute(
            "UPDATE desk SET bar = $3, menu = $4 WHERE login = $1 AND chat = $2", login, chat, bar, menu
        )

    async def set_stage(self, login: str, chat: str, stage: str) -> None:
        """Where the dialogue stands."""
        await self._store.execute("UPDATE desk SET stage = $3 WHERE login = $1 AND chat = $2", login, chat, stage)

    async def set_language(self, login: str, chat: str, language: str) -> None:
        await self._store.execute(
            "UPDATE desk SET language = $3, bar = '' WHERE login = $1 AND chat = $2", login, chat, language
        )

    async def turn_to(self, login: str, chat: str, portal: int | None) -> None:
        """From now on, what is written without a reply goes to this conversation."""
        await self._store.execute("UPDATE desk SET current = $3 WHERE login = $1 AND chat = $2", login, chat, portal)

    async def leave(self, portal: int) -> None:
        """A conversation is nobody's current one any more."""
        await self._store.execute("UPDATE desk SET current = NULL WHERE current = $1", portal)

    async def seen(self, desk: Desk, at: int) -> None:
        if at - desk.seen_at >= _SEEN_EVERY_MS:
            await self._store.execute(
                "UPDATE desk SET seen_at = $3 WHERE login = $1 AND chat = $2", desk.login, desk.chat, at
            )
