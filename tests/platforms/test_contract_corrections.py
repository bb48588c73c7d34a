"""Every platform × every promise about what is corrected, taken back, and who comes and goes; `contract` has what they
are tried on."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bridge.errors import InDoubt, NotAllowed, Refused, Retry
from bridge.model import ChatKind, Mark, MembersMoved, MessageDeleted, MessageEdited, MessageSaid, Text
from bridge.outgoing import Outgoing
from tests.platforms.contract import (
    ABLE,
    AT,
    BOTS,
    DELETING,
    EDITING,
    HEARING,
    LINE,
    Bench,
    deleting,
    editing,
    looks,
)

TELL_DELETIONS = {"bale": False, "soroush": False, "rubika": True, "eitaa account": True}
TELL_MOVES = {"bale": True, "soroush": False, "rubika": False, "eitaa account": True}
"""What the platforms' pages say that we are told."""

hearing_edits = pytest.mark.parametrize("bench", [name for name in HEARING if name in EDITING], indirect=True)
changing = pytest.mark.parametrize(
    ("bench", "method"),
    [(name, "editMessageText") for name in EDITING] + [(name, "deleteMessage") for name in DELETING],
    indirect=["bench"],
)
WORDS = "هیچ‌کس این را در گزارش نبیند"


def change(bench: Bench, method: str) -> Callable[[str, str], Awaitable[None]]:
    """An edit or a deletion, of (chat, message)."""

    async def edited(chat: str, id: str) -> None:
        await bench.session.edit(chat, id, Outgoing(WORDS))

    return edited if method == "editMessageText" else bench.session.delete


def is_changed(seen: Any, method: str) -> bool:
    return bool(seen.text == WORDS if method == "editMessageText" else seen.deleted)


async def edits(bench: Bench, cursor: str | None) -> tuple[list[MessageEdited], list[str], str | None]:
    events, keys, cursor = await bench.events(cursor)
    found = [(event, key) for event, key in zip(events, keys, strict=True) if isinstance(event, MessageEdited)]
    return [event for event, _ in found], [key for _, key in found], cursor


def test_what_is_declared_to_be_told_is_what_the_pages_say() -> None:
    assert {name: "delete" in ABLE[name].tells for name in HEARING} == TELL_DELETIONS
    assert {name: "member" in ABLE[name].tells for name in HEARING} == TELL_MOVES
    assert all("edit" in ABLE[name].tells for name in HEARING)


# --- what we change -----------------------------------------------------------------------------------


@editing
async def test_an_edit_is_seen_under_the_same_id(bench: Bench) -> None:
    sent = await bench.session.send(bench.chat, Outgoing("ناهر"))
    text = "ناهار *ستاره* _خط_ `کد` [پیوند](x) <b>&amp;</b> \\ 🙂"
    await bench.session.edit(bench.chat, sent, Outgoing(text))
    (seen,) = await bench.hand.transcript(bench.group)
    assert seen.message_id == sent
    assert seen.text.replace("\u200c", "") == text.replace("\u200c", "")
    assert seen.looks == ()
    assert seen.edited_at is not None


@editing
async def test_an_edit_carries_formatting_as_a_send_does(bench: Bench) -> None:
    sent = await bench.session.send(bench.chat, Outgoing("پیش"))
    for kind, words, value in looks(bench):
        await bench.session.edit(bench.chat, sent, Outgoing(LINE, marks=(Mark(kind, AT, AT + len(words), value),)))
        (seen,) = await bench.hand.transcript(bench.group)
        assert (seen.text, seen.looks) == (LINE, ((kind, words, value),))
    await bench.session.edit(bench.chat, sent, Outgoing(LINE))
    assert (await bench.hand.transcript(bench.group))[0].looks == ()


@editing
async def test_an_edit_may_be_as_long_as_a_message(bench: Bench) -> None:
    sent = await bench.session.send(bench.chat, Outgoing("کوتاه"))
    await bench.session.edit(bench.chat, sent, Outgoing("ب" * bench.session.capabilities.text_limit))
    (seen,) = await bench.hand.transcript(bench.group)
    assert len(seen.text) == bench.session.capabilities.text_limit


