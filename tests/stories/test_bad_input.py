"""Whatever a messenger sends: it is named, set aside or refused in words, and the stream behind it flows on."""

from __future__ import annotations

import time
from typing import Any

import pytest

from bridge.sandbox.reading import heard
from bridge.sandbox.sharing import Shared
from bridge.sandbox.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

TWO_WAY = ["rubika", "bale", "soroush"]


def other_than(platform: str) -> str:
    return "bale" if platform == "rubika" else "rubika"


def raw_message(platform: str, chat: str, person: str, message_id: int, text: Any) -> dict[str, Any]:
    """An update with a new message, as the platform puts it, with whatever we want in it."""
    if platform == "rubika":
        message = {
            "message_id": str(message_id),
            "text": text,
            "time": str(int(time.time())),
            "is_edited": False,
            "sender_type": "User",
            "sender_id": person,
        }
        return {"type": "NewMessage", "chat_id": chat, "update_time": int(time.time()), "new_message": message}
    sender = {"id": int(person), "is_bot": False, "first_name": "کسی از دور"}
    place = {"id": int(chat), "type": "group" if platform == "bale" else "supergroup", "title": "جایی"}
    return {
        "message": {
            "message_id": message_id,
            "from": sender,
            "date": int(time.time()),
            "chat": place,
            "text": text,
        }
    }


def poison(platform: str, chat: str) -> list[Any]:
    """Wrong types in every place, depths, nulls, and kinds that nobody knows."""
    deep: Any = "bottom"
    for _ in range(200):
        deep = [deep]
    if platform == "rubika":
        return [
            {"type": "MessageFromTheFuture", "chat_id": chat, "future": {"a": [1, 2, {"b": None}]}},
            {"type": "NewMessage", "chat_id": chat, "new_message": ["no", "object"]},
            {"type": "NewMessage", "chat_id": chat, "new_message": {"message_id": {"x": 1}, "text": 5}},
            {"type": "NewMessage", "chat_id": 17, "new_message": None},
            {"type": ["NewMessage"], "chat_id": chat, "update_time": "never"},
            {"type": "NewMessage", "chat_id": chat, "new_message": {"message_id": "9", "text": deep, "time": deep}},
            "a string",
            None,
            [],
        ]
    return [
        {"message_from_the_future": {"chat": {"id": int(chat)}, "a": [1, 2, {"b": None}]}},
        {"message": ["no", "object"]},
        {"message": {"message_id": "x", "chat": {"id": []}, "text": 5}},
        {"message": {"message_id": 10**30, "chat": {"id": int(chat)}, "from": 12, "text": "؟"}},
        {
            "message": {
                "message_id": 900_001,
                "chat": {"id": int(chat)},
                "from": {"id": "x"},
                "date": deep,
                "text": deep,
            }
        },
        {"callback_query": {"id": 5, "message": None}},
        {"edited_message": None, "poll": {"question": deep}},
        {},
    ]


async def foreign_copies(world: World, platform: str, shared: Shared) -> list[str]:
    lines = await world[platform].conversation(shared.groups[platform])
    return [line.text.partition("\n")[2] for line in lines if line.by == "api"]


async def still_flows(world: World, shared: Shared, platform: str, words: str) -> None:
    """What is said behind it on the same platform, and from elsewhere to it, arrives."""
    other = other_than(platform)
    here, there = shared.groups[platform], shared.groups[other]
    await world[platform].says(here, here.admin, f"{words}: پشت آن، {platform}")
    await world[other].copy_of(there, f"{words}: پشت آن، {platform}")
    await world[other].says(there, there.admin, f"{words}: به سوی آن، {platform}")
    await world[platform].copy_of(here, f"{words}: به سوی آن، {platform}")


@pytest.mark.parametrize("platform", TWO_WAY)
async def test_unknown_kinds_and_wrong_types_do_not_stop_the_stream(world: World, platform: str) -> None:
    shared = await world.share(f"زهر {platform}", other_than(platform), platform)
    messenger = world[platform]
    for raw in poison(platform, shared.groups[platform].id):
        await messenger.control.update(messenger.bot.id, raw)
    await still_flows(world, shared, platform, "زهر")
    for raw in poison(platform, shared.groups[platform].id):
        await messenger.control.update(messenger.bot.id, raw, numbered=False)
    await still_flows(world, shared, platform, "زهر بی‌شماره")
    await world.settled()


