"""What a platform has forgotten is told once, where something may be missing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bridge.core.gaps import Gaps
from bridge.model import ChatKind, Missed
from tests.core.fakes import LATEST, ROOM, TITLES
from tests.core.office import office

if TYPE_CHECKING:
    from tests.core.kit import Core

MINUTE = 60_000


def gaps(core: Core, *languages: str) -> Gaps:
    return Gaps(core.store, core.portals, core.notices, languages, TITLES, core.clock, core.live.wake_chat)


async def test_the_room_and_its_other_chats_are_told_in_words(core: Core) -> None:
    bale, rubika = await core.portal("bale"), await core.portal("rubika")
    await core.receive("bale", core.heard("سلام", id="1"))
    missed = Missed(core.clock() - 45 * MINUTE, core.clock())
    await gaps(core, "fa", "en").tell(await core.login("bale"), missed)
    words = (
        "⚠️ برخی پیام‌های بله میان ۱۰:۴۵ و ۱۱:۳۰ شاید به اینجا نرسیده باشند.\n"
        "⚠️ Some messages of Bale between 10:45 and 11:30 may be missing here."
    )
    assert await core.notes_in(ROOM) == [(words, None)]
    assert await core.notes(rubika) == [(words, None)]
    assert await core.notes(bale) == []


async def test_days_are_told_where_it_was_not_today(small_core: Core) -> None:
    core = small_core
    await core.portal("bale")
    await core.receive("bale", core.heard("سلام", id="1"))
    await gaps(core, "en").tell(await core.login("bale"), Missed(core.clock() - 1500 * MINUTE, core.clock()))
    ((words, _),) = await core.notes_in(ROOM)
    assert "between 14 January 2027, 10:30 and 15 January 2027, 11:30 may" in words


async def test_rooms_that_heard_nothing_from_there_are_not_told(core: Core) -> None:
    """Nor a chat that is only read, one that is not linked any more, and the login's own."""
    await core.portal("bale")
    await core.portal("bale", "g2")
    mirror = await core.portal("eitaa", kind=ChatKind.MIRROR)
    ended = await core.portal("soroush", state="closing")
    await core.portal("bale", "g3", room="!quiet")
    there = await core.portal("rubika", "g3", room="!quiet")
    await core.receive("bale", core.heard("یک", id="1"))
    await core.receive("bale", core.heard("دو", id="2", chat="g2"))
    await core.receive("rubika", core.heard("سه", id="3", chat="g3"))
    await gaps(core, "en").tell(await core.login("bale"), Missed(1, core.clock()))
    assert len(await core.notes_in(ROOM)) == 1
    assert await core.count("notice") == 0
    assert await core.notes_in("!quiet") == await core.notes(there) == await core.notes(mirror) == []
    assert await core.notes(ended) == []


@pytest.mark.parametrize("times", [1, 2])
async def test_a_gap_that_comes_by_the_inbox_is_told_once(core: Core, times: int) -> None:
    async with office(core) as desk:
        await desk.open("bale")
        await core.portal("bale")
        await core.receive("bale", core.heard("سلام", id="1"))
        login, session = await core.login("bale"), core.session("bale")
        for _ in range(times):
            await core.take(login, session, ("missed/4", Missed(1, core.clock())))
        async with core.running() as lanes:
            core.arrivals(login, session, lanes, special=desk.spoken.heard).wake("missed")
        async with asyncio.timeout(LATEST):
            while await core.count("notice"):  # noqa: ASYNC110
                await asyncio.sleep(0)
    assert [said for said in core.homeserver.said_in(ROOM) if "may be missing here" in said] == [
        "⚠️ Some messages of Bale between 1 January 1970, 03:30 and 15 January 2027, 11:30 may be missing here."
    ]
