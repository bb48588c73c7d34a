"""What the outbox asks about private chats."""

from __future__ import annotations

from typing import Protocol

from bridge.outgoing import Rows
from bridge.store.portals import Portal


class People(Protocol):
    """Asked for private chats only (portals with a `partner`)."""

    async def may_hear(self, portal: Portal, sender: str) -> bool:
        """Whether the person of a private chat agrees, as of now, to hear the words of somebody (a Matrix id)."""
        ...

    async def buttons(self, portal: Portal) -> Rows:
        """What stands below words that come into a private chat."""
        ...

    async def settles(self, login: str, chat: str, copy: int) -> Rows:
        """What a person can tap to say whether a copy in doubt is sent again; () where they cannot tap."""
        ...

    async def languages(self, login: str, chat: str) -> tuple[str, ...] | None:
        """In which language somebody is spoken to in a private chat; None for other chats."""
        ...
