"""A public channel of Eitaa comes into a shared room from its page, and nobody there is bothered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from bridge.sandbox.client import Heard
from bridge.sandbox.control import NewFile, Seen
from bridge.sandbox.manager import Manager
from bridge.sandbox.messenger import WAIT_S, Group
from bridge.sandbox.reading import copied, heard
from bridge.sandbox.sharing import Shared
from bridge.sandbox.world import World
from bridge.texts.words import KINDS
from tests.platforms.files import picture
from tests.stories.conftest import TALKATIVE, nothing_that_people_said_was_kept

pytestmark = pytest.mark.asyncio(loop_scope="session")


@dataclass
class News:
    """A channel, the Bale group that shares a room with its mirror, and Mina, who is in the room."""

    world: World
    shared: Shared
    mina: Manager
    channel: str
    editor: str

    @property
    def bale(self) -> Group:
        return self.shared.groups["bale"]

    async def publishes(self, text: str, *, file: NewFile | None = None) -> str:
        eitaa = self.world["eitaa"]
        eitaa.said.append(text)
        kind = "text" if file is None else "photo"
        return (await eitaa.control.say(self.channel, self.editor, text, kind=kind, file=file)).message_id

    async def on_bale(self, matches: Callable[[Seen], bool]) -> Seen:
        """A line there that looks so, now or when it has changed."""
        async with asyncio.timeout(WAIT_S):
            while True:
                for seen in await self.world["bale"].transcript(self.bale):
                    if matches(seen):
                        return seen
                await asyncio.sleep(0.05)

    async def in_room(self, matches: Callable[[Heard], bool]) -> Heard:
        return await self.mina.person.first(self.shared.room, matches, wait=WAIT_S)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def news(tmp_path_factory: pytest.TempPathFactory, synapse_template: Path) -> AsyncIterator[News]:
    folder = tmp_path_factory.mktemp("mirror") / "world"
    async with World(
        folder, template=synapse_template, platforms=("bale", "eitaa"), mirrors=("eitaa",), config=TALKATIVE
    ) as world:
        mina = await world.matrix_manager("mina")
        shared = await world.share("خانواده", "bale", host=mina)
        hand = world["eitaa"].control
        editor = await hand.people("سردبیر")
        channel = await hand.chats("channel", "اخبار امروز", username="Akhbar_Emrooz", creator=editor)
        await hand.say(channel, editor, "پیش از آینه")
        number = next(number for number, mxid in (await world.operator.rooms()).values() if mxid == shared.room)
        answer = await world.operator.command(f"mirror eitaa https://eitaa.com/Akhbar_Emrooz {number}")
        assert heard("mirror_made", answer) is not None
        made = News(world, shared, mina, channel, editor)
        await made.publishes("درست پس از فرمان")
        yield made
        await nothing_that_people_said_was_kept(world)


async def test_what_it_publishes_from_the_command_on_arrives_everywhere(news: News) -> None:
    copy = await news.on_bale(lambda seen: copied(seen.text) is not None)
    assert copied(copy.text) == ("اخبار امروز · ایتا", "درست پس از فرمان")
    event = await news.in_room(lambda event: event.body == "درست پس از فرمان")
    members = await news.mina.person.members(news.shared.room)
    assert members[event.sender] == "اخبار امروز · ایتا"
    assert not [each for each in news.mina.person.events(news.shared.room) if each.body == "پیش از آینه"]


async def test_a_photo_comes_with_its_words(news: News) -> None:
    await news.publishes("در کوه", file=NewFile(picture("JPEG"), "کوه.jpg"))
    copy = await news.on_bale(lambda seen: seen.file is not None)
    assert copied(copy.text) == ("اخبار امروز · ایتا", "در کوه")
    event = await news.in_room(lambda event: event.content.get("msgtype") == "m.image")
    assert event.body == "در کوه"


async def test_a_post_is_corrected_and_another_disappears(news: News) -> None:
    hand = news.world["eitaa"].control
    first, second = await news.publishes("غلت"), await news.publishes("پشیمان می‌شویم")
    await news.publishes("پس از آن")
    await news.on_bale(lambda seen: "پس از آن" in seen.text)
    await hand.edit(news.channel, first, "غلط")
    assert (await news.on_bale(lambda seen: "غلط" in seen.text)).edited_at is not None
    await hand.delete(news.channel, second)
    assert (await news.on_bale(lambda seen: seen.deleted)).by == "api"


async def test_what_is_said_in_the_room_does_not_reach_for_the_channel(news: News) -> None:
    told = await news.in_room(lambda event: heard("joined_mirror", event.body) is not None)
    assert "اخبار امروز" in told.body
    await news.world.matrix_says(news.mina.person, news.shared.room, "نظر من این است")
    await news.world["bale"].copy_of(news.bale, "نظر من این است")
    await news.world.settled()
    assert "نظر من این است" not in [seen.text for seen in await news.world["eitaa"].control.transcript(news.channel)]
    assert not [
        each
        for each in news.mina.person.events(news.shared.room)
        if heard("not_delivered", each.body) is not None or heard("in_doubt", each.body) is not None
    ]


async def test_what_was_published_while_the_bridge_was_down_comes_in_order_and_once(news: News) -> None:
    await news.world.bridge_kill()
    texts = [f"در خاموشی {number}" for number in range(30)]
    for text in texts:
        await news.publishes(text)
    await news.world.bridge_start()
    await news.on_bale(lambda seen: texts[-1] in seen.text)
    await news.world.settled()
    lines = [copied(seen.text) for seen in await news.world["bale"].transcript(news.bale)]
    assert [words[1] for words in lines if words is not None and "در خاموشی" in words[1]] == texts


async def test_a_page_that_is_gone_is_told_to_the_operator_and_holds_nothing_up(news: News) -> None:
    world, hand = news.world, news.world["eitaa"].control
    await hand.fault("status", method="page", chat=news.channel, times=None, status=404)
    operator = world.operator
    told = await operator.person.first(operator.room, lambda event: heard("mirror_gone", event.body) is not None)
    assert "اخبار امروز" in told.body
    await news.in_room(lambda event: KINDS["mirror_lost"]["fa"] in event.body)
    await hand.clear_faults()
    await news.publishes("باز آمدیم")
    await news.in_room(lambda event: event.body == "باز آمدیم")


async def test_it_ends_with_unlink(news: News) -> None:
    lines = (await news.world.operator.command("rooms")).splitlines()
    (link,) = [line.strip().split(" · ")[0] for line in lines if "اخبار امروز" in line]
    await news.world.operator.command(f"unlink {link}")
    await news.on_bale(lambda seen: heard("link_ended", seen.text) is not None)
    await news.publishes("این دیگر نمی‌آید")
    await news.world["bale"].says(news.bale, news.bale.admin, "و این می‌آید")
    await news.in_room(lambda event: event.body == "و این می‌آید")
    await news.world.settled()
    assert not [each for each in news.mina.person.events(news.shared.room) if each.body == "این دیگر نمی‌آید"]
