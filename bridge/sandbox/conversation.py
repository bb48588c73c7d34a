"""People of several messengers talk in one room: who says what, where it arrives and when, and the verdict."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bridge.sandbox.client import Heard
from bridge.sandbox.manager import Manager
from bridge.sandbox.messenger import WAIT_S
from bridge.sandbox.reading import copied, heard
from bridge.sandbox.sharing import NotLinked, Shared
from bridge.sandbox.verdict import MATRIX, Finding, Line, Told, judge, lines_of_chat, lines_of_room
from bridge.sandbox.world import World

MATRIX_TITLE = "ماتریکس"


@dataclass(frozen=True)
class Arrival:
    """`message_id` is the message's id there (on Matrix its event's), `at` Unix seconds."""

    place: str
    message_id: str
    at: float


class Conversation:
    """`host` is the person on Matrix who is in the room; without one nobody there speaks. Places are the
    messengers' names and MATRIX. Texts are unique: it is by them that messages are found again."""

    def __init__(self, world: World, shared: Shared, host: Manager | None = None) -> None:
        self.world = world
        self.shared = shared
        self.host = host
        self.told: list[Told] = []
        self.names: dict[tuple[str, str], str] = {}
        """How somebody (place, name) is called by others, where that is not their name."""

    @property
    def places(self) -> list[str]:
        return [*self.shared.groups, *([MATRIX] if self.host is not None else [])]

    @property
    def room(self) -> str:
        return self.shared.room

    def label(self, place: str, name: str) -> str:
        title = MATRIX_TITLE if place == MATRIX else self.world[place].titles["fa"]
        return f"{self.names.get((place, name), name)} · {title}"

    async def introduce(self, place: str, name: str) -> None:
        """`/name`, where the messenger tells nobody's name."""
        messenger, group = self.world[place], self.shared.groups[place]
        answer = await messenger.answer_to(group, name, f"/name {name}")
        if heard("name_set", answer.text) is None:
            raise NotLinked(f"/name: {answer.text}")

    async def rename(self, name: str) -> None:
        """The person on Matrix takes this name in the room."""
        person = self._host.person
        member = {"membership": "join", "displayname": name}
        await person.set_state(self.room, "m.room.member", member, person.mxid)

    @property
    def _host(self) -> Manager:
        if self.host is None:
            raise RuntimeError("nobody on Matrix is in this conversation")
        return self.host

    # --- saying

    async def says(self, place: str, name: str, text: str, answers: str | None = None) -> Arrival:
        """`answers` is the text of the message that this replies to, which is waited for. `at` is when it was said."""
        target = (await self.arrival(place, answers)).message_id if answers is not None else None
        self.told.append(Told(place, self.label(place, name), text, answers))
        if place == MATRIX:
            at = time.time()
            event_id = await self.world.matrix_says(self._host.person, self.room, text, target)
            return Arrival(MATRIX, event_id, at)
        said = await self.world[place].say(self.shared.groups[place], name, text, target)
        return Arrival(place, said.message_id, said.at)

    async def corrects(self, place: str, text: str, new: str) -> None:
        """Whoever said a text there says something else instead."""
        message_id = (await self.arrival(place, text)).message_id
        for n, told in enumerate(self.told):
            answers = new if told.reply_to == text else told.reply_to
            self.told[n] = replace(told, text=new if told.text == text else told.text, reply_to=answers)
        if place == MATRIX:
            self.world.said.append(new)
            await self._host.person.correct(self.room, message_id, new)
        else:
            await self.world[place].corrects(self.shared.groups[place], message_id, new)

    async def deletes(self, place: str, text: str) -> None:
        """Whoever said a text there takes it back."""
        message_id = (await self.arrival(place, text)).message_id
        self.told = [told for told in self.told if told.text != text]
        if place == MATRIX:
            await self._host.person.redact(self.room, message_id)
        else:
            await self.world[place].control.delete(self.shared.groups[place].id, message_id)

    async def arrival(self, place: str, text: str, wait: float = WAIT_S) -> Arrival:
        """Where and when a text became visible in a place; waits until it does. Raises TimeoutError."""
        if place == MATRIX:
            event = await self._host.person.first(
                self.room,
                lambda event: event.type == "m.room.message" and text in (event.body, event.corrected),
                wait=wait,
            )
            if event.corrects is not None:
                return Arrival(MATRIX, event.corrects, event.at)
            return Arrival(MATRIX, event.event_id, event.at)
        line = await self.world[place].wait_for(
            self.shared.groups[place],
            lambda seen: text == (seen.text if seen.by == "person" else (copied(seen.text) or ("", ""))[1]),
            wait,
        )
        return Arrival(place, line.message_id, line.at)

    async def arrivals(self, text: str, wait: float = WAIT_S) -> list[Arrival]:
        """Everywhere, in the order of arrival. Raises TimeoutError when it does not come to one of them."""
        try:
            async with asyncio.TaskGroup() as group:
                waiting = [group.create_task(self.arrival(place, text, wait)) for place in self.places]
        except* TimeoutError as missing:
            raise TimeoutError("; ".join(str(error) for error in missing.exceptions)) from None
        return sorted((task.result() for task in waiting), key=lambda arrival: arrival.at)

    async def host_messages(self) -> list[Heard]:
        """What the person on Matrix has of the room, notices and deletions included."""
        return self._host.person.events(self.room)

    # --- judging

    async def lines(self) -> dict[str, list[Line]]:
        """What every place shows now."""
        shown = {
            place: lines_of_chat(await self.world[place].transcript(group))
            for place, group in self.shared.groups.items()
        }
        if self.host is not None:
            person = self.host.person
            names = await person.members(self.room)
            shown[MATRIX] = lines_of_room(await self.host_messages(), names, [person.mxid])
        return shown

    async def findings(self) -> Mapping[str, Finding]:
        """The verdict for every place on all that was said; to be asked for when the world has settled."""
        lines = await self.lines()
        return {place: judge(place, self.told, lines) for place in lines}
