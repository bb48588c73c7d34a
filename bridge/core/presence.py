"""Who is in a chat, what it is called and how far it has been read: courtesies, which never hold up a message."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial

from bridge.core.identity import clean_name
from bridge.core.lanes import Lanes, backoff
from bridge.core.rooms import Rooms
from bridge.errors import Refused, Retry
from bridge.model import Chat, MembersMoved, MessageSaid, Person, ReadUpTo
from bridge.ports import Homeserver, Session
from bridge.store.inbox import Login
from bridge.store.ledger import Ledger
from bridge.store.portals import Portal, Portals

log = logging.getLogger("hampayam.inbox")

_CROWD = 10
"""People who join at once and are shown as members; of a larger crowd only those are who speak."""


class Presence:
    """Of one login. `bots`: whether another bot, by its id, is bridged."""

    def __init__(
        self,
        login: Login,
        session: Session,
        *,
        bots: Callable[[str], bool],
        ledger: Ledger,
        portals: Portals,
        rooms: Rooms,
        homeserver: Homeserver,
        lanes: Lanes,
    ) -> None:
        self.login = login
        self.session = session
        self._bots = bots
        self._ledger = ledger
        self._portals = portals
        self._rooms = rooms
        self._homeserver = homeserver
        self._lanes = lanes
        self._newest: dict[str, str] = {}
        """By chat: the last message that is in the room and not marked as read yet."""

    def seen(self, said: MessageSaid) -> None:
        """People are shown that a message came across or was obeyed, where the platform has marks for that."""
        if self.session.capabilities.reads:
            chat = said.chat.id
            self._newest[chat] = said.id
            self._lanes.wake(("read", self.login.id, chat), lambda: self._mark_read(chat))

    async def _mark_read(self, chat: str) -> None:
        while (newest := self._newest.pop(chat, None)) is not None:
            try:
                await self.session.read(chat, newest)
            except (Retry, Refused) as error:  # a courtesy: the next message's mark covers this one, too
                log.info("%s: a chat was not marked as read: %s", self.login.platform, error.reason)

    async def read_there(self, event: ReadUpTo) -> None:
        """People in the room see how far a chat has read, as the chat itself: who it was, nobody says."""
        about = await self._ledger.message_of(self.login.id, event.chat.id, event.id)
        if about is None or about.event_id is None:
            return
        portal = await self._portals.that_leads_to(self.login.id, event.chat.id, about.room)
        if portal is None or portal.mxid is None or not portal.listening:
            return
        try:
            ghost = await self._rooms.ghost(portal, event.chat)
            await self._homeserver.read(portal.mxid, ghost, about.event_id)
        except (Retry, Refused) as error:  # a courtesy: the next one covers this, too
            log.info("%s: it was not shown what was read: %s", self.login.platform, error.reason)

    async def moved(self, event: MembersMoved) -> None:
        """Who joins is a member of the room, too, and who leaves is none any more. Others are not told."""
        portal = await self._portals.of_chat(self.login.id, event.chat.id)
        if portal is None or not portal.listening:
            return
        people = [each for each in event.people if not each.virtual and (not each.is_bot or self._bots(each.id))]
        if event.present and len(people) > _CROWD:
            return
        for person in people:
            await self._persist(portal, partial(self._member, portal, person, present=event.present))

    async def renamed(self, chat: Chat, title: str) -> None:
        """The room's topic, and its name if that was the chat's, follow a new title."""
        portal = await self._portals.of_chat(self.login.id, chat.id)
        name = clean_name(title)
        if portal is not None and portal.listening and name is not None:
            await self._persist(portal, partial(self._rooms.renamed, portal, name))

    async def _member(self, portal: Portal, person: Person, *, present: bool) -> None:
        if present:
            await self._rooms.ghost(portal, person)
        else:
            await self._rooms.left(portal, person)

    async def _persist(self, portal: Portal, act: Callable[[], Awaitable[None]]) -> None:
        attempt = 0
        while True:
            try:
                await act()
            except Retry as error:
                await self._lanes.sleep(error.after if error.after is not None else backoff(attempt))
                attempt += 1
                continue
            except Refused as error:
                log.info("%s: members or a title were not shown: %s", portal.platform, error.reason)
            return
