"""The simulated Eitaayar, seen by a client that knows only HTTP."""

from __future__ import annotations

import asyncio
import io
import json
import re
import signal
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bridge.platforms.eitaa.simulator import EitaaSimulator
from bridge.sandbox.control import Control, ControlRefused

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Wire:
    session: aiohttp.ClientSession
    url: str

    async def __call__(self, method: str, verb: str = "POST", **request: Any) -> tuple[int, Any]:
        async with self.session.request(verb, f"{self.url}/{method}", **request) as answer:
            body = await answer.json() if answer.content_type == "application/json" else await answer.text()
            return answer.status, body

    async def ok(self, method: str, verb: str = "POST", **request: Any) -> Any:
        status, body = await self(method, verb, **request)
        assert (status, body["ok"]) == (200, True), body
        return body["result"]

    async def refused(self, method: str, **request: Any) -> int:
        status, body = await self(method, **request)
        assert (body["ok"], body["error_code"], set(body)) == (False, status, {"ok", "error_code", "description"})
        return status


@dataclass(frozen=True)
class News:
    channel: str
    sara: str
    panel: str


@pytest.fixture
async def simulator() -> AsyncIterator[EitaaSimulator]:
    async with EitaaSimulator() as running:
        yield running


@pytest.fixture
async def hand(simulator: EitaaSimulator) -> AsyncIterator[Control]:
    async with Control(simulator.control_url) as control:
        yield control


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def news(hand: Control) -> News:
    sara = await hand.people("Sara")
    channel = await hand.chats("channel", "اخبار", username="Demo_Channel", creator=sara)
    return News(channel, sara, (await hand.bots("demo", "demo_admin")).id)


@pytest.fixture
async def wire(simulator: EitaaSimulator, session: aiohttp.ClientSession, news: News) -> Wire:
    return Wire(session, f"{simulator.url}/api/{simulator.world.bots[news.panel].token}")


def upload(field: str, name: str, body: bytes = b"bytes", **values: str) -> aiohttp.FormData:
    form = aiohttp.FormData(quote_fields=False)
    for key, value in values.items():
        form.add_field(key, value)
    form.add_field(field, io.BytesIO(body), filename=name)
    return form


async def test_a_panel_knows_itself_by_any_verb_and_in_any_letter_case(wire: Wire, news: News) -> None:
    panel = {
        "id": int(news.panel),
        "is_bot": True,
        "first_name": "demo",
        "last_name": "eitaayar",
        "username": "demo_admin",
    }
    assert await wire.ok("getMe", "GET") == panel
    assert await wire.ok("GETME", "POST") == panel
    assert await wire.ok("getme", "PUT") == panel


async def test_the_token_looks_like_the_one_that_was_seen_and_another_is_refused(
    simulator: EitaaSimulator, session: aiohttp.ClientSession, news: News
) -> None:
    token = simulator.world.bots[news.panel].token
    assert re.fullmatch(r"bot\d+:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", token)
    assert await Wire(session, f"{simulator.url}/api/{token[3:]}").refused("getMe") == 401


async def test_a_message_goes_in_by_query_json_form_and_multipart(wire: Wire, hand: Control, news: News) -> None:
    values = {"chat_id": "demo_channel", "text": "سلام"}
    first = await wire.ok("sendMessage", "GET", params=values)
    assert first == {
        "message_id": 1,
        "from": await wire.ok("getMe"),
        "chat": {"id": int(news.panel), "type": "public", "username": "Demo_Channel"},
        "date": first["date"],
        "text": "سلام",
    }
    assert abs(first["date"] - time.time()) < 60
    multipart = aiohttp.FormData(values, default_to_multipart=True)
    ways: list[dict[str, Any]] = [
        {"json": values | {"chat_id": int(news.channel)}},
        {"data": values},
        {"data": multipart},
        {"params": {"chat_id": "demo_channel"}, "json": {"text": "سلام"}},
    ]
    assert [(await wire.ok("sendmessage", **way))["message_id"] for way in ways] == [2, 3, 4, 5]
    rows = await hand.transcript(news.channel)
    assert [(r.text, r.by, r.sender_id) for r in rows] == [("سلام", "api", "@sender")] * 5


