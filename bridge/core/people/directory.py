"""Who can be found by what. Only those who chose so are found by a name or a number; by their code everybody is, since
they alone give it away.

What is stored are keyed hashes. A look-up is the same statement for everybody, found or not, and nobody waits for it:
whoever asks was answered before it begins.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bridge.core.identity import Users
from bridge.core.people.wanted import (
    ALPHABET,
    LENGTH,
    BadCode,
    ByCode,
    ByMatrix,
    ByName,
    ByNumber,
    Wanted,
    checked,
    masked,
    read,
    read_number,
    shown,
)
from bridge.keys import Keys
from bridge.store.database import Store
from bridge.store.desks import Desk
from bridge.store.handles import Handle, Handles
from bridge.texts import say

DAY_MS = 24 * 3600 * 1000
TEHRAN_MS = int(3.5 * 3600 * 1000)
"""A day of a budget begins at midnight in Tehran."""


class Directory:
    """`alarm` tells the moderators something. Limits are tries of a person in a day."""

    def __init__(
        self,
        store: Store,
        handles: Handles,
        keys: Keys,
        users: Users,
        *,
        requests_per_day: int,
        lookups_per_day: int,
        clock: Callable[[], int],
        alarm: Callable[[str], Awaitable[None]],
        languages: tuple[str, ...],
    ) -> None:
        self._store = store
        self._handles = handles
        self._keys = keys
        self._users = users
        self._requests_per_day = requests_per_day
        self._lookups_per_day = lookups_per_day
        self._clock = clock
        self._alarm = alarm
        self._languages = languages

    # --- what a person can be found by

    async def code_of(self, person: str) -> str:
        """A person's code, made when it is first asked for: `K7PQ2MXR`."""
        generation = int(await self._store.setting(_generation(person)) or 0)
        code = self._code(person, generation)
        digest = self._hash("code", code)
        if not any(each.hash == digest for each in await self._handles.of_person(person)):
            async with self._store.transaction():
                await self._handles.keep(person, Handle("code", digest, True), self._clock())
        return code

    async def renew_code(self, person: str) -> str:
        """Another code; nobody finds them by the former one any more."""
        async with self._store.transaction():
            generation = int(await self._store.setting(_generation(person)) or 0) + 1
            await self._store.set(_generation(person), str(generation))
            code = self._code(person, generation)
            await self._handles.keep(person, Handle("code", self._hash("code", code), True), self._clock())
        return code

    def _code(self, person: str, generation: int) -> str:
        number = int(self._keys.digest("address", person, str(generation)), 16)
        return checked(
            "".join(ALPHABET[number // len(ALPHABET) ** place % len(ALPHABET)] for place in range(LENGTH - 1))
        )

    async def known_as(self, person: str, name: str) -> None:
        """Their user name, as their messenger tells it. Writes only what is new."""
        digest = self._hash("name", name.lower().lstrip("@"))
        had = [each for each in await self._handles.of_person(person) if each.kind == "name"]
        if [each.hash for each in had] != [digest]:
            async with self._store.transaction():
                open = any(each.open for each in had)
                await self._handles.keep(person, Handle("name", digest, open), self._clock())

    async def proven(self, person: str, number: str) -> bool:
        """A phone number that the messenger says is theirs. False: it is no phone number."""
        plain = read_number(number) or read_number("+" + number.lstrip("+"))
        if plain is None:
            return False
        async with self._store.transaction():
            await self._handles.keep(person, Handle("number", self._hash("number", plain), True), self._clock())
        return True

    async def found_by(self, person: str) -> dict[str, bool]:
        """By what somebody could be found ("name", "number"), and whether they are."""
        return {each.kind: each.open for each in await self._handles.of_person(person) if each.kind != "code"}

    async def be_found(self, person: str, kind: str, open: bool) -> bool:
        """False: nothing of this kind is known of them."""
        async with self._store.transaction():
            return await self._handles.open(person, kind, open)

    async def siblings(self, person: str) -> list[str]:
        """The same person on other messengers, as far as they proved the same number."""
        return await self._handles.siblings(person)

    def _hash(self, kind: str, value: str) -> str:
        return self._keys.digest("handle", kind, value)

    # --- who is meant

    async def find(self, wanted: str) -> list[str]:
        """Implements `asking.Finder`."""
        match read(wanted):
            case ByCode(code):
                return await self._handles.found("code", self._hash("code", code))
            case ByName(name):
                return await self._handles.found("name", self._hash("name", name))
            case ByNumber(number):
                return await self._handles.found("number", self._hash("number", number))
            case ByMatrix(mxid):
                return [] if self._users.is_ours(mxid) else [mxid]
            case _:
                return []

    async def attempt(self, desk: Desk, typed: str) -> tuple[str, str]:
        """How what somebody typed is shown, and why it cannot be asked for (a sentence's key). Counted, whatever it
        finds: who tries too often is told, and so are the moderators, once a day."""
        wanted = read(typed)
        async with self._store.transaction():
            day = (self._clock() + TEHRAN_MS) // DAY_MS
            tried = await self._handles.spend(desk.person, "lookup", day)
            if tried > self._lookups_per_day:
                wrong = "tried_too_often"
            elif wanted is None:
                wrong = "to_nothing"
            elif isinstance(wanted, BadCode):
                wrong = "code_mistyped"
            elif await self._handles.spend(desk.person, "request", day) > self._requests_per_day:
                wrong = "asked_too_often"
            else:
                wrong = ""
        if tried == self._lookups_per_day + 1:
            await self._alarm(say("walk_alarm", self._languages, person=desk.person, count=self._lookups_per_day))
        return _shown(wanted), wrong


def _shown(wanted: Wanted | None) -> str:
    match wanted:
        case ByCode(code):
            return shown(code)
        case ByName(name):
            return "@" + name
        case ByNumber(number):
            return masked(number)
        case ByMatrix(mxid):
            return mxid
        case _:
            return ""


def _generation(person: str) -> str:
    return f"code of {person}"
