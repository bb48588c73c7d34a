"""Files in Rubika's JSON ↔ our model. Pure; raises nothing for odd input.

A file that comes has an id, a name and a size: neither its kind nor its type is told, so both are read from its name.
A file that goes out is shown as what its upload was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bridge.model import Mark, Media, MediaKind, Unsupported
from bridge.outgoing import OutgoingFile
from bridge.platforms import fields

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
"""10 MB for an Image, 50 MB for a File and a Video; nobody says anything of the others, nor which megabytes these are.
There is no round video, and no documented way to send a sticker."""

_UPLOADS: Mapping[MediaKind, tuple[str, frozenset[str]]] = {
    "photo": ("Image", frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})),
    "video": ("Video", frozenset({"video/mp4", "video/x-m4v"})),
    "animation": ("Gif", frozenset({"video/mp4", "video/x-m4v"})),
    "voice": ("Voice", frozenset({"audio/ogg", "audio/mpeg"})),
    "audio": ("Music", frozenset({"audio/mpeg", "audio/ogg"})),
}
"""The `type` of an upload, and the formats that are known to be shown as such. Other files go as documents."""
FORMATS: Mapping[MediaKind, frozenset[str]] = MappingProxyType(
    {kind: formats | {"image/gif"} if kind == "animation" else formats for kind, (_, formats) in _UPLOADS.items()}
)
_ENDINGS: Mapping[str, tuple[MediaKind, str]] = {
    "jpg": ("photo", "image/jpeg"),
    "jpeg": ("photo", "image/jpeg"),
    "png": ("photo", "image/png"),
    "webp": ("photo", "image/webp"),
    "heic": ("photo", "image/heic"),
    "bmp": ("photo", "image/bmp"),
    "gif": ("animation", "image/gif"),
    "mp4": ("video", "video/mp4"),
    "m4v": ("video", "video/x-m4v"),
    "mkv": ("video", "video/x-matroska"),
    "mov": ("video", "video/quicktime"),
    "webm": ("video", "video/webm"),
    "avi": ("video", "video/x-msvideo"),
    "3gp": ("video", "video/3gpp"),
    "mp3": ("audio", "audio/mpeg"),
    "m4a": ("audio", "audio/mp4"),
    "ogg": ("audio", "audio/ogg"),
    "oga": ("audio", "audio/ogg"),
    "opus": ("audio", "audio/ogg"),
    "wav": ("audio", "audio/wav"),
    "flac": ("audio", "audio/flac"),
    "aac": ("audio", "audio/aac"),
}
_LONGEST_FILE_ID = 4096


def incoming(value: object, caption: str, marks: tuple[Mark, ...]) -> Media | Unsupported:
    """The `file` of a message. A voice note is known by a name that begins with "voice_", as one client has it."""
    members = fields.mapping(value) or {}
    name = fields.text(members.get("file_name")) or ""
    kind, mime = _ENDINGS.get(name.lower().rpartition(".")[2], ("document", ""))
    if name.lower().startswith("voice_"):
        kind = "voice"
    return _media(kind, members, name, mime, caption, marks)


def sticker(value: object, caption: str, marks: tuple[Mark, ...]) -> Media | Unsupported:
    """The `sticker` of a message. What it stands for is an emoji, which is its caption where it has no words."""
    members = fields.mapping(value) or {}
    words = caption or fields.text(members.get("emoji_character")) or ""
    file = fields.mapping(members.get("file")) or {}
    return _media("sticker", file, fields.text(file.get("file_name")) or "", "", words, marks)


def _media(
    kind: MediaKind,
    members: Mapping[str, object],
    name: str,
    mime: str,
    caption: str,
    marks: tuple[Mark, ...],
) -> Media | Unsupported:
    file = file_id(members)
    if file is None:
        return Unsupported(kind, caption, marks)
    size = fields.amount(members.get("size"))
    return Media(kind, file, name=name, mime=mime, size=size, caption=caption, marks=marks)


def file_id(members: Mapping[str, object]) -> str | None:
    """An opaque string of no stated length, in a message and in the answer of an upload."""
    value = members.get("file_id")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and 0 < len(value) <= _LONGEST_FILE_ID and value.isprintable():
        return value
    return None


def address(data: Mapping[str, object], name: str) -> str | None:
    """`upload_url` or `download_url`. It lies on another host and carries its own credentials."""
    value = data.get(name)
    return value if isinstance(value, str) and value.startswith(("https://", "http://")) else None


def upload_type(file: OutgoingFile) -> str | None:
    """What an upload is asked for; None where people would not be shown the kind. A GIF is among the formats of an
    Image, while a Gif is an MP4 without sound."""
    if file.kind == "animation" and file.mime == "image/gif":
        return "Image" if file.size <= LIMITS["photo"] else None
    name, formats = _UPLOADS.get(file.kind, ("File", None))
    return name if formats is None or file.mime in formats else None


def upload_name(file: OutgoingFile) -> str:
    """Apps decide by its ending how to show a file; Ogg is called .ogg there."""
    stem, dot, ending = file.name.rpartition(".")
    return f"{stem}.ogg" if dot and file.mime == "audio/ogg" and ending.lower() in ("oga", "opus") else file.name
