"""A copy of which nobody knows whether it arrived: whoever said it decides whether it is sent again.

In a private chat with inline buttons by a tap; elsewhere, and on Matrix, by answering the notice about it with a word.
Only whoever said the message can: what others answer to that notice is a message like any other.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from bridge.core.bodies import Bodies
from bridge.core.contents import reply_target
from bridge.core.decisions import decided
from bridge.core.identity import Users
from bridge.core.live import Live
from bridge.core.patience import Patience
from bridge.core.people.people import People
from bridge.model import MessageSaid, Text
from bridge.store.database import Store
from bridge.store.desks import Desk
from bridge.store.doubts import Doubts
from bridge.store.inbox import Login
from bridge.store.ledger import Ledger
from bridge.store.ledger_rows import Key, Route
from bridge.store.notices import ROOMS, Notices
from bridge.store.portals import Portals
from bridge.store.queue import Queue
from bridge.texts import say
from bridge.texts.digits import ascii_digits


class Settling:
    """`clock` tells Unix milliseconds."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        portals: Portals,
        notices: Notices,
        bodies: Bodies,
        live: Live,
        users: Users,
        people: People,
        patience: Patience,
        languages: tuple[str, ...],
        *,
        clock: Callable[[], int],
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._portals = portals
        self._notices = notices
        self._bodies = bodies
        self._live = live
        self._users = users
        self._people = people
        self._patience = patience
        self._languages = languages
        self._clock = clock
        self._queue = Queue(store)
        self._doubts = Doubts(store)

    def taps(self) -> Mapping[str, Callable[[Desk, str], Awaitable[None]]]:
        return {"again": self._tap(again=True), "leave": self._tap(again=False)}

    def _tap(self, *, again: bool) -> Callable[[Desk, str], Awaitable[None]]:
        async def tap(desk: Desk, argument: str) -> None:
            digits = ascii_digits(argument)
            copy = int(digits) if digits.isdecimal() and len(digits) < 16 else 0
            key = await self._settle(copy, desk.person, again=again)
            async with self._store.transaction():
                await self._notices.put(desk.login, desk.chat, say(key, (desk.language,)))
            self._live.wake_chat(desk.login, desk.chat)

        return tap

    async def heard(self, login: Login, said: MessageSaid) -> bool:
        """What somebody says in a chat. True: it settled a doubt of theirs."""
        again = decided(said.content.body) if isinstance(said.content, Text) else None
        if again is None or said.reply_to is None or said.sender is None:
            return False
        key = Key(login.id, said.chat.id, said.id)
        known = (await self._ledger.by_keys([key])).get(key)
        if known is not None:
            return known.state == "command"
        by = self._users.ghost(login.platform, said.sender.id)
        about = await self._doubts.about(login.id, said.chat.id, said.reply_to)
        if about is None or about[1] != by:
            return False
        sentence = await self._settle(about[0], by, again=again)
        languages = await self._people.languages(login.id, said.chat.id) or self._languages
        async with self._store.transaction():
            await self._ledger.route([Route(key, "command", said.at or self._clock())])
            await self._notices.put(login.id, said.chat.id, say(sentence, languages), said.id)
        self._live.wake_chat(login.id, said.chat.id)
        return True

    async def said(self, room: str, event: str, sender: str) -> None:
        """Something that settles a doubt in a room (`decisions.settles`) is done. May be repeated."""
        portals = await self._portals.in_room(room)
        reader = self._users.steward(portals[0].platform, portals[0].room) if portals else self._users.bot
        content = await self._bodies.get(room, event, reader) or {}
        again, target = decided(content.get("body")), reply_target(content)
        about = await self._doubts.about(ROOMS, room, target) if target is not None else None
        if about is None or again is None or about[1] != sender:
            return
        sentence = await self._settle(about[0], sender, again=again)
        async with self._store.transaction():
            await self._notices.put(ROOMS, room, say(sentence, self._languages), event)
        self._live.wake_chat(ROOMS, room)

    async def _settle(self, copy: int, by: str, *, again: bool) -> str:
        """Returns the sentence that whoever decided is told."""
        source, where = await self._ledger.source(copy), await self._queue.where(copy)
        if source is None or where is None or source.sender != by or where[2] != "unknown":
            return "doubt_over"
        portal = await self._portals.get(where[1])
        if portal is None or (again and portal.state != "open"):
            return "doubt_over"
        async with self._store.transaction():
            if again:
                copy = await self._queue.requeue(copy, self._clock()) or copy
                await self._patience.put_back(portal, copy)
            else:
                await self._ledger.finish(copy, "unknown", self._clock(), "left")
        if again:
            self._live.wake(portal.login, portal.id)
        return "doubt_again" if again else "doubt_left"
