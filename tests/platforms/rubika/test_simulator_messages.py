"""What a bot can send through the simulated Rubika, and what it refuses."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bridge.platforms.rubika.simulator import RubikaSimulator
from bridge.sandbox.control import Control, ControlRefused

if TYPE_CHECKING:
    from .conftest import Family, Listener, Wire


KEYPAD = {"rows": [{"buttons": [{"id": "yes", "type": "Simple", "button_text": "بله"}]}]}
LINK = {"id": "1", "type": "Link", "button_text": "x"}


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"chat_id":', "application/json"),
        (b"[]", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"text=hi", "application/x-www-form-urlencoded"),
    ],
)
async def test_a_body_that_is_no_json_object_is_refused(
    wire: Wire, session: aiohttp.ClientSession, body: bytes, content_type: str
) -> None:
    url = f"{wire.url}/v3/{wire.token}/sendMessage"
    async with session.post(url, data=body, headers={"Content-Type": content_type}) as answer:
        assert (answer.status, (await answer.json())["status"]) == (200, "INVALID_INPUT")


async def test_nobody_writes_first_and_nobody_where_they_are_not(wire: Wire, hand: Control, family: Family) -> None:
    stranger = await hand.chats("group", "Strangers", creator=family.sara)
    other = await hand.bots("Other")
    others_chat = await hand.start(family.sara, other.id)
    for chat in (stranger, others_chat):
        assert await wire.refused("sendMessage", chat_id=chat, text="x") == "INVALID_ACCESS"
        assert await wire.refused("getChat", chat_id=chat) == "INVALID_ACCESS"
    for chat in (family.sara, "g0nothing", family.group.swapcase(), "@sara_x"):
        assert await wire.refused("sendMessage", chat_id=chat, text="x") == "INVALID_INPUT"


async def test_only_admins_write_in_a_channel_and_its_posts_name_no_sender(
    wire: Wire, hand: Control, family: Family
) -> None:
    channel = await hand.chats("channel", "News", username="news_ch", creator=family.sara)
    await hand.members(channel, family.bot)
    assert await wire.refused("sendMessage", chat_id=channel, text="x") == "INVALID_ACCESS"
    await hand.members(channel, family.bot, "admin")
    await wire.ok("sendMessage", chat_id="@news_ch", text="x")
    await hand.say(channel, family.sara, "post")
    post = (await wire.updates())[-1]
    assert post["chat_id"] == channel
    assert "sender_id" not in post["new_message"]


async def test_text_and_replies_have_limits(wire: Wire, hand: Control, family: Family) -> None:
    group = family.group
    await wire.ok("sendMessage", chat_id=group, text="🙂" * 4096)
    assert await wire.refused("sendMessage", chat_id=group, text="🙂" * 4097) == "INVALID_INPUT"
    assert await wire.refused("sendMessage", chat_id=group, text="") == "INVALID_INPUT"
    assert await wire.refused("sendMessage", chat_id=group) == "INVALID_INPUT"
    assert await wire.refused("sendMessage", chat_id=group, text=5) == "INVALID_INPUT"
    huge = io.BytesIO(json.dumps({"chat_id": group, "text": "x" * 10_000_000}).encode())
    url = f"{wire.url}/v3/{wire.token}/sendMessage"
    async with wire.session.post(url, data=huge, headers={"Content-Type": "application/json"}) as answer:
        assert (await answer.json())["status"] == "INVALID_INPUT"
    await hand.options(limits_in_utf16=True)
    assert await wire.refused("sendMessage", chat_id=group, text="🙂" * 4096) == "INVALID_INPUT"
    said = await hand.say(group, family.sara, "?")
    await wire.ok("sendMessage", chat_id=group, text="!", reply_to_message_id=said.message_id)
    assert (await hand.transcript(group))[-1].reply_to == said.message_id
    for wrong in (int(said.message_id), "1", ""):
        assert await wire.refused("sendMessage", chat_id=group, text="!", reply_to_message_id=wrong) == "INVALID_INPUT"


async def test_a_null_is_refused_or_taken_as_left_out(wire: Wire, hand: Control, family: Family) -> None:
    message = {"chat_id": family.group, "text": "x", "reply_to_message_id": None}
    assert await wire.refused("sendMessage", **message) == "INVALID_INPUT"
    await hand.options(null_parameters="ignored")
    await wire.ok("sendMessage", **message)


async def test_formatting_is_kept_and_shown_to_others(wire: Wire, hand: Control, family: Family) -> None:
    other = await hand.bots("Other")
    await hand.members(family.group, other.id)
    parts = [
        {"type": "Bold", "from_index": 0, "length": 2},
        {"type": "Link", "from_index": 3, "length": 4, "link_url": "https://example.org"},
        {"type": "MentionText", "from_index": 3, "length": 2, "mention_text_user_id": family.sara},
    ]
    await wire.ok("sendMessage", chat_id=family.group, text="🙂 link", metadata={"meta_data_parts": parts})
    seen = (await wire.of(other.token).updates())[-1]
    assert seen["new_message"]["metadata"] == {"meta_data_parts": parts}


@pytest.mark.parametrize(
    "metadata",
    [
        [],
        {"meta_data_parts": "Bold"},
        {"meta_data_parts": [{"type": "Huge", "from_index": 0, "length": 1}]},
        {"meta_data_parts": [{"type": "Bold", "from_index": "0", "length": 1}]},
        {"meta_data_parts": [{"type": "Bold", "from_index": 1, "length": 2}]},
        {"meta_data_parts": [{"type": "Bold", "from_index": 0, "length": 0}]},
        {"meta_data_parts": [{"type": "Link", "from_index": 0, "length": 1}]},
        {"meta_data_parts": [{"type": "MentionText", "from_index": 0, "length": 1}]},
        {"meta_data_parts": [{"type": "Bold", "from_index": 0, "length": 1}] * 31},
    ],
)
async def test_impossible_formatting_is_refused(wire: Wire, family: Family, metadata: Any) -> None:
    assert await wire.refused("sendMessage", chat_id=family.group, text="ab", metadata=metadata) == "INVALID_INPUT"


async def test_edits_and_deletions_go_both_ways(wire: Wire, hand: Control, family: Family) -> None:
    said = await hand.say(family.group, family.sara, "wrogn")
    mine = (await wire.ok("sendMessage", chat_id=family.group, text="draft"))["message_id"]
    cursor = await wire.drain()
    await hand.edit(family.group, said.message_id, "wrong")
    edited = (await wire.updates(offset_id=cursor))[0]
    assert (edited["type"], edited["updated_message"]["text"], edited["updated_message"]["is_edited"]) == (
        "UpdatedMessage",
        "wrong",
        True,
    )
    assert await wire.ok("editMessageText", chat_id=family.group, message_id=mine, text="final") == {}
    # One client sends numbers, and works.
    await wire.ok("editMessageText", chat_id=family.group, message_id=int(mine), text="final!")
    edit = {"chat_id": family.group, "message_id": said.message_id, "text": "no"}
    assert await wire.refused("editMessageText", **edit) == "INVALID_ACCESS"
    assert await wire.refused("editMessageText", **edit | {"message_id": "1"}) == "INVALID_INPUT"
    await hand.members(family.group, family.bot, "member")
    removal = {"chat_id": family.group, "message_id": said.message_id}
    assert await wire.refused("deleteMessage", **removal) == "INVALID_ACCESS"
    await hand.members(family.group, family.bot, "admin")
    await wire.ok("deleteMessage", **removal)
    await hand.delete(family.group, mine)
    removed = (await wire.updates())[-1]
    assert (removed["type"], removed["removed_message_id"]) == ("RemovedMessage", mine)
    assert [(r.text, r.deleted) for r in await hand.transcript(family.group)] == [("wrong", True), ("final!", True)]


async def test_an_edit_that_changes_nothing_leaves_no_trace_or_is_refused(
    wire: Wire, hand: Control, family: Family
) -> None:
    await hand.options(echo_own=True)
    mine = (await wire.ok("sendMessage", chat_id=family.group, text="one"))["message_id"]
    cursor = await wire.drain()
    same = {"chat_id": family.group, "message_id": mine, "text": "one"}
    assert await wire.ok("editMessageText", **same) == {}
    assert await wire.updates(offset_id=cursor) == []
    await hand.options(same_edit="refused")
    assert await wire.refused("editMessageText", **same) == "INVALID_INPUT"
    bold = {"meta_data_parts": [{"type": "Bold", "from_index": 0, "length": 3}]}
    assert await wire.ok("editMessageText", **same, metadata=bold) == {}
    (update,) = await wire.updates(offset_id=cursor)
    assert update["updated_message"]["metadata"] == bold
    assert await wire.refused("editMessageText", **same | {"text": "x" * 4097}) == "INVALID_INPUT"


async def test_where_edits_have_a_time_limit_they_are_refused_after_it(
    simulator: RubikaSimulator, wire: Wire, hand: Control, family: Family
) -> None:
    mine = (await wire.ok("sendMessage", chat_id=family.group, text="one"))["message_id"]
    await hand.options(edit_seconds=3600)
    edit = {"chat_id": family.group, "message_id": mine}
    assert await wire.ok("editMessageText", **edit, text="two") == {}
    simulator.world.message(simulator.world.chats[family.group], mine).at -= 3601
    assert await wire.refused("editMessageText", **edit, text="three") == "INVALID_ACCESS"


async def test_a_person_formats_anew_with_an_edit(wire: Wire, hand: Control, family: Family) -> None:
    said = await hand.say(family.group, family.sara, "one two", looks=[("bold", "one", "")])
    await hand.edit(family.group, said.message_id, "two", looks=[("italic", "two", "")])
    assert (await hand.transcript(family.group))[0].looks == (("italic", "two", ""),)
    edited = (await wire.updates())[-1]["updated_message"]
    assert edited["metadata"]["meta_data_parts"] == [{"type": "Italic", "from_index": 0, "length": 3}]
    await hand.edit(family.group, said.message_id, "plain")
    assert "metadata" not in (await wire.updates())[-1]["updated_message"]


async def test_a_forward_keeps_its_origin(wire: Wire, hand: Control, family: Family) -> None:
    chat = await hand.start(family.sara, family.bot)
    said = await hand.say(family.group, family.sara, "pass it on")
    forward = {"from_chat_id": family.group, "message_id": said.message_id, "to_chat_id": chat}
    copy = await wire.ok("forwardMessage", **forward)
    assert (await hand.transcript(chat))[-1].message_id == copy["new_message_id"]
    await hand.options(echo_own=True)
    await wire.ok("forwardMessage", **forward)
    assert (await wire.updates())[-1]["new_message"]["forwarded_from"] == {
        "type_from": "User",
        "message_id": said.message_id,
        "from_sender_id": family.sara,
    }
    assert await wire.refused("forwardMessage", **forward | {"message_id": "1"}) == "INVALID_INPUT"


async def test_polls_places_and_contacts_are_sent(wire: Wire, hand: Control, family: Family) -> None:
    group = family.group
    await wire.ok("sendPoll", chat_id=group, question="?", options=["a", "b"])
    await wire.ok("sendLocation", chat_id=group, latitude="35.7", longitude=51.4)
    await wire.ok("sendContact", chat_id=group, first_name="Ali", phone_number="98912")
    assert [r.kind for r in await hand.transcript(group)] == ["poll", "location", "contact"]
    assert await wire.refused("sendPoll", chat_id=group, question="?", options=["a"]) == "INVALID_INPUT"
    assert await wire.refused("sendLocation", chat_id=group, latitude="north", longitude=0) == "INVALID_INPUT"


async def test_buttons_are_pressed(wire: Wire, hand: Control, family: Family) -> None:
    chat = await hand.start(family.sara, family.bot)
    keys = {"chat_keypad": KEYPAD, "chat_keypad_type": "New"}
    sent = (await wire.ok("sendMessage", chat_id=chat, text="?", **keys))["message_id"]
    for button in ("yes", "بله"):
        await hand.tap(chat, button, family.sara)
        pressed = (await wire.updates())[-1]["new_message"]
        assert (pressed["text"], pressed["aux_data"]) == ("بله", {"button_id": "yes"})
    with pytest.raises(ControlRefused, match="no button"):
        await hand.press(chat, sent, "yes", family.sara)
    await wire.ok("editChatKeypad", chat_id=chat, chat_keypad_type="Remove")
    assert await hand.bar(chat) == ()
    with pytest.raises(ControlRefused, match="cannot tap"):
        await hand.tap(chat, "yes", family.sara)
    for method in ("editMessageKeypad", "editInlineKeypad"):
        await wire.ok(method, chat_id=chat, message_id=sent, inline_keypad=KEYPAD)
    await hand.press(chat, sent, "yes", family.sara)
    inline = (await wire.updates())[-1]
    assert (inline["type"], inline["chat_id"], inline["sender_id"]) == ("InlineMessage", chat, family.sara)
    assert (inline["message_id"], inline["aux_data"]) == (sent, {"button_id": "yes"})


@pytest.mark.parametrize(
    "extra",
    [
        {"chat_keypad": KEYPAD},
        {"chat_keypad_type": "New"},
        {"chat_keypad": KEYPAD, "chat_keypad_type": "New"},
        {"inline_keypad": {"rows": KEYPAD}},
        {"inline_keypad": {"rows": [{"buttons": [{"id": 1, "type": "Simple", "button_text": "x"}]}]}},
        {"inline_keypad": {"rows": [{"buttons": [{"id": "1", "type": "Magic", "button_text": "x"}]}]}},
        {"inline_keypad": {"rows": []}},
        {"inline_keypad": {"rows": [{"buttons": []}]}},
        {"inline_keypad": {"rows": [{"buttons": [{"id": "1", "type": "Simple", "button_text": ""}]}]}},
        {"inline_keypad": {"rows": [{"buttons": [LINK]}]}},
        {"inline_keypad": {"rows": [{"buttons": [LINK | {"button_link": {"type": "url"}}]}]}},
    ],
)
async def test_a_keypad_of_another_shape_or_in_a_group_is_refused(
    wire: Wire, family: Family, extra: dict[str, Any]
) -> None:
    assert await wire.refused("sendMessage", chat_id=family.group, text="x", **extra) == "INVALID_INPUT"


async def test_commands_are_set_in_their_documented_shape(
    simulator: RubikaSimulator, wire: Wire, family: Family
) -> None:
    commands = [{"command": "link", "description": "پیوند"}]
    assert await wire.ok("setCommands", bot_commands=commands) == {}
    assert simulator.commands[family.bot] == commands
    for wrong in (
        None,
        {"link": "x"},
        [{"command": "/link", "description": "x"}],
        [{"command": "link"}],
        [{"command": "link", "description": "x", "scope": "all"}],
    ):
        parameters = {} if wrong is None else {"bot_commands": wrong}
        assert await wire.refused("setCommands", **parameters) == "INVALID_INPUT"
    await wire.ok("setCommands", bot_commands=[])
    assert simulator.commands[family.bot] == []


async def test_an_inline_endpoint_takes_the_presses_and_leaves_the_rest(
    wire: Wire, hand: Control, family: Family, listener: Listener
) -> None:
    chat = await hand.start(family.sara, family.bot)
    await wire.ok("updateBotEndpoints", url=listener.url, type="ReceiveInlineMessage")
    sent = (await wire.ok("sendMessage", chat_id=chat, text="?", inline_keypad=KEYPAD))["message_id"]
    await hand.press(chat, sent, "yes", family.sara)
    _, body = await listener.next()
    assert body["inline_message"]["aux_data"] == {"button_id": "yes"}
    await hand.say(chat, family.sara, "still polled")
    assert (await wire.updates())[-1]["new_message"]["text"] == "still polled"
