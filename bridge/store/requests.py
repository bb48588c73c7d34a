"""Who wants to talk with whom, and what became of it.

A request's life: `looking` (whom did they mean?) → `choosing` (on which of their messengers? only where the asker may
know them) → `asked` (it waits for its answer; also where nobody was found) →
`open` (they talk) → one of the ends: `denied`, `expired`, `cancelled` (it was never a conversation), `ended`. `shown`
is the state that the room on Matrix and the people's chats show; while it differs, somebody has to make it so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.keys import Keys
from bridge.store.database import Store

LIVE = ("looking", "choosing", "asked", "open")
ENDS = ("denied", "expired", "cancelled", "ended")

_REQUEST = "id, asker, target, room, state, shown, made_at, due_at, ended_at, ended_by, cut, words, invited"


@dataclass(frozen=True, slots=True)
class Request:
    """`asker` and `target` are Matrix ids, `target` None where nobody was found (yet); `room` is a row. Times are Unix
    ms; `due_at` is when it expires without an answer, `ended_at` when it came to an end;
    `ended_by` is who did that (None: time), and `cut` how many words were not sent because of it.
    `words`: how many the asker has said while it waits. `invited`: whose invitation stands in the room, until the end,
    whoever `target` is by then."""

    id: int
    asker: str
    target: str | None
    room: int | None
    state: str
    shown: str
    made_at: int
    due_at: int
    ended_at: int | None = None
    ended_by: str | None = None
    cut: int = 0
    words: int = 0
    invited: str | None = None

    @property
    def live(self) -> bool:
        return self.state not in ENDS

    def other(self, person: str) -> str | None:
        return self.target if person == self.asker else self.asker


class Requests:
    """What changes something belongs inside `Store.transaction()`."""

    def __init__(self, store: Store, keys: Keys) -> None:
        self._store = store
        self._keys = keys

    async def make(self, asker: str, wanted: str, made_at: int, due_at: int, *, room: int | None = None) -> int:
        """A request that begins: `wanted` is whom they asked for, in their own words; it is kept sealed until that was
        looked up."""
        id = await self._store.fetchval(
            "INSERT INTO request (asker, room, state, shown, wanted, made_at, due_at) "
            "VALUES ($1, $2, 'looking', 'none', $3, $4, $5) RETURNING id",
            asker, room, self._keys.seal(wanted.encode()), made_at, due_at,
        )  # fmt: skip
        return int(id)

    async def get(self, id: int) -> Request | None:
        row = await self._store.fetchrow(f"SELECT {_REQUEST} FROM request WHERE id = $1", id)
        return Request(*row) if row else None

    async def wanted(self, id: int) -> str:
        """Whom they asked for; "" when it was looked up, or cannot be read."""
        sealed = await self._store.fetchval("SELECT wanted FROM request WHERE id = $1", id)
        try:
            return self._keys.unseal(bytes(sealed)).decode() if sealed is not None else ""
        except ValueError:
            return ""

    async def of_room(self, room: int) -> Request | None:
        row = await self._store.fetchrow(
            f"SELECT {_REQUEST} FROM request WHERE room = $1 ORDER BY id DESC LIMIT 1", room
        )
        return Request(*row) if row else None

    async def between(self, one: str, other: str) -> Request | None:
        """What is alive between two people, whoever of them asked."""
        row = await self._store.fetchrow(
            f"SELECT {_REQUEST} FROM request WHERE ((asker = $1 AND target = $2) OR (asker = $2 AND target = $1)) "
            "AND state IN ('asked', 'open') ORDER BY id DESC LIMIT 1",
            one, other,
        )  # fmt: skip
        return Request(*row) if row else None

    async def of_person(self, person: str, states: Sequence[str]) -> list[Request]:
        """What a person asked for or was asked, oldest first."""
        marks = ", ".join(f"'{state}'" for state in states)
        rows = await self._store.fetch(
            f"SELECT {_REQUEST} FROM request WHERE asker = $1 AND state IN ({marks}) UNION "
            f"SELECT {_REQUEST} FROM request WHERE target = $1 AND state IN ({marks}) ORDER BY id",
            person,
        )
        return [Request(*row) for row in rows]

    async def invite(self, id: int, person: str) -> None:
        """Their invitation stands in the room, or will."""
        await self._store.execute("UPDATE request SET invited = $2 WHERE id = $1", id, person)

    async def found(self, id: int, target: str | None) -> None:
        """Whom they meant is known, or that it is nobody: what they typed is forgotten."""
        await self._store.execute("UPDATE request SET target = $2, wanted = NULL WHERE id = $1", id, target)

    async def ask(self, id: int, state: str) -> None:
        """It waits for its answer now ("asked"), or needs none ("open")."""
        await self._store.execute("UPDATE request SET state = $2 WHERE id = $1", id, state)

    async def one_more_word(self, id: int) -> None:
        await self._store.execute("UPDATE request SET words = words + 1 WHERE id = $1", id)

    async def end(self, id: int, state: str, at: int, by: str | None, cut: int) -> None:
        """One of `ENDS`."""
        await self._store.execute(
            "UPDATE request SET state = $2, ended_at = $3, ended_by = $4, cut = $5 WHERE id = $1",
            id,
            state,
            at,
            by,
            cut,
        )

    async def show(self, id: int, state: str) -> None:
        """A state is to be seen now where it must be."""
        await self._store.execute("UPDATE request SET shown = $2 WHERE id = $1", id, state)

    async def unshown(self, after: int = 0) -> list[int]:
        """The next behind one, at most 200."""
        rows = await self._store.fetch(
            "SELECT id FROM request WHERE state <> shown AND id > $1 ORDER BY id LIMIT 200", after
        )
        return [row[0] for row in rows]

    async def due(self, now: int) -> list[int]:
        rows = await self._store.fetch(
            "SELECT id FROM request WHERE state IN ('looking', 'choosing', 'asked') AND due_at <= $1 "
            "ORDER BY due_at LIMIT 500",
            now,
        )
        return [row[0] for row in rows]

    async def next_due(self) -> int | None:
        """When the next one expires, in Unix ms."""
        at = await self._store.fetchval(
            "SELECT MIN(due_at) FROM request WHERE state IN ('looking', 'choosing', 'asked')"
        )
        return None if at is None else int(at)
