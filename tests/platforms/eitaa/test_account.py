"""The account's session against the simulated gateway, over real HTTP."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bridge.errors import InDoubt, LoginLost, NotAllowed, Retry
from bridge.model import BotMoved, ChatKind, Mark, Media, MemberRole, MessageSaid, Started, Text, Unreadable
from bridge.model import Nothing as Ignored
from bridge.outgoing import Outgoing
from bridge.platforms.eitaa.account import open_account
from bridge.platforms.eitaa.account_place import Place
from bridge.platforms.eitaa.gateway import Credentials
from tests.platforms.eitaa.ours import settings_of

if TYPE_CHECKING:
    from tests.platforms.eitaa.ours import Ours

# --- what comes


async def test_a_new_account_begins_at_the_present_and_hears_what_is_said_from_then_on(ours: Ours) -> None:
    assert ours.heard == []
    first = await ours.scene.hand.say(ours.scene.family, ours.scene.sara, "سلام")
    (said,) = await ours.poll()
    assert isinstance(said, MessageSaid)
    assert (said.id, said.chat.id, said.chat.kind, said.chat.title) == (
        first.message_id, ours.family, ChatKind.GROUP, "خانواده",
    )  # fmt: skip
    assert said.sender is not None
    assert (said.sender.id, said.sender.name, said.sender.is_bot) == (ours.scene.sara, "Sara", False)
    assert said.content == Text("سلام")
    assert await ours.poll() == []


@pytest.mark.parametrize("news", ["message", "too_long"])
async def test_news_of_a_group_come_whichever_way_eitaa_tells_them(ours: Ours, news: str) -> None:
    await ours.scene.hand.options(channel_news=news)
    lines = [f"خط {number}" for number in range(7)]
    for line in lines[:4]:
        await ours.scene.hand.say(ours.scene.family, ours.scene.sara, line)
    told = [words for _, words in await ours.said()]
    for line in lines[4:]:
        await ours.scene.hand.say(ours.scene.family, ours.scene.sara, line)
    assert told + [words for _, words in await ours.said()] == lines


async def test_a_reply_formatting_and_what_is_no_text(ours: Ours) -> None:
    hand, family, sara = ours.scene.hand, ours.scene.family, ours.scene.sara
    first = await hand.say(family, sara, "🙂 ناهار؟")
    bold = {"type": "messageEntityBold", "offset": 3, "length": 5}
    await hand.own("post", chat=family, person=sara, text="🙂 ناهار؟", entities=[bold], reply_to=first.message_id)
    await hand.own("post", chat=family, person=sara, text="شرح", kind="photo")
    _, reply, photo = await ours.poll()
    assert isinstance(reply, MessageSaid)
    assert reply.reply_to == first.message_id
    assert reply.content == Text("🙂 ناهار؟", (Mark("bold", 2, 7),))
    assert isinstance(photo, MessageSaid)
    assert isinstance(photo.content, Media)
    assert (photo.content.kind, photo.content.caption) == ("photo", "شرح")


async def test_a_person_writes_to_us_alone_and_presses_start(ours: Ours) -> None:
    await ours.scene.hand.start(ours.scene.sara, ours.scene.me, "K7")
    (started,) = [each for each in await ours.poll() if not isinstance(each, Ignored)]
    assert isinstance(started, Started)
    assert (started.chat.kind, started.chat.id, started.payload) == (ChatKind.PRIVATE, f"u{ours.scene.sara}", "K7")
    sent = await ours.session.send(started.chat.id, Outgoing("سلام", client_id="1"))
    assert sent.isdecimal()


async def test_a_copy_of_the_national_system_is_marked_as_one(ours: Ours) -> None:
    await ours.scene.hand.own("virtual", person=ours.scene.sara, virtual=True)
    await ours.scene.hand.say(ours.scene.family, ours.scene.sara, "سلام")
    (said,) = await ours.poll()
    assert isinstance(said, MessageSaid)
    assert said.sender is not None
    assert said.sender.virtual


async def test_being_taken_out_of_a_group_is_told(ours: Ours) -> None:
    await ours.scene.hand.say(ours.scene.family, ours.scene.sara, "سلام")
    await ours.poll()
    await ours.scene.hand.members(ours.scene.family, ours.scene.me, "left")
    moves = [each for each in await ours.poll() if isinstance(each, BotMoved)]
    assert [(move.chat.id, move.present) for move in moves] == [(ours.family, False)]


async def test_a_long_outage_is_caught_up_in_order_without_loss(ours: Ours) -> None:
    lines = [f"خط {number}" for number in range(450)]
    for line in lines:
        await ours.scene.hand.say(ours.scene.family, ours.scene.sara, line)
    before = ours.batches
    assert [words for _, words in await ours.said()] == lines
    assert ours.batches - before > 2  # in pieces


async def test_what_the_server_no_longer_tells_is_walked_through_in_the_history(ours: Ours) -> None:
    scene = ours.scene
    await scene.hand.start(scene.sara, scene.me)
    await scene.hand.say(scene.family, scene.sara, "پیش از آن")
    await ours.poll()
    await scene.hand.options(too_long_after=5, channel_too_long_after=5)
    lines = [f"خط {number}" for number in range(130)]
    for line in lines:
        await scene.hand.say(scene.family, scene.sara, line)
    private = [f"تنها {number}" for number in range(120)]
    for line in private:
        await scene.hand.say(scene.sara, scene.sara, line, bot=scene.me)
    told = [words for _, words in await ours.said()]
    assert [each for each in told if each.startswith("خط")] == lines
    assert [each for each in told if each.startswith("تنها")] == private


async def test_a_message_that_nobody_can_read_costs_that_message_alone(ours: Ours) -> None:
    scene = ours.scene
    await scene.hand.say(scene.family, scene.sara, "یک")
    await ours.poll()
    await scene.hand.say(scene.family, scene.sara, "دو")
    await scene.hand.fault("unknown_media", method="say")
    odd = await scene.hand.say(scene.family, scene.sara, "؟")
    await scene.hand.say(scene.family, scene.sara, "سه")
    events = [each for each in await ours.poll() if not isinstance(each, Ignored)]
    words = [
        each.content.body if isinstance(each, MessageSaid) and isinstance(each.content, Text) else "" for each in events
    ]
    assert words == ["دو", "", "سه"]
    assert isinstance(events[1], Unreadable)
    assert (events[1].chat.id, events[1].id) == (ours.family, odd.message_id)


async def test_a_group_that_was_busy_while_we_were_away_is_read_to_its_end(ours: Ours) -> None:
    await ours.scene.hand.options(channel_news="too_long")
    lines = [f"خط {number}" for number in range(620)]
    for line in lines:
        await ours.scene.hand.say(ours.scene.family, ours.scene.sara, line)
    told = [words for _, words in await ours.said()]
    told += [words for _, words in await ours.said()]
    assert told == lines


async def test_nothing_from_before_we_came_is_told(ours: Ours) -> None:
    hand, sara = ours.scene.hand, ours.scene.sara
    await hand.options(channel_news="too_long")
    other = await hand.chats("group", "همکاران", creator=sara)
    await hand.say(other, sara, "میان خودمان")
    await hand.members(other, ours.scene.me)
    await ours.poll()
    await hand.say(other, sara, "خوش آمدی")
    assert [words for _, words in await ours.said() + await ours.said()] == ["خوش آمدی"]


async def test_a_group_that_we_left_does_not_hold_up_the_others(ours: Ours) -> None:
    hand, sara = ours.scene.hand, ours.scene.sara
    other = await hand.chats("group", "همکاران", creator=sara)
    await hand.members(other, ours.scene.me)
    await hand.say(other, sara, "سلام")
    await ours.poll()
    await hand.members(other, ours.scene.me, "left")
    await hand.fault("unknown_media", method="say")
    await hand.say(ours.scene.family, sara, "؟")
    await hand.say(ours.scene.family, sara, "پس از آن")
    assert [words for _, words in await ours.said()] == ["پس از آن"]


async def test_the_words_of_another_database_are_not_taken_for_these(ours: Ours) -> None:
    """A new database counts its copies from 1 again; its login has another device."""
    await ours.session.send(ours.family, Outgoing("نخست", client_id="1/0"))
    device = "another__web"
    token = (await ours.scene.hand.own("login", bot=ours.scene.me, imei=device))["session"]
    fresh = open_account(settings_of(ours.scene), Credentials(token, device).to_bytes(), lambda _: asyncio.sleep(0))
    await fresh.send(ours.family, Outgoing("دیگر", client_id="1/0"))
    await fresh.close()
    assert [row.text for row in await ours.scene.hand.transcript(ours.scene.family)][-2:] == ["نخست", "دیگر"]


def test_a_place_is_read_back_as_it_was_and_anything_else_is_the_present() -> None:
    place = Place(5, 6, 7, 8, {"9": (10, 11, -12)}, (("c9", 12),))
    assert Place.from_cursor(place.to_cursor()) == place
    for odd in (None, "", "17", "[]", "{}", '{"pts": "x"}'):
        assert Place.from_cursor(odd) is None


# --- what goes


async def test_what_we_send_is_seen_with_its_reply_and_formatting_and_comes_back_as_ours(ours: Ours) -> None:
    scene = ours.scene
    first = await scene.hand.say(scene.family, scene.sara, "ناهار؟")
    await ours.poll()
    message = Outgoing("رضا: بله", first.message_id, "7/0", (Mark("bold", 0, 3),))
    sent = await ours.session.send(ours.family, message)
    seen = (await scene.hand.transcript(scene.family))[-1]
    assert (seen.text, seen.reply_to, seen.message_id) == ("رضا: بله", first.message_id, sent)
    own = [each for each in await ours.poll() if isinstance(each, MessageSaid)]
    assert [each.sender.id for each in own if each.sender is not None] in ([], [scene.me])


@pytest.mark.parametrize("again", ["same", "error"])
async def test_a_send_that_is_repeated_under_the_same_id_arrives_once(ours: Ours, again: str) -> None:
    scene = ours.scene
    await scene.hand.options(repeated_random_id=again)
    await scene.hand.fault("drop_answer", method="messages.sendMessage")
    message = Outgoing("یک بار", client_id="8/0")
    with pytest.raises((InDoubt, Retry)):
        await ours.session.send(ours.family, message)
    sent = await ours.session.send(ours.family, message)
    rows = [row for row in await scene.hand.transcript(scene.family) if row.text == "یک بار"]
    assert [row.message_id for row in rows] == [sent]


async def test_a_flood_is_waited_for_and_a_closed_group_is_said(ours: Ours) -> None:
    await ours.scene.hand.fault("flood", method="messages.sendMessage", retry_after=7)
    with pytest.raises(Retry) as waiting:
        await ours.session.send(ours.family, Outgoing("الف", client_id="1"))
    assert (waiting.value.after, waiting.value.flood) == (7, "login")
    await ours.scene.hand.fault("rpc_error", method="messages.sendMessage", code=420, text="SLOWMODE_WAIT_9")
    with pytest.raises(Retry) as slowly:
        await ours.session.send(ours.family, Outgoing("الف", client_id="1"))
    assert (slowly.value.after, slowly.value.flood) == (9, "chat")
    await ours.scene.hand.fault("rpc_error", method="messages.sendMessage", code=403, text="CHAT_WRITE_FORBIDDEN")
    with pytest.raises(NotAllowed):
        await ours.session.send(ours.family, Outgoing("الف", client_id="2"))
    with pytest.raises(NotAllowed):
        await ours.session.send("c999", Outgoing("الف", client_id="3"))


# --- the wire


async def test_a_token_that_has_expired_is_renewed_and_stored_before_it_is_used(ours: Ours) -> None:
    await ours.scene.hand.own("expire", bot=ours.scene.me)
    await ours.scene.hand.say(ours.scene.family, ours.scene.sara, "سلام")
    assert [words for _, words in await ours.said()] == ["سلام"]
    assert len(ours.kept) == 1
    assert Credentials.from_bytes(ours.kept[0]).token != ours.scene.wire.token
    await ours.scene.hand.fault("token_updating", method="updates.getDifference", times=2)
    assert await ours.poll() == []


@pytest.mark.parametrize("restarted", [True, False])
async def test_a_token_that_was_given_but_could_not_be_stored_comes_back(ours: Ours, restarted: bool) -> None:
    """The database was away at that moment, or we died."""
    scene, stored = ours.scene, Credentials(ours.scene.wire.token, ours.scene.wire.imei).to_bytes()
    kept: list[bytes] = []
    away = True

    async def keep(credentials: bytes) -> None:
        if away:
            raise ConnectionError
        kept.append(credentials)

    session = open_account(settings_of(scene), stored, keep)
    try:
        await session.whoami()
        await scene.hand.own("expire", bot=scene.me)
        with pytest.raises(ConnectionError):
            await session.whoami()
        away = False
        if restarted:
            await session.close()
            session = open_account(settings_of(scene), stored, keep)
        assert (await session.whoami()).id == scene.me
        assert len(kept) == 1
    finally:
        await session.close()


async def test_a_revoked_session_is_a_lost_login(ours: Ours) -> None:
    await ours.scene.hand.own("revoke", bot=ours.scene.me)
    with pytest.raises(LoginLost):
        await ours.poll()


async def test_who_is_what_in_a_group(ours: Ours) -> None:
    assert await ours.session.member_role(ours.family, ours.scene.sara) == MemberRole.ADMIN
    reza = await ours.scene.hand.people("Reza")
    await ours.scene.hand.members(ours.scene.family, reza)
    await ours.scene.hand.say(ours.scene.family, reza, "سلام")
    await ours.poll()
    assert await ours.session.member_role(ours.family, reza) == MemberRole.MEMBER
    found = await ours.session.chat(ours.family)
    assert found is not None
    assert (found.id, found.title) == (ours.family, "خانواده")
    assert await ours.session.chat("nowhere") is None
