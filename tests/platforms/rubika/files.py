"""A file of each kind, and what was heard and fetched."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING

from PIL import Image

from bridge.model import Mark, Media, MediaKind, MessageSaid, Outgoing, OutgoingFile
from bridge.platforms.rubika import PLATFORM, RubikaSettings
from bridge.platforms.rubika.session import RubikaSession
from bridge.sandbox.control import Control, NewFile, SeenFile

if TYPE_CHECKING:
    from .conftest import Family


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, kind)
    return out.getvalue()


MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(range(256)) * 40
FILES: dict[MediaKind, tuple[str, str, bytes]] = {
    "photo": ("باغ ما.png", "image/png", picture("png")),
    "video": ("فیلم.mp4", "video/mp4", MP4),
    "animation": ("خنده.gif", "image/gif", picture("gif")),
    "voice": ("voice_صدا.ogg", "audio/ogg", b"OggS\0\2" + bytes(range(256))),
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
    return OutgoingFile(kind, name, mime, len(body), io.BytesIO(body), width=40, height=30, duration=2600)


def seen(kind: MediaKind) -> SeenFile:
    name, mime, body = FILES[kind]
    return SeenFile(name, mime, len(body), hashlib.sha256(body).hexdigest())


def opened(url: str, token: str) -> RubikaSession:
    session = PLATFORM.open(RubikaSettings(token=token, url=f"{url}/v3", timeout_seconds=1, poll_seconds=0))
    assert isinstance(session, RubikaSession)
    return session


async def heard(session: RubikaSession) -> list[MessageSaid]:
    events = [session.convert(update) for update in (await session.fetch(None)).updates]
    return [event for event in events if isinstance(event, MessageSaid)]


async def sent_by_sara(hand: Control, family: Family, session: RubikaSession) -> Media:
    file = NewFile(b"a letter", "نامه.bin", "application/x-thing")
    await hand.say(family.group, family.sara, "", kind="document", file=file)
    said = (await heard(session))[-1]
    assert isinstance(said.content, Media)
    return said.content


async def fetched(session: RubikaSession, media: Media, limit: int = 10**6) -> bytes:
    into = io.BytesIO()
    await session.download(media.file, into, limit)
    return into.getvalue()
