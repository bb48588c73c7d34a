"""Files of an account, when hosts, sizes and answers are not as they should be; and one of 50 MB."""

from __future__ import annotations

import hashlib
import io
import tempfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bridge.errors import InDoubt, Refused, Retry
from bridge.model import Mark, Media, MessageSaid
from bridge.outgoing import Outgoing
from bridge.platforms.eitaa.account_media import Place as Where
from bridge.sandbox.control import NewFile
from tests.platforms.eitaa.ours import events
from tests.platforms.files import FILES, known
from tests.platforms.test_contract_files import made_apart, memory_of

if TYPE_CHECKING:
    from tests.platforms.eitaa.ours import Place

WORDS = Outgoing("رضا: باغ ما", client_id="1/0", caption=True)
PART = 512 * 1024
PIECE = 128 * 1024
LARGE = 50_000_000


async def said(place: Place, body: bytes) -> Media:
    await place.hand.say(place.group, place.ours.scene.sara, "", kind="document", file=NewFile(body, "نامه.pdf"))
    found = events(await place.ours.poll())[-1]
    assert isinstance(found, MessageSaid)
    assert isinstance(found.content, Media)
    return found.content


async def fetched(place: Place, media: Media, limit: int = 10**8) -> bytes:
    into = io.BytesIO()
    await place.ours.session.download(media.file, into, limit)
    return into.getvalue()


def called(media: Media, **more: int) -> Media:
    """The same file by a place that says something else."""
    return replace(media, file=replace(Where.read(media.file), **more).written())  # type: ignore[arg-type]


# --- out


@pytest.mark.parametrize("word", ["FILE_PART_1_MISSING", "MD5_CHECKSUM_INVALID"])
async def test_what_a_host_has_lost_of_a_file_goes_to_another(place: Place, word: str) -> None:
    await place.hand.fault("rpc_error", method="messages.sendMedia", code=400, text=word)
    file = FILES["document"].outgoing(io.BytesIO(bytes(2 * PART)), 2 * PART)
    sent = await place.ours.session.send_file(place.chat, file, WORDS)
    rows = await place.hand.transcript(place.group)
    assert [row.message_id for row in rows] == [sent.id]
    assert [call.status for call in await place.hand.calls("upload.saveFilePart")] == [200] * 4


async def test_what_every_host_loses_is_sent_later(place: Place) -> None:
    await place.hand.fault("rpc_error", method="messages.sendMedia", times=None, code=400, text="FILE_PART_0_MISSING")
    with pytest.raises(Retry):
        await place.ours.session.send_file(place.chat, FILES["photo"].outgoing(), WORDS)
    await place.hand.clear_faults()
    await place.ours.session.send_file(place.chat, FILES["photo"].outgoing(), WORDS)
    assert len(await place.hand.transcript(place.group)) == 1


async def test_eitaa_says_how_large_a_part_is(place: Place) -> None:
    await place.hand.options(chunk_kb=128)
    await place.ours.session.send_file(
        place.chat, FILES["document"].outgoing(io.BytesIO(bytes(300_000)), 300_000), WORDS
    )
    assert len(await place.hand.calls("upload.saveFilePart")) == 3
    seen = (await place.last()).file
    assert seen is not None
    assert seen.sha256 == hashlib.sha256(bytes(300_000)).hexdigest()


async def test_a_photo_that_eitaa_cannot_read_is_refused_and_goes_as_a_file(place: Place) -> None:
    broken = replace(FILES["photo"].outgoing(io.BytesIO(b"no picture"), 10))
    with pytest.raises(Refused):
        await place.ours.session.send_file(place.chat, broken, WORDS)
    await place.ours.session.send_file(place.chat, replace(broken, kind="document"), WORDS)
    assert [row.kind for row in await place.hand.transcript(place.group)] == ["document"]


async def test_words_whose_formatting_is_refused_stay_within_what_stands_below_a_file(place: Place) -> None:
    body = "ب" * 1000
    message = replace(WORDS, text=body, marks=(Mark("link", 0, 1000, "https://example.org/" + "x" * 80),))
    await place.hand.fault("rpc_error", method="messages.sendMedia", code=400, text="ENTITY_BOUNDS_INVALID")
    await place.ours.session.send_file(place.chat, FILES["photo"].outgoing(), message)
    assert (await place.last()).text == body


