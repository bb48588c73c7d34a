"""(h) What people's consent costs when there are many of them, and a private chat when it has many conversations."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from bridge.abilities import Capabilities
from bridge.core.identity import Users
from bridge.core.live import Live
from bridge.core.people.consent import Answer
from bridge.core.people.desk import DeskRules
from bridge.core.people.log import ConsentLog
from bridge.core.people.speech import Speech
from bridge.keys import Keys
from bridge.model import Chat, ChatKind, MessageSaid, Person, Text
from bridge.sandbox.postgres import Postgres
from bridge.store import Store
from bridge.store.consent import Consents
from bridge.store.desks import Desks
from bridge.store.ledger import Ledger
from bridge.store.notices import Notices
from bridge.store.portals import Portals
from bridge.store.requests import Requests
from tests.bench.figures import Finding
from tests.bench.footprint import insert
from tests.bench.own import postgres
from tests.bench.plan import Run, sandwich
from tests.bench.stage import sqlite

DECISION_TARGET = 2.0
DESK_TARGET = 1.5
FEW_PEOPLE = 100
GRANTS = 10
FEW, MANY = 5, 500
"""Conversations of a private chat."""

KEYS = Keys(b"k" * 32)
USERS = Users("hampayam", "localhost", 1)
LOGIN = "bale:1"
TITLES = {"bale": {"fa": "بله", "en": "Bale"}, "rubika": {"fa": "روبیکا", "en": "Rubika"}}


async def measure(run: Run) -> None:
    async with postgres() as server:
        for kind in ("SQLite", "PostgreSQL"):
            await decisions(run, kind, server)
            await desks(run, kind, server)


@contextlib.asynccontextmanager
async def opened(database: str, statements: list[tuple[str, int]]) -> AsyncIterator[Store]:
    """A store with the tables that it makes, filled."""
    store = Store(database)
    await store.open()
    try:
        await insert(database, statements)
        yield store
    finally:
        await store.close()


async def somewhere(run: Run, kind: str, server: Postgres, name: str) -> str:
    """The address of a new database."""
    return sqlite(run.place(f"{name}-{kind.lower()}")) if kind == "SQLite" else await server.create_database()


# --- one person's word about another


def grants(people: int) -> list[tuple[str, int]]:
    """Each person's are apart from one another, as in a log that grows with time."""
    partner = f"(i + 1 + i / {people} * {people // GRANTS}) % {people}"
    return [
        (
            "INSERT INTO consent (at, verb, scope, whose, about, actor, place, wording) SELECT 1, 'grant', 'person', "
            f"{_ghost('bale', f'i % {people}')}, {_ghost('rubika', partner)}, {_ghost('bale', f'i % {people}')}, "
            "'desk', 1 FROM n",
            people * GRANTS,
        )
    ]


def _ghost(platform: str, number: str) -> str:
    """SQL for a ghost's Matrix id, by SQL for its number."""
    before, after = USERS.ghost(platform, "0").split("_0")
    return f"'{before}_' || CAST({number} AS TEXT) || '{after}'"


@dataclass(slots=True)
class Deciding:
    log: ConsentLog
    people: int
    chance: random.Random = field(default_factory=lambda: random.Random(1))

    async def chunk(self, count: int) -> float:
        """Microseconds of a decision: every other pair has a grant, and must get the answer that it stands for."""
        step = self.people // GRANTS
        pairs = []
        for number in range(count):
            whose, nth = self.chance.randrange(self.people), self.chance.randrange(1, GRANTS)
            # Row i = nth * people + whose is theirs, and what `grants` makes of it; one further, there is none.
            partner = (whose + nth * self.people + 1 + nth * step + number % 2) % self.people
            answer = Answer.ASK if number % 2 else Answer.YES
            pairs.append((USERS.ghost("bale", str(whose)), USERS.ghost("rubika", str(partner)), answer))
        started = time.perf_counter()
        found = [await self.log.answer(whose, other) for whose, other, _ in pairs]
        seconds = time.perf_counter() - started
        if found != [answer for *_, answer in pairs]:
            raise ValueError("somebody's consent was misread")
        return seconds / count * 1e6


async def decisions(run: Run, kind: str, server: Postgres) -> None:
    many = run.size.people
    run.tell(f"(h) {kind}: {FEW_PEOPLE} and {many:,} people with {GRANTS} grants each")
    async with (
        opened(await somewhere(run, kind, server, "consent-few"), grants(FEW_PEOPLE)) as little,
        opened(await somewhere(run, kind, server, "consent-many"), grants(many)) as large,
    ):
        few = Deciding(ConsentLog(Consents(little), USERS, KEYS, lambda: 1), FEW_PEOPLE)
        all = Deciding(ConsentLog(Consents(large), USERS, KEYS, lambda: 1), many)
        count = run.size.decisions
        await few.chunk(count), await all.chunk(count)  # what is asked first finds its files cold
        rounds = await sandwich(
            run.size.rounds * 2,
            f"decisions-{kind.lower()}",
            lambda _: few.chunk(count),
            lambda _: all.chunk(count),
            lambda _: None,
        )
    finding = Finding(f"(h) A consent decision, {kind}, {FEW_PEOPLE} and {many:,} people with {GRANTS} grants each")
    judge(finding, rounds, f"a decision among {FEW_PEOPLE}", f"a decision among {many:,}", DECISION_TARGET)
    run.found(finding)


