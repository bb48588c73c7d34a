"""What one process of a bridge tells the others, by PostgreSQL's LISTEN and NOTIFY, on a connection of its own.

::

    ring(word) ──▶ what waits, each word once, in order ──▶ one NOTIFY for all of it ──▶ `on[word[0]](*word[1:])` there
                   (what is rung meanwhile goes with the next)

A NOTIFY inside of a transaction makes the commits of the whole server wait for one another. So these stand alone,
behind the commits that they are about. What is told here is only that others should look, or forget what they remember:
a word that is lost costs time and nothing else. Whoever comes (again) says so, and everybody looks at everything.

A word is a list of texts and numbers, and never holds what anybody said.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

import asyncpg

from bridge.store.lease import AWAY

log = logging.getLogger("hampayam.bell")

CHANNEL = "hampayam"
EVERYTHING = "everything"
"""The word of whoever comes: anything may have happened that was not told."""

_MOST_BYTES = 7_900
"""Of a NOTIFY's payload; PostgreSQL takes up to 8000 (documentation of NOTIFY)."""
_MOST_WORDS = 10_000
"""That wait. What is rung beyond makes all of them "look at everything"."""
_ASKS_S = 5.0
"""Seconds after which a silent connection is asked whether it still stands."""
_AGAIN_S = 0.5

_NOTIFY = f"SELECT pg_notify('{CHANNEL}', payload) FROM unnest($1::text[]) AS payload"


class Bell:
    """`missed` is called when words may have been lost on their way to us; `deaf` again and again, while nothing can be
    heard."""

    def __init__(self, url: str, *, missed: Callable[[], None], deaf: Callable[[], None]) -> None:
        self._url = url
        self._missed = missed
        self._deaf = deaf
        self.on: dict[str, Callable[..., None]] = {EVERYTHING: missed}
        """What to do about a word, by its first part."""
        self._words: dict[str, None] = {}
        self._due = asyncio.Event()
        self._pid = 0

    def ring(self, *word: str | int) -> None:
        """Tell the others, soon. Never blocks, never fails. To be called behind the commit that the word is about."""
        self._words[json.dumps(word)] = None
        if len(self._words) > _MOST_WORDS:
            self._words = {json.dumps([EVERYTHING]): None}
        self._due.set()

    async def for_ever(self) -> None:
        """Ring and listen, through restarts of the server."""
        away = False
        while True:
            try:
                await self._listen()
            except AWAY as error:
                if not away:
                    log.warning("the other processes cannot be heard: %s", type(error).__name__)
                away = True
            else:
                away = False
            self._deaf()
            await asyncio.sleep(_AGAIN_S)

    async def _listen(self) -> None:
        """Returns when the connection is lost."""
        connection: asyncpg.Connection[Any] = await asyncpg.connect(self._url, timeout=_ASKS_S)
        try:
            connection.add_termination_listener(lambda _: self._due.set())
            self._pid = connection.get_server_pid()
            await connection.add_listener(CHANNEL, self._heard)
            self.ring(EVERYTHING)
            self._missed()
            while not connection.is_closed():
                try:
                    async with asyncio.timeout(_ASKS_S):
                        await self._due.wait()
                except TimeoutError:
                    await connection.execute("SELECT 1", timeout=_ASKS_S)
                self._due.clear()
                words, self._words = list(self._words), {}
                if words:
                    await connection.execute(_NOTIFY, _payloads(words), timeout=_ASKS_S)
        finally:
            connection.terminate()

    def _heard(self, _connection: object, pid: int, _channel: str, payload: object) -> None:
        if pid == self._pid:
            return
        for word in json.loads(str(payload)):
            work = self.on.get(word[0])
            if work is None:
                continue  # of another version, which knows more
            try:
                work(*word[1:])
            except (TypeError, ValueError, LookupError) as error:
                log.error("a word was not understood: %s: %s", word[0], type(error).__name__)


def _payloads(words: list[str]) -> list[str]:
    """As few as they fit into. A word that fits into none is not told."""
    payloads: list[str] = []
    room = 0
    for word in words:
        if len(word) + 2 > _MOST_BYTES:
            log.error("a word is too long to be told")
        elif len(word) < room:
            payloads[-1] = f"{payloads[-1][:-1]},{word}]"
            room -= len(word) + 1
        else:
            payloads.append(f"[{word}]")
            room = _MOST_BYTES - len(word) - 2
    return payloads
