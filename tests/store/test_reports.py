from __future__ import annotations

import pytest

from bridge.model import ChatKind
from bridge.store import Store
from bridge.store.ghosts import Ghosts
from bridge.store.ledger import Ledger
from bridge.store.portals import Portals
from bridge.store.reports import Ban, Reports

SARA, REZA, MINA = "@hampayam_bale_1:hs.test", "@hampayam_rubika_2:hs.test", "@mina:hs.test"
ADMIN = "@admin:hs.test"


@pytest.fixture
def reports(store: Store) -> Reports:
    return Reports(store)


async def test_a_case_is_kept_until_somebody_closes_it_once(store: Store, reports: Reports) -> None:
    async with store.transaction():
        first = await reports.add(SARA, REZA, 7, ["$a", "$b"], "digest", 1000)
        second = await reports.add(MINA, REZA, None, [], "", 2000)
    found = await reports.get(first)
    assert found is not None
    assert (found.reporter, found.reported, found.room, found.evidence) == (SARA, REZA, 7, ("$a", "$b"))
    assert [each.id for each in await reports.open(10)] == [first, second]
    assert [each.id for each in await reports.open(1)] == [first]
    async with store.transaction():
        assert await reports.close(first, ADMIN, 3000)
        assert not await reports.close(first, MINA, 4000)
    found = await reports.get(first)
    assert found is not None
    assert (found.closed_by, found.closed_at) == (ADMIN, 3000)
    assert [each.id for each in await reports.open(10)] == [second]
    assert await reports.get(99) is None


async def test_reports_are_counted_and_found_by_who_made_them(store: Store, reports: Reports) -> None:
    assert await reports.against(REZA) == (0, 0)
    async with store.transaction():
        first = await reports.add(SARA, REZA, None, [], "", 1000)
        await reports.add(SARA, REZA, None, [], "", 5000)
        await reports.add(MINA, REZA, None, [], "", 5000)
    assert await reports.against(REZA) == (3, 2)
    assert await reports.since(SARA, REZA, 1000) == first
    assert await reports.since(SARA, REZA, 6000) is None
    assert await reports.since(REZA, SARA, 0) is None


async def test_a_ban_holds_until_it_ends_and_can_begin_anew(store: Store, reports: Reports) -> None:
    assert await reports.banned() == frozenset()
    async with store.transaction():
        assert await reports.ban(REZA, ADMIN, 1000, 3)
        assert REZA in await reports.banned(), "whoever asks in between knows it"
    assert await reports.banned() == {REZA}
    async with store.transaction():
        assert not await reports.ban(REZA, MINA, 2000, None), "he is banned already"
    assert await reports.ban_of(REZA) == Ban(REZA, ADMIN, 1000, 3, None)
    async with store.transaction():
        assert await reports.unban(REZA, 3000)
        assert not await reports.unban(REZA, 4000)
        assert not await reports.unban(SARA, 4000)
    assert await reports.banned() == frozenset()
    assert await reports.ban_of(REZA) == Ban(REZA, ADMIN, 1000, 3, 3000)
    async with store.transaction():
        assert await reports.ban(REZA, MINA, 5000, None)
    assert await reports.ban_of(REZA) == Ban(REZA, MINA, 5000, None, None)


async def test_a_ban_that_was_rolled_back_is_not_remembered(store: Store, reports: Reports) -> None:
    async def fail() -> None:
        async with store.transaction():
            await reports.ban(REZA, ADMIN, 1000, None)
            assert await reports.banned() == {REZA}
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await reports.banned() == frozenset()


async def test_what_follows_from_a_ban_is_settled_for_the_ban_as_it_was(store: Store, reports: Reports) -> None:
    async with store.transaction():
        await reports.ban(REZA, ADMIN, 1000, None)
        await reports.ban(SARA, ADMIN, 2000, None)
    reza, sara = await reports.unsettled()
    assert (reza.person, sara.person) == (REZA, SARA)
    async with store.transaction():
        await reports.unban(REZA, 3000)
        await reports.settled(reza)
        await reports.settled(sara)
    (ended,) = await reports.unsettled()
    assert (ended.person, ended.ended_at) == (REZA, 3000)
    async with store.transaction():
        await reports.settled(ended)
    assert await reports.unsettled() == []


async def test_a_banned_person_is_told_once_a_day(store: Store, reports: Reports) -> None:
    async with store.transaction():
        assert [await reports.first_today(REZA, day) for day in (1, 1, 2, 2)] == [True, False, True, False]
        assert await reports.first_today(SARA, 1)


async def test_the_last_things_that_somebody_said_in_a_room_are_named(store: Store, reports: Reports) -> None:
    ledger = Ledger(store)
    async with store.transaction():
        for number in range(6):
            await ledger.adopt(f"$reza{number}", 1, REZA, number)
        await ledger.adopt("$edit", 1, REZA, 9, "edit")
        await ledger.adopt("$sara", 1, SARA, 9)
        await ledger.adopt("$elsewhere", 2, REZA, 9)
    assert await reports.last_said(REZA, 1, 3) == ["$reza3", "$reza4", "$reza5"]
    assert await reports.last_said(MINA, 1, 3) == []


async def test_what_is_known_of_a_person_is_counted_from_our_tables(store: Store, reports: Reports) -> None:
    known = await reports.known(REZA)
    assert (known.first_heard, known.desk, known.conversations) == (None, False, ())
    ledger = Ledger(store)
    async with store.transaction():
        await ledger.adopt("$late", 1, REZA, 900)
        await ledger.adopt("$early", 1, REZA, 700)
        await store.execute(
            "INSERT INTO desk (login, chat, person, language, stage, menu, bar, seen_at) "
            "VALUES ('rubika:bot', 'c', $1, 'fa', '', '', '', 1)",
            REZA,
        )
        for asker, target, state in ((REZA, SARA, "open"), (MINA, REZA, "asked"), (REZA, MINA, "ended")):
            await store.execute(
                "INSERT INTO request (asker, target, state, shown, made_at, due_at) VALUES ($1, $2, $3, '', 1, 1)",
                asker, target, state,
            )  # fmt: skip
    known = await reports.known(REZA)
    assert (known.first_heard, known.desk) == (700, True)
    assert known.conversations == (("asked", 1), ("ended", 1), ("open", 1))


async def test_the_rooms_of_a_ghost_are_found_by_it(store: Store) -> None:
    portals, ghosts = Portals(store), Ghosts(store)
    async with store.transaction():
        room = await portals.make_room("خانواده", None)
        one, two = [
            await portals.tie("bale:bot", chat, "bale", ChatKind.GROUP, chat, room, "open", 0) for chat in ("g1", "g2")
        ]
        for portal in (two, one):
            await ghosts.entered(portal, SARA, "Sara", None)
    assert await ghosts.portals_of(SARA) == [one, two]
    assert await ghosts.portals_of(REZA) == []
