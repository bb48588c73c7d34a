"""What the core asks of the outside: a platform's session, and the homeserver.

The implementations live in `platforms/` and `matrix/`; the core sees only these. Every method here may
wait for the network, and raises only the errors of `bridge.errors`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

from bridge.abilities import Capabilities
from bridge.config import PlatformSettings
from bridge.model import Batch, Chat, Contact, Location, MemberRole, RemoteEvent, RoomEvent, Update
from bridge.outgoing import Outgoing, OutgoingFile, SentFile


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a login is on its platform: the stable id and what people see."""

    id: str
    username: str | None
    name: str


class Session(Protocol):
    """One login on one platform. Made by `Platform.open`; all its calls share one HTTP client."""

    capabilities: Capabilities

    async def whoami(self) -> Identity:
        """Ask the platform who we are. Raises LoginLost for a bad token, Retry when unreachable."""
        ...

    async def fetch(self, cursor: str | None) -> Batch:
        """Wait for updates after `cursor` (None: from the oldest kept). May be repeated: reading moves nothing
        until the next call brings the new cursor back. Raises Retry, LoginLost. Not called where
        `capabilities.receives` is False."""
        ...

    def convert(self, update: Update) -> RemoteEvent:
        """Pure: one update → one event. Raises nothing for odd input (Unreadable or Nothing instead)."""
        ...

    async def send(self, chat: str, message: Outgoing) -> str:
        """Send one message, return its remote id. At most once: raises Retry only when it surely was not done,
        InDoubt when it may have been, Refused/NotAllowed when it never will be."""
        ...

    async def send_file(self, chat: str, file: OutgoingFile, message: Outgoing) -> SentFile:
        """Send a file with the words of `message` below it; as `send` in everything else. Called for the kinds of
        `capabilities.files` only."""
        ...

    async def send_location(self, chat: str, place: Location, message: Outgoing) -> str:
        """Pin a place on a map; of `message` the `client_id` alone is looked at. As `send` in everything else. Not
        called where `capabilities.places` is False."""
        ...

    async def send_contact(self, chat: str, contact: Contact, message: Outgoing) -> str:
        """Pass somebody's number on as a card; name and number are not empty, and of `message` the `client_id` alone is
        looked at. As `send` in everything else. Not called where `capabilities.contacts` is False."""
        ...

    async def download(self, file: str, into: BinaryIO, limit: int) -> None:
        """Write a file that somebody sent (`Media.file`) into `into`, in constant memory. Raises Refused("too_large")
        beyond `limit` bytes, Refused("gone") where it is no longer there, Retry."""
        ...

    async def edit(self, chat: str, id: str, message: Outgoing) -> None:
        """Make a message of ours say something else; `reply_to` and `client_id` are not looked at. May be repeated:
        fine if it says that already. Not called where `capabilities.edits` is False. Raises Retry, InDoubt, Refused
        (too old, gone, not ours), NotAllowed."""
        ...

    async def delete(self, chat: str, id: str) -> None:
        """Take a message of ours back, for everybody. May be repeated: fine if it is gone already. Not called where
        `capabilities.deletes` is False. Raises Retry, InDoubt, Refused (too old, not ours), NotAllowed."""
        ...

    async def react(self, chat: str, id: str, key: str) -> None:
        """Put our reaction, an emoji, on a message, in the place of another; "" takes it back. May be repeated. Not
        called where `capabilities.reacts` is False. Raises Retry, InDoubt, Refused (unknown there), NotAllowed."""
        ...

    async def pin(self, chat: str, id: str, *, pinned: bool) -> None:
        """Pin a message of the chat, anybody's, or (`pinned` False) take it down. May be repeated. Not called where
        `capabilities.pins` is False. Raises Retry, InDoubt, Refused (gone), NotAllowed (we lack the right)."""
        ...

    async def read(self, chat: str, id: str) -> None:
        """Show people that we have read everything up to a message. Not called where `capabilities.reads` is False.
        May be repeated. Raises Retry, Refused, NotAllowed."""
        ...

    async def answer(self, press: str, words: str = "") -> None:
        """Tell a person's app that a press (`Pressed.id`) has arrived, with a few words that it shows for a moment. May
        be repeated. Not called where `capabilities.buttons` is "". Raises Retry, Refused (too late)."""
        ...

    async def chat(self, chat: str) -> Chat | None:
        """What the platform tells of a chat; None where it cannot tell."""
        ...

    async def enter(self, word: str) -> Chat | None:
        """The chat that an operator names, as `chat` tells of it, gone into where one can: by a public name or the link
        of an invitation."""
        ...

    async def member_role(self, chat: str, person: str) -> MemberRole:
        """What a person is in a chat; UNKNOWN where the platform (or our rights there) cannot tell."""
        ...

    async def close(self) -> None:
        """Close the HTTP client. Safe to call twice."""
        ...


