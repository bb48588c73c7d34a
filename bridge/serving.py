"""The endpoint: what the homeserver calls, and the pages for people beside it."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from bridge.config import Config
from bridge.core.filelinks import PATH, FileLinks
from bridge.core.people import addresses
from bridge.errors import StartError
from bridge.intake import Intake
from bridge.matrix.addresspage import AddressPage
from bridge.matrix.endpoint import Endpoint
from bridge.matrix.filepage import FilePage
from bridge.matrix.homeserver import MatrixHomeserver
from bridge.store import Store
from bridge.store.ghosts import Ghosts
from bridge.store.notices import Tasks


async def serve(
    config: Config,
    hs_token: str,
    store: Store,
    tasks: Tasks,
    ghosts: Ghosts,
    homeserver: MatrixHomeserver,
    intake: Intake,
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

    endpoint = Endpoint(
        hs_token,
        take=intake.take,
        may_take=intake.may_take,
        set_aside=set_aside,
        known_user=known_user,
        failed=intake.failed,
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
