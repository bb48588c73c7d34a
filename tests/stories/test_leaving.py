"""Who wants to know what is kept about them is told, and who wants to be forgotten is, also when the bridge dies
meanwhile. A stranger on the homeserver learns nothing of either."""

from __future__ import annotations

import asyncio
import html
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest
import pytest_asyncio

from bridge.core.identity import Users
from bridge.sandbox.client import CLIENT, Heard, MatrixRefused, call
from bridge.sandbox.conversation import Conversation
from bridge.sandbox.visitor import Visitor
from bridge.sandbox.world import DOMAIN, PREFIX, World

pytestmark = pytest.mark.asyncio(loop_scope="session")


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


async def visitor(talk: Conversation, name: str) -> Visitor:
    """Somebody of the group, in their private chat with the bot."""
    made = Visitor(talk.world["bale"], name)
    await made.starts()
    return made


async def rows_with(talk: Conversation, word: str) -> list[str]:
    """The tables in which a word stands."""
    books = talk.world.books
    tables = await books.tables()
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
    person, sara = await ghost(talk, "سارا"), await visitor(talk, "سارا")
    await sara.says("/export")
    page_line = await sara.sees("همهٔ آنچه دربارهٔ شما")
    assert page_line.file is not None
    assert (page_line.file.name, page_line.file.mime) == ("hampayam.html", "text/html")
    page = html.unescape((await world["bale"].control.file(sara.chat, page_line.message_id)).decode())
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
    person, sara = await ghost(talk, "سارا"), await visitor(talk, "سارا")
    events = {(await event_of(talk, text)).event_id for text in texts}
    await sara.says("/فراموش")
    await sara.taps("🗑 آری")
    text = (await sara.sees("پاک شدید")).text
    await world.settled()
    assert events <= redacted(talk)
    assert (await event_of(talk, "نوشتهٔ من می‌ماند")).event_id not in redacted(talk)
    copies = await world["rubika"].conversation(talk.shared.groups["rubika"])
    assert not [seen.text for seen in copies if any(each in seen.text for each in texts)]
    assert [seen for seen in copies if seen.text == "نوشتهٔ من می‌ماند"]
    assert "حساب شما روی سرور ماتریکس پاک شد" in text
    assert await look_up(talk, person) == {"deactivated": True, "displayname": None}
    assert person not in await mina.person.members(talk.room)
    assert await rows_with(talk, person) == []
    # She is back.
    await talk.says("bale", "سارا", "دوباره سلام")
    await talk.arrivals("دوباره سلام")
    await world.settled()
    assert (await event_of(talk, "دوباره سلام")).sender == person
    assert (await look_up(talk, person))["deactivated"] is False
    assert (await mina.person.members(talk.room))[person] == "سارا · بله"


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
    person, babak = await ghost(talk, "بابک"), await visitor(talk, "بابک")
    events = {(await event_of(talk, text)).event_id for text in texts}
    await babak.says("/forget")
    await babak.taps("🗑 آری")
    for gone in (2, 5, 9):
        async with asyncio.timeout(30):
            while len(events & redacted(talk)) < gone:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        await world.bridge_kill()
        if gone < 9:
            await world.bridge_start()
    assert len(events & redacted(talk)) < len(events), "it was killed in the middle"
    await world.bridge_start()
    await world.running()
    assert "۱۲ پیام شما پاک شد" in (await babak.sees("پاک شدید")).text
    await world.settled()
    deletions = [str(e.content.get("redacts")) for e in mina.person.events(talk.room) if e.type == "m.room.redaction"]
    assert sorted(each for each in deletions if each in events) == sorted(events)
    copies = await world["rubika"].conversation(talk.shared.groups["rubika"])
    assert not [seen.text for seen in copies if "بابک این را نوشت" in seen.text]
    assert await rows_with(talk, person) == []
    assert json.dumps(await look_up(talk, person)) == '{"deactivated": true, "displayname": null}'
