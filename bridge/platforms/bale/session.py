"""One bot on Bale: the calls of `api`, the meaning of `convert`, in the shape that the core asks for."""

from __future__ import annotations

import asyncio

from bridge.errors import InDoubt, NotAllowed, Refused, Retry
from bridge.marks import written_out
from bridge.model import Batch, Capabilities, Chat, MemberRole, Outgoing, RemoteEvent, Text, Update
from bridge.platforms.bale import convert
from bridge.platforms.bale.api import MOST_UPDATES, BaleApi
from bridge.platforms.bale.markdown import MARK_UNITS, WRITTEN, as_literal, as_markdown
from bridge.platforms.changes import Gone, Unchanged
from bridge.platforms.http import TooLarge
from bridge.ports import Identity

CAPABILITIES = Capabilities(
    text_limit=4096, text_unit="utf16", edits=True, deletes=True, marks=WRITTEN, mark_units=MARK_UNITS
)
"""Words can be edited for ever, as far as is documented; a message can be deleted within 48 hours."""


class BaleSession:
    """Implements `bridge.ports.Session`."""

    capabilities = CAPABILITIES

    def __init__(self, api: BaleApi, *, own_id: str | None, poll_timeout_seconds: int) -> None:
        self._api = api
        self._own_id = own_id
        self._poll_timeout = poll_timeout_seconds

    async def whoami(self) -> Identity:
        identity = convert.identity(await self._api.get_me())
        if identity is None:
            raise Retry("Bale answered getMe without an id")
        self._own_id = identity.id
        return identity

    async def fetch(self, cursor: str | None) -> Batch:
        """Long poll. The cursor is the next `offset`, which confirms everything before it.

        Bale keeps the last 2,000 updates for 24 hours.
        """
        offset = int(cursor) if cursor is not None and cursor.isdecimal() else None
        clock = asyncio.get_running_loop().time
        asked = clock()
        items = await self._get_updates(offset)
        numbers = [number for item in items if (number := convert.update_id(item)) is not None]
        onward = str(max(numbers) + 1) if numbers else cursor
        moved = bool(items) and onward != cursor
        # A long poll that comes back at once with nothing new must not become a tight loop.
        hurried = not moved and clock() - asked < min(1, self._poll_timeout)
        return Batch(tuple(convert.update(item) for item in items), onward, wait=1.0 if hurried else 0.0)

    async def _get_updates(self, offset: int | None) -> list[object]:
        try:
            return await self._api.get_updates(offset, MOST_UPDATES, self._poll_timeout)
        except TooLarge:
            return await self._api.get_updates(offset, 1, self._poll_timeout)

    def convert(self, update: Update) -> RemoteEvent:
        return convert.event(update, self._own_id)

    async def send(self, chat: str, message: Outgoing) -> str:
        """A reply that Bale refuses is sent once more without its target, and formatting as plain words: a refused
        call did nothing."""
        to = convert.chat_parameter(chat)
        target = None if message.reply_to is None else convert.message_parameter(message.reply_to)
        first, *plain = _forms(message)
        tries = [(first, target)]
        if target is not None:
            tries.append((first, None))
        tries += [(words, target) for words in plain]
        for last, (words, reply_to) in enumerate(tries, 1 - len(tries)):
            try:
                answer = await self._api.send_message(to, words, reply_to)
                break
            except NotAllowed:
                raise
            except Refused:
                if last == 0:
                    raise
        sent = convert.sent_id(answer)
        if sent is None:
            raise InDoubt("Bale took the message but told no id for it")
        return sent

    async def edit(self, chat: str, id: str, message: Outgoing) -> None:
        """Formatting that Bale refuses is tried once more as plain words."""
        to, number = convert.chat_parameter(chat), _number(id)
        forms = _forms(message)
        for last, words in enumerate(forms, 1 - len(forms)):
            try:
                await self._api.edit_message_text(to, number, words)
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

    async def read(self, chat: str, id: str) -> None:
        raise Refused("a bot on Bale cannot show what it has read")

    async def chat(self, chat: str) -> Chat | None:
        try:
            return convert.chat(await self._api.get_chat(convert.chat_parameter(chat)))
        except Refused:
            return None

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


def _forms(message: Outgoing) -> list[str]:
    """A message as Bale shall read it; without its formatting in the second place, where it has any."""
    limit = CAPABILITIES.text_limit
    if not message.marks:
        return [as_literal(message.text, limit)]
    plain = written_out(Text(message.text, message.marks), ()).body
    return [as_markdown(message.text, message.marks, limit), as_literal(plain, limit)]


def _number(id: str) -> int:
    number = convert.message_parameter(id)
    if number is None:
        raise Refused("this is no message of Bale")
    return number
