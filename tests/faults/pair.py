"""Two bridges on one database behind one address, for tests and for the bench."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp

from bridge.sandbox.processes import Child
from bridge.sandbox.world import PREFIX, World

WITHIN_S = 60.0


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
