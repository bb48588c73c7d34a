"""Pictures of people and groups: a ghost bears the picture that its platform shows, a room that of its first group.

A courtesy beside the messages: one at a time for each login, slowly, and never before a message. Who has been looked at
is looked at again in the next run, so a new picture shows within a restart or so.
"""

from __future__ import annotations

import logging
from collections import OrderedDict, deque
from dataclasses import replace

from bridge.core.files import Carrier
from bridge.core.identity import Users
from bridge.core.lanes import Lanes
from bridge.core.rooms import Rooms
from bridge.errors import Refused, Retry
from bridge.model import Chat, Media, Person, Picture
from bridge.ports import Homeserver, Session
from bridge.store.database import Store
from bridge.store.ghosts import Ghosts
from bridge.store.inbox import Login
from bridge.store.portals import CHOSEN, Portal, Portals

log = logging.getLogger("hampayam.faces")

_MOST_WAITING = 1_000
_MOST_LOOKED_AT = 20_000
_LARGEST = 5_000_000
"""Bytes of a picture of somebody."""


class Faces:
    """Of one login. `pause` is what lies between two questions to the platform, in seconds."""

    def __init__(
        self,
        login: Login,
        session: Session,
        *,
        store: Store,
        ghosts: Ghosts,
        portals: Portals,
        rooms: Rooms,
        homeserver: Homeserver,
        carrier: Carrier,
        users: Users,
        lanes: Lanes,
        pause: float = 1.0,
    ) -> None:
        self._login = login
        self._session = session
        self._store = store
        self._ghosts = ghosts
        self._portals = portals
        self._rooms = rooms
        self._homeserver = homeserver
        self._carrier = carrier
        self._users = users
        self._lanes = lanes
        self._pause = pause
        self._waiting: deque[tuple[Portal, Person | Chat | None]] = deque(maxlen=_MOST_WAITING)
        self._looked_at: OrderedDict[str, None] = OrderedDict()

    def saw(self, portal: Portal, who: Person | Chat) -> None:
        """Somebody is in the room as a ghost now."""
        if not self._session.capabilities.pictures or who.id in self._looked_at:
            return
        self._looked_at[who.id] = None
        if len(self._looked_at) > _MOST_LOOKED_AT:
            self._looked_at.popitem(last=False)
        self._look(portal, who)

    def opened(self, portal: Portal) -> None:
        """A chat is linked now."""
        if self._session.capabilities.pictures:
            self._look(portal, None)

    def _look(self, portal: Portal, who: Person | Chat | None) -> None:
        self._waiting.append((portal, who))
        self._lanes.wake(("faces", self._login.id), self._drain)

    async def _drain(self) -> None:
        while self._waiting:
            portal, who = self._waiting.popleft()
            try:
                if who is None:
                    await self._room(portal)
                else:
                    await self._ghost(portal, who)
            except (Retry, Refused) as error:
                log.info("%s: a picture was not taken over: %s", self._login.platform, error.reason)
            await self._lanes.sleep(self._pause)

    async def _ghost(self, portal: Portal, who: Person | Chat) -> None:
        mxid = self._users.ghost(self._login.platform, who.id)
        ghost = await self._ghosts.get(mxid)
        known = await self._session.chat(who.id)
        if ghost is None or known is None or (known.picture.key if known.picture else "") == (ghost.picture or ""):
            return
        avatar = await self._stored(known.picture, mxid) if known.picture is not None else None
        async with self._store.transaction():
            now = await self._ghosts.get(mxid) or ghost
            key = known.picture.key if known.picture is not None else None
            await self._ghosts.put(replace(now, picture=key, avatar=avatar))
        await self._rooms.ghost(portal, who)

    async def _room(self, portal: Portal) -> None:
        """The first chat's that is there; a room that has a picture keeps it, and one that was chosen for good."""
        room = await self._portals.room(portal.room)
        chats = await self._portals.of_room(portal.room)
        if room is None or room.mxid is None or not chats or chats[0].id != portal.id:
            return
        known = await self._session.chat(portal.chat)
        bears = await self._portals.room_picture(room.id)
        if known is None or known.picture is None or bears in (known.picture.key, CHOSEN):
            return
        steward = self._users.steward(portal.platform, room.id)
        avatar = await self._stored(known.picture, steward)
        if avatar is not None:
            await self._homeserver.set_state(room.mxid, steward, "m.room.avatar", "", {"url": avatar})
        async with self._store.transaction():
            await self._portals.set_room_picture(room.id, known.picture.key)

    async def _stored(self, picture: Picture, user: str) -> str | None:
        """A picture on the homeserver; None for what is none by its bytes, or too large for one of somebody."""
        media = Media("photo", picture.file, size=picture.size)
        if picture.size > _LARGEST:
            return None
        found, mxc, _ = await self._carrier.bring(media, user, looks=False)
        return mxc if found.kind == "photo" else None
