"""Who is told that their words wait, when, how often; and how long they wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from bridge.errors import Refused, Retry
from bridge.model import ChatKind
from tests.core.fakes import Hold
from tests.core.office import ADMIN, office

if TYPE_CHECKING:
    from bridge.store.portals import Portal
    from tests.core.kit import Core
    from tests.core.office import Office

MINUTE = 60_000
OFF = (
    "⏳ Bale has been switched off since 11:30: your message to “bale's g1” is kept until tomorrow 11:30, "
    "and goes on as soon as it is back."
)
"""The fakes' clock begins at 11:30 in Tehran."""


@pytest.fixture
async def bale(core: Core) -> Portal:
    core.live.leg("bale").state = "running"
    return await core.portal("bale")


@pytest.fixture
async def rubika(core: Core) -> Portal:
    core.live.leg("rubika").state = "running"
    return await core.portal("rubika")


async def bale_is_away(core: Core) -> None:
    leg = core.live.leg("bale")
    leg.state, leg.since = "unreachable", core.clock() / 1000


async def looks(core: Core, minutes: float = 0) -> None:
    core.clock.now += int(minutes * MINUTE)
    await core.minding.patience.look()


# --- a platform is switched off


async def test_people_are_told_at_once_and_once_for_each_chat_that_their_words_wait(
    core: Core, bale: Portal, rubika: Portal
) -> None:
    await core.minding.suspending.suspend("bale", ADMIN, "")
    await core.reza_says("یک", "r1")
    await core.reza_says("دو", "r2")
    (said, _) = await core.people_say("سه", "چهار")
    for _ in range(3):
        await looks(core)
    assert await core.notes(rubika) == [(OFF, "r1")]
    assert await core.notes_in("!family") == [(OFF, said)]
    assert await core.notes(bale) == []


async def test_each_chat_of_a_platform_keeps_its_own_people_waiting_and_another_suspension_is_told_anew(
    core: Core, bale: Portal, rubika: Portal
) -> None:
    await core.portal("bale", "g2")
    await core.reza_says("یک", "r1")
    await core.minding.suspending.suspend("bale", ADMIN, "")
    await looks(core)
    assert [text.split("“")[1].split("”")[0] for text, _ in await core.notes(rubika)] == ["bale's g1", "bale's g2"]
    await core.minding.suspending.resume("bale", ADMIN)
    await looks(core)
    assert await core.notes(rubika) == []
    core.clock.hours(1)
    await core.minding.suspending.suspend("bale", ADMIN, "")
    await looks(core)
    assert len(await core.notes(rubika)) == 2


async def test_a_restart_forgets_neither_the_suspension_nor_who_was_told(
    core: Core, bale: Portal, rubika: Portal
) -> None:
    await core.minding.suspending.suspend("bale", ADMIN, "پولی نماند")
    await core.reza_says("یک", "r1")
    await looks(core)
    assert len(await core.notes(rubika)) == 1
    core.__post_init__()  # another process on the same database
    assert core.minding.suspending.of("bale") is None, "nothing was loaded yet"
    await core.minding.load()
    suspension = core.minding.suspending.of("bale")
    assert suspension is not None
    assert (suspension.actor, suspension.reason) == (ADMIN, "پولی نماند")
    await looks(core)
    assert await core.notes(rubika) == []


async def test_what_has_waited_too_long_expires_and_the_rest_goes_on_waiting(
    core: Core, bale: Portal, rubika: Portal
) -> None:
    await core.minding.suspending.suspend("bale", ADMIN, "")
    await core.reza_says("یک", "r1")
    core.clock.hours(23)
    await core.reza_says("دو", "r2")
    await looks(core, minutes=61)
    assert await core.copies("state", "reason") == [("expired", "suspended"), ("queued", None)]
    (text, about), *_ = await core.notes(rubika)
    assert text.endswith("it was switched off for too long")
    assert about == "r1"
    core.clock.hours(23)
    await looks(core)
    assert [state for (state,) in await core.copies("state")] == ["expired", "expired"]


async def test_of_many_that_expire_together_the_first_is_told_and_the_others_are_counted(
    core: Core, bale: Portal, rubika: Portal
) -> None:
    await core.minding.suspending.suspend("bale", ADMIN, "")
    for number in range(4):
        await core.reza_says(f"شماره {number}", f"r{number}")
    await core.people_say("یکی")
    await looks(core)
    await core.notes(rubika)
    await core.notes_in("!family")
    core.clock.hours(24.1)
    await core.reza_says("تازه", "r9")
    await looks(core)
    (first, about), (others, none) = (await core.notes(rubika))[:2]
    assert (first.startswith("⚠️ This message did not reach"), about) == (True, "r0")
    assert others.startswith("⚠️ 3 more messages from here did not reach “bale's g1” on Bale: it was switched off")
    assert none is None
    assert len(await core.notes_in("!family")) == 1
    assert [state for portal, state in await core.copies("portal", "state") if portal == bale.id] == [
        *["expired"] * 5,
        "queued",
    ]


