"""Builds everything by hand and owns every task's life.

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
import time
from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import version as installed

from aiohttp import web

from bridge.config import Config
from bridge.core.bodies import Bodies
from bridge.core.catching_up import CatchingUp
from bridge.core.chores import Chores
from bridge.core.commands import Commands
from bridge.core.commands.company import Company
from bridge.core.commands.declared import DECLARED
from bridge.core.commands.info import Info
from bridge.core.commands.linking import Linking
from bridge.core.commands.mirroring import Mirroring
from bridge.core.commands.moderation import Moderation
from bridge.core.commands.opting import Opting
from bridge.core.deliveries import Deliveries, number_of
from bridge.core.ffmpeg import installed as installed_ffmpeg
from bridge.core.filelinks import FileLinks
from bridge.core.housekeeping import Housekeeping
from bridge.core.hub import LAST_TRANSACTION, Hub
from bridge.core.identity import Users
from bridge.core.lanes import Lanes
from bridge.core.live import Live
from bridge.core.logins import Logins
from bridge.core.names import Names
from bridge.core.people import addresses
from bridge.core.people.cases import Cases
from bridge.core.people.directory import Directory
from bridge.core.people.forget import Forget
from bridge.core.people.log import ConsentLog
from bridge.core.people.policy import PolicyRoom
from bridge.core.people.voices import Voices
from bridge.core.plumbing import Plumbing
from bridge.core.rooms import Rooms
from bridge.core.space import Space
from bridge.core.waited import Waited
from bridge.core.workshop import Workshop
from bridge.errors import StartError
from bridge.intake import Intake
from bridge.keys import Keys
from bridge.matrix.admin import SynapseAdmin
from bridge.matrix.homeserver import MatrixHomeserver
from bridge.matrix.registration import Registration
from bridge.minding import Minding
from bridge.ports import Platform
from bridge.pulse import Pulse
from bridge.reaching import Reaching
from bridge.running import Running
from bridge.serving import serve
from bridge.store import Store
from bridge.store.consent import Consents
from bridge.store.credentials import Credentials
from bridge.store.ghosts import Ghosts
from bridge.store.handles import Handles
from bridge.store.holdings import Holdings
from bridge.store.inbox import Inbox
from bridge.store.lease import LeaseLost
from bridge.store.leaving import Farewells
from bridge.store.ledger import Ledger
from bridge.store.notices import Notices, Tasks
from bridge.store.portals import Portal, Portals
from bridge.store.reports import Reports
from bridge.store.restoring import RESTORED_AT
from bridge.store.timelines import Timelines
from bridge.store.upkeep import Upkeep

log = logging.getLogger("hampayam")

MATRIX_TITLES = {"fa": "ماتریکس", "en": "Matrix"}


def version() -> str:
    return installed("hampayam")


class App:
    """The whole bridge. `run` returns when it is cancelled; it raises StartError for what an operator must mend."""

    def __init__(self, config: Config, registration: Registration, platforms: Mapping[str, Platform]) -> None:
        self.config = config
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
        store = Store(self.config.database)
        waiting = partial(log.info, "another bridge works on this database; waiting to take over")
        await store.open(waiting if standby else None)
        try:
            where = self.config.homeserver
            homeserver = MatrixHomeserver(where.url, self._registration.as_token)
            token = self.config.people.admin_token
            admin = SynapseAdmin(where.url, token, where.domain) if token else None
            try:
                async with asyncio.TaskGroup() as group:
                    await self._start(store, homeserver, admin, group, ready)
            finally:
                await homeserver.close()
                if admin is not None:
                    await admin.close()
        except* StartError as errors:
            raise errors.exceptions[0] from None
        finally:
            await store.close()

    async def _start(
        self,
        store: Store,
        homeserver: MatrixHomeserver,
        admin: SynapseAdmin | None,
        group: asyncio.TaskGroup,
        ready: Callable[[], None],
    ) -> None:
        config = self.config
        languages = config.languages
        waited = Waited(config.waiting.keep_hours * 3_600_000)
        now = waited.now
        keys = Keys(config.secret)
        users = Users(config.appservice.prefix, config.homeserver.domain, config.appservice.stewards)
        lanes = Lanes(group)
        self._live = live = Live()
        inbox = Inbox(store, keys)
        ledger = Ledger(store)
        portals = Portals(store)
        notices = Notices(store, keys)
        ghosts = Ghosts(store)
        tasks = Tasks(store)
        pulse = Pulse(store, homeserver, self._registration.id, users.bot, now)
        bodies = Bodies(homeserver)
        names = Names(ghosts, homeserver, users, self._titles, languages[0])
        ghost_titles = {name: titles[languages[0]] for name, titles in self._titles.items() if name != "matrix"}
        consents = Consents(store)
        consent_log = ConsentLog(consents, users, keys, now)
        reports = Reports(store)
        voices = Voices(consents, reports)
        space = Space(store, portals, homeserver, users)
        rooms = Rooms(store, portals, ghosts, homeserver, users, ghost_titles, space, live.able, voices)
        plumbing = Plumbing(
            store,
            portals,
            notices,
            tasks,
            rooms,
            live,
            lanes,
            keys,
            clock=now,
            languages=languages,
            titles=self._titles,
            code_minutes=config.links.code_minutes,
            most_chats=config.links.max_chats_per_room,
        )

        async def tell_operators(text: str) -> None:
            await chores.tell_operators(text)

        cases = Cases(
            store,
            reports,
            portals,
            ghosts,
            rooms,
            PolicyRoom(store, tasks, homeserver, users, config.role_of),
            bodies,
            users,
            keys,
            lanes,
            clock=now,
            languages=languages,
            tell_moderators=tell_operators,
        )
        moderation = Moderation(
            cases, store, reports, ghosts, portals, users, self._titles, languages, clock=now, role_of=config.role_of
        )
        directory = Directory(
            store, Handles(store), keys, users, config.people, tell_operators, languages, self._titles, clock=now
        )
        places = addresses.Addresses(live, self.platforms, config.files.public_url)

        async def forget_them(person: str, login: str, chat: str, language: str) -> str:
            return await forget.begin(person, login, chat, language)

        reaching = Reaching(
            config.people,
            store,
            keys,
            users,
            homeserver,
            ledger=ledger,
            portals=portals,
            ghosts=ghosts,
            notices=notices,
            rooms=rooms,
            live=live,
            lanes=lanes,
            directory=directory,
            finder=directory,
            attempt=directory.attempt,
            links=places.links,
            platforms=lambda: [*self.platforms, "matrix"],
            consents=consents,
            log=consent_log,
            report=cases.report,
            excluded=cases.answer_to,
            known_as=directory.known_as,
            forget=forget_them,
            inbox=inbox,
            titles=self._titles,
            language=languages[0],
            clock=now,
        )
        cases.on_ban.append(reaching.asking.end_all)
        credentials = Credentials(store, keys)
        ffmpeg = installed_ffmpeg(config.files.ffmpeg or "")
        self._workshop = workshop = Workshop(ffmpeg)
        links = FileLinks(keys, portals, bodies, config.files.public_url, config.files.link_hours, now)
        self._minding = minding = Minding(
            config.waiting,
            store,
            ledger=ledger,
            portals=portals,
            notices=notices,
            inbox=inbox,
            live=live,
            people=reaching.rules,
            users=users,
            bodies=bodies,
            platforms=lambda: [*self.platforms],
            titles=self._titles,
            languages=languages,
            clock=now,
            ping=pulse.ping,
            tell=tell_operators,
            waited=waited,
        )
        await minding.load()
        running = Running(
            config,
            store,
            keys,
            users,
            homeserver,
            inbox=inbox,
            ledger=ledger,
            portals=portals,
            ghosts=ghosts,
            notices=notices,
            credentials=credentials,
            bodies=bodies,
            names=names,
            rooms=rooms,
            workshop=workshop,
            links=links,
            live=live,
            people=reaching.rules,
            voices=voices,
            minding=minding,
            titles=self._titles,
            clock=now,
        )
        logins = Logins(self.platforms, config.platforms, credentials, live, languages, running.changed)
        info = Info(
            portals, minding.queue, inbox, tasks, live, plumbing, minding.watchdog, languages, version(), pulse.ping
        )
        linking = Linking(plumbing, portals, rooms, live, languages, self.platforms, tell_operators)
        mirroring = Mirroring(self.platforms, config.platforms, plumbing, portals, live, languages)
        company = Company(portals, rooms, names, space, bodies, homeserver, users, languages)
        opting = Opting(store, portals, rooms, consents, consent_log, users, lanes, languages)
        answers = info.answers() | linking.answers() | company.answers() | logins.answers() | mirroring.answers()
        answers |= reaching.answers(info.help) | opting.answers() | moderation.answers() | minding.answers()
        info.commands = Commands(DECLARED, answers, languages)
        chores = Chores(
            store,
            ledger,
            portals,
            notices,
            tasks,
            bodies,
            homeserver,
            rooms,
            plumbing,
            info.commands,
            logins,
            live,
            lanes,
            users,
            cases,
            asking=reaching.asking,
            people=reaching.rules,
            settling=minding.settling,
            reachable=config.people.enabled,
            clock=now,
            languages=languages,
            role_of=config.role_of,
        )
        hub = Hub(
            store,
            ledger,
            portals,
            tasks,
            bodies,
            keys,
            users,
            voices,
            clock=now,
            wake=self._wake,
            tasks_due=chores.wake,
            forget_name=names.forget,
            meant=reaching.rules.portal_meant,
        )
        spoken = reaching.spoken(info.commands, plumbing, cases, minding.settling, languages, hub.accept)
        hub.restored_at = restored_at = int(await store.setting(RESTORED_AT) or 0)
        forget = Forget(
            store,
            Farewells(store),
            Holdings(store),
            ledger,
            portals,
            ghosts,
            inbox,
            notices,
            keys,
            users,
            homeserver,
            admin,
            hub,
            lanes,
            end_all=reaching.asking.end_all,
            wake_chat=live.wake_chat,
            titles=self._titles,
            clock=now,
        )
        homeserver.was_there = forget.came_back
        deliveries = Deliveries(number_of(await store.setting(LAST_TRANSACTION) or ""), time.monotonic)
        caught = CatchingUp(Timelines(store), portals, homeserver, users, hub.accept, restored_at=restored_at)
        intake = Intake(hub, deliveries, caught, pulse, now)
        runner = await serve(
            config, self._registration.hs_token, store, tasks, ghosts, homeserver, intake, links, places, now
        )
        group.create_task(self._until_cancelled(runner))
        group.create_task(store.keep())
        for work in (pulse.beat, pulse.listen, caught.for_ever):
            lanes.wake(work.__qualname__, work)
        minding.start(lanes)
        for platform in self.platforms.values():
            running.start(platform, group, hub, chores, spoken)
        await plumbing.resume()
        live.wake_room = chores.wake_room
        await chores.resume()
        await reaching.asking.resume()
        lanes.wake("expiry", reaching.expire_for_ever)
        await cases.resume()
        await forget.resume()
        housekeeping = Housekeeping(Upkeep(store), config.retention_days, clock=now, sleep=lanes.sleep)
        lanes.wake("housekeeping", housekeeping.for_ever)
        with_ffmpeg = "" if ffmpeg is not None else "; without ffmpeg: sound and film cross as they are"
        log.info("ready: %s, %s%s", store.dialect, ", ".join(self.platforms), with_ffmpeg)
        ready()

    async def _until_cancelled(self, runner: web.AppRunner) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()
            self._workshop.close()

    def _wake(self, portal: Portal) -> None:
        self._minding.patience.queued(portal)
        self._live.wake(portal.login, portal.id)
