"""Rooms of direct conversations: what a request's state looks like on Matrix, and how a conversation ends.

The truth is the consent log and the request's row; membership is shown from it, by steps that may be repeated::

    asked    a room of the asker's steward; the asker's ghost is in it, the other person is invited
    open     the other's ghost joins (somebody on Matrix has joined: that was their answer)
    an end   both leave, and so do the stewards

A room that somebody on Matrix made by inviting a ghost is theirs: then ours join when the ghost's person has agreed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from weakref import WeakValueDictionary

from bridge.core.identity import Users, clean_name
from bridge.core.lanes import Lanes, backoff
from bridge.core.live import Live
from bridge.core.people.log import ConsentLog
from bridge.core.rooms import Rooms
from bridge.errors import NotAllowed, Refused
from bridge.model import ChatKind, Person, RoomEvent
from bridge.ports import Homeserver
from bridge.store.database import Store
from bridge.store.desks import Desk, Desks
from bridge.store.ghosts import Ghosts
from bridge.store.ledger import Ledger
from bridge.store.portals import DIRECT, Portal, Portals, Room
from bridge.store.requests import Request

log = logging.getLogger("hampayam.people")

_BEFORE = 100
"""Events of somebody's own room that are looked at for what they wrote before they were accepted."""

Take = Callable[[Sequence[RoomEvent]], Awaitable[None]]
"""Takes in what was said in a room (`Hub.accept`)."""

_PATIENCE = 20
"""Looks at what is still on its way into a room that ends: about two and a half minutes."""


async def _nobody(_: Sequence[RoomEvent]) -> None:
    return None


