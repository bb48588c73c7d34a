"""Members of a linked group keep their words in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from bridge.errors import Retry
from bridge.model import Chat, ChatKind, MembersMoved, MessageDeleted, MessageEdited, MessageSaid, Person, Text
from bridge.texts.sentences import SENTENCES
from tests.core.office import office

if TYPE_CHECKING:
    from bridge.store.portals import Portal
    from tests.core.kit import Core
    from tests.core.office import Office

NIMA = "@hampayam_bale_nima:hs.test"
G1 = Chat("g1", ChatKind.GROUP, "گروه g1")


@pytest.fixture
async def desk(core: Core) -> AsyncIterator[Office]:
    """On both databases: groups of Bale and Rubika share a room."""
    async with office(core) as desk:
        await desk.open("bale", edits=True, deletes=True)
        await desk.open("rubika")
        await core.portal("bale")
        await core.portal("rubika")
        yield desk


async def group(desk: Office) -> Portal:
    portal = await desk.portal("bale")
    assert portal is not None
    return portal


async def decisions(core: Core) -> list[tuple[str, ...]]:
    rows = await core.store.fetch("SELECT verb, scope, whose, about, actor, place FROM consent ORDER BY id")
    return [tuple(row) for row in rows]


async def withheld(core: Core) -> list[tuple[str, str]]:
    rows = await core.store.fetch(
        "SELECT kind, reason FROM message WHERE state = 'withheld' AND reason <> 'notice' ORDER BY id"
    )
    return [tuple(row) for row in rows]


def in_the_room(desk: Office) -> list[str]:
    return desk.core.homeserver.said_in("!family")


async def test_whoever_opts_out_is_heard_in_their_own_group_only(desk: Office) -> None:
    await desk.says("bale", "سلام", sender="nima")
    await desk.says("bale", "/optout", sender="nima")
    assert desk.told("bale") == [SENTENCES["opted_out"]["en"]]
    await desk.says("bale", "این بماند", sender="nima")
    await desk.says("bale", "من هنوز هستم", sender="mina")
    assert in_the_room(desk) == ["سلام", "من هنوز هستم"]
    assert await withheld(desk.core) == [("message", "opted_out")]
    portal = await group(desk)
    assert await decisions(desk.core) == [("deny", "room", NIMA, str(portal.room), NIMA, "group")]


async def test_their_ghost_leaves_the_room_and_comes_back_with_their_next_words(desk: Office) -> None:
    core = desk.core
    await desk.says("bale", "سلام", sender="nima")
    await desk.says("bale", "/optout", sender="nima")
    assert core.homeserver.called("leave") == [("leave", "!family", NIMA, "")]
    await desk.happens("bale", MembersMoved(G1, (Person("nima", "Nima"),), present=True))
    portal = await group(desk)
    assert await core.ghosts.look_in(portal.id, NIMA) is None
    await desk.says("bale", "/optin", sender="nima")
    assert desk.told("bale")[-1] == SENTENCES["opted_in"]["en"]
    await desk.says("bale", "برگشتم", sender="nima")
    assert in_the_room(desk) == ["سلام", "برگشتم"]
    assert await core.ghosts.look_in(portal.id, NIMA) is not None


async def test_a_command_that_is_given_again_changes_nothing(desk: Office) -> None:
    for word in ("/optin", "/بازگشت", "/optout", "/کناره‌گیری", "/بي من".replace(" ", "\u200c"), "/optin", "/بامن"):
        await desk.says("bale", word, sender="nima")
    assert [verb for verb, *_ in await decisions(desk.core)] == ["deny", "cancel"]
    out, back = SENTENCES["opted_out"]["en"], SENTENCES["opted_in"]["en"]
    assert desk.told("bale") == [back, back, out, out, out, back, back]


async def test_what_crossed_before_can_be_deleted_but_is_not_corrected(desk: Office) -> None:
    core = desk.core
    await desk.says("bale", "پیش از آن", sender="nima", id="first")
    await desk.says("bale", "/optout", sender="nima")
    said = MessageSaid(G1, "first", Person("nima", "Nima"), Text("پس از آن"))
    await desk.happens("bale", MessageEdited(said, "v2", core.clock()))
    assert in_the_room(desk) == ["پیش از آن"]
    assert await withheld(core) == [("edit", "opted_out")]
    await desk.happens("bale", MessageDeleted(G1, ("first",)))
    assert [gone.content["redacts"] for gone in core.homeserver.redacted] == ["$sent0"]


async def test_a_copy_that_waits_while_its_author_opts_out_does_not_go_out(desk: Office) -> None:
    core = desk.core
    session, portal = desk.sessions["rubika"], await desk.portal("rubika")
    assert portal is not None
    (placement,) = await core.receive("bale", core.heard("در راه", id="first", sender=Person("nima", "Nima")))
    echo = core.echo(placement, "$first")
    core.homeserver.events["$first"] = {"content": {"msgtype": "m.text", "body": "در راه"}}

    async def opts_out() -> None:
        await desk.says("bale", "/optout", sender="nima")
        raise Retry("HTTP 502")

    session.will(opts_out)
    await core.hub.accept([echo])
    await core.drained(portal, session)
    assert session.done == []
    assert len(session.asked) == 1
    assert await core.copies("state", "reason") == [("withheld", "opted_out")]
    assert desk.told("bale") == [SENTENCES["opted_out"]["en"]], "the author is not warned of what they asked for"


async def test_a_copy_of_which_nobody_knows_whether_it_arrived_stays_unknown(desk: Office) -> None:
    core = desk.core
    session, portal = desk.sessions["rubika"], await desk.portal("rubika")
    assert portal is not None
    (placement,) = await core.receive("bale", core.heard("نیمه‌راه", id="first", sender=Person("nima", "Nima")))
    await core.hub.accept([core.echo(placement, "$first")])
    await core.store.execute("UPDATE copy SET state = 'sending', parts = 1")
    await desk.says("bale", "/optout", sender="nima")
    desk.told("bale")
    await core.drained(portal, session)
    assert session.asked == []
    assert await core.copies("state", "reason") == [("unknown", "opted_out")]
    assert desk.told("bale") == []


async def test_the_decision_is_kept_while_the_homeserver_is_away(desk: Office) -> None:
    core = desk.core
    await desk.says("bale", "سلام", sender="nima")
    core.homeserver.fails("leave", Retry("homeserver"), Retry("homeserver"))
    await desk.says("bale", "/optout", sender="nima")
    assert len(core.slept) == 2
    assert len(core.homeserver.called("leave")) == 3
    assert desk.told("bale") == [SENTENCES["opted_out"]["en"]]


async def test_one_room_is_not_another_and_elsewhere_there_is_nothing_to_opt_out_of(desk: Office) -> None:
    await desk.core.portal("bale", "g2", room="!others")
    await desk.says("bale", "/optout", sender="nima", chat="g2")
    await desk.says("bale", "اینجا می‌گویم", sender="nima")
    await desk.says("bale", "آنجا نه", sender="nima", chat="g2")
    assert in_the_room(desk) == ["اینجا می‌گویم"]
    assert desk.core.homeserver.said_in("!others") == []
    await desk.says("bale", "/optout", sender="nima", chat="g3")
    assert desk.told("bale", "g3") == [SENTENCES["not_linked"]["en"]]
    await desk.says("bale", "/optout", sender=None)
    assert desk.told("bale") == [SENTENCES["nobody_named"]["en"]]
