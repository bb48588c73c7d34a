"""What many tests need: a database of either kind, and a Synapse that starts quickly.

The servers are started by the first test that asks, and only then. Their fixtures are not coroutines, so they
belong to no test's event loop.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.sandbox.postgres import Postgres
from bridge.sandbox.synapse import Synapse
from bridge.store import Store

signal.signal(signal.SIGINT, signal.default_int_handler)
"""A run in the background ignores it, and so would the programs that tests start and interrupt."""


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL for the whole run; tests take databases of their own from it."""
    server = Postgres()
    try:
        asyncio.run(server.start())
        yield server
    finally:
        asyncio.run(server.discard())


@pytest.fixture(scope="session")
def synapse_template(pytestconfig: pytest.Config) -> Path:
    """For `Synapse(folder, template=synapse_template)`; kept between runs in pytest's cache folder."""
    return asyncio.run(Synapse.template(pytestconfig.cache.mkdir("synapse")))


_TABLES = "with_our_tables"


@pytest.fixture(scope="session")
def sqlite_with_our_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tables") / f"{_TABLES}.db"
    asyncio.run(_make_tables(_sqlite(path)))
    return path


@pytest.fixture(scope="session")
def postgres_with_our_tables(postgres: Postgres) -> str:
    asyncio.run(_make_tables(asyncio.run(postgres.create_database(_TABLES))))
    return _TABLES


async def _make_tables(address: str) -> None:
    store = Store(address)
    await store.open()
    await store.close()


def _sqlite(path: Path) -> str:
    return f"sqlite:///{path.absolute().as_posix().lstrip('/')}"


@pytest.fixture(params=["sqlite", "postgres"])
def tables_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database of our own that has our tables, and nothing in them; each test runs on both kinds."""
    if request.param == "sqlite":
        path = tmp_path / "bridge.db"
        shutil.copy(request.getfixturevalue("sqlite_with_our_tables"), path)
        yield _sqlite(path)
        return
    template = request.getfixturevalue("postgres_with_our_tables")
    server: Postgres = request.getfixturevalue("postgres")
    address = asyncio.run(server.create_database(template=template))
    try:
        yield address
    finally:
        asyncio.run(server.drop_database(address))


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database of our own, as mautrix's async_db takes it; each test runs on both
    kinds."""
    if request.param == "sqlite":
        yield _sqlite(tmp_path / "bridge.db")
        return
    server: Postgres = request.getfixturevalue("postgres")
    address = asyncio.run(server.create_database())
    try:
        yield address
    finally:
        asyncio.run(server.drop_database(address))
