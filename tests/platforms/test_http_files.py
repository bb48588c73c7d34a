"""Files over HTTP: what goes out, what comes in, and what became of it when something broke off."""

from __future__ import annotations

import asyncio
import io
import tempfile
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

import pytest
from aiohttp import web

from bridge.errors import BridgeError, InDoubt, Refused, Retry
from bridge.outgoing import OutgoingFile
from bridge.platforms.http import Http

if TYPE_CHECKING:
    from tests.platforms.conftest import Remote

TOKEN = "1234:very-secret"
PATH = f"/file/bot{TOKEN}/a.bin"
Open = Callable[..., Http]


@pytest.fixture
async def open_http() -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:

        def make(url: str, **options: object) -> Http:
            http = Http(url, **options)  # type: ignore[arg-type]
            stack.push_async_callback(http.close)
            return http

        yield make


@pytest.fixture
def body() -> Iterator[BinaryIO]:
    with tempfile.TemporaryFile() as body:
        yield body


def outgoing(body: BinaryIO, content: bytes) -> OutgoingFile:
    body.write(content)
    return OutgoingFile("document", "نامهٔ ۱.pdf", "application/pdf", len(content), body)


class Silent:
    """Takes connections, says nothing, and reads nothing that is sent."""

    url = ""

    async def __aenter__(self) -> Silent:
        self._over = asyncio.Event()
        self._server = await asyncio.start_server(self._on, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def _on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await self._over.wait()
        writer.transport.abort()

    async def __aexit__(self, *_: object) -> None:
        self._over.set()
        self._server.close()
        await self._server.wait_closed()


async def failure_of(call: Awaitable[object]) -> BridgeError:
    """The error of one call, which must not lead anybody to the token."""
    with pytest.raises(BridgeError) as caught:
        await call
    shown = "".join(traceback.format_exception(caught.value))
    assert "very-secret" not in shown
    assert "127.0.0.1" not in shown
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return caught.value


async def test_a_file_goes_out_with_its_length_and_its_persian_name(open_http: Open, body: BinaryIO) -> None:
    heard: list[tuple[str | None, bytes]] = []

    async def take(request: web.Request) -> web.Response:
        heard.append((request.headers.get("Content-Length"), await request.read()))
        return web.json_response({"ok": True})

    app = web.Application()
    app.router.add_post("/send", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    http = open_http(f"http://127.0.0.1:{runner.addresses[0][1]}")
    file = outgoing(body, b"%PDF " + b"x" * 200_000)
    try:
        for _ in range(2):  # the file is still open for another try
            assert (await http.post_file("/send", {"caption": "سلام"}, "document", file, sends=True)).status == 200
    finally:
        await runner.cleanup()
    assert heard[0] != heard[1]  # by their boundaries
    for length, sent in heard:
        assert length == str(len(sent))
        assert 'name="document"; filename="نامهٔ ۱.pdf"'.encode() in sent
        assert b"Content-Type: application/pdf" in sent
        assert "سلام".encode() in sent
        assert b"%PDF " + b"x" * 200_000 in sent


async def test_an_upload_that_nobody_reads_ends(open_http: Open, body: BinaryIO) -> None:
    file = outgoing(body, b"x" * 30_000_000)
    async with Silent() as silent:
        http = open_http(silent.url, seconds=0.5)
        for sends, error in ((True, InDoubt), (False, Retry)):
            async with asyncio.timeout(30):
                problem = await failure_of(http.post_file(f"/bot{TOKEN}/x", {}, "f", file, sends=sends))
            assert type(problem) is error
            assert str(problem) == "no answer in time"


async def test_an_upload_is_not_bounded_while_something_moves(open_http: Open, body: BinaryIO) -> None:
    async def slowly(request: web.Request) -> web.Response:
        read = 0
        async for chunk in request.content.iter_chunked(2**18):
            read += len(chunk)
            await asyncio.sleep(0.01)
        return web.json_response({"read": read})

    app = web.Application()
    app.router.add_post("/send", slowly)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    http = open_http(f"http://127.0.0.1:{runner.addresses[0][1]}", seconds=0.4)
    file = outgoing(body, b"x" * 30_000_000)
    began = asyncio.get_running_loop().time()
    try:
        answer = await http.post_file("/send", {}, "f", file, sends=True)
    finally:
        await runner.cleanup()
    assert answer.status == 200
    assert asyncio.get_running_loop().time() - began > 0.4


async def test_a_file_is_written_as_it_comes(open_http: Open, remote: Remote) -> None:
    remote.will(remote.body(b"abc" * 100_000, content_type="application/octet-stream"), remote.body(b""))
    http, into = open_http(remote.url), io.BytesIO()
    await http.download(PATH, into, 300_000)
    assert into.getvalue() == b"abc" * 100_000
    await http.download(remote.url + "/elsewhere", into, 1)
    assert [asked.path for asked in remote.asked] == [PATH, "/elsewhere"]


@pytest.mark.parametrize(
    ("status", "error", "reason"),
    [(403, Refused, "gone"), (404, Refused, "gone"), (410, Refused, "gone"), (429, Retry, ""), (502, Retry, "")],
)
async def test_a_file_that_is_not_given_is_gone_or_comes_later(
    open_http: Open, remote: Remote, status: int, error: type[BridgeError], reason: str
) -> None:
    remote.will(remote.body(b"<html>", status))
    problem = await failure_of(open_http(remote.url).download(PATH, io.BytesIO(), 10))
    assert type(problem) is error
    assert reason in str(problem)


async def test_a_file_beyond_the_limit_is_not_written(open_http: Open, remote: Remote) -> None:
    remote.will(remote.body(b"x" * 500_000))
    into = io.BytesIO()
    problem = await failure_of(open_http(remote.url).download(PATH, into, 400_000))
    assert (type(problem), str(problem)) == (Refused, "too_large")
    assert len(into.getvalue()) <= 400_000


async def test_half_a_file_or_none_is_asked_for_again(open_http: Open, remote: Remote) -> None:
    remote.will(remote.cut_off(b"half", promised=8), remote.hang_up(), remote.silence())
    http = open_http(remote.url, seconds=1)
    for _ in range(3):
        assert type(await failure_of(http.download(PATH, io.BytesIO(), 100))) is Retry


@pytest.mark.parametrize("url", ["", "ftp://x/y", "https://", "x", "http://["])
async def test_an_address_that_is_none_is_not_asked(open_http: Open, refusing_url: str, url: str) -> None:
    problem = await failure_of(open_http(refusing_url).download(url, io.BytesIO(), 1))
    assert type(problem) is Retry


async def test_each_call_may_have_a_connection_of_its_own(open_http: Open) -> None:
    peers: list[object] = []

    async def tell(request: web.Request) -> web.Response:
        assert request.transport is not None
        peers.append(request.transport.get_extra_info("peername"))
        return web.Response(body=b"x")

    app = web.Application()
    app.router.add_get("/f", tell)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        for http in (open_http(url), open_http(url, fresh=True)):
            for _ in range(3):
                await http.download("/f", io.BytesIO(), 1)
    finally:
        await runner.cleanup()
    assert len(set(peers[:3])) == 1
    assert len(set(peers[3:])) == 3


async def test_a_file_that_never_left_may_be_sent_again(open_http: Open, refusing_url: str, body: BinaryIO) -> None:
    file = replace(outgoing(body, b"x"), name="x")
    problem = await failure_of(open_http(refusing_url).post_file(f"/bot{TOKEN}/x", {}, "f", file, sends=True))
    assert type(problem) is Retry
