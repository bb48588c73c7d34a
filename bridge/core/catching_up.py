"""Rooms are read back after a restart of either side.

Synapse moves its position in the stream of events before it has written down what it will tell an appservice: events
that wait in its memory at that moment (behind a transaction under way, most of them) are forgotten when it is stopped
or killed, and no later transaction names them. So whenever that may have happened, each room is read back to the last
event that we have taken in, and what is missing is taken in, oldest first, as if a transaction had brought it:

- the rooms in which something was said lately, at once and in the background;
- any other one before the first transaction that has something of it. Transactions wait for the rooms that they speak
  of, so that nothing overtakes what was missing; where a room cannot be read they wait for `PATIENCE_S` only.

What a transaction brings later once more is known by then and changes nothing. Only rooms with a chat are read (a
command that was lost in a management room is given again), and never anything from before the room's chats were tied,
or from before our steward came.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from weakref import WeakValueDictionary

from bridge.core.hub import CONVERSATION, PORTAL_EVENT
from bridge.core.identity import Users
from bridge.core.lanes import Sleep, backoff
from bridge.core.pins import PINS
from bridge.errors import BridgeError, Retry
from bridge.model import RoomEvent
from bridge.ports import Homeserver
from bridge.store.portals import Portal, Portals
from bridge.store.timelines import Timelines

log = logging.getLogger("hampayam.catching_up")

PATIENCE_S = 20.0
"""How long a transaction waits for a room. Synapse gives up a transaction of its own after 60 s."""

LATELY = 200
"""Rooms that are read at once; the others are when something happens there."""

_AT_ONCE = 4
"""Requests to the homeserver at a time, of those in the background."""

_PAGES = 100
"""How many pages a room is read back; what is older still comes by transactions, which are kept."""

SMALL_PAGE, PAGE = 20, 100
"""Events of the first page of a room, and of each further one."""

TYPES = (*CONVERSATION, PINS, PORTAL_EVENT, "m.room.member", "m.room.encrypted", "m.room.encryption")
"""What `Hub.accept` looks at."""

_ROOMS = 50_000
"""Rooms that are looked at before their first transaction, some 5 MB of names."""


class _Beginning:
    """`newest` is the last portal of that time, once that was asked (a clock may have been set since); `read` are the
    rooms that were read back."""

    def __init__(self) -> None:
        self.newest: int | None = None
        self.read: set[str] = set()


class CatchingUp:
    """`accept` takes events in (`Hub.accept`). `restored_at` is when the database was declared to be an older one (Unix
    ms, 0: never): what was said before has most likely crossed, though it does not know it."""

    def __init__(
        self,
        timelines: Timelines,
        portals: Portals,
        homeserver: Homeserver,
        users: Users,
        accept: Callable[[Sequence[RoomEvent]], Awaitable[None]],
        patience: float = PATIENCE_S,
        sleep: Sleep = asyncio.sleep,
        *,
        restored_at: int = 0,
    ) -> None:
        self._timelines = timelines
        self._portals = portals
        self._homeserver = homeserver
        self._users = users
        self._accept = accept
        self._restored_at = restored_at
        self._patience = patience
        self._sleep = sleep
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._begun = asyncio.Event()
        self.begin()

    def begin(self) -> None:
        """From now on each room has to be read back once."""
        self._now = _Beginning()
        self._begun.set()

    async def for_ever(self) -> None:
        """Read the rooms of lately after each beginning."""
        while True:
            await self._begun.wait()
            await self.lately()

    async def lately(self) -> None:
        """Read the rooms in which something was said lately, those of the last words first."""
        self._begun.clear()
        await self._newest(self._now)
        rooms = iter(await self._timelines.lately(LATELY))

        async def some() -> None:
            for room in rooms:
                if self._begun.is_set():
                    return  # begun anew
                try:
                    await self._at_last(room)
                except Exception as error:  # a database's, most likely: the room's next transaction meets it, too
                    log.error("room %s was not taken in: %s", room, type(error).__name__)

        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(some())

    async def before(self, rooms: Iterable[str]) -> None:
        """Events of these rooms are about to be taken in: read what is missing before them. Raises what `accept`
        raises."""
        async with asyncio.TaskGroup() as group:
            for room in dict.fromkeys(rooms):
                read = self._now.read
                if room not in read and len(read) < _ROOMS and await self._portals.in_room(room):
                    group.create_task(self._at_last(room))

    async def _at_last(self, room: str) -> None:
        now = self._now
        lock = self._locks.setdefault(room, asyncio.Lock())
        async with lock:
            if room in now.read:
                return
            try:
                async with asyncio.timeout(self._patience):
                    await self._patiently(room, await self._newest(now))
            except (TimeoutError, BridgeError) as error:
                log.warning("room %s could not be read back: %s", room, type(error).__name__)
            now.read.add(room)

    async def _newest(self, beginning: _Beginning) -> int:
        if beginning.newest is None:
            beginning.newest = await self._timelines.newest_portal()
        return beginning.newest

    async def _patiently(self, room: str, newest: int) -> None:
        attempt = 0
        while True:
            try:
                return await self._read_back(room, newest)
            except Retry as error:
                await self._sleep(error.after if error.after is not None else backoff(attempt))
                attempt += 1

    async def _read_back(self, room: str, newest: int) -> None:
        """Back, page by page, to what we know; then forward, so that only one page at a time is in memory."""
        portals = await self._portals.in_room(room)
        if not portals or portals[0].id > newest:
            return  # all that was said there came to this process
        there = next((portal for portal in portals if portal.state == "open"), portals[0])
        reader = self._users.steward(there.platform, there.room)
        begin: str | None = None
        starts: list[str] = []
        for number in range(_PAGES):
            page = await self._homeserver.newest(room, reader, begin, PAGE if number else SMALL_PAGE, TYPES)
            missing = await self._missing(page.events, portals, reader)
            if len(missing) < len(page.events) or page.earlier is None:
                break
            starts.append(page.start)
            begin = page.earlier
        else:
            log.warning("room %s was not read back: too much was said there", room)
            return
        count = await self._take(missing)
        for number in reversed(range(len(starts))):
            page = await self._homeserver.newest(room, reader, starts[number], PAGE if number else SMALL_PAGE, TYPES)
            count += await self._take(page.events)
        if count:
            log.info("room %s was read back: %s events", room, count)

    async def _missing(self, events: Sequence[RoomEvent], portals: Sequence[Portal], reader: str) -> list[RoomEvent]:
        """Of a page (newest first) what came behind the last one that we know."""
        known = await self._timelines.taken(event.id for event in events)
        oldest = max(portals[0].made_at, self._restored_at)
        for number, event in enumerate(events):
            if event.id in known or 0 < event.at < oldest or _came(event, reader):
                return list(events[:number])
        return list(events)

    async def _take(self, events: Sequence[RoomEvent]) -> int:
        """Newest first. A message that was deleted meanwhile says nothing any more."""
        wanted = [event for event in reversed(events) if event.content or event.type not in CONVERSATION]
        if wanted:
            await self._accept(wanted)
        return len(wanted)


def _came(event: RoomEvent, reader: str) -> bool:
    """Whether this is how our steward came into the room."""
    return (
        event.type == "m.room.member"
        and event.state_key == reader
        and event.content.get("membership") == "join"
        and event.before.get("membership") != "join"
    )
