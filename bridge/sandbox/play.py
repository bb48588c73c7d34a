"""`make sandbox`: the demo's world, left running, with a prompt to speak as anybody on any app.

`sandbox.json` in its folder has the address, token and control URL of everything that was started, so that any other
client can be pointed at it. The folder is made anew at each start.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bridge.sandbox.chatter import HELP, Chatter, NotUnderstood
from bridge.sandbox.demo import ACCOUNTS, ended_by, link
from bridge.sandbox.processes import ChildFailed
from bridge.sandbox.screen import BOLD, DIM, RED, Screen
from bridge.sandbox.sharing import NotLinked
from bridge.sandbox.world import DOMAIN, World

PROMPT = "> "


async def sandbox(folder: Path) -> int:
    """Runs until `quit`, Ctrl-C or SIGTERM. Without a terminal nobody is asked; it runs until SIGTERM."""
    screen = Screen()
    try:
        with ended_by(signal.SIGTERM), _own(folder) as here:
            return await _sandbox(here, screen)
    except asyncio.CancelledError:
        return 0  # told to end by SIGTERM or Ctrl-C
    except (ChildFailed, NotLinked, TimeoutError, OSError) as error:
        screen.line(screen.painted(str(error), RED))
        return 1


@contextlib.contextmanager
def _own(folder: Path) -> Iterator[Path]:
    """The folder, empty and ours alone. Raises OSError when it is in use, or holds what we have not made."""
    here = folder.absolute()
    lock_path = here / "lock"
    if here.exists() and any(here.iterdir()) and not lock_path.exists():
        raise FileExistsError(f"{folder} has something in it that no sandbox has made: name another folder")
    here.mkdir(parents=True, exist_ok=True)
    with lock_path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise FileExistsError(f"another sandbox is running in {folder}") from None
        for old in here.iterdir():
            if old.is_dir() and not old.is_symlink():
                shutil.rmtree(old)
            elif old != lock_path:
                old.unlink()
        yield here


async def _sandbox(here: Path, screen: Screen) -> int:
    screen.line(screen.painted("Hampayam · هم‌پیام", BOLD) + ": a sandbox")
    screen.line()
    async with World(here, accounts=ACCOUNTS, on_progress=screen.step) as world:
        conversation = await link(world, screen)
        write_down(world, here / "sandbox.json")
        screen.line(f"Everything's addresses and tokens are in {here / 'sandbox.json'}")
        asked = sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()
        chatter = Chatter(conversation, (lambda text: _above_the_prompt(screen, text)) if asked else screen.line)
        try:
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(chatter.watch())
                if asked:
                    screen.line(HELP)
                    await _ask(chatter, screen, here)
                else:
                    screen.line("Running until SIGTERM (there is no terminal to ask).")
                    await asyncio.Event().wait()
                watching.cancel()
        finally:
            (here / "sandbox.json").unlink()
            screen.line(screen.painted("stopping everything", DIM))
    return 0


def _above_the_prompt(screen: Screen, text: str) -> None:
    screen.line(f"\r\x1b[K{text}")
    print(PROMPT, end="", flush=True)


async def _ask(chatter: Chatter, screen: Screen, here: Path) -> None:
    """Until `quit`, or the end of the input."""
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    with _typed(lines):
        while True:
            print(f"\r\x1b[K{PROMPT}", end="", flush=True)
            line = await lines.get()
            if line is None or line.strip() in ("quit", "exit"):
                return
            try:
                await chatter.obey(line)
            except (NotUnderstood, NotLinked, TimeoutError) as error:
                screen.line(screen.painted(str(error), RED))
            write_down(chatter.world, here / "sandbox.json")


@contextlib.contextmanager
def _typed(lines: asyncio.Queue[str | None]) -> Iterator[None]:
    """Whole lines from the terminal, as they are typed; None at its end."""
    loop, typed = asyncio.get_running_loop(), bytearray()

    def read() -> None:
        data = os.read(sys.stdin.fileno(), 4096)
        typed.extend(data)
        while b"\n" in typed:
            line, _, rest = bytes(typed).partition(b"\n")
            typed[:] = rest
            lines.put_nowait(line.decode(errors="replace"))
        if not data:
            lines.put_nowait(None)
            loop.remove_reader(sys.stdin.fileno())

    loop.add_reader(sys.stdin.fileno(), read)
    try:
        yield
    finally:
        loop.remove_reader(sys.stdin.fileno())


def write_down(world: World, path: Path) -> None:
    """Readable by its owner alone, since it has every token; whole at any moment."""
    fresh = path.with_suffix(".new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(described(world), file, ensure_ascii=False, indent=2)
    fresh.replace(path)


def described(world: World) -> dict[str, Any]:
    """What another program needs in order to take part in this world."""
    account = world.operator_account
    assert account is not None
    return {
        "homeserver": {
            "url": world.synapse.url,
            "server_name": DOMAIN,
            "bridge_bot": world.bot,
            "admin": {
                "mxid": account.mxid,
                "password": world.operator_password,
                "access_token": account.access_token,
                "management_room": world.operator.room,
            },
            "people": {
                name: {"mxid": account.mxid, "access_token": account.access_token}
                for name, account in world.accounts.items()
            },
            "config": str(world.folder / "homeserver" / "homeserver.yaml"),
            "log": str(world.synapse.log_path),
        },
        "bridge": {
            "url": f"http://127.0.0.1:{world.port}",
            "config": str(world.config_path),
            "registration": str(world.registration_path),
            "log": str(world.log_path),
            "pid": world.bridge_pid if world.bridge_running else None,
        },
        "platforms": {
            name: {
                "url": messenger.url,
                "control_url": messenger.control.url,
                "bot": {
                    "id": messenger.bot.id,
                    "token": messenger.bot.token,
                    "username": messenger.bot.username,
                },
                "people": messenger.people,
                "groups": [
                    {"id": group.id, "title": group.title, "username": group.username}
                    for group in messenger.groups.values()
                ],
            }
            for name, messenger in world.messengers.items()
        },
    }
