"""Files on the simulated Bale: what was uploaded, what a file id means, and each kind's object."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from bridge.platforms.simulation import Form, FormError, Upload

MB = 1024 * 1024
PHOTO_LIMIT = 10 * MB
UPLOAD_LIMIT = 50 * MB
DOWNLOAD_LIMIT = 20 * MB
LINK_SECONDS = 3600.0

_MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(40)
_WEBP = bytes.fromhex("524946461a000000574542505650384c0d0000002f00000010071011118888fe0700")
_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)
_MADE_UP = {
    "photo": ("image/png", _PNG),
    "audio": ("audio/mpeg", b"ID3\3\0\0\0\0\0\0" + bytes(40)),
    "document": ("application/octet-stream", b"\1\2\3 a file"),
    "video": ("video/mp4", _MP4),
    "animation": ("video/mp4", _MP4),
    "voice": ("audio/ogg", b"OggS\0\2" + bytes(22) + b"\x01\x13OpusHead" + bytes(40)),
    "sticker": ("image/webp", _WEBP),
}
"""What people send when nobody says what."""
MEDIA_KINDS = tuple(_MADE_UP)

_DETAILS = {
    "audio": ("duration",),
    "voice": ("duration",),
    "video": ("duration", "width", "height"),
    "animation": ("duration", "width", "height"),
}
"""What a bot can tell of a file of this kind."""


class FileTooLarge(Exception):
    """An upload beyond the kind's limit."""


@dataclass(slots=True)
class StoredFile:
    file_id: str
    unique_id: str
    kind: str
    upload: Upload
    link_until: float
    details: dict[str, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return len(self.upload.body)

    def ids(self) -> dict[str, Any]:
        return {"file_id": self.file_id, "file_unique_id": self.unique_id}

    def object(self) -> dict[str, Any]:
        """The kind's minimal object: Voice and Sticker are bare on purpose."""
        described: dict[str, Any] = {"mime_type": self.upload.content_type, "file_size": self.size}
        if self.upload.filename is not None:
            described["file_name"] = self.upload.filename
        match self.kind:
            case "voice":
                return self.ids()
            case "sticker":
                return self.ids() | {"type": "regular", "width": 512, "height": 512}
            case "document":
                return self.ids() | described
            case "audio":
                return self.ids() | {"duration": 3} | self.details | described
            case _:
                return self.ids() | {"width": 320, "height": 240, "duration": 3} | self.details | described

    def fields(self) -> dict[str, Any]:
        """The fields of a message that carries it."""
        if self.kind == "photo":
            small: dict[str, Any] = {"file_id": f"{self.file_id}0", "file_unique_id": f"{self.unique_id}s"}
            whole = {"width": 1280, "height": 960} | self.details | {"file_size": self.size}
            small |= {"width": min(90, whole["width"]), "height": min(68, whole["height"])}
            return {"photo": [small, self.ids() | whole]}
        if self.kind == "animation":
            described = {"mime_type": self.upload.content_type, "file_size": self.size}
            return {"animation": self.object(), "document": self.ids() | described}
        return {self.kind: self.object()}


class Files:
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._files: dict[str, StoredFile] = {}

    def add(
        self, owner: str, kind: str, upload: Upload | None = None, details: dict[str, int] | None = None
    ) -> StoredFile:
        """What somebody sends from the app, where nobody minds what it is."""
        number = len(self._files) + 1
        # Three whole numbers and colons, the middle one of 64 bits: nothing to use as a file name.
        file_id = f"{owner}:-{5032493497848526839 + number}:1"
        if upload is None:
            mime, body = _MADE_UP[kind]
            upload = Upload(None, mime, body)
        told = dict(details or {})
        if kind == "photo" and (measured := _measured(upload.body)):
            told["width"], told["height"] = measured
        until = self._clock() + LINK_SECONDS
        stored = StoredFile(file_id, f"U{number}", kind, upload, until, told)
        self._files[file_id] = stored
        return stored

    def find(self, file_id: str) -> StoredFile | None:
        return self._files.get(file_id)

    def link(self, stored: StoredFile) -> None:
        stored.link_until = self._clock() + LINK_SECONDS

    def linked(self, file_id: str) -> StoredFile | None:
        """A file whose link has not run out."""
        stored = self._files.get(file_id)
        return stored if stored is not None and self._clock() < stored.link_until else None

    def given(
        self, owner: str, kind: str, value: Any, upload: Upload | None, details: dict[str, int] | None = None
    ) -> StoredFile:
        """An uploaded part, the id of a file of the same kind, or an address (which is not fetched here)."""
        if upload is not None:
            _check(kind, upload)
            return self.add(owner, kind, upload, details)
        if not isinstance(value, str) or not value:
            raise FormError(kind, f"{kind} is missing")
        if value.startswith(("http://", "https://")):
            return self.add(owner, kind)
        stored = self._files.get(value)
        if stored is None or stored.kind != kind:
            raise FormError(kind, "wrong file identifier specified")
        return stored


def details(kind: str, form: Form) -> dict[str, int]:
    """What a bot tells of its upload."""
    told = {name: form.integer(name) for name in _DETAILS.get(kind, ()) if name in form}
    for name, number in told.items():
        if number < 0:
            raise FormError(name, f"{name}: must be a valid value")
    return told


def _check(kind: str, upload: Upload) -> None:
    """Audio is .mp3 or .m4a, a video MPEG4, a voice Ogg."""
    body = upload.body
    if len(body) > (PHOTO_LIMIT if kind == "photo" else UPLOAD_LIMIT):
        raise FileTooLarge
    if not body:
        raise FormError(kind, "file must be non-empty")
    mp4 = body[4:8] == b"ftyp"
    fits = {
        "audio": mp4 or body.startswith((b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2")),
        "video": mp4,
        "voice": body.startswith(b"OggS"),
    }
    if not fits.get(kind, True):
        raise FormError(kind, f"wrong type of the {kind}")


def _measured(body: bytes) -> tuple[int, int] | None:
    """The width and height of a picture; None for what is none."""
    try:
        with Image.open(io.BytesIO(body)) as picture:
            return picture.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
