"""What the homeserver did not take of a chat: why, who is told of it, and how often."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from bridge.core.identity import Users
from bridge.core.placement import Placement
from bridge.core.rooms import Rooms
from bridge.errors import NotAllowed, Refused
from bridge.model import ChatKind
from bridge.store.database import Store
from bridge.store.ledger import Ledger
from bridge.store.notices import Notices
from bridge.texts import reason_words, say

log = logging.getLogger("hampayam.inbox")


class Refusals:
    """`lost` is called with a room in which our own steward is no longer."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        notices: Notices,
        rooms: Rooms,
        users: Users,
        *,
        wake_chat: Callable[[str, str], None],
        lost: Callable[[str], Awaitable[None]],
        languages: tuple[str, ...],
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._notices = notices
        self._rooms = rooms
        self._users = users
        self._wake_chat = wake_chat
        self._lost = lost
        self._languages = languages

    async def refused(self, placement: Placement, error: Refused) -> None:
        """The message ends `refused`. Whoever said it is told: of a ban in the room once, of a room that is gone by the
        end of the link, else each time. May be repeated. Raises Retry."""
        portal, said = placement.portal, placement.said
        assert portal.mxid is not None
        reason = error.reason
        ghost = self._users.ghost(portal.platform, (said.sender or said.chat).id)
        if isinstance(error, NotAllowed):
            reason = await self._rooms.shut_out(portal, ghost) or reason
        log.warning("%s: a message was refused by the homeserver: %s", portal.platform, reason)
        if reason == "room_gone":
            await self._lost(portal.mxid)
        async with self._store.transaction():
            await self._ledger.give_up(placement.message, reason)
            if reason == "room_gone" or said.chat.kind is ChatKind.MIRROR or placement.origin.kind == "reaction":
                return  # they are told by the end of the link, or there is nobody to tell
            words = say("not_carried", self._languages, reason=reason_words(reason))
            if reason == "barred":
                if not await self._rooms.first_told(portal, ghost):
                    return
                words = say("ghost_barred", self._languages)
            await self._notices.put(portal.login, portal.chat, words, said.id)
        self._wake_chat(portal.login, portal.chat)
