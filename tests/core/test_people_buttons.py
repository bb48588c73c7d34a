"""The same conversations on apps with other buttons, or none; buttons that are pressed twice, too late, or forged."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.model import ChatKind
from bridge.store.portals import DIRECT
from tests.core.kit import Core
from tests.core.office import office
from tests.core.parlour import MINA, REZA, SARA, Parlour


@pytest.fixture
async def parlour(small_core: Core) -> AsyncIterator[Parlour]:
    async with office(small_core) as bureau:
        made = Parlour(bureau)
        yield made


async def _asked(parlour: Parlour) -> int:
    """Sara has asked for Reza. Returns the request's number."""
    for person in (SARA, REZA):
        await parlour.starts(person)
    parlour.findable(REZA)
    await parlour.says(SARA, "/to reza")
    return (await parlour.request()).id


async def test_where_there_are_no_buttons_choices_have_numbers(parlour: Parlour) -> None:
    await parlour.open(rubika="")
    await _asked(parlour)
    lines = parlour.last(REZA).split("\n")
    assert lines[2:] == ["1. ✅ Accept", "2. Not now", "3. ⛔️ Block", "4. 🚩 Report", "(write its number)"]
    assert not parlour.seen(REZA)[-1].buttons
    await parlour.says(REZA, "۱")
    assert (await parlour.request()).state == "open"
    await parlour.says(REZA, "1")
    assert parlour.last(SARA).endswith("1"), "a menu is used up by its use"


async def test_a_number_that_is_on_no_menu_is_what_somebody_says(parlour: Parlour) -> None:
    await parlour.open(rubika="")
    await parlour.befriended()
    await parlour.says(REZA, "42")
    assert parlour.last(SARA).endswith("42")


async def test_a_menu_in_the_bar_gives_way_to_the_bar_again(parlour: Parlour) -> None:
    await parlour.open(rubika="bar")
    await _asked(parlour)
    assert parlour.seen(REZA)[-1].bar
    await parlour.taps(REZA, "✅")
    told = parlour.seen(REZA)[-1]
    assert told.bar
    assert told.buttons[0][0].text == "✎ Sara · Bale"
    parlour.forget()
    await parlour.says(REZA, "✎ Sara · Bale")
    assert "The conversation with \u2068Sara · Bale\u2069" in parlour.last(REZA), "what stands on the bar is a tap"
    assert parlour.texts(SARA) == []


async def test_the_bar_shows_the_current_conversation_and_turns_to_others(parlour: Parlour) -> None:
    await parlour.open()
    await parlour.befriended(SARA, REZA)
    await parlour.befriended(MINA, REZA)
    await parlour.says(REZA, "/chats")
    await parlour.says(REZA, "to Mina")
    assert parlour.last(MINA).endswith("to Mina")
    await parlour.taps(REZA, "Sara")
    await parlour.taps(REZA, "✎ Write to them")
    assert "goes to \u2068Sara · Bale\u2069" in parlour.last(REZA)
    await parlour.says(REZA, "to Sara")
    assert parlour.last(SARA).endswith("to Sara")
    await parlour.says(MINA, "hello?")
    heard = parlour.seen(REZA)[-1]
    assert heard.text.endswith("hello?")
    assert heard.buttons[0][0].text == "↩️ Talk with Mina · Soroush Plus"
    await parlour.taps(REZA, "↩️ Talk with Mina")
    await parlour.says(REZA, "to Mina again")
    assert parlour.last(MINA).endswith("to Mina again")


async def test_a_request_can_still_be_answered_when_other_words_took_its_buttons_away(parlour: Parlour) -> None:
    await parlour.open(rubika="bar")
    await _asked(parlour)
    await parlour.says(REZA, "/help")
    assert parlour.seen(REZA)[-1].bar
    await parlour.chooses(REZA, "⏳ Sara")
    assert "wants to talk" in parlour.last(REZA)
    await parlour.says(REZA, "/chats")
    await parlour.chooses(REZA, "⏳ Sara")
    await parlour.chooses(REZA, "✅ Accept")
    await parlour.says(REZA, "salam")
    assert parlour.last(SARA).endswith("salam")


async def test_a_button_pressed_twice_or_too_late_changes_nothing(parlour: Parlour) -> None:
    await parlour.open()
    request = await _asked(parlour)
    await parlour.presses(REZA, f"a:{request}")
    log = await parlour.log()
    await parlour.presses(REZA, f"a:{request}")
    assert "accepted that already" in parlour.last(REZA)
    await parlour.says(REZA, "/end")
    after = await parlour.log()
    assert len(after) == len(log) + 1
    for data in (f"a:{request}", f"r:{request}", f"b:{request}"):
        await parlour.presses(REZA, data)
        assert "is over" in parlour.last(REZA)
    assert await parlour.log() == after
    assert len(parlour.office.sessions["rubika"].answered) >= 5, "every press is answered"


async def test_a_button_of_somebody_elses_does_nothing(parlour: Parlour) -> None:
    await parlour.open()
    request = await _asked(parlour)
    await parlour.starts(MINA)
    log = await parlour.log()
    for data in (f"a:{request}", f"b:{request}", f"x:{request}", f"e:{request}", f"s:{request}", f"k:{request}"):
        await parlour.presses(MINA, data)
        await parlour.presses(SARA, data if data[0] in "abx" else "s:999")
    assert await parlour.log() == log
    assert (await parlour.request()).state == "asked"
    assert parlour.office.town.reports == []


