from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest

from bridge.core.bodies import Bodies
from bridge.core.contents import reply_target, text_of
from bridge.core.outbox import KEEP_MS
from bridge.errors import InDoubt, LoginLost, NotAllowed, Refused, Retry
from bridge.store.notices import ROOMS

if TYPE_CHECKING:
    from bridge.store.portals import Portal
    from tests.core.conftest import Core, Hold, ToldSession

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


async def crash(core: Core, portal: Portal, session: ToldSession, hold: Hold) -> None:
    """The process ends while a send is under way; what comes next is another process, with an empty memory."""

    async def process() -> None:
        await core.drained(portal, session)

    running = asyncio.create_task(process())
    await asyncio.wait_for(hold.reached.wait(), 10)
    running.cancel()
    hold.die()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    core.bodies = Bodies(core.homeserver)


async def said(core: Core, *bodies: str) -> list[str]:
    """People on Matrix say something; the homeserver has it, too."""
    events = [core.said(body) for body in bodies]
    core.homeserver.events.update({event.id: {"content": event.content} for event in events})
    await core.hub.accept(events)
    return [event.id for event in events]


async def from_rubika(core: Core, body: str, id: str) -> str:
    """Reza says something in the Rubika group, and it comes back from the homeserver."""
    (placement,) = await core.receive("rubika", core.heard(body, id=id))
    event = core.echo(placement, f"${id}")
    await core.hub.accept([event])
    core.homeserver.events[event.id] = {"content": {**event.content, "body": body}}
    core.bodies.forget(event.id)
    return event.id


async def test_a_copy_says_who_and_from_where_and_what(core: Core, bale: Portal, session: ToldSession) -> None:
    core.homeserver.names[ROOM, SARA] = "Sara"
    await said(core, "سلام")
    await core.drained(bale, session)
    ((chat, message),) = session.done
    assert (chat, message.text) == ("g1", "\u2068Sara\u2069 · ماتریکس\nسلام")
    assert await core.copies("state", "parts") == [("sent", 1)]


async def test_copies_go_out_in_order_each_once(core: Core, bale: Portal, session: ToldSession) -> None:
    words = [f"شماره {n}" for n in range(45)]
    await said(core, *words)
    await core.drained(bale, session)
    await core.drained(bale, session)
    assert session.texts == words
    assert await core.ledger.unsettled() == 0


