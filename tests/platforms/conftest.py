"""A remote end that answers as it is told, over real HTTP on loopback."""

from __future__ import annotations

import asyncio
import json
import socket
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from hypothesis import HealthCheck, settings

# A property is about the answer, not about the time that a busy machine takes for it.
settings.register_profile("calm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("calm")

Reply = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Asked:
    path: str
    body: Any
    content_type: str


@dataclass
class Remote:
    """Answers request after request with the replies that were laid ready; `asked` tells what came."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    replies: deque[Reply] = field(default_factory=deque)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def will(self, *replies: Reply) -> None:
        self.replies.extend(replies)

    def json(self, value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
        return self.body(json.dumps(value).encode(), status, "application/json", headers)

    def body(
        self,
        body: bytes,
        status: int = 200,
        content_type: str = "text/html",
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        async def reply(_request: web.Request) -> web.StreamResponse:
            return web.Response(body=body, status=status, content_type=content_type, headers=headers)

        return reply

    def silence(self) -> Reply:
        async def reply(_request: web.Request) -> web.StreamResponse:
            await self.ended.wait()
            return web.Response()

        return reply

    def hang_up(self) -> Reply:
        async def reply(request: web.Request) -> web.StreamResponse:
            assert request.transport is not None
            request.transport.close()
            return web.Response()

        return reply

    def cut_off(self, body: bytes, promised: int) -> Reply:
        async def reply(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Length": str(promised)})
            await response.prepare(request)
            await response.write(body)
            assert request.transport is not None
            request.transport.close()
            return response

        return reply

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        told = json.loads(body) if request.content_type == "application/json" else body or None
        asked = Asked(request.raw_path, told, request.content_type)
        self.asked.append(asked)
        return await self.replies.popleft()(request)


@pytest.fixture
async def remote() -> AsyncIterator[Remote]:
    remote = Remote()
    app = web.Application(client_max_size=2**26)
    app.router.add_route("*", "/{rest:.*}", remote.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    remote.url = f"http://{host}:{port}"
    yield remote
    remote.ended.set()
    await runner.cleanup()


@pytest.fixture
def refusing_url() -> Iterator[str]:
    """A port that nobody listens on, kept from everybody else."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
