"""What bot APIs of Telegram's dialect say alike about people, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridge.model import Chat, ChatKind, Person
from bridge.platforms import PLATFORMS

if TYPE_CHECKING:
    from tests.platforms.conftest import Remote

SARA = {"id": 5, "type": "private", "first_name": "Sara", "last_name": "Ahmadi"}


@pytest.mark.parametrize("name", ["bale", "soroush"])
async def test_a_private_chat_that_is_asked_for_tells_who_is_there(name: str, remote: Remote) -> None:
    platform = PLATFORMS[name]
    session = platform.open(platform.settings(token="77:x", url=remote.url))
    for more, username in ({"username": "sara_x"}, "sara_x"), ({"username": "@sara_x"}, "sara_x"), ({}, ""):
        remote.will(remote.json({"ok": True, "result": SARA | more}))
        found = await session.chat("5")
        person = Person("5", "Sara Ahmadi", username=username)
        assert found == Chat("5", ChatKind.PRIVATE, "Sara Ahmadi", person=person)
    remote.will(remote.json({"ok": True, "result": {"id": -7, "type": "group", "title": "T", "username": "t"}}))
    assert await session.chat("-7") == Chat("-7", ChatKind.GROUP, "T")
    await session.close()
