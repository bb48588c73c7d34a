"""Child processes of the sandbox: started, waited for, and never left behind.

Nothing here is bound to an event loop: a child that was started under one `asyncio.run` can be stopped under
another, so a test session's fixtures may outlive the loops of its tests.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path

LEASH = Path(__file__).with_name("leash.py")
POLL_S = 0.02

# Below the range from which Linux takes the ports of outgoing connections (32768 up): a server that is down
# for a moment must find its port free when it comes back.
PORTS = range(18_000, 32_000)


class ChildFailed(RuntimeError):
    """A child process did not start, or ended by itself; the message carries the last lines of its log."""


class PortInUse(ChildFailed):
    """Another program listens on the port that a server was told to use."""


def port_is_free(port: int) -> bool:
    """Whether a server could listen on this TCP port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A TCP port of 127.0.0.1 that is free now and that no outgoing connection will take by chance."""
    chance = random.SystemRandom()
    for _ in range(200):
        port = chance.choice(PORTS)
        if port_is_free(port):
            return port
    raise PortInUse(f"no free port found between {PORTS.start} and {PORTS.stop}")


def check_port(port: int, server: str) -> None:
    """Raises PortInUse, in words, when `server` could not listen on this port."""
    if not port_is_free(port):
        raise PortInUse(f"{server} cannot use port {port} of 127.0.0.1: another program listens there")


class Child:
    """One program, its log file, its end.

    It dies with the thread that started it (on Linux also when this process is killed by SIGKILL), so start
    it from a thread that lives as long as it is needed: the main thread, or the event loop's; not
    `asyncio.to_thread`.
    """

    def __init__(
        self,
        name: str,
        program: Sequence[str | Path],
        log_path: Path,
        *,
        folder: Path,
        environment: Mapping[str, str] | None = None,
        user: str = "",
        death_signal: signal.Signals = signal.SIGKILL,
    ) -> None:
        """`environment` is added to our own. `user` (only as root) is the system user to run as.
        `death_signal` is what the child gets when its parent has died. The log is appended to."""
        self.name = name
        self.log_path = log_path
        self._program = [str(part) for part in program]
        self._folder = folder
        self._environment = dict(environment or {})
        self._user = user
        self._death_signal = death_signal
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0
        self._family = -1  # the reading end of a pipe whose other end the child and its children hold

    @property
    def pid(self) -> int:
        """The process id of the running child; raises ChildFailed when there is none."""
        if self._process is None or self._process.poll() is not None:
            raise ChildFailed(f"{self.name} is not running")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Returns as soon as the process exists; it may still fail, see `until`."""
        if self.running:
            raise ChildFailed(f"{self.name} is running already")
        leash = [sys.executable, "-I", "-S", str(LEASH)]
        leash += [str(os.getpid()), str(self._death_signal.value), self._user]
        self._close_family()
        self._family, held = os.pipe()
        os.set_blocking(self._family, False)
        with os.fdopen(held, "wb"), self.log_path.open("ab") as log:
            self._log_start = log.tell()
            self._process = subprocess.Popen(
                [*leash, *self._program],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                env=os.environ | self._environment,
                pass_fds=[held],
                start_new_session=True,  # Ctrl-C is for us: we stop our children in our own order
            )

    async def until(
        self,
        ready: Callable[[], Awaitable[bool]],
        *,
        within: float,
        waiting: Callable[[float], None] | None = None,
    ) -> None:
        """Wait until `ready()`; `waiting(seconds)` is called about once a second meanwhile.

        Raises ChildFailed with the last log lines when the child ends first, or is not ready `within`
        seconds; in both cases it is gone afterwards.
        """
        began = time.monotonic()
        told = 0
        while not await ready():
            passed = time.monotonic() - began
            if not self.running:
                raise ChildFailed(f"{self.name} ended by itself ({self._exit_words()}).{self.last_words()}")
            if passed > within:
                await self.kill()
                raise ChildFailed(f"{self.name} was not ready after {within:.0f} s.{self.last_words()}")
            if waiting is not None and int(passed) > told:
                told = int(passed)
                waiting(passed)
            await asyncio.sleep(POLL_S)

    async def finished(self, *, within: float) -> None:
        """Wait for a program that ends by itself; raises ChildFailed when it failed or took longer."""
        if not await self._gone(within):
            await self.kill()
            raise ChildFailed(f"{self.name} was not done after {within:.0f} s.{self.last_words()}")
        if self._process is not None and self._process.returncode != 0:
            raise ChildFailed(f"{self.name} failed ({self._exit_words()}).{self.last_words()}")

    async def stop(self, how: signal.Signals = signal.SIGTERM, *, within: float = 15) -> None:
        """Ask it to end, and kill it when it has not after `within` seconds. Harmless when it is gone
        already."""
        self.signal(how)
        if not await self._gone(within):
            await self.kill()

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Meanwhile it stands still (SIGSTOP)."""
        os.kill(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)

    async def kill(self) -> None:
        """SIGKILL, and wait until it and all its own children are gone."""
        self.signal(signal.SIGKILL)
        if not await self._gone(60):
            raise ChildFailed(f"{self.name} or a child of it does not go away")

    def signal(self, which: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(which)  # does nothing when the process has ended

    def last_words(self, lines: int = 12) -> str:
        """The last lines that this run wrote into its log, as a paragraph for an exception."""
        with contextlib.suppress(FileNotFoundError), self.log_path.open("rb") as log:
            log.seek(self._log_start)
            text = log.read().decode(errors="replace").rstrip()
            if text:
                tail = "\n  ".join(text.splitlines()[-lines:])
                return f" The end of {self.log_path}:\n  {tail}"
        return f" It wrote nothing into {self.log_path}."

    async def _gone(self, within: float) -> bool:
        until = time.monotonic() + within
        while self.running or self._has_family():
            if time.monotonic() > until:
                return False
            await asyncio.sleep(POLL_S)
        self._close_family()
        return True

    def _has_family(self) -> bool:
        """Whether the child or any process that it started still lives: a pipe ends when its last holder
        does."""
        if self._family < 0:
            return False
        try:
            return bool(os.read(self._family, 1))
        except BlockingIOError:
            return True

    def _close_family(self) -> None:
        if self._family >= 0:
            os.close(self._family)
            self._family = -1

    def _exit_words(self) -> str:
        code = self._process.returncode if self._process is not None else None
        if code is not None and code < 0:
            return signal.Signals(-code).name
        return f"exit code {code}"