@editing
@pytest.mark.parametrize("answer", ["fine", "refused"])
async def test_an_edit_to_the_same_words_is_done_already(bench: Bench, answer: str) -> None:
    if hasattr(bench.simulator.options, "same_edit"):
        await bench.hand.options(same_edit=answer)
    kind, words, value = looks(bench)[0]
    for message in (Outgoing("درست"), Outgoing(LINE, marks=(Mark(kind, AT, AT + len(words), value),))):
        sent = await bench.session.send(bench.chat, message)
        await bench.session.edit(bench.chat, sent, message)
        await bench.session.edit(bench.chat, sent, message)
        seen = (await bench.hand.transcript(bench.group))[-1]
        assert seen.text == message.text
        assert bool(seen.looks) is bool(message.marks)


@deleting
async def test_a_deletion_is_seen_and_may_be_repeated(bench: Bench) -> None:
    sent = await bench.session.send(bench.chat, Outgoing("پشیمان"))
    kept = await bench.session.send(bench.chat, Outgoing("می‌ماند"))
    await bench.session.delete(bench.chat, sent)
    await bench.session.delete(bench.chat, sent)
    assert [(seen.message_id, seen.deleted) for seen in await bench.hand.transcript(bench.group)] == [
        (sent, True),
        (kept, False),
    ]


@editing
async def test_what_is_gone_and_what_is_not_ours_cannot_be_edited(bench: Bench) -> None:
    gone = await bench.session.send(bench.chat, Outgoing("گذرا"))
    await bench.hand.delete(bench.group, gone)
    hers = (await bench.hand.say(bench.group, bench.sara, "حرف سارا")).message_id
    kind, words, value = looks(bench)[0]
    for id in (gone, hers, "7" * len(gone)):
        for marks in ((), (Mark(kind, AT, AT + len(words), value),)):
            with pytest.raises(Refused) as caught:
                await bench.session.edit(bench.chat, id, Outgoing(LINE, marks=marks))
            assert not isinstance(caught.value, NotAllowed)  # we may still write there
    assert (await bench.hand.transcript(bench.group))[-1].text == "حرف سارا"


@changing
async def test_a_chat_that_does_not_exist_refuses_a_change_for_good(bench: Bench, method: str) -> None:
    sent = await bench.session.send(bench.chat, Outgoing("اینجا"))
    with pytest.raises(Refused):
        await change(bench, method)(bench.chat[:-3] + "777", sent)


@changing
async def test_who_was_removed_changes_nothing_any_more(bench: Bench, method: str) -> None:
    sent = await bench.session.send(bench.chat, Outgoing("اینجا"))
    await bench.hand.members(bench.group, bench.bot, "left")
    with pytest.raises(NotAllowed):
        await change(bench, method)(bench.chat, sent)
    assert (await bench.hand.transcript(bench.group))[0].text == "اینجا"


# --- when the platform fails --------------------------------------------------------------------------


@changing
@pytest.mark.parametrize("fault", ["drop_answer", "truncate", "hang"])
async def test_a_lost_answer_leaves_a_change_in_doubt_and_to_repeat_it_is_harmless(
    bench: Bench, method: str, fault: str
) -> None:
    sent = await bench.session.send(bench.chat, Outgoing("پیش"))
    await bench.hand.fault(fault, method=method)
    # Where it is harmless, a session may have asked again by itself.
    with contextlib.suppress(InDoubt, Retry):
        await change(bench, method)(bench.chat, sent)
    await bench.hand.clear_faults()
    await change(bench, method)(bench.chat, sent)
    (seen,) = await bench.hand.transcript(bench.group)
    assert is_changed(seen, method)


@changing
@pytest.mark.parametrize("wait", [7, None])
async def test_a_flood_means_later_for_a_change_too(bench: Bench, method: str, wait: int | None) -> None:
    sent = await bench.session.send(bench.chat, Outgoing("پیش"))
    await bench.hand.fault("flood", method=method, retry_after=wait)
    with pytest.raises(Retry) as caught:
        await change(bench, method)(bench.chat, sent)
    assert caught.value.after in (wait, None) if wait is not None else (caught.value.after or 0) <= 60
    await change(bench, method)(bench.chat, sent)
    assert is_changed((await bench.hand.transcript(bench.group))[0], method)


