"""The ledger: the map, the queue and the audit in one.

A `message` row says which Matrix event belongs to which chat and remote id. A `copy` row says: this message is, or must
become, that remote message in that chat. Its id is its place in the queue. An edit, a deletion, a reaction, a pin and
the taking back of these are rows of their own, of that `kind`, with the message that they are about as `target`; they
travel the same way.

What stands in its queue, and what operators do to it, is asked of `queue.py`.

States of a message: `routed` (room decided, not yet on the homeserver), `placed`, `accepted` (it came back in the
room's order, and its copies are queued), `withheld` (does not cross, also not when it is replayed), `command`,
`refused`. States of a copy: `queued`, `sending`, and the final `sent`,
`refused`, `unknown`, `expired`, `withheld`.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bridge.store.database import Store
from bridge.store.ledger_rows import Due, Key, Message, Part, Route, Sent, Source
from bridge.store.together import Together

_PART = (
    "INSERT INTO copy_part (login, chat, remote_id, copy, part) VALUES ($1, $2, $3, $4, $5) "
    "ON CONFLICT (login, chat, remote_id) DO NOTHING"
)
_FINISH = "UPDATE copy SET state = $2, reason = $3, done_at = $4 WHERE id = $1"
_REMEMBERED = 1000
"""More than all lanes together have before them when something is taken out of the queue."""
_MESSAGE = "m.id, m.room, m.portal, m.sender, m.event_id, m.state, m.kind, m.target, m.login, m.chat, m.said_at"


def _keyed(row: Any) -> tuple[Key, Message]:
    message = Message(*row[:11])
    assert message.login is not None
    assert message.chat is not None
    return Key(message.login, message.chat, row[11], message.kind, row[12]), message


class Ledger:
    """Methods that write belong inside `Store.transaction()`; each says one fact. `sending` and `sent` are transactions
    by themselves, shared with the others of the moment."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_key = (
            f"SELECT {_MESSAGE}, m.remote_id, m.version "
            f"FROM {store.rows('TEXT', 'TEXT', 'TEXT', 'TEXT', 'TEXT')} JOIN message m "
            "ON m.login = c0 AND m.chat = c1 AND m.remote_id = c2 AND m.kind = c3 AND m.version = c4"
        )
        self._starting = Together(self._write_sending)
        self._arriving = Together(self._write_sent)
        self._taken_out: deque[int] = deque(maxlen=_REMEMBERED)

    # --- from a platform

    async def route(self, routes: Sequence[Route]) -> dict[Key, Message]:
        """Decide once where remote messages go. A replay gets the first decision back."""
        await self._store.executemany(
            "INSERT INTO message "
            "(login, chat, remote_id, kind, version, room, portal, sender, state, reason, said_at, target) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) "
            "ON CONFLICT (login, chat, remote_id, kind, version) DO NOTHING",
            [(*r.key, r.room, r.portal, r.sender, r.state, r.reason, r.at, r.target) for r in routes],
        )
        return await self.by_keys([route.key for route in routes])

    async def placed(self, placed: Iterable[tuple[int, str]]) -> None:
        """(message, event id) of those that are on the homeserver now."""
        await self._store.executemany(
            "UPDATE message SET event_id = $2, state = 'placed' WHERE id = $1 AND state = 'routed'", list(placed)
        )

    async def give_up(self, message: int, reason: str) -> None:
        """The homeserver will not take it: final."""
        await self._store.execute(
            "UPDATE message SET state = 'refused', reason = $2 WHERE id = $1 AND state = 'routed'",
            message,
            reason,
        )

    # --- from the room

    async def by_keys(self, keys: Iterable[Key]) -> dict[Key, Message]:
        """Those that are known."""
        asked = json.dumps(list(keys))
        if asked == "[]":
            return {}
        return dict(_keyed(row) for row in await self._store.fetch(self._by_key, asked))

    async def by_event(self, event_id: str) -> Message | None:
        """What an event is to us."""
        row = await self._store.fetchrow(f"SELECT {_MESSAGE} FROM message m WHERE m.event_id = $1", event_id)
        return Message(*row) if row else None

    async def by_id(self, id: int) -> Message | None:
        row = await self._store.fetchrow(f"SELECT {_MESSAGE} FROM message m WHERE m.id = $1", id)
        return Message(*row) if row else None

    async def accepted(self, accepted: Mapping[int, str]) -> None:
        """Messages of chats came back in the room's order, by their rows with their event ids."""
        await self._store.executemany(
            "UPDATE message SET event_id = $2, state = 'accepted' WHERE id = $1", list(accepted.items())
        )

    async def adopt(
        self, event_id: str, room: int, sender: str, at: int, kind: str = "message", target: int | None = None
    ) -> int | None:
        """Something that was said in the room itself. None: it is known already."""
        row = await self._store.fetchrow(
            "INSERT INTO message (kind, version, room, sender, event_id, state, said_at, target) "
            "VALUES ($5, '', $2, $3, $1, 'accepted', $4, $6) ON CONFLICT (event_id) DO NOTHING RETURNING id",
            event_id, room, sender, at, kind, target,
        )  # fmt: skip
        return row[0] if row else None

    async def queue(self, copies: Sequence[tuple[int, int, str]], at: int) -> None:
        """(message, portal, event id) of copies, which are due in this order. A copy that exists is left alone."""
        await self._store.executemany(
            "INSERT INTO copy (message, portal, event_id, state, parts, part, doubt, queued_at) "
            "VALUES ($1, $2, $3, 'queued', 0, 0, FALSE, $4) ON CONFLICT (message, portal) DO NOTHING",
            [(*copy, at) for copy in copies],
        )

    # --- the queue

    async def due(self, portal: int, limit: int) -> list[Due]:
        """The next copies of a portal, in order."""
        rows = await self._store.fetch(
            "SELECT c.id, c.event_id, c.part, c.doubt, c.state = 'sending', c.version, c.shape, m.id, m.target, "
            "m.said_at, COALESCE(c.queued_at, m.said_at), m.login, m.chat, m.remote_id, m.event_id, m.sender, m.kind "
            "FROM copy c JOIN message m ON m.id = c.message "
            "WHERE c.portal = $1 AND c.state IN ('queued', 'sending') ORDER BY c.id LIMIT $2",
            portal, limit,
        )  # fmt: skip
        return [Due._make((*row[:3], bool(row[3]), bool(row[4]), *row[5:11], Source(*row[11:]))) for row in rows]

    async def rendered(self, copy: int, version: str | None, shape: str | None) -> None:
        """Committed before the first part goes out: the edit (its event) whose words a copy shows, and the label and
        cuts of one in several parts (JSON). Neither holds a word of the message."""
        await self._store.execute("UPDATE copy SET version = $2, shape = $3 WHERE id = $1", copy, version, shape)

    async def sending(self, copy: int, part: int, parts: int, digest: str) -> bool:
        """Committed before the call: from here on, part `part` may exist over there. False: it was taken out of the
        queue meanwhile."""
        await self._starting.add((copy, part, parts, digest))
        return await self.waits(copy)

    async def _write_sending(self, items: Sequence[tuple[int, int, int, str]]) -> list[None]:
        await self._store.executemany(
            "UPDATE copy SET state = 'sending', part = $2, parts = $3, digest = $4 "
            "WHERE id = $1 AND state IN ('queued', 'sending')",
            list(items),
        )
        return [None] * len(items)

    async def sent(self, sent: Sent) -> None:
        """The last part has arrived, and nothing before it is in doubt: the copy is final."""
        await self._arriving.add(sent)

    async def _write_sent(self, items: Sequence[Sent]) -> list[None]:
        async with self._store.transaction():
            await self._store.executemany(_PART, [(s.login, s.chat, s.remote_id, s.copy, s.part) for s in items])
            await self._store.executemany(_FINISH, [(s.copy, "sent", None, s.at) for s in items])
        return [None] * len(items)

    async def not_sent(self, copy: int, part: int) -> None:
        """The call surely did nothing: back into the queue, at its place."""
        await self._store.execute(
            "UPDATE copy SET state = 'queued', part = $2 WHERE id = $1 AND state = 'sending'", copy, part
        )

    async def arrived(self, copy: int, part: int) -> bool:
        """Whether our own words came back while their answer was missing."""
        found = await self._store.fetchval("SELECT 1 FROM copy_part WHERE copy = $1 AND part = $2", copy, part)
        return found is not None

    async def part_sent(self, copy: int, part: int, login: str, chat: str, remote_id: str) -> None:
        await self._store.execute(_PART, login, chat, remote_id, copy, part)

    async def next_part(self, copy: int, part: int, *, doubt: bool) -> None:
        await self._store.execute(
            "UPDATE copy SET state = 'queued', part = $2, doubt = $3 WHERE id = $1", copy, part, doubt
        )

    async def finish(self, copy: int, state: str, at: int, reason: str | None = None) -> None:
        await self._store.execute(_FINISH, copy, state, reason, at)

    async def take_out(self, copy: int, state: str, at: int, reason: str) -> bool:
        """End a copy that waits, also when a lane has it before it. False: it does not wait, or is being sent."""
        taken = await self._store.fetchval(
            "UPDATE copy SET state = $2, reason = $3, done_at = $4 WHERE id = $1 AND state = 'queued' RETURNING id",
            copy, state, reason, at,
        )  # fmt: skip
        if taken is not None:
            self._taken_out.append(copy)
        return taken is not None

    async def waits(self, copy: int) -> bool:
        """Whether a copy that was due when a lane saw it was not taken out since. Costs nothing as long as none is."""
        if copy not in self._taken_out and not self._store.several:
            return True
        state = await self._store.fetchval("SELECT state FROM copy WHERE id = $1", copy)
        return state in ("queued", "sending")

    async def withhold(self, portal: int, at: int, reason: str) -> int:
        """End everything that still waits for a chat. Returns how much that was."""
        rows = await self._store.fetch(
            "UPDATE copy SET state = 'withheld', reason = $2, done_at = $3 WHERE portal = $1 AND state = 'queued' "
            "RETURNING id",
            portal, reason, at,
        )  # fmt: skip
        return len(rows)

    async def doubt(self, portal: int, at: int) -> None:
        """Copies that were being sent when we stopped, into a chat that is not linked any more."""
        await self._store.execute(
            "UPDATE copy SET state = 'unknown', reason = 'restart', done_at = $2 WHERE portal = $1 "
            "AND state = 'sending'",
            portal, at,
        )  # fmt: skip

    async def ended_since(self, portal: int, at: int) -> int:
        """Copies into a chat whose sends ended since then, so that they are, or may be, there."""
        return int(
            await self._store.fetchval(
                "SELECT COUNT(*) FROM copy WHERE portal = $1 AND state IN ('sent', 'unknown') AND done_at >= $2",
                portal, at,
            )
            or 0
        )  # fmt: skip

    async def under_way(self, room: int) -> bool:
        """Whether something that a chat said is on its way into a room: only the newest messages of all can be."""
        found = await self._store.fetchval(
            "SELECT 1 FROM message WHERE id > (SELECT COALESCE(MAX(id), 0) FROM message) - 10000 AND room = $1 "
            "AND state IN ('routed', 'placed') LIMIT 1",
            room,
        )
        return found is not None

    # --- looking things up

    async def remote_of(self, event_id: str, login: str, chat: str) -> str | None:
        """What an event is called in a chat: its first part there."""
        found = await self._store.fetchval(
            "SELECT remote_id FROM message WHERE event_id = $1 AND login = $2 AND chat = $3",
            event_id,
            login,
            chat,
        )
        if found is None:
            found = await self._store.fetchval(
                "SELECT p.remote_id FROM message m JOIN copy c ON c.message = m.id JOIN copy_part p ON p.copy = c.id "
                "WHERE m.event_id = $1 AND p.login = $2 AND p.chat = $3 ORDER BY p.part LIMIT 1",
                event_id, login, chat,
            )  # fmt: skip
        return None if found is None else str(found)

    async def message_of(self, login: str, chat: str, remote_id: str) -> Message | None:
        """The message that a chat's message is, whether it was said there or copied there."""
        event = await self.event_of(login, chat, remote_id)
        return None if event is None else await self.by_event(event)

    async def event_of(self, login: str, chat: str, remote_id: str) -> str | None:
        """The event that a chat's message is, whether it was said there or copied there."""
        found = await self._store.fetchval(
            "SELECT event_id FROM message WHERE login = $1 AND chat = $2 AND remote_id = $3 AND kind = 'message'",
            login, chat, remote_id,
        )  # fmt: skip
        if found is None:
            found = await self._store.fetchval(  # what a correction added belongs to the message, too
                "SELECT COALESCE(t.event_id, c.event_id) FROM copy_part p JOIN copy c ON c.id = p.copy "
                "JOIN message m ON m.id = c.message LEFT JOIN message t ON t.id = m.target "
                "WHERE p.login = $1 AND p.chat = $2 AND p.remote_id = $3",
                login, chat, remote_id,
            )  # fmt: skip
        return None if found is None else str(found)

    async def parts(self, message: int, portal: int) -> list[Part]:
        """What a message is in a chat by now, with all that its corrections added there, in order."""
        return await self._parts(message, portal, ("message", "edit", "delete"))

    async def reaction_parts(self, message: int, portal: int) -> list[Part]:
        """What tells of the reactions to a message in a chat."""
        return await self._parts(message, portal, ("reaction", "unreaction"))

    async def _parts(self, message: int, portal: int, kinds: tuple[str, ...]) -> list[Part]:
        listed = ", ".join(f"'{kind}'" for kind in kinds)
        rows = await self._store.fetch(
            "SELECT c.id, p.part, p.remote_id, c.state = 'sent' FROM message m JOIN copy c ON c.message = m.id "
            "JOIN copy_part p ON p.copy = c.id WHERE (m.id = $1 OR m.target = $1) AND c.portal = $2 "
            f"AND m.kind IN ({listed}) ORDER BY c.id, p.part",
            message, portal,
        )  # fmt: skip
        return [Part(row[0], row[1], row[2], bool(row[3])) for row in rows]

    async def reactions(self, login: str, chat: str, remote_id: str) -> list[tuple[Key, Message]]:
        """The reactions of a chat to one of its messages that were sent to the room and not taken back there yet."""
        rows = await self._store.fetch(
            f"SELECT {_MESSAGE}, m.remote_id, m.version FROM message m WHERE m.login = $1 AND m.chat = $2 "
            "AND m.remote_id = $3 AND m.kind = 'reaction' AND m.state IN ('routed', 'placed', 'accepted') "
            "AND NOT EXISTS (SELECT 1 FROM message u WHERE u.login = $1 AND u.chat = $2 AND u.remote_id = $3 "
            "AND u.kind = 'unreaction' AND u.version = m.version AND u.state <> 'routed') ORDER BY m.id",
            login, chat, remote_id,
        )  # fmt: skip
        return [_keyed(row) for row in rows]

    async def outdone(self, copy: int, portal: int, target: int) -> bool:
        """Whether another reaction to the same message waits for a chat behind a copy."""
        found = await self._store.fetchval(
            "SELECT 1 FROM message m JOIN copy c ON c.message = m.id WHERE m.target = $3 AND c.portal = $2 "
            "AND m.kind IN ('reaction', 'unreaction') AND c.id > $1 AND c.state = 'queued' LIMIT 1",
            copy, portal, target,
        )  # fmt: skip
        return found is not None

    async def forget_part(self, login: str, chat: str, remote_id: str) -> None:
        """It was taken back."""
        await self._store.execute(
            "DELETE FROM copy_part WHERE login = $1 AND chat = $2 AND remote_id = $3", login, chat, remote_id
        )

    async def version(self, message: int, portal: int) -> str | None:
        """The edit (its event) that the copy of a message showed from its beginning."""
        found = await self._store.fetchval(
            "SELECT version FROM copy WHERE message = $1 AND portal = $2", message, portal
        )
        return None if found is None else str(found)

    async def other_version(self, message: int, portal: int) -> None:
        """The copy of a message does not show any more what it showed from its beginning."""
        await self._store.execute("UPDATE copy SET version = NULL WHERE message = $1 AND portal = $2", message, portal)

    async def superseded(self, edit: int, target: int) -> bool:
        """Whether the same message was edited again behind an edit."""
        found = await self._store.fetchval(
            "SELECT 1 FROM message WHERE target = $2 AND kind = 'edit' AND state = 'accepted' AND id > $1 LIMIT 1",
            edit, target,
        )  # fmt: skip
        return found is not None

    async def is_ours(self, login: str, chat: str, remote_id: str) -> bool:
        """Whether a remote message is a copy that we sent."""
        found = await self._store.fetchval(
            "SELECT 1 FROM copy_part WHERE login = $1 AND chat = $2 AND remote_id = $3",
            login,
            chat,
            remote_id,
        )
        return found is not None

    async def settle(self, portal: int, digest: str, login: str, chat: str, remote_id: str, at: int) -> bool:
        """Our own words came back: the oldest copy in flight or in doubt with that digest did arrive.
        False: there is none."""
        row = await self._store.fetchrow(
            "SELECT c.id, c.part, c.state FROM copy c "
            "WHERE c.portal = $1 AND c.digest = $2 AND c.state IN ('sending', 'unknown') "
            "AND NOT EXISTS (SELECT 1 FROM copy_part p WHERE p.copy = c.id AND p.part = c.part) "
            "ORDER BY c.id LIMIT 1",
            portal, digest,
        )  # fmt: skip
        if row is None:
            return False
        await self.part_sent(row[0], row[1], login, chat, remote_id)
        if row[2] == "unknown" and await self.complete(row[0]):
            await self.finish(row[0], "sent", at)
        return True

    async def complete(self, copy: int) -> bool:
        """Whether every part of a copy is known to have arrived."""
        return bool(
            await self._store.fetchval(
                "SELECT c.parts = (SELECT COUNT(*) FROM copy_part p WHERE p.copy = c.id) FROM copy c WHERE c.id = $1",
                copy,
            )
        )

    async def source(self, copy: int) -> Source | None:
        row = await self._store.fetchrow(
            "SELECT m.login, m.chat, m.remote_id, m.event_id, m.sender, m.kind "
            "FROM copy c JOIN message m ON m.id = c.message WHERE c.id = $1",
            copy,
        )
        return Source(*row) if row else None

    async def unsettled(self) -> int:
        """Messages that are not on the homeserver yet, and copies that are not final yet."""
        return int(
            await self._store.fetchval(
                "SELECT (SELECT COUNT(*) FROM message WHERE state = 'routed') + "
                "(SELECT COUNT(*) FROM copy WHERE state IN ('queued', 'sending'))"
            )
            or 0
        )
