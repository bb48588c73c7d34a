"""The simulated Soroush Plus by its wire alone: plain HTTP calls, as any client of the platform would make them."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web

if TYPE_CHECKING:
    from .conftest import SoroushWorld


async def test_a_message_in_a_group_reaches_the_bot(soroush: SoroushWorld) -> None:
    said = await soroush.hand.say(soroush.group, soroush.sara, "سلام @relaybot")
    [update] = await soroush.wire.updates()
    message = update["message"]
    assert message == {
        "message_id": int(said.message_id),
        "date": int(said.at),
        "chat": {"id": int(soroush.group), "type": "supergroup", "title": "Family"},
        "from": {"id": int(soroush.sara), "is_bot": False, "first_name": "Sara", "username": "sara"},
        "text": "سلام @relaybot",
        "entities": [{"type": "mention", "offset": 5, "length": 9}],
    }
    assert soroush.group.startswith("-100")
    assert len(soroush.sara) == 8


async def test_get_me_answers_in_every_encoding_but_only_to_its_exact_name(soroush: SoroushWorld) -> None:
    calls: list[tuple[str, dict[str, Any]]] = [("GET", {}), ("POST", {"json": {}}), ("POST", {"data": {"a": "b"}})]
    for verb, rest in calls:
        me = (await soroush.wire.send(verb, "getMe", **rest)).result
        assert (me["id"], me["can_read_all_group_messages"]) == (int(soroush.bot.id), True)
    assert len(soroush.bot.token.partition(":")[2]) == 35
    assert (await soroush.wire("getme")).refusal[0] == 404
    await soroush.hand.options(any_case=True)
    assert (await soroush.wire("getme")).status == 200


async def test_a_text_can_be_sent_in_all_four_encodings(soroush: SoroushWorld) -> None:
    given = {"chat_id": soroush.group, "text": "سلام"}
    calls: list[tuple[str, dict[str, Any]]] = [
        ("GET", {"params": given}),
        ("POST", {"data": given}),
        ("POST", {"json": given}),
        ("POST", {"data": aiohttp.FormData(given, default_to_multipart=True)}),
    ]
    for verb, rest in calls:
        assert (await soroush.wire.send(verb, "sendMessage", **rest)).result["text"] == "سلام"
    assert [r.by for r in await soroush.hand.transcript(soroush.group)] == ["api"] * 4


async def test_a_wrong_token_and_an_unknown_method_are_refused(soroush: SoroushWorld) -> None:
    assert (await soroush.stranger("70000001:wrong")("getMe")).refusal == (401, "Unauthorized")
    assert (await soroush.wire("setMessageReaction")).refusal[0] == 404


async def test_methods_that_are_coming_soon_are_not_supported_unless_switched_on(soroush: SoroushWorld) -> None:
    act = {"chat_id": soroush.group, "action": "typing"}
    for method in ("sendChatAction", "getChat", "pinChatMessage", "getUserProfilePhotos", "getStickerSet"):
        assert (await soroush.wire(method, **act)).refusal == (400, "Bad Request: NOT_SUPPORTED")
    await soroush.hand.options(get_chat_works=True, chat_action_works=True)
    assert (await soroush.wire("getChat", chat_id=soroush.group)).result["title"] == "Family"
    assert (await soroush.wire("sendChatAction", **act)).result is True
    assert (await soroush.wire("sendChatAction", chat_id=soroush.group, action="dance")).refusal[0] == 400


async def test_member_methods_do_not_exist_unless_switched_on(soroush: SoroushWorld) -> None:
    ask = {"chat_id": soroush.group, "user_id": soroush.sara}
    for method in ("getChatMember", "getChatAdministrators", "getChatMemberCount", "leaveChat"):
        assert (await soroush.wire(method, **ask)).refusal[0] == 404
    await soroush.hand.options(member_methods=True)
    assert (await soroush.wire("getChatMember", **ask)).result["status"] == "creator"
    assert len((await soroush.wire("getChatAdministrators", **ask)).result) == 1
    assert (await soroush.wire("getChatMemberCount", **ask)).result == 2
    assert (await soroush.wire("leaveChat", **ask)).result is True
    assert (await soroush.wire("getChatMemberCount", **ask)).refusal[0] == 403


async def test_updates_stay_until_they_are_confirmed(soroush: SoroushWorld) -> None:
    for text in "abc":
        await soroush.hand.say(soroush.group, soroush.sara, text)
    first, second = [u["update_id"] for u in await soroush.wire.updates(limit=2)]
    assert (await soroush.hand.pending(), second) == (3, first + 1)
    assert [u["message"]["text"] for u in await soroush.wire.updates(second)] == ["b", "c"]
    assert await soroush.wire.updates(second + 2) == []
    assert await soroush.hand.pending() == 0
    for limit in (0, 101):
        assert (await soroush.wire("getUpdates", limit=limit)).refusal[0] == 400


async def test_a_second_poller_is_in_conflict_while_the_first_waits(soroush: SoroushWorld) -> None:
    async with asyncio.TaskGroup() as tasks:
        poll = tasks.create_task(soroush.wire.updates(timeout=30))
        while not any(c.status is None for c in await soroush.hand.calls("getUpdates")):
            pass
        status, words = (await soroush.wire("getUpdates")).refusal
        assert status == 409
        assert "Conflict" in words
        await soroush.hand.say(soroush.group, soroush.sara, "now")
    assert [u["message"]["text"] for u in poll.result()] == ["now"]


async def test_a_bot_gets_only_the_kinds_that_it_asked_for(soroush: SoroushWorld) -> None:
    await soroush.wire.updates(allowed_updates=["edited_message"])
    said = await soroush.hand.say(soroush.group, soroush.sara, "a")
    await soroush.hand.edit(soroush.group, said.message_id, "b")
    [update] = await soroush.wire.updates()
    assert update["edited_message"]["text"] == "b"
    assert (await soroush.wire("getUpdates", allowed_updates="all")).refusal[0] == 400


async def test_deletions_joins_and_leaves_are_never_told(soroush: SoroushWorld) -> None:
    said = await soroush.hand.say(soroush.group, soroush.sara, "a")
    ali = await soroush.hand.people("Ali")
    await soroush.hand.members(soroush.group, ali)
    await soroush.hand.members(soroush.group, ali, "left")
    await soroush.hand.delete(soroush.group, said.message_id)
    assert [set(u) for u in await soroush.wire.updates()] == [{"update_id", "message"}]


async def test_an_edit_is_told_as_an_edited_message(soroush: SoroushWorld) -> None:
    said = await soroush.hand.say(soroush.group, soroush.sara, "wrogn")
    await soroush.hand.edit(soroush.group, said.message_id, "wrong")
    edited = (await soroush.wire.updates())[1]["edited_message"]
    assert (edited["text"], edited["message_id"], "edit_date" in edited) == ("wrong", int(said.message_id), True)


async def test_in_privacy_mode_a_member_hears_only_what_concerns_it(soroush: SoroushWorld) -> None:
    await soroush.hand.options(privacy=True)
    assert (await soroush.wire("getMe")).result["can_read_all_group_messages"] is False
    mine = (await soroush.wire("sendMessage", chat_id=soroush.group, text="hi")).result["message_id"]
    await soroush.hand.say(soroush.group, soroush.sara, "among us")
    await soroush.hand.say(soroush.group, soroush.sara, "/link")
    await soroush.hand.say(soroush.group, soroush.sara, "dear @RelayBot")
    await soroush.hand.say(soroush.group, soroush.sara, "yes", reply_to=str(mine))
    heard = [u["message"]["text"] for u in await soroush.wire.updates()]
    assert heard == ["/link", "dear @RelayBot", "yes"]
    await soroush.hand.members(soroush.group, soroush.bot.id, "admin")
    await soroush.hand.say(soroush.group, soroush.sara, "admin hears")
    assert (await soroush.wire.updates())[-1]["message"]["text"] == "admin hears"


async def test_a_bot_hears_other_bots_unless_switched_off_and_never_itself(soroush: SoroushWorld) -> None:
    other, other_wire = await soroush.another_bot("Other")
    await soroush.hand.members(soroush.group, other.id)
    for text in ("one", "two"):
        await other_wire("sendMessage", chat_id=soroush.group, text=text)
        await soroush.hand.options(hears_bots=False)
    await soroush.wire("sendMessage", chat_id=soroush.group, text="mine")
    assert [u["message"]["text"] for u in await soroush.wire.updates()] == ["one"]
    assert await other_wire.updates() == []


async def test_channel_posts_are_received_only_in_a_form_that_was_chosen(soroush: SoroushWorld) -> None:
    channel = await soroush.hand.chats("channel", "News", creator=soroush.sara)
    await soroush.hand.members(channel, soroush.bot.id)
    assert (await soroush.wire("sendMessage", chat_id=channel, text="x")).refusal[0] == 403
    await soroush.hand.members(channel, soroush.bot.id, "admin")
    assert (await soroush.wire("sendMessage", chat_id=channel, text="x")).status == 200
    await soroush.hand.say(channel, soroush.sara, "unheard")
    for form in ("channel_post", "message"):
        await soroush.hand.options(channel_posts=form)
        await soroush.hand.say(channel, soroush.sara, form)
    posts = await soroush.wire.updates()
    assert [set(u) - {"update_id"} for u in posts] == [{"channel_post"}, {"message"}]
    assert "from" not in posts[0]["channel_post"]


async def test_nobody_is_written_to_before_they_write_nor_after_they_stopped(soroush: SoroushWorld) -> None:
    say = {"chat_id": soroush.sara, "text": "hello"}
    assert (await soroush.wire("sendMessage", **say)).refusal[0] == 403
    assert await soroush.hand.start(soroush.sara, soroush.bot.id, "CODE7") == soroush.sara
    [update] = await soroush.wire.updates()
    assert (update["message"]["text"], update["message"]["chat"]["type"]) == ("/start CODE7", "private")
    assert (await soroush.wire("sendMessage", **say)).status == 200
    await soroush.hand.stop(soroush.sara, soroush.bot.id)
    assert (await soroush.wire("sendMessage", **say)).refusal == (403, "Forbidden: bot was blocked by the user")


async def test_all_private_chats_of_a_bot_share_one_count_of_messages(soroush: SoroushWorld) -> None:
    ali = await soroush.hand.people("Ali")
    first = await soroush.hand.start(soroush.sara, soroush.bot.id)
    second = await soroush.hand.start(ali, soroush.bot.id)
    assert [r.message_id for r in await soroush.hand.transcript(first)] == ["1"]
    assert [r.message_id for r in await soroush.hand.transcript(second)] == ["2"]


async def test_foreign_and_unknown_chats_are_refused(soroush: SoroushWorld) -> None:
    foreign = await soroush.hand.chats("group", "Foreign", username="foreign", creator=soroush.sara)
    for chat, status in ((foreign, 403), ("@foreign", 403), ("-1009", 404), ("@none", 404), ("none", 400)):
        assert (await soroush.wire("sendMessage", chat_id=chat, text="x")).refusal[0] == status


async def test_groups_can_have_positive_ids(soroush: SoroushWorld) -> None:
    await soroush.hand.options(positive_ids=True)
    group = await soroush.hand.chats("group", "Plus", creator=soroush.sara)
    await soroush.hand.members(group, soroush.bot.id)
    assert int(group) > 0
    assert (await soroush.wire("sendMessage", chat_id=int(group), text="x")).result["chat"]["id"] == int(group)


async def test_a_flood_tells_its_seconds_twice_once_or_not_at_all(soroush: SoroushWorld) -> None:
    for wait in (7, 7, None):
        await soroush.hand.fault("flood", retry_after=wait, method="sendMessage")
    send = {"chat_id": soroush.group, "text": "x"}
    first = await soroush.wire("sendMessage", **send)
    assert first.refusal == (429, "Too Many Requests: retry after 7")
    assert first.body["parameters"] == {"retry_after": 7}
    await soroush.hand.options(retry_after_in_words=True)
    assert "parameters" not in (await soroush.wire("sendMessage", **send)).body
    assert (await soroush.wire("sendMessage", **send)).refusal == (429, "Too Many Requests")
    assert (await soroush.wire("sendMessage", **send)).status == 200


async def test_an_error_can_come_with_200_or_as_a_page_of_html(soroush: SoroushWorld) -> None:
    await soroush.hand.options(errors_as_200=True)
    answer = await soroush.wire("sendMessage", chat_id="-1009", text="x")
    assert (answer.status, answer.body["ok"], answer.body["error_code"]) == (200, False, 404)
    await soroush.hand.fault("status", status=502, html=True)
    page = await soroush.wire("getMe")
    assert page.status == 502
    assert page.body.startswith("<html>")


async def test_the_last_batch_can_be_repeated_and_its_author_missing(soroush: SoroushWorld) -> None:
    await soroush.hand.options(missing_from=True)
    await soroush.hand.say(soroush.group, soroush.sara, "one")
    [first] = await soroush.wire.updates()
    assert "from" not in first["message"]
    await soroush.hand.fault("repeat_updates")
    assert await soroush.wire.updates(first["update_id"] + 1) == [first]
    assert await soroush.wire.updates(first["update_id"] + 1) == []


async def test_updates_that_nobody_knows_can_arrive(soroush: SoroushWorld) -> None:
    await soroush.hand.update(soroush.bot.id, {"story": {"id": 5}})
    await soroush.hand.update(soroush.bot.id, "poison")
    [story, poison] = await soroush.wire.updates()
    assert (set(story), poison) == ({"update_id", "story"}, "poison")


async def test_a_webhook_is_pushed_to_without_any_secret_until_it_is_deleted(soroush: SoroushWorld) -> None:
    assert (await soroush.wire("setWebhook", url="http://a.example/x")).refusal[0] == 400
    await soroush.hand.options(webhook_anywhere=True)
    got: asyncio.Queue[tuple[Any, dict[str, str]]] = asyncio.Queue()

    async def receive(request: web.Request) -> web.Response:
        got.put_nowait((await request.json(), dict(request.headers)))
        return web.Response(status=500 if got.qsize() == 1 else 200)

    app = web.Application()
    app.add_routes([web.post("/secret", receive)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/secret"
    await soroush.hand.say(soroush.group, soroush.sara, "dropped")
    given = json.dumps(["message"])
    form = aiohttp.FormData({"url": url, "drop_pending_updates": "true", "allowed_updates": given})
    assert (await soroush.wire.form("setWebhook", form)).result is True
    assert (await soroush.wire("getUpdates")).refusal[0] == 409
    await soroush.hand.say(soroush.group, soroush.sara, "pushed")
    async with asyncio.timeout(10):
        first, headers = await got.get()
        while not got.qsize():
            info = (await soroush.wire("getWebhookInfo")).result
            assert info["url"] == url
    assert (await got.get())[0] == first
    assert first["message"]["text"] == "pushed"
    assert not any("secret" in name.lower() for name in headers)
    assert (await soroush.wire("deleteWebhook")).result is True
    assert (await soroush.wire("getWebhookInfo")).result["url"] == ""
    await runner.cleanup()


async def test_commands_are_remembered_by_scope(soroush: SoroushWorld) -> None:
    commands = [{"command": "link", "description": "پیوند"}]
    assert (await soroush.wire("setMyCommands", commands=commands)).result is True
    assert (await soroush.wire("getMyCommands", scope={"type": "default"})).result == commands
    assert (await soroush.wire("getMyCommands", scope={"type": "all_private_chats"})).result == []
    assert (await soroush.wire("deleteMyCommands")).result is True
    assert (await soroush.wire("getMyCommands")).result == []
    assert (await soroush.wire("setMyCommands", commands=[{"command": "x"}])).refusal[0] == 400
