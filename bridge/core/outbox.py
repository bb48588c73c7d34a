"""Copies that are due: drained in order for each chat, retried, and reported when they end otherwise than `sent`.

One lane a portal for copies and one a chat for our own notices. How a copy goes out is in `delivery.py`, how a notice
does in `noticing.py`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial

from bridge.abilities import Capabilities
from bridge.core.bodies import Bodies
from bridge.core.delivery import Delivery
from bridge.core.files import Carrier
from bridge.core.hints import Hints
from bridge.core.identity import Users
from bridge.core.lanes import Lanes, backoff
from bridge.core.names import Names
from bridge.core.noticing import Noticing
from bridge.core.people.people import People
from bridge.core.people.voices import Voices
from bridge.core.sending import Withdrawn
from bridge.errors import NotAllowed, Refused, Retry
from bridge.keys import Keys
from bridge.ports import Session
from bridge.store.database import Store
from bridge.store.inbox import Login
from bridge.store.ledger import Ledger
from bridge.store.ledger_rows import Due, Source
from bridge.store.notices import ROOMS, Notices
from bridge.store.portals import Portal, Portals
from bridge.texts import reason_words, say

log = logging.getLogger("hampayam.outbox")

_BATCH = 20
KEEP_MS = 24 * 3600 * 1000
"""How long a message waits for a chat that cannot be reached, in milliseconds; then it is `expired`."""


_TELLING = {
    "message": ("not_delivered", "in_doubt"),
    "edit": ("edit_not_delivered", "edit_in_doubt"),
    "delete": ("deletion_not_delivered", "deletion_in_doubt"),
    "reaction": ("reaction_not_delivered", "reaction_in_doubt"),
    "unreaction": ("reaction_not_delivered", "reaction_in_doubt"),
    "pin": ("pin_not_delivered", "pin_in_doubt"),
    "unpin": ("pin_not_delivered", "pin_in_doubt"),
}
"""The sentences for what did not arrive, and for what may not have arrived."""

Told = tuple[tuple[str, str], ...]
"""Whom a notice was put for: (login, chat), or (ROOMS, room)."""


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
        languages: tuple[str, ...],
        titles: Mapping[str, Mapping[str, str]],
        clock: Callable[[], int],
        wake_chat: Callable[[str, str], None],
        able: Callable[[str], Capabilities | None],
        people: People,
    ) -> None:
        self.login = login
        self.session = session
        self._store = store
        self._ledger = ledger
        self._portals = portals
        self._notices = notices
        self._lanes = lanes
        self._voices = voices
        self._languages = languages
        self._titles = titles
        self._clock = clock
        self._wake_other = wake_chat
        self._people = people
        self._listening: dict[int, list[asyncio.Event]] = {}
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
        self._noticing = Noticing(login, session, store, ledger, notices, lanes, clock)
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
        )

    async def resume(self) -> None:
        """After a start: what waits goes on."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._lanes.wake_all(0, partial(self._ledger.busy, self.login.id), self.wake))
            group.create_task(self._lanes.wake_all("", partial(self._notices.waiting, self.login.id), self.wake_chat))

    def wake(self, portal: int) -> None:
        self._lanes.wake(("out", portal), lambda: self._drain(portal))

    def wake_chat(self, chat: str) -> None:
        self._lanes.wake(("notice", self.login.id, chat), lambda: self._noticing.drain(chat))

    # --- copies

    async def quiet(self, portal: int, seconds: float = 5.0) -> bool:
        """Whether the lane of a portal came to its end, so that what it sent before is done. False: not in that
        time."""
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
        await self._drain_some(portal_id)
        for ended in listening:
            ended.set()

    async def _drain_some(self, portal_id: int) -> None:
        while due := await self._ledger.due(portal_id, _BATCH):
            for copy in due:
                portal = await self._portals.get(portal_id)
                if portal is None or portal.state != "open":
                    await self._withhold(portal_id, portal)
                    return
                if portal.muted:
                    return  # it waits until its person asks for it
                await self._copy(portal, copy)
            if len(due) < _BATCH:
                return  # whatever came meanwhile has woken us again

    async def _withhold(self, portal_id: int, portal: Portal | None) -> None:
        """The chat is not linked (any more): nothing that waits goes out."""
        if portal is not None and portal.partner is not None and portal.state in ("asking", "linking"):
            return  # the first words to somebody wait for their answer, and for us in the room
        for copy in await self._ledger.due(portal_id, 1):
            if portal is not None and copy.interrupted:
                await self._finish(portal, copy.id, "unknown", "restart")
        if portal is not None and portal.partner is not None:
            for copy in await self._ledger.due(portal_id, 100):  # said when the conversation had just ended
                await self._finish(portal, copy.id, "withheld", "ended")
        async with self._store.transaction():
            await self._ledger.withhold(portal_id, self._clock(), "unlinked")

    async def _copy(self, portal: Portal, due: Due) -> None:
        """One copy to its final state, for as long as it takes."""
        attempt = 0
        while True:
            try:
                if (kept := await self._voices.keeps(due.source, portal.room)) is not None:
                    state = "unknown" if due.interrupted or due.doubt else "withheld"
                    await self._finish(portal, due.id, state, kept, quiet=True)
                    return
                end = await self._delivery.deliver(portal, due)
                if end is not None:
                    await self._finish(portal, due.id, end.state, end.reason, quiet=end.quiet)
                if end is None or (end.state, end.reason) == ("sent", ""):
                    await self._hints.consider(portal, due, self.session.capabilities)
                return
            except Retry as error:
                due = (await self._ledger.due(portal.id, 1) or [due])[0]
                if self._clock() - due.said_at > KEEP_MS:
                    doubt = due.doubt or due.interrupted
                    state, reason = ("unknown", "no_answer") if doubt else ("expired", "unreachable")
                    await self._finish(portal, due.id, state, reason)
                    return
                await self._lanes.sleep(backoff(attempt) if error.after is None else error.after)
                attempt += 1
                now = await self._portals.get(portal.id)
                if now is None or now.state != "open":
                    return  # unlinked meanwhile: `_drain` sees to what waits
            except Withdrawn as error:
                state = "unknown" if due.interrupted or due.doubt else "withheld"
                await self._finish(portal, due.id, state, error.reason)
                return
            except NotAllowed as error:
                await self._trouble(portal, error.reason)
                await self._finish(portal, due.id, "refused", error.reason, quiet=portal.trouble is not None)
                return
            except Refused as error:
                await self._finish(portal, due.id, "refused", error.reason)
                return

    async def _finish(self, portal: Portal, copy: int, state: str, reason: str, *, quiet: bool = False) -> None:
        async with self._store.transaction():
            told = await self._conclude(portal, copy, state, reason, quiet=quiet)
        self._wake_told(told)

    async def _conclude(self, portal: Portal, copy: int, state: str, reason: str, *, quiet: bool = False) -> Told:
        """A final state, and a word to the sender if it is not `sent`, in the caller's transaction. Returns whose lane
        must be woken behind it."""
        if state == "unknown" and await self._ledger.complete(copy):
            state, reason = "sent", ""  # our own words came back meanwhile
        log.info("copy %s to %s: %s (%s)", copy, portal.platform, state, reason)
        await self._ledger.finish(copy, state, self._clock(), reason or None)
        if state == "sent" and portal.trouble is not None:
            await self._portals.trouble(portal.id, None)
        source = await self._ledger.source(copy)
        if quiet or state == "sent" or reason == "deleted" or source is None or portal.mxid is None:
            return ()
        of_a_reaction = source.kind in ("reaction", "unreaction")
        if of_a_reaction and source.login:
            return ()  # nobody was named
        text = say(
            _TELLING[source.kind][state == "unknown"],
            await self._languages_of(source),
            platform=self._titles[portal.platform],
            title=portal.title,
            reason=reason_words(reason),
        )
        gone = source.kind == "delete" or of_a_reaction or source.kind == "unpin"
        if source.login and source.chat and not await self._portals.is_mirror(source.login, source.chat):
            await self._notices.put(source.login, source.chat, text, None if gone else source.remote_id)
            return ((source.login, source.chat),)
        await self._notices.put(ROOMS, portal.mxid, text, None if gone else source.event_id)
        return ((ROOMS, portal.mxid),)

    async def _languages_of(self, source: Source) -> tuple[str, ...]:
        """In which languages whoever said something is spoken to."""
        if source.login is None or source.chat is None:
            return self._languages
        return await self._people.languages(source.login, source.chat) or self._languages

    def _wake_told(self, told: Told) -> None:
        for login, chat in told:
            self._wake_other(login, chat)

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
