"""What processes tell one another by way of PostgreSQL: each word once, in order, behind its commit."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest

from bridge.errors import StartError
from bridge.model import ChatKind
from bridge.sandbox.postgres import Postgres
from bridge.store import Store
from bridge.store.bell import EVERYTHING, Bell
from bridge.store.database import FORGET
from bridge.store.ghosts import Ghost, Ghosts
from bridge.store.portals import Portals
from bridge.store.schema import UPGRADES

WITHIN_S = 20.0


@pytest.fixture
async def url(postgres: Postgres) -> AsyncIterator[str]:
    address = await postgres.create_database()
    yield address
    await postgres.drop_database(address)


class Ear:
    """A process that hears."""

    def __init__(self, url: str) -> None:
        self.heard: list[tuple[object, ...]] = []
        self.missed = self.deaf = 0
        self.bell = Bell(url, missed=self._miss, deaf=self._deafen)
        self.bell.on = {kind: self._note(kind) for kind in ("wake", "stop", EVERYTHING)}

    def _miss(self) -> None:
        self.missed += 1

    def _deafen(self) -> None:
        self.deaf += 1

    def _note(self, kind: str) -> Callable[..., None]:
        return lambda *what: self.heard.append((kind, *what))

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while not done():  # noqa: ASYNC110
                await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def ears(url: str, count: int = 2) -> AsyncIterator[list[Ear]]:
    made = [Ear(url) for _ in range(count)]
    tasks = [asyncio.create_task(ear.bell.for_ever()) for ear in made]
    try:
        for ear in made:
            await ear.until(lambda ear=ear: ear.missed > 0)  # type: ignore[misc]
        yield made
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def words(ear: Ear) -> list[tuple[object, ...]]:
    return [word for word in ear.heard if word[0] != EVERYTHING]


async def test_a_word_is_heard_by_the_others_once_and_in_order(url: str) -> None:
    async with ears(url, 3) as (mine, *others):
        for number in (1, 2, 1, 2, 3):
            mine.bell.ring("wake", "بله:۱", number)
        mine.bell.ring("stop")
        for ear in others:
            await ear.until(lambda ear=ear: ("stop",) in ear.heard)  # type: ignore[misc]
            assert words(ear) == [("wake", "بله:۱", 1), ("wake", "بله:۱", 2), ("wake", "بله:۱", 3), ("stop",)]
        assert words(mine) == []


async def test_what_does_not_fit_into_one_call_comes_in_several(url: str) -> None:
    async with ears(url) as (mine, other):
        names = ["x" * 50 + str(number) for number in range(3000)]
        for name in names:
            mine.bell.ring("wake", name)
        mine.bell.ring("wake", "y" * 9000)
        mine.bell.ring("unheard of", 1)
        mine.bell.ring("stop")
        await other.until(lambda: ("stop",) in other.heard)
        assert words(other) == [("wake", name) for name in names] + [("stop",)]


async def test_what_nobody_could_be_told_makes_everybody_look(url: str) -> None:
    async with ears(url) as (mine, other):
        mine.bell.ring("wake", "here")
        await other.until(lambda: ("wake", "here") in other.heard)
        before = other.heard.count((EVERYTHING,))
        for number in range(15_000):
            mine.bell.ring("wake", number)
        mine.bell.ring("stop")
        await other.until(lambda: ("stop",) in other.heard)
        assert other.heard.count((EVERYTHING,)) == before + 1
        assert len(other.heard) < 6_000


async def test_who_lost_the_connection_is_deaf_and_then_looks_and_makes_the_others_look(url: str) -> None:
    async with ears(url) as (mine, other):
        mine.bell.ring("wake", "here")
        await other.until(lambda: ("wake", "here") in other.heard)
        missed, told = mine.missed, other.heard.count((EVERYTHING,))
        connection = await asyncpg.connect(url)
        await connection.execute("SELECT pg_terminate_backend($1)", mine.bell._pid)
        await connection.close()
        await mine.until(lambda: mine.missed > missed)
        assert mine.deaf > 0
        await other.until(lambda: other.heard.count((EVERYTHING,)) > told)
        mine.bell.ring("stop")
        await other.until(lambda: ("stop",) in other.heard)


async def test_a_server_that_is_away_is_waited_for() -> None:
    async with Postgres() as server:
        address = await server.create_database()
        async with ears(address) as (mine, other):
            missed = [mine.missed, other.missed]
            await server.kill()
            await mine.until(lambda: mine.deaf > 1)
            mine.bell.ring("wake", 1)
            await server.start()
            await mine.until(lambda: [mine.missed, other.missed] >= [each + 1 for each in missed])
            await other.until(lambda: other.missed > missed[1])
            mine.bell.ring("stop")
            await other.until(lambda: ("stop",) in other.heard)


# --- what it is for


@contextlib.asynccontextmanager
async def processes(url: str) -> AsyncIterator[tuple[Store, Store]]:
    """Two processes with a store and a bell each."""
    async with contextlib.AsyncExitStack() as stack:
        stores = []
        for role in ("head", "bale"):
            store = Store(url, [role], several=True)
            await store.open()
            stack.push_async_callback(store.close)
            ear = Ear(url)
            ear.bell.on[FORGET] = store.forget_here
            store.ring = ear.bell.ring
            task = asyncio.create_task(ear.bell.for_ever())
            stack.callback(task.cancel)
            await ear.until(lambda ear=ear: ear.missed > 0)  # type: ignore[misc]
            stores.append(store)
        yield stores[0], stores[1]


async def test_what_one_process_changes_the_other_does_not_remember(url: str) -> None:
    async with processes(url) as (head, bale):
        here, there = Portals(head), Portals(bale)
        ghosts, known = Ghosts(head), Ghosts(bale)
        async with head.transaction():
            room = await here.make_room("خانه", None)
            portal = await here.tie("bale:1", "-5", "bale", ChatKind.GROUP, "خانه", room, "opening", 1)
            await ghosts.put(Ghost("@a:x", "bale", "5", "سارا", None, False))
        async with asyncio.timeout(WITHIN_S):
            while (seen := await there.get(portal)) is None or await known.get("@a:x") is None:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert seen.state == "opening"
        async with head.transaction():
            await here.move(portal, "opening", "open")
            await ghosts.put(Ghost("@a:x", "bale", "5", "سارا", "ماه", False))
        async with asyncio.timeout(WITHIN_S):
            while getattr(await there.get(portal), "state", "") != "open":  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            while getattr(await known.get("@a:x"), "chosen", "") != "ماه":  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_processes_write_one_after_the_other(url: str) -> None:
    """What one reads in a transaction no other has changed when it writes."""
    async with processes(url) as stores:
        await stores[0].set("count", "0")

        async def count(store: Store) -> None:
            for _ in range(30):
                async with store.transaction():
                    await store.set("count", str(int(await store.setting("count") or 0) + 1))

        await asyncio.gather(*(count(store) for store in stores))
        assert await stores[0].setting("count") == "60"


async def test_who_stands_still_in_a_transaction_does_not_hold_up_the_others_for_ever(url: str) -> None:
    async with processes(url) as (head, bale):
        inside, go_on = asyncio.Event(), asyncio.Event()

        async def stand_still() -> None:
            async with bale.transaction():
                await bale.set("a", "bale's")
                inside.set()
                await go_on.wait()
                await bale.set("b", "bale's")

        standing = asyncio.create_task(stand_still())
        await inside.wait()
        async with asyncio.timeout(WITHIN_S), head.transaction():
            await head.set("a", "head's")
        go_on.set()
        with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)):
            await standing
        assert (await head.setting("a"), await head.setting("b")) == ("head's", None)
        async with bale.transaction():
            await bale.set("b", "again")


async def test_an_upgrade_of_the_tables_waits_until_nobody_works_with_the_old_ones(url: str) -> None:
    async with processes(url) as (head, _):
        await head.execute("UPDATE hampayam_version SET version = $1", len(UPGRADES.upgrades) - 1)
        await head.execute("UPDATE leases SET schema = schema - 1")
        with pytest.raises(StartError, match="stop all of them"):
            await Store(url, ["rubika"], several=True).open()
        await head.execute("UPDATE hampayam_version SET version = $1", len(UPGRADES.upgrades))


async def test_processes_that_start_together_make_the_tables_once(url: str) -> None:
    stores = [Store(url, [role], several=True) for role in ("head", "bale", "rubika", "soroush")]
    await asyncio.gather(*(store.open() for store in stores))
    for store in stores:
        assert await store.setting("nothing") is None
        await store.close()
