"""Commands, chores and plumbing over the kit: what a group, a private chat and the management room can ask for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from bridge.config import PeopleConfig, Role
from bridge.core.chores import Chores
from bridge.core.commands import Commands
from bridge.core.commands.company import Company
from bridge.core.commands.declared import DECLARED
from bridge.core.commands.info import Info
from bridge.core.commands.linking import Linking
from bridge.core.commands.mirroring import Mirroring
from bridge.core.commands.moderation import Moderation
from bridge.core.commands.opting import Opting
from bridge.core.lanes import Lanes
from bridge.core.live import Leg, Live
from bridge.core.logins import Logins
from bridge.core.people.cases import Cases
from bridge.core.people.directory import Directory
from bridge.core.people.policy import PolicyRoom
from bridge.core.plumbing import Plumbing
from bridge.core.spoken import Spoken
from bridge.errors import BridgeError
from bridge.model import Chat, ChatKind, MemberRole, MessageSaid, Person, RemoteEvent, RoomEvent, Text
from bridge.ports import Identity
from bridge.reaching import Reaching
from bridge.store.credentials import Credentials
from bridge.store.handles import Handles
from bridge.store.portals import Portal
from tests.core.accounts import EITAA, MIRROR_SETTINGS, SETTINGS
from tests.core.fakes import LATEST, SARA, TITLES, ToldSession
from tests.core.kit import Core
from tests.core.town import Town

ADMIN = "@operator:hs.test"
DESK = "!desk"
"""The operator's management room."""


