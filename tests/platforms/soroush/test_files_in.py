"""Files that somebody sent on the simulated Soroush Plus, and what both ways have in common."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

import pytest

from bridge.errors import BridgeError, Refused, Retry
from bridge.model import Mark, Media, MediaKind
from bridge.outgoing import Outgoing
from bridge.platforms.soroush.media import KINDS
from bridge.platforms.soroush.session import SoroushSession
from bridge.sandbox.control import NewFile
from tests.platforms.files import FILES
from tests.platforms.soroush.files import CAPTION, fetched, heard, opened, sent_by_sara

if TYPE_CHECKING:
    from .conftest import SoroushWorld


@pytest.fixture
async def session(soroush: SoroushWorld) -> AsyncIterator[SoroushSession]:
    session = opened(soroush.simulator.url, soroush.bot.token)
    yield session
    await session.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_what_somebody_sends_is_fetched_byte_for_byte(
    soroush: SoroushWorld, session: SoroushSession, kind: MediaKind
) -> None:
    made = FILES[kind]
    name, mime, body = made.name, made.mime, made.body
    asked = await soroush.hand.say(soroush.group, soroush.sara, "عکس؟")
    captioned = kind not in ("sticker", "video_note")
    words, looks = ("باغ ما", [("italic", "ما", "")]) if captioned else ("", [])
    await soroush.hand.say(
        soroush.group,
        soroush.sara,
        words,
        kind=kind,
        looks=looks,
        file=NewFile(body, name, mime),
        reply_to=asked.message_id,
    )
    said = (await heard(session))[1]
    found = said.content
    assert isinstance(found, Media)
    assert (found.kind, found.caption, said.reply_to) == (kind, words, asked.message_id)
    assert found.marks == ((Mark("italic", 4, 6),) if captioned else ())
    if kind in ("video", "animation", "audio", "document"):
        assert (found.name, found.mime, found.size) == (name, mime, len(body))
    if kind == "photo":
        assert (found.width, found.height, found.size) == (40, 30, len(body))
    assert await fetched(session, found) == body


async def test_a_file_that_nobody_knows_is_gone(soroush: SoroushWorld, session: SoroushSession) -> None:
    with pytest.raises(Refused, match=r"^gone$"):
        await fetched(session, Media("photo", "AgADnobody"))


async def test_a_path_that_leads_nowhere_any_more_is_gone(soroush: SoroushWorld, session: SoroushSession) -> None:
    media = await sent_by_sara(soroush, session)
    await soroush.hand.fault("status", method="file", status=404)
    with pytest.raises(Refused, match=r"^gone$"):
        await fetched(session, media)
    assert await fetched(session, media) == b"a letter"


async def test_a_file_that_is_too_large_is_not_fetched(soroush: SoroushWorld, session: SoroushSession) -> None:
    media = await sent_by_sara(soroush, session)
    with pytest.raises(Refused, match=r"^too_large$"):
        await fetched(session, media, limit=7)
    huge = await sent_by_sara(soroush, session, bytes(20 * 2**20 + 1))
    assert huge.size == 20 * 2**20 + 1
    with pytest.raises(Refused, match=r"^too_large$"):
        await fetched(session, huge, limit=10**9)
    assert await soroush.hand.calls("file") == []


@pytest.mark.parametrize("fault", ["truncate", "empty_download"])
async def test_half_a_file_is_fetched_once_more_and_then_later(
    soroush: SoroushWorld, session: SoroushSession, fault: str
) -> None:
    media = await sent_by_sara(soroush, session)
    await soroush.hand.fault(fault, method="file")
    assert await fetched(session, media) == b"a letter"
    await soroush.hand.fault(fault, method="file", times=2)
    with pytest.raises(Retry):
        await fetched(session, media)
    assert await fetched(session, media) == b"a letter"
    assert len(await soroush.hand.calls("file")) == 5


async def test_each_file_comes_over_a_connection_of_its_own(soroush: SoroushWorld, session: SoroushSession) -> None:
    await soroush.hand.options(empty_when_reused=True)
    media = await sent_by_sara(soroush, session)
    for _ in range(3):
        assert await fetched(session, media) == b"a letter"
    assert len(await soroush.hand.calls("file")) == 3


@pytest.mark.parametrize("method", ["getFile", "file"])
@pytest.mark.parametrize("fault", ["status", "flood", "hang", "hang_up", "down"])
async def test_a_trouble_means_that_a_file_comes_later(
    soroush: SoroushWorld, session: SoroushSession, method: str, fault: str
) -> None:
    media = await sent_by_sara(soroush, session)
    await soroush.hand.fault(fault, method=method, status=503, times=2)  # a GET that was hung up on is repeated at once
    with pytest.raises(Retry):
        await fetched(session, media)
    await soroush.hand.clear_faults()
    assert await fetched(session, media) == b"a letter"


# --- both


async def test_no_error_shows_a_token_an_address_or_what_was_said(
    soroush: SoroushWorld, session: SoroushSession
) -> None:
    media = await sent_by_sara(soroush, session)
    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "sendDocument": lambda: session.send_file(
            soroush.group, FILES["document"].outgoing(), Outgoing("Tuesday at nine")
        ),
        "getFile": lambda: fetched(session, media),
        "file": lambda: fetched(session, media),
    }
    secret = soroush.bot.token.partition(":")[2]
    for method, call in calls.items():
        for fault in ("drop_answer", "hang_up", "status", "flood", "hang"):
            await soroush.hand.clear_faults()
            await soroush.hand.fault(fault, method=method, status=400, times=2)
            with pytest.raises(BridgeError) as caught:
                await call()
            problem: BaseException | None = caught.value
            while problem is not None:
                shown = f"{problem!r} {problem}"
                assert not any(word in shown for word in (secret, "127.0.0.1", "Tuesday", "نامه", media.file))
                problem = problem.__cause__ or problem.__context__


async def test_two_files_cross_at_the_same_time(soroush: SoroushWorld, session: SoroushSession) -> None:
    media = await sent_by_sara(soroush, session)
    _, body = await asyncio.gather(
        session.send_file(soroush.group, FILES["photo"].outgoing(), CAPTION), fetched(session, media)
    )
    assert body == b"a letter"
    assert (await soroush.hand.transcript(soroush.group))[-1].file == FILES["photo"].seen()
