"""What the homeserver has forgotten to tell is read back from its rooms: once, in order, and nothing that is old."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bridge.core.catching_up import PAGE, SMALL_PAGE, CatchingUp
from bridge.errors import NotAllowed, Retry
from bridge.model import RoomEvent
from bridge.store.timelines import Timelines
from tests.core.fakes import ROOM

if TYPE_CHECKING:
    from tests.core.kit import Core


def catching_up(core: Core, patience: float = 10.0) -> CatchingUp:
    return CatchingUp(
        Timelines(core.store), core.portals, core.homeserver, core.users, core.hub.accept, patience,
        core.sleep,
    )  # fmt: skip


async def takes(core: Core, reader: CatchingUp, transaction: str, *events: RoomEvent) -> None:
    """A transaction comes, as `intake.py` takes it."""
    await reader.before(event.room for event in events)
    await core.hub.accept(events, transaction)


async def copied(core: Core) -> list[str]:
    """The events of all copies, in the order in which they go out."""
    return [row[0] for row in await core.copies("event_id")]


async def test_what_was_forgotten_is_taken_in_once_and_in_order(core: Core) -> None:
    await core.portal("bale")
    first, second, third = (core.said(word) for word in ("یک", "دو", "سه"))
    await core.hub.accept([first], "1")
    core.homeserver.timelines[ROOM] += [first, second, third]
    reader = catching_up(core)
    await reader.lately()
    assert await copied(core) == [first.id, second.id, third.id]
    await takes(core, reader, "2", second, third)
    reader.begin()
    await reader.lately()
    assert await copied(core) == [first.id, second.id, third.id]


async def test_a_transaction_waits_for_what_is_missing_before_it(core: Core) -> None:
    """Also in a room in which nothing was said for long."""
    await core.portal("bale")
    missing, new = core.said("گم‌شده"), core.said("تازه")
    core.homeserver.timelines[ROOM] += [missing, new]
    await takes(core, catching_up(core), "7", new)
    assert await copied(core) == [missing.id, new.id]


async def test_a_room_is_read_back_once_after_each_beginning(core: Core) -> None:
    await core.portal("bale")
    reader = catching_up(core)
    for number, word in enumerate(("یک", "دو", "سه")):
        said = core.said(word)
        core.homeserver.timelines[ROOM].append(said)
        await takes(core, reader, str(number), said)
    await reader.lately()
    assert len(core.homeserver.called("newest")) == 1
    reader.begin()
    await asyncio.gather(reader.lately(), reader.before([ROOM, ROOM]), reader.before([ROOM]))
    assert len(core.homeserver.called("newest")) == 2


async def test_much_that_was_forgotten_is_read_page_by_page(small_core: Core) -> None:
    core = small_core
    await core.portal("bale")
    said = [core.said(str(number)) for number in range(SMALL_PAGE + 2 * PAGE + 7)]
    await core.hub.accept(said[:3], "1")
    core.homeserver.timelines[ROOM] += said
    core.clock.now += 1
    await catching_up(core).lately()
    assert await copied(core) == [event.id for event in said]


async def test_our_own_messages_come_back_by_it_and_go_everywhere_but_home(core: Core) -> None:
    await core.portal("bale")
    rubika = await core.portal("rubika")
    (placed,) = await core.receive("bale", core.heard("سلام", id="1"))
    async with core.store.transaction():
        await core.ledger.placed([(placed.message, "$1")])
    core.homeserver.timelines[ROOM] += [core.echo(placed, "$1")]
    await catching_up(core).lately()
    assert await core.copies("event_id", "portal") == [("$1", rubika.id)]
    assert (await core.messages("event_id", "state"))[0] == ("$1", "accepted")


async def test_corrections_reactions_and_deletions_are_taken_in(core: Core) -> None:
    await core.portal("bale")
    first = core.said("سلام")
    await core.hub.accept([first], "1")
    edited: dict[str, Any] = {
        "m.new_content": {"msgtype": "m.text", "body": "درود"},
        "m.relates_to": {"rel_type": "m.replace", "event_id": first.id},
    }
    edit = core.said("* درود", **edited)
    annotation: dict[str, object] = {"m.relates_to": {"rel_type": "m.annotation", "event_id": first.id, "key": "👍"}}
    reaction = replace(core.said(id="$reaction"), type="m.reaction", content=annotation)
    redaction = replace(core.said(id="$gone"), type="m.room.redaction", content={"redacts": first.id})
    core.homeserver.timelines[ROOM] += [first, edit, reaction, redaction]
    await catching_up(core).lately()
    assert await core.messages("event_id", "kind") == [
        (first.id, "message"), (edit.id, "edit"), ("$reaction", "reaction"), ("$gone", "delete")
    ]  # fmt: skip


async def test_a_message_that_was_deleted_meanwhile_leaves_nothing(core: Core) -> None:
    await core.portal("bale")
    gone = replace(core.said("بد"), content={})
    redaction = replace(core.said(id="$gone"), type="m.room.redaction", content={"redacts": gone.id})
    core.homeserver.timelines[ROOM] += [gone, redaction, core.said("خوب")]
    await catching_up(core).before([ROOM])
    assert await copied(core) == [core.said("خوب").id]


async def test_a_chat_that_is_being_tied_hears_what_was_said_behind_its_link(core: Core) -> None:
    await core.portal("bale")
    new = await core.portal("rubika", state="opening")
    known, before, behind = core.said("پیشین"), core.said("پیش"), core.said("پس")
    await core.hub.accept([known], "1")
    core.homeserver.timelines[ROOM] += [known, before, core.link_event(new), behind]
    await catching_up(core).lately()
    heard = [event for event, portal in await core.copies("event_id", "portal") if portal == new.id]
    assert heard == [behind.id]


async def test_nothing_from_before_a_link_that_we_know_crosses(core: Core) -> None:
    portal = await core.portal("bale", state="opening")
    old, behind = core.said("قدیم"), core.said("پس")
    await core.hub.accept([core.link_event(portal)], "1")
    core.homeserver.timelines[ROOM] += [old, core.link_event(portal), behind]
    await catching_up(core).before([ROOM])
    assert await copied(core) == [behind.id]


@pytest.mark.parametrize("how", ["clock", "steward"])
async def test_nothing_old_crosses_where_there_is_no_link(core: Core, how: str) -> None:
    portal = await core.portal("bale")
    old, new = core.said("قدیم"), core.said("تازه")
    steward = core.users.steward("bale", portal.room)
    came = core.state("m.room.member", {"membership": "join"}, key=steward, sender=steward)
    core.homeserver.timelines[ROOM] += [old, *([came] if how == "steward" else []), new]
    if how == "clock":
        await core.store.execute("UPDATE portal SET made_at = $1", core.clock())
        core.homeserver.timelines[ROOM][0] = replace(old, at=core.clock() - 1)
        core.clock.now += 1
    await catching_up(core).before([ROOM])
    assert await copied(core) == [new.id]


async def test_rooms_without_a_chat_and_rooms_tied_since_then_are_not_read(core: Core) -> None:
    reader = catching_up(core)
    await reader.lately()
    await core.portal("bale")
    await core.store.execute("UPDATE portal SET made_at = $1", core.clock() + 1)
    await reader.before([ROOM, "!management"])
    assert core.homeserver.called("newest") == []


async def test_a_clock_that_was_set_back_hides_no_room(core: Core) -> None:
    """For a moment, when the bridge began: the room was tied before, though the clock says otherwise."""
    await core.portal("bale")
    await core.store.execute("UPDATE portal SET made_at = $1", core.clock())
    core.clock.now -= 7_200_000
    missing = core.said("گم‌شده")
    core.homeserver.timelines[ROOM].append(replace(missing, at=core.clock() + 7_200_001))
    reader = catching_up(core)
    core.clock.now += 7_200_002
    await reader.before([ROOM])
    assert await copied(core) == [missing.id]


async def test_a_room_is_read_by_a_steward_who_is_there(core: Core) -> None:
    await core.portal("rubika", state="linking")
    portal = await core.portal("bale")
    await catching_up(core).before([ROOM])
    assert [call[2] for call in core.homeserver.called("newest")] == [core.users.steward("bale", portal.room)]


async def test_a_homeserver_that_stumbles_is_asked_again(core: Core) -> None:
    await core.portal("bale")
    missing, new = core.said("گم‌شده"), core.said("تازه")
    core.homeserver.timelines[ROOM] += [missing, new]
    core.homeserver.fails("newest", Retry("502"), Retry("502"))
    await takes(core, catching_up(core), "7", new)
    assert await copied(core) == [missing.id, new.id]


@pytest.mark.parametrize("error", [NotAllowed("M_FORBIDDEN"), Retry("500")])
async def test_a_room_that_cannot_be_read_holds_up_nothing_for_long(core: Core, error: Exception) -> None:
    await core.portal("bale")
    new = core.said("تازه")
    core.homeserver.timelines[ROOM].append(new)
    core.homeserver.fails("newest", *[error] * 100_000)
    reader = catching_up(core, patience=0.05)
    await takes(core, reader, "7", new)
    assert await copied(core) == [new.id]
    asked = len(core.homeserver.called("newest"))
    await takes(core, reader, "8", core.said("دیگر"))
    assert len(core.homeserver.called("newest")) == asked


async def test_the_rooms_of_the_last_words_are_read_first(core: Core) -> None:
    for number in range(4):
        await core.portal("bale", f"g{number}", room=f"!{number}")
    for number in (2, 0, 3, 2):
        await core.hub.accept([core.said(room=f"!{number}", id=f"${number}{await core.count('message')}")])
    assert await Timelines(core.store).lately(10) == ["!2", "!3", "!0"]
    assert await Timelines(core.store).lately(1) == ["!2"]


async def test_while_rooms_are_read_after_a_beginning_the_next_one_begins_anew(core: Core) -> None:
    await core.portal("bale")
    await core.hub.accept([core.said()], "1")
    reader = catching_up(core)
    task = asyncio.create_task(reader.for_ever())
    while len(core.homeserver.called("newest")) < 1:  # noqa: ASYNC110
        await asyncio.sleep(0)
    reader.begin()
    while len(core.homeserver.called("newest")) < 2:  # noqa: ASYNC110
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert core.homeserver.called("newest")[0][2] == core.users.steward("bale", 1)
