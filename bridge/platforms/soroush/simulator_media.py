"""Files on the simulated Soroush Plus: what was uploaded, what an id means, and each kind's object."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from bridge.platforms.simulation import Form, FormError, Upload

MB = 1024 * 1024
PHOTO_LIMIT = 10 * MB
UPLOAD_LIMIT = 50 * MB
DOWNLOAD_LIMIT = 20 * MB
LONGEST_NOTE = 60

_MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(40)
_GIF = bytes.fromhex("47494638396101000100800000000000ffffff2c00000000010001000002024401003b")
_WEBP = bytes.fromhex("524946461a000000574542505650384c0d0000002f00000010071011118888fe0700")
_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)
_MADE_UP = {
    "photo": ("photo.png", "image/png", _PNG),
    "audio": ("song.mp3", "audio/mpeg", b"ID3\3\0\0\0\0\0\0" + bytes(40)),
    "document": ("file.bin", "application/octet-stream", b"\1\2\3 a file"),
    "video": ("video.mp4", "video/mp4", _MP4),
    "animation": ("animation.gif", "image/gif", _GIF),
    "voice": ("voice.ogg", "audio/ogg", b"OggS\0\2" + bytes(22) + b"\x01\x13OpusHead" + bytes(40)),
    "video_note": ("note.mp4", "video/mp4", _MP4),
    "sticker": ("sticker.webp", "image/webp", _WEBP),
}
"""What people send when nobody says what."""
MEDIA_KINDS = tuple(_MADE_UP)

_FORMATS = {
    "audio": ("mp3", "mp4"),
    "voice": ("ogg", "mp3", "mp4"),
    "video": ("mp4",),
    "video_note": ("mp4",),
    "animation": ("gif", "mp4"),
    "sticker": ("webp", "gzip", "webm"),
}
_DETAILS = {
    "audio": ("duration",),
    "voice": ("duration",),
    "video": ("duration", "width", "height"),
    "animation": ("duration", "width", "height"),
    "video_note": ("duration", "length"),
}
"""What a bot can tell of a file of this kind."""


class FileTooLarge(Exception):
    """An upload beyond the kind's limit."""


@dataclass(slots=True)
class StoredFile:
    number: int
    kind: str
    upload: Upload
    details: dict[str, int] = field(default_factory=dict)
    size: str = ""
    """Which of a photo's sizes it is; "" for the whole."""

    @property
    def file_id(self) -> str:
        return f"AgADBQAD{self.number:08d}Sb{self.size}"

    @property
    def path(self) -> str:
        ending = (self.upload.filename or "").rpartition(".")[2]
        return f"{self.kind}s/file_{self.number}{self.size}.{ending}"

    def ids(self, size: str = "") -> dict[str, Any]:
        return {"file_id": f"{self.file_id}{size}", "file_unique_id": f"Q{self.number}{self.size}{size}"}

    def fields(self) -> dict[str, Any]:
        """The fields of a message that carries it."""
        length = len(self.upload.body)
        described = {"file_name": self.upload.filename, "mime_type": self.upload.content_type, "file_size": length}
        told = self.details
        match self.kind:
            case "photo":
                whole = {"width": 1280, "height": 853} | told
                small = {"width": min(90, whole["width"]), "height": min(60, whole["height"])}
                return {"photo": [self.ids("s") | small, self.ids() | whole | {"file_size": length}]}
            case "video" | "animation":
                return {self.kind: self.ids() | {"width": 320, "height": 240, "duration": 3} | told | described}
            case "audio":
                return {"audio": self.ids() | {"duration": 3} | told | described}
            case "voice":
                return {"voice": self.ids() | {"duration": 3} | told | {"mime_type": self.upload.content_type}}
            case "video_note":
                return {"video_note": self.ids() | {"duration": 3, "length": 240} | told}
            case "sticker":
                plain = {"width": 512, "height": 512, "is_animated": False, "is_video": False}
                return {"sticker": self.ids() | plain}
            case _:
                return {"document": self.ids() | described}


