"""Transactions of the homeserver's wait for what is missing before them; what may have been lost is looked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bridge.core.catching_up import CatchingUp
from bridge.core.deliveries import WATCH_S, Deliveries
from bridge.intake import Intake
from bridge.matrix.homeserver import MatrixHomeserver
from bridge.pulse import Pulse
from bridge.store.timelines import Timelines
from tests.core.fakes import LATEST, ROOM
from tests.core.opening import opened

if TYPE_CHECKING:
    from tests.core.kit import Core


class Desk:
    def __init__(self, core: Core, homeserver: MatrixHomeserver) -> None:
        self.core = core
        self.seconds = 0.0
        self.pulse = Pulse(core.store, homeserver, "hampayam", "@hampayam:hs.test", core.clock)
        catching_up = CatchingUp(Timelines(core.store), core.portals, core.homeserver, core.users, core.hub.accept)
        deliveries = Deliveries(None, lambda: self.seconds)
        self.intake = Intake(core.hub, deliveries, catching_up, self.pulse, core.clock)

    async def takes(self, number: int, *words: str) -> bool:
        """A transaction of what Sara said; the room has it already."""
        if not self.intake.may_take(str(number)):
            return False
        await self.intake.take([self.core.said(word) for word in words], str(number))
        return True

    def said(self, *words: str) -> None:
        """In the room; the homeserver tells nobody."""
        self.core.homeserver.timelines[ROOM] += [self.core.said(word) for word in words]

    async def heard(self) -> list[str]:
        events = {self.core.said(word).id: word for word in ("یک", "دو", "سه", "چهار")}
        return [events[event] for (event,) in await self.core.copies("event_id")]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    homeserver = MatrixHomeserver("http://127.0.0.1:9", "token")
    async with opened(f"sqlite:///{tmp_path / 'bridge.db'}") as core:
        await core.portal("bale")
        yield Desk(core, homeserver)
    await homeserver.close()


async def test_what_was_lost_before_our_start_comes_before_the_first_transaction(desk: Desk) -> None:
    desk.said("یک", "دو")
    assert await desk.takes(7, "دو")
    assert await desk.heard() == ["یک", "دو"]


async def test_when_the_homeserver_was_away_its_first_transaction_waits_for_what_is_missing(desk: Desk) -> None:
    desk.said("یک")
    assert await desk.takes(7, "یک")
    desk.said("دو", "سه")
    desk.pulse.away = True
    assert await desk.takes(8, "سه")
    assert await desk.heard() == ["یک", "دو", "سه"]


async def test_a_transaction_waits_until_it_is_known_whether_the_homeserver_was_away(desk: Desk) -> None:
    """The network was silent, so the sign of life is still waited for when the first transaction of a homeserver that
    was started anew comes."""
    desk.said("یک")
    assert await desk.takes(7, "یک")
    for there, missing, new in ((True, "دو", "دو"), (False, "سه", "چهار")):
        desk.said(*dict.fromkeys((missing, new)))
        desk.pulse.sure.clear()
        taking = asyncio.create_task(desk.takes(8 if there else 9, new))
        for _ in range(100):
            await asyncio.sleep(0)
        assert not taking.done()
        assert missing not in await desk.heard()
        desk.pulse.away = not there
        desk.pulse.sure.set()
        assert await asyncio.wait_for(taking, LATEST)
    assert await desk.heard() == ["یک", "دو", "سه", "چهار"]
    assert len(desk.core.homeserver.called("newest")) == 2


async def test_a_jump_that_is_not_made_good_is_looked_behind(desk: Desk) -> None:
    desk.said("یک")
    assert await desk.takes(7, "یک")
    desk.said("دو", "سه")
    assert not await desk.takes(9, "سه")
    assert await desk.takes(9, "سه")
    assert await desk.heard() == ["یک", "دو", "سه"]


async def test_without_a_reason_nothing_is_read_back(desk: Desk) -> None:
    desk.said("یک")
    assert await desk.takes(7, "یک")
    desk.seconds = WATCH_S + 1
    desk.said("دو")
    assert await desk.takes(9, "دو")
    assert len(desk.core.homeserver.called("newest")) == 1
