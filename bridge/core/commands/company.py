"""members · title · topic · picture · space: who is in a room, how it looks, and where rooms stand together."""

from __future__ import annotations

from bridge.config import Role
from bridge.core.attachments import attachment_of
from bridge.core.bodies import Bodies
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
_LONGEST_TOPIC = 500
"""Characters that an admin can say of a room."""


class Company:
    def __init__(
        self,
        portals: Portals,
        rooms: Rooms,
        names: Names,
        space: Space,
        bodies: Bodies,
        homeserver: Homeserver,
        users: Users,
        languages: tuple[str, ...],
    ) -> None:
        self._portals = portals
        self._rooms = rooms
        self._names = names
        self._space = space
        self._bodies = bodies
        self._homeserver = homeserver
        self._users = users
        self._languages = languages

    def answers(self) -> dict[str, Answer]:
        return {
            "members": self.members,
            "title": self.title,
            "topic": self.topic,
            "picture": self.picture,
            "space": self.space,
        }

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
        place, rest = _split(asker, args)
        title = clean_name(" ".join(rest))
        if title is None:
            raise Refused("title_which")
        room = await self._own_room(asker, place)
        await self._rooms.entitle(room, title)
        return say("title_set", self._languages, title=title)

    async def topic(self, asker: Asker, args: list[str]) -> str:
        """`topic WORDS` in a group, by its admin; `topic ROOM WORDS` in the management room."""
        place, rest = _split(asker, args)
        topic = " ".join(rest)
        if len(topic) > _LONGEST_TOPIC:
            return say("topic_long", self._languages, count=_LONGEST_TOPIC)
        room = await self._own_room(asker, place)
        await self._rooms.describe_as(room, topic or None)
        return say("topic_set" if topic else "topic_gone", self._languages)

    async def picture(self, asker: Asker, args: list[str]) -> str:
        """`picture` (in the management room `picture ROOM`) as an answer to a picture."""
        room = await self._own_room(asker, args[:1])
        if asker.about is None or room.mxid is None or room.steward is None:
            raise Refused("picture_which")
        if asker.place == Place.ROOM:
            content = await self._bodies.get(asker.room, asker.about, self._users.bot)
        else:
            content = await self._bodies.get(room.mxid, asker.about, room.steward)
        file = attachment_of(content or {})
        if file is None or file.kind != "photo":
            raise Refused("picture_which")
        await self._rooms.picture(room, file.mxc)
        return say("picture_set", self._languages)

    async def space(self, asker: Asker, args: list[str]) -> str:
        await self._space.invite(asker.mxid)
        return say("space_invited", self._languages)

    async def _own_room(self, asker: Asker, place: list[str]) -> Room:
        """A room that the asker may change."""
        room = await self._room(asker, *place)
        if asker.place == Place.GROUP and await self._role(asker) != MemberRole.ADMIN:
            raise Refused("admins_only")
        return room

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


def _split(asker: Asker, args: list[str]) -> tuple[list[str], list[str]]:
    """The word for the room (in the management room), and the rest."""
    count = 1 if asker.place == Place.ROOM else 0
    return args[:count], args[count:]
