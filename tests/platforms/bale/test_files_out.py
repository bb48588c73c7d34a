"""Files that our session puts into the simulated Bale."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bridge.errors import InDoubt, NotAllowed, Refused, Retry
from bridge.model import MediaKind
from bridge.outgoing import Outgoing
from bridge.platforms.bale.media import CAPTION_LIMIT, LIMITS
from bridge.platforms.bale.session import BaleSession
from tests.platforms.bale.files import CAPTION, LOOKS, WORDS, opened
from tests.platforms.files import FILES, known

if TYPE_CHECKING:
    from tests.platforms.conftest import Remote

    from .conftest import BaleWorld

NO_MARKS = f"{WORDS} (https://x.ir/a)"


@pytest.fixture
async def session(bale: BaleWorld) -> AsyncIterator[BaleSession]:
    session = opened(bale.simulator.url, bale.bot.token)
    yield session
    await session.close()


def plain(text: str) -> str:
    """As people see it, without what keeps Bale from reading marks that are none."""
    return text.replace("\u200c", "")


@pytest.mark.parametrize("kind", sorted(LIMITS))
async def test_a_file_is_there_byte_for_byte_with_its_words_and_again_by_its_id(
    bale: BaleWorld, session: BaleSession, kind: MediaKind
) -> None:
    asked = await bale.hand.say(bale.group, bale.sara, "عکس؟")
    sent = await session.send_file(bale.group, FILES[kind].outgoing(), replace(CAPTION, reply_to=asked.message_id))
    again = await session.send_file(bale.group, known(kind, sent.file), CAPTION)
    _, first, second = await bale.hand.transcript(bale.group)
    assert (first.message_id, second.message_id) == (sent.id, again.id)
    assert (first.reply_to, second.reply_to) == (asked.message_id, None)
    for row in (first, second):
        assert (row.kind, plain(row.text), row.looks, row.file) == (kind, WORDS, LOOKS, FILES[kind].seen())
    assert again.file == sent.file
    uploads = [call.method for call in await bale.hand.calls() if call.method.startswith("send")]
    assert len(uploads) == 2


async def test_words_below_a_file_are_corrected_there(bale: BaleWorld, session: BaleSession) -> None:
    sent = await session.send_file(bale.group, FILES["photo"].outgoing(), Outgoing("x", caption=True))
    for _ in range(2):
        await session.edit(bale.group, sent.id, CAPTION)
    [row] = await bale.hand.transcript(bale.group)
    assert (plain(row.text), row.looks, row.file) == (WORDS, LOOKS, FILES["photo"].seen())
    await session.edit(bale.group, sent.id, Outgoing("*" * CAPTION_LIMIT, caption=True))
    with pytest.raises(Refused):
        await session.edit(bale.group, sent.id, Outgoing("a text"))


async def test_a_file_may_have_no_words(bale: BaleWorld, session: BaleSession) -> None:
    await session.send_file(bale.group, FILES["photo"].outgoing(), Outgoing("", caption=True))
    assert [row.raw for row in await bale.hand.transcript(bale.group)] == [""]


async def test_what_is_told_of_a_file_is_shown(bale: BaleWorld, session: BaleSession) -> None:
    other, wire = await bale.another_bot("Ear")
    await bale.hand.members(bale.group, other.id)
    before = len(await wire.updates())
    await session.send_file(bale.group, FILES["video"].outgoing(), CAPTION)
    await session.send_file(bale.group, FILES["audio"].outgoing(), CAPTION)
    video, audio = (update["message"] for update in (await wire.updates())[before:])
    told = video["video"]
    assert (told["duration"], told["width"], told["height"]) == (3, 640, 360)
    assert audio["audio"]["duration"] == 3


async def test_a_file_whose_target_is_gone_is_sent_all_the_same(bale: BaleWorld, session: BaleSession) -> None:
    await session.send_file(bale.group, FILES["photo"].outgoing(), replace(CAPTION, reply_to="999"))
    [row] = await bale.hand.transcript(bale.group)
    assert (row.reply_to, row.looks, row.file) == (None, LOOKS, FILES["photo"].seen())
    assert [call.status for call in await bale.hand.calls("sendPhoto")] == [400, 200]


async def test_words_whose_formatting_is_refused_stand_below_the_file_as_plain_words(
    bale: BaleWorld, session: BaleSession
) -> None:
    asked = await bale.hand.say(bale.group, bale.sara, "عکس؟")
    await bale.hand.fault("status", method="sendPhoto", status=400, times=2)
    await session.send_file(bale.group, FILES["photo"].outgoing(), replace(CAPTION, reply_to=asked.message_id))
    row = (await bale.hand.transcript(bale.group))[-1]
    assert (plain(row.text), row.looks, row.file) == (NO_MARKS, (), FILES["photo"].seen())
    assert row.reply_to == asked.message_id


async def test_the_longest_words_that_are_declared_stand_below_a_file(bale: BaleWorld, session: BaleSession) -> None:
    await bale.hand.options(caption_limit=1000)
    for body in ("ب" * CAPTION_LIMIT, "*" * CAPTION_LIMIT, "[a](b) " * (CAPTION_LIMIT // 7)):
        await session.send_file(bale.group, FILES["photo"].outgoing(), Outgoing(body, caption=True))
        assert len((await bale.hand.transcript(bale.group))[-1].text) >= len(body)


async def test_the_largest_file_that_is_declared_goes_through_and_a_larger_one_is_refused_once(
    bale: BaleWorld, session: BaleSession
) -> None:
    photo = FILES["photo"]
    for size in (LIMITS["photo"], 10 * 2**20 + 1):
        body = photo.body + bytes(size - len(photo.body))
        if size == LIMITS["photo"]:
            await session.send_file(bale.group, photo.outgoing(io.BytesIO(body), size), CAPTION)
            continue
        with pytest.raises(Refused, match=r"^too_large$"):
            await session.send_file(bale.group, photo.outgoing(io.BytesIO(body), size), replace(CAPTION, reply_to="1"))
    assert len(await bale.hand.calls("sendPhoto")) == 2
    await bale.hand.fault("status", method="sendDocument", status=413, html=True)
    with pytest.raises(Refused, match=r"^too_large$"):
        await session.send_file(bale.group, FILES["document"].outgoing(), CAPTION)
    assert len(await bale.hand.calls("sendDocument")) == 1
    assert len(await bale.hand.transcript(bale.group)) == 1


async def test_what_bale_would_not_take_as_its_kind_is_not_sent(bale: BaleWorld, session: BaleSession) -> None:
    with pytest.raises(Refused):
        await session.send_file(bale.group, replace(FILES["audio"].outgoing(), mime="audio/ogg"), CAPTION)
    assert await bale.hand.calls("sendAudio") == []
    lying = FILES["voice"].outgoing(io.BytesIO(b"no voice at all"), 15)
    with pytest.raises(Refused):
        await session.send_file(bale.group, lying, Outgoing("x"))
    assert [call.status for call in await bale.hand.calls("sendVoice")] == [400]


async def test_an_id_that_bale_does_not_know_is_refused(bale: BaleWorld, session: BaleSession) -> None:
    photo = (await session.send_file(bale.group, FILES["photo"].outgoing(), CAPTION)).file
    for file in (known("photo", "1:-2:1"), known("voice", photo)):
        with pytest.raises(Refused) as caught:
            await session.send_file(bale.group, file, CAPTION)
        assert not isinstance(caught.value, NotAllowed)
    assert len(await bale.hand.transcript(bale.group)) == 1


@pytest.mark.parametrize("fault", ["drop_answer", "truncate", "hang", "hang_up"])
@pytest.mark.parametrize("by_id", [False, True])
async def test_a_file_without_an_answer_is_in_doubt_and_not_repeated(
    bale: BaleWorld, session: BaleSession, fault: str, by_id: bool
) -> None:
    file = FILES["document"].outgoing()
    if by_id:
        file = known("document", (await session.send_file(bale.group, file, CAPTION)).file)
    before = len(await bale.hand.calls("sendDocument"))
    await bale.hand.fault(fault, method="sendDocument")
    with pytest.raises(InDoubt):
        await session.send_file(bale.group, file, replace(CAPTION, reply_to="1"))
    assert len(await bale.hand.calls("sendDocument")) == before + 1


async def test_a_file_without_an_id_in_the_answer_is_in_doubt(remote: Remote) -> None:
    remote.will(
        remote.json({"ok": True, "result": {"video": {"file_id": "1:-2:1"}}}),
        remote.json({"ok": False, "error_code": 504, "description": "Gateway Timeout"}, 504),
    )
    session = opened(remote.url, "77:x")
    try:
        for _ in range(2):
            with pytest.raises(InDoubt):
                await session.send_file("5", FILES["video"].outgoing(), CAPTION)
    finally:
        await session.close()


async def test_a_flood_or_a_trouble_means_later_and_nothing_was_sent(bale: BaleWorld, session: BaleSession) -> None:
    file = FILES["video"].outgoing()
    for wait, plain_text in ((7, False), (None, False), (None, True)):
        await bale.hand.fault("flood", method="sendVideo", retry_after=wait, plain_text=plain_text)
        with pytest.raises(Retry) as caught:
            await session.send_file(bale.group, file, CAPTION)
        assert (caught.value.after, caught.value.flood) == (wait, "login" if plain_text else "chat")
    for html in (True, False):
        await bale.hand.fault("status", method="sendVideo", status=502, html=html)
        with pytest.raises(Retry):
            await session.send_file(bale.group, file, CAPTION)
    await bale.hand.fault("down")
    with pytest.raises(Retry):
        await session.send_file(bale.group, file, CAPTION)
    await bale.hand.fault("up")
    assert await bale.hand.transcript(bale.group) == []
    await session.send_file(bale.group, file, CAPTION)  # the same body, another try
    assert [row.file for row in await bale.hand.transcript(bale.group)] == [FILES["video"].seen()]


async def test_who_is_no_member_may_not_send_files(bale: BaleWorld, session: BaleSession) -> None:
    await bale.hand.members(bale.group, bale.bot.id, "left")
    with pytest.raises(NotAllowed):
        await session.send_file(bale.group, FILES["photo"].outgoing(), replace(CAPTION, reply_to="1"))
    assert len(await bale.hand.calls("sendPhoto")) == 1
