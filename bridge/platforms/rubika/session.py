"""One bot on Rubika: the calls of `api`, the meaning of `convert`, in the shape that the core asks for."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import BinaryIO

from bridge.abilities import Capabilities
from bridge.errors import InDoubt, NotAllowed, Refused, Retry
from bridge.marks import KINDS, written_out
from bridge.model import Batch, Chat, ChatKind, Contact, Location, MemberRole, RemoteEvent, Text, Update
from bridge.outgoing import Outgoing, OutgoingFile, SentFile
from bridge.platforms import gaps
from bridge.platforms.changes import Gone, Unchanged
from bridge.platforms.http import TooLarge
from bridge.platforms.limited import Limited
from bridge.platforms.rubika import convert, keypad, media
from bridge.platforms.rubika.api import MOST_UPDATES, BadInput, BadOffset, RubikaApi
from bridge.ports import Identity

CAPABILITIES = Capabilities(
    tells=frozenset(
        {
            *("text", "reply", "forward", "edit", "delete", "unknown", "location", "contact", "poll"),
            *("photo", "video", "animation", "voice", "audio", "document", "sticker"),
            *KINDS,
        }
    ),
    text_limit=4000,
    text_unit="utf16",
    edits=True,
    deletes=True,
    contacts=True,
    places=True,
    names_in_groups=False,
    marks=frozenset(KINDS),
    most_marks=30,
    files=media.LIMITS,
    formats=media.FORMATS,
    caption_limit=2000,
    buttons="bar",
)
"""One source says 4,096 characters for a text, 2,048 for words below a file; careful ones cut earlier, and the unit is
told nowhere. That a message has at most 30 parts of formatting is one source's word, too. Who presses a button below a
message is surely told to a webhook alone; the number that a button asks for is not said to be that person's."""


class RubikaSession(Limited):
    """Implements `bridge.ports.Session`.

    Rubika refuses in the same words what concerns a chat and what concerns one message of it: INVALID_ACCESS where we
    are not, and for a message that is not ours; INVALID_INPUT for an unknown chat and for an unknown message. After a
    refused edit or deletion getChat tells which it was.
    """

    capabilities = CAPABILITIES

    def __init__(self, api: RubikaApi, *, poll_seconds: float, clock: Callable[[], float] = time.time) -> None:
        self._api = api
        self._poll_seconds = poll_seconds
        self._clock = clock

    async def whoami(self) -> Identity:
        identity = convert.identity(await self._api.get_me())
        if identity is None:
            raise Retry("Rubika answered getMe without a bot_id")
        return identity

    async def fetch(self, cursor: str | None) -> Batch:
        """Short poll. The cursor is the `offset_id`, with a moment (`gaps.py`); without one everything kept comes
        again, oldest first.

        A cursor that Rubika no longer knows is dropped: what then comes twice is known by its keys. If nothing comes
        that is as old as that, and we were away, something may have been forgotten.
        """
        offset, seen = gaps.place(cursor)
        now = int(self._clock())
        try:
            data, limit = await self._get_updates(offset)
        except BadOffset:
            away = seen is not None and now - seen >= gaps.AWAY_S
            return Batch((), f"/{seen}" if away else None, wait=self._poll_seconds)
        listed = data.get("updates")
        items = listed if isinstance(listed, list) else []
        onward = convert.next_offset(data, offset)
        more = len(items) >= limit and onward != offset
        updates = convert.updates(items)
        if offset is None and seen is not None:
            moments = [at for item in items if (at := convert.moment(item))]
            if moments and min(moments) > seen * 1000:
                updates = (gaps.missed(str(seen), seen * 1000, min(moments)), *updates)
        if onward is None:
            return Batch(updates, None if items else cursor, wait=self._poll_seconds)
        if items or seen is None or now - seen >= gaps.REFRESH_S:
            seen = now
        return Batch(updates, f"{onward}/{seen}", wait=0.0 if more else self._poll_seconds)

    async def _get_updates(self, cursor: str | None) -> tuple[Mapping[str, object], int]:
        try:
            return await self._api.get_updates(cursor, MOST_UPDATES), MOST_UPDATES
        except TooLarge:
            return await self._api.get_updates(cursor, 1), 1

    def convert(self, update: Update) -> RemoteEvent:
        return gaps.read(update) or convert.event(update)

    async def send(self, chat: str, message: Outgoing) -> str:
        """What Rubika refuses is sent again without its target, its formatting or its buttons, at last without any of
        these: a refused call did nothing. Buttons stand below the text field, and in private chats only."""
        return await _sent(chat, message, partial(self._api.send_message, convert.chat_parameter(chat)))

    async def send_file(self, chat: str, file: OutgoingFile, message: Outgoing) -> SentFile:
        """As `send`, after an upload that is in no chat yet."""
        id = file.known or await self._uploaded(file)
        return SentFile(await _sent(chat, message, partial(self._api.send_file, convert.chat_parameter(chat), id)), id)

    async def _uploaded(self, file: OutgoingFile) -> str:
        """Uploads as a Voice were seen to fail for no reason that is known, where others go through: such a file is
        refused as a voice note at once, so that it goes as another kind."""
        type = media.upload_type(file)
        if type is None:
            raise Refused(f"no file that is shown as a {file.kind}")
        url = media.address(await self._api.request_send_file(type), "upload_url")
        if url is None:
            raise Retry("Rubika told no address for an upload")
        try:
            uploaded = await self._api.upload(url, replace(file, name=media.upload_name(file)))
        except Retry as failure:
            if type != "Voice":
                raise
            raise Refused(failure.reason) from None
        id = media.file_id(uploaded)
        if id is None:
            raise Retry("Rubika took a file but told no id for it")
        return id

    async def send_location(self, chat: str, place: Location, message: Outgoing) -> str:
        to = convert.chat_parameter(chat)
        return _told(await self._api.send_location(to, place.latitude, place.longitude))

    async def send_contact(self, chat: str, contact: Contact, message: Outgoing) -> str:
        to = convert.chat_parameter(chat)
        return _told(await self._api.send_contact(to, contact.phone, contact.name))

    async def download(self, file: str, into: BinaryIO, limit: int) -> None:
        """A link that is refused is asked for anew, once: it may have run out."""
        for again in (False, True):
            try:
                url = media.address(await self._api.get_file(file), "download_url")
            except Refused:
                break
            if url is None:
                raise Retry("Rubika told no address for a file")
            try:
                await self._api.download(url, into, limit, as_browser=again)
                return
            except Refused as refusal:
                if refusal.reason != "gone":
                    raise
        raise Refused("gone")

    async def edit(self, chat: str, id: str, message: Outgoing) -> None:
        """Formatting that Rubika refuses is tried once more as plain words. Buttons stand apart from the message: they
        stay as they are."""
        to, number = convert.chat_parameter(chat), convert.message_parameter(id)
        forms = _forms(message)
        for last, (text, metadata) in enumerate(forms, 1 - len(forms)):
            try:
                await self._api.edit_message_text(to, number, text, metadata)
                return
            except Unchanged:
                return
            except Gone:
                raise
            except NotAllowed as refusal:
                reason = refusal.reason
                break
            except Refused:
                if last == 0:
                    raise
        await self._api.get_chat(to)
        raise Refused(reason)

    async def delete(self, chat: str, id: str) -> None:
        """Where the chat is there and its message is not, the message is gone already."""
        to = convert.chat_parameter(chat)
        try:
            await self._api.delete_message(to, convert.message_parameter(id))
            return
        except Gone:
            return
        except NotAllowed as refusal:
            reason = refusal.reason
        except BadInput:
            reason = ""
        await self._api.get_chat(to)
        if reason:
            raise Refused(reason)

    async def chat(self, chat: str) -> Chat | None:
        try:
            return convert.chat(await self._api.get_chat(convert.chat_parameter(chat)))
        except Refused:
            return None

    async def member_role(self, chat: str, person: str) -> MemberRole:
        """UNKNOWN for a stranger, too: Rubika refuses in the same words where we have no right to ask."""
        if convert.chat_kind(chat) is ChatKind.PRIVATE:
            return MemberRole.ADMIN
        to, about = convert.chat_parameter(chat), convert.person_parameter(person)
        try:
            return convert.role(await self._api.get_chat_member(to, about))
        except Refused:
            return MemberRole.UNKNOWN

    async def close(self) -> None:
        await self._api.close()


