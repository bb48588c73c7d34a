"""A conversation of two strangers in their private chats, which one of them ends by a block while it goes on."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bridge.sandbox.meeting import address_of
from bridge.sandbox.visitor import Visitor
from bridge.sandbox.world import World
from tests.soak.checker import Said
from tests.soak.journal import Entry, Journal

PAIRS = (("bale", "rubika"), ("soroush", "bale"), ("rubika", "soroush"))
FIRST_ROOM = 1000
"""The numbers of these rooms begin here: one a round."""


@dataclass
class Private:
    """`asker` has asked for `asked`, who blocks them in the end."""

    room: int
    asker: Visitor
    asked: Visitor
    begun: dict[str, int]
    """By the messenger: how many lines stood in the chat when the conversation began."""

    @property
    def both(self) -> tuple[Visitor, Visitor]:
        return self.asker, self.asked

    @property
    def places(self) -> tuple[str, str]:
        return self.asker.messenger.name, self.asked.messenger.name

    async def talks(
        self,
        visitor: Visitor,
        journal: Journal,
        chance: random.Random,
        turn: Callable[[], Awaitable[int | None]],
        gap: float,
    ) -> None:
        while (n := await turn()) is not None:
            await self.says(visitor, journal, n)
            await asyncio.sleep(chance.uniform(0, 2 * gap))

    async def says(self, visitor: Visitor, journal: Journal, n: int, *, late: bool = False) -> None:
        id = await visitor.says(f"{journal.mark(n)} بین خودمان بماند")
        journal.add(Entry(Said(n, self.room, visitor.messenger.name, late=late), id))

    async def blocks(self) -> None:
        await self.asked.says("/مسدود")


async def meet(world: World, number: int, chance: random.Random) -> Private:
    """Two people whom nobody knew, up to the moment when both may speak. Nothing fails meanwhile."""
    here, there = chance.choice(PAIRS)
    asker, asked = Visitor(world[here], f"پرسنده {number}"), Visitor(world[there], f"پاسخ‌دهنده {number}")
    await asked.starts()
    await asked.sees("هم‌پیام")
    code = await address_of(asked)
    await asker.starts()
    await asker.sees("هم‌پیام")
    await asker.says(f"/به {code}")
    await asker.sees("پرسیده می‌شود")
    await asker.says("می‌شود گفتگو کنیم؟")
    await asked.sees("می‌خواهد با شما گفتگو کند")
    await asked.taps("✅")
    await asker.sees("پذیرفت")
    await world.settled()
    begun = {each.messenger.name: len(await each.lines()) for each in (asker, asked)}
    return Private(FIRST_ROOM + number, asker, asked, begun)
