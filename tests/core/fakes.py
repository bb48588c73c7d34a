"""A homeserver and sessions that do as they are told."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from bridge.abilities import Capabilities
from bridge.errors import NotAllowed, Refused
from bridge.model import Batch, Chat, Contact, Location, MemberRole, Nothing, RemoteEvent, RoomEvent, Update
from bridge.outgoing import Outgoing, OutgoingFile, SentFile
from bridge.ports import Identity, Page

TITLES: Mapping[str, Mapping[str, str]] = {
    "bale": {"fa": "بله", "en": "Bale"},
    "rubika": {"fa": "روبیکا", "en": "Rubika"},
    "soroush": {"fa": "سروش پلاس", "en": "Soroush Plus"},
    "eitaa": {"fa": "ایتا", "en": "Eitaa"},
    "matrix": {"fa": "ماتریکس", "en": "Matrix"},
}
ROOM = "!family"
SARA = "@sara:hs.test"
LATEST = 10.0
"""Seconds after which a test that waits has failed."""

Step = Exception | str | Callable[[], Awaitable[None]]


@dataclass
class Clock:
    """Unix milliseconds; moves only when somebody sleeps, or a test says so."""

    now: int = 1_800_000_000_000
    ahead: int = 0
    """By how much (ms) it was set ahead of what has passed."""

    def __call__(self) -> int:
        return self.now + self.ahead

    def steady(self) -> float:
        """Seconds that passed, whatever it was set to."""
        return self.now / 1000

    def hours(self, hours: float) -> None:
        self.now += int(hours * 3_600_000)


class Hold:
    """A call that waits until the test lets it go on."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self._released = asyncio.Event()
        self._dies = False

    async def __call__(self) -> None:
        self.reached.set()
        await self._released.wait()
        if self._dies:
            raise asyncio.CancelledError

    def release(self) -> None:
        self._released.set()

    def die(self) -> None:
        """The call ends without an end, as it does when the process is killed."""
        self._dies = True
        self._released.set()


@dataclass(frozen=True)
class Sent:
    """An event that somebody of ours sent into a room."""

    id: str
    room: str
    sender: str
    content: Mapping[str, Any]
    txn: str
    type: str = "m.room.message"