def judge(finding: Finding, rounds: list[tuple[float, float, float]], little: str, large: str, target: float) -> None:
    finding.add(little, "µs", [(before + after) / 2 for before, _, after in rounds])
    finding.add(large, "µs", [middle for _, middle, _ in rounds])
    ratio = finding.add("large : small", "", [middle * 2 / (before + after) for before, middle, after in rounds])
    finding.judge(ratio, "at most", target)
    finding.add("A/A: small : small", "", [after / before for before, _, after in rounds])


# --- a private chat with our bot


def conversations(chat: str, person: str, first: int, count: int) -> list[tuple[str, int]]:
    """A chat with open conversations, each with somebody else, who has said something: message "r1", "r2" …"""
    partner, row = _ghost("rubika", f"({first} + i)"), f"{first} + i"
    return [
        (f"INSERT INTO room (id, mxid, title, state) SELECT {row}, '!' || ({row}), '', 'direct' FROM n", count),
        (
            "INSERT INTO portal (id, login, chat, platform, kind, title, room, state, made_at, partner) SELECT "
            f"{row}, '{LOGIN}', '{chat}', 'bale', 'private', 'سارا ' || i, {row}, 'open', 1, {partner} FROM n",
            count,
        ),
        (
            "INSERT INTO request (asker, target, room, state, shown, made_at, due_at) SELECT "
            f"'{person}', {partner}, {row}, 'open', 'open', 1, 1 FROM n",
            count,
        ),
        (
            "INSERT INTO consent (at, verb, scope, whose, about, actor, place, wording) SELECT "
            f"1, 'grant', 'person', {partner}, '{person}', {partner}, 'desk', 1 FROM n",
            count,
        ),
        (
            "INSERT INTO message (id, kind, version, room, sender, event_id, state, said_at) SELECT "
            f"{row}, 'message', '', {row}, {partner}, '$' || ({row}), 'accepted', 1 FROM n",
            count,
        ),
        (
            "INSERT INTO copy (id, message, portal, event_id, state, parts, part, doubt) SELECT "
            f"{row}, {row}, {row}, '$' || ({row}), 'sent', 1, 1, FALSE FROM n",
            count,
        ),
        (
            "INSERT INTO copy_part (login, chat, remote_id, copy, part) SELECT "
            f"'{LOGIN}', '{chat}', 'r' || i, {row}, 0 FROM n",
            count,
        ),
        (
            "INSERT INTO desk (login, chat, person, language, current, stage, menu, bar, seen_at) SELECT "
            f"'{LOGIN}', '{chat}', '{person}', 'fa', {first} + 1, '', '', '', 1 FROM n",
            1,
        ),
    ]


class Undone(Exception):
    """Nothing of an answer stays: the next one finds the same."""


class Office:
    """What answers people in private chats, over a database."""

    def __init__(self, store: Store) -> None:
        keys = Keys(b"k" * 32)
        live = Live()
        live.leg("bale").able = Capabilities(buttons="bar")
        self.store = store
        self.desks, self.portals = Desks(store), Portals(store)
        log = ConsentLog(Consents(store), USERS, KEYS, lambda: 1)
        self.speech = Speech(store, self.desks, self.portals, Notices(store, keys), live, log, TITLES)
        self.rules = DeskRules(self.desks, self.portals, Requests(store, keys), Ledger(store), log, self.speech, USERS)
        self.chance = random.Random(1)

    async def chunk(self, chat: str, conversations: int, count: int) -> float:
        """Microseconds for a message that answers one of the conversations, and a sentence of ours with the bar."""
        seconds = 0.0
        for _ in range(count):
            answered = f"r{self.chance.randint(1, conversations)}"
            said = MessageSaid(
                Chat(chat, ChatKind.PRIVATE), "new", Person(chat, "رضا"), Text("چشم، فردا می‌آیم"), 1, answered
            )
            with contextlib.suppress(Undone):
                async with self.store.transaction():
                    started = time.perf_counter()
                    desk = await self.desks.get(LOGIN, chat)
                    meant = await self.rules.meant(LOGIN, said)
                    if desk is None or meant.portal is None or meant.portal.title != f"سارا {answered[1:]}":
                        raise ValueError("an answer went astray")
                    refused = await self.rules.refusal(desk, meant.portal, said)
                    await self.speech.write(desk, "فرستاده شد.")
                    seconds += time.perf_counter() - started
                    if refused:
                        raise ValueError(f"an answer was refused: {refused}")
                    raise Undone
        return seconds / count * 1e6


async def desks(run: Run, kind: str, server: Postgres) -> None:
    run.tell(f"(h) {kind}: private chats with {FEW} and {MANY} conversations")
    statements: list[tuple[str, int]] = []
    for chat, first, count in (("few", 0, FEW), ("many", FEW, MANY)):
        statements += conversations(chat, USERS.ghost("bale", chat), first, count)
    async with opened(await somewhere(run, kind, server, "desk"), statements) as store:
        office = Office(store)
        count = run.size.answers
        await office.chunk("few", FEW, count), await office.chunk("many", MANY, count)
        rounds = await sandwich(
            run.size.rounds * 2,
            f"desks-{kind.lower()}",
            lambda _: office.chunk("few", FEW, count),
            lambda _: office.chunk("many", MANY, count),
            lambda _: None,
        )
    finding = Finding(f"(h) A private chat answered, {kind}, {FEW} and {MANY} conversations")
    judge(finding, rounds, f"a message and our answer, {FEW}", f"a message and our answer, {MANY}", DESK_TARGET)
    run.found(finding)
