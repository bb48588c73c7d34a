"""Pinned messages: a state of the room, the same in chats that can pin, a word in the others.

A pin in a chat is told to the room by its steward, as a state that carries an origin like any event of ours; it comes
back in the room's order, and the others' copies are queued then. Whatever is pinned or taken down is a row of its own
that names the message as its target. To pin is harmless to repeat.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from bridge.core.contents import ORIGIN, event_id, origin_content
from bridge.core.identity import Users
from bridge.core.lanes import Lanes, backoff
from bridge.errors import Refused, Retry
from bridge.model import Chat, MessageSaid, Person, RoomEvent, ServiceLine, Unpinned
from bridge.ports import Homeserver
from bridge.store.database import Store
from bridge.store.inbox import Login
from bridge.store.ledger import Ledger
from bridge.store.ledger_rows import Message

if TYPE_CHECKING:
    from bridge.core.corrections import Corrections, Pinning
    from bridge.core.rooms import Rooms

log = logging.getLogger("hampayam.pins")

PINS = "m.room.pinned_events"
"""The state of a room that names its pinned events."""

_MOST = 100
"""Events that are pinned in a room by us; the oldest go."""


def pinned_in(content: Mapping[str, Any]) -> list[str]:
    """The pinned events of a state that anybody may have written."""
    told = content.get("pinned")
    return [id for each in told if (id := event_id(each)) is not None] if isinstance(told, list) else []


def moves(event: RoomEvent) -> list[tuple[str, str]]:
    """What a state event has changed: ("pin" or "unpin", the event that it is about)."""
    now, before = pinned_in(event.content), pinned_in(event.before)
    return [("pin", id) for id in now if id not in before] + [("unpin", id) for id in before if id not in now]


class Told:
    """What a room says of its pins, as `Hub.accept` takes it over: inside its transaction."""

    def __init__(self, ledger: Ledger, users: Users, *, clock: Callable[[], int]) -> None:
        self._ledger = ledger
        self._users = users
        self._clock = clock

    async def rows(
        self, event: RoomEvent, known: Message | None, room: int, accepted: Mapping[int, str]
    ) -> list[tuple[int, str]]:
        """The messages that a state event is, with the event id of each: as many as it has changed pins. `known`: the
        row that it was sent for by us."""
        if self._users.is_ours(event.sender):
            new = known is not None and known.state != "accepted" and known.id not in accepted
            return [(known.id, event.id)] if known is not None and new else []
        rows = []
        for number, (kind, about) in enumerate(moves(event)):
            target = await self._ledger.by_event(about)
            if target is None or target.kind != "message" or target.room != room:
                continue
            id = event.id if number == 0 else f"{event.id}/{number}"
            now = self._clock()
            at = min(event.at, now) if event.at > 0 else now
            message = await self._ledger.adopt(id, room, event.sender, at, kind, target.id)
            if message is not None:
                rows.append((message, id))
        return rows


class Pins:
    """What the chats of one login say of their pins."""

    def __init__(
        self,
        login: Login,
        *,
        corrections: Corrections,
        rooms: Rooms,
        homeserver: Homeserver,
        store: Store,
        ledger: Ledger,
        lanes: Lanes,
    ) -> None:
        self._login = login
        self._corrections = corrections
        self._rooms = rooms
        self._homeserver = homeserver
        self._store = store
        self._ledger = ledger
        self._lanes = lanes
        self._turn = asyncio.Lock()

    async def said(self, said: MessageSaid) -> bool:
        """A line of the app about a message that was pinned. False: it must be said in words."""
        if not isinstance(said.content, ServiceLine) or said.content.kind != "pin" or said.reply_to is None:
            return False
        if said.sender is not None and said.sender.id == self._login.remote_id:
            return True  # our own
        return await self._moved(said.chat, said.reply_to, said.sender, said.id, said.at, pinned=True)

    async def taken_down(self, event: Unpinned) -> None:
        for id in event.ids:
            await self._moved(event.chat, id, None, event.version, 0, pinned=False)

    async def _moved(self, chat: Chat, id: str, by: Person | None, version: str, at: int, *, pinned: bool) -> bool:
        """False: the room does not know the message, or does not let us."""
        pinning = await self._corrections.pinned(self._login, chat, id, by, version, at, pinned=pinned)
        if pinning is None:
            return False
        if pinning.done:
            return True
        try:
            event = await self._persist(lambda: self._put(pinning, by, pinned=pinned))
        except Refused as error:
            log.info("%s: a pin was refused by the homeserver: %s", self._login.platform, error.reason)
            event = None
            known = False
        else:
            known = True
        async with self._store.transaction():
            if event is not None:
                await self._ledger.placed([(pinning.message, event)])
            else:
                await self._ledger.give_up(pinning.message, "pinned_already" if known else "not_pinned")
        return known

    async def _put(self, pinning: Pinning, by: Person | None, *, pinned: bool) -> str | None:
        """The event of the room's new state; None where it is so already. One at a time: the state is read first."""
        room = pinning.portal.mxid
        assert room is not None
        if by is not None:
            await self._rooms.ghost(pinning.portal, by)  # others are told its name
        async with self._turn:
            there = await self._homeserver.pinned(room, reader=pinning.by)
            if (pinning.event_id in there) == pinned:
                return None
            others = [each for each in there if each != pinning.event_id]
            now = [*others, pinning.event_id][-_MOST:] if pinned else others
            content = {"pinned": now, ORIGIN: origin_content(pinning.origin)}
            return await self._homeserver.set_state(room, pinning.by, PINS, "", content)

    async def _persist(self, act: Callable[[], Awaitable[str | None]]) -> str | None:
        attempt = 0
        while True:
            try:
                return await act()
            except Retry as error:
                await self._lanes.sleep(error.after if error.after is not None else backoff(attempt))
                attempt += 1
