"""A person's private chat with our bot: which conversation their words go to, and whose words reach them.

A reply goes to the conversation of the message that it answers; anything else to the current one. What is said before
the other has agreed waits, and is words alone: no links, no files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bridge.core.identity import Users
from bridge.core.people.consent import Answer
from bridge.core.people.log import ConsentLog
from bridge.core.people.speech import Speech, clip
from bridge.model import MessageSaid, Text
from bridge.outgoing import Button, Rows
from bridge.store.desks import Desk, Desks
from bridge.store.ledger import Ledger
from bridge.store.portals import Portal, Portals
from bridge.store.requests import Requests
from bridge.texts import say

FIRST_WORDS = 5
"""Messages that somebody can write before the other has agreed."""

_FIRST_LENGTH = 1000
"""Characters of such a message."""

_LINK = re.compile(r"https?:|www\.|[\w-]+\.(?:ir|com|org|net|me|app|link|xyz|info|io|co)\b|@\w{4,}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Meant:
    """Where words of a private chat go. `portal` is None for nowhere; `ended`: they answer something of a conversation
    that is over."""

    portal: Portal | None
    ended: bool = False


class DeskRules:
    """Implements `people.People`, and says where words go."""

    def __init__(
        self,
        desks: Desks,
        portals: Portals,
        requests: Requests,
        ledger: Ledger,
        log: ConsentLog,
        speech: Speech,
        users: Users,
    ) -> None:
        self._desks = desks
        self._portals = portals
        self._requests = requests
        self._ledger = ledger
        self._log = log
        self._speech = speech
        self._users = users

    # --- whose words reach a person

    async def may_hear(self, portal: Portal, sender: str) -> bool:
        desk = await self._desks.get(portal.login, portal.chat)
        return desk is not None and await self._log.answer(desk.person, sender) is Answer.YES

    async def buttons(self, portal: Portal) -> Rows:
        """One tap turns to a conversation that is not the current one."""
        desk = await self._desks.get(portal.login, portal.chat)
        if desk is None or desk.current == portal.id:
            return ()
        words = say("turn_to", (desk.language,), title=self._speech.titled(portal, desk.language))
        return ((Button(clip(words), f"s:{portal.id}"),),)

    async def settles(self, login: str, chat: str, copy: int) -> Rows:
        desk = await self._desks.get(login, chat)
        if desk is None or not self._speech.taps(desk):
            return ()
        languages = (desk.language,)
        again = Button(say("doubt_send_again", languages), f"again:{copy}")
        return ((again, Button(say("doubt_leave", languages), f"leave:{copy}")),)

    async def languages(self, login: str, chat: str) -> tuple[str, ...] | None:
        desk = await self._desks.get(login, chat)
        return (desk.language,) if desk is not None else None

    # --- where a person's words go

    async def meant(self, login: str, said: MessageSaid) -> Meant:
        """Decided by the rows alone: the same until somebody decides otherwise."""
        if said.reply_to is not None:
            about = await self._ledger.message_of(login, said.chat.id, said.reply_to)
            if about is not None and about.room is not None:
                portal = await self._portals.at_desk(login, said.chat.id, about.room)
                return Meant(portal, ended=portal is None or not portal.live_at_desk)
        desk = await self._desks.get(login, said.chat.id)
        portal = await self._portals.get(desk.current) if desk is not None and desk.current is not None else None
        if portal is None or not portal.live_at_desk:
            return Meant(None)
        return Meant(portal)

    async def portal_meant(self, login: str, said: MessageSaid) -> Portal | None:
        """As `meant`, at the moment when it counts (inside the transaction that routes it): what can go nowhere by now
        is said to its sender."""
        meant = await self.meant(login, said)
        if meant.portal is not None and meant.portal.listening and not meant.ended:
            return meant.portal
        desk = await self._desks.get(login, said.chat.id)
        known = self._users.person_of(desk.person) if desk is not None else None
        if desk is not None and known is not None and said.sender is not None and said.sender.id == known[1]:
            await self._speech.say(desk, "conversation_over", reply_to=said.id)
        return None

    async def refusal(self, desk: Desk, portal: Portal, said: MessageSaid) -> str:
        """Why something cannot go to a conversation (a sentence's key), "" if it can; then it is counted."""
        request = await self._requests.of_room(portal.room)
        if request is None or not request.live:
            return "conversation_over"
        if request.state == "open":
            other = request.other(desk.person)
            return "" if other and await self._log.answer(other, desk.person) is Answer.YES else "conversation_over"
        if request.state == "choosing":
            return "choose_first"
        words = said.content.body if isinstance(said.content, Text) else None
        plain = isinstance(said.content, Text) and not any(mark.kind == "link" for mark in said.content.marks)
        if words is None or not plain or len(words) > _FIRST_LENGTH or _LINK.search(words):
            return "first_words_only"
        if request.words >= FIRST_WORDS:
            return "first_words_enough"
        await self._requests.one_more_word(request.id)
        return ""
