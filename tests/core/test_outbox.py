from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridge.errors import InDoubt, NotAllowed, Refused, Retry
from bridge.store.database import AT_ONCE
from bridge.store.notices import ROOMS

if TYPE_CHECKING:
    from bridge.store.portals import Portal
    from tests.core.fakes import ToldSession
    from tests.core.kit import Core

ROOM = "!family"
SARA = "@sara:hs.test"


@pytest.fixture
async def core(small_core: Core) -> Core:
    """What depends on the database is looked at in `test_outbox_doubt.py`."""
    return small_core


@pytest.fixture
async def bale(core: Core) -> Portal:
    return await core.portal("bale")


@pytest.fixture
async def rubika(core: Core) -> Portal:
    return await core.portal("rubika")


@pytest.fixture
def session(core: Core) -> ToldSession:
    return core.session("bale", text_limit=200)


async def test_a_copy_says_who_and_from_where_and_what(core: Core, bale: Portal, session: ToldSession) -> None:
    core.homeserver.names[ROOM, SARA] = "Sara"
    await core.people_say("سلام")
    await core.drained(bale, session)
    ((chat, message),) = session.done
    assert (chat, message.text) == ("g1", "\u2068Sara\u2069 · ماتریکس\nسلام")
    assert await core.copies("state", "parts") == [("sent", 1)]


async def test_copies_go_out_in_order_each_once(core: Core, bale: Portal, session: ToldSession) -> None:
    words = [f"شماره {n}" for n in range(45)]
    await core.people_say(*words)
    await core.drained(bale, session)
    await core.drained(bale, session)
    assert session.texts == words
    assert await core.ledger.unsettled() == 0


async def test_a_send_that_was_surely_not_done_is_repeated_at_its_place(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    await core.people_say("یک", "دو", "سه")
    session.will(Retry("HTTP 502"), Retry("too many", after=7.0), "b-1", Retry("HTTP 502"))
    await core.drained(bale, session)
    assert session.texts == ["یک", "دو", "سه"]
    assert len(session.asked) == 6
    assert core.slept[1] == 7.0
    assert [state for (state,) in await core.copies("state")] == ["sent"] * 3


async def test_a_send_without_an_answer_is_not_repeated_and_its_sender_is_told(
    core: Core, bale: Portal, rubika: Portal, session: ToldSession
) -> None:
    await core.reza_says("سلام", "r5")
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
    await core.reza_says("سلام", "r5")
    await core.reza_says("خوبی؟", "r6")
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
    (event,) = await core.people_say("سلام")
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
        await core.reza_says(f"شماره {number}", f"r{number}")
    session.will(*[NotAllowed("not_a_member")] * 3)
    await core.drained(bale, session)
    assert await trouble() == "not_a_member"
    assert [state for (state,) in await core.copies("state")] == ["refused"] * 3
    assert await core.count("notice") == 2  # one to the room, one to the first whose message it met
    assert len(await core.notes(rubika)) == 1
    notice = await core.notices.next(ROOMS, ROOM)
    assert notice is not None
    assert notice.text.startswith("⚠️ We can no longer write in “bale's g1” on Bale: the bot is not a member there")

    await core.reza_says("باز شد", "r9")
    await core.drained(bale, session)
    assert session.texts == ["باز شد"]
    assert await trouble() is None
    await core.reza_says("دوباره", "r10")
    session.will(NotAllowed("not_a_member"))
    await core.drained(bale, session)
    assert await core.count("notice") == 3


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
    await core.people_say("سلام")
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
    (event,) = await core.people_say("سلام")
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
    await core.people_say("سلام")
    session = core.session("bale")
    async with core.running() as lanes:
        await core.departures(await core.login("bale"), session, lanes).resume()
    assert sorted(chat for chat, _ in session.done) == ["g1", "g2"]


async def test_however_much_waits_all_of_it_goes_out_after_a_start(core: Core) -> None:
    """More chats than are looked up at a time."""
    chats = [f"g{number}" for number in range(AT_ONCE * 2 + 30)]
    for chat in chats:
        await core.portal("bale", chat)
        await core.notices.put("bale:bot", chat, "notice")
    await core.portal("rubika")
    await core.people_say("سلام")
    session = core.session("bale")
    async with core.running() as lanes:
        await core.departures(await core.login("bale"), session, lanes).resume()
    assert sorted(chat for chat, _ in session.done) == sorted(2 * chats)
