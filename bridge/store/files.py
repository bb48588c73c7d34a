"""What platforms call the files that were sent to them: uploaded once, sent to as many chats as it must."""

from __future__ import annotations

from bridge.store.database import Store


class Files:
    """By the homeserver's address of a file, the login, and the kind as which it was sent."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def known(self, mxc: str, login: str, kind: str) -> str:
        """ "" if the platform does not have it."""
        found = await self._store.fetchval(
            "SELECT known FROM file WHERE mxc = $1 AND login = $2 AND kind = $3", mxc, login, kind
        )
        return "" if found is None else str(found)

    async def learnt(self, mxc: str, login: str, kind: str, known: str) -> None:
        async with self._store.transaction():
            await self._store.execute(
                "INSERT INTO file (mxc, login, kind, known) VALUES ($1, $2, $3, $4) "
                "ON CONFLICT (mxc, login, kind) DO UPDATE SET known = excluded.known",
                mxc, login, kind, known,
            )  # fmt: skip

    async def forget(self, mxc: str, login: str, kind: str) -> None:
        """The platform does not know it any more."""
        async with self._store.transaction():
            await self._store.execute("DELETE FROM file WHERE mxc = $1 AND login = $2 AND kind = $3", mxc, login, kind)
