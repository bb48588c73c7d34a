"""Platform to platform: said in a group here, seen in a group there, through the bridge and the homeserver."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bridge.sandbox.control import Control
from tests.bench.bare import PEOPLE
from tests.bench.lines import Burst, Lost, Meter, check, line
from tests.bench.stage import Side

PATIENCE = 20.0
"""Seconds without anything new after which a chunk is given up."""

MOST_AT_ONCE = 1_900
"""Lines of a burst: a simulator keeps 2,000 updates, as the platform does."""


@dataclass(frozen=True)
class Shared:
    """A room by its two chats."""

    here: str
    there: str


async def share(here: Side, there: Side, rooms: int) -> list[Shared]:
    return [Shared(await here.group(f"here {n}"), await there.group(f"there {n}")) for n in range(rooms)]


class Reader:
    """What is seen in some chats of a platform from here on: copies, by the number of the chat's room."""

    def __init__(self, control: Control, chats: Sequence[str]) -> None:
        self._control = control
        self._rooms = {chat: number for number, chat in enumerate(chats)}
        self._index = 0
        self.lines: dict[int, list[str]] = defaultdict(list)
        self.at: dict[str, float] = {}
        """When a line was seen, by the line; Unix seconds."""

    async def skip(self) -> None:
        """Forget what was seen until now."""
        await self.read()
        self.lines.clear()
        self.at.clear()

    async def read(self) -> None:
        rows = await self._control.transcript(after=self._index)
        self._index += len(rows)
        for row in rows:
            room = self._rooms.get(row.chat or "")
            if room is not None and row.by == "api":
                body = row.text.rpartition("\n")[2]
                self.lines[room].append(body)
                self.at[body] = row.at

    async def until(self, count: int, patience: float) -> None:
        """Until so many copies were seen, or `patience` seconds have passed without one more (what is missing is for
        the check to say). Asks now and then only: the bench must not keep busy whom it measures."""
        seen, since = -1, time.monotonic()
        while seen < count and time.monotonic() - since < patience:
            await self.read()
            now = sum(map(len, self.lines.values()))
            if now > seen:
                seen, since = now, time.monotonic()
            await asyncio.sleep(0.1)


@dataclass(frozen=True)
class Way:
    """From one side to the other: the chats that are spoken in, by room, and a reader of the others."""

    here: Side
    spoken: Sequence[str]
    reader: Reader

    async def say(self, room: int, turn: int, words: str) -> float:
        """People speak in turn. Returns when it was said, Unix seconds."""
        said = await self.here.control.say(self.spoken[room], self.here.people[turn % PEOPLE], words)
        return said.at


class Settles(Protocol):
    async def settled(self) -> None: ...


class Through:
    """The rooms that the bridge has made of `shared`; nothing is under way before and after each chunk."""

    def __init__(self, bridge: Settles, here: Side, there: Side, shared: Sequence[Shared]) -> None:
        self._bridge = bridge
        self._shared = list(shared)
        ours, theirs = [each.here for each in shared], [each.there for each in shared]
        self._ways = (
            Way(here, ours, Reader(there.control, theirs)),
            Way(there, theirs, Reader(here.control, ours)),
        )

    async def warm_up(self) -> None:
        """Wait for the rooms, and let everybody say a word in each: all ghosts are there afterwards."""
        await self._bridge.settled()
        for way in self._ways:
            await way.reader.skip()
            for person in range(PEOPLE):
                for room in range(len(self._shared)):
                    await way.say(room, person, "سلام")
        for way in self._ways:
            await way.reader.until(PEOPLE * len(self._shared), PATIENCE)
        await self._bridge.settled()
        for way in self._ways:
            if any(len(way.reader.lines[room]) != PEOPLE for room in range(len(self._shared))):
                raise Lost("not every first word arrived once")

    async def burst(self, chunk: str, rooms: int, each: int, pids: Mapping[str, int]) -> Burst:
        """`each` lines in each of `rooms`, handed over together: the rate is counted from that moment to the last
        line that is seen. Until then the simulator holds the answer to the bridge's question for news."""
        if rooms * each > MOST_AT_ONCE:
            raise ValueError("the platform would forget some of them")
        way, hand = self._ways[0], self._ways[0].here.control
        await way.reader.skip()
        hold = 0.7 + rooms * each * 0.002
        await hand.fault("slow", method="getUpdates", seconds=hold)
        opened_at = await way.say(0, 0, line(chunk, 0, -1))
        handed_over = await self._held_since(hand, opened_at) + hold

        async def talk(room: int) -> None:
            for number in range(each):
                await way.say(room, number, line(chunk, room, number))

        async with asyncio.TaskGroup() as group:
            for room in range(rooms):
                group.create_task(talk(room))
        if time.time() > handed_over - 0.05:
            raise Lost("the simulator was too slow: the lines were not all said before they were handed over")
        await asyncio.sleep(handed_over - time.time() - 0.02)
        meter = Meter(pids)
        await way.reader.until(rooms * each + 1, PATIENCE)
        last = max(way.reader.at.values())
        await self._bridge.settled()
        cpu = meter.per_message(rooms * each)
        await way.reader.read()
        check(chunk, way.reader.lines, {room: range(-1 if room == 0 else 0, each) for room in range(rooms)})
        return Burst(rooms * each / (last - handed_over), cpu)

    @staticmethod
    async def _held_since(hand: Control, after: float) -> float:
        async with asyncio.timeout(PATIENCE):
            while True:
                asked = [call.at for call in await hand.calls("getUpdates") if call.at > after]
                if asked:
                    return asked[0]
                await asyncio.sleep(0.01)

    async def paced(self, chunk: str, rooms: int, count: int, per_second: float) -> list[float]:
        """Seconds from said (which is when a waiting long poll is answered) to seen, to and fro in turn, at a pace that
        is no load."""
        said: dict[str, float] = {}
        expected: list[dict[int, list[int]]] = [defaultdict(list) for _ in self._ways]
        for way in self._ways:
            await way.reader.skip()
        start = time.monotonic()
        for number in range(count):
            await asyncio.sleep(max(0.0, start + number / per_second - time.monotonic()))
            turn, side = divmod(number, len(self._ways))
            words = line(chunk, turn % rooms, number)
            said[words] = await self._ways[side].say(turn % rooms, turn, words)
            expected[side][turn % rooms].append(number)
        seen: dict[str, float] = {}
        for way, numbers in zip(self._ways, expected, strict=True):
            await way.reader.until(sum(map(len, numbers.values())), PATIENCE)
            await self._bridge.settled()
            await way.reader.read()
            check(chunk, way.reader.lines, numbers)
            seen |= way.reader.at
        return [seen[words] - at for words, at in said.items()]

    async def newcomer(self, chunk: str, room: int) -> float:
        """Seconds from the first words of somebody who was never seen before to their copy over there."""
        way = self._ways[0]
        person = await way.here.control.people(f"تازه {chunk}")
        await way.here.control.members(way.spoken[room], person)
        await way.reader.skip()
        words = line(chunk, room, 0)
        said = await way.here.control.say(way.spoken[room], person, words)
        await way.reader.until(1, PATIENCE)
        await self._bridge.settled()
        check(chunk, way.reader.lines, {room: [0]})
        return way.reader.at[words] - said.at
