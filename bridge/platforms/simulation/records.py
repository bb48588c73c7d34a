"""What every simulated messenger remembers: people, bots, chats, and who said what in which order."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from .buttons import Presses, Rows, written
from .form import Upload

Role = Literal["creator", "admin", "member", "left"]
ChatKind = Literal["private", "group", "channel"]
Author = Literal["person", "api"]
ROLES: tuple[Role, ...] = ("creator", "admin", "member", "left")


class ControlError(Exception):
    """What the outside hand asked for cannot be done; `status` is 400 or 404."""

    def __init__(self, words: str, status: int = 400) -> None:
        super().__init__(words)
        self.words = words
        self.status = status


class Bell:
    """Wakes everybody who waits; whoever comes later waits for the next ring."""

    def __init__(self) -> None:
        self._waiting = 0
        self._event = asyncio.Event()

    def ring(self) -> None:
        if self._waiting:
            self._event.set()
            self._event = asyncio.Event()

    async def wait(self, seconds: float | None = None) -> bool:
        """True when it rang, False when `seconds` passed first. No await between your own check and this."""
        event = self._event
        self._waiting += 1
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
            return True
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1


@dataclass(slots=True, eq=False)
class Person:
    id: str
    name: str
    username: str | None = None
    is_bot: bool = False
    language: str = field(default="", kw_only=True)
    """The code of the language that their app speaks, "" where it does not tell."""
    phone: str = field(default="", kw_only=True)


@dataclass(slots=True, eq=False)
class Bot(Person):
    """An account of which a client under test holds the token."""

    token: str = ""


Thing = dict[str, Any]
"""A place, a phone number or a poll; what is in it for each kind, `things` says."""


@dataclass(frozen=True, slots=True)
class Look:
    """Words of a message that look different from the others: bold, italic, underline, strike, code, pre, quote,
    spoiler, link or mention. `value`: a link's address, a language, whom a mention means."""

    kind: str
    words: str
    value: str = ""


@dataclass(slots=True, eq=False)
class Message:
    """`index` counts from 1 in its chat; 0 for a service message, which is not in the transcript."""

    chat: Chat
    message_id: str
    sender: Person | None
    text: str
    raw: str
    reply_to: str | None
    at: float
    by: Author
    kind: str = "text"
    index: int = 0
    edited_at: float | None = None
    deleted: bool = False
    pinned: bool = False
    looks: tuple[Look, ...] = ()
    file: Upload | None = None
    """What was sent with it, byte for byte, where it is a file."""
    thing: Thing | None = None
    buttons: Rows = ()
    """What stands below it to be tapped."""
    wire: dict[str, Any] = field(default_factory=dict)
    """The platform's own fields (a photo's sizes, entities, a keyboard): the kit never looks into it."""

    def row(self) -> dict[str, Any]:
        who = self.sender
        return {
            "index": self.index,
            "message_id": self.message_id,
            "sender": {"id": who.id, "name": who.name, "is_bot": who.is_bot} if who else None,
            "text": self.text,
            "raw": self.raw,
            "reply_to": self.reply_to,
            "at": self.at,
            "by": self.by,
            "kind": self.kind,
            "edited_at": self.edited_at,
            "deleted": self.deleted,
            "pinned": self.pinned,
            "looks": [{"kind": look.kind, "words": look.words, "value": look.value} for look in self.looks],
            "file": None if self.file is None else _described(self.file),
            "thing": self.thing,
            "buttons": written(self.buttons),
        }


def _described(file: Upload) -> dict[str, Any]:
    return {
        "name": file.filename,
        "mime": file.content_type,
        "size": len(file.body),
        "sha256": hashlib.sha256(file.body).hexdigest(),
    }


@dataclass(slots=True, eq=False)
class Chat:
    """A private chat belongs to one person and one bot; `id` is what that bot calls it."""

    id: str
    kind: ChatKind
    title: str
    username: str | None = None
    person: Person | None = None
    bot: Bot | None = None
    members: dict[str, Role] = field(default_factory=dict)
    bots: dict[str, Bot] = field(default_factory=dict)
    """The members that are bots with a token: whom a new message may concern."""
    messages: list[Message] = field(default_factory=list)
    by_id: dict[str, Message] = field(default_factory=dict)
    counter: int = 0
    bar: Rows = ()
    """The buttons below the text field."""
    bell: Bell = field(default_factory=Bell)

    def next_number(self) -> int:
        self.counter += 1
        return self.counter

    def role(self, person: Person) -> Role:
        return self.members.get(person.id, "left")

    def has(self, person: Person) -> bool:
        return self.role(person) != "left"

    def is_admin(self, person: Person) -> bool:
        return self.role(person) in ("creator", "admin")


