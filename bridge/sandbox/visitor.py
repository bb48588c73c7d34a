"""A person in their private chat with the bridge's bot, as their app shows it to them."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable

from bridge.sandbox.control import Seen, SeenButton
from bridge.sandbox.messenger import WAIT_S, Messenger

_NUMBERED = re.compile("^\u200f?(\\d+)\\. (.+)$", re.MULTILINE)
"""A choice of somebody whose app has no buttons."""


class Visitor:
    """`name` is unique in the messenger. Their chat begins with `starts` (or, where there is no such button, with
    their first words)."""

    def __init__(self, messenger: Messenger, name: str) -> None:
        self.messenger = messenger
        self.name = name
        self._chat = ""
        self._read = 0
        """Up to which line of the transcript they have looked."""

    @property
    def chat(self) -> str:
        if not self._chat:
            raise LookupError(f"{self.name} has not started the bot")
        return self._chat

    async def starts(self, payload: str = "") -> None:
        person = await self.messenger.person(self.name)
        self._chat = await self.messenger.control.start(person, self.messenger.bot.id, payload or None)

    async def says(self, text: str, reply_to: str | None = None) -> str:
        """Returns the message's id."""
        if not text.startswith("/"):
            self.messenger.said.append(text)
        person = await self.messenger.person(self.name)
        return (await self.messenger.control.say(self.chat, person, text, reply_to=reply_to)).message_id

    async def lines(self) -> list[Seen]:
        """All that stands in their chat."""
        return await self.messenger.control.transcript(self.chat)

    async def sees(self, part: str, timeout: float = WAIT_S) -> Seen:
        """The next line from the bot that has these words, behind the one that was seen last. Raises TimeoutError."""
        return await self.sees_one(lambda seen: part in seen.text, part, timeout)

    async def sees_one(self, matches: Callable[[Seen], bool], what: str, timeout: float = WAIT_S) -> Seen:
        until = time.monotonic() + timeout
        seen = self._read
        while (left := until - time.monotonic()) > 0:
            for line in await self.messenger.control.transcript(self.chat, seen, wait=min(left, 10.0)):
                if line.by == "api" and matches(line):
                    self._read = line.index
                    return line
                seen = line.index
        raise TimeoutError(f"{self.name} on {self.messenger.name} sees nothing like {what!r}")

    async def taps(self, words: str, timeout: float = WAIT_S) -> None:
        """The newest button that begins so, below a message or below the text field, as soon as there is one; where an
        app has none, the number that the bot's last words give to it is written."""
        person = await self.messenger.person(self.name)
        control = self.messenger.control
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            for line in reversed(await self.lines()):
                if (button := _button(line.buttons, words)) is not None:
                    await control.press(self.chat, line.message_id, button.data or button.text, person)
                    return
            if (button := _button(await control.bar(self.chat), words)) is not None:
                await control.tap(self.chat, button.text, person)
                return
            if (number := _number(await self.lines(), words)) is not None:
                await self.says(number)
                return
            await asyncio.sleep(0.05)
        raise TimeoutError(f"{self.name} on {self.messenger.name} has no button {words!r}")


def _button(rows: tuple[tuple[SeenButton, ...], ...], words: str) -> SeenButton | None:
    return next((button for row in rows for button in row if button.text.startswith(words)), None)


def _number(lines: list[Seen], words: str) -> str | None:
    menu = next((line.text for line in reversed(lines) if line.by == "api" and _NUMBERED.search(line.text)), "")
    return next((found[1] for found in _NUMBERED.finditer(menu) if found[2].startswith(words)), None)
