"""A relay: what comes through it, and what does not."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tests.soak.network import Network, Relay


@dataclass
class Line:
    """A connection by a relay to somebody who answers with what was said."""

    network: Network
    relay: Relay
    heard: list[bytes]

    async def call(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.relay.port)


@contextlib.asynccontextmanager
async def line() -> AsyncIterator[Line]:
    heard: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while said := await reader.read(100):
                heard.append(said)
                writer.write(said)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server, Network() as network:
        port = server.sockets[0].getsockname()[1]
        relay = network.to(port) if network.way(f"http://127.0.0.1:{port}/path") else None
        assert relay is not None
        yield Line(network, relay, heard)


async def test_an_address_of_this_machine_leads_through_a_relay_and_no_other() -> None:
    async with Network() as network:
        there = network.way("postgres://us:word@127.0.0.1:5432/name")
        assert there == f"postgres://us:word@127.0.0.1:{network.to(5432).port}/name"
        assert network.way("postgres://us:word@127.0.0.1:5432/name") == there
        assert network.way("sqlite:hampayam.db") == "sqlite:hampayam.db"


async def test_what_is_said_comes_through_and_so_does_the_end() -> None:
    async with line() as way:
        reader, writer = await way.call()
        writer.write(b"one")
        assert await reader.readexactly(3) == b"one"
        writer.close()
        assert await reader.read() == b""


async def test_a_cut_resets_what_is_open_and_refuses_what_is_new_until_its_end() -> None:
    async with line() as way:
        reader, writer = await way.call()
        writer.write(b"one")
        await reader.readexactly(3)
        way.relay.cut()
        with pytest.raises(ConnectionResetError):
            await reader.read()
        with pytest.raises(ConnectionRefusedError):
            await way.call()
        way.relay.mend()
        reader, writer = await way.call()
        writer.write(b"two")
        assert await reader.readexactly(3) == b"two"


async def test_what_is_said_in_a_silence_arrives_behind_it() -> None:
    async with line() as way:
        reader, writer = await way.call()
        way.relay.silence()
        writer.write(b"one")
        other, more = await way.call()
        more.write(b"two")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.2)
        assert way.heard == []
        way.relay.mend()
        assert (await reader.readexactly(3), await other.readexactly(3)) == (b"one", b"two")


async def test_what_is_said_in_a_silence_that_ends_with_a_reset_never_arrives() -> None:
    async with line() as way:
        reader, writer = await way.call()
        way.relay.silence()
        writer.write(b"one")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.2)
        way.relay.mend(lost=True)
        with pytest.raises(ConnectionResetError):
            await reader.read()
        assert way.heard == []
