"""The homeserver, through mautrix's HTTP API: our implementation of `ports.Homeserver`.

mautrix's `IntentAPI` is not used: it keeps an object a ghost for ever, joins without an invite first, and cannot carry
the name in the join. What it does for us is the request itself, the paths and the errors. Its request log is switched
off, because at debug level it writes contents.

Sends are made with a device that was created for the ghost: with it Synapse remembers a transaction id over its own
restart, for 24 hours (without it, only in memory).
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, BinaryIO
from urllib.parse import quote

import aiohttp
from mautrix.api import HTTPAPI, Method, Path
from mautrix.errors import MatrixError, MatrixRequestError, MatrixUnknownRequestError
from yarl import URL

from bridge.errors import NotAllowed, Refused, Retry
from bridge.matrix.events import read_event
from bridge.ports import Page

DEVICE = "HAMPAYAM"
ROOM_VERSION = "12"
"""The first in which a room's creator holds its power for good."""

_PATIENT = aiohttp.ClientTimeout(total=None, connect=10, sock_read=60)
"""For files: as long as something moves."""
_CHUNK = 65_536
_USUAL_LIMIT = 50 * 2**20
"""Bytes of a file where the homeserver does not tell; Synapse's default."""

_PLAIN = ":!@"
"""What stands in ids of Matrix and means nothing of its own in an address. Source: RFC 3986, "pchar"."""

_TIMEOUT = aiohttp.ClientTimeout(total=120, connect=10)


