"""What a transaction of the homeserver's leads to."""

from __future__ import annotations

from collections.abc import Iterable

from bridge.core.contents import edit_target, event_id
from bridge.core.reactions import reaction_target
from bridge.model import ChatKind, RoomEvent
from bridge.store.ledger_rows import Key, Message
from bridge.store.portals import Portal


class Accepted:
    """Until it is written: messages that came back (row and event id),
    copies in their order, and the portals to wake."""

    def __init__(self) -> None:
        self.messages: dict[int, str] = {}
        self.copies: list[tuple[int, int, str]] = []
        self.portals: dict[int, Portal] = {}
        self.tasks: set[str] = set()
        """Rooms in which a worker has something to finish."""

    def copy(self, message: int, event: str, portals: Iterable[Portal], home: Key | Message | None) -> Portal | None:
        """A copy for each chat that hears a message, but `home`, where it is from. Returns the portal of that."""
        came_by = None
        for portal in portals:
            if home is not None and (portal.login, portal.chat) == (home.login, home.chat):
                came_by = portal
            elif (portal.state == "open" and portal.kind is not ChatKind.MIRROR) or portal.takes_words:
                self.copies.append((message, portal.id, event))
                self.portals[portal.id] = portal
        return came_by

    def heard(self, message: int) -> bool:
        """Whether a message goes anywhere."""
        return any(each == message for each, _, _ in self.copies)


def meant_by(event: RoomEvent) -> tuple[str, str | None]:
    """What an event of a conversation is, and the event that it is about."""
    if event.type == "m.room.redaction":
        return "delete", event_id(event.content.get("redacts"))
    if event.type == "m.reaction":
        return "reaction", reaction_target(event.content)
    about = edit_target(event.content)
    return ("message", None) if about is None else ("edit", about)
