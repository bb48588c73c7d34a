"""A file of each kind, and what was heard and fetched."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING

from PIL import Image

from bridge.model import Mark, Media, MediaKind, MessageSaid, Outgoing, OutgoingFile
from bridge.platforms.soroush import PLATFORM, SoroushSettings
from bridge.platforms.soroush.session import SoroushSession
from bridge.sandbox.control import NewFile, SeenFile

if TYPE_CHECKING:
    from .conftest import SoroushWorld


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, kind)
    return out.getvalue()


MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(range(256)) * 40
FILES: dict[MediaKind, tuple[str, str, bytes]] = {
    "photo": ("باغ ما.png", "image/png", picture("png")),
    "video": ("فیلم.mp4", "video/mp4", MP4),
    "video_note": ("گرد.mp4", "video/mp4", MP4),
    "animation": ("خنده.gif", "image/gif", picture("gif")),
    "voice": ("صدا.ogg", "audio/ogg", b"OggS\0\2" + bytes(range(256))),
    "audio": ("مرغ سحر.mp3", "audio/mpeg", b"ID3\3\0\0\0\0\0\0" + bytes(range(256))),
    "document": ("نامهٔ «۱».pdf", "application/pdf", b"%PDF-1.7 " + bytes(range(256))),
    "sticker": ("گل.webp", "image/webp", picture("webp")),
}
WORDS = "سارا <3 · بله\nباغ 👍🏽 ما & شما"
CAPTION = Outgoing(WORDS, marks=(Mark("bold", 0, 4), Mark("spoiler", WORDS.index("ما"), len(WORDS))), caption=True)
LOOKS = (("bold", "سارا", ""), ("spoiler", "ما & شما", ""))


def outgoing(kind: MediaKind, body: bytes | None = None) -> OutgoingFile:
    name, mime, made = FILES[kind]
    body = made if body is None else body
    size = (40, 30) if mime.startswith("image/") else (640, 360) if mime.startswith("video/") else (0, 0)
    return OutgoingFile(kind, name, mime, len(body), io.BytesIO(body), width=size[0], height=size[1], duration=2600)


def seen(kind: MediaKind) -> SeenFile:
    name, mime, body = FILES[kind]
    return SeenFile(name, mime, len(body), hashlib.sha256(body).hexdigest())


def opened(url: str, token: str) -> SoroushSession:
    settings = SoroushSettings(token=token, url=url, timeout_seconds=1, poll_timeout_seconds=0)
    session = PLATFORM.open(settings)
    assert isinstance(session, SoroushSession)
    return session


async def heard(session: SoroushSession) -> list[MessageSaid]:
    events = [session.convert(update) for update in (await session.fetch(None)).updates]
    return [event for event in events if isinstance(event, MessageSaid)]


async def sent_by_sara(soroush: SoroushWorld, session: SoroushSession, body: bytes = b"a letter") -> Media:
    file = NewFile(body, "نامه.bin", "application/x-thing")
    await soroush.hand.say(soroush.group, soroush.sara, "", kind="document", file=file)
    said = (await heard(session))[-1]
    assert isinstance(said.content, Media)
    return said.content


async def fetched(session: SoroushSession, media: Media, limit: int = 10**6) -> bytes:
    into = io.BytesIO()
    await session.download(media.file, into, limit)
    return into.getvalue()
