"""Every way × every promise about files, as far as it declares to carry any: our connector against that platform's
simulator, over real HTTP."""

from __future__ import annotations

import contextlib
import io
import json
import sys
import tempfile
import tracemalloc
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

import bridge
from bridge.errors import BridgeError, InDoubt, NotAllowed, Refused, Retry
from bridge.model import Mark, Media, MediaKind
from bridge.outgoing import Outgoing
from bridge.platforms import PLATFORMS
from bridge.ports import Session
from bridge.sandbox.control import Control, NewFile
from bridge.sandbox.simulators import make_simulator
from tests.platforms.contract import ABLE, AT, EVERY, LINE, Bench, open_account, open_session
from tests.platforms.files import FILES, known

CARRYING = [name for name in EVERY if ABLE[name].files]
FETCHING = [name for name in CARRYING if ABLE[name].receives]
SENT = [(name, kind) for name in CARRYING for kind in sorted(ABLE[name].files)]
SAID = [
    (name, kind)
    for name in FETCHING
    for kind in sorted(make_simulator(name.partition(" ")[0], {}).kinds & set(get_args(MediaKind)))
]
UNCAPTIONED = ("sticker", "video_note")
"""What people cannot write words below."""
ALIKE: dict[MediaKind, MediaKind] = {"voice": "audio", "video_note": "video", "animation": "video"}
"""What not every platform tells apart."""
LARGE = 10_000_000

carrying = pytest.mark.parametrize("bench", CARRYING, indirect=True)
fetching = pytest.mark.parametrize("bench", FETCHING, indirect=True)
each_sent = pytest.mark.parametrize(("bench", "kind"), SENT, indirect=["bench"])
each_said = pytest.mark.parametrize(("bench", "kind"), SAID, indirect=["bench"])


def caption(bench: Bench, words: str = LINE) -> Outgoing:
    bold = "bold" in bench.session.capabilities.marks and words == LINE
    return Outgoing(words, marks=(Mark("bold", AT, AT + len("دو")),) if bold else (), caption=True, client_id="9/0")


def any_kind(bench: Bench) -> MediaKind:
    able = bench.session.capabilities.files
    return "document" if "document" in able else min(able)


async def said_file(bench: Bench, kind: MediaKind = "document", body: bytes | None = None) -> Media:
    made = FILES[kind]
    file = made.said() if body is None else NewFile(body, made.name, made.mime)
    await bench.hand.say(bench.group, bench.sara, "", kind=kind, file=file)
    content = (await bench.said(bench.start))[-1].content
    assert isinstance(content, Media)
    return content


async def fetched(bench: Bench, media: Media, limit: int = LARGE) -> bytes:
    into = io.BytesIO()
    await bench.session.download(media.file, into, limit)
    return into.getvalue()


async def last_call(bench: Bench, work: Callable[[], Awaitable[object]]) -> str:
    """The call that does it, after those that only prepare it."""
    await work()
    return (await bench.hand.calls())[-1].method


async def sending_call(bench: Bench) -> str:
    """It leaves a message behind."""
    made = FILES[any_kind(bench)]
    return await last_call(bench, lambda: bench.session.send_file(bench.chat, made.outgoing(), caption(bench)))


def shown(error: BaseException) -> str:
    """Everything that an error leads to."""
    words = ""
    problem: BaseException | None = error
    while problem is not None:
        words += f"{problem!r} {problem} "
        problem = problem.__cause__ or problem.__context__
    return words


# --- out


@each_sent
async def test_every_declared_kind_is_seen_byte_for_byte_with_its_caption(bench: Bench, kind: MediaKind) -> None:
    sent = await bench.session.send_file(bench.chat, FILES[kind].outgoing(), caption(bench))
    [seen] = await bench.hand.transcript(bench.group)
    assert (seen.message_id, seen.by) == (sent.id, "api")
    assert seen.text.replace("\u200c", "") == LINE
    assert seen.looks == tuple((mark.kind, "دو", "") for mark in caption(bench).marks)
    assert seen.file is not None
    assert (seen.file.size, seen.file.sha256) == (FILES[kind].seen().size, FILES[kind].seen().sha256)
    if kind == "document":
        assert seen.file.name == FILES[kind].name


@each_sent
async def test_a_file_that_is_known_is_sent_again_without_its_bytes(bench: Bench, kind: MediaKind) -> None:
    sent = await bench.session.send_file(bench.chat, FILES[kind].outgoing(), caption(bench))
    if not sent.file:
        pytest.skip("this way cannot send a file again by what it is called")
    again = replace(caption(bench), client_id="9/1")
    second = await bench.session.send_file(bench.chat, known(kind, sent.file), again)
    rows = await bench.hand.transcript(bench.group)
    assert [row.message_id for row in rows] == [sent.id, second.id]
    assert rows[0].file is not None
    assert rows[1].file is not None
    assert (rows[1].file.sha256, rows[1].text) == (rows[0].file.sha256, rows[0].text)