async def test_a_file_that_is_known_by_an_old_reference_is_refused_and_its_bytes_are_not(place: Place) -> None:
    session = place.ours.session
    sent = await session.send_file(place.chat, FILES["photo"].outgoing(), WORDS)
    assert sent.file
    await place.hand.own("stale", chat=place.group, message_id=sent.id)
    again = replace(WORDS, client_id="1/1")
    with pytest.raises(Refused):
        await session.send_file(place.chat, known("photo", sent.file), again)
    fresh = await session.send_file(place.chat, FILES["photo"].outgoing(), again)
    await session.send_file(place.chat, known("photo", fresh.file), replace(WORDS, client_id="1/2"))
    assert len(await place.hand.transcript(place.group)) == 3


async def test_a_file_that_is_known_is_sent_once_though_its_answer_is_lost(place: Place) -> None:
    session = place.ours.session
    sent = await session.send_file(place.chat, FILES["photo"].outgoing(), WORDS)
    again = replace(WORDS, client_id="1/1")
    await place.hand.fault("drop_answer", method="messages.sendMedia")
    with pytest.raises(InDoubt):
        await session.send_file(place.chat, known("photo", sent.file), again)
    second = await session.send_file(place.chat, known("photo", sent.file), again)
    assert [row.message_id for row in await place.hand.transcript(place.group)] == [sent.id, second.id]


# --- in


@pytest.mark.parametrize("fault", ["status", "hang_up", "truncate"])
async def test_a_host_that_falls_over_in_the_middle_is_left_for_another(place: Place, fault: str) -> None:
    body = bytes(range(256)) * 2048
    media = await said(place, body)
    await place.hand.fault(fault, method="upload.getFile", after=1, status=503)
    assert await fetched(place, media) == body


async def test_pieces_of_nothing_are_no_file(place: Place) -> None:
    media = await said(place, bytes(3 * PIECE))
    for after in (0, 1):
        await place.hand.fault("empty_piece", method="upload.getFile", after=after)
        with pytest.raises(Retry):
            await fetched(place, media)
    await place.hand.fault("empty_piece", method="upload.getFile")
    assert await fetched(place, called(media, size=0)) == b""
    assert await fetched(place, media) == bytes(3 * PIECE)


@pytest.mark.parametrize("size", [PIECE, 2 * PIECE, 2 * PIECE + 1])
async def test_a_file_of_which_nobody_says_how_large_it_is_is_fetched_whole(place: Place, size: int) -> None:
    media = await said(place, bytes(size))
    assert await fetched(place, called(media, size=0)) == bytes(size)


async def test_a_file_that_is_larger_than_it_says_is_not_cut_off_and_keeps_to_the_limit(place: Place) -> None:
    await place.hand.say(place.group, place.ours.scene.sara, "", kind="document", file=NewFile(bytes(300_000), "a.bin"))
    await place.hand.own("lie", chat=place.group, message_id=(await place.last()).message_id, size=10)
    (found,) = events(await place.ours.poll())
    assert isinstance(found, MessageSaid)
    assert isinstance(found.content, Media)
    assert found.content.size == 10
    assert await fetched(place, found.content) == bytes(300_000)
    into = io.BytesIO()
    with pytest.raises(Refused, match=r"^too_large$"):
        await place.ours.session.download(found.content.file, into, 200_000)
    assert len(into.getvalue()) <= 200_000


# --- a large one


async def test_fifty_megabytes_go_and_come_in_constant_memory() -> None:
    async with made_apart("eitaa account") as bench:
        with tempfile.TemporaryFile() as body:
            body.truncate(LARGE)
            file = FILES["document"].outgoing(body, LARGE)
            assert await memory_of(lambda: bench.session.send_file(bench.chat, file, WORDS)) < 8_000_000
        seen = (await bench.hand.transcript(bench.group))[-1].file
        assert seen is not None
        assert seen.size == LARGE
        await bench.hand.own("post", chat=bench.group, person=bench.sara, kind="document", size=LARGE)
        media = (await bench.said(bench.start))[-1].content
        assert isinstance(media, Media)
        with tempfile.TemporaryFile() as into:
            assert await memory_of(lambda: bench.session.download(media.file, into, LARGE)) < 8_000_000
            into.seek(0)
            there = (await bench.hand.transcript(bench.group))[-1].file
            assert there is not None
            assert hashlib.file_digest(into, "sha256").hexdigest() == there.sha256
