"""A session, and what it hears and fetches."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from bridge.model import Mark, Media, MessageSaid
from bridge.outgoing import Outgoing
from bridge.platforms.soroush import PLATFORM, SoroushSettings
from bridge.platforms.soroush.session import SoroushSession
from bridge.sandbox.control import NewFile

if TYPE_CHECKING:
    from .conftest import SoroushWorld


WORDS = "سارا <3 · بله\nباغ 👍🏽 ما & شما"
CAPTION = Outgoing(WORDS, marks=(Mark("bold", 0, 4), Mark("spoiler", WORDS.index("ما"), len(WORDS))), caption=True)
LOOKS = (("bold", "سارا", ""), ("spoiler", "ما & شما", ""))


def opened(url: str, token: str) -> SoroushSession:
    settings = SoroushSettings(token=token, url=url, timeout_seconds=3, poll_timeout_seconds=0)
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
