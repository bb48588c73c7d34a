"""Logins with their cursors, and the updates that were taken over and are not yet dealt with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bridge.keys import Keys
from bridge.model import Batch, Update
from bridge.ports import Identity
from bridge.store.database import AT_ONCE, Store


@dataclass(frozen=True, slots=True)
class Login:
    """An authenticated session of ours. `id` is "platform:remote id" (an account's is
    "platform.account:remote id", a mirror's "platform.mirror:host"): another bot is another login."""

    id: str
    platform: str
    remote_id: str
    username: str | None
    name: str


@dataclass(frozen=True, slots=True)
class Taken:
    """One inbox row, decrypted. `taken_at` is Unix ms by our clock."""

    seq: int
    update: Update
    taken_at: int


class Inbox:
    def __init__(self, store: Store, keys: Keys) -> None:
        self._store = store
        self._keys = keys

    async def login(self, platform: str, identity: Identity, way: str = "") -> Login:
        """The login of this identity, made at its first sight. `way` tells the ids of an account from a bot's."""
        login = Login(f"{platform}{way}:{identity.id}", platform, identity.id, identity.username, identity.name)
        async with self._store.transaction():
            await self._store.execute(
                "INSERT INTO login (id, platform, remote_id, username, name) VALUES ($1, $2, $3, $4, $5) "
                "ON CONFLICT (id) DO UPDATE SET username = excluded.username, name = excluded.name",
                login.id, login.platform, login.remote_id, login.username, login.name,
            )  # fmt: skip
        return login

    async def logins(self) -> list[Login]:
        rows = await self._store.fetch("SELECT id, platform, remote_id, username, name FROM login ORDER BY id")
        return [Login(*row) for row in rows]

    async def cursor(self, login: str) -> str | None:
        cursor = await self._store.fetchval("SELECT cursor FROM login WHERE id = $1", login)
        return None if cursor is None else str(cursor)

    async def take(self, login: str, batch: Batch, at: int) -> None:
        """Commit the updates and the cursor together: from here on they are ours to deliver."""
        async with self._store.transaction():
            if batch.updates:
                await self._store.executemany(
                    "INSERT INTO inbox (login, chat, key, body, taken_at) VALUES ($1, $2, $3, $4, $5) "
                    "ON CONFLICT (login, key) DO NOTHING",
                    [(login, u.chat, u.key, self._keys.seal(u.raw), at) for u in batch.updates],
                )
            await self._store.execute("UPDATE login SET cursor = $2 WHERE id = $1", login, batch.cursor)

    async def waiting(self, login: str, after: str = "") -> list[str]:
        """The next chats of a login that have updates waiting, in the order of their ids."""
        rows = await self._store.survey(
            f"SELECT DISTINCT chat FROM inbox WHERE login = $1 AND chat > $2 ORDER BY chat LIMIT {AT_ONCE}",
            login, after,
        )  # fmt: skip
        return [row[0] for row in rows]

    async def next(self, login: str, chat: str, limit: int) -> list[Taken]:
        """The oldest updates of a chat, in the order of arrival."""
        rows = await self._store.fetch(
            "SELECT seq, key, body, taken_at FROM inbox WHERE login = $1 AND chat = $2 ORDER BY seq LIMIT $3",
            login, chat, limit,
        )  # fmt: skip
        return [Taken(row[0], Update(row[1], chat, self._open(row[2])), row[3]) for row in rows]

    def _open(self, body: bytes) -> bytes:
        try:
            return self._keys.unseal(bytes(body))
        except ValueError:
            return b""  # converts to "unreadable": said in the room, never a loop

    async def done(self, seqs: Iterable[int]) -> None:
        """Delete dealt-with updates. Inside the caller's transaction or alone."""
        await self._store.executemany("DELETE FROM inbox WHERE seq = $1", [(seq,) for seq in seqs])

    async def oldest(self) -> list[tuple[str, int]]:
        """(login, when its oldest update was taken over: Unix ms) of those that have updates waiting."""
        rows = await self._store.fetch(
            "SELECT w.login, i.taken_at FROM (SELECT login, MIN(seq) AS first FROM inbox GROUP BY login) w "
            "JOIN inbox i ON i.seq = w.first"
        )
        return [(row[0], row[1]) for row in rows]

    async def depth(self) -> int:
        return int(await self._store.fetchval("SELECT COUNT(*) FROM inbox") or 0)
