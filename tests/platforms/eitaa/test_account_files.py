"""Files of an account: parts to one host, pieces from another, references that grow old; over real HTTP."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import InDoubt, Refused, Retry
from bridge.model import Media, MessageEdited, MessageSaid
from bridge.outgoing import Outgoing, OutgoingFile
from bridge.platforms.eitaa.account_media import Place
from bridge.sandbox.control import NewFile
from tests.platforms.eitaa.ours import Ours, events
from tests.platforms.eitaa.ours import Place as Group
from tests.platforms.files import FILES

if TYPE_CHECKING:
    from bridge.sandbox.control import Seen

WORDS = Outgoing("رضا: باغ ما", client_id="1/0", caption=True)
PART = 512 * 1024
PIECE = 128 * 1024
HUGE = f"d:{2**63}:2:00::5:c1:2"
"""A number that the wire has no room for."""


def large(size: int) -> OutgoingFile:
    head = FILES["document"].body
    return FILES["document"].outgoing(io.BytesIO(head + bytes(size - len(head))), size)


async def last(place: Group) -> Seen:
    return await place.last()


async def said(place: Group, body: bytes, kind: str = "document") -> Media:
    await place.hand.say(place.group, place.ours.scene.sara, "", kind=kind, file=NewFile(body, "نامه.pdf"))
    found = events(await place.ours.poll())[-1]
    assert isinstance(found, MessageSaid)
    assert isinstance(found.content, Media)
    return found.content


async def fetched(place: Group, media: Media, limit: int = 10**8) -> bytes:
    into = io.BytesIO()
    await place.ours.session.download(media.file, into, limit)
    return into.getvalue()


# --- out


@pytest.mark.parametrize("size", [10_000, PART, PART + 1, 3 * PART])
async def test_a_file_goes_in_parts_to_one_host_and_so_does_what_uses_them(place: Group, size: int) -> None:
    sent = await place.ours.session.send_file(place.chat, large(size), WORDS)
    seen = await last(place)
    assert seen.file is not None
    assert (seen.message_id, seen.file.size, seen.text) == (sent.id, size, WORDS.text)
    assert len(await place.hand.calls("upload.saveFilePart")) == -(-size // PART)


async def test_a_big_file_goes_by_the_method_for_big_ones(place: Group) -> None:
    await place.ours.session.send_file(place.chat, large(10_000_001), WORDS)
    seen = await last(place)
    assert seen.file is not None
    assert seen.file.size == 10_000_001
    assert len(await place.hand.calls("upload.saveBigFilePart")) == 20


async def test_when_a_host_falls_over_in_the_middle_another_begins_at_the_beginning(place: Group) -> None:
    await place.hand.fault("status", method="upload.saveFilePart", after=1, times=1, status=503)
    sent = await place.ours.session.send_file(place.chat, large(3 * PART), WORDS)
    assert (await last(place)).message_id == sent.id
    calls = await place.hand.calls("upload.saveFilePart")
    assert [call.status for call in calls] == [200, 503, 200, 200, 200]


async def test_when_no_host_takes_files_it_is_tried_later(place: Group) -> None:
    await place.hand.fault("status", method="upload.saveFilePart", times=None, status=503)
    with pytest.raises(Retry):
        await place.ours.session.send_file(place.chat, large(10_000), WORDS)
    await place.hand.clear_faults()
    await place.ours.session.send_file(place.chat, large(10_000), WORDS)
    assert len(await place.hand.transcript(place.group)) == 1


async def test_a_flood_is_waited_for_at_the_same_host(place: Group) -> None:
    await place.hand.fault("flood", method="upload.saveFilePart", times=1, retry_after=7)
    with pytest.raises(Retry) as caught:
        await place.ours.session.send_file(place.chat, large(10_000), WORDS)
    assert caught.value.after == 7
    assert len(await place.hand.calls("upload.saveFilePart")) == 1


@pytest.mark.parametrize("repeated", ["same", "error"])
async def test_a_lost_answer_is_made_up_for_by_the_same_send_which_arrives_once(place: Group, repeated: str) -> None:
    await place.hand.options(repeated_random_id=repeated)
    await place.hand.fault("drop_answer", method="messages.sendMedia")
    with pytest.raises(InDoubt):
        await place.ours.session.send_file(place.chat, FILES["photo"].outgoing(), WORDS)
    sent = await place.ours.session.send_file(place.chat, FILES["photo"].outgoing(), WORDS)
    rows = await place.hand.transcript(place.group)
    assert [row.message_id for row in rows] == [sent.id]


@pytest.mark.parametrize(("size", "body"), [(3000, b"short"), (PART * 2, bytes(PART)), (10, b"")])
async def test_a_body_that_is_shorter_than_it_says_is_not_sent(place: Group, size: int, body: bytes) -> None:
    with pytest.raises(Refused, match=r"^gone$"):
        await place.ours.session.send_file(place.chat, FILES["document"].outgoing(io.BytesIO(body), size), WORDS)
    assert await place.hand.transcript(place.group) == []


async def test_what_eitaa_would_not_show_as_its_kind_is_refused_before_anything_is_uploaded(place: Group) -> None:
    for kind, mime in (("photo", "image/webp"), ("voice", "audio/mpeg"), ("video", "video/x-matroska")):
        file = replace(FILES[kind].outgoing(), mime=mime)  # type: ignore[index]
        with pytest.raises(Refused):
            await place.ours.session.send_file(place.chat, file, WORDS)
    assert await place.hand.calls("upload.saveFilePart") == []


async def test_words_below_a_file_are_corrected_and_the_file_is_deleted(place: Group) -> None:
    session = place.ours.session
    sent = await session.send_file(place.chat, FILES["photo"].outgoing(), WORDS)
    await session.edit(place.chat, sent.id, Outgoing("رضا: باغ شما", caption=True))
    seen = await last(place)
    assert seen.text == "رضا: باغ شما"
    assert seen.file is not None
    await session.delete(place.chat, sent.id)
    assert (await last(place)).deleted


async def test_two_files_at_once_do_not_mix_their_parts(place: Group) -> None:
    bodies = [bytes([n]) * (3 * PART) for n in (1, 2)]
    files = [FILES["document"].outgoing(io.BytesIO(body), len(body)) for body in bodies]
    await asyncio.gather(
        *(
            place.ours.session.send_file(place.chat, file, replace(WORDS, client_id=f"{number}/0"))
            for number, file in enumerate(files)
        )
    )
    seen = {row.file.sha256 for row in await place.hand.transcript(place.group) if row.file is not None}
    assert len(seen) == 2


async def test_a_token_that_expires_in_the_middle_is_renewed(place: Group) -> None:
    await place.hand.options(expire_every=2)
    await place.ours.session.send_file(place.chat, large(3 * PART), WORDS)
    assert place.ours.kept
    media = await said(place, bytes(range(256)) * 2000)
    assert await fetched(place, media) == bytes(range(256)) * 2000


# --- in


@pytest.mark.parametrize("size", [1, 5000, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
async def test_a_file_is_read_to_its_last_byte_and_not_beyond(place: Group, size: int) -> None:
    body = bytes(range(1, 256)) * (size // 255 + 1)
    media = await said(place, body[:size])
    assert await fetched(place, media) == body[:size]
    calls = await place.hand.calls("upload.getFile")
    assert [call.status for call in calls] == [200] * -(-size // PIECE)


async def test_a_reference_that_has_grown_old_is_asked_for_anew(place: Group) -> None:
    media = await said(place, b"%PDF a letter")
    number = media.file.rpartition(":")[2]
    await place.hand.own("stale", chat=place.group, message_id=number)
    assert await fetched(place, media) == b"%PDF a letter"
    await place.hand.own("stale", chat=place.group, message_id=number)
    await place.hand.delete(place.group, number)
    with pytest.raises(Refused, match=r"^gone$"):
        await fetched(place, media)


async def test_a_photo_comes_in_its_largest_size(place: Group) -> None:
    for old in (False, True):
        await place.hand.options(old_shapes=old)
        media = await said(place, FILES["photo"].body, "photo")
        assert (media.kind, media.width, media.height) == ("photo", 1280, 853)
        assert await fetched(place, media) == FILES["photo"].body


async def test_pictures_of_one_album_come_one_by_one(place: Group) -> None:
    hand, sara = place.hand, place.ours.scene.sara
    for words in ("یک", ""):
        more = {"text": words, "grouped_id": 7, "size": 2000}
        await hand.own("post", chat=place.group, person=sara, kind="photo", **more)
    found = [each.content for each in events(await place.ours.poll()) if isinstance(each, MessageSaid)]
    assert [each.caption for each in found if isinstance(each, Media)] == ["یک", ""]
    for each in found:
        assert isinstance(each, Media)
        assert len(await fetched(place, each)) == 2000


async def test_what_is_told_of_a_file_is_known(place: Group) -> None:
    voice = await said(place, FILES["voice"].body, "voice")
    assert (voice.kind, voice.duration, voice.mime) == ("voice", 3000, "application/octet-stream")
    video = await said(place, FILES["video"].body, "video_note")
    assert (video.kind, video.width, video.height, video.duration) == ("video_note", 1280, 853, 3000)


async def test_a_size_that_is_a_lie_neither_hangs_nor_cuts_off(place: Group) -> None:
    media = await said(place, bytes(range(256)) * 1000)
    where = Place.read(media.file)
    for size in (0, 1, 200_000):
        lied = replace(media, file=replace(where, size=size).written())
        assert await fetched(place, lied) == bytes(range(256)) * 1000
    with pytest.raises(Retry):
        await fetched(place, replace(media, file=replace(where, size=300_000).written()))


async def test_a_file_can_be_gone_in_the_middle(place: Group) -> None:
    media = await said(place, bytes(3 * PIECE))
    await place.hand.fault("rpc_error", method="upload.getFile", after=1, code=400, text="LOCATION_INVALID")
    with pytest.raises(Refused, match=r"^gone$"):
        await fetched(place, media)


@pytest.mark.parametrize(
    "odd", ["", "p", "x:1:2:zz::3:c1:2", "p:a:b:00:x:1:c:1", "d:1:2:00::5", "d:1:2:00::5:c1", HUGE]
)
async def test_a_name_that_is_none_is_gone(ours: Ours, odd: str) -> None:
    with pytest.raises(Refused):
        await ours.session.download(odd, io.BytesIO(), 1000)
    with pytest.raises(Refused):
        await ours.session.send_file(ours.family, OutgoingFile("photo", "a", "image/png", 1, None, odd or "?"), WORDS)


@given(
    st.builds(
        Place,
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.integers(-(2**63), 2**63 - 1),
        st.binary(max_size=40),
        st.sampled_from(["", "x", "y", "m"]),
        st.integers(0, 2**40),
        st.sampled_from(["", "c123", "u4", "g7"]),
        st.sampled_from(["", "12"]),
    )
)
def test_a_place_is_read_back_as_it_was_written(place: Place) -> None:
    assert Place.read(place.written()) == place


async def test_a_file_that_holds_what_cannot_be_fetched_is_told_of(place: Group) -> None:
    await place.hand.say(place.group, place.ours.scene.sara, "اینجا", kind="location")
    found = events(await place.ours.poll())[-1]
    assert isinstance(found, MessageSaid)
    assert not isinstance(found.content, Media)


async def test_corrected_words_below_a_file_come_as_a_correction_of_it(place: Group) -> None:
    await said(place, FILES["photo"].body, "photo")
    number = (await last(place)).message_id
    await place.hand.edit(place.group, number, "باغ")
    (edited,) = events(await place.ours.poll())
    assert isinstance(edited, MessageEdited)
    assert isinstance(edited.said.content, Media)
    assert edited.said.content.caption == "باغ"