@pytest.mark.parametrize("platform", TWO_WAY)
async def test_a_text_of_ten_megabytes_is_refused_in_words_and_holds_nothing_up(world: World, platform: str) -> None:
    shared = await world.share(f"بلند {platform}", other_than(platform), platform)
    messenger, group = world[platform], shared.groups[platform]
    text = "خیلی بلند " * (10 * 2**20 // len("خیلی بلند ".encode()))
    raw = raw_message(platform, group.id, messenger.people[group.admin], 800_001, text)
    await messenger.control.update(messenger.bot.id, raw)
    await still_flows(world, shared, platform, "پس از بلند")
    told = await messenger.wait_for(group, lambda line: heard("not_carried", line.text) is not None)
    assert "بلند" in (heard("not_carried", told.text) or {})["reason"]
    await world.settled()


@pytest.mark.parametrize("platform", ["bale", "soroush"])
async def test_ids_beyond_32_bits_go_through_whole(world: World, platform: str) -> None:
    mina = await world.matrix_manager(f"reader-of-ids-{platform}")
    shared = await world.share(f"شماره‌های بزرگ {platform}", other_than(platform), platform, host=mina)
    messenger, group = world[platform], shared.groups[platform]
    person, number = str(2**52 - 3), 2**40 + 7
    raw = raw_message(platform, group.id, person, number, f"شماره‌ام بزرگ است در {platform}")
    await messenger.control.update(messenger.bot.id, raw)
    event = await mina.person.first(shared.room, lambda event: event.body == f"شماره‌ام بزرگ است در {platform}")
    assert event.sender == f"@hampayam_{platform}_{person}:localhost"
    assert event.content["ir.hampayam.origin"]["message"].endswith(str(number))
    other = other_than(platform)
    await world[other].copy_of(shared.groups[other], f"شماره‌ام بزرگ است در {platform}")


async def test_answers_that_break_off_or_come_as_pages_or_twice_lose_and_double_nothing(world: World) -> None:
    shared = await world.share("خط خراب", *TWO_WAY)
    for platform in TWO_WAY:
        control = world[platform].control
        await control.fault("truncate", method="getUpdates")
        await control.fault("status", method="getUpdates", status=502, html=True)
        await control.fault("repeat_updates", times=2)
    for number in range(4):
        for platform in TWO_WAY:
            group = shared.groups[platform]
            await world[platform].says(group, group.admin, f"خط {platform} خراب است، بار {number}")
    await world.settled()
    for platform in TWO_WAY:
        await world[platform].control.clear_faults()
        copies = await foreign_copies(world, platform, shared)
        for source in TWO_WAY:
            expected = [f"خط {source} خراب است، بار {number}" for number in range(4)] if source != platform else []
            assert [text for text in copies if source in text] == expected


async def test_a_platform_that_says_too_much_or_breaks_down_before_the_work_gets_the_message_later(
    world: World,
) -> None:
    platforms = [*TWO_WAY, "eitaa"]
    mina = await world.matrix_manager("patient")
    shared = await world.share("آهسته‌تر", *platforms, host=mina)
    for platform in platforms:
        for fault, detail in (
            ("flood", {"retry_after": 1, "plain_text": False}),
            ("flood", {"retry_after": None, "plain_text": True}),
            ("status", {"status": 503, "html": True}),
        ):
            chat = shared.groups[platform].id
            await world[platform].control.fault(fault, method="sendMessage", chat=chat, times=1, **detail)
    said = [await world.matrix_says(mina.person, shared.room, f"کمی صبر کنید، بار {n}") for n in range(3)]
    await world.settled()
    for platform in platforms:
        assert await foreign_copies(world, platform, shared) == [f"کمی صبر کنید، بار {n}" for n in range(3)]
        refused = [call.status for call in await world[platform].control.calls("sendMessage") if call.status != 200]
        assert 503 in refused
    states = [copy.state for copy in await world.books.copies() if copy.event_id in said]
    assert states == ["sent"] * 12


@pytest.mark.parametrize("platform", [*TWO_WAY, "eitaa"])
async def test_what_a_platform_refuses_for_good_is_told_to_its_sender_and_the_rest_goes_on(
    world: World, platform: str
) -> None:
    shared = await world.share(f"نپذیرفته {platform}", other_than(platform), platform)
    messenger, group = world[platform], shared.groups[platform]
    await messenger.control.fault("status", method="sendMessage", chat=group.id, status=400, html=False)
    other = other_than(platform)
    said = await world[other].says(shared.groups[other], shared.groups[other].admin, f"این را {platform} نمی‌خواهد")
    told = await world[other].wait_for(shared.groups[other], lambda line: heard("not_delivered", line.text) is not None)
    assert told.reply_to == said
    assert messenger.titles["fa"] in told.text
    await world[other].says(shared.groups[other], shared.groups[other].admin, f"این را {platform} می‌خواهد")
    await messenger.copy_of(group, f"این را {platform} می‌خواهد")
