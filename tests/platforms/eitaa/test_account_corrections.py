"""What an account is told of corrections and deletions, and how it corrects, deletes and reads; over real HTTP."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from bridge.errors import NotAllowed, Refused
from bridge.model import ChatKind, Mark, MessageDeleted, MessageEdited, MessageSaid, Text
from bridge.outgoing import Outgoing
from bridge.platforms.eitaa.account import open_account
from bridge.platforms.eitaa.gateway import Credentials
from tests.platforms.eitaa.ours import Ours, Place, basic_group, events, ignored, opened, settings_of, words

if TYPE_CHECKING:
    from tests.platforms.eitaa.conftest import Scene


# --- what comes


async def test_text_and_replies_go_both_ways(place: Place) -> None:
    first = await place.says("ناهار؟")
    (said,) = events(await place.ours.poll())
    assert isinstance(said, MessageSaid)
    assert (said.id, said.chat.id, said.chat.kind, said.content) == (first, place.chat, ChatKind.GROUP, Text("ناهار؟"))
    sent = await place.ours.session.send(place.chat, Outgoing("رضا: بله", first, "1/0"))
    seen = await place.last()
    assert (seen.text, seen.reply_to, seen.message_id) == ("رضا: بله", first, sent)
    await place.hand.say(place.group, place.ours.scene.sara, "کجا؟", reply_to=sent)
    *_, answer = events(await place.ours.poll())
    assert isinstance(answer, MessageSaid)
    assert answer.reply_to == sent


async def test_a_correction_is_the_whole_message_as_it_is_now(place: Place) -> None:
    first = await place.says("ناهار؟")
    reply = (await place.hand.say(place.group, place.ours.scene.sara, "شم", reply_to=first)).message_id
    *_, before = events(await place.ours.poll())
    assert isinstance(before, MessageSaid)
    await place.hand.edit(place.group, reply, "شام")
    (edited,) = events(await place.ours.poll())
    assert isinstance(edited, MessageEdited)
    assert (edited.said.id, edited.said.content, edited.said.reply_to) == (reply, Text("شام"), first)
    assert (edited.said.at, edited.said.sender, edited.said.chat) == (before.at, before.sender, before.chat)
    assert edited.at >= before.at
    assert edited.at % 1000 == 0


async def test_two_corrections_in_one_second_are_two_and_a_replay_is_none(place: Place) -> None:
    number = await place.says("یک")
    await place.ours.poll()
    began = place.ours.cursor
    versions = []
    for text in ("دو", "سه"):
        await place.hand.edit(place.group, number, text)
        (edited,) = events(await place.ours.poll())
        assert isinstance(edited, MessageEdited)
        versions.append((edited.version, edited.said.content))
    assert versions[0][0] != versions[1][0]
    assert [content for _, content in versions] == [Text("دو"), Text("سه")]
    place.ours.cursor = began
    assert events(await place.ours.poll()) == []


@pytest.mark.parametrize("news", ["message", "too_long"])
async def test_corrections_and_deletions_come_whichever_way_eitaa_tells_them(ours: Ours, news: str) -> None:
    hand, family, sara = ours.scene.hand, ours.scene.family, ours.scene.sara
    await hand.options(channel_news=news)
    first, second = [(await hand.say(family, sara, text)).message_id for text in ("یک", "دو")]
    await ours.poll()
    await hand.edit(family, first, "یکم")
    await hand.delete(family, second)
    third = (await hand.say(family, sara, "سه")).message_id
    found = events(await ours.poll())
    assert {type(each) for each in found} == {MessageEdited, MessageDeleted, MessageSaid}
    (deleted,) = [each for each in found if isinstance(each, MessageDeleted)]
    assert (deleted.chat.id, deleted.ids, deleted.maybe) == (ours.family, (second,), False)
    (edited,) = [each for each in found if isinstance(each, MessageEdited)]
    assert edited.said.id == first
    (said,) = [each for each in found if isinstance(each, MessageSaid)]
    assert said.id == third


async def test_what_nobody_has_corrected_is_told_apart(place: Place) -> None:
    """Eitaa tells an edit too where only reactions or views have changed."""
    number = await place.says("سلام")
    await place.ours.poll()
    await place.hand.own("touch", chat=place.group, message_id=number)
    (edited,) = events(await place.ours.poll())
    assert isinstance(edited, MessageEdited)
    assert (edited.said.content, edited.at) == (Text("سلام"), 0)
    await place.hand.own("touch", chat=place.group, message_id=number, hidden=True)
    hidden = await place.ours.poll()
    assert (events(hidden), ignored(hidden)) == ([], ["edit hidden"])
    await place.hand.edit(place.group, number, "درود")
    (again,) = events(await place.ours.poll())
    assert isinstance(again, MessageEdited)
    assert again.said.content == Text("درود")
    assert again.version != edited.version


async def test_deletions_in_basic_groups_are_told_to_each_of_them(ours: Ours) -> None:
    """Eitaa does not say in which chat they were; a private chat has no room."""
    scene = ours.scene
    one, two = await basic_group(ours, "یک"), await basic_group(ours, "دو")
    await scene.hand.start(scene.sara, scene.me)
    number = await one.says("اشتباه")
    await ours.poll()
    began = ours.cursor
    await scene.hand.delete(one.group, number)
    found = events(await ours.poll())
    assert all(isinstance(each, MessageDeleted) and each.ids == (number,) and each.maybe for each in found)
    told = [each.chat for each in found if isinstance(each, MessageDeleted)]
    assert {(each.id, each.kind) for each in told} == {(one.chat, ChatKind.GROUP), (two.chat, ChatKind.GROUP)}
    batch = await ours.session.fetch(began)
    assert {update.chat for update in batch.updates} == {one.chat, two.chat}
    assert {update.key for update in batch.updates} <= ours.keys  # the same at a replay
    async with opened(scene, began) as restarted:
        again = events(await restarted.poll())
    assert {each.chat.id for each in again if isinstance(each, MessageDeleted)} == {one.chat, two.chat}


async def test_a_correction_of_what_is_still_to_be_walked_through_is_not_lost(ours: Ours) -> None:
    scene = ours.scene
    group = await basic_group(ours, "کوچک")
    number = await group.says("غلط")
    await ours.poll()
    await scene.hand.options(too_long_after=5)
    for count in range(110):
        await group.says(str(count))
    batch = await ours.session.fetch(ours.cursor)  # too long: the history comes page by page
    ours.cursor = batch.cursor
    batch = await ours.session.fetch(ours.cursor)
    ours.cursor = batch.cursor
    told = [ours.session.convert(update) for update in batch.updates]
    await scene.hand.edit(group.group, number, "درست")
    rest = await ours.poll()
    assert words(told + rest) == [str(count) for count in range(110)]
    (edited,) = [each for each in rest if isinstance(each, MessageEdited)]
    assert (edited.said.id, edited.said.content) == (number, Text("درست"))


async def test_a_correction_from_before_we_came_tells_nothing_of_what_was_before(ours: Ours) -> None:
    hand, sara = ours.scene.hand, ours.scene.sara
    other = await hand.chats("group", "همکاران", creator=sara)
    old = (await hand.say(other, sara, "میان خودمان")).message_id
    await hand.members(other, ours.scene.me)
    await hand.edit(other, old, "میان خودمان!")
    await hand.options(channel_news="too_long", channel_too_long_after=1)
    await hand.say(other, sara, "خوش آمدی")
    await hand.say(other, sara, "چه خبر؟")
    assert "میان خودمان" not in " ".join(words(await ours.poll()))


# --- what goes


async def test_what_we_have_said_is_corrected_and_comes_back_as_ours(place: Place) -> None:
    session, me = place.ours.session, place.ours.scene.me
    sent = await session.send(place.chat, Outgoing("رضا: بله", client_id="1/0"))
    await place.ours.poll()
    await session.edit(place.chat, sent, Outgoing("رضا: نه", marks=(Mark("bold", 0, 3),)))
    seen = await place.last()
    assert (seen.text, seen.message_id, seen.looks) == ("رضا: نه", sent, (("bold", "رضا", ""),))
    (edited,) = events(await place.ours.poll())
    assert isinstance(edited, MessageEdited)
    assert edited.said.sender is not None
    assert (edited.said.sender.id, edited.said.id) == (me, sent)
    await session.edit(place.chat, sent, Outgoing("رضا: نه", marks=(Mark("bold", 0, 3),)))  # says that already


async def test_a_correction_whose_answer_is_lost_may_be_repeated(place: Place) -> None:
    sent = await place.ours.session.send(place.chat, Outgoing("یک", client_id="1/0"))
    await place.hand.fault("drop_answer", method="messages.editMessage")
    await place.ours.session.edit(place.chat, sent, Outgoing("دو"))  # another host says that it was done
    assert (await place.last()).text == "دو"
    assert len(await place.hand.calls("messages.editMessage")) == 2


async def test_what_cannot_be_corrected_is_refused(place: Place) -> None:
    session = place.ours.session
    theirs = await place.says("مال من")
    mine = await session.send(place.chat, Outgoing("مال ما", client_id="1/0"))
    for number, text in ((theirs, "x"), ("999999", "x"), ("x", "x"), (mine, "🙂" * 2049)):
        with pytest.raises(Refused) as refused:
            await session.edit(place.chat, number, Outgoing(text))
        assert not isinstance(refused.value, NotAllowed)
    place.ours.scene.simulator.world.messages[-1].at -= 10
    await place.hand.options(edit_seconds=5)
    with pytest.raises(Refused, match="MESSAGE_EDIT_TIME_EXPIRED"):
        await session.edit(place.chat, mine, Outgoing("دیر شد"))
    assert [seen.text for seen in await place.hand.transcript(place.group)] == ["مال من", "مال ما"]


async def test_what_we_have_said_is_deleted_for_everybody(place: Place) -> None:
    session = place.ours.session
    theirs = await place.says("مال من")
    mine = await session.send(place.chat, Outgoing("مال ما", client_id="1/0"))
    await session.delete(place.chat, mine)
    assert (await place.last()).deleted
    await session.delete(place.chat, mine)  # is gone already
    with pytest.raises(Refused):
        await session.delete(place.chat, theirs)
    assert [seen.deleted for seen in await place.hand.transcript(place.group)] == [False, True]


async def test_what_is_too_old_to_be_deleted_is_refused(ours: Ours) -> None:
    group = await basic_group(ours, "کوچک")
    mine = await ours.session.send(group.chat, Outgoing("مال ما", client_id="1/0"))
    ours.scene.simulator.world.messages[-1].at -= 10
    await ours.scene.hand.options(revoke_seconds=5)
    with pytest.raises(Refused, match="MESSAGE_DELETE_FORBIDDEN"):
        await ours.session.delete(group.chat, mine)
    assert not (await group.last()).deleted


async def test_people_see_what_we_have_read(place: Place) -> None:
    first, second = await place.says("یک"), await place.says("دو")
    await place.ours.poll()
    where = {"bot": place.ours.scene.me, "chat": place.group}
    await place.ours.session.read(place.chat, first)
    assert (await place.hand.own("read_by", **where))["message_id"] == first
    await place.ours.session.read(place.chat, second)
    await place.ours.session.read(place.chat, first)  # nothing becomes unread again
    assert (await place.hand.own("read_by", **where))["message_id"] == second
    assert events(await place.ours.poll()) == []


async def test_in_a_private_chat_we_correct_delete_and_read_too(ours: Ours) -> None:
    scene, session, chat = ours.scene, ours.session, f"u{ours.scene.sara}"
    private = await scene.hand.start(scene.sara, scene.me)
    said = (await scene.hand.say(private, scene.sara, "سلام", bot=scene.me)).message_id
    await ours.poll()
    await session.read(chat, said)
    assert (await scene.hand.own("read_by", bot=scene.me, chat=private))["message_id"] == said
    sent = await session.send(chat, Outgoing("علیک", client_id="1/0"))
    await session.edit(chat, sent, Outgoing("علیک سلام"))
    assert (await scene.hand.transcript(private, bot=scene.me))[-1].text == "علیک سلام"
    await session.delete(chat, sent)
    assert (await scene.hand.transcript(private, bot=scene.me))[-1].deleted
    await scene.hand.edit(private, said, "سلام!", bot=scene.me)
    edited = [each for each in await ours.poll() if isinstance(each, MessageEdited)]
    assert [(each.said.chat.id, each.said.content) for each in edited][-1:] == [(chat, Text("سلام!"))]


async def test_the_sender_hears_that_another_account_has_read(scene: Scene, ours: Ours) -> None:
    other = await scene.hand.bots("حساب دیگر", "another")
    await scene.hand.members(scene.family, other.id)
    state = await scene.wire.state()
    sent = await ours.session.send(ours.family, Outgoing("خواندی؟", client_id="1/0"))
    theirs = replace(scene.wire, token=other.details["session"], imei=other.details["imei"])
    answer = await theirs(0xCC104937, await theirs.channel(scene.family), int(sent).to_bytes(4, "little"))
    assert answer["_"] == "true"
    told = await scene.wire.difference(state)
    assert [each["max"] for each in told["others"] if each["_"] == "readPostsOut"] == [int(sent)]


async def test_what_we_write_correct_and_delete_keeps_its_distance(ours: Ours) -> None:
    pace = 0.2
    settings = replace(settings_of(ours.scene), seconds_between_sends=pace)
    credentials = Credentials(ours.scene.wire.token, ours.scene.wire.imei).to_bytes()
    session = open_account(settings, credentials, lambda _: asyncio.sleep(0))
    first = await session.send(ours.family, Outgoing("یک", client_id="1/0"))
    await session.edit(ours.family, first, Outgoing("دو"))
    await session.delete(ours.family, first)
    await session.close()
    methods = ("messages.sendMessage", "messages.editMessage", "channels.deleteMessages")
    began = [call.at for method in methods for call in await ours.scene.hand.calls(method)]
    assert all(after - before > pace / 2 for before, after in pairwise(began))
    assert len(began) == 3
