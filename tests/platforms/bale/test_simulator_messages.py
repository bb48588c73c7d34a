"""What can be sent to the simulated Bale, what people see of it, and what it refuses."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bridge.platforms.bale.simulator_text import shown

if TYPE_CHECKING:
    from .conftest import BaleWorld


async def test_a_text_can_be_sent_in_all_four_encodings(bale: BaleWorld) -> None:
    given = {"chat_id": bale.group, "text": "سلام"}
    multipart = aiohttp.FormData(given, default_to_multipart=True)
    answers = [
        await bale.wire.send("GET", "sendMessage", params=given),
        await bale.wire.send("POST", "sendMessage", data=given),
        await bale.wire.send("POST", "sendMessage", json={"chat_id": int(bale.group), "text": "سلام"}),
        await bale.wire.form("sendMessage", multipart),
        await bale.wire.send("GET", "sendMessage", json=given),
    ]
    first = answers[0].result["message_id"]
    assert [a.result["message_id"] for a in answers] == [first + n for n in range(5)]
    assert [(r.text, r.by, r.sender_id) for r in await bale.hand.transcript(bale.group)] == [
        ("سلام", "api", bale.bot.id)
    ] * 5


async def test_text_has_1_to_4096_characters(bale: BaleWorld) -> None:
    for text, status in (("", 400), ("ی" * 4096, 200), ("ی" * 4097, 400), (None, 400)):
        assert (await bale.wire("sendMessage", chat_id=bale.group, text=text)).status == status
    assert len(await bale.hand.transcript(bale.group)) == 1


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        ("*bold* and _italic_", "bold and italic"),
        ("2*3*4 snake_case_name", "2*3*4 snake_case_name"),
        ("*bold*. not", "*bold*. not"),
        ("* not *", "* not *"),
        ("\\*kept\\*", "\\*kept\\*"),
        ("[site](https://example.org) [no] (gap)", "site [no] (gap)"),
        ("```[title]long story```", "title"),
        ("*a b* *c*", "a b c"),
        ("نام\n*پررنگ*", "نام\nپررنگ"),
    ],
)
async def test_every_text_is_shown_as_bale_markdown_and_kept_as_sent(bale: BaleWorld, raw: str, seen: str) -> None:
    sent = (await bale.wire("sendMessage", chat_id=bale.group, text=raw, parse_mode="HTML")).result
    assert sent["text"] == raw
    [row] = await bale.hand.transcript(bale.group)
    assert (row.text, row.raw) == (seen, raw)
    assert shown(raw) == seen


async def test_a_reply_names_its_message_and_only_in_the_old_dialect(bale: BaleWorld) -> None:
    said = await bale.hand.say(bale.group, bale.sara, "ناهار؟")
    reply = (await bale.wire("sendMessage", chat_id=bale.group, text="بله", reply_to_message_id=said.message_id)).result
    assert reply["reply_to_message"]["text"] == "ناهار؟"
    modern = {"message_id": int(said.message_id)}
    lost = (await bale.wire("sendMessage", chat_id=bale.group, text="خیر", reply_parameters=modern)).result
    assert "reply_to_message" not in lost
    assert [r.reply_to for r in await bale.hand.transcript(bale.group)] == [None, said.message_id, None]


async def test_a_reply_to_a_message_that_is_not_in_the_chat_is_refused_or_by_choice_not_a_reply(
    bale: BaleWorld,
) -> None:
    assert (await bale.wire("sendMessage", chat_id=bale.group, text="?", reply_to_message_id=999)).refusal[0] == 400
    await bale.hand.options(unknown_reply="drop")
    sent = await bale.wire("sendMessage", chat_id=bale.group, text="?", reply_to_message_id=999)
    assert "reply_to_message" not in sent.result


async def test_a_persons_reply_carries_the_message_it_answers(bale: BaleWorld) -> None:
    first = await bale.hand.say(bale.group, bale.sara, "one")
    await bale.hand.say(bale.group, bale.sara, "two", reply_to=first.message_id)
    second = (await bale.wire.updates(1))[1]["message"]
    assert second["reply_to_message"]["message_id"] == int(first.message_id)
    assert "reply_to_message" not in second["reply_to_message"]


async def test_edits_are_told_but_deletions_are_not(bale: BaleWorld) -> None:
    said = await bale.hand.say(bale.group, bale.sara, "wrogn")
    await bale.hand.edit(bale.group, said.message_id, "wrong")
    await bale.hand.delete(bale.group, said.message_id)
    first, second = await bale.wire.updates(1)
    assert first["message"]["text"] == "wrogn"
    assert (second["edited_message"]["text"], second["edited_message"]["message_id"]) == (
        "wrong",
        int(said.message_id),
    )
    assert "edit_date" in second["edited_message"]


async def test_a_bot_edits_its_own_words_and_is_answered_with_a_stub(bale: BaleWorld) -> None:
    sent = (await bale.wire("sendMessage", chat_id=bale.group, text="one")).result["message_id"]
    said = await bale.hand.say(bale.group, bale.sara, "hers")
    edited = await bale.wire("editMessageText", chat_id=bale.group, message_id=sent, text="*two*")
    assert edited.result["message_id"] == 0
    assert "text" not in edited.result
    assert (await bale.hand.transcript(bale.group))[0].text == "two"
    theirs = {"chat_id": bale.group, "message_id": said.message_id, "text": "x"}
    assert (await bale.wire("editMessageText", **theirs)).refusal[0] == 400
    await bale.hand.options(edit_stub=False)
    again = await bale.wire("editMessageText", chat_id=bale.group, message_id=sent, text="three")
    assert again.result["text"] == "three"


async def test_an_edit_that_changes_nothing_is_refused_or_leaves_no_trace(bale: BaleWorld) -> None:
    sent = (await bale.wire("sendMessage", chat_id=bale.group, text="*one*")).result["message_id"]
    same = {"chat_id": bale.group, "message_id": sent, "text": "*one*"}
    assert (await bale.wire("editMessageText", **same)).refusal == (400, "Bad Request: message is not modified")
    await bale.hand.options(same_edit="fine")
    assert (await bale.wire("editMessageText", **same)).result["message_id"] == 0
    assert (await bale.hand.transcript(bale.group))[0].edited_at is None
    keyboard = {"inline_keyboard": [[{"text": "a", "callback_data": "a"}]]}
    await bale.hand.options(same_edit="refused", edit_stub=False)
    assert "reply_markup" in (await bale.wire("editMessageText", **same, reply_markup=keyboard)).result
    assert (await bale.wire("editMessageText", **same, reply_markup=keyboard)).refusal[0] == 400
    assert "reply_markup" not in (await bale.wire("editMessageText", **same)).result


async def test_a_bot_hears_of_its_own_edits_only_where_that_is_switched_on(bale: BaleWorld) -> None:
    sent = (await bale.wire("sendMessage", chat_id=bale.group, text="one")).result["message_id"]
    await bale.wire("editMessageText", chat_id=bale.group, message_id=sent, text="two")
    assert await bale.wire.updates(1) == []
    await bale.hand.options(echo_edits=True)
    await bale.wire("editMessageText", chat_id=bale.group, message_id=sent, text="three")
    [update] = await bale.wire.updates(1)
    assert update["edited_message"]["from"]["id"] == int(bale.bot.id)


async def test_an_edit_over_the_limit_is_refused_and_changes_nothing(bale: BaleWorld) -> None:
    sent = (await bale.wire("sendMessage", chat_id=bale.group, text="one")).result["message_id"]
    edit = {"chat_id": bale.group, "message_id": sent}
    for text in ("", "x" * 4097):
        assert (await bale.wire("editMessageText", **edit, text=text)).refusal[0] == 400
    assert [seen.text for seen in await bale.hand.transcript(bale.group)] == ["one"]


async def test_a_person_formats_anew_with_an_edit(bale: BaleWorld) -> None:
    said = await bale.hand.say(bale.group, bale.sara, "one two", looks=[("bold", "one", "")])
    await bale.hand.edit(bale.group, said.message_id, "one two", looks=[("italic", "two", "")])
    assert (await bale.hand.transcript(bale.group))[0].looks == (("italic", "two", ""),)
    assert (await bale.wire.updates(1))[-1]["edited_message"]["text"] == "one _two_"


async def test_a_bot_deletes_its_own_words_within_48_hours_and_others_as_admin(bale: BaleWorld) -> None:
    sent = [(await bale.wire("sendMessage", chat_id=bale.group, text=t)).result["message_id"] for t in "ab"]
    said = await bale.hand.say(bale.group, bale.sara, "hers")
    delete = {"chat_id": bale.group}
    assert (await bale.wire("deleteMessage", **delete, message_id=sent[0])).result is True
    assert (await bale.wire("deleteMessage", **delete, message_id=sent[0])).refusal[0] == 400
    assert (await bale.wire("deleteMessage", **delete, message_id=said.message_id)).refusal[0] == 403
    await bale.hand.members(bale.group, bale.bot.id, "admin")
    assert (await bale.wire("deleteMessage", **delete, message_id=said.message_id)).result is True
    bale.clock.now += 48 * 3600 + 1
    assert (await bale.wire("deleteMessage", **delete, message_id=sent[1])).refusal[0] == 400
    assert [r.deleted for r in await bale.hand.transcript(bale.group)] == [True, False, True]


async def test_a_pressed_button_is_told_and_must_be_answered_once(bale: BaleWorld) -> None:
    await bale.hand.start(bale.sara, bale.bot.id)
    keyboard = {"inline_keyboard": [[{"text": "بله", "callback_data": "ok:1"}, {"text": "?", "callback_data": "no"}]]}
    sent = (await bale.wire("sendMessage", chat_id=bale.sara, text="ok?", reply_markup=keyboard)).result
    await bale.hand.press(bale.sara, str(sent["message_id"]), "بله", bale.sara)
    query = (await bale.wire.updates(2))[0]["callback_query"]
    assert (query["data"], query["from"]["id"]) == ("ok:1", int(bale.sara))
    assert query["message"]["message_id"] == sent["message_id"]
    assert "chat_instance" not in query
    answer = {"callback_query_id": query["id"], "text": "thanks"}
    assert (await bale.wire("answerCallbackQuery", **answer)).result is True
    assert (await bale.wire("answerCallbackQuery", **answer)).refusal[0] == 400


@pytest.mark.parametrize(
    "markup",
    [
        {"inline_keyboard": [[{"text": "x", "callback_data": "ی" * 33}]]},
        {"inline_keyboard": [[{"callback_data": "x"}]]},
        {"inline_keyboard": {}},
        [],
        {"force_reply": True},
    ],
)
async def test_a_wrong_keyboard_is_refused_and_nothing_is_sent(bale: BaleWorld, markup: object) -> None:
    sent = await bale.wire("sendMessage", chat_id=bale.group, text="x", reply_markup=markup)
    assert sent.refusal[0] == 400
    assert await bale.hand.transcript(bale.group) == []


async def test_a_reply_keyboards_button_says_its_words(bale: BaleWorld) -> None:
    await bale.hand.start(bale.sara, bale.bot.id)
    keyboard = json.dumps({"keyboard": [["بله"], [{"text": "خیر"}]]})
    form = aiohttp.FormData({"chat_id": bale.sara, "text": "ok?", "reply_markup": keyboard})
    assert "reply_markup" not in (await bale.wire.form("sendMessage", form)).result
    await bale.hand.tap(bale.sara, "خیر", bale.sara)
    assert (await bale.wire.updates(2))[0]["message"]["text"] == "خیر"


def photo_form(chat: str, body: bytes = b"jpeg", **more: str) -> aiohttp.FormData:
    form = aiohttp.FormData({"chat_id": chat, **more}, quote_fields=False)
    form.add_field("photo", io.BytesIO(body), filename="عکس.jpg", content_type="image/jpeg")
    return form


async def test_a_photo_goes_up_by_multipart_and_comes_down_by_its_id(bale: BaleWorld) -> None:
    sent = (await bale.wire.form("sendPhoto", photo_form(bale.group, caption="*نگاه*"))).result
    assert sent["caption"] == "*نگاه*"
    assert "text" not in sent
    file_id = sent["photo"][-1]["file_id"]
    found = (await bale.wire("getFile", file_id=file_id)).result
    assert (found["file_path"], found["file_size"]) == (file_id, 4)
    async with bale.session.get(f"{bale.wire.file_base}/{file_id}") as answer:
        assert await answer.read() == b"jpeg"
    [row] = await bale.hand.transcript(bale.group)
    assert (row.kind, row.text, row.raw) == ("photo", "نگاه", "*نگاه*")
    bale.clock.now += 3601
    async with bale.session.get(f"{bale.wire.file_base}/{file_id}") as answer:
        assert answer.status == 404


async def test_a_string_for_a_file_in_json_is_malformed_unless_switched_on(bale: BaleWorld) -> None:
    sent = (await bale.wire.form("sendPhoto", photo_form(bale.group))).result
    again = {"chat_id": bale.group, "photo": sent["photo"][-1]["file_id"]}
    assert (await bale.wire("sendPhoto", **again)).refusal == (400, "Bad Request: malformed request")
    assert (await bale.wire.send("POST", "sendPhoto", data=again)).status == 200
    await bale.hand.options(string_media_in_json=True)
    assert (await bale.wire("sendPhoto", **again)).status == 200
    wrong_kind = {"chat_id": bale.group, "voice": again["photo"]}
    assert (await bale.wire.send("POST", "sendVoice", data=wrong_kind)).refusal[0] == 400


async def test_files_and_captions_have_limits(bale: BaleWorld) -> None:
    large = photo_form(bale.group, b"x" * (10 * 1024 * 1024 + 1))
    assert (await bale.wire.form("sendPhoto", large)).refusal[0] == 413
    assert (await bale.wire.form("sendPhoto", photo_form(bale.group, caption="x" * 4097))).refusal[0] == 400
    await bale.hand.options(caption_limit=1000)
    assert (await bale.wire.form("sendPhoto", photo_form(bale.group, caption="x" * 1001))).refusal[0] == 400
    assert await bale.hand.transcript(bale.group) == []


async def test_an_album_shares_its_group_id(bale: BaleWorld) -> None:
    media = [{"type": "photo", "media": "attach://a", "caption": "one"}, {"type": "photo", "media": "attach://b"}]
    form = aiohttp.FormData({"chat_id": bale.group, "media": json.dumps(media)})
    for part in "ab":
        form.add_field(part, part.encode(), filename=f"{part}.jpg", content_type="image/jpeg")
    first, second = (await bale.wire.form("sendMediaGroup", form)).result
    assert first["media_group_id"] == second["media_group_id"]
    assert first["photo"][-1]["file_id"] != second["photo"][-1]["file_id"]


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("photo", "photo"),
        ("voice", "voice"),
        ("sticker", "sticker"),
        ("document", "document"),
        ("video", "video"),
        ("animation", "document"),
        ("location", "location"),
        ("contact", "contact"),
    ],
)
async def test_what_people_send_besides_text_has_its_bare_object(bale: BaleWorld, kind: str, field: str) -> None:
    await bale.hand.say(bale.group, bale.sara, "زیرنویس" if kind == "photo" else "", kind=kind)
    message = (await bale.wire.updates(1))[0]["message"]
    assert field in message
    assert "text" not in message
    assert ("caption" in message) is (kind == "photo")
    if kind == "voice":
        assert set(message["voice"]) == {"file_id", "file_unique_id"}


async def test_messages_are_forwarded_and_copied(bale: BaleWorld) -> None:
    said = await bale.hand.say(bale.group, bale.sara, "متن")
    work = await bale.hand.chats("group", "Work", creator=bale.sara)
    await bale.hand.members(work, bale.bot.id)
    take = {"chat_id": work, "from_chat_id": bale.group, "message_id": said.message_id}
    forwarded = (await bale.wire("forwardMessage", **take)).result
    assert (forwarded["text"], forwarded["forward_from"]["id"]) == ("متن", int(bale.sara))
    assert set((await bale.wire("copyMessage", **take)).result) == {"message_id"}
    assert (await bale.wire("copyMessage", **(take | {"message_id": 1}))).refusal[0] == 400
    assert [r.text for r in await bale.hand.transcript(work)] == ["متن", "متن"]


async def test_a_chat_action_wants_the_chat_as_a_string(bale: BaleWorld) -> None:
    act = {"action": "typing"}
    assert (await bale.wire("sendChatAction", chat_id=bale.group, **act)).result is True
    assert (await bale.wire("sendChatAction", chat_id=int(bale.group), **act)).refusal[0] == 400
    assert (await bale.wire("sendChatAction", chat_id=bale.group, action="dancing")).refusal[0] == 400
    await bale.hand.options(numeric_chat_action=True)
    assert (await bale.wire("sendChatAction", chat_id=int(bale.group), **act)).result is True


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"\xff\xfe", b"[" * 5000])
async def test_a_body_that_is_no_object_is_malformed(bale: BaleWorld, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await bale.wire.send("POST", "sendMessage", data=body, headers=headers)
    assert answer.refusal == (400, "Bad Request: malformed request")
