from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from bridge.sandbox.client import CLIENT, Account, MatrixRefused, call
from bridge.sandbox.person import Person
from bridge.sandbox.synapse import Synapse


@pytest.fixture(scope="module")
def synapse(tmp_path_factory: pytest.TempPathFactory, synapse_template: Path) -> Iterator[Synapse]:
    server = Synapse(tmp_path_factory.mktemp("person"), template=synapse_template)
    asyncio.run(server.start())
    try:
        yield server
    finally:
        asyncio.run(server.stop())


@pytest.fixture
async def sara(synapse: Synapse) -> Account:
    return await synapse.register(f"sara-{time.monotonic_ns()}")


@pytest.fixture
async def reza(synapse: Synapse) -> Account:
    return await synapse.register(f"reza-{time.monotonic_ns()}")


async def test_two_persons_talk(synapse: Synapse, sara: Account, reza: Account) -> None:
    began = time.time()
    async with Person(synapse.url, sara) as one, Person(synapse.url, reza) as two:
        room = await one.create_room("ناهار", invite=[two.mxid])
        assert await two.invited(room) == room
        await two.join(room)
        question = await one.say(room, "ناهار؟")
        (heard,) = await two.messages(room, wait=10)
        assert (heard.sender, heard.body, heard.event_id) == (one.mxid, "ناهار؟", question)
        assert began < heard.at < time.time()
        answer = await two.say(room, "بله", reply_to=question)
        reply = (await one.messages(room, after=1, wait=10))[0]
        assert reply.event_id == answer
        assert reply.content["m.relates_to"] == {"m.in_reply_to": {"event_id": question}}


async def test_an_answered_invite_is_no_invite_any_more(synapse: Synapse, sara: Account, reza: Account) -> None:
    async with Person(synapse.url, sara) as one, Person(synapse.url, reza) as two:
        first = await one.create_room(invite=[two.mxid])
        await two.invited()
        await two.leave(first)
        second = await one.create_room()
        await one.invite(second, two.mxid)
        assert await two.invited(second) == second
        await two.join(second)
        await one.say(second, "there you are")
        assert await two.messages(second, wait=10)
        with pytest.raises(TimeoutError, match="no invite"):
            await two.invited(second, wait=0.1)


async def test_who_is_in_a_room_and_what_is_set_there(synapse: Synapse, sara: Account, reza: Account) -> None:
    async with Person(synapse.url, sara) as one, Person(synapse.url, reza) as two:
        room = await one.create_room("Family", preset="public_chat")
        await two.join(room)
        assert await one.members(room) == {
            one.mxid: one.mxid[1:].partition(":")[0],
            two.mxid: two.mxid[1:].partition(":")[0],
        }
        await one.set_state(room, "m.room.topic", {"topic": "lunch"})
        state = {event["type"]: event["content"] for event in await two.state(room)}
        assert state["m.room.topic"]["topic"] == "lunch"
        await two.leave(room)
        assert list(await one.members(room)) == [one.mxid]
        with pytest.raises(MatrixRefused, match="M_FORBIDDEN"):
            await two.say(room, "let me in")


async def test_a_deleted_message_is_seen_to_go(synapse: Synapse, sara: Account) -> None:
    async with Person(synapse.url, sara) as one:
        room = await one.create_room()
        said = await one.say(room, "a slip")
        redaction = await one.redact(room, said, reason="a slip")
        seen = await one.first(room, lambda event: event.type == "m.room.redaction")
        assert seen.event_id == redaction
        assert seen.content["redacts"] == said


async def test_a_person_who_was_away_reads_everything_in_order(synapse: Synapse, sara: Account, reza: Account) -> None:
    await synapse.lift_ratelimit(sara.mxid)
    texts = [f"message {number}" for number in range(14)]
    late = Person(synapse.url, reza, batch=3)
    async with Person(synapse.url, sara) as one:
        async with late:
            room = await one.create_room(preset="public_chat")
            await late.join(room)
            await one.say(room, texts[0])
            await late.messages(room, wait=10)
        for text in texts[1:]:
            await one.say(room, text)
        async with late:
            heard = await late.messages(room, count=len(texts), wait=10)
        assert [message.body for message in heard] == texts


async def test_waiting_ends_at_once_when_it_comes_and_in_time_when_it_does_not(synapse: Synapse, sara: Account) -> None:
    async with Person(synapse.url, sara) as one:
        room = await one.create_room()
        began = time.monotonic()
        assert await one.messages(room, wait=0.3) == []
        assert 0.3 <= time.monotonic() - began < 5
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(one.messages(room, wait=60))
            group.create_task(one.say(room, "here"))
        assert [message.body for message in waiting.result()] == ["here"]
        assert time.monotonic() - began < 30


async def test_a_person_hears_on_after_the_homeserver_was_killed(
    synapse: Synapse, sara: Account, reza: Account
) -> None:
    async with Person(synapse.url, sara) as one, Person(synapse.url, reza) as two:
        room = await one.create_room(preset="public_chat")
        await two.join(room)
        await one.say(room, "before")
        await two.messages(room, wait=10)
        await synapse.kill()
        await synapse.start()
        await one.say(room, "after")
        heard = await two.messages(room, count=2, wait=20)
        assert [message.body for message in heard] == ["before", "after"]


async def test_a_person_whose_login_ended_says_so(synapse: Synapse, sara: Account) -> None:
    one = Person(synapse.url, sara)
    await one.start()
    room = await one.create_room()
    async with aiohttp.ClientSession() as session:
        await call(session, "POST", f"{synapse.url}{CLIENT}/logout", token=sara.access_token)
    with pytest.raises(MatrixRefused, match="M_UNKNOWN_TOKEN"):
        await one.messages(room, wait=30)
    with pytest.raises(MatrixRefused, match="M_UNKNOWN_TOKEN"):
        await one.stop()
    with pytest.raises(MatrixRefused, match="M_UNKNOWN_TOKEN"):
        await Person(synapse.url, sara).start()
    assert sara.access_token not in repr(sara)
