"""The README's first command, as somebody runs it: in a process of its own."""

from __future__ import annotations

import asyncio
import io
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from bridge.sandbox.demo import ACCOUNTS, SCRIPT, Words, link, report, talk
from bridge.sandbox.screen import Screen
from bridge.sandbox.world import World

WITHIN_S = 90.0


class Run:
    """`python -m bridge …` and what it writes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.output = ""

    async def until(self, words: str) -> None:
        assert self.process.stdout is not None
        async with asyncio.timeout(WITHIN_S):
            while words not in self.output:
                line = await self.process.stdout.readline()
                assert line, self.output
                self.output += line.decode()

    async def end(self) -> int:
        assert self.process.stdout is not None
        async with asyncio.timeout(WITHIN_S):
            self.output += (await self.process.stdout.read()).decode()
            return await self.process.wait()


async def run(*arguments: str | Path) -> Run:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bridge", *map(str, arguments)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "FORCE_COLOR": "1"},
    )
    return Run(process)


def family_of(process: Run) -> list[psutil.Process]:
    return psutil.Process(process.process.pid).children(recursive=True)


def gone(processes: list[psutil.Process]) -> bool:
    return not [process for process in processes if process.is_running() and process.status() != "zombie"]


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Run]:
    started = await run("demo", "--folder", tmp_path / "demo")
    yield started
    if started.process.returncode is None:
        started.process.kill()
        await started.process.wait()


async def test_people_on_five_apps_talk_and_it_ends_with_zero_because_everything_arrived(demo: Run) -> None:
    await demo.until("linked: Rubika · Bale · Soroush Plus · Eitaa · Matrix")
    children = family_of(demo)
    assert len(children) >= 2  # Synapse and the bridge
    assert await demo.end() == 0, demo.output
    assert gone(children)
    said = [words.text for together in SCRIPT for words in together]
    for text in said:
        line = demo.output.partition(f": {text}\n")[2].partition("\n")[0]
        assert len(re.findall(r"\d+ ms", line)) == 4, text
    assert len(said) >= 12
    assert f"All {len(said)} messages arrived everywhere, exactly once and in order" in demo.output
    assert demo.output.count(f"{len(said)} of {len(said)}") == 5
    assert "\x1b" not in demo.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_whoever_ends_it_early_finds_nothing_left_running(demo: Run, number: signal.Signals) -> None:
    await demo.until("bridge: ready")
    children = family_of(demo)
    assert len(children) >= 2
    demo.process.send_signal(number)
    assert await demo.end() != 0
    assert gone(children)
    assert "Traceback" not in demo.output


async def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    started = await run("demo", "--folder", tmp_path)
    assert await started.end() == 1
    assert "not an empty folder" in started.output
    assert os.listdir(tmp_path) == ["precious"]


async def test_a_demo_in_which_something_is_lost_says_what_and_ends_with_one(
    tmp_path: Path, synapse_template: Path
) -> None:
    out = io.StringIO()
    async with World(tmp_path / "world", accounts=ACCOUNTS, template=synapse_template) as world:
        conversation = await link(world, Screen(out))
        await world["bale"].control.fault("status", method="sendMessage", status=400, html=False)
        script = [[Words("rubika", "این یکی به بله نمی‌رسد")], [Words("rubika", "این یکی به همه می‌رسد")]]
        delays = await talk(conversation, Screen(out), script, patience=2)
        await world.settled()
        assert report(await conversation.findings(), delays, Screen(out)) == 1
    assert "Bale did not arrive" in out.getvalue()
    assert "Bale: missing: این یکی به بله نمی‌رسد" in out.getvalue()
    assert "Not every message arrived everywhere exactly once and in order." in out.getvalue()
    assert out.getvalue().count("این یکی به همه می‌رسد") == 1
