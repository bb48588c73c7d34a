"""What is asked of people's private chats goes by an index, however many there are."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from bridge.keys import Keys
from bridge.store import Store
from bridge.store.consent import Consents
from bridge.store.desks import Desks
from bridge.store.handles import Handles
from bridge.store.portals import Portals
from bridge.store.requests import ENDS, Requests

SARA, REZA = "@hampayam_bale_1:hs", "@hampayam_rubika_2:hs"

PARTIAL = "request_unshown"
"""An index of those requests alone whose state is not shown yet."""

Question = Callable[[Store, Keys], Awaitable[object]]

QUESTIONS: dict[str, Question] = {
    "Consents.between": lambda store, _: Consents(store).between(SARA, REZA, "rubika", "departed"),
    "Consents.newest": lambda store, _: Consents(store).newest(SARA, "platform", "rubika"),
    "Consents.silent": lambda store, _: Consents(store).silent(7),
    "Desks.get": lambda store, _: Desks(store).get("bale:1", "7"),
    "Desks.of_person": lambda store, _: Desks(store).of_person(SARA),
    "Handles.of_person": lambda store, _: Handles(store).of_person(SARA),
    "Handles.found": lambda store, _: Handles(store).found("number", "hash"),
    "Handles.siblings": lambda store, _: Handles(store).siblings(SARA),
    "Handles.spend": lambda store, _: Handles(store).spend(SARA, "search", 7),
    "Portals.at_desk": lambda store, _: Portals(store).at_desk("bale:1", "7", 3),
    "Portals.of_desk": lambda store, _: Portals(store).of_desk("bale:1", "7", 4),
    "Requests.between": lambda store, keys: Requests(store, keys).between(SARA, REZA),
    "Requests.due": lambda store, keys: Requests(store, keys).due(1000),
    "Requests.next_due": lambda store, keys: Requests(store, keys).next_due(),
    "Requests.of_person": lambda store, keys: Requests(store, keys).of_person(SARA, ("asked", "open")),
    "Requests.of_person, those that ended": lambda store, keys: Requests(store, keys).of_person(SARA, ENDS),
    "Requests.of_room": lambda store, keys: Requests(store, keys).of_room(3),
    "Requests.unshown": lambda store, keys: Requests(store, keys).unshown(),
    "Desks.leave": lambda store, _: Desks(store).leave(3),
}


class Explained(Store):
    """Notes what it is asked."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.asked: list[tuple[str, tuple[Any, ...]]] = []

    async def execute(self, query: str, *args: Any) -> None:
        self.asked.append((query, args))
        await super().execute(query, *args)

    async def fetch(self, query: str, *args: Any) -> list[Any]:
        self.asked.append((query, args))
        return await super().fetch(query, *args)

    async def fetchrow(self, query: str, *args: Any) -> Any:
        self.asked.append((query, args))
        return await super().fetchrow(query, *args)

    async def plans(self) -> list[list[str]]:
        """How the database goes about each thing that it was asked: steps, in its own words. Inside a transaction."""
        asked = list(dict.fromkeys(self.asked))
        if self.dialect == "PostgreSQL":
            # An empty table would be read from end to end; now only one that cannot be read otherwise is.
            await super().execute("SET LOCAL enable_seqscan = off")
        how = "EXPLAIN QUERY PLAN " if self.dialect == "SQLite" else "EXPLAIN "
        rows = [await Store.fetch(self, how + query, *args) for query, args in asked]
        return [[str(row[-1]) for row in each] for each in rows]


@pytest.fixture
async def explained(database_url: str) -> AsyncIterator[Explained]:
    store = Explained(database_url)
    await store.open()
    yield store
    await store.close()


@pytest.mark.parametrize("name", QUESTIONS)
async def test_nothing_reads_a_table_from_end_to_end(explained: Explained, keys: Keys, name: str) -> None:
    async with explained.transaction():
        await QUESTIONS[name](explained, keys)
        plans = await explained.plans()
    assert plans
    for plan in plans:
        assert not sweeps(plan), plan


async def test_a_conversation_of_a_private_chat_is_found_by_its_room(explained: Explained) -> None:
    async with explained.transaction():
        await Portals(explained).at_desk("bale:1", "7", 3)
        (plan,) = await explained.plans()
    assert "portal_desk_room" in " ".join(plan), "not one of all those that the chat has"


async def test_those_of_one_number_are_found_without_going_over_all_numbers(explained: Explained) -> None:
    async with explained.transaction():
        await Handles(explained).siblings(SARA)
        (plan,) = await explained.plans()
    assert "(kind=?)" not in " ".join(plan)
    assert "handle_hash" in " ".join(plan)


def sweeps(plan: list[str]) -> list[str]:
    """The steps that read a whole table, or a whole index of one. A scan of `PARTIAL` is none: nothing is in it but
    what is asked for; nor is one of a subquery's rows."""
    inner = {f"SCAN {step.partition(' ')[2]}" for step in plan if step.startswith(("CO-ROUTINE ", "MATERIALIZE "))} | {
        "SCAN a"
    }  # what `Handles.found` calls its few rows
    return [
        step
        for step in plan
        if "Seq Scan on" in step
        or (
            step.startswith("SCAN ")
            and step not in inner
            and not step.endswith((f" USING INDEX {PARTIAL}", " CONSTANT ROWS"))
        )
    ]
