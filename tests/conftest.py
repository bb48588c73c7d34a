"""What many tests need: a database of either kind, and a Synapse that starts quickly.

The servers are started by the first test that asks, and only then. Their fixtures are not coroutines, so they
belong to no test's event loop.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.sandbox.postgres import Postgres
from bridge.sandbox.synapse import Synapse

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


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database of our own, as mautrix's async_db takes it; each test runs on both
    kinds."""
    if request.param == "sqlite":
        yield f"sqlite:///{(tmp_path / 'bridge.db').absolute().as_posix().lstrip('/')}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    address = asyncio.run(server.create_database())
    try:
        yield address
    finally:
        asyncio.run(server.drop_database(address))
