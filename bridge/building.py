"""Builds the bridge, or the part of it that a process is, by hand, and starts it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from functools import partial

from bridge.config import Config
from bridge.core.bodies import Bodies
from bridge.core.chores import Chores
from bridge.core.commands import Commands
from bridge.core.commands.company import Company
from bridge.core.commands.declared import DECLARED
from bridge.core.commands.info import Info
from bridge.core.commands.linking import Linking
from bridge.core.commands.mirroring import Mirroring
from bridge.core.commands.moderation import Moderation
from bridge.core.commands.opting import Opting
from bridge.core.errands import Errands
from bridge.core.ffmpeg import installed as installed_ffmpeg
from bridge.core.filelinks import FileLinks
from bridge.core.hub import Hub
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
from bridge.core.workshop import Workshop
from bridge.head import Head
from bridge.keys import Keys
from bridge.matrix.admin import SynapseAdmin
from bridge.matrix.homeserver import MatrixHomeserver
from bridge.matrix.registration import Registration
from bridge.minding import Minding
from bridge.neighbours import CREDENTIALS, Neighbours
from bridge.parts import Part
from bridge.ports import Platform
from bridge.pulse import Pulse
from bridge.reaching import Reaching
from bridge.running import Running
from bridge.store import Store
from bridge.store.bell import Bell
from bridge.store.consent import Consents
from bridge.store.credentials import Credentials
from bridge.store.ghosts import Ghosts
from bridge.store.handles import Handles
from bridge.store.holdings import Holdings
from bridge.store.inbox import Inbox
from bridge.store.leaving import Farewells
from bridge.store.ledger import Ledger
from bridge.store.notices import Notices, Tasks
from bridge.store.portals import Portal, Portals
from bridge.store.reports import Reports
from bridge.store.timelines import Timelines

log = logging.getLogger("hampayam")


async def start(
    config: Config,
    registration: Registration,
    part: Part,
    platforms: Mapping[str, Platform],
    titles: Mapping[str, Mapping[str, str]],
    store: Store,
    homeserver: MatrixHomeserver,
    admin: SynapseAdmin | None,
    version: str,
    group: asyncio.TaskGroup,
) -> None:
    """Everything runs as tasks of `group`. `platforms` are those that the settings ask for, `titles` their names and
    those of others. Raises StartError."""
    languages = config.languages
    keys = Keys(config.secret)
    users = Users(config.appservice.prefix, config.homeserver.domain, config.appservice.stewards)
    lanes = Lanes(group)
    bell = Bell(config.database, missed=lambda: neighbours.missed(), deaf=store.forget_all) if part.several else None
    if bell is not None:
        store.ring = bell.ring
    once = lanes if part.head else Errands(group, store.ring)
    """For the work of which there is one for a database."""
    live = Live(part.platforms if part.several else None, head=part.head, ring=store.ring)
    inbox = Inbox(store, keys)
    ledger = Ledger(store)
    portals = Portals(store)
    notices = Notices(store, keys)
    ghosts = Ghosts(store)
    tasks = Tasks(store)
    pulse = Pulse(store, homeserver, registration.id, users.bot, now)
    bodies = Bodies(homeserver)
    if part.several:
        bodies.former_of = Timelines(store).former_of
    names = Names(ghosts, homeserver, users, titles, languages[0])
    store.cache("names", names.forget)
    ghost_titles = {name: titles[languages[0]] for name, titles in titles.items() if name != "matrix"}
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
        once,
        keys,
        clock=now,
        languages=languages,
        titles=titles,
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
        once,
        clock=now,
        languages=languages,
        tell_moderators=tell_operators,
    )
    moderation = Moderation(
        cases, store, reports, ghosts, portals, users, titles, languages, clock=now, role_of=config.role_of
    )
    directory = Directory(
        store, Handles(store), keys, users, config.people, tell_operators, languages, titles, clock=now
    )
    places = addresses.Addresses(live, platforms, config.files.public_url)

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
        lanes=once,
        directory=directory,
        finder=directory,
        attempt=directory.attempt,
        links=places.links,
        platforms=lambda: [*platforms, "matrix"],
        consents=consents,
        log=consent_log,
        report=cases.report,
        excluded=cases.answer_to,
        known_as=directory.known_as,
        forget=forget_them,
        inbox=inbox,
        titles=titles,
        language=languages[0],
        clock=now,
        head=part.head,
    )
    cases.on_ban.append(reaching.asking.end_all)
    credentials = Credentials(store, keys)
    ffmpeg = installed_ffmpeg(config.files.ffmpeg or "")
    workshop = Workshop(ffmpeg)
    links = FileLinks(keys, portals, bodies, config.files.public_url, config.files.link_hours, now)
    minding = Minding(
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
        platforms=lambda: [*platforms],
        titles=titles,
        languages=languages,
        clock=now,
        ping=pulse.ping,
        tell=tell_operators,
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
        titles=titles,
        clock=now,
    )

    def changed(platform: str) -> None:
        running.changed(platform)
        store.ring(CREDENTIALS, platform)

    logins = Logins(platforms, config.platforms, credentials, live, languages, changed)
    info = Info(portals, minding.queue, inbox, tasks, live, plumbing, minding.watchdog, languages, version, pulse.ping)
    linking = Linking(plumbing, portals, rooms, live, languages, platforms, tell_operators)
    mirroring = Mirroring(platforms, config.platforms, plumbing, portals, live, languages)
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
        once,
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

    def wake(portal: Portal) -> None:
        minding.patience.queued(portal.platform)
        live.wake(portal.login, portal.id)

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
        wake=wake,
        tasks_due=chores.wake,
        forget_name=partial(store.forget, "names"),
        meant=reaching.rules.portal_meant,
    )
    spoken = reaching.spoken(info.commands, plumbing, cases, minding.settling, languages, hub.accept)
    await hub.load()
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
        once,
        end_all=reaching.asking.end_all,
        wake_chat=live.wake_chat,
        titles=titles,
        clock=now,
    )
    homeserver.was_there = forget.came_back
    live.wake_room = chores.wake_room
    head = Head(
        config,
        registration.hs_token,
        store,
        homeserver,
        users,
        lanes,
        pulse,
        portals=portals,
        tasks=tasks,
        ghosts=ghosts,
        hub=hub,
        chores=chores,
        plumbing=plumbing,
        reaching=reaching,
        cases=cases,
        forget=forget,
        links=links,
        places=places,
        clock=now,
    )
    for platform in platforms.values():
        running.declare(platform)
    if bell is not None:
        looks = [head.resume] if part.head else [running.resume]
        errands = head.errands() if part.head else {}
        neighbours = Neighbours(
            store,
            bell,
            keys,
            live,
            lanes,
            portals,
            minding.patience,
            minding.suspending,
            head=errands,
            looks=looks,
            changed=running.changed,
        )
        await neighbours.start()
    if part.head:
        await head.start(group)
    group.create_task(_until_cancelled(workshop))
    group.create_task(store.keep())
    minding.start(lanes, head=part.head)
    for name in part.platforms:
        running.start(platforms[name], group, hub, chores, spoken)
    with_ffmpeg = "" if ffmpeg is not None else "; without ffmpeg: sound and film cross as they are"
    parts = ", ".join(platforms if not part.several else part.roles)
    log.info("ready: %s, %s%s", store.dialect, parts, with_ffmpeg)


async def _until_cancelled(workshop: Workshop) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        workshop.close()


def now() -> int:
    """Unix milliseconds."""
    return int(time.time() * 1000)
