from __future__ import annotations

import pytest

from bridge.keys import Keys
from bridge.store import Store
from bridge.store.notices import Notices, Tasks

ROOM = "!admin"
SARA = "@sara:hs.test"


@pytest.fixture
def notices(store: Store, keys: Keys) -> Notices:
    return Notices(store, keys)


@pytest.fixture
def tasks(store: Store) -> Tasks:
    return Tasks(store)


async def test_notices_of_a_chat_wait_in_order_until_they_arrived(notices: Notices) -> None:
    await notices.put("bale:1", "g1", "یک", "55")
    await notices.put("bale:1", "g2", "دیگر")
    await notices.put("bale:1", "g1", "دو")
    assert sorted(await notices.waiting("bale:1")) == ["g1", "g2"]
    first = await notices.next("bale:1", "g1")
    assert first is not None
    assert (first.text, first.reply_to) == ("یک", "55")
    assert await notices.next("bale:1", "g1") == first
    await notices.done(first.id)
    second = await notices.next("bale:1", "g1")
    assert second is not None
    assert (second.text, second.reply_to) == ("دو", None)
    await notices.done(second.id)
    assert await notices.next("bale:1", "g1") is None
    assert await notices.waiting("rubika:1") == []


async def test_a_notice_is_not_readable_in_the_database(store: Store, notices: Notices) -> None:
    await notices.put("bale:1", "g1", "not for everybody")
    assert b"everybody" not in bytes(await store.fetchval("SELECT body FROM notice"))


async def test_a_notice_that_another_key_sealed_does_not_stop_those_behind_it(store: Store, notices: Notices) -> None:
    await Notices(store, Keys(b"x" * 32)).put("bale:1", "g1", "lost")
    await notices.put("bale:1", "g1", "kept")
    first = await notices.next("bale:1", "g1")
    assert first is not None
    assert first.text == ""
    await notices.done(first.id)
    second = await notices.next("bale:1", "g1")
    assert second is not None
    assert second.text == "kept"


async def test_half_a_surrogate_pair_in_a_notice_breaks_nothing(notices: Notices) -> None:
    await notices.put("bale:1", "g1", "a \ud800 b")
    notice = await notices.next("bale:1", "g1")
    assert notice is not None
    assert notice.text == "a ? b"


async def test_an_event_is_one_task_however_often_it_comes(tasks: Tasks) -> None:
    for _ in range(2):
        await tasks.put("$1", "command", ROOM, SARA, None)
        await tasks.put("$2", "member", ROOM, SARA, "@hampayam:hs.test")
        await tasks.put("$3", "encryption", "!other", SARA, "")
    assert sorted(await tasks.waiting()) == [ROOM, "!other"]
    done = []
    while (task := await tasks.next(ROOM)) is not None:
        done.append((task.event_id, task.kind, task.room, task.sender, task.state_key))
        await tasks.done(task.id)
    assert done == [("$1", "command", ROOM, SARA, None), ("$2", "member", ROOM, SARA, "@hampayam:hs.test")]
    await tasks.put("$1", "command", ROOM, SARA, None)
    assert await tasks.next(ROOM) is None
    assert await tasks.waiting() == ["!other"]


async def test_a_management_room_belongs_to_one_person(tasks: Tasks) -> None:
    assert await tasks.management(ROOM) is None
    await tasks.add_management(ROOM, SARA)
    await tasks.add_management("!b", "@reza:hs.test")
    await tasks.add_management(ROOM, "@mina:hs.test")
    assert await tasks.management(ROOM) == "@mina:hs.test"
    assert await tasks.management_rooms() == [(ROOM, "@mina:hs.test"), ("!b", "@reza:hs.test")]
    await tasks.drop_management(ROOM)
    assert await tasks.management(ROOM) is None


async def test_poison_is_counted_once_an_event(tasks: Tasks) -> None:
    for _ in range(2):
        await tasks.poison("$1", ROOM, "malformed", 5)
        await tasks.poison("$2", None, "malformed", 5)
    assert await tasks.poisoned() == 2
