"""Runs the logins of the platforms, each for ever.

::

    open ─▶ who are we ─▶ poll, with lanes for its chats ─▶ (fell) ─▶ wait ─▶ open …

What ends a run ends it for that login alone; the next one begins where the database says. A platform has a bot (its
token stands in the config) or an account (its credentials stand in the database, sealed, since somebody logged in), or
both, and it may have a mirror, which reads public channels from outside.
"""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping

from bridge.abilities import Capabilities
from bridge.config import Config, PlatformSettings
from bridge.core.bodies import Bodies
from bridge.core.chores import Chores
from bridge.core.corrections import Corrections
from bridge.core.faces import Faces
from bridge.core.filelinks import FileLinks
from bridge.core.files import Carrier
from bridge.core.hub import Hub
from bridge.core.identity import Users
from bridge.core.inbox import Arrivals
from bridge.core.lanes import Lanes, backoff
from bridge.core.live import Leg, Live, Way
from bridge.core.names import Names
from bridge.core.outbox import Departures
from bridge.core.pacing import Pacer
from bridge.core.people.people import People
from bridge.core.people.voices import Voices
from bridge.core.probing import Probing
from bridge.core.quota import Quota
from bridge.core.rooms import Rooms
from bridge.core.spoken import Spoken
from bridge.core.workshop import Workshop
from bridge.errors import LoginLost, Retry
from bridge.keys import Keys
from bridge.minding import Minding
from bridge.model import Batch
from bridge.platforms.polling import PollState, poll
from bridge.ports import Account, Homeserver, Mirror, Mirrored, Platform, Session
from bridge.store import Store
from bridge.store.credentials import Credentials
from bridge.store.database import trouble_of
from bridge.store.files import Files
from bridge.store.ghosts import Ghosts
from bridge.store.inbox import Inbox, Login
from bridge.store.ledger import Ledger
from bridge.store.notices import Notices
from bridge.store.portals import Portals
from bridge.texts import say

log = logging.getLogger("hampayam")

LOGIN_LOST_WAIT = 60.0
"""Seconds between two tries with a token that was refused: an operator may have it renewed on the platform's side."""
MOST_WAIT, DATABASE_WAIT = 60.0, 2.0
"""Seconds at most, else; where the database was away, no platform has to be spared."""


class SwitchedOff(Exception):
    """An operator has switched the platform off: ends a run, and nothing is wrong."""


Open = Callable[[], Awaitable[Session | None]]
"""Make a session; None while nobody is logged in."""


