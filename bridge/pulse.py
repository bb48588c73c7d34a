"""The bridge and its homeserver keep in touch: the bot is made, and the homeserver's back-off ended at the start,
whenever we have answered 5xx, and when the homeserver was away.

A ping ends a back-off that there is. Where Synapse was restarted while we were down there is none: it begins to bring
what waits with the first event that is new. That is what a nudge is for, an event in a room of our own.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable

from bridge.core.deliveries import WATCH_S
from bridge.core.lanes import backoff
from bridge.core.rooms import POWERS
from bridge.errors import BridgeError, Refused, Retry
from bridge.matrix.homeserver import MatrixHomeserver
from bridge.store import Store

log = logging.getLogger("hampayam")

HEARTBEAT_S = 1.0
"""How often the homeserver is asked for a sign of life; shorter than any restart of Synapse's."""

SILENCE_S = 10.0
"""A homeserver that gives none for so long counts as away."""

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
        self.away = False
        self.sure = asyncio.Event()
        """Unless a sign of life is waited for: it may turn out that the homeserver was away."""
        self.sure.set()
        self.returned: Callable[[], None] = _nothing
        """Called when the homeserver was away and is there again."""

    def heard(self) -> None:
        """The homeserver has called us."""
        if self.away:
            log.info("the homeserver is there again")
            self.away = False
            self.returned()
            self._failed.set()

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

    async def listen(self) -> None:
        """For ever."""
        while True:
            self.sure.clear()
            try:
                async with asyncio.timeout(SILENCE_S):
                    await self._homeserver.versions()
            except (Retry, TimeoutError):
                self.away = True
            except BridgeError:
                pass  # somebody answers, and not as a homeserver
            else:
                self.heard()
            finally:
                self.sure.set()
            await asyncio.sleep(HEARTBEAT_S)

    async def _patiently(self, work: Callable[[], Awaitable[object]], trouble: str) -> None:
        attempt = 0
        while True:
            try:
                await work()
                return
            except (Retry, Refused) as error:
                log.warning("%s: %s", trouble, error)
                if await self._trouble_within(backoff(attempt)):
                    self._failed.clear()
                attempt += 1

    async def _trouble_within(self, seconds: float) -> bool:
        """Wait, but no longer than until there is a reason to call the homeserver."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._failed.wait()
        return self._failed.is_set()

    async def _be_there(self) -> None:
        await self._homeserver.register(self._bot)
        await self._homeserver.set_name(self._bot, "هم‌پیام · Hampayam")

    async def _nudge_for_a_while(self) -> None:
        """Say something in a room of our own now and then while transactions are watched: what the homeserver has left
        lying shows when the next transaction comes (`core/deliveries.py`), and on a quiet server that may be long."""
        for pause in (1.0, 9.0, WATCH_S - 12.0):
            if await self._trouble_within(pause):
                return
            await self._patiently(self._nudge, "the homeserver does not take a nudge")

    async def _nudge(self) -> None:
        room = await self._store.setting(_OWN_ROOM)
        if room is None:
            room = await self._homeserver.create_room(self._bot, name="Hampayam", invite=[], powers=POWERS)
            async with self._store.transaction():
                await self._store.set(_OWN_ROOM, room)
        await self._homeserver.send(room, self._bot, {}, f"hp-nudge-{self._clock()}", "ir.hampayam.nudge")


def _nothing() -> None:
    """Nobody needs to know."""
