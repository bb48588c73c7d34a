"""A number that somebody passes on: words that say it, and a card behind them where an app has cards."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from bridge.core.things import contact_of
from bridge.errors import InDoubt, Refused
from bridge.model import Contact, MessageSaid
from tests.core.reza import Heard

if TYPE_CHECKING:
    from bridge.store.portals import Portal
    from tests.core.fakes import Hold, ToldSession
    from tests.core.kit import Core

ALI = Contact("علی رضایی", "989121234567", owner="77")
CARD = Contact("علی رضایی", "+989121234567")
WORDS = "👤 \u2068علی رضایی\u2069 \u2068+989121234567\u2069"


@pytest.fixture
async def bale(core: Core) -> Portal:
    return await core.portal("bale")


@pytest.fixture
async def rubika(core: Core) -> Portal:
    return await core.portal("rubika")


async def passes_on(core: Core, contact: Contact) -> dict[str, Any]:
    """The content of the event that Reza's card becomes, once it came back."""
    heard = Heard(core, core.session("rubika"))
    frame = core.heard("", id="m1")
    await heard.hears(("g1/1", MessageSaid(frame.chat, "m1", frame.sender, contact)))
    sent = core.homeserver.sent[-1]
    core.homeserver.events[sent.id] = {"content": dict(sent.content)}
    await core.hub.accept([heard.back(sent)])
    return dict(sent.content)


async def test_a_card_comes_behind_the_words_that_say_whose_it_is(core: Core, bale: Portal, rubika: Portal) -> None:
    content = await passes_on(core, ALI)
    assert (content["msgtype"], content["body"]) == ("m.text", WORDS)
    session = core.session("bale", contacts=True)
    await core.drained(bale, session)
    assert session.cards == [("g1", CARD)]  # whose number it is, is nobody's business
    assert session.texts == [WORDS, ""]
    assert await core.copies("state", "parts") == [("sent", 2)]


async def test_an_app_without_cards_has_the_words(core: Core, bale: Portal, rubika: Portal) -> None:
    await passes_on(core, ALI)
    session = core.session("bale")
    await core.drained(bale, session)
    assert (session.texts, session.cards) == ([WORDS], [])


@pytest.mark.parametrize(
    "contact", [Contact("علی", ""), Contact("", "989121234567"), Contact("\u202e", "12")], ids=repr
)
async def test_half_a_card_is_words(core: Core, bale: Portal, rubika: Portal, contact: Contact) -> None:
    await passes_on(core, contact)
    session = core.session("bale", contacts=True)
    await core.drained(bale, session)
    assert len(session.texts) == 1
    assert session.cards == []


async def test_a_card_that_is_refused_is_not_missed(
    core: Core, bale: Portal, rubika: Portal, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    session = core.session("bale", contacts=True)
    session.will_not_change(Refused("no cards today"))
    await passes_on(core, ALI)
    await core.drained(bale, session)
    assert session.texts == [WORDS]
    assert await core.copies("state") == [("sent",)]
    assert await core.notes(bale) == []
    assert "9121234567" not in caplog.text


async def test_a_card_whose_answer_was_lost_is_in_doubt_and_not_repeated(
    core: Core, bale: Portal, rubika: Portal
) -> None:
    session = core.session("bale", contacts=True)
    session.will_not_change(InDoubt("no answer"))
    await passes_on(core, ALI)
    await core.drained(bale, session)
    await core.drained(bale, session)
    assert (len(session.done), session.cards) == (1, [])
    assert await core.copies("state") == [("unknown",)]


async def test_a_crash_before_the_card_doubles_nothing(core: Core, bale: Portal, rubika: Portal, hold: Hold) -> None:
    session: ToldSession = core.session("bale", contacts=True)
    await passes_on(core, ALI)
    session.will("words", hold)
    await core.crash(bale, session, hold)
    await core.drained(bale, session)
    assert len(session.cards) == 1
    assert len(session.done) == 1
    assert await core.copies("state") == [("unknown",)]


@pytest.mark.parametrize(
    "told",
    [None, 7, {}, {"name": "علی"}, {"name": "علی", "phone": 9121234567}, {"name": "x" * 300, "phone": "+98912"}],
    ids=str,
)
def test_a_card_of_any_shape_is_read(told: object) -> None:
    assert contact_of({"ir.hampayam.contact": told, "body": "سلام"}) is None
