"""What becomes of a copy in the end, and the word about it to whoever said it, in their own app."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

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

    async def take_out(self, portal: Portal, copy: int, state: str, reason: str, *, by: str | None = None) -> bool:
        """End a copy that waits, whoever is about to send it; `by` is the operator who wants that. False: it does not
        wait (any more)."""
        async with self._store.transaction():
            if not await self._ledger.take_out(copy, state, self._clock(), reason):
                return False
            if by is not None:
                message, _, _ = await self._queue.where(copy) or (None, 0, "")
                await self._queue.note(self._clock(), by, "drop", message=message, portal=portal.id)
            log.info("copy %s to %s: %s (%s)", copy, portal.platform, state, reason)
            told = await self._tell(portal, copy, state, reason)
        if told is not None:
            self._wake_chat(*told)
        return True

    async def _tell(
        self, portal: Portal, copy: int, state: str, reason: str, *, quiet: bool = False
    ) -> tuple[str, str] | None:
        """In the caller's transaction. Returns whose lane must be woken behind it: (login, chat), or (ROOMS, room)."""
        source = await self._ledger.source(copy)
        if quiet and (state != "refused" or source is None or source.login):
            return None  # on Matrix it is still shown beside what was refused
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
        mirrored = source.login and source.chat and await self._portals.is_mirror(source.login, source.chat)
        rows: Rows = ()
        about = None
        if state == "unknown" and source.kind == "message" and portal.state == "open" and not mirrored and not quiet:
            about = copy
            rows = await self._people.settles(source.login or "", source.chat or "", copy)
            text += "" if rows else "\n" + say("doubt_how", await self.languages(source))
        if source.login and source.chat and not mirrored:
            to = None if gone else source.remote_id
            await self._notices.put(source.login, source.chat, text, to, buttons=rows, about=about)
            return source.login, source.chat
        to = None if gone else source.event_id
        await self._notices.put(ROOMS, portal.mxid, "" if quiet else text, to, status=status, about=about)
        return ROOMS, portal.mxid

    async def languages(self, source: Source) -> tuple[str, ...]:
        """In which languages whoever said something is spoken to."""
        if source.login is None or source.chat is None:
            return self._languages
        return await self._people.languages(source.login, source.chat) or self._languages
