"""A public channel, mirrored from its simulated page over real HTTP: what is published, and what becomes of it."""

from __future__ import annotations

import io
import random
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from bridge.errors import Retry
from bridge.model import (
    Chat,
    ChatKind,
    Mark,
    Media,
    MessageDeleted,
    MessageEdited,
    MessageSaid,
    RemoteEvent,
    Text,
    Unsupported,
)
from bridge.platforms.eitaa.mirror_session import EitaaMirrorSession
from bridge.ports import Mirrored
from tests.platforms.eitaa.mirroring import PERIOD, Mirror, bodies, mirrored_channel, opened

if TYPE_CHECKING:
    from tests.platforms.eitaa.conftest import Scene


@pytest.fixture
async def mirror(scene: Scene) -> AsyncIterator[Mirror]:
    async with mirrored_channel(scene) as mirror:
        yield mirror


# --- what is published


async def test_what_was_published_between_the_command_and_the_first_read_is_not_lost(mirror: Mirror) -> None:
    await mirror.says("درست پس از فرمان")
    assert bodies(await mirror.hears()) == ["درست پس از فرمان"]
    assert await mirror.hears() == []


async def test_posts_come_with_their_looks_replies_and_times(mirror: Mirror) -> None:
    first = await mirror.says("سطر یک\nسطر دو", looks=[("bold", "یک", "")])
    reply = await mirror.says("پاسخ", reply_to=first)
    one, two = await mirror.hears()
    assert isinstance(one, MessageSaid)
    assert isinstance(two, MessageSaid)
    assert one.chat == Chat("demo_news", ChatKind.MIRROR, "اخبار")
    assert (one.id, one.sender, one.content) == (first, None, Text("سطر یک\nسطر دو", (Mark("bold", 4, 6),)))
    assert (two.id, two.reply_to) == (reply, first)
    assert one.at > 0


async def test_a_forward_says_who_wrote_it_first(mirror: Mirror) -> None:
    other = await mirror.hand.chats("channel", "دیگر", username="other_news", creator=mirror.scene.sara)
    said = await mirror.hand.say(other, mirror.scene.sara, "از جای دیگر")
    where = {"chat": mirror.channel, "person": mirror.scene.sara, "from": other, "message_id": said.message_id}
    await mirror.hand.own("forward", **where)
    (event,) = await mirror.hears()
    assert isinstance(event, MessageSaid)
    assert (event.content, event.forwarded) == (Text("از جای دیگر"), "دیگر")


async def test_a_photo_comes_with_its_words_and_its_bytes(mirror: Mirror) -> None:
    await mirror.says("در کوه", kind="photo")
    for relative in (True, False):
        await mirror.hand.options(page_relative_photos=relative)
        mirror.keys.clear()
        mirror.cursor = None
        (said,) = await mirror.hears()
        assert isinstance(said, MessageSaid)
        assert isinstance(said.content, Media)
        assert (said.content.kind, said.content.caption) == ("photo", "در کوه")
        body = io.BytesIO()
        await mirror.session.download(said.content.file, body, 10_000)
        assert len(body.getvalue()) == 1500


async def test_other_files_are_told_of_with_their_words(mirror: Mirror) -> None:
    for kind in ("video", "document"):
        await mirror.says(f"با {kind}", kind=kind)
    video, document = await mirror.hears()
    assert isinstance(video, MessageSaid)
    assert isinstance(document, MessageSaid)
    assert video.content == Unsupported("video", "با video")
    assert isinstance(document.content, Unsupported)
    assert document.content.kind == "document"
    assert document.content.caption.endswith("\nبا document")


@pytest.mark.parametrize("prefix", ["etme", "tgme"])
async def test_a_long_silence_is_made_up_for_in_order(mirror: Mirror, prefix: str) -> None:
    await mirror.hand.options(page_prefix=prefix)
    await mirror.hears()
    written = [f"خبر {number}" for number in range(70)]
    for text in written:
        await mirror.says(text)
    assert bodies(await mirror.hears()) == written
    assert await mirror.hears() == []


async def test_what_is_too_old_to_be_read_is_told_of_as_missed(mirror: Mirror) -> None:
    for number in range(80):
        await mirror.says(f"خبر {number}")
    async with opened(mirror.scene, mirror.channels, mirror.clock, mirror.lost, reach=40) as session:
        mirror.session = session
        missed, *rest = await mirror.hears()
    assert isinstance(missed, MessageSaid)
    assert missed.content == Unsupported("missed")
    assert bodies(rest) == [f"خبر {number}" for number in range(20, 80)]


