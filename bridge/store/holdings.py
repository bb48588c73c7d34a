"""What our tables hold about one person, read for them alone. Nothing here is asked often, so the ledger is surveyed
instead of being indexed by sender."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.store.database import Store


@dataclass(frozen=True, slots=True)
class Decision:
    """A line of the consent log that the person added about their own consent; `about` is as its `scope` says."""

    at: int
    verb: str
    scope: str
    about: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A request between the person and somebody. `other` is None where nobody was found, `theirs`: the person asked."""

    theirs: bool
    other: str | None
    state: str
    made_at: int
    ended_at: int | None


@dataclass(frozen=True, slots=True)
class Chatted:
    """The person's private chat with one of our bots; `seen_at` in Unix ms."""

    login: str
    chat: str
    language: str
    seen_at: int


@dataclass(frozen=True, slots=True)
class Findable:
    """By what the person can be found: the kind alone is kept in words. `open`: they agreed."""

    kind: str
    open: bool
    made_at: int


@dataclass(frozen=True, slots=True)
class Reported:
    about: str
    made_at: int
    closed_at: int | None


@dataclass(frozen=True, slots=True)
class Mapped:
    """How many messages of the person have ids here, and when the first and the last were said (Unix ms)."""

    count: int
    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class Traces:
    """Rows that only keep something from being done twice or too often, by what they are."""

    events: int
    codes: int
    budgets: int
    waiting: int


class Holdings:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def decisions(self, person: str) -> list[Decision]:
        """In the order in which they were made. (What others decided is theirs, a request is one of `asked`, and
        what a block of theirs means elsewhere would tell where somebody else is.)"""
        rows = await self._store.fetch(
            "SELECT at, verb, scope, about FROM consent WHERE whose = $1 AND actor = $1 AND verb <> 'request' "
            "AND place <> 'carried' ORDER BY id",
            person,
        )
        return [Decision(*row) for row in rows]

    async def asked(self, person: str) -> list[Asked]:
        """The oldest first."""
        rows = await self._store.fetch(
            "SELECT id, asker, target, state, made_at, ended_at FROM request WHERE asker = $1 UNION "
            "SELECT id, asker, target, state, made_at, ended_at FROM request WHERE target = $1 ORDER BY 1",
            person,
        )
        return [Asked(asker == person, target if asker == person else asker, *rest) for _, asker, target, *rest in rows]

    async def chats(self, person: str) -> list[Chatted]:
        rows = await self._store.fetch(
            "SELECT login, chat, language, seen_at FROM desk WHERE person = $1 ORDER BY login, chat", person
        )
        return [Chatted(*row) for row in rows]

    async def partners(self, chats: Sequence[Chatted]) -> dict[str, str]:
        """What the others of the conversations of private chats are called there, by their Matrix ids."""
        names: dict[str, str] = {}
        for each in chats:
            rows = await self._store.survey(
                "SELECT partner, title FROM portal WHERE login = $1 AND chat = $2 AND kind = 'private' "
                "AND partner IS NOT NULL ORDER BY id",
                each.login, each.chat,
            )  # fmt: skip
            names.update((row[0], row[1]) for row in rows if row[0] and row[1])
        return names

    async def handles(self, person: str) -> list[Findable]:
        rows = await self._store.fetch(
            "SELECT kind, open, made_at FROM handle WHERE person = $1 ORDER BY kind, made_at", person
        )
        return [Findable(row[0], bool(row[1]), row[2]) for row in rows]

    async def groups(self, person: str) -> list[tuple[str, str, str]]:
        """(title, platform, the name borne there) of the groups through which the person's ghost is in rooms."""
        rows = await self._store.survey(
            "SELECT p.title, p.platform, g.name FROM ghost_room g JOIN portal p ON p.id = g.portal "
            "WHERE g.mxid = $1 AND p.kind <> 'private' ORDER BY p.id",
            person,
        )
        return [(row[0], row[1], row[2]) for row in rows]

    async def titles(self, rooms: Sequence[int]) -> dict[int, str]:
        """The titles of shared rooms, by their rows."""
        found = {}
        for room in rooms:
            row = await self._store.fetchrow(
                "SELECT r.title FROM room r WHERE r.id = $1 AND EXISTS "
                "(SELECT 1 FROM portal p WHERE p.room = r.id AND p.kind <> 'private')",
                room,
            )
            if row is not None:
                found[room] = str(row[0])
        return found

    async def hosted(self, person: str) -> list[str]:
        """The titles of the rooms that were made for the person."""
        rows = await self._store.survey("SELECT title FROM room WHERE host = $1 ORDER BY id", person)
        return [row[0] for row in rows]

    async def messages(self, person: str) -> Mapped:
        (row,) = await self._store.survey(
            "SELECT COUNT(*), MIN(said_at), MAX(said_at) FROM message WHERE sender = $1 AND kind = 'message'", person
        )
        return Mapped(int(row[0]), row[1], row[2])

    async def reports(self, person: str) -> list[Reported]:
        rows = await self._store.survey(
            "SELECT reported, made_at, closed_at FROM report WHERE reporter = $1 ORDER BY id", person
        )
        return [Reported(*row) for row in rows]

    async def banned(self, person: str) -> int | None:
        """Since when the person is banned, in Unix ms."""
        at = await self._store.fetchval("SELECT at FROM ban WHERE person = $1 AND ended_at IS NULL", person)
        return None if at is None else int(at)

    async def traces(self, person: str, makers: Sequence[str], chats: Sequence[Chatted]) -> Traces:
        """`makers` are the words that stand for the person where codes were made."""
        (events,) = await self._store.survey("SELECT COUNT(*) FROM task WHERE sender = $1 OR state_key = $1", person)
        codes = [
            await self._store.fetchval("SELECT COUNT(*) FROM link_code WHERE made_by = $1", maker) for maker in makers
        ]
        budgets = await self._store.fetchval("SELECT COUNT(*) FROM budget WHERE person = $1", person)
        waiting = 0
        for each in chats:
            for table in ("inbox", "notice"):
                count = await self._store.fetchval(
                    f"SELECT COUNT(*) FROM {table} WHERE login = $1 AND chat = $2", each.login, each.chat
                )
                waiting += int(count)
        return Traces(int(events[0]), sum(map(int, codes)), int(budgets), waiting)
