"""Gives people the files that links lead to: streamed from the homeserver, never kept.

What comes is bytes of strangers on the operator's domain, so a browser is told to save them and to run nothing. A link
is all that it takes, so no other site, proxy or log is told of it as far as that is ours to say.
"""

from __future__ import annotations

import asyncio
import html
import ipaddress
import logging
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import quote

import aiohttp
from aiohttp import web

from bridge.errors import Refused, Retry
from bridge.matrix.homeserver import MatrixHomeserver
from bridge.ports import Linked
from bridge.texts import LANGUAGES, say

log = logging.getLogger("hampayam.files")

_CHUNK = 65_536
_STALLED = 60.0
"""Seconds in which at least one chunk must be taken."""
_AT_ONCE = 4
"""Files for one address at a time."""
_ALTOGETHER = 32
_LONGEST_TOKEN = 2_000
_HARMLESS = re.compile(r"(?:audio|video)/[a-z0-9.+-]+|image/(?:jpeg|png|gif|webp)|application/(?:pdf|zip)")

_HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}


class _Busy(Exception):
    """Too much is under way."""


class FilePage:
    """`find` looks a token up: LookupError for one that is none, Refused for a file that is not there any more."""

    def __init__(self, homeserver: MatrixHomeserver, find: Callable[[str], Awaitable[Linked]]) -> None:
        self._homeserver = homeserver
        self._find = find
        self._under_way: Counter[str] = Counter()

    def add_to(self, app: web.Application, path: str) -> None:
        app.router.add_get(path + "{token}", self._answer)  # and HEAD

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        try:
            with self._turn(_address(request)):
                return await self._file(request)
        except _Busy:
            return _page(429, "file_busy", {"Retry-After": "5"})
        except LookupError:
            return _page(404, "file_unknown")
        except Refused as error:
            return _page(410, "file_expired" if error.reason == "file_expired" else "file_gone")
        except Retry:
            return _page(503, "file_later", {"Retry-After": "30"})

    @contextmanager
    def _turn(self, address: str) -> Iterator[None]:
        if self._under_way[address] >= _AT_ONCE or self._under_way.total() >= _ALTOGETHER:
            raise _Busy
        self._under_way[address] += 1
        try:
            yield
        finally:
            self._under_way[address] -= 1
            if not self._under_way[address]:
                del self._under_way[address]

    async def _file(self, request: web.Request) -> web.StreamResponse:
        token = request.match_info["token"]
        if len(token) > _LONGEST_TOKEN:
            raise LookupError("no link of ours")
        linked = await self._find(token)
        async with self._homeserver.stored(linked.reader, linked.mxc) as source:
            size = source.content_length
            start, end = _range(request.headers.get("Range", ""), size)
            response = web.StreamResponse(status=200 if (start, end) == (0, size) else 206, headers=_HEADERS)
            response.headers["Content-Disposition"] = _disposition(linked.name)
            response.content_type = linked.mime if _HARMLESS.fullmatch(linked.mime) else "application/octet-stream"
            if size is not None and end is not None:
                response.headers["Accept-Ranges"] = "bytes"
                response.content_length = end - start
                if response.status == 206:
                    response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
            await response.prepare(request)
            if request.method != "HEAD":
                await _passed_on(request, source, response, start, end)
            return response


async def _passed_on(
    request: web.Request, source: aiohttp.ClientResponse, response: web.StreamResponse, start: int, end: int | None
) -> None:
    """From byte `start` to before `end`. Where it breaks off, so does our answer: no client takes it for the whole."""
    at = 0
    try:
        async for chunk in source.content.iter_chunked(_CHUNK):
            piece = chunk[max(0, start - at) : len(chunk) if end is None else max(0, end - at)]
            at += len(chunk)
            if piece:
                async with asyncio.timeout(_STALLED):
                    await response.write(piece)
            if end is not None and at >= end:
                break
        await response.write_eof()
    except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
        log.info("a file was not passed on to its end: %s", type(error).__name__)
        if request.transport is not None:
            request.transport.abort()


def _range(asked: str, size: int | None) -> tuple[int, int | None]:
    """The first byte and the one behind the last: of a single range that is inside, else of all."""
    found = re.fullmatch(r"bytes=(\d{1,15})-(\d{0,15})", asked.strip())
    if found is None or size is None:
        return 0, size
    start = int(found[1])
    end = min(int(found[2]) + 1, size) if found[2] else size
    return (start, end) if start < end else (0, size)


def _disposition(name: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", name) or "file"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _address(request: web.Request) -> str:
    """Whose request it is. A proxy stands on this machine or in its own network, and says for whom it asks."""
    remote = request.remote or ""
    try:
        near = ipaddress.ip_address(remote).is_private
    except ValueError:
        near = False
    told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return told[:64] if near and told else remote


def _page(status: int, key: str, headers: Mapping[str, str] | None = None) -> web.Response:
    lines = "".join(f'<p dir="auto">{html.escape(line)}</p>' for line in say(key, LANGUAGES).splitlines())
    page = f'<!doctype html><meta charset="utf-8"><title>هم‌پیام · Hampayam</title>{lines}'
    return web.Response(status=status, text=page, content_type="text/html", headers={**_HEADERS, **(headers or {})})
