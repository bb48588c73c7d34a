"""Mute, a messenger turned off, a report, what is held, being forgotten: on every messenger, by buttons, by the bar,
or by numbers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bridge.core.identity import Users
from bridge.sandbox.meeting import address_of
from bridge.sandbox.visitor import Visitor
from bridge.sandbox.world import DOMAIN, PREFIX, World
from tests.stories.conftest import TALKATIVE, nothing_that_people_said_was_kept

pytestmark = pytest.mark.asyncio(loop_scope="session")

WAYS = [("bale", "rubika"), ("rubika", "soroush"), ("soroush", "bale"), ("eitaa", "bale")]
"""Where the person is, and from where somebody writes to them."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def town(tmp_path_factory: pytest.TempPathFactory, synapse_template: Path) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("ways-out") / "world"
    async with World(folder, template=synapse_template, accounts=("eitaa",), config=TALKATIVE) as world:
        yield world
        await nothing_that_people_said_was_kept(world)


async def in_conversation(town: World, here: str, there: str, purpose: str) -> tuple[Visitor, Visitor]:
    """Two who talk with one another: who was asked, and who asked."""
    nima, sara = Visitor(town[here], f"نیما {purpose}"), Visitor(town[there], f"سارا {purpose}")
    for person in (nima, sara):
        await person.starts()
        await person.says("/راهنما")
        await person.sees("/به")
    await sara.says(f"/به {await address_of(nima)}")
    await nima.sees("می‌خواهد با شما گفتگو کند")
    await nima.taps("✅")
    await sara.sees("پذیرفت")
    await sara.says(f"سلام، {purpose}")
    await nima.sees(f"سلام، {purpose}")
    return nima, sara


async def mxid(person: Visitor) -> str:
    return Users(PREFIX, DOMAIN, 2).ghost(person.messenger.name, await person.messenger.person(person.name))


@pytest.mark.parametrize(("here", "there"), WAYS)
async def test_what_is_muted_waits_until_its_person_turns_to_it(town: World, here: str, there: str) -> None:
    nima, sara = await in_conversation(town, here, there, "بی‌صدا")
    await nima.says("/بی‌صدا")
    await nima.sees("بی‌صداست")
    await sara.says("این می‌ماند")
    while not [copy for copy in await town.books.copies() if copy.state == "queued"]:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    assert not any("این می‌ماند" in line.text for line in await nima.lines())
    await nima.says("/بی‌صدا")
    await nima.sees("دیگر بی‌صدا نیست")
    await nima.sees("این می‌ماند")
    await town.settled()


@pytest.mark.parametrize(("here", "there"), WAYS)
async def test_a_messenger_is_turned_off_for_good(town: World, here: str, there: str) -> None:
    nima, sara = await in_conversation(town, here, there, "خاموش")
    title = town[there].titles["fa"]
    await nima.says("/تنظیمات")
    await nima.sees("تنظیمات شما")
    await nima.taps("چه کسی به من بنویسد")
    await nima.sees("برای عوض کردن")
    await nima.taps(f"❓ {title}")
    await nima.sees("گفتگوهای کنونی‌تان")
    await nima.taps("⛔️")
    await nima.sees(f"از {title} دیگر کسی نمی‌تواند به شما بنویسد")
    await sara.sees("پایان یافت")
    await sara.says("هنوز می‌خوانی؟")
    await sara.sees("به کسی نرسید")
    await town.settled()
    assert not any("هنوز می‌خوانی؟" in line.text for line in await nima.lines())


@pytest.mark.parametrize(("here", "there"), WAYS)
async def test_a_report_ends_it_and_reaches_the_moderators(town: World, here: str, there: str) -> None:
    nima, sara = await in_conversation(town, here, there, f"گزارش {here}")
    await nima.says("/گزارش")
    await nima.sees("به گردانندگان رسید")
    await sara.sees("پایان یافت")
    assert await mxid(sara) in await town.operator.command("cases")


@pytest.mark.parametrize(("here", "there"), WAYS)
async def test_what_is_held_is_shown_and_then_forgotten(town: World, here: str, there: str) -> None:
    nima, sara = await in_conversation(town, here, there, "فراموشی")
    await nima.says("/export")
    page = await nima.sees("همهٔ آنچه دربارهٔ شما")
    assert page.file is not None
    body = (await nima.messenger.control.file(nima.chat, page.message_id)).decode()
    assert await mxid(nima) in body
    assert "سلام، فراموشی" not in body
    await nima.says("/فراموش")
    await nima.taps("🗑 آری")
    await nima.sees("پاک شدید")
    await sara.sees("پایان یافت")
