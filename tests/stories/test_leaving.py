"""Who wants to know what is kept about them is told, and who wants to be forgotten is, also when the bridge dies
meanwhile. A stranger on the homeserver learns nothing of either."""

from __future__ import annotations

import asyncio
import html
import json
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest
import pytest_asyncio

from bridge.core.identity import Users
from bridge.core.people.export import Export
from bridge.keys import Keys
from bridge.platforms import PLATFORMS
from bridge.sandbox.client import CLIENT, Heard, MatrixRefused, call
from bridge.sandbox.conversation import Conversation
from bridge.sandbox.world import DOMAIN, PREFIX, World
from bridge.store import Store
from bridge.store.ghosts import Ghosts
from bridge.store.holdings import Holdings
from bridge.store.inbox import Inbox

pytestmark = pytest.mark.asyncio(loop_scope="session")

TITLES = {name: platform.titles for name, platform in PLATFORMS.items()}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def talk(tmp_path_factory: pytest.TempPathFactory, synapse_template: Path) -> AsyncIterator[Conversation]:
    """Sara and Babak on Bale, Reza on Rubika and Mina on Matrix; the bridge has an administrator's token."""
    folder = tmp_path_factory.mktemp("leaving") / "world"
    async with World(folder, platforms=("bale", "rubika"), template=synapse_template) as world:
        assert world.operator_account is not None
        await world.reconfigure(config={"people": {"admin_token": world.operator_account.access_token}})
        mina = await world.matrix_manager("mina")
        talk = Conversation(world, await world.share("خانواده", "bale", "rubika", host=mina), mina)
        await talk.introduce("rubika", "رضا")
        yield talk


async def ghost(talk: Conversation, name: str) -> str:
    return Users(PREFIX, DOMAIN, 2).ghost("bale", await talk.world["bale"].person(name))


async def private_chat(talk: Conversation, name: str) -> str:
    bale = talk.world["bale"]
    return await bale.control.start(await bale.person(name), bale.bot.id, None)


async def wants_to_be_forgotten(talk: Conversation, name: str, chat: str) -> None:
    """As the bridge writes it down when somebody says so. It reads that when it starts."""
    await talk.world.bridge_stop()
    await talk.world.books.change(
        "INSERT INTO farewell (person, login, chat, language, step, cursor, begun_at) "
        f"SELECT '{await ghost(talk, name)}', id, '{chat}', 'fa', 'waiting', "
        f"(SELECT MAX(id) + 1 FROM message), {int(time.time() * 1000)} FROM login WHERE platform = 'bale'"
    )


async def told(talk: Conversation, chat: str, part: str) -> str:
    control = talk.world["bale"].control
    async with asyncio.timeout(30):
        while True:
            for seen in await control.transcript(chat):
                if seen.by == "api" and part in seen.text:
                    return seen.text
            await asyncio.sleep(0.1)


