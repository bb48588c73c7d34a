"""The core on a real database, between a homeserver and sessions that do as they are told."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from bridge.core.bodies import Bodies
from bridge.core.hub import Hub, Placement, outgoing_content
from bridge.core.identity import Users
from bridge.core.inbox import Arrivals
from bridge.core.lanes import Lanes
from bridge.core.names import Names
from bridge.core.outbox import Departures
from bridge.core.rooms import Rooms
from bridge.keys import Keys
from bridge.model import (
    Batch,
    Capabilities,
    Chat,
    ChatKind,
    MemberRole,
    MessageSaid,
    Nothing,
    Outgoing,
    Person,
    RemoteEvent,
    RoomEvent,
    Text,
    Update,
)
from bridge.ports import Identity
from bridge.store import Store
from bridge.store.ghosts import Ghosts
from bridge.store.inbox import Inbox, Login
from bridge.store.ledger import Ledger
from bridge.store.notices import Notices, Tasks
from bridge.store.portals import Portal, Portals

TITLES: Mapping[str, Mapping[str, str]] = {
    "bale": {"fa": "بله", "en": "Bale"},
    "rubika": {"fa": "روبیکا", "en": "Rubika"},
    "soroush": {"fa": "سروش پلاس", "en": "Soroush Plus"},
    "matrix": {"fa": "ماتریکس", "en": "Matrix"},
}
ROOM = "!family"
SARA = "@sara:hs.test"
LATEST = 10.0
"""Seconds after which a test that waits has failed."""

Step = Exception | str | Callable[[], Awaitable[None]]


@dataclass
class Clock:
    """Unix milliseconds; moves only when somebody sleeps, or a test says so."""

    now: int = 1_800_000_000_000

    def __call__(self) -> int:
        return self.now

    def hours(self, hours: float) -> None:
        self.now += int(hours * 3_600_000)


class Hold:
    """A call that waits until the test lets it go on."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self._released = asyncio.Event()
        self._dies = False

    async def __call__(self) -> None:
        self.reached.set()
        await self._released.wait()
        if self._dies:
            raise asyncio.CancelledError

    def release(self) -> None:
        self._released.set()

    def die(self) -> None:
        """The call ends without an end, as it does when the process is killed."""
        self._dies = True
        self._released.set()


@dataclass(frozen=True)
class Sent:
    """An event that somebody of ours sent into a room."""

    id: str
    room: str
    sender: str
    content: Mapping[str, Any]
    txn: str


