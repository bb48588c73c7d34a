"""A session, and what it hears and fetches."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

from bridge.model import Mark, Media, MediaKind, MessageSaid
from bridge.outgoing import Outgoing
from bridge.platforms.rubika import PLATFORM, RubikaSettings
from bridge.platforms.rubika.session import RubikaSession
from bridge.sandbox.control import Control, NewFile
from tests.platforms import files as shared

if TYPE_CHECKING:
    from .conftest import Family


FILES: dict[MediaKind, shared.Made] = {kind: made for kind, made in shared.FILES.items() if kind != "video_note"}
FILES["voice"] = replace(FILES["voice"], name="voice_صدا.ogg")
"""As Rubika's app sends them: a voice note is known by its name."""
WORDS = "سارا <3 · بله\nباغ 👍🏽 ما & شما"
CAPTION = Outgoing(WORDS, marks=(Mark("bold", 0, 4), Mark("spoiler", WORDS.index("ما"), len(WORDS))), caption=True)
LOOKS = (("bold", "سارا", ""), ("spoiler", "ما & شما", ""))


def opened(url: str, token: str) -> RubikaSession:
    session = PLATFORM.open(RubikaSettings(token=token, url=f"{url}/v3", timeout_seconds=3, poll_seconds=0))
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
