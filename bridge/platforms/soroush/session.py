"""One bot on Soroush Plus: the calls of `api`, the meaning of `convert`, in the shape the core asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import BinaryIO

from bridge.abilities import Capabilities
from bridge.errors import InDoubt, NotAllowed, Refused, Retry
from bridge.marks import KINDS, written_out
from bridge.model import Batch, Chat, Contact, Location, Mark, MemberRole, RemoteEvent, Text, Update
from bridge.outgoing import Outgoing, OutgoingFile, SentFile
from bridge.platforms import botapi
from bridge.platforms.changes import Gone, Unchanged
from bridge.platforms.http import TooLarge
from bridge.platforms.limited import Limited
from bridge.platforms.soroush import convert, media
from bridge.platforms.soroush.api import MOST_UPDATES, TOO_LARGE, Markup, SoroushApi
from bridge.platforms.soroush.formatting import markup
from bridge.ports import Identity

CAPABILITIES = Capabilities(
    tells=frozenset(
        {
            *("text", "reply", "forward", "edit", "unknown", "location", "contact", "poll", "pin", "title", "album"),
            *("photo", "video", "video_note", "animation", "voice", "audio", "document", "sticker"),
            *KINDS,
        }
    ),
    text_limit=4096,
    text_unit="utf16",
    edits=True,
    deletes=True,
    contacts=True,
    places=True,
    tells_roles=False,
    marks=frozenset(KINDS) - {"mention"},
    most_marks=100,
    files=media.LIMITS,
    formats=media.FORMATS,
    caption_limit=1024,
    download_limit=media.DOWNLOAD_LIMIT,
    buttons="inline",
    proves_numbers=True,
)
"""The limits count what is left of a text when its markup was read. How many entities it may have is told nowhere:
Telegram, whose dialect this is, ignores those beyond 100."""


How = tuple[str, int | None, str | None, Markup | None]
"""Words, the target of a reply, `parse_mode` and `reply_markup`."""
_BAR: Mapping[str, object] = MappingProxyType({"resize_keyboard": True})


class SoroushSession(Limited):
    """Implements `bridge.ports.Session`."""

    capabilities = CAPABILITIES

    def __init__(self, api: SoroushApi, *, own_id: str | None, poll_timeout_seconds: int) -> None:
        self._api = api
        self._own_id = own_id
        self._poll_timeout = poll_timeout_seconds
        self._webhook_removed = False

    async def whoami(self) -> Identity:
        identity = convert.identity(await self._api.get_me())
        if identity is None:
            raise Retry("Soroush Plus answered getMe without an id")
        self._own_id = identity.id
        return identity

    async def fetch(self, cursor: str | None) -> Batch:
        """Long poll. The cursor is the next `offset`, which confirms everything before it.

        A server that does not heed the offset gives the same updates again; their keys make that harmless,
        and a pause keeps it from becoming a tight loop. The first fetch removes a webhook that may be set,
        since with one there would be nothing to poll.
        """
        if not self._webhook_removed:
            await self._remove_webhook()
        offset = int(cursor) if cursor is not None and cursor.isdecimal() else None
        clock = asyncio.get_running_loop().time
        asked = clock()
        items = await self._get_updates(offset)
        numbers = [number for item in items if (number := convert.update_id(item)) is not None]
        onward = str(max(numbers) + 1) if numbers else cursor
        moved = bool(items) and onward != cursor
        hurried = not moved and clock() - asked < min(1, self._poll_timeout)
        return Batch(tuple(convert.update(item) for item in items), onward, wait=1.0 if hurried else 0.0)

    async def _remove_webhook(self) -> None:
        try:
            await self._api.delete_webhook()
        except Refused:
            pass
        self._webhook_removed = True

    async def _get_updates(self, offset: int | None) -> list[object]:
        try:
            return await self._api.get_updates(offset, MOST_UPDATES, self._poll_timeout)
        except TooLarge:
            return await self._api.get_updates(offset, 1, self._poll_timeout)

    def convert(self, update: Update) -> RemoteEvent:
        return convert.event(update, self._own_id)

    async def send(self, chat: str, message: Outgoing) -> str:
        """Formatting that Soroush Plus refuses ("can't parse entities") is sent once more as plain words, and at last
        all of it without its buttons: a refused call did nothing."""
        to = convert.chat_parameter(chat)

        async def call(*how: *How) -> object:
            return await self._api.send_message(to, *how)

        return _sent(await _tried(call, message, answers=True))

    async def send_file(self, chat: str, file: OutgoingFile, message: Outgoing) -> SentFile:
        """As `send`. Whether a file can answer a message is not sure (one reading of the vendor's list has no
        `reply_to_message_id` there), so a refused one is sent once more without its target."""
        if file.known:
            what: OutgoingFile | str = file.known
        elif media.fits(file):
            what = replace(file, name=media.upload_name(file))
        else:
            raise Refused(f"no file that is shown as a {file.kind}")
        to, details = convert.chat_parameter(chat), media.details(file)

        async def call(*how: *How) -> object:
            return await self._api.send_media(file.kind, to, what, details, *how)

        answer = await _tried(call, message, answers=False)
        return SentFile(_sent(answer), media.sent_file(answer, file.kind))

    async def send_location(self, chat: str, place: Location, message: Outgoing) -> str:
        to = convert.chat_parameter(chat)
        return _sent(await self._api.send_location(to, place.latitude, place.longitude))

    async def send_contact(self, chat: str, contact: Contact, message: Outgoing) -> str:
        to = convert.chat_parameter(chat)
        return _sent(await self._api.send_contact(to, contact.phone, contact.name))

    async def download(self, file: str, into: BinaryIO, limit: int) -> None:
        """Soroush Plus was seen to give an empty file, with status 200: what came is measured, and fetched once more
        where it is not whole."""
        try:
            path, size = media.link(await self._api.get_file(file))
        except Refused as error:
            raise Refused(TOO_LARGE if error.reason == TOO_LARGE else "gone") from None
        if path is None:
            raise Refused("gone")
        if size > limit:
            raise Refused(TOO_LARGE)
        for _ in range(2):
            into.seek(0)
            into.truncate()
            await self._api.download(path, into, limit)
            written = into.tell()
            if written and written == (size or written):
                return
        raise Retry("Soroush Plus did not give the whole file")

    async def edit(self, chat: str, id: str, message: Outgoing) -> None:
        """Formatting that Soroush Plus refuses is tried once more as plain words, and at last without buttons."""
        to, number = convert.chat_parameter(chat), _number(id)
        change = self._api.edit_message_caption if message.caption else self._api.edit_message_text
        below = (None,) if message.bar else botapi.keyboards(message, _BAR)
        forms = [message.marks, ()] if message.marks else [()]
        tries = [(marks, keyboard) for keyboard in below for marks in forms]
        for last, (marks, keyboard) in enumerate(tries, 1 - len(tries)):
            words, _, parse_mode, _ = _words(message, marks, None, keyboard)
            try:
                await change(to, number, words, parse_mode, keyboard)
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

    async def answer(self, press: str, words: str = "") -> None:
        """As far as the words fit into 200 characters. How many there may be is told nowhere: Telegram, whose dialect
        this is, takes so many."""
        await self._api.answer_callback_query(press, botapi.brief(words))

    async def chat(self, chat: str) -> Chat | None:
        try:
            told = await self._api.get_chat(convert.chat_parameter(chat))
        except Refused:
            return None
        return botapi.known(convert.chat(told), told)

    async def member_role(self, chat: str, person: str) -> MemberRole:
        """There is no getChatMember. In a private chat, which has its person's id, nobody is above them."""
        return MemberRole.ADMIN if chat == person else MemberRole.UNKNOWN

    async def close(self) -> None:
        await self._api.close()


