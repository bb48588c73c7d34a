"""A person's private chat with our bot, in the contract tests."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.model import Pressed, RemoteEvent, Started
from bridge.outgoing import Button, Outgoing
from bridge.sandbox.control import SeenRows
from tests.platforms.contract import Bench


@dataclass
class Alone:
    """A person's private chat with our bot, after Start."""

    bench: Bench
    seen: str
    """The chat as the simulator's hand calls it."""
    chat: str
    """The chat as the session calls it."""
    person: str
    cursor: str | None

    async def sent(self, *rows: tuple[Button, ...], text: str = "کدام؟", bar: bool = False) -> str:
        return await self.bench.session.send(self.chat, Outgoing(text, buttons=rows, bar=bar))

    async def last(self) -> tuple[str, SeenRows]:
        line = (await self.bench.hand.transcript(self.seen, bot=self.bench.bot))[-1]
        return line.text, line.buttons

    async def bar(self) -> SeenRows:
        return await self.bench.hand.bar(self.seen, bot=self.bench.bot)

    async def press(self, message: str, button: str) -> None:
        await self.bench.hand.press(self.seen, message, button, self.person, bot=self.bench.bot)

    async def tap(self, button: str) -> None:
        await self.bench.hand.tap(self.seen, button, self.person, bot=self.bench.bot)

    async def heard(self) -> list[RemoteEvent]:
        """What is new since the last time."""
        events, _, self.cursor = await self.bench.events(self.cursor)
        return events

    async def pressed(self) -> Pressed:
        (event,) = await self.heard()
        assert isinstance(event, Pressed)
        return event


async def alone(bench: Bench, payload: str | None = None) -> tuple[Alone, Started]:
    person = await bench.hand.people("سارا", "sara_demo", language="fa", phone="989121112233")
    seen = await bench.hand.start(person, bench.bot, payload)
    events, _, cursor = await bench.events()
    (started,) = [event for event in events if isinstance(event, Started)]
    return Alone(bench, seen, started.chat.id, person, cursor), started
