"""Owns every task's life (`building.py` makes the tasks).

::

    App.run ─┬─ the endpoint (`serving.py`: aiohttp, answers the homeserver)
             ├─ the pulse (`pulse.py`: registers the bot, pings the homeserver at start, after every 5xx of ours, and
             │  when it was away) and what is read back then (`core/catching_up.py`)
             └─ one runner a login (`running.py`): a platform that dies, hangs or refuses us restarts alone,
                and the others do not notice
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import version as installed

from bridge.building import start
from bridge.config import Config
from bridge.errors import StartError
from bridge.matrix.admin import SynapseAdmin
from bridge.matrix.homeserver import MatrixHomeserver
from bridge.matrix.registration import Registration
from bridge.parts import Part
from bridge.ports import Platform
from bridge.store import Store
from bridge.store.lease import LeaseLost

log = logging.getLogger("hampayam")

MATRIX_TITLES = {"fa": "ماتریکس", "en": "Matrix"}


def version() -> str:
    return installed("hampayam")


class App:
    """The bridge, or the part of it that a process is. `run` returns when it is cancelled; it raises StartError for
    what an operator must mend."""

    def __init__(
        self, config: Config, registration: Registration, platforms: Mapping[str, Platform], part: Part
    ) -> None:
        self.config = config
        self.part = part
        self.platforms = {name: platforms[name] for name in platforms if name in config.enabled_platforms}
        self._registration = registration
        self._titles: dict[str, Mapping[str, str]] = {name: p.titles for name, p in platforms.items()}
        self._titles["matrix"] = MATRIX_TITLES

    async def run(self, ready: Callable[[], None] = lambda: None, *, standby: bool = False) -> None:
        """`standby`: where another bridge works on the database, wait until it is gone, and take over."""
        while True:
            try:
                await self._run(ready, standby=standby)
            except* LeaseLost:
                if not standby:
                    raise StartError("another bridge has taken over this database") from None
                log.warning("another bridge has taken over; waiting again")

    async def _run(self, ready: Callable[[], None], *, standby: bool) -> None:
        store = Store(self.config.database, self.part.roles, several=self.part.several)
        waiting = partial(log.info, "another bridge works on this database; waiting to take over")
        await store.open(waiting if standby else None)
        try:
            where = self.config.homeserver
            homeserver = MatrixHomeserver(where.url, self._registration.as_token)
            token = self.config.people.admin_token
            admin = SynapseAdmin(where.url, token, where.domain) if token else None
            try:
                async with asyncio.TaskGroup() as group:
                    await start(
                        self.config,
                        self._registration,
                        self.part,
                        self.platforms,
                        self._titles,
                        store,
                        homeserver,
                        admin,
                        version(),
                        group,
                    )
                    ready()
            finally:
                await homeserver.close()
                if admin is not None:
                    await admin.close()
        except* StartError as errors:
            raise errors.exceptions[0] from None
        finally:
            await store.close()
