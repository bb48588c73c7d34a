"""What the sender of an event is called in a copy, and where they are from."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from bridge.core.identity import Users, clean_name, title_of
from bridge.core.rooms import Rooms
from bridge.ports import Homeserver
from bridge.store.ghosts import Ghosts

_CACHED = 10_000


class Names:
    """What the sender of an event is called, and where they are from. Names of people on Matrix are asked for once
    and forgotten when the homeserver says that they changed."""

    def __init__(
        self,
        ghosts: Ghosts,
        homeserver: Homeserver,
        users: Users,
        titles: Mapping[str, Mapping[str, str]],
        language: str,
    ) -> None:
        self._ghosts = ghosts
        self._homeserver = homeserver
        self._users = users
        self._titles = titles
        self._language = language
        self._people: OrderedDict[tuple[str, str], str] = OrderedDict()

    async def of(self, room: str, sender: str, reader: str) -> tuple[str, str]:
        """(name, platform's title)."""
        person = self._users.person_of(sender)
        if person is not None and person[0] in self._titles:
            ghost = await self._ghosts.get(sender)
            name = Rooms.name_of(ghost) if ghost else person[1]
            return name, title_of(self._titles[person[0]], self._language)
        name = self._people.get((room, sender)) or ""
        if not name:
            told = await self._homeserver.member_name(room, sender, reader=reader)
            name = clean_name(told) or clean_name(sender[1:].split(":", 1)[0]) or "?"
            self._people[(room, sender)] = name
            if len(self._people) > _CACHED:
                self._people.popitem(last=False)
        return name, title_of(self._titles["matrix"], self._language)

    def forget(self, room: str | None = None, person: str | None = None) -> None:
        """What a person is called in a room; without them, what anybody is."""
        if room is None or person is None:
            self._people.clear()
        else:
            self._people.pop((room, person), None)
