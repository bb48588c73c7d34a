"""The nouns that cross floors. Standard library only; everything here is an immutable value.

Remote ids (of a chat, a person, a message) are opaque strings outside the platform folder that made
them: they are compared, stored and handed back, never parsed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal


class ChatKind(StrEnum):
    PRIVATE = "private"
    GROUP = "group"
    CHANNEL = "channel"
    MIRROR = "mirror"
    """A public channel that is read from outside: nobody there hears us."""


class MemberRole(StrEnum):
    """What a person is in a remote chat. UNKNOWN: the platform does not tell (us, or at all)."""

    ADMIN = "admin"
    MEMBER = "member"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Picture:
    """What a person or a chat looks like. `file` is how the session asks for it, `key` the same for the same picture;
    `size` in bytes, 0 if nobody said."""

    file: str
    key: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class Person:
    """Who said something on a platform.

    `name` is None where the platform gives none (Rubika in groups). `virtual` marks a person who is
    themselves a bridged copy (the national MXB system): never bridged again. `username` is what they are found by
    there, without "@"; `language` a code such as "fa". Both are "" where the platform does not tell.
    """

    id: str
    name: str | None = None
    is_bot: bool = False
    virtual: bool = False
    username: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Chat:
    """A remote conversation as one login sees it. `picture`, and `person` (whom a private chat is with), are told only
    where a session is asked for the chat."""

    id: str
    kind: ChatKind
    title: str | None = None
    picture: Picture | None = None
    person: Person | None = None


MarkKind = Literal["quote", "pre", "spoiler", "mention", "link", "bold", "italic", "underline", "strike", "code"]
"""What a stretch of text can be. "pre" is text whose line breaks and spaces are kept, such as a program."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of a text's body, from `start` up to `end` (not included), both in code points.

    `value` is a link's address, the language of what is preformatted ("" if nobody said), or whom a mention means:
    a remote id where a platform said it or will be told it, a Matrix id where it stands in a room. "" for the others.
    """

    kind: MarkKind
    start: int
    end: int
    value: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """Text as a person reads it, without any platform's markup; how it looks is in `marks`.

    Marks are made by `bridge.marks.normal` and nothing else: inside the body, in order, each inside another or apart.
    """

    body: str
    marks: tuple[Mark, ...] = ()


MediaKind = Literal["photo", "video", "video_note", "animation", "voice", "audio", "document", "sticker"]
"""What a file is to people: a video note is the round one, an animation plays by itself without sound."""


@dataclass(frozen=True, slots=True)
class Media:
    """A file that somebody sent, as the platform tells of it. `file` is how the session asks for it, and everything
    about it is a claim: `size` in bytes, `width` and `height` in pixels, `duration` in milliseconds; 0 and "" where
    nobody said. `caption` is the text that came with it, and `marks` are the caption's."""

    kind: MediaKind
    file: str
    name: str = ""
    mime: str = ""
    size: int = 0
    width: int = 0
    height: int = 0
    duration: int = 0
    caption: str = ""
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Something that none of the other kinds can hold. `kind` is a word such as "game" or "voice"; "unknown" if nobody
    knows.

    `caption` is the text that came with it, "" where there is none; `marks` are the caption's.
    """

    kind: str
    caption: str = ""
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Location:
    """A place, in degrees: `latitude` from -90 to 90, `longitude` from -180 to 180. `title` is what it is called, and
    its address, "" where nobody said. Of one that moves, the place where it was when it was told."""

    latitude: float
    longitude: float
    title: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody's phone number, as it was passed on. Either may be "". `owner` is whose number the platform says that it
    is, by their remote id; "" where it does not tell."""

    name: str = field(repr=False)
    phone: str = field(repr=False)
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Poll:
    """A question to vote on, which is possible only where it was asked. `several`: more than one option may be
    chosen. `closed`: not any more."""

    question: str
    options: tuple[str, ...]
    several: bool = False
    closed: bool = False


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """What an app writes into a group by itself when somebody changes the group. `title`: what it is called now. "pin":
    the message that was pinned is what this one replies to."""

    kind: Literal["title", "picture", "no_picture", "pin"]
    title: str = ""


Content = Text | Media | Location | Contact | Poll | ServiceLine | Unsupported


# --- what a platform says -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MessageSaid:
    """Somebody said something. `at` is Unix milliseconds by the platform's clock (0: it gave none).

    `sender` is None where the platform names nobody (a channel's own post): the chat itself spoke.
    `reply_to` is the id of a message in the same chat. `forwarded`: somebody else wrote it first, whose name this is (a
    person's or a channel's), "" where the platform tells none; None for what the sender says themselves.
    """

    chat: Chat
    id: str
    sender: Person | None
    content: Content
    at: int = 0
    reply_to: str | None = None
    forwarded: str | None = None


