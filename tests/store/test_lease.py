"""One bridge works on a PostgreSQL database, and the next one knows when it may."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from bridge.errors import StartError
from bridge.sandbox.postgres import Postgres
from bridge.store import Store
from bridge.store.lease import HEAD, LASTS_S, Lease, LeaseLost


@pytest.fixture
async def url(postgres: Postgres) -> AsyncIterator[str]:
    address = await postgres.create_database()
    yield address
    await postgres.drop_database(address)


async def backends(url: str, condition: str = "TRUE") -> list[int]:
    """The connections to a database, without the one that asks."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            f"AND {condition}"
        )
    finally:
        await connection.close()
    return [row[0] for row in rows]


async def end(url: str, pids: list[int]) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.executemany("SELECT pg_terminate_backend($1)", [(pid,) for pid in pids])
    finally:
        await connection.close()


async def test_the_second_waits_and_follows_at_once_when_the_first_is_gone(url: str) -> None:
    first, second, waited = Lease(url), Lease(url), asyncio.Event()
    await first.take()
    with pytest.raises(StartError, match="run this one with --standby"):
        await second.take()
    following = asyncio.create_task(second.take(waited.set))
    await waited.wait()
    assert not following.done()
    assert not second.held
    await first.close()
    await following
    assert second.held
    assert not first.held
    await second.close()


async def test_a_connection_that_broke_is_made_again_and_the_lease_kept(url: str) -> None:
    lease = Lease(url)
    await lease.take()
    keeping = asyncio.create_task(lease.keep())
    before = await backends(url)
    await end(url, before)
    while not await backends(url) or await backends(url) == before:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    while not await backends(url, "query LIKE 'UPDATE lease%'"):  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    assert not keeping.done()
    assert lease.held
    with pytest.raises(StartError):
        await Lease(url).take()
    keeping.cancel()
    await lease.close()


async def test_a_bridge_that_sleeps_is_followed_and_finds_out_before_it_sends(url: str) -> None:
    """It does not renew, as if it were stopped, while its connection stands."""
    now = 100.0
    sleeper, follower = Lease(url, lambda: now), Lease(url)
    await sleeper.take()
    awake = asyncio.create_task(sleeper.keep())
    while not await backends(url, "query LIKE 'UPDATE lease%'"):  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    awake.cancel()
    began = asyncio.get_running_loop().time()
    await follower.take(lambda: None)
    took = asyncio.get_running_loop().time() - began
    assert LASTS_S - 0.5 <= took < 10
    assert sleeper.held, "its clock stands still here"
    now += LASTS_S
    assert not sleeper.held
    with pytest.raises(LeaseLost):
        await asyncio.wait_for(sleeper.keep(), 30)
    assert follower.held
    await sleeper.close()
    await follower.close()


async def test_a_server_that_is_away_is_waited_for() -> None:
    """That it cannot be reached is no reason to stop: nobody else can have taken what is not there."""
    async with Postgres() as server:
        url = await server.create_database()
        lease = Lease(url)
        await lease.take()
        keeping = asyncio.create_task(lease.keep())
        for gone in (server.stop, server.kill):
            await gone()
            while lease.held:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            assert not keeping.done()
            await server.start()
            while not lease.held:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        keeping.cancel()
        await lease.close()


async def test_each_role_is_had_by_one_and_whoever_wants_all_waits_for_all(url: str) -> None:
    head, bale = Lease(url), Lease(url, roles=["bale"])
    whole = Lease(url, roles=[HEAD, "bale", "rubika"])
    await head.take()
    await bale.take()
    with pytest.raises(StartError, match="bale"):
        await Lease(url, roles=["bale"]).take()
    with pytest.raises(StartError):
        await whole.take()
    waited = asyncio.Event()
    following = asyncio.create_task(whole.take(waited.set))
    await waited.wait()
    rubika = Lease(url, roles=["rubika"])
    await rubika.take()  # what waits for all keeps none from others
    for lease in (head, bale):
        await lease.close()
    with pytest.raises(StartError):
        await Lease(url, roles=[HEAD, "bale", "rubika"]).take()
    assert not following.done()
    await rubika.close()
    await following
    for role in (HEAD, "bale", "rubika"):
        with pytest.raises(StartError):
            await Lease(url, roles=[role]).take()
    keeping = asyncio.create_task(whole.keep())
    await end(url, await backends(url, "query LIKE '%leases%'"))
    while not await backends(url, "query LIKE 'UPDATE lease%'"):  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    assert not keeping.done()
    keeping.cancel()
    await whole.close()


async def test_who_sleeps_with_one_role_loses_that_one(url: str) -> None:
    sleeper, other = Lease(url, roles=["bale"]), Lease(url)
    await sleeper.take()
    await other.take()
    keeping = asyncio.create_task(other.keep())
    follower = Lease(url, roles=["bale"])
    await follower.take(lambda: None)
    with pytest.raises(LeaseLost):
        await asyncio.wait_for(sleeper.keep(), 30)
    assert other.held
    assert not keeping.done()
    keeping.cancel()
    for lease in (sleeper, follower, other):
        await lease.close()


async def test_sqlite_has_no_standby(tmp_path: object) -> None:
    with pytest.raises(StartError, match="needs PostgreSQL"):
        await Store(f"sqlite:///{tmp_path}/bridge.db").open(lambda: None)


async def test_sqlite_belongs_to_one_process(tmp_path: object) -> None:
    with pytest.raises(StartError, match="--platform needs PostgreSQL"):
        await Store(f"sqlite:///{tmp_path}/bridge.db", ["bale"], several=True).open()
