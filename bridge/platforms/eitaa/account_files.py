"""The bytes of an Eitaa account's files: parts to a host that takes them, pieces from a host that gives them.

All parts of a file and the send that uses them go to one host of the upload pool; a host that falls over in the middle
is left, and the next one begins at the beginning. Pieces come from any host of the download pool. No more than one part
or piece is in memory. Source: the reference, D.2 and D.10.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, BinaryIO, TypeVar

from bridge.errors import InDoubt, NotAllowed, Refused, Retry
from bridge.outgoing import OutgoingFile
from bridge.platforms.eitaa import account_media as media
from bridge.platforms.eitaa import account_notes as notes
from bridge.platforms.eitaa.account_people import People
from bridge.platforms.eitaa.gateway import Gateway, Pool, RetryLimit, RpcRefused
from bridge.platforms.eitaa.tl import TL, Codec

T = TypeVar("T")

_PART = 512 * 1024
"""Bytes of a part, unless Eitaa's config tells of smaller ones."""
_MOST_PARTS = 32
"""Of those smaller ones in a usual one: a file has no more than about 4,000."""
_BIG = 10_000_000
"""Bytes above which a file goes by the method for big ones."""
_PIECE = 128 * 1024
_HOSTS = 3
"""Hosts on which one upload is tried."""
_LOST = re.compile(r"FILE_PART_\d+_MISSING|MD5_CHECKSUM_INVALID")
"""The words for parts that a host took and has no more."""
_STALE = ("FILE_REFERENCE_", "FILEREF_")
"""How the words begin that refuse a reference which was good once."""


class Files:
    def __init__(self, gateway: Gateway, codec: Codec, people: People, uploads: Pool, downloads: Pool) -> None:
        self._gateway = gateway
        self._codec = codec
        self._people = people
        self._uploads = uploads
        self._downloads = downloads
        self._part = 0

    # --- out

    async def put(self, file: OutgoingFile, send: Callable[[TL, Pool], Awaitable[T]]) -> T:
        """Upload a file, and `send` what it has become from the host that has it. Raises what `send` raises, and Retry
        when no host takes it."""
        problem = Retry("no host of Eitaa takes files")
        for _ in range(min(_HOSTS, len(self._uploads))):
            host = self._uploads.host
            alone = Pool([host])
            try:
                parts = await self._parts(file, alone)
            except Retry as error:
                if error.after is not None:
                    raise
                self._uploads.leave(host)
                problem = error
                continue
            try:
                return await send(media.uploaded(file, parts, self._codec.new), alone)
            except (Retry, InDoubt):
                self._uploads.leave(host)
                raise
            except RpcRefused as error:
                if not _LOST.fullmatch(error.word):
                    raise
                self._uploads.leave(host)
                problem = Retry("a host of Eitaa lost a part of a file")
        raise problem

    async def _parts(self, file: OutgoingFile, host: Pool) -> TL:
        """Raises Refused("gone") for a body that is shorter than it says."""
        assert file.body is not None
        file.body.seek(0)
        id, length = secrets.randbits(63), await self._part_length()
        total = max(1, -(-file.size // length))
        checksum, size = hashlib.md5(usedforsecurity=False), 0
        for number in range(total):
            part = file.body.read(length)
            if not part:
                raise Refused("gone")
            size += len(part)
            checksum.update(part)
            said: dict[str, Any] = {"file_id": id, "file_part": number, "bytes": part}
            if file.size > _BIG:
                said |= {"file_total_parts": total, "totalFileSize": file.size}
                taken = await self._gateway.call("upload.saveBigFilePart", at=host, **said)
            else:
                taken = await self._gateway.call("upload.saveFilePart", at=host, **said)
            if taken is not True:
                raise Retry("Eitaa did not take a part of a file")
        if size != file.size:
            raise Refused("gone")
        if file.size > _BIG:
            return self._codec.new("inputFileBig", id=id, parts=total, name=file.name)
        return self._codec.new("inputFile", id=id, parts=total, name=file.name, md5_checksum=checksum.hexdigest())

    async def _part_length(self) -> int:
        """In bytes. Asked once."""
        if not self._part:
            config = await self._gateway.call("help.getConfig")
            told = getattr(config, "upload_chunk_size_kb", 0) * 1024
            fits = told > 0 and _PART % told == 0 and _PART // told <= _MOST_PARTS
            self._part = told if fits else _PART
        return self._part

    # --- in

    async def get(self, written: str, into: BinaryIO, limit: int) -> None:
        """Raises Refused("too_large"), Refused("gone"), Retry."""
        place = media.Place.read(written)
        if place.size > limit:
            raise Refused("too_large")
        start = into.tell()
        try:
            await self._pieces(place, into, limit)
        except RpcRefused as error:
            if not error.word.startswith(_STALE):
                raise Refused("gone") from None
        except NotAllowed:
            raise Refused("gone") from None
        else:
            return
        into.seek(start)
        into.truncate()
        try:
            await self._pieces(await self._renewed(place), into, limit)
        except (RpcRefused, NotAllowed):
            raise Refused("gone") from None

    async def _pieces(self, place: media.Place, into: BinaryIO, limit: int) -> None:
        """Until the known size, or until there is no more: asking behind the end is refused."""
        location, offset = place.location(self._codec.new), 0
        while True:
            try:
                answer = await self._gateway.call(
                    "upload.getFile", at=self._downloads, location=location, offset=offset, limit=_PIECE
                )
            except RetryLimit:
                if offset > 0 and place.size <= offset:
                    return
                raise
            piece = getattr(answer, "bytes", b"")
            offset += len(piece)
            if offset > limit:
                raise Refused("too_large")
            into.write(piece)
            if offset == place.size or len(piece) < _PIECE:
                break
        if offset < place.size:
            raise Retry("Eitaa did not give the whole file")

    async def _renewed(self, place: media.Place) -> media.Place:
        """A reference is good for a while; the message has a fresh one. Raises Refused("gone") without it."""
        if not place.message.isdecimal():
            raise Refused("gone")
        within = place.chat if place.chat.startswith("c") else ""
        async for found in self._people.numbered(within, [int(place.message)]):
            for message in getattr(found, "messages", ()):
                file = media.noted(getattr(message, "media", None))
                if str(message.id) == place.message and file is not None and _chat_of(message) == place.chat:
                    fresh = media.Place.read(str(file["at"]))
                    if (fresh.photo, fresh.id) == (place.photo, place.id):
                        return replace(fresh, chat=place.chat, message=place.message)
        raise Refused("gone")

    async def close(self) -> None:
        await self._uploads.close()
        await self._downloads.close()


def _chat_of(message: TL) -> str:
    return notes.peer_id(message.peer_id)
