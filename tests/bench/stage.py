"""What stands around a measurement: simulators, homeservers and the bridge, each a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import os
import secrets
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import aiohttp
import asyncpg

from bridge.config_loading import load_config
from bridge.matrix.registration import make_registration
from bridge.platforms import PLATFORMS
from bridge.sandbox.control import Control, NewBot
from bridge.sandbox.processes import Child, free_port
from tests.bench.bare import PEOPLE

ROOT = Path(__file__).parents[2]
Tell = Callable[[str], None]

OPERATOR = "@operator:localhost"

UNSETTLED = """SELECT
    (SELECT COUNT(*) FROM portal WHERE state NOT IN ('open', 'closed')) + (SELECT COUNT(*) FROM inbox)
    + (SELECT COUNT(*) FROM notice) + (SELECT COUNT(*) FROM task WHERE NOT done)
    + (SELECT COUNT(*) FROM message WHERE state IN ('routed', 'placed'))
    + (SELECT COUNT(*) FROM copy WHERE state <> 'sent')"""


class Homeserver(Protocol):
    """Synapse, or the fake."""

    @property
    def url(self) -> str: ...

    @property
    def pid(self) -> int: ...


def program(name: str, arguments: Sequence[str], folder: Path, *flags: str, code: Path = ROOT) -> Child:
    """A Python module of ours as a child process; its output is in `folder`/`name`.log. `code`: where it lies."""
    command = [sys.executable, *flags, "-m", *arguments]
    return Child(name, command, folder / f"{name}.log", folder=folder, environment={"PYTHONPATH": str(code)})


class Fake:
    """The fake homeserver."""

    def __init__(self, folder: Path, port: int, registrations: Sequence[Path]) -> None:
        self.port = port
        self._child = program(
            "fakehs", ["tests.bench.fakehs", "--port", str(self.port), *map(str, registrations)], folder
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        return self._child.pid

    async def start(self) -> None:
        self._child.start()
        await self._child.until(lambda: answers(f"{self.url}/_matrix/client/versions"), within=20)

    async def stop(self) -> None:
        await self._child.stop()

    async def asked(self) -> dict[str, int]:
        """Requests until now, by what they were for."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}/_bench/asked") as answer:
            return dict(json.loads(await answer.read()))


async def answers(url: str) -> bool:
    try:
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


@dataclass(frozen=True)
class Side:
    """A simulated platform with our bot and some people on it."""

    platform: str
    url: str
    control: Control
    bot: NewBot
    people: tuple[str, ...]

    @property
    def login(self) -> str:
        """As the bridge calls it."""
        return f"{self.platform}:{self.bot.id}"

    async def group(self, title: str) -> str:
        chat = await self.control.chats("group", title, creator=self.people[0])
        for person in self.people[1:]:
            await self.control.members(chat, person)
        await self.control.members(chat, self.bot.id, "admin")
        return chat


@contextlib.asynccontextmanager
async def sides(folder: Path, platforms: Sequence[str]) -> AsyncIterator[dict[str, Side]]:
    """Simulators in processes of their own."""
    async with contextlib.AsyncExitStack() as stack:
        made: dict[str, Side] = {}
        for platform in dict.fromkeys(platforms):
            child = program(platform, [f"bridge.platforms.{platform}.simulator"], folder)
            child.start()
            stack.push_async_callback(child.stop)
            await child.until(lambda child=child: _printed(child), within=20)  # type: ignore[misc]
            where = json.loads(child.log_path.read_text().splitlines()[-1])
            control = await stack.enter_async_context(Control(where["control_url"]))
            bot = await control.bots("Hampayam", f"hampayam_{platform}_bot")
            people = [await control.people(name) for name in ("سارا", "رضا", "مینا")[:PEOPLE]]
            made[platform] = Side(platform, where["url"] + own_path(platform), control, bot, tuple(people))
        yield made


def own_path(platform: str) -> str:
    """What stands behind the host in the platform's own address, such as /v3."""
    default = next(field.default for field in dataclasses.fields(PLATFORMS[platform].settings) if field.name == "url")
    return urlsplit(str(default)).path


async def _printed(child: Child) -> bool:
    return child.log_path.exists() and child.log_path.read_text().endswith("}\n")


@dataclass(frozen=True)
class Start:
    """Seconds from the start of the process: until it answers that it lives, until it says that it is ready."""

    live: float
    ready: float