async def test_a_press_that_is_told_twice_is_obeyed_once(parlour: Parlour) -> None:
    await parlour.open()
    request = await _asked(parlour)
    parlour.numbers = 500
    await parlour.presses(REZA, f"r:{request}")
    said = len(parlour.texts(REZA))
    parlour.numbers = 500
    await parlour.presses(REZA, f"r:{request}")
    assert len(parlour.texts(REZA)) == said


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.text(max_size=70))
async def test_forged_data_is_answered_and_changes_nothing(parlour: Parlour, data: str) -> None:
    if not parlour.office.sessions:
        await parlour.open()
        await parlour.befriended()
    before = await parlour.log()
    await parlour.presses(MINA, data)
    assert await parlour.log() == before


async def test_a_muted_conversation_waits_until_somebody_turns_to_it(parlour: Parlour) -> None:
    await parlour.open()
    await parlour.befriended()
    await parlour.says(REZA, "/mute")
    parlour.forget()
    await parlour.says(SARA, "one")
    await parlour.says(SARA, "two")
    assert parlour.texts(REZA) == []
    assert parlour.texts(SARA) == [], "nobody is told that they are muted"
    await parlour.presses(REZA, f"s:{(await parlour.portal(REZA)).id}")
    assert [text.partition("\n")[2] for text in parlour.texts(REZA)][-2:] == ["one", "two"]


async def test_a_report_opens_a_case_and_blocks(parlour: Parlour) -> None:
    await parlour.open()
    request = await parlour.befriended()
    await parlour.says(SARA, "something bad")
    await parlour.says(REZA, "/report")
    assert parlour.office.town.reports == [(parlour.mxid(REZA), parlour.mxid(SARA), request.room)]
    assert "reached the moderators" in "\n".join(parlour.texts(REZA))
    assert (await parlour.request()).state == "ended"
    assert ("revoke", REZA, SARA) in await parlour.log()


async def test_first_words_are_words_alone(parlour: Parlour) -> None:
    await parlour.open()
    await _asked(parlour)
    for words in ("look: https://example.org/x", "buy at example.com now", "call @somebody there", "x" * 1001):
        await parlour.says(SARA, words)
        assert "only short words are kept" in parlour.last(SARA)
    for number in range(5):
        await parlour.says(SARA, f"word {number}")
    await parlour.says(SARA, "one more")
    assert "no more than this is kept" in parlour.last(SARA)
    await parlour.taps(REZA, "✅")
    assert [text.partition("\n")[2] for text in parlour.texts(REZA)][-5:] == [f"word {number}" for number in range(5)]


async def test_two_who_ask_for_one_another_talk_at_once(parlour: Parlour) -> None:
    await parlour.open()
    await _asked(parlour)
    parlour.findable(SARA)
    await parlour.says(REZA, "/to sara")
    assert (await parlour.office.core.requests.get(1)).state == "open"  # type: ignore[union-attr]
    await parlour.says(REZA, "salam")
    assert parlour.last(SARA).endswith("salam")


async def test_nobody_can_ask_for_themselves(parlour: Parlour) -> None:
    await parlour.open()
    await parlour.starts(SARA)
    parlour.findable(SARA)
    await parlour.says(SARA, "/to sara")
    assert not any("wants to talk" in text for text in parlour.texts(SARA))
    assert (await parlour.request()).target is None


async def test_whoever_is_allowed_as_a_messenger_need_not_ask(parlour: Parlour) -> None:
    await parlour.open()
    for person in (SARA, REZA):
        await parlour.starts(person)
    async with parlour.office.core.store.transaction():
        await parlour.office.core.log.record("grant", "platform", parlour.mxid(REZA), "bale")
    parlour.findable(REZA)
    await parlour.says(SARA, "/to reza")
    assert "You can talk with" in parlour.last(SARA)
    await parlour.says(SARA, "salam")
    assert parlour.last(REZA).endswith("salam")


async def test_after_a_restart_everything_goes_on(parlour: Parlour) -> None:
    await parlour.open()
    request = await _asked(parlour)
    await parlour.says(SARA, "before the restart")
    async with office(parlour.office.core) as bureau:
        again = Parlour(bureau, numbers=100, returned=len(parlour.office.core.homeserver.sent))
        await again.open()
        await bureau.reaching.asking.resume()
        await again.presses(REZA, f"a:{request}")
        assert again.last(REZA).endswith("before the restart")
        await again.says(REZA, "after it")
        assert again.last(SARA).endswith("after it")


async def test_at_a_restart_a_conversations_room_is_made_once(parlour: Parlour) -> None:
    await parlour.open()
    await parlour.starts(SARA)
    homeserver = parlour.office.core.homeserver
    core, asking = parlour.office.core, parlour.office.reaching.asking
    async with core.store.transaction():  # what stands there when the bridge dies behind `/to`
        room = await core.portals.make_room("Hampayam", None, DIRECT)
        await core.requests.make(parlour.mxid(SARA), "reza", 0, core.clock() + 1, room=room)
        await core.portals.tie("bale:bot", SARA, "bale", ChatKind.PRIVATE, "reza", room, "linking", 0, "")
    await parlour.office.plumbing.resume()
    await asking.resume()
    await parlour.settled()
    assert len(homeserver.called("create_room")) == 1
