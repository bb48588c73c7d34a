"""After an outage everything is caught up: in order, once, and by the piece, however much it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from bridge.model import MessageSaid, Text
from tests.platforms.eitaa.ours import opened

if TYPE_CHECKING:
    from tests.platforms.eitaa.conftest import Scene

LARGEST = 700
"""Messages of a batch, whatever was missed."""
WAYS: dict[str, dict[str, Any]] = {
    "slices": {},
    "channels by themselves": {"channel_news": "too_long"},
    "too long": {"too_long_after": 50, "channel_news": "too_long", "channel_too_long_after": 50},
}


@dataclass
class Heard:
    """By chat, what was said there; and how large the batches were."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    largest: int = 0
    batches: int = 0


async def places(scene: Scene) -> dict[str, str]:
    """Three supergroups, two basic groups and three private chats, by our names of them; all have spoken before."""
    hand = scene.hand
    found = {f"c{scene.family}": scene.family}
    for kind, letter, count in (("supergroup", "c", 2), ("basic", "g", 2)):
        await hand.options(new_groups=kind)
        for number in range(count):
            group = await hand.chats("group", f"{kind} {number}", creator=scene.sara)
            await hand.members(group, scene.me)
            found[f"{letter}{group}"] = group
    for name in ("Reza", "Ali", "Mina"):
        person = await hand.people(name)
        await hand.start(person, scene.me)
        found[f"u{person}"] = person
    return found


async def say_many(scene: Scene, places: dict[str, str], count: int) -> dict[str, list[str]]:
    """What was said, by our names of the chats."""
    texts: dict[str, list[str]] = {}
    for letter in "cgu":
        chats = {place: chat for place, chat in places.items() if place.startswith(letter)}
        for group in [list(chats)] if letter != "u" else [[each] for each in chats]:
            person = chats[group[0]] if letter == "u" else scene.sara
            said = await scene.hand.own(
                "many",
                chats=[chats[each] for each in group],
                person=person,
                bot=scene.me,
                count=count * len(group) // len(places),
            )
            texts |= {each: said["texts"][chats[each]] for each in group}
    return texts


async def caught_up(scene: Scene, cursor: str | None) -> Heard:
    """By a session that was started anew, until nothing more comes at once. Keys are told once, as in the inbox."""
    heard, keys = Heard(), set[str]()
    async with opened(scene, cursor) as ours:
        waiting = False
        while not waiting:
            batch = await ours.session.fetch(ours.cursor)
            ours.cursor, waiting = batch.cursor, batch.wait > 0
            heard.largest, heard.batches = max(heard.largest, len(batch.updates)), heard.batches + 1
            for update in batch.updates:
                if update.key in keys:
                    continue
                keys.add(update.key)
                event = ours.session.convert(update)
                if isinstance(event, MessageSaid) and isinstance(event.content, Text):
                    heard.texts.setdefault(event.chat.id, []).append(event.content.body)
    return heard


@pytest.mark.parametrize("count", [2_000, 10_000])
@pytest.mark.parametrize("way", list(WAYS))
async def test_whatever_was_missed_comes_once_in_order_and_by_the_piece(scene: Scene, way: str, count: int) -> None:
    chats = await places(scene)
    async with opened(scene) as before:
        await before.poll()
    await scene.hand.options(**WAYS[way])
    said = await say_many(scene, chats, count)
    assert sum(map(len, said.values())) == count
    heard = await caught_up(scene, before.cursor)
    assert heard.texts == said
    assert heard.largest <= LARGEST
