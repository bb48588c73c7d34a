"""What waits, for whom and for how long: everything that operators and the outbox need for it, built by hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from bridge.config import WaitingConfig
from bridge.core.bodies import Bodies
from bridge.core.commands import Answer
from bridge.core.commands.stuck import Stuck
from bridge.core.commands.switching import Switching
from bridge.core.endings import Endings
from bridge.core.identity import Users
from bridge.core.lanes import Lanes
from bridge.core.live import Live
from bridge.core.patience import Patience
from bridge.core.people.people import People
from bridge.core.settling import Settling
from bridge.core.suspending import Suspending
from bridge.core.waited import Waited
from bridge.core.watchdog import Watchdog
from bridge.store import Store
from bridge.store.inbox import Inbox
from bridge.store.ledger import Ledger
from bridge.store.notices import Notices
from bridge.store.portals import Portals
from bridge.store.queue import Queue

_HOUR_MS, _MINUTE_MS = 3_600_000, 60_000


class Minding:
    """`platforms` tells the names of those that the settings ask for; `ping` and `tell` are as in `Watchdog`. `load`
    must be called before anything runs."""

    def __init__(
        self,
        config: WaitingConfig,
        store: Store,
        *,
        ledger: Ledger,
        portals: Portals,
        notices: Notices,
        bodies: Bodies,
        inbox: Inbox,
        live: Live,
        people: People,
        users: Users,
        platforms: Callable[[], list[str]],
        titles: Mapping[str, Mapping[str, str]],
        languages: tuple[str, ...],
        clock: Callable[[], int],
        ping: Callable[[], Awaitable[int]],
        tell: Callable[[str], Awaitable[None]],
        waited: Waited,
    ) -> None:
        self.queue = Queue(store)
        self.endings = Endings(
            store, ledger, portals, notices, people, languages, titles, clock=clock, wake_chat=live.wake_chat
        )
        self.suspending = Suspending(store, clock)
        self.patience = Patience(
            store,
            ledger,
            portals,
            notices,
            live,
            self.suspending,
            self.endings,
            titles,
            keep_ms=config.keep_hours * _HOUR_MS,
            after_ms=config.tell_minutes * _MINUTE_MS,
            clock=clock,
            waited=waited,
        )
        self.suspending.changed = self.patience.switched
        self.watchdog = Watchdog(
            self.queue,
            inbox,
            portals,
            live,
            self.suspending,
            titles,
            languages,
            limit_ms=config.lag_seconds * 1000,
            clock=clock,
            ping=ping,
            tell=tell,
        )
        self.settling = Settling(
            store, ledger, portals, notices, bodies, live, users, people, self.patience, languages, clock=clock
        )
        self._stuck = Stuck(
            store,
            self.queue,
            ledger,
            portals,
            inbox,
            live,
            self.endings,
            self.patience,
            titles,
            languages,
            clock=clock,
        )
        self._switching = Switching(self.suspending, platforms, titles, languages)

    def answers(self) -> dict[str, Answer]:
        return self._stuck.answers() | self._switching.answers()

    def start(self, lanes: Lanes) -> None:
        """Watch for ever. What goes wrong in one look is tried again."""
        lanes.wake("patience", self.patience.watch)
        lanes.wake("watchdog", self.watchdog.watch)

    async def load(self) -> None:
        await self.suspending.load()
        await self.patience.load()
