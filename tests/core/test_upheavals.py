"""What others do to a room: one of ours is banned from it, it is shut down, another takes its place."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from bridge.errors import NotAllowed
from bridge.texts.sentences import SENTENCES
from tests.core.fakes import SARA
from tests.core.office import DESK, office
from tests.core.test_plumbing import linked, state

if TYPE_CHECKING:
    from bridge.store.portals import Portal
    from tests.core.kit import Core
    from tests.core.office import Office

GHOST = "@hampayam_bale_reza:hs.test"


@pytest.fixture
async def desk(small_core: Core) -> AsyncIterator[Office]:
    """Bale's g1 and Rubika's g1 share a room."""
    async with office(small_core) as desk:
        await desk.open("bale")
        await desk.open("rubika")
        await linked(desk)
        small_core.homeserver.calls.clear()
        yield desk


async def room_of(desk: Office) -> str:
    portal = await desk.portal("bale")
    assert portal is not None
    assert portal.mxid is not None
    return portal.mxid


async def steward(desk: Office, platform: str = "bale") -> str:
    portal: Portal | None = await desk.portal(platform)
    assert portal is not None
    return desk.core.users.steward(platform, portal.room)


async def ends(desk: Office) -> list[tuple[str, str | None]]:
    """What became of the messages of people."""
    rows = await desk.core.store.fetch(
        "SELECT state, reason FROM message WHERE state IN ('placed', 'refused') ORDER BY id"
    )
    return [(row[0], row[1]) for row in rows]


async def member(desk: Office, user: str, membership: str, by: str = SARA, *, room: str = "", id: str = "") -> None:
    content: dict[str, object] = {"membership": membership}
    room = room or await room_of(desk)
    event = desk.core.state("m.room.member", content, key=user, sender=by, room=room, id=id)
    if membership in ("ban", "leave"):
        desk.core.homeserver.memberships_of[event.room, user] = membership
    await desk.accept(event)


def said_in_the_room(desk: Office) -> list[str]:
    return [sent.content["body"] for sent in desk.core.homeserver.sent if sent.room != DESK]


# --- a ghost was banned


async def test_who_was_banned_in_the_room_is_told_once_and_costs_the_homeserver_nothing(desk: Office) -> None:
    await desk.says("bale", "سلام")
    await member(desk, GHOST, "ban")
    before = len(desk.core.homeserver.calls)
    for body in ("یک", "دو"):
        await desk.says("bale", body)
    assert len(desk.core.homeserver.calls) == before
    assert said_in_the_room(desk) == ["سلام"]
    assert await ends(desk) == [("placed", None), ("refused", "barred"), ("refused", "barred")]
    assert desk.told("bale") == [SENTENCES["ghost_barred"]["en"]]
    await desk.says("bale", "من که هستم", sender="mina")
    assert said_in_the_room(desk) == ["سلام", "من که هستم"]


async def test_a_ban_that_nobody_told_us_of_is_seen_at_the_next_message(desk: Office) -> None:
    await desk.says("bale", "سلام")
    room = await room_of(desk)
    desk.core.homeserver.memberships_of[room, GHOST] = "ban"
    desk.core.homeserver.fails("send", NotAllowed("M_FORBIDDEN"))
    await desk.says("bale", "یک")
    assert desk.told("bale") == [SENTENCES["ghost_barred"]["en"]]
    before = len(desk.core.homeserver.calls)
    await desk.says("bale", "دو")
    assert (desk.told("bale"), len(desk.core.homeserver.calls)) == ([], before)
    assert await ends(desk) == [("placed", None), ("refused", "barred"), ("refused", "barred")]
    assert await state(desk, "bale") == "open"


async def test_whose_ban_is_lifted_is_heard_again(desk: Office) -> None:
    await desk.says("bale", "سلام")
    await member(desk, GHOST, "ban")
    await desk.says("bale", "یک")
    await member(desk, GHOST, "leave", id="$unban")
    desk.core.homeserver.memberships_of.clear()
    await desk.says("bale", "دو")
    assert said_in_the_room(desk) == ["سلام", "دو"]


async def test_who_was_only_kicked_comes_back_with_the_next_words(desk: Office) -> None:
    await desk.says("bale", "سلام")
    await member(desk, GHOST, "leave")
    desk.core.homeserver.memberships_of.clear()
    await desk.says("bale", "یک")
    assert said_in_the_room(desk) == ["سلام", "یک"]
    assert [call[2] for call in desk.core.homeserver.called("join")][-1] == GHOST


# --- the room is gone


async def gone(desk: Office) -> str:
    room = await room_of(desk)
    desk.core.homeserver.gone.add(room)
    return room


async def ended(desk: Office, room: str) -> None:
    """Every link of the room has ended, people were told once, and so were operators."""
    assert [await state(desk, platform) for platform in ("bale", "rubika")] == [None, None]
    for platform in ("bale", "rubika"):
        told = desk.told(platform)
        assert len(told) <= 2
        assert all("because the shared room is gone" in text for text in told)
        assert told
    words = [text for text in desk.core.homeserver.said_in(DESK) if room in text]
    assert len(words) == 1
    assert "Its links have ended" in words[0]


async def test_a_room_that_is_shut_down_ends_its_links(desk: Office) -> None:
    room = await gone(desk)
    mine, other = await steward(desk), await steward(desk, "rubika")
    for user in (mine, other):  # Synapse makes each leave by itself
        await member(desk, user, "leave", user, room=room)
    await ended(desk, room)


async def test_a_room_that_is_gone_is_noticed_at_the_next_message(desk: Office) -> None:
    room = await gone(desk)
    await desk.says("bale", "کسی هست؟")
    await ended(desk, room)
    assert await ends(desk) == [("refused", "room_gone")]


async def test_a_steward_that_was_taken_out_comes_back(desk: Office) -> None:
    """Which the one that made the room can see to."""
    user = await steward(desk, "rubika")
    await member(desk, user, "leave")
    assert [call[2] for call in desk.core.homeserver.called("join")] == [user]
    assert [await state(desk, platform) for platform in ("bale", "rubika")] == [None, None]


async def test_a_group_that_joins_a_room_that_is_gone_hears_so(desk: Office) -> None:
    await desk.says("bale", "/link")
    code = desk.told("bale")[-1].split("/join ")[1].split()[0]
    await gone(desk)
    await desk.says("rubika", f"/join {code}", chat="g2")
    assert await state(desk, "rubika", "g2") is None
    assert any("because the shared room is gone" in text for text in desk.told("rubika", "g2"))


# --- another took its place

NEW = "!new"


async def tombstone(desk: Office, successor: object = NEW) -> str:
    room = await room_of(desk)
    event = desk.core.state("m.room.tombstone", {"replacement_room": successor}, room=room, sender=await steward(desk))
    desk.core.homeserver.events[event.id] = {"content": event.content}
    await desk.accept(event)
    return room


async def test_the_links_go_on_in_the_room_that_took_the_place(desk: Office) -> None:
    await desk.says("bale", "پیش از آن", id="before")
    old = await tombstone(desk)
    assert await room_of(desk) == NEW
    assert [await state(desk, platform) for platform in ("bale", "rubika")] == ["open", "open"]
    hs = desk.core.homeserver
    assert {call[2] for call in hs.called("join") if call[1] == NEW} == {
        await steward(desk, p) for p in ("bale", "rubika")
    }
    assert [call[4] for call in hs.called("set_state") if call[1] == NEW and call[3] == "uk.half-shot.bridge"] == [
        "hampayam/1", "hampayam/2"
    ]  # fmt: skip
    assert GHOST in [call[2] for call in hs.called("leave") if call[1] == old]
    assert "its links go on there" in hs.said_in(DESK)[-1]

    await desk.says("bale", "پس از آن")
    assert [sent.room for sent in hs.sent if sent.sender == GHOST] == [old, NEW]
    await desk.accept(desk.core.said("من هم هستم", room=NEW))
    desk.live.wake("rubika:bot", 2)
    await desk.idle()
    assert [text.partition("\n")[2] for text in desk.told("rubika")] == ["من هم هستم"]


async def test_what_waits_from_before_is_read_in_the_old_room(desk: Office) -> None:
    room = await room_of(desk)
    event = desk.core.said("این مانده بود", room=room)
    desk.core.homeserver.events[event.id] = {"content": event.content}
    await tombstone(desk)
    desk.core.bodies.forget(event.id)
    found = await desk.core.bodies.get(NEW, event.id, await steward(desk))
    assert found == event.content
    desk.core.bodies.former.clear()
    await desk.chores.resume()  # another process
    assert desk.core.bodies.former == {NEW: room}


async def test_a_room_that_we_cannot_enter_is_told_of_and_followed_when_we_are_invited(desk: Office) -> None:
    desk.core.homeserver.gone.add(NEW)
    await tombstone(desk)
    user = await steward(desk)
    (told,) = desk.core.homeserver.said_in(DESK)
    assert NEW in told
    assert user in told
    assert await room_of(desk) != NEW

    desk.core.homeserver.gone.clear()
    invite = desk.core.state("m.room.member", {"membership": "invite"}, key=user, room=NEW)
    await desk.accept(invite)
    assert await room_of(desk) == NEW
    await desk.says("bale", "رسیدیم")
    assert desk.core.homeserver.sent[-1].room == NEW


async def test_nobody_brings_a_steward_into_any_other_room(desk: Office) -> None:
    user = await steward(desk)
    await desk.accept(desk.core.state("m.room.member", {"membership": "invite"}, key=user, room="!trap"))
    assert desk.core.homeserver.called("join") == []
    assert [call[1:3] for call in desk.core.homeserver.called("leave")] == [("!trap", user)]


async def test_a_tombstone_that_leads_nowhere_ends_the_links(desk: Office) -> None:
    await tombstone(desk, None)
    assert [await state(desk, platform) for platform in ("bale", "rubika")] == [None, None]


async def test_a_message_on_its_way_goes_into_the_new_room_with_a_signature_for_it(desk: Office) -> None:
    desk.core.homeserver.fails("send", NotAllowed("M_FORBIDDEN"))
    core, portal = desk.core, await desk.portal("bale")
    assert portal is not None
    (placement,) = await core.receive("bale", core.heard("در راه", id="late"))
    async with core.store.transaction():
        await core.portals.move_room(portal.room, NEW, await steward(desk))
    now = await core.portals.get(portal.id)
    assert now is not None
    moved = core.hub.moved(placement, now)
    event = core.echo(moved, "$late")
    assert (event.room, core.hub.read_origin(event) is not None) == (NEW, True)
    assert core.hub.read_origin(core.echo(placement, "$stale")) is not None