async def test_what_was_being_sent_when_the_bridge_stopped_is_in_doubt_and_has_not_expired(
    core: Core, bale: Portal, rubika: Portal
) -> None:
    await core.reza_says("یک", "r1")
    await core.ledger.sending(1, 0, 1, "digest")
    await core.minding.suspending.suspend("bale", ADMIN, "")
    core.clock.hours(25)
    await looks(core)
    assert await core.copies("state", "reason") == [("unknown", "restart")]


async def test_what_waits_for_an_answer_or_for_quiet_to_end_concerns_nobody(
    core: Core, bale: Portal, rubika: Portal
) -> None:
    await core.minding.suspending.suspend("bale", ADMIN, "")
    await core.reza_says("یک", "r1")
    async with core.store.transaction():
        await core.portals.mute(bale.id, True)
    core.clock.hours(30)
    await looks(core)
    assert await core.copies("state") == [("queued",)]
    assert await core.notes(rubika) == []


async def test_a_mirrored_channel_is_told_nothing(core: Core, bale: Portal) -> None:
    await core.portal("eitaa", "news", kind=ChatKind.MIRROR)
    await core.minding.suspending.suspend("bale", ADMIN, "")
    (placement,) = await core.receive("eitaa", core.heard("خبر", id="1", chat="news", kind=ChatKind.MIRROR))
    await core.hub.accept([core.echo(placement, "$1")])
    await looks(core)
    assert await core.count("notice") == 0


async def test_what_nobody_waits_for_is_not_told_of(core: Core, bale: Portal, rubika: Portal) -> None:
    """Reactions, corrections and deletions follow silently."""
    await core.minding.suspending.suspend("bale", ADMIN, "")
    (said,) = await core.people_say("یک")
    async with core.store.transaction():
        await core.ledger.finish(1, "sent", core.clock())
    await core.hub.accept([core.state("m.reaction", {"m.relates_to": {"rel_type": "m.annotation", "event_id": said}})])
    await looks(core)
    assert await core.notes_in("!family") == []


# --- a platform is away


async def test_people_are_told_when_their_words_have_waited_for_some_minutes(
    core: Core, bale: Portal, rubika: Portal
) -> None:
    await bale_is_away(core)
    await core.reza_says("یک", "r1")
    await looks(core, minutes=4)
    assert await core.notes(rubika) == [], "nobody needs to know of a short trouble"
    await core.people_say("دو")
    await looks(core, minutes=2)
    assert await core.notes(rubika) == [
        (
            "⏳ Bale has been unreachable since 11:30: your message to “bale's g1” is kept until tomorrow 11:30, "
            "and goes on as soon as it is back.",
            "r1",
        )
    ]
    assert await core.notes_in("!family") == [], "that one has waited for two minutes"
    await looks(core, minutes=4)
    assert len(await core.notes_in("!family")) == 1
    await core.reza_says("سه", "r3")
    await looks(core, minutes=30)
    assert await core.count("notice") == 0, "nobody is told twice"


async def test_a_chat_into_which_nothing_goes_keeps_people_waiting_though_its_platform_is_there(
    core: Core, bale: Portal, rubika: Portal
) -> None:
    session = core.session("bale")
    looked = 0

    async def look() -> None:
        nonlocal looked
        looked += 1
        await core.minding.patience.look()

    session.will(Retry("HTTP 502", after=200), Retry("HTTP 502", after=200), look, Retry("HTTP 502", after=1), look)
    await core.reza_says("یک", "r1")
    await core.drained(bale, session)
    assert looked == 2
    ((text, about),) = await core.notes(rubika)
    assert text.startswith("⏳ Bale has been unreachable since 11:30")
    assert about == "r1"


async def test_once_something_has_arrived_the_next_trouble_is_told_anew(
    core: Core, bale: Portal, rubika: Portal
) -> None:
    await bale_is_away(core)
    for number in (1, 2):
        await core.reza_says(f"شماره {number}", f"r{number}")
        await looks(core, minutes=6)
        assert len(await core.notes(rubika)) == 1
        core.live.leg("bale").state = "running"
        await core.drained(bale, core.session("bale"))
        await looks(core)
        assert await core.count("told_waiting") == 0
        await bale_is_away(core)


