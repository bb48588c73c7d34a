"""What the soak itself did: what it made people say, and which faults it caused. Nothing here comes from the bridge."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from dataclasses import dataclass, field

from tests.soak.checker import Said, Where

_MARK = re.compile(r"‹(\d+)\.(\d+)\.(\d+)›")


@dataclass
class Entry:
    """Something that was said. `id` is the message's where it was said (on Matrix its event's); `events` are those of
    its corrections and its deletion on Matrix."""

    said: Said
    id: str
    events: list[tuple[str, str]] = field(default_factory=list)
    """Their kinds (edit, delete) and ids."""


class Journal:
    """Of one round. Numbers are unique in it."""

    def __init__(self, round: int) -> None:
        self.round = round
        self.entries: dict[int, Entry] = {}
        self.faults: Counter[str] = Counter()
        """How often each kind was caused."""
        self.doubts: Counter[Where] = Counter()
        """Sends that may have been under way to a chat when something was killed or cut off."""
        self._numbers = 0
        self._waiting: list[tuple[int, asyncio.Event]] = []

    def number(self) -> int:
        self._numbers += 1
        for count, event in self._waiting:
            if count <= self._numbers:
                event.set()
        return self._numbers

    @property
    def begun(self) -> int:
        """How many messages were said or are being said."""
        return self._numbers

    async def until(self, count: int) -> None:
        """So many messages were begun."""
        if self._numbers < count:
            self._waiting.append((count, reached := asyncio.Event()))
            await reached.wait()

    def add(self, entry: Entry) -> None:
        self.entries[entry.said.n] = entry

    def mark(self, n: int, version: int = 0) -> str:
        """What stands in the text of a message, so that it is known everywhere."""
        return f"‹{self.round}.{n}.{version}›"

    def read(self, text: str) -> tuple[int, int] | None:
        """The number and version in a text; None if it has none of this round."""
        found = _MARK.search(text)
        if found is None or int(found[1]) != self.round:
            return None
        return int(found[2]), int(found[3])
