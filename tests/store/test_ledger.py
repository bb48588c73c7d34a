from __future__ import annotations

import asyncio

import pytest

from bridge.model import ChatKind
from bridge.store import Store
from bridge.store.ledger import Ledger
from bridge.store.ledger_rows import Key, Message, Route, Sent
from bridge.store.portals import Portals
from bridge.store.queue import Queue

NOW = 1_800_000_000_000
LOGIN, CHAT = "bale:1", "g1"
SARA = "@sara:hs"


@pytest.fixture
def ledger(store: Store) -> Ledger:
    return Ledger(store)


@pytest.fixture
async def portals(store: Store) -> tuple[int, int]:
    """Two chats in one room: bale's g1 and rubika's g1."""
    table = Portals(store)
    async with store.transaction():
        room = await table.make_room("خانواده", None)
        first = await table.tie(LOGIN, CHAT, "bale", ChatKind.GROUP, "G", room, "open", NOW)
        second = await table.tie("rubika:1", CHAT, "rubika", ChatKind.GROUP, "G", room, "open", NOW)
    return first, second


async def route(store: Store, ledger: Ledger, remote_id: str, state: str = "routed", portal: int = 1) -> Message:
    key = Key(LOGIN, CHAT, remote_id)
    async with store.transaction():
        return (await ledger.route([Route(key, state, NOW, 1, portal, "@g:hs")]))[key]


async def known(ledger: Ledger, remote_id: str) -> tuple[str | None, str]:
    """(event id, state) of a message."""
    (message,) = (await ledger.by_keys([Key(LOGIN, CHAT, remote_id)])).values()
    return message.event_id, message.state


async def said(store: Store, ledger: Ledger, event: str, *portals: int) -> int:
    """A message that was said in the room, with a copy due in each portal."""
    async with store.transaction():
        message = await ledger.adopt(event, 1, SARA, NOW)
        assert message is not None
        await ledger.queue([(message, portal, event) for portal in portals], NOW)
    return message


async def copy_of(store: Store, event: str, portal: int) -> int:
    return int(await store.fetchval("SELECT id FROM copy WHERE event_id = $1 AND portal = $2", event, portal))


async def state_of(store: Store, copy: int) -> str:
    return str(await store.fetchval("SELECT state FROM copy WHERE id = $1", copy))


async def test_where_a_message_goes_is_decided_once(store: Store, ledger: Ledger) -> None:
    first = await route(store, ledger, "1")
    again = await route(store, ledger, "1", state="withheld", portal=2)
    assert (again.id, again.state, again.portal) == (first.id, "routed", 1)
    assert (await route(store, ledger, "2")).id != first.id
    edit = Key(LOGIN, CHAT, "1", "edit", "2")
    async with store.transaction():
        routed = await ledger.route([Route(edit, "routed", NOW), Route(edit, "withheld", NOW, reason="replayed")])
    assert routed[edit].state == "routed"
    assert routed[edit].id != first.id


async def test_many_messages_are_routed_at_once_and_each_is_found_under_its_own_key(
    store: Store, ledger: Ledger
) -> None:
    odd = ['"', "1,2", "بله/۱", "\\", "[]", " "]
    keys = [Key(login, chat, remote_id) for login in (LOGIN, "x:1") for chat in ("g1", "g'2") for remote_id in odd]
    async with store.transaction():
        routed = await ledger.route([Route(key, "routed", NOW, portal=number) for number, key in enumerate(keys)])
    assert [routed[key].portal for key in keys] == list(range(len(keys)))
    assert await ledger.by_keys([*keys, Key(LOGIN, CHAT, "another")]) == routed
    assert await ledger.by_keys([]) == {}


async def test_a_message_is_placed_then_accepted_and_stays_so(store: Store, ledger: Ledger) -> None:
    message = await route(store, ledger, "1")
    assert await ledger.unsettled() == 1
    async with store.transaction():
        await ledger.placed([(message.id, "$1"), (message.id, "$other")])
    assert await known(ledger, "1") == ("$1", "placed")
    assert await ledger.unsettled() == 0
    async with store.transaction():
        await ledger.accepted({message.id: "$1"})
        await ledger.placed([(message.id, "$late")])
        await ledger.give_up(message.id, "too late")
    assert await known(ledger, "1") == ("$1", "accepted")


