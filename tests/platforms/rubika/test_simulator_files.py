"""Files on the simulated Rubika: up, into a chat, and down again."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bridge.platforms.rubika.simulator import RubikaSimulator
from bridge.sandbox.control import Control, NewFile, SeenFile

if TYPE_CHECKING:
    from .conftest import Family, Wire

MB = 1024 * 1024


def form(body: bytes = b"bytes", name: str = "عکس.jpg", part: str = "file") -> aiohttp.FormData:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field(part, io.BytesIO(body), filename=name, content_type="image/jpeg")
    return form


def seen(body: bytes, name: str, mime: str) -> SeenFile:
    return SeenFile(name, mime, len(body), hashlib.sha256(body).hexdigest())


async def address(wire: Wire, upload_type: str = "Image") -> str:
    return str((await wire.ok("requestSendFile", type=upload_type))["upload_url"])


async def put(wire: Wire, url: str, data: aiohttp.FormData) -> Any:
    async with wire.session.post(url, data=data) as answer:
        assert answer.status == 200
        return await answer.json()


async def uploaded(wire: Wire, upload_type: str = "Image", **file: Any) -> str:
    answer = await put(wire, await address(wire, upload_type), form(**file))
    assert answer["status"] == "OK"
    return str(answer["data"]["file_id"])


async def link(wire: Wire, file_id: str) -> str:
    return str((await wire.ok("getFile", file_id=file_id))["download_url"])


async def status(wire: Wire, url: str, **headers: str) -> int:
    async with wire.session.get(url, headers=headers) as answer:
        return answer.status


@pytest.mark.parametrize(
    ("upload_type", "kind"),
    [
        ("File", "document"),
        ("Image", "photo"),
        ("Video", "video"),
        ("Voice", "voice"),
        ("Music", "audio"),
        ("Gif", "animation"),
    ],
)
async def test_a_file_is_seen_as_what_it_was_uploaded_as_however_often_it_is_sent(
    wire: Wire, hand: Control, family: Family, upload_type: str, kind: str
) -> None:
    assert await wire.refused("requestSendFile", type="Hologram") == "INVALID_INPUT"
    file_id = await uploaded(wire, upload_type)
    bold = {"meta_data_parts": [{"type": "Bold", "from_index": 0, "length": 2}]}
    sent = await wire.ok("sendFile", chat_id=family.group, file_id=file_id, text="ما", metadata=bold)
    await wire.ok("sendFile", chat_id=family.group, file_id=file_id)
    chat = await hand.start(family.sara, family.bot)
    await wire.ok("forwardMessage", from_chat_id=family.group, message_id=sent["message_id"], to_chat_id=chat)
    first, second = await hand.transcript(family.group)
    forwarded = (await hand.transcript(chat))[-1]
    assert (first.message_id, first.text, first.looks) == (sent["message_id"], "ما", (("bold", "ما", ""),))
    assert (second.text, second.looks, forwarded.text) == ("", (), "ما")
    for row in (first, second, forwarded):
        assert (row.kind, row.file) == (kind, seen(b"bytes", "عکس.jpg", "image/jpeg"))


async def test_another_bot_is_told_name_and_size_alone(wire: Wire, hand: Control, family: Family) -> None:
    other = await hand.bots("Other")
    await hand.members(family.group, other.id)
    file_id = await uploaded(wire, "Video")
    await wire.ok("sendFile", chat_id=family.group, file_id=file_id)
    heard = (await wire.of(other.token).updates())[-1]["new_message"]
    assert heard["file"] == {"file_id": file_id, "file_name": "عکس.jpg", "size": "5"}
    assert "text" not in heard


@pytest.mark.parametrize("kind", ["photo", "voice", "video", "animation", "audio", "document", "sticker"])
async def test_what_a_person_sends_is_fetched_as_it_was(wire: Wire, hand: Control, family: Family, kind: str) -> None:
    file = NewFile(b"\0\1" * 500, "فیلم.xyz", "video/xyz")
    await hand.say(family.group, family.sara, "", kind=kind, file=file)
    await hand.say(family.group, family.sara, "", kind=kind)
    assert [row.kind for row in await hand.transcript(family.group)] == [kind, kind]
    given, made_up = [row.file for row in await hand.transcript(family.group)]
    assert given == seen(file.body, "فیلم.xyz", "video/xyz")
    assert made_up is not None
    assert made_up.size > 0
    told = (await wire.updates())[-2]["new_message"]
    assert set(told.get("file", {})) in (set(), {"file_id", "file_name", "size"})
    stored = told["sticker"]["file"] if kind == "sticker" else told["file"]
    async with wire.session.get(await link(wire, stored["file_id"])) as answer:
        assert (await answer.read(), answer.content_type) == (file.body, "application/octet-stream")


async def test_what_rubika_does_not_know_is_refused(wire: Wire, family: Family) -> None:
    file_id = await uploaded(wire)
    for wrong in ({"file_id": "none"}, {"file_id": file_id, "text": "x" * 2049}, {}, {"file_id": 7}):
        assert await wire.refused("sendFile", chat_id=family.group, **wrong) == "INVALID_INPUT"
    assert await wire.refused("getFile", file_id="none") == "INVALID_INPUT"
    assert (await put(wire, f"{wire.url}/upload/nothing", form()))["status"] == "INVALID_ACCESS"
    assert await status(wire, f"{wire.url}/download/nothing") == 404
    assert await status(wire, f"{wire.url}/download/{file_id}") == 404


async def test_an_upload_is_one_part_with_a_name_within_its_limit(wire: Wire, hand: Control) -> None:
    url = await address(wire)
    without_name = aiohttp.FormData()
    without_name.add_field("file", "bytes")
    for wrong in (form(part="document"), without_name, form(bytes(10 * MB + 1))):
        assert (await put(wire, url, wrong))["status"] == "INVALID_INPUT"
    async with wire.session.post(url, data=b"bytes") as answer:
        assert (await answer.json())["status"] == "INVALID_INPUT"
    await hand.options(too_large_as_page=True)
    async with wire.session.post(url, data=form(bytes(10 * MB + 1))) as answer:
        assert (answer.status, (await answer.text())[:6]) == (413, "<html>")
    assert (await put(wire, url, form(bytes(10 * MB))))["status"] == "OK"


async def test_an_address_for_uploads_takes_one_file_or_many(wire: Wire, hand: Control) -> None:
    url = await address(wire)
    assert (await put(wire, url, form()))["status"] == "OK"
    assert (await put(wire, url, form()))["status"] == "INVALID_ACCESS"
    await hand.options(upload_urls_once=False)
    url = await address(wire)
    for _ in range(2):
        assert (await put(wire, url, form()))["status"] == "OK"


async def test_voices_can_fail_to_go_up_and_an_id_can_come_bare(wire: Wire, hand: Control) -> None:
    await hand.options(voices_refused=True)
    assert (await put(wire, await address(wire, "Voice"), form()))["status"] == "SERVER_ERROR"
    await hand.fault("bare_file_id")
    assert set(await put(wire, await address(wire, "Music"), form())) == {"file_id"}


async def test_an_address_for_a_download_runs_out(wire: Wire) -> None:
    now = [1758200000.0]
    async with RubikaSimulator(clock=lambda: now[0]) as simulator, Control(simulator.control_url) as hand:
        wire = replace(wire, url=simulator.url, token=(await hand.bots("Relay")).token)
        url = await link(wire, await uploaded(wire))
        now[0] += 3600
        assert await status(wire, url) == 200
        now[0] += 1
        assert await status(wire, url) == 404


async def test_downloads_break_in_the_ways_that_were_met(wire: Wire, hand: Control) -> None:
    url = await link(wire, await uploaded(wire))
    await hand.fault("expired_link")
    assert await status(wire, url) == 404
    await hand.fault("half_a_file")
    async with wire.session.get(url) as answer:
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()
    await hand.options(browsers_only=True)
    assert await status(wire, url) == 403
    assert await status(wire, url, **{"User-Agent": "Mozilla/5.0 (X11)"}) == 200
