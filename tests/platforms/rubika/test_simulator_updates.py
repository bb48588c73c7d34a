"""How bots get their updates from the simulated Rubika: asked for, or pushed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bridge.sandbox.control import Control, ControlRefused

if TYPE_CHECKING:
    from .conftest import Family, Listener, Wire


ROOT = Path(__file__).parents[3]


async def test_updates_come_oldest_first_and_again_from_the_start_without_an_offset(
    wire: Wire, hand: Control, family: Family
) -> None:
    for text in "abc":
        await hand.say(family.group, family.sara, text)
    assert await hand.pending() == 4
    first = await wire.ok("getUpdates", limit=2)
    assert [u["type"] for u in first["updates"]] == ["EventData", "NewMessage"]
    assert await hand.pending() == 4
    second = await wire.ok("getUpdates", limit=2, offset_id=first["next_offset_id"])
    assert [u["new_message"]["text"] for u in second["updates"]] == ["b", "c"]
    assert await hand.pending() == 2
    nothing = await wire.ok("getUpdates", offset_id=second["next_offset_id"])
    assert nothing == {"updates": [], "next_offset_id": second["next_offset_id"]}
    assert await hand.pending() == 0
    assert len(await wire.updates()) == 4
    by_hand = f"{int(first['next_offset_id'][:8], 16):08x}{0:016x}"
    assert len(await wire.updates(offset_id=by_hand)) == 4


async def test_nothing_new_is_said_in_three_ways(wire: Wire, hand: Control) -> None:
    cursor = await wire.drain()
    await hand.options(next_offset_when_empty="absent")
    assert await wire.ok("getUpdates", offset_id=cursor) == {"updates": []}
    await hand.options(next_offset_when_empty="empty")
    assert await wire.ok("getUpdates", offset_id=cursor) == {"updates": [], "next_offset_id": ""}
    with pytest.raises(ControlRefused, match="must be one of"):
        await hand.options(next_offset_when_empty="sometimes")


@pytest.mark.parametrize("parameters", [{"limit": 0}, {"limit": 101}, {"limit": "5"}, {"offset_id": "nonsense"}])
async def test_a_senseless_question_for_updates_is_refused(wire: Wire, parameters: dict[str, Any]) -> None:
    assert await wire.refused("getUpdates", **parameters) == "INVALID_INPUT"


async def test_offsets_can_be_forgotten_reset_or_unknown(wire: Wire, hand: Control, family: Family) -> None:
    await hand.say(family.group, family.sara, "a")
    cursor = await wire.drain()
    await hand.fault("reset_offset")
    assert await wire.refused("getUpdates", offset_id=cursor) == "INVALID_INPUT"
    await hand.fault("forget_offset")
    again = await wire.ok("getUpdates", offset_id=cursor)
    assert len(again["updates"]) == 2
    assert await hand.pending() == 2
    assert again["next_offset_id"] == cursor
    assert await wire.updates(offset_id=cursor) == []
    await hand.options(unknown_offset_refused=True)
    assert await wire.updates(offset_id=cursor) == []
    assert await wire.refused("getUpdates", offset_id="f" * 24) == "INVALID_INPUT"


async def test_old_updates_are_lost_and_confirmed_ones_can_be(wire: Wire, hand: Control, family: Family) -> None:
    await hand.options(retained_updates=3)
    for n in range(1500):
        await hand.say(family.group, family.sara, str(n))
    assert [u["new_message"]["text"] for u in await wire.updates()] == ["1497", "1498", "1499"]
    assert await hand.pending() == 3
    await hand.options(forget_confirmed=True)
    cursor = await wire.drain()
    assert await wire.updates() == []
    await hand.say(family.group, family.sara, "new")
    assert [u["new_message"]["text"] for u in await wire.updates(offset_id=cursor)] == ["new"]


async def test_a_batch_can_be_repeated(wire: Wire, hand: Control, family: Family) -> None:
    cursor = await wire.drain()
    await hand.say(family.group, family.sara, "a")
    cursor = (await wire.ok("getUpdates", offset_id=cursor))["next_offset_id"]
    await hand.fault("repeat_updates")
    await hand.say(family.group, family.sara, "b")
    repeated = await wire.updates(offset_id=cursor)
    assert [u["new_message"]["text"] for u in repeated] == ["a", "b"]
    assert [u["new_message"]["text"] for u in await wire.updates(offset_id=cursor)] == ["b"]


async def test_with_an_endpoint_updates_are_pushed_and_polling_dries_up(
    wire: Wire, hand: Control, family: Family, listener: Listener
) -> None:
    cursor = await wire.drain()
    assert await wire.ok("updateBotEndpoints", url=listener.url, type="ReceiveUpdate") == {"status": "Done"}
    await hand.say(family.group, family.sara, "pushed")
    path, body = await listener.next()
    assert (path, body["update"]["new_message"]["text"]) == ("/secret", "pushed")
    assert await wire.updates(offset_id=cursor) == []
    await hand.options(webhook_suffix=True)
    await wire.ok("updateBotEndpoints", url=listener.url, type="ReceiveUpdate")
    await hand.say(family.group, family.sara, "pushed again")
    path, body = await listener.next()
    assert (path, body["update"]["new_message"]["text"]) == ("/secret/receiveUpdate", "pushed again")
    await wire.ok("updateBotEndpoints", url="", type="ReceiveUpdate")
    await hand.say(family.group, family.sara, "polled")
    assert [u["new_message"]["text"] for u in await wire.updates(offset_id=cursor)] == ["polled"]


@pytest.mark.parametrize("url", ["http://example.org/hook", "ftp://127.0.0.1/x", "nonsense", "https://"])
async def test_an_endpoint_without_https_is_an_invalid_url(wire: Wire, url: str) -> None:
    assert await wire.ok("updateBotEndpoints", url=url, type="ReceiveUpdate") == {"status": "InvalidUrl"}
    assert await wire.refused("updateBotEndpoints", url=url, type="Everything") == "INVALID_INPUT"
