"""Ghosts look like the people whom they stand for, and a room like its first group."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bridge.errors import Refused, Retry
from bridge.model import Chat, ChatKind, Picture
from tests.core.fakes import ROOM, ToldSession
from tests.core.filing import PNG
from tests.core.made import picture
from tests.core.reza import Heard

if TYPE_CHECKING:
    from bridge.store.portals import Portal
    from tests.core.kit import Core

OTHER = picture("jpeg")


@pytest.fixture
async def rubika(core: Core) -> Portal:
    return await core.portal("rubika")


@pytest.fixture
def session(core: Core) -> ToldSession:
    session = core.session("rubika", pictures=True)
    session.stored |= {"one": PNG, "two": OTHER, "no picture": b"MZ"}
    return session


@pytest.fixture
async def reza(core: Core, rubika: Portal, session: ToldSession) -> Heard:
    return Heard(core, session)


def looks(session: ToldSession, id: str, file: str | None, key: str = "", size: int = 0) -> None:
    """What the platform tells of somebody from now on."""
    found = None if file is None else Picture(file, key or file, size)
    session.chats[id] = Chat(id, ChatKind.PRIVATE, "Reza", found)


async def says(reza: Heard, *ids: str) -> None:
    await reza.hears(*((f"g1/{id}", reza.core.heard("سلام", id=id)) for id in ids))


def worn(core: Core) -> bytes | None:
    """The picture that Reza's ghost bears in the room."""
    mxc = core.homeserver.worn[ROOM, core.users.ghost("rubika", "reza")]
    return None if mxc is None else core.homeserver.files[mxc]


async def test_a_ghost_gets_the_picture_and_keeps_its_name(core: Core, session: ToldSession, reza: Heard) -> None:
    looks(session, "reza", "one")
    await says(reza, "1", "2")
    assert worn(core) == PNG
    joins = core.homeserver.called("join")
    assert len(joins) == 2  # without the picture first: a message does not wait for it
    assert {join[4] for join in joins} == {"Reza · روبیکا"}
    assert core.homeserver.said_in(ROOM) == ["سلام", "سلام"]


async def test_the_same_picture_is_fetched_once_and_a_new_one_again(
    core: Core, session: ToldSession, reza: Heard
) -> None:
    looks(session, "reza", "one")
    for id in ("1", "2"):  # each is another run
        await says(reza, id)
    assert len(core.homeserver.called("upload")) == 1
    looks(session, "reza", "two")
    await says(reza, "3")
    assert worn(core) == OTHER
    looks(session, "reza", None)
    await says(reza, "4")
    assert worn(core) is None


@pytest.mark.parametrize("error", [Retry("away"), Refused("gone")])
async def test_a_picture_that_cannot_be_had_holds_nothing_up(
    core: Core, session: ToldSession, reza: Heard, error: Exception
) -> None:
    looks(session, "reza", "one")
    session.will_not_change(error)
    await says(reza, "1", "2")
    assert worn(core) is None
    assert core.homeserver.said_in(ROOM) == ["سلام", "سلام"]


async def test_what_is_no_picture_or_too_large_is_not_shown(core: Core, session: ToldSession, reza: Heard) -> None:
    looks(session, "reza", "no picture")
    await says(reza, "1")
    assert worn(core) is None
    looks(session, "reza", "one", "huge", size=50_000_000)
    await says(reza, "2")
    assert worn(core) is None
    assert len(core.homeserver.called("upload")) == 1


async def test_where_nobody_tells_what_people_look_like_nobody_is_asked(core: Core, rubika: Portal) -> None:
    session = core.session("rubika")
    looks(session, "reza", "one")
    await says(Heard(core, session), "1")
    assert worn(core) is None


async def test_a_room_looks_like_its_first_group(core: Core, session: ToldSession, rubika: Portal) -> None:
    session.chats["g1"] = Chat("g1", ChatKind.GROUP, "گروه", Picture("one", "k1"))
    login = await core.login("rubika")
    second = await core.portal("rubika", "g2")
    session.chats["g2"] = Chat("g2", ChatKind.GROUP, "گروه", Picture("two", "k2"))
    for portal in (rubika, second, rubika):
        async with core.running() as lanes:
            core.arrivals(login, session, lanes).faces.opened(portal)
    avatars = [json.loads(call[5]) for call in core.homeserver.called("set_state") if call[3] == "m.room.avatar"]
    assert [core.homeserver.files[each["url"]] for each in avatars] == [PNG]