class Conversations:
    """Methods that begin with `show_` raise Retry, and may be repeated."""

    def __init__(
        self,
        store: Store,
        portals: Portals,
        desks: Desks,
        ghosts: Ghosts,
        ledger: Ledger,
        log: ConsentLog,
        rooms: Rooms,
        homeserver: Homeserver,
        users: Users,
        live: Live,
        lanes: Lanes,
        *,
        clock: Callable[[], int],
    ) -> None:
        self._store = store
        self._portals = portals
        self._desks = desks
        self._ghosts = ghosts
        self._ledger = ledger
        self._log = log
        self._rooms = rooms
        self._homeserver = homeserver
        self._users = users
        self._live = live
        self._lanes = lanes
        self._clock = clock
        self.take: Take = _nobody
        self._making: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    # --- rows, inside a transaction

    async def tie(self, desk: Desk, room: int, title: str, partner: str, state: str) -> int:
        """One more conversation of a private chat."""
        platform = self._log.platform_of(desk.person)
        return await self._portals.tie(
            desk.login, desk.chat, platform, ChatKind.PRIVATE, title, room, state, self._clock(), partner
        )

    async def close(self, room: int) -> int:
        """Nothing crosses from here on. Returns how many copies that waited will not be sent."""
        cut = 0
        for portal in await self._portals.of_room(room):
            if portal.state != "closing":
                await self._portals.move(portal.id, portal.state, "closing")
                await self._desks.leave(portal.id)
            cut += await self._ledger.withhold(portal.id, self._clock(), "ended")
        return cut

    async def name_of(self, person: str, room: Room | None = None) -> str:
        """What somebody is called, as far as we know it."""
        ghost = await self._ghosts.get(person)
        if ghost is not None:
            return Rooms.name_of(ghost)
        told = None
        if room is not None and room.mxid is not None and room.steward is not None:
            told = await self._homeserver.member_name(room.mxid, person, reader=room.steward)
        return clean_name(told) or clean_name(person[1:].split(":", 1)[0]) or "?"

    # --- Matrix

    async def made(self, portal: Portal) -> Portal:
        """The same portal, with a room that exists on the homeserver and its person's ghost in it. Raises Retry."""
        lock = self._making.setdefault(portal.room, asyncio.Lock())
        async with lock:
            room = await self._portals.room(portal.room)
            assert room is not None
            if room.mxid is None:
                await self._rooms.create(room, self._users.steward(portal.platform, room.id))
            if portal.state == "linking":
                async with self._store.transaction():
                    await self._portals.move(portal.id, "linking", "open")
        now = await self._portals.get(portal.id)
        assert now is not None
        return now

    async def _enter(self, portal: Portal) -> None:
        """The ghost of a portal's person comes into its room."""
        desk = await self._desks.get(portal.login, portal.chat)
        known = self._users.person_of(desk.person) if desk is not None else None
        if known is not None:
            await self._rooms.ghost(portal, Person(known[1]))

    async def show_asked(self, request: Request) -> bool:
        """The room stands, the asker's ghost is in it, and the other is invited. False: the homeserver knows nobody of
        that name."""
        asker, target = await self._ends(request)
        if asker is None:
            return True  # the room is theirs, and so is the invitation
        asker = await self.made(asker)
        await self._enter(asker)
        assert asker.mxid is not None
        room = await self._portals.room(asker.room)
        if request.target is None or room is None or room.steward is None:
            return True
        if target is not None:
            await self._homeserver.register(request.target)
        try:
            await self._homeserver.invite(asker.mxid, request.target, inviter=room.steward)
        except Refused as error:
            log.info("request %s: nobody could be invited: %s", request.id, error.reason)
            return target is not None
        return True

    async def show_open(self, request: Request) -> None:
        """Both are in the room. Raises Refused("encrypted") for a room that nobody could read for them."""
        asker, target = await self._ends(request)
        if asker is not None:
            asker = await self.made(asker)
            await self._enter(asker)
            if target is None and asker.mxid is not None:  # who reads there has a client that shows it
                steward = self._users.steward(asker.platform, asker.room)
                await self._rooms.show_features(asker.mxid, steward, [asker])
            if target is not None:
                await self._rooms.prepare(target)
                await self._enter(await self._opened(target))
            return
        if target is None:
            return
        room = await self._portals.room(target.room)
        assert room is not None
        assert room.mxid is not None
        await self._into_theirs(request, room, target)
        await self._enter(await self._opened(target))
        await self._read_before(request, room.mxid)

    async def _read_before(self, request: Request, room: str) -> None:
        """What somebody on Matrix has written since they invited the other goes on its way, now that that is agreed to.
        Taken in twice it changes nothing."""
        assert request.target is not None
        page = await self._homeserver.newest(room, request.target, None, _BEFORE, ("m.room.message", "m.room.member"))
        theirs: list[RoomEvent] = []
        for event in page.events:
            if event.state_key == request.target and event.content.get("membership") == "invite":
                break
            if event.type == "m.room.message" and event.sender == request.asker:
                theirs.insert(0, event)
        await self.take(theirs)

    async def _into_theirs(self, request: Request, room: Room, portal: Portal) -> None:
        """The ghost follows the invitation, and brings a steward, who reads what is said while nobody of us listens."""
        assert room.mxid is not None
        assert request.target is not None
        steward = self._users.steward(portal.platform, room.id)
        await self._homeserver.register(request.target)
        await self._homeserver.join(room.mxid, request.target, inviter=request.asker, name=None, invited=True)
        if await self._homeserver.is_encrypted(room.mxid, reader=request.target):
            raise Refused("encrypted")
        await self._homeserver.register(steward)
        try:
            await self._homeserver.join(room.mxid, steward, inviter=request.target, name=None)
        except NotAllowed:
            raise Refused("no_invite_there") from None
        async with self._store.transaction():
            await self._portals.room_made(room.id, room.mxid, steward)

    async def _opened(self, portal: Portal) -> Portal:
        async with self._store.transaction():
            for before in ("linking", "asking"):
                await self._portals.move(portal.id, before, "open")
        now = await self._portals.get(portal.id)
        assert now is not None
        self._live.wake(now.login, now.id)
        return now

    async def _ends(self, request: Request) -> tuple[Portal | None, Portal | None]:
        """The portals of the asker and of the other, where they have one."""
        asker = target = None
        if request.room is not None:
            for portal in await self._portals.of_room(request.room):
                desk = await self._desks.get(portal.login, portal.chat)
                if desk is not None and desk.person == request.asker:
                    asker = portal
                elif desk is not None:
                    target = portal
        return asker, target

    # --- the end

    async def quiet(self, request: Request) -> dict[str, int]:
        """Returns when no send of a conversation that was closed is under way any more: how many of each person's
        copies ended since it was closed, so that they may have seen them."""
        late: dict[str, int] = {}
        for portal in await self._portals.of_room(request.room or 0):
            await self._live.quiet(portal.login, portal.id)
            async with self._store.transaction():
                await self._ledger.doubt(portal.id, self._clock())
            desk = await self._desks.get(portal.login, portal.chat)
            if desk is not None:
                late[desk.person] = await self._ledger.ended_since(portal.id, request.ended_at or 0)
        return late

    async def show_end(self, request: Request) -> None:
        """Whoever is ours leaves, behind what was still on its way into the room."""
        if request.room is None:
            return
        for attempt in range(_PATIENCE):
            if not await self._ledger.under_way(request.room):
                break
            await self._lanes.sleep(backoff(attempt, most=10.0))
        room = await self._portals.room(request.room)
        assert room is not None
        portals = await self._portals.of_room(room.id)
        ends = dict.fromkeys((request.asker, request.target, request.invited))
        people = [each for each in ends if each is not None and self._users.is_ours(each)]
        if room.mxid is not None and room.state == DIRECT:
            stewards = set[str]()
            if room.steward is not None:  # else ours never came in
                stewards = {room.steward, *(self._users.steward(portal.platform, room.id) for portal in portals)}
            for user in [*people, *sorted(stewards)]:
                await self._homeserver.leave(room.mxid, user)
        async with self._store.transaction():
            for portal in portals:
                for mxid in await self._ghosts.through(portal.id, 10):
                    await self._ghosts.left(portal.id, mxid)
                await self._portals.move(portal.id, portal.state, "closed")
            await self._portals.room_state(room.id, "ended")

    async def withdraw(self, request: Request) -> None:
        """The other is no longer asked, and the asker sees no difference. Inside a transaction."""
        if request.room is None or request.target is None:
            return
        for portal in await self._portals.of_room(request.room):
            if portal.partner == request.asker:
                await self._portals.move(portal.id, portal.state, "closed")
                await self._ledger.withhold(portal.id, self._clock(), "ended")
                await self._desks.leave(portal.id)
