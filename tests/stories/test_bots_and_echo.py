"""Other bots, and our own words that come back to us."""

from __future__ import annotations

import pytest

from bridge.sandbox.messenger import Group
from bridge.sandbox.reading import heard
from bridge.sandbox.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def foreign_copies(world: World, platform: str, group: Group) -> list[str]:
    return [line.text.partition("\n")[2] for line in await world[platform].conversation(group) if line.by == "api"]


async def test_other_bots_are_not_bridged_unless_an_admin_allows_it(world: World) -> None:
    shared = await world.share("ربات‌ها", "bale", "rubika")
    bale, group = world["bale"], shared.groups["bale"]
    for name in ("هواشناس", "خبرنگار"):
        bale.people[name] = await bale.control.people(name, is_bot=True)
        await bale.control.members(group.id, bale.people[name])
    await bale.says(group, "هواشناس", "هوا آفتابی است و دما ۲۱")
    await bale.says(group, "خبرنگار", "خبر تازه‌ای نیست امروز")
    await bale.says(group, "سارا", "ربات‌ها خیلی حرف می‌زنند")
    await world["rubika"].copy_of(shared.groups["rubika"], "ربات‌ها خیلی حرف می‌زنند")
    assert await foreign_copies(world, "rubika", shared.groups["rubika"]) == ["ربات‌ها خیلی حرف می‌زنند"]

    await world.reconfigure(settings={"bale": {"bridge_bots": [bale.people["هواشناس"]]}})
    await bale.says(group, "هواشناس", "فردا باران می‌بارد، چتر بردارید")
    await bale.says(group, "خبرنگار", "باز هم خبری نیست که نیست")
    await bale.says(group, "سارا", "چتر برداشتم")
    await world["rubika"].copy_of(shared.groups["rubika"], "چتر برداشتم")
    assert await foreign_copies(world, "rubika", shared.groups["rubika"]) == [
        "ربات‌ها خیلی حرف می‌زنند",
        "فردا باران می‌بارد، چتر بردارید",
        "چتر برداشتم",
    ]


@pytest.mark.parametrize("platform", ["rubika", "bale"])
async def test_our_own_words_that_come_back_are_not_bridged_again(world: World, platform: str) -> None:
    shared = await world.share(f"پژواک {platform}", "rubika", "bale", "soroush")
    echoing = world[platform]
    await echoing.control.options(echo_own=True)
    try:
        others = [name for name in shared.groups if name != platform]
        for number in range(5):
            for name in others:
                group = shared.groups[name]
                await world[name].says(group, group.admin, f"{name} در {platform} می‌پیچد، بار {number}")
        await echoing.says(shared.groups[platform], shared.groups[platform].admin, f"پایان پژواک {platform}")
        await world.settled()
    finally:
        await echoing.control.options(echo_own=False)
    for name, group in shared.groups.items():
        copies = await foreign_copies(world, name, group)
        assert len(copies) == len(set(copies)) == (6 if name != platform else 10), name


@pytest.mark.parametrize("platform", ["rubika", "bale"])
async def test_a_lost_answer_is_settled_by_our_own_words_when_they_come_back(world: World, platform: str) -> None:
    other = "bale" if platform == "rubika" else "rubika"
    shared = await world.share(f"پاسخ گم {platform}", "rubika", "bale")
    echoing, group = world[platform], shared.groups[platform]
    await echoing.control.options(echo_own=True)
    try:
        await echoing.control.fault("drop_answer", method="sendMessage", chat=group.id)
        await world[other].says(shared.groups[other], shared.groups[other].admin, f"پاسخی نمی‌آید از {platform}")
        await echoing.copy_of(group, f"پاسخی نمی‌آید از {platform}")
        await world.settled()
    finally:
        await echoing.control.options(echo_own=False)
    assert (await world.books.copies())[-1].state == "sent"
    assert await foreign_copies(world, platform, group) == [f"پاسخی نمی‌آید از {platform}"]


@pytest.mark.parametrize("platform", ["rubika", "bale", "soroush", "eitaa"])
async def test_a_lost_answer_is_never_guessed_the_sender_is_told_and_the_next_words_go_on(
    world: World, platform: str
) -> None:
    other = "soroush" if platform == "bale" else "bale"
    shared = await world.share(f"نامعلوم {platform}", other, platform)
    messenger, group = world[platform], shared.groups[platform]
    await messenger.control.fault("drop_answer", method="sendMessage", chat=group.id, times=1)
    admin = shared.groups[other].admin
    said = await world[other].says(shared.groups[other], admin, f"شاید به {platform} رسید، شاید نه")
    told = await world[other].wait_for(
        shared.groups[other], lambda line: heard("in_doubt", line.text) is not None and line.reply_to == said
    )
    assert messenger.titles["fa"] in told.text
    await world[other].says(shared.groups[other], admin, f"این یکی حتماً به {platform} رسید")
    await messenger.copy_of(group, f"این یکی حتماً به {platform} رسید")
    await world.settled()
    assert await foreign_copies(world, platform, group) == [
        f"شاید به {platform} رسید، شاید نه",
        f"این یکی حتماً به {platform} رسید",
    ]
    assert [copy.state for copy in (await world.books.copies())[-2:]] == ["unknown", "sent"]


async def test_an_operators_group_hears_from_the_bot_that_what_it_sends_arrives(world: World) -> None:
    bale = world["bale"]
    group = (await world.share("گروه اپراتور", "bale", "rubika")).groups["bale"]
    answer = await bale.answer_to(group, group.admin, "/status")
    (told,) = [values for line in answer.text.splitlines() if (values := heard("chat_id", line)) is not None]
    chat = told["chat"].strip("\u2068\u2069")
    await world.reconfigure(settings={"bale": {"probe_chat": chat}})
    await bale.wait_for(group, lambda line: heard("probe_line", line.text) is not None)
    await world.reconfigure(settings={"bale": {"probe_chat": None}})
