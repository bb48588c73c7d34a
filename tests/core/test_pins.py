"""What is pinned in one place is pinned in the room and in every chat that can pin, and told of in the others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bridge.core.pins import PINS, moves
from bridge.errors import NotAllowed, Refused, Retry
from bridge.model import Chat, ChatKind, MessageSaid, Person, RoomEvent, ServiceLine, Unpinned
from tests.core.fakes import ROOM, SARA, ToldSession
from tests.core.reza import Heard, edit_of

if TYPE_CHECKING:
    from bridge.store.portals import Portal
    from tests.core.kit import Core

GROUP = Chat("g1", ChatKind.GROUP, "گروه")
REZA = Person("reza", "رضا")


@pytest.fixture
async def bale(core: Core) -> Portal:
    return await core.portal("bale")


@pytest.fixture
async def rubika(core: Core) -> Portal:
    return await core.portal("rubika")


@pytest.fixture
def session(core: Core) -> ToldSession:
    return core.session("bale", edits=True, deletes=True, pins=True)


@pytest.fixture
async def reza(core: Core, rubika: Portal) -> Heard:
    return Heard(core, core.session("rubika", pins=True))


def line(about: str | None, id: str, sender: Person | None = REZA) -> MessageSaid:
    return MessageSaid(GROUP, id, sender, ServiceLine("pin"), reply_to=about)


def pinned_in(core: Core) -> list[list[Any]]:
    """What was pinned in the room, after each time."""
    return [list(each.content["pinned"]) for each in core.homeserver.states if each.type == PINS]  # type: ignore[call-overload]


async def back(core: Core) -> None:
    """The room's newest state comes back to us."""
    await core.hub.accept([core.homeserver.states[-1]])


def in_the_room(now: list[str], before: list[str], *, sender: str = SARA, id: str = "$pins") -> RoomEvent:
    return RoomEvent(id, ROOM, PINS, sender, 1, {"pinned": now}, "", before={"pinned": before})


async def test_what_a_chat_pins_is_pinned_in_the_room_and_in_a_chat_that_can(
    core: Core, bale: Portal, session: ToldSession, reza: Heard
) -> None:
    event = await core.reza_says("ساعت هشت", "r1")
    await core.drained(bale, session)
    await reza.hears(("g1/2", line("r1", "r2")))
    assert pinned_in(core) == [[event]]
    assert core.homeserver.states[-1].sender == core.users.steward("rubika", bale.room)
    assert core.homeserver.sent == []  # it is no word in the room
    await back(core)
    await core.drained(bale, session)
    assert session.pinned == [("g1", "bale-1", True)]
    assert session.texts == ["ساعت هشت"]
    assert await core.copies("state") == [("sent",), ("sent",)]


async def test_a_chat_that_cannot_pin_is_told_who_pinned_what(core: Core, bale: Portal, reza: Heard) -> None:
    session = core.session("bale")
    await core.reza_says("ساعت هشت", "r1")
    await core.drained(bale, session)
    await reza.hears(("g1/2", line("r1", "r2")))
    await back(core)
    await core.drained(bale, session)
    (_, said) = session.done[-1]
    assert "📌 a message was pinned" in said.text
    assert "رضا" in said.text
    assert said.reply_to == "bale-1"


@pytest.mark.parametrize("error", [Refused("gone"), NotAllowed("no right to pin")])
async def test_where_we_may_not_pin_it_is_said_and_nothing_else_ends(
    core: Core, bale: Portal, session: ToldSession, reza: Heard, error: Exception
) -> None:
    await core.reza_says("ساعت هشت", "r1")
    await core.drained(bale, session)
    await reza.hears(("g1/2", line("r1", "r2")))
    await back(core)
    session.will_not_change(error)
    await core.drained(bale, session)
    assert len(session.texts) == 2
    portal = await core.portals.get(bale.id)
    assert portal is not None
    assert portal.trouble is None


async def test_a_pin_of_a_copy_pins_the_message_where_it_was_said(core: Core, bale: Portal, rubika: Portal) -> None:
    there, here = core.session("rubika", pins=True), Heard(core, core.session("rubika"))
    event = await core.reza_says("سلام", "r1")
    session = core.session("bale", pins=True)
    await core.drained(bale, session)
    login = await core.login("bale")
    await core.take(login, session, ("g1/9", replace(line("bale-1", "9"), sender=Person("mina", "مینا"))))
    async with core.running() as lanes:
        core.arrivals(login, session, lanes).wake("g1")
    assert pinned_in(core) == [[event]]
    await back(core)
    await core.drained(rubika, there)
    await core.drained(bale, session)
    assert there.pinned == [("g1", "r1", True)]
    assert session.pinned == []  # it was done there
    assert here.session.pinned == []


async def test_a_line_about_our_own_pin_is_none(core: Core, bale: Portal, session: ToldSession, reza: Heard) -> None:
    await core.reza_says("سلام", "r1")
    await reza.hears(("g1/2", line("r1", "r2", Person("bot"))))
    assert pinned_in(core) == []
    assert core.homeserver.sent == []


async def test_a_pin_that_is_there_already_is_not_made_again(core: Core, bale: Portal, reza: Heard) -> None:
    event = await core.reza_says("سلام", "r1")
    await reza.hears(("g1/2", line("r1", "r2")))
    await back(core)
    await reza.hears(("g1/3", line("r1", "r3")))
    assert pinned_in(core) == [[event]]
    assert (await core.messages("kind", "state"))[-1] == ("pin", "refused")


