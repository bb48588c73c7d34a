"""Our notices that somebody can answer to settle a doubt: which copy each is about."""

from __future__ import annotations

from bridge.store.database import Store


class Doubts:
    """Methods that write belong inside `Store.transaction()`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def put(self, login: str, chat: str, notice: str, copy: int) -> None:
        """`notice` is what a notice is called where it was said, with ROOMS and a room as well."""
        await self._store.execute(
            "INSERT INTO doubt (login, chat, notice, copy, sender) SELECT $1, $2, $3, c.id, m.sender FROM copy c "
            "JOIN message m ON m.id = c.message WHERE c.id = $4 AND m.sender IS NOT NULL "
            "ON CONFLICT (login, chat, notice) DO NOTHING",
            login, chat, notice, copy,
        )  # fmt: skip

    async def about(self, login: str, chat: str, notice: str) -> tuple[int, str] | None:
        """(copy, who said it: a Matrix id) of a notice that can be answered. The copy may be settled by now."""
        row = await self._store.fetchrow(
            "SELECT copy, sender FROM doubt WHERE login = $1 AND chat = $2 AND notice = $3", login, chat, notice
        )
        return (row[0], row[1]) if row else None
