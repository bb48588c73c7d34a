"""The program as an operator meets it: started as a process, with what goes wrong on the first day."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from bridge.platforms.bale.simulator import BaleSimulator
from bridge.sandbox.control import Control
from bridge.sandbox.postgres import Postgres
from bridge.sandbox.processes import free_port
from bridge.sandbox.synapse import Synapse

CONFIG = """
homeserver:
  url: {homeserver}
  domain: localhost
appservice:
  listen: 127.0.0.1:{port}
database: {database}
secret: {secret}
permissions:
  "@admin:localhost": admin
platforms:
  bale:
    token: "{token}"
    url: {bale}
    poll_timeout_seconds: 1
"""


@dataclass
class Desk:
    """A folder with a config, and the program to try it with."""

    folder: Path
    homeserver: str = "http://127.0.0.1:9"
    bale: str = "http://127.0.0.1:9"
    token: str = "1:nobody"
    database: str = "sqlite:bridge.db"
    port: int = 0

    def write(self, extra: str = "") -> None:
        self.port = self.port or free_port()
        text = CONFIG.format(
            homeserver=self.homeserver,
            port=self.port,
            database=self.database,
            secret=secrets.token_hex(32),
            token=self.token,
            bale=self.bale,
        )
        (self.folder / "config.yaml").write_text(text + extra, encoding="utf-8")

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("HAMPAYAM_")}
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bridge",
            "--config",
            str(self.folder / "config.yaml"),
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
        )

    async def says(self, *arguments: str) -> tuple[int | None, str]:
        """Run to the end: (exit code, everything it printed)."""
        process = await self.start(*arguments)
        out, err = await asyncio.wait_for(process.communicate(), 60)
        text = (out + err).decode()
        assert "Traceback" not in text
        return process.returncode, text

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """The bridge, from when it answers on its port."""
        process = await self.start("run")
        try:
            async with aiohttp.ClientSession() as http, asyncio.timeout(30):
                while True:
                    assert process.returncode is None, (await process.communicate())[1].decode()
                    with contextlib.suppress(aiohttp.ClientConnectionError):
                        async with http.get(f"http://127.0.0.1:{self.port}/_hampayam/live") as answer:
                            if answer.status == 200:
                                break
                    await asyncio.sleep(0.02)
            yield process
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.communicate(), 30)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


async def test_a_typing_mistake_in_the_config_is_shown_with_its_line_and_a_suggestion(desk: Desk) -> None:
    desk.write("    tokn: abc\n")
    code, text = await desk.says("run")
    assert code == 2
    assert "config.yaml:" in text
    assert "platforms.bale.tokn" in text
    assert "did you mean" in text


async def test_a_missing_registration_is_said_with_the_command_that_makes_one(desk: Desk) -> None:
    desk.write()
    code, text = await desk.says("run")
    assert code == 2
    assert "registration" in text


async def test_a_registration_is_written_once_and_not_overwritten_by_mistake(desk: Desk) -> None:
    desk.write()
    code, text = await desk.says("registration")
    assert code == 0
    assert "app_service_config_files" in text
    before = (desk.folder / "registration.yaml").read_bytes()
    code, text = await desk.says("registration")
    assert code == 2
    assert "--force" in text
    assert (desk.folder / "registration.yaml").read_bytes() == before
    code, _ = await desk.says("registration", "--force")
    assert code == 0
    assert (desk.folder / "registration.yaml").read_bytes() != before


async def test_a_port_in_use_is_said_in_words(desk: Desk) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        desk.port = taken.getsockname()[1]
        desk.write()
        await desk.says("registration")
        code, text = await desk.says("run")
    assert code == 1
    assert f"cannot listen on 127.0.0.1:{desk.port}" in text


async def test_a_second_bridge_on_the_same_database_is_refused(desk: Desk, database_url: str) -> None:
    desk.database = database_url
    desk.write()
    await desk.says("registration")
    async with desk.running():
        other = Desk(desk.folder, database=database_url)
        other.write()
        await other.says("registration", "--force")
        code, text = await other.says("run")
    assert code == 1
    assert "another bridge is running on this database" in text


async def test_a_process_of_a_platform_needs_a_server_and_a_platform_that_is_enabled(desk: Desk) -> None:
    desk.write()
    await desk.says("registration")
    for part in ("bale", "none"):
        code, text = await desk.says("run", "--platform", part)
        assert code == 1
        assert "--platform needs PostgreSQL" in text
    code, text = await desk.says("run", "--platform", "rubika")
    assert code == 1
    assert "rubika is not enabled (platforms.rubika)" in text
    code, text = await desk.says("run", "--platform", "telegram")
    assert code == 2
    assert "none" in text


async def test_a_database_of_a_newer_version_is_left_alone(desk: Desk, database_url: str) -> None:
    desk.database = database_url
    desk.write()
    await desk.says("registration")
    async with desk.running():
        pass
    newer = "UPDATE hampayam_version SET version = version + 1"
    if database_url.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(database_url.removeprefix("sqlite://"))) as database:
            database.execute(newer)
            database.commit()
    else:
        connection = await asyncpg.connect(database_url)
        await connection.execute(newer)
        await connection.close()
    code, text = await desk.says("run")
    assert code == 1
    assert "newer version" in text


async def test_a_stop_is_clean_and_quick(desk: Desk) -> None:
    desk.write()
    await desk.says("registration")
    async with desk.running() as process:
        process.send_signal(signal.SIGTERM)
        _, err = await asyncio.wait_for(process.communicate(), 15)
        assert process.returncode == 0
        assert b"Traceback" not in err


async def test_an_unreachable_database_server_is_said_without_its_password(desk: Desk) -> None:
    desk.database = f"postgres://someone:very-secret-word@127.0.0.1:{free_port()}/hampayam"
    desk.write()
    await desk.says("registration")
    code, text = await desk.says("run")
    assert code == 1
    assert "the database cannot be opened" in text
    assert "very-secret-word" not in text


async def test_check_says_what_is_wrong_and_where(desk: Desk) -> None:
    desk.write()
    await desk.says("registration")
    code, text = await desk.says("check")
    assert code == 1
    assert "✗ bale" in text
    assert "platforms.bale.token" in text
    assert "✗ homeserver.url" in text


async def test_check_finds_all_well(desk: Desk, synapse_template: Path, postgres: Postgres) -> None:
    async with BaleSimulator() as bale, Control(bale.control_url) as hand:
        bot = await hand.bots("پل", "poolbot")
        desk.bale, desk.token = bale.url, bot.token
        desk.database = await postgres.create_database()
        synapse = Synapse(desk.folder / "synapse", port=free_port(), template=synapse_template)
        desk.homeserver = f"http://127.0.0.1:{synapse.url.rpartition(':')[2]}"
        desk.write()
        await desk.says("registration")
        async with synapse:
            code, text = await desk.says("check")
            assert code == 1
            assert "app_service_config_files" in text, "Synapse was not told of the registration yet"
            await synapse.stop()
            synapse.registrations = [desk.folder / "registration.yaml"]
            await synapse.start()
            code, text = await desk.says("check")
            admin, mina = await synapse.register("boss", admin=True), await synapse.register("mina")
            tried = {}
            for token in (admin.access_token, mina.access_token, "nonsense"):
                desk.write(f"people:\n  admin_token: {token}\n")
                tried[token] = await desk.says("check")
                assert token not in tried[token][1]
        assert "people.admin_token is an administrator's" in tried[admin.access_token][1]
        assert "✗ people.admin_token: it is a user's who is no administrator" in tried[mina.access_token][1]
        assert "✗ people.admin_token: the homeserver does not know it" in tried["nonsense"][1]
        assert [code for code, _ in tried.values()] == [0, 1, 1]
        assert "@poolbot" in text
        assert "reaches us" in text
        assert "✗" not in text
        assert code == 0
