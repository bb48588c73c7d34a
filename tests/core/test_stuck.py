"""What waits or did not arrive, as operators see it, and what they can do about it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from bridge.core.statuses import STATUS_EVENT
from bridge.errors import InDoubt, Refused, Retry
from bridge.texts.sentences import SENTENCES
from tests.core.fakes import SARA, Hold
from tests.core.office import ADMIN, office

if TYPE_CHECKING:
    from bridge.store.portals import Portal
    from tests.core.fakes import ToldSession
    from tests.core.kit import Core
    from tests.core.office import Office


@pytest.fixture
async def desk(core: Core) -> AsyncIterator[Office]:
    async with office(core) as desk:
        await desk.open("bale", text_limit=60)
        yield desk


@pytest.fixture
async def bale(desk: Office) -> Portal:
    return await desk.core.portal("bale")


@pytest.fixture
def session(desk: Office) -> ToldSession:
    return desk.sessions["bale"]


async def first_copy(core: Core) -> tuple[str, str]:
    """(state, reason) of the oldest copy."""
    ((state, reason), *_) = await core.copies("state", "COALESCE(reason, '')")
    return state, reason


async def goes(desk: Office, portal: Portal) -> None:
    """Until nothing is left to do for a portal."""
    desk.live.wake(portal.login, portal.id)
    await desk.idle()


def room_told(desk: Office, key: str) -> bool:
    """Whether Sara was told in the room, by a sentence that begins like that of `key`."""
    beginning = SENTENCES[key]["en"].partition("{")[0]
    return any(body.startswith(beginning) for body in desk.core.homeserver.said_in("!family"))


# --- explain


async def test_a_messages_whole_way_is_told(desk: Office, bale: Portal, session: ToldSession) -> None:
    rubika = await desk.core.portal("rubika")
    (event,) = await desk.core.people_say("سلام")
    session.will("b-77")
    await goes(desk, bale)
    for asked in (
        event,
        f"https://matrix.to/#/!family:hs.test/{event}?via=hs.test",
        "bale g1 b-77",
        "bale:bot g1 b-77",
    ):
        answer = await desk.writes(f"explain {asked}")
        assert answer.startswith("message · in the room itself\nsaid: 2027-01-15 08:00:00 UTC\n")
        assert f"{event} · accepted" in answer
        assert f"c1 · {bale.id} · Bale · “bale's g1”: sent\n    queued 2027-01-15 08:00:00 UTC · ended 2027" in answer
        assert "part 1 of 1 · b-77" in answer
        assert f"c2 · {rubika.id} · Rubika · “rubika's g1”: queued\n" in answer
        assert "سلام" not in answer


async def test_what_a_messenger_said_is_found_before_it_is_on_the_homeserver(desk: Office, bale: Portal) -> None:
    await desk.core.receive("bale", desk.core.heard("سلام", id="5"))
    answer = await desk.writes("explain بله g1 ۵")
    assert "bale:bot g1 5" in answer
    assert "— · routed" in answer
    assert SENTENCES["explain_no_copies"]["en"] in answer


async def test_what_nobody_knows_is_said_to_be_unknown(desk: Office, bale: Portal) -> None:
    for asked in ("$nothing", "bale g1 404", "telegram g1 5"):
        assert await desk.writes(f"explain {asked}") == SENTENCES["explain_unknown"]["en"]
    for asked in ("", "5", "bale 5"):
        assert await desk.writes(f"explain {asked}") == SENTENCES["explain_which"]["en"]


# --- queue


async def test_the_queue_tells_for_each_chat_how_much_waits_since_when_and_why(desk: Office, bale: Portal) -> None:
    core = desk.core
    assert await desk.writes("queue") == SENTENCES["queue_empty"]["en"]
    rubika = await core.portal("rubika")
    await core.people_say("یک", "دو")
    core.clock.hours(1.5)
    desk.live.leg("rubika").state = "unreachable"
    async with core.store.transaction():
        await core.portals.trouble(bale.id, "not_a_member")
    lines = (await desk.writes("queue")).splitlines()
    assert lines == [
        f"{bale.id} · Bale · “bale's g1”: 2 waiting, the oldest (c1) for 1 h 30 min — the chat does not accept: "
        "the bot is not a member there, or may not write",
        f"{rubika.id} · Rubika · “rubika's g1”: 2 waiting, the oldest (c2) for 1 h 30 min — the messenger: unreachable",
    ]
    assert (await desk.writes("queue روبیکا")).splitlines() == lines[1:]
    assert await desk.writes("queue telegram") == SENTENCES["no_such_platform"]["en"]
    async with core.store.transaction():
        await core.portals.mute(bale.id, True)
    assert (await desk.writes("queue bale")).endswith(SENTENCES["why_muted"]["en"])
    async with core.store.transaction():
        await core.portals.move(bale.id, "open", "closing")
    assert (await desk.writes("queue bale")).endswith(SENTENCES["why_closed"]["en"])


# --- retry


async def test_what_rests_before_its_next_try_is_tried_at_once(
    desk: Office, bale: Portal, session: ToldSession
) -> None:
    core = desk.core
    resting = Hold()

    async def rests(seconds: float) -> None:
        await resting()

    desk.lanes.sleep = rests
    await core.people_say("سلام")
    session.will(Retry("HTTP 502"), "b-1")
    desk.live.wake(bale.login, bale.id)
    await resting.reached.wait()
    answer = await desk.writes_while_busy(f"retry {bale.id}")
    assert answer == "Trying “bale's g1” again; waiting there: 1 — being sent"
    await desk.idle()
    assert await first_copy(core) == ("sent", "")
    assert await core.queue.deeds(1) == []
    assert await desk.deeds() == [(ADMIN, "retry", None, bale.id)]


async def test_what_is_in_doubt_is_sent_again_behind_what_waits(
    desk: Office, bale: Portal, session: ToldSession
) -> None:
    core = desk.core
    (event,) = await core.people_say("یک")
    session.will(InDoubt("no answer"))
    await goes(desk, bale)
    assert await first_copy(core) == ("unknown", "no_answer")
    await core.people_say("دو")
    answer = await desk.writes("retry c1")
    assert answer == "c1 is c3 now: back in the queue of “bale's g1”, behind all that waits there."
    assert session.texts == ["دو", "یک"]
    assert await core.copies("id", "state") == [(2, "sent"), (3, "sent")]
    assert f"retry · link {bale.id} · {ADMIN}" in await desk.writes(f"explain {event}")
    assert await desk.writes("retry c3") == "This copy has arrived or was ended (sent), and is not sent again."
    assert await desk.writes("retry c1") == SENTENCES["no_such_copy"]["en"]


async def test_of_several_parts_only_those_are_sent_again_that_are_not_known_to_be_there(
    desk: Office, bale: Portal, session: ToldSession
) -> None:
    core = desk.core
    await core.people_say(" ".join(f"واژهٔ{n}" for n in range(14)))
    session.will("b-1", InDoubt("no answer"))
    await goes(desk, bale)
    parts = len(session.texts) + 1
    assert parts > 2
    before = session.texts[1:]
    session.done.clear()
    await desk.writes("retry c1")
    assert session.texts[1:] == before, "those behind the doubtful one come once more, in their order"
    assert await core.copies("state") == [("sent",)]


async def test_what_was_refused_is_not_sent_into_a_chat_whose_link_has_ended(
    desk: Office, bale: Portal, session: ToldSession
) -> None:
    await desk.core.people_say("سلام")
    session.will(Refused("too_long"))
    await goes(desk, bale)
    async with desk.core.store.transaction():
        await desk.core.portals.move(bale.id, "open", "closing")
    assert await desk.writes("retry c1") == SENTENCES["not_linked"]["en"]
    assert await first_copy(desk.core) == ("refused", "too_long")


# --- drop


async def test_a_copy_that_is_dropped_never_goes_out_and_its_sender_is_told(
    desk: Office, bale: Portal, session: ToldSession
) -> None:
    core = desk.core
    resting = Hold()

    async def rests(seconds: float) -> None:
        await resting()

    desk.lanes.sleep = rests
    (event, _, _) = await core.people_say("یک", "دو", "سه")
    session.will(Retry("HTTP 502"))
    desk.live.wake(bale.login, bale.id)  # all three are before the lane now
    await resting.reached.wait()
    answer = await desk.writes_while_busy("drop c2")
    assert answer == "Taken out of the queue of “bale's g1”: 1. Who said it is told."
    await desk.writes_while_busy("drop c1")
    await desk.idle()
    assert session.texts == ["سه"]
    assert await core.copies("state", "reason") == [("withheld", "dropped"), ("withheld", "dropped"), ("sent", None)]
    assert room_told(desk, "not_delivered")
    assert f"drop · link {bale.id} · {ADMIN}" in await desk.writes(f"explain {event}")
    assert await desk.writes("drop c1") == "This copy does not wait (withheld)."


async def test_what_is_being_sent_is_not_dropped(desk: Office, bale: Portal, session: ToldSession) -> None:
    hold = Hold()
    await desk.core.people_say("سلام")
    session.will(hold)
    desk.live.wake(bale.login, bale.id)
    await hold.reached.wait()
    assert await desk.writes_while_busy("drop c1") == SENTENCES["drop_under_way"]["en"]
    assert "0." in await desk.writes_while_busy(f"drop {bale.id}")
    hold.release()
    await desk.idle()
    assert await first_copy(desk.core) == ("sent", "")


async def test_a_copy_that_is_dropped_while_it_is_rendered_is_not_sent(
    desk: Office, bale: Portal, session: ToldSession
) -> None:
    core = desk.core
    await core.people_say("سلام")
    async with core.store.transaction():
        assert await core.ledger.take_out(1, "withheld", core.clock(), "dropped")
    assert not await core.ledger.sending(1, 0, 1, "digest")
    assert await first_copy(core) == ("withheld", "dropped")
    await goes(desk, bale)
    assert session.texts == []


async def test_all_that_waits_for_a_chat_is_dropped_at_once(desk: Office, bale: Portal, session: ToldSession) -> None:
    rubika = await desk.core.portal("rubika")
    await desk.core.people_say(*(f"شماره {n}" for n in range(120)))
    answer = await desk.writes(f"drop {rubika.id}")
    assert answer == "Taken out of the queue of “rubika's g1”: 120. Who said it is told."
    states = await desk.core.copies("portal", "state")
    assert {state for portal, state in states if portal == rubika.id} == {"withheld"}
    assert {state for portal, state in states if portal == bale.id} == {"queued"}
    told = desk.core.homeserver.said_in("!family")
    assert [text.split()[1] for text in told] == ["This", "99", "This", "19"], "the first of many, and how many more"
    marked = [sent for sent in desk.core.homeserver.sent if sent.type == STATUS_EVENT]
    assert len(marked) == 120


async def test_only_admins_look_into_the_queue_and_must_say_what_they_mean(desk: Office, bale: Portal) -> None:
    for command in ("queue", "explain $1", "retry 1", "drop 1"):
        assert await desk.writes(command, sender="@mod:hs.test") == SENTENCES["not_your_role"]["en"]
    for command in ("retry", "drop", "retry copy", "drop c", "retry c1x"):
        assert await desk.writes(command) == SENTENCES["which_copy"]["en"]
    for command in ("retry 404", "drop ۴۰۴"):
        assert await desk.writes(command) == SENTENCES["no_such_link"]["en"]
    assert await desk.writes("drop C404") == SENTENCES["no_such_copy"]["en"]
    assert await desk.writes("queue", sender=SARA) == SENTENCES["not_your_role"]["en"]
