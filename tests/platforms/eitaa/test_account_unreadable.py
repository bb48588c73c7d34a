"""What cannot be read, wherever it stands: it costs itself, and is said; everything around it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridge.model import MessageSaid, Nothing, RemoteEvent, Unreadable
from bridge.outgoing import Outgoing
from bridge.platforms.eitaa.account_place import Place
from tests.platforms.eitaa.ours import opened, words

if TYPE_CHECKING:
    from tests.platforms.eitaa.ours import Ours

ODD = ["unknown_media", "unknown_attribute", "misplaced_media", "oversized_media"]


async def odd(ours: Ours, chat: str, kind: str = "unknown_media") -> str:
    """Something that cannot be read is said; its id."""
    scene = ours.scene
    await scene.hand.options(gzip="never")
    await scene.hand.fault(kind, method="say", chat=chat)
    said = await scene.hand.say(chat, scene.sara, "؟", bot=scene.me)
    return said.message_id


def counted(events: list[RemoteEvent]) -> list[str]:
    return [each.kind for each in events if isinstance(each, Nothing) and "unreadable" in each.kind]


async def basic_group(ours: Ours, title: str = "کوچک") -> str:
    await ours.scene.hand.options(new_groups="basic")
    group = await ours.scene.hand.chats("group", title, creator=ours.scene.sara)
    await ours.scene.hand.members(group, ours.scene.me)
    return group


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("news", ["message", "too_long"])
async def test_a_message_in_a_group_costs_itself_alone(ours: Ours, kind: str, news: str) -> None:
    scene = ours.scene
    await scene.hand.options(channel_news=news)
    await scene.hand.say(scene.family, scene.sara, "یک")
    said = await odd(ours, scene.family, kind)
    await scene.hand.say(scene.family, scene.sara, "دو")
    events = await ours.poll()
    assert words(events) == ["یک", "!", "دو"]
    assert [(e.chat.id, e.id) for e in events if isinstance(e, Unreadable)] == [(ours.family, said)]
    assert words(await ours.poll()) == []


@pytest.mark.parametrize("kind", ODD)
async def test_a_message_in_a_basic_group_costs_itself_alone(ours: Ours, kind: str) -> None:
    scene, group = ours.scene, await basic_group(ours)
    await scene.hand.say(group, scene.sara, "یک")
    await ours.poll()
    await scene.hand.say(group, scene.sara, "دو")
    said = await odd(ours, group, kind)
    await scene.hand.say(group, scene.sara, "سه")
    events = await ours.poll()
    assert words(events) == ["دو", "!", "سه"]
    assert [(e.chat.id, e.id) for e in events if isinstance(e, Unreadable)] == [(f"g{group}", said)]


async def test_several_of_them_in_a_row_and_apart(ours: Ours) -> None:
    scene, group = ours.scene, await basic_group(ours)
    for chat in (group, scene.family):
        await scene.hand.say(chat, scene.sara, "یک")
        await odd(ours, chat)
        await odd(ours, chat)
        await scene.hand.say(chat, scene.sara, "دو")
        await odd(ours, chat)
        await scene.hand.say(chat, scene.sara, "سه")
    events = await ours.poll()
    for id in (f"g{group}", ours.family):
        here = [each for each in events if getattr(getattr(each, "chat", None), "id", "") == id]
        assert words(here) == ["یک", "!", "!", "دو", "!", "سه"]


@pytest.mark.parametrize("kind", ODD)
async def test_a_page_of_history_is_read_past_it(ours: Ours, kind: str) -> None:
    scene = ours.scene
    await scene.hand.start(scene.sara, scene.me)
    await scene.hand.say(scene.family, scene.sara, "پیش از آن")
    await ours.poll()
    await scene.hand.options(too_long_after=2, channel_too_long_after=2)
    for chat in (scene.family, scene.sara):
        for number in range(3):
            await scene.hand.say(chat, scene.sara, f"{number}", bot=scene.me)
        await odd(ours, chat, kind)
        await scene.hand.say(chat, scene.sara, "پس", bot=scene.me)
    events = await ours.poll()
    for id in (ours.family, f"u{scene.sara}"):
        here = [each for each in events if isinstance(each, MessageSaid | Unreadable) and each.chat.id == id]
        assert words(here) == ["0", "1", "2", "!", "پس"]


async def test_the_newest_message_of_a_private_chat_is_told_where_the_chat_is_known(ours: Ours) -> None:
    scene = ours.scene
    await scene.hand.start(scene.sara, scene.me)
    await ours.poll()
    said = await odd(ours, scene.sara)
    found = [each for each in await ours.poll() if isinstance(each, Unreadable)]
    assert [(each.chat.id, each.id) for each in found] == [(f"u{scene.sara}", said)]


async def test_where_nobody_knows_the_chat_it_is_counted_and_no_chat_is_made_up(ours: Ours) -> None:
    scene = ours.scene
    reza = await scene.hand.people("Reza")
    await scene.hand.fault("unknown_media", method="say")
    await scene.hand.start(reza, scene.me)
    await scene.hand.say(scene.family, scene.sara, "سلام")
    events = await ours.poll()
    assert words(events) == ["سلام"]
    assert "unreadable message in a private chat" in counted(events)
    await scene.hand.say(reza, reza, "حالا", bot=scene.me)
    assert words(await ours.poll()) == ["حالا"]


async def test_edits_and_deletions_of_a_group_are_told_around_it(ours: Ours) -> None:
    scene = ours.scene
    first = await scene.hand.say(scene.family, scene.sara, "یک")
    second = await scene.hand.say(scene.family, scene.sara, "دو")
    await ours.poll()
    await scene.hand.edit(scene.family, first.message_id, "یکم")
    await odd(ours, scene.family)
    await scene.hand.delete(scene.family, second.message_id)
    keys = set(ours.keys)
    events = await ours.poll()
    assert words(events) == ["!"]
    assert any(key.startswith(f"{ours.family}/{first.message_id}/edit") for key in ours.keys - keys)
    assert len(counted(events)) == 1


async def test_an_edit_into_something_unreadable_is_counted(ours: Ours) -> None:
    scene = ours.scene
    first = await scene.hand.say(scene.family, scene.sara, "یک")
    await ours.poll()
    scene.simulator.world.messages[-1].wire["odd"] = "unknown_media"
    await scene.hand.edit(scene.family, first.message_id, "یکم")
    await scene.hand.say(scene.family, scene.sara, "دو")
    events = await ours.poll()
    assert words(events) == ["دو"]
    assert len(counted(events)) == 2  # the difference of all, and that of the group


# --- access hashes


async def chats_around(ours: Ours, spoilt: str) -> None:
    """Ten chats, each a minute older than the next; the newest message of one cannot be read."""
    scene = ours.scene
    for number in range(10):
        group = await scene.hand.chats("group", f"گروه {number}", creator=scene.sara)
        await scene.hand.members(group, scene.me)
        await scene.hand.say(group, scene.sara, "سلام")
    await odd(ours, spoilt)
    world = scene.simulator.world
    for number, chat in enumerate([*world.chats.values(), *world.private_chats()]):
        for message in chat.by_id.values():
            message.at -= 60 * (number + 1)


async def test_after_a_restart_a_group_is_written_to_though_no_dialog_can_be_read(ours: Ours) -> None:
    await chats_around(ours, ours.scene.family)
    await ours.poll()
    async with opened(ours.scene, ours.cursor) as again:
        await ours.scene.hand.fault("unknown_answer", method="messages.getDialogs", times=None)
        await again.poll()
        assert await again.session.send(ours.family, Outgoing("سلام", client_id="1"))
        found = await again.session.chat(ours.family)
        assert found is not None
        assert found.title == "خانواده"


async def test_the_list_of_dialogs_is_read_past_one_that_cannot_be_read(ours: Ours) -> None:
    scene = ours.scene
    await scene.hand.start(scene.sara, scene.me)
    await chats_around(ours, scene.family)
    await ours.poll()
    async with opened(scene) as again:  # nothing is known
        await again.poll()
        assert await again.session.send(f"u{scene.sara}", Outgoing("سلام", client_id="1"))
        place = Place.from_cursor(again.cursor)
        assert place is not None
        assert set(place.channels) == set(scene.simulator.world.chats) - {scene.family}


async def test_somebody_whose_dialog_cannot_be_read_is_found_by_what_they_said_before(ours: Ours) -> None:
    scene = ours.scene
    await scene.hand.start(scene.sara, scene.me)
    await ours.poll()
    await odd(ours, scene.sara)
    await ours.poll()
    async with opened(scene, ours.cursor) as again:
        await again.poll()
        assert await again.session.send(f"u{scene.sara}", Outgoing("بله؟", client_id="1"))


async def test_a_group_whose_newest_message_cannot_be_read_begins_with_its_next_news(ours: Ours) -> None:
    scene = ours.scene
    await scene.hand.options(channel_news="too_long")
    other = await scene.hand.chats("group", "همکاران", creator=scene.sara)
    await scene.hand.members(other, scene.me)
    await odd(ours, other)
    await scene.hand.say(scene.family, scene.sara, "سلام")
    events = await ours.poll()
    await scene.hand.say(other, scene.sara, "پس از آن")
    events += await ours.poll()
    assert sorted(words(events)) == ["!", "سلام", "پس از آن"]


async def test_a_long_list_of_dialogs_is_read_past_several_that_cannot_be_read(ours: Ours) -> None:
    scene, world = ours.scene, ours.scene.simulator.world
    await scene.hand.options(gzip="never")
    for number in range(230):
        group = await scene.hand.chats("group", f"گروه {number}", creator=scene.sara)
        await scene.hand.members(group, scene.me)
    chats = list(world.chats.values())
    for number, chat in enumerate(chats):
        for message in chat.by_id.values():
            message.at -= 3600 * number
    spoilt = {chats[number].id for number in (7, 60, 61, 140)}
    for chat_id in spoilt:
        last = next(reversed(world.chats[chat_id].by_id.values()))
        last.wire["action"] = ("unknown", {})
    async with opened(scene) as again:
        await again.poll()
        place = Place.from_cursor(again.cursor)
        assert place is not None
        assert set(world.chats) - set(place.channels) == spoilt | {chat.id for chat in chats if not chat.by_id}
