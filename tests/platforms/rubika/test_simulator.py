"""What bots are told by the simulated Rubika, and how it can break."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bridge.platforms.rubika.simulator import RubikaSimulator
from bridge.sandbox.control import Control, ControlRefused

if TYPE_CHECKING:
    from .conftest import Family, Wire


ROOT = Path(__file__).parents[3]


async def test_a_bot_knows_itself_in_any_letter_case_and_with_an_empty_body(
    wire: Wire, family: Family, session: aiohttp.ClientSession
) -> None:
    bot = (await wire.ok("getMe"))["bot"]
    assert (bot["bot_id"], bot["bot_title"], bot["username"]) == (family.bot, "Relay", "relay_bot")
    async with session.post(f"{wire.url}/v3/{wire.token}/GETME") as answer:
        assert (await answer.json())["data"]["bot"] == bot


async def test_a_wrong_token_an_unknown_method_and_another_verb_are_refused(
    wire: Wire, hand: Control, session: aiohttp.ClientSession
) -> None:
    assert await wire.of("WRONG").refused("getMe") == "INVALID_ACCESS"
    assert await wire.refused("getChatAdministrators") == "INVALID_INPUT"
    async with session.get(f"{wire.url}/v3/{wire.token}/getMe") as answer:
        assert answer.status == 405
    await hand.options(unknown_method_as_page=True)
    status, page = await wire.raw("leaveChat")
    assert (status, page[:6]) == (404, "<html>")


async def test_ids_look_like_the_platforms_own(wire: Wire, hand: Control, family: Family) -> None:
    chat = await hand.start(family.sara, family.bot)
    channel = await hand.chats("channel", "News")
    for prefix, each in (("b0", chat), ("g0", family.group), ("c0", channel), ("u0", family.sara), ("u0", family.bot)):
        assert re.fullmatch(prefix + "[0-9A-Za-z]{30}", each)
    assert re.fullmatch("[A-Z0-9]{64}", wire.token)
    sent = await wire.ok("sendMessage", chat_id=chat, text="x")
    assert re.fullmatch("[0-9]{18,19}", sent["message_id"])
    assert re.fullmatch("[0-9a-f]{24}", (await wire.ok("getUpdates"))["next_offset_id"])


async def test_what_is_said_in_a_group_arrives_without_any_name(wire: Wire, hand: Control, family: Family) -> None:
    await wire.drain()
    first = await hand.say(family.group, family.sara, "ناهار؟")
    second = await hand.say(family.group, family.sara, "خب؟", reply_to=first.message_id)
    update, reply = (await wire.updates())[-2:]
    assert update == {
        "type": "NewMessage",
        "chat_id": family.group,
        "update_time": int(first.at),
        "new_message": {
            "message_id": first.message_id,
            "text": "ناهار؟",
            "time": str(int(first.at)),
            "is_edited": False,
            "sender_type": "User",
            "sender_id": family.sara,
        },
    }
    assert reply["new_message"]["message_id"] == second.message_id
    assert reply["new_message"]["reply_to_message_id"] == first.message_id


async def test_start_makes_a_chat_of_its_own_for_every_bot_and_gives_a_name(
    wire: Wire, hand: Control, family: Family
) -> None:
    await wire.drain()
    other = await hand.bots("Other")
    chat = await hand.start(family.sara, family.bot, "from-poster")
    assert await hand.start(family.sara, other.id) != chat
    started, said = (await wire.updates())[-2:]
    assert (started["type"], started["chat_id"]) == ("StartedBot", chat)
    assert said["new_message"]["text"] == "/start"
    assert said["new_message"]["aux_data"] == {"start_id": "from-poster"}
    assert (await wire.ok("getChat", chat_id=chat))["chat"] == {
        "chat_id": chat,
        "chat_type": "User",
        "user_id": family.sara,
        "first_name": "Sara",
        "last_name": "Ahmadi",
        "username": "sara_x",
    }
    assert (await wire.ok("getChat", chat_id=family.group))["chat"] == {
        "chat_id": family.group,
        "chat_type": "Group",
        "title": "خانواده",
    }


async def test_start_can_come_without_a_message(wire: Wire, hand: Control, family: Family) -> None:
    await hand.options(start_message=False)
    await hand.start(family.sara, family.bot)
    assert [u["type"] for u in await wire.updates()] == ["EventData", "StartedBot"]


async def test_who_stopped_the_bot_is_not_written_to_until_they_start_again(
    wire: Wire, hand: Control, family: Family
) -> None:
    chat = await hand.start(family.sara, family.bot)
    await hand.stop(family.sara, family.bot)
    assert (await wire.updates())[-1]["type"] == "StoppedBot"
    assert await wire.refused("sendMessage", chat_id=chat, text="hello?") == "INVALID_ACCESS"
    with pytest.raises(ControlRefused, match="stopped"):
        await hand.say(chat, family.sara, "hello?")
    assert await hand.start(family.sara, family.bot) == chat
    await wire.ok("sendMessage", chat_id=chat, text="welcome back")


async def test_a_bot_is_told_of_its_own_membership_only(wire: Wire, hand: Control, family: Family) -> None:
    ali = await hand.people("Ali")
    await hand.members(family.group, ali)
    await hand.members(family.group, ali, "left")
    await hand.members(family.group, family.bot, "member")
    await hand.members(family.group, family.bot, "left")
    events = [u["event_data"] for u in await wire.updates()]
    assert [(e["type"], e.get("join_type"), "BanMember" in e.get("access_list", ())) for e in events] == [
        ("BotJoined", "Admin", True),
        ("BotPermissionsChanged", "Member", False),
        ("BotRemoved", None, False),
    ]
    assert set(events[-1]) == {"type"}
    assert await wire.refused("sendMessage", chat_id=family.group, text="x") == "INVALID_ACCESS"
    await hand.say(family.group, family.sara, "we are alone")
    assert len(await wire.updates()) == 3


async def test_a_members_status_is_told_but_not_their_name(wire: Wire, hand: Control, family: Family) -> None:
    ali = await hand.people("Ali")
    for user, role in ((family.sara, "Creator"), (family.bot, "Admin")):
        member = (await wire.ok("getChatMember", chat_id=family.group, user_id=user))["chat_member"]
        assert (member["user_id"], member["status"]) == (user, role)
        assert set(member) <= {"user_id", "status", "access_list"}
    assert await wire.refused("getChatMember", chat_id=family.group, user_id=ali) == "INVALID_ACCESS"
    await hand.members(family.group, ali)
    assert (await wire.ok("getChatMember", chat_id=family.group, user_id=ali))["chat_member"]["status"] == "Member"
    await wire.ok("banChatMember", chat_id=family.group, user_id=ali)
    assert await wire.refused("getChatMember", chat_id=family.group, user_id=ali) == "INVALID_ACCESS"


async def test_a_plain_member_hears_everything_or_nothing(wire: Wire, hand: Control, family: Family) -> None:
    await hand.members(family.group, family.bot, "member")
    cursor = await wire.drain()
    await hand.say(family.group, family.sara, "heard")
    await hand.options(sees_all="admin_only")
    await hand.say(family.group, family.sara, "not heard")
    await hand.members(family.group, family.bot, "admin")
    await hand.say(family.group, family.sara, "heard too")
    texts = [u["new_message"]["text"] for u in await wire.updates(offset_id=cursor) if u["type"] == "NewMessage"]
    assert texts == ["heard", "heard too"]


async def test_bots_hear_each_other_but_not_themselves(wire: Wire, hand: Control, family: Family) -> None:
    other = await hand.bots("Other")
    await hand.members(family.group, other.id)
    robot = await hand.people("Robot", is_bot=True)
    await hand.members(family.group, robot)
    cursor = await wire.drain()
    await hand.say(family.group, robot, "beep")
    await wire.ok("sendMessage", chat_id=family.group, text="mine")
    heard = [u["new_message"] for u in await wire.updates(offset_id=cursor)]
    assert [(m["sender_type"], m["sender_id"], m["text"]) for m in heard] == [("Bot", robot, "beep")]
    others = await wire.of(other.token).updates()
    assert [(m["new_message"]["sender_type"], m["new_message"]["sender_id"]) for m in others[1:]] == [
        ("Bot", robot),
        ("Bot", family.bot),
    ]
    await hand.options(echo_own=True)
    await wire.ok("sendMessage", chat_id=family.group, text="echo")
    assert (await wire.updates())[-1]["new_message"]["sender_id"] == family.bot


async def test_people_send_more_than_text(wire: Wire, hand: Control, family: Family) -> None:
    cursor = await wire.drain()
    for kind in ("photo", "voice", "sticker", "location", "contact", "poll", "forward", "forward_no_link"):
        await hand.say(family.group, family.sara, "cap" if kind == "photo" else "", kind=kind)
    messages = [u["new_message"] for u in await wire.updates(offset_id=cursor)]
    photo, voice, sticker, location, contact, poll, forward, no_link = messages
    assert (photo["text"], photo["file"]["file_name"]) == ("cap", "photo.jpg")
    assert photo["file"]["size"] == "50"
    assert voice["file"]["file_name"].startswith("voice_")
    assert "text" not in voice
    assert sticker["sticker"]["file"]["file_id"]
    assert set(location["location"]) == {"longitude", "latitude"}
    assert "phone_number" in contact["contact_message"]
    assert poll["poll"]["poll_status"]["state"] == "Open"
    assert forward["forwarded_from"]["type_from"] == "User"
    assert no_link["forwarded_no_link"] == {"from_title": "Some title"}
    await hand.options(forwarded_no_link_as_text=True)
    await hand.say(family.group, family.sara, "", kind="forward_no_link")
    assert (await wire.updates())[-1]["new_message"]["forwarded_no_link"] == "Some title"


async def test_a_flood_gives_no_delay_to_read(wire: Wire, hand: Control) -> None:
    await hand.fault("flood", retry_after=7)
    assert await wire.raw("getMe") == (200, {"status": "TOO_REQUESTS", "dev_message": "too many requests"})
    await hand.fault("flood", plain_text=True)
    assert await wire.raw("getMe") == (429, "Too Many Requests")


async def test_too_many_calls_in_a_second_are_refused_until_the_next(session: aiohttp.ClientSession) -> None:
    now = [1758200000.0]
    async with RubikaSimulator(clock=lambda: now[0]) as simulator, Control(simulator.control_url) as hand:
        await hand.options(calls_per_second=2)
        url = f"{simulator.url}/v3/{(await hand.bots('Relay')).token}/getMe"

        async def status() -> str:
            async with session.post(url) as answer:
                return str((await answer.json())["status"])

        assert [await status() for _ in range(3)] == ["OK", "OK", "TOO_REQUESTS"]
        now[0] += 1
        assert await status() == "OK"


async def test_the_wire_breaks_in_the_ways_seen_in_the_field(wire: Wire, hand: Control, family: Family) -> None:
    send = {"chat_id": family.group, "text": "x"}
    await hand.fault("status", status=502, html=True)
    status, page = await wire.raw("sendMessage", **send)
    assert (status, page[:6]) == (502, "<html>")
    await hand.fault("status", status=500)
    assert await wire.raw("sendMessage", **send) == (
        500,
        {"status": "SERVER_ERROR", "dev_message": "Internal Server Error"},
    )
    assert await hand.transcript(family.group) == []
    await hand.fault("missing_data", method="sendMessage", chat=family.group)
    assert await wire.raw("sendMessage", **send) == (200, {"status": "OK"})
    await hand.fault("drop_answer", method="sendMessage")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await wire.raw("sendMessage", **send)
    assert len(await hand.transcript(family.group)) == 2
    await hand.options(error_form="error_code")
    assert await wire.raw("sendMessage", chat_id=family.group) == (
        200,
        {"status": "error", "error_code": "INVALID_INPUT", "error_message": "text is missing"},
    )
    assert [c.status for c in await hand.calls("sendMessage")] == [502, 500, 200, None, 200]


async def test_values_come_in_other_types_and_with_unknown_keys(wire: Wire, hand: Control, family: Family) -> None:
    await hand.options(message_id_as_number=True, time_as_number=True, extra_keys=True, absent_as_null=True)
    said = await hand.say(family.group, family.sara, "x")
    update = (await wire.updates())[-1]
    assert update["new_in_the_next_version"]
    message = update["new_message"]
    assert message["message_id"] == int(said.message_id) > 2**53
    assert message["time"] == int(said.at)
    assert message["new_in_the_next_version"] is True
    assert message["file"] is message["reply_to_message_id"] is None
    assert type((await wire.ok("sendMessage", chat_id=family.group, text="y"))["message_id"]) is int


async def test_message_ids_can_be_the_same_in_two_chats(hand: Control, family: Family) -> None:
    await hand.options(message_ids_collide=True)
    other = await hand.chats("group", "Other", creator=family.sara)
    first, second = [await hand.say(chat, family.sara, "x") for chat in (family.group, other)]
    assert first.message_id == second.message_id


async def test_any_json_can_be_put_among_the_updates(wire: Wire, hand: Control, family: Family) -> None:
    cursor = await wire.drain()
    poison: list[Any] = [{"type": "StarGift", "chat_id": family.group}, {"type": 5}, [], None, "text"]
    for raw in poison:
        await hand.update(family.bot, raw)
    await hand.say(family.group, family.sara, "behind it")
    updates = await wire.updates(offset_id=cursor)
    assert updates[:-1] == poison
    assert updates[-1]["new_message"]["text"] == "behind it"


async def test_it_runs_as_a_program(session: aiohttp.ClientSession) -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bridge.platforms.rubika.simulator", "--set", "sees_all=admin_only"),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    try:
        assert program.stdout is not None
        where = json.loads(await program.stdout.readline())
        assert where["platform"] == "rubika"
        async with Control(where["control_url"]) as hand:
            bot = await hand.bots("Relay")
        async with session.post(f"{where['url']}/v3/{bot.token}/getMe") as answer:
            assert (await answer.json())["data"]["bot"]["bot_title"] == "Relay"
    finally:
        program.send_signal(signal.SIGTERM)
    assert await program.wait() == 0
