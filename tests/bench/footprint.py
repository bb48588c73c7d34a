"""(d) What the bridge needs before anybody speaks: memory, and time from start to ready, also with a million ghosts."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import asyncpg
import psutil

from bridge.platforms import PLATFORMS
from bridge.sandbox.processes import free_port
from bridge.store import Store
from tests.bench.figures import Finding
from tests.bench.own import MEGABYTES_TARGET, postgres
from tests.bench.plan import Run
from tests.bench.stage import Books, Bridge, Fake, Side, sides, sqlite, sqlite_path

SECONDS_TARGET = 2.0
FIRST_TARGET = 1.0
AT_WORK_TARGET = 120.0
"""Megabytes while as much is sent as can be."""
GOING_S = 5.0
FIRST = "SELECT COUNT(*) FROM copy WHERE id <= 100 AND state = 'sent'"
AGAIN = (
    ("DELETE FROM copy_part", 0),
    ("UPDATE copy SET state = 'queued', parts = 0, part = 0, doubt = FALSE, digest = NULL, reason = NULL", 0),
    ("UPDATE portal SET trouble = NULL WHERE trouble IS NOT NULL", 0),
    ("DELETE FROM notice", 0),
)
"""What waited waits again."""


async def measure(run: Run) -> None:
    async with postgres() as server:
        for kind in ("SQLite", "PostgreSQL"):
            folder = run.place(f"footprint-{kind.lower()}")
            database = sqlite(folder) if kind == "SQLite" else await server.create_database()
            async with sides(folder, list(PLATFORMS)) as platforms:
                port = free_port()
                bridge = Bridge(folder, f"http://127.0.0.1:{port}", platforms, database)
                fake = Fake(folder, port, [bridge.registration_path])
                await fake.start()
                try:
                    run.tell(f"(d) {kind}, empty")
                    await look(run, kind, "empty", bridge, folder)
                    run.tell(f"(d) {kind}: making {run.size.ghosts:,} ghosts and {run.size.portals:,} portals")
                    await fill(database, run.size.ghosts, run.size.portals, platforms)
                    full = f"{run.size.ghosts:,} ghosts, {run.size.portals:,} portals"
                    await look(run, kind, full, bridge, folder)
                    run.tell(f"(d) {kind}: making {run.size.queued:,} copies that wait")
                    await wait_in_queue(database, run.size.queued, run.size.portals // 2, list(platforms.values())[1])
                    await wake(run, kind, f"{full}, {run.size.queued:,} queued copies", bridge, database)
                finally:
                    await fake.stop()


async def look(run: Run, kind: str, filling: str, bridge: Bridge, folder: Path) -> None:
    """The first start is not counted: it makes the tables, or finds the files on a cold disk."""
    live, ready, resident = [], [], []
    for number in range(run.size.starts + 1):
        start = await bridge.start()
        try:
            await bridge.running()
            if number:
                live.append(start.live)
                ready.append(start.ready)
                resident.append(psutil.Process(bridge.pid).memory_info().rss / 1e6)
        finally:
            await bridge.stop()
    finding = Finding(f"(d) Start and memory, {kind}, {filling}")
    finding.add("process start → answers that it lives", "s", live)
    finding.judge(finding.add("process start → ready", "s", ready), "under", SECONDS_TARGET)
    finding.judge(finding.add("resident memory, platforms running", "MB", resident), "under", MEGABYTES_TARGET)
    run.found(finding)


async def wake(run: Run, kind: str, filling: str, bridge: Bridge, database: str) -> None:
    """What waits begins to go out at once, and only as much of it is in memory as is under way."""
    sent, at_first, later = [], [], []
    for number in range(run.size.starts + 1):
        await insert(database, AGAIN)
        start = await bridge.start()
        try:
            books = Books(database)
            try:
                async with asyncio.timeout(60):
                    while not await books.number(FIRST):  # noqa: ASYNC110 (a database cannot be awaited)
                        await asyncio.sleep(0.005)
            finally:
                await books.close()
            seconds = bridge.since_start()
            process = psutil.Process(bridge.pid)
            first = process.memory_info().rss / 1e6
            await asyncio.sleep(GOING_S)
            if number:
                sent.append(seconds - start.ready)
                at_first.append(first)
                later.append(process.memory_info().rss / 1e6)
        finally:
            await bridge.stop()
    finding = Finding(f"(d) What waits goes out, {kind}, {filling}")
    finding.judge(finding.add("ready → first copy sent", "s", sent), "under", FIRST_TARGET)
    finding.add("resident memory at the first", "MB", at_first)
    finding.judge(finding.add(f"resident memory {GOING_S:.0f} s later", "MB", later), "under", AT_WORK_TARGET)
    run.found(finding)


async def wait_in_queue(database: str, count: int, rooms: int, side: Side) -> None:
    """A message in each of the first rooms, which waits for the second chat there. The first hundred chats exist."""
    groups = [await side.group(f"waits {number}") for number in range(1, 101)]
    await insert(
        database,
        [
            *(
                (f"UPDATE portal SET chat = '{group}' WHERE id = {rooms + number}", 0)
                for number, group in enumerate(groups, 1)
            ),
            (
                "INSERT INTO message (id, kind, version, room, sender, event_id, state, said_at) SELECT i, "
                "'message', '', i, '@sara:localhost', '$waiting' || CAST(i AS TEXT), 'accepted', "
                f"{int(time.time() * 1000)} FROM n",
                count,
            ),
            (
                "INSERT INTO copy (id, message, portal, event_id, state, parts, part, doubt) SELECT i, i, "
                f"{rooms} + i, '$waiting' || CAST(i AS TEXT), 'queued', 0, 0, FALSE FROM n",
                count,
            ),
        ],
    )


async def fill(database: str, ghosts: int, portals: int, platforms: Mapping[str, Side]) -> None:
    """Rooms of two open portals each, and ghosts that are in one."""
    store = Store(database)  # makes the tables
    await store.open()
    await store.close()
    first, second = list(platforms.values())[:2]
    rooms = portals // 2
    statements = [
        (
            "INSERT INTO room (id, mxid, title, steward, state) SELECT i, '!room' || CAST(i AS TEXT), 'room', "
            f"'@hampayam_{first.platform}.steward1:localhost', 'live' FROM n",
            rooms,
        ),
        *(
            (
                "INSERT INTO portal (id, login, chat, platform, kind, title, room, state, heard_at, made_at) SELECT "
                f"{number} * {rooms} + i, '{side.login}', '{number}-' || CAST(i AS TEXT), '{side.platform}', 'group', "
                "'group', i, 'open', 1, 1 FROM n",
                rooms,
            )
            for number, side in enumerate((first, second))
        ),
        (
            "INSERT INTO ghost (mxid, platform, remote_id, name, registered) SELECT "
            f"'@hampayam_{first.platform}_' || CAST(i AS TEXT) || ':localhost', '{first.platform}', CAST(i AS TEXT), "
            "'person ' || CAST(i AS TEXT), TRUE FROM n",
            ghosts,
        ),
        (
            f"INSERT INTO ghost_room (mxid, portal, name) SELECT '@hampayam_{first.platform}_' || CAST(i AS TEXT) || "
            f"':localhost', i % {rooms} + 1, 'person ' || CAST(i AS TEXT) FROM n",
            ghosts,
        ),
    ]
    await insert(database, statements)
    books = Books(database)
    try:
        found = await books.number("SELECT COUNT(*) FROM ghost"), await books.number("SELECT COUNT(*) FROM portal")
    finally:
        await books.close()
    if found != (ghosts, portals):
        raise ValueError(f"made {found} ghosts and portals instead of {(ghosts, portals)}")


async def insert(database: str, statements: Sequence[tuple[str, int]]) -> None:
    """Each statement is an INSERT … SELECT … FROM n, and its number how many rows `n` has: their `i` is 1, 2, 3 … (0:
    it is any other, as it stands)."""
    if database.startswith("sqlite"):
        await asyncio.to_thread(_fill_file, sqlite_path(database), statements)
    else:
        await _fill_server(database, statements)


async def _fill_server(database: str, statements: Sequence[tuple[str, int]]) -> None:
    connection = await asyncpg.connect(database)
    try:
        for statement, count in statements:
            series = f"(SELECT generate_series(1, {count}) AS i) AS n"
            query = statement.replace("FROM n", f"FROM {series}") if count else statement
            await connection.execute(query, timeout=600)
        await connection.execute("VACUUM ANALYZE", timeout=600)
    finally:
        await connection.close()


def _fill_file(path: str, statements: Sequence[tuple[str, int]]) -> None:
    with contextlib.closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA synchronous = OFF")
        file.execute("PRAGMA cache_size = -200000")
        for statement, count in statements:
            if not count:
                file.execute(statement)
                continue
            table, _, rest = statement.partition(") SELECT ")
            series = f"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
            file.execute(f"{table}) {series} SELECT {rest}")
        file.commit()
