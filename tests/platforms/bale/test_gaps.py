"""What Bale has forgotten is noticed, where its numbers really tell."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from bridge.model import Missed, Update
from bridge.platforms.bale.api import MOST_UPDATES, BaleApi
from bridge.platforms.bale.session import KEPT_S, BaleSession
from bridge.platforms.gaps import AWAY_S, REFRESH_S
from bridge.platforms.http import Http

if TYPE_CHECKING:
    from tests.platforms.conftest import Remote

NOW = 1_800_000_000
GROUP = {"id": 4695281546, "type": "group", "title": "Team"}


class Desk:
    """Somebody who asks Bale, at a time that a test decides."""

    def __init__(self, remote: Remote) -> None:
        self.now = NOW
        self._remote = remote
        self.session = BaleSession(
            BaleApi(Http(remote.url), "77:x"), own_id="77", poll_timeout_seconds=0, clock=lambda: self.now
        )
        self.cursor: str | None = None

    async def hears(self, *numbers: int, at: int = 0) -> list[Update]:
        """An answer with updates of these numbers; the gaps that are told of."""
        self._remote.will(self._remote.json({"ok": True, "result": [self._said(n, at or self.now) for n in numbers]}))
        batch = await self.session.fetch(self.cursor)
        self.cursor = batch.cursor
        kinds = [isinstance(self.session.convert(update), Missed) for update in batch.updates]
        assert len(kinds) - sum(kinds) == len(numbers)
        assert not any(kinds[1:]), "it stands before what came behind it"
        return [update for update, kind in zip(batch.updates, kinds, strict=True) if kind]

    @staticmethod
    def _said(number: int, at: int) -> dict[str, object]:
        said = {"message_id": number, "date": at, "chat": GROUP, "from": {"id": 5, "first_name": "S"}, "text": "hi"}
        return {"update_id": number, "message": said}


@pytest.fixture
async def desk(remote: Remote) -> AsyncIterator[Desk]:
    desk = Desk(remote)
    yield desk
    await desk.session.close()


async def test_away_for_a_day_and_the_next_number_is_gone(desk: Desk) -> None:
    await desk.hears(1, 2)
    desk.now += KEPT_S + 3600
    (gap,) = await desk.hears(7, 8, at=desk.now - 60)
    assert desk.session.convert(gap) == Missed(NOW * 1000, (desk.now - 60) * 1000)
    assert await desk.hears(9) == []


async def test_the_same_gap_has_the_same_key_when_it_is_read_again(desk: Desk) -> None:
    await desk.hears(1)
    desk.now += KEPT_S
    before = desk.cursor
    (first,) = await desk.hears(5)
    desk.cursor = before
    (again,) = await desk.hears(5)
    assert first.key == again.key


async def test_away_for_a_day_and_nothing_is_gone(desk: Desk) -> None:
    await desk.hears(1, 2)
    desk.now += KEPT_S + 3600
    assert await desk.hears(3) == []


async def test_all_that_was_said_is_gone_and_shows_with_the_next_word(desk: Desk) -> None:
    await desk.hears(1)
    desk.now += KEPT_S
    assert await desk.hears() == []
    desk.now += 5000
    assert await desk.hears() == []
    (gap,) = await desk.hears(4)
    assert desk.session.convert(gap) == Missed(NOW * 1000, desk.now * 1000)


async def test_more_waited_than_is_kept(desk: Desk) -> None:
    await desk.hears(1)
    desk.now += AWAY_S
    (gap,) = await desk.hears(*range(500, 500 + MOST_UPDATES))
    assert isinstance(desk.session.convert(gap), Missed)


@pytest.mark.parametrize(
    ("away", "numbers"),
    [
        (AWAY_S, range(500, 500 + MOST_UPDATES - 1)),  # not as many as are kept
        (AWAY_S - 1, range(500, 500 + MOST_UPDATES)),  # no time for so many
        (KEPT_S - 1, [500]),
        (KEPT_S, range(2, 2 + MOST_UPDATES)),
        (KEPT_S, [1, 5]),  # one that comes again
    ],
)
async def test_numbers_that_are_left_out_prove_nothing(desk: Desk, away: int, numbers: range | list[int]) -> None:
    await desk.hears(1)
    desk.now += away
    assert await desk.hears(*numbers) == []


async def test_a_quiet_day_on_which_we_were_there_is_no_gap(desk: Desk) -> None:
    await desk.hears(1)
    for _ in range(2 * KEPT_S // REFRESH_S):
        desk.now += REFRESH_S
        assert await desk.hears() == []
    assert await desk.hears(9) == []


async def test_while_nothing_is_said_the_cursor_moves_every_ten_minutes_only(desk: Desk) -> None:
    await desk.hears(1)
    cursors = set()
    for _ in range(61):
        await desk.hears()
        cursors.add(desk.cursor)
        desk.now += REFRESH_S // 30
    assert len(cursors) == 3


@pytest.mark.parametrize("cursor", [None, "4"])
async def test_from_the_beginning_and_from_a_cursor_of_before_nothing_is_known(desk: Desk, cursor: str | None) -> None:
    desk.cursor = cursor
    assert await desk.hears(*range(500, 500 + MOST_UPDATES)) == []
