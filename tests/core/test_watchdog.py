"""Operators hear of what is late before people notice, once, and once when it is over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from bridge.abilities import Capabilities
from bridge.core.probing import Probing
from bridge.errors import InDoubt, LoginLost, NotAllowed, Retry
from bridge.model import Batch, Update
from bridge.texts import say
from tests.core.fakes import ToldSession
from tests.core.office import ADMIN, office

if TYPE_CHECKING:
    from bridge.core.live import Leg
    from bridge.store.portals import Portal
    from tests.core.kit import Core
    from tests.core.office import Office


@pytest.fixture
async def bale(core: Core) -> Portal:
    runs(core, "bale")
    return await core.portal("bale")


def runs(core: Core, platform: str) -> Leg:
    leg = core.live.leg(platform)
    leg.state, leg.since = "running", core.clock() / 1000
    heard(core, leg)
    return leg


def heard(core: Core, leg: Leg) -> None:
    leg.last_poll = core.clock() / 1000


async def alarms(core: Core, seconds: int, *heard_from: str) -> list[str]:
    """What the operators are told after so many seconds in which these platforms were heard, line by line."""
    core.clock.now += seconds * 1000
    for platform in heard_from:
        heard(core, core.live.leg(platform))
    await core.minding.watchdog.ping()
    await core.minding.watchdog.look()
    told = [line for text in core.alarms for line in text.split("\n")]
    core.alarms.clear()
    return told


async def test_a_platform_that_is_silent_is_told_of_once_and_once_when_it_is_heard_again(
    core: Core, bale: Portal
) -> None:
    assert await alarms(core, 120) == []
    assert await alarms(core, 60) == ["⚠️ Nothing was heard from Bale for 3 min (platforms)."]
    assert await alarms(core, 600) == []
    assert await alarms(core, 1, "bale") == ["✅ Bale is heard again."]
    assert await alarms(core, 1, "bale") == []
    assert await alarms(core, 180) == ["⚠️ Nothing was heard from Bale for 3 min (platforms)."]


async def test_a_platform_that_never_answered_is_late_from_the_moment_at_which_it_fell(
    core: Core, bale: Portal
) -> None:
    leg = core.live.leg("bale")
    leg.state, leg.last_poll = "login_lost", None
    assert await alarms(core, 121) == ["⚠️ Nothing was heard from Bale for 2 min (platforms)."]


async def test_what_waits_for_a_chat_too_long_is_told(core: Core, bale: Portal) -> None:
    await core.people_say("یک")
    assert await alarms(core, 120, "bale") == []
    assert await alarms(core, 61, "bale") == ["⚠️ Messages reach Bale late: the oldest has waited for 3 min (queue)."]
    await core.drained(bale, core.session("bale"))
    assert await alarms(core, 1, "bale") == ["✅ Messages reach Bale in time again."]


async def test_what_was_taken_over_and_is_not_in_its_room_is_told(core: Core, bale: Portal) -> None:
    login = await core.login("bale")
    await core.inbox.take(login.id, Batch((Update("g1/1", "g1", b"{}"),), "1"), core.clock())
    core.clock.now += 60_000
    await core.inbox.take(login.id, Batch((Update("g2/2", "g2", b"{}"),), "2"), core.clock())
    (line,) = await alarms(core, 61, "bale")
    assert line == "⚠️ What is said on Bale comes late into the rooms: the oldest has waited for 2 min."
    async with core.store.transaction():
        await core.inbox.done([1])
    assert await alarms(core, 0, "bale") == ["✅ What is said on Bale comes into the rooms in time again."]


async def test_several_things_that_are_late_are_told_in_one_message(core: Core, bale: Portal) -> None:
    runs(core, "rubika")
    await core.people_say("یک")
    core.clock.now += 300_000
    await core.minding.watchdog.look()
    (text,) = core.alarms
    assert len(text.split("\n")) == 4, "both are silent, Bale's messages wait, and the homeserver has not reached us"


async def test_what_is_meant_to_wait_is_not_late(core: Core, bale: Portal) -> None:
    await core.people_say("یک")
    async with core.store.transaction():
        await core.portals.mute(bale.id, True)
    assert await alarms(core, 600, "bale") == []


async def test_a_platform_that_is_switched_off_is_not_late_and_neither_is_what_it_left_when_it_is_switched_on(
    core: Core, bale: Portal
) -> None:
    await core.minding.suspending.suspend("bale", ADMIN, "")
    await core.people_say("یک")
    assert await alarms(core, 6000) == []
    await core.minding.suspending.resume("bale", ADMIN)
    assert await alarms(core, 60) == []
    assert len(await alarms(core, 100)) == 2, "now it is"


async def test_a_homeserver_that_does_not_reach_us_is_told_of(core: Core, bale: Portal) -> None:
    core.unreached = True
    assert await alarms(core, 150, "bale") == []
    assert await alarms(core, 60, "bale") == ["⚠️ The homeserver has not reached the bridge for 3 min (ping)."]
    core.unreached = False
    assert await alarms(core, 1, "bale") == ["✅ The homeserver reaches the bridge again."]


async def test_a_probe_that_does_not_arrive_is_told_of_and_the_last_one_that_did_goes(core: Core) -> None:
    leg = runs(core, "bale")
    session = ToldSession("bale", Capabilities(deletes=True))
    pacer = core.pacer(session)
    probing = Probing(leg, session, "operators", core.store, pacer, ("fa", "en"), core.clock)
    assert await probing.probe()
    assert [(chat, message.text) for chat, message in session.done] == [("operators", say("probe_line", ("fa", "en")))]
    assert await probing.probe()
    assert session.changed == [("operators", "bale-1", None)]
    for error in (Retry("502"), InDoubt("no answer"), NotAllowed("removed")):
        session.will(error)
        assert not await probing.probe()
        told = await alarms(core, 60, "bale")
    assert told == ["⚠️ The probe has not arrived on Bale for 3 min (platforms)."]
    assert (await core.minding.watchdog.lags())["bale"].probed == 180_000
    assert await probing.probe()
    assert await alarms(core, 1, "bale") == ["✅ The probe arrives on Bale again."]
    session.will(LoginLost("bale", "token"))
    with pytest.raises(LoginLost):
        await probing.probe()


@pytest.fixture
async def desk(core: Core) -> AsyncIterator[Office]:
    async with office(core) as desk:
        yield desk


async def test_the_status_tells_moderators_how_late_things_are(desk: Office) -> None:
    core = desk.core
    await core.portal("bale")
    runs(core, "bale")
    await core.people_say("یک")
    login = await core.login("bale")
    core.clock.now += 3_600_000
    await core.inbox.take(login.id, Batch((Update("g1/1", "g1", b"{}"),), "1"), core.clock())
    core.clock.now += 300_000
    status = await desk.writes("status")
    assert " — oldest taken over: 5 min — oldest queued: 1 h 5 min" in status.splitlines()[0]
    assert "the homeserver reached the bridge 3900 s ago" in status
    async with core.store.transaction():
        await core.tasks.add_management("!saras", "@sara:hs.test")
    assert "oldest" not in await desk.writes("status", sender="@sara:hs.test", room="!saras")


async def test_a_process_that_does_not_run_is_told_of_as_such(core: Core, bale: Portal) -> None:
    leg = core.live.leg("bale")
    leg.state, leg.since, leg.elsewhere = "absent", core.clock() / 1000, True
    assert await alarms(core, 100) == []
    assert await alarms(core, 80) == ["⚠️ The process of Bale has not been running for 3 min (run --platform)."]
    assert await alarms(core, 600) == []
    leg.state = "running"
    assert await alarms(core, 1, "bale") == ["✅ The process of Bale runs again."]
