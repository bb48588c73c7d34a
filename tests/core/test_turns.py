"""Copies and notices that wait for their turn: what is on the disk meanwhile, what goes out then, and who is told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bridge.core.pacing import NOW, Pacer
from bridge.errors import Retry
from tests.core.fakes import LATEST

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridge.core.outbox import Departures
    from bridge.store.portals import Portal
    from tests.core.fakes import ToldSession
    from tests.core.kit import Core


class Held:
    """A pacer whose clock stands still: whoever waits goes on when `goes_on` says so."""

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, Callable[[], None]]] = []
        self.pacer = Pacer(32, clock=lambda: self.now, later=self._later)

    def _later(self, seconds: float, call: Callable[[], None]) -> asyncio.TimerHandle:
        self._due.append((self.now + seconds, call))
        return asyncio.get_running_loop().call_later(86_400, lambda: None)

    @property
    def waiting(self) -> int:
        """How many times somebody had to wait."""
        return len(self._due)

    async def refused(self, after: float) -> None:
        try:
            async with self.pacer.turn("elsewhere", NOW):
                raise Retry(after=after, flood="login")
        except Retry:
            pass

    def goes_on(self, seconds: float) -> None:
        self.now += seconds
        due, self._due = self._due, []
        for at, call in due:
            if at <= self.now:
                call()
            else:
                self._due.append((at, call))


@pytest.fixture
async def bale(core: Core) -> Portal:
    return await core.portal("bale")


@pytest.fixture
async def rubika(core: Core) -> Portal:
    return await core.portal("rubika")


@pytest.fixture
def session(core: Core) -> ToldSession:
    return core.session("bale", deletes=True, edits=True)


async def eventually(seen: Callable[[], bool]) -> None:
    async with asyncio.timeout(LATEST):
        while not seen():  # noqa: ASYNC110 (there is nothing to await)
            await asyncio.sleep(0.005)


async def asking(departures: Departures, portal: Portal) -> None:
    """Until the lane of a portal waits for its turn."""
    async with asyncio.timeout(LATEST):
        while not await departures.quiet(portal.id, 0.01):
            pass


async def test_what_waits_for_its_turn_is_not_being_sent_and_goes_when_it_may(
    core: Core, bale: Portal, rubika: Portal, session: ToldSession
) -> None:
    held = Held()
    await held.refused(60.0)
    await core.people_say("یک", "دو")
    async with core.running() as lanes:
        departures = core.departures(await core.login("bale"), session, lanes, pacer=held.pacer)
        departures.wake(bale.id)
        await asking(departures, bale)
        assert await core.copies("state", "portal") == [
            ("queued", bale.id),
            ("queued", rubika.id),
            ("queued", bale.id),
            ("queued", rubika.id),
        ]
        held.goes_on(60.0)
        await eventually(lambda: session.texts == ["یک"])
        held.goes_on(30.0)
    assert session.texts == ["یک", "دو"]


async def test_what_is_deleted_while_it_waits_for_its_turn_does_not_go_out(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    held = Held()
    await held.refused(60.0)
    (first, _) = await core.people_say("پشیمان", "بماند")
    async with core.running() as lanes:
        departures = core.departures(await core.login("bale"), session, lanes, pacer=held.pacer)
        departures.wake(bale.id)
        await asking(departures, bale)
        core.bodies.forget(first)
        core.homeserver.events[first] = {"content": {}}
        held.goes_on(60.0)
        await eventually(lambda: session.texts == ["بماند"])
    assert await core.copies("state", "reason") == [("withheld", "deleted"), ("sent", None)]


@pytest.mark.parametrize("change", ["muted", "unlinked", "taken out"])
async def test_a_chat_that_wants_nothing_any_more_when_its_turn_comes_hears_nothing(
    core: Core, bale: Portal, session: ToldSession, change: str
) -> None:
    held = Held()
    await held.refused(60.0)
    await core.people_say("یک")
    async with core.running() as lanes:
        departures = core.departures(await core.login("bale"), session, lanes, pacer=held.pacer)
        departures.wake(bale.id)
        await asking(departures, bale)
        async with core.store.transaction():
            match change:
                case "muted":
                    await core.portals.mute(bale.id, True)
                case "unlinked":
                    await core.portals.move(bale.id, "open", "closed")
                case _:
                    await core.ledger.withhold(bale.id, core.clock(), "dropped")
        held.goes_on(60.0)
    assert session.asked == []


async def test_a_flood_is_tried_again_after_the_wait_and_is_not_an_outage(
    core: Core, bale: Portal, rubika: Portal, session: ToldSession
) -> None:
    core.live.leg("bale").state = "running"
    held = Held()
    session.will(Retry("slowly", after=900.0, flood="login"))
    await core.reza_says("یک", "r1")
    async with core.running() as lanes:
        departures = core.departures(await core.login("bale"), session, lanes, pacer=held.pacer)
        departures.wake(bale.id)
        await asking(departures, bale)
        core.clock.now += 890_000
        held.goes_on(890.0)
        await core.minding.patience.look()
        assert await core.notes(rubika) == []
        assert len(session.asked) == 1
        held.goes_on(10.0)
    assert [text.rpartition("\n")[2] for text in session.texts] == ["یک"]


async def test_a_flood_that_never_ends_ends_the_copy(core: Core, bale: Portal, session: ToldSession) -> None:
    session.will(*[Retry("slowly", after=3600.0, flood="login") for _ in range(30)])
    await core.people_say("یک")
    await core.drained(bale, session)
    assert await core.copies("state", "reason") == [("expired", "unreachable")]
    assert session.texts == []


async def test_a_notice_waits_for_its_turn_behind_what_people_say(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    held = Held()
    await held.refused(60.0)
    async with core.store.transaction():
        await core.notices.put(bale.login, bale.chat, "ما")
    await core.people_say("مردم")
    async with core.running() as lanes:
        departures = core.departures(await core.login("bale"), session, lanes, pacer=held.pacer)
        departures.wake_chat(bale.chat)
        await eventually(lambda: held.waiting == 1)
        departures.wake(bale.id)
        await asking(departures, bale)
        held.goes_on(60.0)
        await eventually(lambda: len(session.done) == 1)
        held.goes_on(10.0)
    assert [message.text.rpartition("\n")[2] for _, message in session.done] == ["مردم", "ما"]


async def test_a_stop_leaves_what_waits_for_its_turn_to_the_next_run(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    held = Held()
    await held.refused(600.0)
    await core.people_say("یک")
    async with core.store.transaction():
        await core.notices.put(bale.login, bale.chat, "ما")
    async with core.running() as lanes:
        departures = core.departures(await core.login("bale"), session, lanes, pacer=held.pacer)
        departures.wake(bale.id)
        departures.wake_chat(bale.chat)
        await asking(departures, bale)
        async with asyncio.timeout(LATEST):
            await departures.stop()
    assert await core.copies("state") == [("queued",)]
    assert await core.count("notice") == 1
    await core.drained(bale, session)
    assert session.texts == ["یک"]


# --- how long it will take


async def waits(core: Core, session: ToldSession, held: Held) -> None:
    """Bale's outbox waits for its turn, as far as anybody can see from outside."""
    leg = core.live.leg("bale")
    leg.state, leg.login = "running", await core.login("bale")
    async with core.running() as lanes:
        leg.departures = core.departures(leg.login, session, lanes, pacer=held.pacer)


