"""Copies that are due: drained in order for each chat, retried, and reported when they end otherwise than `sent`.

One lane a portal for copies and one a chat for our own notices. How a copy goes out is in `delivery.py`, how a notice
does in `noticing.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from itertools import islice

from bridge.abilities import Capabilities
from bridge.core.bodies import Bodies
from bridge.core.delivery import Delivery
from bridge.core.endings import Endings
from bridge.core.files import Carrier
from bridge.core.hints import Hints
from bridge.core.identity import Users
from bridge.core.lanes import Lanes, backoff
from bridge.core.names import Names
from bridge.core.noticing import Noticing
from bridge.core.pacing import BEHIND, CHANGE, FILE, NOW, Pacer
from bridge.core.patience import Patience
from bridge.core.people.people import People
from bridge.core.people.voices import Voices
from bridge.core.sending import End, Heavy, TakenOut, Withdrawn
from bridge.errors import NotAllowed, Refused, Retry
from bridge.keys import Keys
from bridge.ports import Session
from bridge.store.database import AT_ONCE, Store
from bridge.store.inbox import Login
from bridge.store.ledger import Ledger
from bridge.store.ledger_rows import Due
from bridge.store.notices import ROOMS, Notices
from bridge.store.portals import Portal, Portals
from bridge.store.queue import Queue
from bridge.texts import reason_words, say

log = logging.getLogger("hampayam.outbox")

_BATCH = 20
_JUST_NOW_MS = 10_000


class Departures:
    """The outbox of one login. `wake_chat` is called with (login, chat) when a notice waits for somebody; `able` tells
    what any login can do."""

    def __init__(
        self,
        login: Login,
        session: Session,
        *,
        store: Store,
        ledger: Ledger,
        portals: Portals,
        notices: Notices,
        bodies: Bodies,
        names: Names,
        users: Users,
        carrier: Carrier,
        keys: Keys,
        voices: Voices,
        lanes: Lanes,
        pacer: Pacer,
        languages: tuple[str, ...],
        titles: Mapping[str, Mapping[str, str]],
        clock: Callable[[], int],
        wake_chat: Callable[[str, str], None],
        able: Callable[[str], Capabilities | None],
        people: People,
        patience: Patience,
    ) -> None:
        self.login = login
        self.session = session
        self._store = store
        self._ledger = ledger
        self._queue = Queue(store)
        self._portals = portals
        self._notices = notices
        self._lanes = lanes
        self._voices = voices
        self._languages = languages
        self._titles = titles
        self._clock = clock
        self._wake_other = wake_chat
        self._endings = Endings(
            store, ledger, portals, notices, people, languages, titles, clock=clock, wake_chat=wake_chat
        )
        self._patience = patience
        self._stopping = False
        self._working = 0
        self._at_rest = asyncio.Event()
        self._listening: dict[int, list[asyncio.Event]] = {}
        self._hurries: dict[int, asyncio.Event] = {}
        """By portal: set, when what rests before its next try shall be tried at once."""
        self._hints = Hints(
            store=store,
            portals=portals,
            notices=notices,
            bodies=bodies,
            able=able,
            languages=languages,
            titles=titles,
            wake_chat=wake_chat,
        )
        self.pacer = pacer
        self._asking: set[int] = set()
        """The portals whose lane waits for its turn: nothing of theirs is under way."""
        self._noticing = Noticing(login, session, store, ledger, notices, lanes, pacer, clock)
        self._delivery = Delivery(
            session,
            store=store,
            ledger=ledger,
            bodies=bodies,
            names=names,
            users=users,
            carrier=carrier,
            keys=keys,
            voices=voices,
            languages=languages,
            clock=clock,
            people=people,
            pacer=pacer,
        )

    async def resume(self) -> None:
        """After a start: what waits goes on."""
        lively = iter(await self._queue.busy(self.login.id))

        async def liveliest(_: int) -> list[int]:
            return list(islice(lively, AT_ONCE))

        async with asyncio.TaskGroup() as group:
            group.create_task(self._lanes.wake_all(0, liveliest, self.wake))
            group.create_task(self._lanes.wake_all("", partial(self._notices.waiting, self.login.id), self.wake_chat))

    def wake(self, portal: int) -> None:
        self._lanes.wake(("out", portal), lambda: self._drain(portal))

    def hurry(self, portal: int) -> None:
        """Try at once what rests until its next try."""
        if portal in self._hurries:
            self._hurries[portal].set()
        self.wake(portal)

    def wake_chat(self, chat: str) -> None:
        self._lanes.wake(("notice", self.login.id, chat), lambda: self._at_work(self._noticing.drain(chat)))

    async def stop(self, seconds: float = 20.0) -> None:
        """Begin nothing more. Returns when what was under way has ended, or after so many seconds."""
        self._stopping = self._noticing.stopping = True
        self.pacer.stop()
        for portal in list(self._hurries):
            self.hurry(portal)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._working:
                    self._at_rest.clear()
                    await self._at_rest.wait()

    async def _at_work(self, work: Awaitable[None]) -> None:
        self._working += 1
        try:
            await work
        finally:
            self._working -= 1
            if not self._working:
                self._at_rest.set()

    # --- copies

    async def quiet(self, portal: int, seconds: float = 5.0) -> bool:
        """Whether the lane of a portal came to its end, or waits for its turn, so that what it sent before is done.
        False: not in that time."""
        if portal in self._asking:
            return True
        ended = asyncio.Event()
        self._listening.setdefault(portal, []).append(ended)
        self.wake(portal)
        try:
            await asyncio.wait_for(ended.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _drain(self, portal_id: int) -> None:
        listening = self._listening.pop(portal_id, [])
        try:
            await self._at_work(self._drain_some(portal_id))
        finally:
            self._asking.discard(portal_id)
        for ended in listening:
            ended.set()

    async def _drain_some(self, portal_id: int) -> None:
        while due := await self._ledger.due(portal_id, _BATCH):
            for copy in due:
                portal = await self._portal(portal_id)
                if portal is None or portal.state != "open":
                    await self._withhold(portal_id, portal)
                    return
                if portal.muted:
                    return  # it waits until its person asks for it
                if self._stopping:
                    return  # the next run goes on
                if await self._ledger.waits(copy.id):
                    await self._copy(portal, copy)
            if len(due) < _BATCH:
                return  # whatever came meanwhile has woken us again

    async def _portal(self, id: int) -> Portal | None:
        """As it is now. Another process opens it, and puts copies for it behind that."""
        portal = await self._portals.get(id)
        if self._store.several and (portal is None or portal.state != "open"):
            self._store.forget_here("portals")
            portal = await self._portals.get(id)
        return portal

    async def _withhold(self, portal_id: int, portal: Portal | None) -> None:
        """The chat is not linked (any more): nothing that waits goes out."""
        if portal is not None and portal.partner is not None and portal.state in ("asking", "linking"):
            return  # the first words to somebody wait for their answer, and for us in the room
        for copy in await self._ledger.due(portal_id, 1):
            if portal is not None and copy.interrupted:
                await self._endings.finish(portal, copy.id, "unknown", "restart")
        if portal is not None and portal.partner is not None:
            for copy in await self._ledger.due(portal_id, 100):  # said when the conversation had just ended
                await self._endings.finish(portal, copy.id, "withheld", "ended")
        async with self._store.transaction():
            await self._ledger.withhold(portal_id, self._clock(), "unlinked")

    async def _copy(self, portal: Portal, due: Due) -> None:
        """One copy to its final state, for as long as it takes."""
        attempt = 0
        heavy = False
        while True:
            try:
                turn = self.pacer.turn(portal.chat, FILE if heavy else self._rank(due))
                self._asking.add(portal.id)
                async with turn:
                    self._asking.discard(portal.id)
                    if turn.waited:
                        still = await self._still(portal.id, due.id)
                        if still is None:
                            turn.unused()
                            return
                        portal, due = still
                    end = await self._deliver(portal, due, heavy=heavy)
                    if end is not None and (end.state == "withheld" or (end.state == "sent" and end.reason)):
                        turn.unused()
                self._patience.ended(portal.id, sent=end is None or end.state == "sent")
                if end is not None:
                    await self._endings.finish(portal, due.id, end.state, end.reason, quiet=end.quiet)
                if end is None or (end.state, end.reason) == ("sent", ""):
                    await self._hints.consider(portal, due, self.session.capabilities)
                return
            except Retry as error:
                if not error.flood:
                    self._patience.stalled(portal.id)
                if self._stopping:
                    return
                first = await self._ledger.due(portal.id, 1)
                if not first or first[0].id != due.id:
                    return  # taken out of the queue meanwhile
                due = first[0]
                if await self._patience.too_long(due):
                    doubt = due.doubt or due.interrupted
                    state, reason = ("unknown", "no_answer") if doubt else ("expired", "unreachable")
                    await self._endings.finish(portal, due.id, state, reason)
                    return
                if error.flood:
                    continue  # its next turn is when the platform takes more
                await self._rest(portal.id, backoff(attempt) if error.after is None else error.after)
                attempt += 1
                now = await self._portals.get(portal.id)
                if self._stopping or now is None or now.state != "open" or not await self._ledger.waits(due.id):
                    return  # unlinked, or taken out meanwhile: `_drain` sees to what waits
            except Heavy:
                heavy = True
            except TakenOut:
                return
            except Withdrawn as error:
                state = "unknown" if due.interrupted or due.doubt else "withheld"
                await self._endings.finish(portal, due.id, state, error.reason)
                return
            except NotAllowed as error:
                self._patience.ended(portal.id, sent=False)
                await self._trouble(portal, error.reason)
                await self._endings.finish(portal, due.id, "refused", error.reason, quiet=portal.trouble is not None)
                return
            except Refused as error:
                self._patience.ended(portal.id, sent=False)
                await self._endings.finish(portal, due.id, "refused", error.reason)
                return

    def _rank(self, due: Due) -> int:
        if due.source.kind != "message":
            return CHANGE
        return NOW if self._clock() - due.queued_at < _JUST_NOW_MS else BEHIND

    async def _still(self, portal_id: int, copy: int) -> tuple[Portal, Due] | None:
        """A copy as it is now that it has waited for its turn; None where it shall not go out, or not yet."""
        portal = await self._portals.get(portal_id)
        if self._stopping or portal is None or portal.state != "open" or portal.muted:
            return None
        first = await self._ledger.due(portal_id, 1)
        return (portal, first[0]) if first and first[0].id == copy else None

    async def _deliver(self, portal: Portal, due: Due, *, heavy: bool) -> End | None:
        if (kept := await self._voices.keeps(due.source, portal.room)) is not None:
            return End("unknown" if due.interrupted or due.doubt else "withheld", kept, quiet=True)
        return await self._delivery.deliver(portal, due, heavy=heavy)

    async def _rest(self, portal: int, seconds: float) -> None:
        """Before the next try, or until somebody hurries."""
        hurried = self._hurries[portal] = asyncio.Event()
        sleeping = asyncio.ensure_future(self._lanes.sleep(seconds))
        waiting = asyncio.ensure_future(hurried.wait())
        try:
            await asyncio.wait([sleeping, waiting], return_when=asyncio.FIRST_COMPLETED)
        finally:
            del self._hurries[portal]
            sleeping.cancel()
            waiting.cancel()

    async def _trouble(self, portal: Portal, reason: str) -> None:
        """The chat does not let us write. Said once in the room, until a send succeeds again."""
        if portal.trouble is not None or portal.mxid is None:
            return
        text = say(
            "chat_closed_to_us",
            self._languages,
            platform=self._titles[portal.platform],
            title=portal.title,
            reason=reason_words(reason),
        )
        async with self._store.transaction():
            await self._portals.trouble(portal.id, reason)
            await self._notices.put(ROOMS, portal.mxid, text)
        self._wake_other(ROOMS, portal.mxid)