_Try = tuple[str, str | None, Mapping[str, object] | None, keypad.Keypad]
"""Words, a reply's target, formatting and buttons."""
_Call = Callable[[str, str | None, Mapping[str, object] | None, keypad.Keypad], Awaitable[Mapping[str, object]]]
"""Sends these."""


async def _sent(chat: str, message: Outgoing, call: _Call) -> str:
    """The id of what was sent, after as many tries as it took."""
    target = None if message.reply_to is None else convert.message_parameter(message.reply_to)
    (first, formatting), *plain = _forms(message)
    alone = convert.chat_kind(chat) is ChatKind.PRIVATE
    keys, *fewer = keypad.forms(message) if alone else [{}]
    tries: list[_Try] = [(first, target, formatting, keys)]
    if target is not None:
        tries.append((first, None, formatting, keys))
    tries += [(words, target, None, keys) for words, _ in plain]
    tries += [(first, target, formatting, less) for less in fewer]
    barest: _Try = (plain[0][0] if plain else first, None, None, {})
    if barest not in tries:
        tries.append(barest)
    for last, each in enumerate(tries, 1 - len(tries)):
        try:
            data = await call(*each)
            break
        except NotAllowed:
            raise
        except Refused:
            if last == 0:
                raise
    return _told(data)


def _told(data: Mapping[str, object]) -> str:
    sent = convert.sent_id(data)
    if sent is None:
        raise InDoubt("Rubika took the message but told no id for it")
    return sent


def _forms(message: Outgoing) -> list[tuple[str, Mapping[str, object] | None]]:
    """A message and its `metadata`; without its formatting in the second place, where it has any."""
    formatting = convert.metadata(message.text, message.marks) if message.marks else None
    if formatting is None:
        return [(message.text, None)]
    return [(message.text, formatting), (written_out(Text(message.text, message.marks), ()).body, None)]
