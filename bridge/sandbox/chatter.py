"""The sandbox's prompt: what can be typed, and what is shown when something is said anywhere."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from bridge.platforms import PLATFORMS
from bridge.sandbox.client import Heard
from bridge.sandbox.control import ControlRefused, Seen
from bridge.sandbox.conversation import MATRIX_TITLE, Conversation
from bridge.sandbox.reading import copied
from bridge.sandbox.verdict import MATRIX

HELP = """\
  bale سارا: سلام         say something as anybody on rubika, bale, soroush or eitaa (who is new, joins the group)
  bale سارا >3: بله       the same, as a reply to what stands as #3
  bale سارا: /status      a command in the group: /help /link /join /unlink /name /status
  matrix: سلام            say something as Mina, who is in the room on Matrix
  admin: status           a command in the operator's management room: help, rooms, approve, unlink ...
  people · groups         who and what there is
  link TITLE              new groups everywhere, linked with one another; what is said goes there from then on
  log · help · quit       the end of the bridge's log; this; the end"""

LOG_LINES = 20
_SPEECH = re.compile(r"(\w+)(?:\s+([^:>]+?))?\s*(?:>\s*(\d+)\s*)?:\s*(.+)", re.DOTALL)
_LOOK_S = 5.0


class NotUnderstood(ValueError):
    """What was typed makes no sense here; the message says why."""


@dataclass
class Spoken:
    """Something that was said in a place at `at` (Unix seconds), and under which id it stands where by now."""

    place: str
    text: str
    at: float
    ids: dict[str, str] = field(default_factory=dict)


