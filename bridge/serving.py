"""The endpoint: what the homeserver calls, and the pages for people beside it."""

from __future__ import annotations

import time
from collections.abc import Callable

from aiohttp import web

from bridge.config import Config
from bridge.core.deliveries import OLD_S, Deliveries, number_of
from bridge.core.filelinks import PATH, FileLinks
from bridge.core.hub import LAST_TRANSACTION, Hub
from bridge.core.people import addresses
from bridge.errors import StartError
from bridge.matrix.addresspage import AddressPage
from bridge.matrix.endpoint import Endpoint
from bridge.matrix.filepage import FilePage
from bridge.matrix.homeserver import MatrixHomeserver
from bridge.model import RoomEvent
from bridge.pulse import Pulse
from bridge.store import Store
from bridge.store.ghosts import Ghosts
from bridge.store.notices import Tasks


async def serve(
    config: Config,
    hs_token: str,
    store: Store,
    hub: Hub,
    tasks: Tasks,
    ghosts: Ghosts,
    homeserver: MatrixHomeserver,
    pulse: Pulse,
    links: FileLinks,
    places: addresses.Addresses,
    clock: Callable[[], int],
) -> web.AppRunner:
    """Listens from here on; `cleanup` ends it. Raises StartError where it cannot."""

    async def set_aside(event_id: str, room: str | None, error: str) -> None:
        async with store.transaction():
            await tasks.poison(event_id, room, error, clock())

    async def known_user(mxid: str) -> bool:
        return await ghosts.get(mxid) is not None

    deliveries = Deliveries(number_of(await store.setting(LAST_TRANSACTION) or ""), time.monotonic)

    async def take(events: list[RoomEvent], transaction: str) -> None:
        await hub.accept(events, transaction)
        deliveries.taken(transaction)
        if any(clock() - event.at > OLD_S * 1000 for event in events):
            deliveries.watch()

    def failed() -> None:
        deliveries.watch()
        pulse.failed()

    endpoint = Endpoint(
        hs_token,
        take=take,
        may_take=deliveries.may_take,
        set_aside=set_aside,
        known_user=known_user,
        failed=failed,
    )
    if config.files.public_url:
        FilePage(homeserver, links.find).add_to(endpoint.app, PATH)
        if config.people.enabled:
            AddressPage(addresses.address_shown, places.doors).add_to(endpoint.app, addresses.PATH)
    runner = web.AppRunner(endpoint.app, access_log=None, handle_signals=False, shutdown_timeout=2)
    await runner.setup()
    site = web.TCPSite(runner, config.appservice.host, config.appservice.port)
    try:
        await site.start()
    except OSError as error:
        await runner.cleanup()
        raise StartError(
            f"cannot listen on {config.appservice.listen} (appservice.listen): {error.strerror or error}; "
            "is another bridge running, or another program on this port?"
        ) from None
    return runner
