from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bridge.errors import InDoubt
from bridge.model import Person, Unsupported
from bridge.store.ledger_rows import Key

if TYPE_CHECKING:
    from tests.core.kit import Core

ROOM = "!family"
SARA = "@sara:hs.test"
REZA = "@hampayam_bale_reza:hs.test"


async def test_a_message_of_a_linked_chat_is_to_be_sent_to_its_room_as_its_senders_ghost(core: Core) -> None:
    portal = await core.portal("bale")
    (placement,) = await core.receive("bale", core.heard("سلام", id="1"))
    assert (placement.portal.id, placement.portal.mxid) == (portal.id, ROOM)
    origin = placement.origin
    assert core.hub.read_origin(core.echo(placement, "$1")) == Key(origin.login, origin.chat, origin.message)
    assert await core.messages("login", "chat", "remote_id", "sender", "state") == [
        ("bale:bot", "g1", "1", REZA, "routed")
    ]
    heard = await core.portals.get(portal.id)
    assert heard is not None
    assert heard.heard_at == core.clock()


async def test_an_update_that_comes_again_gets_the_decision_of_the_first_time(core: Core) -> None:
    await core.portal("bale")
    said = core.heard("سلام", id="1")
    (first,) = await core.receive("bale", said)
    (again,) = await core.receive("bale", said)
    assert (again.txn, again.message, again.origin) == (first.txn, first.message, first.origin)
    assert await core.count("message") == 1


async def test_an_update_that_comes_again_after_the_unlink_still_belongs_to_the_first_room(core: Core) -> None:
    portal = await core.portal("bale")
    said = core.heard("سلام", id="1")
    (first,) = await core.receive("bale", said)
    async with core.store.transaction():
        await core.portals.move(portal.id, "open", "closed")
    await core.portal("bale", room="!other")
    (again,) = await core.receive("bale", said)
    assert (again.portal.id, again.portal.mxid, again.txn) == (portal.id, ROOM, first.txn)


async def test_what_is_on_the_homeserver_is_not_sent_again(core: Core) -> None:
    await core.portal("bale")
    said = core.heard("سلام", id="1")
    (first,) = await core.receive("bale", said)
    async with core.store.transaction():
        await core.ledger.placed([(first.message, "$1")])
    assert await core.receive("bale", said) == []


async def test_messages_of_one_batch_are_sent_in_the_order_in_which_they_came(core: Core) -> None:
    await core.portal("bale")
    said = [core.heard(f"شماره {n}", id=str(n)) for n in (3, 1, 2)]
    placed = await core.receive("bale", *said)
    assert [placement.said.id for placement in placed] == ["3", "1", "2"]
    assert len({placement.txn for placement in placed}) == 3


async def test_equal_ids_in_two_chats_are_two_messages(core: Core) -> None:
    await core.portal("bale", "g1")
    await core.portal("bale", "g2")
    (one,) = await core.receive("bale", core.heard("سلام", id="1", chat="g1"))
    (two,) = await core.receive("bale", core.heard("سلام", id="1", chat="g2"))
    assert one.txn != two.txn
    assert one.message != two.message


@pytest.mark.parametrize("state", ["pending", "offered", "linking", "closing"])
async def test_what_was_said_before_the_link_does_not_cross_later(small_core: Core, state: str) -> None:
    core = small_core
    portal = await core.portal("bale", state=state)
    said = core.heard("پیش از پیوند", id="1")
    assert await core.receive("bale", said) == []
    async with core.store.transaction():
        await core.portals.move(portal.id, state, "open")
    assert await core.receive("bale", said) == []
    assert await core.messages("remote_id", "state", "reason") == [("1", "withheld", "no_portal")]


async def test_a_chat_that_nobody_linked_leaves_only_a_row_without_words(core: Core) -> None:
    assert await core.receive("bale", core.heard("خصوصی", id="1")) == []
    assert await core.messages("state", "room", "portal") == [("withheld", None, None)]


async def test_another_bot_is_not_bridged_unless_an_admin_allowed_it(core: Core) -> None:
    await core.portal("bale")
    robot = Person("robot", "Robot", is_bot=True)
    assert await core.receive("bale", core.heard("bip", id="1", sender=robot)) == []
    assert await core.receive("bale", core.heard("bip", id="1", sender=robot), bots=True) == []
    (placement,) = await core.receive("bale", core.heard("bop", id="2", sender=robot), bots=True)
    assert placement.said.id == "2"


async def test_a_bridged_copy_of_the_national_system_is_never_bridged_again(core: Core) -> None:
    await core.portal("bale")
    virtual = Person("mxb", "Mina", virtual=True)
    assert await core.receive("bale", core.heard("سلام", id="1", sender=virtual), bots=True) == []
    assert await core.messages("state", "reason") == [("withheld", "bridged_already")]


async def test_our_own_words_settle_a_copy_in_doubt_and_are_not_bridged(core: Core) -> None:
    await core.portal("bale")
    target = await core.portal("rubika")
    await core.hub.accept([core.said("سلام")])
    session = core.session("rubika")
    session.will(InDoubt("no answer"))
    await core.drained(target, session)
    assert ("unknown",) in await core.copies("state")

    text = session.asked[0][1].text
    own = core.heard(text, id="r-77", sender=Person("bot", "Hampayam", is_bot=True))
    assert await core.receive("rubika", own, own) == []
    assert await core.copies("state", "portal") == [("queued", 1), ("sent", target.id)]
    (event,) = [row[0] for row in await core.messages("event_id")]
    assert await core.ledger.remote_of(event, target.login, target.chat) == "r-77"


async def test_our_own_words_of_unknown_origin_are_not_bridged(core: Core) -> None:
    await core.portal("bale")
    own = core.heard("از جای دیگر", id="9", sender=Person("bot", "Hampayam"))
    assert await core.receive("bale", own) == []
    photo = replace(own, content=Unsupported("photo"), id="10")
    assert await core.receive("bale", photo) == []


async def test_a_post_that_names_nobody_is_the_channels_own(core: Core) -> None:
    await core.portal("bale", "c1")
    (placement,) = await core.receive("bale", replace(core.heard("پست", id="1", chat="c1"), sender=None))
    echo = core.echo(placement, "$1")
    assert echo.sender == "@hampayam_bale_c1:hs.test"
    assert core.hub.read_origin(echo) is not None
