"""The core on a real database, between a homeserver and sessions that do as they are told."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from bridge.abilities import Capabilities
from bridge.config import WaitingConfig
from bridge.core.bodies import Bodies
from bridge.core.contents import outgoing_content
from bridge.core.corrections import Corrections
from bridge.core.faces import Faces
from bridge.core.filelinks import FileLinks
from bridge.core.files import Carrier
from bridge.core.hub import Hub, Placement
from bridge.core.identity import Users
from bridge.core.inbox import Arrivals
from bridge.core.lanes import Lanes
from bridge.core.live import Live
from bridge.core.names import Names
from bridge.core.outbox import Departures
from bridge.core.pacing import Pacer
from bridge.core.people.desk import DeskRules
from bridge.core.people.log import ConsentLog
from bridge.core.people.speech import Speech
from bridge.core.people.voices import Voices
from bridge.core.quota import Quota
from bridge.core.rooms import Rooms
from bridge.core.space import Space
from bridge.core.waited import Waited
from bridge.core.workshop import Workshop
from bridge.errors import Retry
from bridge.keys import Keys
from bridge.minding import Minding
from bridge.model import Batch, Chat, ChatKind, MessageSaid, Person, RemoteEvent, RoomEvent, Text, Update
from bridge.ports import Identity
from bridge.store import Store
from bridge.store.consent import Consents
from bridge.store.desks import Desks
from bridge.store.files import Files
from bridge.store.ghosts import Ghosts
from bridge.store.inbox import Inbox, Login
from bridge.store.ledger import Ledger
from bridge.store.notices import ROOMS, Notices, Tasks
from bridge.store.portals import Portal, Portals
from bridge.store.reports import Reports
from bridge.store.requests import Requests
from tests.core.fakes import LATEST, ROOM, SARA, TITLES, Clock, Hold, KnownHomeserver, ToldSession


@dataclass
class Core:
    """Everything of the core that needs no network, wired as the app does it; `woken` are the portals that the hub
    woke, `told` the chats that have a notice, `due` the rooms that have a task."""

    store: Store
    clock: Clock
    keys: Keys
    users: Users
    homeserver: KnownHomeserver
    ledger: Ledger
    portals: Portals
    ghosts: Ghosts
    notices: Notices
    tasks: Tasks
    inbox: Inbox
    bodies: Bodies
    names: Names
    rooms: Rooms
    space: Space
    live: Live
    workshop: Workshop
    consents: Consents
    reports: Reports
    voices: Voices
    languages: tuple[str, ...] = ("en",)
    woken: list[int] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)
    due: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    counted: list[tuple[str, str]] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    unreached: bool = False
    """The homeserver does not reach us."""

    def __post_init__(self) -> None:
        self.desks = Desks(self.store)
        self.requests = Requests(self.store, self.keys)
        self.log = ConsentLog(self.consents, self.users, self.keys, self.clock)
        self.speech = Speech(self.store, self.desks, self.portals, self.notices, self.live, self.log, TITLES)
        self.rules = DeskRules(self.desks, self.portals, self.requests, self.ledger, self.log, self.speech, self.users)
        self.minding = Minding(
            WaitingConfig(),
            self.store,
            ledger=self.ledger,
            portals=self.portals,
            notices=self.notices,
            inbox=self.inbox,
            live=self.live,
            people=self.rules,
            users=self.users,
            bodies=self.bodies,
            platforms=lambda: [name for name in TITLES if name != "matrix"],
            titles=TITLES,
            languages=self.languages,
            clock=self.clock,
            ping=self._pinged,
            tell=self._alarm,
            waited=Waited(24 * 3_600_000, self.clock, self.clock.steady),
        )
        self.queue = self.minding.queue
        self.hub = Hub(
            self.store,
            self.ledger,
            self.portals,
            self.tasks,
            self.bodies,
            self.keys,
            self.users,
            self.voices,
            clock=self.clock,
            wake=lambda portal: self.woken.append(portal.id),
            tasks_due=self.due.append,
            forget_name=self.names.forget,
            meant=self.rules.portal_meant,
        )
        self.files = Files(self.store)
        self.links = FileLinks(self.keys, self.portals, self.bodies, "", 72, self.clock)
        self.corrections = Corrections(
            self.store,
            self.ledger,
            self.portals,
            self.hub,
            self.users,
            self.keys,
            self.voices,
            clock=self.clock,
        )

    async def _pinged(self) -> int:
        if self.unreached:
            raise Retry("homeserver: 502")
        return 7

    async def _alarm(self, text: str) -> None:
        self.alarms.append(text)

    # --- what a test sets up

    async def login(self, platform: str) -> Login:
        return await self.inbox.login(platform, Identity("bot", None, "Hampayam"))

    async def portal(
        self,
        platform: str,
        chat: str = "g1",
        *,
        room: str = ROOM,
        state: str = "open",
        kind: ChatKind = ChatKind.GROUP,
    ) -> Portal:
        """A chat of a platform that is tied to a room. The room is made at its first mention."""
        login = await self.login(platform)
        async with self.store.transaction():
            known = await self.portals.room_by_mxid(room)
            if known is None:
                number = await self.portals.make_room("خانواده", None)
                await self.portals.room_made(number, room, self.users.steward(platform, number))
            else:
                number = known.id
            made = await self.portals.tie(login.id, chat, platform, kind, f"{platform}'s {chat}", number, state, 0)
        portal = await self.portals.get(made)
        assert portal is not None
        return portal

    def said(
        self, body: str = "سلام", *, sender: str = SARA, room: str = ROOM, id: str = "", **content: Any
    ) -> RoomEvent:
        """A message that was said in a room. Its id follows from its words."""
        content = {"msgtype": "m.text", "body": body, **content}
        id = id or "$" + self.keys.digest(body, sender, room)[:12]
        return RoomEvent(id, room, "m.room.message", sender, self.clock(), content)

    def state(
        self,
        type: str,
        content: dict[str, object],
        *,
        key: str = "",
        sender: str = SARA,
        room: str = ROOM,
        id: str = "",
    ) -> RoomEvent:
        id = id or "$" + self.keys.digest(type, key, sender, json.dumps(content))[:12]
        return RoomEvent(id, room, type, sender, self.clock(), content, key)

    def link_event(self, portal: Portal, *, room: str = ROOM, sender: str | None = None) -> RoomEvent:
        """Our own link event, as it comes back."""
        return self.state(
            "uk.half-shot.bridge",
            {"ir.hampayam": {"portal": portal.id, "one_way": False}},
            key=f"hampayam/{portal.id}",
            sender=sender or self.users.steward(portal.platform, portal.room),
            room=room,
        )

    def echo(self, placement: Placement, id: str) -> RoomEvent:
        """A placed message, as the homeserver gives it back to us."""
        said = placement.said
        ghost = self.users.ghost(placement.portal.platform, (said.sender or said.chat).id)
        assert placement.portal.mxid is not None
        content = outgoing_content("…", placement.origin, None)
        return RoomEvent(id, placement.portal.mxid, "m.room.message", ghost, self.clock(), content)

    def heard(
        self,
        body: str,
        *,
        id: str,
        chat: str = "g1",
        sender: Person | None = None,
        kind: ChatKind = ChatKind.GROUP,
        **more: Any,
    ) -> MessageSaid:
        """A message that somebody (Reza, where nobody is named) said in a chat."""
        return MessageSaid(Chat(chat, kind, "گروه"), id, sender or Person("reza", "Reza"), Text(body), **more)

    async def receive(self, platform: str, *said: MessageSaid, bots: bool = False) -> list[Placement]:
        return await self.hub.receive(await self.login(platform), list(said), bots=lambda _: bots)

    async def copies(self, *columns: str) -> list[tuple[Any, ...]]:
        """All copies in the order of the queue."""
        rows = await self.store.fetch(f"SELECT {', '.join(columns)} FROM copy ORDER BY id")
        return [tuple(row) for row in rows]

    async def messages(self, *columns: str) -> list[tuple[Any, ...]]:
        rows = await self.store.fetch(f"SELECT {', '.join(columns)} FROM message ORDER BY id")
        return [tuple(row) for row in rows]

    async def count(self, table: str) -> int:
        return int(await self.store.fetchval(f"SELECT COUNT(*) FROM {table}"))

    async def notes(self, portal: Portal) -> list[tuple[str, str | None]]:
        """The notices that wait for a chat, taken away: (text, what it answers)."""
        found = []
        while (notice := await self.notices.next(portal.login, portal.chat)) is not None:
            found.append((notice.text, notice.reply_to))
            await self.notices.done(notice.id)
        return found

    async def notes_in(self, room: str) -> list[tuple[str, str | None]]:
        """The notices that wait for a room, taken away."""
        found = []
        while (notice := await self.notices.next(ROOMS, room)) is not None:
            found.append((notice.text, notice.reply_to))
            await self.notices.done(notice.id)
        return found

    # --- what runs

    async def sleep(self, seconds: float) -> None:
        """No time passes but on our clock."""
        self.slept.append(seconds)
        self.clock.now += int(seconds * 1000)
        await asyncio.sleep(0)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Lanes]:
        """Lanes to work in. The block ends when all their work is done."""
        async with asyncio.timeout(LATEST), asyncio.TaskGroup() as group:
            yield Lanes(group, self.sleep)

    def session(self, platform: str, **able: Any) -> ToldSession:
        return ToldSession(platform, Capabilities(**able))

    def _note(self, login: str, chat: str) -> None:
        self.told.append((login, chat))

    def pacer(self, session: ToldSession) -> Pacer:
        """No time passes but on our clock."""

        def later(seconds: float, call: Callable[[], None]) -> asyncio.Handle:
            def due() -> None:
                self.slept.append(seconds)
                self.clock.now += math.ceil(seconds * 1000)
                call()

            return asyncio.get_running_loop().call_soon(due)

        return Pacer(session.capabilities.calls_at_once, clock=lambda: self.clock() / 1000, later=later)

    def departures(
        self,
        login: Login,
        session: ToldSession,
        lanes: Lanes,
        wake_chat: Callable[[str, str], None] | None = None,
        pacer: Pacer | None = None,
    ) -> Departures:
        return Departures(
            login,
            session,
            store=self.store,
            ledger=self.ledger,
            portals=self.portals,
            notices=self.notices,
            bodies=self.bodies,
            names=self.names,
            users=self.users,
            carrier=Carrier(login.id, session, self.homeserver, self.files, self.workshop, self.links),
            keys=self.keys,
            voices=self.voices,
            lanes=lanes,
            pacer=pacer or self.pacer(session),
            languages=self.languages,
            titles=TITLES,
            clock=self.clock,
            wake_chat=wake_chat or self._note,
            able=self.live.able,
            people=self.rules,
            patience=self.minding.patience,
        )

    def arrivals(
        self,
        login: Login,
        session: ToldSession,
        lanes: Lanes,
        special: Callable[[Arrivals, Any], Awaitable[bool]] | None = None,
        wake_chat: Callable[[str, str], None] | None = None,
        lost: Callable[[str], Awaitable[None]] | None = None,
        per_minute: int = 0,
    ) -> Arrivals:
        async def ordinary(_arrivals: Arrivals, _event: Any) -> bool:
            return False

        async def nothing(_room: str) -> None:
            return None

        return Arrivals(
            login,
            session,
            bots=lambda _: False,
            store=self.store,
            inbox=self.inbox,
            ledger=self.ledger,
            portals=self.portals,
            hub=self.hub,
            corrections=self.corrections,
            rooms=self.rooms,
            users=self.users,
            homeserver=self.homeserver,
            carrier=Carrier(login.id, session, self.homeserver, self.files, self.workshop, self.links),
            faces=Faces(
                login,
                session,
                store=self.store,
                ghosts=self.ghosts,
                portals=self.portals,
                rooms=self.rooms,
                homeserver=self.homeserver,
                carrier=Carrier(login.id, session, self.homeserver, self.files, self.workshop, self.links),
                users=self.users,
                lanes=lanes,
            ),
            lanes=lanes,
            quota=Quota(per_minute, self.clock, self.clock.steady),
            special=special or ordinary,
            notices=self.notices,
            wake_chat=wake_chat or self._note,
            languages=self.languages,
            counted=lambda platform, kind: self.counted.append((platform, kind)),
            lost=lost or nothing,
        )

    async def take(self, login: Login, session: ToldSession, *events: tuple[str, RemoteEvent | Exception]) -> None:
        """Updates, by their keys, arrive in the inbox; the part of a key before "/" is its chat."""
        session.said.update(events)
        updates = tuple(Update(key, key.partition("/")[0], b"{}") for key, _ in events)
        await self.inbox.take(login.id, Batch(updates, "cursor"), self.clock())

    async def people_say(self, *bodies: str) -> list[str]:
        """Sara says something in the room, and the homeserver has it. Returns the events' ids."""
        events = [self.said(body) for body in bodies]
        self.homeserver.events.update({event.id: {"content": event.content} for event in events})
        await self.hub.accept(events)
        return [event.id for event in events]

    async def reza_says(self, body: str, id: str) -> str:
        """Reza says something in the Rubika group, and it comes back from the homeserver, which alone has its words."""
        (placement,) = await self.receive("rubika", self.heard(body, id=id))
        event = self.echo(placement, f"${id}")
        await self.hub.accept([event])
        self.homeserver.events[event.id] = {"content": {**event.content, "body": body}}
        self.bodies.forget(event.id)
        return event.id

    async def crash(self, portal: Portal, session: ToldSession, hold: Hold) -> None:
        """The process ends while a send is under way; what comes next is another process, with an empty memory."""

        async def process() -> None:
            await self.drained(portal, session)

        running = asyncio.create_task(process())
        await asyncio.wait_for(hold.reached.wait(), LATEST)
        running.cancel()
        hold.die()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        self.bodies = Bodies(self.homeserver)

    async def drained(self, portal: Portal, session: ToldSession) -> None:
        """Let the copies of a portal go out until nothing is due any more."""
        async with self.running() as lanes:
            self.departures(await self.login(portal.platform), session, lanes).wake(portal.id)