class KnownHomeserver:
    """Does what `ports.Homeserver` says, writes down every call, and fails when it was told to.

    A transaction id that it knows gives the same event again, as the real one does.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[str, ...]] = []
        self.sent: list[Sent] = []
        self.events: dict[str, dict[str, Any] | None] = {}
        self.names: dict[tuple[str, str], str] = {}
        self.encrypted: set[str] = set()
        self.rooms_made = 0
        self._steps: defaultdict[str, deque[Exception]] = defaultdict(deque)

    def fails(self, method: str, *errors: Exception) -> None:
        """The next calls of a method end with these errors."""
        self._steps[method].extend(errors)

    def called(self, method: str) -> list[tuple[str, ...]]:
        return [call for call in self.calls if call[0] == method]

    def said_in(self, room: str) -> list[str]:
        return [sent.content["body"] for sent in self.sent if sent.room == room]

    def _call(self, method: str, *args: str) -> None:
        self.calls.append((method, *args))
        if self._steps[method]:
            raise self._steps[method].popleft()

    async def register(self, user: str) -> None:
        self._call("register", user)

    async def join(self, room: str, user: str, *, inviter: str, name: str | None, invited: bool = False) -> None:
        self._call("join", room, user, inviter, name or "")

    async def leave(self, room: str, user: str, reason: str = "") -> None:
        self._call("leave", room, user, reason)

    async def invite(self, room: str, user: str, *, inviter: str) -> None:
        self._call("invite", room, user, inviter)

    async def send(
        self, room: str, sender: str, content: Mapping[str, Any], txn: str, type: str = "m.room.message"
    ) -> str:
        self._call("send", room, sender, txn)
        known = next((sent.id for sent in self.sent if sent.txn == txn), None)
        if known is None:
            known = f"$sent{len(self.sent)}"
            self.sent.append(Sent(known, room, sender, content, txn))
        return known

    async def set_state(self, room: str, sender: str, type: str, key: str, content: Mapping[str, Any]) -> str:
        self._call("set_state", room, sender, type, key, json.dumps(content, ensure_ascii=False, sort_keys=True))
        return f"$state{len(self.calls)}"

    async def create_room(self, creator: str, *, name: str, invite: list[str], powers: Mapping[str, Any]) -> str:
        self._call("create_room", creator, name, *invite)
        self.rooms_made += 1
        return f"!made{self.rooms_made}"

    async def event(self, room: str, event: str, user: str) -> dict[str, Any] | None:
        self._call("event", room, event, user)
        return self.events.get(event)

    async def member_name(self, room: str, user: str, *, reader: str) -> str | None:
        self._call("member_name", room, user)
        return self.names.get((room, user))

    async def is_encrypted(self, room: str, *, reader: str) -> bool:
        self._call("is_encrypted", room)
        return room in self.encrypted

    async def joined(self, room: str, *, reader: str) -> list[str]:
        self._call("joined", room)
        return []


class ToldSession:
    """A login that sends as it is told: each step is an error to raise, an id to answer, or something to wait for
    before the next step; with no steps left, every send works and the ids count up."""

    def __init__(self, platform: str, capabilities: Capabilities) -> None:
        self.platform = platform
        self.capabilities = capabilities
        self.asked: list[tuple[str, Outgoing]] = []
        self.done: list[tuple[str, Outgoing]] = []
        self.roles: dict[str, MemberRole] = {}
        self.said: dict[str, RemoteEvent | Exception] = {}
        self._steps: deque[Step] = deque()

    def will(self, *steps: Step) -> None:
        self._steps.extend(steps)

    @property
    def texts(self) -> list[str]:
        """What arrived: the words behind the label."""
        return [message.text.partition("\n")[2] for _, message in self.done]

    async def whoami(self) -> Identity:
        return Identity("bot", "hampayam_bot", "Hampayam")

    async def fetch(self, cursor: str | None) -> Batch:
        raise AssertionError("nobody polls here")

    def convert(self, update: Update) -> RemoteEvent:
        event = self.said.get(update.key, Nothing("unknown"))
        if isinstance(event, Exception):
            raise event
        return event

    async def send(self, chat: str, message: Outgoing) -> str:
        self.asked.append((chat, message))
        while self._steps:
            step = self._steps.popleft()
            if isinstance(step, Exception):
                raise step
            if isinstance(step, str):
                self.done.append((chat, message))
                return step
            await step()
        self.done.append((chat, message))
        return f"{self.platform}-{len(self.asked)}"

    async def chat(self, chat: str) -> Chat | None:
        return None

    async def member_role(self, chat: str, person: str) -> MemberRole:
        return self.roles.get(person, MemberRole.UNKNOWN)

    async def close(self) -> None:
        """There is nothing to close."""


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
    languages: tuple[str, ...] = ("en",)
    woken: list[int] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)
    due: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    counted: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.hub = Hub(
            self.store,
            self.ledger,
            self.portals,
            self.tasks,
            self.bodies,
            self.keys,
            self.users,
            clock=self.clock,
            wake=lambda portal: self.woken.append(portal.id),
            tasks_due=self.due.append,
            forget_name=self.names.forget,
        )

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

    def departures(self, login: Login, session: ToldSession, lanes: Lanes) -> Departures:
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
            keys=self.keys,
            lanes=lanes,
            languages=self.languages,
            titles=TITLES,
            clock=self.clock,
            wake_chat=lambda login, chat: self.told.append((login, chat)),
        )

    def arrivals(
        self,
        login: Login,
        session: ToldSession,
        lanes: Lanes,
        special: Callable[[Arrivals, Any], Awaitable[bool]] | None = None,
    ) -> Arrivals:
        async def ordinary(_arrivals: Arrivals, _event: Any) -> bool:
            return False

        return Arrivals(
            login,
            session,
            bots=lambda _: False,
            store=self.store,
            inbox=self.inbox,
            ledger=self.ledger,
            hub=self.hub,
            rooms=self.rooms,
            homeserver=self.homeserver,
            lanes=lanes,
            special=special or ordinary,
            notices=self.notices,
            wake_chat=lambda login, chat: self.told.append((login, chat)),
            languages=self.languages,
            counted=lambda platform, kind: self.counted.append((platform, kind)),
        )

    async def take(self, login: Login, session: ToldSession, *events: tuple[str, RemoteEvent | Exception]) -> None:
        """Updates, by their keys, arrive in the inbox; the part of a key before "/" is its chat."""
        session.said.update(events)
        updates = tuple(Update(key, key.partition("/")[0], b"{}") for key, _ in events)
        await self.inbox.take(login.id, Batch(updates, "cursor"), self.clock())

    async def drained(self, portal: Portal, session: ToldSession) -> None:
        """Let the copies of a portal go out until nothing is due any more."""
        async with self.running() as lanes:
            self.departures(await self.login(portal.platform), session, lanes).wake(portal.id)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Core]:
    store = Store(url)
    await store.open()
    try:
        keys, homeserver, users = Keys(b"k" * 32), KnownHomeserver(), Users("hampayam", "hs.test", 2)
        portals, ghosts = Portals(store), Ghosts(store)
        ghost_titles = {name: titles["fa"] for name, titles in TITLES.items() if name != "matrix"}
        yield Core(
            store=store,
            clock=Clock(),
            keys=keys,
            users=users,
            homeserver=homeserver,
            ledger=Ledger(store),
            portals=portals,
            ghosts=ghosts,
            notices=Notices(store, keys),
            tasks=Tasks(store),
            inbox=Inbox(store, keys),
            bodies=Bodies(homeserver),
            names=Names(ghosts, homeserver, users, TITLES, "fa"),
            rooms=Rooms(store, portals, ghosts, homeserver, users, ghost_titles),
        )
    finally:
        await store.close()


@pytest.fixture
async def core(database_url: str) -> AsyncIterator[Core]:
    """On both databases."""
    async with opened(database_url) as core:
        yield core


@pytest.fixture
async def small_core(tmp_path: Any) -> AsyncIterator[Core]:
    """On SQLite alone, where the database is not what is looked at."""
    async with opened(f"sqlite:///{tmp_path / 'bridge.db'}") as core:
        yield core


@pytest.fixture
def hold() -> Hold:
    return Hold()
