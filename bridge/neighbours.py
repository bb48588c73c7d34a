"""The other processes of the bridge, where there are several: what they are told, what they tell, and what if nobody
does.

::

    head ──(wake, hurry, chat, opened, told)──▶ the platform's process    its lanes begin
    a platform ──(do)──▶ head                                             the lanes of which there is one for a database
    anybody ──(forget, switched, credentials, legs)──▶ all                what they remember is not true any more
    anybody ──(ask)──▶ whoever has the login ──(answer)──▶                is that chat at rest, what is this chat

Everything that is told stands in the database before. So every process also looks by itself, now and then and whenever
it may have missed something.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from bridge.core.errands import DO, taken
from bridge.core.inquiries import ANSWER, ASK, Inquiries
from bridge.core.lanes import Lanes
from bridge.core.live import ENTER, QUIET, Leg, Live, platform_of
from bridge.core.patience import TOLD, Patience
from bridge.core.suspending import SWITCHED, Suspending
from bridge.keys import Keys
from bridge.store import Store
from bridge.store.bell import Bell
from bridge.store.database import FORGET
from bridge.store.legs import LegRow, Legs, Told
from bridge.store.portals import Portals

log = logging.getLogger("hampayam.neighbours")

CREDENTIALS, LEGS = "credentials", "legs"

_LOOKS_S = 10.0
"""Seconds between two looks for what nobody told us."""
_WRITES_S = 3.0
"""Seconds between two times that a process writes down how its legs are, and reads how the others' are."""
_NOTICES_S = 0.5
"""Seconds after which a change of a leg's state is written down at the latest."""


class Neighbours:
    """`head`: what is done for the others, by the first part of a lane's key; empty where this is not the head. `looks`
    find and wake what waits for this process. `changed` is told of a platform's credentials."""

    def __init__(
        self,
        store: Store,
        bell: Bell,
        keys: Keys,
        live: Live,
        lanes: Lanes,
        portals: Portals,
        patience: Patience,
        suspending: Suspending,
        *,
        head: Mapping[str, Callable[..., None]],
        looks: Sequence[Callable[[], Awaitable[None]]],
        changed: Callable[[str], None],
    ) -> None:
        self._store = store
        self._bell = bell
        self._live = live
        self._lanes = lanes
        self._portals = portals
        self._patience = patience
        self._legs = Legs(store)
        self._looks = (suspending.reload, *looks)
        self._due = asyncio.Event()
        self._read = asyncio.Event()
        self._write = asyncio.Event()
        live.changed = self._write.set
        live.inquiries = inquiries = Inquiries(bell.ring, keys, here=live.is_here, run=lanes.wake)
        inquiries.answers = {QUIET: live.answer_quiet, ENTER: live.answer_enter}
        bell.on |= {
            FORGET: store.forget_here,
            "wake": self._wake,
            "hurry": self._here(live.hurry),
            "chat": self._here(live.wake_chat),
            "opened": self._opened,
            TOLD: patience.told,
            SWITCHED: lambda: lanes.wake(SWITCHED, suspending.reload),
            CREDENTIALS: changed,
            LEGS: self._read.set,
            ASK: inquiries.asked,
            ANSWER: inquiries.answered,
        }
        if head:
            bell.on[DO] = taken(head)

    def missed(self) -> None:
        """Something may have been told that we did not hear."""
        self._store.forget_all()
        self._due.set()
        self._read.set()

    async def start(self) -> None:
        await self.read()
        for work in (self._bell.for_ever, self._look_for_ever, self._write_for_ever, self._read_for_ever):
            self._lanes.wake(work.__qualname__, work)

    # --- words

    def _here(self, work: Callable[..., None]) -> Callable[[str, str | int], None]:
        """For a login of ours alone."""

        def do(login: str, what: str | int) -> None:
            if self._live.is_here(login):
                work(login, what)

        return do

    def _wake(self, login: str, portal: int) -> None:
        if self._live.is_here(login):
            self._patience.queued(platform_of(login))
            self._live.wake(login, portal)

    def _opened(self, login: str, number: int) -> None:
        async def tell() -> None:
            portal = await self._portals.get(number)
            if portal is not None:
                self._live.opened(portal)

        if self._live.is_here(login):
            self._lanes.wake(("opened", number), tell)

    # --- what nobody told

    async def _look_for_ever(self) -> None:
        while True:
            self._due.clear()
            self._store.forget_all()
            for look in self._looks:
                await look()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOKS_S):
                    await self._due.wait()

    # --- legs

    async def _write_for_ever(self) -> None:
        """What changes is told at once, the rest now and then."""
        told: list[tuple[str, str, str | None]] = []
        written = 0.0
        while True:
            self._write.clear()
            ours = [_row(leg) for leg in self._live if not leg.elsewhere]
            now = [(row.state, row.reason, row.login) for row in ours]
            if ours and (now != told or time.monotonic() - written > _WRITES_S):
                await self._legs.write(ours)
                if now != told:
                    self._bell.ring(LEGS)
                told, written = now, time.monotonic()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_NOTICES_S):
                    await self._write.wait()

    async def _read_for_ever(self) -> None:
        while True:
            await self.read()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_WRITES_S):
                    await self._read.wait()

    async def read(self) -> None:
        """How the others' legs are."""
        self._read.clear()
        told = {each.row.name: each for each in await self._legs.told()}
        for leg in self._live:
            if leg.elsewhere and (known := told.get(leg.name)) is not None:
                self._show(leg, known)

    def _show(self, leg: Leg, told: Told) -> None:
        if leg.state != "absent" and not told.alive:
            log.warning("%s: its process is not running", leg.name)
        row = told.row
        leg.login, leg.last_poll, leg.ignored = told.login, row.last_poll, dict(row.ignored)
        leg.probe_fails_since, leg.told_slowed = row.probe_fails_since, row.slowed
        if told.alive:
            leg.state, leg.reason, leg.since = row.state, row.reason, row.since
        elif leg.state != "absent":
            leg.state, leg.reason, leg.since = "absent", "", min(told.until, time.time())


def _row(leg: Leg) -> LegRow:
    login = leg.login.id if leg.login is not None else None
    return LegRow(
        leg.name,
        leg.state,
        leg.reason,
        leg.since,
        leg.last_poll,
        login,
        dict(leg.ignored),
        leg.probe_fails_since,
        leg.slowed,
    )
