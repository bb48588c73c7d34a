"""A session with the simulated Bale, and what it hears and fetches."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from bridge.model import Mark, Media, MessageSaid
from bridge.outgoing import Outgoing
from bridge.platforms.bale import PLATFORM, BaleSettings
from bridge.platforms.bale.session import BaleSession
from bridge.sandbox.control import NewFile

if TYPE_CHECKING:
    from .conftest import BaleWorld

WORDS = "سارا *2* · روبیکا\nباغ 👍🏽 ما"
CAPTION = Outgoing(
    WORDS, marks=(Mark("bold", 0, 4), Mark("link", len(WORDS) - 2, len(WORDS), "https://x.ir/a")), caption=True
)
LOOKS = (("link", "ما", "https://x.ir/a"), ("bold", "سارا", ""))


def opened(url: str, token: str) -> BaleSession:
    session = PLATFORM.open(BaleSettings(token=token, url=url, timeout_seconds=3, poll_timeout_seconds=0))
    assert isinstance(session, BaleSession)
    return session


async def heard(session: BaleSession) -> list[MessageSaid]:
    events = [session.convert(update) for update in (await session.fetch(None)).updates]
    return [event for event in events if isinstance(event, MessageSaid)]


async def sent_by_sara(bale: BaleWorld, session: BaleSession, body: bytes = b"a letter") -> Media:
    file = NewFile(body, "نامه.bin", "application/x-thing")
    await bale.hand.say(bale.group, bale.sara, "", kind="document", file=file)
    said = (await heard(session))[-1]
    assert isinstance(said.content, Media)
    return said.content


async def fetched(session: BaleSession, media: Media, limit: int = 10**6) -> bytes:
    into = io.BytesIO()
    await session.download(media.file, into, limit)
    return into.getvalue()
