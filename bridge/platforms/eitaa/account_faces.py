"""What people and chats look like to an Eitaa account. A user or chat tells that there is a picture; the file itself is
asked for. Source: the schema alone; nobody was seen to ask, so whatever is refused is no picture.
"""

from __future__ import annotations

from typing import Any

from bridge.errors import NotAllowed, Refused
from bridge.model import Picture
from bridge.platforms.eitaa import account_media as media
from bridge.platforms.eitaa import account_notes as notes
from bridge.platforms.eitaa.account_people import People
from bridge.platforms.eitaa.gateway import Unreadable
from bridge.platforms.eitaa.tl import TL, Codec


class Faces:
    def __init__(self, people: People, codec: Codec) -> None:
        self._people = people
        self._codec = codec

    async def of(self, id: str, thing: TL) -> Picture | None:
        """None: there is no picture, or nobody shows it to us. Raises Retry."""
        shown = getattr(thing, "photo", None)
        if not isinstance(shown, TL) or shown.tl_name.endswith("Empty"):
            return None
        try:
            photo = await self._user(id) if id.startswith("u") else await self._chat(id)
        except (Refused, NotAllowed, Unreadable):
            return None
        file = media.photo(photo)
        return None if file is None else Picture(str(file["at"]), str(photo.id), int(file["size"]))

    async def _user(self, id: str) -> Any:
        who = self._codec.new("inputUser", user_id=notes.number_of(id), access_hash=self._people.access(id) or 0)
        found = (await self._people.answer("photos.getUserPhotos", user_id=who, offset=0, max_id=0, limit=1)).photos
        return found[0] if found else None

    async def _chat(self, id: str) -> Any:
        if id.startswith("c"):
            answer = await self._people.answer("channels.getFullChannel", channel=await self._people.channel(id))
        else:
            answer = await self._people.answer("messages.getFullChat", chat_id=notes.number_of(id))
        return answer.full_chat.chat_photo
