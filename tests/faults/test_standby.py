"""A second bridge waits beside the first, behind one address, and takes over: when the first is killed, and when it is
stopped without dying, which it notices when it goes on."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bridge.sandbox.conversation import Conversation
from bridge.sandbox.postgres import Postgres
from bridge.sandbox.processes import Child, free_port
from bridge.sandbox.verdict import MATRIX
from bridge.sandbox.world import PREFIX, World

TAKES_OVER_S = 10.0
WITHIN_S = 60.0
SLOW_S = 0.3
"""A platform works for so long on a send, so that some are under way when a bridge stops."""


class Gate:
    """The one address: passes what comes to whichever bridge says that it is alive, as a load balancer does."""

    def __init__(self, port: int, backends: list[int]) -> None:
        self._port = port
        self._backends = backends
        self.target: int | None = None
        self._pipes: set[asyncio.StreamWriter] = set()

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Gate]:
        server = await asyncio.start_server(self._pass, "127.0.0.1", self._port)
        looking = asyncio.create_task(self._look())
        try:
            yield self
        finally:
            looking.cancel()
            self._cut()
            server.close()

    async def _look(self) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.5)) as session:
            while True:
                alive = [port for port in self._backends if await self._alive(session, port)]
                if self.target not in alive:
                    self.target = alive[0] if alive else None
                    self._cut()
                await asyncio.sleep(0.1)

    @staticmethod
    async def _alive(session: aiohttp.ClientSession, port: int) -> bool:
        try:
            async with session.get(f"http://127.0.0.1:{port}/_hampayam/live") as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    def _cut(self) -> None:
        for pipe in self._pipes:
            pipe.transport.abort()
        self._pipes.clear()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self.target is None:
                return
            there, onward = await asyncio.open_connection("127.0.0.1", self.target)
            self._pipes |= {writer, onward}
            await asyncio.gather(_pump(reader, onward), _pump(there, writer))
        except OSError:
            pass
        finally:
            writer.transport.abort()


async def _pump(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await source.read(65536):
            to.write(piece)
            await to.drain()
        to.close()


class Pair:
    """Two bridges on one database."""

    def __init__(self, world: World, folder: Path, gate: Gate, ports: list[int]) -> None:
        self.gate = gate
        self.ports = ports
        self._world = world
        self.bridges = {port: self._bridge(folder, port) for port in ports}

    def _bridge(self, folder: Path, port: int) -> Child:
        config = self._world.folder / f"config-{port}.yaml"
        mine = {
            "listen": f"127.0.0.1:{port}",
            "url": f"http://127.0.0.1:{self._world.port}",
            "registration": self._world.registration_path.name,
            "prefix": PREFIX,
        }
        self._world.write_config(config, appservice=mine)
        program: list[str | Path] = [sys.executable, "-m", "bridge", "--config", config, "run", "--standby"]
        return Child("a bridge", program, folder / f"bridge-{port}.log", folder=self._world.folder)

    @property
    def holder(self) -> Child:
        assert self.gate.target is not None
        return self.bridges[self.gate.target]

    async def held_by(self, port: int) -> None:
        async with asyncio.timeout(WITHIN_S):
            while self.gate.target != port:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def waits(self, port: int, times: int = 1) -> None:
        """Until a bridge has said that it waits."""
        log = self.bridges[port].log_path
        async with asyncio.timeout(WITHIN_S):
            while not log.exists() or log.read_text().count("waiting to take over") < times:  # noqa: ASYNC110
                await asyncio.sleep(0.05)


@pytest.fixture
async def talk(tmp_path: Path, synapse_template: Path, postgres: Postgres) -> AsyncIterator[Conversation]:
    database = await postgres.create_database()
    async with World(
        tmp_path / "world", platforms=("bale", "rubika"), template=synapse_template, database=database
    ) as world:
        mina = await world.matrix_manager("mina")
        conversation = Conversation(world, await world.share("دو پل", *world.messengers, host=mina), mina)
        await conversation.introduce("rubika", "رضا")
        await conversation.rename("مینا")
        yield conversation
    await postgres.drop_database(database)


@pytest.fixture
async def pair(tmp_path: Path, talk: Conversation) -> AsyncIterator[Pair]:
    world = talk.world
    await world.bridge_stop()
    for messenger in world.messengers.values():
        await messenger.control.fault("slow", method="sendMessage", seconds=SLOW_S, times=None)
    ports = [free_port(), free_port()]
    async with Gate(world.port, ports).open() as gate:
        made = Pair(world, tmp_path, gate, ports)
        try:
            made.bridges[ports[0]].start()
            await made.held_by(ports[0])
            made.bridges[ports[1]].start()
            await made.waits(ports[1])
            yield made
        finally:
            for bridge in made.bridges.values():
                await bridge.kill()


async def chatters(talk: Conversation, enough: asyncio.Event) -> None:
    number = 0
    while not enough.is_set():
        number += 1
        for place, name in (("bale", "سارا"), ("rubika", "رضا"), (MATRIX, "مینا")):
            await talk.says(place, name, f"{name} می‌گوید {number}")
        await asyncio.sleep(0.2)


async def all_is_well(talk: Conversation) -> None:
    """Nothing is lost, doubled or out of order but what is called `unknown`."""
    await talk.world.settled(timeout=90)
    copies = await talk.world.books.copies()
    assert {copy.state for copy in copies} <= {"sent", "unknown"}
    texts = {event.event_id: event.body for event in await talk.host_messages()}
    unknown = {(copy.platform, texts[copy.event_id]) for copy in copies if copy.state == "unknown"}
    print(f"{len(copies)} copies, {len(unknown)} in doubt")
    for place, finding in (await talk.findings()).items():
        assert finding.repeated == (), place
        assert finding.misplaced == (), place
        assert finding.strange == (), place
        assert {text for text in finding.missing if (place, text) not in unknown} == set(), place


async def test_the_second_bridge_takes_over_when_the_first_is_killed(talk: Conversation, pair: Pair) -> None:
    enough = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(chatters(talk, enough))
        for _ in range(3):
            first, second = pair.ports if pair.holder is pair.bridges[pair.ports[0]] else reversed(pair.ports)
            await asyncio.sleep(0.7)
            began = time.monotonic()
            await pair.bridges[first].kill()
            await pair.held_by(second)
            assert time.monotonic() - began < TAKES_OVER_S
            waited = pair.bridges[first].log_path.read_text().count("waiting to take over")
            pair.bridges[first].start()
            await pair.waits(first, waited + 1)
        enough.set()
    await all_is_well(talk)


async def test_a_bridge_that_was_stopped_for_a_while_doubles_nothing_when_it_goes_on(
    talk: Conversation, pair: Pair
) -> None:
    enough = asyncio.Event()
    first, second = pair.ports
    async with asyncio.TaskGroup() as group:
        group.create_task(chatters(talk, enough))
        await asyncio.sleep(0.7)
        began = time.monotonic()
        os.kill(pair.bridges[first].pid, signal.SIGSTOP)
        await pair.held_by(second)
        assert time.monotonic() - began < TAKES_OVER_S
        os.kill(pair.bridges[first].pid, signal.SIGCONT)
        await pair.waits(first)
        enough.set()
    assert pair.gate.target == second
    await all_is_well(talk)
