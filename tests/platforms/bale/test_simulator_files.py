"""Files on the simulated Bale, over bare HTTP."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bridge.model import MediaKind
from tests.platforms.files import FILES

if TYPE_CHECKING:
    from .conftest import BaleWorld


def form(kind: MediaKind, chat: str, body: bytes | None = None, **more: str) -> aiohttp.FormData:
    made = FILES[kind]
    form = aiohttp.FormData({"chat_id": chat, **more}, quote_fields=False)
    content = io.BytesIO(made.body if body is None else body)
    form.add_field(kind, content, filename=made.name, content_type=made.mime)
    return form


async def test_a_file_is_in_the_transcript_also_when_it_is_sent_on(bale: BaleWorld) -> None:
    sent = (await bale.wire.form("sendVideo", form("video", bale.group))).result
    take = {"chat_id": bale.group, "from_chat_id": bale.group, "message_id": str(sent["message_id"])}
    again = {"chat_id": bale.group, "video": sent["video"]["file_id"]}
    await bale.wire("forwardMessage", **take)
    await bale.wire("copyMessage", **take)
    await bale.wire.send("POST", "sendVideo", data=again)
    assert [row.file for row in await bale.hand.transcript(bale.group)] == [FILES["video"].seen()] * 4


async def test_an_album_holds_the_files_of_its_parts(bale: BaleWorld) -> None:
    media = [{"type": "photo", "media": "attach://a"}, {"type": "video", "media": "attach://b"}]
    parts = aiohttp.FormData({"chat_id": bale.group, "media": json.dumps(media)}, quote_fields=False)
    for name, made in (("a", FILES["photo"]), ("b", FILES["video"])):
        parts.add_field(name, io.BytesIO(made.body), filename=made.name, content_type=made.mime)
    await bale.wire.form("sendMediaGroup", parts)
    seen = [row.file for row in await bale.hand.transcript(bale.group)]
    assert seen == [FILES["photo"].seen(), FILES["video"].seen()]


async def test_a_photo_has_its_measures_and_a_smaller_size_first(bale: BaleWorld) -> None:
    sizes = (await bale.wire.form("sendPhoto", form("photo", bale.group))).result["photo"]
    assert [(size["width"], size["height"]) for size in sizes] == [(40, 30), (40, 30)]
    assert [size.get("file_size") for size in sizes] == [None, len(FILES["photo"].body)]
    unread = (await bale.wire.form("sendPhoto", form("photo", bale.group, b"jpeg"))).result["photo"]
    assert [(size["width"], size["height"]) for size in unread] == [(90, 68), (1280, 960)]


@pytest.mark.parametrize("kind", ["audio", "video", "voice"])
async def test_what_is_not_of_the_named_type_is_refused(bale: BaleWorld, kind: MediaKind) -> None:
    refused = await bale.wire.form(f"send{kind}", form(kind, bale.group, FILES["document"].body))
    assert refused.refusal == (400, f"Bad Request: wrong type of the {kind}")
    assert (await bale.wire.form(f"send{kind}", form(kind, bale.group))).status == 200


async def test_an_empty_file_and_a_measure_that_is_none_are_refused(bale: BaleWorld) -> None:
    assert (await bale.wire.form("sendDocument", form("document", bale.group, b""))).refusal[0] == 400
    for odd in ({"duration": "-1"}, {"width": "wide"}):
        assert (await bale.wire.form("sendVideo", form("video", bale.group, None, **odd))).refusal[0] == 400
    assert await bale.hand.transcript(bale.group) == []


async def test_words_below_an_animation_are_not_documented_and_can_be_put_there_later(bale: BaleWorld) -> None:
    sent = (await bale.wire.form("sendAnimation", form("animation", bale.group, caption="*x*"))).result
    assert "caption" not in sent
    edit = {"chat_id": bale.group, "message_id": sent["message_id"], "caption": "*y*"}
    assert (await bale.wire("editMessageCaption", **edit)).status == 200
    await bale.hand.options(animation_captions=True)
    assert (await bale.wire.form("sendAnimation", form("animation", bale.group, caption="z"))).result["caption"] == "z"
    assert [row.text for row in await bale.hand.transcript(bale.group)] == ["y", "z"]


async def test_what_people_send_without_saying_what_can_be_fetched(bale: BaleWorld) -> None:
    for kind in FILES.keys() - {"video_note"}:
        await bale.hand.say(bale.group, bale.sara, "", kind=kind)
    for update in await bale.wire.updates(1):
        message = update["message"]
        told = next(message[kind] for kind in ("animation", *FILES) if kind in message)
        id = (told[-1] if isinstance(told, list) else told)["file_id"]
        size = (await bale.wire("getFile", file_id=id)).result["file_size"]
        async with bale.session.get(f"{bale.wire.file_base}/{id}") as answer:
            assert (answer.status, len(await answer.read())) == (200, size)
        assert size > 0
