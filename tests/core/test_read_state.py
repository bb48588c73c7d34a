"""What has been read in a chat is seen in the room, as the chat's, since nobody says who it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridge.errors import Refused, Retry
from bridge.model import Chat, ChatKind, Person, ReadUpTo
from tests.core.fakes import ROOM
from tests.core.reza import Heard

if TYPE_CHECKING:
    from bridge.store.portals import Portal
    from tests.core.kit import Core

GROUP = Chat("g1", ChatKind.GROUP, "گروه")


@pytest.fixture
async def rubika(core: Core) -> Portal:
    return await core.portal("rubika")


@pytest.fixture
async def reza(core: Core, rubika: Portal) -> Heard:
    return Heard(core, core.session("rubika"))


async def test_a_copy_that_was_read_is_marked_so_in_the_room(core: Core, rubika: Portal, reza: Heard) -> None:
    (event,) = await core.people_say("سلام")
    await core.drained(rubika, reza.session)
    await reza.hears(("g1/1", ReadUpTo(GROUP, "rubika-1")))
    assert core.homeserver.called("read") == [("read", ROOM, core.users.ghost("rubika", "g1"), event)]


async def test_what_is_not_known_is_marked_nowhere(core: Core, reza: Heard) -> None:
    await reza.hears(("g1/1", ReadUpTo(GROUP, "rubika-7")))
    await reza.hears(("g2/1", ReadUpTo(Chat("g2", ChatKind.GROUP, "دیگر"), "1")))
    assert core.homeserver.called("read") == []


@pytest.mark.parametrize("error", [Retry("away"), Refused("M_UNKNOWN")])
async def test_a_mark_that_cannot_be_set_holds_nothing_up(
    core: Core, rubika: Portal, reza: Heard, error: Exception
) -> None:
    await core.people_say("سلام")
    await core.drained(rubika, reza.session)
    core.homeserver.fails("read", error)
    await reza.hears(("g1/1", ReadUpTo(GROUP, "rubika-1")), ("g1/2", core.heard("بعدی", id="r2")))
    assert core.homeserver.said_in(ROOM)[-1] == "بعدی"
    assert await core.count("inbox") == 0


async def test_a_copy_of_the_national_system_is_counted(core: Core, reza: Heard) -> None:
    await reza.hears(("g1/1", core.heard("سلام", id="v1", sender=Person("mxb", "Mina", virtual=True))))
    assert core.counted == [("rubika", "bridged already")]
    assert core.homeserver.sent == []