@dataclass
class Office:
    core: Core
    live: Live
    plumbing: Plumbing
    commands: Commands
    chores: Chores
    spoken: Spoken
    lanes: Lanes
    pings: list[BridgeError]
    logins: Logins
    credentials: Credentials
    cases: Cases
    changed: list[str]
    """Platforms whose credentials changed."""
    reaching: Reaching
    town: Town
    sessions: dict[str, ToldSession] = field(default_factory=dict)
    numbers: int = 0

    async def open(self, platform: str, **able: Any) -> Leg:
        """A platform whose login is running. Reza is an admin in its groups, everybody else a member."""
        session = self.core.session(platform, **able)
        session.roles.update(reza=MemberRole.ADMIN, mina=MemberRole.MEMBER)
        login = await self.core.login(platform)
        leg = self.live.leg(platform)
        leg.login, leg.session, leg.state = login, session, "running"
        leg.able = session.capabilities
        leg.departures = self.core.departures(login, session, self.lanes, self.live.wake_chat)
        leg.arrivals = self.core.arrivals(
            login, session, self.lanes, self.spoken.heard, self.live.wake_chat, self.chores.lost
        )
        self.sessions[platform] = session
        return leg

    async def open_mirror(self) -> Leg:
        """Eitaa's public pages are read."""
        session = self.core.session("eitaa", sends=False)
        login = await self.core.inbox.login("eitaa", Identity("eitaa.test", None, "eitaa.test"), ".mirror")
        leg = self.live.leg("eitaa", "mirror")
        leg.login, leg.session, leg.state, leg.able = login, session, "running", session.capabilities
        leg.departures = self.core.departures(login, session, self.lanes, self.live.wake_chat)
        leg.arrivals = self.core.arrivals(
            login, session, self.lanes, self.spoken.heard, self.live.wake_chat, self.chores.lost
        )
        self.sessions["eitaa mirror"] = session
        return leg

    async def says(
        self,
        platform: str,
        body: str,
        *,
        chat: str = "g1",
        sender: str | None = "reza",
        kind: ChatKind = ChatKind.GROUP,
        id: str = "",
        reply_to: str | None = None,
    ) -> None:
        """Somebody writes in a chat of a platform; returns when all that follows from it is done."""
        self.numbers += 1
        person = Person(sender, sender.title()) if sender is not None else None
        where, id = Chat(chat, kind, f"گروه {chat}"), id or f"m{self.numbers}"
        await self.happens(platform, MessageSaid(where, id, person, Text(body), reply_to=reply_to), chat)

    async def happens(self, platform: str, event: RemoteEvent, chat: str = "g1") -> None:
        self.numbers += 1
        leg = self.live.leg(platform)
        assert leg.login is not None
        assert leg.arrivals is not None
        await self.core.take(leg.login, self.sessions[platform], (f"{chat}/{self.numbers}", event))
        leg.arrivals.wake(chat)
        await self.idle()

    async def writes(self, body: str, *, sender: str = ADMIN, room: str = DESK, reply_to: str = "") -> str:
        """Somebody gives a command in their management room; returns the answer, "" for none."""
        self.numbers += 1
        before = len(self.core.homeserver.said_in(room))
        relation = {"m.relates_to": {"m.in_reply_to": {"event_id": reply_to}}} if reply_to else {}
        event = self.core.said(body, sender=sender, room=room, id=f"$command{self.numbers}", **relation)
        await self.accept(event)
        return "\n".join(self.core.homeserver.said_in(room)[before:])

    async def writes_while_busy(self, body: str) -> str:
        """As `writes`, while a lane has something to do that does not end; returns with the first answer."""
        self.numbers += 1
        before = len(self.core.homeserver.said_in(DESK))
        await self.core.hub.accept([self.core.said(body, sender=ADMIN, room=DESK, id=f"$command{self.numbers}")])
        self.wake_tasks()
        async with asyncio.timeout(LATEST):
            while len(said := self.core.homeserver.said_in(DESK)) == before:  # noqa: ASYNC110 (nobody tells of it)
                await asyncio.sleep(0.001)
        return "\n".join(said[before:])

    async def deeds(self) -> list[tuple[Any, ...]]:
        """(who, what, message, portal) of all that operators did to the queue."""
        rows = await self.core.store.fetch("SELECT actor, verb, message, portal FROM deed ORDER BY id")
        return [tuple(row) for row in rows]

    async def accept(self, *events: RoomEvent) -> None:
        await self.core.hub.accept(events)
        self.wake_tasks()
        await self.idle()

    async def idle(self) -> None:
        """Until every lane has ended. The link events that we sent come back on the way."""
        while True:
            async with asyncio.timeout(LATEST):
                while len(self.lanes):  # noqa: ASYNC110 (lanes tell nobody that they end)
                    await asyncio.sleep(0.001)
            events = list(self.core.homeserver.states)
            self.core.homeserver.states.clear()
            if not events:
                return
            await self.core.hub.accept(events)
            self.wake_tasks()

    def wake_tasks(self) -> None:
        for room in dict.fromkeys(self.core.due):
            self.chores.wake(room)
        self.core.due.clear()

    def told(self, platform: str, chat: str = "g1") -> list[str]:
        """What our bot said in a chat, taken away."""
        session = self.sessions[platform]
        found = [message.text for where, message in session.done if where == chat]
        session.done[:] = [each for each in session.done if each[0] != chat]
        return found

    async def portal(self, platform: str, chat: str = "g1") -> Portal | None:
        return await self.core.portals.of_chat(f"{platform}:bot", chat)


