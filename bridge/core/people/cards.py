"""Contacts that people share with the bot: their own number, or the card of somebody whom they may want to reach."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from bridge.core.identity import clean_name
from bridge.core.live import Live
from bridge.core.people.desk import DeskRules
from bridge.core.people.own_address import OwnAddress
from bridge.core.people.speech import Speech, asks_number, isolated
from bridge.core.people.steps import moved, standing
from bridge.core.people.talk import Tap
from bridge.core.people.wanted import masked, read_number
from bridge.keys import Keys
from bridge.model import Contact, MessageSaid
from bridge.outgoing import Button, Rows
from bridge.store.database import Store
from bridge.store.desks import Desk, Desks
from bridge.texts import say


class Cards:
    """`ask` asks for somebody by what was typed, as `/to` does. Nobody's number is stored but sealed, and that only
    while it is asked what to do with it."""

    def __init__(
        self,
        store: Store,
        desks: Desks,
        rules: DeskRules,
        address: OwnAddress,
        speech: Speech,
        live: Live,
        keys: Keys,
        *,
        ask: Callable[[Desk, str], Awaitable[None]],
    ) -> None:
        self._store = store
        self._desks = desks
        self._rules = rules
        self._address = address
        self._speech = speech
        self._live = live
        self._keys = keys
        self._ask = ask

    def taps(self) -> Mapping[str, Tap]:
        return {"card": self._ask_them, "nocard": self._leave}

    async def contact(self, desk: Desk, said: MessageSaid) -> bool:
        """False: it is meant for a conversation."""
        card = said.content
        if not isinstance(card, Contact):
            return False
        own = self._is_own(desk, said, card)
        if asks_number(desk.bar) and said.reply_to is None:
            await self._address.number(desk, card.phone, own)
            return True
        meant = await self._rules.meant(desk.login, said)
        if meant.portal is not None or meant.ended:
            return False
        number = read_number(card.phone) or read_number("+" + card.phone)
        if own:
            await self._address.found(desk, "")
        elif number is None:
            async with self._store.transaction():
                await self._speech.say(desk, "card_without_number")
        else:
            await self._offer(desk, clean_name(card.name) or masked(number), number)
        return True

    def _is_own(self, desk: Desk, said: MessageSaid, card: Contact) -> bool:
        able = self._live.able(desk.login)
        proves = able is not None and able.proves_numbers and said.forwarded is None
        return proves and said.sender is not None and card.owner != "" and card.owner == said.sender.id

    async def _offer(self, desk: Desk, name: str, number: str) -> None:
        sealed = self._keys.token("card", number)
        rows: Rows = (
            (Button(say("card_ask", (desk.language,)), f"card:{self._mark(sealed)}"),),
            (Button(say("card_leave", (desk.language,)), f"nocard:{self._mark(sealed)}"),),
        )
        async with self._store.transaction():
            now = await moved(self._desks, desk, card=sealed)
            await self._speech.say(now, "card_offer", choices=rows, name=isolated(name), number=masked(number))

    def _mark(self, sealed: str) -> str:
        """Tells one card's buttons from another's."""
        return self._keys.digest("card", sealed)[:12]

    async def _ask_them(self, desk: Desk, mark: str) -> None:
        number = await self._taken(desk, mark)
        if number:
            await self._ask(desk, number)

    async def _leave(self, desk: Desk, mark: str) -> None:
        if await self._taken(desk, mark):
            async with self._store.transaction():
                await self._speech.say(desk, "card_left")

    async def _taken(self, desk: Desk, mark: str) -> str:
        """The number of the card that a button belongs to, which is forgotten; "" if there is none, and they are
        told."""
        sealed = str(standing(desk).get("card", ""))
        async with self._store.transaction():
            if not sealed or self._mark(sealed) != mark:
                await self._speech.say(desk, "button_unknown")
                return ""
            await moved(self._desks, desk, card="")
        try:
            return self._keys.read_token(sealed)[1]
        except ValueError:  # the secret is another one now
            return ""
