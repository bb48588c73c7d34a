"""Start on every messenger with a bot, through the whole welcome, on the real wire."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bridge.sandbox.visitor import Visitor
from bridge.sandbox.world import World
from tests.stories.conftest import TALKATIVE, nothing_that_people_said_was_kept

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def town(tmp_path_factory: pytest.TempPathFactory, synapse_template: Path) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("welcome") / "world"
    async with World(folder, template=synapse_template, config=TALKATIVE) as world:
        yield world
        await nothing_that_people_said_was_kept(world)


@pytest.mark.parametrize("messenger", ["bale", "rubika", "soroush"])
async def test_whoever_presses_start_is_led_through_the_welcome(town: World, messenger: str) -> None:
    nima = Visitor(town[messenger], "نیما")
    await nima.starts()
    await nima.sees("به کدام زبان ادامه بدهیم؟")
    await nima.taps("فارسی")
    await nima.sees("از پیام‌رسان‌های دیگر چه کسی بتواند به شما پیام بدهد؟")
    await nima.taps("❓ ماتریکس")
    await nima.sees("گفتگوهای کنونی‌تان")
    await nima.taps("⛔️")
    await nima.sees("از ماتریکس دیگر کسی نمی‌تواند به شما بنویسد")
    await nima.taps("ادامه")
    await nima.sees("چگونه پیدایتان کنند؟")
    await nima.taps("ادامه")
    await nima.sees("نشانی شما")
    await nima.says("سلام! کسی اینجا هست؟")
    await nima.sees("این نوشته به کسی نرسید")
    await nima.says("/تنظیمات")
    await nima.sees("تنظیمات شما")
    await nima.taps("زبان")
    await nima.sees("به کدام زبان با شما گفتگو کنم؟")
    await nima.taps("English")
    await nima.sees("From now on I write in English.")
