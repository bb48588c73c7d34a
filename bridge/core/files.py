"""Carries files between a platform and the homeserver, through a file of the system that has no name: memory stays
small however large it is, its bytes can be looked at before anybody else sees it, and what one kind is refused for
another is there for, without a second download."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import BinaryIO
from weakref import WeakValueDictionary

from bridge.core.attachments import BLURHASH, Attachment, Looks, kinds_for, safe_name, true_kind, true_mime, ways
from bridge.core.filelinks import FileLinks
from bridge.core.pictures import Preview
from bridge.core.workshop import Workshop
from bridge.errors import BridgeError, NotAllowed, Refused, Retry
from bridge.model import Media, MediaKind
from bridge.outgoing import Outgoing, OutgoingFile
from bridge.ports import Homeserver, Session
from bridge.store.files import Files

log = logging.getLogger("hampayam.files")

_HEAD = 4096


class Unfetched(Retry):
    """The platform does not give a file at the moment."""


class Carrier:
    """For one login. `files` remembers what the platform has already; `workshop` and `links` are everybody's."""

    def __init__(
        self,
        login: str,
        session: Session,
        homeserver: Homeserver,
        files: Files,
        workshop: Workshop,
        links: FileLinks,
    ) -> None:
        self.links = links
        self._login = login
        self._session = session
        self._homeserver = homeserver
        self._files = files
        self._workshop = workshop
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def bring(self, media: Media, user: str, *, looks: bool = True) -> tuple[Media, str, Looks]:
        """Fetch a file from the platform and store it on the homeserver as `user`. Returns what it has turned out to
        be, its address, and (where `looks` are wanted) what is shown of it before it is fetched. Raises Retry
        (Unfetched where it is the platform's fault); Refused when it is too large or gone."""
        limit = await self._homeserver.upload_limit()
        if self._session.capabilities.download_limit:
            limit = min(limit, self._session.capabilities.download_limit)
        if media.size > limit:
            raise Refused("too_large")
        with _room() as body:
            try:
                await self._session.download(media.file, body, limit)
            except Retry as error:
                raise Unfetched(error.reason, after=error.after) from None
            found, _ = await self._examined(media, body)
            seen = Looks()
            if looks:
                found, shown, levels = await self._workshop.looked_at(found, body)
                seen = Looks({} if shown is None else await self._shown(shown, user), levels)
            mxc = await self._homeserver.upload(user, body, found.size, found.mime, found.name)
        return found, mxc, seen

    async def _shown(self, shown: Preview, user: str) -> dict[str, object]:
        """Nobody waits for a thumbnail: where the homeserver does not take it, there is none."""
        info: dict[str, object] = {BLURHASH: shown.blurhash}
        small = shown.thumbnail
        if small is not None:
            size = len(small.body)
            try:
                mxc = await self._homeserver.upload(user, io.BytesIO(small.body), size, small.mime, "thumbnail")
            except BridgeError as error:
                log.info("a thumbnail was not stored: %s", error)
            else:
                told = {"mimetype": small.mime, "size": size, "w": small.width, "h": small.height}
                info |= {"thumbnail_url": mxc, "thumbnail_info": told}
        return info

    async def send(self, chat: str, attachment: Attachment, reader: str, message: Outgoing) -> str:
        """Send a file of the room into a chat, as the nearest kind that it takes; the id of the message. Raises as
        `Session.send_file`, and Refused when the chat takes no such file or it is gone."""
        able = self._session.capabilities
        if not kinds_for(attachment.kind, able):
            raise Refused("no_files")
        turn = self._turns.setdefault(attachment.mxc, asyncio.Lock())
        async with turn:  # whoever else wants to send the same file waits for what the platform calls it
            for kind in dict.fromkeys([*kinds_for(attachment.kind, able), *able.files]):
                known = await self._files.known(attachment.mxc, self._login, kind)
                if known and (sent := await self._again(chat, attachment, kind, known, message)) is not None:
                    return sent
            async with self._fetched(attachment, reader) as (found, body):
                return await self._send(chat, found, body, message)

    async def _again(
        self, chat: str, attachment: Attachment, kind: MediaKind, known: str, message: Outgoing
    ) -> str | None:
        file = OutgoingFile(kind, attachment.name, attachment.mime, attachment.size, None, known)
        try:
            return (await self._session.send_file(chat, file, message)).id
        except NotAllowed:
            raise
        except Refused:
            await self._files.forget(attachment.mxc, self._login, kind)
            return None

    @asynccontextmanager
    async def _fetched(self, attachment: Attachment, reader: str) -> AsyncIterator[tuple[Attachment, BinaryIO]]:
        limit = max(self._session.capabilities.files.values())
        if attachment.kind in ("photo", "sticker"):  # it can be made smaller
            limit = max(limit, await self._homeserver.upload_limit())
        if attachment.size > limit:
            raise Refused("too_large")
        with _room() as body:
            await self._homeserver.download(reader, attachment.mxc, body, limit)
            claims = Media(attachment.kind, "", attachment.name, attachment.mime)
            claims = replace(claims, width=attachment.width, height=attachment.height, duration=attachment.duration)
            found, moves = await self._examined(claims, body)
            yield (
                replace(
                    attachment,
                    kind="animation" if moves and found.kind in ("photo", "sticker") else found.kind,
                    name=found.name,
                    mime=found.mime,
                    size=found.size,
                    width=found.width,
                    height=found.height,
                ),
                body,
            )

    async def _send(self, chat: str, found: Attachment, body: BinaryIO, message: Outgoing) -> str:
        refused = Refused("too_large")
        for kind, target in ways(found.kind, found.mime, found.size, self._session.capabilities):
            async with self._as(found, body, kind, target) as made:
                if made is None:
                    continue
                what, source = made
                source.seek(0)
                file = OutgoingFile(
                    kind,
                    what.name,
                    what.mime,
                    what.size,
                    source,
                    width=what.width,
                    height=what.height,
                    duration=what.duration,
                )
                try:
                    sent = await self._session.send_file(chat, file, message)
                except NotAllowed:
                    raise
                except Refused as error:
                    log.info("a %s was refused: %s", kind, error.reason)
                    refused = error
                    continue
            if sent.file:
                await self._files.learnt(found.mxc, self._login, kind, sent.file)
            return sent.id
        raise refused

    @asynccontextmanager
    async def _as(
        self, found: Attachment, body: BinaryIO, kind: MediaKind, target: str
    ) -> AsyncIterator[tuple[Attachment, BinaryIO] | None]:
        """The file as it goes out: as it is, or made into a `target`. None: it cannot be made."""
        if not target:
            yield found, body
            return
        most = self._session.capabilities.files[kind]
        async with self._workshop.made(found, body, kind, target, most) as made:
            if made is None:
                log.info("a file of the type %s did not become %s", found.mime, target)
            yield made

    async def _examined(self, media: Media, body: BinaryIO) -> tuple[Media, bool]:
        """What a file is by its bytes, and whether it is a picture that moves. Leaves `body` at its beginning. Raises
        Refused for an empty one."""
        size = body.seek(0, os.SEEK_END)
        if size == 0:
            raise Refused("gone")
        body.seek(0)
        mime = true_mime(body.read(_HEAD), media.mime)
        kind = true_kind(media.kind, mime)
        width, height, moves = media.width, media.height, False
        if mime.startswith("image/"):
            measured = await self._workshop.measured(body)
            if measured is None:
                kind, width, height = "document", 0, 0  # it cannot be shown: a bomb, or broken
            else:
                width, height, moves = measured.width, measured.height, measured.moves
        body.seek(0)
        name = safe_name(media.name, kind, mime)
        return replace(media, kind=kind, mime=mime, size=size, width=width, height=height, name=name), moves


@contextmanager
def _room() -> Iterator[BinaryIO]:
    """A file without a name. A disk that is full is waited for."""
    try:
        with tempfile.TemporaryFile() as body:
            yield body
    except OSError as error:
        raise Retry(f"no room for a file ({error.strerror})") from None
