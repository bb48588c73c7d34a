"""Files on the simulated Soroush Plus: what was uploaded, what an id means, and each kind's object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bridge.platforms.simulation import Form, FormError, Upload

MB = 1024 * 1024
PHOTO_LIMIT = 10 * MB
UPLOAD_LIMIT = 50 * MB
DOWNLOAD_LIMIT = 20 * MB

_TYPES = {
    "photo": ("image/jpeg", "jpg"),
    "audio": ("audio/mpeg", "mp3"),
    "document": ("application/octet-stream", "bin"),
    "video": ("video/mp4", "mp4"),
    "animation": ("image/gif", "gif"),
    "voice": ("audio/ogg", "ogg"),
    "video_note": ("video/mp4", "mp4"),
    "sticker": ("image/webp", "webp"),
}
MEDIA_KINDS = tuple(_TYPES)


class FileTooLarge(Exception):
    """An upload beyond the kind's limit."""


@dataclass(slots=True)
class StoredFile:
    number: int
    kind: str
    name: str
    mime: str
    body: bytes

    @property
    def file_id(self) -> str:
        return f"AgADBQAD{self.number:08d}Sb"

    @property
    def path(self) -> str:
        return f"{self.kind}s/file_{self.number}.{self.name.rpartition('.')[2]}"

    def ids(self, size: str = "") -> dict[str, Any]:
        return {"file_id": f"{self.file_id}{size}", "file_unique_id": f"Q{self.number}{size}"}

    def fields(self) -> dict[str, Any]:
        """The fields of a message that carries it."""
        described = {"file_name": self.name, "mime_type": self.mime, "file_size": len(self.body)}
        screen = {"width": 320, "height": 240, "duration": 3}
        match self.kind:
            case "photo":
                small = self.ids("s") | {"width": 90, "height": 60}
                whole = self.ids() | {"width": 1280, "height": 853, "file_size": len(self.body)}
                return {"photo": [small, whole]}
            case "video" | "animation":
                return {self.kind: self.ids() | screen | described}
            case "audio":
                return {"audio": self.ids() | {"duration": 3} | described}
            case "voice":
                return {"voice": self.ids() | {"duration": 3, "mime_type": self.mime}}
            case "video_note":
                return {"video_note": self.ids() | {"duration": 3, "length": 240}}
            case "sticker":
                plain = {"width": 512, "height": 512, "is_animated": False, "is_video": False}
                return {"sticker": self.ids() | plain}
            case _:
                return {"document": self.ids() | described}


class Files:
    def __init__(self) -> None:
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}

    def add(self, kind: str, upload: Upload | None = None) -> StoredFile:
        body = upload.body if upload else b""
        if len(body) > (PHOTO_LIMIT if kind == "photo" else UPLOAD_LIMIT):
            raise FileTooLarge
        mime, ending = _TYPES[kind]
        name = (upload.filename if upload else None) or f"file.{ending}"
        stored = StoredFile(len(self._by_id) + 1, kind, name, upload.content_type if upload else mime, body)
        self._by_id[stored.file_id] = self._by_path[stored.path] = stored
        return stored

    def find(self, file_id: str) -> StoredFile | None:
        return self._by_id.get(file_id)

    def at(self, path: str) -> StoredFile | None:
        return self._by_path.get(path)

    def given(self, kind: str, value: Any, upload: Upload | None) -> StoredFile:
        """An uploaded part, the id of a file of the same kind, or an address (which is not fetched here)."""
        if upload is not None:
            return self.add(kind, upload)
        if not isinstance(value, str) or not value:
            raise FormError(kind, f"there is no {kind} in the request")
        if value.startswith(("http://", "https://")):
            return self.add(kind)
        stored = self._by_id.get(value)
        if stored is None or stored.kind != kind:
            raise FormError(kind, "wrong file identifier/HTTP URL specified")
        return stored


def location(form: Form) -> dict[str, Any]:
    return {"location": {"latitude": form.number("latitude"), "longitude": form.number("longitude")}}


def contact(form: Form) -> dict[str, Any]:
    found = {"phone_number": form.text("phone_number"), "first_name": form.text("first_name")}
    found |= {name: form.text(name) for name in ("last_name", "vcard") if name in form}
    return {"contact": found}
