"""What `accept` left as a row, finished one after the other for each room; and what a chat says to the bridge itself.

A row is done when its work is, so a crash repeats it: the homeserver's transaction ids (made from the row) keep an
answer from coming twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from bridge.config import Role
from bridge.core.bodies import Bodies
from bridge.core.commands import Asker, Commands, Place, read
from bridge.core.contents import reply_target
from bridge.core.identity import Users
from bridge.core.lanes import Lanes, backoff
from bridge.core.live import Live
from bridge.core.logins import Logins
from bridge.core.people.asking import Asking
from bridge.core.people.cases import Cases
from bridge.core.people.people import People
from bridge.core.plumbing import Plumbing
from bridge.core.rooms import Rooms
from bridge.core.settling import Settling
from bridge.core.statuses import STATUS_EVENT
from bridge.core.upheavals import Upheavals
from bridge.errors import Refused, Retry
from bridge.model import ChatKind
from bridge.ports import Homeserver
from bridge.store.database import Store
from bridge.store.doubts import Doubts
from bridge.store.ledger import Ledger
from bridge.store.notices import ROOMS, Notices, Task, Tasks
from bridge.store.portals import Portals
from bridge.texts import LANGUAGES, say

log = logging.getLogger("hampayam.chores")


class Chores:
    """`reachable`: people can reach people here, so that inviting a ghost asks them."""

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
        settling: Settling,
        reachable: bool,
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
        self._plumbing = plumbing
        self._commands = commands
        self._logins = logins
        self._live = live
        self._lanes = lanes
        self._users = users
        self._asking = asking
        self._people = people
        self._reachable = reachable
        self._settling = settling
        self._doubts = Doubts(store)
        self._cases = cases
        self._clock = clock
        self._languages = languages
        self._role_of = role_of
        self._upheavals = Upheavals(
            store,
            portals,
            tasks,
            bodies,
            homeserver,
            rooms,
            plumbing,
            asking,
            users,
            say_there=lambda task, text, by: self._say(task, text, by=by),
            tell_operators=self.tell_operators,
            wake=self.wake,
            languages=languages,
        )
        self.lost = self._upheavals.lost

    async def resume(self) -> None:
        await self._upheavals.resume()
        self._lanes.wake("tasks from before", lambda: self._lanes.wake_all("", self._tasks.waiting, self.wake))
        told = partial(self._notices.waiting, ROOMS)
        self._lanes.wake("notices from before", lambda: self._lanes.wake_all("", told, self.wake_room))

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
            said = None
            try:
                if notice.text and known is not None and known.steward is not None:
                    said = await self._homeserver.send(room, known.steward, content, f"hp-notice-{notice.id}")
                if notice.status is not None and known is not None and known.steward is not None:
                    txn = f"hp-notice-{notice.id}-status"
                    await self._homeserver.send(room, known.steward, notice.status, txn, STATUS_EVENT)
            except Retry as error:
                await self._lanes.sleep(backoff(attempt) if error.after is None else error.after)
                attempt += 1
                continue
            except Refused as error:
                log.warning("a notice was refused by its room: %s", error.reason)
            async with self._store.transaction():
                await self._notices.done(notice.id)
                if said is not None and notice.about is not None:
                    await self._doubts.put(ROOMS, room, said, notice.about)

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
            case "barred":
                await self._upheavals.barred(task.room, task.state_key or "")
            case "steward gone":
                await self._upheavals.steward_gone(task.room)
            case "replaced":
                await self._upheavals.replaced(task)
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
            case "settle":
                await self._settling.said(task.room, task.event_id, task.sender)

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
        asker = Asker(
            Place.ROOM, role, task.sender, mxid=task.sender, room=task.room, about=reply_target(content or {})
        )
        if (told := await self._logins.answered(task.room, task.sender, body)) is not None:
            await self._say(task, told)
            return
        found = read(body, slash=False)
        if found is not None:
            await self._say(task, await self._commands.answer(asker, *found) or "✓")

    async def _invited(self, task: Task) -> None:
        """The bot becomes somebody's management room; whoever a ghost stands for is asked whether they want to talk."""
        user = task.state_key or ""
        if self._users.is_steward(user) and await self._upheavals.invited(task.room, user):
            return
        ghost = self._users.person_of(user) is not None and not self._users.is_steward(user)
        if user != self._users.bot and (not ghost or not self._reachable):
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
        await self._upheavals.taken_out(task.room, task.state_key or "")

    async def _encrypted(self, task: Task) -> None:
        if await self._upheavals.encrypted(task):
            return
        if await self._tasks.management(task.room) is not None:
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
        self._live.opened(portal)

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
