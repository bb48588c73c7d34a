"""Reports about people, and what moderators decide: cases and bans.

A case holds no word of anybody: it names events, and a keyed hash by which it can be shown later whether they still say
what they said. A ban's row is the truth; what follows from it (conversations end, the ghost leaves its rooms, the
policy room shows it) is done by one worker behind it, at once or after a restart, and may be repeated.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable

from bridge.core.bodies import Bodies
from bridge.core.identity import Users
from bridge.core.lanes import Lanes, backoff
from bridge.core.people.policy import PolicyRoom
from bridge.core.rooms import Rooms
from bridge.errors import Refused, Retry
from bridge.keys import Keys
from bridge.model import Person
from bridge.store.database import Store
from bridge.store.ghosts import Ghosts
from bridge.store.portals import Portals, Room
from bridge.store.reports import Ban, Reports
from bridge.texts import say

log = logging.getLogger("hampayam.cases")

DAY_MS = 24 * 3600 * 1000
EVIDENCE = 20
"""Messages that a case names at most."""


class Cases:
    """`tell_moderators` writes a sentence into their management rooms. What else must happen when somebody is banned
    is in `on_ban`: called with their Matrix id, maybe more than once; raises nothing but Retry and Refused."""

    def __init__(
        self,
        store: Store,
        reports: Reports,
        portals: Portals,
        ghosts: Ghosts,
        rooms: Rooms,
        policy: PolicyRoom,
        bodies: Bodies,
        users: Users,
        keys: Keys,
        lanes: Lanes,
        *,
        clock: Callable[[], int],
        languages: tuple[str, ...],
        tell_moderators: Callable[[str], Awaitable[None]],
    ) -> None:
        self._store = store
        self._reports = reports
        self._portals = portals
        self._ghosts = ghosts
        self._rooms = rooms
        self._policy = policy
        self._bodies = bodies
        self._users = users
        self._keys = keys
        self._lanes = lanes
        self._clock = clock
        self._languages = languages
        self._tell_moderators = tell_moderators
        self.on_ban: list[Callable[[str], Awaitable[object]]] = []

    async def resume(self) -> None:
        """Go on with whatever was under way when we stopped."""
        if await self._reports.unsettled():
            self.wake()

    # --- reports

    async def report(self, reporter: str, reported: str, room: int | None) -> int:
        """Open a case about somebody, for what they said in a room (a row id), and tell the moderators. People are
        Matrix ids. Within a day the same person's report about the same person is the same case. Returns its number.
        """
        yesterday = self._clock() - DAY_MS
        known = await self._reports.since(reporter, reported, yesterday)
        if known is not None:
            return known
        place = await self._portals.room(room) if room is not None else None
        said = await self._reports.last_said(reported, place.id, EVIDENCE) if place is not None else []
        digest = await self._digest(place, said)
        async with self._store.transaction():
            known = await self._reports.since(reporter, reported, yesterday)
            if known is not None:
                return known
            number = await self._reports.add(reporter, reported, room, said, digest, self._clock())
        log.info("case %s was opened, with %s events", number, len(said))
        await self._tell_moderators(say("case_opened", self._languages, number=number))
        return number

    async def _digest(self, room: Room | None, events: list[str]) -> str:
        """A keyed hash of what events say now. One that cannot be fetched counts as gone."""
        if room is None or room.mxid is None or room.steward is None or not events:
            return ""
        parts, reachable = [], True
        for event in events:
            content = None
            try:
                content = await self._bodies.now(room.mxid, event, room.steward) if reachable else None
            except Refused:
                pass
            except Retry:
                reachable = False
            said = "" if content is None else json.dumps(content, ensure_ascii=False, sort_keys=True)
            parts += [event, said]
        return self._keys.digest("evidence", *parts)

    # --- bans

    async def is_banned(self, person: str) -> bool:
        """From memory, while nobody's ban begins or ends."""
        return person in await self._reports.banned()

    async def answer_to(self, person: str) -> str | None:
        """What somebody banned hears when they turn to the bot: once a day that they are, else "". None for everybody
        else."""
        if not await self.is_banned(person):
            return None
        async with self._store.transaction():
            first = await self._reports.first_today(person, self._clock() // DAY_MS)
        return say("you_are_banned", self._languages) if first else ""

    async def ban(self, person: str, by: str, case: int | None = None) -> bool:
        """From the commit on nothing that they say crosses. False: they are banned already."""
        async with self._store.transaction():
            new = await self._reports.ban(person, by, self._clock(), case)
        self.wake()
        return new

    async def unban(self, person: str) -> bool:
        """False: they are not banned."""
        async with self._store.transaction():
            ended = await self._reports.unban(person, self._clock())
        self.wake()
        return ended

    def wake(self) -> None:
        self._lanes.wake("bans", self._settle_all)

    async def _settle_all(self) -> None:
        attempt = 0
        while bans := await self._reports.unsettled():
            waits = False
            for ban in bans:
                try:
                    await self._settle(ban)
                except (Retry, Refused) as error:
                    log.warning("what follows from a ban waits: %s", error.reason)
                    waits = True
            if waits:
                await self._lanes.sleep(backoff(attempt))
                attempt += 1

    async def _settle(self, ban: Ban) -> None:
        if ban.ended_at is None:
            for follow in self.on_ban:
                try:
                    await follow(ban.person)
                except Refused as error:
                    log.warning("a ban was not carried out everywhere: %s", error.reason)
            await self._leave(ban.person)
        await self._policy.show(ban)
        async with self._store.transaction():
            await self._reports.settled(ban)

    async def _leave(self, person: str) -> None:
        """Their ghost leaves all rooms."""
        known = self._users.person_of(person)
        if known is None:
            return
        for number in await self._ghosts.portals_of(person):
            portal = await self._portals.get(number)
            if portal is not None:
                await self._rooms.left(portal, Person(known[1]))
