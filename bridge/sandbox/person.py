"""A person on Element, for the demo and the tests: a small Matrix client that speaks and remembers what it
heard.

Plain HTTP on purpose: it must not share a library with the bridge that it watches.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import aiohttp

from bridge.sandbox.client import CLIENT, Account, Heard, MatrixRefused, call

SYNC_TIMEOUT_MS = 20_000
RETRY_S = 0.2

T = TypeVar("T")


class Person:
    """What one Matrix user does and hears.

    Use it as `async with Person(url, account) as sara:`, or call `start` and `stop`; a person that was
    stopped and is started again goes on from where they left, as a client does that was closed. The
    homeserver may be restarted meanwhile. A person's own rate limit is waited out.
    """

    def __init__(self, url: str, account: Account, *, batch: int = 100) -> None:
        """`batch`: how many events of a room one answer of /sync may bring; what was left out is fetched."""
        self.mxid = account.mxid
        self._url = url
        self._token = account.access_token
        self._filter = json.dumps(
            {
                "presence": {"types": []},
                "account_data": {"types": []},
                "room": {
                    "timeline": {"limit": batch},
                    "state": {"types": []},
                    "ephemeral": {"types": []},
                    "account_data": {"types": []},
                },
            }
        )
        self._batch = batch
        self._since = ""
        self._timelines: dict[str, list[Heard]] = {}
        self._invites: dict[str, str] = {}
        self._news = asyncio.Condition()
        self._session: aiohttp.ClientSession | None = None
        self._listening: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Returns when the first answer of /sync is in: what is said from now on will be heard."""
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        try:
            await self._sync(wait_ms=0)
        except BaseException:
            await self._session.close()
            raise
        self._listening = asyncio.create_task(self._listen(), name=f"sync of {self.mxid}")

    async def stop(self) -> None:
        """Raises what ended the listening, if something did."""
        listening, self._listening = self._listening, None
        try:
            if listening is not None:
                listening.cancel()
                await asyncio.wait([listening])
                if not listening.cancelled():
                    listening.result()
        finally:
            if self._session is not None:
                await self._session.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def create_room(
        self, name: str = "", *, invite: Sequence[str] = (), preset: str = "private_chat", **more: Any
    ) -> str:
        """A new room's id; `preset` and `more` are the fields of Matrix's createRoom (topic, is_direct,
        …)."""
        body: dict[str, Any] = {"preset": preset, "invite": list(invite), **more}
        if name:
            body["name"] = name
        return str((await self._call("POST", "/createRoom", body))["room_id"])

    async def join(self, room: str) -> str:
        """`room` is an id or an alias; returns the id."""
        return str((await self._call("POST", f"/join/{_q(room)}", {}))["room_id"])

    async def invite(self, room: str, mxid: str) -> None:
        await self._call("POST", f"/rooms/{_q(room)}/invite", {"user_id": mxid})

    async def leave(self, room: str) -> None:
        """Leave a room, or refuse the invite to it."""
        await self._call("POST", f"/rooms/{_q(room)}/leave", {})

    async def say(self, room: str, text: str, reply_to: str | None = None) -> str:
        """A text message, as a reply if `reply_to` is an event id. Returns the new event's id."""
        content: dict[str, Any] = {"msgtype": "m.text", "body": text}
        if reply_to is not None:
            content["m.relates_to"] = {"m.in_reply_to": {"event_id": reply_to}}
        return await self.send(room, "m.room.message", content)

    async def send(self, room: str, event_type: str, content: Mapping[str, Any]) -> str:
        """Any event (an edit, a reaction, …). Returns its id."""
        path = f"/rooms/{_q(room)}/send/{_q(event_type)}/{secrets.token_hex(8)}"
        return str((await self._call("PUT", path, content))["event_id"])

    async def send_file(self, room: str, body: bytes, content: Mapping[str, Any], mime: str) -> str:
        """Store a file and send an event with it; `content` has everything but its address. Returns the event's id."""
        url = f"{self._url}/_matrix/media/v3/upload"
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": mime}
        assert self._session is not None
        async with self._session.post(url, data=body, headers=headers) as answer:
            answer.raise_for_status()
            stored = (await answer.json())["content_uri"]
        return await self.send(room, "m.room.message", {**content, "url": stored})

    async def file_of(self, event: Heard) -> bytes:
        """The bytes of the file that an event holds."""
        return await self.bytes_of(str(event.content["url"]))

    async def bytes_of(self, mxc: str) -> bytes:
        """What the homeserver has stored at an address."""
        where = mxc.removeprefix("mxc://")
        url = f"{self._url}/_matrix/client/v1/media/download/{where}"
        assert self._session is not None
        async with self._session.get(url, headers={"Authorization": f"Bearer {self._token}"}) as answer:
            answer.raise_for_status()
            return await answer.read()

    async def reader(self, event: Heard, matches: Callable[[str], bool], *, wait: float = 20.0) -> str:
        """Somebody who has read exactly up to an event, now or later. Raises TimeoutError."""
        only = {"room": {"rooms": [event.room], "timeline": {"limit": 1}, "ephemeral": {"types": ["m.receipt"]}}}
        query = {"filter": json.dumps(only), "timeout": "0"}
        async with asyncio.timeout(wait):
            while True:
                told = await self._call("GET", "/sync", query=query)
                room = told.get("rooms", {}).get("join", {}).get(event.room, {})
                for each in room.get("ephemeral", {}).get("events", []):
                    for user in each["content"].get(event.event_id, {}).get("m.read", {}):
                        if matches(user):
                            return str(user)
                query |= {"since": told["next_batch"], "timeout": "1000"}

    async def correct(self, room: str, event_id: str, text: str) -> str:
        """An event of one's own says something else from now on. Returns the id of the correction."""
        new = {"msgtype": "m.text", "body": text}
        relation = {"rel_type": "m.replace", "event_id": event_id}
        content = {**new, "body": f"* {text}", "m.new_content": new, "m.relates_to": relation}
        return await self.send(room, "m.room.message", content)

    async def redact(self, room: str, event_id: str, reason: str = "") -> str:
        """Delete an event. Returns the id of the redaction."""
        path = f"/rooms/{_q(room)}/redact/{_q(event_id)}/{secrets.token_hex(8)}"
        return str((await self._call("PUT", path, {"reason": reason} if reason else {}))["event_id"])

    async def set_state(self, room: str, event_type: str, content: Mapping[str, Any], state_key: str = "") -> str:
        path = f"/rooms/{_q(room)}/state/{_q(event_type)}/{_q(state_key)}"
        return str((await self._call("PUT", path, content))["event_id"])

    async def state(self, room: str) -> list[dict[str, Any]]:
        """The room's state events, in Matrix's own form."""
        events: list[dict[str, Any]] = await self._call("GET", f"/rooms/{_q(room)}/state")
        return events

    async def members(self, room: str) -> dict[str, str]:
        """Who is in the room: Matrix id to the name shown there (empty if none)."""
        joined = (await self._call("GET", f"/rooms/{_q(room)}/joined_members"))["joined"]
        return {mxid: member.get("display_name") or "" for mxid, member in joined.items()}

    async def invited(self, room: str | None = None, *, wait: float = 20.0) -> str:
        """Wait for an invite (to `room`, or to any) that is not answered yet; returns the room's id.

        Raises TimeoutError after `wait` seconds.
        """

        def open_invite() -> str | None:
            return next((one for one in self._invites if room in (None, one)), None)

        return await self._until(open_invite, wait, f"no invite to {room or 'any room'}")

    async def messages(self, room: str, after: int = 0, *, wait: float = 0.0, count: int = 1) -> list[Heard]:
        """The messages heard in this room, in its order, from index `after` on.

        Waits up to `wait` seconds for at least `count` of them, and returns what there is then.
        """

        def enough() -> list[Heard] | None:
            heard = self._said(room)[after:]
            return heard if len(heard) >= count else None

        try:
            return await self._until(enough, wait, "")
        except TimeoutError:
            return self._said(room)[after:]

    async def first(self, room: str, matches: Callable[[Heard], bool], *, wait: float = 20.0) -> Heard:
        """The first event of the room's timeline (a message or any other) that matches, also if it is still
        to come.

        Raises TimeoutError after `wait` seconds.
        """
        return await self._until(
            lambda: next(filter(matches, self.events(room)), None), wait, f"nothing like it in {room}"
        )

    def events(self, room: str) -> list[Heard]:
        """Everything heard in this room until now, messages and others (joins, redactions, reactions)."""
        return list(self._timelines.get(room, ()))

    def _said(self, room: str) -> list[Heard]:
        return [event for event in self.events(room) if event.type == "m.room.message"]

    async def _until(self, condition: Callable[[], T | None], wait: float, problem: str) -> T:
        """Raises TimeoutError with `problem` in it, or what ended the listening."""
        if (found := condition()) is not None:
            return found
        try:
            async with asyncio.timeout(wait), self._news:
                while (found := condition()) is None:
                    if self._listening is None:
                        raise RuntimeError(f"{self.mxid} is not listening")
                    if self._listening.done():
                        self._listening.result()
                    await self._news.wait()
                return found
        except TimeoutError:
            raise TimeoutError(f"{self.mxid}: {problem} within {wait:.0f} s") from None

    async def _call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Any:
        if self._session is None:
            raise RuntimeError(f"{self.mxid} is not started")
        return await call(
            self._session,
            method,
            self._url + CLIENT + path,
            token=self._token,
            body=body,
            query=query,
            patience=True,
        )

    async def _listen(self) -> None:
        try:
            while True:
                try:
                    await self._sync(wait_ms=SYNC_TIMEOUT_MS)
                except (aiohttp.ClientError, TimeoutError):
                    await asyncio.sleep(RETRY_S)  # the homeserver is being restarted
                except MatrixRefused as refusal:
                    if refusal.status < 500:
                        raise
                    await asyncio.sleep(RETRY_S)
        finally:
            async with self._news:
                self._news.notify_all()

    async def _sync(self, *, wait_ms: int) -> None:
        query = {"filter": self._filter, "timeout": str(wait_ms)}
        if self._since:
            query["since"] = self._since
        answer = await self._call("GET", "/sync", query=query)
        at = time.time()
        rooms = answer.get("rooms", {})
        arrived: dict[str, list[Heard]] = {}
        for room, news in (*rooms.get("join", {}).items(), *rooms.get("leave", {}).items()):
            timeline = news["timeline"]
            events = timeline["events"]
            if timeline.get("limited") and self._since:
                events = [*await self._left_out(room, timeline["prev_batch"]), *events]
            arrived[room] = [_heard(room, event, at) for event in events]
        # Nothing is awaited from here on: a sync that is cut off has no effect and is simply repeated.
        for room, heard in arrived.items():
            self._timelines.setdefault(room, []).extend(heard)
            self._invites.pop(room, None)
        for room, news in rooms.get("invite", {}).items():
            self._invites[room] = _inviter(self.mxid, news)
        self._since = answer["next_batch"]
        async with self._news:
            self._news.notify_all()

    async def _left_out(self, room: str, before: str) -> list[dict[str, Any]]:
        """The events between what we know of a room and `before`, which is where a limited answer begins."""
        known = {event.event_id for event in self.events(room)}
        found: list[dict[str, Any]] = []
        while True:
            query = {"dir": "b", "from": before, "limit": str(self._batch)}
            page = await self._call("GET", f"/rooms/{_q(room)}/messages", query=query)
            for event in page["chunk"]:
                if event["event_id"] in known:
                    return found[::-1]
                found.append(event)
            before = page.get("end", "")
            if not before:
                return found[::-1]


def _q(part: str) -> str:
    return quote(part, safe="")


def _heard(room: str, event: Mapping[str, Any], at: float) -> Heard:
    return Heard(room, event["sender"], event["type"], event["event_id"], event.get("content", {}), at)


def _inviter(mxid: str, news: Mapping[str, Any]) -> str:
    for event in news["invite_state"]["events"]:
        if event["type"] == "m.room.member" and event.get("state_key") == mxid:
            return str(event["sender"])
    return ""
