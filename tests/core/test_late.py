"""Words that come late say when they were written: once, and as they began."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridge.core.delivery import LATE_MS
from bridge.errors import Refused
from tests.core.filing import KINDS, posts
from tests.core.reza import edit_of

if TYPE_CHECKING:
    from bridge.store.portals import Portal
    from tests.core.fakes import Hold, ToldSession
    from tests.core.kit import Core

LONG = " ".join(f"word{n:03}" for n in range(60))
"""About 480 letters: three parts of 200."""
LINE = "🕓 نوشته‌شده در ۱۱:۳۰ / written at 11:30"


@pytest.fixture
async def bale(core: Core) -> Portal:
    core.languages = ("fa", "en")
    return await core.portal("bale")


@pytest.fixture
def session(core: Core) -> ToldSession:
    return core.session("bale", text_limit=200, edits=True)


async def test_what_waited_longer_than_a_minute_says_when_it_was_written(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    await core.people_say("یک")
    core.clock.now += LATE_MS
    await core.drained(bale, session)
    await core.people_say("دو")
    core.clock.now += LATE_MS + 1
    await core.drained(bale, session)
    assert session.texts == ["یک", "🕓 نوشته‌شده در ۱۱:۳۱ / written at 11:31\nدو"]


async def test_what_a_platform_delivered_on_another_day_says_the_day(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    await core.portal("rubika")
    (placement,) = await core.receive("rubika", core.heard("سلام", id="1", at=core.clock() - 24 * 3_600_000))
    event = core.echo(placement, "$1")
    core.homeserver.events["$1"] = {"content": {**event.content, "body": "سلام"}}
    await core.hub.accept([event])
    core.bodies.forget("$1")
    await core.drained(bale, session)
    assert session.texts == ["🕓 نوشته‌شده در ۲۴ دی ۱۴۰۵، ساعت ۱۱:۳۰ / written on 14 January 2027, 11:30\nسلام"]


async def test_a_message_in_parts_says_it_in_the_first_and_goes_on_so_after_a_crash(
    core: Core, bale: Portal, session: ToldSession, hold: Hold
) -> None:
    await core.people_say(LONG)
    core.clock.now += LATE_MS + 1
    session.will("b-0", hold)
    await core.crash(bale, session, hold)
    core.clock.hours(24)
    again = core.session("bale", text_limit=200, edits=True)
    await core.drained(bale, again)
    parts = [message.text.partition("\n")[2] for _, message in (*session.asked, *again.asked)]
    assert parts[0].startswith(f"{LINE}\n")
    assert " ".join((parts[0].removeprefix(f"{LINE}\n"), *parts[1:])) == LONG


async def test_one_that_began_without_it_goes_on_without_it(
    core: Core, bale: Portal, session: ToldSession, hold: Hold
) -> None:
    await core.people_say(LONG)
    session.will("b-0", hold)
    await core.crash(bale, session, hold)
    core.clock.hours(24)
    again = core.session("bale", text_limit=200, edits=True)
    await core.drained(bale, again)
    parts = [message.text.partition("\n")[2] for _, message in (*session.asked, *again.asked)]
    assert " ".join(parts) == LONG


async def test_a_correction_that_takes_the_place_of_words_does_not_say_it(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    (event,) = await core.people_say("سلآم")
    await core.drained(bale, session)
    await core.hub.accept([edit_of(core, event, "سلام")])
    core.clock.now += LATE_MS + 1
    await core.drained(bale, session)
    assert session.changed == [("g1", "bale-1", "سلام")]


@pytest.mark.parametrize("caption", ["", "باغ"])
async def test_below_a_file_it_stands_before_the_words(core: Core, bale: Portal, caption: str) -> None:
    session = core.session("bale", files=KINDS)
    await posts(core, caption=caption)
    core.clock.now += LATE_MS + 1
    await core.drained(bale, session)
    assert session.texts == [f"{LINE}\n{caption}" if caption else LINE]


async def test_a_file_that_does_not_come_says_it_first(core: Core, bale: Portal) -> None:
    session = core.session("bale", files=KINDS)
    session.will_not_change(Refused("PHOTO_INVALID"), Refused("FILE_INVALID"))
    await posts(core, caption="باغ")
    core.clock.now += LATE_MS + 1
    await core.drained(bale, session)
    (text,) = session.texts
    assert text.startswith(f"{LINE}\n")
    assert text.count("🕓") == 1
    assert text.endswith("باغ")
