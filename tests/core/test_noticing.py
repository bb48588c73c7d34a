from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
import zxingcpp
from PIL import Image

from bridge.errors import InDoubt, NotAllowed, Refused, Retry
from bridge.outgoing import Button, Outgoing

if TYPE_CHECKING:
    from tests.core.fakes import ToldSession
    from tests.core.kit import Core

CHAT = "sara"
PAGE = "https://files.example.org/_hampayam/me/K7PQ2MXR"
WORDS = "نشانی شما: K7PQ-2MXR"
BUTTONS = ((Button("تازه کن", "n:1"),),)
PHOTOS = {"photo": 10_000_000, "document": 10_000_000}


@pytest.fixture
async def core(small_core: Core) -> Core:
    return small_core


def session(core: Core, **able: Any) -> ToldSession:
    return core.session("bale", **{"files": PHOTOS, "buttons": "inline", **able})


async def told(core: Core, session: ToldSession, text: str = WORDS, *, qr: str = PAGE) -> list[Outgoing]:
    """What stands in the chat behind a notice with a picture."""
    login = await core.login("bale")
    async with core.store.transaction():
        await core.notices.put(login.id, CHAT, text, "m1", buttons=BUTTONS, qr=qr)
    async with core.running() as lanes:
        core.departures(login, session, lanes).wake_chat(CHAT)
    assert await core.count("notice") == 0
    assert {chat for chat, _ in session.done} <= {CHAT}
    return [message for _, message in session.done]


async def withheld(core: Core) -> list[str]:
    return sorted(str(row[0]) for row in await core.messages("remote_id"))


def read(body: bytes) -> str:
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(body)).convert("L"))
    return found.text


async def test_a_notice_with_a_qr_code_goes_as_a_photo_with_its_words_and_buttons_below(core: Core) -> None:
    bale = session(core)
    (message,) = await told(core, bale)
    ((chat, file, body),) = bale.files
    assert (chat, file.kind, file.mime, file.size) == (CHAT, "photo", "image/png", len(body))
    assert read(body) == PAGE
    assert (message.text, message.buttons, message.reply_to, message.caption) == (WORDS, BUTTONS, "m1", True)
    assert await withheld(core) == ["bale-1"]


@pytest.mark.parametrize(
    "able",
    [
        {"files": {}},
        {"files": {"document": 10_000_000}},
        {"files": {"photo": 100}},
        {"formats": {"photo": frozenset({"image/jpeg"})}},
    ],
    ids=["no files", "no photos", "smaller photos only", "no such photos"],
)
async def test_where_photos_cannot_be_shown_the_words_go_alone(core: Core, able: dict[str, Any]) -> None:
    bale = session(core, **able)
    (message,) = await told(core, bale)
    assert bale.files == []
    assert (message.text, message.buttons, message.reply_to, message.caption) == (WORDS, BUTTONS, "m1", False)


async def test_words_that_fit_below_no_picture_come_behind_it(core: Core) -> None:
    bale = session(core, caption_limit=30)
    long = f"{WORDS}\n{'این نشانی را به هر که می‌خواهید بدهید. ' * 3}"
    above, words = await told(core, bale, long)
    assert len(bale.files) == 1
    assert (above.text, above.buttons, above.reply_to) == ("", (), None)
    assert (words.text, words.buttons, words.reply_to, words.caption) == (long, BUTTONS, "m1", False)
    assert above.client_id != words.client_id
    assert await withheld(core) == ["bale-1", "bale-2"]


@pytest.mark.parametrize(("unit", "below"), [("utf16", False), ("codepoints", True)])
async def test_the_words_below_are_counted_as_the_app_counts_them(core: Core, unit: str, below: bool) -> None:
    bale = session(core, caption_limit=10, text_unit=unit)
    assert len(await told(core, bale, "🙂" * 10)) == (1 if below else 2)


async def test_a_notice_that_fits_into_no_qr_code_is_told_in_words(core: Core) -> None:
    bale = session(core)
    (message,) = await told(core, bale, qr="x" * 3000)
    assert bale.files == []
    assert message.text == WORDS


@pytest.mark.parametrize("caption_limit", [1024, 5])
@pytest.mark.parametrize("error", [Refused("no pictures today"), NotAllowed("no pictures here"), InDoubt()])
async def test_the_words_go_alone_when_a_picture_is_refused_or_in_doubt(
    core: Core, error: Exception, caption_limit: int
) -> None:
    bale = session(core, caption_limit=caption_limit)
    bale.will_not_change(error)
    (message,) = await told(core, bale)
    assert bale.files == []
    assert (message.text, message.buttons, message.caption) == (WORDS, BUTTONS, False)


async def test_a_picture_is_tried_again_and_waits_as_long_as_it_was_asked_to(core: Core) -> None:
    bale = session(core)
    bale.will_not_change(Retry("busy", after=7.0))
    (message,) = await told(core, bale)
    assert message.caption
    assert core.slept == [7.0]


async def test_nobody_waits_for_ever_for_a_picture(core: Core) -> None:
    bale = session(core)
    bale.will_not_change(*[Retry("the file's host is down")] * 50)
    (message,) = await told(core, bale)
    assert (message.text, message.caption) == (WORDS, False)
    assert len(core.slept) == 2


async def test_a_picture_that_is_there_is_not_repeated_with_its_words(core: Core) -> None:
    bale = session(core, caption_limit=5)
    bale.will("picture-1", Retry("busy"), Retry("busy"), "words-1")
    above, words = await told(core, bale)
    assert len(bale.files) == 1
    assert (above.text, words.text) == ("", WORDS)
    assert await withheld(core) == ["picture-1", "words-1"]


async def test_a_notice_without_a_qr_code_is_a_message(core: Core) -> None:
    bale = session(core)
    (message,) = await told(core, bale, qr="")
    assert bale.files == []
    assert (message.text, message.caption) == (WORDS, False)
