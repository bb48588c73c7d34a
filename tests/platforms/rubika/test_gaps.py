"""What Rubika may have forgotten is noticed when it has forgotten our place, too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from bridge.model import Missed, RemoteEvent
from bridge.platforms.gaps import AWAY_S, REFRESH_S
from bridge.platforms.http import Http
from bridge.platforms.rubika.api import RubikaApi
from bridge.platforms.rubika.session import RubikaSession

if TYPE_CHECKING:
    from tests.platforms.conftest import Remote

NOW = 1_800_000_000
PLACE = "6b49d20066f0c1d3a1b2c3d4"


class Desk:
    """Somebody who asks Rubika, at a time that a test decides."""

    def __init__(self, remote: Remote) -> None:
        self.now = NOW
        self._remote = remote
        self.session = RubikaSession(RubikaApi(Http(remote.url), "T"), poll_seconds=0.5, clock=lambda: self.now)
        self.cursor: str | None = None

    async def _fetches(self, answer: dict[str, object]) -> list[RemoteEvent]:
        self._remote.will(self._remote.json(answer))
        batch = await self.session.fetch(self.cursor)
        self.cursor = batch.cursor
        return [self.session.convert(update) for update in batch.updates]

    async def hears(self, *times: int, onward: str = PLACE) -> list[Missed]:
        """Updates of these moments (Unix seconds); the gaps that are told of before them."""
        updates = [
            {
                "type": "NewMessage",
                "chat_id": "g01",
                "new_message": {"message_id": str(at), "text": "hi", "time": str(at), "sender_id": "u1"},
            }
            for at in times
        ]
        data = {"updates": updates, "next_offset_id": onward}
        events = await self._fetches({"status": "OK", "data": data})
        found = [event for event in events if isinstance(event, Missed)]
        assert len(events) == len(found) + len(times)
        assert events[: len(found)] == found
        return found

    async def loses_its_place(self) -> None:
        assert await self._fetches({"status": "INVALID_INPUT"}) == []


@pytest.fixture
async def desk(remote: Remote) -> AsyncIterator[Desk]:
    desk = Desk(remote)
    yield desk
    await desk.session.close()


async def test_our_place_is_gone_and_nothing_from_before_comes_again(desk: Desk) -> None:
    await desk.hears(NOW - 5)
    desk.now += 50_000
    await desk.loses_its_place()
    assert await desk.hears(onward="") == []
    desk.now += 100
    assert await desk.hears(NOW + 40_000, NOW + 40_007) == [Missed(NOW * 1000, (NOW + 40_000) * 1000)]
    assert await desk.hears(NOW + 50_000) == []


async def test_what_comes_again_from_before_proves_that_nothing_is_gone(desk: Desk) -> None:
    await desk.hears(NOW - 5)
    desk.now += 50_000
    await desk.loses_its_place()
    assert await desk.hears(NOW - 5, NOW + 40_000) == []


@pytest.mark.parametrize("away", [1, AWAY_S - 1])
async def test_where_we_were_there_nothing_is_gone(desk: Desk, away: int) -> None:
    """However long it takes until something is said again."""
    await desk.hears(NOW - 5)
    desk.now += away
    await desk.loses_its_place()
    desk.now += 90_000
    assert await desk.hears(NOW + 90_000) == []


async def test_a_quiet_day_on_which_we_were_there_is_no_gap(desk: Desk) -> None:
    await desk.hears(NOW - 5)
    for _ in range(86_400 // REFRESH_S):
        desk.now += REFRESH_S
        assert await desk.hears() == []
    await desk.loses_its_place()
    assert await desk.hears(desk.now) == []


async def test_a_place_that_is_silently_taken_for_none_is_no_gap(desk: Desk) -> None:
    await desk.hears(NOW - 5)
    desk.now += 50_000
    assert await desk.hears(NOW + 40_000) == []


async def test_from_the_beginning_and_from_a_cursor_of_before_nothing_is_known(desk: Desk) -> None:
    assert await desk.hears(NOW + 40_000) == []
    desk.cursor = PLACE
    await desk.loses_its_place()
    assert await desk.hears(NOW + 50_000) == []
