"""Files that need more than to be carried: made into what an app shows, seen before they are fetched, linked where they
do not fit; and what many of them cost at once."""

from __future__ import annotations

import asyncio
import hashlib
import io
import random
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest
import pytest_asyncio

from bridge.sandbox.client import Heard
from bridge.sandbox.control import NewFile, Seen
from bridge.sandbox.manager import Manager
from bridge.sandbox.reading import heard
from bridge.sandbox.sharing import Shared
from bridge.sandbox.world import World
from tests.core.made import TALK, ffmpeg_program, opened, picture, played

pytestmark = pytest.mark.asyncio(loop_scope="session")

MOST_MEMORY = 120_000_000
LARGE = 16_000_000
LINK = re.compile(r"http://127\.0\.0\.1:\d+/_hampayam/file/[\w-]+")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(tmp_path_factory: pytest.TempPathFactory, synapse_template: Path) -> AsyncIterator[World]:
    """With ffmpeg, and with links to the bridge's own address."""
    folder = tmp_path_factory.mktemp("media") / "world"
    async with World(folder, template=synapse_template, platforms=["rubika", "bale", "soroush"]) as world:
        address = f"http://127.0.0.1:{world.port}"
        await world.reconfigure(config={"files": {"ffmpeg": ffmpeg_program(), "public_url": address}})
        yield world


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def mina(world: World) -> Manager:
    return await world.matrix_manager("mina")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def family(world: World, mina: Manager) -> Shared:
    return await world.share("عکس‌ها", "rubika", "bale", "soroush", host=mina)


async def posts(world: World, mina: Manager, room: str, file: bytes, mime: str, **content: Any) -> str:
    """Mina posts a file on Matrix. Returns the event's id."""
    token = world.accounts["mina"].access_token
    headers = {"Authorization": f"Bearer {token}", "Content-Type": mime}
    async with (
        aiohttp.ClientSession() as client,
        client.post(f"{world.synapse.url}/_matrix/media/v3/upload", data=io.BytesIO(file), headers=headers) as answer,
    ):
        mxc = (await answer.json())["content_uri"]
    info = {"mimetype": mime, "size": len(file)}
    return await mina.person.send(room, "m.room.message", {"msgtype": "m.file", "url": mxc, "info": info, **content})


async def media(world: World, mxc: str) -> bytes:
    """What the homeserver has at an address."""
    path = mxc.removeprefix("mxc://")
    headers = {"Authorization": f"Bearer {world.accounts['mina'].access_token}"}
    url = f"{world.synapse.url}/_matrix/client/v1/media/download/{path}"
    async with aiohttp.ClientSession() as client, client.get(url, headers=headers) as answer:
        assert answer.status == 200
        return await answer.read()


async def arrives(world: World, family: Shared, platform: str, caption: str) -> Seen:
    return await world[platform].wait_for(
        family.groups[platform], lambda line: line.by == "api" and line.text.endswith(caption)
    )


async def test_a_voice_note_of_an_iphone_is_one_in_every_app(world: World, mina: Manager, family: Shared) -> None:
    voice = {"msgtype": "m.audio", "org.matrix.msc3245.voice": {}, "filename": "Recording.m4a", "body": "صدای من"}
    await posts(world, mina, family.room, played("m4a", *TALK), "audio/mp4", **voice)
    seen = {platform: await arrives(world, family, platform, "صدای من") for platform in family.groups}
    kinds = {platform: (line.kind, line.file and line.file.mime) for platform, line in seen.items()}
    assert kinds["bale"] == ("voice", "audio/ogg")
    assert kinds["soroush"][0] == "voice"
    assert {kind for kind, _ in kinds.values()} == {"voice"}


async def test_an_admin_gives_the_room_a_picture_and_a_topic(world: World, mina: Manager, family: Shared) -> None:
    bale, group = world["bale"], family.groups["bale"]
    body = picture("JPEG")
    sara = await bale.person(group.admin)
    photo = await bale.control.say(group.id, sara, "باغ", kind="photo", file=NewFile(body, "باغ.jpg", "image/jpeg"))
    event = await mina.person.first(family.room, lambda each: each.content.get("msgtype") == "m.image")
    answer = await bale.answer_to(group, group.admin, "/تصویر", reply_to=photo.message_id)
    assert heard("picture_set", answer.text) is not None
    answer = await bale.answer_to(group, group.admin, "/توضیح قرار جمعه‌ها")
    assert heard("topic_set", answer.text) is not None
    state = {each["type"]: each["content"] for each in await mina.person.state(family.room)}
    assert state["m.room.avatar"] == {"url": event.content["url"]}
    assert state["m.room.topic"]["topic"].startswith("قرار جمعه‌ها\n")


