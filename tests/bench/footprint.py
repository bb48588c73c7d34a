"""(d) What the bridge needs before anybody speaks: memory, and time from start to ready, also with a million ghosts."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
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
    """Each statement is an INSERT … SELECT … FROM n, and its number how many rows `n` has: their `i` is 1, 2, 3 …"""
    if database.startswith("sqlite"):
        await asyncio.to_thread(_fill_file, sqlite_path(database), statements)
    else:
        await _fill_server(database, statements)


async def _fill_server(database: str, statements: Sequence[tuple[str, int]]) -> None:
    connection = await asyncpg.connect(database)
    try:
        for statement, count in statements:
            series = f"(SELECT generate_series(1, {count}) AS i) AS n"
            await connection.execute(statement.replace("FROM n", f"FROM {series}"), timeout=600)
        await connection.execute("VACUUM ANALYZE", timeout=600)
    finally:
        await connection.close()


def _fill_file(path: str, statements: Sequence[tuple[str, int]]) -> None:
    with contextlib.closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA synchronous = OFF")
        file.execute("PRAGMA cache_size = -200000")
        for statement, count in statements:
            table, _, rest = statement.partition(") SELECT ")
            series = f"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
            file.execute(f"{table}) {series} SELECT {rest}")
        file.commit()