async def test_a_message_that_the_homeserver_refuses_is_final(store: Store, ledger: Ledger) -> None:
    message = await route(store, ledger, "1")
    async with store.transaction():
        await ledger.give_up(message.id, "M_TOO_LARGE")
        await ledger.placed([(message.id, "$1")])
    assert await known(ledger, "1") == (None, "refused")


async def test_an_event_is_adopted_once(store: Store, ledger: Ledger) -> None:
    async with store.transaction():
        assert await ledger.adopt("$1", 1, SARA, NOW) is not None
        assert await ledger.adopt("$1", 1, SARA, NOW) is None
        assert await ledger.adopt("$2", 1, SARA, NOW) is not None


async def test_a_message_has_one_copy_in_a_chat(store: Store, ledger: Ledger, portals: tuple[int, int]) -> None:
    message = await said(store, ledger, "$1", *portals)
    async with store.transaction():
        await ledger.queue([(message, portal, "$1") for portal in portals], NOW)
    assert await Queue(store).counts() == {"queued": 2}
    assert await ledger.unsettled() == 2
    assert sorted(await Queue(store).busy(LOGIN) + await Queue(store).busy("rubika:1")) == sorted(portals)
    async with store.transaction():
        await ledger.finish(await copy_of(store, "$1", portals[0]), "sent", NOW)
        await ledger.queue([(message, portal, "$1") for portal in portals], NOW)
    assert await Queue(store).counts() == {"queued": 1, "sent": 1}


async def test_copies_are_due_in_the_order_in_which_they_were_queued(
    store: Store, ledger: Ledger, portals: tuple[int, int]
) -> None:
    for number in (3, 1, 2):
        await said(store, ledger, f"${number}", *portals)
    assert [due.event_id for due in await ledger.due(portals[0], 2)] == ["$3", "$1"]
    copy = await copy_of(store, "$3", portals[0])
    await ledger.sending(copy, 0, 1, "digest")
    (first, second) = await ledger.due(portals[0], 2)
    assert (first.id, first.interrupted, first.queued_at) == (copy, True, NOW)
    assert (second.event_id, second.interrupted) == ("$1", False)
    async with store.transaction():
        await ledger.not_sent(copy, 0)
    assert [due.event_id for due in await ledger.due(portals[0], 9)] == ["$3", "$1", "$2"]
    async with store.transaction():
        await ledger.finish(copy, "sent", NOW)
    assert [due.event_id for due in await ledger.due(portals[0], 9)] == ["$1", "$2"]
    assert [due.event_id for due in await ledger.due(portals[1], 9)] == ["$3", "$1", "$2"]


async def test_a_reply_finds_the_first_part_of_a_message_wherever_it_was_said(
    store: Store, ledger: Ledger, portals: tuple[int, int]
) -> None:
    message = await route(store, ledger, "55")
    async with store.transaction():
        await ledger.accepted({message.id: "$1"})
        await ledger.queue([(message.id, portals[1], "$1")], NOW)
    copy = await copy_of(store, "$1", portals[1])
    async with store.transaction():
        await ledger.part_sent(copy, 1, "rubika:1", CHAT, "r2")
        await ledger.part_sent(copy, 0, "rubika:1", CHAT, "r1")
    assert await ledger.remote_of("$1", LOGIN, CHAT) == "55"
    assert await ledger.remote_of("$1", "rubika:1", CHAT) == "r1"
    assert await ledger.remote_of("$1", "rubika:1", "g2") is None
    assert await ledger.remote_of("$2", LOGIN, CHAT) is None
    for login, remote_id in ((LOGIN, "55"), ("rubika:1", "r1"), ("rubika:1", "r2")):
        assert await ledger.event_of(login, CHAT, remote_id) == "$1"
    assert await ledger.event_of(LOGIN, CHAT, "r1") is None
    assert await ledger.is_ours("rubika:1", CHAT, "r2")
    assert not await ledger.is_ours(LOGIN, CHAT, "55")
    source = await ledger.source(copy)
    assert source is not None
    assert (source.login, source.chat, source.remote_id, source.event_id) == (LOGIN, CHAT, "55", "$1")


