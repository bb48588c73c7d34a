"""What people think of a message: a reaction crosses as one where a chat has them, else a message says who reacted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bridge.core.identity import FSI, MARK, PDI
from bridge.errors import NotAllowed, Refused
from bridge.model import RoomEvent
from tests.core.fakes import ROOM, SARA, ToldSession

if TYPE_CHECKING:
    from bridge.store.portals import Portal
    from tests.core.fakes import Hold
    from tests.core.kit import Core

MINA = "@mina:hs.test"
HEART, THUMB = "❤️", "👍"
ABLE: dict[str, Any] = {"edits": True, "deletes": True}


@pytest.fixture
async def bale(core: Core) -> Portal:
    return await core.portal("bale")


@pytest.fixture
async def rubika(core: Core) -> Portal:
    return await core.portal("rubika")


@pytest.fixture
def session(core: Core) -> ToldSession:
    return core.session("bale", **ABLE)


async def react(core: Core, event: str, key: str, sender: str = SARA) -> str:
    """Somebody in the room reacts. Returns the reaction's event id."""
    content: dict[str, object] = {"m.relates_to": {"rel_type": "m.annotation", "event_id": event, "key": key}}
    made = RoomEvent("$" + core.keys.digest(event, key, sender)[:12], ROOM, "m.reaction", sender, core.clock(), content)
    core.homeserver.annotations[event].append({"event_id": made.id, "sender": sender, "content": content})
    await core.hub.accept([made])
    return made.id


async def take_back(core: Core, event: str, reaction: str, sender: str = SARA) -> None:
    there = core.homeserver.annotations[event]
    there[:] = [each for each in there if each["event_id"] != reaction]  # type: ignore[index]
    await core.hub.accept([core.state("m.room.redaction", {"redacts": reaction}, sender=sender, id=f"{reaction}-gone")])


def lines(text: str) -> list[str]:
    """A message about reactions, without the signs that isolate directions."""
    return text.replace(FSI, "").replace(PDI, "").split("\n")


# --- from the room to a chat that has no reactions


async def test_a_message_below_says_who_reacted(core: Core, bale: Portal, session: ToldSession) -> None:
    core.homeserver.names[(ROOM, MINA)] = "مینا"
    (event,) = await core.people_say("سلام")
    await core.drained(bale, session)
    await react(core, event, HEART, MINA)
    await core.drained(bale, session)
    chat, told = session.done[-1]
    assert (chat, told.reply_to) == ("g1", "bale-1")
    assert lines(told.text) == [f"{HEART} مینا {MARK} ماتریکس"]
    assert await core.copies("state") == [("sent",), ("sent",)]


