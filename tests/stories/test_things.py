"""Forwards, places, contacts and polls, from one messenger to all others and to Matrix, and back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bridge.config_loading import load_config
from bridge.matrix.homeserver import MatrixHomeserver
from bridge.matrix.registration import load_registration
from bridge.platforms import PLATFORMS
from bridge.sandbox.control import Seen
from bridge.sandbox.manager import Manager
from bridge.sandbox.sharing import Shared
from bridge.sandbox.world import World
from tests.stories.conftest import TALKATIVE, nothing_that_people_said_was_kept

pytestmark = pytest.mark.asyncio(loop_scope="session")

AZADI = {"latitude": 35.6997, "longitude": 51.3381}
MAP = "35.6997, 51.3381\nhttps://www.openstreetmap.org/?mlat=35.6997&mlon=51.3381&zoom=16"
VOTE = "رأی را تنها در برنامه‌ای می‌توان داد که نظرسنجی در آن ساخته شده است.\n"
VOTE += "One can vote only in the app in which the poll was made."


@dataclass
class Room:
    world: World
    shared: Shared
    mina: Manager

    async def seen(self, words: str, *but: str) -> dict[str, Seen]:
        """The line with these words of somebody else's in each messenger."""
        return {
            name: await self.world[name].copy_of(self.shared.groups[name], words)
            for name in self.world.messengers
            if name not in but
        }

    async def event(self, part: str) -> dict[str, Any]:
        """The content of the event in the room that has these words."""
        heard = await self.mina.person.first(self.shared.room, lambda heard: part in str(heard.content.get("body")))
        return dict(heard.content)

    async def pins(self) -> list[str]:
        """The events that are pinned in the room."""
        state = await self.mina.person.state(self.shared.room)
        return next((each["content"]["pinned"] for each in state if each["type"] == "m.room.pinned_events"), [])

    async def pinned(self, name: str) -> list[Seen]:
        lines = await self.world[name].transcript(self.shared.groups[name])
        return [line for line in lines if line.kind == "location" and line.by == "api"]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def room(tmp_path_factory: pytest.TempPathFactory, synapse_template: Path) -> AsyncIterator[Room]:
    folder = tmp_path_factory.mktemp("things") / "world"
    async with World(folder, template=synapse_template, config=TALKATIVE) as world:
        mina = await world.matrix_manager("mina")
        yield Room(world, await world.share("چیزها", *world.messengers, host=mina), mina)
        await nothing_that_people_said_was_kept(world)


async def test_a_forward_says_everywhere_who_wrote_it_first(room: Room) -> None:
    bale, group = room.world["bale"], room.shared.groups["bale"]
    said = await bale.say(group, "سارا", "باران خواهد آمد", author=("channel", "هواشناسی"))
    head = "↪ بازفرستاده از \u2068هواشناسی\u2069 / forwarded from \u2068هواشناسی\u2069"
    await room.seen(f"{head}\nباران خواهد آمد", "bale")
    assert (await room.event("باران خواهد آمد"))["body"] == f"{head}\nباران خواهد آمد"
    await bale.corrects(group, said.message_id, "باران نخواهد آمد")
    await room.world.settled()
    for name in ("rubika", "soroush"):
        (line,) = [line for line in await room.world[name].conversation(room.shared.groups[name])]
        assert line.text.endswith(f"{head}\nباران نخواهد آمد"), name
        assert line.edited_at is not None, name


async def test_a_place_is_pinned_on_every_map_behind_the_words_for_it(room: Room) -> None:
    await room.world["bale"].say(room.shared.groups["bale"], "سارا", "", kind="location", thing=AZADI)
    await room.seen(f"[مکان / location]\n{MAP}", "bale")
    content = await room.event("35.6997, 51.3381")
    assert (content["msgtype"], content["geo_uri"]) == ("m.location", "geo:35.6997,51.3381")
    await room.world.settled()
    for name in ("rubika", "soroush"):
        (pin,) = await room.pinned(name)
        assert pin.thing == AZADI | {"title": ""}, name
    assert await room.pinned("eitaa") == []
    assert await room.pinned("bale") == []


async def test_a_contact_crosses_with_its_number(room: Room) -> None:
    card = {"name": "دکتر رضایی", "phone": "989121234567"}
    await room.world["soroush"].say(room.shared.groups["soroush"], "سهراب", "", kind="contact", thing=card)
    words = "👤 \u2068دکتر رضایی\u2069 \u2068+989121234567\u2069"
    await room.seen(words, "soroush")
    assert (await room.event("دکتر رضایی"))["body"] == words


async def test_a_poll_crosses_with_its_options_and_says_where_one_votes(room: Room) -> None:
    poll = {"question": "شام کجا برویم؟", "options": ["خانهٔ ما", "رستوران"]}
    await room.world["rubika"].say(room.shared.groups["rubika"], "رضا", "", kind="poll", thing=poll)
    words = f"[نظرسنجی / poll] شام کجا برویم؟\n1. \u2068خانهٔ ما\u2069\n2. \u2068رستوران\u2069\n{VOTE}"
    await room.seen(words, "rubika")
    assert (await room.event("شام کجا برویم؟"))["body"] == words


