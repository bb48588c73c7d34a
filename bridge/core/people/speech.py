"""What the bot says in private chats: in the person's language, with choices as their app can show them.

Where an app has no buttons, choices have numbers, and the desk remembers what the numbers mean. The bar below the text
field shows the current conversation and leads to the others; it is sent along with something else that is said, and
only when it would change.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from bridge.core.identity import FSI, MARK, PDI, title_of
from bridge.core.live import Live
from bridge.core.people.log import ConsentLog
from bridge.outgoing import Button, Rows
from bridge.store.database import Store
from bridge.store.desks import Desk, Desks
from bridge.store.notices import Notices
from bridge.store.portals import Portal, Portals
from bridge.texts import say
from bridge.texts.digits import ascii_digits, persian_digits

_IN_BAR = 4
"""Conversations that the bar shows, the current one among them."""

_LONGEST = 40
"""Characters on a button."""

_RIGHT = "\u200f"
"""Keeps a line on the right whose words begin with Latin letters."""

_LEADING = {"bar_people": "people", "bar_address": "address", "bar_settings": "settings", "bar_help": "help"}
"""What the bar leads to, by the words on it."""

NOW, LATER = "✎", "⏳"
"""Stand before the current conversation in the bar, and before one that waits for an answer."""


class Speech:
    """`titles` are the messengers' names by platform and language. What it does belongs inside a transaction; the
    chat's lane is woken behind it."""

    def __init__(
        self,
        store: Store,
        desks: Desks,
        portals: Portals,
        notices: Notices,
        live: Live,
        log: ConsentLog,
        titles: Mapping[str, Mapping[str, str]],
    ) -> None:
        self._store = store
        self._desks = desks
        self._portals = portals
        self._notices = notices
        self._live = live
        self._log = log
        self._titles = titles

    async def say(
        self,
        desk: Desk,
        key: str,
        *,
        choices: Rows = (),
        below: bool = False,
        reply_to: str | None = None,
        **values: object,
    ) -> None:
        """A sentence, by its key. `choices` are buttons; the words on them are in the desk's language already.
        `below`: they can stand below the text field only."""
        await self.write(
            desk, say(key, (desk.language,), "\n", **values), choices=choices, below=below, reply_to=reply_to
        )

    async def write(
        self,
        desk: Desk,
        text: str,
        *,
        choices: Rows = (),
        below: bool = False,
        reply_to: str | None = None,
        qr: str = "",
    ) -> None:
        """Words that are sentences already."""
        desk = await self._desks.get(desk.login, desk.chat) or desk
        able = self._live.able(desk.login)
        where = able.buttons if able is not None else ""
        rows, bar, menu = choices, False, desk.menu
        if where == "":
            text, menu = numbered(text, choices, desk.language, menu)
            rows = ()
        elif where == "bar" or below or not choices:
            rows, bar = distinct(choices or await self._bar(desk)), True
            shown = json.dumps([[b.text, b.data] for row in rows for b in row], ensure_ascii=False)
            if shown == desk.bar and not choices:
                rows, bar = (), False
            else:
                desk = await self._now(desk, shown, desk.menu)
        if menu != desk.menu:
            await self._now(desk, desk.bar, menu)
        await self._notices.put(desk.login, desk.chat, text, reply_to, buttons=rows, bar=bar, qr=qr)
        self._store.behind(lambda: self._live.wake_chat(desk.login, desk.chat))

    async def _now(self, desk: Desk, bar: str, menu: str) -> Desk:
        await self._desks.dress(desk.login, desk.chat, bar, menu)
        return await self._desks.get(desk.login, desk.chat) or desk

    async def _bar(self, desk: Desk) -> Rows:
        portals = [each for each in await self._portals.of_desk(desk.login, desk.chat, _IN_BAR) if each.live_at_desk]
        current = await self._portals.get(desk.current) if desk.current is not None else None
        rows: list[tuple[Button, ...]] = []
        if current is not None and current.live_at_desk:
            rows.append((Button(clip(f"{NOW} {self.titled(current, desk.language)}"), f"c:{current.id}"),))
        others = [each for each in portals if each.id != desk.current][: _IN_BAR - 1]
        if others:
            rows.append(tuple(Button(clip(self.titled(each, desk.language)), f"s:{each.id}") for each in others))
        rows.append(tuple(Button(say(key, (desk.language,)), data) for key, data in _LEADING.items()))
        return tuple(rows)

    def taps(self, desk: Desk) -> bool:
        """Whether a message can have buttons of its own there."""
        able = self._live.able(desk.login)
        return able is not None and able.buttons == "inline"

    def offers(self, desk: Desk) -> Rows:
        """The main things as choices, for somebody who has no bar that leads to them."""
        able = self._live.able(desk.login)
        if able is not None and able.buttons:
            return ()
        words = {"somebody_new": "to:", **_LEADING}
        return tuple((Button(say(key, (desk.language,)), data),) for key, data in words.items())

    def titled(self, portal: Portal, language: str) -> str:
        """A conversation, as it is told from the others."""
        if not portal.partner or portal.state == "asking":
            return f"{LATER} {portal.title}"
        return self.named(portal.title, portal.partner, language)

    def named(self, name: str, person: str, language: str) -> str:
        """Somebody's name, with the messenger that they are from."""
        return f"{name} {MARK} {self.origin(person, language)}"

    def origin(self, person: str, language: str) -> str:
        """The messenger that somebody is from."""
        return self.messenger(self.platform_of(person), language)

    def platform_of(self, person: str) -> str:
        return self._log.platform_of(person)

    def messenger(self, platform: str, language: str) -> str:
        """A messenger's name."""
        return title_of(self._titles[platform], language)


