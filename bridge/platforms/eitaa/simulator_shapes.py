"""The simulated world's records as TL objects, each as one account sees it."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from bridge.platforms.simulation import Author, Bot, Chat, Message, Person

from . import simulator_things as things
from .simulator_accounts import Accounts
from .simulator_faces import chat_photo, user_photo
from .simulator_files import StoredFile
from .simulator_scene import SENDER, Scene
from .simulator_schema import SCHEMA
from .simulator_tl import uint32

UNKNOWN = uint32(0x5EED0BAD) + bytes(range(12))
"""A constructor that no schema has, and something of it behind."""
ODD_MEDIA = frozenset({"unknown_media", "unknown_attribute", "misplaced_media", "oversized_media"})
"""What a message can be spoilt with. The simulator tells what each is."""
OVERSIZED = 2**24 - 1
"""Bytes: the longest string that there is."""
ADMIN = 0b10101111111
"""All rights of an administrator that the schema counts from bit 0, without "anonymous"."""
make = SCHEMA.make


class View:
    """One account's eyes. Whoever is mentioned by what it makes is remembered for `users` and `chats`."""

    def __init__(self, scene: Scene, accounts: Accounts, account: Bot) -> None:
        self.scene = scene
        self.account = account
        self._accounts = accounts
        self._people: dict[str, Person] = {}
        self._chats: dict[str, Chat] = {}

    # -- who was mentioned

    def with_person(self, person: Person) -> int:
        self._people[person.id] = person
        return self.scene.number(person)

    def with_chat(self, chat: Chat) -> None:
        if chat.kind == "private":
            self.with_person(self.scene.other(chat, self.account))
            self.with_person(self.account)
        else:
            self._chats[chat.id] = chat

    def users(self) -> list[bytes]:
        return [self.user(person) for person in self._people.values()]

    def chats(self) -> list[bytes]:
        return [self.chat(chat) for chat in self._chats.values()]

    # -- people and chats

    def peer_of(self, person: Person) -> bytes:
        return make("peerUser", user_id=self.with_person(person))

    def peer(self, chat: Chat) -> bytes:
        self.with_chat(chat)
        if chat.kind == "private":
            return self.peer_of(self.scene.other(chat, self.account))
        if self.scene.is_channel(chat):
            return make("peerChannel", channel_id=int(chat.id))
        return make("peerChat", chat_id=int(chat.id))

    def user(self, person: Person) -> bytes:
        number = self.scene.number(person)
        if person.id in self.scene.minimal:
            secret = self.scene.access_hash(self.account, "minimal", number)
            return make("user", min=True, id=number, access_hash=secret, first_name=person.name[:1])
        itself = person is self.account
        return make(
            "user",
            mxb_virtual=person.id in self.scene.virtual,
            mxb_registered=person.id in self.scene.registered,
            self=itself,
            bot=is_machine(person),
            id=number,
            access_hash=self.scene.access_hash(self.account, "user", number),
            first_name=person.name,
            username=person.username,
            phone=self._accounts.phone_of(person.id) if itself else None,
            photo=user_photo(self.scene.pictures.get(person)),
            status=make("userStatusRecently"),
            bot_info_version=1 if is_machine(person) else None,
        )

    def chat(self, chat: Chat) -> bytes:
        role = chat.role(self.account)
        rights = make("chatAdminRights", flags=ADMIN) if role in ("creator", "admin") else None
        if not self.scene.is_channel(chat):
            return make(
                "chat",
                creator=role == "creator",
                left=role == "left",
                id=int(chat.id),
                title=chat.title,
                photo=chat_photo(self.scene.pictures.get(chat)),
                participants_count=len(chat.members),
                date=0,
                version=1,
                admin_rights=rights,
            )
        number, broadcast = int(chat.id), chat.kind == "channel"
        secret = self.scene.access_hash(self.account, "channel", number)
        if not self.scene.may_see(self.account, chat):
            kind = {"broadcast": broadcast, "megagroup": not broadcast}
            return make("channelForbidden", id=number, access_hash=secret, title=chat.title, **kind)
        return make(
            "channel_135" if self.scene.options.old_shapes else "channel",
            creator=role == "creator",
            left=role == "left",
            broadcast=broadcast,
            megagroup=not broadcast,
            signatures=broadcast and self.scene.options.signatures,
            id=number,
            access_hash=secret,
            title=chat.title,
            username=chat.username,
            photo=chat_photo(self.scene.pictures.get(chat)),
            date=0,
            admin_rights=rights,
            participants_count=len(chat.members),
        )

    # -- messages

    def message(self, message: Message) -> bytes:
        if "action" in message.wire:
            return self._service(message)
        chat, sender, wire = message.chat, message.sender, message.wire
        post = chat.kind == "channel"
        views = self.scene.views.get(message, 0) + 1 if post else None
        return make(
            "message",
            out=sender is self.account,
            mentioned=self._mentioned(message),
            silent=bool(wire.get("silent")),
            post=post,
            edit_hide=bool(wire.get("edit_hide")),
            pinned=message.pinned,
            id=int(message.message_id),
            from_id=self._from(message),
            peer_id=self.peer(chat),
            fwd_from=self._forward(message),
            reply_to=self._reply(message),
            date=int(message.at),
            message=message.text,
            media=self.media(message),
            entities=self.entities(message),
            views=views,
            forwards=wire.get("forwards", 0) if post else None,
            edit_date=None if message.edited_at is None else int(message.edited_at),
            post_author=sender.name if post and sender and self.scene.options.signatures else None,
            grouped_id=wire.get("grouped_id"),
        )

    def _from(self, message: Message) -> bytes | None:
        if message.sender is None or message.chat.kind == "channel":
            return None
        if message.chat.kind == "private" and not self.scene.options.from_in_private:
            self.with_person(message.sender)
            return None
        return self.peer_of(message.sender)

    def _mentioned(self, message: Message) -> bool:
        """By name, or because it is a reply to the viewer."""
        if message.chat.kind != "group" or message.sender is self.account:
            return False
        target = message.chat.by_id.get(message.reply_to or "")
        named = f"@{self.account.username}".lower() in message.text.lower()
        return named or (target is not None and target.sender is self.account)

    def _reply(self, message: Message) -> bytes | None:
        if message.reply_to is None:
            return None
        return make("messageReplyHeader", reply_to_msg_id=int(message.reply_to))

    def _forward(self, message: Message) -> bytes | None:
        origin = message.wire.get("forward")
        match origin:
            case Author():
                return make("messageFwdHeader", from_name=origin.name, date=int(message.at))
            case Person():
                return make("messageFwdHeader", from_id=self.peer_of(origin), date=int(message.at))
            case Chat():
                return make("messageFwdHeader", from_id=self.peer(origin), date=int(message.at), channel_post=7)
        if not isinstance(origin, Message):
            return None
        if origin.chat.kind == "channel":
            peer, post = self.peer(origin.chat), int(origin.message_id)
            return make("messageFwdHeader", from_id=peer, date=int(origin.at), channel_post=post)
        if origin.sender is None:
            return make("messageFwdHeader", from_name="?", date=int(origin.at))
        return make("messageFwdHeader", from_id=self.peer_of(origin.sender), date=int(origin.at))

    def _service(self, message: Message) -> bytes:
        name, fields = message.wire["action"]
        fields = dict(fields)
        for key, value in fields.items():
            if isinstance(value, Person):
                fields[key] = self.with_person(value)
            elif isinstance(value, list):
                fields[key] = [self.with_person(each) for each in value]
        return make(
            "messageService",
            out=message.sender is self.account,
            id=int(message.message_id),
            from_id=None if message.sender is None else self.peer_of(message.sender),
            peer_id=self.peer(message.chat),
            reply_to=self._reply(message),
            date=int(message.at),
            action=UNKNOWN if name == "unknown" else make(name, **fields),
        )

    def entities(self, message: Message) -> list[bytes] | None:
        made = []
        for each in message.wire.get("entities", []):
            fields = {key: value for key, value in each.items() if key != "type"}
            if "user_id" in fields and (person := self.scene.person(fields["user_id"])) is not None:
                self.with_person(person)
            made.append(make(each["type"], **fields))
        return made or None

    def media(self, message: Message) -> bytes | None:
        if "odd" in message.wire:
            return _odd_media(message.wire["odd"])
        if message.kind in things.KINDS:
            return things.media(message.kind, message.thing or {})
        stored = message.wire.get("media")
        return self.stored_media(stored, int(message.at)) if isinstance(stored, StoredFile) else None

    def stored_media(self, stored: StoredFile, date: int) -> bytes:
        if stored.kind == "photo":
            return make("messageMediaPhoto", photo=self.photo(stored, date))
        return make("messageMediaDocument", document=_document(stored, date))

    def photo(self, stored: StoredFile, date: int) -> bytes:
        sizes = [("m", 320, 213, len(stored.preview())), ("x", stored.width, stored.height, stored.size)]
        old = self.scene.options.old_shapes
        made = [
            make("photoSize_old", type=kind, location=_location(stored, at), w=w, h=h, size=size)
            if old
            else make("photoSize", type=kind, w=w, h=h, size=size)
            for at, (kind, w, h, size) in enumerate(sizes)
        ]
        named = {"id": stored.number, "access_hash": stored.secret, "file_reference": stored.reference}
        return make("photo", date=date, sizes=made, dc_id=1, **named)

    def reactions(self, message: Message, *, news: bool = False) -> bytes:
        given: dict[str, str] = message.wire.get("reactions", {})
        least = news and self.scene.options.min_reactions
        mine = None if least else given.get(self.account.id)
        results = [
            make("reactionCount", chosen=reaction == mine, reaction=reaction, count=count)
            for reaction, count in Counter(given.values()).most_common()
        ]
        return make("messageReactions", min=least, results=results)

    def dialog(self, chat: Chat) -> bytes:
        last = self.scene.last(self.account, chat)
        return make(
            "dialog",
            peer=self.peer(chat),
            top_message=int(last.message_id) if last else 0,
            read_inbox_max_id=self.scene.read_by.get((self.account.id, chat), 0),
            read_outbox_max_id=self.scene.read_of.get((self.account.id, chat), 0),
            unread_count=self.scene.unread(self.account, chat),
            unread_mentions_count=0,
            notify_settings=make("peerNotifySettings"),
            pts=self.scene.channel(chat).pts if self.scene.is_channel(chat) else None,
        )

    # -- answers

    def updates(self, updates: Iterable[bytes]) -> bytes:
        made = list(updates)
        date = int(self.scene.world.clock())
        return make("updates", updates=made, users=self.users(), chats=self.chats(), date=date, seq=0)

    def listed(self, name: str, messages: Iterable[Message], **rest: Any) -> bytes:
        made = [self.message(message) for message in messages]
        return make(name, messages=made, chats=self.chats(), users=self.users(), **rest)


