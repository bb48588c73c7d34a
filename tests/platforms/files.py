"""A file of each kind, as its bytes say."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image

from bridge.model import MediaKind
from bridge.outgoing import OutgoingFile
from bridge.sandbox.control import NewFile, SeenFile


def picture(format: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, format)
    return out.getvalue()


_MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(range(256)) * 40


@dataclass(frozen=True, slots=True)
class Made:
    kind: MediaKind
    name: str
    mime: str
    body: bytes

    def outgoing(self, body: BinaryIO | None = None, size: int | None = None) -> OutgoingFile:
        """`body`: something else than its own bytes."""
        wide = (40, 30) if self.mime.startswith("image/") else (640, 360) if self.mime.startswith("video/") else (0, 0)
        playing = 2600 if self.kind in ("video", "video_note", "animation", "voice", "audio") else 0
        file = io.BytesIO(self.body) if body is None else body
        size = len(self.body) if size is None else size
        return OutgoingFile(
            self.kind, self.name, self.mime, size, file, width=wide[0], height=wide[1], duration=playing
        )

    def said(self) -> NewFile:
        return NewFile(self.body, self.name, self.mime)

    def seen(self) -> SeenFile:
        return SeenFile(self.name, self.mime, len(self.body), hashlib.sha256(self.body).hexdigest())


FILES: dict[MediaKind, Made] = {
    made.kind: made
    for made in (
        Made("photo", "باغ ما.png", "image/png", picture("png")),
        Made("video", "فیلم.mp4", "video/mp4", _MP4),
        Made("video_note", "گرد.mp4", "video/mp4", _MP4),
        Made("animation", "خنده.gif", "image/gif", picture("gif")),
        Made("voice", "صدا.ogg", "audio/ogg", b"OggS\0\2" + bytes(range(256))),
        Made("audio", "مرغ سحر.mp3", "audio/mpeg", b"ID3\3\0\0\0\0\0\0" + bytes(range(256))),
        Made("document", "نامهٔ «۱».pdf", "application/pdf", b"%PDF-1.7 " + bytes(range(256))),
        Made("sticker", "گل.webp", "image/webp", picture("webp")),
    )
}


def known(kind: MediaKind, file: str) -> OutgoingFile:
    """A file that the platform has."""
    return OutgoingFile(kind, FILES[kind].name, FILES[kind].mime, len(FILES[kind].body), None, known=file)
