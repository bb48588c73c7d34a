"""What becomes of a copy in the end, and the word about it to whoever said it, in their own app."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

from bridge.core.people.people import People
from bridge.core.statuses import send_status
from bridge.outgoing import Rows
from bridge.store.database import Store
from bridge.store.ledger import Ledger
from bridge.store.ledger_rows import Source
from bridge.store.notices import ROOMS, Notices
from bridge.store.portals import Portal, Portals
from bridge.store.queue import Queue
from bridge.texts import reason_words, say

log = logging.getLogger("hampayam.outbox")

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


_SHOWN = ("refused", "expired")
"""What is shown on Matrix beside a message also where nothing is said about it; so is what an operator took out."""


class Endings:
    """`wake_chat` is called, after the commit, with (login, chat) when a notice waits for somebody. `clock` tells Unix
    milliseconds."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        portals: Portals,
        notices: Notices,
        people: People,
        languages: tuple[str, ...],
        titles: Mapping[str, Mapping[str, str]],
        *,
        clock: Callable[[], int],
        wake_chat: Callable[[str, str], None],
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._queue = Queue(store)
        self._portals = portals
        self._notices = notices
        self._people = people
        self._languages = languages
        self._titles = titles
        self._clock = clock
        self._wake_chat = wake_chat

    async def finish(self, portal: Portal, copy: int, state: str, reason: str, *, quiet: bool = False) -> None:
        """A final state, committed, and a word to the sender if it is not `sent`."""
        async with self._store.transaction():
            if state == "unknown" and await self._ledger.complete(copy):
                state, reason = "sent", ""  # our own words came back meanwhile
            log.info("copy %s to %s: %s (%s)", copy, portal.platform, state, reason)
            await self._ledger.finish(copy, state, self._clock(), reason or None)
            if state == "sent" and portal.trouble is not None:
                await self._portals.trouble(portal.id, None)
            told = await self._tell(portal, copy, state, reason, quiet=quiet)
        if told is not None:
            self._wake_chat(*told)

    async def take_out(
        self, portal: Portal, copies: Sequence[int], state: str, reason: str, *, by: str | None = None
    ) -> int:
        """End copies that wait, whoever is about to send them; `by` is the operator who wants that. Of several messages
        from one chat the first is told of as such, and the others by their number. Returns how many there were."""
        ended = 0
        more: dict[tuple[str | None, str | None], tuple[Source, int]] = {}
        for copy in copies:
            source = await self._ledger.source(copy)
            said = (source.login, source.chat) if source is not None and source.kind == "message" else None
            if not await self._take_out(portal, copy, state, reason, by, quiet=said in more):
                continue
            ended += 1
            if said is not None and source is not None:
                more[said] = (source, more[said][1] + 1 if said in more else 0)
        for source, count in more.values():
            if count and portal.mxid is not None:
                await self._tell_more(portal, source, count, reason)
        return ended

    async def _tell_more(self, portal: Portal, source: Source, count: int, reason: str) -> None:
        told = await self._where(portal, source)
        platform, words = self._titles[portal.platform], reason_words(reason)
        languages = await self.languages(source)
        text = say("more_not_delivered", languages, count=count, platform=platform, title=portal.title, reason=words)
        async with self._store.transaction():
            await self._notices.put(*told, text)
        self._wake_chat(*told)

    async def _take_out(
        self, portal: Portal, copy: int, state: str, reason: str, by: str | None, *, quiet: bool
    ) -> bool:
        async with self._store.transaction():
            if not await self._ledger.take_out(copy, state, self._clock(), reason):
                return False
            if by is not None:
                message, _, _ = await self._queue.where(copy) or (None, 0, "")
                await self._queue.note(self._clock(), by, "drop", message=message, portal=portal.id)
            log.info("copy %s to %s: %s (%s)", copy, portal.platform, state, reason)
            told = await self._tell(portal, copy, state, reason, quiet=quiet)
        if told is not None:
            self._wake_chat(*told)
        return True

    async def _tell(
        self, portal: Portal, copy: int, state: str, reason: str, *, quiet: bool = False
    ) -> tuple[str, str] | None:
        """In the caller's transaction. Returns whose lane must be woken behind it: (login, chat), or (ROOMS, room)."""
        source = await self._ledger.source(copy)
        shown = state in _SHOWN or reason == "dropped"
        if quiet and (not shown or source is None or source.login):
            return None
        if state == "sent" or reason == "deleted" or source is None or portal.mxid is None:
            return None
        of_a_reaction = source.kind in ("reaction", "unreaction")
        if of_a_reaction and source.login:
            return None  # nobody was named
        text = say(
            _TELLING[source.kind][state == "unknown"],
            await self.languages(source),
            platform=self._titles[portal.platform],
            title=portal.title,
            reason=reason_words(reason),
        )
        status = None if source.login else send_status(portal.platform, source.event_id, state, reason, text)
        gone = source.kind == "delete" or of_a_reaction or source.kind == "unpin"
        login, chat = told = await self._where(portal, source)
        mirrored = login == ROOMS and source.login is not None
        rows: Rows = ()
        about = None
        if state == "unknown" and source.kind == "message" and portal.state == "open" and not mirrored:
            about = copy
            rows = await self._people.settles(login, chat, copy)
            text += "" if rows else "\n" + say("doubt_how", await self.languages(source))
        to = source.event_id if login == ROOMS else source.remote_id
        to, text = None if gone else to, "" if quiet else text
        await self._notices.put(login, chat, text, to, buttons=rows, status=status, about=about)
        return told

    async def _where(self, portal: Portal, source: Source) -> tuple[str, str]:
        """In which chat whoever said something is told, or as (ROOMS, room); nobody in a mirrored channel hears us."""
        if source.login and source.chat and not await self._portals.is_mirror(source.login, source.chat):
            return source.login, source.chat
        return ROOMS, portal.mxid or ""

    async def languages(self, source: Source) -> tuple[str, ...]:
        """In which languages whoever said something is spoken to."""
        if source.login is None or source.chat is None:
            return self._languages
        return await self._people.languages(source.login, source.chat) or self._languages
