"""Files of the simulated Eitaa: parts on their way in, what was stored, and how much of it a call may have."""

from __future__ import annotations

import hashlib
import io
import itertools
from dataclasses import dataclass, field

from PIL import Image

from bridge.platforms.simulation import Bot

from .simulator_accounts import RpcError

KB = 1024
PART_LIMIT = 512 * KB
PARTS = 4_000
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
    former: int = 0

    @property
    def secret(self) -> int:
        return int.from_bytes(hashlib.sha256(f"file {self.number}".encode()).digest()[:8], "big", signed=True)

    @property
    def reference(self) -> bytes:
        return b"ref" + self.number.to_bytes(8, "big") + bytes([self.former % 256])

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
    total: int | None = None
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

    def save(self, account: Bot, host: str, file_id: int, part: int, body: bytes, total: int | None) -> None:
        if not 0 <= part < PARTS or (total is not None and not 0 < total <= PARTS):
            raise RpcError(400, "FILE_PART_INVALID")
        if not body:
            raise RpcError(400, "FILE_PART_EMPTY")
        if len(body) > PART_LIMIT:
            raise RpcError(400, "FILE_PART_TOO_BIG")
        parts = self._parts.setdefault((account.id, file_id, host), Parts(host))
        parts.total = total or parts.total
        parts.have[part] = body

    def uploaded(self, account: Bot, host: str, file_id: int, count: int, checksum: str, limit: int) -> bytes:
        """The whole of it, if all parts lie on this host. Raises RpcError."""
        parts = self._parts.get((account.id, file_id, host))
        if parts is None:
            elsewhere = any(key[:2] == (account.id, file_id) for key in self._parts)
            raise RpcError(400, "RETRY_LIMIT" if elsewhere else "FILE_PART_0_MISSING")
        if count <= 0 or count > PARTS:
            raise RpcError(400, "FILE_PARTS_INVALID")
        for number in range(count):
            if number not in parts.have:
                raise RpcError(400, f"FILE_PART_{number}_MISSING")
        sizes = {len(parts.have[number]) for number in range(count - 1)}
        if len(sizes) > 1 or any(size % KB or PART_LIMIT % size for size in sizes):
            raise RpcError(400, "FILE_PART_SIZE_INVALID")
        body = b"".join(parts.have[number] for number in range(count))
        if len(body) > limit:
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
    if offset >= len(body):
        raise RpcError(400, "RETRY_LIMIT")
    return body[offset : offset + limit]