async def test_what_people_write_is_in_the_transcript_and_nowhere_else(wire: Wire, hand: Control, news: News) -> None:
    said = await hand.say(news.channel, news.sara, "کد: ۱۲۳۴")
    sent = await wire.ok("sendMessage", json={"chat_id": "demo_channel", "text": "after"})
    assert sent["message_id"] == int(said.message_id) + 1
    await hand.edit(news.channel, said.message_id, "کد", looks=[("bold", "کد", "")])
    assert (await hand.transcript(news.channel))[0].looks == (("bold", "کد", ""),)
    await hand.edit(news.channel, said.message_id, "کد")
    assert (await hand.transcript(news.channel))[0].looks == ()
    assert [(r.text, r.by) for r in await hand.transcript(news.channel)] == [("کد", "person"), ("after", "api")]
    assert await hand.pending() == 0
    for method in ("getUpdates", "setWebhook", "getChat", "editMessageText", "deleteMessage", "sendPhoto"):
        assert await wire.refused(method) == 404
    assert [c.status for c in await hand.calls("getUpdates")] == [404]


async def test_ids_of_messages_grow_in_each_chat_by_itself(wire: Wire, hand: Control, news: News) -> None:
    group = await hand.chats("group", "Family", creator=news.sara)
    numbers = [
        (await wire.ok("sendMessage", json={"chat_id": chat, "text": "x"}))["message_id"]
        for chat in (news.channel, group, news.channel, group)
    ]
    assert numbers == [1, 1, 2, 2]


async def test_a_private_chat_is_found_by_its_number_and_its_invite_code(
    simulator: EitaaSimulator, wire: Wire, hand: Control, news: News
) -> None:
    group = await hand.chats("group", "Family", username="joinchat/AbC123", creator=news.sara)
    sent = await wire.ok("sendMessage", json={"chat_id": "AbC123", "text": "x"})
    assert sent["chat"] == {"id": int(news.panel), "type": "private"}
    await wire.ok("sendMessage", json={"chat_id": int(group), "text": "x"})
    assert await wire.refused("sendMessage", json={"chat_id": "abc123", "text": "x"}) == 400
    other = await hand.chats("group", "Other")
    code = simulator.invite_of(simulator.world.chats[other])
    await wire.ok("sendMessage", json={"chat_id": code, "text": "x"})
    await hand.options(chat_id_in_answers="chat")
    assert (await wire.ok("sendMessage", json={"chat_id": other, "text": "x"}))["chat"]["id"] == int(other)
    with pytest.raises(ControlRefused, match="taken"):
        await hand.chats("group", "Third", username="joinchat/AbC123")


async def test_without_sender_as_admin_nothing_is_written(wire: Wire, hand: Control, news: News) -> None:
    message = {"chat_id": "demo_channel", "text": "x"}
    for role in ("member", "left"):
        await hand.members(news.channel, "@sender", role)
        assert await wire.refused("sendMessage", json=message) == 403
    await hand.members(news.channel, "@sender", "admin")
    await wire.ok("sendMessage", json=message)
    await hand.options(sender_is_admin=False)
    await hand.chats("channel", "Second", username="second")
    assert await wire.refused("sendMessage", json=message | {"chat_id": "second"}) == 403
    assert len(await hand.transcript()) == 1


async def test_a_chat_that_a_panel_has_not_registered_is_unknown_to_it(wire: Wire, hand: Control, news: News) -> None:
    message = {"chat_id": "demo_channel", "text": "x"}
    await hand.members(news.channel, news.panel, "left")
    assert await wire.refused("sendMessage", json=message) == 400
    await hand.members(news.channel, news.panel, "member")
    await wire.ok("sendMessage", json=message)
    await hand.options(registered=False)
    await hand.chats("channel", "Second", username="second")
    assert await wire.refused("sendMessage", json=message | {"chat_id": "second"}) == 400


