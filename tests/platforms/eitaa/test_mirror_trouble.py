"""A mirror over restarts, turns and trouble, over real HTTP."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bridge.errors import Refused, Retry
from bridge.model import MessageSaid, RemoteEvent, Unsupported
from bridge.outgoing import Outgoing
from bridge.platforms.eitaa.mirror import begin
from bridge.ports import Mirrored
from tests.platforms.eitaa.mirroring import PERIOD, Mirror, bodies, mirrored_channel, opened, settings

if TYPE_CHECKING:
    from tests.platforms.eitaa.conftest import Scene


@pytest.fixture
async def mirror(scene: Scene) -> AsyncIterator[Mirror]:
    async with mirrored_channel(scene) as mirror:
        yield mirror


async def test_a_batch_that_was_not_committed_comes_again_the_same(mirror: Mirror) -> None:
    await mirror.hears()
    before = mirror.cursor
    await mirror.says("یک")
    first = await mirror.hears()
    mirror.cursor = before
    mirror.keys.clear()
    assert await mirror.hears() == first


async def test_another_process_goes_on_where_the_first_ended(mirror: Mirror) -> None:
    await mirror.says("یک")
    await mirror.hears()
    await mirror.says("دو")
    async with opened(mirror.scene, mirror.channels, mirror.clock, mirror.lost) as session:
        mirror.session = session
        assert bodies(await mirror.hears()) == ["دو"]


async def test_a_channel_that_is_mirrored_anew_begins_anew(mirror: Mirror) -> None:
    await mirror.hears()
    await mirror.says("در میان")
    _, begins = await begin(settings(mirror.scene), "demo_news")
    mirror.channels[:] = [Mirrored("demo_news", "2", begins)]
    await mirror.says("پس از آن")
    assert bodies(await mirror.hears()) == ["پس از آن"]


async def test_a_page_is_read_once_a_period_and_not_sent_again_when_nothing_has_changed(mirror: Mirror) -> None:
    await mirror.hand.options(page_validators="both")
    for _ in range(50):
        _, wait = await mirror.step()
        assert 0 < wait <= 5
        mirror.clock[0] += PERIOD / 10
    calls = await mirror.hand.calls("page")
    assert 4 <= len(calls) - 1 <= 6  # one was the command's
    assert {call.status for call in calls[2:]} == {304}


async def test_a_channel_that_cannot_be_read_costs_the_others_nothing(mirror: Mirror) -> None:
    other = await mirror.hand.chats("channel", "دیگر", username="other_news", creator=mirror.scene.sara)
    mirror.channels.append(Mirrored("other_news", "2", "0"))
    await mirror.hand.fault("status", method="page", chat=mirror.channel, times=None, status=503)
    await mirror.hand.say(other, mirror.scene.sara, "من هستم")
    heard: list[RemoteEvent] = []
    for _ in range(4):
        heard += await mirror.hears()
    assert bodies(heard) == ["من هستم"]
    await mirror.says("و من")
    await mirror.hand.clear_faults()
    heard.clear()
    for _ in range(40):
        heard += await mirror.hears()
    assert bodies(heard) == ["و من"]


@pytest.mark.parametrize("fault", [{"fault": "status", "status": 503}, {"fault": "flood", "retry_after": 9}])
async def test_when_none_can_be_read_it_is_said_until_one_can(mirror: Mirror, fault: dict[str, object]) -> None:
    await mirror.hand.fault(method="page", times=1, **fault)  # type: ignore[arg-type]
    for _ in range(2):
        with pytest.raises(Retry):
            await mirror.step()
        mirror.clock[0] += 1
    await mirror.says("یک")
    assert bodies(await mirror.hears()) == ["یک"]


@pytest.mark.parametrize("status", [200, 404, 302])
async def test_a_channel_that_is_gone_is_told_of_once_and_again_when_it_goes_again(mirror: Mirror, status: int) -> None:
    """A name that nobody has shows an empty page; others are not there, or lead elsewhere."""

    async def goes() -> list[RemoteEvent]:
        if status == 200:
            mirror.channels[:] = [replace(mirror.channels[0], chat="gone_news")]
        else:
            await mirror.hand.fault("status", method="page", times=None, status=status)
        heard: list[RemoteEvent] = []
        for _ in range(60):
            heard += await mirror.hears(patient=True)
        await mirror.hand.clear_faults()
        return heard

    mirror.channels[:] = [Mirrored("demo_news", "3", mirror.channels[0].begins)]
    await mirror.hears()
    (first,) = await goes()
    assert mirror.lost == [mirror.channels[0].chat]
    assert isinstance(first, MessageSaid)
    assert first.content == Unsupported("mirror_lost")
    if status == 200:
        return
    for _ in range(60):
        assert await mirror.hears(patient=True) == []
    (second,) = await goes()
    assert isinstance(second, MessageSaid)
    assert (second.content, second.id != first.id) == (first.content, True)
    assert len(mirror.lost) == 2


async def test_nothing_is_mirrored_and_nothing_is_asked(mirror: Mirror) -> None:
    mirror.channels.clear()
    before = len(await mirror.hand.calls("page"))
    events, wait = await mirror.step()
    assert (events, wait) == ([], 5.0)
    assert len(await mirror.hand.calls("page")) == before


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("nobody_here", "mirror_no_channel"),
        ("sara_here", "mirror_no_channel"),
        ("open_group", "mirror_no_channel"),
        ("https://example.org/x", "mirror_no_name"),
    ],
)
async def test_only_a_channel_with_a_public_page_can_be_mirrored(scene: Scene, word: str, reason: str) -> None:
    await scene.hand.chats("group", "گروه", username="open_group", creator=scene.sara)
    with pytest.raises(Refused, match=reason):
        await begin(settings(scene), word)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/photo/1.jpg",
        "http://169.254.169.254/latest",
        "https://eitaa.com.evil.org/x",
        "//evil.org/x",
        "file:///etc/passwd",
        "https://notеitaa.com/x",
        "http://[::1",
    ],
)
async def test_a_page_cannot_make_us_ask_anybody_else(mirror: Mirror, address: str) -> None:
    with pytest.raises(Refused, match="gone"):
        await mirror.session.download(address, io.BytesIO(), 1000)


async def test_nobody_there_is_written_to(mirror: Mirror) -> None:
    assert not mirror.session.capabilities.sends
    with pytest.raises(Refused):
        await mirror.session.send("demo_news", Outgoing("سلام"))
