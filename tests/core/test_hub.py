from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from bridge.core.contents import ORIGIN
from bridge.core.hub import LAST_TRANSACTION
from bridge.model import RoomEvent

if TYPE_CHECKING:
    from tests.core.kit import Core

ROOM = "!family"
SARA = "@sara:hs.test"
REZA = "@hampayam_bale_reza:hs.test"


async def test_what_a_person_says_in_the_room_is_copied_to_every_chat(core: Core) -> None:
    portals = [await core.portal(platform) for platform in ("bale", "rubika", "soroush")]
    await core.hub.accept([core.said("سلام")])
    assert await core.copies("portal", "state") == [(portal.id, "queued") for portal in portals]
    assert core.woken == [portal.id for portal in portals]


async def test_what_a_ghost_says_is_copied_to_every_chat_but_its_own(core: Core) -> None:
    await core.portal("bale")
    others = [(await core.portal("rubika")).id, (await core.portal("soroush")).id]
    (placement,) = await core.receive("bale", core.heard("سلام", id="1"))
    await core.hub.accept([core.echo(placement, "$1")])
    assert await core.copies("message", "portal", "event_id") == [(placement.message, other, "$1") for other in others]
    assert await core.messages("event_id") == [("$1",)]


async def test_two_chats_of_one_platform_in_a_room_hear_each_other(core: Core) -> None:
    await core.portal("bale", "g1")
    second = await core.portal("bale", "g2")
    (placement,) = await core.receive("bale", core.heard("سلام", id="1"))
    await core.hub.accept([core.echo(placement, "$1")])
    assert await core.copies("portal") == [(second.id,)]


async def test_a_transaction_that_comes_twice_changes_nothing(core: Core) -> None:
    await core.portal("bale")
    await core.portal("rubika")
    (placement,) = await core.receive("bale", core.heard("سلام", id="1"))
    transaction = [core.said("یک"), core.echo(placement, "$1"), core.said("دو")]
    await core.hub.accept(transaction)
    before = await core.copies("id", "message", "portal"), await core.messages("id", "event_id", "state")
    await core.hub.accept(transaction)
    await core.hub.accept(transaction[::-1])
    assert (await core.copies("id", "message", "portal"), await core.messages("id", "event_id", "state")) == before


async def test_a_transaction_that_comes_twice_brings_nothing_to_a_chat_that_it_linked(core: Core) -> None:
    """The homeserver repeats a transaction whose answer it missed, and by now the chat is open."""
    await core.portal("bale")
    await core.portal("rubika")
    late = await core.portal("soroush", state="opening")
    (placement,) = await core.receive("bale", core.heard("پیش از پیوند", id="1"))
    transaction = [core.echo(placement, "$1"), core.said("این هم"), core.link_event(late), core.said("پس از پیوند")]
    await core.hub.accept(transaction)
    await core.hub.accept(transaction)
    rows = await core.copies("event_id", "portal")
    assert [event for event, portal in rows if portal == late.id] == [core.said("پس از پیوند").id]
    assert len(rows) == len(set(rows)) == 6


@pytest.mark.parametrize("recorded_first", [True, False])
async def test_the_answer_to_a_send_and_its_echo_may_come_in_any_order(core: Core, recorded_first: bool) -> None:
    await core.portal("bale")
    other = await core.portal("rubika")
    (placement,) = await core.receive("bale", core.heard("سلام", id="1"))
    for _ in range(2):
        if recorded_first:
            async with core.store.transaction():
                await core.ledger.placed([(placement.message, "$1")])
        await core.hub.accept([core.echo(placement, "$1")])
        recorded_first = True
    assert await core.copies("event_id", "portal") == [("$1", other.id)]