class Ask(Protocol):
    """Asks the person who logs in. The management room answers it."""

    async def __call__(self, question: str, *, reason: str = "", secret: bool = False) -> str:
        """Put a question and wait for its answer. `question`, and `reason` (why it is asked again), are keys of
        `texts.sentences`. `secret`: the answer must not stay where others can read it."""
        ...


Keep = Callable[[bytes], Awaitable[None]]
"""Stores the new credentials of a running login; when it returns, they are on the disk."""


@dataclass(frozen=True)
class Account:
    """A login that is made in words (a phone number, a code) and kept in the database, beside the bot of the config.
    Credentials are the platform's own bytes; the core seals them and never looks inside."""

    capabilities: Capabilities
    wanted: Callable[[Any], bool]
    """Whether the settings ask for it."""
    login: Callable[[Any, Ask], Awaitable[bytes]]
    """Ask for what the platform wants to know, return credentials. Raises Refused with a sentence's key."""
    open: Callable[[Any, bytes, Keep], Session]
    """Make a session. Does not touch the network; raises LoginLost for credentials that cannot be read."""
    logout: Callable[[Any, bytes], Awaitable[None]]
    """Tell the platform that the login ends. Raises Retry, Refused."""


@dataclass(frozen=True, slots=True)
class Mirrored:
    """A public channel that is mirrored. `since` tells this from an earlier mirroring of it; `begins` is what
    `Mirror.begin` told."""

    chat: str
    since: str
    begins: str


@dataclass(frozen=True)
class Mirror:
    """A way to read public channels from outside, without being in them."""

    capabilities: Capabilities
    wanted: Callable[[Any], bool]
    """Whether the settings ask for it."""
    begin: Callable[[Any, str], Awaitable[tuple[Chat, str]]]
    """The channel that a person named, and where its mirror begins: nothing from before crosses, all behind it does.
    Raises Refused with a sentence's key, Retry."""
    open: Callable[[Any, Callable[[], Awaitable[list[Mirrored]]], Callable[[str], Awaitable[None]]], Session]
    """Make a session that hears the channels which the first function tells, and calls the second with one that cannot
    be found any more. Does not touch the network."""


@dataclass(frozen=True)
class Platform:
    """A platform's declaration, made in its folder's `__init__.py` as `PLATFORM`.

    `name` is the word in config, ids and commands; `titles` what people read, by language ("fa", "en").
    """

    name: str
    titles: Mapping[str, str]
    settings: type[PlatformSettings]
    capabilities: Capabilities
    open: Callable[[Any], Session]
    """Make a session from an instance of `settings`. Does not touch the network; needs a running loop."""
    account: Account | None = None
    """The other way to be there, where the platform has one."""
    mirror: Mirror | None = None
    """The way to read without being there, where the platform has one."""
    deep_link: Callable[[str, str], str] | None = None
    """From our bot's user name and a payload (letters and digits), a link that opens a private chat with the bot.
    Whoever presses Start there sends `Started` with that payload, as far as the platform keeps its word."""


@dataclass(frozen=True, slots=True)
class Page:
    """Events of a room's timeline, the newest first. `start` asks for the same page again, `earlier` for the one before
    it; None: this was the first of all."""

    events: Sequence[RoomEvent]
    start: str
    earlier: str | None


