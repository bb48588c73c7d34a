"""What the queue is asked goes by an index, and what is put back keeps what is known of it."""

from __future__ import annotations

from pathlib import Path

from bridge.model import ChatKind
from bridge.store import Store
from bridge.store.ledger import Ledger
from bridge.store.portals import Portals
from bridge.store.queue import Queue

NOW = 1_800_000_000_000
SARA = "@sara:hs"


async def queued(store: Store, *events: str, chats: int = 1) -> list[int]:
    """Messages that were said in a room, with a copy due in each of its chats. Returns the copies."""
    portals, ledger = Portals(store), Ledger(store)
    async with store.transaction():
        room = await portals.make_room("خانواده", None)
        tied = [
            await portals.tie("bale:1", f"g{n}", "bale", ChatKind.GROUP, "G", room, "open", NOW) for n in range(chats)
        ]
        for number, event in enumerate(events):
            message = await ledger.adopt(event, room, SARA, NOW)
            assert message is not None
            await ledger.queue([(message, portal, event) for portal in tied], NOW + number)
    return [row[0] for row in await store.fetch("SELECT id FROM copy ORDER BY id")]


async def test_the_chat_that_was_written_to_last_goes_on_first(store: Store) -> None:
    (_, late) = await queued(store, "$1", chats=2)
    async with store.transaction():
        message = await Ledger(store).adopt("$2", 1, SARA, NOW)
        assert message is not None
        await Ledger(store).queue([(message, 1, "$2")], NOW)
    assert late == 2
    assert await Queue(store).busy("bale:1") == [1, 2]
    async with store.transaction():
        message = await Ledger(store).adopt("$3", 1, SARA, NOW)
        assert message is not None
        await Ledger(store).queue([(message, 2, "$3")], NOW)
    assert await Queue(store).busy("bale:1") == [2, 1]


async def test_what_waits_is_told_by_chat_with_the_oldest_first(store: Store) -> None:
    copies = await queued(store, "$1", "$2", chats=2)
    async with store.transaction():
        await Ledger(store).finish(copies[0], "sent", NOW)
    waiting = await Queue(store).waiting()
    assert [(each.portal, each.number, each.copy, each.since) for each in waiting] == [
        (2, 2, copies[1], NOW),
        (1, 1, copies[2], NOW + 1),
    ]


async def test_a_copy_that_is_put_back_keeps_its_parts_and_waits_anew(store: Store) -> None:
    ledger, queue = Ledger(store), Queue(store)
    copies = await queued(store, "$1", "$2")
    async with store.transaction():
        await ledger.rendered(copies[0], "$edit", "shape")
        await ledger.part_sent(copies[0], 0, "bale:1", "g0", "r0")
        await ledger.finish(copies[0], "unknown", NOW, "no_answer")
        again = await queue.requeue(copies[0], NOW + 5000)
        assert again is not None
        assert again > copies[1]
        assert await queue.requeue(copies[1], NOW) is None, "it has not ended"
    first, second = await ledger.due(1, 10)
    assert (first.id, second.id) == (copies[1], again)
    assert (second.part, second.version, second.shape, second.queued_at) == (1, "$edit", "shape", NOW + 5000)
    assert await ledger.arrived(again, 0)
    assert [copy.remote_ids for copy in await queue.copies(1)] == [("r0",)]


async def test_a_copy_that_is_taken_out_is_not_sent_by_whoever_saw_it_before(store: Store) -> None:
    ledger = Ledger(store)
    first, second = await queued(store, "$1", "$2")
    assert await ledger.sending(second, 0, 1, "digest")
    async with store.transaction():
        assert await ledger.take_out(first, "withheld", NOW, "dropped")
        assert not await ledger.take_out(second, "withheld", NOW, "dropped"), "it is being sent"
    assert await ledger.waits(second)
    assert not await ledger.waits(first)
    assert not await ledger.sending(first, 0, 1, "digest")
    assert await store.fetchval("SELECT state FROM copy WHERE id = $1", first) == "withheld"


async def test_nothing_that_is_asked_of_the_queue_reads_all_copies(tmp_path: Path) -> None:
    """On SQLite alone: PostgreSQL reads small tables from end to end whatever indexes there are."""
    asked: list[tuple[str, tuple[object, ...]]] = []

    class Noted(Store):
        async def fetch(self, query: str, *args: object) -> list[object]:
            asked.append((query, args))
            return []

        survey = fetch

        async def fetchrow(self, query: str, *args: object) -> object:
            asked.append((query, args))
            return None

        async def fetchval(self, query: str, *args: object) -> object:
            asked.append((query, args))
            return None

    queue = Queue(Noted("sqlite:///:memory:"))
    await queue.busy("bale:1")
    await queue.waiting()
    await queue.find("bale:1", "g1", "5")
    await queue.path(1)
    await queue.copies(1)
    await queue.where(1)
    await queue.deeds(1)
    assert len(asked) == 8
    store = Store(f"sqlite:///{tmp_path / 'bridge.db'}")
    await store.open()
    try:
        for query, args in asked:
            for step in [str(row[-1]) for row in await store.fetch("EXPLAIN QUERY PLAN " + query, *args)]:
                whole = step.startswith("SCAN ") and "copy_due" not in step and step.split()[1] != "w"
                assert not whole, (query, step)
    finally:
        await store.close()
