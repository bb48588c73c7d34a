"""members · title · space: who is in a room, what it is called, and where rooms stand together."""

from __future__ import annotations

from bridge.config import Role
from bridge.core.commands import Answer, Asker, Place
from bridge.core.commands.linking import room_number
from bridge.core.identity import FSI, PDI, Users, clean_name
from bridge.core.names import Names
from bridge.core.rooms import Rooms
from bridge.core.space import Space
from bridge.errors import Refused
from bridge.model import MemberRole
from bridge.ports import Homeserver
from bridge.store.portals import Portals, Room
from bridge.texts import say

_MOST = 60
"""People whose names are listed; of more, the number."""


class Company:
    def __init__(
        self,
        portals: Portals,
        rooms: Rooms,
        names: Names,
        space: Space,
        homeserver: Homeserver,
        users: Users,
        languages: tuple[str, ...],
    ) -> None:
        self._portals = portals
        self._rooms = rooms
        self._names = names
        self._space = space
        self._homeserver = homeserver
        self._users = users
        self._languages = languages

    def answers(self) -> dict[str, Answer]:
        return {"members": self.members, "title": self.title, "space": self.space}

    async def members(self, asker: Asker, args: list[str]) -> str:
        """`members` in a group; `members ROOM` in the management room: names, by where they are from."""
        room = await self._room(asker, args[0] if args else None)
        if room.mxid is None or room.steward is None:
            raise Refused("no_such_room")
        people: dict[str, list[str]] = {}
        count = 0
        for user in await self._homeserver.joined(room.mxid, reader=room.steward):
            if self._users.is_steward(user) or user == self._users.bot:
                continue
            count += 1
            if count <= _MOST:
                name, origin = await self._names.of(room.mxid, user, room.steward)
                people.setdefault(origin, []).append(f"{FSI}{name}{PDI}")
        lines = [f"{origin}: {'، '.join(sorted(names))}" for origin, names in sorted(people.items())]
        if count > _MOST:
            lines.append(say("members_more", self._languages, count=count - _MOST))
        return "\n".join(lines) or say("members_none", self._languages)

    async def title(self, asker: Asker, args: list[str]) -> str:
        """`title NEW` in a group, by its admin; `title ROOM NEW` in the management room."""
        place = args[:1] if asker.place == Place.ROOM else []
        title = clean_name(" ".join(args[len(place) :]))
        if title is None:
            raise Refused("title_which")
        room = await self._room(asker, *place)
        if asker.place == Place.GROUP:
            if await self._role(asker) != MemberRole.ADMIN:
                raise Refused("admins_only")
        elif room.host != asker.mxid and asker.role < Role.MODERATOR:
            raise Refused("not_your_role")
        await self._rooms.entitle(room, title)
        return say("title_set", self._languages, title=title)

    async def space(self, asker: Asker, args: list[str]) -> str:
        await self._space.invite(asker.mxid)
        return say("space_invited", self._languages)

    async def _room(self, asker: Asker, word: str | None = None) -> Room:
        if asker.place == Place.ROOM:
            if word is None:
                raise Refused("which_room")
            number = room_number(word)
            room = await self._portals.room_by_mxid(word) if number is None else await self._portals.room(number)
            if room is None or room.over:
                raise Refused("no_such_room")
            if room.host != asker.mxid and asker.role < Role.MODERATOR:
                raise Refused("not_your_role")
            return room
        if asker.leg is None or asker.leg.login is None or asker.chat is None:
            raise Refused("groups_only")
        portal = await self._portals.of_chat(asker.leg.login.id, asker.chat.id)
        room = await self._portals.room(portal.room) if portal is not None else None
        if room is None or portal is None or not portal.listening:
            raise Refused("not_linked")
        return room

    @staticmethod
    async def _role(asker: Asker) -> MemberRole:
        if asker.person is None or asker.chat is None or asker.leg is None or asker.leg.session is None:
            return MemberRole.UNKNOWN
        return await asker.leg.session.member_role(asker.chat.id, asker.person.id)
