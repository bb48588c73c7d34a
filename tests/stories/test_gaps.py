"""A platform has forgotten what was said while we were away: the others are told, and nothing comes twice."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest

from bridge.sandbox.conversation import Conversation
from bridge.sandbox.reading import copied, heard
from bridge.sandbox.world import World

DAY_S = 86_400


async def test_what_bale_has_forgotten_is_told_of_once(tmp_path: Path, synapse_template: Path) -> None:
    async with World(tmp_path / "world", platforms=("bale", "rubika"), template=synapse_template) as world:
        mina = await world.matrix_manager("mina")
        talk = Conversation(world, await world.share("شکاف", *world.messengers, host=mina), mina)
        await talk.says("bale", "سارا", "پیش از شکاف")
        await talk.arrivals("پیش از شکاف")
        await world.settled()
        await world.bridge_stop()
        bale, group = world["bale"], talk.shared.groups["bale"]
        for text in ("گم یک", "گم دو"):
            await bale.say(group, "سارا", text)
        await bale.say(group, "سارا", "پس از شکاف")
        all_but_the_last = f"{bale.url}/bot{bale.bot.token}/getUpdates?offset=-1&limit=1"  # are forgotten
        async with aiohttp.ClientSession() as http, http.get(all_but_the_last) as answer:
            assert len((await answer.json())["result"]) == 1
        await a_day_passes(world)
        await world.bridge_start()
        await talk.arrivals("پس از شکاف")
        await world.settled()
        await world.bridge_stop()
        await world.bridge_start()
        await world.running()
        await world.settled()
        told = [event.body for event in await talk.host_messages() if heard("missed", event.body)]
        assert [found["platform"] for body in told if (found := heard("missed", body))] == ["بله"]
        there = [seen.text for seen in await world["rubika"].transcript(talk.shared.groups["rubika"])]
        assert [text for text in there if heard("missed", text)] == told
        assert not [seen for seen in await bale.transcript(group) if heard("missed", seen.text)]
        arrived = [event.body for event in await talk.host_messages() if "شکاف" in event.body]
        assert arrived == ["پیش از شکاف", "پس از شکاف"]


async def a_day_passes(world: World) -> None:
    """Since Bale was heard."""
    ((cursor,),) = await world.books.rows("SELECT cursor FROM login WHERE platform = 'bale'")
    offset, _, seen = cursor.partition("/")
    earlier = f"{offset}/{int(seen) - DAY_S}"
    await world.books.change(f"UPDATE login SET cursor = '{earlier}' WHERE platform = 'bale'")


@pytest.mark.parametrize("fault", ["reset_offset", "forget_offset"])
async def test_what_rubika_tells_again_crosses_once_and_what_stayed_there_never(
    tmp_path: Path, synapse_template: Path, fault: str
) -> None:
    """Its cursor is refused, or silently taken for none: all that it keeps comes again, commands and all."""
    async with World(tmp_path / "world", platforms=("bale", "rubika"), template=synapse_template) as world:
        shared = await world.share("دوباره", "bale", "rubika")
        rubika, group = world["rubika"], shared.groups["rubika"]
        for command, words in (("/optout", "این می‌ماند"), ("/بازگشت", "این می‌رود")):
            await rubika.answer_to(group, "ریحانه", command)
            await rubika.say(group, "ریحانه", words)
        first = await world["bale"].copy_of(shared.groups["bale"], "این می‌رود")
        await world.settled()
        asked = len(await rubika.transcript(group))
        await rubika.control.fault(fault, method="getUpdates")
        await rubika.say(group, "رضا", "پس از همه")
        await world["bale"].copy_of(shared.groups["bale"], "پس از همه")
        await world.settled()
        there = [seen for seen in await world["bale"].transcript(shared.groups["bale"]) if copied(seen.text)]
        assert [(copied(seen.text) or ("", ""))[1] for seen in there] == ["این می‌رود", "پس از همه"]
        assert there[0].message_id == first.message_id
        assert len(await rubika.transcript(group)) == asked + 1, "no command was answered again"
