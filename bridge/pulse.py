"""The bridge and its homeserver keep in touch: the bot is made, and the homeserver's back-off ended at the start and
whenever we have answered 5xx."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable

from bridge.core.deliveries import WATCH_S
from bridge.core.lanes import backoff
from bridge.core.rooms import POWERS
from bridge.errors import Refused, Retry
from bridge.matrix.homeserver import MatrixHomeserver
from bridge.store import Store

log = logging.getLogger("hampayam")

_OWN_ROOM = "own_room"
"""The setting that holds the id of the bot's own room."""


class Pulse:
    """`appservice` is the registration's id, `bot` the bridge's own user."""

    def __init__(
        self, store: Store, homeserver: MatrixHomeserver, appservice: str, bot: str, clock: Callable[[], int]
    ) -> None:
        self._store = store
        self._homeserver = homeserver
        self._appservice = appservice
        self._bot = bot
        self._clock = clock
        self._failed = asyncio.Event()

    def failed(self) -> None:
        """We have answered 5xx: the homeserver backs off until it is called."""
        self._failed.set()

    async def ping(self) -> int:
        """Ask the homeserver to call us; the milliseconds that took."""
        return await self._homeserver.ping(self._appservice, secrets.token_hex(8))

    async def beat(self) -> None:
        """For ever."""
        await self._patiently(self._be_there, "the homeserver is not ready for us")
        while True:
            self._failed.clear()
            await self._patiently(self.ping, "the homeserver does not reach us")
            await self._nudge_for_a_while()
            await self._failed.wait()
            await asyncio.sleep(backoff(0))

    async def _patiently(self, work: Callable[[], Awaitable[object]], trouble: str) -> None:
        attempt = 0
        while True:
            try:
                await work()
                return
            except (Retry, Refused) as error:
                log.warning("%s: %s", trouble, error)
                await asyncio.sleep(backoff(attempt))
                attempt += 1

    async def _be_there(self) -> None:
        await self._homeserver.register(self._bot)
        await self._homeserver.set_name(self._bot, "هم‌پیام · Hampayam")

    async def _nudge_for_a_while(self) -> None:
        """Say something in a room of our own now and then while transactions are watched: what the homeserver has left
        lying shows when the next transaction comes (`core/deliveries.py`), and on a quiet server that may be long."""
        for pause in (1.0, 9.0, WATCH_S - 12.0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._failed.wait()
                return
            await self._patiently(self._nudge, "the homeserver does not take a nudge")

    async def _nudge(self) -> None:
        room = await self._store.setting(_OWN_ROOM)
        if room is None:
            room = await self._homeserver.create_room(self._bot, name="Hampayam", invite=[], powers=POWERS)
            async with self._store.transaction():
                await self._store.set(_OWN_ROOM, room)
        await self._homeserver.send(room, self._bot, {}, f"hp-nudge-{self._clock()}", "ir.hampayam.nudge")
