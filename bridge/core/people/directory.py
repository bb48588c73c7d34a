"""Who can be found by what. Only those who chose so are found by a name or a number; by their code everybody is, since
they alone give it away.

What is stored are keyed hashes. A look-up is one statement that looks at as many rows of desks for everybody, found or
not (`Handles.found`), and nobody waits for it: whoever asks was answered before it begins.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from bridge.config import PeopleConfig
from bridge.core.identity import MARK, Users, title_of
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
    folded,
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
"""A day of a budget begins at midnight in Tehran, where clocks are not changed any more."""


class Directory:
    """`alarm` tells the moderators something. `limits` are tries of a person in a day. `titles` are the messengers'
    names by platform and language.

    What writes opens a transaction of its own: it is not to be called inside one."""

    def __init__(
        self,
        store: Store,
        handles: Handles,
        keys: Keys,
        users: Users,
        limits: PeopleConfig,
        alarm: Callable[[str], Awaitable[None]],
        languages: tuple[str, ...],
        titles: Mapping[str, Mapping[str, str]],
        *,
        clock: Callable[[], int],
    ) -> None:
        self._store = store
        self._handles = handles
        self._keys = keys
        self._users = users
        self._limits = limits
        self._clock = clock
        self._alarm = alarm
        self._languages = languages
        self._titles = titles
        self._platforms = {
            folded(word): platform for platform, by in titles.items() for word in (platform, *by.values())
        }

    # --- what a person can be found by

    async def code_of(self, person: str) -> str:
        """A person's code, made when it is first asked for, and the same from then on: `K7PQ2MXR`."""
        code = await self._code_now(person)
        if code is not None:
            return code
        async with self._store.transaction():
            return await self._code_now(person) or await self._make_code(person)

    async def renew_code(self, person: str) -> str:
        """Another code; nobody finds them by the former one any more."""
        async with self._store.transaction():
            return await self._make_code(person)

    async def _code_now(self, person: str) -> str | None:
        held = await self._handles.get(person, "code")
        code = self._code(person, held.made_at) if held is not None else ""
        # Where the bridge was given another secret, the stored hash is of a code that nobody can make any more.
        return code if held is not None and self._hash("code", code) == held.hash else None

    async def _make_code(self, person: str) -> str:
        held = await self._handles.get(person, "code")
        made_at = max(self._clock(), held.made_at + 1 if held is not None else 0)
        while await self._handles.others(person, "code", self._hash("code", self._code(person, made_at))):
            made_at += 1  # somebody has that code by chance
        code = self._code(person, made_at)
        await self._handles.keep(person, Handle("code", self._hash("code", code), True, made_at))
        return code

    def _code(self, person: str, made_at: int) -> str:
        number = int(self._keys.digest("address", person, str(made_at)), 16)
        return checked(
            "".join(ALPHABET[number // len(ALPHABET) ** place % len(ALPHABET)] for place in range(LENGTH - 1))
        )

    async def known_as(self, person: str, name: str) -> None:
        """Their user name, as their messenger tells it. One read and no write while it is the same."""
        digest = self._hash("name", name.lower().lstrip("@"))
        held = await self._handles.get(person, "name")
        if held is not None and held.hash == digest:
            return
        async with self._store.transaction():
            held = await self._handles.get(person, "name")
            await self._take_over(person, Handle("name", digest, held is not None and held.open, self._clock()))

    async def proven(self, person: str, number: str) -> bool:
        """A phone number that the messenger says is theirs. False: it is no phone number."""
        plain = read_number(number) or read_number("+" + number.lstrip("+"))
        if plain is None:
            return False
        async with self._store.transaction():
            await self._take_over(person, Handle("number", self._hash("number", plain), True, self._clock()))
        return True

    async def _take_over(self, person: str, handle: Handle) -> None:
        """On one messenger a name or a number is one person's: who had it before has it no more."""
        for other in await self._handles.others(person, handle.kind, handle.hash):
            if self._platform(other) == self._platform(person):
                await self._handles.drop(other, handle.kind)
        await self._handles.keep(person, handle)

    async def forget(self, person: str) -> None:
        """Nobody finds them any more, by nothing; a code that they are given later is another one."""
        async with self._store.transaction():
            await self._handles.forget(person)

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

    def _platform(self, person: str) -> str:
        known = self._users.person_of(person)
        return known[0] if known is not None else ""

    def _hash(self, kind: str, value: str) -> str:
        return self._keys.digest("handle", kind, value)

    # --- who is meant

    async def find(self, wanted: str) -> list[str]:
        """Implements `asking.Finder`."""
        match read(wanted, self._platforms):
            case ByCode(code):
                return await self._handles.found("code", self._hash("code", code))
            case ByName(name, platform):
                found = await self._handles.found("name", self._hash("name", name))
                return [each for each in found if platform in ("", self._platform(each))]
            case ByNumber(number, platform):
                found = await self._handles.found("number", self._hash("number", number))
                return [each for each in found if platform in ("", self._platform(each))]
            case ByMatrix(mxid):
                return [] if self._users.is_ours(mxid) else [mxid]
            case _:
                return []

    async def attempt(self, desk: Desk, typed: str) -> tuple[str, str]:
        """How what somebody typed is shown, and why it cannot be asked for (a sentence's key). Counted, whatever it
        finds: who tries too often is told, and so are the moderators, once a day."""
        wanted = read(typed, self._platforms)
        async with self._store.transaction():
            day = (self._clock() + TEHRAN_MS) // DAY_MS
            tried = await self._handles.spend(desk.person, "lookup", day)
            if tried > self._limits.lookups_per_day:
                wrong = "tried_too_often"
            elif wanted is None:
                wrong = "to_nothing"
            elif isinstance(wanted, BadCode):
                wrong = "code_mistyped"
            elif await self._handles.spend(desk.person, "request", day) > self._limits.requests_per_day:
                wrong = "asked_too_often"
            else:
                wrong = ""
        if tried == self._limits.lookups_per_day + 1:
            await self._alarm(
                say("walk_alarm", self._languages, person=desk.person, count=self._limits.lookups_per_day)
            )
        return self._shown(wanted, desk.language), wrong

    def _shown(self, wanted: Wanted | None, language: str) -> str:
        match wanted:
            case ByCode(code):
                return shown(code)
            case ByName(name, platform):
                return self._placed(f"@{name}", platform, language)
            case ByNumber(number, platform):
                return self._placed(masked(number), platform, language)
            case ByMatrix(mxid):
                return mxid
            case _:
                return ""

    def _placed(self, shown: str, platform: str, language: str) -> str:
        return f"{shown} {MARK} {title_of(self._titles[platform], language)}" if platform else shown
