"""Who is being forgotten, how far that is, and what is done to our tables then.

What stays, because others need it: the newest word of somebody who refused or blocked the person (a keyed hash stands
for them there), a ban that holds and an open report (under their id, which the policy room shows as well), and that the
person's own words are to stay in their app. Rows of messages stay without their sender, so that a platform that repeats
them does not make them cross again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bridge.store.database import Store
from bridge.store.ghosts import Ghosts
from bridge.store.holdings import Chatted

NOBODY = "~"
"""Stands for the sender or reporter that was forgotten."""

_FAREWELL = "person, login, chat, language, step, cursor, begun_at, deleted, kept, files, erased"
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Farewell:
    """`person` is a Matrix id; (`login`, `chat`) is where they are told; `cursor` is the last row of the ledger that
    was dealt with. `deleted` and `kept` are messages, `files` those that were deleted. `begun_at` is Unix ms."""

    person: str
    login: str
    chat: str
    language: str
    step: str
    cursor: int
    begun_at: int
    deleted: int
    kept: int
    files: int
    erased: bool


@dataclass(frozen=True, slots=True)
class Spoken:
    """Something of a person's on the homeserver: a message, an edit, a reaction. Fields as in the ledger."""

    id: int
    login: str | None
    chat: str | None
    remote_id: str | None
    kind: str
    version: str
    room: int | None
    portal: int | None
    event_id: str
    target: int | None


