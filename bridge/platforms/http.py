"""One call to a platform: time limit, bounded answer, and what went wrong in the words of `bridge.errors`.

Two questions decide an error. Did the request surely not reach the platform? Then a send may be repeated
(`Retry`). Did it go out and nothing readable come back? Then a send may have been done (`InDoubt`), while
a read is simply asked again (`Retry`).

The token is part of every URL here: nothing is logged, and no error leaves this file with an exception
attached, because aiohttp's carry the URL.
"""

from __future__ import annotations

import asyncio
import io
import json
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

import aiohttp
from yarl import URL

from bridge.errors import BridgeError, ConfigError, InDoubt, Refused, Retry
from bridge.outgoing import OutgoingFile
from bridge.platforms import fields

LARGEST_ANSWER = 64 * 2**20
_LONGEST_AFTER = 3600.0
_CONNECT_SECONDS = 10.0
_CHUNK = 65_536
_GATEWAY_GAVE_UP = frozenset({504, 524})
_WRITER = json.JSONEncoder(ensure_ascii=False)


class _Kept(io.RawIOBase):
    """A file that stays open when whoever reads it closes it, and tells when it is read (in any thread)."""

    def __init__(self, body: BinaryIO, moved: Callable[[], object]) -> None:
        self._body = body
        self._moved = moved

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._body.seek(offset, whence)

    def tell(self) -> int:
        return self._body.tell()

    def fileno(self) -> int:
        return self._body.fileno()

    def read(self, size: int = -1) -> bytes:
        self._moved()
        return self._body.read(size)


class TooLarge(Retry):
    """The answer to a read is larger than we hold in memory: ask for less."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status. `retry_after` is the header's wish in seconds."""

    status: int
    body: bytes = field(repr=False)
    retry_after: float | None = None
    etag: str = ""
    modified: str = ""
    """`ETag` and `Last-Modified`, to ask with for what has changed since."""

    def json(self) -> object:
        """The body as JSON; None where it is none."""
        try:
            return fields.parse(self.body)
        except ValueError:
            return None

    def plain(self) -> str:
        """The beginning of the body, in lower case, where it is a line of text; "" for a page of HTML."""
        start = self.body[:300].decode("utf-8", "replace").strip().lower()
        return "" if start.startswith("<") else start


def segment(secret: str) -> str:
    """A token as one path segment that the platform reads back literally."""
    return quote(secret, safe=":-_.~!$'()*+,;=@")


