"""The contents of events whose copies are due: kept for a moment, fetched again when they are needed later.

Bodies live on the homeserver only; this is a bounded memory of those that just came by, so that a copy that goes
out at once costs the homeserver nothing. What is deleted before its turn is forgotten here, too.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bridge.core.reactions import Reaction, read_reactions
from bridge.core.things import CONTENT
from bridge.ports import Homeserver

_MOST = 4_096
"""Events kept; at the homeserver's limit of 64 kB an event that is 256 MB, in practice a few."""

_LARGE = 16_384
"""Bodies above this many characters are not kept."""


_NEEDED = frozenset(
    (
        "msgtype",
        "body",
        "format",
        "formatted_body",
        "m.relates_to",
        "m.new_content",
        "url",
        "filename",
        "info",
        "org.matrix.msc3245.voice",
        "ir.hampayam.kind",
        *CONTENT,
    )
)
"""What a copy is made from; an event may hold much else."""

REPLACED_BY = "ir.hampayam.replaced_by"
"""The key under which a content from here names the edit that it is from. Nobody else can put it there."""


class Bodies:
    def __init__(self, homeserver: Homeserver) -> None:
        self._homeserver = homeserver
        self._kept: OrderedDict[str, Mapping[str, Any]] = OrderedDict()
        self.former: dict[str, str] = {}
        """The rooms that took another's place, with the one before, in which older events are."""
        self.former_of: Callable[[str], Awaitable[str | None]] | None = None
        """Looks that up where another process may have followed a room."""

    def keep(self, event_id: str, content: Mapping[str, Any]) -> None:
        if not content:
            return  # deleted before it came to us
        new = content.get("m.new_content")
        if _large(content) or (isinstance(new, dict) and _large(new)):
            return
        self._kept[event_id] = {key: value for key, value in content.items() if key in _NEEDED}
        if len(self._kept) > _MOST:
            self._kept.popitem(last=False)

    def forget(self, event_id: str) -> None:
        """It says something else now, or nothing: the homeserver knows."""
        self._kept.pop(event_id, None)

    def kept(self, event_id: str) -> Mapping[str, Any] | None:
        """What is here of an event; nobody is asked."""
        return self._kept.get(event_id)

    async def get(self, room: str, event_id: str, reader: str) -> Mapping[str, Any] | None:
        """The content as it is now, with the last edit in it; None when it was deleted or is gone. Raises Retry,
        Refused."""
        kept = self._kept.get(event_id)
        return kept if kept is not None else await self.now(room, event_id, reader)

    async def now(self, room: str, event_id: str, reader: str) -> Mapping[str, Any] | None:
        """As `get`, but asked for in any case."""
        event = await self._event(room, event_id, reader)
        if event is None:
            return None
        content = event.get("content")
        return _with_edit(event, content) if isinstance(content, dict) and content else None

    async def missing(self, room: str, event_id: str, reader: str) -> bool:
        """Whether an event cannot be read at all: it was purged, or we may not see it (a deleted one can be, without
        its content). Raises Retry, Refused."""
        return await self._event(room, event_id, reader) is None

    async def version(self, room: str, event_id: str, edit: str | None, reader: str) -> Mapping[str, Any] | None:
        """The content as it was in a version: in an edit, or (None) at first. None when that is gone."""
        event = await self._event(room, edit or event_id, reader)
        content = event.get("content") if event is not None else None
        if not isinstance(content, dict) or not content:
            return None
        return content if edit is None else new_content(content)

    async def _event(self, room: str, event_id: str, reader: str) -> dict[str, Any] | None:
        event = await self._homeserver.event(room, event_id, reader)
        if event is None and (former := await self._former(room)) is not None:
            event = await self._homeserver.event(former, event_id, reader)
        return event

    async def _former(self, room: str) -> str | None:
        known = self.former.get(room)
        return await self.former_of(room) if known is None and self.former_of is not None else known

    async def reactions(self, room: str, event_id: str, reader: str) -> list[Reaction]:
        """The reactions to an event as they are now; they are never kept. Raises Retry, Refused."""
        return read_reactions(await self._homeserver.reactions(room, event_id, reader))


def _large(content: Mapping[str, Any]) -> bool:
    body, formatted = content.get("body"), content.get("formatted_body")
    return (isinstance(body, str) and len(body) > _LARGE) or (isinstance(formatted, str) and len(formatted) > _LARGE)


def new_content(content: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What an edit makes of its message; None for a content that is no edit."""
    new = content.get("m.new_content")
    return new if isinstance(new, Mapping) else None


def _with_edit(event: Mapping[str, Any], content: Mapping[str, Any]) -> Mapping[str, Any]:
    """The homeserver tells of the newest edit beside the event. Source: the specification, "Event replacements"."""
    found: Any = event
    for key in ("unsigned", "m.relations", "m.replace"):
        found = found.get(key) if isinstance(found, Mapping) else None
    edit = found.get("event_id") if isinstance(found, Mapping) else None
    edited = found.get("content") if isinstance(found, Mapping) else None
    new = new_content(edited) if isinstance(edited, Mapping) else None
    if new is None or not isinstance(edit, str):
        return content
    kept = {key: content[key] for key in ("m.relates_to",) if key in content}
    return {**new, **kept, REPLACED_BY: edit}
