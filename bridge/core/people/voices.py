"""Whose words stay where they are said. Asked when a message is routed, and again right before every send, since it may
have changed while the message waited.

What takes words back (a deletion, a reaction that is withdrawn) crosses all the same.
"""

from __future__ import annotations

from bridge.store.consent import Consents
from bridge.store.ledger_rows import Source

_TAKES_BACK = ("delete", "unreaction")


class Voices:
    """Every answer is a look-up in memory while nothing changes."""

    def __init__(self, consents: Consents) -> None:
        self._consents = consents

    async def kept(self, person: str, room: int) -> str | None:
        """Why what a person (a Matrix id) says does not cross in a room (a row id): "opted_out". None: it crosses."""
        return "opted_out" if person in await self._consents.silent(room) else None

    async def keeps(self, source: Source, room: int) -> str | None:
        """As `kept`, for what a copy is of."""
        return None if source.kind in _TAKES_BACK else await self.kept(source.sender, room)
