"""Reactions from a chat to the room: nobody is named for what somebody else did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bridge.core.contents import ORIGIN, origin_content
from bridge.core.identity import MARK
from bridge.errors import Refused
from bridge.model import Chat, ChatKind, ReactionsChanged, RoomEvent
from tests.core.fakes import ROOM, SARA, ToldSession
from tests.core.reza import Heard
from tests.core.test_reactions import lines

if TYPE_CHECKING:
    from bridge.store.portals import Portal
    from tests.core.fakes import Sent
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


@pytest.fixture
async def reza(core: Core, rubika: Portal) -> Heard:
    return Heard(core, core.session("rubika", reacts=True))


def change(*counts: tuple[str, int], version: str, id: str = "r1") -> ReactionsChanged:
    return ReactionsChanged(Chat("g1", ChatKind.GROUP, "گروه"), id, counts, version)


def given_in(core: Core) -> list[tuple[str, str]]:
    """(key, event) of the reactions that were sent to the room and not taken back."""
    gone = {each.content["redacts"] for each in core.homeserver.redacted}
    found = [each for each in core.homeserver.sent if "body" not in each.content and each.id not in gone]
    return [(each.content["m.relates_to"]["key"], each.content["m.relates_to"]["event_id"]) for each in found]


def back(reza: Heard, sent: Sent) -> RoomEvent:
    return reza.back(sent, "m.reaction")


async def test_the_chat_reacts_for_people_whom_nobody_names(core: Core, reza: Heard) -> None:
    event = await core.reza_says("سلام", "r1")
    await reza.hears(("g1/1", change(("❤", 1), version="1")))
    assert given_in(core) == [(HEART, event)]
    assert core.homeserver.sent[-1].sender == core.users.ghost("rubika", "g1")
    await reza.hears(("g1/2", change(("❤", 3), ("👍", 1), version="2")))
    assert given_in(core) == [(f"{HEART} ×3", event), (THUMB, event)]
    await reza.hears(("g1/3", change(("👍", 1), version="3")))
    assert given_in(core) == [(THUMB, event)]
    await reza.hears(("g1/4", change(("👍", 1), ("❤", 1), version="4")))
    assert given_in(core) == [(THUMB, event), (HEART, event)]
    await reza.hears(("g1/5", change(version="5")))
    assert given_in(core) == []


async def test_a_replayed_change_reacts_once(core: Core, reza: Heard) -> None:
    await core.reza_says("سلام", "r1")
    for key in ("g1/1", "g1/again"):
        await reza.hears((key, change(("❤", 2), version="1")))
    assert len(given_in(core)) == 1


async def test_a_reaction_to_a_copy_is_one_to_the_message(core: Core, reza: Heard, rubika: Portal) -> None:
    (event,) = await core.people_say("سلام")
    await core.drained(rubika, reza.session)
    await reza.hears(("g1/1", change(("👍", 1), version="1", id="rubika-1")))
    assert given_in(core) == [(THUMB, event)]


async def test_a_reaction_to_something_unseen_is_nothing(core: Core, reza: Heard) -> None:
    await reza.hears(("g1/1", change(("👍", 1), version="1", id="r9")))
    assert given_in(core) == []


async def test_a_chats_reaction_goes_to_the_others_and_not_back(
    core: Core, reza: Heard, rubika: Portal, bale: Portal, session: ToldSession
) -> None:
    event = await core.reza_says("سلام", "r1")
    await core.drained(bale, session)
    await reza.hears(("g1/1", change(("❤", 2), version="1")))
    sent = core.homeserver.sent[-1]
    core.homeserver.annotations[event].append(
        {"event_id": sent.id, "sender": sent.sender, "content": dict(sent.content)}
    )
    await core.hub.accept([back(reza, sent)])
    await core.hub.accept([back(reza, sent)])
    await core.drained(bale, session)
    assert await core.copies("portal") == [(bale.id,), (bale.id,)]
    assert lines(session.done[-1][1].text) == [f"{HEART} ×2 گروه {MARK} روبیکا"]
    core.homeserver.annotations[event].pop(0)
    await reza.hears(("g1/2", change(version="2")))
    gone = core.homeserver.redacted[-1]
    redaction = RoomEvent(gone.id, ROOM, "m.room.redaction", gone.sender, core.clock(), dict(gone.content))
    await core.hub.accept([redaction])
    await core.drained(bale, session)
    assert session.changed[-1] == ("g1", "bale-2", None)


async def test_a_reaction_that_the_room_refuses_is_given_up_quietly(core: Core, reza: Heard) -> None:
    await core.reza_says("سلام", "r1")
    core.homeserver.fails("send", Refused("M_DUPLICATE_ANNOTATION"))
    await reza.hears(("g1/1", change(("❤", 1), version="1")))
    assert given_in(core) == []
    assert await core.messages("kind", "state") == [("message", "accepted"), ("reaction", "refused")]
    assert core.told == []


async def test_a_forged_origin_makes_nobody_elses_reaction_ours(core: Core, bale: Portal, rubika: Portal) -> None:
    event = await core.reza_says("سلام", "r1")
    await core.hub.accept([])
    content: dict[str, Any] = {"m.relates_to": {"rel_type": "m.annotation", "event_id": event, "key": THUMB}}
    (known,) = await core.receive("rubika", core.heard("سلام", id="r2"))
    content[ORIGIN] = origin_content(known.origin)
    await core.hub.accept([RoomEvent("$forged", ROOM, "m.reaction", SARA, core.clock(), content)])
    waiting = [
        portal
        for portal, kind in await core.store.fetch(
            "SELECT c.portal, m.kind FROM copy c JOIN message m ON m.id = c.message"
        )
        if kind == "reaction"
    ]
    assert sorted(waiting) == sorted([bale.id, rubika.id])


async def test_nothing_that_people_chose_stands_in_the_database(core: Core, reza: Heard) -> None:
    await core.reza_says("سلام", "r1")
    await reza.hears(("g1/1", change(("❤", 1), version="1")))
    rows = await core.store.fetch("SELECT * FROM message")
    assert HEART[0] not in "".join(str(tuple(row)) for row in rows)
