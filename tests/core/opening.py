"""Opens the core on a database: every part made as the app makes it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bridge.core.bodies import Bodies
from bridge.core.identity import Users
from bridge.core.live import Live
from bridge.core.names import Names
from bridge.core.people.voices import Voices
from bridge.core.rooms import Rooms
from bridge.core.space import Space
from bridge.core.workshop import Workshop
from bridge.keys import Keys
from bridge.store import Store
from bridge.store.consent import Consents
from bridge.store.ghosts import Ghosts
from bridge.store.inbox import Inbox
from bridge.store.ledger import Ledger
from bridge.store.notices import Notices, Tasks
from bridge.store.portals import Portals
from bridge.store.reports import Reports
from tests.core.fakes import TITLES, Clock, KnownHomeserver
from tests.core.kit import Core


@asynccontextmanager
async def opened(url: str, language: str = "fa") -> AsyncIterator[Core]:
    """`language` is that of the labels."""
    store = Store(url)
    await store.open()
    try:
        keys, homeserver, users = Keys(b"k" * 32), KnownHomeserver(), Users("hampayam", "hs.test", 2)
        portals, ghosts = Portals(store), Ghosts(store)
        space = Space(store, portals, homeserver, users)
        consents = Consents(store)
        reports = Reports(store)
        voices = Voices(consents, reports)
        live = Live()
        ghost_titles = {name: titles[language] for name, titles in TITLES.items() if name != "matrix"}
        workshop = Workshop(None)
        yield Core(
            store=store,
            clock=Clock(),
            keys=keys,
            users=users,
            homeserver=homeserver,
            ledger=Ledger(store),
            portals=portals,
            ghosts=ghosts,
            notices=Notices(store, keys),
            tasks=Tasks(store),
            inbox=Inbox(store, keys),
            bodies=Bodies(homeserver),
            names=Names(ghosts, homeserver, users, TITLES, language),
            rooms=Rooms(store, portals, ghosts, homeserver, users, ghost_titles, space, live.able, voices),
            live=live,
            space=space,
            workshop=workshop,
            consents=consents,
            reports=reports,
            voices=voices,
        )
        workshop.close()
    finally:
        await store.close()
