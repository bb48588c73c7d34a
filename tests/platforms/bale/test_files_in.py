"""Files that somebody sent on the simulated Bale, and what both ways have in common."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

import pytest

from bridge.errors import BridgeError, LoginLost, Refused, Retry
from bridge.model import Mark, Media, MediaKind
from bridge.outgoing import Outgoing
from bridge.platforms.bale.media import KINDS
from bridge.platforms.bale.session import BaleSession
from tests.platforms.bale.files import CAPTION, fetched, heard, opened, sent_by_sara
from tests.platforms.files import FILES

if TYPE_CHECKING:
    from tests.platforms.conftest import Remote

    from .conftest import BaleWorld


@pytest.fixture
async def session(bale: BaleWorld) -> AsyncIterator[BaleSession]:
    session = opened(bale.simulator.url, bale.bot.token)
    yield session
    await session.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_what_somebody_sends_is_fetched_byte_for_byte(
    bale: BaleWorld, session: BaleSession, kind: MediaKind
) -> None:
    made = FILES[kind]
    asked = await bale.hand.say(bale.group, bale.sara, "عکس؟")
    words, looks = ("باغ ما", [("italic", "ما", "")]) if kind != "sticker" else ("", [])
    await bale.hand.say(
        bale.group, bale.sara, words, kind=kind, looks=looks, file=made.said(), reply_to=asked.message_id
    )
    said = (await heard(session))[1]
    found = said.content
    assert isinstance(found, Media)
    assert (found.kind, found.caption, said.reply_to) == (kind, words, asked.message_id)
    assert found.marks == (() if kind == "sticker" else (Mark("italic", 4, 6),))
    if kind in ("video", "animation", "audio", "document"):
        assert (found.name, found.mime, found.size) == (made.name, made.mime, len(made.body))
    if kind == "photo":
        assert (found.width, found.height, found.size) == (40, 30, len(made.body))
    assert await fetched(session, found) == made.body


async def test_the_link_of_a_file_is_made_anew_when_it_has_run_out(bale: BaleWorld, session: BaleSession) -> None:
    media = await sent_by_sara(bale, session)
    bale.clock.now += 3601
    async with bale.session.get(f"{bale.wire.file_base}/{media.file}") as answer:
        assert answer.status == 404
    assert await fetched(session, media) == b"a letter"


async def test_a_file_that_nobody_knows_is_gone(session: BaleSession) -> None:
    with pytest.raises(Refused, match=r"^gone$"):
        await fetched(session, Media("photo", "1:-2:1"))


async def test_a_link_that_leads_nowhere_any_more_is_gone(bale: BaleWorld, session: BaleSession) -> None:
    media = await sent_by_sara(bale, session)
    await bale.hand.fault("status", method="file", status=404)
    with pytest.raises(Refused, match=r"^gone$"):
        await fetched(session, media)
    assert await fetched(session, media) == b"a letter"


async def test_a_file_that_is_too_large_is_not_fetched(bale: BaleWorld, session: BaleSession) -> None:
    media = await sent_by_sara(bale, session)
    with pytest.raises(Refused, match=r"^too_large$"):
        await fetched(session, media, limit=7)
    huge = await sent_by_sara(bale, session, bytes(20 * 2**20 + 1))
    assert huge.size == 20 * 2**20 + 1
    with pytest.raises(Refused, match=r"^too_large$"):
        await fetched(session, huge, limit=10**9)
    assert await bale.hand.calls("file") == []


async def test_half_a_file_is_fetched_again_later(bale: BaleWorld, session: BaleSession) -> None:
    media = await sent_by_sara(bale, session)
    await bale.hand.fault("truncate", method="file")
    with pytest.raises(Retry):
        await fetched(session, media)
    assert await fetched(session, media) == b"a letter"


async def test_a_file_whose_path_is_not_told_lies_under_its_id(remote: Remote) -> None:
    remote.will(
        remote.json({"ok": True, "result": {"file_id": "1:-2:1"}}),
        remote.body(b"a letter"),
        remote.json({"ok": True, "result": {"file_id": "1:-2:1", "file_path": "/docs/ن 1?.bin"}}),
        remote.body(b"a letter"),
    )
    session = opened(remote.url, "77:x")
    try:
        for _ in range(2):
            assert await fetched(session, Media("document", "1:-2:1")) == b"a letter"
    finally:
        await session.close()
    assert [asked.path for asked in remote.asked if asked.path.startswith("/file/")] == [
        "/file/bot77:x/1%3A-2%3A1",
        "/file/bot77:x/docs/%D9%86%201%3F.bin",
    ]


async def test_a_lost_login_does_not_make_files_gone(remote: Remote) -> None:
    remote.will(remote.json({"ok": False, "error_code": 401, "description": "Unauthorized"}, 401))
    session = opened(remote.url, "77:x")
    try:
        with pytest.raises(LoginLost):
            await fetched(session, Media("document", "1:-2:1"))
    finally:
        await session.close()


@pytest.mark.parametrize("method", ["getFile", "file"])
@pytest.mark.parametrize("fault", ["status", "flood", "hang", "hang_up", "down"])
async def test_a_trouble_means_that_a_file_comes_later(
    bale: BaleWorld, session: BaleSession, method: str, fault: str
) -> None:
    media = await sent_by_sara(bale, session)
    await bale.hand.fault(fault, method=method, status=503, times=2)  # a GET that was hung up on is repeated at once
    with pytest.raises(Retry):
        await fetched(session, media)
    await bale.hand.clear_faults()
    assert await fetched(session, media) == b"a letter"


# --- both


async def test_no_error_shows_a_token_an_address_or_what_was_said(bale: BaleWorld, session: BaleSession) -> None:
    media = await sent_by_sara(bale, session)
    letter = FILES["document"]
    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "sendDocument": lambda: session.send_file(bale.group, letter.outgoing(), Outgoing("Tuesday at nine")),
        "getFile": lambda: fetched(session, media),
        "file": lambda: fetched(session, media),
    }
    secret = bale.bot.token.partition(":")[2]
    for method, call in calls.items():
        for fault in ("drop_answer", "hang_up", "status", "flood", "hang"):
            await bale.hand.clear_faults()
            await bale.hand.fault(fault, method=method, status=400, times=2)
            with pytest.raises(BridgeError) as caught:
                await call()
            problem: BaseException | None = caught.value
            while problem is not None:
                shown = f"{problem!r} {problem}"
                assert not any(word in shown for word in (secret, "127.0.0.1", "Tuesday", "نامه", media.file))
                problem = problem.__cause__ or problem.__context__


async def test_two_files_cross_at_the_same_time(bale: BaleWorld, session: BaleSession) -> None:
    media = await sent_by_sara(bale, session)
    photo = FILES["photo"]
    _, body = await asyncio.gather(session.send_file(bale.group, photo.outgoing(), CAPTION), fetched(session, media))
    assert body == b"a letter"
    assert (await bale.hand.transcript(bale.group))[-1].file == photo.seen()
