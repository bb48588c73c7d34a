"""How fast one login of Eitaa may send: limits are not published, so we are gentle by ourselves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class Pace:
    """At least `seconds` between the beginnings of two sends, and one send in flight a chat.

    A chat whose answer is slow holds up nobody but itself.
    """

    def __init__(
        self,
        seconds: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._seconds = seconds
        self._clock = clock
        self._sleep = sleep
        self._next = clock()
        self._turn = asyncio.Lock()
        self._chats: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, chat: str) -> AsyncIterator[None]:
        """Wait for the chat's turn and the login's next moment."""
        busy = self._chats.get(chat)
        if busy is None:
            busy = self._chats[chat] = asyncio.Lock()
        async with busy:
            async with self._turn:
                early = self._next - self._clock()
                if early > 0:
                    await self._sleep(early)
                self._next = self._clock() + self._seconds
            yield