class MatrixHomeserver:
    """`token` is the appservice's. One HTTP client for all our users."""

    def __init__(self, url: str, token: str) -> None:
        self._http = aiohttp.ClientSession(timeout=_TIMEOUT, trust_env=False, connector=aiohttp.TCPConnector(limit=100))
        quiet = logging.getLogger("hampayam.http")
        quiet.setLevel(logging.WARNING)
        self._url = url.rstrip("/")
        self._largest: int | None = None
        self.was_there: Callable[[str], Awaitable[None]] = _nothing
        """Told of a user that existed already when it was to be made."""
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._api = HTTPAPI(url, token, client_session=self._http, log=quiet)  # type: ignore[arg-type, unused-ignore]

    async def close(self) -> None:
        await self._http.close()

    async def _call(
        self, method: Method, path: Any, content: Mapping[str, Any] | None = None, **query: str
    ) -> dict[str, Any]:
        """One request, in our errors. A missing answer is Retry: everything that we ask for may be repeated."""
        try:
            answer = await self._api.request(
                method, path, dict(content or {}), query_params=query, sensitive=method != Method.GET
            )
        except MatrixRequestError as error:
            code = getattr(error, "errcode", None) or (
                "M_UNKNOWN" if isinstance(error, MatrixUnknownRequestError) else ""
            )
            raise _ours(getattr(error, "http_status", 0) or 0, str(code)) from None
        except (MatrixError, aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            raise Retry(f"homeserver: {type(error).__name__}") from None
        except ValueError:
            raise Retry("homeserver: no JSON") from None
        return answer if isinstance(answer, dict) else {}

    # --- users

    async def register(self, user: str) -> None:
        """Two requests: the user, and the device that its transaction ids belong to."""
        localpart = user[1:].split(":", 1)[0]
        content = {"type": "m.login.application_service", "username": localpart, "inhibit_login": True}
        try:
            await self._call(Method.POST, Path.v3.register, content)
        except Refused as error:
            if error.reason != "M_USER_IN_USE":
                raise
            await self.was_there(user)
        await self._call(Method.PUT, Path.v3.devices[DEVICE], {"display_name": "Hampayam"}, user_id=user)

    async def set_name(self, user: str, name: str) -> None:
        await self._call(Method.PUT, Path.v3.profile[user].displayname, {"displayname": name}, user_id=user)

    # --- membership

    async def join(
        self,
        room: str,
        user: str,
        *,
        inviter: str,
        name: str | None,
        avatar: str | None = None,
        invited: bool = False,
    ) -> None:
        """Invite, then join by setting one's own member event, which carries name and picture: two requests. (A
        picture in the profile would make Synapse write that profile's name into all rooms.)"""
        member: dict[str, Any] = {"membership": "join"}
        if name is not None:
            member["displayname"] = name
        if avatar is not None:
            member["avatar_url"] = avatar
        path = Path.v3.rooms[room].state["m.room.member"][user]
        if not invited:
            try:
                await self._call(Method.POST, Path.v3.rooms[room].invite, {"user_id": user}, user_id=inviter)
            except NotAllowed:
                pass  # "already in the room" has the same code as "not allowed": the join below tells them apart
        try:
            await self._call(Method.PUT, path, member, user_id=user)
        except NotAllowed:
            if not invited:
                raise
            await self.join(room, user, inviter=inviter, name=name, avatar=avatar)

    async def leave(self, room: str, user: str, reason: str = "") -> None:
        content = {"reason": reason} if reason else {}
        try:
            await self._call(Method.POST, Path.v3.rooms[room].leave, content, user_id=user)
        except Refused:
            pass  # not in the room, or the user was never made: what was asked for is so

    async def invite(self, room: str, user: str, *, inviter: str) -> None:
        try:
            await self._call(Method.POST, Path.v3.rooms[room].invite, {"user_id": user}, user_id=inviter)
        except NotAllowed:
            if user not in await self.joined(room, reader=inviter):
                raise

    # --- rooms

    async def send(
        self, room: str, sender: str, content: Mapping[str, Any], txn: str, type: str = "m.room.message"
    ) -> str:
        """The one request of every message, so it goes without what mautrix's own adds to it (a path built piece by
        piece, a line for its log): a quarter of the CPU that a request costs us."""
        path = f"/_matrix/client/v3/rooms/{quote(room, _PLAIN)}/send/{type}/{quote(txn, _PLAIN)}"
        target = URL(f"{self._url}{path}?user_id={quote(sender, _PLAIN)}&device_id={DEVICE}", encoded=True)
        try:
            async with self._http.put(target, data=json.dumps(content).encode(), headers=self._headers) as answer:
                body = await answer.read()
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            raise Retry(f"homeserver: {error.__class__.__name__}") from None
        try:
            told = json.loads(body)
        except ValueError:
            told = None
        told = told if isinstance(told, dict) else {}
        if answer.status >= 400:
            raise _ours(answer.status, str(told.get("errcode") or "M_UNKNOWN"))
        return _text(told, "event_id")

    async def redact(self, room: str, sender: str, event: str, txn: str, content: Mapping[str, Any]) -> str:
        path = Path.v3.rooms[room].redact[event][txn]
        answer = await self._call(Method.PUT, path, dict(content), user_id=sender, device_id=DEVICE)
        return _text(answer, "event_id")

    # --- files

    async def upload(self, user: str, body: BinaryIO, size: int, mime: str, name: str) -> str:
        """Synapse resets the connection of a file that is too large (above 50 MB by default), so the limit is
        asked for first."""
        if size > await self.upload_limit():
            raise Refused("too_large")
        query = f"user_id={quote(user, safe='')}&filename={quote(name, safe='')}"
        target = URL(f"{self._url}/_matrix/media/v3/upload?{query}", encoded=True)
        headers = {**self._headers, "Content-Type": mime, "Content-Length": str(size)}
        try:
            async with self._http.post(target, data=_chunks(body), headers=headers, timeout=_PATIENT) as answer:
                told = await answer.json(content_type=None) if answer.status < 500 else {}
        except (aiohttp.ClientError, TimeoutError, ConnectionError, ValueError) as error:
            raise Retry(f"homeserver: {error.__class__.__name__}") from None
        told = told if isinstance(told, dict) else {}
        if answer.status >= 400:
            code = str(told.get("errcode") or "M_UNKNOWN")
            raise Refused("too_large") if code == "M_TOO_LARGE" else _ours(answer.status, code)
        return _text(told, "content_uri")

    async def download(self, user: str, mxc: str, into: BinaryIO, limit: int) -> None:
        written = 0
        async with self.stored(user, mxc) as answer:
            try:
                async for chunk in answer.content.iter_chunked(_CHUNK):
                    written += len(chunk)
                    if written > limit:
                        raise Refused("too_large")
                    into.write(chunk)
            except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
                raise Retry(f"homeserver: {error.__class__.__name__}") from None

    @asynccontextmanager
    async def stored(self, user: str, mxc: str) -> AsyncIterator[aiohttp.ClientResponse]:
        """A stored file as it comes, by authenticated media (Matrix 1.11). Raises Refused("gone"), Retry; whoever reads
        it meets aiohttp's own errors."""
        server, _, media = mxc.removeprefix("mxc://").partition("/")
        path = f"/_matrix/client/v1/media/download/{quote(server, safe='')}/{quote(media, safe='')}"
        target = URL(f"{self._url}{path}?user_id={quote(user, safe='')}", encoded=True)
        try:
            answer = await self._http.get(target, headers=self._headers, timeout=_PATIENT)
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            raise Retry(f"homeserver: {error.__class__.__name__}") from None
        async with answer:
            if answer.status in (400, 403, 404):
                raise Refused("gone")
            if answer.status >= 400:
                raise Retry(f"homeserver: {answer.status}")
            yield answer

    async def upload_limit(self) -> int:
        if self._largest is None:
            answer = await self._call(Method.GET, Path.v1.media.config)
            told = answer.get("m.upload.size")
            self._largest = told if isinstance(told, int) and told > 0 else _USUAL_LIMIT
        return self._largest

    async def set_state(self, room: str, sender: str, type: str, key: str, content: Mapping[str, Any]) -> str:
        answer = await self._call(Method.PUT, Path.v3.rooms[room].state[type][key], content, user_id=sender)
        return _text(answer, "event_id")

    async def create_room(
        self, creator: str, *, name: str, invite: list[str], powers: Mapping[str, Any], space: bool = False
    ) -> str:
        creation: dict[str, Any] = {"m.federate": True}
        if space:
            creation["type"] = "m.space"
        answer = await self._call(
            Method.POST,
            Path.v3.createRoom,
            {
                "room_version": ROOM_VERSION,
                "preset": "private_chat",
                "visibility": "private",
                "name": name,
                "invite": invite,
                "power_level_content_override": dict(powers),
                "creation_content": creation,
            },
            user_id=creator,
        )
        return _text(answer, "room_id")

    async def event(self, room: str, event: str, user: str) -> dict[str, Any] | None:
        try:
            return await self._call(Method.GET, Path.v3.rooms[room].event[event], user_id=user)
        except Refused as error:
            if error.reason in ("M_NOT_FOUND", "M_FORBIDDEN"):
                return None
            raise

    async def reactions(self, room: str, event: str, user: str) -> list[object]:
        path = Path.v1.rooms[room].relations[event]["m.annotation"]["m.reaction"]
        answer = await self._call(Method.GET, path, user_id=user, limit="50")
        chunk = answer.get("chunk")
        return chunk[::-1] if isinstance(chunk, list) else []

    async def pinned(self, room: str, *, reader: str) -> list[str]:
        try:
            state = await self._call(Method.GET, Path.v3.rooms[room].state["m.room.pinned_events"], user_id=reader)
        except Refused as error:
            if error.reason == "M_NOT_FOUND":
                return []
            raise
        told = state.get("pinned")
        return [each for each in told if isinstance(each, str)] if isinstance(told, list) else []

    async def read(self, room: str, user: str, event: str) -> None:
        await self._call(Method.POST, Path.v3.rooms[room].receipt["m.read"][event], {}, user_id=user)

    async def member_name(self, room: str, user: str, *, reader: str) -> str | None:
        try:
            member = await self._call(Method.GET, Path.v3.rooms[room].state["m.room.member"][user], user_id=reader)
        except Refused:
            return None
        name = member.get("displayname")
        return name if isinstance(name, str) else None

    async def membership(self, room: str, user: str, *, reader: str) -> str:
        try:
            member = await self._call(Method.GET, Path.v3.rooms[room].state["m.room.member"][user], user_id=reader)
        except Refused as error:
            if error.reason == "M_NOT_FOUND":
                return ""
            raise
        return _text(member, "membership")

    async def memberships(self, room: str, user: str) -> list[str]:
        only = json.dumps({"types": ["m.room.member"], "senders": [user]})
        found: list[str] = []
        begin: dict[str, Any] = {}
        while True:
            path = Path.v3.rooms[room].messages
            page = await self._call(Method.GET, path, None, user_id=user, dir="b", limit="100", filter=only, **begin)
            chunk = page.get("chunk")
            for event in chunk if isinstance(chunk, list) else []:
                content = event.get("content") or {}
                if event.get("state_key") == user and (content.get("displayname") or content.get("avatar_url")):
                    found.append(str(event["event_id"]))
            end = page.get("end")
            if not isinstance(end, str) or end == begin.get("from"):
                return found
            begin = {"from": end}

    async def newest(self, room: str, user: str, begin: str | None, limit: int, types: Sequence[str]) -> Page:
        query = {"user_id": user, "dir": "b", "limit": str(limit), "filter": json.dumps({"types": list(types)})}
        if begin is not None:
            query["from"] = begin
        page = await self._call(Method.GET, Path.v3.rooms[room].messages, None, **query)
        chunk, start, end = page.get("chunk"), _text(page, "start"), page.get("end")
        told = [each for each in chunk if isinstance(each, dict)] if isinstance(chunk, list) else []
        events = [event for each in told if (event := read_event({**each, "room_id": room})) is not None]
        return Page(events, start, end if isinstance(end, str) and end != start else None)

    async def is_encrypted(self, room: str, *, reader: str) -> bool:
        try:
            await self._call(Method.GET, Path.v3.rooms[room].state["m.room.encryption"], user_id=reader)
        except Refused as error:
            if error.reason == "M_NOT_FOUND":
                return False
            raise
        return True

    async def joined(self, room: str, *, reader: str) -> list[str]:
        answer = await self._call(Method.GET, Path.v3.rooms[room].joined_members, user_id=reader)
        members = answer.get("joined")
        return list(members) if isinstance(members, dict) else []

    # --- the homeserver itself

    async def versions(self) -> dict[str, Any]:
        return await self._call(Method.GET, Path.versions)

    async def makes_rooms(self, version: str) -> bool:
        """Whether the homeserver can create rooms of this version."""
        answer = await self._call(Method.GET, Path.v3.capabilities)
        capabilities = answer.get("capabilities")
        versions = capabilities.get("m.room_versions") if isinstance(capabilities, dict) else None
        available = versions.get("available") if isinstance(versions, dict) else None
        return isinstance(available, dict) and version in available

    async def whoami(self) -> str:
        """The user that our token belongs to. Raises NotAllowed when the homeserver does not know the token."""
        return _text(await self._call(Method.GET, Path.v3.account.whoami), "user_id")

    async def ping(self, appservice: str, txn: str) -> int:
        """Let the homeserver call our endpoint: milliseconds that it took. Brings a backed-off delivery back at once.
        Raises Refused with the homeserver's word for what went wrong (M_CONNECTION_FAILED, M_BAD_STATUS…)."""
        answer = await self._call(Method.POST, Path.v1.appservice[appservice].ping, {"transaction_id": txn})
        duration = answer.get("duration_ms")
        return duration if isinstance(duration, int) else 0


async def _nothing(user: str) -> None:
    """Nobody needs to know."""


async def _chunks(body: BinaryIO) -> AsyncIterator[bytes]:
    while chunk := body.read(_CHUNK):
        yield chunk


def _text(answer: Mapping[str, Any], key: str) -> str:
    value = answer.get(key)
    if not isinstance(value, str):
        raise Retry(f"homeserver: an answer without {key}")
    return value


def _ours(status: int, code: str) -> Exception:
    """The one place where the homeserver's errors become ours. No body of theirs is carried along."""
    if code in ("M_CONNECTION_FAILED", "M_CONNECTION_TIMED_OUT", "M_BAD_STATUS", "M_URL_NOT_SET"):
        return Refused(code)  # the answers of a ping: they come as 5xx and are no reason to wait
    if status == 429 or code == "M_LIMIT_EXCEEDED":
        return Retry("homeserver: rate limited", after=1.0)
    if status >= 500 or status == 0:
        return Retry(f"homeserver: {status or 'no status'}")
    if status in (401, 403):
        return NotAllowed(code or "M_FORBIDDEN")
    return Refused(code or f"HTTP {status}")