class Farewells:
    """What changes something belongs inside `Store.transaction()`, except `unsign`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    # --- the job

    async def begin(self, person: str, login: str, chat: str, language: str, step: str, at: int) -> bool:
        """False: it is under way already."""
        begun = await self._store.fetchval(
            "INSERT INTO farewell (person, login, chat, language, step, begun_at, cursor) VALUES "
            "($1, $2, $3, $4, $5, $6, (SELECT COALESCE(MAX(id), 0) + 1 FROM message)) "
            "ON CONFLICT (person) DO NOTHING RETURNING person",
            person, login, chat, language, step, at,
        )  # fmt: skip
        return begun is not None

    async def get(self, person: str) -> Farewell | None:
        """None: it is over, or never began."""
        row = await self._store.fetchrow(
            f"SELECT {_FAREWELL} FROM farewell WHERE person = $1 AND done_at IS NULL", person
        )
        return Farewell(*row) if row else None

    async def under_way(self) -> list[str]:
        rows = await self._store.fetch("SELECT person FROM farewell WHERE done_at IS NULL ORDER BY begun_at")
        return [row[0] for row in rows]

    async def move(self, person: str, step: str) -> None:
        """To the next step, which begins at the newest row of the ledger."""
        await self._store.execute(
            "UPDATE farewell SET step = $2, cursor = (SELECT COALESCE(MAX(id), 0) + 1 FROM message) WHERE person = $1",
            person, step,
        )  # fmt: skip

    async def reached(self, person: str, cursor: int) -> None:
        await self._store.execute("UPDATE farewell SET cursor = $2 WHERE person = $1", person, cursor)

    async def deleted(self, person: str, files: Sequence[str]) -> None:
        """The homeserver deleted these files (mxc addresses): what platforms call them is forgotten as well."""
        await self._store.execute("UPDATE farewell SET files = files + $2 WHERE person = $1", person, len(files))
        await self._store.executemany("DELETE FROM file WHERE mxc = $1", [(mxc,) for mxc in files])

    async def set_erased(self, person: str, erased: bool) -> None:
        """`person` is a Matrix id, or what stands for one that was forgotten."""
        await self._store.execute("UPDATE farewell SET erased = $2 WHERE person = $1", person, erased)

    async def erased(self, people: Sequence[str]) -> list[str]:
        """Of some Matrix ids, or what stands for them: those that the homeserver has erased."""
        found = []
        for person in people:
            if await self._store.fetchval("SELECT 1 FROM farewell WHERE person = $1 AND erased", person) is not None:
                found.append(person)
        return found

    # --- what waits

    async def drop_waiting(self, person: str, chats: Sequence[Chatted], at: int) -> None:
        """Nothing of what somebody said goes out any more, and nothing in their private chats waits."""
        await self._store.execute(
            "UPDATE copy SET state = 'withheld', reason = 'deleted', done_at = $2 WHERE state = 'queued' AND EXISTS "
            "(SELECT 1 FROM message m WHERE m.id = copy.message AND m.sender = $1 "
            "AND m.kind IN ('message', 'edit', 'reaction'))",
            person, at,
        )  # fmt: skip
        await self._store.execute("DELETE FROM doubt WHERE sender = $1", person)
        for table in ("inbox", "notice", "told_waiting"):
            await self._store.executemany(
                f"DELETE FROM {table} WHERE login = $1 AND chat = $2", [(each.login, each.chat) for each in chats]
            )

    # --- the ledger

    async def spoken(self, person: str, before: int, limit: int) -> list[Spoken]:
        """What somebody has on the homeserver, the newest first."""
        rows = await self._store.survey(
            "SELECT id, login, chat, remote_id, kind, version, room, portal, event_id, target FROM message "
            "WHERE sender = $1 AND id < $2 AND kind IN ('message', 'edit', 'reaction') AND event_id IS NOT NULL "
            "ORDER BY id DESC LIMIT $3",
            person, before, limit,
        )  # fmt: skip
        return [Spoken(*row) for row in rows]

    async def unfinished(self, rows: Sequence[int]) -> int:
        """How many of some deletions have not come back yet, or are on their way into chats."""
        if not rows:
            return 0
        found = await self._store.fetchval(
            f"SELECT (SELECT COUNT(*) FROM {self._store.rows('BIGINT')} JOIN message m ON m.id = c0 "
            f"WHERE m.state IN ('routed', 'placed')) + (SELECT COUNT(*) FROM {self._store.rows('BIGINT')} "
            "JOIN copy c ON c.message = c0 WHERE c.state IN ('queued', 'sending'))",
            json.dumps([[row] for row in rows]),
        )
        return int(found)

    async def on_their_way(self, person: str) -> int:
        """How many copies of what somebody deleted have not arrived yet."""
        (row,) = await self._store.survey(
            "SELECT COUNT(*) FROM copy c JOIN message m ON m.id = c.message "
            "WHERE c.state IN ('queued', 'sending') AND m.sender = $1",
            person,
        )
        return int(row[0])

    async def count(self, person: str) -> None:
        """Write down how many messages of somebody's are deleted on the homeserver, and how many are not."""
        (row,) = await self._store.survey(
            "SELECT COUNT(*), COALESCE(SUM(CASE WHEN EXISTS (SELECT 1 FROM message d WHERE d.target = m.id "
            "AND d.kind = 'delete' AND d.state IN ('placed', 'accepted')) THEN 1 ELSE 0 END), 0) FROM message m "
            "WHERE m.sender = $1 AND m.kind = 'message' AND m.event_id IS NOT NULL",
            person,
        )
        await self._store.execute(
            "UPDATE farewell SET deleted = $2, kept = $3 WHERE person = $1",
            person, int(row[1]), int(row[0]) - int(row[1]),
        )  # fmt: skip

    async def unsign(self, person: str) -> None:
        """Nobody is the sender of somebody's messages any more. A transaction for some at a time."""
        while rows := await self._store.survey(f"SELECT id FROM message WHERE sender = $1 LIMIT {_AT_ONCE}", person):
            async with self._store.transaction():
                await self._store.executemany(
                    "UPDATE message SET sender = $2 WHERE id = $1", [(row[0], NOBODY) for row in rows]
                )

    # --- rooms

    async def rooms(self, person: str) -> list[str]:
        """The Matrix ids of the rooms where somebody's ghost is."""
        rows = await self._store.survey(
            "SELECT DISTINCT r.mxid FROM ghost_room g JOIN portal p ON p.id = g.portal JOIN room r ON r.id = p.room "
            "WHERE g.mxid = $1 AND r.mxid IS NOT NULL ORDER BY r.mxid",
            person,
        )
        return [row[0] for row in rows]

    async def ending(self, person: str, chats: Sequence[Chatted]) -> int:
        """How many of somebody's conversations have not come to their end everywhere."""
        count = await self._store.fetchval(
            "SELECT COUNT(*) FROM request WHERE (asker = $1 OR target = $1) AND state <> shown", person
        )
        for each in chats:
            count += await self._store.fetchval(
                "SELECT COUNT(*) FROM portal WHERE login = $1 AND chat = $2 AND kind = 'private' AND state <> 'closed'",
                each.login, each.chat,
            )  # fmt: skip
        return int(count)

    # --- the end

    async def forget(
        self,
        farewell: Farewell,
        departed: str,
        *,
        chats: Sequence[Chatted],
        makers: Sequence[str],
        ghosts: Ghosts,
        at: int,
    ) -> None:
        """What our tables still hold of somebody goes, in the caller's transaction. `departed` stands for them from now
        on; `makers` are the words that stood for them where codes were made."""
        person = farewell.person
        await self._decisions(person)
        await self._decisions_about(person, departed)
        await self._conversations(person, departed, chats, f"{departed}/{farewell.begun_at}")
        for statement in (
            "DELETE FROM handle WHERE person = $1",
            "DELETE FROM desk WHERE person = $1",
            "DELETE FROM ban WHERE person = $1 AND ended_at IS NOT NULL AND settled",
            f"UPDATE report SET reporter = '{NOBODY}' WHERE reporter = $1",
            "DELETE FROM task WHERE done AND (sender = $1 OR state_key = $1)",
            "UPDATE room SET host = NULL WHERE host = $1",
        ):
            await self._store.execute(statement, person)
        await self._store.execute(
            "UPDATE report SET reported = $2 WHERE reported = $1 AND closed_at IS NOT NULL", person, departed
        )
        yesterday = at // 86_400_000 - 1
        await self._store.execute("DELETE FROM budget WHERE person = $1 AND day < $2", person, yesterday)
        await self._store.executemany("DELETE FROM link_code WHERE made_by = $1", [(maker,) for maker in makers])
        await ghosts.drop(person)
        await self._store.execute("DELETE FROM farewell WHERE person = $1", departed)
        await self._store.execute(
            "UPDATE farewell SET person = $2, login = '', chat = '', language = '', cursor = 0, deleted = 0, "
            "kept = 0, files = 0, done_at = $3 WHERE person = $1",
            person, departed, at,
        )  # fmt: skip

    async def _decisions(self, person: str) -> None:
        """Of what somebody decided, only that their words stay in their app goes on."""
        await self._store.execute(
            "DELETE FROM consent WHERE whose = $1 AND NOT (scope = 'room' AND verb = 'deny' AND id = "
            "(SELECT MAX(id) FROM consent n WHERE n.whose = $1 AND n.scope = 'room' AND n.about = consent.about))",
            person,
        )

    async def _decisions_about(self, person: str, departed: str) -> None:
        """Of what others decided about somebody, their newest word if it was no."""
        rows = await self._store.fetch(
            "SELECT id, whose, verb FROM consent WHERE about IN ($1, $2) AND scope = 'person' ORDER BY id",
            person, departed,
        )  # fmt: skip
        newest = {row[1]: (row[0], row[2]) for row in rows}
        stays = {id for id, verb in newest.values() if verb in ("revoke", "deny")}
        await self._store.executemany(
            "DELETE FROM consent WHERE id = $1", [(row[0],) for row in rows if row[0] not in stays]
        )
        await self._store.executemany("UPDATE consent SET about = $2 WHERE id = $1", [(id, departed) for id in stays])

    async def _conversations(self, person: str, departed: str, chats: Sequence[Chatted], chat: str) -> None:
        """`chat` stands for the private chats, one behind the other."""
        await self._store.execute(
            "UPDATE room SET title = '' WHERE state = 'ended' AND id IN "
            "(SELECT room FROM request WHERE asker = $1 OR target = $1)",
            person,
        )
        for column in ("asker", "target"):
            await self._store.execute(
                f"UPDATE request SET {column} = $2, wanted = NULL, "
                "state = CASE WHEN state IN ('looking', 'choosing', 'asked', 'open') THEN 'cancelled' ELSE state END, "
                "shown = CASE WHEN state IN ('looking', 'choosing', 'asked', 'open') THEN 'cancelled' ELSE state END "
                f"WHERE {column} = $1",
                person, departed,
            )  # fmt: skip
        for column in ("ended_by", "invited"):
            await self._store.execute(f"UPDATE request SET {column} = $2 WHERE {column} = $1", person, departed)
        await self._store.execute(
            "UPDATE portal SET partner = $2, title = '' WHERE partner = $1 AND state = 'closed'", person, departed
        )
        for number, each in enumerate(chats):
            where = [each.login, each.chat, f"{chat}/{number}"]
            await self._replace("portal", "title = '', ", "kind = 'private' AND state = 'closed' AND ", where)
            await self._replace("message", "", "", where)
            await self._replace("copy_part", "", "", where)

    async def _replace(self, table: str, more: str, only: str, where: Sequence[Any]) -> None:
        await self._store.execute(f"UPDATE {table} SET {more}chat = $3 WHERE {only}login = $1 AND chat = $2", *where)
