"""The rooms, and what people say in them: all of it drawn from the seed."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import aiohttp

from bridge.sandbox.client import CLIENT, Account, MatrixRefused, call
from bridge.sandbox.control import ControlRefused, NewFile
from bridge.sandbox.sharing import PEOPLE, Shared
from bridge.sandbox.world import World
from tests.platforms.files import FILES
from tests.soak.checker import ROOM, Said
from tests.soak.journal import Entry, Journal

ROOMS = (
    ("rubika", "bale", "soroush", "eitaa"),
    ("rubika", "bale"),
    ("bale", "soroush"),
    ("soroush", "rubika", "eitaa"),
)
"""Which messengers share a room; more rooms begin again at the first."""
IN_CHANNELS = frozenset({3})
"""Of these, those in which Eitaa has a channel of its API, where people only read; else our account is in a group."""
ACCOUNTS = ("eitaa",)
TELLS_DELETIONS = frozenset({"rubika", ROOM})
"""Elsewhere nobody is told what people took back; or (Eitaa) a word of ours about that answers nothing any more."""
WORDS = ["سلام", "فردا", "کتاب", "باران", "شهر", "نان", "چای", "خانه", "راه", "دوست", "امروز", "کوه"]
ANSWERS, CORRECTS, DELETES, FILE = 0.2, 0.08, 0.04, 0.03
"""How often somebody does so instead of only saying something."""
AGAIN_S = 0.2


@dataclass(frozen=True)
class Room:
    """`silent`: the messengers on which people only read."""

    number: int
    shared: Shared
    silent: frozenset[str] = frozenset()

    @property
    def places(self) -> tuple[str, ...]:
        return tuple(self.shared.groups)


class Matrix:
    """Somebody on Matrix, whose words are said once even when the homeserver is killed over them: every call has an id
    under which it is repeated."""

    def __init__(self, world: World, account: Account, session: aiohttp.ClientSession) -> None:
        self._world = world
        self._account = account
        self._session = session

    async def send(self, room: str, type: str, content: Mapping[str, Any]) -> str:
        """The event's id."""
        return await self._put(f"/rooms/{quote(room)}/send/{type}/{secrets.token_hex(8)}", content)

    async def redact(self, room: str, event: str) -> str:
        return await self._put(f"/rooms/{quote(room)}/redact/{quote(event)}/{secrets.token_hex(8)}", {})

    async def _put(self, path: str, content: Mapping[str, Any]) -> str:
        url, token = self._world.synapse.url + CLIENT + path, self._account.access_token
        while True:
            try:
                answer = await call(self._session, "PUT", url, token=token, body=content, patience=True)
                return str(answer["event_id"])
            except (aiohttp.ClientError, TimeoutError):
                pass
            except MatrixRefused as refusal:
                if refusal.status < 500:
                    raise
            await asyncio.sleep(AGAIN_S)


class Voice:
    """One person in one place of a room. `turn` gives the number of their next message: None when enough was said."""

    def __init__(
        self,
        world: World,
        room: Room,
        place: str,
        matrix: Matrix,
        journal: Journal,
        chance: random.Random,
        turn: Callable[[], Awaitable[int | None]],
    ) -> None:
        self._world = world
        self._room = room
        self._place = place
        self._matrix = matrix
        self._journal = journal
        self._chance = chance
        self._turn = turn
        self._own: list[int] = []

    async def talks(self, gap: float) -> None:
        """`gap`: seconds between two messages, on the average."""
        while (n := await self._turn()) is not None:
            what = self._chance.random()
            if self._own and what < CORRECTS:
                await self._corrects(self._chance.choice(self._own))
            elif self._own and what < CORRECTS + DELETES and self._place in TELLS_DELETIONS:
                await self._deletes(self._chance.choice(self._own))
            await self._says(n)
            await asyncio.sleep(self._chance.uniform(0, 2 * gap))

    async def _says(self, n: int) -> None:
        answers = self._something() if self._chance.random() < ANSWERS else None
        text = self._text(n)
        file = self._chance.random() < FILE
        if self._place == ROOM:
            content: dict[str, Any] = {"msgtype": "m.text", "body": text}
            if answers is not None:
                content["m.relates_to"] = {"m.in_reply_to": {"event_id": self._journal.entries[answers].id}}
            self._world.said.append(text)
            id = await self._matrix.send(self._room.shared.room, "m.room.message", content)
        else:
            messenger, chat = self._world[self._place], self._room.shared.groups[self._place].id
            person = await messenger.person(self._chance.choice(PEOPLE[self._place]))
            made = FILES["document"]
            more: dict[str, Any] = {}
            if file:  # bytes of its own, so that nothing is sent by the id of an earlier one
                more = {"kind": "document", "file": NewFile(made.body + text.encode(), made.name, made.mime)}
            messenger.said.append(text)
            try:
                reply_to = None if answers is None else self._journal.entries[answers].id
                id = (await messenger.control.say(chat, person, text, reply_to=reply_to, **more)).message_id
            except ControlRefused:  # what was to be answered has just been taken back
                answers = None
                id = (await messenger.control.say(chat, person, text, **more)).message_id
        self._journal.add(Entry(Said(n, self._room.number, self._place, answers), id))
        if not file:
            self._own.append(n)

    def _text(self, n: int, version: int = 0) -> str:
        words = " ".join(self._chance.choices(WORDS, k=self._chance.randint(1, 12)))
        return f"{self._journal.mark(n, version)} {words}"

    def _something(self) -> int | None:
        """Of what was said in this place before, and is still there."""
        there = [
            entry.said.n
            for entry in list(self._journal.entries.values())[-200:]
            if (entry.said.room, entry.said.place) == (self._room.number, self._place) and not entry.said.deleted
        ]
        return self._chance.choice(there) if there else None

    async def _corrects(self, n: int) -> None:
        entry = self._journal.entries[n]
        version = entry.said.version + 1
        text = self._text(n, version)
        entry.said = replace(entry.said, version=version)
        if self._place == ROOM:
            self._world.said.append(text)
            new = {"msgtype": "m.text", "body": text}
            relation = {"rel_type": "m.replace", "event_id": entry.id}
            content = {**new, "body": f"* {text}", "m.new_content": new, "m.relates_to": relation}
            id = await self._matrix.send(self._room.shared.room, "m.room.message", content)
            entry.events.append(("edit", id))
        else:
            await self._world[self._place].corrects(self._room.shared.groups[self._place], entry.id, text)

    async def _deletes(self, n: int) -> None:
        entry = self._journal.entries[n]
        self._own.remove(n)
        entry.said = replace(entry.said, deleted=True)
        if self._place == ROOM:
            entry.events.append(("delete", await self._matrix.redact(self._room.shared.room, entry.id)))
        else:
            await self._world[self._place].control.delete(self._room.shared.groups[self._place].id, entry.id)