async def test_a_replayed_pin_is_pinned_once(core: Core, bale: Portal, session: ToldSession, reza: Heard) -> None:
    await core.reza_says("سلام", "r1")
    await core.drained(bale, session)
    await reza.hears(("g1/2", line("r1", "r2")))
    await back(core)
    await reza.hears(("g1/again", line("r1", "r2")))
    await back(core)
    await core.drained(bale, session)
    assert len(pinned_in(core)) == 1
    assert session.pinned == [("g1", "bale-1", True)]


async def test_a_crash_behind_the_pin_loses_nothing(
    core: Core, bale: Portal, session: ToldSession, reza: Heard
) -> None:
    """The room has it and our row does not: it comes back, or it is found there."""
    await core.reza_says("سلام", "r1")
    await core.drained(bale, session)
    await reza.hears(("g1/2", line("r1", "r2")))
    async with core.store.transaction():
        await core.store.execute("UPDATE message SET state = 'routed', event_id = NULL WHERE kind = 'pin'")
    await reza.hears(("g1/again", line("r1", "r2")))
    assert len(pinned_in(core)) == 1
    await back(core)
    await core.drained(bale, session)
    assert session.pinned == [("g1", "bale-1", True)]


async def test_a_homeserver_that_is_away_is_asked_again(core: Core, bale: Portal, reza: Heard) -> None:
    event = await core.reza_says("سلام", "r1")
    core.homeserver.fails("pinned", Retry("away"))
    core.homeserver.fails("set_state", Retry("away"))
    await reza.hears(("g1/2", line("r1", "r2")))
    assert pinned_in(core) == [[event]]


async def test_a_room_that_lets_nobody_pin_is_told_in_words(core: Core, bale: Portal, reza: Heard) -> None:
    event = await core.reza_says("سلام", "r1")
    core.homeserver.fails("set_state", NotAllowed("M_FORBIDDEN"))
    await reza.hears(("g1/2", line("r1", "r2")))
    (said,) = core.homeserver.sent
    assert "📌" in said.content["body"]
    assert said.content["m.relates_to"]["m.in_reply_to"]["event_id"] == event


async def test_a_pin_of_what_never_crossed_is_said_in_words(core: Core, bale: Portal, reza: Heard) -> None:
    await reza.hears(("g1/2", line("older", "r2")), ("g1/3", line(None, "r3")))
    assert ["📌" in body for body in core.homeserver.said_in(ROOM)] == [True, True]


async def test_what_a_chat_takes_down_is_taken_down_everywhere(
    core: Core, bale: Portal, session: ToldSession, reza: Heard
) -> None:
    event = await core.reza_says("سلام", "r1")
    await core.drained(bale, session)
    await reza.hears(("g1/2", line("r1", "r2")))
    await back(core)
    await reza.hears(("g1/3", Unpinned(GROUP, ("r1", "unknown"), "7")))
    await back(core)
    await core.drained(bale, session)
    assert pinned_in(core) == [[event], []]
    assert session.pinned == [("g1", "bale-1", True), ("g1", "bale-1", False)]
    silent = core.session("bale")
    await reza.hears(("g1/4", line("r1", "r4")), ("g1/5", Unpinned(GROUP, ("r1",), "8")))
    await core.hub.accept(core.homeserver.states[-2:])
    await core.drained(bale, silent)
    assert len(silent.texts) == 1  # only that it was pinned


async def test_a_moderators_pin_in_the_room_reaches_the_chats(
    core: Core, bale: Portal, rubika: Portal, session: ToldSession
) -> None:
    (first,) = await core.people_say("سلام")
    second = await core.reza_says("ناهار؟", "r1")
    await core.drained(bale, session)
    await core.hub.accept([in_the_room([first, second], [])])
    await core.hub.accept([in_the_room([first, second], [])])
    await core.drained(bale, session)
    assert session.pinned == [("g1", "bale-1", True), ("g1", "bale-2", True)]
    there = core.session("rubika", pins=True)
    await core.drained(rubika, there)
    assert [(id, pinned) for _, id, pinned in there.pinned] == [("rubika-1", True), ("r1", True)]
    await core.hub.accept([in_the_room([second], [first, second], id="$later")])
    await core.drained(bale, session)
    assert session.pinned[-1] == ("g1", "bale-1", False)


async def test_what_is_said_of_a_pin_is_no_part_of_the_message(core: Core, bale: Portal, rubika: Portal) -> None:
    session = core.session("bale", edits=True, deletes=True)
    (event,) = await core.people_say("سلام")
    await core.hub.accept([in_the_room([event], [])])
    await core.drained(bale, session)
    await core.hub.accept([edit_of(core, event, "درود")])
    await core.drained(bale, session)
    assert session.changed == [("g1", "bale-1", "درود")]


async def test_a_state_that_claims_to_be_ours_is_nobodys(core: Core, bale: Portal, session: ToldSession) -> None:
    (event,) = await core.people_say("سلام")
    await core.hub.accept([in_the_room([event], [], sender=core.users.steward("bale", bale.room))])
    await core.drained(bale, session)
    assert session.pinned == []


@pytest.mark.parametrize("content", [{}, {"pinned": "x"}, {"pinned": [None, 7, "a\0b", {}]}])
def test_a_state_of_any_shape_is_read(content: dict[str, Any]) -> None:
    event = RoomEvent("$p", ROOM, PINS, SARA, 1, content, "", before={"pinned": ["$a"]})
    assert moves(event) == [("unpin", "$a")]