Views = Callable[[Bot], View]


def _document(stored: StoredFile, date: int) -> bytes:
    attributes = [make("documentAttributeFilename", file_name=stored.name)]
    match stored.kind:
        case "video" | "animation" | "video_note":
            size = {"duration": stored.seconds, "w": stored.width, "h": stored.height}
            attributes.append(
                make(
                    "documentAttributeVideo", round_message=stored.kind == "video_note", supports_streaming=True, **size
                )
            )
            attributes += [make("documentAttributeAnimated")] if stored.kind == "animation" else []
        case "voice" | "audio":
            attributes.append(make("documentAttributeAudio", voice=stored.kind == "voice", duration=stored.seconds))
        case "sticker":
            attributes.append(make("documentAttributeImageSize", w=512, h=512))
            attributes.append(make("documentAttributeSticker", alt="🙂", stickerset=make("inputStickerSetEmpty")))
    return make(
        "document",
        id=stored.number,
        access_hash=stored.secret,
        file_reference=stored.reference,
        date=date,
        mime_type=stored.mime,
        size=stored.size,
        dc_id=1,
        attributes=attributes,
    )


def _odd_media(kind: str) -> bytes:
    match kind:
        case "unknown_media":
            return UNKNOWN
        case "misplaced_media":
            return make("peerUser", user_id=1)
    reference, odd = (b"", [UNKNOWN]) if kind == "unknown_attribute" else (secrets.token_bytes(OVERSIZED), [])
    told = {"file_reference": reference, "mime_type": "application/octet-stream", "size": OVERSIZED}
    document = make("document", id=1, access_hash=1, date=0, dc_id=1, attributes=odd, **told)
    return make("messageMediaDocument", document=document)


def _location(stored: StoredFile, at: int) -> bytes:
    return make("fileLocationToBeDeprecated", volume_id=stored.number, local_id=at)


def is_machine(person: Person) -> bool:
    """The account of a client under test is an ordinary user of Eitaa, though the kit calls it a bot."""
    return person.id == SENDER or (person.is_bot and not isinstance(person, Bot))
