"""Which platforms are switched off, and who was told that their words wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from bridge.store.database import Store
from bridge.store.ledger_rows import Source
from bridge.store.notices import ROOMS

_WAITING = ("queued", "sending")


@dataclass(frozen=True, slots=True)
class Suspension:
    """`since` is Unix ms, `actor` the operator who switched the platform off."""

    platform: str
    since: int
    actor: str
    reason: str


class Late(NamedTuple):
    """A copy that waits, since when (Unix ms), and who said it."""

    copy: int
    queued_at: int
    source: Source


class Suspensions:
    """Methods that write belong inside `Store.transaction()`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def all(self) -> list[Suspension]:
        rows = await self._store.fetch("SELECT platform, since, actor, reason FROM suspension ORDER BY platform")
        return [Suspension(*row) for row in rows]

    async def begin(self, suspension: Suspension) -> None:
        await self._store.execute(
            "INSERT INTO suspension (platform, since, actor, reason) VALUES ($1, $2, $3, $4) "
            "ON CONFLICT (platform) DO NOTHING",
            suspension.platform, suspension.since, suspension.actor, suspension.reason,
        )  # fmt: skip

    async def end(self, platform: str) -> None:
        await self._store.execute("DELETE FROM suspension WHERE platform = $1", platform)

    # --- who waits

    async def late(self, portal: int, behind: int, limit: int) -> list[Late]:
        """The messages that wait for a chat behind a copy, in order."""
        rows = await self._store.fetch(
            "SELECT c.id, COALESCE(c.queued_at, m.said_at), m.login, m.chat, m.remote_id, m.event_id, m.sender, m.kind "
            "FROM copy c JOIN message m ON m.id = c.message "
            "WHERE c.portal = $1 AND c.id > $2 AND c.state IN ('queued', 'sending') ORDER BY c.id LIMIT $3",
            portal, behind, limit,
        )  # fmt: skip
        return [Late(row[0], row[1], Source(*row[2:])) for row in rows]

    async def ahead(self, portal: int, copy: int) -> int:
        """How many messages wait for a chat up to a copy."""
        return int(
            await self._store.fetchval(
                "SELECT COUNT(*) FROM copy WHERE portal = $1 AND id <= $2 AND state IN ('queued', 'sending')",
                portal, copy,
            )
        )  # fmt: skip

    async def tell_once(self, portal: int, login: str, chat: str, since: int, event: str | None) -> bool:
        """Whether the people of a chat (or, as ROOMS, of a room) are to be told now that what they say to a portal's
        chat waits. `since` tells one suspension from another, 0 where there is none; `event` is what was said, where it
        was said on Matrix."""
        told = await self._store.fetchval(
            "INSERT INTO told_waiting (portal, login, chat, since, event) VALUES ($1, $2, $3, $4, $5) "
            "ON CONFLICT (portal, login, chat, since) DO NOTHING RETURNING portal",
            portal, login, chat, since, event,
        )  # fmt: skip
        return told is not None

    async def expect(self, portal: int, room: str, copy: int, event: str) -> None:
        """What was said on Matrix and failed waits again, as a copy that was put back."""
        await self._store.execute(
            "INSERT INTO told_waiting (portal, login, chat, since, event) VALUES ($1, $2, $3, $4, $5)",
            portal, ROOMS, room, -copy, event,
        )  # fmt: skip

    async def told(self) -> set[int]:
        """The portals of which somebody was told that they wait."""
        return {row[0] for row in await self._store.fetch("SELECT DISTINCT portal FROM told_waiting")}

    async def over(self, portal: int) -> tuple[list[str], bool]:
        """Something has arrived in a chat. Returns the events that were told to wait, are there now, and neither wait
        for another chat nor have failed there; and whether something that was told to wait still does."""
        there, waiting = [], False
        rows = await self._store.fetch("SELECT login, chat, since, event FROM told_waiting WHERE portal = $1", portal)
        for login, chat, since, event in rows:
            states = dict(await self._states(event)) if event is not None else {}
            if states.get(portal) in _WAITING:
                waiting = True
                continue
            await self._store.execute(
                "DELETE FROM told_waiting WHERE portal = $1 AND login = $2 AND chat = $3 AND since = $4",
                portal, login, chat, since,
            )  # fmt: skip
            if event is not None and all(state in ("sent", *_WAITING) for state in states.values()):
                others = await self._store.fetchval(
                    "SELECT 1 FROM told_waiting WHERE login = $1 AND chat = $2 AND event = $3", login, chat, event
                )
                there += [event] if others is None else []
        return list(dict.fromkeys(there)), waiting

    async def _states(self, event: str) -> list[tuple[int, str]]:
        """(portal, state) of the copies of what was said on Matrix."""
        rows = await self._store.fetch(
            "SELECT c.portal, c.state FROM message m JOIN copy c ON c.message = m.id WHERE m.event_id = $1", event
        )
        return [(row[0], row[1]) for row in rows]
