"""A word that was wrong is mended in every app, and one that is regretted disappears from every app."""

from __future__ import annotations

import pytest
import pytest_asyncio

from bridge.sandbox.conversation import Conversation
from bridge.sandbox.reading import copied, heard
from bridge.sandbox.verdict import MATRIX
from bridge.sandbox.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEAKERS = {"rubika": "رضا", "bale": "سارا", "soroush": "سهراب", MATRIX: "مینا"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def talk(world: World) -> Conversation:
    return await _talk(world)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def talk_on_postgres(postgres_world: World) -> Conversation:
    return await _talk(postgres_world)


@pytest.fixture(params=["sqlite", "postgres"])
def either(request: pytest.FixtureRequest) -> Conversation:
    found: Conversation = request.getfixturevalue("talk" if request.param == "sqlite" else "talk_on_postgres")
    return found


async def _talk(world: World) -> Conversation:
    mina = await world.matrix_manager("mahin")
    shared = await world.share("ویرایشگران", "rubika", "bale", "soroush", host=mina)
    talk = Conversation(world, shared, mina)
    await talk.introduce("rubika", "رضا")
    await talk.rename("مینا")
    return talk


async def everywhere_as_said(talk: Conversation) -> None:
    await talk.world.settled()
    for place, found in (await talk.findings()).items():
        assert found.fine, (place, found)


@pytest.mark.parametrize("place", SPEAKERS)
async def test_a_correction_is_read_in_every_app(either: Conversation, place: str) -> None:
    wrong, right = f"نهار با منت در {place}", f"ناهار با من در {place}"
    await either.says(place, SPEAKERS[place], wrong)
    await either.arrivals(wrong)
    await either.corrects(place, wrong, right)
    await everywhere_as_said(either)
    await either.corrects(place, right, f"{right}، ساعت یک")
    await everywhere_as_said(either)


async def test_what_is_deleted_is_gone_from_every_app_where_that_is_told(either: Conversation) -> None:
    for place in ("rubika", MATRIX):  # Bale and Soroush Plus tell nobody what was deleted there
        text = f"پشیمانم که در {place} نوشتم"
        await either.says(place, SPEAKERS[place], text)
        await either.arrivals(text)
        await either.deletes(place, text)
        await everywhere_as_said(either)


async def test_a_reply_to_corrected_words_finds_them(either: Conversation) -> None:
    await either.says("bale", "سارا", "چه کسی میآید؟")
    await either.arrivals("چه کسی میآید؟")
    await either.corrects("bale", "چه کسی میآید؟", "چه کسی می‌آید؟")
    await either.world.settled()
    await either.says("soroush", "سیما", "من می‌آیم", answers="چه کسی می‌آید؟")
    await everywhere_as_said(either)


async def test_corrections_and_deletions_survive_a_kill(either: Conversation) -> None:
    world = either.world
    for number in range(4):
        await either.says("rubika", "رضا", f"پیش از مرگ {number}")
    await either.arrivals("پیش از مرگ 3")
    await world.bridge_kill()
    await either.corrects("rubika", "پیش از مرگ 0", "پس از مرگ 0")
    await either.corrects("rubika", "پیش از مرگ 1", "پس از مرگ 1")
    await either.deletes("rubika", "پیش از مرگ 2")
    await either.corrects(MATRIX, (await _mina_says(either, "نکته‌ای دارم")), "نکتهٔ مهمی دارم")
    await world.bridge_start()
    await everywhere_as_said(either)


async def _mina_says(talk: Conversation, text: str) -> str:
    await talk.says(MATRIX, "مینا", text)
    return text


async def test_where_nothing_can_be_changed_the_correction_answers_and_the_deletion_is_said(world: World) -> None:
    shared = await world.share("یک‌طرفه", "rubika", "eitaa")
    rubika, eitaa = world["rubika"], world["eitaa"]
    said = await rubika.says(shared.groups["rubika"], "رضا", "ساعت دو می‌رسیم")
    copy = await eitaa.copy_of(shared.groups["eitaa"], "ساعت دو می‌رسیم")
    await rubika.corrects(shared.groups["rubika"], said, "ساعت سه می‌رسیم")
    correction = await eitaa.wait_for(shared.groups["eitaa"], lambda seen: "ساعت سه می‌رسیم" in seen.text)
    label, words = copied(correction.text) or ("", "")
    assert label.endswith("· روبیکا")
    assert heard("corrected", words) is not None
    assert correction.reply_to == copy.message_id
    await rubika.control.delete(shared.groups["rubika"].id, said)
    gone = await eitaa.wait_for(
        shared.groups["eitaa"], lambda seen: heard("deleted", (copied(seen.text) or ("", ""))[1]) is not None
    )
    assert gone.reply_to == copy.message_id
