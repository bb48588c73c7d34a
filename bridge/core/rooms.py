"""The Matrix side of a shared room: who of ours is in it, what they are called, who has which power.

`docs/rooms.md` is the page for people; `POWERS` is its source, and a test holds the two together.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bridge.abilities import Capabilities
from bridge.core.hub import PORTAL_EVENT
from bridge.core.identity import Users, clean_name, display_name, pseudonym
from bridge.core.meet import FEATURES, features
from bridge.core.people.voices import Voices
from bridge.core.space import Space
from bridge.errors import Refused
from bridge.model import Chat, Person
from bridge.ports import Homeserver
from bridge.store.database import Store
from bridge.store.ghosts import Ghost, Ghosts
from bridge.store.portals import CHOSEN, DIRECT, Portal, Portals, Room

log = logging.getLogger("hampayam.rooms")

POWERS: Mapping[str, Any] = {
    "users_default": 0,
    "events_default": 0,
    "state_default": 100,
    "invite": 100,
    "kick": 50,
    "ban": 50,
    "redact": 50,
    "notifications": {"room": 50},
    "events": {
        "m.room.encryption": 100,
        "m.room.power_levels": 100,
        "m.room.tombstone": 150,
        "m.room.pinned_events": 50,
    },
}
"""People speak, react, and delete their own words (0); stewards do the rest (100). The steward that creates the room
stands above all levels (room version 12). Nobody can switch encryption on, since nobody could read it over there."""

STEWARD = 100

BARRED, TOLD = ("", None), ("", "told")
"""How a ghost looks in a room from which it was banned (no other has an empty name), and when its person knows."""


class Rooms:
    """`titles` are the platforms' names as people read them, by platform; `able` tells what a login can do."""

    def __init__(
        self,
        store: Store,
        portals: Portals,
        ghosts: Ghosts,
        homeserver: Homeserver,
        users: Users,
        titles: Mapping[str, str],
        space: Space,
        able: Callable[[str], Capabilities | None],
        voices: Voices,
    ) -> None:
        self._store = store
        self._portals = portals
        self._ghosts = ghosts
        self._homeserver = homeserver
        self._users = users
        self._titles = titles
        self._space = space
        self._able = able
        self._voices = voices

    # --- ghosts

    async def ghost(self, portal: Portal, who: Person | Chat) -> str:
        """Bring the ghost of a person (or of the chat itself, where the platform names nobody) into the portal's room,
        under its present name. Costs nothing when it is there already; a new one costs four requests: registration,
        device, invite, and a join that carries the name. Raises Retry, Refused ("unlinked" when the link has ended, and
        what `Voices.kept` says of somebody whose words stay in their app, "barred" after a ban in the room)."""
        tied = await self._portals.get(portal.id)
        if tied is None or not tied.listening:
            raise Refused("unlinked")
        ghost = await self._known(portal.platform, who)
        if (kept := await self._voices.kept(ghost.mxid, portal.room)) is not None:
            raise Refused(kept)
        name = display_name(self.name_of(ghost), self._titles[portal.platform])
        there = await self._ghosts.look_in(portal.id, ghost.mxid)
        if there in (BARRED, TOLD):
            raise Refused("barred")
        if there != (name, ghost.avatar):
            if not ghost.registered:
                await self._homeserver.register(ghost.mxid)
            assert tied.mxid is not None
            steward = self._users.steward(portal.platform, portal.room)
            await self._homeserver.join(
                tied.mxid, ghost.mxid, inviter=steward, name=name, avatar=ghost.avatar, invited=there is not None
            )
            async with self._store.transaction():
                now = await self._ghosts.get(ghost.mxid) or ghost  # they may have chosen a name meanwhile
                await self._ghosts.put(
                    replace(ghost, registered=True, chosen=now.chosen, picture=now.picture, avatar=now.avatar)
                )
                await self._ghosts.entered(portal.id, ghost.mxid, name, ghost.avatar)
        return ghost.mxid

    async def _known(self, platform: str, who: Person | Chat) -> Ghost:
        mxid = self._users.ghost(platform, who.id)
        told = clean_name(who.name if isinstance(who, Person) else who.title)
        return self.as_told(await self._ghosts.get(mxid), mxid, platform, who.id, told)

    @staticmethod
    def as_told(ghost: Ghost | None, mxid: str, platform: str, id: str, name: str | None) -> Ghost:
        """A ghost with the name that its platform tells now."""
        if ghost is None:
            return Ghost(mxid, platform, id, name, None, False)
        return ghost if name in (None, ghost.name) else replace(ghost, name=name)

    @staticmethod
    def name_of(ghost: Ghost) -> str:
        """What a person is called: by their own choice, else by the platform, else by a pseudonym."""
        return ghost.chosen or ghost.name or pseudonym(ghost.platform, ghost.remote_id)

    async def left(self, portal: Portal, person: Person) -> None:
        """A person left the chat: so does their ghost, unless it is in the room by another chat, too."""
        ghost = self._users.ghost(portal.platform, person.id)
        if portal.mxid is None or await self._ghosts.look_in(portal.id, ghost) is None:
            return
        if not await self._ghosts.elsewhere(portal.id, portal.room, ghost):
            await self._homeserver.leave(portal.mxid, ghost)
        async with self._store.transaction():
            await self._ghosts.left(portal.id, ghost)

    async def choose_name(self, platform: str, person: Person, name: str | None) -> str:
        """A person sets (or with None drops) their own name. Returns what they are called now."""
        async with self._store.transaction():
            ghost = replace(await self._known(platform, person), chosen=name)
            await self._ghosts.put(ghost)
        return self.name_of(ghost)

    async def forget_ghost(self, portal: Portal, mxid: str) -> None:
        """The homeserver says that a ghost is not in the room: the next message brings it back."""
        async with self._store.transaction():
            ghost = await self._ghosts.get(mxid)
            await self._ghosts.left(portal.id, mxid)
            if ghost is not None:
                await self._ghosts.put(replace(ghost, registered=False))

    async def bar(self, portal: Portal, mxid: str) -> None:
        """A ghost was banned from the room. Until it is taken back, nothing is asked of the homeserver for it."""
        async with self._store.transaction():
            await self._ghosts.entered(portal.id, mxid, *BARRED)

    async def first_told(self, portal: Portal, mxid: str) -> bool:
        """Whether the person of a ghost that was banned is to be told so: once, in the caller's transaction."""
        if await self._ghosts.look_in(portal.id, mxid) != BARRED:
            return False
        await self._ghosts.entered(portal.id, mxid, *TOLD)
        return True

    async def shut_out(self, portal: Portal, mxid: str) -> str | None:
        """Why a ghost may not speak in a room: "room_gone" (nor are we there), "barred". None: that is not to be seen.
        Raises Retry."""
        assert portal.mxid is not None
        if not await self.has_steward(portal):
            return "room_gone"
        steward = self._users.steward(portal.platform, portal.room)
        if await self._homeserver.membership(portal.mxid, mxid, reader=steward) != "ban":
            return None
        await self.bar(portal, mxid)
        return "barred"

    # --- the room itself

    async def has_steward(self, portal: Portal) -> bool:
        """Whether the platform's steward is in the room. Raises Retry."""
        steward = self._users.steward(portal.platform, portal.room)
        try:
            return await self._homeserver.membership(portal.mxid or "", steward, reader=steward) == "join"
        except Refused:
            return False

    async def take_place(self, room: Room, successor: str, steward: str) -> list[str]:
        """The links of a room go on in another, in which a steward is. Returns the ghosts that were in the first."""
        async with self._store.transaction():
            stayed = await self._ghosts.leave_room(room.id)
            await self._portals.move_room(room.id, successor, steward)
        await self._space.remove(room)
        await self._space.add(replace(room, mxid=successor, steward=steward))
        return stayed

    def steward(self, platform: str, room: int) -> str:
        return self._users.steward(platform, room)

    async def prepare(self, portal: Portal) -> Room:
        """Make the room if it does not exist, and bring the platform's steward into it. Safe to repeat."""
        room = await self._portals.room(portal.room)
        assert room is not None
        steward = self._users.steward(portal.platform, room.id)
        await self._homeserver.register(steward)
        if room.mxid is None:
            return await self.create(room, steward)
        if room.steward is not None and room.steward != steward:
            await self._homeserver.join(room.mxid, steward, inviter=room.steward, name=None)
        return room

    async def create(self, room: Room, steward: str) -> Room:
        """Create the room on the homeserver, with power for every platform's steward, and its host invited."""
        await self._homeserver.register(steward)
        stewards = {self._users.steward(platform, room.id) for platform in self._titles} - {steward}
        mxid = await self._homeserver.create_room(
            steward,
            name=room.title,
            invite=[room.host] if room.host else [],
            powers={**POWERS, "users": dict.fromkeys(sorted(stewards), STEWARD)},
        )
        async with self._store.transaction():
            await self._portals.room_made(room.id, mxid, steward)
        log.info("room %s made by %s", mxid, steward)
        made = replace(room, mxid=mxid, steward=steward)
        if made.state != DIRECT:
            await self._space.add(made)
        return made

    async def entitle(self, room: Room, title: str) -> None:
        """The room is called otherwise from now on."""
        if room.mxid is not None and room.steward is not None:
            await self._homeserver.set_state(room.mxid, room.steward, "m.room.name", "", {"name": title})
        async with self._store.transaction():
            await self._portals.room_title(room.id, title)

    async def describe_as(self, room: Room, topic: str | None) -> None:
        """What stands before the chats in the room's topic from now on."""
        async with self._store.transaction():
            await self._portals.room_topic(room.id, topic)
        if room.steward is not None:
            await self.describe(replace(room, topic=topic), room.steward)

    async def picture(self, room: Room, mxc: str) -> None:
        """The room bears this picture from now on, whatever its first chat bears."""
        if room.mxid is not None and room.steward is not None:
            await self._homeserver.set_state(room.mxid, room.steward, "m.room.avatar", "", {"url": mxc})
        async with self._store.transaction():
            await self._portals.set_room_picture(room.id, CHOSEN)

    async def renamed(self, portal: Portal, title: str) -> None:
        """A chat is called otherwise from now on; so is the room, if it was called as the chat was. Safe to repeat."""
        room = await self._portals.room(portal.room)
        if room is None or room.mxid is None:
            return
        if room.title == portal.title:
            await self.entitle(room, title)
        async with self._store.transaction():
            await self._portals.entitle(portal.id, title)
        await self.describe(room, self._users.steward(portal.platform, room.id))

    async def describe(self, room: Room, steward: str) -> None:
        """The topic says what an admin says of the room and which chats share it, and a state of its own what arrives
        in all of them. Safe to repeat."""
        chats = [each for each in await self._portals.of_room(room.id) if each.state in ("opening", "open")]
        topic = " · ".join(f"{each.title} ({self._titles[each.platform]})" for each in chats)
        topic = "\n".join(filter(None, (room.topic, topic)))
        if room.mxid is not None:
            await self._homeserver.set_state(room.mxid, steward, "m.room.topic", "", {"topic": topic})
            await self.show_features(room.mxid, steward, chats)

    async def show_features(self, room: str, steward: str, chats: Sequence[Portal]) -> None:
        """A client can grey out what would not arrive in all of the chats. Safe to repeat."""
        ables = [able for each in chats if (able := self._able(each.login)) is not None and able.sends]
        await self._homeserver.set_state(room, steward, FEATURES, "hampayam", features(ables))

    async def announce(self, portal: Portal, room: Room, title: str, *, one_way: bool) -> None:
        """Send the state event that opens the portal, at its place in the room's order."""
        assert room.mxid is not None
        steward = self._users.steward(portal.platform, room.id)
        await self._homeserver.set_state(
            room.mxid,
            steward,
            PORTAL_EVENT,
            f"hampayam/{portal.id}",
            {
                "bridgebot": steward,
                "creator": steward,
                "protocol": {"id": portal.platform, "displayname": title},
                "channel": {"id": portal.chat, "displayname": portal.title},
                "ir.hampayam": {"portal": portal.id, "one_way": one_way},
            },
        )
        await self.describe(room, steward)

    async def clear(self, portal: Portal) -> None:
        """Withdraw the link event, take every ghost that came through the portal out of the room, and, behind the last
        portal, the stewards too. Safe to repeat."""
        room = await self._portals.room(portal.room)
        if room is None or room.mxid is None:
            return
        steward = self._users.steward(portal.platform, room.id)
        try:
            await self._homeserver.set_state(room.mxid, steward, PORTAL_EVENT, f"hampayam/{portal.id}", {})
            await self.describe(room, steward)
        except Refused as error:
            log.warning("room %s: the end of a link is not shown there: %s", room.mxid, error.reason)
        while mxids := await self._ghosts.through(portal.id, 50):
            for mxid in mxids:
                if not await self._ghosts.elsewhere(portal.id, room.id, mxid):
                    await self._homeserver.leave(room.mxid, mxid)
                async with self._store.transaction():
                    await self._ghosts.left(portal.id, mxid)

    async def abandon(self, room: Room, reason: str) -> None:
        """Nobody of ours stays in a room without chats."""
        if room.state != DIRECT:
            await self._space.remove(room)
        if room.mxid is not None:
            for platform in self._titles:
                await self._homeserver.leave(room.mxid, self._users.steward(platform, room.id), reason)
        async with self._store.transaction():
            await self._portals.room_state(room.id, "ended")