@changing
@pytest.mark.parametrize("html", [True, False])
async def test_an_error_of_the_server_means_later_for_a_change_too(bench: Bench, method: str, html: bool) -> None:
    sent = await bench.session.send(bench.chat, Outgoing("پیش"))
    await bench.hand.fault("status", method=method, status=502, html=html)
    with pytest.raises(Retry):
        await change(bench, method)(bench.chat, sent)
    await bench.hand.fault("down")
    with pytest.raises(Retry):
        await change(bench, method)(bench.chat, sent)
    await bench.hand.fault("up")
    assert not is_changed((await bench.hand.transcript(bench.group))[0], method)


@changing
async def test_no_error_of_a_change_shows_a_token_an_address_or_the_words(bench: Bench, method: str) -> None:
    sent = await bench.session.send(bench.chat, Outgoing("پیش"))
    for fault in ("drop_answer", "truncate", "flood", "hang", "status"):
        await bench.hand.fault(fault, method=method, status=400)
        with pytest.raises((Retry, Refused, InDoubt)) as caught:
            await change(bench, method)(bench.chat, sent)
        shown = f"{caught.value!r} {caught.value} {caught.value.__cause__!r} {caught.value.__context__!r}"
        assert WORDS not in shown
        assert bench.simulator.url not in shown
        assert "127.0.0.1" not in shown
        await bench.hand.clear_faults()
        sent = await bench.session.send(bench.chat, Outgoing("پیش"))


@pytest.mark.parametrize("bench", BOTS, indirect=True)
async def test_what_a_platform_cannot_do_is_refused_without_a_call(bench: Bench) -> None:
    able = bench.session.capabilities
    calls: list[tuple[bool, Awaitable[None]]] = [(able.reads, bench.session.read(bench.chat, "1"))]
    if not able.edits:
        calls.append((able.edits, bench.session.edit(bench.chat, "1", Outgoing("x"))))
    if not able.deletes:
        calls.append((able.deletes, bench.session.delete(bench.chat, "1")))
    for can, call in calls:
        assert not can
        with pytest.raises(Refused):
            await call
    assert await bench.hand.calls() == []


# --- what people change -------------------------------------------------------------------------------


@hearing_edits
async def test_a_persons_edit_arrives_with_its_message_its_words_and_its_looks(bench: Bench) -> None:
    first = await bench.hand.say(bench.group, bench.sara, "پرسش")
    said = await bench.hand.say(bench.group, bench.sara, "پیش", reply_to=first.message_id)
    events, keys, cursor = await bench.events()
    before = [event for event in events if isinstance(event, MessageSaid)][-1]
    for look in looks(bench):
        kind, words, value = look
        await bench.hand.edit(bench.group, said.message_id, LINE, looks=[look])
        (edit,), edit_keys, cursor = await edits(bench, cursor)
        assert edit.said.content == Text(LINE, (Mark(kind, AT, AT + len(words), value),))
        assert (edit.said.id, edit.said.chat, edit.said.sender) == (said.message_id, before.chat, before.sender)
        assert (edit.said.at, edit.said.reply_to) == (before.at, first.message_id)
        assert abs(edit.at / 1000 - first.at) < 30
        assert not set(edit_keys) & set(keys)
        keys += edit_keys


@hearing_edits
async def test_two_edits_have_two_versions_and_each_is_the_same_when_it_is_told_again(bench: Bench) -> None:
    said = await bench.hand.say(bench.group, bench.sara, "یک")
    _, message_keys, cursor = await bench.events()
    found: list[MessageEdited] = []
    keys = list(message_keys)
    for text in ("دو", "سه", "چهار"):
        await bench.hand.edit(bench.group, said.message_id, text)
        batch, again = [await bench.session.fetch(cursor) for _ in range(2)]
        told = [bench.session.convert(update) for update in batch.updates]
        assert [update.key for update in batch.updates] == [update.key for update in again.updates]
        assert told == [bench.session.convert(update) for update in again.updates]
        keys += [update.key for update in batch.updates]
        found += [event for event in told if isinstance(event, MessageEdited)]
        cursor = batch.cursor
    assert [edit.said.content for edit in found] == [Text("دو"), Text("سه"), Text("چهار")]
    assert len(set(keys)) == len(keys)
    assert len({edit.version for edit in found}) == len(found)