class Bridge:
    """One bridge process with a configuration and a database of its own."""

    def __init__(
        self,
        folder: Path,
        homeserver_url: str,
        sides: Mapping[str, Side],
        database: str,
        *flags: str,
        code: Path = ROOT,
    ) -> None:
        """`database` is an address as async_db takes it; `flags` are given to the Python interpreter; `code` is where
        the bridge lies that is run."""
        self._code = code
        self._folder = folder
        self.database = database
        self.port = free_port()
        self._platforms = len(sides)
        self._log_start = 0
        self._began = 0.0
        self.config_path = folder / "config.yaml"
        registration = folder / "hampayam.yaml"
        config = {
            "homeserver": {"url": homeserver_url, "domain": "localhost"},
            "appservice": {"listen": f"127.0.0.1:{self.port}", "registration": str(registration)},
            "database": database,
            "secret": secrets.token_hex(32),
            "permissions": {"localhost": "user", OPERATOR: "admin"},
            "platforms": {side.platform: {"token": side.bot.token, "url": side.url} for side in sides.values()},
        }
        if code == ROOT:  # an earlier bridge knows no quota; few people say everything here
            config["waiting"] = {"sender_per_minute": 0}
        self.config_path.write_text(json.dumps(config))
        settings = {name: platform.settings for name, platform in PLATFORMS.items()}
        registration.write_text(make_registration(load_config(self.config_path, settings, {})))
        self.registration_path = registration
        self._child = program("bridge", ["bridge", "--config", str(self.config_path), "run"], folder, *flags, code=code)

    @property
    def pid(self) -> int:
        return self._child.pid

    async def tie(self, pairs: Sequence[tuple[tuple[Side, str], tuple[Side, str]]]) -> None:
        """Before the start: see `tie.py`."""
        rooms = [[[side.login, chat, side.platform] for side, chat in pair] for pair in pairs]
        tie = await asyncio.create_subprocess_exec(
            sys.executable,
            str(ROOT / "tests/bench/tie.py"),
            self.database,
            stdin=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(self._code)},
        )
        await tie.communicate(json.dumps(rooms).encode())
        if tie.returncode:
            raise RuntimeError(f"the rooms were not tied: {tie.returncode}")

    async def start(self) -> Start:
        self._log_start = self._child.log_path.stat().st_size if self._child.log_path.exists() else 0
        self._began = began = time.perf_counter()
        self._child.start()
        seen: dict[str, float] = {}
        async with aiohttp.ClientSession() as session:
            while len(seen) < 2:
                if not self._child.running:
                    await self._child.until(_never, within=0)
                if "live" not in seen and await _lives(session, f"http://127.0.0.1:{self.port}/_hampayam/live"):
                    seen["live"] = time.perf_counter() - began
                if "ready" not in seen and b"ready: " in self._log():
                    seen["ready"] = time.perf_counter() - began
                await asyncio.sleep(0.002)
                if time.perf_counter() - began > 60:
                    raise TimeoutError("the bridge is not ready." + self._child.last_words())
        return Start(seen["live"], seen["ready"])

    def since_start(self) -> float:
        """Seconds since the process was started."""
        return time.perf_counter() - self._began

    def _log(self) -> bytes:
        """What this run has written until now."""
        with self._child.log_path.open("rb") as log:
            log.seek(self._log_start)
            return log.read()

    async def running(self) -> None:
        """Wait until it has found every platform."""
        async with asyncio.timeout(30):
            while self._log().count(b": running as ") < self._platforms:  # noqa: ASYNC110 (a log cannot be awaited)
                await asyncio.sleep(0.01)

    async def stop(self) -> None:
        await self._child.stop()

    async def waiting(self) -> int:
        """How many copies are not sent yet."""
        books = Books(self.database)
        try:
            return await books.number("SELECT COUNT(*) FROM copy WHERE state <> 'sent'")
        finally:
            await books.close()

    async def settled(self) -> None:
        """Wait until nothing is under way: every portal open, every queue empty, every copy sent."""
        books = Books(self.database)
        try:
            async with asyncio.timeout(180):
                while await books.number(UNSETTLED):
                    if not self._child.running:
                        await self._child.until(_never, within=0)
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise TimeoutError("the bridge does not settle." + self._child.last_words()) from None
        finally:
            await books.close()


async def _never() -> bool:
    return False


async def _lives(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


class Books:
    """The bridge's database, read from outside."""

    def __init__(self, database: str) -> None:
        self._database = database
        self._file: sqlite3.Connection | None = None
        self._server: asyncpg.Connection | None = None
        if database.startswith("sqlite"):
            self._file = sqlite3.connect(f"file:{sqlite_path(database)}?mode=ro", uri=True)

    async def number(self, query: str) -> int:
        if self._file is not None:
            return int(self._file.execute(query).fetchone()[0])
        if self._server is None:
            self._server = await asyncpg.connect(self._database)
        return int(await self._server.fetchval(query))

    async def close(self) -> None:
        if self._file is not None:
            self._file.close()
        if self._server is not None:
            await self._server.close()


def sqlite_path(database: str) -> str:
    return database.removeprefix("sqlite://")


def sqlite(folder: Path) -> str:
    """The address of a database file in a folder."""
    return f"sqlite://{os.path.abspath(folder)}/hampayam.db"
