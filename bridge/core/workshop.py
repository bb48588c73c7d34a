"""What is made from files: previews for the room, and the same in a format that a chat shows.

One workshop serves all logins, so that there are never more than a few pictures unpacked and a few programs running,
and what was made of a file for one chat is there for the next for a while. What could not be made is remembered, too.
"""

from __future__ import annotations

import asyncio
import io
import os
import tempfile
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, TypeVar
from weakref import WeakValueDictionary

from bridge.core import pictures
from bridge.core.attachments import Attachment, renamed
from bridge.core.ffmpeg import Ffmpeg, Found
from bridge.core.pictures import Measured, Preview
from bridge.model import Media, MediaKind

_PICTURES_AT_ONCE = 2
_MOST_KEPT = 16
_MOST_KEPT_BYTES = 64_000_000
"""On the disk, of what was made."""
_LARGEST_HEARD = 10_000_000
"""Bytes of a voice note whose levels are drawn."""

T = TypeVar("T")
_Key = tuple[str, str, str, int]


@dataclass(frozen=True, slots=True)
class _Made:
    """What became of a file, and where its bytes are."""

    attachment: Attachment
    body: BinaryIO


class Workshop:
    """`ffmpeg` is None where it is not installed."""

    def __init__(self, ffmpeg: Ffmpeg | None) -> None:
        self._ffmpeg = ffmpeg
        self._tables = asyncio.Semaphore(_PICTURES_AT_ONCE)
        self._turns: WeakValueDictionary[_Key, asyncio.Lock] = WeakValueDictionary()
        self._kept: OrderedDict[_Key, _Made | None] = OrderedDict()
        self._shelf = asyncio.Lock()
        """Nothing is thrown away while it is copied."""

    async def _picture(self, work: Callable[..., T], *arguments: Any, **more: Any) -> T:
        async with self._tables:
            return await asyncio.to_thread(work, *arguments, **more)

    async def measured(self, body: BinaryIO) -> Measured | None:
        """None: it is no picture that could be shown (a bomb, or broken)."""
        return await self._picture(pictures.measured, body)

    async def looked_at(self, media: Media, body: BinaryIO) -> tuple[Media, Preview | None, list[int]]:
        """What can be told of a file beside its bytes: measures that nobody told, a preview, the levels of a voice note
        ([]: none). Leaves `body` at its beginning."""
        shown: Preview | None = None
        levels: list[int] = []
        if media.kind == "document":
            pass
        elif media.mime.startswith("image/"):
            shown = await self._picture(pictures.preview, body)
        elif self._ffmpeg is not None and (found := await self._ffmpeg.look(body, media.mime)) is not None:
            media = replace(media, duration=media.duration or found.duration)
            if media.mime.startswith("video/") and found.film:
                media = replace(media, width=found.width, height=found.height)
                frame = await self._ffmpeg.picture(body, media.mime)
                shown = await self._picture(pictures.preview, io.BytesIO(frame), always=True) if frame else None
            elif media.kind == "voice" and media.size <= _LARGEST_HEARD:
                levels = await self._ffmpeg.levels(body, media.mime)
        body.seek(0)
        return media, shown, levels

    @asynccontextmanager
    async def made(
        self, found: Attachment, body: BinaryIO, kind: MediaKind, target: str, most: int
    ) -> AsyncIterator[tuple[Attachment, BinaryIO] | None]:
        """A file of the room as a `kind` of the type `target`, of at most `most` bytes. None: that cannot be done.
        Raises OSError where the disk is full."""
        key = (found.mxc, kind, target, most)
        turn = self._turns.setdefault(key, asyncio.Lock())
        with tempfile.TemporaryFile() as copy:  # whoever sends it reads at a place of their own
            async with turn:
                async with self._shelf:
                    known = key in self._kept
                    made = await self._taken(key, copy) if known else None
                if not known:
                    new = await self._make(found, body, kind, target, most)
                    async with self._shelf:
                        self._keep(key, new)
                        made = await self._taken(key, copy)
            yield None if made is None else (made, copy)

    async def _taken(self, key: _Key, into: BinaryIO) -> Attachment | None:
        made = self._kept[key]
        if made is None:
            return None
        await asyncio.to_thread(_copied, made.body, into)
        return made.attachment

    async def _make(self, found: Attachment, body: BinaryIO, kind: MediaKind, target: str, most: int) -> _Made | None:
        into = tempfile.TemporaryFile()  # noqa: SIM115
        told = None
        try:
            told = await self._written(found, body, kind, target, into, most)
        finally:
            if told is None:
                into.close()
        if told is None:
            return None
        name, size = renamed(found.name, target), into.seek(0, os.SEEK_END)
        duration = found.duration or (told.duration if isinstance(told, Found) else 0)
        now = replace(found, kind=kind, mime=target, name=name, size=size, duration=duration)
        return _Made(replace(now, width=told.width, height=told.height), into)

    async def _written(
        self, found: Attachment, body: BinaryIO, kind: MediaKind, target: str, into: BinaryIO, most: int
    ) -> Measured | Found | None:
        if target == "image/jpeg":
            return await self._picture(pictures.as_jpeg, body, into, most)
        if target == "image/gif":
            return await self._picture(pictures.as_gif, body, into, most)
        if self._ffmpeg is None:
            return None
        if found.mime != "image/webp":
            return await self._ffmpeg.convert(body, found.mime, kind, target, into, most)
        with tempfile.TemporaryFile() as gif:  # ffmpeg seldom reads an animated WebP
            if await self._picture(pictures.as_gif, body, gif, _MOST_KEPT_BYTES) is None:
                return None
            return await self._ffmpeg.convert(gif, "image/gif", kind, target, into, most)

    def _keep(self, key: _Key, made: _Made | None) -> None:
        self._kept[key] = made
        while len(self._kept) > 1 and (len(self._kept) > _MOST_KEPT or self._bytes() > _MOST_KEPT_BYTES):
            _, old = self._kept.popitem(last=False)
            if old is not None:
                old.body.close()

    def _bytes(self) -> int:
        return sum(made.attachment.size for made in self._kept.values() if made is not None)

    def close(self) -> None:
        for made in self._kept.values():
            if made is not None:
                made.body.close()
        self._kept.clear()


def _copied(source: BinaryIO, into: BinaryIO) -> None:
    source.flush()
    at = 0
    while chunk := os.pread(source.fileno(), 1 << 20, at):
        into.write(chunk)
        at += len(chunk)
    into.seek(0)