class Files:
    def __init__(self) -> None:
        self._count = 0
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}

    def add(self, kind: str, upload: Upload | None = None, details: dict[str, int] | None = None) -> StoredFile:
        """What somebody sends from the app, where nobody minds what it is."""
        name, mime, body = _MADE_UP[kind]
        if upload is None:
            upload = Upload(name, mime, body)
        elif not upload.filename:
            upload = Upload(name, upload.content_type, upload.body)
        told = dict(details or {})
        if kind == "photo" and (measured := _measured(upload.body)):
            told["width"], told["height"] = measured
        self._count += 1
        stored = StoredFile(self._count, kind, upload, told)
        self._keep(stored)
        if kind == "photo":
            self._keep(StoredFile(self._count, kind, Upload("small.png", "image/png", _PNG), size="s"))
        return stored

    def _keep(self, stored: StoredFile) -> None:
        self._by_id[stored.file_id] = self._by_path[stored.path] = stored

    def find(self, file_id: str) -> StoredFile | None:
        return self._by_id.get(file_id)

    def at(self, path: str) -> StoredFile | None:
        return self._by_path.get(path)

    def given(self, kind: str, value: Any, form: Form, upload: Upload | None) -> StoredFile:
        """What a bot sends: an uploaded part, the id of a file of the same kind, or an address (which is not fetched
        here). `form`: what else it says of the file."""
        told = _details(kind, form)
        if upload is not None:
            return self.add(_taken(kind, upload), upload, told)
        if not isinstance(value, str) or not value:
            raise FormError(kind, f"there is no {kind} in the request")
        if value.startswith(("http://", "https://")):
            return self.add(kind)
        stored = self._by_id.get(value)
        if stored is None or stored.kind != kind:
            raise FormError(kind, "wrong file identifier/HTTP URL specified")
        return stored


def _details(kind: str, form: Form) -> dict[str, int]:
    told = {name: form.integer(name) for name in _DETAILS.get(kind, ()) if name in form}
    for name, number in told.items():
        if number < 0:
            raise FormError(name, f"{name} must not be negative")
    if kind == "video_note" and told.get("duration", 0) > LONGEST_NOTE:
        raise FormError("duration", "a video note lasts a minute at most")
    return told


def _taken(kind: str, upload: Upload) -> str:
    """The kind as which an upload is taken. A GIF plays only under its own ending."""
    body = upload.body
    if len(body) > (PHOTO_LIMIT if kind == "photo" else UPLOAD_LIMIT):
        raise FileTooLarge
    if not body:
        raise FormError(kind, "file must be non-empty")
    found = _format(body)
    if kind in _FORMATS and found not in _FORMATS[kind]:
        raise FormError(kind, f"wrong type of the {kind}")
    if kind == "photo" and (measured := _measured(body)):
        longer, shorter = max(measured), min(measured)
        if longer + shorter > 10_000 or longer > 20 * shorter:
            raise FormError(kind, "PHOTO_INVALID_DIMENSIONS")
    playing = kind != "animation" or found != "gif" or (upload.filename or "").lower().endswith(".gif")
    return kind if playing else "document"


def _format(body: bytes) -> str:
    if body[4:8] == b"ftyp":
        return "mp4"
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "webp"
    starts = {
        b"OggS": "ogg",
        b"ID3": "mp3",
        b"\xff\xfb": "mp3",
        b"GIF8": "gif",
        b"\x1f\x8b": "gzip",
        b"\x1a\x45\xdf\xa3": "webm",
    }
    return next((name for start, name in starts.items() if body.startswith(start)), "")


def _measured(body: bytes) -> tuple[int, int] | None:
    """The width and height of a picture; None for what is none."""
    try:
        with Image.open(io.BytesIO(body)) as picture:
            return picture.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
