from __future__ import annotations

import pytest

from bridge.keys import Keys
from bridge.store import Store
from bridge.store.portals import DIRECT, Portals
from bridge.store.requests import ENDS, Request, Requests

SARA, NIMA, REZA = "@hampayam_bale_1:hs", "@hampayam_bale_2:hs", "@hampayam_rubika_3:hs"
NUMBER = "۰۹۱۲۳۴۵۶۷۸۹"


@pytest.fixture
def requests(store: Store, keys: Keys) -> Requests:
    return Requests(store, keys)


async def make(
    store: Store, requests: Requests, asker: str, target: str | None, state: str = "asked", due_at: int = 1000
) -> int:
    async with store.transaction():
        id = await requests.make(asker, NUMBER, 1, due_at)
        if state != "looking":
            await requests.found(id, target)
            await requests.ask(id, state)
    return id


async def end(store: Store, requests: Requests, id: int, state: str = "ended") -> None:
    async with store.transaction():
        await requests.end(id, state, 9, None, 0)


async def test_whom_somebody_asked_for_is_sealed_until_it_was_looked_up_and_then_forgotten(
    store: Store, requests: Requests
) -> None:
    id = await make(store, requests, SARA, None, "looking")
    assert await requests.get(id) == Request(id, SARA, None, None, "looking", "none", 1, 1000)
    assert await requests.wanted(id) == NUMBER
    sealed = bytes(await store.fetchval("SELECT wanted FROM request WHERE id = $1", id))
    assert NUMBER.encode() not in sealed
    assert await Requests(store, Keys(b"o" * 32)).wanted(id) == "", "another secret does not open it"
    async with store.transaction():
        await requests.found(id, REZA)
    assert await requests.wanted(id) == ""
    assert await store.fetchval("SELECT wanted FROM request WHERE id = $1", id) is None
    found = await requests.get(id)
    assert found is not None
    assert (found.target, found.other(SARA), found.other(REZA)) == (REZA, REZA, SARA)
    assert await requests.get(id + 1) is None
    assert await requests.wanted(id + 1) == ""


async def test_a_request_is_alive_until_it_comes_to_one_of_its_ends(store: Store, requests: Requests) -> None:
    for state in ENDS:
        id = await make(store, requests, SARA, REZA)
        async with store.transaction():
            await requests.ask(id, "open")
            await requests.one_more_word(id)
            await requests.one_more_word(id)
        request = await requests.get(id)
        assert request is not None
        assert (request.live, request.words, request.ended_at) == (True, 2, None)
        async with store.transaction():
            await requests.end(id, state, 77, REZA, 3)
        request = await requests.get(id)
        assert request is not None
        assert (request.live, request.state, request.ended_at, request.ended_by, request.cut) == (
            False, state, 77, REZA, 3,
        )  # fmt: skip


async def test_the_newest_request_of_a_room_is_the_one_that_counts(store: Store, requests: Requests) -> None:
    portals = Portals(store)
    async with store.transaction():
        room, other = await portals.make_room("", None, DIRECT), await portals.make_room("", None, DIRECT)
    async with store.transaction():
        first = await requests.make(SARA, "", 1, 1000, room=room)
    await end(store, requests, first)
    async with store.transaction():
        second = await requests.make(REZA, "", 2, 1000, room=room)
    found = await requests.of_room(room)
    assert found is not None
    assert (found.id, found.room) == (second, room)
    assert await requests.of_room(other) is None


async def test_what_is_alive_between_two_is_found_from_both_sides(store: Store, requests: Requests) -> None:
    id = await make(store, requests, SARA, REZA)
    await make(store, requests, SARA, NIMA)
    for one, other in ((SARA, REZA), (REZA, SARA)):
        found = await requests.between(one, other)
        assert found is not None
        assert found.id == id
    assert await requests.between(NIMA, REZA) is None
    await end(store, requests, id, "denied")
    assert await requests.between(SARA, REZA) is None


async def test_two_cannot_have_two_requests_of_the_same_direction_at_once(store: Store, requests: Requests) -> None:
    first = await make(store, requests, SARA, REZA)
    with pytest.raises(Exception, match=r"(?i)unique"):
        await make(store, requests, SARA, REZA, "open")
    await end(store, requests, first)
    second = await make(store, requests, SARA, REZA, "open")
    found = await requests.between(SARA, REZA)
    assert found is not None
    assert found.id == second


async def test_a_person_has_what_they_asked_and_what_they_were_asked_oldest_first(
    store: Store, requests: Requests
) -> None:
    asked = await make(store, requests, SARA, REZA)
    was_asked = await make(store, requests, NIMA, SARA, "open")
    over = await make(store, requests, SARA, NIMA)
    await end(store, requests, over)
    herself = await make(store, requests, SARA, SARA)
    await make(store, requests, NIMA, REZA)
    assert [each.id for each in await requests.of_person(SARA, ("asked", "open"))] == [asked, was_asked, herself]
    assert [each.id for each in await requests.of_person(SARA, ("open",))] == [was_asked]
    assert [each.id for each in await requests.of_person(SARA, ENDS)] == [over]
    assert await requests.of_person("@nobody:hs", ("asked", "open")) == []


async def test_what_is_not_seen_yet_is_known_until_it_is_shown(store: Store, requests: Requests) -> None:
    first, second = await make(store, requests, SARA, REZA), await make(store, requests, SARA, None, "looking")
    assert await requests.unshown() == [first, second]
    async with store.transaction():
        await requests.show(first, "asked")
    assert await requests.unshown() == [second]
    await end(store, requests, first, "expired")
    assert await requests.unshown() == [first, second]


async def test_what_waits_for_an_answer_is_due_at_its_time_the_earliest_first(store: Store, requests: Requests) -> None:
    assert await requests.next_due() is None
    late = await make(store, requests, SARA, REZA, due_at=300)
    early = await make(store, requests, SARA, None, "looking", due_at=200)
    await make(store, requests, NIMA, REZA, "open", due_at=100)
    over = await make(store, requests, REZA, NIMA, due_at=100)
    await end(store, requests, over, "cancelled")
    assert await requests.next_due() == 200
    assert await requests.due(199) == []
    assert await requests.due(200) == [early]
    assert await requests.due(300) == [early, late]
