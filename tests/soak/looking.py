"""What every place shows, and what the bridge says of its copies, read for the checker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bridge.sandbox.books import Books
from bridge.sandbox.client import Heard
from bridge.sandbox.control import Seen
from bridge.sandbox.reading import copied, heard
from tests.soak.checker import ROOM, Copy, Line, Where
from tests.soak.journal import Journal

TELLING = ("not_delivered", "in_doubt")
"""Our words to somebody whose message did not arrive, or may not have."""
COPIES = (
    "SELECT c.id, p.platform, p.chat, c.state, c.reason, c.event_id, m.login, m.chat, m.remote_id, m.kind "
    "FROM copy c JOIN message m ON m.id = c.message JOIN portal p ON p.id = c.portal "
    "WHERE c.id > {after} ORDER BY c.id"
)


def lines_of_chat(journal: Journal, transcript: Sequence[Seen]) -> tuple[list[Line], set[str]]:
    """The lines of this round, and the ids of messages whose senders were told that they did not arrive."""
    numbers: dict[str, int] = {}
    lines, told = [], set()
    for seen in transcript:
        words = seen.text if seen.by == "person" else (copied(seen.text) or ("", seen.text))[1]
        marked = journal.read(words)
        answers = numbers.get(seen.reply_to or "")
        if marked is not None:
            n, version = marked
            numbers[seen.message_id] = n
            if seen.by == "person":
                lines.append(Line(n, "said", version, seen.deleted, answers))
            elif heard("corrected", words) is not None:
                lines.append(Line(n, "correction", version, seen.deleted))
            else:
                lines.append(Line(n, "copy", version, seen.deleted, answers))
        elif seen.by == "api" and answers is not None and heard("deleted", words) is not None:
            lines.append(Line(answers, "deletion"))
        elif seen.by == "api" and seen.reply_to is not None and _tells(seen.text):
            told.add(seen.reply_to)
    return lines, told


def lines_of_room(journal: Journal, events: Iterable[Heard], own: str) -> tuple[list[Line], set[str]]:
    """The same of a room; `own` is the Matrix id of the person there."""
    events = list(events)
    gone = {str(event.content.get("redacts")) for event in events if event.type == "m.room.redaction"}
    versions: dict[str, int] = {}
    numbers: dict[str, int] = {}
    told: set[str] = set()
    for event in events:
        marked = journal.read(event.corrected or "")
        if event.corrects is not None and marked is not None:
            versions[event.corrects] = marked[1]  # of several, the last in the room's order is what is read
        marked = journal.read(event.body) if event.corrects is None else None
        if marked is not None:
            numbers[event.event_id] = marked[0]
    lines = []
    for event in events:
        answered = _answered(event)
        if event.event_id in numbers:
            what = "said" if event.sender == own else "copy"
            is_gone = event.event_id in gone
            version = versions.get(event.event_id, 0)
            answers = numbers.get(answered or "")
            lines.append(Line(numbers[event.event_id], what, version, is_gone, answers))  # type: ignore[arg-type]
        elif event.type == "m.room.message" and answered is not None and _tells(event.body):
            told.add(answered)
    return lines, told


def _tells(text: str) -> bool:
    return any(heard(key, text) is not None for key in TELLING)


def _answered(event: Heard) -> str | None:
    relation = event.content.get("m.relates_to")
    target = relation.get("m.in_reply_to") if isinstance(relation, Mapping) else None
    return str(target["event_id"]) if isinstance(target, Mapping) and "event_id" in target else None


class Ledger:
    """The bridge's own account of its copies. `where` is the place of a chat (platform, its id)."""

    def __init__(self, books: Books, where: Mapping[tuple[str, str], Where]) -> None:
        self._books = books
        self._where = where
        self._after = 0

    async def skip(self) -> None:
        """What is there until now belongs to nobody's round."""
        (row,) = await self._books.rows("SELECT COALESCE(MAX(id), 0) FROM copy")
        self._after = int(row[0])

    async def copies(self, journal: Journal) -> list[Copy]:
        """Those of this round, since the last time."""
        ids = {(*self._origin(e.said.room, e.said.place), e.id): n for n, e in journal.entries.items()}
        events = {id: n for n, e in journal.entries.items() for _, id in e.events}
        found = []
        for row in await self._books.rows(COPIES.format(after=self._after)):
            id, platform, chat, state, reason, event_id, login, source, remote_id, kind = row
            self._after = int(id)
            n = self._number(ids, events, event_id, login, source, remote_id)
            if n is not None and (where := self._where.get((platform, chat))) is not None:
                found.append(Copy(n, *where, kind, state, reason))
        return found

    async def kept(self, journal: Journal) -> frozenset[int]:
        """The messages of this round that did not go out to anybody, or not to everybody, for good."""
        ids = {(*self._origin(e.said.room, e.said.place), e.id): n for n, e in journal.entries.items()}
        rows = await self._books.rows(
            "SELECT m.login, m.chat, m.remote_id FROM message m WHERE m.login IS NOT NULL AND (m.state = 'withheld' "
            "OR EXISTS (SELECT 1 FROM copy c WHERE c.message = m.id AND c.state = 'withheld'))"
        )
        found = (self._number(ids, {}, "", *row) for row in rows)
        return frozenset(n for n in found if n is not None)

    @staticmethod
    def _origin(room: int, place: str) -> Where:
        return (0, ROOM) if place == ROOM else (room, place)

    def _number(
        self, ids: Mapping[Any, int], events: Mapping[str, int], event: str, login: str, chat: str, remote: str
    ) -> int | None:
        if login is None:
            return ids.get((0, ROOM, event)) or events.get(event)
        where = self._where.get((login.partition(":")[0].partition(".")[0], chat))
        return None if where is None else ids.get((*where, remote))