@carrying
async def test_a_file_that_is_not_known_is_refused_and_its_bytes_are_not(bench: Bench) -> None:
    kind = any_kind(bench)
    sent = await bench.session.send_file(bench.chat, FILES[kind].outgoing(), caption(bench))
    if not sent.file:
        pytest.skip("this way cannot send a file again by what it is called")
    again = replace(caption(bench), client_id="9/1")
    with pytest.raises(Refused) as caught:
        await bench.session.send_file(bench.chat, known(kind, elsewhere(sent.file)), again)
    assert not isinstance(caught.value, NotAllowed)
    assert len(await bench.hand.transcript(bench.group)) == 1


def elsewhere(file: str) -> str:
    """What a file would be called that is not there."""
    return file.translate(str.maketrans("123456789", "234567891"))


@carrying
async def test_a_file_can_answer_a_message(bench: Bench) -> None:
    asked = await bench.session.send(bench.chat, Outgoing("عکس؟", client_id="8/0"))
    await bench.session.send(bench.chat, Outgoing("میان", client_id="8/1"))
    answer = replace(caption(bench), reply_to=asked)
    await bench.session.send_file(bench.chat, FILES[any_kind(bench)].outgoing(), answer)
    assert [row.reply_to for row in await bench.hand.transcript(bench.group)] == [None, None, asked]


@carrying
async def test_the_longest_caption_that_is_declared_stands_below_a_file(bench: Bench) -> None:
    words = "ب" * bench.session.capabilities.caption_limit
    await bench.session.send_file(bench.chat, FILES[any_kind(bench)].outgoing(), caption(bench, words))
    [seen] = await bench.hand.transcript(bench.group)
    assert seen.text == words


@carrying
async def test_a_lost_answer_leaves_a_file_in_doubt_and_is_not_repeated(bench: Bench) -> None:
    method = await sending_call(bench)
    for fault in ("drop_answer", "truncate"):
        before = len(await bench.hand.transcript(bench.group))
        await bench.hand.fault(fault, method=method)
        message = replace(caption(bench), client_id=f"7/{before}")
        with pytest.raises(InDoubt):
            await bench.session.send_file(bench.chat, FILES[any_kind(bench)].outgoing(), message)
        assert len(await bench.hand.transcript(bench.group)) == before + 1


@carrying
async def test_a_flood_or_a_trouble_means_that_a_file_is_sent_later(bench: Bench) -> None:
    method = await sending_call(bench)
    made = FILES[any_kind(bench)]
    file = made.outgoing()
    await bench.hand.fault("flood", method=method, retry_after=7)
    with pytest.raises(Retry) as caught:
        await bench.session.send_file(bench.chat, file, caption(bench))
    assert caught.value.after in (7, None)
    for html in (True, False):
        await bench.hand.fault("status", method=method, status=503, html=html)
        with pytest.raises(Retry):
            await bench.session.send_file(bench.chat, file, caption(bench))
    await bench.hand.fault("down")
    with pytest.raises(Retry):
        await bench.session.send_file(bench.chat, file, caption(bench))
    await bench.hand.fault("up")
    assert len(await bench.hand.transcript(bench.group)) == 1
    await bench.session.send_file(bench.chat, file, replace(caption(bench), client_id="9/1"))
    seen = (await bench.hand.transcript(bench.group))[-1].file
    assert seen is not None
    assert seen.sha256 == made.seen().sha256


@carrying
async def test_a_chat_that_does_not_exist_takes_no_file(bench: Bench) -> None:
    with pytest.raises(Refused):
        await bench.session.send_file(bench.chat[:-3] + "777", FILES[any_kind(bench)].outgoing(), caption(bench))


@carrying
async def test_no_error_of_sending_shows_an_address_the_name_or_the_words(bench: Bench) -> None:
    method = await sending_call(bench)
    made = FILES[any_kind(bench)]
    words = "هیچ‌کس این را در گزارش نبیند"
    for fault in ("drop_answer", "truncate", "status", "flood", "hang"):
        await bench.hand.clear_faults()
        await bench.hand.fault(fault, method=method, status=400)
        with pytest.raises((Retry, Refused, InDoubt)) as caught:
            await bench.session.send_file(bench.chat, made.outgoing(), caption(bench, words))
        for secret in (words, made.name, bench.simulator.url, "127.0.0.1"):
            assert secret not in shown(caught.value)


# --- in