def soon(portal: str, minutes: int) -> str:
    return f"⏳ Many messages are waiting for Bale: yours to “{portal}” will arrive in about {minutes} min."


async def test_who_waits_for_long_is_told_once_for_how_long(
    core: Core, bale: Portal, rubika: Portal, session: ToldSession
) -> None:
    held = Held()
    await held.refused(70.0)
    await waits(core, session, held)  # 0.1 a second from now on: ten seconds each
    for number in range(40):
        await core.reza_says(f"شماره {number}", f"r{number}")
    (said,) = await core.people_say("سارا")
    for _ in range(3):
        await core.minding.patience.look()
    assert await core.notes(rubika) == [(soon("bale's g1", 2), "r5")]
    assert await core.notes_in("!family") == [(soon("bale's g1", 8), said)]
    await core.reza_says("باز", "r99")
    await core.minding.patience.look()
    assert await core.notes(rubika) == []


async def test_what_arrives_soon_is_not_told_of(core: Core, bale: Portal, rubika: Portal, session: ToldSession) -> None:
    held = Held()
    await held.refused(60.0)
    await waits(core, session, held)
    for number in range(6):
        await core.reza_says(f"شماره {number}", f"r{number}")
    await core.minding.patience.look()
    assert await core.notes(rubika) == []


async def test_another_jam_is_told_of_again(core: Core, bale: Portal, rubika: Portal, session: ToldSession) -> None:
    held = Held()
    await held.refused(300.0)
    await waits(core, session, held)
    await core.reza_says("یک", "r1")
    await core.minding.patience.look()
    assert await core.notes(rubika) == [(soon("bale's g1", 5), "r1")]
    held.goes_on(290.0)
    await core.minding.patience.look()
    await held_again(held)
    await core.minding.patience.look()
    ((_, about),) = await core.notes(rubika)
    assert about == "r1"


async def held_again(held: Held) -> None:
    held.goes_on(100.0)
    await held.refused(400.0)
