"""me: a person's own address, and by what else they are found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from bridge.core.commands import Answer, Asker
from bridge.core.identity import title_of
from bridge.core.live import Live
from bridge.core.people.speech import Speech, isolated
from bridge.core.people.steps import desk_of, moved, onward, parts, standing, way
from bridge.core.people.talk import Reply, Tap
from bridge.core.people.wanted import read_number, shown
from bridge.model import MessageSaid, Text
from bridge.outgoing import Button, Rows
from bridge.store.database import Store
from bridge.store.desks import Desk, Desks
from bridge.texts import say

Links = Callable[[str], Sequence[tuple[Mapping[str, str], str]]]
"""By a code: where it can be opened, as (a title by language, a link), the page for all of them first."""

_FOUND = {
    ("name", True): ("found_name_yes", "found_name_off"),
    ("name", False): ("found_name_no", "found_name_on"),
    ("number", True): ("found_number_yes", "found_number_off"),
    ("number", False): ("found_number_no", "found_number_on"),
}
"""By what somebody can be found and whether they are: how that is said, and what stands on the button that changes it
(keys of sentences)."""


class Listing(Protocol):
    """By what people are found; `Directory` is one."""

    async def code_of(self, person: str) -> str: ...

    async def renew_code(self, person: str) -> str: ...

    async def found_by(self, person: str) -> dict[str, bool]: ...

    async def be_found(self, person: str, kind: str, open: bool) -> bool: ...

    async def proven(self, person: str, number: str) -> bool: ...


class OwnAddress:
    def __init__(
        self, store: Store, desks: Desks, listing: Listing, speech: Speech, live: Live, *, links: Links
    ) -> None:
        self._store = store
        self._desks = desks
        self._listing = listing
        self._speech = speech
        self._live = live
        self._links = links

    def answers(self) -> dict[str, Answer]:
        return {"me": self.me}

    def taps(self) -> Mapping[str, Tap]:
        return {
            "address": lambda desk, _: self.address(desk, ""),
            "share": self._share,
            "rn": self._renew,
            "fb": lambda desk, where: self.found(desk, way(where)),
            "fo": self._be_found,
            "fp": lambda desk, where: self.ask_number(desk, way(where), "number_ask"),
            "fl": self._no_number,
        }

    def replies(self) -> Mapping[str, Reply]:
        return {"number": self._number_typed}

    async def me(self, asker: Asker, args: list[str]) -> str:
        await self.address(desk_of(asker), "")
        return ""

    # --- the address

    async def address(self, desk: Desk, where: str) -> None:
        """Their code, where it can be opened, and a picture of it for a camera."""
        await self._tell(desk, await self._listing.code_of(desk.person), "address", where)

    async def _tell(self, desk: Desk, code: str, key: str, where: str) -> None:
        languages = (desk.language,)
        links = self._links(code)
        words = isolated(shown(code))
        lines = [say(key, languages, code=words), *_listed(links, desk.language)]
        lines.append(say("address_use", languages, code=words))
        if where:
            lines.append(say("address_begin", languages))
        rows: Rows = (
            (Button(say("address_share", languages), "share:"), Button(say("address_renew", languages), "rn:")),
            (Button(say("somebody_new", languages), "to:"), *onward("", "", desk.language)[0]),
        )
        async with self._store.transaction():
            await self._speech.write(
                desk,
                "\n".join(lines),
                choices=self._speech.offers(desk) if where else rows,
                qr=links[0][1] if links else shown(code),
            )

    async def _share(self, desk: Desk, _: str) -> None:
        """Words to be passed on as they are."""
        code = await self._listing.code_of(desk.person)
        languages = (desk.language,)
        lines = [say("share", languages), *_listed(self._links(code), desk.language)]
        lines.append(say("share_code", languages, code=isolated(shown(code))))
        async with self._store.transaction():
            await self._speech.write(desk, "\n".join(lines))

    async def _renew(self, desk: Desk, sure: str) -> None:
        """Asked before it is done; a button that is pressed again only shows what there is."""
        if not sure:
            code = isolated(shown(await self._listing.code_of(desk.person)))
            rows: Rows = (
                (Button(say("renew_yes", (desk.language,)), "rn:yes"),),
                (Button(say("renew_no", (desk.language,)), "address:"),),
            )
            async with self._store.transaction():
                now = await moved(self._desks, desk, step="renew")
                await self._speech.say(now, "renew_sure", choices=rows, code=code)
            return
        if standing(desk).get("step") != "renew":
            await self.address(desk, "")
            return
        async with self._store.transaction():
            await moved(self._desks, desk, step="")
        await self._tell(desk, await self._listing.renew_code(desk.person), "address_renewed", "")

    # --- being found

    async def found(self, desk: Desk, where: str) -> None:
        languages = (desk.language,)
        found = await self._listing.found_by(desk.person)
        able = self._live.able(desk.login)
        rows: list[tuple[Button, ...]] = []
        lines = [say("found_code", languages)]
        for kind, open in sorted(found.items()):
            line, change = _FOUND[kind, open]
            lines.append(say(line, languages))
            rows.append((Button(say(change, languages), f"fo:{kind}:{int(not open)}:{where}"),))
        if "number" not in found and able is not None and able.proves_numbers and able.buttons:
            rows.append((Button(say("found_number_on", languages), f"fp:{where}"),))
        if not rows:
            lines.append(say("found_only_code", languages))
        async with self._store.transaction():
            choices = (*rows, *onward("found", where, desk.language))
            await self._speech.write(desk, "\n".join(lines), choices=choices)

    async def _be_found(self, desk: Desk, argument: str) -> None:
        kind, open, where = parts(argument, 3)
        known = kind in ("name", "number") and open in ("0", "1")
        if known and await self._listing.be_found(desk.person, kind, open == "1"):
            await self.found(desk, way(where))
        else:
            async with self._store.transaction():
                await self._speech.say(desk, "button_unknown")

    # --- their number

    async def ask_number(self, desk: Desk, where: str, key: str) -> None:
        """`key`: the words above the button that sends it."""
        able = self._live.able(desk.login)
        if able is None or not able.proves_numbers or not able.buttons:
            await self.found(desk, where)
            return
        rows: Rows = (
            (Button(say("number_share", (desk.language,)), asks_number=True),),
            (Button(say("later", (desk.language,)), f"fl:{where}"),),
        )
        async with self._store.transaction():
            now = await moved(self._desks, desk, step="number", where=where)
            await self._speech.say(now, key, choices=rows, below=True)

    async def number(self, desk: Desk, number: str, proves: bool) -> None:
        """What the button sent; `proves`: their messenger says that it is their own."""
        where = str(standing(desk).get("where", ""))
        if proves and await self._listing.proven(desk.person, number):
            await self._settled(desk, "number_proven", where)
        else:
            await self.ask_number(desk, where, "number_not_yours")

    async def _no_number(self, desk: Desk, where: str) -> None:
        await self._settled(desk, "number_later", way(where))

    async def _settled(self, desk: Desk, key: str, where: str) -> None:
        async with self._store.transaction():
            now = await moved(self._desks, desk, step="", where="")
            await self._speech.say(now, key)
        await self.found(desk, where)

    async def _number_typed(self, desk: Desk, said: MessageSaid) -> bool:
        """A number that is typed proves nothing. Other words are for whomever they are for."""
        if not isinstance(said.content, Text) or read_number(said.content.body) is None:
            return False
        await self.ask_number(desk, str(standing(desk).get("where", "")), "number_by_button")
        return True


def _listed(links: Sequence[tuple[Mapping[str, str], str]], language: str) -> list[str]:
    return [f"{title_of(titles, language)}: {link}" for titles, link in links]
