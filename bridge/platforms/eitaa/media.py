"""Files over Eitaayar. Pure.

There is one method for all of them and no type goes along: Eitaa's apps tell by the name what a file is, a GIF by its
`.gif`, a sticker by its `.webp`. Source: the reference, A.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bridge.model import MediaKind
from bridge.outgoing import OutgoingFile

_LARGEST = 50_000_000
LIMITS: Mapping[MediaKind, int] = MappingProxyType(
    {"photo": 10_000_000, "video": _LARGEST, "animation": _LARGEST, "audio": _LARGEST, "document": _LARGEST}
)
"""No limit is published; these are careful."""
CAPTION_LIMIT = 1024

FORMATS: Mapping[MediaKind, frozenset[str]] = {
    "photo": frozenset({"image/jpeg", "image/png"}),
    "video": frozenset({"video/mp4"}),
    "animation": frozenset({"image/gif", "video/mp4"}),
    "audio": frozenset({"audio/mpeg", "audio/mp4", "audio/ogg", "audio/x-m4a"}),
}
_ENDINGS: Mapping[str, tuple[str, ...]] = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/gif": (".gif",),
    "video/mp4": (".mp4",),
    "audio/mpeg": (".mp3",),
    "audio/mp4": (".m4a", ".mp4"),
    "audio/x-m4a": (".m4a",),
    "audio/ogg": (".ogg", ".oga", ".opus"),
}
_MISLEADING = (".gif", ".webp")


def fits(file: OutgoingFile) -> bool:
    """Whether Eitaa shows such a file as its kind."""
    formats = FORMATS.get(file.kind)
    return formats is None or file.mime in formats


def name(file: OutgoingFile) -> str:
    """A file's name, so that it is shown as its kind: nobody sees the words below a sticker."""
    lower = file.name.lower()
    if file.kind == "document":
        return f"{file.name}.file" if lower.endswith(_MISLEADING) else file.name
    endings = (".gif",) if file.kind == "animation" else _ENDINGS.get(file.mime, ())
    return file.name if not endings or lower.endswith(endings) else file.name + endings[0]
