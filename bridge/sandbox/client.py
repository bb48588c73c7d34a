"""The client API of Matrix, a request at a time, and what its events say. Plain HTTP on purpose: nothing here is shared
with the bridge."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from yarl import URL

CLIENT = "/_matrix/client/v3"


class MatrixRefused(Exception):
    """The homeserver answered with an error. `errcode` is Matrix's own word, such as `M_FORBIDDEN`."""

    def __init__(self, status: int, errcode: str, reason: str) -> None:
        super().__init__(f"{status} {errcode}: {reason}")
        self.status = status
        self.errcode = errcode


@dataclass(frozen=True)
class Account:
    """A Matrix user that somebody can act as."""

    mxid: str
    access_token: str = field(repr=False)
    device_id: str = ""


@dataclass(frozen=True)
class Heard:
    """One event of a room's timeline, as it came in. `at` is our own clock (`time.time()`) on its arrival."""

    room: str
    sender: str
    type: str
    event_id: str
    content: Mapping[str, Any]
    at: float

    @property
    def body(self) -> str:
        body = self.content.get("body")
        return body if isinstance(body, str) else ""

    @property
    def corrects(self) -> str | None:
        """The event that this one corrects."""
        relation = self.content.get("m.relates_to")
        if not isinstance(relation, Mapping) or relation.get("rel_type") != "m.replace":
            return None
        return str(relation.get("event_id"))

    @property
    def corrected(self) -> str | None:
        """What the corrected event says from now on."""
        new = self.content.get("m.new_content")
        return str(new.get("body")) if self.corrects is not None and isinstance(new, Mapping) else None


async def call(
    session: aiohttp.ClientSession,
    method: str,
    url: str,
    *,
    token: str = "",
    body: Mapping[str, Any] | None = None,
    query: Mapping[str, str] | None = None,
    patience: bool = False,
) -> Any:
    """One request of the client API; the path in `url` is quoted already. Returns the decoded JSON.

    With `patience` a 429 is waited out and the same request repeated. Raises MatrixRefused for an answer that
    is an error, aiohttp.ClientError or TimeoutError when there was none.
    """
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    while True:
        target = URL(url, encoded=True).with_query(query or {})
        async with session.request(method, target, json=body, headers=headers) as response:
            try:
                answer = json.loads(await response.read())
            except ValueError:
                answer = {}
            if response.status < 400:
                return answer
        if response.status != 429 or not patience:
            raise MatrixRefused(response.status, answer.get("errcode", "?"), answer.get("error", "?"))
        await asyncio.sleep(answer.get("retry_after_ms", 1000) / 1000)
