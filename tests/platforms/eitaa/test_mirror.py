"""A public channel, mirrored from its simulated page over real HTTP."""

from __future__ import annotations

import io
import random
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from bridge.errors import Refused, Retry
from bridge.model import (
    Chat,
    ChatKind,
    Mark,
    Media,
    MessageDeleted,
    MessageEdited,
    MessageSaid,
    Outgoing,
    RemoteEvent,
    Text,
    Unsupported,
)
from bridge.platforms.eitaa import EitaaSettings
from bridge.platforms.eitaa.mirror import begin
from bridge.platforms.eitaa.mirror_session import EitaaMirrorSession
from bridge.platforms.http import Http
from bridge.ports import Mirrored

if TYPE_CHECKING:
    from bridge.sandbox.control import Control
    from tests.platforms.eitaa.conftest import Scene

PERIOD = 60.0


class Sleeps(Exception):
    """No page is to be read yet."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


@dataclass
class Mirror:
    """A mirror that is polled by hand, with a clock that only a test moves."""

    scene: Scene
    channel: str
    session: EitaaMirrorSession
    channels: list[Mirrored]
    clock: list[float]
    lost: list[str]
    """Channels that were told to be gone."""
    cursor: str | None = None
    keys: set[str] = field(default_factory=set)

    @property
    def hand(self) -> Control:
        return self.scene.hand

    async def says(self, text: str, **more: object) -> str:
        return (await self.hand.say(self.channel, self.scene.sara, text, **more)).message_id  # type: ignore[arg-type]

    async def step(self) -> tuple[list[RemoteEvent], float]:
        """One page: what came that was not heard before, and how long it is to be waited for the next. None yet: how
        long it would be slept."""
        try:
            batch = await self.session.fetch(self.cursor)
        except Sleeps as sleeps:
            return [], sleeps.seconds
        self.cursor = batch.cursor
        fresh = [update for update in batch.updates if update.key not in self.keys]
        self.keys |= {update.key for update in fresh}
        return [self.session.convert(update) for update in fresh], batch.wait

    async def hears(self, *, patient: bool = False) -> list[RemoteEvent]:
        """A period later: all that is read without another. A `patient` one hears nothing while the page cannot be
        read."""
        self.clock[0] += PERIOD * 1.3
        heard: list[RemoteEvent] = []
        for _ in range(200):
            try:
                events, wait = await self.step()
            except Retry:
                if not patient:
                    raise
                return heard
            heard += events
            if wait > 1:
                return heard
        raise AssertionError("it reads on and on")


@asynccontextmanager
async def opened(
    scene: Scene, channels: list[Mirrored], clock: list[float], lost: list[str], reach: int = 2000
) -> AsyncIterator[EitaaMirrorSession]:
    async def mirrored() -> list[Mirrored]:
        return list(channels)

    async def gone(chat: str) -> None:
        lost.append(chat)

    async def sleep(seconds: float) -> None:
        raise Sleeps(seconds)

    http = Http(scene.simulator.url, seconds=3)
    session = EitaaMirrorSession(
        http,
        scene.simulator.url,
        mirrored,
        gone,
        period=PERIOD,
        reach=reach,
        clock=lambda: clock[0],
        sleep=sleep,
        chance=lambda: 0.5,
    )
    try:
        yield session
    finally:
        await session.close()


def settings(scene: Scene) -> EitaaSettings:
    return EitaaSettings(token="", mirror=True, mirror_url=scene.simulator.url, timeout_seconds=3)


@pytest.fixture
async def mirror(scene: Scene) -> AsyncIterator[Mirror]:
    channel = await scene.hand.chats("channel", "اخبار", username="Demo_News", creator=scene.sara)
    for number in range(3):
        await scene.hand.say(channel, scene.sara, f"پیش از همه {number}")
    chat, begins = await begin(settings(scene), "@Demo_News")
    assert chat == Chat("demo_news", ChatKind.MIRROR, "اخبار")
    clock, lost = [1000.0], list[str]()
    channels = [Mirrored(chat.id, "1", begins)]
    async with opened(scene, channels, clock, lost) as session:
        yield Mirror(scene, channel, session, channels, clock, lost)


def bodies(events: list[RemoteEvent]) -> list[str]:
    return [each.content.body for each in events if isinstance(each, MessageSaid) and isinstance(each.content, Text)]


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


# --- restarts, turns and trouble


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
