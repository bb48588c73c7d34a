"""The contents of events whose copies are due: kept for a moment, fetched again when they are needed later.

Bodies live on the homeserver only; this is a bounded memory of those that just came by, so that a copy that goes
out at once costs the homeserver nothing. What is deleted before its turn is forgotten here, too.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from bridge.ports import Homeserver

_MOST = 4_096
"""Events kept; at the homeserver's limit of 64 kB an event that is 256 MB, in practice a few."""

_LARGE = 16_384
"""Bodies above this many characters are not kept."""


_NEEDED = ("msgtype", "body", "format", "formatted_body", "m.relates_to")
"""What a copy is made from; an event may hold much else."""


class Bodies:
    def __init__(self, homeserver: Homeserver) -> None:
        self._homeserver = homeserver
        self._kept: OrderedDict[str, Mapping[str, Any]] = OrderedDict()

    def keep(self, event_id: str, content: Mapping[str, Any]) -> None:
        if not content:
            return  # deleted before it came to us
        for body in (content.get("body"), content.get("formatted_body")):
            if isinstance(body, str) and len(body) > _LARGE:
                return
        self._kept[event_id] = {key: content[key] for key in _NEEDED if key in content}
        if len(self._kept) > _MOST:
            self._kept.popitem(last=False)

    def forget(self, event_id: str) -> None:
        self._kept.pop(event_id, None)

    async def get(self, room: str, event_id: str, reader: str) -> Mapping[str, Any] | None:
        """The content as it is now; None when it was deleted or is gone. Raises Retry, Refused."""
        kept = self._kept.get(event_id)
        if kept is not None:
            return kept
        event = await self._homeserver.event(room, event_id, reader)
        if event is None:
            return None
        content = event.get("content")
        return content if isinstance(content, dict) and content else None
