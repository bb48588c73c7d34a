"""A person on Matrix with a management room: gives the bridge commands and reads its answers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable

from bridge.sandbox.client import Heard
from bridge.sandbox.person import Person
from bridge.sandbox.reading import heard

WAIT_S = 30.0
UNASKED = (
    "approve_please",
    "case_opened",
    *(f"{when}_{what}" for when in ("late", "again") for what in ("incoming", "outgoing", "polled", "homeserver")),
)
"""What the bot says in a management room without having been asked."""
_ROOM_LINE = re.compile(r"(\d+) · (.*) · (\S+)")


class Manager:
    """`person` must be started, and stays the caller's to stop."""

    def __init__(self, person: Person, bot: str) -> None:
        self.person = person
        self.mxid = person.mxid
        self.room = ""
        self._bot = bot
        self._one_at_a_time = asyncio.Lock()

    async def open(self) -> None:
        """Start a direct chat with the bridge's bot, and wait for its welcome."""
        self.room = await self.person.create_room(invite=[self._bot], is_direct=True)
        await self.person.first(self.room, lambda event: heard("welcome", event.body) is not None, wait=WAIT_S)

    async def command(self, text: str, *, wait: float = WAIT_S) -> str:
        """The answer to a command. Raises TimeoutError when there is none."""
        async with self._one_at_a_time:
            asked = await self.person.say(self.room, text)

            def answer(event: Heard) -> bool:
                return event.sender == self._bot and all(heard(key, event.body) is None for key in UNASKED)

            events = await self._after(asked, wait)
            found = next(filter(answer, events), None)
            while found is None:
                events = await self._after(asked, wait, more_than=len(events))
                found = next(filter(answer, events), None)
            return found.body

    async def _after(self, event_id: str, wait: float, more_than: int = 0) -> list[Heard]:
        """The messages of the management room behind one of them, when there are more than so many."""
        async with asyncio.timeout(wait):
            count = 0
            while True:
                said = await self.person.messages(self.room, count=count, wait=wait)
                ids = [event.event_id for event in said]
                if event_id in ids and len(said) - ids.index(event_id) - 1 > more_than:
                    return said[ids.index(event_id) + 1 :]
                count = len(said) + 1

    async def log_in(self, platform: str, phone: str, code: Callable[[], Awaitable[str]]) -> None:
        """With an account of ours: the phone number, then the code that was sent there. Raises ValueError with the
        bridge's words when that is not what it asks for."""
        answer = ""
        for line in (f"login {platform}", phone):
            answer = await self.command(line)
            if "?" not in answer and "؟" not in answer:
                raise ValueError(answer)
        answer = await self.command(await code())
        if heard("login_done", answer) is None:
            raise ValueError(answer)

    async def rooms(self) -> dict[str, tuple[int, str]]:
        """Every shared room by its title: its number and its Matrix id ("—" while it has none)."""
        found = map(_ROOM_LINE.fullmatch, (await self.command("rooms")).splitlines())
        return {line[2]: (int(line[1]), line[3]) for line in found if line is not None}

    async def pending(self) -> dict[str, int]:
        """The requests that wait for an operator: their numbers by the chat's title."""
        lines = (await self.command("approve")).splitlines()
        found = (re.fullmatch(r"(\d+) · [^·]* · (.*)", line) for line in lines)
        return {line[2]: int(line[1]) for line in found if line is not None}