async def test_an_answer_that_refuses_ends_the_trouble_of_a_chat(core: Core, bale: Portal, rubika: Portal) -> None:
    session = core.session("bale")
    session.will(Retry("HTTP 502", after=400), Refused("too_long"), core.minding.patience.look)
    await core.people_say("یک", "دو")
    await core.drained(bale, session)
    assert [text for text, _ in await core.notes_in("!family") if text.startswith("⏳")] == []


async def test_what_waits_for_a_platform_that_the_settings_do_not_ask_for_any_more_is_told_and_expires(
    core: Core, rubika: Portal
) -> None:
    await core.portal("soroush")
    await core.reza_says("یک", "r1")
    await looks(core, minutes=6)
    assert len(await core.notes(rubika)) == 1
    core.clock.hours(24)
    await looks(core)
    assert await core.copies("state", "reason") == [("expired", "unreachable")]


# --- the outbox of a login that is switched off


async def test_an_outbox_that_stops_begins_nothing_more_and_waits_for_what_is_under_way(
    core: Core, bale: Portal, rubika: Portal, hold: Hold
) -> None:
    session = core.session("bale")
    session.will(hold)
    await core.people_say("یک", "دو")
    await core.reza_says("سه", "r1")
    async with core.store.transaction():
        await core.notices.put(bale.login, "g9", "notice")
    async with core.running() as lanes:
        departures = core.departures(await core.login("bale"), session, lanes)
        departures.wake(bale.id)
        await hold.reached.wait()
        stopping = asyncio.create_task(departures.stop())
        await asyncio.sleep(0)
        departures.wake_chat("g9")
        assert not stopping.done()
        hold.release()
        await stopping
    assert session.texts == ["یک"]
    states = [state for portal, state in await core.copies("portal", "state") if portal == bale.id]
    assert states == ["sent", "queued", "queued"]
    assert await core.count("notice") == 1


async def test_an_outbox_that_stops_does_not_wait_for_the_next_try(core: Core, bale: Portal, rubika: Portal) -> None:
    session, resting = core.session("bale"), Hold()

    async def rests(seconds: float) -> None:
        await resting()

    session.will(Retry("HTTP 502"))
    await core.people_say("یک")
    async with core.running() as lanes:
        lanes.sleep = rests
        departures = core.departures(await core.login("bale"), session, lanes)
        departures.wake(bale.id)
        await resting.reached.wait()
        await departures.stop()
    assert len(session.asked) == 1
    assert await core.copies("portal", "state") == [(bale.id, "queued"), (rubika.id, "queued")]


async def test_a_login_that_opens_begins_with_the_chat_that_was_written_to_last(small_core: Core) -> None:
    """On SQLite, where one question is answered after the other; PostgreSQL answers some at a time."""
    core = small_core
    session = core.session("bale")
    for number in range(2, 5):
        await core.portal("bale", f"g{number}", room=f"!r{number}")
        await core.hub.accept([core.said(f"سلام {number}", room=f"!r{number}")])
    await core.hub.accept([core.said("دوباره", room="!r2")])
    for event, _ in [tuple(row) for row in await core.store.fetch("SELECT event_id, id FROM message")]:
        core.homeserver.events[event] = {"content": {"msgtype": "m.text", "body": "سلام"}}
    async with core.running() as lanes:
        await core.departures(await core.login("bale"), session, lanes).resume()
    first = list(dict.fromkeys(chat for chat, _ in session.asked))
    assert first == ["g2", "g4", "g3"]


# --- the commands


@pytest.fixture
async def desk(core: Core) -> AsyncIterator[Office]:
    async with office(core) as desk:
        yield desk


async def test_a_group_is_told_which_of_its_chats_are_switched_off(desk: Office) -> None:
    await desk.open("rubika")
    await desk.core.portal("rubika")
    await desk.core.portal("bale")
    desk.live.leg("bale").state = "suspended"
    await desk.says("rubika", "/status")
    lines = desk.told("rubika")[-1].splitlines()[:-1]
    assert ["switched off" in line for line in lines] == [False, True]


async def test_an_admin_switches_a_platform_off_and_on(desk: Office) -> None:
    core = desk.core
    suspending = core.minding.suspending
    assert "resume bale" in await desk.writes("suspend بله پول نداریم")
    assert await desk.writes("suspend bale") == "Bale is switched off already. To switch it on: resume bale"
    assert await desk.writes("resume rubika") == "Rubika is not switched off."
    assert await desk.writes("resume Bale") == "Bale is switched on: what was kept goes out in order."
    assert suspending.of("bale") is None
    assert await desk.deeds() == [(ADMIN, "suspend", None, None), (ADMIN, "resume", None, None)]
    for command in ("suspend", "suspend telegram", "resume", "suspend matrix"):
        assert "no such messenger" in await desk.writes(command)
    assert "not allowed" in await desk.writes("suspend bale", sender="@mod:hs.test")