class Chatter:
    """`show` is given every line for the terminal. `watch` must be running while `obey` is called."""

    def __init__(self, conversation: Conversation, show: Callable[[str], None]) -> None:
        self.world = conversation.world
        self._here = conversation
        self._show = show
        self._spoken: list[Spoken] = []
        self._joined: dict[str, list[str]] = {}
        """Names by group id, of those who came after its beginning."""
        self._group: asyncio.TaskGroup | None = None

    # --- what is typed

    async def obey(self, line: str) -> None:
        """One line of the prompt. Raises NotUnderstood, NotLinked, TimeoutError."""
        word, _, rest = line.strip().partition(" ")
        speech = _SPEECH.fullmatch(line.strip())
        match word:
            case "":
                return
            case "help":
                self._show(HELP)
            case "people":
                for name, messenger in self.world.messengers.items():
                    self._show(f"  {name}: " + ", ".join(messenger.people))
            case "groups":
                for name, messenger in self.world.messengers.items():
                    for group in messenger.groups.values():
                        here = " ←" if self._here.shared.groups[name] == group else ""
                        self._show(f"  {name}: «{group.title}» {group.id} {group.username or ''}{here}")
            case "log":
                for logged in self.world.bridge_log().splitlines()[-LOG_LINES:]:
                    self._show("  " + logged)
            case "link" if rest.strip():
                await self._link(rest.strip())
            case _ if speech is not None:
                await self._say(speech[1], speech[2], speech[3], speech[4])
            case _:
                raise NotUnderstood(f"not understood: {line.strip()}\n{HELP}")

    async def _say(self, place: str, name: str | None, answers: str | None, text: str) -> None:
        target = None if answers is None else self._standing_as(int(answers), place)
        if place == "admin":
            self._show(await self.world.operator.command(text))
        elif place == MATRIX and self._here.host is not None:
            await self.world.matrix_says(self._here.host.person, self._here.room, text, target)
        elif place not in self.world.messengers:
            raise NotUnderstood(f"{place}: say matrix, admin, {', '.join(self.world.messengers)}")
        elif name is None:
            raise NotUnderstood(f"who says that? {place} NAME: {text}")
        else:
            await self._say_in_a_chat(place, name, text, target)

    async def _say_in_a_chat(self, place: str, name: str, text: str, target: str | None) -> None:
        messenger, group = self.world[place], self._here.shared.groups[place]
        present = self._joined.setdefault(group.id, [group.admin])
        try:
            if name not in present:
                await messenger.control.members(group.id, await messenger.person(name))
                present.append(name)
            await messenger.says(group, name, text, target)
        except ControlRefused as refusal:
            raise NotUnderstood(refusal.words) from None

    def _standing_as(self, number: int, place: str) -> str:
        if not 1 <= number <= len(self._spoken):
            raise NotUnderstood(f"there is no #{number}")
        if place not in (there := self._spoken[number - 1].ids):
            raise NotUnderstood(f"#{number} is not to be seen on {place}")
        return there[place]

    async def _link(self, title: str) -> None:
        people = {name: (self._here.shared.groups[name].admin,) for name in self.world.messengers}
        host = self._here.host
        shared = await self.world.share(title, *people, people=people, host=host)
        self._here = Conversation(self.world, shared, host)
        self._show(f"  linked; what is said now is said in «{title}»")
        if self._group is not None:
            self._group.create_task(self._watch_room(self._here))

    # --- what is seen

    async def watch(self) -> None:
        """Shows what is said from now on, for ever."""
        async with asyncio.TaskGroup() as self._group:
            for name in self.world.messengers:
                self._group.create_task(self._watch_messenger(name))
            self._group.create_task(self._watch_room(self._here))

    async def _watch_messenger(self, name: str) -> None:
        control = self.world[name].control
        index = max((seen.index for seen in await control.transcript()), default=0)
        while True:
            for seen in await control.transcript(after=index, wait=_LOOK_S):
                index = seen.index
                self._seen(name, seen)

    async def _watch_room(self, conversation: Conversation) -> None:
        if conversation.host is None:
            return
        person, room = conversation.host.person, conversation.room
        count = len(await person.messages(room))
        while True:
            for event in await person.messages(room, count, wait=_LOOK_S):
                count += 1
                self._heard(person.mxid, event, await person.members(room))

    def _seen(self, place: str, seen: Seen) -> None:
        copy = copied(seen.text) if seen.by == "api" else None
        if copy is not None:
            number, delay = self._arrived(place, copy[0], copy[1], seen.message_id, seen.at)
            self._tell(place, f"{copy[0]}: {copy[1]}", number, delay)
        elif seen.by == "api":
            self._tell(place, seen.text.replace("\n", "\n" + " " * 15))
        elif seen.text.startswith("/"):
            self._tell(place, f"{seen.sender_name}: {seen.text}")
        else:
            number = self._said(place, seen.text, seen.message_id, seen.at)
            self._tell(place, f"{seen.sender_name}: {seen.text}", number)

    def _heard(self, own: str, event: Heard, members: dict[str, str]) -> None:
        if event.content.get("msgtype") != "m.text":
            self._tell(MATRIX, event.body.replace("\n", "\n" + " " * 15))
        elif event.sender == own:
            number = self._said(MATRIX, event.body, event.event_id, event.at)
            self._tell(MATRIX, f"{members.get(own) or own}: {event.body}", number)
        else:
            label = members.get(event.sender) or event.sender
            number, delay = self._arrived(MATRIX, label, event.body, event.event_id, event.at)
            self._tell(MATRIX, f"{label}: {event.body}", number, delay)

    def _said(self, place: str, text: str, message_id: str, at: float) -> int:
        self._spoken.append(Spoken(place, text, at, {place: message_id}))
        return len(self._spoken)

    def _arrived(self, place: str, label: str, text: str, message_id: str, at: float) -> tuple[int, float]:
        """The number of what was copied here, and after how many milliseconds; 0 for what nobody remembers."""
        origin = label.rpartition(" · ")[2].partition(" (")[0]
        for number, spoken in enumerate(self._spoken, 1):
            title = MATRIX_TITLE if spoken.place == MATRIX else PLATFORMS[spoken.place].titles["fa"]
            if spoken.text == text and title == origin and place not in spoken.ids:
                spoken.ids[place] = message_id
                return number, (at - spoken.at) * 1000
        return 0, 0.0

    def _tell(self, place: str, text: str, number: int = 0, delay: float = 0.0) -> None:
        mark = f"#{number}" if number else ""
        after = f"   ({delay:.0f} ms)" if delay else ""
        self._show(f"{mark:>5} {place:8} {text}{after}")