async def test_a_copied_origin_does_not_hide_a_persons_words_from_anybody(core: Core) -> None:
    portals = [await core.portal("bale"), await core.portal("rubika")]
    (placement,) = await core.receive("bale", core.heard("سلام", id="1"))
    true = core.echo(placement, "$1")
    await core.hub.accept([true, core.said("من رضا هستم", id="$forged", **{ORIGIN: cast(Any, true.content[ORIGIN])})])
    assert await core.copies("event_id", "portal") == [
        ("$1", portals[1].id),
        ("$forged", portals[0].id),
        ("$forged", portals[1].id),
    ]
    assert await core.ledger.event_of("bale:bot", "g1", "1") == "$1"


async def test_an_origin_is_good_for_its_own_room_only(core: Core) -> None:
    await core.portal("bale")
    await core.portal("rubika", room="!other")
    (placement,) = await core.receive("bale", core.heard("سلام", id="1"))
    moved = replace(core.echo(placement, "$1"), room="!other")
    assert core.hub.read_origin(moved) is None
    assert core.hub.read_origin(replace(core.echo(placement, "$1"), sender=SARA)) is None
    await core.hub.accept([moved])
    assert await core.copies("id") == []


async def test_a_message_that_the_homeserver_took_twice_is_copied_once(core: Core) -> None:
    """Its memory of transaction ids is a day long: a send that is repeated later makes a second event."""
    await core.portal("bale")
    await core.portal("rubika")
    (placement,) = await core.receive("bale", core.heard("سلام", id="1"))
    await core.hub.accept([core.echo(placement, "$1"), core.echo(placement, "$again")])
    await core.hub.accept([core.echo(placement, "$again")])
    assert await core.copies("event_id") == [("$1",)]


@pytest.mark.parametrize(
    "origin",
    [None, 5, "x", [], {}, {"login": "bale:bot"}, {"login": 1, "chat": 2, "message": 3, "signature": 4}]
    + [{"login": "bale:bot", "chat": "g1", "message": "1", "signature": odd} for odd in ("", "é", "\ud800", "0" * 64)],
)
async def test_an_origin_of_any_shape_is_read_as_none(small_core: Core, origin: object) -> None:
    core = small_core
    portal = await core.portal("bale")
    event = core.said("سلام", **{ORIGIN: cast(Any, origin)})
    assert core.hub.read_origin(event) is None
    await core.hub.accept([event])
    assert await core.copies("portal") == [(portal.id,)]
    assert await core.tasks.poisoned() == 0


async def test_a_poison_event_is_set_aside_and_its_neighbours_go_on(core: Core) -> None:
    await core.portal("bale")
    poison = replace(core.said("?", id="$poison"), content=cast(Any, ["not", "a", "mapping"]))
    await core.hub.accept([core.said("یک"), poison, core.said("دو")])
    assert await core.copies("event_id") == [(core.said("یک").id,), (core.said("دو").id,)]
    rows = await core.store.fetch("SELECT event_id, room FROM poison")
    assert [tuple(row) for row in rows] == [("$poison", ROOM)]
    await core.hub.accept([core.said("یک"), poison, core.said("دو")])
    assert await core.tasks.poisoned() == 1


async def test_copies_are_due_in_the_order_of_the_events(core: Core) -> None:
    portal = await core.portal("bale")
    other = await core.portal("rubika")
    (placement,) = await core.receive("bale", core.heard("از بله", id="1"))
    await core.hub.accept([core.said("یک"), core.echo(placement, "$mid"), core.said("دو")])
    await core.hub.accept([core.said("سه")])
    events = [core.said("یک").id, "$mid", core.said("دو").id, core.said("سه").id]
    assert [due.event_id for due in await core.ledger.due(other.id, 10)] == events
    assert [due.event_id for due in await core.ledger.due(portal.id, 10)] == [events[0], *events[2:]]