@dataclass(frozen=True, slots=True)
class MessageEdited:
    """A message says something else now. `said` is the whole of it, as it is now, with the time of the first saying.

    `version` tells one edit of a message from another, the same at every replay. `at` is when it was edited, in Unix
    milliseconds (0: nobody said).
    """

    said: MessageSaid
    version: str
    at: int = 0


@dataclass(frozen=True, slots=True)
class MessageDeleted:
    """Messages of a chat are gone. `maybe`: the platform did not say in which chat they were; ids that are none of
    this chat's mean nothing."""

    chat: Chat
    ids: tuple[str, ...]
    maybe: bool = False


@dataclass(frozen=True, slots=True)
class ReactionsChanged:
    """What people of a chat think of a message has changed. `counts` are (emoji, how many chose it) as they are now,
    ours left out: who they are, nobody says. `version` tells one change from another, the same at every replay."""

    chat: Chat
    id: str
    counts: tuple[tuple[str, int], ...]
    version: str


@dataclass(frozen=True, slots=True)
class Unpinned:
    """Messages of a chat are not pinned any more; who took them down, nobody says. (A pin is a `ServiceLine`.)
    `version` tells one time from another, the same at every replay."""

    chat: Chat
    ids: tuple[str, ...]
    version: str


@dataclass(frozen=True, slots=True)
class ReadUpTo:
    """Somebody in a chat has read a message of ours, and all before it."""

    chat: Chat
    id: str


@dataclass(frozen=True, slots=True)
class MembersMoved:
    """People joined a chat, or left it (`present` False). Our own bot's moves are `BotMoved`."""

    chat: Chat
    people: tuple[Person, ...]
    present: bool


@dataclass(frozen=True, slots=True)
class BotMoved:
    """Our own bot was added to a chat, or removed from it (`present` False). `at` is Unix ms, 0: not told."""

    chat: Chat
    present: bool
    at: int = 0


@dataclass(frozen=True, slots=True)
class Started:
    """A person pressed Start in a private chat. `payload` is what came with the deep link, "" if nothing."""

    chat: Chat
    person: Person | None
    payload: str = ""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A person tapped a button of ours. `data` is what the button carries, and comes from the person's app: untrusted.
    `id` is how the press is answered, and the same at every replay; `message` the id of what the button stands below,
    None where that is not told."""

    chat: Chat
    id: str
    person: Person
    data: str
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A message that our converter could not read. It is said in the room that something was there."""

    chat: Chat
    id: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """An update that carries nothing to bridge (a kind that nobody knows, a service line).

    `kind` is the platform's word for it, for the count and the log line.
    """

    kind: str


@dataclass(frozen=True, slots=True)
class Missed:
    """The platform no longer knows something that was said between two moments (Unix ms)."""

    since: int
    until: int


RemoteEvent = (
    MessageSaid
    | MessageEdited
    | MessageDeleted
    | ReactionsChanged
    | Unpinned
    | ReadUpTo
    | MembersMoved
    | BotMoved
    | Started
    | Pressed
    | Missed
    | Unreadable
    | Nothing
)


# --- what is taken over from a platform -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Update:
    """One update as it came, before conversion.

    `key` is unique for (login): chat, remote id, kind and version, so that a repeat is recognised by the
    database. `chat` orders the work: updates of one chat are handled in the order of arrival.
    """

    key: str
    chat: str
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one fetch brought. `cursor` is stored in the same transaction as `updates`.

    `wait` is how many seconds the platform wants us to leave before the next fetch (0: none, long poll).
    """

    updates: tuple[Update, ...]
    cursor: str | None
    wait: float = 0.0


# --- what the room says ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an event of ours comes from: a message of a chat, an edit or a deletion of one, a reaction to one.
    Signed, inside the event's content."""

    login: str
    chat: str
    message: str
    signature: str
    kind: str = "message"
    version: str = ""


@dataclass(frozen=True, slots=True)
class RoomEvent:
    """One event of the homeserver's, with only what the core looks at. `content` is untrusted JSON."""

    id: str
    room: str
    type: str
    sender: str
    at: int
    content: dict[str, object] = field(repr=False)
    state_key: str | None = None
    encrypted: bool = False
    """It invites into a room that is encrypted."""
    before: Mapping[str, object] = field(default_factory=dict, repr=False)
    """Of a state event, the content in whose place it came; empty where the homeserver does not tell it."""
