"""People reach people: somebody on Bale and somebody on Matrix, on a real homeserver."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bridge.sandbox.meeting import address_of, meet
from bridge.sandbox.screen import Screen
from bridge.sandbox.visitor import Visitor
from bridge.sandbox.world import World
from tests.stories.conftest import TALKATIVE, nothing_that_people_said_was_kept

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def town(tmp_path_factory: pytest.TempPathFactory, synapse_template: Path) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("people") / "world"
    async with World(folder, template=synapse_template, config=TALKATIVE) as world:
        yield world
        await nothing_that_people_said_was_kept(world)


async def test_somebody_on_a_messenger_asks_for_somebody_on_matrix(town: World) -> None:
    mina = await town.matrix_person("mina")
    sara = Visitor(town["bale"], "سارا")
    await sara.starts()
    await sara.says(f"/to {mina.mxid}")
    await sara.sees("پرسیده می‌شود")
    await sara.says("سلام مینا، من سارا هستم")
    room = await mina.invited()
    await mina.join(room)
    await sara.sees("پذیرفت")
    heard = await mina.first(room, lambda event: event.body == "سلام مینا، من سارا هستم")
    assert (await mina.members(room))[heard.sender] == "سارا · بله"
    shown = await mina.first(room, lambda event: event.type == "com.beeper.room_features")
    assert shown.content["edit"] == 2, "their client knows what Bale can do"
    await town.matrix_says(mina, room, "سلام سارا، خوشحالم")
    await sara.sees("سلام سارا، خوشحالم")
    await mina.leave(room)
    await sara.sees("پایان یافت")


async def test_somebody_on_matrix_invites_a_ghost_and_is_asked_about(town: World) -> None:
    nima = await town.matrix_person("nima")
    sara = Visitor(town["bale"], "سارا")
    await sara.starts()
    ghost = f"@hampayam_bale_{await town['bale'].person('سارا')}:{nima.mxid.partition(':')[2]}"
    room = await nima.create_room("گفتگو", invite=[ghost])
    before = ["سلام سارا، نیما هستم", "از ماتریکس می‌نویسم"]
    for text in before:
        await town.matrix_says(nima, room, text)
    await sara.sees("می‌خواهد با شما گفتگو کند")
    seen = [line.text for line in await sara.lines()]
    assert not any(text in line for text in before for line in seen)
    await sara.taps("✅")
    await sara.sees("پذیرفتید")
    for text in before:
        await sara.sees(text)
    await sara.says("بفرمایید، من سارا هستم")
    await nima.first(room, lambda event: event.body == "بفرمایید، من سارا هستم")
    await town.matrix_says(nima, room, "سلام، نیما هستم از ماتریکس")
    await sara.sees("سلام، نیما هستم از ماتریکس")
    await sara.says("/پایان")
    await sara.sees("پایان یافت")
    await nima.first(room, lambda event: event.type == "m.room.member" and event.content.get("membership") == "leave")


@pytest.mark.parametrize(
    ("asker", "asked"),
    [("bale", "rubika"), ("rubika", "soroush"), ("soroush", "bale"), ("bale", "bale")],
)
async def test_two_people_meet_by_an_address_and_one_blocks_the_other(town: World, asker: str, asked: str) -> None:
    one, other = Visitor(town[asker], f"پرسنده {asker} {asked}"), Visitor(town[asked], f"پاسخ‌دهنده {asker} {asked}")
    await meet(town, Screen(io.StringIO()), one, other)


async def test_a_killed_bridge_goes_on_with_a_request_where_it_was(town: World) -> None:
    one, other = Visitor(town["bale"], "بهار"), Visitor(town["soroush"], "آبان")
    await other.starts()
    code = await address_of(other)
    await one.starts()
    await one.says(f"/به {code}")
    await one.sees("پرسیده می‌شود")
    await one.says("پیش از خاموشی نوشتم")
    await town.bridge_kill()
    await one.says("و این را در خاموشی")
    await town.bridge_start()
    await other.sees("می‌خواهد با شما گفتگو کند")
    await town.bridge_kill()
    await other.taps("✅")
    await town.bridge_start()
    await other.sees("پیش از خاموشی نوشتم")
    await other.sees("و این را در خاموشی")
    await other.says("هر دو رسید")
    await one.sees("هر دو رسید")
    await town.settled()
    heard = [line.text for line in await other.lines() if line.by == "api"]
    assert sum("پیش از خاموشی نوشتم" in text for text in heard) == 1
    assert sum("و این را در خاموشی" in text for text in heard) == 1
