"""How soon an incoming message is handed over: with the first question that is asked behind it, and the next question
follows an answer after the period that Eitaa tells."""

from __future__ import annotations

import asyncio
import itertools
import random
from dataclasses import replace
from typing import TYPE_CHECKING

from bridge.model import Batch, MessageSaid, Text
from bridge.platforms.eitaa.account import open_account
from bridge.platforms.eitaa.gateway import Credentials
from bridge.platforms.polling import poll
from tests.platforms.eitaa.ours import settings_of

if TYPE_CHECKING:
    from tests.platforms.eitaa.conftest import Scene

MESSAGES = 80


async def test_a_message_comes_with_the_first_question_behind_it(scene: Scene) -> None:
    await scene.hand.options(foreground_ms=300)
    settings = replace(settings_of(scene), account_poll_seconds=5)
    credentials = Credentials(scene.wire.token, scene.wire.imei).to_bytes()
    session = open_account(settings, credentials, lambda _: asyncio.sleep(0))
    questions: list[float] = []
    came: dict[str, int] = {}
    pauses: list[float] = []
    begun, done = asyncio.Event(), asyncio.Event()

    class Timed:
        async def fetch(self, cursor: str | None) -> Batch:
            questions.append(asyncio.get_running_loop().time())
            batch = await session.fetch(cursor)
            for update in batch.updates:
                event = session.convert(update)
                if isinstance(event, MessageSaid) and isinstance(event.content, Text):
                    came[event.content.body] = len(questions) - 1
            begun.set()
            if len(came) == MESSAGES:
                done.set()
            return batch

    async def take(_: Batch) -> None:
        return None

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(seconds)

    polling = asyncio.ensure_future(poll(Timed(), take, None, report=lambda _: None, sleep=pause))
    said: dict[str, float] = {}
    chance = random.Random(3)
    try:
        await begun.wait()
        for number in range(MESSAGES):
            await asyncio.sleep(chance.uniform(0, 0.04))
            await scene.hand.say(scene.family, scene.sara, str(number))
            said[str(number)] = asyncio.get_running_loop().time()
        async with asyncio.timeout(20):
            await done.wait()
    finally:
        polling.cancel()
        await asyncio.wait([polling])
        await session.close()
    assert set(pauses) == {0.3}
    for text, at in said.items():
        first = next(number for number in itertools.count() if number == len(questions) or questions[number] >= at)
        assert came[text] <= first
