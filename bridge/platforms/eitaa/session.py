"""One Eitaayar token: the calls of `api`, the meaning of `convert`, in the shape that the core asks for.

It only sends, as the channel itself through Eitaa's `@sender` account; an operator registers each chat in
the panel first.
"""

from __future__ import annotations

from dataclasses import replace
from typing import BinaryIO

from bridge.abilities import Capabilities
from bridge.errors import InDoubt, Refused, Retry
from bridge.model import Batch, RemoteEvent, Update
from bridge.outgoing import Outgoing, OutgoingFile, SentFile
from bridge.platforms.eitaa import convert, media
from bridge.platforms.eitaa.api import EitaaApi
from bridge.platforms.eitaa.pace import Pace
from bridge.platforms.limited import Limited
from bridge.ports import Identity

CAPABILITIES = Capabilities(
    receives=False,
    text_limit=4096,
    text_unit="utf16",
    names_in_groups=False,
    tells_roles=False,
    files=media.LIMITS,
    formats=media.FORMATS,
    caption_limit=media.CAPTION_LIMIT,
)
"""The text limit is what integrators assume; Eitaa publishes none."""


class EitaaSession(Limited):
    """Implements `bridge.ports.Session`."""

    capabilities = CAPABILITIES

    def __init__(self, api: EitaaApi, pace: Pace) -> None:
        self._api = api
        self._pace = pace

    async def whoami(self) -> Identity:
        identity = convert.identity(await self._api.get_me())
        if identity is None:
            raise Retry("Eitaa answered getMe without an id")
        return identity

    async def fetch(self, cursor: str | None) -> Batch:
        raise RuntimeError("Eitaa's official API receives nothing: `capabilities.receives` is False")

    def convert(self, update: Update) -> RemoteEvent:
        return convert.event(update)

    async def send(self, chat: str, message: Outgoing) -> str:
        to = convert.chat_parameter(chat)
        target = None if message.reply_to is None else convert.message_parameter(message.reply_to)
        async with self._pace.turn(to):
            answer = await self._api.send_message(to, message.text, target)
        sent = convert.sent_id(answer)
        if sent is None:
            raise InDoubt("Eitaa took the message but told no id for it")
        return sent

    async def send_file(self, chat: str, file: OutgoingFile, message: Outgoing) -> SentFile:
        """Eitaayar has no names for files that it got: each chat gets its own."""
        if file.known or not media.fits(file):
            raise Refused(f"no file that Eitaa shows as a {file.kind}")
        to = convert.chat_parameter(chat)
        target = None if message.reply_to is None else convert.message_parameter(message.reply_to)
        named = replace(file, name=media.name(file))
        async with self._pace.turn(to):
            answer = await self._api.send_file(to, named, message.text, target)
        sent = convert.sent_id(answer)
        if sent is None:
            raise InDoubt("Eitaa took the file but told no id for it")
        return SentFile(sent)

    async def download(self, file: str, into: BinaryIO, limit: int) -> None:
        raise Refused("gone")

    async def close(self) -> None:
        await self._api.close()
