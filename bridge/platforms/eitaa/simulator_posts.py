"""What Eitaayar puts into a chat: now, or when its time has come."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from bridge.platforms.simulation import Chat

from .simulator_files import StoredFile

if TYPE_CHECKING:
    from .simulator import EitaaSimulator


class Posts:
    def __init__(self, sim: EitaaSimulator) -> None:
        self._sim = sim

    def post(
        self, chat: Chat, text: str, *, kind: str, reply_to: str | None, due: int, wanted: dict[str, Any]
    ) -> tuple[int, int]:
        """Now, or when `due` (Unix seconds) has come; the message_id and the date of the answer."""
        number, now = int(self._sim.scene.next_id(chat)), self._sim.world.clock()
        if due <= now:
            self._appear(chat, number, text, kind, reply_to, wanted)
            return number, int(now)
        self._sim.spawn(self._appear_at(due, chat, number, text, kind, reply_to, wanted))
        return number, due

    async def _appear_at(
        self, due: int, chat: Chat, number: int, text: str, kind: str, reply_to: str | None, wanted: dict[str, Any]
    ) -> None:
        await asyncio.sleep(max(0.0, due - self._sim.world.clock()))
        final = number if self._sim.options.scheduled_id_is_final else int(self._sim.scene.next_id(chat))
        self._appear(chat, final, text, kind, reply_to, wanted)

    def _appear(
        self, chat: Chat, number: int, text: str, kind: str, reply_to: str | None, wanted: dict[str, Any]
    ) -> None:
        stored = wanted.get("media")
        file = stored.upload if isinstance(stored, StoredFile) else None
        message = self._sim.world.post(
            chat, str(number), self._sim.sender, text, by="api", kind=kind, reply_to=reply_to, file=file, wire=wanted
        )
        if wanted["pin"]:
            message.pinned = True
        self._sim.scene.tell_new(message)
