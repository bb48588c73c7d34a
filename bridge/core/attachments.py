"""Files as events carry them, and as chats can show them. Pure.

What a file is, its bytes decide; a name and a type that somebody claims are only hints. A name is input: it loses
everything that could lead elsewhere or fake another name.
"""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import puremagic
import regex

from bridge.abilities import Capabilities
from bridge.core.contents import text_of
from bridge.model import Media, MediaKind, Text

KIND = "ir.hampayam.kind"
"""The key under which an event of ours says what Matrix has no word for."""

_VOICE = "org.matrix.msc3245.voice"
"""Marks an audio message as a voice note. Source: MSC3245, as Element writes it."""
_SOUND = "org.matrix.msc1767.audio"
"""Holds a voice note's duration and its waveform. Source: MSC3246."""
BLURHASH = "xyz.amorgan.blurhash"
"""A few letters from which a client draws colours while a picture is on its way. Source: MSC2448."""
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
_MADE: Mapping[MediaKind, tuple[str, ...]] = {
    "photo": ("image/jpeg",),
    "video": ("video/mp4",),
    "video_note": ("video/mp4",),
    "animation": ("video/mp4", "image/gif"),
    "voice": ("audio/ogg", "audio/mpeg", "audio/mp4"),
    "audio": ("audio/mpeg", "audio/mp4", "audio/ogg"),
}
"""What a file of each kind can be made into, the best first."""
_ENDINGS = {"image/jpeg": "jpg", "audio/ogg": "ogg", "audio/mpeg": "mp3", "audio/mp4": "m4a", "video/mp4": "mp4"}
_EITHER = ("mp4", "webm", "ogg", "3gpp", "x-matroska")
"""Types whose bytes do not say whether there is a film beside the sound."""
_IPHONE = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx")
"""How an iPhone's picture begins, in the same box as a film. Source: ISO/IEC 23008-12."""
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


@dataclass(frozen=True, slots=True)
class Looks:
    """What is shown of a file before it is fetched. `info` stands among what an event tells of it; `levels`, from 0 to
    1024, are a voice note's."""

    info: Mapping[str, Any] = field(default_factory=dict)
    levels: Sequence[int] = ()


def looks_of(content: Mapping[str, Any]) -> Looks:
    """Of an event of ours."""
    info, sound = content.get("info"), content.get(_SOUND)
    info = info if isinstance(info, Mapping) else {}
    levels = sound.get("waveform") if isinstance(sound, Mapping) else None
    shown = {key: info[key] for key in ("thumbnail_url", "thumbnail_info", BLURHASH) if key in info}
    return Looks(shown, levels if isinstance(levels, list) else ())


def file_content(media: Media, mxc: str, caption: Mapping[str, Any], looks: Looks) -> dict[str, Any]:
    """The content of an event of ours with a file. `caption`: `body` and formatting of the words below it, if any;
    `media` is as the file has turned out to be. A sticker is for an event of type m.sticker."""
    info: dict[str, Any] = {"mimetype": media.mime, "size": media.size, **looks.info}
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
            content[_SOUND] = {"duration": media.duration}
            if looks.levels:
                content[_SOUND]["waveform"] = list(looks.levels)
        case "video_note":
            content[KIND] = "video_note"
        case "animation":
            if media.mime.startswith("image/"):
                content["msgtype"] = "m.image"
            info |= {_ANIMATION: True, "fi.mau.autoplay": True, "fi.mau.loop": True}
    return content


def kinds_for(kind: MediaKind, able: Capabilities) -> list[MediaKind]:
    """The kinds as which a chat might take a file, the nearest first. Empty: it cannot."""
    return [each for each in _NEAREST[kind] if each in able.files]


Way = tuple[MediaKind, str]
"""A kind as which a file is sent, and the type that it must be made into for that; "" for none."""


def ways(kind: MediaKind, mime: str, size: int, able: Capabilities) -> list[Way]:
    """How a chat can take a file, the best first. Empty: it cannot. What has a type that the chat does not show as its
    kind is made into one that it does; a picture that is too large goes as a document, else smaller."""
    found: list[Way] = []
    smaller: list[Way] = []
    for each in kinds_for(kind, able):
        formats = able.formats.get(each, frozenset())
        if formats and mime not in formats:
            made = _MADE.get(each, ())
            made = made[::-1] if mime == "image/webp" else made  # it is nearer to a GIF
            found += [(each, target) for target in made if target in formats]
        elif size <= able.files[each]:
            found.append((each, ""))
        elif each == "photo":
            smaller.append((each, "image/jpeg"))
    return found + smaller


def true_mime(head: bytes, claimed: str) -> str:
    """What a file is by its first bytes. A claim is believed where these do not speak against it."""
    claimed = claimed.partition(";")[0].strip().lower()
    if not re.fullmatch(r"[a-z]+/[a-z0-9.+-]+", claimed):
        claimed = ""
    if head[4:8] == b"ftyp" and head[8:12] in _IPHONE:
        return "image/heic"
    try:
        found = [match.mime_type for match in puremagic.magic_string(head[:_HEAD]) if match.mime_type]
    except (puremagic.PureError, ValueError):
        found = []
    if claimed in ("audio/m4a", "audio/x-m4a") and claimed not in found:
        claimed = "audio/mp4"
    if claimed in found or (claimed == "audio/ogg" and "application/ogg" in found):
        return claimed
    sort, _, of = claimed.partition("/")
    if sort in ("audio", "video") and of in _EITHER and {f"audio/{of}", f"video/{of}"} & set(found):
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


def renamed(name: str, mime: str) -> str:
    """The name of what a file was made into."""
    stem, dot, ending = name.rpartition(".")
    stem = stem if dot and len(ending) <= 10 else name
    return f"{stem}.{_ENDINGS.get(mime) or (mimetypes.guess_extension(mime) or '.bin').removeprefix('.')}"


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
