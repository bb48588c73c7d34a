"""What happens once for a database, whatever runs beside: the homeserver is answered, and what belongs to no platform
goes on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from bridge.config import Config
from bridge.core.catching_up import CatchingUp
from bridge.core.chores import Chores
from bridge.core.deliveries import Deliveries, number_of
from bridge.core.filelinks import FileLinks
from bridge.core.housekeeping import Housekeeping
from bridge.core.hub import LAST_TRANSACTION, Hub
from bridge.core.identity import Users
from bridge.core.lanes import Lanes
from bridge.core.people.addresses import Addresses
from bridge.core.people.cases import Cases
from bridge.core.people.forget import Forget
from bridge.core.plumbing import Plumbing
from bridge.intake import Intake
from bridge.matrix.homeserver import MatrixHomeserver
from bridge.pulse import Pulse
from bridge.reaching import Reaching
from bridge.serving import serve
from bridge.store import Store
from bridge.store.ghosts import Ghosts
from bridge.store.notices import Tasks
from bridge.store.portals import Portals
from bridge.store.timelines import Timelines
from bridge.store.upkeep import Upkeep


class Head:
    def __init__(
        self,
        config: Config,
        hs_token: str,
        store: Store,
        homeserver: MatrixHomeserver,
        users: Users,
        lanes: Lanes,
        pulse: Pulse,
        *,
        portals: Portals,
        tasks: Tasks,
        ghosts: Ghosts,
        hub: Hub,
        chores: Chores,
        plumbing: Plumbing,
        reaching: Reaching,
        cases: Cases,
        forget: Forget,
        links: FileLinks,
        places: Addresses,
        clock: Callable[[], int],
    ) -> None:
        self._config = config
        self._hs_token = hs_token
        self._store = store
        self._homeserver = homeserver
        self._users = users
        self._lanes = lanes
        self._pulse = pulse
        self._portals = portals
        self._tasks = tasks
        self._ghosts = ghosts
        self._hub = hub
        self._chores = chores
        self._plumbing = plumbing
        self._reaching = reaching
        self._cases = cases
        self._forget = forget
        self._links = links
        self._places = places
        self._clock = clock

    async def start(self, group: asyncio.TaskGroup) -> None:
        """Listen, and go on. Raises StartError."""
        deliveries = Deliveries(number_of(await self._store.setting(LAST_TRANSACTION) or ""), time.monotonic)
        caught = CatchingUp(
            Timelines(self._store),
            self._portals,
            self._homeserver,
            self._users,
            self._hub.accept,
            restored_at=self._hub.restored_at,
        )
        runner = await serve(
            self._config,
            self._hs_token,
            self._store,
            self._tasks,
            self._ghosts,
            self._homeserver,
            Intake(self._hub, deliveries, caught, self._pulse, self._clock),
            self._links,
            self._places,
            self._clock,
        )

        async def until_cancelled() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                await runner.cleanup()

        group.create_task(until_cancelled())
        for work in (self._pulse.beat, self._pulse.listen, caught.for_ever):
            self._lanes.wake(work.__qualname__, work)
        await self.resume()
        self._lanes.wake("expiry", self._reaching.expire_for_ever)
        keeping = Housekeeping(
            Upkeep(self._store), self._config.retention_days, clock=self._clock, sleep=self._lanes.sleep
        )
        self._lanes.wake("housekeeping", keeping.for_ever)

    async def resume(self) -> None:
        """Whatever was under way, or was left for us, goes on."""
        await self._plumbing.resume()
        await self._chores.resume()
        self._lanes.wake("requests", self._reaching.asking.resume)
        await self._cases.resume()
        await self._forget.resume()

    def errands(self) -> dict[str, Callable[..., None]]:
        """What goes on here for the processes of platforms, by the first part of a lane's key."""
        return {
            "plumb": self._plumbing.advance,
            "tasks": self._chores.wake,
            "room notices": self._chores.wake_room,
            "request": self._reaching.asking.wake,
            "bans": self._cases.wake,
            "farewell": self._forget.wake,
        }
