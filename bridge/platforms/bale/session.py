"""One bot on Bale: the calls of `api`, the meaning of `convert`, in the shape that the core asks for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import BinaryIO

from bridge.abilities import Capabilities
from bridge.errors import InDoubt, NotAllowed, Refused, Retry
from bridge.marks import written_out
from bridge.model import Batch, Chat, Contact, Location, MemberRole, RemoteEvent, Text, Update
from bridge.outgoing import Outgoing, OutgoingFile, SentFile
from bridge.platforms import botapi, gaps
from bridge.platforms.bale import convert, media
from bridge.platforms.bale.api import MOST_UPDATES, TOO_LARGE, BaleApi, Markup
from bridge.platforms.bale.markdown import MARK_UNITS, WRITTEN, as_literal, as_markdown
from bridge.platforms.changes import Gone, Unchanged
from bridge.platforms.http import TooLarge
from bridge.platforms.limited import Limited
from bridge.ports import Identity

CAPABILITIES = Capabilities(
    tells=frozenset(
        {
            *(
                "text",
                "reply",
                "forward",
                "edit",
                "unknown",
                "member",
                "location",
                "contact",
                "poll",
                "pin",
                "title",
                "album",
            ),
            *("bold", "italic", "link"),
            *media.KINDS,
        }
    ),
    text_limit=4096,
    text_unit="utf16",
    edits=True,
    deletes=True,
    pictures=True,
    pins=True,
    contacts=True,
    places=True,
    marks=WRITTEN,
    files=media.LIMITS,
    formats=media.FORMATS,
    caption_limit=media.CAPTION_LIMIT,
    download_limit=media.DOWNLOAD_LIMIT,
    mark_units=MARK_UNITS,
    buttons="inline",
    proves_numbers=True,
)
"""Words can be edited for ever, as far as is documented; a message can be deleted within 48 hours."""


KEPT_S = 24 * 3600
"""How long Bale keeps an update, in seconds."""


class BaleSession(Limited):
    """Implements `bridge.ports.Session`."""

    capabilities = CAPABILITIES

    def __init__(
        self,
        api: BaleApi,
        *,
        own_id: str | None,
        poll_timeout_seconds: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._api = api
        self._own_id = own_id
        self._poll_timeout = poll_timeout_seconds
        self._clock = clock

    async def whoami(self) -> Identity:
        identity = convert.identity(await self._api.get_me())
        if identity is None:
            raise Retry("Bale answered getMe without an id")
        self._own_id = identity.id
        return identity

    async def fetch(self, cursor: str | None) -> Batch:
        """Long poll. The cursor is the next `offset`, which confirms everything before it, with a moment
        (`gaps.py`).

        Bale keeps the last 2,000 updates for 24 hours. Where the oldest number of an answer is too high and so much
        waited, or we were away for so long, something was forgotten. (That is not known of numbers alone: nothing says
        that every one is told.)
        """
        told, seen = gaps.place(cursor)
        offset = int(told) if told is not None and told.isdecimal() else None
        clock = asyncio.get_running_loop().time
        asked = clock()
        items = await self._get_updates(offset)
        numbers = [number for item in items if (number := convert.update_id(item)) is not None]
        onward = max(numbers) + 1 if numbers else offset
        moved = bool(items) and onward != offset
        now = int(self._clock())
        updates = [convert.update(item) for item in items]
        jumped = offset is not None and bool(numbers) and min(numbers) > offset
        if jumped and seen is not None and _forgets(now - seen, len(items)):
            until = min((at for item in items if (at := convert.moment(item)) > seen * 1000), default=now * 1000)
            updates.insert(0, gaps.missed(str(offset), seen * 1000, until))
        if items or seen is None or gaps.REFRESH_S <= now - seen < KEPT_S:
            seen = now
        # A long poll that comes back at once with nothing new must not become a tight loop.
        hurried = not moved and clock() - asked < min(1, self._poll_timeout)
        cursor = None if onward is None else f"{onward}/{seen}"
        return Batch(tuple(updates), cursor, wait=1.0 if hurried else 0.0)

    async def _get_updates(self, offset: int | None) -> list[object]:
        try:
            return await self._api.get_updates(offset, MOST_UPDATES, self._poll_timeout)
        except TooLarge:
            return await self._api.get_updates(offset, 1, self._poll_timeout)

    def convert(self, update: Update) -> RemoteEvent:
        return gaps.read(update) or convert.event(update, self._own_id)

    async def send(self, chat: str, message: Outgoing) -> str:
        """A reply that Bale refuses is sent once more without its target, formatting as plain words, and at last all
        of it without its buttons: a refused call did nothing."""
        to = convert.chat_parameter(chat)

        async def call(words: str, reply_to: int | None, below: Markup | None) -> object:
            return await self._api.send_message(to, words, reply_to, below)

        return _sent(await _tried(call, message, CAPABILITIES.text_limit))

    async def send_file(self, chat: str, file: OutgoingFile, message: Outgoing) -> SentFile:
        """As `send`."""
        if not file.known and not media.fits(file):
            raise Refused(f"no file that Bale shows as a {file.kind}")
        to, details = convert.chat_parameter(chat), media.details(file)

        async def call(words: str, reply_to: int | None, below: Markup | None) -> object:
            return await self._api.send_media(file.kind, to, file.known or file, details, words, reply_to, below)

        answer = await _tried(call, message, CAPABILITIES.caption_limit)
        return SentFile(_sent(answer), media.sent_file(answer, file.kind))

    async def send_location(self, chat: str, place: Location, message: Outgoing) -> str:
        to = convert.chat_parameter(chat)
        return _sent(await self._api.send_location(to, place.latitude, place.longitude))

    async def send_contact(self, chat: str, contact: Contact, message: Outgoing) -> str:
        to = convert.chat_parameter(chat)
        return _sent(await self._api.send_contact(to, contact.phone, contact.name))

    async def download(self, file: str, into: BinaryIO, limit: int) -> None:
        """A link holds for an hour, so each download asks for one. Without a path in the answer the id is the path, as
        several client libraries have it always."""
        try:
            path, size = media.link(await self._api.get_file(file))
        except Refused as error:
            raise Refused(TOO_LARGE if error.reason == TOO_LARGE else "gone") from None
        if size > limit:
            raise Refused(TOO_LARGE)
        start = into.tell()
        await self._api.download(path or file, into, limit)
        if into.tell() - start < size:
            raise Retry("Bale did not give the whole file")

    async def edit(self, chat: str, id: str, message: Outgoing) -> None:
        """Formatting that Bale refuses is tried once more as plain words, and at last without buttons."""
        to, number = convert.chat_parameter(chat), _number(id)
        forms = _forms(message, CAPABILITIES.caption_limit if message.caption else CAPABILITIES.text_limit)
        edit = self._api.edit_message_caption if message.caption else self._api.edit_message_text
        below = (None,) if message.bar else botapi.keyboards(message, {})
        tries = [(words, markup) for markup in below for words in forms]
        for last, (words, markup) in enumerate(tries, 1 - len(tries)):
            try:
                await edit(to, number, words, markup)
                return
            except Unchanged:
                return
            except (NotAllowed, Gone):
                raise
            except Refused:
                if last == 0:
                    raise

    async def delete(self, chat: str, id: str) -> None:
        try:
            await self._api.delete_message(convert.chat_parameter(chat), _number(id))
        except Gone:
            pass

    async def pin(self, chat: str, id: str, *, pinned: bool) -> None:
        call = self._api.pin_chat_message if pinned else self._api.unpin_chat_message
        await call(convert.chat_parameter(chat), _number(id))

    async def answer(self, press: str, words: str = "") -> None:
        """As far as the words fit into 200 characters."""
        await self._api.answer_callback_query(press, botapi.brief(words))

    async def chat(self, chat: str) -> Chat | None:
        try:
            told = await self._api.get_chat(convert.chat_parameter(chat))
        except Refused:
            return None
        return botapi.known(convert.chat(told), told)

    async def member_role(self, chat: str, person: str) -> MemberRole:
        """getChatMember needs an admin bot; where we are none, the list of administrators may tell.

        A private chat has its person's id, and nobody stands above them there.
        """
        if chat == person:
            return MemberRole.ADMIN
        to, about = convert.chat_parameter(chat), convert.person_parameter(person)
        try:
            return convert.role(await self._api.get_chat_member(to, about))
        except Refused:
            pass
        try:
            return convert.role_among(await self._api.get_chat_administrators(to), person)
        except Refused:
            return MemberRole.UNKNOWN

    async def close(self) -> None:
        await self._api.close()


def _forgets(away: int, waited: int) -> bool:
    """Whether Bale may have forgotten updates: after so many seconds, and with so many in its answer."""
    return away >= KEPT_S or (away >= gaps.AWAY_S and waited >= MOST_UPDATES)


async def _tried(
    call: Callable[[str, int | None, Markup | None], Awaitable[object]], message: Outgoing, limit: int
) -> object:
    """The answer to the first try that Bale does not refuse. `call` takes the words, the target of a reply and the
    keyboard."""
    target = None if message.reply_to is None else convert.message_parameter(message.reply_to)
    first, *plain = _forms(message, limit)
    forms = [(first, target)]
    if target is not None:
        forms.append((first, None))
    forms += [(words, target) for words in plain]
    *early, last = [(*form, below) for below in botapi.keyboards(message, {}) for form in forms]
    for words, aim, below in early:
        try:
            return await call(words, aim, below)
        except Refused as error:
            if isinstance(error, NotAllowed) or error.reason == TOO_LARGE:
                raise
    return await call(*last)


def _forms(message: Outgoing, limit: int) -> list[str]:
    """A message as Bale shall read it; without its formatting in the second place, where it has any."""
    if not message.marks:
        return [as_literal(message.text, limit)]
    plain = written_out(Text(message.text, message.marks), ()).body
    return [as_markdown(message.text, message.marks, limit), as_literal(plain, limit)]


def _sent(answer: object) -> str:
    sent = convert.sent_id(answer)
    if sent is None:
        raise InDoubt("Bale took the message but told no id for it")
    return sent


def _number(id: str) -> int:
    number = convert.message_parameter(id)
    if number is None:
        raise Refused("this is no message of Bale")
    return number
