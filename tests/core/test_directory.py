"""Who can be found by what, on both databases."""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import Any

import pytest

from bridge.config import PeopleConfig
from bridge.core.people.directory import Directory
from bridge.core.people.wanted import ALPHABET, checked, shown
from bridge.keys import Keys
from bridge.store.desks import Desk
from bridge.store.handles import Handle, Handles
from tests.core.fakes import TITLES
from tests.core.kit import Core

SARA, REZA = "@hampayam_bale_1:hs.test", "@hampayam_rubika_u0_a:hs.test"
ANOTHER_ON_BALE = "@hampayam_bale_2:hs.test"
NUMBER = "09121234567"


class Office:
    def __init__(self, core: Core, keys: Keys | None = None) -> None:
        self.core = core
        self.alarms: list[str] = []
        self.directory = Directory(
            core.store,
            Handles(core.store),
            keys or core.keys,
            core.users,
            PeopleConfig(requests_per_day=3, lookups_per_day=5),
            self.alarm,
            ("en",),
            TITLES,
            clock=core.clock,
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


async def test_two_people_never_have_the_same_code(office: Office) -> None:
    code = await office.directory.code_of(SARA)
    (held,) = await Handles(office.core.store).of_person(SARA)
    await office.directory.forget(SARA)
    async with office.core.store.transaction():
        await Handles(office.core.store).keep(REZA, Handle("code", held.hash, True, 0))
    other = await office.directory.code_of(SARA)  # at the same moment, which would make the same one
    assert other != code
    assert other == await office.directory.code_of(SARA)
    assert await office.directory.find(code) == [REZA]
    assert await office.directory.find(other) == [SARA]


async def test_a_code_is_made_anew_where_the_bridge_has_another_secret(office: Office) -> None:
    code = await office.directory.code_of(SARA)
    elsewhere = Office(office.core, Keys(b"another secret of thirty-two byte"))
    renewed = await elsewhere.directory.code_of(SARA)
    assert renewed != code
    assert renewed == await elsewhere.directory.code_of(SARA)
    assert await elsewhere.directory.find(renewed) == [SARA]


async def test_people_who_ask_at_the_same_moment_get_one_code(office: Office) -> None:
    codes = await asyncio.gather(*(office.directory.code_of(SARA) for _ in range(5)))
    assert len(set(codes)) == 1
    assert await office.directory.find(codes[0]) == [SARA]


async def test_who_is_forgotten_is_found_by_nothing_and_comes_back_with_another_code(office: Office) -> None:
    directory = office.directory
    code = await directory.code_of(SARA)
    await directory.known_as(SARA, "sara_demo")
    await directory.be_found(SARA, "name", True)
    await directory.proven(SARA, NUMBER)
    await directory.forget(SARA)
    assert [await directory.find(each) for each in (code, "@sara_demo", NUMBER)] == [[], [], []]
    assert await directory.found_by(SARA) == {}
    office.core.clock.hours(1)
    assert await directory.code_of(SARA) != code
    assert await directory.find(code) == []


async def test_a_name_that_changed_hands_finds_who_has_it_now(office: Office) -> None:
    directory = office.directory
    for person in (SARA, REZA):
        await directory.known_as(person, "sara_demo")
        await directory.be_found(person, "name", True)
    assert sorted(await directory.find("@sara_demo")) == [SARA, REZA], "on two messengers it is two people's"
    await directory.known_as(ANOTHER_ON_BALE, "sara_demo")
    assert await directory.find("@sara_demo") == [REZA], "whoever has it now did not choose to be found"
    assert await directory.found_by(SARA) == {}
    await directory.be_found(ANOTHER_ON_BALE, "name", True)
    assert sorted(await directory.find("@sara_demo")) == [ANOTHER_ON_BALE, REZA]


async def test_a_number_that_changed_hands_is_nobodys_sibling(office: Office) -> None:
    for person in (SARA, REZA, ANOTHER_ON_BALE):
        await office.directory.proven(person, NUMBER)
    assert await office.directory.siblings(REZA) == [ANOTHER_ON_BALE]
    assert await office.directory.siblings(SARA) == []
    await office.directory.be_found(ANOTHER_ON_BALE, "number", False)
    assert await office.directory.siblings(REZA) == [ANOTHER_ON_BALE], "whether they are found by it or not"


async def test_a_name_can_be_asked_for_on_one_messenger(office: Office) -> None:
    for person in (SARA, REZA):
        await office.directory.known_as(person, "sara_demo")
        await office.directory.be_found(person, "name", True)
    assert await office.directory.find("@sara_demo بله") == [SARA]
    assert await office.directory.find("sara_demo@Rubika") == [REZA]
    assert await office.directory.find("@sara_demo ایتا") == []
    desk = await office.desk(REZA)
    assert await office.directory.attempt(desk, "@Sara_demo بله") == ("@sara_demo · Bale", "")
    assert await office.directory.attempt(desk, "@sara_demo تلگرام") == ("", "to_nothing")


async def test_a_name_that_is_still_the_same_writes_nothing(office: Office) -> None:
    await office.directory.known_as(SARA, "sara_demo")
    asked = counted(office)
    await office.directory.known_as(SARA, "@Sara_Demo")
    assert len(asked) == 1
    assert asked[0].startswith("SELECT")


async def test_budgets_of_days_gone_by_are_forgotten_for_everybody(office: Office) -> None:
    for person in (SARA, REZA):
        await office.directory.attempt(await office.desk(person), "@nobody")
    office.core.clock.hours(24)
    await office.directory.attempt(await office.desk(SARA), "@nobody")
    rows = await office.core.store.fetch("SELECT person, day FROM budget")
    assert {row[0] for row in rows} == {SARA}
    assert len({row[1] for row in rows}) == 1


async def test_somebody_on_matrix_is_asked_at_their_address_and_a_ghost_is_not(office: Office) -> None:
    assert await office.directory.find("@mina:example.org") == ["@mina:example.org"]
    assert await office.directory.find(SARA) == []


@pytest.mark.parametrize("there", ["closed", "nobody"])
async def test_a_look_up_takes_the_same_work_and_time_whether_somebody_is_found_or_not(
    office: Office, there: str
) -> None:
    await office.desk(SARA)
    await office.desk(REZA)
    await office.directory.proven(SARA, NUMBER)
    if there == "closed":
        await office.directory.proven(REZA, "09121234568")
        await office.directory.be_found(REZA, "number", False)
    statements = counted(office)
    took: dict[str, list[float]] = {"found": [], "not": []}
    asked: dict[str, list[str]] = {}
    for _ in range(400):
        for name, number in (("found", NUMBER), ("not", "09121234568")):
            statements.clear()
            began = time.perf_counter()
            found = await office.directory.find(number)
            took[name].append(time.perf_counter() - began)
            assert found == ([SARA] if name == "found" else [])
            asked[name] = list(statements)
    assert asked["found"] == asked["not"]
    assert len(asked["found"]) == 1
    ratio = statistics.median(took["found"]) / statistics.median(took["not"])
    assert 0.5 < ratio < 2


async def test_a_look_up_goes_to_as_many_desks_whoever_is_found(office: Office) -> None:
    await office.desk(SARA, 5)
    await office.directory.proven(SARA, NUMBER)
    rows: list[int] = []
    fetch = office.core.store.fetch

    async def watched(query: str, *args: Any) -> list[Any]:
        answer = await fetch(query, *args)
        rows.append(len(answer))
        return answer

    office.core.store.fetch = watched  # type: ignore[method-assign]
    assert await office.directory.find(NUMBER) == [SARA]
    assert await office.directory.find("09121234568") == []
    assert rows == [8, 8]


def counted(office: Office) -> list[str]:
    """The statements that the store is asked to run from now on."""
    store = office.core.store
    statements: list[str] = []
    fetch, fetchrow, execute = store.fetch, store.fetchrow, store.execute

    async def fetched(query: str, *args: Any) -> list[Any]:
        statements.append(query)
        return await fetch(query, *args)

    async def one(query: str, *args: Any) -> Any:
        statements.append(query)
        row = await fetchrow(query, *args)
        if len(statements) > 1 and statements[-2:] == [query, query]:
            statements.pop()  # on SQLite it asks for its rows by `fetch`
        return row

    async def executed(query: str, *args: Any) -> None:
        statements.append(query)
        await execute(query, *args)

    store.fetch, store.fetchrow, store.execute = fetched, one, executed  # type: ignore[method-assign]
    return statements
