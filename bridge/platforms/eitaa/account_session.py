"""An Eitaa account of ours as a session: what comes is read by asking (`account_reading.py`), what goes is sent under
an id of ours, so that a send whose answer was lost may be repeated."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import replace
from typing import Any, BinaryIO

from bridge.abilities import Capabilities
from bridge.errors import NotAllowed, Refused, Retry
from bridge.marks import Utf16, written_out
from bridge.model import Batch, Chat, Contact, Location, MemberRole, RemoteEvent, Text, Update
from bridge.outgoing import Outgoing, OutgoingFile, SentFile
from bridge.platforms.eitaa import account_convert as convert
from bridge.platforms.eitaa import account_media as media
from bridge.platforms.eitaa import account_notes as notes
from bridge.platforms.eitaa.account_faces import Faces
from bridge.platforms.eitaa.account_files import Files
from bridge.platforms.eitaa.account_people import PAGE, People
from bridge.platforms.eitaa.account_reading import Reader
from bridge.platforms.eitaa.gateway import Gateway, Pool, RpcRefused
from bridge.platforms.eitaa.pace import Pace
from bridge.platforms.eitaa.tl import TL, Codec
from bridge.ports import Identity

CAPABILITIES = Capabilities(
    tells=frozenset(
        {
            *("text", "reply", "forward", "edit", "delete", "reaction", "read", "unknown", "member"),
            *("location", "contact", "poll", "pin", "title", "album"),
            *("photo", "video", "video_note", "animation", "voice", "audio", "document", "sticker"),
            *convert.MARKS,
        }
    ),
    text_limit=4096,
    text_unit="utf16",
    client_ids=True,
    edits=True,
    deletes=True,
    pictures=True,
    pins=True,
    places=True,
    reads=True,
    reacts=True,
    marks=convert.MARKS,
    files=media.LIMITS,
    formats=media.FORMATS,
    caption_limit=1024,
)
_INVITE = re.compile(r"(?:joinchat/|/\+)([A-Za-z0-9_-]{4,64})/?$")
"""The end of an invitation's link."""
_NO_SUCH_MESSAGE = frozenset({"MESSAGE_ID_INVALID", "MSG_ID_INVALID"})
_NO_SUCH_TARGET = _NO_SUCH_MESSAGE | {"REPLY_MESSAGE_ID_INVALID"}
_FORMATTING = ("ENTITY_", "ENTITIES_", "USER_ID_INVALID")
"""How the words begin that refuse a message because of its formatting: a mention names a user."""


