"""The consent log as the core asks it: one look-up, one answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bridge.core.identity import Users
from bridge.core.people.consent import WORDING, Answer, Entry, Place, Scope, Standing, Verb, decide
from bridge.keys import Keys
from bridge.store.consent import Consents

MATRIX = "matrix"
"""The messenger of people who are on Matrix themselves."""


class ConsentLog:
    """`clock` tells Unix milliseconds. `record` belongs inside a transaction."""

    def __init__(self, consents: Consents, users: Users, keys: Keys, clock: Callable[[], int]) -> None:
        self._consents = consents
        self._keys = keys
        self._users = users
        self._clock = clock

    def platform_of(self, person: str) -> str:
        known = self._users.person_of(person)
        return known[0] if known is not None else MATRIX

    async def standing(self, whose: str, other: str) -> Standing:
        """What counts for the words of `other` to `whose`, now."""
        person = platform = None
        banned = False
        departed = self._keys.departed(other)
        for row in await self._consents.between(whose, other, self.platform_of(other), departed):
            if row[2] == "ban":
                banned = True
            elif row[3] == "person":
                person = _entry(row) if person is None or person.id < row[0] else person
            else:
                platform = _entry(row)
        return Standing(person, platform, banned)

    async def answer(self, whose: str, other: str) -> Answer:
        return decide(await self.standing(whose, other))

    async def record(
        self, verb: Verb, scope: Scope, whose: str, about: str, *, actor: str | None = None, place: Place = "desk"
    ) -> int:
        """Add a line to the log: from its commit on, it counts. Returns its number."""
        return await self._consents.add(self._clock(), verb, scope, whose, about, actor or whose, place, WORDING)

    async def about_platform(self, whose: str, platform: str) -> Verb:
        """What a person has said of a messenger: "grant", "deny", or "cancel" for ask me."""
        row = await self._consents.newest(whose, "platform", platform)
        return _entry(row).verb if row is not None else "cancel"


def _entry(row: Any) -> Entry:
    return Entry(*row)
