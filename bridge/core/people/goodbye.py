"""export · forget: what is held about somebody, as a page for them, and its end."""

from __future__ import annotations

import io
import logging
from collections.abc import Awaitable, Callable, Mapping

from bridge.core.commands import Answer, Asker
from bridge.core.lanes import Lanes
from bridge.core.live import Live
from bridge.core.people.export import Export
from bridge.core.people.speech import Speech
from bridge.core.people.talk import Tap
from bridge.errors import InDoubt, Refused
from bridge.outgoing import Button, Outgoing, OutgoingFile
from bridge.store.database import Store
from bridge.store.desks import Desk
from bridge.texts import say

log = logging.getLogger("hampayam.people")

Begin = Callable[[str, str, str, str], Awaitable[str]]
"""Somebody is to be forgotten: (Matrix id, login, chat, language). Returns what they are told."""


class Goodbye:
    def __init__(
        self, store: Store, speech: Speech, live: Live, lanes: Lanes, export: Export, *, forget: Begin
    ) -> None:
        self._store = store
        self._speech = speech
        self._live = live
        self._lanes = lanes
        self._export = export
        self._forget = forget

    def answers(self) -> dict[str, Answer]:
        return {"export": self._command(self.export), "forget": self._command(self.ask)}

    def taps(self) -> Mapping[str, Tap]:
        return {"export": self.export, "forget": self.ask, "fgy": self._yes}

    @staticmethod
    def _command(work: Tap) -> Answer:
        async def answer(asker: Asker, args: list[str]) -> str:
            if asker.desk is None:
                raise Refused("private_only")
            await work(asker.desk, "")
            return ""

        return answer

    async def export(self, desk: Desk, _: str) -> None:
        """The page, as a file in their own chat."""
        leg = self._live.of(desk.login)
        session = leg.session if leg is not None else None
        if session is None or "document" not in session.capabilities.files:
            await self._say(desk, "export_not_here")
            return
        body = await self._export.of(desk.person, desk.language)
        words = Outgoing(say("export_here", (desk.language,)), caption=True)

        async def send() -> None:
            page = OutgoingFile("document", "hampayam.html", "text/html", len(body), io.BytesIO(body))
            await session.send_file(desk.chat, page, words)

        try:
            await self._lanes.patiently(send)
        except (InDoubt, Refused) as error:
            log.info("a page did not go to %s: %s", desk.login.partition(":")[0], type(error).__name__)
            await self._say(desk, "export_not_here")

    async def ask(self, desk: Desk, _: str) -> None:
        yes = Button(say("forget_yes", (desk.language,)), "fgy:")
        async with self._store.transaction():
            await self._speech.say(desk, "forget_sure", choices=((yes,),))

    async def _yes(self, desk: Desk, _: str) -> None:
        words = await self._forget(desk.person, desk.login, desk.chat, desk.language)
        async with self._store.transaction():
            await self._speech.write(desk, words)

    async def _say(self, desk: Desk, key: str) -> None:
        async with self._store.transaction():
            await self._speech.say(desk, key)
