"""The network around the bridge: a relay for each address that it calls, or is called by, so that any one of these ways
can be cut."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import struct
from types import TracebackType
from typing import Self

from bridge.sandbox.processes import free_port

LOOPBACK = "127.0.0.1"
_PORT = re.compile(rf"(?<=[/@]{re.escape(LOOPBACK)}:)\d+")
_CHUNK = 65_536
_NO_LINGER = struct.pack("ii", 1, 0)
"""What is closed so is reset, and what was not sent yet is dropped."""


class Network:
    """Use it as `async with Network() as network:`, and give `network.way` to the world."""

    def __init__(self) -> None:
        self._relays: dict[int, Relay] = {}

    def way(self, address: str) -> str:
        """The address by which something on this machine is reached through a relay; one without a port of this machine
        stays as it is."""
        found = _PORT.search(address)
        if found is None:
            return address
        port = int(found[0])
        if port not in self._relays:
            self._relays[port] = Relay(port)
        return _PORT.sub(str(self._relays[port].port), address)

    def to(self, port: int) -> Relay:
        """The relay before a port."""
        return self._relays[port]

    def mend(self) -> None:
        for relay in self._relays.values():
            relay.mend()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for relay in self._relays.values():
            await relay.close()


class Relay:
    """Passes on to a port of this machine what comes to its own, until it is cut. Whoever closes one end closes the
    other."""

    def __init__(self, target: int) -> None:
        self.port = free_port()
        self._target = target
        self._hold = _bound(self.port)  # never listens: keeps the port ours while connections are refused
        self._flows = asyncio.Event()
        self._flows.set()
        self._listener: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._listen()

    def refuse(self) -> None:
        """New connections are refused; those that are open stay."""
        if self._accepting is not None:
            self._accepting.cancel()
            self._accepting = None
        if self._listener is not None:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()
            self._listener = None

    def cut(self) -> None:
        """New connections are refused, and those that are open are reset at both ends."""
        self.refuse()
        for connection in self._connections:
            connection.cancel()

    def silence(self) -> None:
        """Nothing comes through any more, and nobody is told."""
        self._flows.clear()

    def mend(self, *, lost: bool = False) -> None:
        """Everything comes through again, also what was said in a silence; or (`lost`) the connections on which it was
        said are reset, and it never arrives."""
        if lost:
            for connection in self._connections:
                connection.cancel()
        self._flows.set()
        if self._listener is None:
            self._listen()

    async def close(self) -> None:
        self.cut()
        await asyncio.gather(*self._connections, return_exceptions=True)
        self._hold.close()

    def _listen(self) -> None:
        self._listener = _bound(self.port)
        self._listener.listen(1024)
        self._accepting = asyncio.create_task(self._accept(self._listener))

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            here, _ = await loop.sock_accept(listener)
            task = asyncio.create_task(self._connect(here))
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)

    async def _connect(self, here: socket.socket) -> None:
        there = socket.socket()
        there.setblocking(False)
        ends = (here, there)
        for end in ends:
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            await self._flows.wait()
            await asyncio.get_running_loop().sock_connect(there, (LOOPBACK, self._target))
            passing = [asyncio.create_task(self._pass(*both)) for both in (ends, ends[::-1])]
            try:
                await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in passing:
                    task.cancel()
                await asyncio.gather(*passing, return_exceptions=True)
        except (asyncio.CancelledError, OSError):
            for end in ends:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        finally:
            for end in ends:
                end.close()

    async def _pass(self, source: socket.socket, target: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            while data := await loop.sock_recv(source, _CHUNK):
                await self._flows.wait()
                await loop.sock_sendall(target, data)
        await self._flows.wait()


def _bound(port: int) -> socket.socket:
    made = socket.socket()
    made.setblocking(False)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((LOOPBACK, port))
    return made
