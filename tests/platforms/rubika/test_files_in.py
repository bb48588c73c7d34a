"""Files that somebody sent on the simulated Rubika, and what both ways have in common."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

import pytest

from bridge.errors import BridgeError, Refused, Retry
from bridge.model import Mark, Media, MediaKind
from bridge.outgoing import Outgoing, OutgoingFile
from bridge.platforms.rubika.session import RubikaSession
from bridge.platforms.rubika.simulator import RubikaSimulator
from bridge.sandbox.control import Control, NewFile
from tests.platforms.rubika.files import CAPTION, FILES, fetched, heard, opened, sent_by_sara

if TYPE_CHECKING:
    from tests.platforms.conftest import Remote

    from .conftest import Family


@pytest.fixture
async def session(simulator: RubikaSimulator, family: Family) -> AsyncIterator[RubikaSession]:
    session = opened(simulator.url, simulator.world.bots[family.bot].token)
    yield session
    await session.close()


@pytest.fixture
async def elsewhere(remote: Remote) -> AsyncIterator[RubikaSession]:
    session = opened(remote.url, "T0KEN")
    yield session
    await session.close()


@pytest.mark.parametrize("kind", sorted(FILES))
async def test_what_somebody_sends_is_fetched_byte_for_byte(
    hand: Control, family: Family, session: RubikaSession, kind: MediaKind
) -> None:
    made = FILES[kind]
    name, mime, body = made.name, made.mime, made.body
    asked = await hand.say(family.group, family.sara, "عکس؟")
    words, looks = ("باغ ما", [("italic", "ما", "")]) if kind != "sticker" else ("", [])
    file = NewFile(body, name, mime)
    await hand.say(family.group, family.sara, words, kind=kind, looks=looks, file=file, reply_to=asked.message_id)
    said = (await heard(session))[1]
    found = said.content
    assert isinstance(found, Media)
    assert (found.kind, said.reply_to) == (kind, asked.message_id)
    if kind == "sticker":
        assert (found.caption, found.marks) == ("🙂", ())
    else:
        assert (found.caption, found.marks) == (words, (Mark("italic", 4, 6),))
        assert (found.name, found.size) == (name, len(body))
        assert found.mime == (mime if kind != "document" else "")
    assert await fetched(session, found) == body


async def test_a_file_that_nobody_knows_is_gone(session: RubikaSession, hand: Control) -> None:
    with pytest.raises(Refused, match=r"^gone$"):
        await fetched(session, Media("photo", "nobodys"))
    assert await hand.calls("download") == []


async def test_a_file_that_we_may_not_have_is_gone(elsewhere: RubikaSession, remote: Remote) -> None:
    remote.will(remote.json({"status": "INVALID_ACCESS"}))
    with pytest.raises(Refused, match=r"^gone$"):
        await fetched(elsewhere, Media("photo", "f"))


async def test_an_address_that_has_run_out_is_asked_for_anew_once(
    hand: Control, family: Family, session: RubikaSession
) -> None:
    media = await sent_by_sara(hand, family, session)
    await hand.fault("expired_link")
    assert await fetched(session, media) == b"a letter"
    await hand.fault("expired_link", times=2)
    with pytest.raises(Refused, match=r"^gone$"):
        await fetched(session, media)
    assert len(await hand.calls("getFile")) == len(await hand.calls("download")) == 4


async def test_a_host_that_wants_a_browser_gets_what_looks_like_one(
    hand: Control, family: Family, session: RubikaSession
) -> None:
    media = await sent_by_sara(hand, family, session)
    await hand.options(browsers_only=True)
    assert await fetched(session, media) == b"a letter"
    assert [call.status for call in await hand.calls("download")] == [403, 200]


async def test_a_file_that_is_too_large_is_refused_once(hand: Control, family: Family, session: RubikaSession) -> None:
    media = await sent_by_sara(hand, family, session)
    with pytest.raises(Refused, match=r"^too_large$"):
        await fetched(session, media, limit=7)
    assert len(await hand.calls("download")) == 1
    assert await fetched(session, media, limit=8) == b"a letter"


async def test_half_a_file_is_none(hand: Control, family: Family, session: RubikaSession) -> None:
    media = await sent_by_sara(hand, family, session)
    await hand.fault("half_a_file")
    with pytest.raises(Retry):
        await fetched(session, media)
    assert await fetched(session, media) == b"a letter"


@pytest.mark.parametrize("method", ["getFile", "download"])
@pytest.mark.parametrize("fault", ["status", "flood", "hang", "hang_up", "down"])
async def test_a_trouble_means_that_a_file_comes_later(
    hand: Control, family: Family, session: RubikaSession, method: str, fault: str
) -> None:
    media = await sent_by_sara(hand, family, session)
    # A GET that was hung up on is repeated at once.
    await hand.fault(fault, method=method, status=503, times=2, plain_text=True)
    with pytest.raises(Retry):
        await fetched(session, media)
    await hand.clear_faults()
    assert await fetched(session, media) == b"a letter"


@pytest.mark.parametrize("answer", [{"status": "OK"}, {"status": "OK", "data": {"download_url": "x"}}])
async def test_a_file_without_an_address_comes_later(elsewhere: RubikaSession, remote: Remote, answer: object) -> None:
    remote.will(remote.json(answer))
    with pytest.raises(Retry):
        await fetched(elsewhere, Media("photo", "f"))


# --- both


async def test_no_error_shows_a_token_an_address_or_what_was_said(
    simulator: RubikaSimulator, hand: Control, family: Family, session: RubikaSession
) -> None:
    media, token = await sent_by_sara(hand, family, session), simulator.world.bots[family.bot].token
    sending = Outgoing("Tuesday at nine")
    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "requestSendFile": lambda: session.send_file(family.group, FILES["document"].outgoing(), sending),
        "upload": lambda: session.send_file(family.group, FILES["voice"].outgoing(), sending),
        "sendFile": lambda: session.send_file(family.group, FILES["document"].outgoing(), sending),
        "getFile": lambda: fetched(session, media),
        "download": lambda: fetched(session, media),
    }
    for method, call in calls.items():
        for fault in ("drop_answer", "hang_up", "status", "flood", "hang"):
            await hand.clear_faults()
            await hand.fault(fault, method=method, status=400, times=2, plain_text=True)
            with pytest.raises(BridgeError) as caught:
                await call()
            problem: BaseException | None = caught.value
            while problem is not None:
                shown = f"{problem!r} {problem}"
                secrets = (token, "127.0.0.1", "/upload/", "Tuesday", "نامه", media.file)
                assert not any(word in shown for word in secrets)
                problem = problem.__cause__ or problem.__context__


@pytest.mark.parametrize("form", ["error_message", "dev_message", "status_det"])
async def test_what_an_upload_is_told_is_not_repeated(elsewhere: RubikaSession, remote: Remote, form: str) -> None:
    url = f"{remote.url}/up/K3Y"
    told = {"status": "INVALID_INPUT", form: f"bad address {url}"}
    remote.will(remote.json({"status": "OK", "data": {"upload_url": url}}), remote.json(told))
    with pytest.raises(Refused) as caught:
        await elsewhere.send_file("g01", OutgoingFile("document", "a.bin", "x/y", 0, io.BytesIO()), CAPTION)
    assert str(caught.value) == "Rubika answered INVALID_INPUT"


async def test_two_files_cross_at_the_same_time(hand: Control, family: Family, session: RubikaSession) -> None:
    media = await sent_by_sara(hand, family, session)
    _, body = await asyncio.gather(
        session.send_file(family.group, FILES["photo"].outgoing(), CAPTION), fetched(session, media)
    )
    assert body == b"a letter"
    assert (await hand.transcript(family.group))[-1].file == FILES["photo"].seen()
