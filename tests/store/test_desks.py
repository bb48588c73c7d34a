from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.model import ChatKind
from bridge.store import Store
from bridge.store.desks import Desk, Desks
from bridge.store.portals import DIRECT, Portals

HOUR = 3600 * 1000
SARA, REZA = "@hampayam_bale_1:hs", "@hampayam_rubika_2:hs"
DESK = Desk("bale:1", "7", SARA, "fa", seen_at=10 * HOUR)


@pytest.fixture
def desks(store: Store) -> Desks:
    return Desks(store)


async def put(store: Store, *desks: Desk) -> None:
    async with store.transaction():
        for desk in desks:
            await Desks(store).put(desk)


async def conversation(store: Store, chat: str = "7") -> int:
    portals = Portals(store)
    async with store.transaction():
        room = await portals.make_room("", None, DIRECT)
        return await portals.tie("bale:1", chat, "bale", ChatKind.PRIVATE, "رضا", room, "open", 1, REZA)


async def test_a_desk_is_found_by_its_chat_as_it_was_put(store: Store, desks: Desks) -> None:
    assert await desks.get("bale:1", "7") is None
    full = replace(
        DESK, current=await conversation(store), stage='{"at": "number"}', menu='["a"]', bar='[["کمک", "help"]]'
    )
    await put(store, full)
    assert await desks.get("bale:1", "7") == full
    assert await desks.get("bale:2", "7") is None
    await put(store, replace(DESK, person=REZA, language="en"))
    assert await desks.get("bale:1", "7") == replace(DESK, person=REZA, language="en"), "all of it is another's now"


async def test_the_desk_that_somebody_used_last_comes_first(store: Store, desks: Desks) -> None:
    old, new = replace(DESK, chat="8", seen_at=5), replace(DESK, chat="9", seen_at=50 * HOUR)
    await put(store, DESK, old, new, replace(DESK, chat="10", person=REZA))
    assert await desks.of_person(SARA) == [new, DESK, old]
    assert await desks.of_person("@nobody:hs") == []


async def test_a_desk_is_dressed_and_its_dialogue_goes_on_without_touching_another(store: Store, desks: Desks) -> None:
    other = replace(DESK, chat="8")
    await put(store, DESK, other)
    async with store.transaction():
        await desks.dress("bale:1", "7", "[]", '["people"]')
        await desks.set_stage("bale:1", "7", '{"at": "code"}')
    assert await desks.get("bale:1", "7") == replace(DESK, bar="[]", menu='["people"]', stage='{"at": "code"}')
    assert await desks.get("bale:1", "8") == other


async def test_a_bar_in_another_language_is_shown_anew(store: Store, desks: Desks) -> None:
    await put(store, replace(DESK, bar='[["کمک", "help"]]', menu='["people"]'))
    async with store.transaction():
        await desks.set_language("bale:1", "7", "en")
    assert await desks.get("bale:1", "7") == replace(DESK, language="en", bar="", menu='["people"]')


async def test_a_conversation_that_is_over_is_the_current_one_of_nobody(store: Store, desks: Desks) -> None:
    over, goes_on = await conversation(store), await conversation(store, "8")
    await put(store, DESK, replace(DESK, chat="8"))
    async with store.transaction():
        await desks.turn_to("bale:1", "7", over)
        await desks.turn_to("bale:1", "8", goes_on)
    assert await desks.get("bale:1", "7") == replace(DESK, current=over)
    async with store.transaction():
        await desks.leave(over)
    assert await desks.get("bale:1", "7") == DESK
    assert await desks.get("bale:1", "8") == replace(DESK, chat="8", current=goes_on)
    async with store.transaction():
        await desks.turn_to("bale:1", "8", None)
    assert await desks.get("bale:1", "8") == replace(DESK, chat="8")


async def test_when_somebody_was_there_is_written_down_once_an_hour(store: Store, desks: Desks) -> None:
    await put(store, DESK)
    async with store.transaction():
        await desks.seen(DESK, 11 * HOUR - 1)
    assert await desks.get("bale:1", "7") == DESK
    async with store.transaction():
        await desks.seen(DESK, 11 * HOUR)
    assert await desks.get("bale:1", "7") == replace(DESK, seen_at=11 * HOUR)