class KnownHomeserver:
    """Does what `ports.Homeserver` says, writes down every call, and fails when it was told to.

    A transaction id that it knows gives the same event again, as the real one does.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[str, ...]] = []
        self.sent: list[Sent] = []
        self.redacted: list[Sent] = []
        self.files: dict[str, bytes] = {}
        """What is stored, by its address."""
        self.events: dict[str, dict[str, Any] | None] = {}
        self.annotations: defaultdict[str, list[object]] = defaultdict(list)
        """The reactions to an event, as the homeserver tells of them."""
        self.worn_by: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        """The events by which somebody was in a room under a name."""
        self.names: dict[tuple[str, str], str] = {}
        self.worn: dict[tuple[str, str], str | None] = {}
        """The pictures that members bear in a room."""
        self.encrypted: set[str] = set()
        self.members: defaultdict[str, list[str]] = defaultdict(list)
        self.timelines: defaultdict[str, list[RoomEvent]] = defaultdict(list)
        """What is in a room, oldest first, for whoever reads it back."""
        self.memberships_of: dict[tuple[str, str], str] = {}
        """Who is otherwise than joined in a room."""
        self.gone: set[str] = set()
        """Rooms in which nobody can do anything any more."""
        self.rooms_made = 0
        self.states: list[RoomEvent] = []
        """State events that were set and have not come back to us yet."""
        self._steps: defaultdict[str, deque[Exception | None]] = defaultdict(deque)

    def fails(self, method: str, *errors: Exception | None) -> None:
        """The next calls of a method end with these errors; None: well."""
        self._steps[method].extend(errors)

    def called(self, method: str) -> list[tuple[str, ...]]:
        return [call for call in self.calls if call[0] == method]

    def said_in(self, room: str) -> list[str]:
        return [sent.content["body"] for sent in self.sent if (sent.room, sent.type) == (room, "m.room.message")]

    def _call(self, method: str, *args: str) -> None:
        self.calls.append((method, *args))
        if args and args[0] in self.gone and method != "leave":
            raise NotAllowed("M_FORBIDDEN")
        error = self._steps[method].popleft() if self._steps[method] else None
        if error is not None:
            raise error

    async def register(self, user: str) -> None:
        self._call("register", user)

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
        self._call("join", room, user, inviter, name or "")
        if self.memberships_of.get((room, user)) == "ban":
            raise NotAllowed("M_FORBIDDEN")
        self.worn[room, user] = avatar

    async def leave(self, room: str, user: str, reason: str = "") -> None:
        self._call("leave", room, user, reason)

    async def invite(self, room: str, user: str, *, inviter: str) -> None:
        self._call("invite", room, user, inviter)

    async def send(
        self, room: str, sender: str, content: Mapping[str, Any], txn: str, type: str = "m.room.message"
    ) -> str:
        self._call("send", room, sender, txn)
        known = next((sent.id for sent in self.sent if sent.txn == txn), None)
        if known is None:
            known = f"$sent{len(self.sent)}"
            self.sent.append(Sent(known, room, sender, content, txn, type))
        return known

    async def redact(self, room: str, sender: str, event: str, txn: str, content: Mapping[str, Any]) -> str:
        self._call("redact", room, sender, event)
        known = next((gone.id for gone in self.redacted if gone.txn == txn), None)
        if known is None:
            known = f"$gone{len(self.redacted)}"
            self.redacted.append(Sent(known, room, sender, {**content, "redacts": event}, txn))
            self.events[event] = {"content": {}}
        return known

    async def upload(self, user: str, body: BinaryIO, size: int, mime: str, name: str) -> str:
        self._call("upload", user, mime, name)
        self.files[f"mxc://hs.test/{len(self.files)}"] = body.read()
        return f"mxc://hs.test/{len(self.files) - 1}"

    async def download(self, user: str, mxc: str, into: BinaryIO, limit: int) -> None:
        self._call("download", user, mxc)
        if mxc not in self.files:
            raise Refused("gone")
        if len(self.files[mxc]) > limit:
            raise Refused("too_large")
        into.write(self.files[mxc])

    async def upload_limit(self) -> int:
        return 1_000_000

    async def set_state(self, room: str, sender: str, type: str, key: str, content: Mapping[str, Any]) -> str:
        self._call("set_state", room, sender, type, key, json.dumps(content, ensure_ascii=False, sort_keys=True))
        event = RoomEvent(f"$state{len(self.calls)}", room, type, sender, 0, dict(content), key)
        self.states.append(event)
        return event.id

    async def create_room(
        self, creator: str, *, name: str, invite: list[str], powers: Mapping[str, Any], space: bool = False
    ) -> str:
        self._call("create_space" if space else "create_room", creator, name, *invite)
        self.rooms_made += 1
        return f"!made{self.rooms_made}"

    async def event(self, room: str, event: str, user: str) -> dict[str, Any] | None:
        self._call("event", room, event, user)
        return self.events.get(event)

    async def reactions(self, room: str, event: str, user: str) -> list[object]:
        self._call("reactions", room, event, user)
        return list(self.annotations[event])

    async def pinned(self, room: str, *, reader: str) -> list[str]:
        self._call("pinned", room)
        last = [each for each in self.states if (each.room, each.type) == (room, "m.room.pinned_events")]
        told = last[-1].content["pinned"] if last else []
        return list(told) if isinstance(told, list) else []

    async def read(self, room: str, user: str, event: str) -> None:
        self._call("read", room, user, event)

    async def member_name(self, room: str, user: str, *, reader: str) -> str | None:
        self._call("member_name", room, user)
        return self.names.get((room, user))

    async def membership(self, room: str, user: str, *, reader: str) -> str:
        self._call("membership", room, user)
        return self.memberships_of.get((room, user), "join")

    async def memberships(self, room: str, user: str) -> list[str]:
        self._call("memberships", room, user)
        return [event for event in self.worn_by[room, user] if self.events.get(event) != {"content": {}}]

    async def newest(self, room: str, user: str, begin: str | None, limit: int, types: Sequence[str]) -> Page:
        self._call("newest", room, user, begin or "")
        told = [event for event in self.timelines[room] if event.type in types]
        end = len(told) if begin is None else int(begin)
        first = max(0, end - limit)
        return Page(told[first:end][::-1], str(end), str(first) if first else None)

    async def is_encrypted(self, room: str, *, reader: str) -> bool:
        self._call("is_encrypted", room)
        return room in self.encrypted

    async def joined(self, room: str, *, reader: str) -> list[str]:
        self._call("joined", room)
        return self.members[room]


class ToldSession:
    """A login that sends as it is told: each step is an error to raise, an id to answer, or something to wait for
    before the next step; with no steps left, every send works and the ids count up."""

    def __init__(self, platform: str, capabilities: Capabilities) -> None:
        self.platform = platform
        self.capabilities = capabilities
        self.asked: list[tuple[str, Outgoing]] = []
        self.done: list[tuple[str, Outgoing]] = []
        self.changed: list[tuple[str, str, str | None]] = []
        """(chat, id, the new words; None for what was deleted)."""
        self.seen: list[tuple[str, str]] = []
        """(chat, id) that were marked as read."""
        self.files: list[tuple[str, OutgoingFile, bytes]] = []
        """What was sent as a file: the chat, the file, and its bytes."""
        self.pins: list[tuple[str, Location]] = []
        self.cards: list[tuple[str, Contact]] = []
        self.stored: dict[str, bytes] = {}
        """Files that people sent, by what they are asked for."""
        self.reactions: list[tuple[str, str, str]] = []
        """(chat, id, emoji) that were put on a message; "" where one was taken back."""
        self.pinned: list[tuple[str, str, bool]] = []
        """(chat, id, whether it was pinned or taken down)."""
        self.answered: list[tuple[str, str]] = []
        """Presses that were answered, and in which words."""
        self.chats: dict[str, Chat] = {}
        """What is told of a chat, or of a person, when it is asked for."""
        self.roles: dict[str, MemberRole] = {}
        self.said: dict[str, RemoteEvent | Exception] = {}
        self._steps: deque[Step] = deque()
        self._refusals: deque[Exception] = deque()

    def able(self, **able: Any) -> None:
        """It can do this, too."""
        self.capabilities = replace(self.capabilities, **able)

    def will(self, *steps: Step) -> None:
        self._steps.extend(steps)

    def will_not_change(self, *errors: Exception) -> None:
        """The next edits, deletions and files end with these errors."""
        self._refusals.extend(errors)

    @property
    def texts(self) -> list[str]:
        """What arrived: the words behind the label."""
        return [message.text.partition("\n")[2] for _, message in self.done]

    async def answer(self, press: str, words: str = "") -> None:
        self.answered.append((press, words))

    async def whoami(self) -> Identity:
        return Identity("bot", "hampayam_bot", "Hampayam")

    async def fetch(self, cursor: str | None) -> Batch:
        raise AssertionError("nobody polls here")

    def convert(self, update: Update) -> RemoteEvent:
        event = self.said.get(update.key, Nothing("unknown"))
        if isinstance(event, Exception):
            raise event
        return event

    async def send(self, chat: str, message: Outgoing) -> str:
        self.asked.append((chat, message))
        while self._steps:
            step = self._steps.popleft()
            if isinstance(step, Exception):
                raise step
            if isinstance(step, str):
                self.done.append((chat, message))
                return step
            await step()
        self.done.append((chat, message))
        return f"{self.platform}-{len(self.asked)}"

    async def send_file(self, chat: str, file: OutgoingFile, message: Outgoing) -> SentFile:
        if self._refusals:
            raise self._refusals.popleft()
        self.files.append((chat, file, file.body.read() if file.body is not None else b""))
        return SentFile(await self.send(chat, message), f"{self.platform}-file-{file.kind}-{file.size}")

    async def send_location(self, chat: str, place: Location, message: Outgoing) -> str:
        if self._refusals:
            raise self._refusals.popleft()
        self.pins.append((chat, place))
        return await self.send(chat, message)

    async def send_contact(self, chat: str, contact: Contact, message: Outgoing) -> str:
        if self._refusals:
            raise self._refusals.popleft()
        self.cards.append((chat, contact))
        return await self.send(chat, message)

    async def download(self, file: str, into: BinaryIO, limit: int) -> None:
        if self._refusals:
            raise self._refusals.popleft()
        into.write(self.stored[file])

    async def edit(self, chat: str, id: str, message: Outgoing) -> None:
        self._change(chat, id, message.text.partition("\n")[2])

    async def delete(self, chat: str, id: str) -> None:
        self._change(chat, id, None)

    def _change(self, chat: str, id: str, text: str | None) -> None:
        if self._refusals:
            raise self._refusals.popleft()
        self.changed.append((chat, id, text))

    async def react(self, chat: str, id: str, key: str) -> None:
        if self._refusals:
            raise self._refusals.popleft()
        self.reactions.append((chat, id, key))

    async def pin(self, chat: str, id: str, *, pinned: bool) -> None:
        if self._refusals:
            raise self._refusals.popleft()
        self.pinned.append((chat, id, pinned))

    async def read(self, chat: str, id: str) -> None:
        self.seen.append((chat, id))

    async def chat(self, chat: str) -> Chat | None:
        return self.chats.get(chat)

    async def enter(self, word: str) -> Chat | None:
        return await self.chat(word)

    async def member_role(self, chat: str, person: str) -> MemberRole:
        return self.roles.get(person, MemberRole.UNKNOWN)

    async def close(self) -> None:
        """There is nothing to close."""
