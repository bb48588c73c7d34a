"""What a person gets: their words in every app, under their name, as replies to the right ones."""

from __future__ import annotations

import asyncio
import time

import pytest

from bridge.sandbox.conversation import Conversation
from bridge.sandbox.reading import heard
from bridge.sandbox.verdict import MATRIX
from bridge.sandbox.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

LISTENERS = ("rubika", "bale", "soroush", "eitaa", MATRIX)


async def seen_in(family: Conversation, place: str, text: str) -> str:
    """A text as it stands in a place, label included."""
    found = await family.arrival(place, text)
    group = family.shared.groups[place]
    transcript = await family.world[place].transcript(group)
    return next(line.text for line in transcript if line.message_id == found.message_id)


async def test_what_one_person_writes_is_read_in_every_other_app_under_their_name_and_place(
    family: Conversation,
) -> None:
    await family.says("bale", "سارا", "ناهار ساعت چند است؟")
    for place in ("rubika", "soroush", "eitaa"):
        text = await seen_in(family, place, "ناهار ساعت چند است؟")
        assert text == "\u2068سارا\u2069 · بله\nناهار ساعت چند است؟"
    await family.says("soroush", "سهراب", "ساعت یک، همه بیایند")
    assert await seen_in(family, "bale", "ساعت یک، همه بیایند") == "\u2068سهراب\u2069 · سروش پلاس\nساعت یک، همه بیایند"
    await family.says("rubika", "رضا", "من دیرتر می‌رسم")
    assert await seen_in(family, "eitaa", "من دیرتر می‌رسم") == "\u2068رضا\u2069 · روبیکا\nمن دیرتر می‌رسم"


async def test_in_the_matrix_room_a_remote_person_is_a_ghost_with_their_own_name(family: Conversation) -> None:
    assert family.host is not None
    said = await family.says("bale", "بابک", "سلام به همگی از بله")
    person = family.host.person
    event = await person.first(family.room, lambda event: event.body == "سلام به همگی از بله")
    assert event.sender == f"@hampayam_bale_{family.world['bale'].people['بابک']}:localhost"
    assert (await person.members(family.room))[event.sender] == "بابک · بله"
    assert said.message_id not in event.body


async def test_a_person_on_element_is_heard_by_all(family: Conversation) -> None:
    await family.says(MATRIX, "مینا", "من از المنت می‌نویسم")
    for place in family.shared.groups:
        assert await seen_in(family, place, "من از المنت می‌نویسم") == "\u2068مینا\u2069 · ماتریکس\nمن از المنت می‌نویسم"


async def test_a_reply_stays_a_reply_to_the_right_message_in_every_app(family: Conversation) -> None:
    await family.says("rubika", "رضا", "چه کسی نان می‌خرد؟")
    await family.says("bale", "سارا", "چه کسی میوه می‌خرد؟")
    await family.says("soroush", "سیما", "نان با من", answers="چه کسی نان می‌خرد؟")
    await family.says("rubika", "رضا", "میوه هم با من", answers="چه کسی میوه می‌خرد؟")
    await family.says(MATRIX, "مینا", "پس من چه بخرم؟", answers="نان با من")
    await family.says("bale", "سارا", "تو فقط بیا", answers="پس من چه بخرم؟")
    await family.arrivals("تو فقط بیا")
    lines = await family.lines()
    for place in LISTENERS:
        answered = {line.text: line.reply_to for line in lines[place]}
        assert answered["نان با من"] == "چه کسی نان می‌خرد؟", place
        assert answered["میوه هم با من"] == "چه کسی میوه می‌خرد؟", place
        assert answered["پس من چه بخرم؟"] == "نان با من", place
        assert answered["تو فقط بیا"] == "پس من چه بخرم؟", place


async def test_when_everybody_talks_at_once_all_arrives_once_and_in_order(family: Conversation) -> None:
    async def talks(place: str, name: str) -> None:
        for number in range(8):
            await family.says(place, name, f"{name} برای بار {number} می‌گوید")

    async with asyncio.TaskGroup() as group:
        for place, name in (("rubika", "رضا"), ("bale", "سارا"), ("soroush", "سهراب"), (MATRIX, "مینا")):
            group.create_task(talks(place, name))
    await family.world.settled()
    findings = await family.findings()
    assert set(findings) == set(LISTENERS)
    for finding in findings.values():
        assert finding.fine, finding
        assert finding.expected >= 32


async def test_long_words_arrive_whole_in_pieces_that_fit(world: World) -> None:
    shared = await world.share("بلندگویان", "bale", "rubika")
    story = "\n".join(f"بند {number} از داستانی که پایان ندارد." for number in range(300))
    await world["bale"].says(shared.groups["bale"], "سارا", story[:4000])
    await world["bale"].says(shared.groups["bale"], "سارا", "پایان داستان")
    await world["rubika"].copy_of(shared.groups["rubika"], "پایان داستان")
    *pieces, end = await world["rubika"].conversation(shared.groups["rubika"])
    assert end.text.endswith("پایان داستان")
    assert len(pieces) == 2
    assert all(piece.text.startswith("\u2068سارا\u2069 · بله (") for piece in pieces)
    words = "\n".join(piece.text.partition("\n")[2] for piece in pieces)
    assert words.split() == story[:4000].split()


