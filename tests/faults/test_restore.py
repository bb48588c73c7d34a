"""The bridge goes on from a backup that is older than what it did: nothing comes twice, what is in doubt is said."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.sandbox.conversation import Conversation
from bridge.sandbox.postgres import find_programs
from bridge.sandbox.verdict import lines_of_chat
from bridge.sandbox.world import World


@pytest.fixture
async def talk(tmp_path: Path, synapse_template: Path, database_url: str) -> AsyncIterator[Conversation]:
    database = database_url if database_url.startswith("postgres") else None
    platforms = ("bale", "rubika")
    async with World(tmp_path / "world", platforms=platforms, template=synapse_template, database=database) as world:
        yield Conversation(world, await world.share("پشتیبان", *platforms), None)


def client_program(name: str) -> Path:
    """Of PostgreSQL's client programs, which not everybody has who has the server."""
    found = (find_programs() / "initdb").resolve().parent / name
    if not found.exists():
        pytest.skip(f"there is no {name} beside the PostgreSQL server")
    return found


async def dump(world: World, into: Path) -> None:
    """As `docs/operations.md` says, while the bridge runs."""
    if world.database.startswith("postgres"):
        await run(client_program("pg_dump"), "--format=custom", f"--file={into}", world.database)
        return

    def copy() -> None:
        with contextlib.closing(sqlite3.connect(world.folder / "hampayam.db")) as file:
            file.execute("VACUUM INTO ?", (str(into),))

    await asyncio.to_thread(copy)


async def restore(world: World, dumped: Path) -> None:
    if world.database.startswith("postgres"):
        await run(client_program("pg_restore"), "--clean", "--if-exists", f"--dbname={world.database}", dumped)
        return
    for file in world.folder.glob("hampayam.db*"):
        file.unlink()
    shutil.copy(dumped, world.folder / "hampayam.db")


async def run(program: Path | str, *arguments: Path | str) -> str:
    done = await asyncio.to_thread(
        subprocess.run, [program, *arguments], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


async def test_a_restored_bridge_sends_nothing_twice_and_says_what_is_in_doubt(
    talk: Conversation, tmp_path: Path
) -> None:
    world = talk.world
    await talk.says("bale", "سارا", "یک")
    await talk.arrivals("یک")
    await world.settled()
    await world["rubika"].control.fault("slow", method="sendMessage", seconds=1.0, times=None)
    for body in ("دو", "سه", "چهار"):
        await talk.says("bale", "سارا", body)
    async with asyncio.timeout(20):
        while len([copy for copy in await world.books.copies() if copy.state in ("queued", "sending")]) < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    dumped = tmp_path / "dumped"
    await dump(world, dumped)
    await world["rubika"].control.clear_faults()
    await world.settled(timeout=60)
    await talk.says("bale", "سارا", "پنج")
    await talk.arrivals("پنج")
    await talk.says("rubika", "رضا", "شش")
    await talk.arrivals("شش")
    await world.settled()

    await world.bridge_stop()
    await restore(world, dumped)
    told = await run(sys.executable, "-m", "bridge", "--config", world.config_path, "restored")
    assert told.startswith("3 copies that waited in the backup are called unknown; 1 chats")
    await world.bridge_start()
    await world.running()
    await talk.says("bale", "سارا", "هفت")
    await talk.arrivals("هفت")
    await talk.says("rubika", "رضا", "هشت")
    await talk.arrivals("هشت")
    await world.settled(timeout=60)

    for place, bodies in {"rubika": "یک دو سه چهار پنج هفت", "bale": "شش هشت"}.items():
        lines = lines_of_chat(await world[place].transcript(talk.shared.groups[place]))
        assert [line.text for line in lines if line.label is not None] == bodies.split(), place
    states = [(copy.state, copy.reason) for copy in await world.books.copies()]
    assert states.count(("unknown", "restored")) == 3
    transcript = await world["bale"].transcript(talk.shared.groups["bale"])
    assert sum("از یک پشتیبان برگردانده شد" in line.text for line in transcript) == 1


async def test_it_is_not_said_while_a_bridge_runs(talk: Conversation) -> None:
    command = [sys.executable, "-m", "bridge", "--config", str(talk.world.config_path), "restored"]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "another bridge is running on this database" in done.stderr
