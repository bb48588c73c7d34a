"""start · language: how somebody is welcomed.

Four short messages, each with its buttons: what this is and in which language; which messengers may bring words; by
what one is found; the own address. The buttons carry the step, so each can be pressed whenever; the stage keeps which
one is next, so that Start takes it up again. Who came by somebody's link is here for that person: they are asked at
once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from bridge.core.commands import Answer, Asker
from bridge.core.people.own_address import Listing
from bridge.core.people.speech import Speech
from bridge.core.people.steps import STEPS, Page, desk_of, moved, onward, parts, standing
from bridge.core.people.talk import Tap
from bridge.core.people.wanted import BadCode, ByCode, read
from bridge.keys import Keys
from bridge.outgoing import Button, Rows
from bridge.store.database import Store
from bridge.store.desks import Desk, Desks
from bridge.texts import LANGUAGE_NAMES, LANGUAGES

_TWICE_MS = 60_000
"""Some messengers tell one Start twice; within so long, two are one."""


class Welcome:
    """`ask` asks for somebody by what was typed, as `/to` does; `pages` are what follows the first message."""

    def __init__(
        self,
        store: Store,
        desks: Desks,
        listing: Listing,
        speech: Speech,
        keys: Keys,
        *,
        pages: Mapping[str, Page],
        ask: Callable[[Desk, str], Awaitable[None]],
        clock: Callable[[], int],
    ) -> None:
        self._store = store
        self._desks = desks
        self._listing = listing
        self._speech = speech
        self._keys = keys
        self._pages = {"hello": self._hello, **pages}
        self._ask = ask
        self._clock = clock

    def answers(self) -> dict[str, Answer]:
        return {"language": self.language}

    def taps(self) -> Mapping[str, Tap]:
        return {"w": self._step, "lang": self._ask_language, "l": self._choose_language}

    # --- Start

    async def greet(self, desk: Desk, payload: str, new: bool) -> None:
        wanted = read(payload)
        link = payload if isinstance(wanted, ByCode | BadCode) else ""
        mark = self._keys.digest("link", link)[:16] if link else ""
        known, now = standing(desk), self._clock()
        twice = 0 <= now - int(known.get("greeted", 0)) < _TWICE_MS
        page = STEPS[0] if new else str(known.get("page", ""))
        async with self._store.transaction():
            if not twice:
                await self._desks.dress(desk.login, desk.chat, "", desk.menu)  # who starts anew may have no bar
            changes = {"page": page, "greeted": 0 if twice else now, "link": mark}
            desk = await moved(self._desks, desk, step="", **changes)
            if link and new:
                await self._speech.say(desk, "hello_short")
            elif not link and not twice and not page:
                await self._speech.say(desk, "hello_again", choices=self._speech.offers(desk))
        if link and not (twice and known.get("link") == mark):
            await self._opened(desk, link)
        elif not link and not twice and page:
            await self._show(desk, page)

    async def _opened(self, desk: Desk, link: str) -> None:
        """The link of an address. Who tries their own sees what others would do with it."""
        wanted = read(link)
        if isinstance(wanted, ByCode) and wanted.code == await self._listing.code_of(desk.person):
            async with self._store.transaction():
                await self._speech.say(desk, "own_link")
        else:
            await self._ask(desk, link)

    # --- the steps

    async def _step(self, desk: Desk, page: str) -> None:
        if page == "later":
            async with self._store.transaction():
                await self._speech.say(desk, "welcome_later")
        else:
            await self._show(desk, page)

    async def _show(self, desk: Desk, page: str) -> None:
        async with self._store.transaction():
            if page not in self._pages:
                await self._speech.say(desk, "button_unknown")
                return
            now = await moved(self._desks, desk, page="" if page == STEPS[-1] else page)
        await self._pages[page](now, "w")

    async def _hello(self, desk: Desk, where: str) -> None:
        rows: Rows = (_languages(where), onward("hello", where, desk.language)[0][1:])
        async with self._store.transaction():
            await self._speech.say(desk, "hello", choices=rows)

    # --- the language

    async def language(self, asker: Asker, args: list[str]) -> str:
        """`language`, or `language fa`."""
        asked = next((each for each in LANGUAGES if args and args[0].casefold() in _words(each)), None)
        await (self._ask_language(desk_of(asker), "") if asked is None else self._switch(desk_of(asker), asked))
        return ""

    async def _ask_language(self, desk: Desk, _: str) -> None:
        rows: Rows = (_languages(""), *onward("", "", desk.language))
        async with self._store.transaction():
            await self._speech.say(desk, "which_language", choices=rows)

    async def _choose_language(self, desk: Desk, argument: str) -> None:
        language, where = parts(argument, 2)
        if language not in LANGUAGES:
            async with self._store.transaction():
                await self._speech.say(desk, "button_unknown")
        elif where:
            async with self._store.transaction():
                await self._desks.set_language(desk.login, desk.chat, language)
            await self._show(replace(desk, language=language), STEPS[1])
        else:
            await self._switch(desk, language)

    async def _switch(self, desk: Desk, language: str) -> None:
        async with self._store.transaction():
            await self._desks.set_language(desk.login, desk.chat, language)
            await self._speech.say(replace(desk, language=language), "language_set")


def _languages(where: str) -> tuple[Button, ...]:
    return tuple(Button(LANGUAGE_NAMES[each], f"l:{each}:{where}") for each in LANGUAGES)


def _words(language: str) -> tuple[str, str]:
    return language, LANGUAGE_NAMES[language].casefold()
