"""What a chat is told of a pin: it is one there, too, or a word that answers the message."""

from __future__ import annotations

import logging

from bridge.core.identity import Users, label
from bridge.core.names import Names
from bridge.core.sending import End, Parts, Sender, done
from bridge.errors import NotAllowed
from bridge.model import Text
from bridge.ports import Session
from bridge.store.ledger import Ledger
from bridge.store.ledger_rows import Due
from bridge.store.portals import Portal
from bridge.texts import say

log = logging.getLogger("hampayam.pins")


class Pinned:
    """`session` is the login's."""

    def __init__(
        self,
        session: Session,
        sender: Sender,
        *,
        ledger: Ledger,
        names: Names,
        users: Users,
        languages: tuple[str, ...],
    ) -> None:
        self._session = session
        self._able = session.capabilities
        self._sender = sender
        self._ledger = ledger
        self._names = names
        self._users = users
        self._languages = languages

    async def deliver(self, portal: Portal, due: Due) -> End | None:
        """As `Delivery.deliver`."""
        assert portal.mxid is not None
        assert due.target is not None
        target = await self._ledger.by_id(due.target)
        event = target.event_id if target is not None else None
        there = await self._ledger.remote_of(event, portal.login, portal.chat) if event is not None else None
        if there is None:
            return End("withheld", "not_there", quiet=True)
        pinned = due.source.kind == "pin"
        if self._able.pins and await self._moved(portal.chat, there, pinned=pinned):
            return End("sent")
        if not pinned:
            return End("withheld", "not_there", quiet=True)  # what was only told of cannot be taken down
        steward = self._users.steward(portal.platform, portal.room)
        name, title = await self._names.of(portal.mxid, due.source.sender, steward)
        text = Text(f"{label(name, title)}\n{say('service_pin', self._languages)}")
        return await self._sender.send(portal, due, Parts((text,), there if self._able.replies else None))

    async def _moved(self, chat: str, id: str, *, pinned: bool) -> bool:
        """Without the right to pin nothing else is closed to us."""
        try:
            return await done(self._session.pin(chat, id, pinned=pinned))
        except NotAllowed as error:
            log.info("a message was not pinned: %s", error.reason)
            return False