class World:
    """All records of one simulator, each found by its id."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.people: dict[str, Person] = {}
        self.bots: dict[str, Bot] = {}
        self.tokens: dict[str, Bot] = {}
        self.chats: dict[str, Chat] = {}
        self.messages: list[Message] = []
        self.presses = Presses()
        self.bell = Bell()
        self._usernames: dict[str, Person | Chat] = {}
        self._privates: dict[tuple[str, str], Chat] = {}
        self._private_ids: dict[str, list[Chat]] = {}

    def add_person(self, person: Person) -> None:
        self._claim(person.username, person)
        self.people[person.id] = person
        if isinstance(person, Bot):
            self.bots[person.id] = person
            self.tokens[person.token] = person

    def add_chat(self, chat: Chat) -> None:
        """A private chat needs `person` and `bot`; both become members."""
        if chat.kind == "private":
            if chat.person is None or chat.bot is None:
                raise ValueError("a private chat belongs to a person and a bot")
            self._privates[chat.bot.id, chat.person.id] = chat
            self._private_ids.setdefault(chat.id, []).append(chat)
            for person in (chat.person, chat.bot):
                self.set_role(chat, person, "member")
        else:
            self._claim(chat.username, chat)
            self.chats[chat.id] = chat

    def _claim(self, username: str | None, owner: Person | Chat) -> None:
        if username is None:
            return
        if username.lower() in self._usernames:
            raise ControlError(f"the username {username} is taken")
        self._usernames[username.lower()] = owner

    def named(self, username: str) -> Person | Chat | None:
        return self._usernames.get(username.removeprefix("@").lower())

    def private(self, bot: Person, person_id: str) -> Chat | None:
        return self._privates.get((bot.id, person_id))

    def private_chats(self) -> list[Chat]:
        return list(self._privates.values())

    def chat(self, chat_id: str, bot_id: str | None = None) -> Chat:
        """By the id that its members see; `bot_id` tells apart one person's chats with several bots."""
        if (chat := self.chats.get(chat_id)) is not None:
            return chat
        found = [c for c in self._private_ids.get(chat_id, []) if bot_id is None or (c.bot and c.bot.id == bot_id)]
        if len(found) > 1:
            raise ControlError(f"{chat_id} is a chat of several bots: say which one in 'bot'")
        if not found:
            raise ControlError(f"no chat {chat_id}", 404)
        return found[0]

    def person(self, person_id: str) -> Person:
        if (person := self.people.get(person_id)) is None:
            raise ControlError(f"no person {person_id}", 404)
        return person

    def bot(self, bot_id: str) -> Bot:
        if (bot := self.bots.get(bot_id)) is None:
            raise ControlError(f"no bot {bot_id}", 404)
        return bot

    def message(self, chat: Chat, message_id: str) -> Message:
        if (message := chat.by_id.get(message_id)) is None or message.deleted:
            raise ControlError(f"no message {message_id} in {chat.id}", 404)
        return message

    def set_role(self, chat: Chat, person: Person, role: Role) -> Role:
        """Returns the role that the person had before."""
        before = chat.role(person)
        if role == "left":
            chat.members.pop(person.id, None)
            chat.bots.pop(person.id, None)
        else:
            chat.members[person.id] = role
            if isinstance(person, Bot):
                chat.bots[person.id] = person
        return before

    def post(
        self,
        chat: Chat,
        message_id: str,
        sender: Person | None,
        text: str,
        *,
        by: Author,
        raw: str | None = None,
        reply_to: str | None = None,
        kind: str = "text",
        service: bool = False,
        looks: tuple[Look, ...] = (),
        file: Upload | None = None,
        thing: Thing | None = None,
        wire: dict[str, Any] | None = None,
    ) -> Message:
        """The message is visible from here on; telling the bots is the platform's part."""
        message = Message(
            chat=chat,
            message_id=message_id,
            sender=sender,
            text=text,
            raw=text if raw is None else raw,
            reply_to=reply_to,
            at=self.clock(),
            by=by,
            kind=kind,
            looks=looks,
            file=file,
            thing=thing,
            wire=wire if wire is not None else {},
        )
        chat.by_id[message_id] = message
        if not service:
            chat.messages.append(message)
            message.index = len(chat.messages)
            self.messages.append(message)
            chat.bell.ring()
            self.bell.ring()
        return message

    def edit(self, message: Message, text: str, *, raw: str | None = None, looks: tuple[Look, ...] = ()) -> None:
        message.text = text
        message.looks = looks
        message.raw = text if raw is None else raw
        message.edited_at = self.clock()

    def delete(self, message: Message) -> None:
        message.deleted = True
        message.chat.by_id.pop(message.message_id, None)
