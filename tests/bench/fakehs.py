"""A small, fast homeserver for the bench alone: in memory, no rules but membership, as little work as can be.

It answers what a bridge asks (register, devices, profile, createRoom, invite, state, join, leave, send, event, ping)
and pushes transactions as Synapse does: one in flight for each appservice, up to 100 events, in order, the appservice's
own events included, repeated until they are answered 200. A transaction id sent twice gives the first event.

    python -m tests.bench.fakehs --port 8008 REGISTRATION ...
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import signal
import time
from collections import Counter, deque
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

import aiohttp
from aiohttp import web
from ruamel.yaml import YAML

CLIENT = "/_matrix/client/v3/"
BATCH = 100
EMPTY = b"{}"
WAITING = b'{"content":{"msgtype":"m.text","body":"this has waited"}}'
"""What every event says whose id begins with $waiting: of rooms that are in the bridge's database alone."""


class Refusal(Exception):
    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


class Appservice:
    """One registration, and the events that wait for it."""

    def __init__(self, registration: dict[str, Any]) -> None:
        self.id: str = registration["id"]
        self.url: str = registration["url"]
        self.token: str = registration["as_token"]
        self.bot: str = f"@{registration['sender_localpart']}:localhost"
        self._hs_token: str = registration["hs_token"]
        self._ours = re.compile("|".join(f"(?:{u['regex']})" for u in registration["namespaces"]["users"]))
        self._waiting: deque[bytes] = deque()
        self._news = asyncio.Event()
        self._session: aiohttp.ClientSession | None = None

    def owns(self, user: str) -> bool:
        return self._ours.match(user) is not None

    def put(self, event: bytes) -> None:
        self._waiting.append(event)
        self._news.set()

    async def push(self) -> None:
        """For ever."""
        headers = {"Authorization": f"Bearer {self._hs_token}", "Content-Type": "application/json"}
        async with aiohttp.ClientSession(headers=headers) as session:
            self._session = session
            number = 0
            while True:
                await self._news.wait()
                self._news.clear()
                while self._waiting:
                    events = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
                    number += 1
                    body = b'{"events":[' + b",".join(events) + b"]}"
                    while not await self._pushed(session, number, body):  # noqa: ASYNC110 (nobody tells when it is back)
                        await asyncio.sleep(0.2)

    async def _pushed(self, session: aiohttp.ClientSession, number: int, body: bytes) -> bool:
        url = f"{self.url}/_matrix/app/v1/transactions/{number}"
        try:
            async with session.put(url, data=body) as answer:
                await answer.read()
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def ping(self, txn: str) -> bytes:
        assert self._session is not None
        began = time.monotonic()
        try:
            async with self._session.post(
                f"{self.url}/_matrix/app/v1/ping", data=json.dumps({"transaction_id": txn})
            ) as answer:
                if answer.status != 200:
                    raise Refusal(502, "M_BAD_STATUS")
        except aiohttp.ClientError:
            raise Refusal(502, "M_CONNECTION_FAILED") from None
        return json.dumps({"duration_ms": int((time.monotonic() - began) * 1000)}).encode()


class Room:
    def __init__(self, id: str) -> None:
        self.id = id
        self.members: dict[str, str] = {}
        self.state: dict[tuple[str, str], bytes] = {}
        self.events: dict[str, tuple[str, bytes]] = {}
        self.told: tuple[Appservice, ...] = ()
        """The appservices that have somebody in here."""


