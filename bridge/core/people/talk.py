"""Private chats with the bot: what a person says or taps, and who deals with it.

In this order: a command with "/", a button of the bar, a number of the menu before them, what the dialogue waits for,
a command without "/" (only where there is no conversation that it could be meant for), and else the words go to a
conversation (`desk.py`). Everything of a chat comes through its lane, one after the other.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Awaitable, Callable, Mapping

from bridge.config import Role
from bridge.core.commands import Asker, Command, Commands, Place, read
from bridge.core.identity import Users, clean_name
from bridge.core.inbox import Arrivals
from bridge.core.lanes import Lanes
from bridge.core.live import Live
from bridge.core.people.desk import DeskRules
from bridge.core.people.speech import Speech, chosen, tapped
from bridge.core.rooms import Rooms
from bridge.errors import LoginLost, Refused, Retry
from bridge.model import Chat, Contact, MessageSaid, Person, Pressed, Started, Text
from bridge.store.database import Store
from bridge.store.desks import Desk, Desks
from bridge.store.ghosts import Ghosts
from bridge.store.inbox import Login
from bridge.store.ledger import Ledger
from bridge.store.ledger_rows import Key, Route
from bridge.store.portals import Portal
from bridge.texts import LANGUAGES, reason_words
from bridge.texts.sentences import SENTENCES

log = logging.getLogger("hampayam.people")

Tap = Callable[[Desk, str], Awaitable[None]]
"""Deals with a button, by what its data says behind ":". Untrusted: whose it is must be looked up."""

Reply = Callable[[Desk, MessageSaid], Awaitable[bool]]
"""Deals with what a person says while the dialogue waits for it. False: it is something else after all."""

Greet = Callable[[Desk, str, bool], Awaitable[None]]
"""Somebody pressed Start: the payload of the link, and whether they are here for the first time."""


class Talk:
    """`taps` are found by what stands before ":" in a button's data, `replies` by the `step` of the desk's stage.
    `excluded` tells what somebody hears whom a moderator does not let speak ("": nothing; None: they may speak);
    `known_as` keeps the name by which people find somebody; `ready` is `Asking.ready`."""

    def __init__(
        self,
        store: Store,
        desks: Desks,
        ghosts: Ghosts,
        ledger: Ledger,
        rules: DeskRules,
        speech: Speech,
        commands: Commands,
        live: Live,
        users: Users,
        lanes: Lanes,
        *,
        taps: Mapping[str, Tap],
        replies: Mapping[str, Reply],
        greet: Greet,
        contact: Reply,
        excluded: Callable[[str], Awaitable[str | None]],
        known_as: Callable[[str, str], Awaitable[None]],
        ready: Callable[[Portal], Awaitable[None]],
        clock: Callable[[], int],
        default_language: str,
    ) -> None:
        self._store = store
        self._desks = desks
        self._ghosts = ghosts
        self._ledger = ledger
        self._rules = rules
        self._speech = speech
        self._commands = commands
        self._live = live
        self._users = users
        self._lanes = lanes
        self._taps = taps
        self._replies = replies
        self._greet = greet
        self._contact = contact
        self._excluded = excluded
        self._known_as = known_as
        self._ready = ready
        self._clock = clock
        self._default_language = default_language

    async def heard(self, arrivals: Arrivals, event: MessageSaid | Started | Pressed) -> bool:
        """What came in a private chat. False: it is a message for a conversation."""
        person = event.sender if isinstance(event, MessageSaid) else event.person
        if person is None:
            person = await self._person(arrivals, event.chat)
        if person is None or person.is_bot or person.virtual or person.id == arrivals.login.remote_id:
            return True  # a virtual user of the national system is a bridged copy; other bots are nobody's friend
        desk, new = await self._desk(arrivals, event.chat, person)
        if (words := await self._excluded(desk.person)) is not None:
            if words:
                async with self._store.transaction():
                    await self._speech.write(desk, words)
            return True
        match event:
            case Started(_, _, payload):
                await self._greet(desk, payload, new)
            case Pressed():
                await self._pressed(arrivals, desk, event)
            case MessageSaid():
                return await self._said(arrivals, desk, event, new)
        return True

    # --- who it is

    async def _person(self, arrivals: Arrivals, chat: Chat) -> Person | None:
        """Who a private chat is with, where its updates do not say."""
        known = await self._desks.get(arrivals.login.id, chat.id)
        found = self._users.person_of(known.person) if known is not None else None
        if found is not None:
            return Person(found[1])
        told = await arrivals.session.chat(chat.id)
        return told.person if told is not None else None

    async def _desk(self, arrivals: Arrivals, chat: Chat, person: Person) -> tuple[Desk, bool]:
        login = arrivals.login
        mxid = self._users.ghost(login.platform, person.id)
        desk = await self._desks.get(login.id, chat.id)
        new = desk is None or desk.person != mxid
        if new and person.name is None:
            told = await arrivals.session.chat(chat.id)
            person = person if told is None or told.person is None else told.person
        if desk is None or new:
            language = person.language[:2] if person.language[:2] in LANGUAGES else self._default_language
            desk = Desk(login.id, chat.id, mxid, language, seen_at=self._clock())
            async with self._store.transaction():
                await self._desks.put(desk)
        else:
            await self._desks.seen(desk, self._clock())
        await self._remember(login, mxid, person)
        return desk, new

    async def _remember(self, login: Login, mxid: str, person: Person) -> None:
        """Their name, and by what they are found, as their app tells them now."""
        ghost = await self._ghosts.get(mxid)
        name = clean_name(person.name)
        if ghost is None or (name is not None and ghost.name != name):
            async with self._store.transaction():
                await self._ghosts.put(Rooms.as_told(ghost, mxid, login.platform, person.id, name))
        if person.username:
            await self._known_as(mxid, person.username)

    # --- what they tap

    async def _pressed(self, arrivals: Arrivals, desk: Desk, event: Pressed) -> None:
        key = Key(arrivals.login.id, event.chat.id, event.id, "press")
        if not await self._ledger.by_keys([key]):
            await self.tap(desk, event.data)
            async with self._store.transaction():
                await self._ledger.route([Route(key, "command", self._clock())])
        try:
            await arrivals.session.answer(event.id)
        except (Retry, Refused) as error:  # a courtesy: the button stops spinning
            log.info("%s: a press was not answered: %s", arrivals.login.platform, error.reason)

    async def tap(self, desk: Desk, data: str) -> None:
        """A button's meaning, or a number's."""
        kind, _, argument = data.partition(":")
        work = self._taps.get(kind)
        if work is None:
            await self._say(desk, "button_unknown")
        else:
            await work(desk, argument)

    # --- what they say

    async def _said(self, arrivals: Arrivals, desk: Desk, said: MessageSaid, new: bool) -> bool:
        key = Key(arrivals.login.id, said.chat.id, said.id)
        known = (await self._ledger.by_keys([key])).get(key)
        if known is not None:
            return known.state == "command"
        if await self._dealt_with(arrivals, desk, said, new):
            async with self._store.transaction():
                await self._ledger.route([Route(key, "command", said.at or self._clock())])
            return True
        meant = await self._rules.meant(arrivals.login.id, said)
        refusal = "conversation_over" if meant.ended else ""
        if meant.portal is not None and not refusal:
            refusal = await self._rules.refusal(desk, meant.portal, said)
        if meant.portal is None and not refusal:
            refusal = "nobody_to_talk_to"
        if refusal:
            async with self._store.transaction():
                await self._ledger.route([Route(key, "withheld", said.at or self._clock(), reason="nobody")])
                offers = self._speech.offers(desk) if refusal == "nobody_to_talk_to" else ()
                await self._speech.say(desk, refusal, choices=offers, reply_to=said.id)
            return True
        assert meant.portal is not None
        if not meant.portal.listening or meant.portal.mxid is None:
            portal = meant.portal
            with contextlib.suppress(Refused):  # then they are told when it is routed
                await self._lanes.patiently(lambda: self._ready(portal))  # the words are safe in the inbox
        return False

    async def _dealt_with(self, arrivals: Arrivals, desk: Desk, said: MessageSaid, new: bool) -> bool:
        """Whether what somebody says is for the bot."""
        if isinstance(said.content, Contact) and await self._contact(desk, said):
            return True
        words = said.content.body if isinstance(said.content, Text) and said.forwarded is None else ""
        if (found := read(words, slash=True)) is not None:
            command = self._private(found[0])
            if command is not None:
                await self._run(arrivals, desk, said, command, found[1])
            else:
                elsewhere = self._commands.find(found[0]) is not None
                await self._say(desk, "groups_only" if elsewhere else "no_such_command", reply_to=said.id)
            return True
        if (data := tapped(desk.bar, words)) is not None:
            await self.tap(desk, data)
            return True
        if (data := chosen(desk.menu, words)) is not None:
            async with self._store.transaction():
                await self._desks.dress(desk.login, desk.chat, desk.bar, "")  # a number means something once
            await self.tap(desk, data)
            return True
        step = json.loads(desk.stage).get("step", "") if desk.stage else ""
        reply = self._replies.get(step)
        if reply is not None and said.reply_to is None and await reply(desk, said):
            return True
        meant = await self._rules.meant(arrivals.login.id, said)
        if meant.portal is not None or meant.ended:
            return False
        if (found := read(words, slash=False)) is not None and (command := self._private(found[0])) is not None:
            await self._run(arrivals, desk, said, command, found[1])
            return True
        if new:
            await self._greet(desk, "", True)
            return True
        return False

    def _private(self, word: str) -> Command | None:
        command = self._commands.find(word)
        return command if command is not None and Place.PRIVATE in command.places else None

    async def _run(self, arrivals: Arrivals, desk: Desk, said: MessageSaid, command: Command, args: list[str]) -> None:
        leg = self._live.of(arrivals.login.id)
        by = f"{arrivals.login.id}/{(said.sender or said.chat).id}"
        asker = Asker(Place.PRIVATE, Role.USER, by, leg=leg, chat=said.chat, person=said.sender, desk=desk)
        try:
            answer = await self._commands.run(command, asker, args)
        except (Retry, LoginLost):
            await self._say(desk, "platform_not_ready", reply_to=said.id)
        except Refused as error:
            if error.reason in SENTENCES:
                await self._say(desk, error.reason, reply_to=said.id)
            else:
                await self._say(desk, "not_done", reply_to=said.id, reason=reason_words(error.reason))
        else:
            if answer:
                async with self._store.transaction():
                    await self._speech.write(desk, answer, reply_to=said.id)

    async def _say(self, desk: Desk, key: str, reply_to: str | None = None, reason: object = "") -> None:
        async with self._store.transaction():
            await self._speech.say(desk, key, reply_to=reply_to, reason=reason)
