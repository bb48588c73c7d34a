"""What people say is on the homeserver and on their messengers, and nowhere else.

The fixtures of all stories look for every text of theirs in the bridge's log (at its most talkative) and database
when they end. Here the bridge is made to stumble over texts, since it is then that one slips into a log.
"""

from __future__ import annotations

from typing import Any

import pytest

from bridge.sandbox.reading import heard
from bridge.sandbox.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_nothing_that_people_said_is_in_the_log_or_the_database_not_even_when_it_could_not_be_delivered(
    either_world: World,
) -> None:
    world = either_world
    mina = await world.matrix_manager("keeper-of-secrets")
    shared = await world.share("راز", *world.messengers, host=mina)
    bale, group = world["bale"], shared.groups["bale"]
    for number, (fault, detail) in enumerate(
        (
            ("status", {"status": 400, "html": False}),
            ("status", {"status": 403, "html": False}),
            ("status", {"status": 500, "html": True}),
            ("drop_answer", {}),
            ("truncate", {}),
            ("flood", {"retry_after": 0, "plain_text": True}),
        )
    ):
        for name in ("rubika", "soroush", "eitaa"):
            chat = shared.groups[name].id
            await world[name].control.fault(fault, method="sendMessage", chat=chat, **dict[str, Any](detail))
        await bale.says(group, "سارا", f"راز شمارهٔ {number} که نباید جایی بماند")
        await world.settled()
    unreached = [line for line in await bale.transcript(group) if heard("not_delivered", line.text) is not None]
    assert len(unreached) >= 3, "nothing went wrong, so nothing was shown"
    log, books = world.bridge_log().encode(), await world.books.everything()
    assert b"refused" in log
    for text in ("که نباید جایی بماند", "راز شمارهٔ"):
        for form in (text.encode(), text.encode("unicode_escape"), text.encode().hex().encode()):
            assert form not in log
            assert form not in books


async def test_tokens_and_codes_are_neither_in_the_log_nor_in_the_database(either_world: World) -> None:
    world = either_world
    shared = await world.share("کدها", "bale", "rubika")
    answer = await world["bale"].answer_to(shared.groups["bale"], "سارا", "/link")
    code = (heard("code", answer.text) or {})["code"]
    await world.settled()
    registration = world.registration_path.read_text()
    tokens = [line.split('"')[1] for line in registration.splitlines() if "_token:" in line]
    assert len(tokens) == 2
    secrets = [code, *tokens, *(messenger.bot.token for messenger in world.messengers.values())]
    log, books = world.bridge_log().encode(), await world.books.everything()
    for secret in secrets:
        assert secret.encode() not in log
        assert secret.encode() not in books
