from __future__ import annotations

import pytest

from bridge.store import Store
from bridge.store.desks import Desk, Desks
from bridge.store.handles import Handle, Handles

SARA, NIMA, REZA = "@hampayam_bale_1:hs", "@hampayam_bale_2:hs", "@hampayam_rubika_3:hs"


@pytest.fixture
def handles(store: Store) -> Handles:
    return Handles(store)


def handle(kind: str, hash: str, open: bool) -> Handle:
    return Handle(kind, hash, open, 1)


async def keep(store: Store, person: str, handle: Handle) -> None:
    async with store.transaction():
        await Handles(store).keep(person, handle)


async def at_desk(store: Store, person: str, seen_at: int, chat: str = "") -> None:
    async with store.transaction():
        await Desks(store).put(Desk("bale:1", chat or person, person, "fa", seen_at=seen_at))


async def test_a_person_has_one_handle_of_a_kind_the_last_one_kept(store: Store, handles: Handles) -> None:
    await keep(store, SARA, handle("code", "old", True))
    await keep(store, SARA, handle("number", "n", False))
    await keep(store, SARA, handle("code", "new", True))
    await keep(store, REZA, handle("code", "his", True))
    assert await handles.of_person(SARA) == [handle("code", "new", True), handle("number", "n", False)]
    assert await handles.of_person(NIMA) == []


async def test_somebody_is_found_by_what_they_opened_alone(store: Store, handles: Handles) -> None:
    await at_desk(store, SARA, 1)
    await keep(store, SARA, handle("number", "n", False))
    assert await handles.found("number", "n") == []
    async with store.transaction():
        assert await handles.open(SARA, "number", True)
        assert not await handles.open(SARA, "name", True), "she has none"
    assert await handles.found("number", "n") == [SARA]
    assert await handles.found("name", "n") == []
    assert await handles.found("number", "m") == []
    async with store.transaction():
        assert await handles.open(SARA, "number", False)
    assert await handles.found("number", "n") == []


async def test_of_several_who_are_found_the_one_who_was_there_last_comes_first(store: Store, handles: Handles) -> None:
    for person in (SARA, NIMA, REZA):
        await keep(store, person, handle("number", "n", True))
    await at_desk(store, SARA, 5)
    await at_desk(store, REZA, 7)
    await at_desk(store, SARA, 9, "another chat")
    assert await handles.found("number", "n") == [SARA, REZA, NIMA], "one without a chat comes last"


async def test_who_proved_the_same_number_is_known_whether_they_can_be_found_or_not(
    store: Store, handles: Handles
) -> None:
    await keep(store, SARA, handle("number", "n", True))
    await keep(store, REZA, handle("number", "n", False))
    await keep(store, NIMA, handle("number", "m", True))
    await keep(store, NIMA, handle("code", "n", True))
    assert await handles.siblings(SARA) == [REZA]
    assert await handles.siblings(REZA) == [SARA]
    assert await handles.siblings(NIMA) == []
    assert await handles.siblings("@nobody:hs") == []


async def test_tries_are_counted_by_person_and_kind_and_begin_anew_every_day(store: Store, handles: Handles) -> None:
    async with store.transaction():
        assert [await handles.spend(SARA, "search", 7) for _ in range(3)] == [1, 2, 3]
        assert await handles.spend(SARA, "ask", 7) == 1
        assert await handles.spend(REZA, "search", 7) == 1
        assert await handles.spend(SARA, "search", 8) == 1
        assert await handles.spend(SARA, "ask", 8) == 1
        assert await handles.spend(SARA, "ask", 8) == 2
    assert await store.fetchval("SELECT COUNT(*) FROM budget WHERE person = $1 AND kind = 'search'", SARA) == 1