class EitaaAccountSession:
    """Implements `bridge.ports.Session`. `poll_seconds` bounds the pause between two polls, which the server tells;
    what is written, corrected and deleted keeps to `pace`."""

    capabilities = CAPABILITIES

    def __init__(
        self, gateway: Gateway, codec: Codec, pace: Pace, *, uploads: Pool, downloads: Pool, poll_seconds: float
    ) -> None:
        self._gateway = gateway
        self._codec = codec
        self._pace = pace
        self._people = People(gateway, codec)
        self._reader = Reader(gateway, codec, self._people, poll_seconds)
        self._faces = Faces(self._people, codec)
        self._files = Files(gateway, codec, self._people, uploads, downloads)
        self._own_id = ""

    async def whoami(self) -> Identity:
        users = await self._gateway.call("users.getUsers", id=[self._codec.new("inputUserSelf")])
        if not users or users[0].tl_type != "User" or users[0].tl_name == "userEmpty":
            raise Retry("Eitaa does not tell who we are")
        user = users[0]
        self._own_id = str(user.id)
        return Identity(self._own_id, user.username, notes.name_of(user) or self._own_id)

    # --- what comes

    async def fetch(self, cursor: str | None) -> Batch:
        return await self._reader.fetch(cursor)

    def convert(self, update: Update) -> RemoteEvent:
        return convert.event(update, self._own_id)

    # --- what goes

    async def send(self, chat: str, message: Outgoing) -> str:
        """May be repeated with the same `client_id`: Eitaa knows the id that is made from it."""
        return (await self._sent(chat, message, "messages.sendMessage", no_webpage=True)).id

    async def send_file(self, chat: str, file: OutgoingFile, message: Outgoing) -> SentFile:
        """As `send`."""
        if file.known:
            again = media.Place.read(file.known).input_media(self._codec.new)
            return await self._sent(chat, message, "messages.sendMedia", media=again)
        if not media.fits(file):
            raise Refused(f"no file that Eitaa shows as a {file.kind}")
        await self._people.peer(chat)  # a chat that is not there takes no upload

        async def send(made: TL, host: Pool) -> SentFile:
            return await self._sent(chat, message, "messages.sendMedia", media=made, at=host)

        return await self._files.put(file, send)

    async def send_location(self, chat: str, place: Location, message: Outgoing) -> str:
        """As `send`."""
        random_id = _random_id(self._gateway.credentials.imei, chat, message.client_id)
        point = self._codec.new("inputGeoPoint", lat=place.latitude, long=place.longitude)
        pin = self._codec.new("inputMediaGeoPoint", geo_point=point)
        peer = await self._people.peer(chat)
        more = {"peer": peer, "media": pin, "message": "", "random_id": random_id, "sends": True}
        try:
            answer = await self._paced(chat, "messages.sendMedia", **more)
        except RpcRefused as error:
            raise Refused("no_answer") if error.word == "RANDOM_ID_DUPLICATE" else error from None
        return self._sent_id(answer, random_id)

    async def send_contact(self, chat: str, contact: Contact, message: Outgoing) -> str:
        raise Refused("cards are not known to arrive there")

    async def download(self, file: str, into: BinaryIO, limit: int) -> None:
        await self._files.get(file, into, limit)

    async def _sent(self, chat: str, message: Outgoing, method: str, **more: Any) -> SentFile:
        random_id = _random_id(self._gateway.credentials.imei, chat, message.client_id)
        reply = int(message.reply_to) if message.reply_to is not None and message.reply_to.isdecimal() else None
        try:
            answer = await self._write(
                method, chat, message, sends=True, reply_to_msg_id=reply, random_id=random_id, **more
            )
        except RpcRefused as error:
            if error.word == "RANDOM_ID_DUPLICATE":
                return SentFile(await self._sent_before(chat, message))
            if error.word in _NO_SUCH_TARGET and reply is not None:
                return await self._sent(chat, replace(message, reply_to=None), method, **more)
            raise
        id = self._sent_id(answer, random_id)
        return SentFile(id, _file_of(answer, id))

    async def edit(self, chat: str, id: str, message: Outgoing) -> None:
        try:
            await self._write("messages.editMessage", chat, message, id=_number(id), no_webpage=True)
        except RpcRefused as error:
            if error.word != "MESSAGE_NOT_MODIFIED":
                raise

    async def delete(self, chat: str, id: str) -> None:
        try:
            if chat.startswith("c"):
                channel = await self._people.channel(chat)
                await self._paced(chat, "channels.deleteMessages", channel=channel, id=[_number(id)])
            else:
                await self._paced(chat, "messages.deleteMessages", revoke=True, id=[_number(id)])
        except RpcRefused as error:
            if error.word not in _NO_SUCH_MESSAGE:
                raise

    async def react(self, chat: str, id: str, key: str) -> None:
        """Eitaa's apps write emoji without the sign that asks for colours; with it, too, where that is refused."""
        peer = await self._people.peer(chat)
        plain = key.replace("\ufe0f", "")
        for each in dict.fromkeys((plain, key)):
            try:
                await self._paced(chat, "messages.sendReaction", peer=peer, msg_id=_number(id), reaction=each or None)
            except RpcRefused as error:
                if error.word == "REACTION_INVALID" and each != key:
                    continue
                if error.word != "MESSAGE_NOT_MODIFIED":
                    raise
            return

    async def pin(self, chat: str, id: str, *, pinned: bool) -> None:
        peer = await self._people.peer(chat)
        try:
            await self._paced(chat, "messages.updatePinnedMessage", peer=peer, id=_number(id), unpin=not pinned)
        except RpcRefused as error:
            if error.word not in ("CHAT_NOT_MODIFIED", "PIN_NOT_MODIFIED"):
                raise

    async def read(self, chat: str, id: str) -> None:
        if chat.startswith("c"):
            channel = await self._people.channel(chat)
            await self._gateway.call("channels.readHistory", channel=channel, max_id=_number(id))
        else:
            await self._gateway.call("messages.readHistory", peer=await self._people.peer(chat), max_id=_number(id))

    async def _write(self, method: str, chat: str, message: Outgoing, **more: Any) -> Any:
        """What is refused because of its formatting is written once more as plain words: a refused call did nothing."""
        more["peer"] = await self._people.peer(chat)
        entities = convert.entities(message.text, message.marks, self._codec.new, self._people.access)
        try:
            return await self._paced(chat, method, message=message.text, entities=entities or None, **more)
        except RpcRefused as error:
            if not entities or not error.word.startswith(_FORMATTING):
                raise
        return await self._paced(chat, method, message=_plain(message), entities=None, **more)

    async def _paced(self, chat: str, method: str, **fields: Any) -> Any:
        async with self._pace.turn(chat):
            return await self._gateway.call(method, **fields)

    @staticmethod
    def _sent_id(answer: Any, random_id: int) -> str:
        if isinstance(answer, TL) and answer.tl_name == "updateShortSentMessage":
            return str(answer.id)
        for update in getattr(answer, "updates", []):
            if update.tl_name == "updateMessageID" and update.random_id == random_id:
                return str(update.id)
        raise Retry("Eitaa took the message and told no id")  # the same again, under the same id of ours

    async def _sent_before(self, chat: str, sent: Outgoing) -> str:
        """The id of a message that an earlier try has sent already."""
        answer = await self._people.answer(
            "messages.getHistory",
            peer=await self._people.peer(chat),
            offset_id=0,
            offset_date=0,
            add_offset=0,
            limit=PAGE,
            max_id=0,
            min_id=0,
            hash=0,
        )
        texts = (sent.text.strip(), _plain(sent).strip())
        for message in answer.messages:
            if getattr(message, "out", False) and getattr(message, "message", "").strip() in texts:
                return str(message.id)
        raise Refused("no_answer")

    # --- what is asked

    async def chat(self, chat: str) -> Chat | None:
        """By our own id, by that of a person whom we have met, or by a public name."""
        id = f"u{chat}" if chat.isdecimal() else chat
        try:
            thing = self._people.things.get(id) or (await self._named(chat) if id == chat else None)
            if thing is None:
                return None
            found = convert.chat(thing)
            return replace(found, picture=await self._faces.of(found.id, thing))
        except (NotAllowed, Refused):
            return None

    async def _named(self, word: str) -> TL | None:
        if word[:1] in ("u", "g", "c") and word[1:].isdecimal():
            return await self._people.thing(word)
        answer = await self._people.answer("contacts.resolveUsername", username=word.lstrip("@"))
        thing = self._people.learn(answer).get(notes.peer_id(answer.peer))
        return None if thing is None or getattr(thing, "left", False) else thing

    async def answer(self, press: str, words: str = "") -> None:
        """There are no buttons."""

    async def enter(self, word: str) -> Chat | None:
        """Groups and channels; a person is not entered, only known."""
        try:
            thing = await self._invited(word) if _INVITE.search(word) else await self._public(word)
        except (NotAllowed, Refused):
            return None
        return None if thing is None else convert.chat(thing)

    async def _invited(self, word: str) -> TL | None:
        found = _INVITE.search(word)
        assert found is not None
        try:
            answer = await self._people.answer("messages.importChatInvite", hash=found[1])
        except RpcRefused as error:
            if error.word != "USER_ALREADY_PARTICIPANT":
                raise
            there = await self._people.answer("messages.EitaaCheckChatInvite", hash=found[1])
            chat = getattr(there, "chat", None)
            return None if chat is None else self._people.things.met(notes.id_of(chat), chat)
        return next((each for id, each in self._people.learn(answer).items() if not id.startswith("u")), None)

    async def _public(self, word: str) -> TL | None:
        if word[:1] in ("u", "g", "c") and word[1:].isdecimal():
            return await self._people.thing(word)
        name = word.rpartition("/")[2].lstrip("@")
        answer = await self._people.answer("contacts.resolveUsername", username=name)
        id = notes.peer_id(answer.peer)
        thing = self._people.learn(answer).get(id)
        if thing is not None and getattr(thing, "left", False) and id.startswith("c"):
            channel = self._codec.new("inputChannel", channel_id=thing.id, access_hash=thing.access_hash or 0)
            joined = await self._people.answer("channels.joinChannel", channel=channel)
            thing = self._people.learn(joined).get(id, thing)
        return thing

    async def member_role(self, chat: str, person: str) -> MemberRole:
        if chat.startswith("u"):
            return MemberRole.ADMIN
        try:
            if chat.startswith("g"):
                return await self._role_in_basic_group(chat, person)
            if f"u{person}" not in self._people.things:
                return await self._role_among(chat, person)
            participant = self._people.input_peer(f"u{person}")
            found = await self._people.answer(
                "channels.getParticipant", channel=await self._people.channel(chat), participant=participant
            )
        except RpcRefused as error:
            return MemberRole.NONE if error.word == "USER_NOT_PARTICIPANT" else MemberRole.UNKNOWN
        except (NotAllowed, Refused):
            return MemberRole.UNKNOWN
        return _role(found.participant.tl_name)

    async def _role_among(self, chat: str, person: str) -> MemberRole:
        """Of somebody who has not spoken yet: Eitaa tells of one person only to those who know their access hash."""
        for kind in ("channelParticipantsAdmins", "channelParticipantsRecent"):
            found = await self._people.answer(
                "channels.getParticipants",
                channel=await self._people.channel(chat),
                filter=self._codec.new(kind),
                offset=0,
                limit=PAGE * 2,
                hash=0,
            )
            for each in found.participants:
                if str(getattr(each, "user_id", "")) == person:
                    return _role(each.tl_name)
        return MemberRole.UNKNOWN

    async def _role_in_basic_group(self, chat: str, person: str) -> MemberRole:
        full = (await self._people.answer("messages.getFullChat", chat_id=notes.number_of(chat))).full_chat
        for each in getattr(full.participants, "participants", []):
            if str(each.user_id) == person:
                return _role(each.tl_name)
        return MemberRole.NONE

    async def close(self) -> None:
        await self._gateway.close()
        await self._files.close()


