"""Files on the simulated Bale: what was uploaded, what a file id means, and each kind's object."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bridge.platforms.simulation import Form, FormError, Upload

MB = 1024 * 1024
PHOTO_LIMIT = 10 * MB
UPLOAD_LIMIT = 50 * MB
DOWNLOAD_LIMIT = 20 * MB
LINK_SECONDS = 3600.0

MEDIA_KINDS = ("photo", "audio", "document", "video", "animation", "voice", "sticker")
_MIME = {
    "photo": "image/jpeg",
    "audio": "audio/mpeg",
    "video": "video/mp4",
    "animation": "video/mp4",
    "voice": "audio/ogg",
    "sticker": "image/webp",
}


class FileTooLarge(Exception):
    """An upload beyond the kind's limit."""


@dataclass(slots=True)
class StoredFile:
    file_id: str
    unique_id: str
    kind: str
    name: str | None
    mime: str
    body: bytes
    link_until: float

    def object(self) -> dict[str, Any]:
        """The kind's minimal object: Voice and Sticker are bare on purpose."""
        ids: dict[str, Any] = {"file_id": self.file_id, "file_unique_id": self.unique_id}
        described = {"mime_type": self.mime, "file_size": len(self.body)}
        if self.name is not None:
            described["file_name"] = self.name
        match self.kind:
            case "voice":
                return ids
            case "sticker":
                return ids | {"type": "regular", "width": 512, "height": 512}
            case "document":
                return ids | described
            case "audio":
                return ids | {"duration": 3} | described
            case _:
                return ids | {"width": 320, "height": 240, "duration": 3} | described

    def fields(self) -> dict[str, Any]:
        """The fields of a message that carries it."""
        if self.kind == "photo":
            small = {"file_id": f"{self.file_id}0", "file_unique_id": f"{self.unique_id}s"}
            size = {"file_size": len(self.body)} if self.body else {}
            whole = {"file_id": self.file_id, "file_unique_id": self.unique_id, "width": 1280, "height": 960}
            return {"photo": [small | {"width": 90, "height": 68}, whole | size]}
        if self.kind == "animation":
            described = {"mime_type": self.mime, "file_size": len(self.body)}
            document = {"file_id": self.file_id, "file_unique_id": self.unique_id, **described}
            return {"animation": self.object(), "document": document}
        return {self.kind: self.object()}


class Files:
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._files: dict[str, StoredFile] = {}

    def add(self, owner: str, kind: str, upload: Upload | None = None) -> StoredFile:
        number = len(self._files) + 1
        body = upload.body if upload else b""
        if len(body) > (PHOTO_LIMIT if kind == "photo" else UPLOAD_LIMIT):
            raise FileTooLarge
        # Three whole numbers and colons, the middle one of 64 bits: nothing to use as a file name.
        file_id = f"{owner}:-{5032493497848526839 + number}:1"
        mime = (upload.content_type if upload else None) or _MIME.get(kind, "application/octet-stream")
        name = upload.filename if upload else None
        until = self._clock() + LINK_SECONDS
        stored = StoredFile(file_id, f"U{number}", kind, name, mime, body, until)
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

    def given(self, owner: str, kind: str, value: Any, upload: Upload | None) -> StoredFile:
        """An uploaded part, the id of a file of the same kind, or an address (which is not fetched here)."""
        if upload is not None:
            return self.add(owner, kind, upload)
        if not isinstance(value, str) or not value:
            raise FormError(kind, f"{kind} is missing")
        if value.startswith(("http://", "https://")):
            return self.add(owner, kind)
        stored = self._files.get(value)
        if stored is None or stored.kind != kind:
            raise FormError(kind, "wrong file identifier specified")
        return stored


def location(form: Form) -> dict[str, Any]:
    return {"location": {"longitude": form.number("longitude"), "latitude": form.number("latitude")}}


def contact(form: Form) -> dict[str, Any]:
    found = {"phone_number": form.text("phone_number"), "first_name": form.text("first_name")}
    if "last_name" in form:
        found["last_name"] = form.text("last_name")
    return {"contact": found}