async def test_our_own_words_settle_the_oldest_copy_that_waits_for_them(
    store: Store, ledger: Ledger, portals: tuple[int, int]
) -> None:
    for event in ("$1", "$2"):
        await said(store, ledger, event, portals[0])
    one, two = await copy_of(store, "$1", portals[0]), await copy_of(store, "$2", portals[0])
    for copy in (one, two):
        await ledger.sending(copy, 0, 1, "same words")
    async with store.transaction():
        await ledger.finish(one, "unknown", NOW, "no_answer")
        assert not await ledger.settle(portals[0], "other words", LOGIN, CHAT, "9", NOW)
        assert not await ledger.settle(portals[1], "same words", LOGIN, CHAT, "9", NOW)
        assert await ledger.settle(portals[0], "same words", LOGIN, CHAT, "9", NOW)
    assert (await state_of(store, one), await state_of(store, two)) == ("sent", "sending")
    async with store.transaction():
        assert await ledger.settle(portals[0], "same words", LOGIN, CHAT, "10", NOW)
        assert not await ledger.settle(portals[0], "same words", LOGIN, CHAT, "11", NOW)
    assert await state_of(store, two) == "sending"  # its call is still under way
    assert await ledger.arrived(two, 0)
    assert await ledger.remote_of("$2", LOGIN, CHAT) == "10"


async def test_a_copy_stays_in_doubt_while_one_of_its_parts_is(
    store: Store, ledger: Ledger, portals: tuple[int, int]
) -> None:
    await said(store, ledger, "$1", portals[0])
    copy = await copy_of(store, "$1", portals[0])
    await ledger.sending(copy, 0, 2, "first part")
    async with store.transaction():
        await ledger.next_part(copy, 1, doubt=True)
    await ledger.sending(copy, 1, 2, "second part")
    async with store.transaction():
        await ledger.finish(copy, "unknown", NOW, "no_answer")
        assert await ledger.settle(portals[0], "second part", LOGIN, CHAT, "9", NOW)
    assert await state_of(store, copy) == "unknown"
    assert not await ledger.complete(copy)
    async with store.transaction():
        await ledger.part_sent(copy, 0, LOGIN, CHAT, "8")
    assert await ledger.complete(copy)


async def test_what_waits_for_a_chat_that_is_gone_ends(store: Store, ledger: Ledger, portals: tuple[int, int]) -> None:
    for event in ("$1", "$2"):
        await said(store, ledger, event, *portals)
    copies = [await copy_of(store, event, portals[0]) for event in ("$1", "$2")]
    async with store.transaction():
        await ledger.finish(copies[0], "sent", NOW)
        await ledger.withhold(portals[0], NOW, "unlinked")
    assert [await state_of(store, copy) for copy in copies] == ["sent", "withheld"]
    assert await ledger.due(portals[0], 9) == []
    assert len(await ledger.due(portals[1], 9)) == 2


async def test_a_remote_id_that_comes_twice_keeps_its_first_meaning(
    store: Store, ledger: Ledger, portals: tuple[int, int]
) -> None:
    for event in ("$1", "$2"):
        await said(store, ledger, event, portals[0])
        async with store.transaction():
            await ledger.part_sent(await copy_of(store, event, portals[0]), 0, LOGIN, CHAT, "9")
    assert await ledger.event_of(LOGIN, CHAT, "9") == "$1"


async def test_copies_that_arrive_together_are_written_together_and_each_keeps_its_id(
    store: Store, ledger: Ledger, portals: tuple[int, int]
) -> None:
    copies = []
    for number in range(30):
        await said(store, ledger, f"${number}", portals[0])
        copies.append(await copy_of(store, f"${number}", portals[0]))
    await asyncio.gather(*[ledger.sending(copy, 0, 1, "digest") for copy in copies])
    assert await Queue(store).counts() == {"sending": 30}
    await asyncio.gather(*[ledger.sent(Sent(copy, 0, LOGIN, CHAT, f"r{copy}", NOW)) for copy in copies])
    assert await Queue(store).counts() == {"sent": 30}
    assert [await ledger.remote_of(f"${n}", LOGIN, CHAT) for n in range(30)] == [f"r{copy}" for copy in copies]