async def test_more_reactions_change_that_message_and_the_last_one_takes_it_back(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    (event,) = await core.people_say("سلام")
    await core.drained(bale, session)
    first = await react(core, event, HEART)
    await core.drained(bale, session)
    second = await react(core, event, THUMB, MINA)
    await core.drained(bale, session)
    assert len(session.done) == 2
    assert session.changed[-1][:2] == ("g1", "bale-2")
    await take_back(core, event, first)
    await core.drained(bale, session)
    assert session.changed[-1][:2] == ("g1", "bale-2")
    await take_back(core, event, second, MINA)
    await core.drained(bale, session)
    assert session.changed[-1] == ("g1", "bale-2", None)
    await react(core, event, THUMB)
    await core.drained(bale, session)
    assert lines(session.done[-1][1].text) == [f"{THUMB} sara {MARK} ماتریکس"]
    assert len(session.done) == 3


async def test_of_many_reactions_that_wait_one_message_tells(core: Core, bale: Portal, session: ToldSession) -> None:
    (event,) = await core.people_say("سلام")
    people = [f"@p{n}:hs.test" for n in range(5)]
    for person in people:
        await react(core, event, HEART, person)
    await core.drained(bale, session)
    assert len(session.done) == 2
    assert lines(session.done[1][1].text) == [
        f"{HEART} " + "، ".join(f"p{n} {MARK} ماتریکس" for n in range(5)),
    ]
    assert session.changed == []


async def test_where_nothing_can_be_changed_each_reaction_is_told_once(core: Core, bale: Portal) -> None:
    session = core.session("bale")
    (event,) = await core.people_say("سلام")
    await core.drained(bale, session)
    first = await react(core, event, HEART)
    await react(core, event, THUMB, MINA)
    await core.drained(bale, session)
    await take_back(core, event, first)
    await core.drained(bale, session)
    assert [lines(message.text) for _, message in session.done[1:]] == [
        [f"{HEART} sara {MARK} ماتریکس"],
        [f"{THUMB} mina {MARK} ماتریکس"],
    ]


async def test_a_reaction_to_reza_reaches_his_own_group(core: Core, rubika: Portal) -> None:
    event = await core.reza_says("سلام", "r1")
    session = core.session("rubika", **ABLE)
    await react(core, event, HEART)
    await core.drained(rubika, session)
    assert session.done[-1][1].reply_to == "r1"


async def test_a_reaction_to_what_never_crossed_is_none(core: Core, bale: Portal) -> None:
    await react(core, "$before", HEART)
    assert await core.count("copy") == 0


async def test_a_reaction_to_a_message_that_is_not_there_is_quiet(core: Core, bale: Portal) -> None:
    session = core.session("bale", **ABLE)
    session.will(Refused("flood"))
    (event,) = await core.people_say("سلام")
    await core.drained(bale, session)
    await core.notes_in(ROOM)
    await react(core, event, HEART)
    await core.drained(bale, session)
    assert session.done == []
    assert await core.copies("state", "reason") == [("refused", "flood"), ("withheld", "not_there")]
    assert await core.notes_in(ROOM) == []


async def test_who_reacts_is_told_that_it_did_not_arrive(core: Core, bale: Portal, session: ToldSession) -> None:
    (event,) = await core.people_say("سلام")
    await core.drained(bale, session)
    session.will(Refused("too_long"))
    await react(core, event, HEART)
    await core.drained(bale, session)
    ((text, about),) = await core.notes_in(ROOM)
    assert "Your reaction did not reach" in text
    assert about is None


async def test_what_is_deleted_takes_its_reactions_with_it(core: Core, bale: Portal, session: ToldSession) -> None:
    (event,) = await core.people_say("سلام")
    await core.drained(bale, session)
    await react(core, event, HEART)
    await core.drained(bale, session)
    core.homeserver.events[event] = {"content": {}}
    await core.hub.accept([core.state("m.room.redaction", {"redacts": event}, id="$gone")])
    await core.drained(bale, session)
    assert session.changed == [("g1", "bale-1", None), ("g1", "bale-2", None)]


async def test_a_crash_does_not_tell_of_a_reaction_twice(
    core: Core, bale: Portal, session: ToldSession, hold: Hold
) -> None:
    (event,) = await core.people_say("سلام")
    await core.drained(bale, session)
    await react(core, event, HEART)
    session.will(hold)
    await core.crash(bale, session, hold)
    await core.drained(bale, core.session("bale", **ABLE))
    assert await core.copies("state") == [("sent",), ("unknown",)]


async def test_an_answer_to_the_message_about_reactions_is_one_to_the_message(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    (event,) = await core.people_say("سلام")
    await core.drained(bale, session)
    await react(core, event, HEART)
    await core.drained(bale, session)
    assert await core.ledger.event_of("bale:bot", "g1", "bale-2") == event


# --- from the room to a chat that has reactions


async def test_a_reaction_is_one_where_a_chat_has_them(core: Core, bale: Portal) -> None:
    session = core.session("bale", reacts=True, **ABLE)
    (event,) = await core.people_say("سلام")
    await core.drained(bale, session)
    made = await react(core, event, HEART)
    await core.drained(bale, session)
    await take_back(core, event, made)
    await core.drained(bale, session)
    assert session.reactions == [("g1", "bale-1", HEART), ("g1", "bale-1", "")]
    assert len(session.done) == 1


async def test_a_second_person_is_told_of_in_words_beside_the_first_ones_reaction(core: Core, bale: Portal) -> None:
    session = core.session("bale", reacts=True, **ABLE)
    (event,) = await core.people_say("سلام")
    await react(core, event, HEART)
    await core.drained(bale, session)
    second = await react(core, event, HEART, MINA)
    await core.drained(bale, session)
    assert session.reactions[-1] == ("g1", "bale-1", HEART)
    assert lines(session.done[-1][1].text) == [f"{HEART} sara {MARK} ماتریکس، mina {MARK} ماتریکس"]
    await take_back(core, event, second, MINA)
    await core.drained(bale, session)
    assert session.changed == [("g1", "bale-2", None)]


async def test_a_reaction_that_the_chat_does_not_know_is_told_in_words(core: Core, bale: Portal) -> None:
    session = core.session("bale", reacts=True, **ABLE)
    (event,) = await core.people_say("سلام")
    await core.drained(bale, session)
    session.will_not_change(Refused("unknown"))
    await react(core, event, "🦖")
    await core.drained(bale, session)
    assert session.reactions == []
    assert lines(session.done[-1][1].text) == [f"🦖 sara {MARK} ماتریکس"]


async def test_a_chat_that_is_closed_to_us_is_told_of_as_ever(core: Core, bale: Portal, session: ToldSession) -> None:
    (event,) = await core.people_say("سلام")
    await core.drained(bale, session)
    session.will(NotAllowed("not_a_member"))
    await react(core, event, HEART)
    await core.drained(bale, session)
    assert [text[:25] for text, _ in await core.notes_in(ROOM)] == [
        "⚠️ We can no longer write",
        "⚠️ Your reaction did not r"[:25],
    ]
