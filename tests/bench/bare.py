"""The homeserver's own ceiling: a bare aiohttp loop, an appservice of its own beside the bridge.

It puts the same events into rooms of the same shape, one request in flight for each room, and waits until the
homeserver has pushed them back. What a bridge adds to this, it adds itself.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import aiohttp
from aiohttp import web
from yarl import URL

from bridge.core.contents import outgoing_content
from bridge.core.rooms import POWERS
from bridge.model import Origin
from bridge.sandbox.processes import free_port
from tests.bench.lines import Burst, Meter, check, line

PEOPLE = 3
"""Ghosts that speak in turn in each room."""


class Bare:
    """`homeserver` names the process whose CPU is measured; `url` and the registration are known before it starts."""

    def __init__(self, folder: Path, name: str = "bare") -> None:
        self.name = name
        self.port = free_port()
        self.registration_path = folder / f"{name}.json"
        self._as_token, self._hs_token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        registration = {
            "id": name,
            "url": f"http://127.0.0.1:{self.port}",
            "as_token": self._as_token,
            "hs_token": self._hs_token,
            "sender_localpart": name,
            "rate_limited": False,
            "namespaces": {
                "users": [{"exclusive": True, "regex": f"@{name}_.*:localhost"}],
                "aliases": [],
                "rooms": [],
            },
        }
        self.registration_path.write_text(json.dumps(registration))
        self.rooms: list[str] = []
        self._numbers: dict[str, int] = {}
        self._arrived: dict[str, float] = {}
        self._by_room: dict[int, list[str]] = defaultdict(list)
        self._news = asyncio.Event()
        self._newcomers = 0

    async def start(self, url: str) -> None:
        self._url = url
        self._session = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {self._as_token}", "Content-Type": "application/json"}
        )
        self._runner = web.ServerRunner(web.Server(self._pushed, access_log=None), shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def close(self) -> None:
        await self._session.close()
        await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _pushed(self, request: web.BaseRequest) -> web.StreamResponse:
        for event in json.loads(await request.read())["events"]:
            if event["type"] == "m.room.message" and event["room_id"] in self._numbers:
                body = event["content"]["body"]
                self._by_room[self._numbers[event["room_id"]]].append(body)
                self._arrived.setdefault(body, time.time())
        self._news.set()
        return web.Response(body=b"{}", content_type="application/json")

    async def _call(
        self, method: str, path: str, body: Mapping[str, Any], user: str, device: str = ""
    ) -> dict[str, Any]:
        query = f"?user_id={quote(user)}" + (f"&device_id={device}" if device else "")
        target = URL(f"{self._url}/_matrix/client/v3{path}{query}", encoded=True)
        async with self._session.request(method, target, data=json.dumps(body).encode()) as answer:
            told = json.loads(await answer.read())
            if answer.status >= 400 and told.get("errcode") != "M_USER_IN_USE":
                raise RuntimeError(f"{method} {path.split('/')[1]}: {answer.status} {told.get('errcode')}")
            return dict(told)

    # --- before the measure

    async def make(self, rooms: int) -> None:
        """Rooms as the bridge makes them: two stewards, and ghosts that have joined."""
        stewards = [f"@{self.name}_steward{number}:localhost" for number in (1, 2)]
        ghosts = [self._ghost(number) for number in range(PEOPLE)]
        for user in (*stewards, *ghosts):
            await self._register(user)
        for number in range(rooms):
            wanted = {
                "room_version": "12",
                "preset": "private_chat",
                "visibility": "private",
                "name": f"room {number}",
                "power_level_content_override": {**POWERS, "users": {stewards[1]: 100}},
            }
            room = str((await self._call("POST", "/createRoom", wanted, stewards[0]))["room_id"])
            for user in (stewards[1], *ghosts):
                await self._join(room, user, stewards[0])
            self._numbers[room] = number
            self.rooms.append(room)

    def _ghost(self, number: int) -> str:
        return f"@{self.name}_person{number}:localhost"

    async def _register(self, user: str) -> None:
        who = {"type": "m.login.application_service", "username": user[1:].split(":")[0], "inhibit_login": True}
        await self._call("POST", "/register", who, user)
        await self._call("PUT", "/devices/BENCH", {}, user)

    async def _join(self, room: str, user: str, inviter: str) -> None:
        await self._call("POST", f"/rooms/{quote(room)}/invite", {"user_id": user}, inviter)
        member = {"membership": "join", "displayname": f"{user[1:].split(':')[0]} · بله"}
        await self._call("PUT", f"/rooms/{quote(room)}/state/m.room.member/{quote(user)}", member, user)

    # --- the measure

    async def _say(self, chunk: str, room: int, number: int, user: str | None = None) -> None:
        origin = Origin("bale:2147483657", f"{4695281547 + room}", f"{number}", "0" * 64)
        content = outgoing_content(line(chunk, room, number), origin, None)
        txn = f"hp-{chunk}-{room}-{number}-".ljust(43, "0")
        path = f"/rooms/{quote(self.rooms[room])}/send/m.room.message/{txn}"
        await self._call("PUT", path, content, user or self._ghost(number % PEOPLE))

    async def _until(self, count: int) -> None:
        """Until so many lines of the chunk are back."""
        async with asyncio.timeout(120):
            while len(self._arrived) < count:
                self._news.clear()
                await self._news.wait()

    def _checked(self, chunk: str, expected: Mapping[int, Sequence[int]]) -> list[float]:
        """When each line came back; the books are empty afterwards."""
        check(chunk, self._by_room, expected)
        times = [self._arrived[line(chunk, room, n)] for room, numbers in expected.items() for n in numbers]
        self._by_room.clear()
        self._arrived.clear()
        return times

    async def burst(self, chunk: str, rooms: int, each: int, pids: Mapping[str, int]) -> Burst:
        """`each` lines in each of `rooms`, as fast as the homeserver takes them."""

        async def talk(room: int) -> None:
            for number in range(each):
                await self._say(chunk, room, number)

        meter = Meter(pids)
        began = time.time()
        async with asyncio.TaskGroup() as group:
            for room in range(rooms):
                group.create_task(talk(room))
        await self._until(rooms * each)
        cpu = meter.per_message(rooms * each)
        times = self._checked(chunk, {room: range(each) for room in range(rooms)})
        return Burst(rooms * each / (max(times) - began), cpu)

    async def paced(self, chunk: str, rooms: int, count: int, per_second: float) -> list[float]:
        """Seconds from the beginning of each request to the event's return, at a pace that is no load."""
        began: dict[str, float] = {}
        locks = [asyncio.Lock() for _ in range(rooms)]

        async def say(room: int, number: int) -> None:
            began[line(chunk, room, number)] = time.time()
            async with locks[room]:
                await self._say(chunk, room, number)

        expected: dict[int, list[int]] = defaultdict(list)
        start = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number in range(count):
                await asyncio.sleep(max(0.0, start + number / per_second - time.monotonic()))
                expected[number % rooms].append(number)
                group.create_task(say(number % rooms, number))
        await self._until(count)
        arrived = dict(self._arrived)
        self._checked(chunk, expected)
        return [arrived[body] - at for body, at in began.items()]

    async def newcomer(self, chunk: str, room: int) -> float:
        """Seconds from the first request for a new ghost (registration, device, invite, join, send) to the return of
        its first words."""
        self._newcomers += 1
        user = f"@{self.name}_new{self._newcomers}:localhost"
        began = time.time()
        await self._register(user)
        await self._join(self.rooms[room], user, f"@{self.name}_steward1:localhost")
        await self._say(chunk, room, 0, user)
        await self._until(1)
        return self._checked(chunk, {room: [0]})[0] - began
