"""Reading what may be for us: what somebody answers to a notice that asks whether a message in doubt is sent again."""

from __future__ import annotations

from bridge.core.contents import reply_target
from bridge.model import ChatKind, MessageSaid, RoomEvent, ServiceLine, Text
from bridge.store.database import Store
from bridge.store.doubts import Doubts
from bridge.store.notices import ROOMS

_WORDS = {"again": True, "دوباره": True, "leave": False, "رها": False}
_LONGEST = 2000


def decided(words: object) -> bool | None:
    """Whether somebody wants it sent again; None: these are other words. What some clients quote above an answer does
    not count."""
    if not isinstance(words, str) or len(words) > _LONGEST:
        return None
    said = " ".join(line for line in words.splitlines() if not line.startswith(">"))
    return _WORDS.get(said.strip(" .!/").casefold())


async def settles(store: Store, event: RoomEvent) -> bool:
    """Whether something that was said in a room settles a doubt of whoever said it. Asks nothing of the database for
    any other words."""
    target = reply_target(event.content) if decided(event.content.get("body")) is not None else None
    about = await Doubts(store).about(ROOMS, event.room, target) if target is not None else None
    return about is not None and about[1] == event.sender


def may_be_special(said: MessageSaid) -> bool:
    """Whether something that was said on a platform may be for us, or for nobody, and not for a room."""
    if isinstance(said.content, ServiceLine):
        return True
    body = said.content.body if isinstance(said.content, Text) and said.forwarded is None else ""
    settles = said.reply_to is not None and decided(body) is not None
    return said.chat.kind == ChatKind.PRIVATE or settles or body.lstrip().startswith("/")
