"""Files on the simulated Soroush Plus: what is taken, what is refused, and what people have of it."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING

import aiohttp
import pytest
from PIL import Image

from bridge.sandbox.control import ControlRefused, NewFile, SeenFile

if TYPE_CHECKING:
    from .conftest import SoroushWorld

MP4 = b"\0\0\0\x18ftypmp42" + bytes(60)
OGG = b"OggS\0\2" + bytes(60)
MP3 = b"ID3\3" + bytes(60)
WEBM = b"\x1a\x45\xdf\xa3" + bytes(60)


def picture(width: int, height: int, kind: str = "png") -> bytes:
    out = io.BytesIO()
    Image.new("L", (width, height)).save(out, kind)
    return out.getvalue()


def form(chat: str, kind: str, body: bytes, name: str = "نام.bin", **more: str) -> aiohttp.FormData:
    made = aiohttp.FormData({"chat_id": chat, **more}, quote_fields=False)
    made.add_field(kind, io.BytesIO(body), filename=name, content_type="application/x-thing")
    return made


def seen(body: bytes, name: str = "نام.bin", mime: str = "application/x-thing") -> SeenFile:
    return SeenFile(name, mime, len(body), hashlib.sha256(body).hexdigest())


async def test_what_a_bot_sends_is_there_byte_for_byte_however_it_is_sent(soroush: SoroushWorld) -> None:
    chat = {"chat_id": soroush.group}
    sent = (await soroush.wire.form("sendDocument", form(soroush.group, "document", b"one"))).result
    await soroush.wire("sendDocument", **chat, document=sent["document"]["file_id"])
    take = {**chat, "from_chat_id": soroush.group, "message_id": sent["message_id"]}
    await soroush.wire("forwardMessage", **take)
    await soroush.wire("copyMessage", **take)
    assert [row.file for row in await soroush.hand.transcript(soroush.group)] == [seen(b"one")] * 4
    own = {**chat, "message_id": sent["message_id"]}
    again = (await soroush.wire.form("sendDocument", form(soroush.group, "document", b"two"))).result
    media = {"type": "document", "media": again["document"]["file_id"]}
    await soroush.wire("editMessageMedia", **own, media=media)
    assert (await soroush.hand.transcript(soroush.group))[0].file == seen(b"two")


async def test_what_a_person_sends_comes_down_as_it_was(soroush: SoroushWorld) -> None:
    body = picture(64, 48)
    await soroush.hand.say(soroush.group, soroush.sara, "باغ", kind="photo", file=NewFile(body, "باغ.png", "image/png"))
    [update] = await soroush.wire.updates()
    small, whole = update["message"]["photo"]
    assert (whole["width"], whole["height"], whole["file_size"]) == (64, 48, len(body))
    got = []
    for size in (small, whole):
        found = (await soroush.wire("getFile", file_id=size["file_id"])).result
        async with soroush.session.get(f"{soroush.wire.file_base}/{found['file_path']}") as answer:
            got.append(await answer.read())
    assert got[1] == body
    assert got[0] != body
    assert (await soroush.hand.transcript(soroush.group))[0].file == seen(body, "باغ.png", "image/png")


async def test_people_may_send_what_bots_may_not(soroush: SoroushWorld) -> None:
    await soroush.hand.say(soroush.group, soroush.sara, "", kind="voice", file=NewFile(b"MZ", None, None))
    with pytest.raises(ControlRefused):
        await soroush.hand.say(soroush.group, soroush.sara, "", kind="hologram", file=NewFile(b"MZ"))
    [update] = await soroush.wire.updates()
    assert update["message"]["voice"]["mime_type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("Voice", OGG, 200),
        ("Voice", MP3, 200),
        ("Voice", WEBM, 400),
        ("Audio", MP3, 200),
        ("Audio", OGG, 400),
        ("Video", MP4, 200),
        ("Video", WEBM, 400),
        ("Animation", b"GIF89a" + bytes(20), 200),
        ("Animation", picture(2, 2), 400),
        ("Sticker", picture(2, 2, "webp"), 200),
        ("Sticker", WEBM, 200),
        ("Sticker", picture(2, 2), 400),
        ("Photo", picture(9001, 1000), 400),
        ("Photo", picture(210, 10), 400),
        ("Photo", picture(200, 10), 200),
        ("Document", WEBM, 200),
        ("Document", b"", 400),
    ],
)
async def test_each_kind_has_its_formats(soroush: SoroushWorld, kind: str, body: bytes, status: int) -> None:
    assert (await soroush.wire.form(f"send{kind}", form(soroush.group, kind.lower(), body))).status == status
    assert len(await soroush.hand.transcript(soroush.group)) == (status == 200)


async def test_a_gif_plays_only_under_its_own_ending(soroush: SoroushWorld) -> None:
    for name, kind in (("باغ.gif", "animation"), ("باغ.bin", "document")):
        gif = form(soroush.group, "animation", picture(2, 2, "gif"), name)
        assert kind in (await soroush.wire.form("sendAnimation", gif)).result


async def test_what_a_bot_tells_of_a_file_is_believed_if_it_can_be_read(soroush: SoroushWorld) -> None:
    told = {"duration": "7", "width": "640", "height": "360"}
    video = (await soroush.wire.form("sendVideo", form(soroush.group, "video", MP4, **told))).result["video"]
    assert (video["duration"], video["width"], video["height"]) == (7, 640, 360)
    for wrong in ({"duration": "7.5"}, {"width": "-1"}):
        assert (await soroush.wire.form("sendVideo", form(soroush.group, "video", MP4, **wrong))).refusal[0] == 400
    note = form(soroush.group, "video_note", MP4, duration="61")
    assert (await soroush.wire.form("sendVideoNote", note)).refusal[0] == 400


async def test_a_part_of_another_name_is_not_seen(soroush: SoroushWorld) -> None:
    status, words = (await soroush.wire.form("sendVoice", form(soroush.group, "audio", OGG))).refusal
    assert (status, words) == (400, "Bad Request: there is no voice in the request")


async def test_a_connection_that_was_used_may_give_an_empty_file(soroush: SoroushWorld) -> None:
    await soroush.hand.options(empty_when_reused=True)
    sent = (await soroush.wire.form("sendDocument", form(soroush.group, "document", b"bytes"))).result
    found = (await soroush.wire("getFile", file_id=sent["document"]["file_id"])).result
    address = f"{soroush.wire.file_base}/{found['file_path']}"
    async with soroush.session.get(address) as answer:
        assert (answer.status, await answer.read()) == (200, b"")
    async with aiohttp.ClientSession() as another, another.get(address) as answer:
        assert await answer.read() == b"bytes"
