"""With an account of the operator's, people on Eitaa are heard like everybody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from bridge.sandbox.control import Seen
from bridge.sandbox.conversation import Conversation
from bridge.sandbox.messenger import WAIT_S, Group, Messenger
from bridge.sandbox.reading import heard
from bridge.sandbox.verdict import MATRIX
from bridge.sandbox.world import World
from tests.stories.conftest import TALKATIVE, nothing_that_people_said_was_kept

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def talk(tmp_path_factory: pytest.TempPathFactory, synapse_template: Path) -> AsyncIterator[Conversation]:
    folder = tmp_path_factory.mktemp("eitaa") / "world"
    async with World(
        folder, template=synapse_template, platforms=("bale", "eitaa"), accounts=("eitaa",), config=TALKATIVE
    ) as world:
        mina = await world.matrix_manager("mina")
        talk = Conversation(world, await world.share("خانواده", "bale", "eitaa", host=mina), mina)
        await talk.rename("مینا")
        yield talk
        await nothing_that_people_said_was_kept(world)


async def test_a_person_on_eitaa_is_heard_and_answered_everywhere(talk: Conversation) -> None:
    name = talk.shared.groups["eitaa"].admin
    await talk.says("eitaa", name, "سلام از ایتا، صدایم می‌رسد؟")
    await talk.says("bale", talk.shared.groups["bale"].admin, "بله می‌رسد", answers="سلام از ایتا، صدایم می‌رسد؟")
    await talk.says(MATRIX, "مینا", "به من هم رسید", answers="سلام از ایتا، صدایم می‌رسد؟")
    await talk.says("eitaa", name, "چه خوب!", answers="بله می‌رسد")
    await talk.world.settled()
    findings = await talk.findings()
    assert set(findings) == {"bale", "eitaa", MATRIX}
    for place, found in findings.items():
        assert found.fine, (place, found)


async def test_the_groups_commands_work_there_too(talk: Conversation) -> None:
    group = talk.shared.groups["eitaa"]
    answer = await talk.world["eitaa"].answer_to(group, group.admin, "/وضعیت")
    assert "ایتا" in answer.text
    answer = await talk.world["eitaa"].answer_to(group, group.admin, "/link")
    assert heard("code", answer.text) is not None


async def test_the_bridge_is_killed_and_nothing_of_eitaa_is_lost_or_doubled(talk: Conversation) -> None:
    world, name = talk.world, talk.shared.groups["eitaa"].admin
    await talk.says("eitaa", name, "پیش از خاموشی")
    await world.bridge_kill()
    for number in range(5):
        await talk.says("eitaa", name, f"در خاموشی، شمارهٔ {number}")
    await world.bridge_start()
    await talk.says("bale", talk.shared.groups["bale"].admin, "برگشتیم")
    await talk.arrivals("در خاموشی، شمارهٔ 4")
    await world.settled()
    for place, found in (await talk.findings()).items():
        assert found.fine, (place, found)


async def test_a_heart_is_one_where_there_are_hearts_and_is_told_in_words_elsewhere(talk: Conversation) -> None:
    assert talk.host is not None
    world, eitaa, bale = talk.world, talk.world["eitaa"], talk.world["bale"]
    here, there, mina = talk.shared.groups["eitaa"], talk.shared.groups["bale"], talk.host.person
    await talk.says("bale", there.admin, "عکس‌ها را دیدید؟")
    copy = await eitaa.copy_of(here, "عکس‌ها را دیدید؟")
    event = await mina.first(talk.room, lambda heard: heard.body == "عکس‌ها را دیدید؟")

    heart = {"m.relates_to": {"rel_type": "m.annotation", "event_id": event.event_id, "key": "❤️"}}
    given = await mina.send(talk.room, "m.reaction", heart)
    told = await bale.wait_for(there, lambda seen: "❤️" in seen.text)
    assert _plain(told.text) == "❤️ مینا · ماتریکس"
    await world.settled()
    shown = await eitaa.control.own("reactions", chat=here.id, message_id=copy.message_id)
    assert list(shown["reactions"].values()) == ["❤"]

    person = await eitaa.person(here.admin)
    await eitaa.control.own("react", chat=here.id, message_id=copy.message_id, person=person, reaction="👍")
    thumb = await mina.first(talk.room, lambda heard: heard.type == "m.reaction" and heard.sender != mina.mxid)
    assert thumb.content["m.relates_to"] == {"rel_type": "m.annotation", "event_id": event.event_id, "key": "👍"}
    now = await _until(bale, there, told, lambda seen: "👍" in seen.text)
    assert _plain(now.text) == f"❤️ مینا · ماتریکس\n👍 {here.title} · ایتا"

    await mina.redact(talk.room, given)
    await eitaa.control.own("react", chat=here.id, message_id=copy.message_id, person=person)
    await _until(bale, there, told, lambda seen: seen.deleted)
    await world.settled()
    shown = await eitaa.control.own("reactions", chat=here.id, message_id=copy.message_id)
    assert shown["reactions"] == {}
    await mina.first(talk.room, lambda heard: heard.type == "m.room.redaction" and heard.sender == thumb.sender)


async def test_what_was_read_on_eitaa_is_seen_in_the_room(talk: Conversation) -> None:
    assert talk.host is not None
    eitaa, here = talk.world["eitaa"], talk.shared.groups["eitaa"]
    await talk.says(MATRIX, "مینا", "چه کسی این را خوانده است؟")
    copy = await eitaa.copy_of(here, "چه کسی این را خوانده است؟")
    event = await talk.host.person.first(talk.room, lambda heard: heard.body == "چه کسی این را خوانده است؟")
    await eitaa.control.own("read", chat=here.id, message_id=copy.message_id)
    reader = await talk.host.person.reader(event, lambda user: user.startswith("@hampayam_eitaa_"), wait=WAIT_S)
    assert (await talk.host.person.members(talk.room))[reader] == f"{here.title} · ایتا"


async def _until(messenger: Messenger, group: Group, line: Seen, matches: Callable[[Seen], bool]) -> Seen:
    """A line as it is when it has changed so."""
    async with asyncio.timeout(WAIT_S):
        while True:
            (now,) = [seen for seen in await messenger.transcript(group) if seen.message_id == line.message_id]
            if matches(now):
                return now
            await asyncio.sleep(0.05)


def _plain(text: str) -> str:
    return text.replace("\u2068", "").replace("\u2069", "")


async def test_its_credentials_stand_nowhere_in_plain(talk: Conversation) -> None:
    world = talk.world
    details = world["eitaa"].bot.details
    log, books = world.bridge_log().encode(), await world.books.everything()
    for secret in (str(details["session"]), str(details["phone"])):
        assert secret.encode() not in log
        assert secret.encode() not in books


async def test_a_revoked_account_is_told_to_the_operator_and_what_waits_goes_out_after_a_new_login(
    talk: Conversation,
) -> None:
    world = talk.world
    eitaa, operator = world["eitaa"], world.operator
    await eitaa.control.own("revoke", bot=eitaa.bot.id)
    await operator.person.first(operator.room, lambda event: heard("account_lost", event.body) is not None)
    await talk.says("bale", talk.shared.groups["bale"].admin, "این باید بماند")
    await world.log_in("eitaa")
    await talk.arrivals("این باید بماند")
    await world.settled()
    for place, found in (await talk.findings()).items():
        assert found.fine, (place, found)
