from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
from pathlib import Path

import asyncpg
import psutil
import pytest
from mautrix.util.async_db import Database, UpgradeTable

from bridge.sandbox.postgres import Postgres, PostgresMissing, find_programs
from bridge.sandbox.processes import ChildFailed, PortInUse

NOWHERE = "/nowhere"
AS_ROOT = os.geteuid() == 0


def wheel_programs() -> Path:
    """The programs of the Python package, as somebody finds them who has no PostgreSQL installed."""
    try:
        return find_programs(NOWHERE)
    except PostgresMissing as missing:
        pytest.skip(str(missing))


async def run(dsn: str, *statements: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def value(dsn: str, query: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_a_server_starts_and_gives_a_database(postgres: Postgres) -> None:
    dsn = await postgres.create_database()
    assert dsn.startswith("postgres://")
    await run(dsn, "CREATE TABLE said (text TEXT)", "INSERT INTO said VALUES ('سلام')")
    assert await value(dsn, "SELECT text FROM said") == "سلام"
    await postgres.drop_database(dsn)
    await postgres.drop_database(dsn)
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await value(dsn, "SELECT 1")


async def test_the_server_never_runs_as_root(postgres: Postgres) -> None:
    assert psutil.Process(postgres.pid).uids().effective != 0


async def test_every_database_made_from_a_template_is_its_own(postgres: Postgres) -> None:
    template = await postgres.create_database("schema_1")
    await run(template, "CREATE TABLE said (text TEXT)", "INSERT INTO said VALUES ('hello')")
    first = await postgres.create_database(template="schema_1")
    second = await postgres.create_database(template="schema_1")
    await run(first, "DELETE FROM said")
    assert await value(first, "SELECT count(*) FROM said") == 0
    assert await value(second, "SELECT count(*) FROM said") == 1
    for dsn in (first, second, "schema_1"):
        await postgres.drop_database(dsn)


async def test_a_database_in_use_can_be_dropped(postgres: Postgres) -> None:
    dsn = await postgres.create_database()
    connection = await asyncpg.connect(dsn)
    await postgres.drop_database(dsn)
    with pytest.raises((asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.AdminShutdownError)):
        await connection.execute("SELECT 1")
    await connection.close()


async def test_what_is_no_database_name_is_refused(postgres: Postgres) -> None:
    with pytest.raises(ValueError, match="not a database name"):
        await postgres.create_database('x"; DROP DATABASE postgres; --')


def test_the_address_suits_libpq_too(postgres: Postgres) -> None:
    psql = find_programs() / "psql"
    program = shutil.which(psql) or shutil.which("psql")
    if program is None:
        pytest.skip("no psql here")
    asked = subprocess.run(
        [program, postgres.dsn("postgres"), "-Atc", "SELECT 6 * 7"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert asked.stdout == "42\n"


async def test_a_wrong_password_opens_nothing(postgres: Postgres) -> None:
    user, _, place = postgres.dsn("postgres").rpartition("@")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(f"{user}x@{place}")


async def test_what_was_committed_survives_a_kill() -> None:
    async with Postgres() as server:
        port = server.port
        dsn = await server.create_database()
        await run(dsn, "CREATE TABLE said (number INTEGER)")
        expected = 0
        for _ in range(3):
            connection = await asyncpg.connect(dsn)
            for _ in range(50):
                await connection.execute("INSERT INTO said VALUES ($1)", expected)
                expected += 1
            await server.kill()
            connection.terminate()
            with pytest.raises(ChildFailed, match="not running"):
                _ = server.pid
            await server.start()
            assert server.port == port
            assert await value(dsn, "SELECT count(*) FROM said") == expected


async def test_a_stopped_server_keeps_its_data_and_a_discarded_one_nothing() -> None:
    server = Postgres()
    try:
        await server.start()
        folder = server.log_path.parent
        dsn = await server.create_database()
        await run(dsn, "CREATE TABLE said (text TEXT)")
        await server.stop()
        await server.start()
        assert await value(dsn, "SELECT count(*) FROM said") == 0
    finally:
        await server.discard()
    assert not folder.exists()
    await server.discard()


async def test_a_statement_that_fails_leaves_no_words_in_the_log(postgres: Postgres) -> None:
    dsn = await postgres.create_database()
    await run(dsn, "CREATE TABLE said (text TEXT PRIMARY KEY)", "INSERT INTO said VALUES ('a secret')")
    with pytest.raises(asyncpg.UniqueViolationError):
        await run(dsn, "INSERT INTO said VALUES ('a secret')")
    log = postgres.log_path.read_text()
    assert "duplicate key" in log
    assert "a secret" not in log
    await postgres.drop_database(dsn)


async def test_a_port_in_use_is_told_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = Postgres(port=taken.getsockname()[1])
        with pytest.raises(PortInUse, match="PostgreSQL cannot use port"):
            await server.start()
        await server.discard()


async def test_a_setting_that_does_not_exist_is_told_in_words() -> None:
    server = Postgres(settings={"fsink": "off"})
    with pytest.raises(ChildFailed, match='unrecognized configuration parameter "fsink"'):
        await server.start()
    await server.discard()


async def test_the_python_package_is_used_where_nothing_is_installed() -> None:
    async with Postgres(programs=wheel_programs()) as server:
        dsn = await server.create_database()
        assert str(await value(dsn, "SHOW server_version")).partition(".")[0] >= "15"


@pytest.mark.skipif(not AS_ROOT, reason="only root has to start it as somebody else")
def test_the_python_package_is_used_out_of_a_closed_folder(tmp_path: Path) -> None:
    original = wheel_programs().parent
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    package = original.parent
    shutil.copytree(original, closed / package.name / original.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(libraries, closed / libraries.name, symlinks=True)

    async def start() -> None:
        async with Postgres(programs=closed / package.name / original.name / "bin") as server:
            assert await value(server.dsn("postgres"), "SELECT 1") == 1

    asyncio.run(start())


@pytest.mark.skipif(not AS_ROOT, reason="only root has to start it as somebody else")
def test_programs_that_the_server_user_cannot_reach_are_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(PostgresMissing, match="cannot be entered by the system user"):
        asyncio.run(Postgres(programs=tmp_path).start())


def test_one_server_serves_several_event_loops(postgres: Postgres) -> None:
    for _ in range(2):
        dsn = asyncio.run(postgres.create_database())
        assert asyncio.run(value(dsn, "SELECT 1")) == 1
        asyncio.run(postgres.drop_database(dsn))


@pytest.mark.parametrize("time", ["first", "second"])
async def test_a_test_gets_an_empty_database_of_either_kind(database_url: str, time: str) -> None:
    database = Database.create(database_url, upgrade_table=UpgradeTable(), owner_name="test")
    await database.start()
    try:
        await database.execute("CREATE TABLE said (text TEXT)")  # fails if the first test's were still there
        await database.execute("INSERT INTO said VALUES ($1)", "سلام")
        assert await database.fetchval("SELECT text FROM said") == "سلام"
    finally:
        await database.stop()
