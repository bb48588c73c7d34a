"""One world, shaken in rounds. Each round: people talk while faults happen; then everything is mended, comes to rest,
and is judged."""

from __future__ import annotations

import asyncio
import contextlib
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
import asyncpg

from bridge.sandbox.manager import Manager
from bridge.sandbox.postgres import Postgres
from bridge.sandbox.simulators import account_settings
from bridge.sandbox.world import World
from tests.disks import SmallDisk, disk_of
from tests.soak.checker import ROOM, Evidence, Where, about, check
from tests.soak.clock import Clock
from tests.soak.faults import TIMEOUT_S, Chaos, draw, is_doubtful
from tests.soak.journal import Journal
from tests.soak.looking import Ledger, lines_of_chat, lines_of_room
from tests.soak.network import Network
from tests.soak.private import FIRST_ROOM, Private, meet
from tests.soak.scene import ACCOUNTS, IN_CHANNELS, ROOMS, Matrix, Room, Voice

MOST_UNDER_WAY = 100
"""So many updates, messages and copies may wait, on the platforms and in the bridge, before people fall silent."""
LOOK_S = 0.25
SETTLED_WITHIN_S = 600.0
NEWS_S = 10.0
DISK_MB, MESSAGES_A_MB = 128, 150
"""How large the disk of the bridge's database is where it is full now and then: that, and more for long runs."""
END = "ir.hampayam.soak.end"


