"""The credentials of logins that were made in words: sealed, one a platform. Whoever has them owns the account."""

from __future__ import annotations

from bridge.keys import Keys
from bridge.store.database import Store


class Credentials:
    def __init__(self, store: Store, keys: Keys) -> None:
        self._store = store
        self._keys = keys

    async def get(self, platform: str) -> bytes | None:
        """None without a login, and for one that was sealed with another secret."""
        body = await self._store.fetchval("SELECT body FROM credentials WHERE platform = $1", platform)
        if body is None:
            return None
        try:
            return self._keys.unseal(bytes(body))
        except ValueError:
            return None

    async def keep(self, platform: str, credentials: bytes) -> None:
        async with self._store.transaction():
            await self._store.execute(
                "INSERT INTO credentials (platform, body) VALUES ($1, $2) "
                "ON CONFLICT (platform) DO UPDATE SET body = excluded.body",
                platform, self._keys.seal(credentials),
            )  # fmt: skip

    async def drop(self, platform: str) -> None:
        async with self._store.transaction():
            await self._store.execute("DELETE FROM credentials WHERE platform = $1", platform)
