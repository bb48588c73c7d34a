"""What `accept` left as a row, finished one after the other for each room; and what a chat says to the bridge itself.

A row is done when its work is, so a crash repeats it: the homeserver's transaction ids (made from the row) keep an
answer from coming twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from bridge.config import Role
from bridge.core.bodies import Bodies
from bridge.core.commands import Asker, Commands, Place, read
from bridge.core.gaps import Gaps
from bridge.core.identity import Users
from bridge.core.inbox import Arrivals
from bridge.core.lanes import Lanes, backoff
from bridge.core.live import Live
from bridge.core.logins import Logins
from bridge.core.people.asking import Asking
from bridge.core.people.cases import Cases
from bridge.core.people.people import People
from bridge.core.people.talk import Talk
from bridge.core.plumbing import Plumbing
from bridge.core.rooms import Rooms
from bridge.errors import LoginLost, Refused, Retry
from bridge.model import BotMoved, ChatKind, MessageSaid, Missed, Person, Pressed, Started, Text
from bridge.ports import Homeserver
from bridge.store.database import Store
from bridge.store.ledger import Ledger
from bridge.store.ledger_rows import Key, Route
from bridge.store.notices import ROOMS, Notices, Task, Tasks
from bridge.store.portals import Portals
from bridge.texts import LANGUAGES, reason_words, say
from bridge.texts.sentences import SENTENCES

log = logging.getLogger("hampayam.chores")


class Chores:
    """`role_of` is the config's answer to who a Matrix user is; None: nobody who may ask anything."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        portals: Portals,
        notices: Notices,
        tasks: Tasks,
        bodies: Bodies,
        homeserver: Homeserver,
        rooms: Rooms,
        plumbing: Plumbing,
        commands: Commands,
        logins: Logins,
        live: Live,
        lanes: Lanes,
        users: Users,
        cases: Cases,
        *,
        asking: Asking,
        people: People,
        talk: Talk | None,
        gaps: Gaps,
        clock: Callable[[], int],
        languages: tuple[str, ...],
        role_of: Callable[[str], Role | None],
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._portals = portals
        self._notices = notices
        self._tasks = tasks
        self._bodies = bodies
        self._homeserver = homeserver
        self._rooms = rooms
        self._plumbing = plumbing
        self._commands = commands
        self._logins = logins
        self._live = live
        self._lanes = lanes
        self._users = users
        self._asking = asking
        self._people = people
        self._talk = talk
        self._gaps = gaps
        self._cases = cases
        self._clock = clock
        self._languages = languages
        self._role_of = role_of

    # --- from Matrix

    async def resume(self) -> None:
        for room in await self._tasks.waiting():
            self.wake(room)
        for room in await self._notices.waiting(ROOMS):
            self.wake_room(room)

    def wake(self, room: str) -> None:
        self._lanes.wake(("tasks", room), lambda: self._drain(room))

    def wake_room(self, room: str) -> None:
        self._lanes.wake(("room notices", room), lambda: self._tell_room(room))

    async def _tell_room(self, room: str) -> None:
        """What people in a room must know, said by a steward who is there."""
        attempt = 0
        while notice := await self._notices.next(ROOMS, room):
            content: dict[str, Any] = {"msgtype": "m.notice", "body": notice.text}
            if notice.reply_to:
                content["m.relates_to"] = {"m.in_reply_to": {"event_id": notice.reply_to}}
            known = await self._portals.room_by_mxid(room)
            try:
                if notice.text and known is not None and known.steward is not None:
                    await self._homeserver.send(room, known.steward, content, f"hp-notice-{notice.id}")
            except Retry as error:
                await self._lanes.sleep(backoff(attempt) if error.after is None else error.after)
                attempt += 1
                continue
            except Refused as error:
                log.warning("a notice was refused by its room: %s", error.reason)
            async with self._store.transaction():
                await self._notices.done(notice.id)

    async def _drain(self, room: str) -> None:
        attempt = 0
        while task := await self._tasks.next(room):
            try:
                await self._work(task)
            except Retry as error:
                await self._lanes.sleep(backoff(attempt) if error.after is None else error.after)
                attempt += 1
                continue
            except Refused as error:
                log.warning("task %s (%s) was refused: %s", task.id, task.kind, error.reason)
            except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, AssertionError) as error:
                # What breaks us now breaks us every time: it is set aside. (A database that fails is not.)
                log.error("task %s (%s) was set aside: %s", task.id, task.kind, type(error).__name__)
                async with self._store.transaction():
                    await self._tasks.poison(task.event_id, task.room, type(error).__name__, self._clock())
            attempt = 0
            async with self._store.transaction():
                await self._tasks.done(task.id)

    async def _work(self, task: Task) -> None:
        match task.kind:
            case "command":
                await self._command(task)
            case "invite":
                await self._invited(task)
            case "encrypted invite":
                await self._homeserver.leave(task.room, task.state_key or "", say("encrypted_room", LANGUAGES))
            case "member":
                await self._moved(task)
            case "encryption":
                await self._encrypted(task)
            case "opened":
                await self._opened(task)
            case "came":
                await self._asking.came(task.room, task.state_key or "")
            case "gone":
                await self._asking.gone(task.room, task.state_key or "", task.sender)
            case "unheard":
                await self._unheard(task)

    async def _say(self, task: Task, text: str, *, by: str | None = None, part: int = 0) -> None:
        content = {"msgtype": "m.notice", "body": text}
        await self._homeserver.send(task.room, by or self._users.bot, content, f"hp-task-{task.id}-{part}")

    async def _command(self, task: Task) -> None:
        content = await self._bodies.get(task.room, task.event_id, self._users.bot)
        body = content.get("body") if content is not None else None
        role = self._role_of(task.sender)
        if not isinstance(body, str) or (content or {}).get("msgtype") != "m.text":
            return
        if role is None:
            await self._say(task, say("nobody", self._languages))
            return
        if role < Role.MODERATOR and (refusal := await self._cases.answer_to(task.sender)) is not None:
            if refusal:
                await self._say(task, refusal)
            return
        asker = Asker(Place.ROOM, role, task.sender, mxid=task.sender, room=task.room)
        if (told := await self._logins.answered(task.room, task.sender, body)) is not None:
            await self._say(task, told)
            return
        found = read(body, slash=False)
        if found is not None:
            await self._say(task, await self._answer(asker, *found) or "✓")

    async def _answer(self, asker: Asker, word: str, args: list[str]) -> str:
        command = self._commands.find(word)
        if command is None or asker.place not in command.places:
            return say("no_such_command", self._languages)
        if asker.role < command.role:
            return say("not_your_role", self._languages)
        try:
            return await self._commands.run(command, asker, args)
        except (Retry, LoginLost):
            return say("platform_not_ready", self._languages)
        except Refused as error:
            if error.reason in SENTENCES:
                return say(error.reason, self._languages)
            return say("not_done", self._languages, reason=reason_words(error.reason))

    async def _invited(self, task: Task) -> None:
        """The bot becomes somebody's management room; whoever a ghost stands for is asked whether they want to talk."""
        user = task.state_key or ""
        ghost = self._users.person_of(user) is not None and not self._users.is_steward(user)
        if user != self._users.bot and (not ghost or self._talk is None):
            await self._homeserver.leave(task.room, user, say("not_by_invite", LANGUAGES))
            return
        if self._role_of(task.sender) is None:
            await self._homeserver.leave(task.room, user, say("nobody", LANGUAGES))
            return
        if ghost and not await self._cases.is_banned(task.sender):
            await self._asking.invited(task.sender, user, task.room)
        if ghost:
            return
        await self._homeserver.join(task.room, user, inviter=task.sender, name=None, invited=True)
        if await self._homeserver.is_encrypted(task.room, reader=user):
            await self._refuse_encryption(task, user)
            return
        async with self._store.transaction():
            await self._tasks.add_management(task.room, task.sender)
        await self._say(task, say("welcome", self._languages))

    async def _moved(self, task: Task) -> None:
        """Somebody left a management room, or took one of ours out of a room."""
        if await self._tasks.management(task.room) is not None:
            async with self._store.transaction():
                await self._tasks.drop_management(task.room)
            if task.state_key != self._users.bot:
                await self._homeserver.leave(task.room, self._users.bot)
            return
        for portal in await self._portals.in_room(task.room):
            if portal.partner is not None:
                await self._asking.taken_out(task.room, task.state_key or "")
                return
            if task.state_key is not None and portal.listening:
                await self._rooms.forget_ghost(portal, task.state_key)

    async def _encrypted(self, task: Task) -> None:
        """An encrypted room cannot be bridged. It is said in both languages, never met with silence."""
        portals = await self._portals.in_room(task.room)
        if portals:
            steward = self._users.steward(portals[0].platform, portals[0].room)
            if not await self._homeserver.is_encrypted(task.room, reader=steward):
                # Anybody can send an encrypted event into an open room: that ends no link.
                words = say("not_carried", self._languages, reason=reason_words("encrypted"))
                await self._say(task, words, by=steward)
                return
            await self._say(task, say("encrypted_room", LANGUAGES), by=steward)
            if portals[0].partner is not None:
                await self._asking.encrypted(task.room)
                return
            for portal in portals:
                if portal.state not in ("closing", "closed"):
                    await self._plumbing.untie(portal, "link_ended_encrypted")
        elif await self._tasks.management(task.room) is not None:
            await self._refuse_encryption(task, self._users.bot)

    async def _refuse_encryption(self, task: Task, user: str) -> None:
        await self._say(task, say("encrypted_room", LANGUAGES), by=user, part=1)
        async with self._store.transaction():
            await self._tasks.drop_management(task.room)
        await self._homeserver.leave(task.room, user, say("encrypted_room", LANGUAGES))

    async def _opened(self, task: Task) -> None:
        number = (task.state_key or "").removeprefix("hampayam/")
        portal = await self._portals.get(int(number)) if number.isdecimal() else None
        if portal is None or portal.state != "open":
            return
        mirror = portal.kind is ChatKind.MIRROR
        if mirror or not self._live.receives(portal.login):
            text = say(
                "joined_mirror" if mirror else "room_one_way",
                self._languages,
                title=portal.title,
                platform=self._plumbing.titles[portal.platform],
            )
            await self._say(task, text, by=self._users.steward(portal.platform, portal.room))
        await self._plumbing.opened(portal)
        leg = self._live.of(portal.login)
        if leg is not None and leg.arrivals is not None:
            leg.arrivals.faces.opened(portal)

    async def _unheard(self, task: Task) -> None:
        """Somebody in a private chat wrote to a conversation that had just ended."""
        message = await self._ledger.by_event(task.event_id)
        if message is None or message.login is None or message.chat is None:
            return
        remote_id = await self._ledger.remote_of(task.event_id, message.login, message.chat)
        languages = await self._people.languages(message.login, message.chat) or self._languages
        async with self._store.transaction():
            await self._notices.put(message.login, message.chat, say("conversation_over", languages), remote_id)
        self._live.wake_chat(message.login, message.chat)

    async def tell_operators(self, text: str) -> None:
        """Into the management room of everybody who may approve."""
        for room, person in await self._tasks.management_rooms():
            if (self._role_of(person) or Role.USER) >= Role.MODERATOR:
                txn = f"hp-tell-{self._clock()}-{room}"
                try:
                    await self._homeserver.send(room, self._users.bot, {"msgtype": "m.notice", "body": text}, txn)
                except (Retry, Refused) as error:
                    log.warning("a management room was not reached: %s", type(error).__name__)

    # --- from a platform

    async def special(self, arrivals: Arrivals, event: MessageSaid | BotMoved | Started | Pressed | Missed) -> bool:
        """Look at an event before it becomes a message. True: it was dealt with."""
        if isinstance(event, Missed):
            await self._gaps.tell(arrivals.login, event)
            return True
        if self._talk is not None and event.chat.kind is ChatKind.PRIVATE and not isinstance(event, BotMoved):
            return await self._talk.heard(arrivals, event)
        match event:
            case BotMoved(chat, present, at):
                portal = await self._portals.of_chat(arrivals.login.id, chat.id)
                old = portal is not None and 0 < at < portal.made_at  # told again: it ended an earlier link
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
            )
            answer = await self._answer(asker, found[0], found[1])
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
