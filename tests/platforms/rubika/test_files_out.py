"""Files that our session puts into the simulated Rubika."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bridge.errors import InDoubt, NotAllowed, Refused, Retry
from bridge.model import MediaKind
from bridge.outgoing import Outgoing, OutgoingFile
from bridge.platforms.rubika.media import LIMITS
from bridge.platforms.rubika.session import CAPABILITIES, RubikaSession
from bridge.platforms.rubika.simulator import RubikaSimulator
from bridge.sandbox.control import Control
from tests.platforms.files import picture
from tests.platforms.rubika.files import CAPTION, FILES, LOOKS, WORDS, opened

if TYPE_CHECKING:
    from tests.platforms.conftest import Remote

    from .conftest import Family

SHOWN_AS = {"animation": "photo"}
"""A GIF is an Image there."""


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


@pytest.mark.parametrize("kind", sorted(LIMITS))
async def test_a_file_is_there_byte_for_byte_with_its_words_and_again_by_its_id(
    hand: Control, family: Family, session: RubikaSession, kind: MediaKind
) -> None:
    asked = await hand.say(family.group, family.sara, "عکس؟")
    sent = await session.send_file(family.group, FILES[kind].outgoing(), replace(CAPTION, reply_to=asked.message_id))
    known = OutgoingFile(kind, "", "", 0, None, known=sent.file)
    again = await session.send_file(family.group, known, CAPTION)
    _, first, second = await hand.transcript(family.group)
    assert (first.message_id, second.message_id) == (sent.id, again.id)
    assert (first.reply_to, second.reply_to) == (asked.message_id, None)
    for row in (first, second):
        assert (row.kind, row.text, row.looks) == (SHOWN_AS.get(kind, kind), WORDS, LOOKS)
        assert row.file == FILES[kind].seen()
    assert again.file == sent.file
    assert len(await hand.calls("upload")) == 1


async def test_an_animation_without_sound_is_a_gif_there(hand: Control, family: Family, session: RubikaSession) -> None:
    file = replace(FILES["video"].outgoing(), kind="animation")
    await session.send_file(family.group, file, CAPTION)
    row = (await hand.transcript(family.group))[-1]
    assert (row.kind, row.file) == ("animation", FILES["video"].seen())


async def test_a_file_may_stand_without_words_and_under_the_longest(
    hand: Control, family: Family, session: RubikaSession
) -> None:
    longest = "ب" * CAPABILITIES.caption_limit
    for words in ("", longest):
        await session.send_file(family.group, FILES["photo"].outgoing(), Outgoing(words, caption=True))
    assert [row.text for row in await hand.transcript(family.group)] == ["", longest]


async def test_a_voice_that_does_not_go_up_is_refused_so_that_it_goes_as_music(
    hand: Control, family: Family, session: RubikaSession
) -> None:
    await hand.options(voices_refused=True)
    voice = FILES["voice"].outgoing()
    with pytest.raises(Refused):
        await session.send_file(family.group, voice, CAPTION)
    assert await hand.transcript(family.group) == []
    await session.send_file(family.group, replace(voice, kind="audio"), CAPTION)
    row = (await hand.transcript(family.group))[-1]
    assert (row.kind, row.file) == ("audio", FILES["voice"].seen())


async def test_an_id_may_come_without_an_envelope(hand: Control, family: Family, session: RubikaSession) -> None:
    await hand.fault("bare_file_id")
    sent = await session.send_file(family.group, FILES["voice"].outgoing(), CAPTION)
    assert sent.file
    assert (await hand.transcript(family.group))[-1].file == FILES["voice"].seen()


async def test_a_file_whose_target_is_gone_is_sent_all_the_same(
    hand: Control, family: Family, session: RubikaSession
) -> None:
    await session.send_file(family.group, FILES["photo"].outgoing(), replace(CAPTION, reply_to="999"))
    (row,) = await hand.transcript(family.group)
    assert (row.reply_to, row.looks, row.file) == (None, LOOKS, FILES["photo"].seen())
    assert (len(await hand.calls("upload")), len(await hand.calls("sendFile"))) == (1, 2)


async def test_words_whose_formatting_is_refused_go_as_plain_ones(elsewhere: RubikaSession, remote: Remote) -> None:
    remote.will(remote.json({"status": "INVALID_INPUT"}), remote.json({"status": "OK", "data": {"message_id": 7}}))
    known = OutgoingFile("photo", "", "", 0, None, known="F1")
    sent = await elsewhere.send_file("g01", known, CAPTION)
    assert (sent.id, sent.file) == ("7", "F1")
    assert remote.asked[0].path == "/v3/T0KEN/sendFile"
    assert "metadata" in remote.asked[0].body
    plain = f"{WORDS[:-8]}▒ {WORDS[-8:]} ▒"
    assert remote.asked[1].body == {"chat_id": "g01", "file_id": "F1", "text": plain}


async def test_a_file_that_is_too_large_is_refused_and_nothing_is_sent(
    hand: Control, family: Family, session: RubikaSession
) -> None:
    large = replace(FILES["photo"], body=picture("png") + bytes(10 * 2**20)).outgoing()
    for as_page in (False, True):
        await hand.options(too_large_as_page=as_page)
        with pytest.raises(Refused) as caught:
            await session.send_file(family.group, large, replace(CAPTION, reply_to="1"))
    assert str(caught.value) == "too_large"
    assert (len(await hand.calls("upload")), await hand.calls("sendFile")) == (2, [])
    assert large.body is not None
    assert not large.body.closed


async def test_what_the_app_would_not_show_as_its_kind_is_not_sent(
    hand: Control, family: Family, session: RubikaSession
) -> None:
    kinds: dict[MediaKind, str] = {"photo": "image/heic", "video": "video/webm", "audio": "audio/flac"}
    for kind, mime in kinds.items():
        with pytest.raises(Refused):
            await session.send_file(family.group, replace(FILES[kind].outgoing(), mime=mime), CAPTION)
    assert await hand.calls("requestSendFile") == []


async def test_an_id_that_rubika_does_not_know_is_refused(
    hand: Control, family: Family, session: RubikaSession
) -> None:
    with pytest.raises(Refused) as caught:
        await session.send_file(family.group, OutgoingFile("photo", "", "", 0, None, known="nobodys"), CAPTION)
    assert not isinstance(caught.value, NotAllowed)
    assert await hand.transcript(family.group) == []


@pytest.mark.parametrize("fault", ["drop_answer", "truncate", "hang", "hang_up"])
@pytest.mark.parametrize("known", [False, True])
async def test_a_file_without_an_answer_is_in_doubt_and_not_repeated(
    hand: Control, family: Family, session: RubikaSession, fault: str, known: bool
) -> None:
    file = FILES["document"].outgoing()
    if known:
        file = replace(file, body=None, known=(await session.send_file(family.group, file, CAPTION)).file)
    before = len(await hand.calls("sendFile"))
    await hand.fault(fault, method="sendFile")
    with pytest.raises(InDoubt):
        await session.send_file(family.group, file, replace(CAPTION, reply_to="1"))
    assert len(await hand.calls("sendFile")) == before + 1


async def test_a_file_without_a_message_id_is_in_doubt(hand: Control, family: Family, session: RubikaSession) -> None:
    await hand.fault("missing_data", method="sendFile")
    with pytest.raises(InDoubt):
        await session.send_file(family.group, FILES["document"].outgoing(), CAPTION)


@pytest.mark.parametrize("method", ["requestSendFile", "upload"])
@pytest.mark.parametrize("fault", ["drop_answer", "truncate", "hang", "hang_up", "flood", "status"])
async def test_an_upload_that_fails_is_done_again_since_nothing_is_in_a_chat_yet(
    hand: Control, family: Family, session: RubikaSession, method: str, fault: str
) -> None:
    file = FILES["document"].outgoing()
    await hand.fault(fault, method=method, status=502, html=True)
    with pytest.raises(Retry):
        await session.send_file(family.group, file, CAPTION)
    assert await hand.calls("sendFile") == []
    await session.send_file(family.group, file, CAPTION)  # the same body, another try
    assert [row.file for row in await hand.transcript(family.group)] == [FILES["document"].seen()]


@pytest.mark.parametrize("method", ["requestSendFile", "upload"])
async def test_an_answer_without_what_was_asked_for_means_later(
    elsewhere: RubikaSession, remote: Remote, method: str
) -> None:
    address = remote.json({"status": "OK", "data": {"upload_url": f"{remote.url}/up"}})
    remote.will(*([address] if method == "upload" else []), remote.json({"status": "OK", "data": {}}))
    empty = OutgoingFile("document", "a.bin", "x/y", 0, replace(FILES["document"], body=b"").outgoing().body)
    with pytest.raises(Retry):
        await elsewhere.send_file("g01", empty, CAPTION)


@pytest.mark.parametrize("method", ["requestSendFile", "upload"])
async def test_a_refused_upload_says_nothing_of_the_chat(elsewhere: RubikaSession, remote: Remote, method: str) -> None:
    address = remote.json({"status": "OK", "data": {"upload_url": f"{remote.url}/up"}})
    remote.will(*([address] if method == "upload" else []), remote.json({"status": "INVALID_ACCESS"}))
    empty = OutgoingFile("document", "a.bin", "x/y", 0, replace(FILES["document"], body=b"").outgoing().body)
    with pytest.raises(Refused) as caught:
        await elsewhere.send_file("g01", empty, CAPTION)
    assert not isinstance(caught.value, NotAllowed)


async def test_a_flood_or_a_trouble_means_later_and_nothing_was_sent(
    hand: Control, family: Family, session: RubikaSession
) -> None:
    file = FILES["video"].outgoing()
    await hand.fault("flood", method="sendFile")
    with pytest.raises(Retry):
        await session.send_file(family.group, file, CAPTION)
    for html in (True, False):
        await hand.fault("status", method="sendFile", status=502, html=html)
        with pytest.raises(Retry):
            await session.send_file(family.group, file, CAPTION)
    await hand.fault("down")
    with pytest.raises(Retry):
        await session.send_file(family.group, file, CAPTION)
    await hand.fault("up")
    assert await hand.transcript(family.group) == []
    await session.send_file(family.group, file, CAPTION)
    assert [row.file for row in await hand.transcript(family.group)] == [FILES["video"].seen()]


async def test_who_is_no_member_may_not_send_files(hand: Control, family: Family, session: RubikaSession) -> None:
    await hand.members(family.group, family.bot, "left")
    with pytest.raises(NotAllowed):
        await session.send_file(family.group, FILES["photo"].outgoing(), replace(CAPTION, reply_to="1"))
    assert len(await hand.calls("sendFile")) == 1


async def test_ogg_has_the_ending_that_apps_know(hand: Control, family: Family, session: RubikaSession) -> None:
    voice = replace(FILES["voice"].outgoing(), name="صدا.oga")
    await session.send_file(family.group, voice, CAPTION)
    file = (await hand.transcript(family.group))[-1].file
    assert file is not None
    assert (file.name, file.mime) == ("صدا.ogg", "audio/ogg")
    assert voice.body is not None
    voice.body.seek(0)
    assert file.sha256 == hashlib.sha256(voice.body.read()).hexdigest()
