"""Who can be found by what, on both databases."""

from __future__ import annotations

import statistics
import time
from typing import Any

import pytest

from bridge.core.people.directory import Directory
from bridge.core.people.wanted import ALPHABET, checked, shown
from bridge.store.desks import Desk
from bridge.store.handles import Handles
from tests.core.kit import Core

SARA, REZA = "@hampayam_bale_1:hs.test", "@hampayam_rubika_u0=41:hs.test"
NUMBER = "09121234567"


class Office:
    def __init__(self, core: Core) -> None:
        self.core = core
        self.alarms: list[str] = []
        self.directory = Directory(
            core.store,
            Handles(core.store),
            core.keys,
            core.users,
            requests_per_day=3,
            lookups_per_day=5,
            clock=core.clock,
            alarm=self.alarm,
            languages=("en",),
        )

    async def alarm(self, words: str) -> None:
        self.alarms.append(words)

    async def desk(self, person: str, seen_at: int = 0) -> Desk:
        desk = Desk("bale:bot", person, person, "en", seen_at=seen_at)
        async with self.core.store.transaction():
            await self.core.desks.put(desk)
        return desk


@pytest.fixture
def office(core: Core) -> Office:
    return Office(core)


async def test_everybody_has_a_code_of_their_own_that_stays(office: Office) -> None:
    await office.desk(SARA)
    await office.desk(REZA)
    directory = office.directory
    code = await directory.code_of(SARA)
    assert code == await directory.code_of(SARA) != await directory.code_of(REZA)
    assert await directory.find(shown(code).lower()) == [SARA]
    renewed = await directory.renew_code(SARA)
    assert renewed != code
    assert await directory.find(code) == []
    assert await directory.find(renewed) == [SARA]
    assert await directory.code_of(SARA) == renewed


async def test_nobody_is_found_by_a_name_or_a_number_who_did_not_choose_so(office: Office) -> None:
    await office.desk(SARA)
    directory = office.directory
    await directory.known_as(SARA, "Sara_demo")
    assert await directory.find("@sara_demo") == []
    assert await directory.be_found(SARA, "name", True)
    assert await directory.find("@SARA_demo") == [SARA]
    await directory.known_as(SARA, "sara_new")
    assert await directory.find("@sara_demo") == []
    assert await directory.find("@sara_new") == [SARA], "the choice stays with a new name"
    assert not await directory.be_found(SARA, "number", True), "no number was proven"
    assert await directory.proven(SARA, "98912 1234567")
    assert await directory.find(NUMBER) == [SARA]
    await directory.be_found(SARA, "number", False)
    assert await directory.find(NUMBER) == []
    assert await directory.found_by(SARA) == {"name": True, "number": False}


async def test_a_number_stands_nowhere_in_the_database(office: Office) -> None:
    await office.desk(SARA)
    await office.directory.proven(SARA, NUMBER)
    await office.directory.known_as(SARA, "sara_demo")
    for table in ("handle", "budget", "desk", "setting"):
        for row in await office.core.store.fetch(f"SELECT * FROM {table}"):
            assert "9121234567" not in str(tuple(row))
            assert "sara_demo" not in str(tuple(row))


async def test_the_same_number_on_two_messengers_is_the_same_person(office: Office) -> None:
    await office.desk(SARA, 5)
    await office.desk(REZA, 9)
    for person in (SARA, REZA):
        await office.directory.proven(person, NUMBER)
    assert await office.directory.siblings(SARA) == [REZA]
    assert await office.directory.find(NUMBER) == [REZA, SARA], "where they were last comes first"


async def test_who_tries_too_often_is_stopped_and_moderators_are_told_once(office: Office) -> None:
    desk = await office.desk(SARA)
    told = [(await office.directory.attempt(desk, f"@nobody{n}"))[1] for n in range(8)]
    assert told == ["", "", "", "asked_too_often", "asked_too_often", *["tried_too_often"] * 3]
    assert len(office.alarms) == 1
    assert SARA in office.alarms[0]
    office.core.clock.hours(24)
    assert (await office.directory.attempt(desk, "@nobody")) == ("@nobody", "")


async def test_a_slip_of_the_finger_costs_no_request(office: Office) -> None:
    desk = await office.desk(SARA)
    code = checked(ALPHABET[:7])
    wrong = code[:-1] + ALPHABET[(ALPHABET.index(code[-1]) + 1) % len(ALPHABET)]
    assert await office.directory.attempt(desk, wrong) == ("", "code_mistyped")
    assert await office.directory.attempt(desk, "سلام") == ("", "to_nothing")
    assert await office.directory.attempt(desk, code) == (shown(code), "")


async def test_a_look_up_takes_the_same_work_and_time_whether_somebody_is_found_or_not(office: Office) -> None:
    await office.desk(SARA)
    await office.directory.proven(SARA, NUMBER)
    statements: list[str] = []
    fetch = office.core.store.fetch

    async def counted(query: str, *args: Any) -> list[Any]:
        statements.append(query)
        return await fetch(query, *args)

    office.core.store.fetch = counted  # type: ignore[method-assign]
    took: dict[str, list[float]] = {"found": [], "not": []}
    asked: dict[str, list[str]] = {}
    for _ in range(300):
        for name, number in (("found", NUMBER), ("not", "09121234568")):
            statements.clear()
            began = time.perf_counter()
            found = await office.directory.find(number)
            took[name].append(time.perf_counter() - began)
            assert bool(found) == (name == "found")
            asked[name] = list(statements)
    assert asked["found"] == asked["not"]
    ratio = statistics.median(took["found"]) / statistics.median(took["not"])
    assert 0.5 < ratio < 2
