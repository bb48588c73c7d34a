"""Somebody who says very much: how long their chat waits, and that nobody else's does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridge.core.quota import Quota
from bridge.model import ChatKind, Person

if TYPE_CHECKING:
    from bridge.model import MessageSaid
    from bridge.store.inbox import Login
    from tests.core.fakes import ToldSession
    from tests.core.kit import Core

ROOM = "!family"
SARA = Person("sara", "Sara")


@pytest.fixture
async def bale(small_core: Core) -> Login:
    await small_core.portal("bale")
    return await small_core.login("bale")


@pytest.fixture
def session(small_core: Core) -> ToldSession:
    return small_core.session("bale")


def says(core: Core, count: int, *, ago_s: float = 0, each_s: float = 0, **more: object) -> list[MessageSaid]:
    """Messages that were said from `ago_s` seconds ago, one every `each_s` seconds."""
    first = core.clock() - int(ago_s * 1000)
    whose = more.get("sender") or Person("reza", "Reza")
    assert isinstance(whose, Person)
    return [
        core.heard(f"{whose.id} {n}", id=f"{whose.id}{n}", at=first + int(n * each_s * 1000), sender=whose)
        for n in range(count)
    ]


async def crossed(core: Core, login: Login, session: ToldSession, *said: MessageSaid, per_minute: int = 10) -> float:
    """Seconds until all is in the room, and in the order in which it was said."""
    before = len(core.homeserver.sent)
    await core.take(login, session, *[(f"g1/{each.id}", each) for each in said])
    began = core.clock()
    async with core.running() as lanes:
        await core.arrivals(login, session, lanes, per_minute=per_minute).resume()
    assert core.homeserver.said_in(ROOM)[before:] == [getattr(each.content, "body", "") for each in said]
    assert await core.inbox.depth() == 0
    return (core.clock() - began) / 1000


async def test_what_is_within_the_quota_crosses_at_once(small_core: Core, bale: Login, session: ToldSession) -> None:
    assert await crossed(small_core, bale, session, *says(small_core, 10)) == 0


async def test_a_flood_crosses_whole_in_order_and_at_the_quotas_rate(
    small_core: Core, bale: Login, session: ToldSession
) -> None:
    seconds = await crossed(small_core, bale, session, *says(small_core, 100))
    assert 6 * 70 <= seconds <= 6 * 90


async def test_a_quota_of_nought_is_none(small_core: Core, bale: Login, session: ToldSession) -> None:
    assert await crossed(small_core, bale, session, *says(small_core, 200), per_minute=0) == 0


async def test_many_people_together_are_no_flood(small_core: Core, bale: Login, session: ToldSession) -> None:
    core = small_core
    said = [each for n in range(30) for each in says(core, 5, sender=Person(f"p{n}", f"P{n}"))]
    assert await crossed(core, bale, session, *said) == 0


async def test_who_floods_between_others_is_held_as_well(small_core: Core, bale: Login, session: ToldSession) -> None:
    core = small_core
    flood, others = says(core, 60), [says(core, 1, sender=Person(f"p{n}", f"P{n}"))[0] for n in range(20)]
    said = [each for n, other in enumerate(others) for each in (other, *flood[3 * n : 3 * n + 3])]
    assert await crossed(core, bale, session, *said) >= 6 * 30


async def test_what_was_said_over_hours_without_a_connection_crosses_at_once(
    small_core: Core, bale: Login, session: ToldSession
) -> None:
    assert await crossed(small_core, bale, session, *says(small_core, 400, ago_s=4_000, each_s=10)) == 0


async def test_a_flood_of_commands_is_one_too(small_core: Core, bale: Login, session: ToldSession) -> None:
    core = small_core
    said = [core.heard("/nothing", id=str(n), at=core.clock()) for n in range(40)]
    assert await crossed(core, bale, session, *said) >= 6 * 25


async def test_another_chat_of_the_same_person_does_not_wait(small_core: Core) -> None:
    core = small_core
    quota = Quota(10, core.clock, core.clock.steady)
    quota.count([core.heard("x", id=str(n), at=core.clock()) for n in range(50)])
    assert quota.rest(core.heard("x", id="51")) == pytest.approx(6 * 41)
    assert quota.rest(core.heard("x", id="51", sender=SARA)) == 0
    assert quota.rest(core.heard("x", id="51", chat="g2")) == 0
    assert quota.rest(core.heard("x", id="51", chat="p", kind=ChatKind.PRIVATE)) == 0
    core.clock.now += 6 * 41_000
    assert quota.rest(core.heard("x", id="51")) == 0


async def test_a_clock_of_a_platform_that_is_wrong_neither_frees_nor_locks_anybody(small_core: Core) -> None:
    core = small_core
    for at in (0, core.clock() + 10**12):
        quota = Quota(10, core.clock, core.clock.steady)
        quota.count([core.heard("x", id=str(n), at=at) for n in range(10)])
        assert quota.rest(core.heard("x", id="11", at=at)) == pytest.approx(6)


@pytest.mark.parametrize("hours", [-2, 2])
async def test_a_clock_that_is_set_holds_nobody_for_as_long(small_core: Core, hours: int) -> None:
    core = small_core
    quota = Quota(10, core.clock, core.clock.steady)
    quota.count([core.heard("x", id=str(n), at=core.clock()) for n in range(10)])
    said = core.heard("x", id="11", at=core.clock())
    core.clock.ahead = hours * 3_600_000
    assert quota.rest(said) == pytest.approx(6)
    core.clock.now += 7_000
    assert quota.rest(said) == 0
    quota.count([said])
    core.clock.ahead = 0
    assert quota.rest(said) == pytest.approx(5)
