"""The kit by itself, with the smallest messenger that can be built on it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bridge.platforms.simulation import (
    ControlError,
)
from bridge.sandbox.control import Control, ControlRefused, Hit, NewFile, SeenFile
from tests.platforms.pigeon import Pigeon


@pytest.fixture
async def pigeon() -> AsyncIterator[Pigeon]:
    async with Pigeon() as simulator:
        yield simulator


@pytest.fixture
async def hand(pigeon: Pigeon) -> AsyncIterator[Control]:
    async with Control(pigeon.control_url) as control:
        yield control


@pytest.fixture
async def wire() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@dataclass(frozen=True, slots=True)
class Loft:
    group: str
    sara: str
    bot: str
    send: str
    read: str


@pytest.fixture
async def loft(pigeon: Pigeon, hand: Control) -> Loft:
    sara = await hand.people("Sara")
    bot = await hand.bots("Relay")
    group = await hand.chats("group", "Family", creator=sara)
    await hand.members(group, bot.id)
    return Loft(group, sara, bot.id, f"{pigeon.url}/{bot.token}/send", f"{pigeon.url}/{bot.token}/read")


async def test_what_a_person_says_is_in_the_transcript_and_in_the_bots_queue(
    hand: Control, loft: Loft, wire: aiohttp.ClientSession
) -> None:
    first = await hand.say(loft.group, loft.sara, "ناهار؟")
    await hand.say(loft.group, loft.sara, "خب؟", reply_to=first.message_id)
    rows = await hand.transcript(loft.group)
    assert [(r.index, r.text, r.reply_to, r.by, r.sender_name) for r in rows] == [
        (1, "ناهار؟", None, "person", "Sara"),
        (2, "خب؟", first.message_id, "person", "Sara"),
    ]
    assert rows[0].at == first.at
    assert await hand.pending() == 2
    async with wire.get(loft.read, params={"from": 0}) as answer:
        assert await answer.json() == [{"update_id": 0, "text": "ناهار؟"}, {"update_id": 1, "text": "خب؟"}]
    async with wire.get(loft.read, params={"from": 2}) as answer:
        assert await answer.json() == []
    assert await hand.pending() == 0


async def test_a_messenger_without_buttons_has_none_to_tap_and_asks_for_no_number(hand: Control, loft: Loft) -> None:
    said = await hand.say(loft.group, loft.sara, "ناهار؟")
    assert (await hand.transcript(loft.group))[0].buttons == await hand.bar(loft.group) == ()
    assert await hand.presses() == []
    for call in (
        hand.press(loft.group, said.message_id, "بله", loft.sara),
        hand.tap(loft.group, "بله", loft.sara),
        hand.tap(loft.group, "", loft.sara),
        hand.share_number(loft.group, loft.sara),
        hand.press_again("1"),
        hand.press_over("1"),
    ):
        with pytest.raises(ControlRefused):
            await call


async def test_the_transcript_of_everything_has_an_order_of_its_own(hand: Control, loft: Loft) -> None:
    other = await hand.chats("group", "Work", creator=loft.sara)
    await hand.say(other, loft.sara, "one")
    await hand.say(loft.group, loft.sara, "two")
    await hand.say(other, loft.sara, "three")
    rows = await hand.transcript(after=1)
    assert [(r.index, r.chat, r.text) for r in rows] == [(2, loft.group, "two"), (3, other, "three")]
    assert [r.index for r in await hand.transcript(other)] == [1, 2]


async def test_who_waits_for_the_transcript_is_woken_by_the_next_words(
    hand: Control, loft: Loft, wire: aiohttp.ClientSession
) -> None:
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(hand.transcript(loft.group, wait=30))
        for form in (
            {"data": {"chat": loft.group, "text": "a"}},
            {"json": {"chat": loft.group, "text": "b"}},
        ):
            async with wire.post(loft.send, **form) as answer:  # type: ignore[arg-type]
                assert answer.status == 200
    assert waiting.result()[0].text == "a"
    assert [(r.text, r.by, r.sender_is_bot) for r in await hand.transcript(loft.group, 1, 30)] == [("b", "api", True)]
    assert await hand.transcript(loft.group, 2, 0.01) == []


async def test_a_file_is_seen_byte_for_byte(hand: Control, loft: Loft) -> None:
    await hand.say(loft.group, loft.sara, "a picture", file=NewFile(b"\0pixels", "باغ.png", "image/png"))
    (seen,) = await hand.transcript(loft.group)
    digest = hashlib.sha256(b"\0pixels").hexdigest()
    assert seen.file == SeenFile("باغ.png", "image/png", 7, digest)
    assert await hand.file(loft.group, seen.message_id) == b"\0pixels"
    words = await hand.say(loft.group, loft.sara, "no picture")
    with pytest.raises(ControlRefused):
        await hand.file(loft.group, words.message_id)


async def test_an_edit_and_a_deletion_are_seen_in_place(hand: Control, loft: Loft) -> None:
    first = await hand.say(loft.group, loft.sara, "wrogn")
    second = await hand.say(loft.group, loft.sara, "secret")
    await hand.edit(loft.group, first.message_id, "wrong")
    await hand.delete(loft.group, second.message_id)
    rows = await hand.transcript(loft.group)
    assert [(r.text, r.edited_at is not None, r.deleted) for r in rows] == [
        ("wrong", True, False),
        ("secret", False, True),
    ]
    with pytest.raises(ControlRefused) as refused:
        await hand.edit(loft.group, second.message_id, "again")
    assert refused.value.status == 404
    await hand.edit(loft.group, first.message_id, "right", looks=[("bold", "right", "")])
    assert (await hand.transcript(loft.group))[0].looks == (("bold", "right", ""),)
    with pytest.raises(ControlRefused, match="must be in the text"):
        await hand.edit(loft.group, first.message_id, "right", looks=[("bold", "left", "")])


async def test_two_bots_private_chats_with_one_person_are_told_apart(hand: Control, loft: Loft) -> None:
    second = await hand.bots("Second")
    chat = await hand.start(loft.sara, loft.bot)
    assert await hand.start(loft.sara, second.id) == chat == loft.sara
    with pytest.raises(ControlRefused, match="several bots"):
        await hand.say(chat, loft.sara, "hello?")
    await hand.say(chat, loft.sara, "hello", bot=second.id)
    assert await hand.transcript(chat, bot=loft.bot) == []
    assert [r.text for r in await hand.transcript(chat, bot=second.id)] == ["hello"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("people", {}, 400),
        ("people", [], 400),
        ("chats", {"kind": "crowd", "title": "x"}, 400),
        ("members", {"chat": "no", "person": "no", "role": "member"}, 404),
        ("say", {"chat": 5, "person": "1", "text": "x"}, 400),
        ("faults", {"fault": "earthquake"}, 400),
        ("faults", {"fault": "slow", "times": "many"}, 400),
        ("faults", {"fault": "slow", "seconds": "long"}, 400),
        ("options", {"whisper": True}, 400),
        ("options", {"shout": "loud"}, 400),
        ("update", {"bot": "none", "raw": 1}, 404),
    ],
)
async def test_a_senseless_order_is_refused_in_words(
    pigeon: Pigeon, wire: aiohttp.ClientSession, path: str, body: Any, status: int
) -> None:
    async with wire.post(f"{pigeon.control_url}/{path}", json=body) as answer:
        assert answer.status == status
        assert (await answer.json())["error"]


async def test_only_members_speak_and_only_admins_in_a_channel(hand: Control, loft: Loft) -> None:
    ali = await hand.people("Ali")
    with pytest.raises(ControlRefused, match="not a member"):
        await hand.say(loft.group, ali, "let me in")
    channel = await hand.chats("channel", "News", creator=loft.sara)
    await hand.members(channel, ali)
    with pytest.raises(ControlRefused, match="may not post"):
        await hand.say(channel, ali, "news!")
    await hand.members(channel, ali, "admin")
    await hand.say(channel, ali, "news!")
    with pytest.raises(ControlRefused, match="unknown kind"):
        await hand.say(loft.group, loft.sara, "", kind="hologram")


async def test_an_option_is_switched_while_it_runs(hand: Control, loft: Loft, wire: aiohttp.ClientSession) -> None:
    await hand.options(shout=True)
    await wire.post(loft.send, data={"chat": loft.group, "text": "hey"})
    assert [(r.text, r.raw) for r in await hand.transcript(loft.group)] == [("HEY", "hey")]
    assert (await hand.state())["options"] == {"shout": True}


Sender = Callable[[str], Awaitable[aiohttp.ClientResponse]]


@pytest.fixture
def send(loft: Loft, wire: aiohttp.ClientSession) -> Sender:
    async def go(text: str) -> aiohttp.ClientResponse:
        answer = await wire.post(loft.send, json={"chat": loft.group, "text": text})
        await answer.read()
        return answer

    return go


async def texts(hand: Control, chat: str) -> list[str]:
    return [r.text for r in await hand.transcript(chat)]


async def test_a_status_fault_refuses_before_any_work_and_only_as_often_as_told(
    hand: Control, loft: Loft, send: Sender
) -> None:
    await hand.fault("status", status=502, html=True, method="SEND", after=1, times=2)
    answers = [await send(t) for t in "abcd"]
    assert [a.status for a in answers] == [200, 502, 502, 200]
    assert answers[1].content_type == "text/html"
    assert await texts(hand, loft.group) == ["a", "d"]
    assert [c.status for c in await hand.calls("send")] == [200, 502, 502, 200]


async def test_a_fault_for_another_chat_or_method_does_not_hit(hand: Control, loft: Loft, send: Sender) -> None:
    await hand.fault("status", chat="elsewhere", times=None)
    await hand.fault("status", method="read", times=None)
    assert (await send("a")).status == 200
    await hand.fault("status", chat=loft.group, times=None, status=500)
    assert [(await send("b")).status, (await send("c")).status] == [500, 500]
    await hand.clear_faults()
    assert (await send("d")).status == 200


async def test_a_flood_comes_in_the_platforms_form(hand: Control, send: Sender, loft: Loft) -> None:
    await hand.fault("flood", retry_after=7)
    await hand.fault("flood", retry_after=None, plain_text=True)
    first, second = await send("a"), await send("b")
    assert (first.status, await first.json()) == (429, {"wait": 7})
    assert (second.status, await second.text()) == (429, "slow down")


async def test_a_dropped_answer_leaves_the_work_done(hand: Control, loft: Loft, send: Sender) -> None:
    await hand.fault("drop_answer", method="send")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await send("once")
    assert await texts(hand, loft.group) == ["once"]
    assert [c.status for c in await hand.calls("send")] == [None]
    assert (await send("twice")).status == 200


async def test_a_hanging_call_does_nothing_and_ends_when_faults_are_cleared(
    hand: Control, loft: Loft, send: Sender
) -> None:
    await hand.fault("hang")
    async with asyncio.TaskGroup() as tasks:
        call = tasks.create_task(_outcome(send("lost")))
        while not await hand.calls("send"):
            pass
        await hand.clear_faults()
    assert isinstance(call.result(), aiohttp.ServerDisconnectedError)
    assert await texts(hand, loft.group) == []


async def _outcome(call: Awaitable[aiohttp.ClientResponse]) -> Exception | None:
    try:
        await call
        return None
    except aiohttp.ClientError as error:
        return error


async def test_a_slow_call_is_carried_out_although_the_client_gave_up(
    hand: Control, loft: Loft, wire: aiohttp.ClientSession
) -> None:
    await hand.fault("slow", seconds=0.2)
    with pytest.raises(TimeoutError):
        await wire.post(loft.send, data={"chat": loft.group, "text": "late"}, timeout=aiohttp.ClientTimeout(total=0.05))
    assert [r.text for r in await hand.transcript(loft.group, wait=10)] == ["late"]


async def test_a_truncated_answer_is_a_full_200_with_half_its_json(hand: Control, loft: Loft, send: Sender) -> None:
    await hand.fault("truncate")
    answer = await send("half")
    assert answer.status == 200
    with pytest.raises(json.JSONDecodeError):
        await answer.json()
    assert await texts(hand, loft.group) == ["half"]


async def test_a_platform_that_is_down_refuses_connections_until_it_is_up_at_the_same_address(
    pigeon: Pigeon, hand: Control, loft: Loft, send: Sender
) -> None:
    before = pigeon.url
    async with asyncio.TaskGroup() as tasks:
        poll = tasks.create_task(_outcome(_read(loft.read)))
        while not await hand.calls("read"):
            pass
        await hand.fault("down")
    assert poll.result() is not None
    with pytest.raises(aiohttp.ClientConnectorError):
        await send("a")
    await hand.fault("up")
    assert pigeon.url == before
    assert (await send("b")).status == 200
    assert await texts(hand, loft.group) == ["b"]


async def _read(url: str) -> aiohttp.ClientResponse:
    async with aiohttp.ClientSession() as session, session.get(url, params={"wait": 30}) as answer:
        await answer.read()
        return answer


async def test_anything_can_be_put_into_a_queue(hand: Control, loft: Loft, wire: aiohttp.ClientSession) -> None:
    for raw in ({"new": 1}, {"update_id": 40, "x": 2}, [1], None, {"update_id": "no"}):
        await hand.update(loft.bot, raw)
    await hand.update(loft.bot, {"bare": True}, numbered=False)
    await hand.say(loft.group, loft.sara, "after")
    async with wire.get(loft.read) as answer:
        batch = await answer.json()
    assert batch[:6] == [
        {"update_id": 0, "new": 1},
        {"update_id": 40, "x": 2},
        [1],
        None,
        {"update_id": "no"},
        {"bare": True},
    ]
    assert batch[6] == {"update_id": 45, "text": "after"}
    await wire.get(loft.read, params={"from": 46})
    assert await hand.pending() == 0


async def test_a_username_belongs_to_one(pigeon: Pigeon) -> None:
    pigeon.add_person("Sara", "sara")
    with pytest.raises(ControlError, match="taken"):
        pigeon.add_chat("group", "Sara's", "SARA")


ROOT = Path(__file__).parents[2]
PROGRAM = """
from tests.platforms.pigeon import Pigeon
from bridge.platforms.simulation import run
raise SystemExit(run(Pigeon()))
"""


async def test_as_a_program_it_says_where_it_listens_and_stops_when_asked(
    wire: aiohttp.ClientSession,
) -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, "--set", "shout=true", stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    try:
        assert program.stdout is not None
        where = json.loads(await program.stdout.readline())
        assert where["platform"] == "pigeon"
        assert where["url"] != where["control_url"]
        async with wire.get(f"{where['control_url']}/state") as answer:
            assert (await answer.json())["options"] == {"shout": True}
    finally:
        program.send_signal(signal.SIGTERM)
    assert await program.wait() == 0


async def test_the_outside_hand_is_told_how_often_a_fault_has_hit(hand: Control, loft: Loft, send: Sender) -> None:
    assert await hand.fault_hits() == []
    await hand.fault("status", status=503, times=2)
    await hand.fault("drop_answer", method="send", times=None)
    for text in "ab":
        assert (await send(text)).status == 503
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await send("c")
    await hand.clear_faults()
    assert (await send("d")).status == 200
    assert await hand.fault_hits() == [
        Hit("status", 503, "send", loft.group, 2),
        Hit("drop_answer", None, "send", loft.group, 1),
    ]
