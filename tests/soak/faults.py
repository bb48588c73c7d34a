"""What goes wrong, how often, and when: drawn from the seed before a round begins, and carried out when so many
messages were said."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import math
import os
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bridge.sandbox.control import Hit
from bridge.sandbox.messenger import Messenger
from bridge.sandbox.postgres import Postgres
from bridge.sandbox.world import World
from tests.disks import SmallDisk
from tests.soak.clock import Clock
from tests.soak.network import Network, Relay

TIMEOUT_S = 4
"""After how long the bridge gives up a call, here."""


SEND, POLL = "sendMessage", "getUpdates"

PLATFORM, SYNAPSE, APPSERVICE, POSTGRES = "platform", "synapse", "appservice", "postgres"
LINES = (PLATFORM, PLATFORM, PLATFORM, SYNAPSE, APPSERVICE, POSTGRES, POSTGRES)
"""What a cut can part: the bridge and a messenger, the homeserver (as it is called, as it calls), the database."""
CUTS = ("reset", "silence", "loss")
"""Connections are reset and refused; nothing comes through until the end, and then all; or never, and then a reset."""


@dataclass(frozen=True)
class Kind:
    """`orders` are what a simulator can be told, one of which is drawn; `methods` which calls it can hit, None for
    any; `platforms` those that have it, where not all do."""

    words: str
    orders: Sequence[tuple[str, Mapping[str, Any]]] = ()
    methods: Sequence[str | None] = (SEND, SEND, SEND, POLL, POLL, None)
    most: int = 3
    platforms: Sequence[str] = ()


KINDS: Mapping[str, Kind] = {
    "flood": Kind(
        "429, and after how many seconds to come back", [("flood", {"retry_after": s}) for s in (1, 2)], most=1
    ),
    "flood_bare": Kind("429 without a word about when", [("flood", {})], most=1),
    "error": Kind("500 or 503", [("status", {"status": s}) for s in (500, 503)]),
    "gateway": Kind("502 or 504 to a send", [("status", {"status": s}) for s in (502, 504)], (SEND,), 1),
    "html": Kind("an HTML page", [("status", {"status": s, "html": True}) for s in (403, 503)]),
    "slow": Kind("an answer that takes its time", [("slow", {"seconds": s}) for s in (0.2, 1.0)], most=6),
    "never": Kind("a send that is never answered, and not done", [("hang", {})], (SEND,), 1),
    "hang_up": Kind("a send that is cut off, and not done", [("hang_up", {})], (SEND,), 2),
    "drop_answer": Kind("a send that is done, its answer dropped", [("drop_answer", {})], (SEND,), 2),
    "truncate": Kind("a send that is done, its answer cut in half", [("truncate", {})], (SEND,), 2),
    "repeat": Kind("updates told twice", [("repeat_updates", {})]),
    "reorder": Kind("updates whose chats have changed places", [("reorder_updates", {})]),
    "withhold": Kind("updates withheld for a while", [("slow", {"seconds": 3}), ("hang", {})], (POLL,), 1),
    "token": Kind(
        "Eitaa wants the account's token renewed, or says that it is just being renewed",
        [("expire_token", {}), ("token_updating", {})],
        platforms=("eitaa",),
    ),
    "unreadable": Kind(
        "Eitaa does what the account asks for, and answers with something that nobody knows",
        [("unknown_answer", {})],
        platforms=("eitaa",),
    ),
    "down": Kind("the platform refuses connections for a while"),
    "network": Kind(
        "the network between the bridge and one of the others is cut for some seconds: refused and reset; or silent, "
        "and what was said arrives in the end; or silent, and then reset",
        [(how, {"line": line}) for how, line in itertools.product(CUTS, LINES)],
    ),
    "disk": Kind("the disk of the bridge's database is full for some seconds"),
    "clock": Kind(
        "the bridge's clock is set minutes, hours or a day ahead or back for some seconds",
        [("set", {"seconds": sign * s}) for s in (150, 5400, 36_000, 108_000) for sign in (1, -1)],
    ),
    "kill": Kind("the bridge is killed (SIGKILL) and started again"),
    "synapse": Kind("Synapse is killed (SIGKILL) and started again"),
    "postgres": Kind("PostgreSQL is killed (SIGKILL) and started again"),
}
DOUBTFUL = frozenset({"hang", "hang_up", "drop_answer", "truncate"})
"""Of the simulators' faults, those after which nobody can know whether a send was done; so are a gateway's statuses."""
GAVE_UP = frozenset({502, 504})
MESSAGES_A_FAULT = {
    "flood": 60,
    "flood_bare": 60,
    "kill": 80,
    "synapse": 250,
    "postgres": 150,
    "down": 120,
    "disk": 200,
    "network": 60,
    "clock": 60,
}
"""One of these for so many messages; each of the others for so many:"""
LONG = frozenset({"network", "disk", "clock"})
"""Faults that last for up to five seconds, not two."""
MESSAGES_ANY = 40


@dataclass(frozen=True)
class Event:
    """When so many messages were said: this, on that platform (None: nowhere in particular), `detail` of it."""

    at: int
    kind: str
    platform: str = ""
    order: tuple[str, Mapping[str, Any]] = ("", {})
    method: str | None = None
    times: int = 1
    wait: float = 0.0
    """Seconds for which something is away."""


def draw(chance: random.Random, kinds: Sequence[str], platforms: Sequence[str], messages: int) -> list[Event]:
    """A round's faults, in their order; each kind at least once."""
    events = []
    for name in kinds:
        kind = KINDS[name]
        for _ in range(max(1, messages // MESSAGES_A_FAULT.get(name, MESSAGES_ANY))):
            events.append(
                Event(
                    chance.randint(1, max(1, messages - 1)),
                    name,
                    chance.choice(kind.platforms or platforms),
                    chance.choice(kind.orders) if kind.orders else ("", {}),
                    chance.choice(kind.methods),
                    chance.randint(1, kind.most),
                    chance.uniform(0.5, 5) if name in LONG else chance.uniform(0, 2),
                )
            )
    return sorted(events, key=lambda event: event.at)


@dataclass
class Chaos:
    """Carries faults out. `in_doubt` is told of a chat (platform, its id, how often) for which a send may have been
    under way when something was cut off; "" is every chat of the platform."""

    world: World
    postgres: Postgres | None
    network: Network
    clock: Clock
    disk: SmallDisk | None
    in_doubt: Callable[[str, str, int], None]
    counted: Counter[str]
    before: dict[str, Counter[tuple[str, int | None, str, str | None]]] = field(default_factory=dict)
    _breaking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _restarting: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def cause(self, event: Event) -> None:
        self.counted[event.kind] += 1
        match event.kind:
            case "kill":
                await self._kill(event.wait)
            case "synapse":
                async with self._restarting:
                    await self.world.synapse.kill()
                    await asyncio.sleep(event.wait)
                    await self.world.synapse.start()
            case "postgres":
                await self._kill_postgres(event.wait)
            case "down":
                await self._take_down(self.world[event.platform], event.wait)
            case "disk":
                await self._fill_the_disk(event.wait)
            case "clock":
                await self._set_clock(float(event.order[1]["seconds"]), event.wait)
            case "network":
                await self._cut(event)
            case _:
                fault, detail = event.order
                times = event.times if event.method is not None else 1
                control = self.world[event.platform].control
                await control.fault(fault, method=event.method, times=times, **detail)

    async def end(self) -> None:
        """No more faults: what was ordered and has not hit is taken back, and everything runs."""
        for messenger in self.world.messengers.values():
            await messenger.control.clear_faults()
        self.network.mend()
        self.clock.set(0)
        if not self.world.synapse.running:
            await self.world.synapse.start()
        await self.see_to_the_bridge(ready=True)

    async def see_to_the_bridge(self, *, ready: bool = False) -> bool:
        """What an init system does: a bridge that has ended by itself is started again. Returns whether it had."""
        async with self._breaking:
            if self.world.bridge_running:
                return False
            await self.world.bridge_start(ready=ready)
            return True

    async def hits(self) -> list[tuple[str, Hit]]:
        """What has hit since the last time, with the platform on which it did."""
        found = []
        for name, messenger in self.world.messengers.items():
            hits = await messenger.control.fault_hits()
            now = Counter({(hit.fault, hit.status, hit.method, hit.chat): hit.count for hit in hits})
            new = now - self.before.get(name, Counter())
            self.before[name] = now
            found += [(name, Hit(*what, count=count)) for what, count in new.items()]
        return found

    async def _kill(self, wait: float) -> None:
        async with self._breaking:
            await self.world.bridge_kill()
            await self._doubt_what_is_under_way()
            await asyncio.sleep(wait)
            await self.world.bridge_start(ready=False)

    async def _kill_postgres(self, wait: float) -> None:
        """What was under way is what the database says when it is back, before the bridge can go on."""
        if self.postgres is None:
            return
        async with self._breaking:
            await self.postgres.kill()
            await asyncio.sleep(wait)
            running = self.world.bridge_running
            if running:
                os.kill(self.world.bridge_pid, signal.SIGSTOP)
            try:
                await self.postgres.start()
                await self._doubt_what_is_under_way()
            finally:
                if running:
                    os.kill(self.world.bridge_pid, signal.SIGCONT)

    async def _take_down(self, messenger: Messenger, wait: float) -> None:
        """Open connections are closed, so one send to each chat may have been done without an answer."""
        relay = self._before(messenger.name)
        relay.refuse()
        await messenger.control.fault("down")
        self.in_doubt(messenger.name, "", 1)
        await asyncio.sleep(wait)
        await messenger.control.fault("up")
        relay.mend()

    async def _fill_the_disk(self, wait: float) -> None:
        """PostgreSQL may end by it, or start anew: then it is as if it had been killed."""
        if self.disk is None:
            return
        async with self._breaking:
            for platform in self.world.messengers:
                self.in_doubt(platform, "", 1)
            await asyncio.to_thread(self.disk.fill)
            await asyncio.sleep(wait)
            self.disk.make_room()
            if self.postgres is not None and not self.postgres.running:
                await self.postgres.start()

    async def _set_clock(self, seconds: float, wait: float) -> None:
        self.clock.set(seconds)
        await asyncio.sleep(wait)
        self.clock.set(0)

    async def _cut(self, event: Event) -> None:
        how, line = event.order[0], str(event.order[1]["line"])
        if line == POSTGRES and self.postgres is not None:
            await self._cut_off_postgres(how, event.wait)
            return
        if line in (SYNAPSE, APPSERVICE):
            await _cut_off(self._before(line), how, event.wait)
        else:
            await self._cut_off_platform(event.platform, how, event.wait)

    async def _cut_off_platform(self, name: str, how: str, wait: float) -> None:
        """Of each chat's sends, which are one by one, that under way when it begins is in doubt, and in a silence those
        that begin then, each of which is waited for as long as any answer."""
        relay = self._before(name)
        async with self._breaking:
            still = self.world.bridge_frozen() if self.world.bridge_running else contextlib.nullcontext()
            with still:
                await self._doubt_what_is_under_way(name)
                _begin(relay, how)
        if how != "reset":
            self.in_doubt(name, "", math.ceil(wait / TIMEOUT_S))
        await asyncio.sleep(wait)
        relay.mend(lost=how == "loss")

    async def _cut_off_postgres(self, how: str, wait: float) -> None:
        """Meanwhile the bridge can write nothing, so what was under way is what the database says near the end. What
        arrives late, in the end, may be about one send to each chat."""
        async with self._breaking:
            if how == "silence":
                for platform in self.world.messengers:
                    self.in_doubt(platform, "", 1)
            await _cut_off(self._before(POSTGRES), how, wait, behind=self._doubt_what_is_under_way)

    def _before(self, line: str) -> Relay:
        match line:
            case "synapse":
                return self.network.to(_port_of(self.world.synapse.url))
            case "appservice":
                return self.network.to(self.world.port)
            case "postgres" if self.postgres is not None:
                return self.network.to(self.postgres.port)
            case _:
                return self.network.to(_port_of(self.world[line].url))

    async def _doubt_what_is_under_way(self, only: str = "") -> None:
        """`only`: to that platform."""
        rows = await self.world.books.rows(
            "SELECT p.platform, p.chat, COUNT(*) FROM copy c JOIN portal p ON p.id = c.portal "
            "WHERE c.state = 'sending' GROUP BY p.platform, p.chat"
        )
        for platform, chat, count in rows:
            if only in ("", platform):
                self.in_doubt(str(platform), str(chat), int(count))


async def _cut_off(relay: Relay, how: str, wait: float, behind: Callable[[], Awaitable[None]] | None = None) -> None:
    """`behind` is awaited before the end of it."""
    _begin(relay, how)
    try:
        await asyncio.sleep(wait)
        if behind is not None:
            await behind()
    finally:
        relay.mend(lost=how == "loss")


def _begin(relay: Relay, how: str) -> None:
    if how == "reset":
        relay.cut()
    else:
        relay.silence()


def _port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def is_doubtful(hit: Hit) -> bool:
    """Whether nobody can know what became of the calls that this hit, and they were sends."""
    sends = hit.method.lower().rpartition(".")[2].startswith("send")
    return sends and (hit.fault in DOUBTFUL or (hit.fault == "status" and hit.status in GAVE_UP))
