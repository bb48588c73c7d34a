from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridge.errors import InDoubt, LoginLost, Retry
from bridge.model import Person

if TYPE_CHECKING:
    from bridge.store.portals import Portal
    from tests.core.fakes import Hold, ToldSession
    from tests.core.kit import Core

ROOM = "!family"
SARA = "@sara:hs.test"
LONG = " ".join(f"word{n:03}" for n in range(60))
"""About 480 letters: three parts of 200."""


@pytest.fixture
async def bale(core: Core) -> Portal:
    return await core.portal("bale")


@pytest.fixture
async def rubika(core: Core) -> Portal:
    return await core.portal("rubika")


@pytest.fixture
def session(core: Core) -> ToldSession:
    return core.session("bale", text_limit=200)


# --- parts


async def test_a_long_message_goes_out_in_parts_and_is_one_message_for_replies(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    (event,) = await core.people_say(LONG)
    await core.drained(bale, session)
    assert " ".join(session.texts) == LONG
    assert len(session.texts) == 3
    assert await core.copies("state", "parts", "part") == [("sent", 3, 2)]
    assert await core.ledger.remote_of(event, "bale:bot", "g1") == "bale-1"
    assert await core.ledger.event_of("bale:bot", "g1", "bale-3") == event


async def test_only_the_first_part_is_the_reply(core: Core, bale: Portal, rubika: Portal, session: ToldSession) -> None:
    (first,) = await core.people_say("سوال")
    await core.drained(bale, session)
    answer = core.said(LONG)
    answer.content["m.relates_to"] = {"m.in_reply_to": {"event_id": first}}
    await core.hub.accept([answer])
    await core.drained(bale, session)
    assert [message.reply_to for _, message in session.done] == [None, "bale-1", None, None]


@pytest.mark.parametrize("part", [0, 1, 2])
async def test_a_crash_in_the_middle_repeats_no_part_and_goes_on_behind_the_doubtful_one(
    core: Core, bale: Portal, rubika: Portal, session: ToldSession, hold: Hold, part: int
) -> None:
    await core.reza_says(LONG, "r5")
    session.will(*[f"b-{n}" for n in range(part)], hold)
    await core.crash(bale, session, hold)
    assert await core.copies("state", "part") == [("sending", part)]

    again = core.session("bale", text_limit=200)
    await core.drained(bale, again)
    parts = [message.text for _, message in (*session.asked, *again.asked)]
    assert len(parts) == len(set(parts)) == 3
    assert " ".join(text.partition("\n")[2] for text in parts) == LONG
    assert await core.copies("state") == [("unknown",)]
    ((text, answers),) = await core.notes(rubika)
    assert answers == "r5"
    assert "We do not know whether" in text


async def test_a_crash_behind_our_own_echo_leaves_no_doubt(
    core: Core, bale: Portal, rubika: Portal, session: ToldSession, hold: Hold
) -> None:
    await core.reza_says("سلام", "r5")
    session.will(hold)
    await core.crash(bale, session, hold)
    own = core.heard(session.asked[0][1].text, id="b-77")
    async with core.store.transaction():
        digest = await core.store.fetchval("SELECT digest FROM copy")
        assert await core.ledger.settle(bale.id, digest, "bale:bot", own.chat.id, own.id, core.clock())
    again = core.session("bale", text_limit=200)
    await core.drained(bale, again)
    assert again.asked == []
    assert await core.copies("state") == [("sent",)]
    assert await core.notes(rubika) == []


async def test_what_is_interrupted_keeps_its_place_in_the_order(
    core: Core, bale: Portal, session: ToldSession, hold: Hold
) -> None:
    await core.people_say("یک", "دو", "سه")
    session.will("b-1", hold)
    await core.crash(bale, session, hold)
    again = core.session("bale", text_limit=200)
    await core.drained(bale, again)
    assert session.texts + again.texts == ["یک", "سه"]
    assert [state for (state,) in await core.copies("state")] == ["sent", "unknown", "sent"]


async def test_a_part_that_was_surely_not_sent_is_sent_after_a_restart(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    await core.people_say(LONG)
    session.will("b-1", LoginLost("bale"))
    with pytest.raises(BaseExceptionGroup):
        await core.drained(bale, session)
    assert await core.copies("state", "part") == [("queued", 1)]
    again = core.session("bale", text_limit=200)
    await core.drained(bale, again)
    assert " ".join(session.texts + again.texts) == LONG
    assert await core.copies("state") == [("sent",)]


async def test_a_platform_that_takes_our_own_ids_gets_a_doubtful_send_again_under_the_same_id(
    core: Core, bale: Portal, hold: Hold
) -> None:
    session = core.session("bale", text_limit=200, client_ids=True)
    await core.people_say(LONG)
    session.will("b-1", InDoubt("no answer"), Retry("HTTP 502"), InDoubt("no answer"), hold)
    await core.crash(bale, session, hold)
    again = core.session("bale", text_limit=200, client_ids=True)
    await core.drained(bale, again)
    ids = [message.client_id for _, message in (*session.asked, *again.asked)]
    assert [ids.count(each) for each in dict.fromkeys(ids)] == [1, 5, 1]
    assert len({message.text for _, message in (*session.asked, *again.asked)}) == 3
    assert await core.copies("state") == [("sent",)]


# --- time, deletion, unlinking


async def test_a_message_waits_a_day_for_its_chat_and_then_expires_and_its_sender_is_told(
    core: Core, bale: Portal, rubika: Portal, session: ToldSession
) -> None:
    await core.reza_says("سلام", "r5")
    session.will(*[Retry("unreachable", after=3600.0)] * 30)
    began = core.clock()
    await core.drained(bale, session)
    assert await core.copies("state", "reason") == [("expired", "unreachable")]
    day = 24 * 3_600_000
    assert day < core.clock() - began <= day + 3_600_000
    ((text, _),) = await core.notes(rubika)
    assert text.endswith("it was unreachable for too long")


async def test_a_clock_that_is_set_a_day_ahead_ends_no_message_at_the_first_failure(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    await core.people_say("سلام")
    core.clock.ahead = 30 * 3_600_000
    session.will(Retry("unreachable"))
    await core.drained(bale, session)
    assert await core.copies("state") == [("sent",)]


async def test_a_message_that_may_have_arrived_in_part_does_not_expire_as_if_it_had_not(
    core: Core, bale: Portal
) -> None:
    session = core.session("bale", text_limit=200, client_ids=True)
    await core.people_say("سلام")
    session.will(InDoubt("no answer"))
    session.will(*[Retry("unreachable", after=3600.0)] * 30)
    await core.drained(bale, session)
    assert await core.copies("state") == [("unknown",)]


async def test_a_chat_that_is_back_after_a_day_still_gets_what_waited(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    await core.people_say("سلام")
    core.clock.hours(30)
    await core.drained(bale, session)
    assert session.texts == ["🕓 written on 15 January 2027, 11:30\nسلام"]


async def test_what_was_deleted_before_its_turn_is_never_copied(
    core: Core, bale: Portal, session: ToldSession, hold: Hold
) -> None:
    first, second, third = await core.people_say("یک", "پشیمانم", "سه")
    session.will(hold)
    async with core.running() as lanes:
        core.departures(await core.login("bale"), session, lanes).wake(bale.id)
        await hold.reached.wait()
        core.homeserver.events[second] = {"content": {}}
        await core.hub.accept([core.state("m.room.redaction", {"redacts": second}, id="$gone")])
        hold.release()
    await core.drained(bale, session)
    assert session.texts == ["یک", "سه"]
    assert await core.copies("event_id", "state", "reason") == [
        (first, "sent", None),
        (second, "withheld", "deleted"),
        (third, "sent", None),
        ("$gone", "withheld", "not_there"),
    ]
    assert core.told == []


@pytest.mark.parametrize("gone", [None, {"content": {}}, {"content": None}, {}])
async def test_an_event_that_is_gone_by_the_time_of_its_turn_is_withheld(
    core: Core, bale: Portal, session: ToldSession, gone: dict[str, object] | None
) -> None:
    (event,) = await core.people_say("سلام")
    core.bodies.forget(event)
    core.homeserver.events[event] = gone
    await core.drained(bale, session)
    assert session.asked == []
    assert await core.copies("state") == [("withheld",)]


async def test_an_event_that_cannot_be_read_any_more_is_told_of_and_holds_nothing_up(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    """The homeserver purged it, or does not let us see it."""
    first, lost, third = await core.people_say("یک", "دو", "سه")
    core.bodies.forget(lost)
    core.homeserver.events[lost] = None
    await core.drained(bale, session)
    assert session.texts == ["یک", "سه"]
    assert await core.copies("event_id", "state", "reason") == [
        (first, "sent", None),
        (lost, "withheld", "unreadable"),
        (third, "sent", None),
    ]
    ((text, about),) = await core.notes_in(ROOM)
    assert "it can no longer be read on the homeserver" in text
    assert about == lost


async def test_an_event_that_came_already_deleted_is_not_said_to_be_of_an_unknown_kind(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    event = core.said("")
    event.content.clear()
    core.homeserver.events[event.id] = {"content": {}}
    await core.hub.accept([event])
    await core.drained(bale, session)
    assert await core.copies("state", "reason") == [("withheld", "deleted")]
    assert core.told == []


async def test_nothing_crosses_after_an_unlink_not_even_what_was_being_retried(
    core: Core, bale: Portal, session: ToldSession, hold: Hold
) -> None:
    await core.people_say("یک", "دو")

    async def unlink() -> None:
        async with core.store.transaction():
            await core.portals.move(bale.id, "open", "closing")

    session.will(unlink, Retry("HTTP 502"))
    await core.drained(bale, session)
    assert session.texts == []
    assert await core.copies("state", "reason") == [("withheld", "unlinked")] * 2


async def test_a_copy_that_was_under_way_when_its_chat_was_unlinked_ends_in_doubt(
    core: Core, bale: Portal, rubika: Portal, session: ToldSession, hold: Hold
) -> None:
    await core.reza_says("یک", "r1")
    await core.reza_says("دو", "r2")
    session.will(hold)
    await core.crash(bale, session, hold)
    async with core.store.transaction():
        await core.portals.move(bale.id, "open", "closing")
    await core.drained(bale, core.session("bale"))
    assert await core.copies("state") == [("unknown",), ("withheld",)]
    assert len(await core.notes(rubika)) == 1
    assert await core.ledger.unsettled() == 0


@pytest.mark.parametrize("target", ["$\0", "$\ud800", "$" + "x" * 70_000, "$nobody-knows"])
async def test_a_reply_to_something_impossible_goes_out_as_an_ordinary_message(
    core: Core, bale: Portal, target: str
) -> None:
    event = core.said("پاسخ")
    event.content["m.relates_to"] = {"m.in_reply_to": {"event_id": target}}
    await core.hub.accept([event])
    session = core.session("bale")
    await core.drained(bale, session)
    assert [(message.reply_to, chat) for chat, message in session.done] == [(None, "g1")]


async def test_our_own_words_may_come_back_before_their_answer_is_given_up(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    async def echo() -> None:
        ((_, message),) = session.asked
        ours = core.heard(message.text, id="b7", sender=Person("bot"))
        assert await core.receive("bale", ours) == []

    session.will(echo, InDoubt("no answer"))
    await core.people_say("سلام")
    await core.drained(bale, session)
    assert await core.copies("state", "reason") == [("sent", None)]
    assert await core.count("notice") == 0
