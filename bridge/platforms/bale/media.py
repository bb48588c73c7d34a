"""Files in Bale's JSON ↔ our model. Pure; raises nothing for odd input.

A file's id holds three numbers and colons; it is opaque, of one kind for good, and may be sent again.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bridge.model import Mark, Media, MediaKind
from bridge.outgoing import OutgoingFile
from bridge.platforms import fields

KINDS: tuple[MediaKind, ...] = ("animation", "video", "audio", "voice", "sticker", "photo", "document")
"""In the order of asking: an animation also carries a `document`."""

_MB = 1_000_000
LIMITS: Mapping[MediaKind, int] = MappingProxyType(
    {
        "photo": 10 * _MB,
        "video": 20 * _MB,
        "voice": 20 * _MB,
        "audio": 20 * _MB,
        "document": 20 * _MB,
    }
)
"""Documented are 10 MB for photos and 50 for others, of which uploads beyond about 20 were seen to fail. Stickers
and animations have methods of their own, documented without a caption: nobody would see whose they are."""

CAPTION_LIMIT = 1000
"""Documented are 4096; longer ones than this were seen to fail."""

DOWNLOAD_LIMIT = 20 * 2**20
"""The larger megabytes: what Bale does not give it refuses itself."""

FORMATS: Mapping[MediaKind, frozenset[str]] = MappingProxyType(
    {
        "photo": frozenset({"image/jpeg", "image/png"}),
        "video": frozenset({"video/mp4", "video/x-m4v"}),
        "audio": frozenset({"audio/mpeg", "audio/mp4", "audio/x-m4a"}),
        "voice": frozenset({"audio/ogg"}),
    }
)
"""What Bale names for each kind; for photos it names nothing. Other files go as documents."""


def incoming(message: Mapping[str, object], kind: MediaKind, caption: str, marks: tuple[Mark, ...]) -> Media | None:
    """The file in a message's field `kind`; None where that names none. A voice may have nothing but its id."""
    value = message.get(kind)
    members = _largest(value) if kind == "photo" else fields.mapping(value)
    file = fields.identifier((members or {}).get("file_id"))
    if members is None or file is None:
        return None
    mime = fields.text(members.get("mime_type")) or ""
    return Media(
        _by_mime(mime) if kind == "document" else kind,
        file,
        name=fields.text(members.get("file_name")) or "",
        mime=mime,
        size=fields.amount(members.get("file_size")),
        width=fields.amount(members.get("width")),
        height=fields.amount(members.get("height")),
        duration=fields.milliseconds(members.get("duration")),
        caption=caption,
        marks=marks,
    )


def _by_mime(mime: str) -> MediaKind:
    """Audio and video may come as `document` alone, told apart by their type only."""
    match mime.partition("/")[0]:
        case "audio":
            return "audio"
        case "video":
            return "video"
    return "document"


def _largest(value: object) -> Mapping[str, object] | None:
    """Of a photo's sizes, which ascend."""
    sizes = [members for item in value if (members := fields.mapping(item))] if isinstance(value, list) else []
    named = [members for members in sizes if fields.identifier(members.get("file_id")) is not None]
    return max(reversed(named), key=_area, default=None)


def _area(members: Mapping[str, object]) -> tuple[int, int]:
    area = fields.amount(members.get("width")) * fields.amount(members.get("height"))
    return area, fields.amount(members.get("file_size"))


def link(value: object) -> tuple[str | None, int]:
    """The path and the size of the File object of getFile; the size is 0 where it is not told."""
    members = fields.mapping(value) or {}
    path = (fields.text(members.get("file_path")) or "").lstrip("/")
    return path or None, fields.amount(members.get("file_size"))


def fits(file: OutgoingFile) -> bool:
    """Whether Bale takes such a file as its kind."""
    formats = FORMATS.get(file.kind)
    return formats is None or file.mime in formats


def details(file: OutgoingFile) -> dict[str, str]:
    """What client libraries tell the method of a kind beside file and caption. Durations are in seconds."""
    told: dict[str, int] = {}
    if file.kind in ("video", "audio", "voice") and file.duration:
        told["duration"] = max(1, round(file.duration / 1000))
    if file.kind == "video" and file.width and file.height:
        told |= {"width": file.width, "height": file.height}
    return {name: str(number) for name, number in told.items()}


def sent_file(answer: object, kind: MediaKind) -> str:
    """The id under which a file can be sent again as `kind`, from the Message that a send gave back; "" where it tells
    none (a long voice may have become a document)."""
    found = incoming(fields.mapping(answer) or {}, kind, "", ())
    return "" if found is None else found.file
