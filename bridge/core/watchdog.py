"""How late things are, in each direction, and a word to the operators before people notice.

For each login: the oldest update that was taken over and is not on the homeserver yet, the oldest copy that is not in
its chat yet, when its platform was last heard, since when what we send to the operator's probe chat does not arrive,
and since when its process does not run. And when the homeserver last reached us. A lag beyond the limit is told once in
the management rooms, and once when it is over. What is switched off, or meant to wait, is not late.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from bridge.core.live import Leg, Live
from bridge.core.suspending import Suspending
from bridge.errors import BridgeError
from bridge.store.inbox import Inbox
from bridge.store.portals import Portals
from bridge.store.queue import Queue
from bridge.texts import say
from bridge.texts.dates import span_words

_PAUSE_S = 15.0
"""Between two looks, or a quarter of the limit where that is less."""
_PING_MS = 60_000
"""How often the homeserver is asked to reach us."""
_HOMESERVER = "homeserver"
_TELLING = {
    "incoming": ("late_incoming", "again_incoming"),
    "outgoing": ("late_outgoing", "again_outgoing"),
    "polled": ("late_polled", "again_polled"),
    "probed": ("late_probed", "again_probed"),
    "absent": ("late_absent", "again_absent"),
    _HOMESERVER: ("late_homeserver", "again_homeserver"),
}
"""The sentences for what is late, and for what is not any more."""


class Lags(NamedTuple):
    """Ages in milliseconds; None: nothing of that kind is late at all. `polled` is how long the platform was not
    heard, `probed` how long no probe has arrived, `absent` how long its process does not run."""

    incoming: int | None = None
    outgoing: int | None = None
    polled: int | None = None
    probed: int | None = None
    absent: int | None = None


class Watchdog:
    """`limit_ms`: beyond it a lag is told. `ping` asks the homeserver to call us, and raises where it cannot; `tell`
    goes to the operators. `clock` tells Unix milliseconds."""

    def __init__(
        self,
        queue: Queue,
        inbox: Inbox,
        portals: Portals,
        live: Live,
        suspending: Suspending,
        titles: Mapping[str, Mapping[str, str]],
        languages: tuple[str, ...],
        *,
        limit_ms: int,
        clock: Callable[[], int],
        ping: Callable[[], Awaitable[int]],
        tell: Callable[[str], Awaitable[None]],
    ) -> None:
        self._queue = queue
        self._inbox = inbox
        self._portals = portals
        self._live = live
        self._suspending = suspending
        self._titles = titles
        self._languages = languages
        self._limit_ms = limit_ms
        self._clock = clock
        self._ping = ping
        self._tell = tell
        self._reached = clock()
        self._late: set[tuple[str, str]] = set()
        """What the operators were told is late: (leg, direction)."""

    async def watch(self) -> None:
        """For ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._ping_for_ever())
            while True:
                await self.look()
                await asyncio.sleep(min(_PAUSE_S, self._limit_ms / 4000))

    async def _ping_for_ever(self) -> None:
        while True:
            await self.ping()
            await asyncio.sleep(_PING_MS / 1000)

    async def ping(self) -> None:
        try:
            await self._ping()
        except BridgeError:
            return
        self._reached = self._clock()

    @property
    def unreached(self) -> int:
        """For how long (ms) the homeserver has not reached us, as far as we have asked."""
        return self._clock() - self._reached

    async def lags(self) -> dict[str, Lags]:
        """By the names of the legs."""
        incoming: dict[str, int] = {}
        for login, taken_at in await self._inbox.oldest():
            name = login.partition(":")[0]
            incoming[name] = min(incoming.get(name, taken_at), taken_at)
        outgoing: dict[str, int] = {}
        for waiting in await self._queue.waiting():
            portal = await self._portals.get(waiting.portal)
            if portal is not None and portal.state == "open" and not portal.muted:
                name = portal.login.partition(":")[0]
                outgoing[name] = min(outgoing.get(name, waiting.since), waiting.since)
        return {
            leg.name: Lags(
                self._age(leg, incoming.get(leg.name)),
                self._age(leg, outgoing.get(leg.name)),
                self._age(leg, _heard(leg)),
                self._age(leg, None if leg.probe_fails_since is None else int(leg.probe_fails_since * 1000)),
                self._age(leg, _absent(leg)),
            )
            for leg in self._live
            if self._suspending.of(leg.platform) is None
        }

    def _age(self, leg: Leg, since: int | None) -> int | None:
        """For how long something waits, which nothing does while its platform is switched off."""
        if since is None:
            return None
        return max(0, self._clock() - max(since, self._suspending.switched_on(leg.platform)))

    async def look(self) -> None:
        late: dict[tuple[str, str], int] = {}
        for name, lags in (await self.lags()).items():
            for direction, lag in zip(Lags._fields, lags, strict=True):
                if lag is not None and lag > self._limit_ms:
                    late[name, direction] = lag
        if self.unreached > self._limit_ms + _PING_MS:
            late[_HOMESERVER, _HOMESERVER] = self.unreached
        lines = [self._said(False, key, span_words(lag)) for key, lag in late.items() if key not in self._late]
        lines += [self._said(True, key) for key in sorted(self._late - late.keys())]
        self._late = set(late)
        if lines:
            await self._tell("\n".join(lines))

    def _said(self, over: bool, key: tuple[str, str], age: object = "") -> str:
        name, direction = key
        platform, _, way = name.partition(".")
        title: Mapping[str, str] = self._titles.get(platform, {"fa": "", "en": ""})
        if way:
            title = {lang: f"{words} ({say('leg_' + way, (lang,))})" for lang, words in title.items()}
        return say(_TELLING[direction][over], self._languages, platform=title, age=age)


def _heard(leg: Leg) -> int | None:
    """When a platform was heard last (Unix ms), or since when it should be; None: it cannot be."""
    if not leg.receives or leg.state in ("suspended", "logged_out", "starting", "absent"):
        return None
    return int((leg.since if leg.last_poll is None else leg.last_poll) * 1000)


def _absent(leg: Leg) -> int | None:
    """Since when (Unix ms) the process that is to run a leg does not."""
    return int(leg.since * 1000) if leg.state == "absent" else None