def isolated(name: str) -> str:
    """A name inside a sentence: its direction changes nothing around it."""
    return f"{FSI}{name}{PDI}"


def distinct(rows: Rows) -> Rows:
    """Buttons of a bar, of which only their words come back: no two say the same."""
    seen: dict[str, int] = {}
    made = []
    for row in rows:
        named = []
        for button in row:
            seen[button.text] = count = seen.get(button.text, 0) + 1
            named.append(button if count == 1 else replace(button, text=f"{button.text[: _LONGEST - 4]} ({count})"))
        made.append(tuple(named))
    return tuple(made)


def clip(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def numbered(text: str, choices: Rows, language: str, before: str) -> tuple[str, str]:
    """A text with its choices as numbers below it, and the menu that they make (JSON; `before` where there are
    none)."""
    buttons = [button for row in choices for button in row if not button.asks_number]
    lines = [f"{button.text}: {button.url}" for button in buttons if button.url]
    taps = [button for button in buttons if not button.url]
    for number, button in enumerate(taps, 1):
        shown = _RIGHT + persian_digits(str(number)) if language == "fa" else str(number)
        lines.append(f"{shown}. {button.text}")
    if taps:
        lines.append(say("write_number", (language,)))
    menu = json.dumps([button.data for button in taps]) if taps else before
    return "\n".join([text, *([""] if lines else []), *lines]), menu


def chosen(menu: str, words: str) -> str | None:
    """What a number means that somebody wrote, by the menu that they have before them."""
    digits = ascii_digits(words).strip().strip(_RIGHT).rstrip(".")
    if not menu or not digits.isdecimal() or len(digits) > 2:
        return None
    choices = json.loads(menu)
    return choices[int(digits) - 1] if 0 < int(digits) <= len(choices) else None


def tapped(bar: str, words: str) -> str | None:
    """What a button of the bar means, by what stands on it."""
    return (dict(json.loads(bar)).get(words) or None) if bar else None


def asks_number(bar: str) -> bool:
    """Whether a button of the bar offers the person's own number: it is the only one that carries nothing."""
    return bool(bar) and "" in dict(json.loads(bar)).values()
