"""With an account of the operator's, people on Eitaa are heard like everybody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bridge.sandbox.conversation import Conversation
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
