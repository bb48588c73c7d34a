from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridge.errors import Refused, Retry

if TYPE_CHECKING:
    from tests.core.kit import Core

ROOM = "!family"
READER = "@hampayam:hs.test"


async def test_what_just_came_by_costs_the_homeserver_nothing(small_core: Core) -> None:
    bodies = small_core.bodies
    bodies.keep("$1", {"body": "سلام"})
    assert await bodies.get(ROOM, "$1", READER) == {"body": "سلام"}
    assert small_core.homeserver.calls == []


async def test_what_is_not_kept_is_fetched_as_it_is_now(small_core: Core) -> None:
    bodies, homeserver = small_core.bodies, small_core.homeserver
    homeserver.events["$1"] = {"content": {"body": "سلام"}}
    assert await bodies.get(ROOM, "$1", READER) == {"body": "سلام"}
    homeserver.events["$1"] = {"content": {}}
    assert await bodies.get(ROOM, "$1", READER) is None
    assert await bodies.get(ROOM, "$unknown", READER) is None


async def test_what_was_deleted_is_not_kept(small_core: Core) -> None:
    bodies = small_core.bodies
    bodies.keep("$1", {"body": "پشیمانم"})
    bodies.forget("$1")
    bodies.forget("$never-kept")
    bodies.keep("$2", {})
    assert await bodies.get(ROOM, "$1", READER) is None
    assert await bodies.get(ROOM, "$2", READER) is None


async def test_the_memory_for_bodies_is_bounded(small_core: Core) -> None:
    bodies, homeserver = small_core.bodies, small_core.homeserver
    bodies.keep("$long", {"body": "x" * 60_000})
    for number in range(5_000):
        bodies.keep(f"${number}", {"body": "x"})
    homeserver.events["$0"] = homeserver.events["$long"] = {"content": {"body": "fetched"}}
    assert await bodies.get(ROOM, "$4999", READER) == {"body": "x"}
    assert await bodies.get(ROOM, "$0", READER) == {"body": "fetched"}
    assert await bodies.get(ROOM, "$long", READER) == {"body": "fetched"}


@pytest.mark.parametrize("error", [Retry("homeserver: 502"), Refused("M_UNKNOWN")])
async def test_a_homeserver_that_does_not_answer_is_told_to_who_asked(small_core: Core, error: Exception) -> None:
    small_core.homeserver.fails("event", error)
    with pytest.raises(type(error)):
        await small_core.bodies.get(ROOM, "$1", READER)