async def test_a_send_that_was_surely_not_done_is_repeated_at_its_place(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    await said(core, "یک", "دو", "سه")
    session.will(Retry("HTTP 502"), Retry("too many", after=7.0), "b-1", Retry("HTTP 502"))
    await core.drained(bale, session)
    assert session.texts == ["یک", "دو", "سه"]
    assert len(session.asked) == 6
    assert core.slept[1] == 7.0
    assert [state for (state,) in await core.copies("state")] == ["sent"] * 3


async def test_a_send_without_an_answer_is_not_repeated_and_its_sender_is_told(
    core: Core, bale: Portal, rubika: Portal, session: ToldSession
) -> None:
    await from_rubika(core, "سلام", "r5")
    session.will(InDoubt("no answer in time"))
    await core.drained(bale, session)
    await core.drained(bale, session)
    assert len(session.asked) == 1
    assert await core.copies("state", "reason") == [("unknown", "no_answer")]
    assert core.told == [("rubika:bot", "g1")]
    ((text, answers),) = await core.notes(rubika)
    assert answers == "r5"
    assert text.startswith("⚠️ We do not know whether this message reached “bale's g1” on Bale: no answer came.")


async def test_a_refused_message_is_told_to_its_sender_and_the_next_goes_on(
    core: Core, bale: Portal, rubika: Portal, session: ToldSession
) -> None:
    await from_rubika(core, "سلام", "r5")
    await from_rubika(core, "خوبی؟", "r6")
    session.will(Refused("message is too odd"))
    await core.drained(bale, session)
    assert session.texts == ["خوبی؟"]
    assert await core.copies("state", "reason") == [("refused", "message is too odd"), ("sent", None)]
    ((text, answers),) = await core.notes(rubika)
    assert (text, answers) == (
        "⚠️ This message did not reach “bale's g1” on Bale: message is too odd",
        "r5",
    )


async def test_somebody_on_matrix_is_told_in_the_room(core: Core, bale: Portal, session: ToldSession) -> None:
    (event,) = await said(core, "سلام")
    session.will(Refused("too_long"))
    await core.drained(bale, session)
    assert core.told == [(ROOMS, ROOM)]
    notice = await core.notices.next(ROOMS, ROOM)
    assert notice is not None
    assert notice.reply_to == event
    assert notice.text.endswith("it is too long")


async def test_a_chat_that_is_closed_to_us_is_told_to_the_room_once_until_it_opens_again(
    core: Core, bale: Portal, rubika: Portal, session: ToldSession
) -> None:
    async def trouble() -> str | None:
        portal = await core.portals.get(bale.id)
        assert portal is not None
        return portal.trouble

    for number in range(3):
        await from_rubika(core, f"شماره {number}", f"r{number}")
    session.will(*[NotAllowed("not_a_member")] * 3)
    await core.drained(bale, session)
    assert await trouble() == "not_a_member"
    assert [state for (state,) in await core.copies("state")] == ["refused"] * 3
    assert await core.count("notice") == 2  # one to the room, one to the first whose message it met
    assert len(await core.notes(rubika)) == 1
    notice = await core.notices.next(ROOMS, ROOM)
    assert notice is not None
    assert notice.text.startswith("⚠️ We can no longer write in “bale's g1” on Bale: the bot is not a member there")

    await from_rubika(core, "باز شد", "r9")
    await core.drained(bale, session)
    assert session.texts == ["باز شد"]
    assert await trouble() is None
    await from_rubika(core, "دوباره", "r10")
    session.will(NotAllowed("not_a_member"))
    await core.drained(bale, session)
    assert await core.count("notice") == 3


# --- parts


async def test_a_long_message_goes_out_in_parts_and_is_one_message_for_replies(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    (event,) = await said(core, LONG)
    await core.drained(bale, session)
    assert " ".join(session.texts) == LONG
    assert len(session.texts) == 3
    assert await core.copies("state", "parts", "part") == [("sent", 3, 2)]
    assert await core.ledger.remote_of(event, "bale:bot", "g1") == "bale-1"
    assert await core.ledger.event_of("bale:bot", "g1", "bale-3") == event


async def test_only_the_first_part_is_the_reply(core: Core, bale: Portal, rubika: Portal, session: ToldSession) -> None:
    (first,) = await said(core, "سوال")
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
    await from_rubika(core, LONG, "r5")
    session.will(*[f"b-{n}" for n in range(part)], hold)
    await crash(core, bale, session, hold)
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
    await from_rubika(core, "سلام", "r5")
    session.will(hold)
    await crash(core, bale, session, hold)
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
    await said(core, "یک", "دو", "سه")
    session.will("b-1", hold)
    await crash(core, bale, session, hold)
    again = core.session("bale", text_limit=200)
    await core.drained(bale, again)
    assert session.texts + again.texts == ["یک", "سه"]
    assert [state for (state,) in await core.copies("state")] == ["sent", "unknown", "sent"]


async def test_a_part_that_was_surely_not_sent_is_sent_after_a_restart(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    await said(core, LONG)
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
    await said(core, LONG)
    session.will("b-1", InDoubt("no answer"), Retry("HTTP 502"), InDoubt("no answer"), hold)
    await crash(core, bale, session, hold)
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
    await from_rubika(core, "سلام", "r5")
    session.will(*[Retry("unreachable", after=3600.0)] * 30)
    began = core.clock()
    await core.drained(bale, session)
    assert await core.copies("state", "reason") == [("expired", "unreachable")]
    assert KEEP_MS < core.clock() - began <= KEEP_MS + 3_600_000
    ((text, _),) = await core.notes(rubika)
    assert text.endswith("it was unreachable for a day")


async def test_a_message_that_may_have_arrived_in_part_does_not_expire_as_if_it_had_not(
    core: Core, bale: Portal
) -> None:
    session = core.session("bale", text_limit=200, client_ids=True)
    await said(core, "سلام")
    session.will(InDoubt("no answer"))
    session.will(*[Retry("unreachable", after=3600.0)] * 30)
    await core.drained(bale, session)
    assert await core.copies("state") == [("unknown",)]


async def test_a_chat_that_is_back_after_a_day_still_gets_what_waited(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    await said(core, "سلام")
    core.clock.hours(30)
    await core.drained(bale, session)
    assert session.texts == ["سلام"]


async def test_what_was_deleted_before_its_turn_is_never_copied(
    core: Core, bale: Portal, session: ToldSession, hold: Hold
) -> None:
    first, second, third = await said(core, "یک", "پشیمانم", "سه")
    session.will(hold)
    async with core.running() as lanes:
        core.departures(await core.login("bale"), session, lanes).wake(bale.id)
        await hold.reached.wait()
        core.homeserver.events[second] = {"content": {}}
        await core.hub.accept([core.state("m.room.redaction", {"redacts": second})])
        hold.release()
    assert session.texts == ["یک", "سه"]
    assert await core.copies("event_id", "state", "reason") == [
        (first, "sent", None),
        (second, "withheld", "deleted"),
        (third, "sent", None),
    ]
    assert core.told == []


@pytest.mark.parametrize("gone", [None, {"content": {}}, {"content": None}, {}])
async def test_an_event_that_is_gone_by_the_time_of_its_turn_is_withheld(
    core: Core, bale: Portal, session: ToldSession, gone: dict[str, object] | None
) -> None:
    (event,) = await said(core, "سلام")
    core.bodies.forget(event)
    core.homeserver.events[event] = gone
    await core.drained(bale, session)
    assert session.asked == []
    assert await core.copies("state") == [("withheld",)]


async def test_an_event_that_came_already_deleted_is_not_said_to_be_of_an_unknown_kind(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    event = core.said("")
    event.content.clear()
    await core.hub.accept([event])
    await core.drained(bale, session)
    assert await core.copies("state", "reason") == [("withheld", "deleted")]
    assert core.told == []


async def test_nothing_crosses_after_an_unlink_not_even_what_was_being_retried(
    core: Core, bale: Portal, session: ToldSession, hold: Hold
) -> None:
    await said(core, "یک", "دو")

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
    await from_rubika(core, "یک", "r1")
    await from_rubika(core, "دو", "r2")
    session.will(hold)
    await crash(core, bale, session, hold)
    async with core.store.transaction():
        await core.portals.move(bale.id, "open", "closing")
    await core.drained(bale, core.session("bale"))
    assert await core.copies("state") == [("unknown",), ("withheld",)]
    assert len(await core.notes(rubika)) == 1
    assert await core.ledger.unsettled() == 0


# --- what is not copied as it is


@pytest.mark.parametrize(
    "content",
    [
        {"msgtype": "m.image", "body": 5},
        {"msgtype": "m.text"},
        {"msgtype": "m.text", "body": "  \n "},
        {"msgtype": "m.text", "body": ["a"]},
        {"body": {"a": "b"}, "m.relates_to": 7},
    ],
)
async def test_what_has_no_words_is_refused_and_told(small_core: Core, content: dict[str, object]) -> None:
    core = small_core
    portal = await core.portal("bale")
    event = core.said("?")
    event.content.clear()
    event.content.update(content)
    await core.hub.accept([event, core.said("پس از آن")])
    session = core.session("bale")
    await core.drained(portal, session)
    assert session.texts == ["پس از آن"]
    assert await core.copies("state", "reason") == [("refused", "not_text"), ("sent", None)]


async def test_a_bot_on_matrix_that_speaks_in_notices_makes_no_loop(small_core: Core) -> None:
    core = small_core
    portal, session = await core.portal("bale"), core.session("bale")
    await core.hub.accept([core.said("bip", msgtype="m.notice")])
    await core.drained(portal, session)
    assert session.asked == []
    assert await core.copies("state", "reason") == [("withheld", "bot")]


async def test_a_body_that_always_breaks_the_sender_holds_up_no_other_chat(small_core: Core) -> None:
    core = small_core
    bale, rubika = await core.portal("bale"), await core.portal("rubika")
    await said(core, "سلام")
    broken, fine = core.session("bale"), core.session("rubika")
    broken.will(RuntimeError("a bug"))
    async with core.running() as lanes:
        core.departures(await core.login("bale"), broken, lanes).wake(bale.id)
        core.departures(await core.login("rubika"), fine, lanes).wake(rubika.id)
    assert fine.texts == ["سلام"]
    assert sorted(await core.copies("state")) == [("sent",), ("unknown",)]


async def test_a_homeserver_that_is_away_delays_a_copy_and_loses_nothing(small_core: Core) -> None:
    core = small_core
    portal, session = await core.portal("bale"), core.session("bale")
    (event,) = await said(core, "سلام")
    core.bodies.forget(event)
    core.homeserver.fails("event", Retry("homeserver: 502"), Retry("homeserver: 502"))
    core.homeserver.fails("member_name", Retry("homeserver: 502"))
    await core.drained(portal, session)
    assert session.texts == ["سلام"]
    assert len(session.asked) == 1


async def test_a_ghost_of_another_platform_keeps_its_name_and_mark(small_core: Core) -> None:
    core = small_core
    bale, rubika = await core.portal("bale"), await core.portal("rubika")
    (placement,) = await core.receive("rubika", core.heard("سلام", id="r1"))
    await core.rooms.ghost(rubika, placement.said.sender or placement.said.chat)
    await core.hub.accept([core.echo(placement, "$1")])
    session = core.session("bale")
    await core.drained(bale, session)
    assert session.done[0][1].text == "\u2068Reza\u2069 · روبیکا\n…"


# --- our own words


async def test_notices_are_said_in_order_and_gone_when_they_arrived(small_core: Core) -> None:
    core = small_core
    login, session = await core.login("bale"), core.session("bale")
    for number, reply in enumerate((None, "5", None, None)):
        await core.notices.put(login.id, "g1", f"n{number}", reply)
    session.will(Retry("HTTP 502", after=2.0), "b-1", InDoubt("no answer"), NotAllowed("not_a_member"))
    async with core.running() as lanes:
        await core.departures(login, session, lanes).resume()
    assert [message.text for _, message in session.asked] == ["n0", "n0", "n1", "n2", "n3"]
    assert [message.reply_to for _, message in session.asked] == [None, None, "5", None, None]
    assert core.slept == [2.0]
    assert await core.count("notice") == 0


async def test_a_notice_that_cannot_be_opened_any_more_is_not_said(small_core: Core) -> None:
    core = small_core
    login, session = await core.login("bale"), core.session("bale")
    await core.notices.put(login.id, "g1", "lost")
    await core.store.execute("UPDATE notice SET body = $1", b"sealed with another secret, long ago")
    await core.notices.put(login.id, "g1", "kept")
    async with core.running() as lanes:
        await core.departures(login, session, lanes).resume()
    assert [message.text for _, message in session.asked] == ["kept"]
    assert await core.count("notice") == 0


async def test_what_waits_goes_out_after_a_start(small_core: Core) -> None:
    core = small_core
    for chat in ("g1", "g2"):
        await core.portal("bale", chat)
    await core.portal("rubika")
    await said(core, "سلام")
    session = core.session("bale")
    async with core.running() as lanes:
        await core.departures(await core.login("bale"), session, lanes).resume()
    assert sorted(chat for chat, _ in session.done) == ["g1", "g2"]


# --- reading an event's content


def test_a_reply_is_read_without_the_old_quote() -> None:
    relates = {"m.relates_to": {"m.in_reply_to": {"event_id": "$1"}}}
    quote = "> <@sara:hs> سلام\n> خوبی؟\n\nبله"
    assert text_of({"body": quote, **relates}) == "بله"
    assert text_of({"body": quote}) == quote
    assert text_of({"body": "> <@sara:hs> سلام\n\n ", **relates}) == "> <@sara:hs> سلام\n\n "
    assert text_of({"body": "> نقل\n\nپاسخ", **relates}) == "> نقل\n\nپاسخ"


@pytest.mark.parametrize(
    "relates",
    [None, 5, "x", [], {}, {"m.in_reply_to": None}, {"m.in_reply_to": []}, {"m.in_reply_to": {"event_id": 5}}],
)
def test_a_relation_of_any_shape_is_no_reply(relates: object) -> None:
    assert reply_target({"m.relates_to": relates}) is None
