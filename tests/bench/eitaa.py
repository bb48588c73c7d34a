"""(f), (g) What an Eitaa account hears by asking again and again: how late, and how much after an outage."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bridge.model import Batch, MessageSaid, Text
from bridge.platforms.eitaa import EitaaSettings
from bridge.platforms.eitaa.account import open_account
from bridge.platforms.eitaa.account_session import EitaaAccountSession
from bridge.platforms.eitaa.gateway import Credentials
from bridge.platforms.polling import poll
from tests.bench.figures import Finding, percentile
from tests.bench.plan import QUICK, Run
from tests.bench.stage import Side, sides

PERIOD = 1.0
"""Seconds between two polls, as the simulated server tells them."""
BEHIND_TARGET = 200.0
"""Milliseconds behind one poll period."""
GAP = 0.35
"""The longest pause between two messages, in seconds."""
FEW, MANY = 2_000, 10_000
GROWTH_TARGET = 1.2
WAYS: dict[str, dict[str, Any]] = {
    "told in slices": {},
    "too much to be told": {"too_long_after": 50, "channel_news": "too_long", "channel_too_long_after": 50},
}


async def measure(run: Run) -> None:
    await late(run)
    await outage(run)


@dataclass(frozen=True)
class Account:
    """An account in three supergroups and two basic groups that somebody leads, who writes to it alone, too."""

    side: Side
    urls: tuple[str, ...]
    groups: tuple[str, ...]
    ours: dict[str, str]
    """The simulator's ids by ours."""

    @contextlib.asynccontextmanager
    async def session(self) -> AsyncIterator[EitaaAccountSession]:
        settings = EitaaSettings(token="bot1:x", account=True, account_urls=self.urls, account_poll_seconds=5.0)
        details = self.side.bot.details
        credentials = Credentials(details["session"], details["imei"]).to_bytes()
        session = open_account(settings, credentials, _keep)
        try:
            await session.whoami()
            yield session
        finally:
            await session.close()


async def _keep(_: bytes) -> None:
    return None


@contextlib.asynccontextmanager
async def account(folder: Path) -> AsyncIterator[Account]:
    async with sides(folder, ["eitaa"]) as platforms:
        side = platforms["eitaa"]
        groups, ours = [], {}
        for kind, letter, count in (("supergroup", "c", 3), ("basic", "g", 2)):
            await side.control.options(new_groups=kind, foreground_ms=int(PERIOD * 1000))
            for number in range(count):
                group = await side.group(f"{kind} {number}")
                groups.append(group)
                ours[f"{letter}{group}"] = group
        person = side.people[0]
        await side.control.start(person, side.bot.id)
        ours[f"u{person}"] = person
        urls = tuple((await side.control.state())["urls"]["client"])
        yield Account(side, urls, tuple(groups), ours)


# --- how late


async def late(run: Run) -> None:
    count = 60 if run.size is QUICK else 300
    run.tell(f"(f) an Eitaa account: {count} messages at random moments")
    async with account(run.place("eitaa-late")) as there, there.session() as session:
        seconds = await _delays(there, session, count)
    finding = Finding(f"(f) An Eitaa account that is polled every {PERIOD:g} s, {count} messages at random moments")
    finding.add("said → handed over", "ms", [each * 1000 for each in seconds])
    finding.add("the same, 95th percentile", "ms", [percentile(seconds, 95) * 1000])
    latest = finding.add("the latest, behind one poll period", "ms", [(max(seconds) - PERIOD) * 1000])
    finding.judge(latest, "at most", BEHIND_TARGET)
    run.found(finding)


async def _delays(there: Account, session: EitaaAccountSession, count: int) -> list[float]:
    """Seconds from the saying, by the simulator's clock, to the batch, in the same machine's."""
    said: dict[str, float] = {}
    arrived: dict[str, float] = {}
    begun, done = asyncio.Event(), asyncio.Event()

    async def take(batch: Batch) -> None:
        now = time.time()
        begun.set()
        for update in batch.updates:
            event = session.convert(update)
            if isinstance(event, MessageSaid) and isinstance(event.content, Text):
                arrived.setdefault(event.content.body, now)
        if len(arrived) == count:
            done.set()

    polling = asyncio.ensure_future(poll(session, take, None, report=lambda _: None))
    try:
        await begun.wait()
        chance = random.Random(7)
        for number in range(count):
            await asyncio.sleep(chance.uniform(0, GAP))
            group = there.groups[number % len(there.groups)]
            said[str(number)] = (await there.side.control.say(group, there.side.people[0], str(number))).at
        async with asyncio.timeout(60):
            await done.wait()
    finally:
        polling.cancel()
        await asyncio.wait([polling])
    return [arrived[text] - at for text, at in said.items()]


