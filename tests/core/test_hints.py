"""People are told once what becomes of a kind of thing where it does not arrive as they sent it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bridge.abilities import Capabilities
from bridge.core.contents import ORIGIN, origin_content
from bridge.model import RoomEvent
from bridge.store.ledger_rows import Key, Route
from tests.core.fakes import ROOM, SARA, ToldSession
from tests.core.reza import edit_of

if TYPE_CHECKING:
    from bridge.store.portals import Portal
    from tests.core.kit import Core

PLACE: dict[str, object] = {"msgtype": "m.location", "body": "اینجا", "geo_uri": "geo:35.5,51.25"}
POLL: dict[str, object] = {"m.poll": {"question": {"m.text": "کجا؟"}, "answers": [{"m.text": "دریا"}]}}


@pytest.fixture
async def bale(core: Core) -> Portal:
    core.live.leg("bale").able = Capabilities()
    return await core.portal("bale")


@pytest.fixture
async def rubika(core: Core) -> Portal:
    core.live.leg("rubika").able = Capabilities(edits=True, places=True)
    return await core.portal("rubika")


@pytest.fixture
def session(core: Core) -> ToldSession:
    return core.session("bale")


async def says(core: Core, portal: Portal, session: ToldSession, content: dict[str, Any], type: str = "") -> None:
    id = f"${await core.count('message')}"
    event = RoomEvent(id, ROOM, type or "m.room.message", SARA, core.clock(), content)
    core.homeserver.events[id] = {"content": content}
    await core.hub.accept([event])
    await core.drained(portal, session)


async def test_of_a_place_where_there_are_no_maps_it_is_said_once(
    core: Core, bale: Portal, rubika: Portal, session: ToldSession
) -> None:
    for _ in range(2):
        await says(core, bale, session, PLACE)
    ((text, about),) = await core.notes_in(ROOM)
    assert text == (
        "ℹ️ In «\u2068bale's g1\u2069» (Bale), a location does not arrive as one: "
        "a place comes in words, with a link to a map."
    )
    assert about is None


async def test_every_chat_of_which_it_is_so_is_named_and_each_kind_has_its_word(
    core: Core, bale: Portal, rubika: Portal, session: ToldSession
) -> None:
    await says(core, bale, session, POLL, "m.poll.start")
    (event,) = await core.people_say("سلآم")
    await core.drained(bale, session)
    await core.hub.accept([edit_of(core, event, "سلام")])
    await core.drained(bale, session)
    (poll, _), (edit, _) = await core.notes_in(ROOM)
    assert "«\u2068bale's g1\u2069» (Bale), «\u2068rubika's g1\u2069» (Rubika), a poll" in poll
    assert "«\u2068bale's g1\u2069» (Bale), a correction" in edit
    assert "Rubika" not in edit


async def test_who_sent_it_from_a_group_is_told_there(core: Core, bale: Portal, rubika: Portal) -> None:
    event = await core.reza_says("سلآم", "r1")
    session = core.session("bale")
    await core.drained(bale, session)
    edit = edit_of(core, event, "سلام", sender=core.users.ghost("rubika", "reza"))
    known = await core.ledger.by_event(event)
    assert known is not None
    key = ("rubika:bot", "g1", "r1", "edit", "1")
    route = Route(Key(*key), "routed", 1, room=known.room, portal=rubika.id, sender=edit.sender, target=known.id)
    async with core.store.transaction():
        await core.ledger.route([route])
    content = {**edit.content, ORIGIN: origin_content(core.hub.origin(Key(*key), ROOM, edit.sender))}
    await core.hub.accept([RoomEvent(edit.id, ROOM, edit.type, edit.sender, edit.at, content)])
    core.homeserver.events[edit.id] = {"content": content}
    await core.drained(bale, session)
    assert await core.notes_in(ROOM) == []
    ((text, _),) = await core.notes(rubika)
    assert "a correction does not arrive as one" in text


async def test_what_arrives_as_it_was_sent_needs_no_word(core: Core, rubika: Portal) -> None:
    able = core.session("rubika", edits=True, places=True, files={"photo": 10})
    await says(core, rubika, able, PLACE)
    (event,) = await core.people_say("سلآم")
    await core.hub.accept([edit_of(core, event, "سلام")])
    await core.drained(rubika, able)
    assert await core.notes_in(ROOM) == []
    assert await core.count("hint") == 0
