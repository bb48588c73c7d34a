"""Somebody on two messengers, by one proven number: where they are asked, and what a block of theirs means."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bridge.errors import Retry
from bridge.store.holdings import Holdings
from tests.core.kit import Core
from tests.core.office import office
from tests.core.parlour import MINA, REZA, SARA, Parlour

NUMBER = "+989121234567"


@pytest.fixture
async def parlour(core: Core) -> AsyncIterator[Parlour]:
    """Reza (Rubika) and Mina (Soroush Plus) are one person, found by their number."""
    async with office(core) as bureau:
        made = Parlour(bureau)
        await made.open()
        for person in (SARA, MINA, REZA):
            await made.starts(person)
        for person in (MINA, REZA):
            await bureau.town.directory.proven(made.mxid(person), NUMBER)
        made.forget()
        yield made


async def let_in(parlour: Parlour, *people: str) -> None:
    core = parlour.office.core
    async with core.store.transaction():
        for person in people:
            await core.log.record("grant", "platform", parlour.mxid(person), "bale")


def buttons(parlour: Parlour) -> dict[str, str]:
    return {button.text: button.data for row in parlour.seen(SARA)[-1].buttons for button in row}


async def test_whom_they_let_in_picks_where_to_talk_with_them(parlour: Parlour) -> None:
    await let_in(parlour, REZA, MINA)
    await parlour.says(SARA, "/to 09121234567")
    assert "On which" in parlour.texts(SARA)[-1]
    assert set(buttons(parlour)) == {"Rubika", "Soroush Plus", "Any of them"}
    assert parlour.texts(REZA) == parlour.texts(MINA) == []
    await parlour.presses(SARA, buttons(parlour)["Soroush Plus"])
    await parlour.says(SARA, "salam")
    assert parlour.last(MINA).endswith("salam")
    assert parlour.texts(REZA) == []
    assert (await parlour.request()).state == "open"


async def test_it_can_be_left_open_where(parlour: Parlour) -> None:
    await let_in(parlour, REZA, MINA)
    await parlour.says(SARA, "/to 09121234567")
    await parlour.presses(SARA, buttons(parlour)["Any of them"])
    await parlour.says(SARA, "salam")
    assert len([each for each in (REZA, MINA) if any("salam" in text for text in parlour.texts(each))]) == 1


async def test_whom_they_did_not_let_in_hears_nothing_of_where_they_are(parlour: Parlour) -> None:
    await let_in(parlour, REZA)
    await parlour.says(SARA, "/to 09121234567")
    assert (await parlour.request()).target in (parlour.mxid(REZA), parlour.mxid(MINA))
    assert not any("On which" in text for text in parlour.texts(SARA))


async def test_a_choice_is_made_once_and_by_its_asker(parlour: Parlour) -> None:
    await let_in(parlour, REZA, MINA)
    await parlour.says(SARA, "/to 09121234567")
    choice = buttons(parlour)["Rubika"]
    await parlour.presses(MINA, choice)
    assert "no such request" in parlour.last(MINA)
    await parlour.presses(SARA, choice)
    await parlour.presses(SARA, choice)
    assert "is over" in parlour.last(SARA)
    rows = await parlour.office.core.store.fetch("SELECT state, target FROM request")
    assert [tuple(row) for row in rows] == [("open", parlour.mxid(REZA))]


async def test_who_took_their_word_back_before_the_choice_is_not_reached(parlour: Parlour) -> None:
    await let_in(parlour, REZA, MINA)
    await parlour.says(SARA, "/to 09121234567")
    choice = buttons(parlour)["Rubika"]
    core = parlour.office.core
    async with core.store.transaction():
        await core.log.record("deny", "platform", parlour.mxid(REZA), "bale")
    await parlour.presses(SARA, choice)
    assert (await parlour.request()).target is None
    assert parlour.texts(REZA) == []


async def test_a_messenger_behind_the_number_is_the_one(parlour: Parlour) -> None:
    for platform, person in (("Soroush Plus", MINA), ("روبیکا", REZA)):
        await parlour.says(SARA, f"/to 09121234567 {platform}")
        assert (await parlour.request()).target == parlour.mxid(person)


async def test_a_block_holds_on_all_their_messengers(parlour: Parlour) -> None:
    for platform, person in (("Soroush Plus", MINA), ("روبیکا", REZA)):
        await parlour.says(SARA, f"/to 09121234567 {platform}")
        await parlour.taps(person, "✅")
    parlour.forget()
    await parlour.says(REZA, "/block")
    assert "has ended" in parlour.last(REZA)
    assert "has ended" in parlour.last(MINA)
    assert [text for text in parlour.texts(SARA) if "has ended" in text]
    parlour.forget()
    await parlour.says(SARA, "/to 09121234567")
    await parlour.says(SARA, "please")
    assert parlour.texts(REZA) == parlour.texts(MINA) == []


async def test_whoever_is_blocked_is_so_by_their_other_messenger_too(parlour: Parlour) -> None:
    parlour.findable(SARA)
    await parlour.says(REZA, "/to sara")
    await parlour.taps(SARA, "⛔")
    parlour.forget()
    await parlour.says(MINA, "/to sara")
    await parlour.says(MINA, "please")
    assert parlour.texts(SARA) == []
    assert parlour.last(MINA).startswith("If "), "they hear nothing of it"
    decisions = await Holdings(parlour.office.core.store).decisions(parlour.mxid(SARA))
    assert [(each.verb, each.about) for each in decisions] == [("revoke", parlour.mxid(REZA))], (
        "nor Sara where they are"
    )
    await parlour.presses(SARA, "kept:0")
    undo = [text for text in buttons(parlour) if text.startswith("🔓")]
    assert ["Reza" in text for text in undo] == [True]
    await parlour.presses(SARA, buttons(parlour)[undo[0]])
    for person in (MINA, REZA):
        await parlour.says(person, "/end")
        await parlour.says(person, "/to sara")
        assert (await parlour.request()).target == parlour.mxid(SARA), "undone for all that they are"


async def test_words_before_the_choice_are_refused_in_words(parlour: Parlour) -> None:
    await let_in(parlour, REZA, MINA)
    await parlour.says(SARA, "/to 09121234567")
    choice = buttons(parlour)["Rubika"]
    await parlour.says(SARA, "too early")
    assert "Choose the messenger first" in parlour.last(SARA)
    await parlour.presses(SARA, choice)
    await parlour.says(SARA, "in time")
    assert parlour.last(REZA).endswith("in time")
    assert not any("too early" in text for text in parlour.texts(REZA))


async def test_words_wait_until_it_is_known_who_was_meant(parlour: Parlour) -> None:
    core = parlour.office.core
    async with core.store.transaction():
        room = await core.portals.make_room("", None, "direct")
        desk = await core.desks.get("bale:bot", SARA)
        assert desk is not None
        await core.requests.make(desk.person, "09121234567", core.clock(), core.clock() + 1000, room=room)
        number = await parlour.office.reaching.conversations.tie(desk, room, "somebody", "", "linking")
    portal = await core.portals.get(number)
    assert portal is not None
    with pytest.raises(Retry):
        await parlour.office.reaching.asking.ready(portal)
    assert core.homeserver.called("create_room") == []
