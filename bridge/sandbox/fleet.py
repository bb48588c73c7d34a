"""The bridge as child processes: one for everything, or a head and one for each platform."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path

from bridge.sandbox.processes import Child, ChildFailed

HEAD = "none"
"""Names the process of what belongs to no platform, as the command line does."""

IN_SEVERAL = "HAMPAYAM_PROCESSES"
"""The environment variable that, being 1, makes every world one of several processes."""


def in_several() -> bool:
    return os.environ.get(IN_SEVERAL) == "1"


PROGRAM: Sequence[str | Path] = (sys.executable, "-m", "bridge")
"""What starts a bridge."""


class Fleet:
    """The bridge's processes by name: "" for one that is everything, else `HEAD` and the platforms. They share a log.
    What is said of the bridge is said of all of them. `program` starts one; `apart` are the platforms with a process of
    their own."""

    def __init__(self, program: Sequence[str | Path], config_path: Path, log_path: Path, apart: Sequence[str]) -> None:
        self.several = bool(apart)
        parts = (HEAD, *apart) if apart else ("",)
        # Empty is as good as not set: the caller's own tokens must not get into this bridge.
        nothing = {key: "" for key in os.environ if key.startswith("HAMPAYAM_")}
        self.children: dict[str, Child] = {}
        for part in parts:
            run: list[str | Path] = [*program, "--config", config_path, "run"]
            if part:
                run += ["--platform", part]
            name = f"the bridge's process {part}" if part else "the bridge"
            self.children[part] = Child(name, run, log_path, folder=config_path.parent, environment=nothing)
        self._first = self.children[parts[0]]

    def start(self) -> None:
        for child in self.children.values():
            child.start()

    async def until(self, ready: Callable[[], Awaitable[bool]], *, within: float) -> None:
        """Wait until `ready()`. Raises ChildFailed with the last log lines when a process ends first."""

        async def all_well() -> bool:
            if not self.running:
                raise ChildFailed(f"a process of the bridge ended by itself.{self._first.last_words(30)}")
            return await ready()

        await self._first.until(all_well, within=within)

    async def stop(self) -> None:
        await asyncio.gather(*(child.stop() for child in self.children.values()))

    async def kill(self) -> None:
        await asyncio.gather(*(child.kill() for child in self.children.values()))

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            for child in self.children.values():
                stack.enter_context(child.frozen())
            yield

    @property
    def pid(self) -> int:
        """Of the process that answers the homeserver."""
        return self._first.pid

    @property
    def running(self) -> bool:
        return all(child.running for child in self.children.values())
