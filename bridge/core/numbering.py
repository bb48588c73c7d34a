"""A messenger that numbers a chat's messages anew: what has a known number is not always what is known by it.

A message whose number is known is told twice, and must not cross twice. But one that was said at another time is
another message: it would be lost, silently, with all that follow it. So whatever has its number gives it up, and
everything older in that chat with it, since those numbers mean nothing any more.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from bridge.keys import Keys
from bridge.store.database import Store
from bridge.store.ledger_rows import Key, Message, Route
from bridge.store.numbers import Numbers

log = logging.getLogger("hampayam.numbering")

APART_MS = 60_000
"""The same message is never told with times that are so far apart."""


class Numbering:
    def __init__(self, store: Store, keys: Keys) -> None:
        self._numbers = Numbers(store)
        self._keys = keys
        self._since: dict[str, int] = {}

    async def load(self) -> None:
        self._since = await self._numbers.since()

    def signed(self, key: Key) -> tuple[str, ...]:
        """What makes a transaction id of a key that is like no earlier one: the homeserver would answer with the
        message that had the number before."""
        since = self._since.get(self._chat(key)) if self._since else None
        return key.signed if since is None else (*key.signed, str(since))

    def _chat(self, key: Key) -> str:
        return self._keys.digest("numbered", key.login, key.chat)[:32]

    async def begun(self, told: Sequence[Route], rows: Mapping[Key, Message]) -> bool:
        """In the caller's transaction: whether there are, among messages for which the messenger told a time, others
        than those that are known (`rows`) by their numbers. Those have given their numbers up then, and must be routed
        once more."""
        others = [
            route
            for route in told
            if route.at - rows[route.key].said_at > APART_MS and rows[route.key].state not in ("routed", "placed")
        ]
        for chat in {(route.key.login, route.key.chat) for route in others}:
            first = next(route for route in others if (route.key.login, route.key.chat) == chat)
            log.warning("%s: the messages of a chat are numbered anew", chat[0].partition(":")[0])
            await self._numbers.give_up(*chat, first.at)
            await self._numbers.numbered(self._chat(first.key), first.at)
            self._since[self._chat(first.key)] = first.at
        return bool(others)
