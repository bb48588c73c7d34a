"""The simulated Eitaa behind all its interfaces: numbers and access hashes, and who is told what.

Messages of supergroups and channels are counted in their chat, all others together, so that a private message's id
means one message by itself. What the account of a client is told stands in that account's log; what happened in a
supergroup or channel in that chat's own.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from typing import Literal

from bridge.platforms.simulation import Bot, Chat, Message, Person, World

from .simulator_files import StoredFile
from .simulator_logs import AccountLog, Log
from .simulator_options import EitaaOptions

SENDER = "@sender"
SENDER_NUMBER = 900_001


class Scene:
    def __init__(self, world: World, options: Callable[[], EitaaOptions]) -> None:
        self.world = world
        self._options = options
        self._secret = secrets.token_bytes(16)
        self._common = 0
        self.logs: dict[str, AccountLog] = {}
        """By the account's id."""
        self.channels: dict[Chat, Log] = {}
        self.common: dict[str, Message] = {}
        """Messages of private chats and basic groups, by id."""
        self.basic: set[Chat] = set()
        self.virtual: set[str] = set()
        """People who are copies of somebody on another messenger (MXB)."""
        self.registered: set[str] = set()
        """People whom other messengers know by way of MXB."""
        self.minimal: set[str] = set()
        """People of whom answers tell next to nothing for now, and an access hash that opens no chat ("min")."""
        self.pictures: dict[Person | Chat, StoredFile] = {}
        """What people and chats look like."""
        self.blocked: set[tuple[str, str]] = set()
        """Who has blocked which account."""
        self.hidden: set[tuple[str, Message]] = set()
        """What an account has deleted for itself alone."""
        self.read_by: dict[tuple[str, Chat], int] = {}
        """By account: the last message that it has read."""
        self.read_of: dict[tuple[str, Chat], int] = {}
        """By account: the last message that somebody else has read."""
        self.views: dict[Message, int] = {}
        self.sent: dict[tuple[str, int], Message] = {}
        """By account and random_id."""

    @property
    def options(self) -> EitaaOptions:
        return self._options()

    # -- names of things

    def is_channel(self, chat: Chat) -> bool:
        """A channel in the wire's sense: supergroups are some too."""
        return chat.kind == "channel" or (chat.kind == "group" and chat not in self.basic)

    def number(self, person: Person) -> int:
        return SENDER_NUMBER if person.id == SENDER else int(person.id)

    def person(self, number: int) -> Person | None:
        return self.world.people.get(SENDER if number == SENDER_NUMBER else str(number))

    def access_hash(self, viewer: Bot, kind: str, number: int) -> int:
        """Each account has its own for each peer."""
        said = hashlib.sha256(self._secret + f"{viewer.id} {kind} {number}".encode()).digest()
        return int.from_bytes(said[:8], "big", signed=True)

    def other(self, chat: Chat, viewer: Bot) -> Person:
        """With whom the viewer talks in a private chat."""
        found = chat.bot if chat.person is viewer else chat.person
        assert found is not None
        return found

    def private(self, account: Bot, person: Person) -> Chat | None:
        chat = self.world.private(account, person.id)
        return chat or (self.world.private(person, account.id) if isinstance(person, Bot) else None)

    def open_private(self, account: Bot, person: Person) -> Chat:
        chat = self.private(account, person)
        if chat is None:
            chat = Chat(person.id, "private", person.name, person=person, bot=account)
            self.world.add_chat(chat)
        return chat

    def next_id(self, chat: Chat) -> str:
        if self.is_channel(chat):
            return str(chat.next_number())
        self._common += 1
        return str(self._common)

    def chats_of(self, account: Bot) -> list[Chat]:
        """Where the account is, whoever wrote last first."""
        world = self.world
        found = [chat for chat in world.chats.values() if chat.has(account)]
        found += [chat for chat in world.private_chats() if account in (chat.person, chat.bot) and chat.messages]
        return sorted(found, key=lambda chat: self._written(account, chat), reverse=True)

    def _written(self, account: Bot, chat: Chat) -> float:
        last = self.last(account, chat)
        return last.at if last else 0.0

    def seen(self, account: Bot, chat: Chat) -> list[Message]:
        """What is in the chat for this account, service messages too, oldest first."""
        found = [m for m in chat.by_id.values() if (account.id, m) not in self.hidden]
        return sorted(found, key=lambda m: int(m.message_id))

    def last(self, account: Bot, chat: Chat) -> Message | None:
        return next((m for m in reversed(chat.by_id.values()) if (account.id, m) not in self.hidden), None)

    def may_see(self, account: Bot, chat: Chat) -> bool:
        return chat.has(account) or (self.is_channel(chat) and chat.username is not None)

    def unread(self, account: Bot, chat: Chat) -> int:
        limit, count = self.read_by.get((account.id, chat), 0), 0
        for message in reversed(chat.by_id.values()):
            if int(message.message_id) <= limit:
                break
            count += message.sender is not account and (account.id, message) not in self.hidden
        return count

    # -- telling

    def log(self, account: Bot) -> AccountLog:
        if account.id not in self.logs:
            self.logs[account.id] = AccountLog(self.world.clock)
        return self.logs[account.id]

    def channel(self, chat: Chat) -> Log:
        return self.channels.setdefault(chat, Log())

    def tell_new(self, message: Message) -> None:
        if not self.is_channel(message.chat):
            self.common[message.message_id] = message
        self._tell_message("new", message)

    def tell_edit(self, message: Message) -> None:
        self._tell_message("edit", message)

    def _tell_message(self, kind: Literal["new", "edit"], message: Message) -> None:
        chat = message.chat
        if self.is_channel(chat):
            entry = self.channel(chat).add(kind, 1, chat=chat, message=message)
            for account in chat.bots.values():
                self.log(account).add("channel", 0, chat=chat, channel=entry)
        else:
            for account in chat.bots.values():
                self.log(account).add(kind, 1, chat=chat, message=message)

    def delete(self, messages: list[Message]) -> None:
        """For everybody; all are of one chat."""
        if not messages:
            return
        chat = messages[0].chat
        for message in messages:
            self.world.delete(message)
            self.common.pop(message.message_id, None)
        ids = tuple(int(m.message_id) for m in messages)
        if self.is_channel(chat):
            entry = self.channel(chat).add("delete", len(ids), chat=chat, ids=ids)
            for account in chat.bots.values():
                self.log(account).add("channel", 0, chat=chat, channel=entry)
        else:
            for account in chat.bots.values():
                self.log(account).add("delete", len(ids), chat=chat, ids=ids)

    def hide(self, account: Bot, messages: list[Message]) -> None:
        """For this account alone; none is of a channel."""
        self.hidden.update((account.id, m) for m in messages)
        if messages:
            self.log(account).add("delete", len(messages), ids=tuple(int(m.message_id) for m in messages))

    def tell_reactions(self, message: Message) -> None:
        for account in message.chat.bots.values():
            self.log(account).add("reactions", 0, chat=message.chat, message=message)

    def pin(self, message: Message, who: Person | None, *, pinned: bool) -> None:
        """A line says who has pinned something; what was taken down is told by an update alone."""
        message.pinned = pinned
        chat, ids = message.chat, (int(message.message_id),)
        kind: Literal["pinned", "unpinned"] = "pinned" if pinned else "unpinned"
        if self.is_channel(chat):
            entry = self.channel(chat).add(kind, 1, chat=chat, ids=ids)
            for account in chat.bots.values():
                self.log(account).add("channel", 0, chat=chat, channel=entry)
        else:
            for account in chat.bots.values():
                self.log(account).add(kind, 1, chat=chat, ids=ids)
        if pinned:
            self.service(chat, who, "messageActionPinMessage", about=message.message_id)

    def pinned(self, chat: Chat) -> str | None:
        """The id of the newest that is pinned."""
        return next((message.message_id for message in reversed(chat.messages) if message.pinned), None)

    def tell_place(self, chat: Chat, account: Bot) -> None:
        """What the account is there has changed: it comes, goes, rises or falls."""
        if self.is_channel(chat):
            self.log(account).add("place", 0, chat=chat)
            self.log(account).channels_seen.setdefault(chat.id, self.channel(chat).pts)

    def read_inbox(self, account: Bot, chat: Chat, number: int) -> int:
        """The account has read up to there; how much that adds to its pts."""
        if number <= self.read_by.get((account.id, chat), 0):
            return 0
        self.read_by[account.id, chat] = number
        count = 0 if self.is_channel(chat) else 1
        self.log(account).add("read_inbox", count, chat=chat, number=number)
        self.read_outbox(chat, account, number)
        return count

    def read_outbox(self, chat: Chat, reader: Person | None, number: int) -> None:
        """Somebody has read up to there: the others hear of it, and nobody who has posted in a channel does."""
        for account in chat.bots.values():
            if account is reader or chat.kind == "channel" or number <= self.read_of.get((account.id, chat), 0):
                continue
            self.read_of[account.id, chat] = number
            self.log(account).add("read_outbox", 0 if self.is_channel(chat) else 1, chat=chat, number=number)

    def service(
        self,
        chat: Chat,
        who: Person | None,
        action: str,
        *,
        also: Person | None = None,
        about: str | None = None,
        **fields: object,
    ) -> None:
        """A line such as "Sara added Ali"; channels have none of them. `also` hears of it, though outside by now;
        `about` is the message that it answers."""
        if chat.kind == "channel":
            return
        message = self.world.post(
            chat,
            self.next_id(chat),
            who,
            "",
            by="person",
            reply_to=about,
            kind="service",
            service=True,
            wire={"action": (action, fields)},
        )
        self.tell_new(message)
        if isinstance(also, Bot) and not chat.has(also) and not self.is_channel(chat):
            self.log(also).add("new", 1, chat=chat, message=message)
