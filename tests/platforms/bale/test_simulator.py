"""The simulated Bale by its wire alone: plain HTTP calls, as any client of the platform would make them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web

from bridge.platforms.bale.simulator_options import BaleOptions

if TYPE_CHECKING:
    from .conftest import BaleWorld


async def test_a_message_in_a_group_reaches_the_bot_with_ids_beyond_32_bits(bale: BaleWorld) -> None:
    said = await bale.hand.say(bale.group, bale.sara, "سلام *همه* @relaybot")
    [update] = await bale.wire.updates(1)
    assert update == {
        "update_id": 1,
        "message": {
            "message_id": int(said.message_id),
            "date": int(bale.clock.now),
            "chat": {"id": int(bale.group), "type": "group", "title": "Family"},
            "from": {"id": int(bale.sara), "is_bot": False, "first_name": "Sara", "username": "sara"},
            "text": "سلام *همه* @relaybot",
            "entities": [{"type": "mention", "offset": 11, "length": 9}],
        },
    }
    assert int(bale.group) > 2**32
    assert (await bale.hand.transcript(bale.group))[0].text == "سلام همه @relaybot"


async def test_get_me_answers_whatever_the_case_and_the_encoding(bale: BaleWorld) -> None:
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", "getMe", {}),
        ("POST", "GETME", {}),
        ("POST", "getme", {"json": {}}),
        ("POST", "getMe", {"data": {"x": "y"}}),
    ]
    for verb, method, rest in calls:
        me = (await bale.wire.send(verb, method, **rest)).result
        assert me == {"id": int(bale.bot.id), "is_bot": True, "first_name": "Relay", "username": "relaybot"}
    assert len(bale.bot.token.partition(":")[2]) == 40


async def test_messages_are_numbered_from_1_in_each_chat(bale: BaleWorld) -> None:
    other = await bale.hand.chats("group", "Work", creator=bale.sara)
    assert (await bale.hand.say(other, bale.sara, "a")).message_id == "2"
    private = await bale.hand.start(bale.sara, bale.bot.id)
    assert private == bale.sara
    assert [r.message_id for r in await bale.hand.transcript(private)] == ["1"]


async def test_a_token_that_is_not_known_is_refused_in_any_of_the_forms_seen(bale: BaleWorld) -> None:
    stranger = bale.stranger(f"{bale.bot.id}:{'x' * 40}")
    assert (await stranger("getMe")).refusal == (401, "Unauthorized")
    for status in (400, 403, 404):
        await bale.hand.options(bad_token=status)
        assert (await stranger("getMe")).refusal[0] == status
    assert (await bale.wire("getMoon")).refusal == (404, "Not Found")


async def test_updates_stay_until_they_are_confirmed(bale: BaleWorld) -> None:
    for text in "abc":
        await bale.hand.say(bale.group, bale.sara, text)
    assert await bale.hand.pending() == 3
    assert [u["update_id"] for u in await bale.wire.updates(limit=2)] == [1, 2]
    assert [u["update_id"] for u in await bale.wire.updates(0)] == [1, 2, 3]
    assert [u["update_id"] for u in await bale.wire.updates(3)] == [3]
    assert [u["update_id"] for u in await bale.wire.updates()] == [3]
    assert await bale.wire.updates(4) == []
    assert await bale.hand.pending() == 0


async def test_a_negative_offset_keeps_only_the_last(bale: BaleWorld) -> None:
    for text in "abc":
        await bale.hand.say(bale.group, bale.sara, text)
    assert [u["message"]["text"] for u in await bale.wire.updates(-1)] == ["c"]
    assert await bale.hand.pending() == 1


@pytest.mark.parametrize("limit", [0, 101, -5, "many"])
async def test_a_limit_outside_1_to_100_is_refused(bale: BaleWorld, limit: object) -> None:
    assert (await bale.wire("getUpdates", limit=limit)).refusal[0] == 400


async def test_a_long_poll_is_answered_as_soon_as_somebody_speaks(bale: BaleWorld) -> None:
    async with asyncio.TaskGroup() as tasks:
        poll = tasks.create_task(bale.wire.updates(1, timeout=30))
        while not any(c.status is None for c in await bale.hand.calls("getupdates")):
            pass
        second = await bale.wire("getUpdates")
        assert second.refusal[0] == 409
        await bale.hand.options(poller_conflict=False)
        assert await bale.wire.updates() == []
        await bale.hand.say(bale.group, bale.sara, "now")
    assert [u["message"]["text"] for u in poll.result()] == ["now"]


async def test_a_poll_that_was_given_up_does_not_stand_in_the_way_of_the_next(bale: BaleWorld) -> None:
    with pytest.raises(TimeoutError):
        await bale.wire.send("POST", "getUpdates", json={"timeout": 30}, timeout=aiohttp.ClientTimeout(total=0.05))
    assert await bale.wire.updates() == []


async def test_more_than_2000_updates_or_older_than_a_day_are_forgotten(bale: BaleWorld) -> None:
    for n in range(2005):
        await bale.hand.update(bale.bot.id, {"n": n})
    assert await bale.hand.pending() == 2000
    assert (await bale.wire.updates(limit=1))[0]["n"] == 5
    bale.clock.now += 23 * 3600
    await bale.hand.say(bale.group, bale.sara, "late")
    bale.clock.now += 2 * 3600
    assert [u["message"]["text"] for u in await bale.wire.updates()] == ["late"]


async def test_a_chat_of_which_the_bot_is_no_member_does_not_exist_for_it(bale: BaleWorld) -> None:
    foreign = await bale.hand.chats("group", "Foreign", creator=bale.sara)
    for chat in (foreign, "123", str(2**40)):
        for method in ("sendMessage", "getChat", "getChatAdministrators"):
            status, words = (await bale.wire(method, chat_id=chat, text="x")).refusal
            assert (status, words) == (400, "Bad Request: no such group or user")
    for chat in ("-1001234567890", "nobody", "0", ""):
        assert (await bale.wire("sendMessage", chat_id=chat, text="x")).refusal[0] == 400
    await bale.hand.options(unknown_chat=404)
    assert (await bale.wire("getChat", chat_id=foreign)).refusal[0] == 404


async def test_nobody_is_written_to_before_they_press_start_nor_after_they_stopped(bale: BaleWorld) -> None:
    say = {"chat_id": bale.sara, "text": "hello"}
    assert (await bale.wire("sendMessage", **say)).refusal[0] == 403
    assert await bale.hand.start(bale.sara, bale.bot.id, "CODE7") == bale.sara
    [update] = await bale.wire.updates(1)
    assert update["message"]["text"] == "/start CODE7"
    assert update["message"]["chat"]["type"] == "private"
    assert update["message"]["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
    assert (await bale.wire("sendMessage", **say)).result["chat"]["id"] == int(bale.sara)
    await bale.hand.stop(bale.sara, bale.bot.id)
    assert (await bale.wire("sendMessage", **say)).refusal[0] == 403
    await bale.hand.start(bale.sara, bale.bot.id)
    assert (await bale.wire("sendMessage", **say)).status == 200


async def test_a_public_group_is_found_by_its_name(bale: BaleWorld) -> None:
    group = await bale.hand.chats("group", "Open", username="opengroup", creator=bale.sara)
    await bale.hand.members(group, bale.bot.id)
    sent = await bale.wire("sendMessage", chat_id="@OpenGroup", text="hi")
    assert sent.result["chat"] == {"id": int(group), "type": "group", "title": "Open", "username": "opengroup"}
    assert (await bale.hand.calls("sendMessage"))[-1].chat == group


async def test_only_an_admin_bot_is_told_who_a_member_is(bale: BaleWorld) -> None:
    ask = {"chat_id": bale.group, "user_id": bale.sara}
    assert (await bale.wire("getChatMember", **ask)).refusal == (403, "Forbidden: permission_denied")
    assert [m["status"] for m in (await bale.wire("getChatAdministrators", **ask)).result] == ["creator"]
    await bale.hand.members(bale.group, bale.bot.id, "admin")
    member = (await bale.wire("getChatMember", **ask)).result
    assert (member["status"], member["user"]["id"]) == ("creator", int(bale.sara))
    own = (await bale.wire("getChatMember", chat_id=bale.group, user_id=bale.bot.id)).result
    assert (own["status"], own["can_delete_messages"]) == ("administrator", True)
    outsider = await bale.hand.people("Ali")
    left = (await bale.wire("getChatMember", chat_id=bale.group, user_id=outsider)).result
    assert left["status"] == "left"
    for name in ("getChatMembersCount", "getChatMemberCount"):
        assert (await bale.wire(name, chat_id=bale.group)).result == 2


async def test_a_plain_member_hears_everything_or_by_choice_only_an_admin_does(bale: BaleWorld) -> None:
    await bale.hand.options(sees_all="admin_only")
    await bale.hand.say(bale.group, bale.sara, "unheard")
    assert await bale.hand.pending() == 0
    await bale.hand.members(bale.group, bale.bot.id, "admin")
    await bale.hand.say(bale.group, bale.sara, "heard")
    assert [u["message"]["text"] for u in await bale.wire.updates(1)] == ["heard"]


async def test_a_bot_hears_other_bots_unless_switched_off_and_itself_only_when_switched_on(
    bale: BaleWorld,
) -> None:
    other, other_wire = await bale.another_bot("Other")
    await bale.hand.members(bale.group, other.id)
    await bale.wire.updates(-1)
    await bale.wire.updates(2)
    await other_wire("sendMessage", chat_id=bale.group, text="from a bot")
    await bale.wire("sendMessage", chat_id=bale.group, text="mine")
    [heard] = await bale.wire.updates(2)
    assert (heard["message"]["text"], heard["message"]["from"]["is_bot"]) == ("from a bot", True)
    await bale.hand.options(hears_bots=False, echo_own=True)
    await other_wire("sendMessage", chat_id=bale.group, text="again")
    await bale.wire("sendMessage", chat_id=bale.group, text="echo")
    assert [u["message"]["text"] for u in await bale.wire.updates(3)] == ["echo"]


async def test_joins_and_leaves_are_told_also_to_the_bot_that_goes(bale: BaleWorld) -> None:
    ali = await bale.hand.people("Ali")
    await bale.hand.members(bale.group, ali)
    await bale.hand.members(bale.group, ali, "left")
    await bale.hand.members(bale.group, bale.bot.id, "left")
    joined, left, gone = [u["message"] for u in await bale.wire.updates(1)]
    assert [u["id"] for u in joined["new_chat_members"]] == [int(ali)]
    assert left["left_chat_member"]["id"] == int(ali)
    assert gone["left_chat_member"]["id"] == int(bale.bot.id)
    assert "text" not in gone
    assert (await bale.wire("sendMessage", chat_id=bale.group, text="?")).refusal[0] == 400
    assert await bale.hand.transcript(bale.group) == []


async def test_a_bot_leaves_a_group(bale: BaleWorld) -> None:
    assert (await bale.wire("leaveChat", chat_id=bale.group)).result is True
    assert (await bale.wire("getChat", chat_id=bale.group)).refusal[0] == 400


async def test_a_channel_post_is_a_message_without_an_author(bale: BaleWorld) -> None:
    channel = await bale.hand.chats("channel", "News", creator=bale.sara)
    await bale.hand.members(channel, bale.bot.id)
    assert (await bale.wire("sendMessage", chat_id=channel, text="?")).refusal[0] == 403
    await bale.hand.members(channel, bale.bot.id, "admin")
    await bale.hand.say(channel, bale.sara, "خبر")
    post = (await bale.wire.updates(2))[0]["message"]
    assert "from" not in post
    assert post["sender_chat"]["id"] == post["chat"]["id"] == int(channel)
    assert (await bale.wire("sendMessage", chat_id=channel, text="!")).status == 200


async def test_twenty_a_minute_can_be_the_limit_of_a_group(bale: BaleWorld) -> None:
    await bale.hand.options(group_limit=20)
    send = {"chat_id": bale.group, "text": "x"}
    for _ in range(20):
        assert (await bale.wire("sendMessage", **send)).status == 200
    bale.clock.now += 20
    refused = await bale.wire("sendMessage", **send)
    assert refused.status == 429
    assert refused.body["parameters"] == {"retry_after": 40}
    await bale.hand.options(group_limit_answer="bare")
    assert "parameters" not in (await bale.wire("sendMessage", **send)).body
    await bale.hand.options(group_limit_answer="plain_text")
    plain = await bale.wire("sendMessage", **send)
    assert (plain.status, plain.body) == (429, "local_rate_limited")
    bale.clock.now += 41
    assert (await bale.wire("sendMessage", **send)).status == 200


async def test_a_flood_on_order_has_bales_three_forms(bale: BaleWorld) -> None:
    for detail in ({"retry_after": 3}, {"retry_after": None}, {"retry_after": None, "plain_text": True}):
        await bale.hand.fault("flood", method="sendmessage", chat=bale.group, **detail)
    answers = [await bale.wire("sendMessage", chat_id=bale.group, text="x") for _ in range(4)]
    assert [a.status for a in answers] == [429, 429, 429, 200]
    assert answers[0].body["parameters"] == {"retry_after": 3}
    assert "parameters" not in answers[1].body
    assert answers[2].body == "local_rate_limited"


async def test_the_last_batch_can_be_repeated(bale: BaleWorld) -> None:
    await bale.hand.say(bale.group, bale.sara, "one")
    assert [u["update_id"] for u in await bale.wire.updates(1)] == [1]
    await bale.hand.say(bale.group, bale.sara, "two")
    await bale.hand.fault("repeat_updates")
    assert [u["update_id"] for u in await bale.wire.updates(2)] == [1, 2]
    assert [u["update_id"] for u in await bale.wire.updates(2)] == [2]


async def test_fields_and_updates_that_nobody_knows_can_arrive(bale: BaleWorld) -> None:
    await bale.hand.options(unknown_fields=True)
    await bale.hand.update(bale.bot.id, {"poll": {"id": "5", "question": "?"}})
    await bale.hand.update(bale.bot.id, {"message": "poison"})
    await bale.hand.say(bale.group, bale.sara, "ok")
    poll, poison, message = await bale.wire.updates(1)
    assert poll == {"update_id": 1, "poll": {"id": "5", "question": "?"}}
    assert poison["message"] == "poison"
    assert "x_from_next_year" in message["message"]


@pytest.mark.parametrize("url", ["http://a.example/x", "https://a.example:8443/x", "ftp://x", "https://a:b/x"])
async def test_a_webhook_wants_https_on_443_or_88(bale: BaleWorld, url: str) -> None:
    assert (await bale.wire("setWebhook", url=url)).refusal[0] == 400
    assert (await bale.wire("getWebhookInfo")).result == {"url": ""}


async def test_a_webhook_is_pushed_to_until_it_is_deleted(bale: BaleWorld) -> None:
    await bale.hand.options(webhook_anywhere=True)
    got: asyncio.Queue[tuple[Any, dict[str, str]]] = asyncio.Queue()

    async def receive(request: web.Request) -> web.Response:
        got.put_nowait((await request.json(), dict(request.headers)))
        return web.Response()

    app = web.Application()
    app.add_routes([web.post("/secret", receive)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/secret"
    assert (await bale.wire("setWebhook", url=url)).result is True
    assert (await bale.wire("getWebhookInfo")).result == {"url": url}
    assert (await bale.wire("getUpdates")).refusal[0] == 409
    await bale.hand.say(bale.group, bale.sara, "pushed")
    async with asyncio.timeout(10):
        update, headers = await got.get()
    assert (update["update_id"], update["message"]["text"]) == (1, "pushed")
    assert not any("secret" in name.lower() for name in headers)
    assert (await bale.wire("deleteWebhook", drop_pending_updates=True)).result is True
    await bale.hand.say(bale.group, bale.sara, "polled")
    assert [u["message"]["text"] for u in await bale.wire.updates(2)] == ["polled"]
    await runner.cleanup()


async def test_a_faithful_bale_is_the_default() -> None:
    options = BaleOptions()
    assert (options.sees_all, options.hears_bots, options.echo_own) == ("all", True, False)
    assert options.group_limit == 0
    assert not options.unknown_fields
