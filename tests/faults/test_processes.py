"""Each platform in a process of its own, beside the head: they share one database and one registration. People do not
notice; one of them may be killed in the middle of everything, and the others go on."""

from __future__ import annotations

import asyncio
import contextlib
import io
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from bridge.sandbox.conversation import Conversation
from bridge.sandbox.fleet import HEAD
from bridge.sandbox.meeting import meet
from bridge.sandbox.postgres import Postgres
from bridge.sandbox.processes import Child
from bridge.sandbox.reading import heard
from bridge.sandbox.screen import Screen
from bridge.sandbox.verdict import MATRIX
from bridge.sandbox.visitor import Visitor
from bridge.sandbox.world import World
from bridge.texts.sentences import SENTENCES

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEAKERS = {"rubika": "رضا", "bale": "سارا", "soroush": "سهراب", MATRIX: "مینا"}
WITHIN_S = 60.0
ROUND_S = 0.5
SLOW_S = 0.1
"""A platform works for so long on a send, so that some are under way when a process is killed."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(
    tmp_path_factory: pytest.TempPathFactory, synapse_template: Path, postgres: Postgres
) -> AsyncIterator[World]:
    database = await postgres.create_database()
    folder = tmp_path_factory.mktemp("processes") / "world"
    config = {"waiting": {"lag_seconds": 10}, "logging": {"level": "debug"}}
    async with World(folder, template=synapse_template, database=database, several=True, config=config) as world:
        yield world
    await postgres.drop_database(database)


@pytest_asyncio.fixture(loop_scope="session")
async def talk(world: World) -> Conversation:
    number = len(world.accounts)
    mina = await world.matrix_manager(f"mina{number}")
    conversation = Conversation(world, await world.share(f"جدا {number}", *world.messengers, host=mina), mina)
    await conversation.introduce("rubika", "رضا")
    await conversation.rename("مینا")
    return conversation


@contextlib.asynccontextmanager
async def slow(world: World) -> AsyncIterator[None]:
    for messenger in world.messengers.values():
        await messenger.control.fault("slow", method="sendMessage", seconds=SLOW_S, times=None)
    try:
        yield
    finally:
        for messenger in world.messengers.values():
            await messenger.control.clear_faults()


async def until(done: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not await done():  # noqa: ASYNC110
            await asyncio.sleep(0.1)


class Chatter:
    """Everybody speaks, round after round, until it is left."""

    def __init__(self, talk: Conversation, word: str) -> None:
        self._talk = talk
        self._word = word
        self._round = 0
        self._enough = asyncio.Event()

    async def __aenter__(self) -> Chatter:
        self._task = asyncio.create_task(self._speak())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._enough.set()
        await self._task

    async def _speak(self) -> None:
        while not self._enough.is_set():
            self._round += 1
            for place, name in SPEAKERS.items():
                await self._talk.says(place, name, self._said(name, self._round))
            await asyncio.sleep(ROUND_S)

    def _said(self, name: str, round: int) -> str:
        return f"{self._word} {name} {round}"

    async def arrives(self, name: str, place: str) -> None:
        """What somebody says from now on arrives somewhere."""
        await self._talk.arrival(place, self._said(name, self._round + 1), WITHIN_S)


async def all_is_well(talk: Conversation, *, doubt: bool = False) -> None:
    """Nothing is lost, doubled or out of order but what (`doubt`) is called `unknown`."""
    await talk.world.settled(timeout=120)
    texts = {event.event_id: event.body for event in await talk.host_messages()}
    copies = [copy for copy in await talk.world.books.copies() if copy.event_id in texts]
    unknown = {(copy.platform, texts[copy.event_id]) for copy in copies if copy.state == "unknown"}
    print(f"{len(talk.told)} messages, {len(copies)} copies, {len(unknown)} in doubt")
    assert doubt or not unknown
    assert {copy.state for copy in copies} <= {"sent", "unknown"}
    for place, finding in (await talk.findings()).items():
        assert finding.repeated == (), place
        assert finding.misplaced == (), place
        assert finding.strange == (), place
        assert {text for text in finding.missing if (place, text) not in unknown} == set(), place


async def test_each_process_has_its_own_logins_and_all_are_shown_in_one_place(world: World) -> None:
    assert set(world.bridges.children) == {HEAD, *world.messengers}
    await world.running()
    status = await world.operator.command("status")
    for messenger in world.messengers.values():
        assert messenger.titles["fa"] in status
    assert SENTENCES["leg_absent"]["fa"] not in status


async def test_what_is_said_arrives_everywhere_once_and_in_order(talk: Conversation) -> None:
    for round in range(3):
        for place, name in SPEAKERS.items():
            await talk.says(place, name, f"{name} در دور {round}")
    for place, name in SPEAKERS.items():
        await talk.says(place, name, f"پاسخ {name}", answers="رضا در دور 1")
    await all_is_well(talk)


async def test_corrections_and_deletions_follow_what_they_are_about(talk: Conversation) -> None:
    for place, name in SPEAKERS.items():
        await talk.says(place, name, f"{name} پیش از ویرایش")
        await talk.says(place, name, f"{name} پیش از حذف")
    await talk.world.settled()
    for place in ("bale", MATRIX):
        await talk.corrects(place, f"{SPEAKERS[place]} پیش از ویرایش", f"{SPEAKERS[place]} پس از ویرایش")
    for place in ("rubika", MATRIX):
        await talk.deletes(place, f"{SPEAKERS[place]} پیش از حذف")
    await talk.world.settled()
    for place, finding in (await talk.findings()).items():
        if place != "eitaa":  # there nothing can be changed, it is told beside it
            assert finding.fine, (place, finding)


async def test_a_group_that_leaves_hears_nothing_more_and_the_others_are_told(talk: Conversation) -> None:
    world, group = talk.world, talk.shared.groups["bale"]
    await world["bale"].says(group, group.admin, "/unlink")
    rubika = talk.shared.groups["rubika"]
    await world["rubika"].wait_for(rubika, lambda line: heard("link_ended", line.text) is not None)
    await world["rubika"].says(rubika, rubika.admin, "بی بله")
    await world["soroush"].copy_of(talk.shared.groups["soroush"], "بی بله")
    await world["bale"].says(group, group.admin, "هنوز هستید؟")
    await world.settled()
    assert not any("بی بله" in line.text for line in await world["bale"].transcript(group))
    assert not any("هنوز هستید؟" in line.text for line in await world["rubika"].transcript(rubika))


@pytest.mark.parametrize(("asker", "asked"), [("bale", "rubika"), ("soroush", "bale")])
async def test_two_people_meet_and_one_blocks_the_other(world: World, asker: str, asked: str) -> None:
    one, other = Visitor(world[asker], f"پرسنده {asker} {asked}"), Visitor(world[asked], f"پاسخگو {asker} {asked}")
    await meet(world, Screen(io.StringIO()), one, other)


async def test_an_operator_links_a_chat_through_the_process_that_is_in_it(world: World) -> None:
    """The management room is the head's, the session that can look at a chat is another process's."""
    bale = await world["bale"].group("از دفتر", "سارا")
    answer = await world.operator.command(f"link bale {bale.id}")
    assert heard("linking", answer) is not None
    await world["bale"].wait_for(bale, lambda line: heard("link_made", line.text) is not None)
    assert (await world.operator.rooms())["از دفتر"]


async def test_a_platform_is_switched_off_and_on_from_the_management_room(talk: Conversation) -> None:
    world = talk.world
    await world.operator.command("suspend bale")
    await until(lambda: shows(world, "bale", "leg_suspended"))
    await talk.says("rubika", "رضا", "در خاموشی بله")
    await world["soroush"].copy_of(talk.shared.groups["soroush"], "در خاموشی بله")
    rubika = talk.shared.groups["rubika"]
    await world["rubika"].wait_for(rubika, lambda line: heard("waits_suspended", line.text) is not None)
    await world.operator.command("resume bale")
    await talk.arrivals("در خاموشی بله")
    await all_is_well(talk)


async def shows(world: World, platform: str, key: str) -> bool:
    lines = (await world.operator.command("platforms")).splitlines()
    return any(line.startswith(world[platform].titles["fa"]) and SENTENCES[key]["fa"] in line for line in lines)


async def test_a_platform_that_is_killed_keeps_nobody_else_waiting_and_goes_on_where_it_was(talk: Conversation) -> None:
    world, bale = talk.world, talk.world.bridges.children["bale"]
    async with slow(world), Chatter(talk, "یک") as chatter:
        for _ in range(3):
            await chatter.arrives("سارا", "rubika")
            await bale.kill()
            await chatter.arrives("سهراب", "rubika")
            await chatter.arrives("رضا", MATRIX)
            bale.start()
    await all_is_well(talk, doubt=True)


async def test_a_platform_that_stands_still_keeps_nobody_else_waiting(talk: Conversation) -> None:
    world, bale = talk.world, talk.world.bridges.children["bale"]
    async with slow(world), Chatter(talk, "چهار") as chatter:
        for _ in range(3):
            await chatter.arrives("سارا", "rubika")
            with bale.frozen():
                await chatter.arrives("سهراب", "rubika")
                await chatter.arrives("رضا", MATRIX)
    await all_is_well(talk, doubt=True)


async def test_a_second_process_of_a_platform_waits_and_follows_the_first(world: World, talk: Conversation) -> None:
    bale, log = world.bridges.children["bale"], world.folder / "standby.log"
    program: list[str | Path] = [sys.executable, "-m", "bridge", "--config", world.config_path]
    second = Child("the second", [*program, "run", "--platform", "bale", "--standby"], log, folder=world.folder)
    second.start()
    try:
        async with asyncio.timeout(WITHIN_S):
            while not log.exists() or "waiting to take over" not in log.read_text():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        async with slow(world), Chatter(talk, "پنج") as chatter:
            await chatter.arrives("سارا", "rubika")
            await bale.kill()
            await chatter.arrives("سارا", "rubika")
            await chatter.arrives("رضا", "bale")
        await all_is_well(talk, doubt=True)
    finally:
        await second.stop()
        bale.start()
    await until(lambda: shows(world, "bale", "leg_running"))


async def test_the_head_is_killed_and_nothing_is_lost(talk: Conversation) -> None:
    """While it is away, what is said still goes into the room."""
    world, head = talk.world, talk.world.bridges.children[HEAD]
    async with slow(world), Chatter(talk, "دو") as chatter:
        for _ in range(3):
            await chatter.arrives("سارا", "rubika")
            await head.kill()
            await chatter.arrives("سارا", MATRIX)
            head.start()
    await all_is_well(talk, doubt=True)


async def test_all_are_killed_at_once_and_nothing_is_lost(talk: Conversation) -> None:
    world = talk.world
    async with slow(world), Chatter(talk, "سه") as chatter:
        for _ in range(2):
            await chatter.arrives("سارا", "rubika")
            await world.bridge_kill()
            await world.bridge_start(ready=False)
    await all_is_well(talk, doubt=True)


async def test_a_process_that_is_missing_is_told_of_and_shown(talk: Conversation) -> None:
    world, bale = talk.world, talk.world.bridges.children["bale"]
    await world.running()
    await bale.stop()
    await until(lambda: shows(world, "bale", "leg_absent"))
    title = world["bale"].titles["fa"]
    told = SENTENCES["late_absent"]["fa"].partition("{platform}")
    person = world.operator.person

    def is_it(body: str) -> bool:
        return title in body and all(part.split("{age}")[-1] in body for part in (told[0], told[2]))

    await person.first(world.operator.room, lambda event: is_it(event.body), wait=WITHIN_S)
    await talk.says("rubika", "رضا", "وقتی بله نیست")
    await talk.arrival("soroush", "وقتی بله نیست")
    assert title in await world.operator.command("queue")
    bale.start()
    await talk.arrivals("وقتی بله نیست")
    await until(lambda: shows(world, "bale", "leg_running"))
    await person.first(world.operator.room, lambda event: heard("again_absent", event.body) is not None, wait=WITHIN_S)
    await all_is_well(talk)


async def test_nobody_works_twice_on_the_same(world: World) -> None:
    """Neither the same platform, nor everything in one process beside them."""
    for more, word in ((["--platform", "bale"], "(bale)"), ([], "head"), (["--platform", "none"], "another bridge")):
        program: list[str | Path] = [sys.executable, "-m", "bridge", "--config", world.config_path, "run", *more]
        log = world.folder / f"second-{len(more)}-{more[-1] if more else ''}.log"
        second = Child("a second one", program, log, folder=world.folder)
        second.start()
        with pytest.raises(Exception, match="failed"):
            await second.finished(within=WITHIN_S)
        assert word in log.read_text()
        assert "another bridge is running on this database" in log.read_text()
