"""Hosts of the gateway that do not work, over real HTTP: one is left for another, and what they all spoil is gone
around, so that everybody else is heard."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from bridge.errors import LoginLost, Retry
from bridge.model import RemoteEvent
from bridge.outgoing import Outgoing
from bridge.platforms.eitaa.gateway import Unreadable
from tests.platforms.eitaa.ours import words

if TYPE_CHECKING:
    from tests.platforms.eitaa.ours import Ours

TROUBLE = [
    pytest.param("status", {"status": 200, "html": True}, id="a page of HTML"),
    pytest.param("status", {"status": 502}, id="HTTP 502"),
    pytest.param("hang_up", {}, id="hangs up"),
    pytest.param("hang", {}, id="hangs"),
    pytest.param("truncate", {}, id="half an answer"),
    pytest.param("gzip_bomb", {}, id="a bomb"),
    pytest.param("unknown_answer", {}, id="an object without a schema"),
]


async def calls(ours: Ours, method: str) -> int:
    return len(await ours.scene.hand.calls(method))


@pytest.mark.parametrize(("fault", "detail"), TROUBLE)
async def test_a_host_that_does_not_work_is_left_for_another(ours: Ours, fault: str, detail: dict[str, Any]) -> None:
    await ours.scene.hand.say(ours.scene.family, ours.scene.sara, "سلام")
    await ours.scene.hand.fault(fault, method="updates.getDifference", **detail)
    before = await calls(ours, "messages.getDialogs")
    assert words(await ours.poll()) == ["سلام"]
    assert await calls(ours, "messages.getDialogs") == before  # nothing was gone around


@pytest.mark.parametrize(
    ("fault", "detail"), [("gzip_bomb", {"size": 32 * 2**20}), ("unknown_answer", {}), ("truncate", {})]
)
async def test_what_all_hosts_spoil_is_gone_around_and_everybody_is_heard(
    ours: Ours, fault: str, detail: dict[str, Any]
) -> None:
    scene = ours.scene
    await scene.hand.start(scene.sara, scene.me)
    await ours.poll()
    await scene.hand.fault(fault, method="updates.getDifference", times=None, **detail)
    await scene.hand.say(scene.family, scene.sara, "در گروه")
    await scene.hand.say(scene.sara, scene.sara, "تنها", bot=scene.me)
    assert sorted(words(await ours.poll())) == ["تنها", "در گروه"]
    assert words(await ours.poll()) == []
    await scene.hand.clear_faults()
    await scene.hand.say(scene.family, scene.sara, "پس از آن")
    assert words(await ours.poll()) == ["پس از آن"]


@pytest.mark.parametrize(
    ("fault", "detail"), [("status", {"status": 200, "html": True}), ("status", {"status": 502}), ("hang_up", {})]
)
async def test_what_stands_between_us_and_eitaa_is_waited_for(ours: Ours, fault: str, detail: dict[str, Any]) -> None:
    await ours.scene.hand.fault(fault, method="updates.getDifference", times=None, **detail)
    with pytest.raises(Retry) as waited:
        await ours.poll()
    assert not isinstance(waited.value, Unreadable)
    assert await calls(ours, "messages.getDialogs") == 1  # of the start


async def test_a_channel_whose_news_cannot_be_read_is_read_by_its_history_and_holds_up_nobody(ours: Ours) -> None:
    scene = ours.scene
    await scene.hand.options(channel_news="too_long")
    other = await scene.hand.chats("group", "همکاران", creator=scene.sara)
    await scene.hand.members(other, scene.me)
    await ours.poll()
    await scene.hand.fault("unknown_answer", method="updates.getChannelDifference", chat=scene.family, times=None)
    await scene.hand.say(scene.family, scene.sara, "این")
    await scene.hand.say(other, scene.sara, "و آن")
    assert sorted(words(await ours.poll())) == ["این", "و آن"]
    await scene.hand.clear_faults()
    await scene.hand.say(scene.family, scene.sara, "پس از آن")
    assert words(await ours.poll()) == ["پس از آن"]


@pytest.mark.parametrize("news", ["message", "too_long"])
@pytest.mark.parametrize(
    ("fault", "detail"), [("flood", {"retry_after": 1}), ("hang", {}), ("status", {"status": 502})]
)
async def test_a_chat_that_cannot_be_asked_for_a_while_is_heard_later_and_in_order(
    ours: Ours, fault: str, detail: dict[str, Any], news: str
) -> None:
    scene = ours.scene
    other = await scene.hand.chats("group", "همکاران", creator=scene.sara)
    await scene.hand.members(other, scene.me)
    for chat in (scene.family, other):
        await scene.hand.say(chat, scene.sara, "پیش از آن")
    await ours.poll()
    await scene.hand.options(channel_news="too_long")
    for method in ("updates.getChannelDifference", "messages.getHistory"):
        await scene.hand.fault(fault, method=method, chat=scene.family, times=None, **detail)
    await scene.hand.say(scene.family, scene.sara, "یک")
    await scene.hand.say(other, scene.sara, "یک، آنجا")
    assert words(await ours.poll()) == ["یک، آنجا"]
    await scene.hand.options(channel_news=news)
    await scene.hand.say(scene.family, scene.sara, "دو")
    await scene.hand.say(other, scene.sara, "دو، آنجا")
    assert words(await ours.poll()) == ["دو، آنجا"]
    await scene.hand.clear_faults()
    events: list[RemoteEvent] = []
    async with asyncio.timeout(20):
        while len(words(events)) < 2:
            events += await ours.poll()
            await asyncio.sleep(0.05)
    assert words(events) == ["یک", "دو"]
    await scene.hand.say(scene.family, scene.sara, "سه")
    assert words(await ours.poll()) == ["سه"]


async def test_a_refused_login_counts_only_in_a_row(ours: Ours) -> None:
    scene = ours.scene

    async def refused(word: str) -> None:
        await scene.hand.fault("rpc_error", method="messages.sendMessage", code=401, text=word)
        with pytest.raises(Retry):
            await ours.session.send(ours.family, Outgoing("سلام", client_id="1"))

    for _ in range(7):
        await refused("INVALID_LOGIN")
    await refused("FLOOD_WAIT_1")
    for _ in range(7):
        await refused("INVALID_LOGIN")
    await scene.hand.fault("rpc_error", method="messages.sendMessage", code=401, text="INVALID_LOGIN")
    with pytest.raises(LoginLost):
        await ours.session.send(ours.family, Outgoing("سلام", client_id="1"))
