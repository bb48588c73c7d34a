"""mirror: a public channel is read into a room."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.config import PlatformSettings
from bridge.core.commands import Answer, Asker
from bridge.core.commands.linking import room_number
from bridge.core.identity import clean_name
from bridge.core.live import Live
from bridge.core.plumbing import Plumbing
from bridge.errors import Refused
from bridge.ports import Mirror, Platform
from bridge.store.portals import Portals, Room
from bridge.texts import say


class Mirroring:
    """`platforms` and `settings` are by the platform's name."""

    def __init__(
        self,
        platforms: Mapping[str, Platform],
        settings: Mapping[str, PlatformSettings],
        plumbing: Plumbing,
        portals: Portals,
        live: Live,
        languages: tuple[str, ...],
    ) -> None:
        self._platforms = platforms
        self._settings = settings
        self._plumbing = plumbing
        self._portals = portals
        self._live = live
        self._languages = languages

    def answers(self) -> dict[str, Answer]:
        return {"mirror": self.mirror}

    async def mirror(self, asker: Asker, args: list[str]) -> str:
        """`mirror PLATFORM CHANNEL [ROOM]`. What is published from the moment of the answer on crosses."""
        if len(args) < 2:
            raise Refused("mirror_which")
        name = args[0].lower()
        mirror, settings = self._wanted(name)
        login = self._live.leg(name, "mirror").login
        if login is None:
            raise Refused("platform_not_ready")
        room = await self._room(args[2]) if len(args) > 2 else None
        chat, begins = await mirror.begin(settings, args[1])
        if await self._portals.of_chat(login.id, chat.id) is not None:
            raise Refused("mirrored_already")
        if room is None:
            room = await self._plumbing.new_room(clean_name(chat.title) or chat.id, asker.mxid, name)
        await self._plumbing.mirror(login, chat, room.id, begins)
        return say("mirror_made", self._languages, title=chat.title or chat.id, number=room.id)

    def _wanted(self, name: str) -> tuple[Mirror, PlatformSettings]:
        platform = self._platforms.get(name)
        if platform is None or platform.mirror is None:
            raise Refused("no_mirror_there")
        if not platform.mirror.wanted(self._settings[name]):
            raise Refused("mirror_not_wanted")
        return platform.mirror, self._settings[name]

    async def _room(self, word: str) -> Room:
        number = room_number(word)
        room = await self._portals.room_by_mxid(word) if number is None else await self._portals.room(number)
        if room is None or room.over:
            raise Refused("no_such_room")
        return room
