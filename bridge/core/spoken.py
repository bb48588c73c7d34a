"""What a platform says that is no message for a room: commands in groups, our bot's own moves, what it has forgotten,
answers to a doubt, and all that comes in private chats."""

from __future__ import annotations

from collections.abc import Callable

from bridge.config import Role
from bridge.core.commands import Asker, Commands, Place, read
from bridge.core.gaps import Gaps
from bridge.core.identity import Users
from bridge.core.inbox import Arrivals
from bridge.core.live import Live
from bridge.core.people.cases import Cases
from bridge.core.people.talk import Talk
from bridge.core.plumbing import Plumbing
from bridge.core.settling import Settling
from bridge.model import BotMoved, ChatKind, MessageSaid, Missed, Person, Pressed, Started, Text
from bridge.store.database import Store
from bridge.store.ledger import Ledger
from bridge.store.ledger_rows import Key, Route
from bridge.store.notices import Notices
from bridge.store.portals import Portals
from bridge.texts import say


class Spoken:
    """`talk` is None where people cannot reach people."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        portals: Portals,
        notices: Notices,
        plumbing: Plumbing,
        commands: Commands,
        live: Live,
        users: Users,
        cases: Cases,
        settling: Settling,
        gaps: Gaps,
        talk: Talk | None,
        *,
        clock: Callable[[], int],
        languages: tuple[str, ...],
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._portals = portals
        self._notices = notices
        self._plumbing = plumbing
        self._commands = commands
        self._live = live
        self._users = users
        self._cases = cases
        self._settling = settling
        self._gaps = gaps
        self._talk = talk
        self._clock = clock
        self._languages = languages

    async def heard(self, arrivals: Arrivals, event: MessageSaid | BotMoved | Started | Pressed | Missed) -> bool:
        """Look at an event before it becomes a message. True: it was dealt with."""
        if isinstance(event, Missed):
            await self._gaps.tell(arrivals.login, event)
            return True
        if isinstance(event, MessageSaid) and await self._settling.heard(arrivals.login, event):
            return True
        if self._talk is not None and event.chat.kind is ChatKind.PRIVATE and not isinstance(event, BotMoved):
            return await self._talk.heard(arrivals, event)
        match event:
            case BotMoved(chat, present, at):
                portal = await self._portals.of_chat(arrivals.login.id, chat.id)
                # Platforms tell whole seconds. One from before is told again: it ended an earlier link.
                old = portal is not None and 0 < at // 1000 < portal.made_at // 1000
                if portal is not None and not present and not old and portal.state != "closing":
                    await self._plumbing.untie(portal, "link_ended_removed")
                return True
            case Pressed():
                return True
            case Started(chat, person, _):
                refusal = await self._refusal(arrivals, person)
                if refusal != "":
                    await self._tell(arrivals, chat.id, refusal or say("private_hello", self._languages), None)
                return True
            case MessageSaid():
                return await self._said(arrivals, event)

    async def _said(self, arrivals: Arrivals, said: MessageSaid) -> bool:
        body = said.content.body if isinstance(said.content, Text) else ""
        if said.chat.kind is ChatKind.MIRROR:
            return False  # nobody there speaks to us
        private = said.chat.kind == ChatKind.PRIVATE
        if said.sender is not None and (said.sender.is_bot or said.sender.id == arrivals.login.remote_id):
            return False
        found = read(body, slash=not private)
        command = self._commands.find(found[0]) if found is not None else None
        place = Place.PRIVATE if private else Place.GROUP
        if command is not None and place not in command.places:
            command = None
        if command is None and not private:
            return False  # ordinary words, or a command of another bot
        ledger = await self._known(arrivals, said)
        if ledger:
            return True
        refusal = await self._refusal(arrivals, said.sender)
        if refusal is not None:
            answer = refusal
        elif command is None or found is None:
            answer = say("private_hello", self._languages)
        else:
            by = said.sender.id if said.sender is not None else said.chat.id
            asker = Asker(
                place,
                Role.USER,
                f"{arrivals.login.id}/{by}",
                leg=self._live.of(arrivals.login.id),
                chat=said.chat,
                person=said.sender,
                about=await self._ledger.event_of(arrivals.login.id, said.chat.id, said.reply_to or ""),
            )
            answer = await self._commands.answer(asker, found[0], found[1])
        async with self._store.transaction():
            key = Key(arrivals.login.id, said.chat.id, said.id)
            await self._ledger.route([Route(key, "command", said.at or self._clock())])
            if answer:
                await self._notices.put(arrivals.login.id, said.chat.id, answer, said.id)
        self._live.wake_chat(arrivals.login.id, said.chat.id)
        return True

    async def _refusal(self, arrivals: Arrivals, person: Person | None) -> str | None:
        """What a banned person hears instead of an answer, maybe ""; None for everybody else."""
        ghost = self._users.ghost(arrivals.login.platform, person.id) if person is not None else ""
        return await self._cases.answer_to(ghost)

    async def _known(self, arrivals: Arrivals, said: MessageSaid) -> bool:
        """Whether this command was carried out before (a repeated update)."""
        return bool(await self._ledger.by_keys([Key(arrivals.login.id, said.chat.id, said.id)]))

    async def _tell(self, arrivals: Arrivals, chat: str, text: str, reply_to: str | None) -> None:
        async with self._store.transaction():
            await self._notices.put(arrivals.login.id, chat, text, reply_to)
        self._live.wake_chat(arrivals.login.id, chat)