async def test_a_picture_that_no_app_shows_is_a_photo_in_every_app(world: World, mina: Manager, family: Shared) -> None:
    photo = {"msgtype": "m.image", "filename": "باغ.avif", "body": "باغ در عکسی تازه"}
    await posts(world, mina, family.room, picture("avif", (64, 48)), "image/avif", **photo)
    for platform in family.groups:
        line = await arrives(world, family, platform, "باغ در عکسی تازه")
        assert line.kind == "photo"
        assert line.file is not None
        assert line.file.mime == "image/jpeg"


async def test_a_photo_from_an_app_is_seen_in_the_room_before_it_is_fetched(
    world: World, mina: Manager, family: Shared
) -> None:
    bale, group = world["bale"], family.groups["bale"]
    whole = picture("jpeg", (1600, 1200), "green")
    person = await bale.person(group.admin)
    await bale.control.say(
        group.id, person, "باغ ما از دور", kind="photo", file=NewFile(whole, "باغ.jpg", "image/jpeg")
    )

    def is_it(event: Heard) -> bool:
        return event.body == "باغ ما از دور"

    event = await mina.person.first(family.room, is_it)
    info = event.content["info"]
    assert info["xyz.amorgan.blurhash"]
    small = await media(world, info["thumbnail_url"])
    assert opened(small).size == (info["thumbnail_info"]["w"], info["thumbnail_info"]["h"]) == (800, 600)
    assert await media(world, event.content["url"]) == whole
    copy = await arrives(world, family, "soroush", "باغ ما از دور")
    assert copy.file is not None
    assert copy.file.sha256 == hashlib.sha256(whole).hexdigest()


async def test_a_file_too_large_for_one_app_has_a_link_there_until_it_is_deleted(
    world: World, mina: Manager, family: Shared
) -> None:
    body = random.Random(1).randbytes(21_000_000)
    named = {"filename": "کتاب.bin", "body": "همهٔ کتاب"}
    event = await posts(world, mina, family.room, body, "application/octet-stream", **named)
    copy = await arrives(world, family, "rubika", "همهٔ کتاب")
    assert copy.file is not None
    assert copy.file.sha256 == hashlib.sha256(body).hexdigest()
    told = await arrives(world, family, "bale", "همهٔ کتاب")
    assert "کتاب.bin" in told.text
    assert "21 MB" in told.text
    found = LINK.search(told.text)
    assert found is not None
    async with aiohttp.ClientSession() as client:
        async with client.get(found[0]) as answer:
            assert (answer.status, await answer.read()) == (200, body)
            assert answer.headers["Content-Disposition"].startswith("attachment;")
        async with client.get(found[0], headers={"Range": "bytes=20999990-"}) as answer:
            assert (answer.status, await answer.read()) == (206, body[-10:])
        await mina.person.redact(family.room, event)
        async with client.get(found[0]) as answer:
            assert answer.status == 410
            assert "در دسترس نیست" in await answer.text()
        async with client.get(found[0][:-4] + "AAAA") as answer:
            assert answer.status == 404
    assert found[0].rpartition("/")[2] not in world.bridge_log()


async def test_many_large_files_at_once_take_little_memory_and_hold_no_text_up(world: World) -> None:
    """A quick form of what `python -m tests.bench --only files` measures."""
    rubika, soroush = world["rubika"], world["soroush"]
    shared = [await world.share(f"پرونده {n}", "rubika", "soroush") for n in range(5)]
    talk = shared.pop()
    await world.settled()
    await world.bridge_stop()
    expected = []
    for n, each in enumerate(shared):
        body = random.Random(n).randbytes(LARGE)
        expected.append(hashlib.sha256(body).hexdigest())
        group = each.groups["rubika"]
        person = await rubika.person(group.admin)
        await rubika.control.say(group.id, person, "", kind="document", file=NewFile(body, "large.bin"))
    await world.bridge_start()
    process, highest, number, meanwhile = psutil.Process(world.bridge_pid), 0, 0, 0
    waiting = [asyncio.create_task(soroush.wait_for(each.groups["soroush"], has_file)) for each in shared]
    while not all(task.done() for task in waiting):
        number += 1
        await soroush.says(talk.groups["soroush"], talk.groups["soroush"].admin, f"در این میان، بار {number}")
        await rubika.copy_of(talk.groups["rubika"], f"در این میان، بار {number}")
        meanwhile += not all(task.done() for task in waiting)
        highest = max(highest, process.memory_info().rss)
    found = [task.result().file for task in waiting]
    assert [file.sha256 for file in found if file is not None] == expected
    assert highest < MOST_MEMORY
    assert meanwhile, "no text went by while the files were under way"
    await world.settled()


def has_file(line: Seen) -> bool:
    return line.file is not None