class Http:
    """The HTTP client of one session; needs a running loop, touches the network only in `post`.

    `seconds` is how long an answer may take, beside what a long poll waits; `largest` bounds it in bytes,
    after decompression. `ca_bundle` is trusted instead of the system's certificates. Proxy settings of
    the environment are ignored. `fresh`: each call has a connection of its own.
    """

    def __init__(
        self,
        url: str,
        *,
        ca_bundle: Path | None = None,
        proxy: str | None = None,
        seconds: float = 30.0,
        largest: int = LARGEST_ANSWER,
        fresh: bool = False,
    ) -> None:
        self._base = _base(url)
        self._seconds = seconds
        self._limits = self._within(0.0)
        self._largest = largest
        connector = aiohttp.TCPConnector(ssl=_trust(ca_bundle), force_close=fresh)
        self._client = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "hampayam"},
            proxy=proxy,
            trust_env=False,
        )

    async def post(self, path: str, body: Mapping[str, object], *, sends: bool, held: float = 0.0) -> Answer:
        """POST `body` as JSON. `held` is how many seconds the platform may hold a long poll.

        Raises Retry when the request surely was not done; for what went out without an answer InDoubt
        where it `sends`, else Retry. Every HTTP status is an answer.
        """
        payload = _WRITER.encode(body).encode("utf-8", "replace")
        return await self.post_bytes(path, payload, "application/json; charset=utf-8", sends=sends, held=held)

    async def post_bytes(
        self, path: str, payload: bytes, content_type: str, *, sends: bool, held: float = 0.0
    ) -> Answer:
        """The same with a body that is made already."""
        limits = self._within(held) if held else self._limits
        headers = {"Content-Type": content_type}
        return await self._post(URL(self._base + path, encoded=True), payload, limits, headers, sends=sends)

    async def get(self, path: str, *, headers: Mapping[str, str] | None = None) -> Answer:
        """GET a page. Every HTTP status is an answer, a redirect too. Raises Retry."""
        try:
            async with self._client.get(
                self._whole(path), headers=headers, timeout=self._limits, allow_redirects=False
            ) as response:
                answer = await self._read(response)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as problem:
            failure: BridgeError = Retry(_why_not_connected(problem))
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            failure = Retry(_why_no_answer(problem))
        else:
            if answer is not None:
                return answer
            failure = TooLarge(f"an answer of more than {self._largest} bytes")
        raise failure

    async def post_form(self, path: str, fields: Mapping[str, str], *, sends: bool) -> Answer:
        """POST fields as a multipart form, for what takes a file but is told of one that it has. Errors as in
        `post`."""
        form = aiohttp.FormData(dict(fields), default_to_multipart=True)
        return await self._post(URL(self._base + path, encoded=True), form, self._limits, sends=sends)

    async def post_file(
        self, url: str, fields: Mapping[str, str], part: str, file: OutgoingFile, *, sends: bool
    ) -> Answer:
        """POST a file as the part `part` of a multipart form, read while it is sent. `url` is a path of ours, or a
        whole address that the platform gave us. Errors as in `post`; there is time as long as something moves."""
        assert file.body is not None
        file.body.seek(0)
        loop = asyncio.get_running_loop()
        limit = asyncio.timeout(self._seconds)  # aiohttp's own limits begin when everything was written

        def moved() -> None:
            loop.call_soon_threadsafe(_prolong, limit, loop.time() + self._seconds)

        form = aiohttp.FormData(quote_fields=False)  # a Persian name stays one
        for name, value in fields.items():
            form.add_field(name, value)
        # The form closes what it was given; the caller may need it for another try.
        form.add_field(part, _Kept(file.body, moved), filename=file.name, content_type=file.mime)
        try:
            async with limit:
                return await self._post(self._whole(url), form, self._patient(), sends=sends)
        except TimeoutError:
            failure = _no_answer("no answer in time", sends)
        raise failure

    async def download(
        self,
        url: str,
        into: BinaryIO,
        limit: int,
        *,
        headers: Mapping[str, str] | None = None,
        redirects: bool = True,
    ) -> None:
        """GET a file and write it into `into`. `url` as in `post_file`; `redirects`: whether another address may be
        named instead. Raises Refused("too_large") beyond `limit` bytes, Refused("gone") for a 4xx, Retry."""
        written = 0
        try:
            async with self._client.get(
                self._whole(url), headers=headers, timeout=self._patient(), allow_redirects=redirects
            ) as response:
                if response.status >= 300:
                    late = response.status in (408, 425, 429) or response.status >= 500
                    raise Retry(f"HTTP {response.status}") if late else Refused("gone")
                async for chunk in response.content.iter_chunked(_CHUNK):
                    written += len(chunk)
                    if written > limit:
                        raise Refused("too_large")
                    into.write(chunk)
                promised = response.content_length
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            failure: BridgeError = Retry(_why_no_answer(problem))
        else:
            if promised is None or written == promised or response.headers.get("Content-Encoding"):
                return
            failure = Retry("the file was cut off")
        raise failure

    async def _post(
        self,
        url: URL,
        data: bytes | aiohttp.FormData,
        limits: aiohttp.ClientTimeout,
        headers: Mapping[str, str] | None = None,
        *,
        sends: bool,
    ) -> Answer:
        try:
            async with self._client.post(
                url, data=data, headers=headers, timeout=limits, allow_redirects=False
            ) as response:
                answer = await self._read(response)
        except (
            aiohttp.ClientConnectorError,
            aiohttp.ConnectionTimeoutError,
            aiohttp.ClientHttpProxyError,
        ) as problem:
            failure: BridgeError = Retry(_why_not_connected(problem))
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            failure = _no_answer(_why_no_answer(problem), sends)
        else:
            if answer is not None:
                return answer
            reason = f"an answer of more than {self._largest} bytes"
            failure = InDoubt(reason) if sends else TooLarge(reason)
        raise failure

    def _whole(self, url: str) -> URL:
        if not url.startswith("/"):
            try:
                parsed = URL(url, encoded=True)
            except ValueError:
                parsed = URL()
            if parsed.scheme not in ("http", "https") or not parsed.host:
                raise Retry("the platform gave an address that is none")
            return parsed
        return URL(self._base + url, encoded=True)

    def _within(self, held: float) -> aiohttp.ClientTimeout:
        return aiohttp.ClientTimeout(total=self._seconds + held, connect=min(_CONNECT_SECONDS, self._seconds / 2))

    def _patient(self) -> aiohttp.ClientTimeout:
        return aiohttp.ClientTimeout(
            total=None, connect=min(_CONNECT_SECONDS, self._seconds / 2), sock_read=self._seconds
        )

    async def _read(self, response: aiohttp.ClientResponse) -> Answer | None:
        """The whole answer, None where it is larger than we take."""
        body = bytearray()
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > self._largest:
                response.close()
                return None
        told = response.headers
        after, etag = seconds_after(told.get("Retry-After")), told.get("ETag", "")
        return Answer(response.status, bytes(body), after, etag, told.get("Last-Modified", ""))

    async def close(self) -> None:
        """Safe to call twice."""
        await self._client.close()


