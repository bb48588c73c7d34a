"""Who is told how long their words will take, where a platform lets us say only so much at a time.

Once for each chat (of theirs, and to be reached), until nothing there takes long any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bridge.core.endings import Endings
from bridge.store.database import Store
from bridge.store.notices import ROOMS, Notices
from bridge.store.portals import Portal, Portals
from bridge.store.queue import Waiting
from bridge.store.suspensions import Late, Suspensions
from bridge.texts import say
from bridge.texts.dates import span_words

if TYPE_CHECKING:
    from bridge.core.live import Live

LONG_S = 120.0
_BATCH = 200


class Expecting:
    def __init__(
        self,
        store: Store,
        portals: Portals,
        notices: Notices,
        live: Live,
        endings: Endings,
        titles: Mapping[str, Mapping[str, str]],
    ) -> None:
        self._store = store
        self._portals = portals
        self._notices = notices
        self._live = live
        self._endings = endings
        self._titles = titles
        self._rows = Suspensions(store)
        self._told: dict[int, set[tuple[str, str]]] = {}
        """By portal: the (login, chat) whose people were told."""
        self._seen: dict[int, int] = {}
        """By portal: the copy up to which everybody was."""

    async def look(self, portal: Portal, waiting: Waiting) -> None:
        """Tell whoever said what will arrive late; `waiting` is all that waits for the portal's chat."""
        leg = self._live.of(portal.login)
        pacer = leg.departures.pacer if leg is not None and leg.departures is not None else None
        if pacer is None or portal.muted or pacer.expected(portal.chat, waiting.number) <= LONG_S:
            self._told.pop(portal.id, None)
            self._seen.pop(portal.id, None)
            return
        seen = self._seen.get(portal.id, 0)
        ahead = await self._rows.ahead(portal.id, seen)
        while True:
            batch = await self._rows.late(portal.id, seen, _BATCH)
            for late in batch:
                ahead += 1
                seconds = pacer.expected(portal.chat, ahead)
                if seconds > LONG_S and late.source.kind == "message":
                    await self._tell(portal, late, seconds)
                seen = self._seen[portal.id] = late.copy
            if len(batch) < _BATCH:
                return

    async def _tell(self, portal: Portal, late: Late, seconds: float) -> None:
        source = late.source
        login, chat = source.login or ROOMS, (source.chat if source.login else portal.mxid) or ""
        told = self._told.setdefault(portal.id, set())
        if (login, chat) in told or (source.login and await self._portals.is_mirror(login, chat)):
            return
        told.add((login, chat))
        text = say(
            "waits_turn",
            await self._endings.languages(source),
            platform=self._titles[portal.platform],
            title=portal.title,
            span=span_words(round(seconds * 1000)),
        )
        async with self._store.transaction():
            await self._notices.put(login, chat, text, source.remote_id if source.login else source.event_id)
        self._live.wake_chat(login, chat)
