"""The page of an address, as the whole bridge serves it."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest

from bridge.core.people.wanted import checked
from bridge.sandbox.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_address_leads_into_the_private_chat_of_each_bot(tmp_path: Path, synapse_template: Path) -> None:
    code = checked("K7PQ2MX")
    async with (
        World(tmp_path / "world", template=synapse_template, platforms=["rubika", "bale"]) as world,
        aiohttp.ClientSession(f"http://127.0.0.1:{world.port}") as client,
    ):
        async with client.get(f"/_hampayam/me/{code}") as answer:
            assert answer.status == 404, "where people cannot reach the bridge there is no page"
        await world.reconfigure(config={"files": {"public_url": f"http://127.0.0.1:{world.port}"}})
        async with client.get(f"/_hampayam/me/{code}") as answer:
            assert answer.status == 200
            page = await answer.text()
        for name in ("rubika", "bale"):
            assert f"/{world[name].bot.username}?" in page
        assert page.count(f'={code}"') == 2
        async with client.get("/_hampayam/me/nonsense") as answer:
            assert answer.status == 404
            assert "این نشانی درست نیست" in await answer.text()
