from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest

from bridge.model import ChatKind
from bridge.store import Store
from bridge.store.ghosts import Ghost, Ghosts
from bridge.store.portals import Portals

REZA = Ghost("@hampayam_bale_reza:hs", "bale", "reza", "Reza", None, False)


@pytest.fixture
def ghosts(store: Store) -> Ghosts:
    return Ghosts(store)


async def tie(store: Store, chat: str, room: int) -> int:
    portals = Portals(store)
    async with store.transaction():
        return await portals.tie("bale:1", chat, "bale", ChatKind.GROUP, chat, room, "open", 0)


async def make_room(store: Store) -> int:
    async with store.transaction():
        return await Portals(store).make_room("خانواده", None)


async def test_a_ghost_is_kept_with_all_that_is_known(store: Store, ghosts: Ghosts) -> None:
    assert await ghosts.get(REZA.mxid) is None
    for ghost in (REZA, replace(REZA, chosen="رضا", registered=True), replace(REZA, name=None)):
        async with store.transaction():
            await ghosts.put(ghost)
        assert await ghosts.get(REZA.mxid) == ghost
        assert await Ghosts(store).get(REZA.mxid) == ghost


async def test_what_was_rolled_back_is_not_remembered(store: Store, ghosts: Ghosts) -> None:
    room = await make_room(store)
    portal = await tie(store, "g1", room)
    async with store.transaction():
        await ghosts.put(REZA)
    with contextlib.suppress(LookupError):
        async with store.transaction():
            await ghosts.put(replace(REZA, chosen="رضا", registered=True))
            await ghosts.entered(portal, REZA.mxid, "Reza · بله", None)
            raise LookupError
    assert await ghosts.get(REZA.mxid) == REZA
    assert await ghosts.look_in(portal, REZA.mxid) is None

    async with store.transaction():
        await ghosts.entered(portal, REZA.mxid, "Reza · بله", None)
    with contextlib.suppress(LookupError):
        async with store.transaction():
            await ghosts.left(portal, REZA.mxid)
            raise LookupError
    assert await ghosts.look_in(portal, REZA.mxid) == ("Reza · بله", None)


async def test_a_ghost_is_in_a_room_through_the_portal_it_came_by(store: Store, ghosts: Ghosts) -> None:
    room, other_room = await make_room(store), await make_room(store)
    first, second = await tie(store, "g1", room), await tie(store, "g2", room)
    third = await tie(store, "g3", other_room)
    async with store.transaction():
        await ghosts.entered(first, REZA.mxid, "Reza · بله", None)
        await ghosts.entered(third, REZA.mxid, "Reza · بله", None)
    assert await ghosts.look_in(first, REZA.mxid) == ("Reza · بله", None)
    assert await ghosts.look_in(second, REZA.mxid) is None
    assert not await ghosts.elsewhere(first, room, REZA.mxid)
    async with store.transaction():
        await ghosts.entered(second, REZA.mxid, "رضا · بله", None)
    assert await ghosts.elsewhere(first, room, REZA.mxid)
    assert await Ghosts(store).look_in(second, REZA.mxid) == ("رضا · بله", None)
    async with store.transaction():
        await ghosts.left(first, REZA.mxid)
    assert await ghosts.look_in(first, REZA.mxid) is None
    assert await ghosts.through(first, 10) == []
    assert await ghosts.through(second, 10) == [REZA.mxid]


async def test_ghosts_of_a_portal_are_told_a_page_at_a_time(store: Store, ghosts: Ghosts) -> None:
    portal = await tie(store, "g1", await make_room(store))
    async with store.transaction():
        for number in range(5):
            await ghosts.entered(portal, f"@g{number}", "x", None)
    assert await ghosts.through(portal, 3) == ["@g0", "@g1", "@g2"]