def _prolong(limit: asyncio.Timeout, until: float) -> None:
    try:
        limit.reschedule(until)
    except RuntimeError:
        pass  # what it bounded has ended


def unreadable(answer: Answer, *, sends: bool) -> BridgeError:
    """The error for an answer that is not the platform's own envelope, by its HTTP status alone.

    Most 4xx pages come from something in front of the platform (a firewall, a proxy): they say nothing of
    the message, so it is asked again. Only a request that is called malformed or too large is not.
    """
    status = answer.status
    if status == 429:
        return Retry("too many requests", after=answer.retry_after, flood="login")
    if sends and status in (400, 413):
        return Refused("too large for the platform" if status == 413 else "the platform cannot read it")
    if 200 <= status < 300:
        return _no_answer("an unreadable answer", sends)
    if status in _GATEWAY_GAVE_UP:
        return _no_answer(f"HTTP {status}: the gateway got no answer", sends)
    if status >= 500:
        return Retry(f"HTTP {status}", after=answer.retry_after)
    return Retry(f"HTTP {status} with an unreadable answer", after=answer.retry_after)


def gave_up(status: int) -> bool:
    """A gateway stopped waiting: the request reached the platform and may have been done."""
    return status in _GATEWAY_GAVE_UP


def seconds_after(value: object) -> float | None:
    """A platform's wish to wait, in seconds, at most an hour; None for what is no such number."""
    if isinstance(value, str):
        value = float(value) if re.fullmatch(r"\s*\d{1,9}(\.\d{1,9})?\s*", value, re.ASCII) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        return None
    return float(min(value, _LONGEST_AFTER))


def remote_words(description: object, *, secret: str, said: str = "") -> str:
    """A platform's own description of an error, fit for a log line; "" where it might tell too much.

    Kept only if it is a short line of ASCII without the token and shares no longer word with what was
    said: some platforms quote the message in their complaint.
    """
    if not isinstance(description, str):
        return ""
    words = description.strip()
    if not (len(words) <= 120 and words.isascii() and words.isprintable()):
        return ""
    hidden = set(re.findall(r"\w{4,}", said.lower()))
    if secret in words or hidden & set(re.findall(r"\w{4,}", words.lower())):
        return ""
    return words


def _no_answer(reason: str, sends: bool) -> BridgeError:
    return InDoubt(reason) if sends else Retry(reason)


def _why_not_connected(problem: Exception) -> str:
    match problem:
        case aiohttp.ClientConnectorDNSError():
            return "the host's name cannot be resolved"
        case aiohttp.ClientProxyConnectionError() | aiohttp.ClientHttpProxyError():
            return "the proxy cannot be used"
        case aiohttp.ClientConnectorCertificateError():
            return "the host's certificate is not trusted"
        case aiohttp.ClientConnectorSSLError():
            return "no secure connection to the host"
        case aiohttp.ConnectionTimeoutError():
            return "no connection to the host in time"
        case _:
            return "the host cannot be reached"


def _why_no_answer(problem: Exception) -> str:
    match problem:
        case TimeoutError():
            return "no answer in time"
        case aiohttp.ClientPayloadError():
            return "the answer was cut off"
        case _:
            return "the connection was lost before the answer"


def _base(url: str) -> str:
    try:
        parsed = URL(url)
        fits = parsed.scheme in ("http", "https") and bool(parsed.host)
    except ValueError:
        fits = False
    if not fits or parsed.query_string or parsed.fragment:
        raise ConfigError(["the platform's url must be http://host/path or https://host/path"])
    return str(parsed).rstrip("/")


def _trust(ca_bundle: Path | None) -> ssl.SSLContext | bool:
    if ca_bundle is None:
        return True
    try:
        return ssl.create_default_context(cafile=ca_bundle)
    except OSError:
        raise ConfigError([f"{ca_bundle}: cannot be read as a bundle of CA certificates"]) from None
