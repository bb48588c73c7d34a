"""Photos, voice notes and files from a platform into the room."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import pytest

from bridge.core.attachments import attachment_of
from bridge.errors import Refused, Retry
from bridge.model import Media, MessageEdited, MessageSaid
from tests.core.filing import KINDS, OGG, PNG, shows
from tests.core.made import picture
from tests.core.reza import Heard

if TYPE_CHECKING:
    from bridge.store.portals import Portal
    from tests.core.fakes import ToldSession
    from tests.core.kit import Core


def bomb() -> bytes:
    """A small file that says it is a picture of 400 million pixels."""
    size = struct.pack(">II", 20_000, 20_000)
    header = b"IHDR" + size + PNG[24:29]
    return PNG[:12] + header + struct.pack(">I", zlib.crc32(header)) + PNG[33:]


@pytest.fixture
async def bale(core: Core) -> Portal:
    return await core.portal("bale")


@pytest.fixture
async def rubika(core: Core) -> Portal:
    return await core.portal("rubika")


@pytest.fixture
def session(core: Core) -> ToldSession:
    return core.session("bale", files=KINDS, caption_limit=200, text_limit=400, edits=True, deletes=True)


@pytest.fixture
def heard(core: Core) -> Heard:
    return Heard(core, core.session("rubika"))


async def test_a_photo_with_a_caption_stands_in_the_room(core: Core, rubika: Portal, heard: Heard) -> None:
    media = Media("photo", "f1", name="باغ.jpg", mime="image/jpeg", size=5, caption="باغ ما")
    content = await shows(core, heard, media, PNG)
    assert content["msgtype"] == "m.image"
    assert content["body"] == "باغ ما"
    assert content["filename"] == "باغ.jpg"
    told = {"mimetype": "image/png", "size": len(PNG), "w": 40, "h": 30}  # by its bytes
    assert {key: content["info"][key] for key in told} == told
    assert core.homeserver.files[content["url"]] == PNG


@pytest.mark.parametrize(
    ("media", "body", "expected"),
    [
        (Media("voice", "f", mime="audio/ogg", duration=3000), OGG, {"msgtype": "m.audio", "filename": "voice.oga"}),
        (Media("document", "f", name="a.bin"), b"\1\2\3", {"msgtype": "m.file", "filename": "a.bin"}),
        (Media("photo", "f"), b"MZ this is no photo", {"msgtype": "m.file"}),
        (Media("photo", "f", mime="image/png"), PNG[:20], {"msgtype": "m.file"}),
        (Media("photo", "f"), bomb(), {"msgtype": "m.file"}),
        (Media("animation", "f"), picture("gif"), {"msgtype": "m.image"}),
    ],
    ids=["voice", "document", "liar", "broken", "bomb", "gif"],
)
async def test_what_a_file_is_its_bytes_decide(
    core: Core, rubika: Portal, heard: Heard, media: Media, body: bytes, expected: dict[str, str]
) -> None:
    content = await shows(core, heard, media, body)
    assert {key: content[key] for key in expected} == expected
    assert core.homeserver.files[content["url"]] == body


async def test_a_voice_note_stays_one(core: Core, rubika: Portal, heard: Heard) -> None:
    content = await shows(core, heard, Media("voice", "f", duration=3000), OGG)
    assert content["org.matrix.msc3245.voice"] == {}
    back = attachment_of(content)
    assert back is not None
    assert (back.kind, back.duration) == ("voice", 3000)


async def test_a_sticker_is_a_sticker(core: Core, rubika: Portal, heard: Heard) -> None:
    content = await shows(core, heard, Media("sticker", "f", mime="image/webp"), picture("webp"))
    assert "msgtype" not in content
    back = attachment_of(content)
    assert back is not None
    assert back.kind == "sticker"


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (Refused("gone"), "It did not come here: it is no longer available\n"),
        (Refused("too_large"), "It did not come here: it is too large\n"),
        (Retry("busy"), ""),
    ],
    ids=repr,
)
async def test_a_file_that_cannot_be_fetched_is_told_of(
    core: Core, rubika: Portal, heard: Heard, error: Exception, why: str
) -> None:
    heard.session.will_not_change(*[error] * 6)
    content = await shows(core, heard, Media("photo", "f1", name="a/b.jpg", size=900_000, caption="باغ"), None)
    assert content["msgtype"] == "m.text"
    assert content["body"] == f"[photo]\n\u2068a_b.jpg\u2069 · 900 kB\n{why}باغ"


async def test_a_file_beyond_the_homeservers_limit_is_not_even_asked_for(
    core: Core, rubika: Portal, heard: Heard
) -> None:
    content = await shows(core, heard, Media("video", "f1", size=2_000_000), None)
    assert content["body"] == "[video]\n2.0 MB\nIt did not come here: it is too large"


async def test_a_file_is_stored_once_though_the_room_takes_it_at_the_second_try(
    core: Core, rubika: Portal, heard: Heard
) -> None:
    core.homeserver.fails("send", Retry("down"), Retry("down"))
    await shows(core, heard, Media("photo", "f1"), PNG)
    assert len(core.homeserver.called("upload")) == 1


async def test_a_caption_is_corrected_and_the_file_stays(core: Core, rubika: Portal, heard: Heard) -> None:
    content = await shows(core, heard, Media("photo", "f1", caption="باق"), PNG)
    core.homeserver.events["$sent0"] = {"content": content}
    said = core.heard("", id="m1")
    now = MessageSaid(said.chat, said.id, said.sender, Media("photo", "f1", caption="باغ"))
    await heard.hears(("g1/2", MessageEdited(now, "v1")))
    new = core.homeserver.sent[1].content["m.new_content"]
    assert (new["body"], new["url"], new["msgtype"]) == ("باغ", content["url"], "m.image")
    assert len(core.homeserver.called("upload")) == 1


@pytest.mark.parametrize("told", [0, 5, 999_999])
async def test_what_a_platform_says_of_a_size_is_not_believed(
    core: Core, rubika: Portal, heard: Heard, told: int
) -> None:
    content = await shows(core, heard, Media("document", "f1", name="a.bin", size=told), PNG)
    assert content["info"]["size"] == len(PNG)


async def test_an_empty_file_is_told_of(core: Core, rubika: Portal, heard: Heard) -> None:
    content = await shows(core, heard, Media("voice", "f1", size=5_000), b"")
    assert content["body"] == "[voice message]\n5.0 kB\nIt did not come here: it is no longer available"


async def test_a_caption_longer_than_an_event_is_refused_in_words(core: Core, rubika: Portal, heard: Heard) -> None:
    heard.session.stored["f1"] = PNG
    said = core.heard("", id="m1")
    media = Media("photo", "f1", caption="باغ " * 20_000)
    await heard.hears(("g1/1", MessageSaid(said.chat, said.id, said.sender, media)))
    assert core.homeserver.sent == []
    ((text, reply_to),) = await core.notes(rubika)
    assert "it is too long" in text
    assert reply_to == "m1"


async def test_a_homeserver_that_is_away_costs_no_file(core: Core, rubika: Portal, heard: Heard) -> None:
    core.homeserver.fails("upload", *[Retry("down")] * 12)
    content = await shows(core, heard, Media("photo", "f1"), PNG)
    assert content["msgtype"] == "m.image"