@hearing_edits
async def test_the_updates_of_one_message_keep_one_lane(bench: Bench) -> None:
    said = await bench.hand.say(bench.group, bench.sara, "یک")
    await bench.hand.edit(bench.group, said.message_id, "دو")
    lanes: dict[type, str] = {}
    cursor = bench.start
    for _ in range(3):
        batch = await bench.session.fetch(cursor)
        cursor = batch.cursor
        lanes |= {type(bench.session.convert(update)): update.chat for update in batch.updates}
    await bench.hand.delete(bench.group, said.message_id)
    batch = await bench.session.fetch(cursor)
    lanes |= {type(bench.session.convert(update)): update.chat for update in batch.updates}
    told = {MessageEdited} | ({MessageDeleted} if TELL_DELETIONS[bench.name] else set())
    assert told <= set(lanes)
    assert len({lanes[kind] for kind in {*told, MessageSaid} & set(lanes)}) == 1


@hearing_edits
async def test_an_edit_in_a_private_chat_arrives_there(bench: Bench) -> None:
    chat = await bench.hand.start(bench.sara, bench.bot)
    said = await bench.hand.say(chat, bench.sara, "سلم", bot=bench.bot)
    _, _, cursor = await bench.events()
    await bench.hand.edit(chat, said.message_id, "سلام", bot=bench.bot)
    (edit,), _, _ = await edits(bench, cursor)
    assert (edit.said.id, edit.said.content) == (said.message_id, Text("سلام"))
    assert edit.said.chat.kind == ChatKind.PRIVATE


@hearing_edits
async def test_an_edit_of_ours_that_comes_back_is_known_as_ours(bench: Bench) -> None:
    for option in ("echo_own", "echo_edits"):
        if hasattr(bench.simulator.options, option):
            await bench.hand.options(**{option: True})
    sent = await bench.session.send(bench.chat, Outgoing("پیش"))
    await bench.session.edit(bench.chat, sent, Outgoing("a *b* c"))
    found, _, _ = await edits(bench, None)
    for edit in found:
        assert edit.said.sender is not None
        assert (edit.said.id, edit.said.sender.id, edit.said.content) == (sent, bench.bot, Text("a *b* c"))
    assert found or bench.name.endswith("account")


@hearing_edits
async def test_a_persons_deletion_arrives_where_it_is_told(bench: Bench) -> None:
    said = await bench.hand.say(bench.group, bench.sara, "پشیمان")
    _, keys, cursor = await bench.events()
    await bench.hand.delete(bench.group, said.message_id)
    events, new_keys, _ = await bench.events(cursor)
    deleted = [event for event in events if isinstance(event, MessageDeleted)]
    if TELL_DELETIONS[bench.name]:
        assert [(event.chat.id, event.ids) for event in deleted] == [(bench.chat, (said.message_id,))]
        assert not set(keys) & set(new_keys)
    else:
        assert events == []


@hearing_edits
async def test_who_comes_and_goes_is_told_where_the_platform_tells_it(bench: Bench) -> None:
    ali = await bench.hand.people("علی")
    _, _, cursor = await bench.events()
    await bench.hand.members(bench.group, ali, "member")
    await bench.hand.members(bench.group, ali, "left")
    events, keys, _ = await bench.events(cursor)
    moves = [event for event in events if isinstance(event, MembersMoved)]
    if TELL_MOVES[bench.name]:
        assert [(move.chat.id, [person.id for person in move.people], move.present) for move in moves] == [
            (bench.chat, [ali], True),
            (bench.chat, [ali], False),
        ]
        assert moves[0].people[0].name == "علی"
        assert len(set(keys)) == len(keys)
    else:
        assert events == []
