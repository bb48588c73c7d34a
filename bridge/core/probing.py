"""A line in a chat of the operator's, now and then: whether what is sent arrives, also while nobody says anything.

Hearing is known from the polls; a messenger that still answers those but takes no messages is found by this alone. The
last line goes when the next has arrived, where the bot may delete.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from bridge.core.live import Leg
from bridge.core.pacing import BEHIND, Pacer
from bridge.errors import BridgeError, LoginLost, Retry
from bridge.outgoing import Outgoing
from bridge.ports import Session
from bridge.store.database import Store
from bridge.texts import say

log = logging.getLogger("hampayam.probe")

EVERY_S = 600.0
AGAIN_S = 30.0
"""After one that failed."""


class Probing:
    """`leg.probe_fails_since` keeps what came of it. `clock` tells Unix milliseconds."""

    def __init__(
        self,
        leg: Leg,
        session: Session,
        chat: str,
        store: Store,
        pacer: Pacer,
        languages: tuple[str, ...],
        clock: Callable[[], int],
    ) -> None:
        self._leg = leg
        self._session = session
        self._chat = chat
        self._store = store
        self._pacer = pacer
        self._clock = clock
        self._words = say("probe_line", languages)
        self._last: str | None = None

    async def for_ever(self) -> None:
        """Raises LoginLost."""
        while True:
            arrived = await self.probe()
            await asyncio.sleep(EVERY_S if arrived else AGAIN_S)

    async def probe(self) -> bool:
        """Send a line. Whether it arrived. Raises LoginLost."""
        try:
            async with self._pacer.turn(self._chat, BEHIND):
                if not self._store.held:
                    raise Retry("another bridge may have the database")
                new = await self._session.send(self._chat, Outgoing(self._words))
        except LoginLost:
            raise
        except BridgeError as error:
            if self._leg.probe_fails_since is None:
                log.warning("%s: the probe did not arrive: %s", self._leg.platform, type(error).__name__)
                self._leg.probe_fails_since = self._clock() / 1000
            return False
        self._leg.probe_fails_since = None
        last, self._last = self._last, new
        if last is not None and self._session.capabilities.deletes:
            try:
                await self._session.delete(self._chat, last)
            except LoginLost:
                raise
            except BridgeError as error:
                log.info("%s: the last probe stays: %s", self._leg.platform, type(error).__name__)
        return True