async def test_a_long_silence_is_made_up_for_where_so_many_pages_at_once_are_too_many(mirror: Mirror) -> None:
    await mirror.hears()
    written = [f"خبر {number}" for number in range(150)]
    for text in written:
        await mirror.says(text)
    heard: list[RemoteEvent] = []
    for _ in range(40):
        await mirror.hand.clear_faults()
        await mirror.hand.fault("flood", method="page", after=3, times=None, retry_after=30)
        heard += await mirror.hears(patient=True)
    assert bodies(heard) == written


async def test_pages_are_read_one_at_a_time_and_what_was_read_stays_read(mirror: Mirror) -> None:
    await mirror.hears()
    for number in range(90):
        await mirror.says(f"خبر {number}")
    before = len(await mirror.hand.calls("page"))
    mirror.clock[0] += PERIOD * 1.3
    heard: list[RemoteEvent] = []
    for count in range(1, 5):
        events, wait = await mirror.step()
        heard += events
        assert len(await mirror.hand.calls("page")) - before == count
        assert 0 < wait <= 0.5
    assert bodies(heard) == [f"خبر {number}" for number in range(60)]
    async with opened(mirror.scene, mirror.channels, mirror.clock, mirror.lost) as session:
        mirror.session = session
        assert bodies(await mirror.hears()) == [f"خبر {number}" for number in range(60, 90)]


@pytest.mark.parametrize("size", [1, 7, 20])
async def test_gaps_in_the_numbers_and_short_pages_lose_nothing(mirror: Mirror, size: int) -> None:
    await mirror.hears()
    written = []
    for number in range(70):
        post = await mirror.says(f"خبر {number}")
        if number % 9 < 5 or 20 < number < 50:
            await mirror.hand.delete(mirror.channel, post)
        else:
            written.append(f"خبر {number}")
    await mirror.hand.options(page_size=size)
    assert bodies(await mirror.hears()) == written


async def test_an_older_page_that_shows_nothing_for_once_loses_nothing(mirror: Mirror) -> None:
    await mirror.hears()
    written = [f"خبر {number}" for number in range(50)]
    for text in written:
        await mirror.says(text)
    mirror.clock[0] += PERIOD * 1.3
    assert (await mirror.step())[0] == []
    await mirror.hand.options(page_size=0)
    with pytest.raises(Retry):
        await mirror.step()
    await mirror.hand.options(page_size=20)
    assert bodies(await mirror.hears(patient=True)) == written


async def test_where_all_that_was_told_is_deleted_the_rest_is_told(mirror: Mirror) -> None:
    await mirror.hears()
    posts = [await mirror.says(f"خبر {number}") for number in range(50)]
    for post in ["1", "2", "3", *posts[:25]]:
        await mirror.hand.delete(mirror.channel, post)
    heard: list[RemoteEvent] = []
    for _ in range(10):
        heard += await mirror.hears(patient=True)
    assert bodies(heard) == [f"خبر {number}" for number in range(25, 50)]


async def test_of_a_channel_that_showed_nothing_at_the_beginning_only_the_page_is_read(mirror: Mirror) -> None:
    for number in range(40):
        await mirror.says(f"خبر {number}")
    mirror.channels[:] = [Mirrored("demo_news", "2", "0")]
    missed, *rest = await mirror.hears()
    assert isinstance(missed, MessageSaid)
    assert missed.content == Unsupported("missed")
    assert bodies(rest) == [f"خبر {number}" for number in range(20, 40)]


# --- what changes


async def test_a_correction_is_seen_and_a_counter_is_none(mirror: Mirror) -> None:
    first = await mirror.says("غلط")
    await mirror.hears()
    await mirror.hand.own("views", chat=mirror.channel, message_id=first, views=900)
    assert await mirror.hears() == []
    versions = []
    for text in ("درست", "غلط", "درست"):
        await mirror.hand.edit(mirror.channel, first, text)
        (edited,) = await mirror.hears()
        assert isinstance(edited, MessageEdited)
        assert (edited.said.id, edited.said.content) == (first, Text(text))
        versions.append(edited.version)
    assert len(set(versions)) == 3


