"""Every way that tells what people and chats look like: our connector against that platform's simulator."""

from __future__ import annotations

import base64
import io

import pytest

from bridge.model import MessageSaid, Picture
from tests.platforms.contract import ABLE, EVERY, Bench
from tests.platforms.files import picture

showing = pytest.mark.parametrize("bench", [name for name in EVERY if ABLE[name].pictures], indirect=True)


async def sara(bench: Bench) -> str:
    """Sara as we are told of her when she speaks."""
    await bench.hand.say(bench.group, bench.sara, "سلام")
    *_, said = [each for each in await bench.said() if isinstance(each, MessageSaid)]
    assert said.sender is not None
    return said.sender.id


async def look(bench: Bench, of: str) -> Picture | None:
    known = await bench.session.chat(of)
    assert known is not None
    return known.picture


async def wear(bench: Bench, of: str, body: bytes | None) -> None:
    await bench.hand.own("picture", of=of, base64=None if body is None else base64.b64encode(body).decode())


async def bytes_of(bench: Bench, shown: Picture) -> bytes:
    into = io.BytesIO()
    await bench.session.download(shown.file, into, 10_000_000)
    return into.getvalue()


@showing
async def test_people_and_groups_look_as_they_do_there(bench: Bench) -> None:
    person = await sara(bench)
    for id, of in ((person, bench.sara), (bench.chat, bench.group)):
        assert await look(bench, id) is None
        await wear(bench, of, picture("JPEG"))
        await sara(bench)
        shown = await look(bench, id)
        assert shown is not None
        assert await bytes_of(bench, shown) == picture("JPEG")


@showing
async def test_a_picture_has_the_same_key_until_another_takes_its_place(bench: Bench) -> None:
    person = await sara(bench)
    await wear(bench, bench.sara, picture("JPEG"))
    await sara(bench)
    first, again = await look(bench, person), await look(bench, person)
    await wear(bench, bench.sara, picture("PNG"))
    await sara(bench)
    other = await look(bench, person)
    assert first is not None
    assert again is not None
    assert other is not None
    assert first.key == again.key != other.key
    assert await bytes_of(bench, other) == picture("PNG")
    await wear(bench, bench.sara, None)
    await sara(bench)
    assert await look(bench, person) is None


@showing
async def test_nobody_has_no_picture(bench: Bench) -> None:
    assert await bench.session.chat("999999999999") is None