async def test_a_place_and_a_poll_of_matrix_reach_every_messenger(room: Room) -> None:
    place = {"msgtype": "m.location", "body": "Location geo:35.5,51.25;u=20", "geo_uri": "geo:35.5,51.25;u=20"}
    await room.mina.person.send(room.shared.room, "m.room.message", place)
    words = "[مکان / location]\n35.5, 51.25\nhttps://www.openstreetmap.org/?mlat=35.5&mlon=51.25&zoom=16"
    await room.seen(words)
    answers = [{"id": str(n), "org.matrix.msc1767.text": text} for n, text in enumerate(("شنبه", "جمعه"))]
    asked = {"question": {"org.matrix.msc1767.text": "کدام روز بیاییم؟"}, "answers": answers, "max_selections": 1}
    poll = {"org.matrix.msc3381.poll.start": asked, "org.matrix.msc1767.text": "کدام روز بیاییم؟\n1. شنبه\n2. جمعه"}
    event = await room.mina.person.send(room.shared.room, "org.matrix.msc3381.poll.start", poll)
    await room.seen(f"[نظرسنجی / poll] کدام روز بیاییم؟\n1. \u2068شنبه\u2069\n2. \u2068جمعه\u2069\n{VOTE}")
    vote = {
        "m.relates_to": {"rel_type": "m.reference", "event_id": event},
        "org.matrix.msc3381.poll.response": {"answers": ["0"]},
    }
    await room.world.settled()
    before = {name: len(await room.world[name].transcript(room.shared.groups[name])) for name in room.world.messengers}
    await room.mina.person.send(room.shared.room, "org.matrix.msc3381.poll.response", vote)
    await room.world.settled()
    after = {name: len(await room.world[name].transcript(room.shared.groups[name])) for name in room.world.messengers}
    assert after == before
    assert [line.thing for line in await room.pinned("bale")] == [{"latitude": 35.5, "longitude": 51.25, "title": ""}]


async def test_a_new_title_is_told_everywhere_and_the_topic_follows(room: Room) -> None:
    bale, group = room.world["bale"], room.shared.groups["bale"]
    sara = await bale.person("سارا")
    await bale.control.title(group.id, sara, "خانهٔ پدری")
    words = "✎ گروهشان اکنون «\u2068خانهٔ پدری\u2069» نام دارد\n✎ their group is now called «\u2068خانهٔ پدری\u2069»"
    await room.seen(words, "bale")
    assert (await room.event("خانهٔ پدری"))["body"] == words
    await room.mina.person.first(
        room.shared.room, lambda event: "خانهٔ پدری (بله)" in str(event.content.get("topic", ""))
    )


async def test_a_pinned_message_is_answered_by_the_news_in_every_app(room: Room) -> None:
    bale, group = room.world["bale"], room.shared.groups["bale"]
    said = await bale.say(group, "سارا", "شام ساعت هشت")
    copies = await room.seen("شام ساعت هشت", "bale")
    await bale.control.pin(group.id, said.message_id, await bale.person("سارا"))
    news = await room.seen("📌 پیامی سنجاق شد\n📌 a message was pinned", "bale")
    for name, line in news.items():
        assert line.reply_to == copies[name].message_id, name
    await room.world.settled()
    heard = await room.mina.person.first(room.shared.room, lambda event: event.body == "شام ساعت هشت")
    assert await room.pins() == [heard.event_id]


async def test_what_a_moderator_pins_in_the_room_is_pinned_in_the_app_that_can_and_told_of_in_the_others(
    room: Room,
) -> None:
    config = load_config(room.world.config_path, {name: PLATFORMS[name].settings for name in PLATFORMS}, {})
    token = load_registration(room.world.registration_path, config).as_token
    homeserver = MatrixHomeserver(room.world.synapse.url, token)
    try:
        [made] = [each for each in await room.mina.person.state(room.shared.room) if each["type"] == "m.room.create"]
        powers = [each for each in await room.mina.person.state(room.shared.room) if "users_default" in each["content"]]
        content = powers[0]["content"]
        content["users"][room.mina.mxid] = 50
        await homeserver.set_state(room.shared.room, made["sender"], "m.room.power_levels", "", content)
    finally:
        await homeserver.close()
    event = await room.world.matrix_says(room.mina.person, room.shared.room, "قرار: جمعه")
    copies = await room.seen("قرار: جمعه")
    for pinned in ([*await room.pins(), event], await room.pins()):
        await room.mina.person.set_state(room.shared.room, "m.room.pinned_events", {"pinned": pinned})
        await room.world.settled()
        lines = {name: await room.world[name].transcript(room.shared.groups[name]) for name in room.world.messengers}
        told = {name: [line for line in lines[name] if line.reply_to == copies[name].message_id] for name in lines}
        assert {name: len(found) for name, found in told.items()} == {"rubika": 1, "bale": 0, "soroush": 1, "eitaa": 1}
        [copy] = [line for line in lines["bale"] if line.message_id == copies["bale"].message_id]
        assert copy.pinned == (event in pinned)
