"""Somebody on Eitaa, where an account of ours is spoken to and nothing has buttons."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bridge.sandbox.meeting import address_of
from bridge.sandbox.visitor import Visitor
from bridge.sandbox.world import World
from tests.stories.conftest import TALKATIVE, nothing_that_people_said_was_kept

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def town(tmp_path_factory: pytest.TempPathFactory, synapse_template: Path) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("people-eitaa") / "world"
    async with World(
        folder, template=synapse_template, platforms=("bale", "eitaa"), accounts=("eitaa",), config=TALKATIVE
    ) as world:
        yield world
        await nothing_that_people_said_was_kept(world)


async def test_somebody_on_eitaa_accepts_by_a_number_and_talks(town: World) -> None:
    elham, sara = Visitor(town["eitaa"], "الهام"), Visitor(town["bale"], "سارا")
    await elham.starts()
    await elham.says("سلام، کسی اینجاست؟")
    await elham.sees("هم‌پیام")
    code = await address_of(elham)
    await sara.starts()
    await sara.says(f"/به {code}")
    await sara.says("سلام الهام، از بله می‌نویسم")
    request = await elham.sees("می‌خواهد با شما گفتگو کند")
    assert "۱. ✅" in request.text
    await elham.says("۱")
    await elham.sees("سلام الهام، از بله می‌نویسم")
    await elham.says("سلام سارا، از ایتا می‌خوانم")
    await sara.sees("سلام سارا، از ایتا می‌خوانم")
    await elham.says("/پایان")
    await elham.sees("پایان یافت")
    await sara.sees("پایان یافت")