class Running:
    def __init__(
        self,
        config: Config,
        store: Store,
        keys: Keys,
        users: Users,
        homeserver: Homeserver,
        *,
        inbox: Inbox,
        ledger: Ledger,
        portals: Portals,
        ghosts: Ghosts,
        notices: Notices,
        credentials: Credentials,
        bodies: Bodies,
        names: Names,
        rooms: Rooms,
        workshop: Workshop,
        links: FileLinks,
        live: Live,
        people: People,
        voices: Voices,
        minding: Minding,
        titles: Mapping[str, Mapping[str, str]],
        clock: Callable[[], int],
    ) -> None:
        self._config = config
        self._store = store
        self._keys = keys
        self._users = users
        self._homeserver = homeserver
        self._inbox = inbox
        self._ledger = ledger
        self._portals = portals
        self._ghosts = ghosts
        self._notices = notices
        self._files = Files(store)
        self._credentials = credentials
        self._bodies = bodies
        self._names = names
        self._rooms = rooms
        self._workshop = workshop
        self._links = links
        self._live = live
        self._people = people
        self._voices = voices
        self._minding = minding
        self._titles = titles
        self._clock = clock
        self._changes: dict[str, asyncio.Event] = {}

    def declare(self, platform: Platform) -> None:
        """What the settings of a platform ask for is known from here on; what does not run here, as such."""
        settings = self._config.platforms[platform.name]
        ways: list[tuple[Way, Capabilities]] = []
        if settings.token:
            ways.append(("bot", platform.capabilities))
        if platform.account is not None and platform.account.wanted(settings):
            ways.append(("account", platform.account.capabilities))
        if platform.mirror is not None and platform.mirror.wanted(settings):
            ways.append(("mirror", platform.mirror.capabilities))
        for way, able in ways:
            leg = self._live.leg(platform.name, way)
            leg.able = able
            leg.elsewhere = not self._live.is_here(leg.name)
            if leg.elsewhere:
                leg.state, leg.since = "absent", time.time()

    def start(self, platform: Platform, group: asyncio.TaskGroup, hub: Hub, chores: Chores, spoken: Spoken) -> None:
        """Run what the settings of a platform ask for, as tasks of `group`."""
        settings = self._config.platforms[platform.name]
        if settings.token:

            async def open_bot() -> Session:
                return platform.open(settings)

            leg = self._live.leg(platform.name)
            group.create_task(self._run(leg, settings, open_bot, hub, chores, spoken))
        account = platform.account
        if account is not None and account.wanted(settings):
            leg = self._live.leg(platform.name, "account")
            group.create_task(self._run_account(platform.name, account, settings, leg, hub, chores, spoken))
        mirror = platform.mirror
        if mirror is not None and mirror.wanted(settings):
            leg = self._live.leg(platform.name, "mirror")
            group.create_task(self._run_mirror(mirror, settings, leg, hub, chores, spoken))

    async def resume(self) -> None:
        """What waits for the chats of the logins that are open goes on, whoever put it there."""
        for leg in self._live:
            if leg.departures is not None:
                await leg.departures.resume()

    async def _run_mirror(
        self, mirror: Mirror, settings: PlatformSettings, leg: Leg, hub: Hub, chores: Chores, spoken: Spoken
    ) -> None:
        async def mirrored() -> list[Mirrored]:
            return await self._portals.mirrored(leg.login.id) if leg.login is not None else []

        async def lost(chat: str) -> None:
            portal = await self._portals.of_chat(leg.login.id, chat) if leg.login is not None else None
            if portal is not None:
                title = self._titles[leg.platform]
                await chores.tell_operators(
                    say("mirror_gone", self._config.languages, title=portal.title, platform=title, number=portal.id)
                )

        async def open_mirror() -> Session:
            return mirror.open(settings, mirrored, lost)

        await self._run(leg, settings, open_mirror, hub, chores, spoken)

    def changed(self, platform: str) -> None:
        """The credentials of a platform's account are others now, or gone."""
        self._change(platform).set()

    def _change(self, platform: str) -> asyncio.Event:
        return self._changes.setdefault(platform, asyncio.Event())

    async def _run_account(
        self,
        name: str,
        account: Account,
        settings: PlatformSettings,
        leg: Leg,
        hub: Hub,
        chores: Chores,
        spoken: Spoken,
    ) -> None:
        change = self._change(name)

        async def keep(credentials: bytes) -> None:
            await self._credentials.keep(name, credentials)

        async def open_account() -> Session | None:
            credentials = await self._credentials.get(name)
            return None if credentials is None else account.open(settings, credentials, keep)

        while True:
            change.clear()
            running = asyncio.ensure_future(self._run(leg, settings, open_account, hub, chores, spoken))
            changing = asyncio.ensure_future(change.wait())
            try:
                await asyncio.wait([running, changing], return_when=asyncio.FIRST_COMPLETED)
            finally:
                changing.cancel()
                running.cancel()
                await asyncio.wait([running])
            if not running.cancelled():
                running.result()  # it never ends by itself but by an error of ours

    async def _run(
        self, leg: Leg, settings: PlatformSettings, open: Open, hub: Hub, chores: Chores, spoken: Spoken
    ) -> None:
        attempt = 0
        suspending = self._minding.suspending
        while True:
            if (suspension := suspending.of(leg.platform)) is not None:
                self._fell(leg, "suspended", suspension.reason)
                leg.since = suspension.since / 1000
                await suspending.ended(leg.platform)
                leg.state, leg.reason, leg.since, attempt = "starting", "", time.time(), 0
            session: Session | None = None
            began, most = time.monotonic(), MOST_WAIT
            try:
                session = await open()
                if session is None:
                    self._fell(leg, "logged_out", "")
                    await asyncio.Event().wait()
                else:
                    await self._run_login(leg, settings, session, hub, chores, spoken)
            except* SwitchedOff:
                pass
            except* Retry as errors:
                self._fell(leg, "unreachable", str(errors.exceptions[0]))
            except* LoginLost as errors:
                lost = leg.state != "login_lost"
                self._fell(leg, "login_lost", str(errors.exceptions[0]))
                if leg.way == "account" and lost:
                    await chores.tell_operators(self._lost(leg))
            except* Exception as errors:
                last = _innermost(errors)
                where = traceback.extract_tb(last.__traceback__)[-1]
                log.error("%s: %s in %s:%s", leg.platform, type(last).__name__, where.name, where.lineno)
                self._fell(leg, "unreachable", type(last).__name__)
                most = DATABASE_WAIT if trouble_of(last) is not None else most
            finally:
                leg.session = leg.arrivals = leg.departures = None
                if session is not None:
                    await session.close()
            if suspending.of(leg.platform) is not None:
                continue
            attempt = 0 if time.monotonic() - began > 60 else attempt + 1
            await asyncio.sleep(LOGIN_LOST_WAIT if leg.state == "login_lost" else backoff(attempt, most=most))

    def _lost(self, leg: Leg) -> str:
        return say("account_lost", self._config.languages, platform=self._titles[leg.platform], name=leg.platform)

    def _fell(self, leg: Leg, state: str, reason: str) -> None:
        if leg.state != state:
            log.warning("%s: %s: %s", leg.platform, state, reason)
            leg.since = time.time()
        leg.state, leg.reason = state, reason
        leg.session = leg.arrivals = leg.departures = None
        self._live.changed()

    async def _run_login(
        self, leg: Leg, settings: PlatformSettings, session: Session, hub: Hub, chores: Chores, spoken: Spoken
    ) -> None:
        identity = await session.whoami()
        login = await self._inbox.login(leg.platform, identity, leg.name.removeprefix(leg.platform))
        async with asyncio.TaskGroup() as group:
            lanes = Lanes(group)
            carrier = Carrier(login.id, session, self._homeserver, self._files, self._workshop, self._links)
            faces = Faces(
                login,
                session,
                store=self._store,
                ghosts=self._ghosts,
                portals=self._portals,
                rooms=self._rooms,
                homeserver=self._homeserver,
                carrier=carrier,
                users=self._users,
                lanes=lanes,
            )
            arrivals = Arrivals(
                login,
                session,
                bots=settings.bridges_bot,
                store=self._store,
                inbox=self._inbox,
                ledger=self._ledger,
                portals=self._portals,
                hub=hub,
                corrections=Corrections(
                    self._store,
                    self._ledger,
                    self._portals,
                    hub,
                    self._users,
                    self._keys,
                    self._voices,
                    clock=self._clock,
                ),
                rooms=self._rooms,
                homeserver=self._homeserver,
                carrier=carrier,
                faces=faces,
                lanes=lanes,
                quota=Quota(self._config.waiting.sender_per_minute, self._clock),
                special=spoken.heard,
                notices=self._notices,
                wake_chat=self._live.wake_chat,
                languages=self._config.languages,
                counted=lambda _, kind: leg.count(kind),
                lost=chores.lost,
                users=self._users,
            )
            departures = Departures(
                login,
                session,
                store=self._store,
                ledger=self._ledger,
                portals=self._portals,
                notices=self._notices,
                bodies=self._bodies,
                names=self._names,
                users=self._users,
                carrier=carrier,
                keys=self._keys,
                voices=self._voices,
                lanes=lanes,
                pacer=Pacer(session.capabilities.calls_at_once),
                languages=self._config.languages,
                titles=self._titles,
                clock=self._clock,
                wake_chat=self._live.wake_chat,
                able=self._live.able,
                people=self._people,
                patience=self._minding.patience,
            )
            leg.login, leg.session, leg.arrivals, leg.departures = login, session, arrivals, departures
            leg.state, leg.reason, leg.since = "running", "", time.time()
            self._live.changed()
            log.info("%s: running as %s", leg.platform, login.id)
            group.create_task(self._until_suspended(leg.platform, departures))
            if settings.probe_chat is not None and leg.way == "bot":
                pace, languages = departures.pacer, self._config.languages
                probing = Probing(leg, session, settings.probe_chat, self._store, pace, languages, self._clock)
                group.create_task(probing.for_ever())
            group.create_task(arrivals.resume())
            group.create_task(departures.resume())
            if session.capabilities.receives:
                group.create_task(self._poll(login, session, arrivals, leg))
            else:
                await asyncio.Event().wait()

    async def _until_suspended(self, platform: str, departures: Departures) -> None:
        await self._minding.suspending.begun(platform)
        await departures.stop()
        raise SwitchedOff

    async def _poll(self, login: Login, session: Session, arrivals: Arrivals, leg: Leg) -> None:
        async def take(batch: Batch) -> None:
            await self._inbox.take(login.id, batch, self._clock())
            for chat in {update.chat for update in batch.updates}:
                arrivals.wake(chat)

        def report(state: PollState) -> None:
            leg.last_poll = state.last_success
            if state.failing_since is None:
                leg.state, leg.reason = "running", ""
            elif leg.state == "running":
                leg.state, leg.reason, leg.since = "unreachable", state.reason, state.failing_since
                log.warning("%s: unreachable: %s", leg.platform, state.reason)

        await poll(session, take, await self._inbox.cursor(login.id), report=report)


def _innermost(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