def _random_id(device: str, chat: str, client_id: str) -> int:
    """The id under which Eitaa knows a send again: the same for the same key of ours, any without one. Keys count from
    1 in each database; the device's id, which is new with each login, keeps those of two apart."""
    seed = f"{device}/{chat}/{client_id}".encode() if client_id else secrets.token_bytes(16)
    return int.from_bytes(hashlib.sha256(seed).digest()[:8], "big", signed=True)


def _file_of(answer: Any, id: str) -> str:
    """What the file of a message that was sent is called; "" if it has none."""
    for update in getattr(answer, "updates", []):
        message = getattr(update, "message", None)
        if isinstance(message, TL) and str(getattr(message, "id", "")) == id:
            return media.sent_file(getattr(message, "media", None))
    return ""


def _number(id: str) -> int:
    """A message's, as Eitaa counts. Raises Refused for what is none of ours."""
    if not id.isdecimal():
        raise Refused("Eitaa has no such message")
    return int(id)


def _plain(message: Outgoing) -> str:
    """A message without its formatting; where there is room, with what that said written out."""
    words = written_out(Text(message.text, message.marks), ()).body
    _, units = Utf16(words).units(0, len(words))
    limit = CAPABILITIES.caption_limit if message.caption else CAPABILITIES.text_limit
    return words if units <= limit else message.text


def _role(name: str) -> MemberRole:
    if "Creator" in name or "Admin" in name:
        return MemberRole.ADMIN
    return MemberRole.NONE if "Left" in name or "Banned" in name else MemberRole.MEMBER
