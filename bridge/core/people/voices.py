"""Whose words stay where they are said. Asked when a message is routed, and again right before every send, since it may
have changed while the message waited.

What takes words back (a deletion, a reaction that is withdrawn) crosses all the same.
"""

from __future__ import annotations

from bridge.store.consent import Consents
from bridge.store.ledger_rows import Source
from bridge.store.reports import Reports

_TAKES_BACK = ("delete", "unreaction")


class Voices:
    """Every answer is a look-up in memory while nothing changes."""

    def __init__(self, consents: Consents, reports: Reports) -> None:
        self._consents = consents
        self._reports = reports

    async def kept(self, person: str, room: int) -> str | None:
        """Why what a person (a Matrix id) says does not cross in a room (a row id): "banned", "opted_out". None: it
        crosses."""
        if person in await self._reports.banned():
            return "banned"
        return "opted_out" if person in await self._consents.silent(room) else None

    async def keeps(self, source: Source, room: int) -> str | None:
        """As `kept`, for what a copy is of."""
        return None if source.kind in _TAKES_BACK else await self.kept(source.sender, room)