async def test_a_portal_opens_at_our_link_event_and_hears_nothing_from_before(core: Core) -> None:
    portal = await core.portal("bale", state="opening")
    await core.hub.accept([core.said("پیش"), core.link_event(portal), core.said("پس")])
    assert await core.copies("event_id") == [(core.said("پس").id,)]
    assert core.due == [ROOM]
    task = await core.tasks.next(ROOM)
    assert task is not None
    assert (task.kind, task.state_key) == ("opened", f"hampayam/{portal.id}")


async def test_a_link_event_that_is_not_ours_opens_nothing(core: Core) -> None:
    portal = await core.portal("bale", state="opening")
    closed = await core.portal("rubika", state="closed")
    await core.portal("soroush", room="!other")
    odd: list[RoomEvent] = [
        core.link_event(portal, sender=SARA),
        core.link_event(portal, room="!other"),
        core.link_event(closed),
        core.link_event(replace(portal, id=999)),
        replace(core.link_event(portal), content={}, id="$a"),
        replace(core.link_event(portal), content={"ir.hampayam": "x"}, id="$b"),
        replace(core.link_event(portal), content={"ir.hampayam": {"portal": "1"}}, id="$c"),
        replace(core.link_event(portal), content={"ir.hampayam": {"portal": 10**30}}, id="$d"),
    ]
    await core.hub.accept(odd)
    assert {each.state for each in await core.portals.in_room(ROOM)} == {"opening"}
    assert await core.tasks.next(ROOM) is None
    await core.hub.accept([core.link_event(portal)])
    assert [each.state for each in await core.portals.in_room(ROOM)] == ["open"]


@pytest.mark.parametrize("state", ["pending", "offered", "linking", "opening", "closing", "closed"])
async def test_only_an_open_chat_gets_copies(small_core: Core, state: str) -> None:
    core = small_core
    await core.portal("bale", state=state)
    await core.portal("rubika")
    await core.hub.accept([core.said("سلام")])
    assert len(await core.copies("id")) == 1


async def test_what_our_own_users_say_without_an_origin_is_a_notice_and_not_copied(core: Core) -> None:
    portal = await core.portal("bale")
    for user in (core.users.bot, core.users.steward("bale", portal.room), REZA):
        await core.hub.accept([core.said("یادداشت", sender=user, msgtype="m.notice")])
    assert await core.messages("id") == []


async def test_events_of_rooms_without_chats_leave_nothing_behind(core: Core) -> None:
    await core.hub.accept(
        [
            core.said("سلام"),
            core.state("m.room.topic", {"topic": "x"}),
            core.state("m.room.member", {"membership": "join"}, key=SARA),
            core.state("m.room.member", {"membership": "leave"}, key=SARA),
            core.state("org.example.anything", {"a": [1]}),
        ]
    )
    tables = ("message", "copy", "task", "poison")
    assert [await core.count(table) for table in tables] == [0, 0, 0, 0]


async def test_a_database_that_fails_keeps_nothing_of_the_transaction_and_all_of_it_the_next_time(core: Core) -> None:
    portal = await core.portal("bale")
    late = await core.portal("rubika", state="opening")
    transaction = [core.said("یک"), core.link_event(late), core.said("دو")]
    await core.store.execute("ALTER TABLE task RENAME TO elsewhere")
    with pytest.raises(Exception, match="task"):
        await core.hub.accept(transaction)
    assert (await core.messages("id"), await core.copies("id"), core.woken, core.due) == ([], [], [], [])
    assert [each.state for each in await core.portals.in_room(ROOM)] == ["open", "opening"]
    await core.store.execute("ALTER TABLE elsewhere RENAME TO task")
    await core.hub.accept(transaction)
    assert await core.copies("event_id", "portal") == [
        (transaction[0].id, portal.id),
        (transaction[2].id, portal.id),
        (transaction[2].id, late.id),
    ]