async def test_what_becomes_of_posts_from_before_is_nobodys_news(mirror: Mirror) -> None:
    await mirror.hears()
    await mirror.hand.edit(mirror.channel, "1", "دیگر")
    await mirror.hand.delete(mirror.channel, "2")
    for _ in range(3):
        assert await mirror.hears() == []


@pytest.mark.parametrize("validators", ["none", "both"])
async def test_a_post_is_gone_when_it_was_not_there_twice_between_two_that_were(
    mirror: Mirror, validators: str
) -> None:
    await mirror.hand.options(page_validators=validators)
    first, second, third = [await mirror.says(text) for text in ("یک", "دو", "سه")]
    await mirror.hears()
    await mirror.hand.delete(mirror.channel, second)
    assert await mirror.hears() == []
    assert await mirror.hears() == [MessageDeleted(Chat("demo_news", ChatKind.MIRROR, "اخبار"), (second,))]
    assert await mirror.hears() == []
    assert first < third


async def test_the_last_post_is_gone_only_when_another_has_come(mirror: Mirror) -> None:
    last = await mirror.says("پشیمان می‌شوم")
    await mirror.hears()
    await mirror.hand.delete(mirror.channel, last)
    for _ in range(3):
        assert await mirror.hears() == []


async def test_what_falls_off_the_page_is_not_gone(mirror: Mirror) -> None:
    await mirror.hears()
    for number in range(40):
        await mirror.says(f"خبر {number}")
        if number % 10 == 0:
            await mirror.hears()
    for _ in range(3):
        assert not [each for each in await mirror.hears() if isinstance(each, MessageDeleted)]


async def test_an_empty_page_says_nothing_of_what_is_gone(mirror: Mirror) -> None:
    numbers = [await mirror.says(text) for text in ("یک", "دو")]
    await mirror.hears()
    await mirror.hand.options(page_size=0)
    for _ in range(3):
        assert await mirror.hears() == []
    await mirror.hand.options(page_size=20)
    assert await mirror.hears() == []
    assert len(numbers) == 2


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_happens_each_post_is_told_once_in_order_and_ends_as_it_is_there(
    mirror: Mirror, seed: int
) -> None:
    chance, runs = random.Random(seed), AsyncExitStack()

    def again() -> AbstractAsyncContextManager[EitaaMirrorSession]:
        return opened(mirror.scene, mirror.channels, mirror.clock, mirror.lost)

    alive: dict[str, str] = {}
    deleted: set[str] = set()
    shown: dict[str, str] = {}
    told: list[int] = []
    for step in range(150):
        match chance.choice(["says", "says", "many", "edits", "deletes", "fails", "reads", "reads", "restarts"]):
            case "says":
                alive[await mirror.says(f"خبر {step}")] = f"خبر {step}"
            case "many":
                for number in range(chance.randint(1, 45)):
                    alive[await mirror.says(f"خبر {step}.{number}")] = f"خبر {step}.{number}"
            case "edits" if alive:
                post = chance.choice(sorted(alive, key=int)[-20:])
                alive[post] = f"ویرایش {step}"
                await mirror.hand.edit(mirror.channel, post, alive[post])
            case "deletes" if alive:
                post = chance.choice(sorted(alive, key=int)[-20:])
                await mirror.hand.delete(mirror.channel, post)
                deleted.add(post)
                del alive[post]
            case "fails":
                await mirror.hand.fault("status", method="page", after=chance.randint(0, 2), status=503)
            case "restarts":
                mirror.session = await runs.enter_async_context(again())
        last = step == 149
        for _ in range(40 if last else chance.choice([0, 1, 3])):
            for event in await mirror.hears(patient=True):
                match event:
                    case MessageSaid(_, id, None, Text(body)):
                        told.append(int(id))
                        shown[id] = body
                    case MessageEdited(MessageSaid(_, id, None, Text(body))):
                        shown[id] = body
                    case MessageDeleted(_, (id,)):
                        assert id in deleted
                        shown.pop(id)
                    case _:
                        raise AssertionError(event)
    await runs.aclose()
    assert told == sorted(set(told))
    assert alive.keys() <= shown.keys() <= alive.keys() | deleted
    newest = sorted(alive, key=int)[-20:]
    assert [shown[post] for post in newest] == [alive[post] for post in newest]
