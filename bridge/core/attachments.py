"""Files as events carry them, and as chats can show them. Pure.

What a file is, its bytes decide; a name and a type that somebody claims are only hints. A name is input: it loses
everything that could lead elsewhere or fake another name.
"""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import puremagic
import regex

from bridge.core.contents import text_of
from bridge.model import Capabilities, Media, MediaKind, Text

KIND = "ir.hampayam.kind"
"""The key under which an event of ours says what Matrix has no word for."""

_VOICE = "org.matrix.msc3245.voice"
"""Marks an audio message as a voice note. Source: MSC3245, as Element writes it."""
_ANIMATION = "fi.mau.gif"
"""Marks a video that plays by itself. Source: mautrix bridges; Cinny and gomuks read it."""

_NEAREST: Mapping[MediaKind, tuple[MediaKind, ...]] = {
    "photo": ("photo", "document"),
    "video": ("video", "document"),
    "video_note": ("video_note", "video", "document"),
    "animation": ("animation", "video", "document"),
    "voice": ("voice", "audio", "document"),
    "audio": ("audio", "document"),
    "document": ("document",),
    "sticker": ("sticker", "photo", "document"),
}
_MSGTYPES: Mapping[MediaKind, str] = {
    "photo": "m.image",
    "video": "m.video",
    "video_note": "m.video",
    "animation": "m.video",
    "voice": "m.audio",
    "audio": "m.audio",
    "document": "m.file",
    "sticker": "m.image",
}
_CLASSES: Mapping[MediaKind, str] = {
    "photo": "image",
    "sticker": "image",
    "video": "video",
    "video_note": "video",
    "animation": "video",
    "voice": "audio",
    "audio": "audio",
}
_HEAD = 4096
"""Bytes of a file that are looked at."""
_LONGEST_NAME = 120
_FORBIDDEN = re.compile(r'[/\\:*?"<>|]+')
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in the room. `mxc` is its address; the rest is what its sender claims, as in `model.Media`."""

    mxc: str
    kind: MediaKind
    name: str
    mime: str
    size: int
    width: int
    height: int
    duration: int
    caption: Text | None


def attachment_of(content: Mapping[str, Any]) -> Attachment | None:
    """The file of an event that somebody else wrote. None: it has none that could be fetched."""
    mxc, msgtype = content.get("url"), content.get("msgtype")
    if not isinstance(mxc, str) or not re.fullmatch(r"mxc://[^/\s]{1,255}/[A-Za-z0-9_=.-]{1,255}", mxc):
        return None
    info = content.get("info")
    info = info if isinstance(info, Mapping) else {}
    mime = _text(info.get("mimetype"))
    kind = _kind(content, msgtype, mime)
    if kind is None:
        return None
    body, name = content.get("body"), content.get("filename")
    captioned = isinstance(name, str) and isinstance(body, str) and body != name and msgtype is not None
    return Attachment(
        mxc,
        kind,
        safe_name(_text(name) if captioned or isinstance(name, str) else _text(body), kind, mime),
        mime,
        _number(info.get("size")),
        _number(info.get("w")),
        _number(info.get("h")),
        _number(info.get("duration")),
        text_of(content) if captioned else None,
    )


def _kind(content: Mapping[str, Any], msgtype: object, mime: str) -> MediaKind | None:
    match msgtype:
        case None:
            return "sticker"  # an m.sticker event
        case "m.image":
            return "animation" if mime == "image/gif" else "photo"
        case "m.video":
            if content.get(KIND) == "video_note":
                return "video_note"
            info = content.get("info")
            return "animation" if isinstance(info, Mapping) and info.get(_ANIMATION) is True else "video"
        case "m.audio":
            return "voice" if _VOICE in content else "audio"
        case "m.file":
            return "document"
    return None


def file_content(media: Media, mxc: str, caption: Mapping[str, Any]) -> dict[str, Any]:
    """The content of an event of ours with a file. `caption`: `body` and formatting of the words below it, if any;
    `media` is as the file has turned out to be. A sticker is for an event of type m.sticker."""
    info: dict[str, Any] = {"mimetype": media.mime, "size": media.size}
    for key, value in (("w", media.width), ("h", media.height), ("duration", media.duration)):
        if value:
            info[key] = value
    content: dict[str, Any] = {"body": media.name, "url": mxc, "info": info}
    if media.kind == "sticker":
        return content
    content |= {"msgtype": _MSGTYPES[media.kind], "filename": media.name, **caption}
    match media.kind:
        case "voice":
            content[_VOICE] = {}
            content["org.matrix.msc1767.audio"] = {"duration": media.duration}
        case "video_note":
            content[KIND] = "video_note"
        case "animation":
            if media.mime.startswith("image/"):
                content["msgtype"] = "m.image"
            info |= {_ANIMATION: True, "fi.mau.autoplay": True, "fi.mau.loop": True}
    return content


def carried_as(kind: MediaKind, size: int, able: Capabilities) -> list[MediaKind]:
    """The kinds as which a chat can take a file, the nearest first. Empty: it cannot."""
    return [each for each in _NEAREST[kind] if size <= able.files.get(each, -1)]


def true_mime(head: bytes, claimed: str) -> str:
    """What a file is by its first bytes. A claim is believed where these do not speak against it."""
    claimed = claimed.partition(";")[0].strip().lower()
    if not re.fullmatch(r"[a-z]+/[a-z0-9.+-]+", claimed):
        claimed = ""
    try:
        found = [match.mime_type for match in puremagic.magic_string(head[:_HEAD]) if match.mime_type]
    except (puremagic.PureError, ValueError):
        found = []
    if claimed in found or (claimed == "audio/ogg" and "application/ogg" in found):
        return claimed
    if found:
        return "audio/ogg" if found[0] == "application/ogg" else found[0]
    if claimed and not claimed.startswith(("image/", "video/", "audio/")):
        return claimed
    return claimed if claimed in ("audio/mpeg", "audio/aac") else "application/octet-stream"


def true_kind(kind: MediaKind, mime: str) -> MediaKind:
    """A file is shown as what it was sent as, unless its bytes are something else."""
    if kind == "animation" and mime == "image/gif":
        return kind
    expected = _CLASSES.get(kind)
    return kind if expected is None or mime.startswith(expected + "/") else "document"


def safe_name(name: str, kind: MediaKind, mime: str) -> str:
    """A name fit for a file: one line, no path, no invisible characters, not too long, never empty."""
    kept = "".join(char for char in name if char in "\u200c\u200d" or not unicodedata.category(char).startswith("C"))
    kept = _SPACES.sub(" ", _FORBIDDEN.sub("_", kept)).strip(" .\u200c\u200d")
    stem, dot, extension = kept.rpartition(".")
    if not dot or not re.fullmatch(r"\w{1,10}", extension):
        stem, extension = kept, ""
    if len(stem) > _LONGEST_NAME:
        stem = "".join(regex.findall(r"\X", stem)[:_LONGEST_NAME])[:_LONGEST_NAME]
    if not stem:
        stem = kind
    if not extension:
        extension = (mimetypes.guess_extension(mime) or "").removeprefix(".")
    return f"{stem}.{extension}" if extension else stem


def spoken_size(size: int) -> str:
    """A file's size for people: "3.4 MB"."""
    amount, unit = float(size), "B"
    for larger in ("kB", "MB", "GB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.0f} {unit}" if unit == "B" or amount >= 10 else f"{amount:.1f} {unit}"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**40 else 0