def _number(id: str) -> int:
    number = convert.message_parameter(id)
    if number is None:
        raise Refused("this is no message of Soroush Plus")
    return number


def _target(message: Outgoing) -> int | None:
    return None if message.reply_to is None else convert.message_parameter(message.reply_to)


async def _tried(call: Callable[[*How], Awaitable[object]], message: Outgoing, *, answers: bool) -> object:
    """The answer to the first try that Soroush Plus does not refuse. Where it is not sure that what is sent `answers`
    a message, that is given up, too."""
    *more, last = botapi.keyboards(message, _BAR)
    for keyboard in more:
        try:
            return await _tried_below(call, message, keyboard, answers=answers)
        except Refused as error:
            if _hopeless(error):
                raise
    return await _tried_below(call, message, last, answers=answers)


async def _tried_below(
    call: Callable[[*How], Awaitable[object]], message: Outgoing, keyboard: Markup | None, *, answers: bool
) -> object:
    target, marks = _target(message), message.marks
    while True:
        try:
            return await call(*_words(message, marks, target, keyboard))
        except Refused as error:
            unsure = target is not None and not answers
            if _hopeless(error) or not (marks or unsure):
                raise
            if marks and (not unsure or "parse entities" in error.reason):
                marks = ()
            else:
                target = None


def _hopeless(error: Refused) -> bool:
    return isinstance(error, NotAllowed) or error.reason == TOO_LARGE


def _words(message: Outgoing, marks: tuple[Mark, ...], target: int | None, keyboard: Markup | None) -> How:
    """A message as far as it is to have these."""
    if marks:
        return markup(message.text, marks), target, "HTML", keyboard
    return written_out(Text(message.text, message.marks), ()).body, target, None, keyboard


def _sent(answer: object) -> str:
    sent = convert.sent_id(answer)
    if sent is None:
        raise InDoubt("Soroush Plus took the message but told no id for it")
    return sent
