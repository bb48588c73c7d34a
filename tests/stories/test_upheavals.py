"""What a real homeserver's administrators, and those who stand above a room, can do to it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from ruamel.yaml import YAML

from bridge.sandbox.client import call
from bridge.sandbox.reading import heard
from bridge.sandbox.sharing import Shared
from bridge.sandbox.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def as_steward(world: World, steward: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """What the one who made a room does, by other means than the bridge."""
    token = YAML(typ="safe").load(world.registration_path)["as_token"]
    url = f"{world.synapse.url}/_matrix/client/v3/{path}"
    async with aiohttp.ClientSession() as session:
        answer = await call(session, "POST", url, token=token, body=body, query={"user_id": steward})
    return dict(answer)


async def maker_of(world: World, shared: Shared) -> str:
    (row,) = await world.books.rows(f"SELECT steward FROM room WHERE mxid = '{shared.room}'")
    return str(row[0])


async def test_a_room_that_an_administrator_shuts_down_ends_its_links_and_everybody_hears_why(world: World) -> None:
    shared = await world.share("بسته", "bale", "rubika")
    await world["bale"].says(shared.groups["bale"], "سارا", "آخرین سخن پیش از بستن")
    await world["rubika"].copy_of(shared.groups["rubika"], "آخرین سخن پیش از بستن")
    assert world.operator_account is not None
    url = f"{world.synapse.url}/_synapse/admin/v2/rooms/{quote(shared.room, safe='')}"
    async with aiohttp.ClientSession() as session:
        token = world.operator_account.access_token
        await call(session, "DELETE", url, token=token, body={"purge": True, "block": True})
    for name in ("bale", "rubika"):
        seen = await world[name].wait_for(
            shared.groups[name], lambda seen: heard("link_ended_room_gone", seen.text) is not None, 30
        )
        assert seen.by == "api"
    await world.settled()
    rows = await world.books.rows(f"SELECT state FROM portal WHERE room = {shared.number}")
    assert {row[0] for row in rows} == {"closed"}


async def test_the_links_of_a_room_that_is_upgraded_go_on_in_the_new_one(world: World) -> None:
    shared = await world.share("کوچ", "bale", "rubika")
    said = await world["bale"].says(shared.groups["bale"], "سارا", "هنوز در اتاق کهنه")
    await world["rubika"].copy_of(shared.groups["rubika"], "هنوز در اتاق کهنه")
    maker = await maker_of(world, shared)
    path = f"rooms/{quote(shared.room, safe='')}/upgrade"
    new = (await as_steward(world, maker, path, {"new_version": "12"}))["replacement_room"]
    await world.settled()
    assert await world.books.rows(f"SELECT mxid FROM room WHERE id = {shared.number}") == [(new,)]

    await world["bale"].says(shared.groups["bale"], "سارا", "در اتاق نو", reply_to=said)
    copy = await world["rubika"].copy_of(shared.groups["rubika"], "در اتاق نو")
    before = await world["rubika"].copy_of(shared.groups["rubika"], "هنوز در اتاق کهنه")
    assert copy.reply_to == before.message_id
    await world["rubika"].says(shared.groups["rubika"], "رضا", "من هم رسیدم")
    await world["bale"].copy_of(shared.groups["bale"], "من هم رسیدم")
    stewards = {mxid for mxid in await world.members(new) if ".steward" in mxid}
    assert len(stewards) == 2