@dataclass(frozen=True)
class Plan:
    """A run. `gap`: seconds between two messages of one person, on the average."""

    messages: int
    seed: int
    faults: Sequence[str]
    database: str
    rooms: int = 4
    round: int = 500
    gap: float = 0.6

    @property
    def rounds(self) -> int:
        return -(-self.messages // self.round)

    def size(self, number: int) -> int:
        return min(self.round, self.messages - number * self.round)


@dataclass
class Outcome:
    """Of one round, as it is kept. `wrong`: every finding, [room, place, number] by its name."""

    round: int
    messages: int
    chats: int
    seconds: float
    settling: float
    states: dict[str, int]
    faults: dict[str, int]
    hits: dict[str, int]
    doubts: int
    private: int
    """Copies that two strangers got of each other's words before one ended it."""
    ended_by_itself: int
    wrong: dict[str, list[tuple[int, str, int]]] = field(default_factory=dict)
    about: list[str] = field(default_factory=list)
    """All that is known of these messages."""

    def row(self) -> dict[str, Any]:
        return asdict(self)


class Soak:
    """`async with Soak(plan, folder, tell) as soak: await soak.round(0)`. `folder` must be empty or not exist."""

    def __init__(self, plan: Plan, folder: Path, template: Path, tell: Callable[[str], None], *, done: int = 0) -> None:
        """`done`: how many messages earlier rounds have had."""
        self.plan = plan
        self._folder = folder
        self._template = template
        self._tell = tell
        self._done = self._before = done
        self._began = time.monotonic()
        self._undo = contextlib.AsyncExitStack()
        self._postgres: Postgres | None = None
        self._left: dict[str, int] = {}
        """What the bridge has not finished, when that was last looked at."""
        self._ended = 0
        """How often the bridge ended by itself in this round."""
        self._rooms: list[Room] = []
        self._where: dict[tuple[str, str], Where] = {}
        self._private: Private
        self._seen: dict[Where, int] = {}
        """Up to where each place was judged."""

    async def __aenter__(self) -> Self:
        try:
            await self._build()
        except BaseException:
            await self._undo.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._undo.aclose()

    async def _build(self) -> None:
        address, disk = None, self._disk()
        if self.plan.database == "postgres":
            settings = {"max_wal_size": "48MB", "min_wal_size": "32MB"}  # so that it has room on a small disk
            self._postgres = Postgres(settings=settings, parent=None if disk is None else disk.folder)
            self._undo.push_async_callback(self._postgres.discard)
            await self._postgres.start()
            address = await self._postgres.create_database()
        elif disk is not None:
            self._folder.mkdir(parents=True)
            (self._folder / "hampayam.db").symlink_to(disk.folder / "hampayam.db")
        names = ("rubika", "bale", "soroush", "eitaa")
        limits = {name: {"timeout_seconds": TIMEOUT_S} for name in names}
        self._network = await self._undo.enter_async_context(Network())
        clock = Clock(self._folder.with_name(self._folder.name + ".clock"))
        self.world = World(
            self._folder,
            template=self._template,
            database=address,
            settings=limits,
            program=clock.program,
            way=self._network.way,
        )
        await self._undo.enter_async_context(self.world)
        self._mina: Manager = await self.world.matrix_manager("mina")
        session = await self._undo.enter_async_context(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)))
        self._matrix = Matrix(self.world, self.world.accounts["mina"], session)
        await self._open_rooms()
        for room in self._rooms:
            for place, group in room.shared.groups.items():
                for name in filter(None, (group.id, group.username, f"c{group.id}")):  # the last is an account's
                    self._where[place, name] = (room.number, place)
        portals = await self.world.books.rows("SELECT platform, chat FROM portal")
        if strange := [each for each in portals if each not in self._where]:
            raise LookupError(f"the bridge knows chats that are in no room of ours: {strange}")
        self.ledger = Ledger(self.world.books, self._where)
        self._chaos = Chaos(self.world, self._postgres, self._network, clock, disk, self._doubt, Counter())
        await self.world.settled()
        await self.ledger.skip()
        for room in self._rooms:
            for place, group in room.shared.groups.items():
                self._seen[room.number, place] = len(await self.world[place].transcript(group))
            self._seen[room.number, ROOM] = len(await self._whole_room(room))

    async def _open_rooms(self) -> None:
        """Eitaa's channels are linked before there is an account, which would take their place."""
        numbers = range(self.plan.rooms)
        channels = [number for number in numbers if number % len(ROOMS) in IN_CHANNELS]
        await self._share(channels, frozenset(ACCOUNTS))
        for name in ACCOUNTS:
            messenger = self.world[name]
            settings = account_settings(messenger.urls, self._network.way)
            await self.world.reconfigure(settings={name: settings})
            await self.world.log_in(name)
            messenger.two_way = True
        await self._share([number for number in numbers if number not in channels], frozenset())
        self._rooms.sort(key=lambda room: room.number)

    async def _share(self, numbers: Sequence[int], silent: frozenset[str]) -> None:
        for number in numbers:
            shared = await self.world.share(f"جمع {number}", *ROOMS[number % len(ROOMS)], host=self._mina)
            self._rooms.append(Room(number, shared, silent))

    def _disk(self) -> SmallDisk | None:
        """What the bridge's database lives on, if it is to be full now and then."""
        if "disk" not in self.plan.faults:
            return None
        folder = Path(self._undo.enter_context(tempfile.TemporaryDirectory(prefix="hampayam-soak-disk-", dir="/tmp")))
        folder.chmod(0o755)  # PostgreSQL may run as somebody else
        return self._undo.enter_context(disk_of(folder, DISK_MB + self.plan.messages // MESSAGES_A_MB))

    def _doubt(self, platform: str, chat: str, count: int) -> None:
        chats = [chat] if chat else [each for name, each in self._where if name == platform]
        for where in {self._where[platform, each] for each in chats if (platform, each) in self._where}:
            self._journal.doubts[where] += count

    @property
    def chats(self) -> int:
        return sum(len(room.places) for room in self._rooms) + len(self._private.places)

    # --- a round

    async def round(self, number: int) -> Outcome:
        """All choices of a round come from the seed and its number."""
        began = time.monotonic()
        self._journal = journal = Journal(number)
        self._chaos.counted = journal.faults
        size = self.plan.size(number)
        self._ended = 0
        await self._meet(number)
        await self._shake(number, size)
        await self._chaos.end()
        talked = time.monotonic()
        self._tell(f"round {number}: {journal.begun} messages said; waiting until all is settled")
        await self.world.settled(SETTLED_WITHIN_S)
        await self._private.says(self._private.asker, journal, journal.number(), late=True)
        await self.world.settled(SETTLED_WITHIN_S)
        settled = time.monotonic()
        evidence, hits = await self._evidence(journal)
        verdict = check(evidence)
        self._done += verdict.messages
        return Outcome(
            round=number,
            messages=verdict.messages,
            chats=self.chats,
            seconds=time.monotonic() - began,
            settling=settled - talked,
            states=dict(verdict.states),
            faults=dict(journal.faults),
            hits=dict(hits),
            doubts=sum(evidence.doubts.values()),
            private=self._copies_between(evidence),
            ended_by_itself=self._ended,
            wrong=verdict.wrong,
            about=about(evidence, verdict.wrong),
        )

    async def _meet(self, number: int) -> None:
        """Two strangers begin to talk, in the place of those of the round before."""
        for key in [key for key, (room, _) in self._where.items() if room >= FIRST_ROOM]:
            del self._where[key]
        self._private = pair = await meet(self.world, number, random.Random(f"{self.plan.seed}/{number}/private"))
        for visitor in pair.both:
            place = visitor.messenger.name
            self._where[place, visitor.chat] = (pair.room, place)

    async def _shake(self, number: int, size: int) -> None:
        journal = self._journal
        chance = random.Random(f"{self.plan.seed}/{number}")
        events = draw(chance, self.plan.faults, list(self.world.messengers), size)
        free = asyncio.Event()

        async def turn() -> int | None:
            await free.wait()
            return journal.number() if journal.begun < size else None

        beside = [asyncio.create_task(work) for work in (self._watch(free), self._tell_news(size))]
        try:
            async with asyncio.TaskGroup() as breaking, asyncio.TaskGroup() as talking:
                for room in self._rooms:
                    for place in (*room.places, ROOM):
                        if place in room.silent:
                            continue
                        own = random.Random(f"{self.plan.seed}/{number}/{room.number}/{place}")
                        voice = Voice(self.world, room, place, self._matrix, journal, own, turn)
                        talking.create_task(voice.talks(self.plan.gap))
                for visitor in self._private.both:
                    own = random.Random(f"{self.plan.seed}/{number}/{visitor.name}")
                    talking.create_task(self._private.talks(visitor, journal, own, turn, self.plan.gap))
                talking.create_task(self._block(round(size * chance.uniform(0.3, 0.9))))
                for event in events:
                    await journal.until(event.at)
                    breaking.create_task(self._chaos.cause(event))
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    async def _block(self, at: int) -> None:
        await self._journal.until(at)
        await self._private.blocks()

    async def _watch(self, free: asyncio.Event) -> None:
        """People wait while much is under way; the bridge is started when it has ended by itself."""
        while True:
            try:
                left = await self.world.books.unsettled()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                left = {}  # the database is away
            left |= {name: waiting for name, each in self.world.messengers.items() if (waiting := await each.pending())}
            self._left = left
            if sum(left.values()) > MOST_UNDER_WAY:
                free.clear()
            else:
                free.set()
            self._ended += await self._chaos.see_to_the_bridge()
            await asyncio.sleep(LOOK_S)

    async def _tell_news(self, size: int) -> None:
        while True:
            await asyncio.sleep(NEWS_S)
            here, journal = self._done + self._journal.begun, self._journal
            rate = max(0.01, (here - self._before) / (time.monotonic() - self._began))
            left = (self.plan.messages - here) / rate
            self._tell(
                f"round {journal.round}: {journal.begun} of {size}; {here:,} of {self.plan.messages:,} messages, "
                f"{rate:.1f} a second, {sum(journal.faults.values())} faults in this round, {left / 60:.0f} min left; "
                f"under way: {self._left or 'nothing'}"
            )

    # --- looking

    async def _evidence(self, journal: Journal) -> tuple[Evidence, Counter[str]]:
        lines, told = {}, set()
        ids = {(entry.said.room, entry.said.place, entry.id): n for n, entry in journal.entries.items()}
        for room in self._rooms:
            events = await self._whole_room(room)
            where = (room.number, ROOM)
            lines[where], hints = lines_of_room(journal, events[self._seen[where] :], self._mina.mxid)
            self._seen[where] = len(events)
            told |= {(room.number, ROOM, id) for id in hints}
            for place, group in room.shared.groups.items():
                where = (room.number, place)
                transcript = await self.world[place].transcript(group, self._seen[where])
                self._seen[where] += len(transcript)
                lines[where], hints = lines_of_chat(journal, transcript)
                told |= {(room.number, place, id) for id in hints}
        for visitor in self._private.both:
            where = (self._private.room, visitor.messenger.name)
            transcript = (await visitor.lines())[self._private.begun[where[1]] :]
            lines[where], hints = lines_of_chat(journal, transcript)
            told |= {(*where, id) for id in hints}
        hits: Counter[str] = Counter()
        for platform, hit in await self._chaos.hits():
            hits[hit.fault] += hit.count
            if is_doubtful(hit):
                self._doubt(platform, hit.chat or "", hit.count)
        return Evidence(
            chats={room.number: room.places for room in self._rooms} | {self._private.room: self._private.places},
            said=[entry.said for entry in journal.entries.values()],
            lines=lines,
            copies=await self.ledger.copies(journal),
            private=frozenset({self._private.room}),
            kept=await self.ledger.kept(journal),
            told=frozenset(ids[each] for each in told if each in ids),
            doubts=dict(journal.doubts),
            sure=frozenset(
                (room.number, place) for room in self._rooms for place in ACCOUNTS if place not in room.silent
            ),
        ), hits

    def _copies_between(self, evidence: Evidence) -> int:
        places = [(self._private.room, place) for place in self._private.places]
        return sum(line.what == "copy" for where in places for line in evidence.lines[where])

    async def _whole_room(self, room: Room) -> list[Any]:
        """All events of a room, up to one that is sent now and means nothing."""
        end = await self._matrix.send(room.shared.room, END, {})
        await self._mina.person.first(room.shared.room, lambda event: event.event_id == end, wait=60)
        return self._mina.person.events(room.shared.room)
