"""Files in Soroush Plus's JSON ↔ our model. Pure; raises nothing for odd input.

A file's id is opaque and may be sent again; what fetches it is a path that getFile tells at the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bridge.model import Mark, Media, MediaKind
from bridge.outgoing import OutgoingFile
from bridge.platforms import fields

KINDS: tuple[MediaKind, ...] = (
    "animation",
    "video",
    "video_note",
    "audio",
    "voice",
    "sticker",
    "photo",
    "document",
)
"""In the order of asking: an animation may also carry a `document`."""

_MB = 1_000_000
LIMITS: Mapping[MediaKind, int] = MappingProxyType(
    {
        "photo": 10 * _MB,
        "video": 50 * _MB,
        "animation": 50 * _MB,
        "voice": 50 * _MB,
        "audio": 50 * _MB,
        "document": 50 * _MB,
    }
)
"""Nobody says which megabytes these are: the smaller. A round video and a sticker have methods of their own, but those
take no caption, and nobody would see whose they are."""

DOWNLOAD_LIMIT = 20 * 2**20
"""The larger megabytes: what Soroush Plus does not give it refuses itself."""

FORMATS: Mapping[MediaKind, frozenset[str]] = MappingProxyType(
    {
        "photo": frozenset({"image/jpeg", "image/png"}),
        "video": frozenset({"video/mp4", "video/x-m4v"}),
        "animation": frozenset({"image/gif", "video/mp4"}),
        "audio": frozenset({"audio/mpeg", "audio/mp4", "audio/x-m4a"}),
        "voice": frozenset({"audio/ogg", "audio/mpeg", "audio/mp4", "audio/x-m4a"}),
    }
)
"""What the vendor names for each kind; for photos it names nothing. Other files go as documents."""
_MOST_PIXELS = 10_000
"""Of a photo, width and height together."""
_LONGEST_RATIO = 20


def incoming(kind: MediaKind, value: object, caption: str, marks: tuple[Mark, ...]) -> Media | None:
    """The object of a message's field `kind`; None where it names no file."""
    members = _largest(value) if kind == "photo" else fields.mapping(value)
    file = fields.identifier((members or {}).get("file_id"))
    if members is None or file is None:
        return None
    side = fields.amount(members.get("length"))
    return Media(
        kind,
        file,
        name=_name(kind, members),
        mime=_mime(kind, members),
        size=fields.amount(members.get("file_size")),
        width=fields.amount(members.get("width")) or side,
        height=fields.amount(members.get("height")) or side,
        duration=fields.milliseconds(members.get("duration")),
        caption=caption,
        marks=marks,
    )


def _largest(value: object) -> Mapping[str, object] | None:
    sizes = [members for item in value if (members := fields.mapping(item))] if isinstance(value, list) else []
    named = [members for members in sizes if fields.identifier(members.get("file_id")) is not None]
    return max(named, key=_area, default=None)


def _area(members: Mapping[str, object]) -> tuple[int, int]:
    area = fields.amount(members.get("width")) * fields.amount(members.get("height"))
    return area, fields.amount(members.get("file_size"))


def _name(kind: MediaKind, members: Mapping[str, object]) -> str:
    name = fields.text(members.get("file_name"))
    if not name and kind == "audio":
        told = (fields.text(members.get(key)) for key in ("performer", "title"))
        name = " - ".join(each for each in told if each)
    return name or ("sticker.tgs" if kind == "sticker" and members.get("is_animated") is True else "")


def _mime(kind: MediaKind, members: Mapping[str, object]) -> str:
    told = fields.text(members.get("mime_type"))
    if kind != "sticker" or told:
        return told or ""
    if members.get("is_animated") is True:
        return "application/x-tgsticker"
    return "video/webm" if members.get("is_video") is True else "image/webp"


def link(value: object) -> tuple[str | None, int]:
    """The path and the size of the File object of getFile; the size is 0 where it is not told."""
    members = fields.mapping(value) or {}
    path = (fields.text(members.get("file_path")) or "").lstrip("/")
    return path or None, fields.amount(members.get("file_size"))


def fits(file: OutgoingFile) -> bool:
    """Whether the app shows such a file as its kind."""
    formats = FORMATS.get(file.kind)
    if formats is not None and file.mime not in formats:
        return False
    if file.kind != "photo" or not (file.width and file.height):
        return True
    shorter, longer = sorted((file.width, file.height))
    return shorter + longer <= _MOST_PIXELS and longer <= shorter * _LONGEST_RATIO


def upload_name(file: OutgoingFile) -> str:
    """A name with an ending, which the app wants; a GIF plays under its own only."""
    if file.kind == "animation" and file.mime == "image/gif" and not file.name.lower().endswith(".gif"):
        return f"{file.name}.gif"
    return file.name if "." in file.name.strip(".") else f"{file.name}.bin"


def details(file: OutgoingFile) -> dict[str, object]:
    """What the method of a kind takes beside file and caption. Durations are in seconds."""
    told: dict[str, object] = {}
    if file.kind in ("video", "animation", "audio", "voice") and file.duration:
        told["duration"] = max(1, round(file.duration / 1000))
    if file.kind in ("video", "animation") and file.width and file.height:
        told |= {"width": file.width, "height": file.height}
    if file.kind == "video":
        told["supports_streaming"] = True
    if file.kind == "document":
        told["disable_content_type_detection"] = True
    return told


def sent_file(answer: object, kind: MediaKind) -> str:
    """The id under which a file can be sent again, from the Message that a send gave back; "" where it tells none."""
    found = incoming(kind, (fields.mapping(answer) or {}).get(kind), "", ())
    return "" if found is None else found.file