@each_said
async def test_what_somebody_sends_is_told_and_fetched_byte_for_byte(bench: Bench, kind: MediaKind) -> None:
    made = FILES[kind]
    words = "" if kind in UNCAPTIONED else "باغ ما"
    await bench.hand.say(bench.group, bench.sara, words, kind=kind, file=made.said())
    (said,) = await bench.said(bench.start)
    assert isinstance(said.content, Media)
    assert said.content.kind in (kind, ALIKE.get(kind))
    assert said.content.caption == words or kind in UNCAPTIONED
    assert said.content.size in (0, len(made.body))
    if kind == "document":
        assert said.content.name == made.name
    assert await fetched(bench, said.content) == made.body


@fetching
async def test_a_file_beyond_the_limit_is_not_fetched(bench: Bench) -> None:
    media = await said_file(bench, body=bytes(300_000))
    into = io.BytesIO()
    with pytest.raises(Refused, match=r"^too_large$"):
        await bench.session.download(media.file, into, 299_999)
    assert len(into.getvalue()) <= 299_999
    await bench.session.download(media.file, io.BytesIO(), 300_000)


@fetching
async def test_a_file_that_is_not_there_is_gone(bench: Bench) -> None:
    media = await said_file(bench)
    with pytest.raises(Refused, match=r"^gone$"):
        await fetched(bench, replace(media, file=elsewhere(media.file)))


@fetching
async def test_a_trouble_means_that_a_file_is_fetched_later(bench: Bench) -> None:
    media = await said_file(bench)
    method = await last_call(bench, lambda: fetched(bench, media))
    for fault in ("hang_up", "status", "flood", "hang", "down"):
        await bench.hand.fault(fault, method=method, status=503, times=None, plain_text=True)
        with pytest.raises(Retry):
            await fetched(bench, media)
        await bench.hand.clear_faults()
        assert await fetched(bench, media) == FILES["document"].body


@fetching
async def test_no_error_of_fetching_shows_an_address_or_the_file(bench: Bench) -> None:
    media = await said_file(bench)
    method = await last_call(bench, lambda: fetched(bench, media))
    for fault in ("hang_up", "status", "flood", "hang"):
        await bench.hand.fault(fault, method=method, status=404, times=None, plain_text=True)
        with pytest.raises(BridgeError) as caught:
            await fetched(bench, media)
        await bench.hand.clear_faults()
        for secret in (media.file, media.name, bench.simulator.url, "127.0.0.1"):
            assert secret not in shown(caught.value)


# --- large ones


@contextlib.asynccontextmanager
async def made_apart(name: str) -> AsyncIterator[Bench]:
    """With the simulator in a process of its own, which holds its files in memory."""
    platform, _, way = name.partition(" ")
    where = str(Path(bridge.__file__).parents[1])
    process = await create_subprocess_exec(
        sys.executable, "-m", f"bridge.platforms.{platform}.simulator", stdout=PIPE, cwd=where
    )
    assert process.stdout is not None
    try:
        told = json.loads(await process.stdout.readline())
        async with Control(told["control_url"]) as hand:
            bot = await hand.bots("هم‌پیام", "hampayambot")
            sara = await hand.people("سارا")
            group = await hand.chats("group", "خانواده", creator=sara)
            if ABLE[name].receives:
                await hand.members(group, bot.id, "admin")

            def opened(token: str) -> Session:
                if way:
                    return open_account(PLATFORMS[platform], told["urls"], token, bot.details["imei"])
                return open_session(PLATFORMS[platform], told["url"], token)

            session = opened(bot.details["session"] if way else bot.token)
            try:
                start = None
                if way:
                    await session.whoami()
                    start = (await session.fetch(None)).cursor
                apart = make_simulator(platform, {})
                chat = f"c{group}" if way else group
                yield Bench(name, PLATFORMS[platform], apart, hand, session, bot.id, group, sara, opened, chat, start)
            finally:
                await session.close()
    finally:
        process.terminate()
        await process.wait()


async def memory_of(work: Callable[[], Awaitable[object]]) -> int:
    """The most bytes that are held at a time."""
    tracemalloc.start()
    try:
        await work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", CARRYING)
async def test_ten_megabytes_pass_through_little_memory(name: str) -> None:
    async with made_apart(name) as bench:
        kind = any_kind(bench)
        head = FILES[kind].body
        size = min(LARGE, ABLE[name].files[kind])
        with tempfile.TemporaryFile() as body:
            body.write(head + bytes(size - len(head)))
            file = FILES[kind].outgoing(body, size)
            assert await memory_of(lambda: bench.session.send_file(bench.chat, file, caption(bench))) < 5_000_000
        seen = (await bench.hand.transcript(bench.group))[-1].file
        assert seen is not None
        assert seen.size == size
        if name not in FETCHING:
            return
        media = await said_file(bench, body=bytes(LARGE))
        with tempfile.TemporaryFile() as into:
            assert await memory_of(lambda: bench.session.download(media.file, into, LARGE)) < 5_000_000
            assert into.seek(0, io.SEEK_END) == LARGE