@pytest.mark.parametrize(
    "values",
    [
        {"chat_id": "@demo_channel"},
        {"chat_id": "nobody"},
        {"chat_id": "sender"},
        {"chat_id": None},
        {"chat_id": ["demo_channel"]},
        {"text": ""},
        {"text": None},
        {"text": {"deep": 1}},
        {"text": "🙂" * 2049},
        {"reply_to_message_id": 77},
        {"reply_to_message_id": "first"},
        {"pin": "please"},
        {"date": "tomorrow"},
        {"date": 10**30},
    ],
)
async def test_a_message_that_cannot_be_is_refused(wire: Wire, hand: Control, values: dict[str, Any]) -> None:
    assert await wire.refused("sendMessage", json={"chat_id": "demo_channel", "text": "x"} | values) == 400
    assert await hand.transcript() == []


@pytest.mark.parametrize("body", [b"{", b"[]", b"[" * 100_000])
async def test_a_body_that_is_no_json_object_is_refused(wire: Wire, body: bytes) -> None:
    assert await wire.refused("sendMessage", data=body, headers={"Content-Type": "application/json"}) == 400


async def test_a_reply_names_an_eitaa_message(wire: Wire, hand: Control, news: News) -> None:
    said = await hand.say(news.channel, news.sara, "?")
    reply = {"chat_id": "demo_channel", "text": "!", "reply_to_message_id": int(said.message_id)}
    await wire.ok("sendMessage", json=reply)
    assert (await hand.transcript(news.channel))[-1].reply_to == said.message_id
    await hand.delete(news.channel, said.message_id)
    assert await wire.refused("sendMessage", json=reply) == 400


async def test_options_without_a_value_are_taken_as_left_out(wire: Wire, hand: Control, news: News) -> None:
    empty = {name: "" for name in ("title", "disable_notification", "reply_to_message_id", "date", "pin", "parse_mode")}
    await wire.ok("sendMessage", data={"chat_id": "demo_channel", "text": "x", "viewCountForDelete": "-1"} | empty)
    [row] = await hand.transcript(news.channel)
    assert row.reply_to is None
    assert [c.method for c in await hand.calls()] == ["sendMessage"]


async def test_names_that_no_document_knows_work_and_are_flagged(wire: Wire, hand: Control, news: News) -> None:
    said = await hand.say(news.channel, news.sara, "?")
    await wire.ok(
        "sendMessage",
        json={
            "chat_id": "demo_channel",
            "text": "!",
            "id_message_to_reply": int(said.message_id),
            "notification_disable": 1,
            "caption": "of nothing",
            "disable_notification": 1,
        },
    )
    assert (await hand.transcript(news.channel))[-1].reply_to == said.message_id
    flagged = [c.method for c in await hand.calls() if c.method.startswith("undocumented:")]
    assert flagged == [f"undocumented:{name}" for name in ("caption", "id_message_to_reply", "notification_disable")]
    assert len(await hand.calls("sendMessage")) == 1


async def test_a_file_goes_in_by_multipart_only(wire: Wire, hand: Control, news: News) -> None:
    form = upload("file", "عکس.jpg", chat_id="demo_channel", caption="متن")
    sent = await wire.ok("sendFile", data=form)
    assert sent["caption"] == "متن"
    assert "text" not in sent
    await wire.ok("sendFile", data=upload("file", "dance.GIF", chat_id="demo_channel"))
    await wire.ok("sendDocument", data=upload("document", "smile.webp", chat_id="demo_channel"))
    rows = await hand.transcript(news.channel)
    assert [(r.kind, r.text) for r in rows] == [("document", "متن"), ("animation", ""), ("sticker", "")]
    assert [c.method for c in await hand.calls()] == ["sendFile", "sendFile", "sendDocument"]
    by_address = {"chat_id": "demo_channel", "file": "https://example.org/a.jpg"}
    assert await wire.refused("sendFile", json=by_address) == 400
    assert await wire.refused("sendFile", data=upload("photo", "a.jpg", chat_id="demo_channel")) == 400
    long = upload("file", "a.jpg", chat_id="demo_channel", caption="x" * 1025)
    assert await wire.refused("sendFile", data=long) == 400
    await hand.options(file_limit=10)
    assert await wire.refused("sendFile", data=upload("file", "a.jpg", b"x" * 11, chat_id="demo_channel")) == 413


