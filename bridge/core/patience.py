"""What waits for long: whoever said it is told, once, since when and until when; and what waited too long ends.

A chat keeps people waiting while its platform is switched off, its login is not open, or none of its sends went through
for some minutes. What waits for somebody's answer, or for a person who wants quiet, is meant to wait and concerns
nobody here. The same people are told once for each chat, until something arrives there or the platform is switched.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from bridge.core.endings import Endings
from bridge.core.expecting import Expecting
from bridge.core.statuses import send_status
from bridge.core.suspending import Suspending
from bridge.core.waited import Waited
from bridge.store.database import Store
from bridge.store.ledger import Ledger
from bridge.store.notices import ROOMS, Notices
from bridge.store.portals import Portal, Portals
from bridge.store.queue import Queue, Waiting
from bridge.store.suspensions import Late, Suspensions
from bridge.texts import say
from bridge.texts.dates import near_words

if TYPE_CHECKING:
    from bridge.core.live import Live

_PAUSE_S = 20.0
_SHORT_S = 0.5
"""Between two looks, when something was said to a chat that keeps people waiting."""
_BATCH = 200
_EXPIRE_MS = 300_000


class Trouble(NamedTuple):
    """Why a chat keeps people waiting: the key of what they are told, the reason of what expires, since when (Unix ms),
    how long (ms) a message waits before they are told, and since when the platform is switched off (0: it is not)."""

    key: str
    reason: str
    since: int
    after: int
    suspended: int = 0


class Patience:
    """`keep_ms` is how long a message waits before it is `expired`, `after_ms` how long before its sender is told where
    nobody has switched the platform off. `clock` tells Unix milliseconds."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        portals: Portals,
        notices: Notices,
        live: Live,
        suspending: Suspending,
        endings: Endings,
        titles: Mapping[str, Mapping[str, str]],
        *,
        keep_ms: int,
        after_ms: int,
        clock: Callable[[], int],
        waited: Waited,
    ) -> None:
        self._keep_ms = keep_ms
        self._waited = waited
        self._store = store
        self._ledger = ledger
        self._portals = portals
        self._notices = notices
        self._live = live
        self._suspending = suspending
        self._endings = endings
        self._titles = titles
        self._after_ms = after_ms
        self._clock = clock
        self._rows = Suspensions(store)
        self._queue = Queue(store)
        self._expecting = Expecting(store, portals, notices, live, endings, titles)
        self._stalled: dict[int, int] = {}
        """By portal: since when (Unix ms) none of its sends went through."""
        self._told: set[int] = set()
        """The portals of which somebody was told that they wait."""
        self._arrived: set[int] = set()
        """Those of them where something has arrived since."""
        self._seen: dict[int, int] = {}
        """By portal: the copy up to which everybody was told."""
        self._expired: dict[int, int] = {}
        """By portal: when something that waited for it expired last."""
        self._due = asyncio.Event()

    async def load(self) -> None:
        self._told = await self._rows.told()

    # --- what others tell it: never blocks, costs nothing where all is well

    def queued(self, portal: Portal) -> None:
        """Something was said to a chat."""
        if self._suspending.of(portal.platform) is not None:
            self._due.set()

    def stalled(self, portal: int) -> None:
        """A send into a chat did not go through and will be repeated."""
        self._stalled.setdefault(portal, self._clock())

    def ended(self, portal: int, *, sent: bool) -> None:
        """A chat took a copy, or (`sent` False) at least answered."""
        self._stalled.pop(portal, None)
        if sent and portal in self._told:
            self._arrived.add(portal)
            self._due.set()

    def too_long(self, since: int) -> bool:
        """Whether what waits since then (Unix ms) waits no longer."""
        return self._waited.since(since) > self._keep_ms

    async def put_back(self, portal: Portal, copy: int) -> None:
        """In the caller's transaction: a copy that had failed waits again, and on Matrix it will be shown if it
        arrives."""
        source = await self._ledger.source(copy)
        if source is not None and source.login is None and portal.mxid is not None:
            await self._rows.expect(portal.id, portal.mxid, copy, source.event_id)
            self._told.add(portal.id)

    def switched(self) -> None:
        """A platform was switched off or on: what was told of the last time does not count any more."""
        self._seen.clear()
        self._due.set()

    # --- the look around

    async def watch(self) -> None:
        """For ever."""
        while True:
            self._due.clear()
            await self.look()
            await asyncio.sleep(_SHORT_S)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PAUSE_S):
                    await self._due.wait()

    async def look(self) -> None:
        """Tell whoever waits for long, and end what has waited too long."""
        while self._arrived:
            await self._over(self._arrived.pop())
        waits = await self._queue.waiting()
        for past in [each for each, at in self._expired.items() if at + _EXPIRE_MS <= self._clock()]:
            del self._expired[past]
        for empty in self._seen.keys() - {each.portal for each in waits}:
            del self._seen[empty]
        for waiting in waits:
            portal = await self._portals.get(waiting.portal)
            trouble = self._trouble(portal, waiting) if portal is not None else None
            if portal is None or portal.state != "open":
                continue
            if trouble is None:
                await self._expecting.look(portal, waiting)
                continue
            if self.too_long(waiting.since):
                await self._expire(portal, trouble)
            if trouble.since + trouble.after <= self._clock():
                await self._tell(portal, trouble)

    def _trouble(self, portal: Portal, waiting: Waiting) -> Trouble | None:
        if portal.state != "open" or portal.muted:
            return None
        suspension = self._suspending.of(portal.platform)
        if suspension is not None:
            return Trouble("waits_suspended", "suspended", suspension.since, 0, suspension.since)
        leg = self._live.named(portal.login)
        since = self._stalled.get(portal.id)
        if leg is None:  # the settings do not ask for it any more
            since = waiting.since
        elif leg.state not in ("running", "starting"):
            since = min(int(leg.since * 1000), since or int(leg.since * 1000))
        return None if since is None else Trouble("waits_unreachable", "unreachable", since, self._after_ms)

    async def _expire(self, portal: Portal, trouble: Trouble) -> None:
        """At most once in some minutes, so that those whom it concerns are told of many together."""
        if portal.id in self._expired:
            return
        self._expired[portal.id] = self._clock()
        leg = self._live.named(portal.login)
        while due := await self._ledger.due(portal.id, _BATCH):
            old = [copy for copy in due if self.too_long(copy.queued_at)]
            for copy in old:
                if (copy.interrupted or copy.doubt) and (leg is None or leg.departures is None):
                    await self._endings.finish(portal, copy.id, "unknown", "restart")
            ids = [copy.id for copy in old if not copy.interrupted and not copy.doubt]
            ended = await self._endings.take_out(portal, ids, "expired", trouble.reason)
            if ended < len(due):
                return  # the rest is young, or in the hands of the outbox

    async def _tell(self, portal: Portal, trouble: Trouble) -> None:
        while True:
            batch = await self._rows.late(portal.id, self._seen.get(portal.id, 0), _BATCH)
            for late in batch:
                if late.queued_at + trouble.after > self._clock():
                    return
                if late.source.kind == "message":
                    await self._tell_one(portal, trouble, late)
                self._seen[portal.id] = late.copy
            if len(batch) < _BATCH:
                return

    async def _tell_one(self, portal: Portal, trouble: Trouble, late: Late) -> None:
        source = late.source
        login, chat = source.login or ROOMS, (source.chat if source.login else portal.mxid) or ""
        if source.login and await self._portals.is_mirror(login, chat):
            return
        now = self._clock()
        async with self._store.transaction():
            event = None if source.login else source.event_id
            if not await self._rows.tell_once(portal.id, login, chat, trouble.suspended, event):
                return
            text = say(
                trouble.key,
                await self._endings.languages(source),
                platform=self._titles[portal.platform],
                title=portal.title,
                since=near_words(trouble.since, now),
                until=near_words(late.queued_at + self._keep_ms, now),
            )
            status = None if event is None else send_status(portal.platform, event, "queued", trouble.reason, text)
            await self._notices.put(login, chat, text, event or source.remote_id, status=status)
        self._told.add(portal.id)
        self._live.wake_chat(login, chat)

    async def _over(self, number: int) -> None:
        """People need not wait for a chat any more. On Matrix that is shown beside what was said to wait, once it is
        there, and in no other chat ended otherwise."""
        portal = await self._portals.get(number)
        async with self._store.transaction():
            there, waiting = await self._rows.over(number)
            for event in there:
                if portal is not None and portal.mxid is not None:
                    status = send_status(portal.platform, event, "sent")
                    await self._notices.put(ROOMS, portal.mxid, "", status=status)
        if not waiting:
            self._told.discard(number)
        if there and portal is not None and portal.mxid is not None:
            self._live.wake_chat(ROOMS, portal.mxid)
