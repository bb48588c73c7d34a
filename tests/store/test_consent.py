from __future__ import annotations

import pytest

from bridge.core.identity import Users
from bridge.core.people.consent import Answer
from bridge.core.people.log import ConsentLog
from bridge.keys import Keys
from bridge.store import Store
from bridge.store.consent import Consents

USERS = Users("hampayam", "hs.test", 2)
SARA = USERS.ghost("bale", "1")
NIMA = USERS.ghost("bale", "2")
REZA = USERS.ghost("rubika", "u0A")


@pytest.fixture
def consents(store: Store) -> Consents:
    return Consents(store)


@pytest.fixture
def log(consents: Consents, keys: Keys) -> ConsentLog:
    return ConsentLog(consents, USERS, keys, lambda: 1000)


async def test_the_newest_word_about_a_person_and_their_messenger_counts(store: Store, log: ConsentLog) -> None:
    assert await log.answer(REZA, SARA) is Answer.ASK
    async with store.transaction():
        await log.record("request", "person", REZA, SARA, actor=SARA)
        await log.record("grant", "person", REZA, SARA)
    assert await log.answer(REZA, SARA) is Answer.YES
    assert await log.answer(SARA, REZA) is Answer.ASK, "one's consent is not the other's"
    assert await log.answer(REZA, NIMA) is Answer.ASK
    async with store.transaction():
        await log.record("deny", "platform", REZA, "bale")
    assert await log.answer(REZA, SARA) is Answer.NO
    assert await log.answer(REZA, NIMA) is Answer.NO
    assert await log.about_platform(REZA, "bale") == "deny"
    assert await log.about_platform(SARA, "bale") == "cancel"
    standing = await log.standing(REZA, SARA)
    assert standing.person is not None
    assert (standing.person.verb, standing.person.at, standing.person.place) == ("grant", 1000, "desk")


async def test_a_ban_counts_for_everybody(store: Store, log: ConsentLog) -> None:
    async with store.transaction():
        await log.record("grant", "person", REZA, SARA)
        await store.execute("INSERT INTO ban (person, actor, at) VALUES ($1, '@admin:hs.test', 1)", SARA)
    assert await log.answer(REZA, SARA) is Answer.NO


async def test_who_keeps_their_words_out_of_a_room_is_known_until_they_change_their_mind(
    store: Store, consents: Consents, log: ConsentLog
) -> None:
    assert await consents.silent(7) == frozenset()
    async with store.transaction():
        await log.record("deny", "room", SARA, "7", place="group")
        await log.record("deny", "room", NIMA, "7", place="group")
        await log.record("deny", "room", REZA, "8", place="group")
    assert await consents.silent(7) == {SARA, NIMA}
    async with store.transaction():
        await log.record("cancel", "room", NIMA, "7", place="group")
    assert await consents.silent(7) == {SARA}


async def test_a_decision_is_looked_up_by_an_index_alone(store: Store, consents: Consents) -> None:
    plan = " ".join(str(tuple(row)) for row in await consents.plan(REZA, SARA, "bale", "~departed"))
    assert "SCAN consent" not in plan
    assert "Seq Scan on consent" not in plan
    assert "consent_newest" in plan
