"""Files that our session puts into the simulated Soroush Plus."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bridge.errors import InDoubt, NotAllowed, Refused, Retry
from bridge.model import MediaKind
from bridge.outgoing import Outgoing, OutgoingFile
from bridge.platforms.soroush.media import LIMITS
from bridge.platforms.soroush.session import SoroushSession
from tests.platforms.files import FILES, picture
from tests.platforms.soroush.files import CAPTION, LOOKS, WORDS, opened

if TYPE_CHECKING:
    from tests.platforms.conftest import Remote

    from .conftest import SoroushWorld


@pytest.fixture
async def session(soroush: SoroushWorld) -> AsyncIterator[SoroushSession]:
    session = opened(soroush.simulator.url, soroush.bot.token)
    yield session
    await session.close()


@pytest.mark.parametrize("kind", sorted(LIMITS))
async def test_a_file_is_there_byte_for_byte_with_its_words_and_again_by_its_id(
    soroush: SoroushWorld, session: SoroushSession, kind: MediaKind
) -> None:
    asked = await soroush.hand.say(soroush.group, soroush.sara, "عکس؟")
    sent = await session.send_file(soroush.group, FILES[kind].outgoing(), replace(CAPTION, reply_to=asked.message_id))
    known = OutgoingFile(kind, "", "", 0, None, known=sent.file)
    again = await session.send_file(soroush.group, known, CAPTION)
    _, first, second = await soroush.hand.transcript(soroush.group)
    assert (first.message_id, second.message_id) == (sent.id, again.id)
    assert (first.reply_to, second.reply_to) == (asked.message_id, None)
    for row in (first, second):
        assert (row.kind, row.text, row.looks, row.file) == (kind, WORDS, LOOKS, FILES[kind].seen())
    assert again.file == sent.file


async def test_what_is_told_of_a_file_is_shown(soroush: SoroushWorld, session: SoroushSession) -> None:
    other, wire = await soroush.another_bot("Ear")
    await soroush.hand.members(soroush.group, other.id)
    await session.send_file(soroush.group, FILES["video"].outgoing(), CAPTION)
    await session.send_file(soroush.group, FILES["voice"].outgoing(), CAPTION)
    video, voice = (update["message"] for update in await wire.updates())
    told = video["video"]
    assert (told["duration"], told["width"], told["height"]) == (3, 640, 360)
    assert voice["voice"]["duration"] == 3


async def test_a_file_whose_target_is_gone_is_sent_all_the_same(soroush: SoroushWorld, session: SoroushSession) -> None:
    await session.send_file(soroush.group, FILES["photo"].outgoing(), replace(CAPTION, reply_to="999"))
    await soroush.hand.options(media_replies="refused")
    await session.send_file(soroush.group, FILES["photo"].outgoing(), replace(CAPTION, reply_to="1"))
    rows = await soroush.hand.transcript(soroush.group)
    assert [(row.reply_to, row.looks, row.file) for row in rows] == [(None, LOOKS, FILES["photo"].seen())] * 2
    assert len(await soroush.hand.calls("sendPhoto")) == 3


async def test_words_whose_formatting_is_refused_stand_below_the_file_as_plain_words(
    soroush: SoroushWorld, session: SoroushSession
) -> None:
    asked = await soroush.hand.say(soroush.group, soroush.sara, "عکس؟")
    await soroush.hand.fault("status", method="sendPhoto", status=400)
    await session.send_file(soroush.group, FILES["photo"].outgoing(), CAPTION)
    await soroush.hand.fault("status", method="sendPhoto", status=400, times=2)
    await session.send_file(soroush.group, FILES["photo"].outgoing(), replace(CAPTION, reply_to=asked.message_id))
    *_, second, third = await soroush.hand.transcript(soroush.group)
    for row in (second, third):
        assert (row.text, row.looks, row.file) == (f"{WORDS[:-8]}▒ {WORDS[-8:]} ▒", (), FILES["photo"].seen())
        assert row.reply_to is None


async def test_only_the_formatting_goes_where_that_is_what_was_refused(remote: Remote) -> None:
    words = "Bad Request: can't parse entities: Unsupported start tag"
    remote.will(
        remote.json({"ok": False, "error_code": 400, "description": words}, 400),
        remote.json({"ok": True, "result": {"message_id": 7}}),
    )
    session = opened(remote.url, "70000001:x")
    try:
        known = OutgoingFile("photo", "", "", 0, None, known="F1")
        sent = await session.send_file("5", known, replace(CAPTION, reply_to="3"))
    finally:
        await session.close()
    assert (sent.id, sent.file) == ("7", "")
    said = [("parse_mode" in asked.body, asked.body["reply_to_message_id"]) for asked in remote.asked]
    assert said == [(True, 3), (False, 3)]


async def test_a_file_that_is_too_large_is_refused_once(soroush: SoroushWorld, session: SoroushSession) -> None:
    large = replace(FILES["photo"], body=picture("png") + bytes(10 * 2**20)).outgoing()
    with pytest.raises(Refused, match=r"^too_large$"):
        await session.send_file(soroush.group, large, replace(CAPTION, reply_to="1"))
    await soroush.hand.fault("status", method="sendDocument", status=413, html=True)
    with pytest.raises(Refused, match=r"^too_large$"):
        await session.send_file(soroush.group, FILES["document"].outgoing(), CAPTION)
    assert len(await soroush.hand.calls()) == 3  # with the one that the world began with
    assert await soroush.hand.transcript(soroush.group) == []


async def test_what_the_app_would_not_show_as_its_kind_is_not_sent(
    soroush: SoroushWorld, session: SoroushSession
) -> None:
    heic = replace(FILES["photo"].outgoing(), mime="image/heic")
    for odd in (heic, replace(FILES["photo"].outgoing(), width=9_990, height=11)):
        with pytest.raises(Refused):
            await session.send_file(soroush.group, odd, CAPTION)
    lying = replace(FILES["voice"], body=b"no voice at all").outgoing()
    with pytest.raises(Refused):
        await session.send_file(soroush.group, lying, Outgoing("x"))
    assert [call.method for call in await soroush.hand.calls()][1:] == ["sendVoice"]


async def test_an_id_that_soroush_does_not_know_is_refused(soroush: SoroushWorld, session: SoroushSession) -> None:
    photo = (await session.send_file(soroush.group, FILES["photo"].outgoing(), CAPTION)).file
    nobodys = OutgoingFile("photo", "", "", 0, None, known="AgADnobody")
    for file in (nobodys, replace(nobodys, kind="voice", known=photo)):
        with pytest.raises(Refused) as caught:
            await session.send_file(soroush.group, file, CAPTION)
        assert not isinstance(caught.value, NotAllowed)
    assert len(await soroush.hand.transcript(soroush.group)) == 1


@pytest.mark.parametrize("fault", ["drop_answer", "truncate", "hang", "hang_up"])
@pytest.mark.parametrize("known", [False, True])
async def test_a_file_without_an_answer_is_in_doubt_and_not_repeated(
    soroush: SoroushWorld, session: SoroushSession, fault: str, known: bool
) -> None:
    file = FILES["document"].outgoing()
    if known:
        file = replace(file, body=None, known=(await session.send_file(soroush.group, file, CAPTION)).file)
    before = len(await soroush.hand.calls("sendDocument"))
    await soroush.hand.fault(fault, method="sendDocument")
    with pytest.raises(InDoubt):
        await session.send_file(soroush.group, file, replace(CAPTION, reply_to="1"))
    assert len(await soroush.hand.calls("sendDocument")) == before + 1


async def test_a_flood_or_a_trouble_means_later_and_nothing_was_sent(
    soroush: SoroushWorld, session: SoroushSession
) -> None:
    await soroush.hand.fault("flood", method="sendVideo", retry_after=7)
    with pytest.raises(Retry) as caught:
        await session.send_file(soroush.group, FILES["video"].outgoing(), CAPTION)
    assert caught.value.after == 7
    for html in (True, False):
        await soroush.hand.fault("status", method="sendVideo", status=502, html=html)
        with pytest.raises(Retry):
            await session.send_file(soroush.group, FILES["video"].outgoing(), CAPTION)
    await soroush.hand.fault("down")
    with pytest.raises(Retry):
        await session.send_file(soroush.group, FILES["video"].outgoing(), CAPTION)
    await soroush.hand.fault("up")
    assert await soroush.hand.transcript(soroush.group) == []
    file = FILES["video"].outgoing()
    await soroush.hand.fault("flood", method="sendVideo")
    with pytest.raises(Retry):
        await session.send_file(soroush.group, file, CAPTION)
    await session.send_file(soroush.group, file, CAPTION)  # the same body, another try
    assert [row.file for row in await soroush.hand.transcript(soroush.group)] == [FILES["video"].seen()]


async def test_who_is_no_member_may_not_send_files(soroush: SoroushWorld, session: SoroushSession) -> None:
    await soroush.hand.members(soroush.group, soroush.bot.id, "left")
    with pytest.raises(NotAllowed):
        await session.send_file(soroush.group, FILES["photo"].outgoing(), replace(CAPTION, reply_to="1"))
    assert len(await soroush.hand.calls("sendPhoto")) == 1
