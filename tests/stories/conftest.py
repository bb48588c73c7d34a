"""Worlds for the stories: the whole bridge between four messengers and a real Synapse.

Most stories share one world and bring their own groups. Everything that people said in it is looked for in the
bridge's log and database when the last story is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from bridge.sandbox.conversation import Conversation
from bridge.sandbox.postgres import Postgres
from bridge.sandbox.world import World

TALKATIVE = {"logging": {"level": "debug"}}


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def world(tmp_path_factory: pytest.TempPathFactory, synapse_template: Path) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("stories") / "world"
    async with World(folder, template=synapse_template, config=TALKATIVE) as world:
        yield world
        await nothing_that_people_said_was_kept(world)


@pytest.fixture(scope="package")
def postgres_database(postgres: Postgres) -> Iterator[str]:
    address = asyncio.run(postgres.create_database())
    yield address
    asyncio.run(postgres.drop_database(address))


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def postgres_world(
    tmp_path_factory: pytest.TempPathFactory, synapse_template: Path, postgres_database: str
) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("stories-postgres") / "world"
    async with World(folder, template=synapse_template, database=postgres_database, config=TALKATIVE) as world:
        yield world
        await nothing_that_people_said_was_kept(world)


@pytest.fixture(params=["sqlite", "postgres"])
def either_world(request: pytest.FixtureRequest) -> World:
    """The story is told on both databases."""
    found: World = request.getfixturevalue("world" if request.param == "sqlite" else "postgres_world")
    return found


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def sqlite_family(world: World) -> Conversation:
    return await everybody(world)


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def postgres_family(postgres_world: World) -> Conversation:
    return await everybody(postgres_world)


@pytest.fixture(params=["sqlite", "postgres"])
def family(request: pytest.FixtureRequest) -> Conversation:
    """All four messengers and Mina on Matrix in one room, for the stories that only talk in it. On both databases."""
    found: Conversation = request.getfixturevalue(f"{request.param}_family")
    return found


async def everybody(world: World) -> Conversation:
    mina = await world.matrix_manager("mina")
    shared = await world.share("خانواده", *world.messengers, host=mina)
    conversation = Conversation(world, shared, mina)
    await conversation.introduce("rubika", "رضا")
    await conversation.rename("مینا")
    return conversation


async def nothing_that_people_said_was_kept(world: World) -> None:
    """Neither in a log line nor in the database, be it plain, escaped as JSON does it, or in hexadecimal digits."""
    await world.settled()
    said = {text for text in world.everything_said() if len(text) >= 8}
    assert said, "nothing was said, so nothing was shown"
    log, books = world.bridge_log().encode(), await world.books.everything()
    assert books, "the database was not read"
    for text in said:
        words = text[:200]
        for form in (words.encode(), words.encode("unicode_escape"), words.encode().hex().encode()):
            assert form not in log, "the bridge wrote what somebody said into its log"
            assert form not in books, "the bridge keeps what somebody said in its database"
