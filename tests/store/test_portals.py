from __future__ import annotations

import contextlib

import pytest

from bridge.model import ChatKind
from bridge.store import Store
from bridge.store.portals import Code, Portals

NOW = 1_800_000_000_000
ROOM = "!family"


@pytest.fixture
def portals(store: Store) -> Portals:
    return Portals(store)


async def make_room(store: Store, portals: Portals, mxid: str = ROOM) -> int:
    async with store.transaction():
        number = await portals.make_room("خانواده", "@sara:hs")
        await portals.room_made(number, mxid, "@steward:hs")
    return number


async def tie(
    store: Store, portals: Portals, chat: str, room: int, state: str = "open", kind: ChatKind = ChatKind.GROUP
) -> int:
    async with store.transaction():
        return await portals.tie("bale:1", chat, "bale", kind, chat.upper(), room, state, NOW)


async def test_a_room_stands_on_matrix_once_it_is_made(store: Store, portals: Portals) -> None:
    async with store.transaction():
        number = await portals.make_room("خانواده", None)
    room = await portals.room(number)
    assert room is not None
    assert (room.mxid, room.steward, room.state, room.host) == (None, None, "live", None)
    async with store.transaction():
        await portals.room_made(number, ROOM, "@steward:hs")
    room = await portals.room_by_mxid(ROOM)
    assert room is not None
    assert (room.id, room.steward) == (number, "@steward:hs")
    async with store.transaction():
        await portals.room_state(number, "ended")
    assert await portals.rooms() == []
    assert await portals.room(number + 1) is None


async def test_a_portal_is_found_by_its_chat_and_by_its_room(store: Store, portals: Portals) -> None:
    room = await make_room(store, portals)
    first, second = await tie(store, portals, "g1", room), await tie(store, portals, "c1", room, kind=ChatKind.CHANNEL)
    found = await portals.of_chat("bale:1", "g1")
    assert found is not None
    assert (found.id, found.kind, found.title, found.mxid, found.heard_at) == (first, ChatKind.GROUP, "G1", ROOM, None)
    assert [portal.id for portal in await portals.in_room(ROOM)] == [first, second]
    assert await portals.of_room(room) == list(await portals.in_room(ROOM))
    assert await portals.of_chat("bale:2", "g1") is None
    assert await portals.in_room("!other") == ()
    assert await portals.counts() == {("bale", "open"): 2}


async def test_an_answer_is_remembered_until_something_changes(store: Store, portals: Portals) -> None:
    room = await make_room(store, portals)
    assert await portals.of_chat("bale:1", "g1") is None
    assert await portals.in_room(ROOM) == ()
    portal = await tie(store, portals, "g1", room, "opening")
    assert (await portals.of_chat("bale:1", "g1")) is not None
    for change in (
        portals.move(portal, "opening", "open"),
        portals.heard(portal, NOW),
        portals.trouble(portal, "not_a_member"),
    ):
        before = await portals.of_chat("bale:1", "g1"), await portals.in_room(ROOM)
        async with store.transaction():
            await change
        after = await portals.of_chat("bale:1", "g1"), await portals.in_room(ROOM)
        assert before[0] != after[0]
        assert after[0] == after[1][0] == await portals.get(portal)


async def test_what_was_rolled_back_is_not_remembered(store: Store, portals: Portals) -> None:
    room = await make_room(store, portals)
    portal = await tie(store, portals, "g1", room, "opening")
    with contextlib.suppress(LookupError):
        async with store.transaction():
            await portals.move(portal, "opening", "open")
            await portals.tie("bale:1", "g2", "bale", ChatKind.GROUP, "G2", room, "open", NOW)
            assert [each.state for each in await portals.in_room(ROOM)] == ["open", "open"]
            assert await portals.of_chat("bale:1", "g2") is not None
            raise LookupError
    assert [each.state for each in await portals.in_room(ROOM)] == ["opening"]
    assert await portals.of_chat("bale:1", "g2") is None


async def test_a_portal_moves_only_from_the_state_that_was_seen(store: Store, portals: Portals) -> None:
    portal = await tie(store, portals, "g1", await make_room(store, portals), "opening")
    async with store.transaction():
        assert await portals.move(portal, "opening", "closing")
        assert not await portals.move(portal, "opening", "open")
    found = await portals.get(portal)
    assert found is not None
    assert found.state == "closing"
    assert not found.listening


async def test_a_chat_is_tied_to_one_room_at_a_time(store: Store, portals: Portals) -> None:
    room, other = await make_room(store, portals), await make_room(store, portals, "!other")
    portal = await tie(store, portals, "g1", room)
    with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
        await tie(store, portals, "g1", other)
    async with store.transaction():
        await portals.move(portal, "open", "closed")
    again = await tie(store, portals, "g1", other)
    found = await portals.of_chat("bale:1", "g1")
    assert found is not None
    assert found.id == again
    assert await portals.in_room(ROOM) == ()


async def test_the_first_message_is_noted_once(store: Store, portals: Portals) -> None:
    portal = await tie(store, portals, "g1", await make_room(store, portals))
    async with store.transaction():
        await portals.heard(portal, NOW)
        await portals.heard(portal, NOW + 5)
    found = await portals.get(portal)
    assert found is not None
    assert found.heard_at == NOW


async def test_what_is_under_way_is_found_after_a_start(store: Store, portals: Portals) -> None:
    room = await make_room(store, portals)
    states = ["linking", "opening", "open", "closing", "closed", "pending"]
    made = {state: await tie(store, portals, state, room, state) for state in states}
    found = await Portals(store).in_state(("linking", "opening", "closing"))
    assert [portal.id for portal in found] == [made["linking"], made["opening"], made["closing"]]


async def test_a_code_can_be_spent_once(store: Store, portals: Portals) -> None:
    code = Code("hash", "join", await make_room(store, portals), None, NOW, None)
    async with store.transaction():
        await portals.keep_code(code, "@sara:hs")
    assert await portals.code("hash") == code
    assert await portals.code("other") is None
    async with store.transaction():
        assert await portals.use_code("hash", NOW)
        assert not await portals.use_code("hash", NOW)
        assert not await portals.use_code("other", NOW)
    spent = await portals.code("hash")
    assert spent is not None
    assert spent.used_at == NOW
