from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from bridge.sandbox.processes import Child, ChildFailed, PortInUse, check_port, free_port

# Programs that start something on a leash, print its process id (and a folder to clean up), and wait to be
# killed.
SLEEP = """
from bridge.sandbox.processes import Child

async def begin(folder):
    log = folder / "log"
    child = Child("sleeper", ["sh", "-c", "echo begun; exec sleep 1000"], log, folder=folder)
    child.start()

    async def begun():
        return "begun" in log.read_text()

    await child.until(begun, within=10)
    return child.pid, folder
"""
POSTGRES = """
from bridge.sandbox.postgres import Postgres

async def begin(folder):
    server = Postgres()
    await server.start()
    return server.pid, server.log_path.parent
"""
SYNAPSE = """
from bridge.sandbox.synapse import Synapse

async def begin(folder):
    server = Synapse(folder / "homeserver")
    await server.start()
    return server.pid, folder
"""
WAIT = """
import asyncio, pathlib, sys

async def main():
    print(*await begin(pathlib.Path(sys.argv[1])), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def alive(process: psutil.Process) -> bool:
    """Not even as a zombie that nobody has buried yet."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


async def ended(process: psutil.Process, within: float = 10) -> None:
    until = time.monotonic() + within
    while alive(process):
        assert time.monotonic() < until, f"{process} lives on"
        await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def parent(script: str, *arguments: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, list[str]]]:
    """A Python process that runs `script`, and the words of the first line that it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, *arguments, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(60):
            words = (await process.stdout.readline()).decode().split()
        yield process, words
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def sleeper(folder: Path) -> Child:
    return Child("sleeper", ["sleep", "1000"], folder / "log", folder=folder)


async def never() -> bool:
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has died")
@pytest.mark.parametrize("begin", [SLEEP, POSTGRES, SYNAPSE], ids=["sleep", "postgres", "synapse"])
async def test_a_child_dies_when_its_parent_is_killed(tmp_path: Path, begin: str) -> None:
    async with parent(begin + WAIT, str(tmp_path)) as (process, words):
        family = [psutil.Process(int(words[0]))]
        family += family[0].children(recursive=True)
        assert all(alive(member) for member in family)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        try:
            for member in family:
                await ended(member)
        finally:
            for member in filter(alive, family):
                member.kill()
            shutil.rmtree(words[1])


async def test_a_child_that_ends_at_start_leaves_its_last_words(tmp_path: Path) -> None:
    command = ["sh", "-c", "echo the disk is full >&2; exit 3"]
    child = Child("server", command, tmp_path / "log", folder=tmp_path)
    child.start()
    with pytest.raises(ChildFailed, match=r"server ended by itself \(exit code 3\)(?s:.)*the disk is full"):
        await child.until(never, within=10)


async def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    child = Child("server", ["/no/such/program"], tmp_path / "log", folder=tmp_path)
    child.start()
    with pytest.raises(ChildFailed, match="cannot run /no/such/program: No such file"):
        await child.until(never, within=10)


async def test_a_child_that_does_not_get_ready_is_ended(tmp_path: Path) -> None:
    child = sleeper(tmp_path)
    child.start()
    process = psutil.Process(child.pid)
    with pytest.raises(ChildFailed, match="not ready after"):
        await child.until(never, within=0.1)
    assert not alive(process)
    assert not child.running


async def test_a_child_that_ignores_the_request_to_end_is_killed(tmp_path: Path) -> None:
    command = ["sh", "-c", "trap '' TERM; echo deaf; while true; do sleep 0.05; done"]
    child = Child("deaf", command, tmp_path / "log", folder=tmp_path)
    child.start()

    async def said_so() -> bool:
        return "deaf" in (tmp_path / "log").read_text()

    await child.until(said_so, within=10)
    process = psutil.Process(child.pid)
    await child.stop(within=0.2)
    assert not alive(process)


async def test_a_kill_waits_for_the_children_of_the_child(tmp_path: Path) -> None:
    child = Child("family", ["sh", "-c", "sleep 0.5 & wait"], tmp_path / "log", folder=tmp_path)
    child.start()
    process = psutil.Process(child.pid)

    async def has_children() -> bool:
        return [one.name() for one in process.children()] == ["sleep"]

    await child.until(has_children, within=10)
    (grandchild,) = process.children()
    await child.kill()
    assert not alive(grandchild)


def test_a_child_outlives_the_event_loop_that_started_it(tmp_path: Path) -> None:
    child = sleeper(tmp_path)

    async def start() -> None:
        child.start()

    asyncio.run(start())
    assert child.running
    asyncio.run(child.stop())
    assert not child.running
    asyncio.run(child.stop())


async def test_stopping_leaves_no_open_file_behind(tmp_path: Path) -> None:
    before = os.listdir("/dev/fd")
    for _ in range(3):
        child = sleeper(tmp_path)
        child.start()
        await child.stop()
    assert len(os.listdir("/dev/fd")) == len(before)


def test_a_port_that_somebody_uses_is_told_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=f"Synapse cannot use port {port} .*another program listens there"):
            check_port(port, "Synapse")
    check_port(free_port(), "Synapse")
