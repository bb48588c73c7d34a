"""The sandbox: the same world, left running, for other programs and for somebody at a prompt."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from bridge.sandbox.control import Control

WITHIN_S = 60.0


def start(folder: Path, terminal: int | None = None) -> subprocess.Popen[bytes]:
    there = subprocess.DEVNULL if terminal is None else terminal
    out = (folder.parent / "output").open("ab") if terminal is None else None
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "bridge", "sandbox", "--folder", str(folder)],
            stdin=there,
            stdout=out if out is not None else there,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    finally:
        if out is not None:
            out.close()


async def ended(process: subprocess.Popen[bytes]) -> int:
    return await asyncio.to_thread(process.wait, WITHIN_S)


async def described(folder: Path, process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """What sandbox.json says, once it is there."""
    path = folder / "sandbox.json"
    async with asyncio.timeout(WITHIN_S):
        while not path.exists():
            assert process.poll() is None, (folder.parent / "output").read_text()
            await asyncio.sleep(0.05)
    found: dict[str, Any] = json.loads(path.read_text())
    return found


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[tuple[Path, subprocess.Popen[bytes]]]:
    process = start(tmp_path / "sandbox")
    yield tmp_path / "sandbox", process
    process.kill()
    await ended(process)


async def test_without_a_terminal_it_runs_until_it_is_told_to_end_and_tells_where_everything_is(
    sandbox: tuple[Path, subprocess.Popen[bytes]],
) -> None:
    folder, process = sandbox
    world = await described(folder, process)
    assert (folder / "sandbox.json").stat().st_mode & 0o077 == 0
    children = psutil.Process(process.pid).children(recursive=True)
    async with aiohttp.ClientSession() as session:
        admin = world["homeserver"]["admin"]
        whoami = f"{world['homeserver']['url']}/_matrix/client/v3/account/whoami"
        async with session.get(whoami, headers={"Authorization": f"Bearer {admin['access_token']}"}) as answer:
            assert (await answer.json())["user_id"] == admin["mxid"] == "@admin:localhost"
        bale = world["platforms"]["bale"]
        async with session.post(f"{bale['url']}/bot{bale['bot']['token']}/getMe") as answer:
            assert str((await answer.json())["result"]["id"]) == bale["bot"]["id"]
        async with session.get(world["bridge"]["url"] + "/_hampayam/live") as answer:
            assert answer.status == 200
    for name in ("rubika", "bale", "soroush", "eitaa"):
        async with Control(world["platforms"][name]["control_url"]) as hand:
            [group] = world["platforms"][name]["groups"]
            assert group["id"] in [chat["id"] for chat in (await hand.state())["chats"]]
    async with Control(bale["control_url"]) as hand, Control(world["platforms"]["rubika"]["control_url"]) as other:
        [here], [there] = bale["groups"], world["platforms"]["rubika"]["groups"]
        await hand.say(here["id"], bale["people"]["سارا"], "از بیرون می‌گویم")
        heard: list[str] = []
        while not any("از بیرون می‌گویم" in text for text in heard):
            fresh = await other.transcript(there["id"], after=len(heard), wait=10)
            assert fresh
            heard += [seen.text for seen in fresh]
    for file in ("config", "registration", "log"):
        assert world["bridge"][file].startswith(f"{folder}/")
        assert world["bridge"][file].rpartition("/")[2] in os.listdir(folder)

    second = start(folder)
    assert await ended(second) == 1
    assert "another sandbox is running" in (folder.parent / "output").read_text()

    process.send_signal(signal.SIGTERM)
    assert await ended(process) == 0
    assert not [child for child in children if child.is_running() and child.status() != "zombie"]
    assert not (folder / "sandbox.json").exists()
    again = start(folder)
    assert (await described(folder, again))["platforms"]["bale"]["bot"]["token"] != bale["bot"]["token"]
    again.send_signal(signal.SIGINT)
    assert await ended(again) == 0


async def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "precious").write_text("mine")
    assert await ended(start(folder)) == 1
    assert "no sandbox has made" in (tmp_path / "output").read_text()
    assert os.listdir(folder) == ["precious"]


class Terminal:
    """A terminal with a program in it, and what stands there."""

    def __init__(self) -> None:
        self.ours, self.theirs = pty.openpty()
        self.shown = ""
        self._news = asyncio.Event()
        os.set_blocking(self.ours, False)
        asyncio.get_running_loop().add_reader(self.ours, self._read)

    def _read(self) -> None:
        try:
            data = os.read(self.ours, 65536)
        except OSError:  # the program has ended
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self.ours)
        self.shown += data.decode(errors="replace")
        self._news.set()

    async def until(self, *words: str) -> None:
        async with asyncio.timeout(WITHIN_S):
            while not all(word in self.shown for word in words):
                await self._news.wait()
                self._news.clear()

    async def types(self, line: str, *until: str) -> str:
        """Types a line and waits for all these words; returns what is new."""
        before = len(self.shown)
        os.write(self.ours, f"{line}\n".encode())
        async with asyncio.timeout(WITHIN_S):
            while not all(word in self.shown[before:] for word in until):
                await self._news.wait()
                self._news.clear()
        return self.shown[before:]

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self.ours)
        os.close(self.ours)


async def test_at_the_prompt_one_speaks_as_anybody_and_sees_where_it_arrives(tmp_path: Path) -> None:
    terminal = Terminal()
    process = start(tmp_path / "sandbox", terminal.theirs)
    os.close(terminal.theirs)
    try:
        await terminal.until("quit", "> ")
        await terminal.types("bale سارا: سلام به همه", "#1 rubika   سارا · بله: سلام به همه", "#1 eitaa", "#1 matrix")
        await terminal.types("soroush کامران >1: علیک سلام", "#2 bale     کامران · سروش پلاس: علیک سلام", "#2 matrix")
        await terminal.types("matrix: من هم هستم", "#3 soroush  مینا · ماتریکس: من هم هستم", "#3 rubika")
        await terminal.types("bale سارا: /version", "bale     Hampayam")
        await terminal.types("admin: status", "روبیکا")
        await terminal.types("people", "soroush: سهراب, کامران")
        await terminal.types("groups", "«کوه Bale»")
        await terminal.types("log", "hampayam: ready")
        await terminal.types("dance", "not understood: dance")
        await terminal.types("bale: سلام", "who says that?")
        await terminal.types("bale سارا >99: سلام", "there is no #99")
        await terminal.types("eitaa علی >1: من هم", "#4 bale     علی · ایتا: من هم", "#4 matrix")
        await terminal.types("link دومی", "what is said now is said in «دومی»")
        await terminal.types("bale سارا: در گروه دوم", "#5 rubika", "#5 matrix")
        os.write(terminal.ours, b"quit\n")
        assert await ended(process) == 0
    finally:
        process.kill()
        terminal.close()
        await ended(process)
