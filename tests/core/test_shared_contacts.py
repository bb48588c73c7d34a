"""Contacts that somebody shares with the bot: their own number, somebody else's, or one that is for a conversation."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bridge.model import Contact
from tests.core.kit import Core
from tests.core.office import office
from tests.core.parlour import REZA, SARA, Parlour

NUMBER = "+989121234567"


@pytest.fixture
async def parlour(small_core: Core) -> AsyncIterator[Parlour]:
    async with office(small_core) as bureau:
        made = Parlour(bureau)
        await made.open()
        yield made


async def _asked_for_number(parlour: Parlour, where: str = "") -> None:
    await parlour.starts(SARA)
    await parlour.presses(SARA, f"fb:{where}")
    await parlour.taps(SARA, "Find me by my number")


async def _nothing_in_clear(parlour: Parlour) -> None:
    store = parlour.office.core.store
    tables = await store.fetch("SELECT name FROM sqlite_master WHERE type = 'table'")
    for (table,) in tables:
        assert "9121234567" not in str([tuple(row) for row in await store.fetch(f'SELECT * FROM "{table}"')]), table


async def test_the_own_number_by_the_button_makes_somebody_findable(parlour: Parlour) -> None:
    await _asked_for_number(parlour, "w")
    button = parlour.button(SARA, "📱")
    assert button.asks_number
    assert parlour.seen(SARA)[-1].bar
    await parlour.shares(SARA, Contact("Sara", NUMBER, owner=SARA))
    proven, page = parlour.seen(SARA)[-2:]
    assert "whoever has your number" in proven.text
    assert proven.bar, "the bar leads to the conversations again"
    assert "by your phone number" in page.text
    assert page.buttons[-1][0].text == "Go on ➡️", "the welcome goes on"
    await parlour.starts(REZA)
    await parlour.says(REZA, "/to 0912 123 4567")
    assert any("wants to talk" in text for text in parlour.texts(SARA))
    await _nothing_in_clear(parlour)
    await parlour.presses(SARA, "fo:number:0:")
    assert "by your phone number: no" in parlour.last(SARA)


async def test_somebody_elses_contact_is_not_taken_for_the_own_number(parlour: Parlour) -> None:
    await _asked_for_number(parlour)
    for owner in (REZA, ""):
        await parlour.shares(SARA, Contact("Reza", NUMBER, owner=owner))
        assert "not your own number" in parlour.last(SARA)
        assert parlour.seen(SARA)[-1].buttons[0][0].asks_number, "the button is still there"
    await parlour.says(SARA, NUMBER)
    assert "counts by the button below only" in parlour.last(SARA)
    assert await parlour.office.town.directory.found_by(parlour.mxid(SARA)) == {}
    await parlour.says(SARA, "Later")
    assert "your number stays with you" in parlour.texts(SARA)[-2]
    assert "How can you be found?" in parlour.last(SARA)


async def test_a_number_that_is_no_number_proves_nothing(parlour: Parlour) -> None:
    await _asked_for_number(parlour)
    await parlour.shares(SARA, Contact("Sara", "12", owner=SARA))
    assert "not your own number" in parlour.last(SARA)


async def test_a_card_of_somebody_is_an_offer_to_ask_them(parlour: Parlour) -> None:
    await _asked_for_number(parlour)
    await parlour.shares(SARA, Contact("Sara", NUMBER, owner=SARA))
    await parlour.starts(REZA)
    await parlour.shares(REZA, Contact("سارا", "0912-123-4567"))
    assert "\u2068سارا\u2069 (number •••67)" in parlour.last(REZA)
    await _nothing_in_clear(parlour)
    ask = parlour.button(REZA, "✅ Yes, ask").data
    await parlour.taps(REZA, "✅ Yes, ask")
    assert "they will be asked" in parlour.last(REZA)
    assert any("wants to talk" in text for text in parlour.texts(SARA))
    await parlour.presses(REZA, ask)
    assert "does not work any more" in parlour.last(REZA)
    await _nothing_in_clear(parlour)


async def test_a_card_that_is_not_wanted_is_forgotten(parlour: Parlour) -> None:
    await parlour.starts(REZA)
    await parlour.shares(REZA, Contact("Sara", NUMBER))
    ask = parlour.button(REZA, "✅").data
    await parlour.taps(REZA, "No")
    assert "The number is forgotten" in parlour.last(REZA)
    await parlour.presses(REZA, ask)
    assert "does not work any more" in parlour.last(REZA)
    assert await parlour.log() == []


async def test_the_button_of_an_older_card_does_not_ask_the_newer_one(parlour: Parlour) -> None:
    await parlour.starts(REZA)
    await parlour.shares(REZA, Contact("Sara", NUMBER))
    older = parlour.button(REZA, "✅").data
    await parlour.shares(REZA, Contact("Mina", "+989129999999"))
    await parlour.presses(REZA, older)
    assert "does not work any more" in parlour.last(REZA)
    assert parlour.office.town.tried == []


async def test_a_card_that_has_no_number_is_said(parlour: Parlour) -> None:
    await parlour.starts(REZA)
    await parlour.shares(REZA, Contact("Sara", ""))
    assert "no phone number on this card" in parlour.last(REZA)


async def test_the_own_card_without_being_asked_shows_how_it_would_count(parlour: Parlour) -> None:
    await parlour.starts(SARA)
    await parlour.shares(SARA, Contact("Sara", NUMBER, owner=SARA))
    assert "How can you be found?" in parlour.last(SARA)
    assert await parlour.office.town.directory.found_by(parlour.mxid(SARA)) == {}


async def test_in_a_conversation_a_card_goes_to_the_other(parlour: Parlour) -> None:
    await parlour.befriended()
    await parlour.shares(SARA, Contact("Mina", "+989129999999"))
    assert any("Mina" in text for text in parlour.texts(REZA))
    assert not any("Shall I ask" in text for text in parlour.texts(SARA))


async def test_in_a_conversation_the_button_sends_the_number_to_the_bot_alone(parlour: Parlour) -> None:
    await parlour.befriended()
    await parlour.presses(SARA, "fp:")
    await parlour.shares(SARA, Contact("Sara", NUMBER, owner=SARA))
    assert parlour.texts(REZA) == []
    assert any("whoever has your number" in text for text in parlour.texts(SARA))


async def test_words_that_are_no_number_still_go_to_the_conversation(parlour: Parlour) -> None:
    await parlour.befriended()
    await parlour.presses(SARA, "fp:")
    await parlour.says(SARA, "salam")
    assert parlour.last(REZA).endswith("salam")
