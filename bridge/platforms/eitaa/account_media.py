"""Files as an Eitaa account is told of them and sends them, in TL ↔ our model. Pure.

What a file is called is made and read here: "d:id:access hash:reference:thumb:size", for one that somebody sent with
the chat and the message behind it, since a reference expires and is then asked for anew. Source: the reference, D.8 and
D.10.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from bridge.errors import Refused
from bridge.model import Mark, Media, MediaKind
from bridge.outgoing import OutgoingFile
from bridge.platforms import fields
from bridge.platforms.eitaa.tl import TL

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
"""About 2 GB is thought possible and was not seen; these are ours. Stickers and round videos show no words, so nobody
would see whose they are."""

FORMATS: Mapping[MediaKind, frozenset[str]] = {
    "photo": frozenset({"image/jpeg", "image/png"}),
    "video": frozenset({"video/mp4", "video/x-m4v", "video/quicktime"}),
    "animation": frozenset({"video/mp4", "image/gif"}),
    "voice": frozenset({"audio/ogg"}),
}
"""What apps of this family show as their kind."""
_LONG = 2**63
"""The wire has no room for larger numbers."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file is: `photo` or a document, and for a photo which of its sizes (`thumb`); `size` in bytes, 0 if
    nobody said. `chat` and `message` are "" for what we sent ourselves."""

    photo: bool
    id: int
    access_hash: int
    reference: bytes
    thumb: str = ""
    size: int = 0
    chat: str = ""
    message: str = ""

    def written(self) -> str:
        parts = ("p" if self.photo else "d", self.id, self.access_hash, self.reference.hex(), self.thumb, self.size)
        return ":".join(map(str, (*parts, self.chat, self.message)))

    @classmethod
    def read(cls, written: str) -> Place:
        """Raises Refused("gone") for what is none."""
        try:
            letter, id, secret, reference, thumb, size, chat, message = written.split(":")
            place = cls(letter == "p", int(id), int(secret), bytes.fromhex(reference), thumb, int(size), chat, message)
        except ValueError:
            raise Refused("gone") from None
        if not all(-_LONG <= number < _LONG for number in (place.id, place.access_hash)):
            raise Refused("gone")
        return place

    def location(self, new: Callable[..., TL]) -> TL:
        name = "inputPhotoFileLocation" if self.photo else "inputDocumentFileLocation"
        named = {"id": self.id, "access_hash": self.access_hash, "file_reference": self.reference}
        return new(name, thumb_size=self.thumb, **named)

    def input_media(self, new: Callable[..., TL]) -> TL:
        """To send it again."""
        name = "Photo" if self.photo else "Document"
        named = {"id": self.id, "access_hash": self.access_hash, "file_reference": self.reference}
        return new(f"inputMedia{name}", id=new(f"input{name}", **named))


# --- what comes


def noted(media: TL | None) -> dict[str, Any] | None:
    """The file of a MessageMedia as it is kept; None where there is none that could be fetched."""
    if media is None:
        return None
    if media.tl_name == "messageMediaPhoto" and media.photo is not None and media.photo.tl_name == "photo":
        return _noted_photo(media.photo)
    if media.tl_name == "messageMediaDocument" and media.document is not None and media.document.tl_name == "document":
        return _noted_document(media.document)
    return None


def photo(told: TL | None) -> dict[str, Any] | None:
    """A Photo as it is kept; None where there is none."""
    return _noted_photo(told) if told is not None and told.tl_name == "photo" else None


def _noted_photo(photo: TL) -> dict[str, Any] | None:
    sizes = [each for each in photo.sizes if getattr(each, "w", 0) > 0 and each.type.isalnum() and _bytes(each) > 0]
    if not sizes:
        return None
    largest = max(sizes, key=lambda each: (each.w * each.h, _bytes(each)))
    place = Place(True, photo.id, photo.access_hash, photo.file_reference, largest.type, _bytes(largest))
    return {"at": place.written(), "size": _bytes(largest), "w": largest.w, "h": largest.h, "mime": "image/jpeg"}


def _bytes(size: TL) -> int:
    """Of one of a photo's sizes, in bytes; 0 for those that stand inside the message, which are tiny."""
    several = getattr(size, "sizes", None)
    return max(several, default=0) if several is not None else int(getattr(size, "size", 0))


def _noted_document(document: TL) -> dict[str, Any]:
    attributes = {each.tl_name.removeprefix("documentAttribute"): each for each in document.attributes}
    sized = attributes.get("Video") or attributes.get("ImageSize")
    played = attributes.get("Video") or attributes.get("Audio")
    named, song = attributes.get("Filename"), attributes.get("Audio")
    sung = " - ".join(each for each in (song.performer, song.title) if each) if song is not None else ""
    place = Place(False, document.id, document.access_hash, document.file_reference, "", max(0, document.size))
    return {
        "at": place.written(),
        "name": named.file_name if named is not None else sung,
        "mime": document.mime_type,
        "size": document.size,
        "w": sized.w if sized is not None else 0,
        "h": sized.h if sized is not None else 0,
        "seconds": played.duration if played is not None else 0,
    }


def incoming(
    kind: MediaKind, file: Mapping[str, Any], chat: str, message: str, caption: str, marks: tuple[Mark, ...]
) -> Media:
    """From what was noted."""
    return Media(
        kind,
        f"{str(file['at']).rpartition(':')[0].rpartition(':')[0]}:{chat}:{message}",
        name=fields.text(file.get("name")) or "",
        mime=fields.text(file.get("mime")) or "",
        size=fields.amount(file.get("size")),
        width=fields.amount(file.get("w")),
        height=fields.amount(file.get("h")),
        duration=fields.milliseconds(file.get("seconds")),
        caption=caption,
        marks=marks,
    )


# --- what goes


def fits(file: OutgoingFile) -> bool:
    """Whether Eitaa shows such a file as its kind."""
    formats = FORMATS.get(file.kind)
    return formats is None or file.mime in formats


def uploaded(file: OutgoingFile, parts: TL, new: Callable[..., TL]) -> TL:
    """The InputMedia of a file whose parts were uploaded."""
    if file.kind == "photo":
        return new("inputMediaUploadedPhoto", file=parts)
    attributes = [new("documentAttributeFilename", file_name=file.name)]
    seconds = max(1, round(file.duration / 1000)) if file.duration else 0
    match file.kind:
        case "video" | "animation":
            video = {"supports_streaming": True, "duration": seconds, "w": file.width, "h": file.height}
            attributes.append(new("documentAttributeVideo", **video))
            if file.kind == "animation":
                attributes.append(new("documentAttributeAnimated"))
        case "voice" | "audio":
            attributes.append(new("documentAttributeAudio", voice=file.kind == "voice" or None, duration=seconds))
    return new(
        "inputMediaUploadedDocument",
        file=parts,
        mime_type=file.mime,
        attributes=attributes,
        force_file=file.kind == "document" or None,
    )


def sent_file(media: TL | None) -> str:
    """The name under which a file can be sent again, from the message that a send gave back; "" without one."""
    file = noted(media)
    return "" if file is None else str(file["at"])