class FakeHomeserver:
    def __init__(self, appservices: list[Appservice]) -> None:
        self._appservices = {each.token: each for each in appservices}
        self._users: set[str] = {each.bot for each in appservices}
        self._rooms: dict[str, Room] = {}
        self._sent: dict[tuple[str, str, str], bytes] = {}
        """By (appservice, room, transaction id): the answer of the first time."""
        self._count = 0
        self.asked: Counter[str] = Counter()
        """Requests by what they were for."""

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            body = await self._answer(request)
        except Refusal as refusal:
            words = json.dumps({"errcode": refusal.code, "error": refusal.code}).encode()
            return web.Response(body=words, status=refusal.status, content_type="application/json")
        return web.Response(body=body, content_type="application/json")

    async def _answer(self, request: web.BaseRequest) -> bytes:
        path, _, query = request.raw_path.partition("?")
        if path == "/_matrix/client/versions":
            return b'{"versions":["v1.11"]}'
        if path == "/_bench/asked":
            return json.dumps(self.asked).encode()
        header = request.headers.get("Authorization", "")
        appservice = self._appservices.get(header.removeprefix("Bearer "))
        if appservice is None:
            raise Refusal(401, "M_UNKNOWN_TOKEN")
        body = await request.read()
        if path.startswith("/_matrix/client/v1/appservice/"):
            return await appservice.ping(str(json.loads(body).get("transaction_id", "")))
        if not path.startswith(CLIENT):
            raise Refusal(404, "M_UNRECOGNIZED")
        user = parse_qs(query).get("user_id", [appservice.bot])[0]
        if not appservice.owns(user):
            raise Refusal(403, "M_FORBIDDEN")
        steps = [unquote(step) for step in path[len(CLIENT) :].split("/")]
        if steps[-1].startswith("$waiting"):
            return WAITING
        if steps != ["register"] and user not in self._users:
            raise Refusal(403, "M_FORBIDDEN")
        return self._call(appservice, request.method, steps, user, body)

    def _call(self, appservice: Appservice, method: str, steps: list[str], user: str, body: bytes) -> bytes:
        match method, *steps:
            case "PUT", "rooms", room_id, "send", type, txn:
                self.asked["send"] += 1
                key = (appservice.id, room_id, txn)
                if (known := self._sent.get(key)) is None:
                    room = self._room(room_id, user)
                    known = self._sent[key] = self._answer_with(self._add(room, type, user, body))
                return known
            case "PUT", "rooms", room_id, "state", "m.room.member", member:
                self.asked["member"] += 1
                return self._join(self._rooms[room_id], member, user, body)
            case "PUT", "rooms", room_id, "state", type, *keys:
                self.asked["state"] += 1
                room = self._room(room_id, user)
                return self._answer_with(self._add(room, type, user, body, keys[0] if keys else ""))
            case "GET", "rooms", room_id, "state", type, *keys:
                self.asked["read"] += 1
                content = self._room(room_id, user).state.get((type, keys[0] if keys else ""))
                if content is None:
                    raise Refusal(404, "M_NOT_FOUND")
                return content
            case "GET", "rooms", room_id, "event", event_id:
                self.asked["read"] += 1
                return self._room(room_id, user).events[event_id][1]
            case "GET", "rooms", room_id, "messages":
                self.asked["read back"] += 1
                newest = [event for _, event in self._room(room_id, user).events.values()][:-21:-1]
                return b'{"start":"newest","chunk":[' + b",".join(newest) + b"]}"
            case "GET", "rooms", room_id, "joined_members":
                self.asked["read"] += 1
                joined = [m for m, how in self._room(room_id, user).members.items() if how == "join"]
                return json.dumps({"joined": {member: {} for member in joined}}).encode()
            case "POST", "rooms", room_id, "invite":
                self.asked["invite"] += 1
                return self._invite(self._room(room_id, user), str(json.loads(body)["user_id"]), user)
            case "POST", "rooms", room_id, "leave":
                self.asked["leave"] += 1
                room = self._room(room_id, user)
                self._member(room, user, user, b'{"membership":"leave"}', "leave")
                return EMPTY
            case "POST", "register":
                self.asked["register"] += 1
                new = f"@{json.loads(body)['username']}:localhost"
                if new in self._users:
                    raise Refusal(400, "M_USER_IN_USE")
                self._users.add(new)
                return json.dumps({"user_id": new}).encode()
            case "PUT", "devices", _:
                self.asked["device"] += 1
                return EMPTY
            case "PUT", "profile", _, "displayname":
                self.asked["profile"] += 1
                return EMPTY
            case "POST", "createRoom":
                self.asked["createRoom"] += 1
                return self._create(user, json.loads(body))
            case "GET", "account", "whoami":
                return json.dumps({"user_id": user}).encode()
        raise Refusal(404, "M_UNRECOGNIZED")

    # --- rooms

    def _room(self, room_id: str, user: str) -> Room:
        """A room that the user is in."""
        room = self._rooms.get(room_id)
        if room is None or room.members.get(user) != "join":
            raise Refusal(403, "M_FORBIDDEN")
        return room

    def _create(self, creator: str, wanted: dict[str, Any]) -> bytes:
        self._count += 1
        room = self._rooms[f"!r{self._count}"] = Room(f"!r{self._count}")
        self._member(room, creator, creator, b'{"membership":"join"}', "join")
        for user in wanted.get("invite", []):
            self._invite(room, user, creator)
        return json.dumps({"room_id": room.id}).encode()

    def _invite(self, room: Room, user: str, by: str) -> bytes:
        if room.members.get(user) == "join":
            raise Refusal(403, "M_FORBIDDEN")
        self._member(room, user, by, b'{"membership":"invite"}', "invite")
        return EMPTY

    def _join(self, room: Room, user: str, by: str, body: bytes) -> bytes:
        if user != by or room.members.get(user) not in ("invite", "join"):
            raise Refusal(403, "M_FORBIDDEN")
        return self._answer_with(self._member(room, user, by, body, "join"))

    def _member(self, room: Room, user: str, by: str, content: bytes, membership: str) -> str:
        room.members[user] = membership
        present = [member for member, how in room.members.items() if how != "leave"]
        told = [each for each in self._appservices.values() if any(map(each.owns, present))]
        room.told = tuple(told)
        return self._add(room, "m.room.member", by, content, user)

    def _add(self, room: Room, type: str, sender: str, content: bytes, state_key: str | None = None) -> str:
        """`content` goes in as it came: nobody but the two sides of the bench ever speaks here."""
        self._count += 1
        event_id = f"${self._count:043d}"
        head = {
            "type": type,
            "room_id": room.id,
            "sender": sender,
            "event_id": event_id,
            "origin_server_ts": int(time.time() * 1000),
            "unsigned": {"age": 1},
        }
        if state_key is not None:
            head["state_key"] = state_key
            room.state[(type, state_key)] = content
        event = json.dumps(head).encode()[:-1] + b',"content":' + (content or EMPTY) + b"}"
        room.events[event_id] = (sender, event)
        for appservice in room.told:
            appservice.put(event)
        return event_id

    @staticmethod
    def _answer_with(event_id: str) -> bytes:
        return b'{"event_id":"' + event_id.encode() + b'"}'


async def serve(port: int, registrations: list[Path]) -> None:
    appservices = [Appservice(YAML(typ="safe").load(path)) for path in registrations]
    homeserver = FakeHomeserver(appservices)
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    runner = web.ServerRunner(web.Server(homeserver.handle, access_log=None), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    pushing = [asyncio.create_task(each.push()) for each in appservices]
    await stopped.wait()
    for task in pushing:
        task.cancel()
    await asyncio.gather(*pushing, return_exceptions=True)
    await runner.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(description="A fast fake homeserver for the bench.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("registrations", type=Path, nargs="+")
    given = parser.parse_args()
    asyncio.run(serve(given.port, given.registrations))


if __name__ == "__main__":
    main()
