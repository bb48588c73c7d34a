"""What people do to words that were said: Reza on Rubika through the whole of the inbox, anybody in the room."""

from __future__ import annotations

from typing import Any

from bridge.model import RoomEvent
from tests.core.fakes import SARA, ToldSession
from tests.core.kit import Core


def edit_of(core: Core, event: str, body: str, *, sender: str = SARA, id: str = "") -> RoomEvent:
    """Somebody corrects an event in the room, and the homeserver has both as they are now."""
    more: dict[str, Any] = {
        "m.new_content": {"msgtype": "m.text", "body": body},
        "m.relates_to": {"rel_type": "m.replace", "event_id": event},
    }
    edit = core.said(f"* {body}", sender=sender, id=id, **more)
    core.homeserver.events[edit.id] = {"content": edit.content}
    known = core.homeserver.events.get(event)
    if known is not None:
        known["unsigned"] = {"m.relations": {"m.replace": {"event_id": edit.id, "content": edit.content}}}
    return edit


class Heard:
    """Reza's words in the Rubika group, through the whole of the inbox."""

    def __init__(self, core: Core, session: ToldSession) -> None:
        self.core = core
        self.session = session

    async def hears(self, *events: tuple[str, Any]) -> None:
        login = await self.core.login("rubika")
        await self.core.take(login, self.session, *events)
        async with self.core.running() as lanes:
            arrivals = self.core.arrivals(login, self.session, lanes)
            arrivals.wake("g1")

    def back(self, sent: Any, type: str = "m.room.message") -> RoomEvent:
        return RoomEvent(sent.id, sent.room, type, sent.sender, self.core.clock(), dict(sent.content))