# --- after an outage


@dataclass
class Heard:
    """How far each chat was heard in order, and what it took."""

    expected: dict[str, int] = field(default_factory=dict)
    repeated: int = 0
    seconds: float = 0.0
    peak: float = 0.0
    largest: int = 0


async def outage(run: Run) -> None:
    for way, options in WAYS.items():
        taken: dict[int, list[Heard]] = {}
        for count in (FEW, MANY):
            run.tell(f"(g) an Eitaa account: {count:,} messages were missed, {way}")
            async with account(run.place(f"eitaa-{way.replace(' ', '-')}-{count}")) as there:
                taken[count] = await _outage(there, options, count)
        finding = Finding(f"(g) An Eitaa account after an outage, {way}, in {len(there.ours)} chats")
        for count, rounds in taken.items():
            finding.add(f"{count:,} messages caught up", "/s", [count / each.seconds for each in rounds])
            finding.add(f"{count:,} messages: the largest batch", "", [each.largest for each in rounds])
            finding.add(f"{count:,} messages: memory at most", "MB", [each.peak for each in rounds])
        growth = [many.peak / few.peak for few, many in zip(taken[FEW], taken[MANY], strict=True)]
        ratio = finding.add(f"memory, {MANY:,} : {FEW:,}", "", growth)
        finding.judge(ratio, "at most", GROWTH_TARGET)
        finding.notes.append(
            "Every message came, in its chat's order; repeats, which the inbox knows by their keys: "
            f"{sum(each.repeated for rounds in taken.values() for each in rounds):,}."
        )
        run.found(finding)


async def _outage(there: Account, options: dict[str, Any], count: int) -> list[Heard]:
    """What is missed is caught up three times from the same place: for the time, and then for the memory, which takes
    time to be watched."""
    async with there.session() as session:
        start = (await session.fetch(None)).cursor
    await there.side.control.options(**options)
    chats, person = there.ours, there.side.people[0]
    each = -(-count // len(chats))
    for letter in "cgu":
        group = [chat for ours, chat in chats.items() if ours.startswith(letter)]
        await there.side.control.own("many", chats=group, person=person, bot=there.side.bot.id, count=each * len(group))
    rounds = []
    for _ in range(3):
        heard = await _caught_up(there, start, each)
        tracemalloc.start()
        try:
            watched = await _caught_up(there, start, each)
            heard.peak = tracemalloc.get_traced_memory()[1] / 1e6
        finally:
            tracemalloc.stop()
        heard.repeated += watched.repeated
        rounds.append(heard)
    return rounds


async def _caught_up(there: Account, cursor: str | None, each: int) -> Heard:
    """Raises ValueError where something is missing or out of its turn."""
    heard = Heard(dict.fromkeys(there.ours, 1))
    async with there.session() as session:
        began = time.perf_counter()
        waiting = False
        while not waiting:
            batch = await session.fetch(cursor)
            cursor, waiting = batch.cursor, batch.wait > 0
            heard.largest = max(heard.largest, len(batch.updates))
            for update in batch.updates:
                event = session.convert(update)
                if isinstance(event, MessageSaid) and isinstance(event.content, Text):
                    _count(heard, event.chat.id, int(event.content.body))
        heard.seconds = time.perf_counter() - began
    if set(heard.expected.values()) != {each + 1}:
        raise ValueError("messages are missing")
    return heard


def _count(heard: Heard, chat: str, number: int) -> None:
    expected = heard.expected[chat]
    if number > expected:
        raise ValueError("a message came before its turn")
    heard.repeated += number < expected
    heard.expected[chat] = max(expected, number + 1)