async def test_the_id_of_a_transaction_is_committed_with_it(core: Core) -> None:
    await core.portal("bale")
    await core.hub.accept([core.said("یک")], "17")
    assert await core.store.setting(LAST_TRANSACTION) == "17"
    await core.store.execute("ALTER TABLE copy RENAME TO elsewhere")
    with pytest.raises(Exception, match="copy"):
        await core.hub.accept([core.said("دو")], "18")
    await core.store.execute("ALTER TABLE elsewhere RENAME TO copy")
    assert await core.store.setting(LAST_TRANSACTION) == "17"


async def test_a_closed_database_takes_nothing_over(core: Core) -> None:
    await core.portal("bale")
    await core.store.close()
    with pytest.raises(Exception, match=r"stopped|clos"):
        await core.hub.accept([core.said("سلام")])
    with pytest.raises(Exception, match=r"stopped|clos"):
        await core.receive("bale", core.heard("سلام", id="1"))
    assert core.woken == []


async def test_a_time_that_no_clock_can_show_is_not_believed(core: Core) -> None:
    await core.portal("bale")
    now = core.clock()
    for number, at in enumerate((0, -5, now - 1000, now + 10**9)):
        await core.hub.accept([replace(core.said(f"{number}"), at=at)])
    assert await core.messages("said_at") == [(now,), (now,), (now - 1000,), (now,)]


# --- what is not a message of a conversation


async def test_words_in_a_management_room_are_a_command_once(core: Core) -> None:
    async with core.store.transaction():
        await core.tasks.add_management("!admin", SARA)
    event = core.said("status", room="!admin")
    for _ in range(2):
        await core.hub.accept([event, core.said("پاسخ", room="!admin", sender=core.users.bot)])
    assert await core.count("task") == 1
    task = await core.tasks.next("!admin")
    assert task is not None
    assert (task.kind, task.event_id, task.sender) == ("command", event.id, SARA)
    assert "!admin" in core.due


@pytest.mark.parametrize(
    ("membership", "target", "sender", "kind"),
    [
        ("invite", "@hampayam:hs.test", SARA, "invite"),
        ("invite", REZA, SARA, "invite"),
        ("invite", REZA, "@hampayam_bale.steward1:hs.test", None),
        ("join", REZA, REZA, None),
        ("leave", REZA, REZA, None),
        ("leave", REZA, SARA, "member"),
        ("ban", REZA, SARA, "barred"),
        ("join", SARA, SARA, None),
        ("leave", SARA, SARA, None),
    ],
)
async def test_only_what_people_do_to_our_users_is_worked_on(
    small_core: Core, membership: str, target: str, sender: str, kind: str | None
) -> None:
    core = small_core
    await core.hub.accept([core.state("m.room.member", {"membership": membership}, key=target, sender=sender)])
    task = await core.tasks.next(ROOM)
    assert (task.kind if task else None) == kind
    assert core.due == ([ROOM] if kind else [])


async def test_what_is_deleted_before_its_turn_is_forgotten(small_core: Core) -> None:
    core = small_core
    await core.portal("bale")
    event = core.said("پشیمانم")
    await core.hub.accept([event])
    assert await core.bodies.get(ROOM, event.id, core.users.bot) == event.content
    await core.hub.accept([core.state("m.room.redaction", {"redacts": event.id})])
    assert await core.bodies.get(ROOM, event.id, core.users.bot) is None
    assert core.homeserver.called("event")


async def test_a_new_name_in_a_room_is_asked_for_again(small_core: Core) -> None:
    core = small_core
    core.homeserver.names[ROOM, SARA] = "Sara"
    reader = core.users.bot
    assert (await core.names.of(ROOM, SARA, reader))[0] == "Sara"
    core.homeserver.names[ROOM, SARA] = "Sara Karimi"
    assert (await core.names.of(ROOM, SARA, reader))[0] == "Sara"
    await core.hub.accept([core.state("m.room.member", {"membership": "join"}, key=SARA)])
    assert (await core.names.of(ROOM, SARA, reader))[0] == "Sara Karimi"
