"""The simulated gateway's hosts, files and misbehaviour."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import hashlib
import io
import json
import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from PIL import Image

if TYPE_CHECKING:
    from tests.platforms.eitaa.conftest import Scene, Wire


def word(number: int) -> bytes:
    return number.to_bytes(4, "little")


def long(number: int) -> bytes:
    return number.to_bytes(8, "little", signed=True)


def string(value: str | bytes) -> bytes:
    body = value.encode() if isinstance(value, str) else value
    head = bytes([len(body)]) if len(body) < 254 else b"\xfe" + len(body).to_bytes(3, "little")
    return head + body + bytes(-len(head + body) % 4)


def ids(*numbers: int) -> bytes:
    return word(0x1CB5C415) + word(len(numbers)) + b"".join(map(word, numbers))


CONFIG = word(0xC4F9186B)
STATE = 0xEDD4882A


# -- hosts


async def test_each_pool_has_several_hosts_under_urls_of_their_own(scene: Scene) -> None:
    urls = (await scene.hand.state())["urls"]
    assert {name: len(urls[name]) >= 2 for name in ("client", "download", "upload")} == {
        "client": True,
        "download": True,
        "upload": True,
    }
    for url in urls["client"] + urls["upload"]:
        wire = replace(scene.wire, url=url, host="")
        for path in ("eitaa/", "eitaa/index.php"):
            assert (await wire.post(CONFIG, path))[0] == 200
        assert (await wire.state())["_"] == "state"
    assert await replace(scene.wire, url=urls["download"][0], host="").refused(STATE) == "400 RETRY_LIMIT"
    await scene.hand.options(strict_pools=False)
    assert (await replace(scene.wire, url=urls["download"][0], host="").state())["_"] == "state"
    assert (await scene.wire.at("client/ghasem").post(CONFIG))[0] == 404


async def test_the_host_header_tells_the_pool_by_the_real_names(scene: Scene) -> None:
    bare = scene.wire.at("")
    assert (await bare.post(CONFIG))[0] == 200
    for host, right in (("majid.eitaa.com", True), ("alzheimer.eitaa.ir", True), ("mohsen.eitaa.com", False)):
        _, body = await bare.post(word(STATE), headers={"Host": host})
        assert (body[:4] == word(0xA56C2A3E)) is right


async def test_every_form_of_the_envelope_is_read(scene: Scene) -> None:
    for tail in (b"", word(32), word(128)):
        assert (await replace(scene.wire, tail=tail).state())["_"] == "state"
    ios = word(0x71C2D22C) + string(scene.wire.token) + string(scene.wire.imei)
    ios += word(0) + string(word(STATE)) + word(137) + word(1)
    async with scene.wire.session.post(f"{scene.wire.url}/client/majid/eitaa/", data=ios) as answer:
        assert (await answer.read())[:4] == word(0xA56C2A3E)


@pytest.mark.parametrize("body", [b"", b"\0", b"GET", word(0x7ABE77ED) + b"\xff" * 40, word(0x7ABE77ED) + b"\xfe"])
async def test_what_is_no_envelope_is_refused(scene: Scene, body: bytes) -> None:
    async with scene.wire.session.post(f"{scene.wire.url}/client/majid/eitaa/", data=body) as answer:
        assert (await answer.read())[:8] == word(0xC4B9F9BB) + word(400)


async def test_methods_that_are_not_served_over_http_are_no_constructors(scene: Scene) -> None:
    for number in (0x58943EE2, 0x05A954C0, 0xF516760B, 0x8B9B4DAE, 0x12345678):
        assert await scene.wire.refused(number, word(0)) == "404 INVALID_CONSTRUCTOR"
    assert [c.status for c in await scene.hand.calls("messages.setTyping")] == [404]
    assert await scene.wire.refused(STATE, word(0)) == "400 INPUT_REQUEST_INVALID"
    await scene.hand.options(errors_as_rpc_error=True)
    status, body = await scene.wire.post(word(0x58943EE2))
    assert (status, body[:8]) == (200, word(0x2144CA19) + word(404))


@pytest.mark.parametrize(("how", "packed"), [("never", False), ("above", False), ("always", True)])
async def test_answers_are_packed_as_wanted(scene: Scene, how: str, packed: bool) -> None:
    await scene.hand.options(gzip=how)
    _, body = await scene.wire.post(word(STATE))
    assert (body[:4] == word(0x3072CFA1)) is packed
    assert (await scene.wire.state())["_"] == "state"


async def test_channels_and_sizes_may_come_in_older_shapes(scene: Scene) -> None:
    await scene.hand.options(old_shapes=True)
    state = await scene.wire.state()
    await scene.hand.say(scene.family, scene.sara, "", kind="photo")
    told = await scene.wire.difference(state)
    assert told["chats"][0]["_"] == "channel135"
    sizes = told["others"][0]["message"]["media"]["photo"]["sizes"]
    assert [each["_"] for each in sizes] == ["oldSize", "oldSize"]


# -- files


def part(number: int, body: bytes, file_id: int = 7) -> tuple[int, bytes]:
    return 0xB304A621, long(file_id) + word(number) + string(body)


async def send_file(wire: Wire, peer: bytes, file: bytes, random: int = 5) -> dict[str, Any]:
    name = word(0x15590068) + string("سند.pdf")
    media = word(0x5B38C6C1) + word(0) + file + string("application/pdf")
    media += word(0x1CB5C415) + word(1) + name
    return await wire(0x3491EBA9, word(0), peer, media, string("زیرنویس"), long(random))


async def test_a_file_goes_up_on_one_host_and_comes_down_on_another_pool(scene: Scene) -> None:
    peer, body = await scene.wire.peer(scene.family), bytes(range(256)) * 3000
    chunks = [body[at : at + 524288] for at in range(0, len(body), 524288)]
    up, other = scene.wire.at("upload/ali"), scene.wire.at("upload/fateme")
    assert await scene.wire.refused(*part(0, b"x")) == "400 RETRY_LIMIT"
    for number, chunk in enumerate(chunks):
        assert (await up(*part(number, chunk)))["_"] == "true"
    tail = word(2) + long(len(body))
    assert (await up(0xDE7B673D, long(8) + word(0) + word(2) + string(chunks[0]) + tail))["_"] == "true"
    checksum = hashlib.md5(body, usedforsecurity=False).hexdigest()
    file = word(0xF52FF27F) + long(7) + word(len(chunks)) + string("a.pdf") + string(checksum)
    assert (await send_file(other, peer, file))["text"] == "RETRY_LIMIT"
    assert (await send_file(scene.wire, peer, file))["text"] == "RETRY_LIMIT"
    broken = word(0xF52FF27F) + long(7) + word(len(chunks)) + string("a.pdf") + string("0" * 32)
    assert (await send_file(up, peer, broken))["text"] == "MD5_CHECKSUM_INVALID"
    half = word(0xFA4F0BB5) + long(8) + word(2) + string("a.pdf")
    assert (await send_file(up, peer, half))["text"] == "FILE_PART_1_MISSING"
    sent = await send_file(up, peer, file)
    message = sent["updates"][1]["message"]
    document = message["media"]["document"]
    assert (message["text"], document["size"], document["mime"]) == ("زیرنویس", len(body), "application/pdf")
    assert document["attributes"][0]["name"] == "سند.pdf"
    assert [(seen.kind, seen.text) for seen in await scene.hand.transcript(scene.family)] == [("document", "زیرنویس")]
    assert (await send_file(other, peer, file))["updates"][0] == sent["updates"][0]

    place = word(0xBAD07584) + long(document["id"]) + long(document["hash"]) + string(document["ref"]) + string("")
    down, got = scene.wire.at("download/vahid"), b""
    while len(got) < len(body):
        piece = await down(0xB15A9AFC, word(0), place, word(len(got)), word(131072))
        got += piece["bytes"]
    assert got == body
    end = len(body) + -len(body) % 4096
    assert await down.refused(0xB15A9AFC, word(0), place, word(end), word(4096)) == "400 RETRY_LIMIT"
    assert await scene.wire.refused(0xB15A9AFC, word(0), place, word(0), word(4096)) == "400 RETRY_LIMIT"
    assert await down.refused(0xB15A9AFC, word(0), place, word(1), word(4096)) == "400 OFFSET_INVALID"
    assert await down.refused(0xB15A9AFC, word(0), place[:12] + long(1) + place[20:], word(0), word(4096)) == (
        "400 LOCATION_INVALID"
    )


async def test_parts_that_do_not_belong_together_make_no_file(scene: Scene) -> None:
    peer, up = await scene.wire.peer(scene.family), scene.wire.at("upload/ali")
    await up(*part(0, bytes(1024)))
    tail = word(2) + long(2048)
    assert await up.refused(0xDE7B673D, long(7) + word(1) + word(2) + string(b"x"), tail) == "400 FILE_PARTS_INVALID"
    assert await up.refused(0xDE7B673D, long(9) + word(2) + word(2) + string(b"x"), tail) == "400 FILE_PART_INVALID"
    big = word(0xFA4F0BB5) + long(7) + word(1) + string("a.pdf")
    assert (await send_file(up, peer, big))["text"] == "FILE_PARTS_INVALID"
    await scene.hand.options(chunk_kb=128)
    assert await up.refused(*part(0, bytes(131_073), 8)) == "400 FILE_PART_TOO_BIG"
    for number in range(2):
        assert (await up(0xDE7B673D, long(9) + word(number) + word(2) + string(bytes(1024 - number)), tail))[
            "_"
        ] == "true"
    big = word(0xFA4F0BB5) + long(9) + word(2) + string("a.pdf")
    assert (await send_file(up, peer, big))["text"] == "FILE_PARTS_INVALID"
    assert await scene.hand.transcript(scene.family) == []


@pytest.mark.parametrize(
    ("side", "refusal"), [(0, "IMAGE_PROCESS_FAILED"), (9_999, "PHOTO_INVALID_DIMENSIONS"), (40, None)]
)
async def test_what_is_no_picture_becomes_no_photo(scene: Scene, side: int, refusal: str | None) -> None:
    peer, up, body = await scene.wire.peer(scene.family), scene.wire.at("upload/ali"), io.BytesIO(b"%PDF")
    if side:
        Image.new("RGB", (side, 30), "red").save(body, "PNG")
    await up(*part(0, body.getvalue()))
    file = word(0xF52FF27F) + long(7) + word(1) + string("a.png") + string("")
    media = word(0x1E287D04) + word(0) + file
    answer = await up(0x3491EBA9, word(0), peer, media, string("زیرنویس"), long(5))
    assert answer.get("text") == refusal
    seen = [each.file.sha256 for each in await scene.hand.transcript(scene.family) if each.file is not None]
    assert seen == ([] if refusal else [hashlib.sha256(body.getvalue()).hexdigest()])


async def test_a_piece_lies_within_a_megabyte(scene: Scene) -> None:
    state = await scene.wire.state()
    await scene.hand.own("post", chat=scene.family, person=scene.sara, kind="document", size=3 * 2**20)
    [new] = (await scene.wire.difference(state))["others"]
    document, down = new["message"]["media"]["document"], scene.wire.at("download/vahid")
    place = word(0xBAD07584) + long(document["id"]) + long(document["hash"]) + string(document["ref"]) + string("")
    across = (word(0), place, word(2**20 - 4096), word(8192))
    assert await down.refused(0xB15A9AFC, *across) == "400 LIMIT_INVALID"
    assert len((await down(0xB15A9AFC, word(0), place, word(2**20), word(2**20)))["bytes"]) == 2**20


async def test_a_photo_that_somebody_sends_can_be_fetched_in_two_sizes(scene: Scene) -> None:
    state = await scene.wire.state()
    await scene.hand.own("post", chat=scene.family, person=scene.sara, kind="photo", text="کوه", size=200_000)
    [new] = (await scene.wire.difference(state))["others"]
    photo = new["message"]["media"]["photo"]
    down = scene.wire.at("download/mohsen")
    for size in photo["sizes"]:
        place = word(0x40181FFE) + long(photo["id"]) + long(photo["hash"]) + string(photo["ref"])
        got = await down(0xB15A9AFC, word(0), place, string(size["type"]), word(0), word(262144))
        assert (got["type"]["_"], len(got["bytes"])) == ("jpeg", size["size"])


# -- misbehaviour


async def test_an_unknown_thing_spoils_a_difference_and_the_message_by_itself(scene: Scene) -> None:
    channel, state = await scene.wire.channel(scene.family), await scene.wire.state()
    await scene.hand.say(scene.family, scene.sara, "پیش")
    for kind in ("unknown_media", "unknown_action"):
        await scene.hand.fault(kind, method="say", chat=scene.family)
        odd = await scene.hand.say(scene.family, scene.sara, "عجیب")
        with pytest.raises(Exception, match="5eed0bad"):
            await scene.wire.difference(state)
        with pytest.raises(Exception, match="5eed0bad"):
            await scene.wire(0x93D7B347, channel, ids(int(odd.message_id)))
        after = await scene.hand.say(scene.family, scene.sara, "پس")
        [seen] = (await scene.wire(0x93D7B347, channel, ids(int(after.message_id))))["messages"]
        assert seen["text"] == "پس"
    assert len(await scene.hand.transcript(scene.family)) == 5
    state = await scene.wire.state()
    await scene.hand.update(scene.me, {"brand": "new"})
    with pytest.raises(Exception, match="5eed0bad"):
        await scene.wire.difference(state)
    known = (0x635B4C09).to_bytes(4, "little") + long(5)
    state = await scene.wire.state()
    await scene.hand.update(scene.me, known.hex())
    assert (await scene.wire.difference(state))["others"] == [{"_": "place", "channel": 5}]


async def test_news_can_be_told_again(scene: Scene) -> None:
    state = await scene.wire.state()
    await scene.hand.say(scene.family, scene.sara, "یک")
    told = await scene.wire.difference(state)
    await scene.hand.fault("repeat_updates", method="getUpdates")
    assert (await scene.wire.difference(told["state"]))["others"] == told["others"]
    assert (await scene.wire.difference(told["state"]))["_"] == "nothing"


async def test_the_wire_breaks_without_and_after_the_work(scene: Scene) -> None:
    peer = await scene.wire.peer(scene.family)
    fault, wire = scene.hand.fault, scene.wire
    await fault("flood", method="messages.sendMessage", chat=scene.family, retry_after=7)
    assert (await wire.say(peer, "x"))["text"] == "FLOOD_WAIT_7"
    await fault("rpc_error", method="sendMessage", code=500, text="MSG_WAIT_FAILED")
    assert (await wire.say(peer, "x"))["text"] == "MSG_WAIT_FAILED"
    await fault("status", method="sendMessage", status=401)
    assert (await wire.say(peer, "x"))["text"] == "AUTH_KEY_UNREGISTERED"
    for status, html in ((502, True), (503, False), (200, True)):
        await fault("status", status=status, html=html)
        got, body = await wire.post(word(STATE))
        assert (got, body.startswith(b"<html>")) == (status, html)
    assert await scene.hand.transcript() == []
    await fault("drop_answer", method="sendMessage", chat=scene.family)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await wire.say(peer, "رفت", random=3)
    assert (await wire.say(peer, "رفت", random=3))["updates"][0]["random"] == 3
    await fault("truncate", method="sendMessage")
    with pytest.raises(struct.error):
        await wire.say(peer, "نیم")
    assert len(await scene.hand.transcript()) == 2
    await fault("unknown_answer", method="sendMessage")
    with pytest.raises(Exception, match="00ddba11"):
        await wire.say(peer, "سوم")
    await fault("gzip_bomb", size=32 * 1024 * 1024)
    _, body = await wire.post(word(STATE))
    assert (len(body) < 200_000, body[:4]) == (True, word(0x3072CFA1))
    assert len(gzip.decompress(body[8:])) == 32 * 1024 * 1024
    await fault("down")
    with pytest.raises(aiohttp.ClientConnectionError):
        await wire.state()
    await fault("up")
    assert (await wire.state())["_"] == "state"


async def test_one_host_can_hang_or_hang_up_while_the_others_answer(scene: Scene) -> None:
    await scene.hand.fault("hang_up", host="majid", times=None)
    await scene.hand.fault("hang", host="hosna", times=None)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await scene.wire.state()
    with contextlib.suppress(aiohttp.ClientError), pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await scene.wire.at("client/hosna").state()
    assert (await scene.wire.at("client/armita").state())["_"] == "state"
    await scene.hand.clear_faults()
    assert (await scene.wire.state())["_"] == "state"


async def test_what_it_tells_at_the_start_is_enough_to_find_everything(scene: Scene) -> None:
    urls = (await scene.hand.state())["urls"]
    assert json.dumps(urls)
    assert urls["page"] == urls["eitaayar"] == scene.simulator.url
