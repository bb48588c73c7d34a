"""optout · optin: whether somebody's words leave the group that they write in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from bridge.core.commands import Answer, Asker
from bridge.core.identity import Users
from bridge.core.lanes import Lanes, backoff
from bridge.core.people.consent import Verb
from bridge.core.people.log import ConsentLog
from bridge.core.rooms import Rooms
from bridge.errors import Refused, Retry
from bridge.model import Person
from bridge.store.consent import Consents
from bridge.store.database import Store
from bridge.store.portals import Portal, Portals
from bridge.texts import say


class Opting:
    """Given again, a command changes nothing and answers the same."""

    def __init__(
        self,
        store: Store,
        portals: Portals,
        rooms: Rooms,
        consents: Consents,
        log: ConsentLog,
        users: Users,
        lanes: Lanes,
        languages: tuple[str, ...],
    ) -> None:
        self._store = store
        self._portals = portals
        self._rooms = rooms
        self._consents = consents
        self._log = log
        self._users = users
        self._lanes = lanes
        self._languages = languages

    def answers(self) -> dict[str, Answer]:
        return {"optout": self.optout, "optin": self.optin}

    async def optout(self, asker: Asker, args: list[str]) -> str:
        """From now on nothing of theirs crosses, and their ghost leaves the room. What crossed before stays."""
        portal, person, ghost = await self._where(asker)
        if ghost not in await self._consents.silent(portal.room):
            await self._record("deny", ghost, portal)
        for each in await self._portals.of_room(portal.room):
            if each.platform == portal.platform:
                await self._persist(partial(self._rooms.left, each, person))
        return say("opted_out", self._languages)

    async def optin(self, asker: Asker, args: list[str]) -> str:
        portal, _, ghost = await self._where(asker)
        if ghost in await self._consents.silent(portal.room):
            await self._record("cancel", ghost, portal)
        return say("opted_in", self._languages)

    async def _where(self, asker: Asker) -> tuple[Portal, Person, str]:
        if asker.leg is None or asker.leg.login is None or asker.chat is None:
            raise Refused("groups_only")
        if asker.person is None:
            raise Refused("nobody_named")
        portal = await self._portals.of_chat(asker.leg.login.id, asker.chat.id)
        if portal is None or portal.state == "closing":
            raise Refused("not_linked")
        return portal, asker.person, self._users.ghost(portal.platform, asker.person.id)

    async def _record(self, verb: Verb, ghost: str, portal: Portal) -> None:
        async with self._store.transaction():
            await self._log.record(verb, "room", ghost, str(portal.room), place="group")

    async def _persist(self, act: Callable[[], Awaitable[None]]) -> None:
        """The chat's lane waits: what comes behind needs the homeserver, too."""
        attempt = 0
        while True:
            try:
                return await act()
            except Retry as error:
                await self._lanes.sleep(error.after if error.after is not None else backoff(attempt))
                attempt += 1