@pytest.mark.parametrize("final", [True, False])
async def test_a_scheduled_message_appears_when_its_time_has_come(
    wire: Wire, hand: Control, news: News, final: bool
) -> None:
    await hand.options(scheduled_id_is_final=final)
    due = int(time.time()) + 1
    sent = await wire.ok("sendMessage", json={"chat_id": "demo_channel", "text": "later", "date": due})
    assert sent["date"] == due
    assert await hand.transcript(news.channel) == []
    await wire.ok("sendMessage", json={"chat_id": "demo_channel", "text": "now", "date": 1})
    rows = await hand.transcript(news.channel, 1, wait=30)
    assert [r.text for r in rows] == ["later"]
    assert rows[0].at >= due
    assert rows[0].message_id == str(sent["message_id"] if final else 3)


async def test_a_message_can_be_pinned_and_gone_after_so_many_looks(
    simulator: EitaaSimulator, wire: Wire, hand: Control, news: News
) -> None:
    sent = await wire.ok(
        "sendMessage", json={"chat_id": "demo_channel", "text": "x", "pin": 1, "viewCountForDelete": 2}
    )
    await wire.ok("sendMessage", json={"chat_id": "demo_channel", "text": "y", "pin": "off"})
    number = str(sent["message_id"])
    assert simulator.pinned == {news.channel: number}
    await hand.press(news.channel, number, "view", news.sara)
    assert [r.deleted for r in await hand.transcript(news.channel)] == [False, False]
    await hand.press(news.channel, number, "view", news.sara)
    assert [r.deleted for r in await hand.transcript(news.channel)] == [True, False]


async def test_refusals_take_the_forms_that_the_documents_leave_open(wire: Wire, hand: Control) -> None:
    message = {"chat_id": "nobody", "text": "x"}
    await hand.options(error_status=200)
    status, body = await wire("sendMessage", json=message)
    assert (status, body["ok"], body["error_code"]) == (200, False, 400)
    await hand.options(bare_errors=True, error_status=0)
    assert await wire("sendMessage", json=message) == (400, {"ok": False})


async def test_the_wire_breaks_without_and_after_the_work(wire: Wire, hand: Control, news: News) -> None:
    message = {"chat_id": "demo_channel", "text": "x"}
    await hand.fault("bare_refusal", method="sendMessage")
    assert await wire("sendMessage", json=message) == (400, {"ok": False})
    for code in (200, 502):
        await hand.fault("status", status=code, html=True)
        status, page = await wire("sendMessage", json=message)
        assert (status, page[:6]) == (code, "<html>")
    await hand.fault("status", status=500)
    assert await wire.refused("sendMessage", json=message) == 500
    await hand.fault("flood", retry_after=3)
    async with wire.session.post(f"{wire.url}/sendMessage", json=message) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "3")
        assert (await answer.json())["ok"] is False
    assert await hand.transcript(news.channel) == []
    await hand.fault("drop_answer", chat=news.channel)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await wire("sendMessage", json=message)
    await hand.fault("truncate")
    with pytest.raises(json.JSONDecodeError):
        await wire("sendMessage", json=message)
    assert len(await hand.transcript(news.channel)) == 2


async def test_it_runs_as_a_program(session: aiohttp.ClientSession) -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bridge.platforms.eitaa.simulator", "--set", "bare_errors=true"),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    try:
        assert program.stdout is not None
        where = json.loads(await program.stdout.readline())
        assert where["platform"] == "eitaa"
        async with Control(where["control_url"]) as hand:
            token = (await hand.bots("demo")).token
        wire = Wire(session, f"{where['url']}/api/{token}")
        assert (await wire.ok("getMe"))["first_name"] == "demo"
        assert await wire("getUpdates") == (404, {"ok": False})
    finally:
        program.send_signal(signal.SIGTERM)
    assert await program.wait() == 0
