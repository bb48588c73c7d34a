"""Files of the simulated Eitaa: parts on their way in, what was stored, and how much of it a call may have."""

from __future__ import annotations

import hashlib
import io
import itertools
from dataclasses import dataclass, field

from PIL import Image

from bridge.platforms.simulation import Bot, Upload

from .simulator_accounts import RpcError

KB = 1024
PART_LIMIT = 512 * KB
PARTS = 4_000
SMALL = 10 * KB * KB
"""What is larger goes up as a big file."""
PHOTO_LIMIT = 10 * KB * KB
PHOTO_FORMATS = ("JPEG", "PNG", "WEBP")
PHOTO_SIDES, PHOTO_RATIO = 10_000, 20
"""Width and height together, and the longer to the shorter, as Telegram has them."""
TYPES = {
    "photo": ("image/jpeg", "jpg"),
    "video": ("video/mp4", "mp4"),
    "voice": ("audio/ogg", "ogg"),
    "audio": ("audio/mpeg", "mp3"),
    "video_note": ("video/mp4", "mp4"),
    "animation": ("video/mp4", "mp4"),
    "sticker": ("image/webp", "webp"),
    "document": ("application/octet-stream", "bin"),
}
MEDIA_KINDS = tuple(TYPES)


@dataclass(slots=True, eq=False)
class StoredFile:
    """`number` is its id on the wire; `secret` the access hash, `reference` the file reference, of which there may have
    been others before."""

    number: int
    kind: str
    name: str
    mime: str
    body: bytes
    width: int = 1280
    height: int = 853
    seconds: int = 3
    told: int | None = None
    """Its size as messages have it, where that is not true."""
    former: int = 0

    @property
    def secret(self) -> int:
        return int.from_bytes(hashlib.sha256(f"file {self.number}".encode()).digest()[:8], "big", signed=True)

    @property
    def reference(self) -> bytes:
        return b"ref" + self.number.to_bytes(8, "big") + bytes([self.former % 256])

    @property
    def size(self) -> int:
        return len(self.body) if self.told is None else self.told

    @property
    def upload(self) -> Upload:
        """As the transcript has it."""
        return Upload(self.name, self.mime, self.body)

    def preview(self) -> bytes:
        """The small size of a photo; of what is no picture, the first half."""
        try:
            with Image.open(io.BytesIO(self.body)) as picture:
                picture.thumbnail((320, 320))
                small = io.BytesIO()
                picture.convert("RGB").save(small, "JPEG")
                return small.getvalue()
        except OSError:
            return self.body[: max(1, len(self.body) // 2)]


@dataclass(slots=True)
class Parts:
    """What has come of one file; it lies on the host that took it."""

    host: str
    total: int | None
    """How many there will be of a big file; None for a small one."""
    size: int | None
    """Of the whole, where that was said."""
    have: dict[int, bytes] = field(default_factory=dict)


class Files:
    def __init__(self) -> None:
        self._numbers = itertools.count(5_500_000_000_001)
        self._stored: dict[int, StoredFile] = {}
        self._parts: dict[tuple[str, int, str], Parts] = {}

    def add(self, kind: str, name: str | None = None, mime: str | None = None, body: bytes | None = None) -> StoredFile:
        number = next(self._numbers)
        usual, ending = TYPES.get(kind, TYPES["document"])
        given = body if body is not None else (f"a simulated {kind} {number} ".encode() * 200)[:3000]
        stored = StoredFile(number, kind, name or f"{kind}.{ending}", mime or usual, given)
        self._stored[number] = stored
        return stored

    def find(self, number: int, secret: int, reference: bytes) -> StoredFile:
        """Raises RpcError."""
        stored = self._stored.get(number)
        if stored is None or stored.secret != secret:
            raise RpcError(400, "LOCATION_INVALID")
        if stored.reference != reference:
            raise RpcError(400, "FILE_REFERENCE_EXPIRED")
        return stored

    def by_number(self, number: int) -> StoredFile | None:
        return self._stored.get(number)

    # -- uploads

    def save(
        self,
        account: Bot,
        host: str,
        file_id: int,
        part: int,
        body: bytes,
        *,
        total: int | None,
        size: int | None,
        limit: int,
    ) -> None:
        """`limit` bytes are the most of one part. Raises RpcError."""
        if not 0 <= part < (PARTS if total is None else total) or (total is not None and total > PARTS):
            raise RpcError(400, "FILE_PART_INVALID")
        if not body:
            raise RpcError(400, "FILE_PART_EMPTY")
        if len(body) > limit:
            raise RpcError(400, "FILE_PART_TOO_BIG")
        parts = self._parts.setdefault((account.id, file_id, host), Parts(host, total, size))
        if (parts.total, parts.size) != (total, size):
            raise RpcError(400, "FILE_PARTS_INVALID")
        parts.have[part] = body

    def uploaded(
        self, account: Bot, host: str, file_id: int, count: int, checksum: str, limit: int, *, big: bool
    ) -> bytes:
        """The whole of it, if all parts lie on this host. Raises RpcError."""
        parts = self._parts.get((account.id, file_id, host))
        if parts is None:
            elsewhere = any(key[:2] == (account.id, file_id) for key in self._parts)
            raise RpcError(400, "RETRY_LIMIT" if elsewhere else "FILE_PART_0_MISSING")
        if count <= 0 or count > PARTS or parts.total != (count if big else None):
            raise RpcError(400, "FILE_PARTS_INVALID")
        for number in range(count):
            if number not in parts.have:
                raise RpcError(400, f"FILE_PART_{number}_MISSING")
        sizes = {len(parts.have[number]) for number in range(count - 1)}
        if len(sizes) > 1 or any(size % KB or PART_LIMIT % size for size in sizes):
            raise RpcError(400, "FILE_PART_SIZE_INVALID")
        body = b"".join(parts.have[number] for number in range(count))
        if len(body) > (limit if big else min(limit, SMALL)) or parts.size not in (None, len(body)):
            raise RpcError(400, "FILE_PARTS_INVALID")
        if checksum and hashlib.md5(body, usedforsecurity=False).hexdigest() != checksum.lower():
            raise RpcError(400, "MD5_CHECKSUM_INVALID")
        return body


def piece(body: bytes, offset: int, limit: int, *, precise: bool) -> bytes:
    """What getFile gives: never anything beyond the end. Raises RpcError."""
    if offset < 0 or offset % (KB if precise else 4 * KB):
        raise RpcError(400, "OFFSET_INVALID")
    if not 0 < limit <= KB * KB or limit % (KB if precise else 4 * KB):
        raise RpcError(400, "LIMIT_INVALID")
    if offset // (KB * KB) != (offset + limit - 1) // (KB * KB):
        raise RpcError(400, "LIMIT_INVALID")
    if offset >= len(body):
        raise RpcError(400, "RETRY_LIMIT")
    return body[offset : offset + limit]


def photo_of(body: bytes) -> tuple[int, int, str]:
    """Width, height and type of what shall be a photo. Raises RpcError."""
    try:
        with Image.open(io.BytesIO(body)) as picture:
            (width, height), format = picture.size, picture.format
    except (OSError, ValueError, SyntaxError):
        raise RpcError(400, "IMAGE_PROCESS_FAILED") from None
    if format not in PHOTO_FORMATS or len(body) > PHOTO_LIMIT:
        raise RpcError(400, "IMAGE_PROCESS_FAILED")
    if width + height > PHOTO_SIDES or max(width, height) > PHOTO_RATIO * min(width, height):
        raise RpcError(400, "PHOTO_INVALID_DIMENSIONS")
    return width, height, f"image/{format.lower()}"
