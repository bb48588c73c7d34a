"""What can be sent to the simulated Soroush Plus, what people see of it, and what it refuses."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

if TYPE_CHECKING:
    from .conftest import SoroushWorld


async def test_html_is_shown_as_words_with_entities_and_kept_as_sent(soroush: SoroushWorld) -> None:
    raw = "<b>سارا</b>: 1 &lt; 2"
    sent = (await soroush.wire("sendMessage", chat_id=soroush.group, text=raw, parse_mode="HTML")).result
    assert (sent["text"], sent["entities"]) == ("سارا: 1 < 2", [{"type": "bold", "offset": 0, "length": 4}])
    [row] = await soroush.hand.transcript(soroush.group)
    assert (row.text, row.raw) == ("سارا: 1 < 2", raw)


async def test_markup_that_cannot_be_read_is_refused_and_nothing_is_sent(soroush: SoroushWorld) -> None:
    for more in (
        {"text": "1 < 2", "parse_mode": "HTML"},
        {"text": "a.b", "parse_mode": "MarkdownV2"},
        {"text": "x", "entities": [{"type": "bold", "offset": 0, "length": 9}]},
        {"text": "x", "parse_mode": "HTML", "entities": []},
    ):
        status, words = (await soroush.wire("sendMessage", chat_id=soroush.group, **more)).refusal
        assert status == 400
        assert words.startswith("Bad Request: can't parse entities")
    assert await soroush.hand.transcript(soroush.group) == []


async def test_a_texts_limit_counts_what_is_shown(soroush: SoroushWorld) -> None:
    bold = f"<b>{'ی' * 4096}</b>"
    for text, mode, status in (
        (bold, "HTML", 200),
        (bold, "", 400),
        ("ی" * 4097, "", 400),
        ("", "", 400),
        (" \n", "", 400),
        ("<b></b>", "HTML", 400),
    ):
        send = {"chat_id": soroush.group, "text": text, "parse_mode": mode}
        assert (await soroush.wire("sendMessage", **send)).status == status


async def test_a_reply_names_its_message_and_only_in_the_old_dialect(soroush: SoroushWorld) -> None:
    said = await soroush.hand.say(soroush.group, soroush.sara, "ناهار؟")
    send = {"chat_id": soroush.group, "text": "بله"}
    reply = (await soroush.wire("sendMessage", **send, reply_to_message_id=said.message_id)).result
    assert reply["reply_to_message"]["text"] == "ناهار؟"
    modern = {"reply_parameters": {"message_id": int(said.message_id)}, "link_preview_options": {"x": 1}}
    assert "reply_to_message" not in (await soroush.wire("sendMessage", **send, **modern)).result
    assert [r.reply_to for r in await soroush.hand.transcript(soroush.group)] == [None, said.message_id, None]


async def test_a_reply_to_nothing_is_refused_unless_allowed_without(soroush: SoroushWorld) -> None:
    send = {"chat_id": soroush.group, "text": "?", "reply_to_message_id": 999}
    assert (await soroush.wire("sendMessage", **send)).refusal[0] == 400
    sent = (await soroush.wire("sendMessage", **send, allow_sending_without_reply=True)).result
    assert "reply_to_message" not in sent


async def test_a_persons_reply_carries_the_message_it_answers(soroush: SoroushWorld) -> None:
    sent = (await soroush.wire("sendMessage", chat_id=soroush.group, text="one")).result
    await soroush.hand.say(soroush.group, soroush.sara, "two", reply_to=str(sent["message_id"]))
    [update] = await soroush.wire.updates()
    assert update["message"]["reply_to_message"]["from"]["id"] == int(soroush.bot.id)


async def test_a_bot_edits_and_deletes_its_own_words_only_and_as_admin_deletes_others(
    soroush: SoroushWorld,
) -> None:
    sent = (await soroush.wire("sendMessage", chat_id=soroush.group, text="one")).result["message_id"]
    said = await soroush.hand.say(soroush.group, soroush.sara, "hers")
    own, hers = ({"chat_id": soroush.group, "message_id": m} for m in (sent, said.message_id))
    edited = (await soroush.wire("editMessageText", **own, text="<i>two</i>", parse_mode="HTML")).result
    assert (edited["text"], edited["message_id"], "edit_date" in edited) == ("two", sent, True)
    assert (await soroush.wire("editMessageText", **hers, text="x")).refusal[0] == 400
    assert (await soroush.wire("editMessageText", chat_id=soroush.group, message_id=99, text="x")).refusal[0] == 404
    assert (await soroush.wire("deleteMessage", **hers)).refusal[0] == 400
    assert (await soroush.wire("deleteMessage", **own)).result is True
    assert (await soroush.wire("deleteMessage", **own)).refusal[0] == 404
    await soroush.hand.members(soroush.group, soroush.bot.id, "admin")
    assert (await soroush.wire("deleteMessage", **hers)).result is True
    assert [(r.text, r.deleted) for r in await soroush.hand.transcript(soroush.group)] == [
        ("two", True),
        ("hers", True),
    ]


async def test_an_edit_that_changes_nothing_is_refused_or_leaves_no_trace(soroush: SoroushWorld) -> None:
    sent = (await soroush.wire("sendMessage", chat_id=soroush.group, text="one")).result["message_id"]
    same = {"chat_id": soroush.group, "message_id": sent, "text": "one"}
    assert "not modified" in (await soroush.wire("editMessageText", **same)).refusal[1]
    await soroush.hand.options(same_edit="fine")
    assert "edit_date" not in (await soroush.wire("editMessageText", **same)).result
    await soroush.hand.options(same_edit="refused")
    bold = await soroush.wire("editMessageText", **same | {"text": "<b>one</b>"}, parse_mode="HTML")
    assert bold.result["entities"] == [{"type": "bold", "offset": 0, "length": 3}]
    assert "entities" not in (await soroush.wire("editMessageText", **same)).result


async def test_a_bot_hears_of_its_own_edits_only_where_that_is_switched_on(soroush: SoroushWorld) -> None:
    sent = (await soroush.wire("sendMessage", chat_id=soroush.group, text="one")).result["message_id"]
    edit = {"chat_id": soroush.group, "message_id": sent}
    await soroush.wire("editMessageText", **edit, text="two")
    assert await soroush.wire.updates() == []
    await soroush.hand.options(echo_edits=True)
    await soroush.wire("editMessageText", **edit, text="three")
    [update] = await soroush.wire.updates()
    assert update["edited_message"]["from"]["id"] == int(soroush.bot.id)


async def test_where_edits_have_a_time_limit_they_are_refused_after_it(soroush: SoroushWorld) -> None:
    sent = (await soroush.wire("sendMessage", chat_id=soroush.group, text="one")).result["message_id"]
    edit = {"chat_id": soroush.group, "message_id": sent}
    await soroush.hand.options(edit_seconds=60)
    assert (await soroush.wire("editMessageText", **edit, text="two")).result["text"] == "two"
    soroush.simulator.world.message(soroush.simulator.world.chats[soroush.group], str(sent)).at -= 61
    assert (await soroush.wire("editMessageText", **edit, text="three")).refusal[0] == 400


async def test_a_person_formats_anew_with_an_edit(soroush: SoroushWorld) -> None:
    said = await soroush.hand.say(soroush.group, soroush.sara, "one two", looks=[("bold", "one", "")])
    await soroush.hand.edit(soroush.group, said.message_id, "one two", looks=[("italic", "two", "")])
    assert (await soroush.hand.transcript(soroush.group))[0].looks == (("italic", "two", ""),)
    edited = (await soroush.wire.updates())[-1]["edited_message"]
    assert edited["entities"] == [{"type": "italic", "offset": 4, "length": 3}]


async def test_a_pressed_button_is_told_and_can_be_answered_once(soroush: SoroushWorld) -> None:
    await soroush.hand.start(soroush.sara, soroush.bot.id)
    keyboard = {"inline_keyboard": [[{"text": "بله", "callback_data": "ok:1"}]]}
    sent = (await soroush.wire("sendMessage", chat_id=soroush.sara, text="?", reply_markup=keyboard)).result
    await soroush.hand.press(soroush.sara, str(sent["message_id"]), "ok:1", soroush.sara)
    query = (await soroush.wire.updates())[-1]["callback_query"]
    assert (query["data"], query["message"]["message_id"]) == ("ok:1", sent["message_id"])
    answer = {"callback_query_id": query["id"]}
    assert (await soroush.wire("answerCallbackQuery", **answer)).result is True
    assert "query is too old" in (await soroush.wire("answerCallbackQuery", **answer)).refusal[1]


async def test_a_reply_keyboards_button_says_its_words(soroush: SoroushWorld) -> None:
    await soroush.hand.start(soroush.sara, soroush.bot.id)
    keyboard = json.dumps({"keyboard": [[{"text": "خیر"}]]})
    form = aiohttp.FormData({"chat_id": soroush.sara, "text": "?", "reply_markup": keyboard})
    assert "reply_markup" not in (await soroush.wire.form("sendMessage", form)).result
    await soroush.hand.tap(soroush.sara, "خیر", soroush.sara)
    assert (await soroush.wire.updates())[-1]["message"]["text"] == "خیر"


@pytest.mark.parametrize(
    "markup",
    [
        {"inline_keyboard": [[{"text": "x", "callback_data": "ی" * 33}]]},
        {"inline_keyboard": [[{"text": "x"}]]},
        {"keyboard": [["words alone"]]},
        {"force_reply": True},
        [],
    ],
)
async def test_a_wrong_keyboard_is_refused_and_nothing_is_sent(soroush: SoroushWorld, markup: object) -> None:
    sent = await soroush.wire("sendMessage", chat_id=soroush.group, text="x", reply_markup=markup)
    assert sent.refusal[0] == 400
    assert await soroush.hand.transcript(soroush.group) == []


def file_form(chat: str, kind: str, body: bytes = b"bytes", **more: str) -> aiohttp.FormData:
    form = aiohttp.FormData({"chat_id": chat, **more}, quote_fields=False)
    form.add_field(kind, io.BytesIO(body), filename="نام.bin", content_type="application/x-thing")
    return form


async def test_a_file_goes_up_by_multipart_and_comes_down_by_its_path(soroush: SoroushWorld) -> None:
    form = file_form(soroush.group, "document", caption="<b>x</b>", parse_mode="HTML")
    sent = (await soroush.wire.form("sendDocument", form)).result
    assert (sent["caption"], sent["document"]["file_name"]) == ("x", "نام.bin")
    found = (await soroush.wire("getFile", file_id=sent["document"]["file_id"])).result
    address = f"{soroush.wire.file_base}/{found['file_path']}"
    await soroush.hand.fault("empty_download")
    for body in (b"", b"bytes"):
        async with soroush.session.get(address) as answer:
            assert (answer.status, await answer.read()) == (200, body)
    again = {"chat_id": soroush.group, "document": sent["document"]["file_id"]}
    assert (await soroush.wire("sendDocument", **again)).result["document"] == sent["document"]
    assert (await soroush.wire("sendVoice", chat_id=soroush.group, voice=again["document"])).refusal[0] == 400
    assert (await soroush.wire("getFile", file_id="none")).refusal[0] == 400


async def test_files_and_captions_have_limits(soroush: SoroushWorld) -> None:
    large = file_form(soroush.group, "photo", b"x" * (10 * 1024 * 1024 + 1))
    assert (await soroush.wire.form("sendPhoto", large)).refusal[0] == 413
    captioned = file_form(soroush.group, "photo", caption="x" * 1025)
    assert (await soroush.wire.form("sendPhoto", captioned)).refusal[0] == 400
    assert await soroush.hand.transcript(soroush.group) == []
    heavy = file_form(soroush.group, "document", b"x" * (20 * 1024 * 1024 + 1))
    sent = (await soroush.wire.form("sendDocument", heavy)).result
    assert (await soroush.wire("getFile", file_id=sent["document"]["file_id"])).refusal[0] == 400


async def test_a_reply_with_media_works_or_is_ignored_or_refused(soroush: SoroushWorld) -> None:
    said = await soroush.hand.say(soroush.group, soroush.sara, "?")
    results = []
    for choice in ("works", "ignored", "refused"):
        await soroush.hand.options(media_replies=choice)
        form = file_form(soroush.group, "photo", reply_to_message_id=said.message_id)
        results.append(await soroush.wire.form("sendPhoto", form))
    assert "reply_to_message" in results[0].result
    assert "reply_to_message" not in results[1].result
    assert results[2].refusal[0] == 400


async def test_an_album_shares_its_group_id(soroush: SoroushWorld) -> None:
    media = [{"type": "photo", "media": "attach://a", "caption": "one"}, {"type": "document", "media": "attach://b"}]
    form = aiohttp.FormData({"chat_id": soroush.group, "media": json.dumps(media)})
    for part in "ab":
        form.add_field(part, part.encode(), filename=f"{part}.x", content_type="image/jpeg")
    first, second = (await soroush.wire.form("sendMediaGroup", form)).result
    assert first["media_group_id"] == second["media_group_id"]
    assert ("photo" in first, "document" in second, first["caption"]) == (True, True, "one")


@pytest.mark.parametrize("kind", ["photo", "voice", "sticker", "video_note", "animation", "location", "contact"])
async def test_what_people_send_besides_text_has_its_object(soroush: SoroushWorld, kind: str) -> None:
    await soroush.hand.say(soroush.group, soroush.sara, "", kind=kind)
    message = (await soroush.wire.updates())[0]["message"]
    assert kind in message
    assert "text" not in message


async def test_places_contacts_forwards_and_copies_are_sent(soroush: SoroushWorld) -> None:
    chat = {"chat_id": soroush.group}
    place = (await soroush.wire("sendLocation", **chat, latitude=35.7, longitude="51.4")).result
    assert place["location"] == {"latitude": 35.7, "longitude": 51.4}
    assert (await soroush.wire("sendLocation", **chat, latitude="x", longitude=1)).refusal[0] == 400
    contact = (await soroush.wire("sendContact", **chat, phone_number="98912", first_name="Ali")).result
    take = {**chat, "from_chat_id": soroush.group, "message_id": contact["message_id"]}
    assert (await soroush.wire("forwardMessage", **take)).result["contact"] == contact["contact"]
    assert set((await soroush.wire("copyMessage", **take)).result) == {"message_id"}


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff\xfe", b"[" * 5000])
async def test_a_body_that_is_no_object_is_a_bad_request(soroush: SoroushWorld, body: bytes) -> None:
    headers: dict[str, Any] = {"Content-Type": "application/json"}
    answer = await soroush.wire.send("POST", "sendMessage", data=body, headers=headers)
    assert answer.refusal[0] == 400


async def test_media_are_edited_with_their_caption(soroush: SoroushWorld) -> None:
    sent = (await soroush.wire.form("sendPhoto", file_form(soroush.group, "photo", caption="one"))).result
    own = {"chat_id": soroush.group, "message_id": sent["message_id"]}
    assert (await soroush.wire("editMessageCaption", **own, caption="two")).result["caption"] == "two"
    new = {"type": "photo", "media": "https://x.example/y.jpg", "caption": "three"}
    edited = (await soroush.wire("editMessageMedia", **own, media=new)).result
    assert edited["caption"] == "three"
    assert edited["photo"] != sent["photo"]
    assert (await soroush.wire("editMessageText", **own, text="x")).refusal[0] == 400
