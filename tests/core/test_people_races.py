"""Two people write, accept, end, block and turn messengers off at the same moments, in random orders, while sends
take random times: no send starts without a live grant, and none is under way, or starts, once its end was confirmed."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bridge.core.people.consent import Answer
from bridge.model import MessageSaid, Pressed, RemoteEvent, Text
from bridge.outgoing import Outgoing
from tests.core.fakes import ToldSession
from tests.core.office import office
from tests.core.opening import opened
from tests.core.parlour import HOME, REZA, SARA, Parlour

OTHER = {SARA: REZA, REZA: SARA}
SEEDS = 25
CONFIRMED = "nothing more of theirs reaches you"


class Watch:
    """Looks at everything that is sent into the two chats."""

    def __init__(self, parlour: Parlour, chance: random.Random) -> None:
        self.parlour = parlour
        self.chance = chance
        self.under_way = {SARA: 0, REZA: 0}
        self.copies = 0
        self.confirmed = 0
        self.wrong: list[str] = []
        self._confirmed_at: dict[str, int] = {}

    def over(self, session: ToldSession) -> None:
        send = session.send

        async def watched(chat: str, message: Outgoing) -> str:
            copy = message.text.startswith("\u2068") and "\n" in message.text
            if copy:
                await self._starts(chat)
                self.under_way[chat] += 1
            elif CONFIRMED in message.text:
                await self._confirms(chat)
            try:
                for _ in range(self.chance.choice((0, 0, 1, 3, 10, 30))):
                    await asyncio.sleep(0)
                return await send(chat, message)
            finally:
                if copy:
                    self.under_way[chat] -= 1

        session.send = watched  # type: ignore[method-assign]

    async def _starts(self, person: str) -> None:
        self.copies += 1
        mxid, other = self.parlour.mxid(person), self.parlour.mxid(OTHER[person])
        log = self.parlour.office.core.log
        if await log.answer(mxid, other) is not Answer.YES:
            self.wrong.append(f"a send to {person} started without a grant")
        standing = await log.standing(mxid, other)
        granted = max((entry.id for entry in (standing.person, standing.platform) if entry is not None), default=0)
        if granted <= self._confirmed_at.get(person, -1):
            self.wrong.append(f"a send to {person} started after the end was confirmed")

    async def _confirms(self, person: str) -> None:
        self.confirmed += 1
        if self.under_way[person]:
            self.wrong.append(f"a send to {person} was under way when its end was confirmed")
        newest = await self.parlour.office.core.store.fetchval("SELECT MAX(id) FROM consent WHERE verb = 'revoke'")
        self._confirmed_at[person] = newest or -1


@pytest.mark.parametrize("part", range(4))
async def test_no_send_starts_without_a_grant_and_none_after_a_confirmed_end(tmp_path: Path, part: int) -> None:
    copies = confirmed = 0
    for seed in range(part * SEEDS, (part + 1) * SEEDS):
        async with opened(f"sqlite:///{tmp_path / f'{seed}.db'}") as core, office(core) as bureau:
            watch = await _played(Parlour(bureau), random.Random(seed))
            assert not watch.wrong, f"seed {seed}"
            unfinished = await core.store.fetch(
                "SELECT c.state FROM copy c JOIN portal p ON p.id = c.portal "
                "WHERE c.state IN ('queued', 'sending') AND p.state <> 'asking' AND NOT p.muted"
            )
            assert not unfinished, f"seed {seed}"
            assert not await core.requests.unshown(), f"seed {seed}"
            copies, confirmed = copies + watch.copies, confirmed + watch.confirmed
    assert copies > 5 * SEEDS
    assert confirmed > SEEDS


async def _played(parlour: Parlour, chance: random.Random) -> Watch:
    await parlour.open()
    watch = Watch(parlour, chance)
    for session in parlour.office.sessions.values():
        watch.over(session)
    _slow(parlour.office.core.homeserver, chance)
    for person in (SARA, REZA):
        parlour.findable(person)
        await parlour.starts(person)
    await parlour.befriended()
    for _ in range(60):
        await _act(parlour, chance.choice((SARA, REZA)), chance)
        for _ in range(chance.choice((0, 0, 1, 5, 20, 60))):
            await asyncio.sleep(0)
        if chance.random() < 0.4:
            await parlour.push()
        if chance.random() < 0.1:
            await parlour.settled()
    await parlour.settled()
    return watch


async def _act(parlour: Parlour, person: str, chance: random.Random) -> None:
    """Something happens in a chat, and nobody waits for what follows."""
    parlour.numbers += 1
    number = parlour.numbers
    doing = chance.choices(
        ("say", "to", "accept", "refuse", "end", "block", "mute", "off", "on"), weights=(20, 5, 8, 0.5, 2, 1, 1, 0.3, 1)
    )[0]
    event: RemoteEvent
    chat, who = parlour._chat(person), parlour._person(person)
    if doing in ("accept", "refuse"):
        row = await parlour.office.core.store.fetchrow("SELECT MAX(id) FROM request")
        data = f"{'a' if doing == 'accept' else 'r'}:{row[0]}"
        event = Pressed(chat, f"p{number}", who, data)
    elif doing in ("off", "on"):
        platform = HOME[OTHER[person]]
        core, asking = parlour.office.core, parlour.office.reaching.asking
        async with core.store.transaction():
            await core.log.record("deny" if doing == "off" else "cancel", "platform", parlour.mxid(person), platform)
        if doing == "off":
            await asking.end_all(parlour.mxid(person), platform)
        return
    else:
        words = {"say": f"word {number}", "to": f"/to {OTHER[person]}"}.get(doing, f"/{doing}")
        event = MessageSaid(chat, f"{person}-{number}", who, Text(words))
    leg = parlour.office.live.leg(HOME[person])
    assert leg.login is not None
    assert leg.arrivals is not None
    session = parlour.office.sessions[HOME[person]]
    await parlour.office.core.take(leg.login, session, (f"{person}/r{number}", event))
    leg.arrivals.wake(person)


def _slow(homeserver: object, chance: random.Random) -> None:
    """Each call takes a random time."""
    for name in ("send", "join", "leave", "invite", "create_room", "register"):
        call: Callable[..., Awaitable[object]] = getattr(homeserver, name)

        async def slowly(*args: object, _call: Callable[..., Awaitable[object]] = call, **more: object) -> object:
            for _ in range(chance.choice((0, 1, 4, 12))):
                await asyncio.sleep(0)
            return await _call(*args, **more)

        setattr(homeserver, name, slowly)
