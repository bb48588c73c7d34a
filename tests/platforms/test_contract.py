"""Every platform × every promise; `contract` has what they are tried on."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.errors import InDoubt, LoginLost, NotAllowed, Refused, Retry
from bridge.model import (
    BotMoved,
    ChatKind,
    Mark,
    Media,
    MemberRole,
    MessageSaid,
    Nothing,
    Person,
    Started,
    Text,
    Unsupported,
)
from bridge.outgoing import Outgoing
from tests.platforms.contract import AT, LINE, Bench, every, hearing, looks


@every
async def test_it_tells_who_we_are(bench: Bench) -> None:
    assert (await bench.session.whoami()).id == bench.bot


@every
async def test_a_wrong_token_is_a_lost_login(bench: Bench) -> None:
    session = bench.another("999999:ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCD")
    try:
        with pytest.raises(LoginLost):
            await session.whoami()
    finally:
        await session.close()


@every
async def test_what_is_sent_is_seen_under_the_id_that_came_back(bench: Bench) -> None:
    text = "سلام! *ستاره* _خط_ `کد` [پیوند](x) <b>&amp;</b> \\ 🙂"
    sent = await bench.session.send(bench.chat, Outgoing(text))
    seen = (await bench.hand.transcript(bench.group))[-1]
    assert seen.message_id == sent
    assert seen.text.replace("\u200c", "") == text.replace("\u200c", "")
    assert seen.by == "api"


@every
async def test_formatting_of_every_declared_kind_is_seen(bench: Bench) -> None:
    for kind, words, value in looks(bench):
        await bench.session.send(bench.chat, Outgoing(LINE, marks=(Mark(kind, AT, AT + len(words), value),)))
        seen = (await bench.hand.transcript(bench.group))[-1]
        assert (seen.text, seen.looks) == (LINE, ((kind, words, value),))


@every
async def test_a_plain_text_has_no_other_look(bench: Bench) -> None:
    await bench.session.send(bench.chat, Outgoing("*a* _b_ [c](https://x.ir) <b>d</b> `e` ```[f]g```"))
    assert (await bench.hand.transcript(bench.group))[-1].looks == ()


@hearing
async def test_a_formatted_word_arrives_with_its_mark(bench: Bench) -> None:
    for look in looks(bench):
        await bench.hand.say(bench.group, bench.sara, LINE, looks=[look])
    assert [event.content for event in await bench.said()] == [
        Text(LINE, (Mark(kind, AT, AT + len(words), value),)) for kind, words, value in looks(bench)
    ]


@hearing
async def test_a_caption_is_formatted_as_a_text_is(bench: Bench) -> None:
    await bench.hand.say(bench.group, bench.sara, "در کوه", kind="photo", looks=[("bold", "کوه", "")])
    (said,) = await bench.said()
    assert isinstance(said.content, Media | Unsupported)
    assert (said.content.caption, said.content.marks) == ("در کوه", (Mark("bold", 3, 6),))


@every
async def test_a_reply_is_sent_to_the_right_message(bench: Bench) -> None:
    first = await bench.session.send(bench.chat, Outgoing("پرسش"))
    await bench.session.send(bench.chat, Outgoing("میان"))
    await bench.session.send(bench.chat, Outgoing("پاسخ", reply_to=first))
    assert [seen.reply_to for seen in await bench.hand.transcript(bench.group)] == [None, None, first]


@every
async def test_the_longest_text_that_is_declared_goes_through(bench: Bench) -> None:
    await bench.session.send(bench.chat, Outgoing("ب" * bench.session.capabilities.text_limit))
    assert len((await bench.hand.transcript(bench.group))[-1].text) == bench.session.capabilities.text_limit


@every
async def test_a_chat_that_does_not_exist_refuses_for_good(bench: Bench) -> None:
    with pytest.raises(Refused):
        await bench.session.send(bench.chat[:-3] + "777", Outgoing("کسی هست؟"))


@every
async def test_a_lost_answer_leaves_a_send_in_doubt_and_is_not_repeated(bench: Bench) -> None:
    await bench.hand.fault("drop_answer", method="sendMessage")
    with pytest.raises(InDoubt):
        await bench.session.send(bench.chat, Outgoing("یک بار"))
    assert [seen.text for seen in await bench.hand.transcript(bench.group)] == ["یک بار"]


@every
async def test_half_an_answer_leaves_a_send_in_doubt(bench: Bench) -> None:
    await bench.hand.fault("truncate", method="sendMessage")
    with pytest.raises(InDoubt):
        await bench.session.send(bench.chat, Outgoing("یک بار"))
    assert len(await bench.hand.transcript(bench.group)) == 1


@every
async def test_a_send_that_hangs_is_in_doubt_in_the_end(bench: Bench) -> None:
    await bench.hand.fault("hang", method="sendMessage")
    with pytest.raises(InDoubt):
        await bench.session.send(bench.chat, Outgoing("چه شد؟"))


@every
@pytest.mark.parametrize("html", [True, False])
@pytest.mark.parametrize("status", [500, 502, 503])
async def test_an_error_of_the_server_means_later(bench: Bench, status: int, html: bool) -> None:
    await bench.hand.fault("status", status=status, html=html, times=2)
    with pytest.raises(Retry) as caught:
        await bench.session.send(bench.chat, Outgoing("بعدا"))
    assert not caught.value.flood
    with pytest.raises(Retry):
        await bench.session.whoami()
    assert await bench.hand.transcript(bench.group) == []


@every
@pytest.mark.parametrize("wait", [7, None])
async def test_a_flood_means_later_with_the_wait_that_was_asked_for(bench: Bench, wait: int | None) -> None:
    await bench.hand.fault("flood", retry_after=wait)
    with pytest.raises(Retry) as caught:
        await bench.session.send(bench.chat, Outgoing("بعدا"))
    assert caught.value.after in (wait, None) if wait is not None else (caught.value.after or 0) <= 60
    assert caught.value.flood
    await bench.session.send(bench.chat, Outgoing("اکنون"))


@every
async def test_a_refused_connection_means_later(bench: Bench) -> None:
    await bench.hand.fault("down")
    with pytest.raises(Retry) as caught:
        await bench.session.send(bench.chat, Outgoing("بعدا"))
    assert not caught.value.flood
    with pytest.raises(Retry):
        await bench.session.whoami()
    await bench.hand.fault("up")
    await bench.session.send(bench.chat, Outgoing("اکنون"))


@every
async def test_no_error_shows_a_token_an_address_or_the_words(bench: Bench) -> None:
    words = "هیچ‌کس این را در گزارش نبیند"
    for fault in ("drop_answer", "truncate", "status", "flood", "hang"):
        await bench.hand.fault(fault, method="sendMessage", status=400)
        with pytest.raises((Retry, Refused, InDoubt)) as caught:
            await bench.session.send(bench.chat, Outgoing(words))
        shown = f"{caught.value!r} {caught.value} {caught.value.__cause__!r} {caught.value.__context__!r}"
        assert words not in shown
        assert bench.simulator.url not in shown
        assert "127.0.0.1" not in shown


@hearing
async def test_what_people_say_arrives_in_order_with_their_reply(bench: Bench) -> None:
    first = await bench.hand.say(bench.group, bench.sara, "ناهار؟")
    second = await bench.hand.say(bench.group, bench.sara, "بله", reply_to=first.message_id)
    said = await bench.said()
    assert [(event.id, event.reply_to) for event in said] == [
        (first.message_id, None),
        (second.message_id, first.message_id),
    ]
    assert [event.content for event in said] == [Text("ناهار؟"), Text("بله")]
    assert {event.chat.id for event in said} == {bench.chat}
    assert said[0].chat.kind == ChatKind.GROUP
    assert said[0].sender is not None
    assert said[0].sender.id == bench.sara
    assert said[0].sender.name == ("سارا" if bench.session.capabilities.names_in_groups else None)
    assert abs(said[0].at / 1000 - first.at) < 5


@hearing
async def test_an_update_is_told_again_until_the_cursor_comes_back(bench: Bench) -> None:
    await bench.hand.say(bench.group, bench.sara, "یک")
    _, once, cursor = await bench.events()
    await bench.hand.say(bench.group, bench.sara, "دو")
    events, keys, _ = await bench.events(cursor)
    assert [event.content for event in events if isinstance(event, MessageSaid)] == [Text("دو")]
    assert not set(once) & set(keys)


@hearing
async def test_a_repeated_update_has_the_same_key(bench: Bench) -> None:
    await bench.hand.say(bench.group, bench.sara, "یک")
    _, first, cursor = await bench.events()
    await bench.hand.fault("repeat_updates")
    _, again, _ = await bench.events(cursor)
    assert again
    assert set(again) <= set(first)


@hearing
async def test_updates_that_nobody_knows_do_not_hold_up_their_neighbours(bench: Bench) -> None:
    odd: list[Any] = [
        {"type": "Brand", "chat_id": bench.group, "brand_new_thing": {"a": [1, 2]}},
        {"message": "words", "new_message": 7, "type": 3},
        {"message": {"chat": None, "message_id": {}}},
        {"type": "NewMessage", "chat_id": bench.group, "new_message": {"text": {"no": "text"}}},
    ]
    await bench.hand.say(bench.group, bench.sara, "پیش")
    for raw in odd:
        await bench.hand.update(bench.bot, raw)
    await bench.hand.say(bench.group, bench.sara, "پس")
    events, keys, _ = await bench.events()
    assert [e.content for e in events if isinstance(e, MessageSaid) and isinstance(e.content, Text)] == [
        Text("پیش"),
        Text("پس"),
    ]
    assert len(set(keys)) == len(keys)
    assert any(isinstance(event, Nothing) for event in events)


@hearing
async def test_a_ten_megabyte_text_arrives_or_is_said_to_be_unreadable(bench: Bench) -> None:
    chat = {"id": int(bench.group), "type": "group"} if bench.group.lstrip("-").isdigit() else None
    message = {"message_id": 900 if chat else "900", "text": "x" * 10_000_000, "date": 1, "time": "1"}
    raw: dict[str, Any] = {"message": {**message, "chat": chat}} if chat else {}
    raw = raw or {"type": "NewMessage", "chat_id": bench.group, "new_message": message}
    await bench.hand.update(bench.bot, raw)
    await bench.hand.say(bench.group, bench.sara, "پس از آن")
    said = await bench.said()
    assert said[-1].content == Text("پس از آن")


@hearing
async def test_other_things_than_text_are_named(bench: Bench) -> None:
    await bench.hand.say(bench.group, bench.sara, "در کوه", kind="photo")
    (said,) = await bench.said()
    assert isinstance(said.content, Media | Unsupported)
    assert said.content.caption == "در کوه"


@hearing
async def test_another_bot_is_known_as_one(bench: Bench) -> None:
    other = await bench.hand.people("ربات دیگر", is_bot=True)
    await bench.hand.members(bench.group, other, "member")
    await bench.hand.say(bench.group, other, "من ربات هستم")
    said = (await bench.said())[-1]
    assert said.sender is not None
    assert said.sender.is_bot


@hearing
async def test_a_poll_that_fails_moves_nothing(bench: Bench) -> None:
    await bench.hand.say(bench.group, bench.sara, "یک")
    for fault in ("drop_answer", "truncate", "status", "flood"):
        await bench.hand.fault(fault, method="getUpdates", status=502, html=True)
        with pytest.raises(Retry):
            await bench.session.fetch(bench.start)
    assert [event.content for event in await bench.said()] == [Text("یک")]


@hearing
async def test_a_bot_that_was_removed_may_not_write(bench: Bench) -> None:
    await bench.events()
    await bench.hand.members(bench.group, bench.bot, "left")
    with pytest.raises(NotAllowed):
        await bench.session.send(bench.chat, Outgoing("هنوز هستم؟"))


@hearing
async def test_a_removal_is_told_where_the_platform_tells_moves(bench: Bench) -> None:
    """Soroush-like platforms tell nothing: then no event may claim that we are still there."""
    _, _, cursor = await bench.events()
    await bench.hand.members(bench.group, bench.bot, "left")
    moves = [event for event in (await bench.events(cursor))[0] if isinstance(event, BotMoved)]
    assert all(not move.present and move.chat.id == bench.chat for move in moves)


@hearing
async def test_admins_are_told_from_members_where_the_platform_tells_roles(bench: Bench) -> None:
    ali = await bench.hand.people("علی")
    await bench.hand.members(bench.group, ali, "member")
    roles = [await bench.session.member_role(bench.chat, who) for who in (bench.sara, ali)]
    if bench.session.capabilities.tells_roles:
        assert roles == [MemberRole.ADMIN, MemberRole.MEMBER]
    else:
        assert roles == [MemberRole.UNKNOWN, MemberRole.UNKNOWN]


@hearing
async def test_a_private_chat_belongs_to_its_person(bench: Bench) -> None:
    chat = await bench.hand.start(bench.sara, bench.bot)
    await bench.hand.say(chat, bench.sara, "سلام", bot=bench.bot)
    said = [event for event in await bench.said() if event.chat.kind == ChatKind.PRIVATE]
    assert [event.content for event in said if event.content == Text("سلام")]
    assert await bench.session.member_role(said[-1].chat.id, bench.sara) == MemberRole.ADMIN
    await bench.session.send(said[-1].chat.id, Outgoing("علیک"))


@hearing
async def test_whom_a_private_chat_is_with_is_told_where_a_chat_is(bench: Bench) -> None:
    mina = await bench.hand.people("مینا", "mina_x")
    await bench.hand.start(mina, bench.bot)
    (started,) = [event for event in (await bench.events())[0] if isinstance(event, Started)]
    found = await bench.session.chat(started.chat.id)
    if found is not None:
        assert (found.kind, found.person) == (ChatKind.PRIVATE, Person(mina, "مینا", username="mina_x"))
    group = await bench.session.chat(bench.chat)
    assert group is None or group.person is None