async def test_something_that_is_neither_text_nor_a_file_is_named_instead_of_swallowed(world: World) -> None:
    shared = await world.share("عکاسان", "bale", "rubika")
    bale, group = world["bale"], shared.groups["bale"]
    bill = {"message_id": 9000, "date": int(time.time()), "chat": {"id": int(group.id), "type": "group"}}
    bill |= {"from": {"id": int(await bale.person("سارا")), "is_bot": False, "first_name": "سارا"}}
    bill |= {"invoice": {"title": "شام"}, "caption": "شام دیروز ما"}
    await bale.control.update(bale.bot.id, {"message": bill})
    seen = await world["rubika"].wait_for(shared.groups["rubika"], lambda line: "شام دیروز ما" in line.text)
    assert seen.text == "\u2068سارا\u2069 · بله\n[صورت‌حساب / invoice]\nشام دیروز ما"


async def test_unlinking_ends_it_and_leaves_no_ghost_behind(either_world: World) -> None:
    world = either_world
    mina = await world.matrix_manager("reader-of-endings")
    shared = await world.share("بدرود", "bale", "rubika", "soroush", host=mina)
    bale, rubika = world["bale"], world["rubika"]
    await bale.says(shared.groups["bale"], "سارا", "پیش از جدایی بله")
    await bale.says(shared.groups["bale"], "بابک", "من هم هستم پیش از جدایی")
    await rubika.says(shared.groups["rubika"], "رضا", "پیش از جدایی روبیکا")
    await world.settled()
    ghosts = [mxid for mxid in await mina.person.members(shared.room) if "hampayam_" in mxid and ".steward" not in mxid]
    assert len(ghosts) == 3

    await bale.says(shared.groups["bale"], "سارا", "/unlink")
    await bale.wait_for(shared.groups["bale"], lambda line: heard("link_ended", line.text) is not None)
    await rubika.wait_for(shared.groups["rubika"], lambda line: heard("link_ended", line.text) is not None)
    await bale.says(shared.groups["bale"], "سارا", "پس از جدایی، از بله")
    await rubika.says(shared.groups["rubika"], "رضا", "پس از جدایی، از روبیکا")
    await world["soroush"].copy_of(shared.groups["soroush"], "پس از جدایی، از روبیکا")
    await world.settled()
    members = await mina.person.members(shared.room)
    assert not [mxid for mxid in members if mxid.startswith("@hampayam_bale_")]
    assert [mxid for mxid in members if mxid.startswith("@hampayam_rubika_")]
    everywhere = [
        line.text
        for name in ("bale", "rubika", "soroush")
        for line in await world[name].transcript(shared.groups[name])
        if line.by == "api"
    ]
    assert not [text for text in everywhere if "پس از جدایی، از بله" in text]
    bale_heard = [line.text for line in await bale.conversation(shared.groups["bale"])]
    assert not [text for text in bale_heard if "پس از جدایی، از روبیکا" in text]


async def test_when_the_last_link_ends_nobody_of_ours_stays_in_the_room(world: World) -> None:
    shared = await world.share("دو تا", "bale", "rubika")
    await world["bale"].says(shared.groups["bale"], "سارا", "یکی از ما می‌رود")
    await world["rubika"].copy_of(shared.groups["rubika"], "یکی از ما می‌رود")
    for name in ("bale", "rubika"):
        group = shared.groups[name]
        await world[name].says(group, group.admin, "/unlink")
        await world[name].wait_for(group, lambda line: heard("link_ended", line.text) is not None)
    await world.settled()
    assert await world.members(shared.room) == []


async def test_where_a_messenger_tells_no_names_a_pseudonym_serves_until_one_is_chosen(world: World) -> None:
    shared = await world.share("نام‌ها", "rubika", "bale")
    rubika, group = world["rubika"], shared.groups["rubika"]
    await rubika.says(group, "ریحانه", "بی‌نام می‌نویسم")
    await rubika.says(group, "ریحانه", "باز هم بی‌نام می‌نویسم")
    await rubika.says(group, "رضا", "من کس دیگری هستم")
    first = await world["bale"].copy_of(shared.groups["bale"], "بی‌نام می‌نویسم")
    second = await world["bale"].copy_of(shared.groups["bale"], "باز هم بی‌نام می‌نویسم")
    other = await world["bale"].copy_of(shared.groups["bale"], "من کس دیگری هستم")
    pseudonym = first.text.partition("\n")[0]
    assert pseudonym.startswith("\u2068عضو ")
    assert second.text.partition("\n")[0] == pseudonym
    assert other.text.partition("\n")[0] != pseudonym

    answer = await rubika.answer_to(group, "ریحانه", "/نام ریحانه خانم")
    assert heard("name_set", answer.text) == {"name": "ریحانه خانم"}
    await rubika.says(group, "ریحانه", "حالا نامم را می‌دانید")
    named = await world["bale"].copy_of(shared.groups["bale"], "حالا نامم را می‌دانید")
    assert named.text == "\u2068ریحانه خانم\u2069 · روبیکا\nحالا نامم را می‌دانید"


async def test_no_name_can_pretend_to_come_from_another_messenger(world: World) -> None:
    impostor = "سارا · بله\u202e"
    shared = await world.share("نقاب", "soroush", "bale", people={"soroush": ("سهراب", impostor), "bale": ("سارا",)})
    await world["soroush"].says(shared.groups["soroush"], impostor, "به من اعتماد کنید")
    seen = await world["bale"].copy_of(shared.groups["bale"], "به من اعتماد کنید")
    assert seen.text.partition("\n")[0] == "\u2068سارا بله\u2069 · سروش پلاس"
