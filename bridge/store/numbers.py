"""Chats whose messenger has numbered their messages anew: old messages give their numbers up.

A row that has given its number up keeps its event and its place; only nobody finds it by that number any more. What is
still on its way keeps it, since it is found by it when it comes back from the homeserver.
"""

from __future__ import annotations

from bridge.store.database import Store

_GIVEN_UP = "~"
"""No messenger's ids begin with it."""
_SINCE = "numbered/"
"""What stands before a chat's word in the settings."""


class Numbers:
    """`chat` below is a keyed word for a chat, which tells nobody which it is; `since` are Unix ms."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def since(self) -> dict[str, int]:
        """By chat: when its messages were numbered anew for the last time, as far as we know."""
        rows = await self._store.fetch(
            "SELECT key, value FROM setting WHERE key >= $1 AND key < $2", _SINCE, _SINCE[:-1] + chr(ord("/") + 1)
        )
        return {str(key).removeprefix(_SINCE): int(value) for key, value in rows}

    async def give_up(self, login: str, chat: str, before: int) -> int:
        """In the caller's transaction: what a chat said, or was told by us, before a moment. Returns how many messages
        that were."""
        rows = await self._store.fetch(
            "UPDATE message SET remote_id = $4 || CAST(id AS TEXT) || $4 || remote_id "
            "WHERE login = $1 AND chat = $2 AND said_at < $3 AND state NOT IN ('routed', 'placed') "
            "AND SUBSTR(remote_id, 1, 1) <> $4 RETURNING id",
            login, chat, before, _GIVEN_UP,
        )  # fmt: skip
        await self._store.execute(
            "UPDATE copy_part SET remote_id = $4 || CAST(copy AS TEXT) || $4 || CAST(part AS TEXT) || $4 || remote_id "
            "WHERE login = $1 AND chat = $2 AND SUBSTR(remote_id, 1, 1) <> $4 "
            "AND copy IN (SELECT id FROM copy WHERE done_at IS NULL OR done_at < $3)",
            login, chat, before, _GIVEN_UP,
        )  # fmt: skip
        return len(rows)

    async def numbered(self, chat: str, at: int) -> None:
        await self._store.set(_SINCE + chat, str(at))
