"""`python -m bridge check`: try everything that the bridge will need, and say in plain words what is wrong."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping

from aiohttp import web

from bridge.config import Config
from bridge.errors import BridgeError, ConfigError, LoginLost, NotAllowed
from bridge.matrix.admin import SynapseAdmin
from bridge.matrix.endpoint import Endpoint
from bridge.matrix.homeserver import ROOM_VERSION, MatrixHomeserver
from bridge.matrix.registration import Registration, load_registration
from bridge.model import RoomEvent
from bridge.ports import Platform

_PING = {
    "M_CONNECTION_FAILED": "the homeserver cannot connect to {url}: is that address right as seen from Synapse?",
    "M_CONNECTION_TIMED_OUT": "the homeserver got no answer from {url}: a firewall, or another program there?",
    "M_BAD_STATUS": "something answers at {url}, but not this bridge with this registration: restart Synapse after "
    "writing a new registration, and look for another program on that port",
    "M_URL_NOT_SET": "the registration that Synapse has read has no url",
}


async def check(config: Config, platforms: Mapping[str, Platform], tell: Callable[[str], None]) -> int:
    """Returns 0 when all is well, 1 otherwise. Changes nothing, anywhere."""
    failures = 0

    def bad(text: str) -> None:
        nonlocal failures
        failures += 1
        tell("✗ " + text)

    tell("✓ the configuration can be read")
    for name, settings in config.enabled_platforms.items():
        session = platforms[name].open(settings)
        try:
            identity = await session.whoami()
            one_way = "" if session.capabilities.receives else " (one way: it only sends)"
            tell(f"✓ {name}: we are {identity.name} (@{identity.username or '—'}){one_way}")
        except BridgeError as error:
            bad(f"{name}: {error}; see platforms.{name}.token, .url, .proxy and .ca_bundle")
        finally:
            await session.close()
    try:
        registration = load_registration(config.appservice.registration, config)
        tell("✓ the registration fits the configuration")
    except ConfigError as error:
        for problem in error.problems:
            bad(problem)
        return 1
    homeserver = MatrixHomeserver(config.homeserver.url, registration.as_token)
    try:
        await _homeserver(config, registration, homeserver, tell, bad)
    finally:
        await homeserver.close()
    tell("All is well." if not failures else f"{failures} thing(s) to mend.")
    return 1 if failures else 0


async def _homeserver(
    config: Config,
    registration: Registration,
    homeserver: MatrixHomeserver,
    tell: Callable[[str], None],
    bad: Callable[[str], None],
) -> None:
    unknown_token = (
        "homeserver: does not know our as_token: name the registration under app_service_config_files in "
        "homeserver.yaml and restart Synapse"
    )
    try:
        versions = (await homeserver.versions()).get("versions")
        newest = versions[-1] if isinstance(versions, list) and versions else "unknown"
        tell(f"✓ homeserver: answers at {config.homeserver.url} (newest specification {newest})")
    except NotAllowed:
        return bad(unknown_token)
    except BridgeError as error:
        return bad(f"homeserver.url: nothing usable at {config.homeserver.url}: {error}")
    try:
        user = await homeserver.whoami()
        if user.partition(":")[2] != config.homeserver.domain:
            return bad(f"homeserver.domain: it is {user.partition(':')[2]}, not {config.homeserver.domain}")
        tell(f"✓ homeserver: knows us as {user}")
        if config.people.admin_token is not None:
            await _admin(config, config.people.admin_token, user, tell, bad)
        if not await homeserver.makes_rooms(ROOM_VERSION):
            return bad(f"homeserver: cannot make rooms of version {ROOM_VERSION}; it needs Synapse 1.136 or newer")
    except NotAllowed:
        return bad(unknown_token)
    except BridgeError as error:
        return bad(f"homeserver: {error}")
    runner = await _answering(config, registration)
    try:
        milliseconds = await homeserver.ping(registration.id, secrets.token_hex(8))
        tell(f"✓ homeserver: reaches us at {config.appservice.url} in {milliseconds} ms")
    except BridgeError as error:
        bad("homeserver: " + _PING.get(str(error), str(error)).format(url=config.appservice.url))
    finally:
        if runner is not None:
            await runner.cleanup()


async def _admin(
    config: Config, token: str, user: str, tell: Callable[[str], None], bad: Callable[[str], None]
) -> None:
    admin = SynapseAdmin(config.homeserver.url, token, config.homeserver.domain)
    try:
        await admin.check(user)
        tell("✓ homeserver: people.admin_token is an administrator's")
    except LoginLost:
        bad("people.admin_token: the homeserver does not know it (any more): log in as an administrator, copy it anew")
    except NotAllowed:
        bad("people.admin_token: it is a user's who is no administrator of the homeserver: /forget could erase nobody")
    except BridgeError as error:
        bad(f"people.admin_token: {error}: is {config.homeserver.url}/_synapse/admin reachable from here?")
    finally:
        await admin.close()


async def _answering(config: Config, registration: Registration) -> web.AppRunner | None:
    """Answer the ping ourselves, unless the bridge is running on our port already. Transactions are refused meanwhile,
    so that the homeserver keeps them."""

    async def refuse(events: list[RoomEvent], transaction: str) -> None:
        raise RuntimeError("only checking")

    async def set_aside(event: str, room: str | None, error: str) -> None:
        raise RuntimeError("only checking")

    async def nobody(user: str) -> bool:
        return False

    endpoint = Endpoint(
        registration.hs_token,
        take=refuse,
        may_take=lambda transaction: True,
        set_aside=set_aside,
        known_user=nobody,
        failed=lambda: None,
    )
    runner = web.AppRunner(endpoint.app, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        await web.TCPSite(runner, config.appservice.host, config.appservice.port).start()
    except OSError:
        await runner.cleanup()
        return None
    return runner
