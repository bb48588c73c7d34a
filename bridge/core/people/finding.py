"""Whom a request can be put to: of those who were meant, the ones who can be asked, and where a choice can be shown.

In which messengers somebody is, is told to those alone whom they have let in there already; for all others the one
that they used last is asked, and nothing is said of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from bridge.core.identity import Users
from bridge.core.people.consent import Answer, cooling_off, decide
from bridge.core.people.log import ConsentLog
from bridge.store.desks import Desks


class Finder(Protocol):
    """Whom people mean."""

    async def find(self, wanted: str) -> list[str]:
        """Matrix ids of those who can be found by what somebody typed, the one who was there last first."""
        ...

    async def siblings(self, person: str) -> list[str]:
        """The same person on other messengers, as far as that is proven."""
        ...


class Finding:
    """`cools` is how long somebody who was refused must wait, in milliseconds."""

    def __init__(
        self, finder: Finder, desks: Desks, log: ConsentLog, users: Users, cools: int, clock: Callable[[], int]
    ) -> None:
        self._finder = finder
        self._desks = desks
        self._log = log
        self._users = users
        self._cools = cools
        self._clock = clock

    async def can_be_asked(self, person: str, asker: str) -> bool:
        if person == asker or (self._users.is_ours(person) and not await self._desks.of_person(person)):
            return False
        standing = await self._log.standing(person, asker)
        return decide(standing) is not Answer.NO and not cooling_off(standing, self._clock(), self._cools)

    async def candidates(self, asker: str, wanted: str) -> tuple[str | None, list[str]]:
        """Who is asked unless there is a choice, and, if there is one, those who are to choose from: they are found, or
        the same person, and have let the asker in."""
        can = [each for each in await self._finder.find(wanted) if await self.can_be_asked(each, asker)]
        elsewhere = [sibling for each in can for sibling in await self._finder.siblings(each)]
        choice: dict[str, str] = {}
        for each in (*can, *elsewhere):
            if await self._log.answer(each, asker) is Answer.YES and await self.can_be_asked(each, asker):
                choice.setdefault(self._log.platform_of(each), each)
        return next(iter(can), None), list(choice.values()) if len(choice) > 1 else []
