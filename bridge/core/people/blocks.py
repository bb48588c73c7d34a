"""A block, and its undoing: people block people, not apps, so it holds for all that the two are known to be.

What is carried over stands in the log under a place of its own: whoever blocks somebody is not told where else they
are, neither in the list of the blocked nor in what they are given of themselves."""

from __future__ import annotations

from bridge.core.people.consent import Place, Verb
from bridge.core.people.finding import Finder
from bridge.core.people.log import ConsentLog


class Blocks:
    def __init__(self, finder: Finder, log: ConsentLog) -> None:
        self._finder = finder
        self._log = log

    async def block(self, person: str, other: str, place: Place) -> list[tuple[str, str]]:
        """Inside a transaction. Returns between whom it holds as well."""
        return await self._record("revoke", person, other, place)

    async def undo(self, person: str, other: str) -> None:
        """Inside a transaction."""
        await self._record("cancel", person, other, "desk")

    async def _record(self, verb: Verb, person: str, other: str, place: Place) -> list[tuple[str, str]]:
        ours, theirs = [await self._one_person(person), await self._one_person(other)]
        for one in ours:
            for another in theirs:
                where = place if another == other else "carried"
                await self._log.record(verb, "person", one, another, actor=person, place=where)
        return [(one, another) for one in ours for another in theirs if (one, another) != (person, other)]

    async def _one_person(self, person: str) -> list[str]:
        return [person, *await self._finder.siblings(person)]
