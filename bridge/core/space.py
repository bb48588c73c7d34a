"""The space: one place on Matrix where the bridge's rooms stand together, made when somebody first asks for it."""

from __future__ import annotations

import logging

from bridge.core.identity import Users
from bridge.errors import Refused
from bridge.ports import Homeserver
from bridge.store.database import Store
from bridge.store.portals import Portals, Room

log = logging.getLogger("hampayam.space")

NAME = "هم‌پیام · Hampayam"
_SETTING = "space"
"""Under which the space's room id is remembered."""


class Space:
    """Its creator and only power is the bridge bot. A room in it says so, too, by its steward."""

    def __init__(self, store: Store, portals: Portals, homeserver: Homeserver, users: Users) -> None:
        self._store = store
        self._portals = portals
        self._homeserver = homeserver
        self._users = users

    async def invite(self, person: str) -> None:
        """Bring somebody in; with the first one, the space is made. May be repeated. Raises Retry, Refused."""
        space = await self._store.setting(_SETTING)
        if space is None:
            powers = {"events_default": 100, "state_default": 100, "invite": 100}
            space = await self._homeserver.create_room(self._users.bot, name=NAME, invite=[], powers=powers, space=True)
            async with self._store.transaction():
                await self._store.set(_SETTING, space)
            for room in await self._portals.rooms():
                await self.add(room)
        await self._homeserver.invite(space, person, inviter=self._users.bot)

    async def add(self, room: Room) -> None:
        """A room stands in the space, if there is one. May be repeated. Raises Retry."""
        space = await self._store.setting(_SETTING)
        if space is None or room.mxid is None or room.steward is None:
            return
        via = {"via": [self._users.domain]}
        try:
            await self._homeserver.set_state(space, self._users.bot, "m.space.child", room.mxid, via)
            parent = {**via, "canonical": True}
            await self._homeserver.set_state(room.mxid, room.steward, "m.space.parent", space, parent)
        except Refused as error:
            log.warning("a room was not put into the space: %s", error.reason)

    async def remove(self, room: Room) -> None:
        """A room that has ended stands there no longer. May be repeated. Raises Retry."""
        space = await self._store.setting(_SETTING)
        if space is None or room.mxid is None:
            return
        try:
            await self._homeserver.set_state(space, self._users.bot, "m.space.child", room.mxid, {})
        except Refused as error:
            log.warning("a room was not taken out of the space: %s", error.reason)
