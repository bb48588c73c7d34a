"""What is seen of a photo, a film or a voice note in the room before it is fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import blurhash
import pytest
from PIL import ImageFile

from bridge.core.ffmpeg import Ffmpeg
from bridge.core.workshop import Workshop
from bridge.errors import Refused, Retry
from bridge.model import Media, MessageEdited, MessageSaid
from tests.core.filing import shows
from tests.core.made import FILM, TALK, ffmpeg_program, moving, noise, opened, picture, played
from tests.core.reza import Heard

if TYPE_CHECKING:
    from bridge.store.portals import Portal
    from tests.core.kit import Core

BLURHASH = "xyz.amorgan.blurhash"
SOUND = "org.matrix.msc1767.audio"


@pytest.fixture
async def rubika(core: Core) -> Portal:
    return await core.portal("rubika")


@pytest.fixture
def heard(core: Core, rubika: Portal) -> Heard:
    return Heard(core, core.session("rubika"))


@pytest.fixture
def with_ffmpeg(core: Core) -> Iterator[None]:
    core.workshop = Workshop(Ffmpeg(ffmpeg_program()))
    yield
    core.workshop.close()


def thumbnail(core: Core, content: dict[str, Any]) -> tuple[bytes, dict[str, Any]]:
    return core.homeserver.files[content["info"]["thumbnail_url"]], content["info"]["thumbnail_info"]


@pytest.mark.parametrize("format", ["jpeg", "png", "webp"])
async def test_a_large_photo_has_a_thumbnail_and_a_small_one_needs_none(core: Core, heard: Heard, format: str) -> None:
    content = await shows(core, heard, Media("photo", "f"), picture(format, (1600, 1000)))
    small, info = thumbnail(core, content)
    assert info == {"mimetype": "image/jpeg", "size": len(small), "w": 800, "h": 500}
    assert opened(small).size == (800, 500)
    assert (content["info"]["w"], content["info"]["h"]) == (1600, 1000)


async def test_a_small_photo_has_no_thumbnail(core: Core, heard: Heard) -> None:
    content = await shows(core, heard, Media("photo", "f"), picture("png", (400, 300)))
    assert "thumbnail_url" not in content["info"]
    assert len(core.homeserver.files) == 1


async def test_a_photo_of_many_bytes_has_a_thumbnail_however_small_it_is(core: Core, heard: Heard) -> None:
    content = await shows(core, heard, Media("photo", "f"), noise("bmp", (400, 300)))
    small, _ = thumbnail(core, content)
    assert len(small) < 100_000


@pytest.mark.parametrize("colour", ["red", "blue"])
async def test_a_photos_colours_are_told(core: Core, heard: Heard, colour: str) -> None:
    content = await shows(core, heard, Media("photo", "f"), picture("png", (40, 30), colour))
    (red, _, blue) = blurhash.decode(content["info"][BLURHASH], 1, 1)[0][0]
    assert (red > 200, blue > 200) == (colour == "red", colour == "blue")


async def test_a_photo_of_a_phone_that_was_held_upright_is_higher_than_wide(core: Core, heard: Heard) -> None:
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
    content = await shows(core, heard, Media("photo", "f"), picture("jpeg", (1600, 1200), exif=exif))
    small, info = thumbnail(core, content)
    assert (content["info"]["w"], content["info"]["h"]) == (1200, 1600)
    assert opened(small).size == (info["w"], info["h"]) == (450, 600)


async def test_what_is_seen_through_stays_so_in_the_thumbnail(core: Core, heard: Heard) -> None:
    content = await shows(core, heard, Media("sticker", "f"), picture("webp", (1000, 1000), (0, 0, 0, 0), "RGBA"))
    small, info = thumbnail(core, content)
    assert info["mimetype"] == "image/png"
    assert opened(small).mode == "RGBA"


@pytest.mark.parametrize("format", ["gif", "webp"])
async def test_an_animation_shows_its_first_picture(core: Core, heard: Heard, format: str) -> None:
    content = await shows(core, heard, Media("animation", "f"), moving(format))
    assert re.fullmatch(r"[0-9A-Za-z#$%*+,.:;=?@\[\]^_{|}~-]{10,30}", content["info"].get(BLURHASH, "L" * 10))


@pytest.mark.parametrize("body", [picture("png")[:60], noise("jpeg", (900, 700))[:200_000], picture("webp")[:40]])
async def test_a_broken_picture_arrives_without_a_preview(
    core: Core, heard: Heard, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", False)  # Synapse, once imported, sets it for everybody
    content = await shows(core, heard, Media("photo", "f"), body)
    assert core.homeserver.files[content["url"]] == body
    assert "thumbnail_url" not in content["info"]


@pytest.mark.parametrize("error", [Refused("M_FORBIDDEN"), Retry("down")], ids=repr)
async def test_nobody_waits_for_a_thumbnail_that_is_not_taken(core: Core, heard: Heard, error: Exception) -> None:
    core.homeserver.fails("upload", error)
    content = await shows(core, heard, Media("photo", "f"), picture("png", (1600, 1200)))
    assert "thumbnail_url" not in content["info"]
    assert BLURHASH in content["info"]


async def test_a_document_is_nobodys_picture(core: Core, heard: Heard) -> None:
    content = await shows(core, heard, Media("document", "f"), picture("png", (1600, 1200)))
    assert content["msgtype"] == "m.file"
    assert not {"thumbnail_url", BLURHASH} & set(content["info"])


async def test_a_photo_keeps_its_preview_when_its_caption_is_corrected(core: Core, heard: Heard) -> None:
    content = await shows(core, heard, Media("photo", "f1", caption="باق"), picture("png", (1600, 1200)))
    core.homeserver.events["$sent0"] = {"content": content}
    said = core.heard("", id="m1")
    now = MessageSaid(said.chat, said.id, said.sender, Media("photo", "f1", caption="باغ"))
    await heard.hears(("g1/2", MessageEdited(now, "v1")))
    assert core.homeserver.sent[1].content["m.new_content"]["info"] == content["info"]


@pytest.mark.usefixtures("with_ffmpeg")
async def test_a_film_shows_its_first_picture_and_tells_how_long_it_is(core: Core, heard: Heard) -> None:
    content = await shows(core, heard, Media("video", "f", mime="video/mp4"), played("mp4", *FILM))
    small, info = thumbnail(core, content)
    assert opened(small).size == (info["w"], info["h"]) == (320, 240)
    assert BLURHASH in content["info"]
    told = content["info"]
    assert (told["w"], told["h"], told["duration"]) == (320, 240, 1000)


@pytest.mark.usefixtures("with_ffmpeg")
async def test_a_voice_note_tells_how_long_and_how_loud_it_is(core: Core, heard: Heard) -> None:
    voice = played("ogg", *TALK, "-c:a", "libopus", "-af", "volume='if(lt(t,1.5),0.05,1)':eval=frame")
    content = await shows(core, heard, Media("voice", "f", mime="audio/ogg"), voice)
    assert content["info"]["duration"] in range(2900, 3200)
    assert content[SOUND]["duration"] == content["info"]["duration"]
    levels = content[SOUND]["waveform"]
    assert (len(levels), max(levels)) == (100, 1024)
    assert max(levels[5:45]) < 200
    assert min(levels[55:95]) > 800


async def test_without_ffmpeg_films_and_voice_notes_come_with_what_is_told_of_them(core: Core, heard: Heard) -> None:
    media = Media("video", "f", mime="video/mp4", width=64, height=48, duration=7000)
    content = await shows(core, heard, media, played("mp4", *FILM))
    assert {key: content["info"].get(key) for key in ("w", "h", "duration", "thumbnail_url")} == {
        "w": 64,
        "h": 48,
        "duration": 7000,
        "thumbnail_url": None,
    }