async def rows_with(talk: Conversation, word: str) -> list[str]:
    """The tables in which a word stands."""
    books = talk.world.books
    tables = [str(row[0]) for row in await books.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return [table for table in tables for row in await books.rows(f"SELECT * FROM {table}") if word in str(row)]


def redacted(talk: Conversation) -> set[str]:
    """The events that Mina saw being deleted."""
    assert talk.host is not None
    events = talk.host.person.events(talk.room)
    return {str(event.content.get("redacts")) for event in events if event.type == "m.room.redaction"}


async def event_of(talk: Conversation, text: str) -> Heard:
    assert talk.host is not None
    return await talk.host.person.first(talk.room, lambda event: event.body == text)


async def test_a_stranger_on_the_homeserver_cannot_look_anybody_up(talk: Conversation) -> None:
    await talk.says("bale", "سارا", "کسی بیرون از اینجا مرا نمی‌بیند")
    await talk.world.settled()
    sara, synapse = await ghost(talk, "سارا"), talk.world.synapse
    stranger = await synapse.register("stranger")
    async with aiohttp.ClientSession() as http:
        profile = f"{synapse.url}{CLIENT}/profile/{quote(sara)}"
        for token, status in (("", 401), (stranger.access_token, 403)):
            with pytest.raises(MatrixRefused) as refused:
                await call(http, "GET", profile, token=token)
            assert refused.value.status == status
        await call(http, "GET", profile, token=talk.world.accounts["mina"].access_token)
        search = f"{synapse.url}{CLIENT}/user_directory/search"
        for term in ("hampayam", "سارا", "Sara"):
            found = await call(http, "POST", search, token=stranger.access_token, body={"search_term": term})
            assert found["results"] == []


async def test_what_is_kept_about_somebody_is_told_to_them_and_nothing_of_others(talk: Conversation) -> None:
    world = talk.world
    await talk.says("bale", "سارا", "این نوشتهٔ من است")
    await talk.says("rubika", "رضا", "این نوشتهٔ رضاست")
    await world.settled()
    person = await ghost(talk, "سارا")
    await world.bridge_stop()
    store = Store(f"sqlite:///{(world.folder / 'hampayam.db').absolute().as_posix().lstrip('/')}")
    await store.open()
    try:
        inbox = Inbox(store, Keys(b"k" * 32))
        users = Users(PREFIX, DOMAIN, 2)
        export = Export(
            Holdings(store), Ghosts(store), inbox, users, TITLES, keeps=(180, 90), clock=lambda: int(time.time() * 1000)
        )
        page = html.unescape((await export.of(person, "fa")).decode())
    finally:
        await store.close()
    await world.bridge_start()
    await world.running()
    words = re.sub("[\u2068\u2069]", "", page)
    for needed in (
        "برنامهٔ شما: بله",
        "نامی که برنامه می‌گوید: سارا",
        f"{talk.shared.groups['bale'].title} در بله",
        "پیام شما",
        person,
    ):
        assert needed in words
    assert "رضا" not in words
    assert not re.search(r"\+?98\d{10}|09\d{9}|[۰-۹]{11}", words), "a phone number"
    for said in world.everything_said():
        assert said not in words


async def test_who_is_forgotten_is_gone_from_every_app_and_can_come_back_as_somebody_new(talk: Conversation) -> None:
    world, mina = talk.world, talk.host
    assert mina is not None
    texts = [f"روزی از یاد می‌روم {number}" for number in range(4)]
    for text in texts:
        await talk.says("bale", "سارا", text)
        await talk.arrivals(text)
    await talk.says("rubika", "رضا", "نوشتهٔ من می‌ماند")
    await world.settled()
    sara, chat = await ghost(talk, "سارا"), await private_chat(talk, "سارا")
    events = {(await event_of(talk, text)).event_id for text in texts}
    await wants_to_be_forgotten(talk, "سارا", chat)
    await world.bridge_start()
    await world.running()
    text = await told(talk, chat, "پاک شدید")
    await world.settled()
    assert events <= redacted(talk)
    assert (await event_of(talk, "نوشتهٔ من می‌ماند")).event_id not in redacted(talk)
    copies = await world["rubika"].conversation(talk.shared.groups["rubika"])
    assert not [seen.text for seen in copies if any(each in seen.text for each in texts)]
    assert [seen for seen in copies if seen.text == "نوشتهٔ من می‌ماند"]
    assert "حساب شما روی سرور ماتریکس پاک شد" in text
    assert await look_up(talk, sara) == {"deactivated": True, "displayname": None}
    assert sara not in await mina.person.members(talk.room)
    assert await rows_with(talk, sara) == []
    # She is back.
    await talk.says("bale", "سارا", "دوباره سلام")
    await talk.arrivals("دوباره سلام")
    await world.settled()
    assert (await event_of(talk, "دوباره سلام")).sender == sara
    assert (await look_up(talk, sara))["deactivated"] is False
    assert (await mina.person.members(talk.room))[sara] == "سارا · بله"


async def look_up(talk: Conversation, mxid: str) -> dict[str, object]:
    synapse = talk.world.synapse
    assert talk.world.operator_account is not None
    async with aiohttp.ClientSession() as http:
        url = f"{synapse.url}/_synapse/admin/v2/users/{quote(mxid)}"
        user = await call(http, "GET", url, token=talk.world.operator_account.access_token)
    return {"deactivated": user["deactivated"], "displayname": user["displayname"]}


async def test_killed_in_the_middle_it_goes_on_and_deletes_everything_once(talk: Conversation) -> None:
    world, mina = talk.world, talk.host
    assert mina is not None
    texts = [f"بابک این را نوشت {number}" for number in range(12)]
    for text in texts:
        await talk.says("bale", "بابک", text)
    await talk.arrivals(texts[-1])
    await world.settled()
    babak, chat = await ghost(talk, "بابک"), await private_chat(talk, "بابک")
    events = {(await event_of(talk, text)).event_id for text in texts}
    await wants_to_be_forgotten(talk, "بابک", chat)
    for gone in (2, 5, 9):
        await world.bridge_start()
        async with asyncio.timeout(30):
            while len(events & redacted(talk)) < gone:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        await world.bridge_kill()
    assert len(events & redacted(talk)) < len(events), "it was killed in the middle"
    await world.bridge_start()
    await world.running()
    assert "۱۲ پیام شما پاک شد" in await told(talk, chat, "پاک شدید")
    await world.settled()
    deletions = [str(e.content.get("redacts")) for e in mina.person.events(talk.room) if e.type == "m.room.redaction"]
    assert sorted(each for each in deletions if each in events) == sorted(events)
    copies = await world["rubika"].conversation(talk.shared.groups["rubika"])
    assert not [seen.text for seen in copies if "بابک این را نوشت" in seen.text]
    assert await rows_with(talk, babak) == []
    assert json.dumps(await look_up(talk, babak)) == '{"deactivated": true, "displayname": null}'
