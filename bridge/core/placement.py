"""A remote message on its way into a room."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.model import MessageSaid, Origin
from bridge.store.portals import Portal


@dataclass(frozen=True, slots=True)
class Placement:
    """A remote message whose room is decided, on its way to the homeserver. `txn` is the same at every try. `about` is
    the event of which this is a correction, or (`origin` tells) a reaction to it."""

    message: int
    portal: Portal
    said: MessageSaid
    txn: str
    origin: Origin
    about: str | None = None