class Homeserver(Protocol):
    """The homeserver, as the core uses it. Every call acts as `sender`, one of our own users."""

    async def register(self, user: str) -> None:
        """Create one of our users and its device. Fine if it exists already."""
        ...

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
        """Invite one of our users and let it join under `name` (None: its own) and with a picture (an mxc address).
        Fine if it is in the room already: then it takes these. `invited`: try without an invite first."""
        ...

    async def leave(self, room: str, user: str, reason: str = "") -> None:
        """Fine if it is not in the room."""
        ...

    async def invite(self, room: str, user: str, *, inviter: str) -> None:
        """Invite a person. Fine if they are in the room or invited already."""
        ...

    async def send(
        self, room: str, sender: str, content: Mapping[str, Any], txn: str, type: str = "m.room.message"
    ) -> str:
        """Send an event, return its id. The same `txn` twice gives the same id: safe to repeat.
        Raises Retry; NotAllowed when `sender` is not in the room; Refused for good."""
        ...

    async def redact(self, room: str, sender: str, event: str, txn: str, content: Mapping[str, Any]) -> str:
        """Delete an event, return the id of the redaction, which carries `content`. The same `txn` twice is safe.
        Raises Retry; NotAllowed when `sender` may not; Refused for good."""
        ...

    async def upload(self, user: str, body: BinaryIO, size: int, mime: str, name: str) -> str:
        """Store a file, return its mxc address. Raises Retry, Refused("too_large") and others for good."""
        ...

    async def download(self, user: str, mxc: str, into: BinaryIO, limit: int) -> None:
        """Write a stored file into `into`, in constant memory. Raises Retry, Refused("too_large") beyond `limit`
        bytes, Refused("gone")."""
        ...

    async def upload_limit(self) -> int:
        """The largest file that the homeserver stores, in bytes. Raises Retry."""
        ...

    async def set_state(self, room: str, sender: str, type: str, key: str, content: Mapping[str, Any]) -> str:
        """Set a state event, return its id. Setting the same content twice is harmless."""
        ...

    async def create_room(
        self,
        creator: str,
        *,
        name: str,
        invite: list[str],
        powers: Mapping[str, Any],
        space: bool = False,
    ) -> str:
        """Create a private room (version 12: its creator stands above all power levels) or space, return its id."""
        ...

    async def event(self, room: str, event: str, user: str) -> dict[str, Any] | None:
        """Fetch one event as it is now (a redacted one without its content); None if it is gone."""
        ...

    async def reactions(self, room: str, event: str, user: str) -> list[object]:
        """The reactions to an event as they are now, oldest first; of very many the newest 50. Raises Retry,
        Refused."""
        ...

    async def pinned(self, room: str, *, reader: str) -> list[str]:
        """The events that are pinned in a room now, in the room's order of them. Raises Retry, Refused."""
        ...

    async def read(self, room: str, user: str, event: str) -> None:
        """One of our users has read an event, and all before it. Raises Retry, Refused."""
        ...

    async def member_name(self, room: str, user: str, *, reader: str) -> str | None:
        """The display name of a member in a room, None without one."""
        ...

    async def membership(self, room: str, user: str, *, reader: str) -> str:
        """Whether somebody is in a room: "join", "leave", "invite", "ban"; "" when they never were. Raises Retry,
        NotAllowed when `reader` is not there, Refused."""
        ...

    async def memberships(self, room: str, user: str) -> list[str]:
        """The events by which one of our users was in a room under a name or with a picture, those that still show
        them. Raises Retry, NotAllowed when it is not there."""
        ...

    async def newest(self, room: str, user: str, begin: str | None, limit: int, types: Sequence[str]) -> Page:
        """Events of these types in a room, at most `limit`: the newest of all, or from where another page said. Raises
        Retry; NotAllowed when the user is not there."""
        ...

    async def is_encrypted(self, room: str, *, reader: str) -> bool: ...

    async def joined(self, room: str, *, reader: str) -> list[str]:
        """The ids of all who are in a room now."""
        ...


class Admin(Protocol):
    """What an administrator of the homeserver can do to one of our users. Every call may be repeated, is fine for a
    user whom the homeserver does not know, and raises Retry, LoginLost (the token is none), NotAllowed (it is no
    administrator's), Refused."""

    async def delete_files(self, user: str) -> list[str]:
        """Delete everything that a user has stored. Returns the mxc addresses of what this call deleted."""
        ...

    async def erase(self, user: str) -> None:
        """Deactivate a user: it leaves all rooms, its profile goes, and who joins a room later sees nothing that it
        said there."""
        ...

    async def revive(self, user: str) -> None:
        """The user is as any other again; what it says from now on is seen by all."""
        ...


@dataclass(frozen=True, slots=True)
class Linked:
    """A file of the homeserver that a link of ours leads to. `reader` is who of ours fetches it; `name` is fit to
    be a file's name, `mime` is what the room was told."""

    mxc: str
    reader: str
    name: str
    mime: str


@dataclass(frozen=True, slots=True)
class Door:
    """A way into a private chat with us on a messenger: its names by language, our user name there, and a link that
    opens the chat ("" where there is none)."""

    titles: Mapping[str, str]
    username: str
    link: str