@asynccontextmanager
async def office(core: Core) -> AsyncIterator[Office]:
    """With one management room, of the operator. Its lanes live in a task of their own: a fixture begins and ends in
    different ones."""
    lanes: asyncio.Future[Lanes] = asyncio.get_running_loop().create_future()

    async def run() -> None:
        async with asyncio.TaskGroup() as group:
            lanes.set_result(Lanes(group, core.sleep))
            await asyncio.Event().wait()

    running = asyncio.create_task(run())
    try:
        yield await _furnished(core, await lanes)
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def _furnished(core: Core, lanes: Lanes) -> Office:
    live, pings = core.live, list[BridgeError]()
    plumbing = Plumbing(
        core.store,
        core.portals,
        core.notices,
        core.tasks,
        core.rooms,
        live,
        lanes,
        core.keys,
        clock=core.clock,
        languages=core.languages,
        titles=TITLES,
        code_minutes=30,
        most_chats=3,
    )

    async def ping() -> int:
        if pings:
            raise pings.pop()
        return 7

    async def tell_operators(text: str) -> None:
        await chores.tell_operators(text)

    platforms = {name: None for name in TITLES if name != "matrix"}
    watchdog = core.minding.watchdog
    info = Info(
        core.portals, core.queue, core.inbox, core.tasks, live, plumbing, watchdog, core.languages, "1.2.3", ping
    )
    linking = Linking(plumbing, core.portals, core.rooms, live, core.languages, platforms, tell_operators)
    credentials, changed = Credentials(core.store, core.keys), list[str]()
    logins = Logins({"eitaa": EITAA}, {"eitaa": SETTINGS}, credentials, live, core.languages, changed.append)
    mirroring = Mirroring({"eitaa": EITAA}, {"eitaa": MIRROR_SETTINGS}, plumbing, core.portals, live, core.languages)
    company = Company(
        core.portals,
        core.rooms,
        core.names,
        core.space,
        core.bodies,
        core.homeserver,
        core.users,
        core.languages,
    )
    opting = Opting(core.store, core.portals, core.rooms, core.consents, core.log, core.users, lanes, core.languages)
    answers = info.answers() | linking.answers() | company.answers() | logins.answers() | mirroring.answers()
    roles = {ADMIN: Role.ADMIN, SARA: Role.USER, "@mod:hs.test": Role.MODERATOR}
    cases = Cases(
        core.store,
        core.reports,
        core.portals,
        core.ghosts,
        core.rooms,
        PolicyRoom(core.store, core.tasks, core.homeserver, core.users, roles.get),
        core.bodies,
        core.users,
        core.keys,
        lanes,
        clock=core.clock,
        languages=core.languages,
        tell_moderators=tell_operators,
    )
    moderation = Moderation(
        cases,
        core.store,
        core.reports,
        core.ghosts,
        core.portals,
        core.users,
        TITLES,
        core.languages,
        clock=core.clock,
        role_of=roles.get,
    )
    town = Town(
        Directory(
            core.store,
            Handles(core.store),
            core.keys,
            core.users,
            PeopleConfig(),
            tell_operators,
            core.languages,
            TITLES,
            clock=core.clock,
        )
    )
    reaching = Reaching(
        PeopleConfig(),
        core.store,
        core.keys,
        core.users,
        core.homeserver,
        ledger=core.ledger,
        portals=core.portals,
        ghosts=core.ghosts,
        notices=core.notices,
        rooms=core.rooms,
        live=live,
        lanes=lanes,
        directory=town.directory,
        finder=town,
        attempt=town.attempt,
        links=lambda code: [(TITLES["bale"], f"https://ble.ir/hampayambot?start={code}")],
        platforms=lambda: list(TITLES),
        consents=core.consents,
        log=core.log,
        report=town.report,
        excluded=cases.answer_to,
        known_as=town.known_as,
        forget=town.forget,
        inbox=core.inbox,
        titles=TITLES,
        language=core.languages[0],
        clock=core.clock,
    )
    answers |= core.minding.answers()
    answers |= opting.answers() | moderation.answers() | reaching.answers(info.help)
    info.commands = Commands(DECLARED, answers, core.languages)
    chores = Chores(
        core.store,
        core.ledger,
        core.portals,
        core.notices,
        core.tasks,
        core.bodies,
        core.homeserver,
        core.rooms,
        plumbing,
        info.commands,
        logins,
        live,
        lanes,
        core.users,
        cases,
        asking=reaching.asking,
        people=reaching.rules,
        settling=core.minding.settling,
        reachable=True,
        clock=core.clock,
        languages=core.languages,
        role_of=roles.get,
    )
    spoken = reaching.spoken(info.commands, plumbing, cases, core.minding.settling, core.languages, core.hub.accept)
    live.wake_room = chores.wake_room
    async with core.store.transaction():
        await core.tasks.add_management(DESK, ADMIN)
    return Office(
        core,
        live,
        plumbing,
        info.commands,
        chores,
        spoken,
        lanes,
        pings,
        logins,
        credentials,
        cases,
        changed,
        reaching,
        town,
    )
