"""Builds what lets people reach people, by hand, and wires it to the rest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from bridge.config import PeopleConfig
from bridge.core.commands import Answer, Commands
from bridge.core.gaps import Gaps
from bridge.core.identity import Users
from bridge.core.lanes import Lanes
from bridge.core.live import Live
from bridge.core.people.asking import DAY_MS, Asking
from bridge.core.people.blocks import Blocks
from bridge.core.people.cards import Cards
from bridge.core.people.cases import Cases
from bridge.core.people.contacts import Contacts, Try
from bridge.core.people.conversations import Conversations, Take
from bridge.core.people.desk import DeskRules
from bridge.core.people.export import Export
from bridge.core.people.finding import Finder, Finding
from bridge.core.people.goodbye import Begin, Goodbye
from bridge.core.people.helping import Help
from bridge.core.people.log import ConsentLog
from bridge.core.people.own_address import Links, Listing, OwnAddress
from bridge.core.people.readied import Readied
from bridge.core.people.settings import Settings
from bridge.core.people.speech import Speech
from bridge.core.people.talk import Talk
from bridge.core.people.telling import Telling
from bridge.core.people.welcome import Welcome
from bridge.core.plumbing import Plumbing
from bridge.core.rooms import Rooms
from bridge.core.settling import Settling
from bridge.core.spoken import Spoken
from bridge.keys import Keys
from bridge.ports import Homeserver
from bridge.store import Store
from bridge.store.consent import Consents
from bridge.store.desks import Desks
from bridge.store.ghosts import Ghosts
from bridge.store.holdings import Holdings
from bridge.store.inbox import Inbox
from bridge.store.ledger import Ledger
from bridge.store.notices import Notices
from bridge.store.portals import Portals
from bridge.store.requests import Requests

EXPIRY_S = 60.0
"""Seconds between two looks for requests that nobody answered in time."""


class Reaching:
    """Everything about people's conversations. `talk` is made when all commands are known."""

    def __init__(
        self,
        config: PeopleConfig,
        store: Store,
        keys: Keys,
        users: Users,
        homeserver: Homeserver,
        *,
        ledger: Ledger,
        portals: Portals,
        ghosts: Ghosts,
        notices: Notices,
        rooms: Rooms,
        live: Live,
        lanes: Lanes,
        consents: Consents,
        log: ConsentLog,
        directory: Listing,
        finder: Finder,
        attempt: Try,
        links: Links,
        platforms: Callable[[], list[str]],
        report: Callable[[str, str, int], Awaitable[object]],
        excluded: Callable[[str], Awaitable[str | None]],
        known_as: Callable[[str, str], Awaitable[None]],
        forget: Begin,
        inbox: Inbox,
        titles: Mapping[str, Mapping[str, str]],
        language: str,
        clock: Callable[[], int],
        head: bool = True,
    ) -> None:
        """`head`: this process makes the rooms of conversations."""
        self._store = store
        self._ghosts = ghosts
        self._ledger = ledger
        self._portals = portals
        self._notices = notices
        self._titles = titles
        self._enabled = config.enabled
        self._live = live
        self._users = users
        self._lanes = lanes
        self._excluded = excluded
        self._known_as = known_as
        self._clock = clock
        self._language = language
        self.desks = Desks(store)
        self.consents = consents
        self.requests = Requests(store, keys)
        self.log = log
        self.speech = Speech(store, self.desks, portals, notices, live, self.log, titles)
        self.rules = DeskRules(self.desks, portals, self.requests, ledger, self.log, self.speech, users)
        self.conversations = Conversations(
            store,
            portals,
            self.desks,
            ghosts,
            ledger,
            self.log,
            rooms,
            homeserver,
            users,
            live,
            lanes,
            clock=clock,
        )
        telling = Telling(portals, self.desks, self.conversations, self.speech)
        blocks = Blocks(finder, log)
        self.asking = Asking(
            store,
            self.requests,
            self.desks,
            portals,
            self.log,
            self.conversations,
            telling,
            self.speech,
            Finding(finder, self.desks, log, users, config.cooling_off_days * DAY_MS, clock),
            blocks,
            lanes,
            waits=config.request_days * DAY_MS,
            clock=clock,
            leave=homeserver.leave,
        )
        self._ready = self.asking.ready
        if not head:
            self._ready = Readied(store, self.requests, portals, self.asking.wake).ready
        self.contacts = Contacts(
            store, self.desks, portals, self.requests, self.asking, telling, self.speech, attempt, report, live.wake
        )
        self.settings = Settings(
            store,
            portals,
            consents,
            log,
            self.asking,
            blocks,
            self.conversations,
            self.speech,
            titles,
            platforms=platforms,
        )
        self.address = OwnAddress(store, self.desks, directory, self.speech, live, links=links)
        self.cards = Cards(
            store, self.desks, self.rules, self.address, self.speech, live, keys, ask=self.contacts.ask_for
        )
        self.help = Help(store, self.speech)
        self.welcome = Welcome(
            store,
            self.desks,
            directory,
            self.speech,
            keys,
            pages={
                "platforms": self.settings.platforms,
                "found": self.address.found,
                "address": self.address.address,
            },
            ask=self.contacts.ask_for,
            clock=clock,
        )

        keeps = (config.homeserver_message_days, config.homeserver_file_days)
        export = Export(Holdings(store), ghosts, inbox, users, titles, keeps=keeps, clock=clock)
        self.goodbye = Goodbye(store, self.speech, live, lanes, export, forget=forget)

    def answers(self, help_elsewhere: Answer) -> dict[str, Answer]:
        """What answers the commands of private chats; `help` is answered elsewhere, too."""
        parts = (self.contacts, self.settings, self.address, self.welcome, self.goodbye)
        found = {name: answer for part in parts for name, answer in part.answers().items()}
        return found | self.help.answers(help_elsewhere)

    def _talk(self, commands: Commands, settling: Settling) -> Talk:
        self.help.commands = commands
        parts = (
            self.contacts,
            self.settings,
            self.address,
            self.cards,
            self.help,
            self.welcome,
            self.goodbye,
            settling,
        )
        return Talk(
            self._store,
            self.desks,
            self._ghosts,
            self._ledger,
            self.rules,
            self.speech,
            commands,
            self._live,
            self._users,
            self._lanes,
            taps={kind: tap for part in parts for kind, tap in part.taps().items()},
            replies={**self.contacts.replies(), **self.address.replies()},
            greet=self.welcome.greet,
            contact=self.cards.contact,
            excluded=self._excluded,
            known_as=self._known_as,
            ready=self._ready,
            clock=self._clock,
            default_language=self._language,
        )

    def spoken(
        self,
        commands: Commands,
        plumbing: Plumbing,
        cases: Cases,
        settling: Settling,
        languages: tuple[str, ...],
        take: Take,
    ) -> Spoken:
        """What looks first at everything that is said on a platform. `take` takes in what was said in a room."""
        self.conversations.take = take
        gaps = Gaps(
            self._store, self._portals, self._notices, languages, self._titles, self._clock, self._live.wake_chat
        )
        return Spoken(
            self._store,
            self._ledger,
            self._portals,
            self._notices,
            plumbing,
            commands,
            self._live,
            self._users,
            cases,
            settling,
            gaps,
            self._talk(commands, settling) if self._enabled else None,
            clock=self._clock,
            languages=languages,
        )

    async def expire_for_ever(self) -> None:
        while True:
            await self.asking.expire()
            await self._lanes.sleep(EXPIRY_S)
