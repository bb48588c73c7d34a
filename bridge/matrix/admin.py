"""Synapse's admin API, as far as somebody who is forgotten needs it: our implementation of `ports.Admin`.

It has a token of its own, an administrator's, which stands in no error and no log line. An appservice's user that was
deactivated can still be used by its appservice (its device must be made again), but stays marked as erased, so that who
joins a room later does not see what it says: hence `revive`.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import aiohttp
from yarl import URL

from bridge.errors import LoginLost, NotAllowed, Refused, Retry

_TIMEOUT = aiohttp.ClientTimeout(total=120, connect=10)
_AT_ONCE = 100
"""Files of a user that one request deletes."""


class SynapseAdmin:
    """`token` is an administrator's. One HTTP client."""

    def __init__(self, url: str, token: str, domain: str) -> None:
        self._url = url.rstrip("/")
        self._domain = domain
        self._http = aiohttp.ClientSession(timeout=_TIMEOUT, headers={"Authorization": f"Bearer {token}"})

    async def close(self) -> None:
        await self._http.close()

    async def check(self, user: str) -> None:
        """Look at a user, to see whether we may. Raises as everything here does."""
        await self._call("GET", f"/_synapse/admin/v2/users/{quote(user, safe='')}")

    async def delete_files(self, user: str) -> list[str]:
        path = f"/_synapse/admin/v1/users/{quote(user, safe='')}/media?limit={_AT_ONCE}"
        deleted: list[str] = []
        while True:
            told = (await self._call("DELETE", path)).get("deleted_media")
            ids = [id for id in told if isinstance(id, str)] if isinstance(told, list) else []
            deleted += [f"mxc://{self._domain}/{id}" for id in ids]
            if not ids:
                return deleted

    async def erase(self, user: str) -> None:
        await self._call("POST", f"/_synapse/admin/v1/deactivate/{quote(user, safe='')}", {"erase": True})

    async def revive(self, user: str) -> None:
        await self._call("PUT", f"/_synapse/admin/v2/users/{quote(user, safe='')}", {"deactivated": False}, make=True)

    async def _call(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, make: bool = False
    ) -> dict[str, Any]:
        """{} for a user whom the homeserver does not know, unless the call would `make` one."""
        try:
            async with self._http.request(method, URL(self._url + path, encoded=True), json=body) as answer:
                told = await answer.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            raise Retry(f"homeserver: {error.__class__.__name__}") from None
        except ValueError:
            told = {}
        told = told if isinstance(told, dict) else {}
        code = str(told.get("errcode") or "")
        if answer.status < 400:
            return told
        if answer.status == 404 and code == "M_NOT_FOUND" and not make:
            return {}
        raise _ours(answer.status, code)


def _ours(status: int, code: str) -> Exception:
    """The one place where the admin API's errors become ours."""
    if status == 429:
        return Retry("homeserver: rate limited", after=1.0)
    if status >= 500:
        return Retry(f"homeserver: {status}")
    if status == 401:
        return LoginLost("homeserver", code or "M_UNKNOWN_TOKEN")
    if status == 403:
        return NotAllowed(code or "M_FORBIDDEN")
    return Refused(code or f"HTTP {status}")
