"""Pictures that others made: measured, shown small, written anew in another format.

All of this blocks and takes memory for the pixels that it unpacks, so it runs in a thread, a few at a time
(`workshop.py`). Whatever is wrong with a picture, the answer is None. Only formats that people send are read.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from PIL import Image

_READ = ("Jpeg", "Mpo", "Png", "Gif", "WebP", "Bmp", "Tiff", "Avif")
"""Pillow's modules for what is read; the others, with their own holes, stay out."""
_MOST_PIXELS = 100_000_000
"""Of a picture that is shown as one; what is larger takes the memory of whoever opens it."""
_MOST_UNPACKED = 40_000_000
"""Pixels that are unpacked for one picture: some 160 MB. (A JPEG is unpacked at an eighth of its size, if need be.)"""
_MOST_MOVING = 30_000_000
"""Pixels of all frames of an animation that is written anew."""

_THUMBNAIL = (800, 600)
_LARGE_FILE = 200_000
"""Bytes from which a picture has a thumbnail though it is small in pixels."""
_BLUR = 32
_SIDES = (5000, 3200, 2048, 1280)
"""Of a picture that is written anew, the longest side; the next one where it is too many bytes."""
_ORIENTATION = 0x0112
_LARGEST_PROFILE = 64_000


@dataclass(frozen=True, slots=True)
class Measured:
    """As people see it, upright. `moves`: an animated WebP, which few show as one."""

    width: int
    height: int
    moves: bool = False


@dataclass(frozen=True, slots=True)
class Thumbnail:
    body: bytes
    mime: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Preview:
    """`thumbnail` is None where the picture itself is small enough."""

    thumbnail: Thumbnail | None
    blurhash: str


def measured(body: BinaryIO) -> Measured | None:
    """From the first bytes; nothing is unpacked."""
    with _broken_is_none(), _opened(body) as picture:
        width, height = picture.size
        if picture.format in ("JPEG", "MPO") and _lies(picture):
            width, height = height, width
        return Measured(width, height, picture.format == "WEBP" and bool(getattr(picture, "is_animated", False)))
    return None


def preview(body: BinaryIO, *, always: bool = False) -> Preview | None:
    """`always`: with a thumbnail, however small it is."""
    size = body.seek(0, io.SEEK_END)
    with _broken_is_none(), _opened(body) as picture:
        large = always or picture.width > _THUMBNAIL[0] or picture.height > _THUMBNAIL[1] or size > _LARGE_FILE
        small = _upright(_unpacked(picture, _THUMBNAIL), _THUMBNAIL)
        thumbnail = _thumbnail(small) if large else None
        return Preview(thumbnail, _blurhash(small))
    return None


def as_jpeg(body: BinaryIO, into: BinaryIO, most: int) -> Measured | None:
    """Write a picture as a JPEG of at most `most` bytes, upright, on white, without what a camera noted in it."""
    with _broken_is_none(), _opened(body) as picture:
        profile = picture.info.get("icc_profile")
        kept = profile if isinstance(profile, bytes) and len(profile) <= _LARGEST_PROFILE else None
        plain = _on_white(_upright(_unpacked(picture, (_SIDES[0], _SIDES[0])), (_SIDES[0], _SIDES[0])))
        for side in _SIDES:
            plain.thumbnail((side, side))
            into.seek(0)
            into.truncate()
            plain.save(into, "JPEG", quality=88, optimize=True, icc_profile=kept)
            if into.tell() <= most:
                return Measured(*plain.size)
    return None


def as_gif(body: BinaryIO, into: BinaryIO, most: int) -> Measured | None:
    """Write an animation as a GIF of at most `most` bytes."""
    with _broken_is_none(), _opened(body) as picture:
        from PIL import ImageSequence

        frames = int(getattr(picture, "n_frames", 1))
        if frames * picture.width * picture.height > _MOST_MOVING:
            return None
        made, durations = [], []
        for frame in ImageSequence.Iterator(picture):
            made.append(frame.convert("RGBA"))
            durations.append(int(frame.info.get("duration") or 100))
        made[0].save(into, "GIF", save_all=True, append_images=made[1:], duration=durations, loop=0, disposal=2)
        return Measured(*picture.size) if into.tell() <= most else None
    return None


@contextmanager
def _broken_is_none() -> Iterator[None]:
    """Decoders of nine formats meet bytes of strangers: anything that they raise means that it cannot be shown."""
    with contextlib.suppress(Exception):
        yield


@contextmanager
def _opened(body: BinaryIO) -> Iterator[Image.Image]:
    from PIL import Image  # most runs of a program that bridges texts never need it

    formats = _formats()
    body.seek(0)
    with Image.open(body, formats=formats) as picture:
        if picture.width * picture.height > _MOST_PIXELS:
            raise ValueError("too many pixels")
        yield picture


@functools.cache
def _formats() -> list[str]:
    from PIL import Image

    for name in _READ:
        with contextlib.suppress(ImportError):  # not every build has all of them
            importlib.import_module(f"PIL.{name}ImagePlugin")
    with contextlib.suppress(ImportError):
        import pillow_heif  # what iPhones take pictures in; an extra

        pillow_heif.register_heif_opener()
    return [name for name in ("HEIF", *map(str.upper, _READ)) if name in Image.OPEN]


def _lies(picture: Image.Image) -> bool:
    """Whether it is to be turned by a quarter."""
    return picture.getexif().get(_ORIENTATION) in (5, 6, 7, 8)


def _unpacked(picture: Image.Image, wanted: tuple[int, int]) -> Image.Image:
    """A picture with its pixels, where the format allows not many more than are wanted."""
    picture.draft("RGB", (2 * wanted[0], 2 * wanted[1]))
    if picture.width * picture.height > _MOST_UNPACKED:
        raise ValueError("too many pixels")
    picture.load()
    clear = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
    mode = "RGBA" if clear else "RGB"
    return picture if picture.mode == mode else picture.convert(mode)


def _upright(picture: Image.Image, most: tuple[int, int]) -> Image.Image:
    """At most so wide and so high. It is made small before it is turned: turning takes a second one."""
    from PIL import ImageOps

    picture.thumbnail(most[::-1] if _lies(picture) else most)
    return ImageOps.exif_transpose(picture)


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode == "RGB":
        return picture
    from PIL import Image

    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper


def _thumbnail(small: Image.Image) -> Thumbnail:
    out = io.BytesIO()
    if small.mode == "RGBA":
        small.save(out, "PNG", optimize=True)
        return Thumbnail(out.getvalue(), "image/png", *small.size)
    small.save(out, "JPEG", quality=80, optimize=True, exif=b"")
    return Thumbnail(out.getvalue(), "image/jpeg", *small.size)


def _blurhash(small: Image.Image) -> str:
    import blurhash

    tiny = _on_white(small).copy()
    tiny.thumbnail((_BLUR, _BLUR))
    width, height = tiny.size
    line = width * 3
    flat = tiny.tobytes()
    rows = [[flat[at : at + 3] for at in range(y * line, (y + 1) * line, 3)] for y in range(height)]
    across, down = (4, 3) if width >= height else (3, 4)
    return str(blurhash.encode(rows, across, down))
