"""A clock that is set ends nothing before its time, whenever that was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.core.office import ADMIN

if TYPE_CHECKING:
    from bridge.store.portals import Portal
    from tests.core.kit import Core


@pytest.fixture
async def bale(core: Core) -> Portal:
    """Somebody speaks to it from Rubika."""
    await core.portal("rubika")
    core.live.leg("bale").state = "running"
    return await core.portal("bale")


async def test_a_clock_that_is_set_a_day_ahead_ends_nothing_before_its_time(core: Core, bale: Portal) -> None:
    await core.minding.suspending.suspend("bale", ADMIN, "")
    await core.reza_says("یک", "r1")
    core.clock.ahead = 30 * 3_600_000
    await core.reza_says("دو", "r2")
    await core.minding.patience.look()
    core.clock.hours(23)
    await core.minding.patience.look()
    assert [state for (state,) in await core.copies("state")] == ["queued", "queued"]
    core.clock.hours(2)
    await core.minding.patience.look()
    assert [state for (state,) in await core.copies("state")] == ["expired", "expired"]


@pytest.mark.parametrize("hours", [30, -30])
async def test_a_clock_that_was_set_before_the_bridge_began_ends_nothing_before_its_time(
    core: Core, bale: Portal, hours: int
) -> None:
    """Set ahead when it begins again; or set back while things were said, and put right when it begins again."""
    await core.minding.suspending.suspend("bale", ADMIN, "")
    await core.minding.patience.look()
    if hours < 0:
        core.clock.ahead = hours * 3_600_000
        core.clock.hours(0.1)
        await core.minding.patience.look()
    await core.reza_says("یک", "r1")
    core.clock.ahead = max(hours, 0) * 3_600_000
    core.minding = core.new_minding()
    await core.minding.load()
    await core.minding.patience.look()
    core.clock.hours(23)
    await core.minding.patience.look()
    assert [state for (state,) in await core.copies("state")] == ["queued"]
    core.clock.hours(2)
    await core.minding.patience.look()
    assert [state for (state,) in await core.copies("state")] == ["expired"]


async def test_what_was_queued_while_the_clock_was_behind_has_not_waited_since_then(core: Core, bale: Portal) -> None:
    await core.minding.suspending.suspend("bale", ADMIN, "")
    await core.reza_says("یک", "r1")
    core.clock.ahead = -30 * 3_600_000
    await core.reza_says("دو", "r2")
    core.clock.ahead = 0
    core.minding = core.new_minding()
    await core.minding.load()
    await core.minding.patience.look()
    assert await core.copies("state") == [("queued",), ("queued",)]
    due = await core.ledger.due(bale.id, 2)
    assert [await core.minding.patience.too_long(copy) for copy in due] == [False, False]
    core.clock.hours(25)
    await core.minding.patience.look()
    assert await core.copies("state") == [("expired",), ("expired",)]
