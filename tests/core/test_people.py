"""People reach people: a request, its answer, a conversation, its end."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bridge.errors import Retry
from tests.core.fakes import SARA as MATRIX_SARA
from tests.core.kit import Core
from tests.core.office import ADMIN, office
from tests.core.parlour import MINA, REZA, SARA, Parlour

MATRIX = {"!there": MATRIX_SARA, "!blocked": "@mod:hs.test", "!nowhere": ADMIN}
"""Who on Matrix invites a ghost, by the room that they made for it."""


@pytest.fixture
async def parlour(core: Core) -> AsyncIterator[Parlour]:
    async with office(core) as bureau:
        made = Parlour(bureau)
        await made.open()
        yield made


async def test_a_request_reaches_its_target_without_a_word_of_what_was_written(parlour: Parlour) -> None:
    await parlour.starts(SARA)
    await parlour.starts(REZA)
    parlour.findable(REZA)
    await parlour.says(SARA, "/to reza")
    assert "If \u2068reza\u2069 can be reached" in parlour.last(SARA)
    await parlour.says(SARA, "salam Reza")
    assert "Sara" in parlour.last(REZA)
    assert "wants to talk" in parlour.last(REZA)
    assert not any("salam" in text for text in parlour.texts(REZA))
    await parlour.taps(REZA, "✅")
    assert parlour.last(REZA).endswith("salam Reza")
    assert any("has accepted" in text for text in parlour.texts(SARA))
    await parlour.says(REZA, "salam Sara")
    assert parlour.last(SARA) == "\u2068Reza\u2069 · روبیکا\nsalam Sara"
    assert await parlour.log() == [
        ("request", REZA, SARA),
        ("grant", SARA, REZA),
        ("grant", REZA, SARA),
    ]


async def test_on_matrix_a_request_is_an_invite_and_acceptance_a_join(parlour: Parlour) -> None:
    await parlour.befriended()
    homeserver = parlour.office.core.homeserver
    assert [call[2] for call in homeserver.called("invite")] == [parlour.mxid(REZA)]
    joined = [call[2] for call in homeserver.called("join")]
    assert parlour.mxid(SARA) in joined
    assert parlour.mxid(REZA) in joined
    await parlour.says(REZA, "/end")
    assert parlour.mxid(REZA) in [call[2] for call in homeserver.called("leave")]


async def test_who_cannot_be_found_is_asked_in_the_same_words(parlour: Parlour) -> None:
    await parlour.starts(SARA)
    await parlour.starts(REZA)
    parlour.findable(REZA)
    await parlour.says(SARA, "/to reza")
    found = parlour.texts(SARA)
    parlour.forget()
    await parlour.says(SARA, "/to rezo")
    assert [text.replace("rezo", "reza") for text in parlour.texts(SARA)] == found[-1:]
    parlour.forget()
    await parlour.says(SARA, "hello?")
    assert parlour.texts(SARA) == []
    parlour.office.core.clock.hours(4 * 24)
    await parlour.office.reaching.asking.expire()
    await parlour.settled()
    assert [text for text in parlour.texts(SARA) if "no answer came" in text]


async def test_first_words_that_waited_long_for_their_answer_do_not_expire_with_the_first_trouble_behind_it(
    parlour: Parlour,
) -> None:
    await parlour.starts(SARA)
    await parlour.starts(REZA)
    parlour.findable(REZA)
    await parlour.says(SARA, "/to reza")
    await parlour.says(SARA, "salam Reza")
    parlour.office.core.clock.hours(48)
    parlour.office.sessions["rubika"].will(*[Retry("HTTP 502")] * 40)
    await parlour.taps(REZA, "✅")
    assert ("expired",) not in await parlour.office.core.copies("state")
    assert parlour.last(REZA).endswith("salam Reza")


async def test_a_refusal_drops_the_first_words_and_says_so(parlour: Parlour) -> None:
    await parlour.starts(SARA)
    await parlour.starts(REZA)
    parlour.findable(REZA)
    await parlour.says(SARA, "/to reza")
    await parlour.says(SARA, "secret words")
    await parlour.taps(REZA, "Not now")
    assert "not now" in parlour.last(SARA)
    assert not any("secret words" in text for text in parlour.texts(REZA))
    assert await parlour.office.core.copies("state", "reason") == [("withheld", "ended")]
    parlour.forget()
    await parlour.says(SARA, "/to reza")
    assert not any("wants to talk" in text for text in parlour.texts(REZA)), "not again so soon"
    parlour.office.core.clock.hours(8 * 24)
    await parlour.office.reaching.asking.expire()
    await parlour.settled()
    await parlour.says(SARA, "/to reza")
    assert any("wants to talk" in text for text in parlour.texts(REZA))


async def test_a_block_before_the_answer_looks_like_nobody_to_the_asker(parlour: Parlour) -> None:
    await parlour.starts(SARA)
    await parlour.starts(REZA)
    parlour.findable(REZA)
    await parlour.says(SARA, "/to reza")
    parlour.forget()
    await parlour.presses(REZA, f"b:{(await parlour.request()).id}")
    assert "Blocked" in parlour.last(REZA)
    await parlour.says(SARA, "hello?")
    assert parlour.texts(SARA) == []
    assert (await parlour.request()).state == "asked"


async def test_a_block_ends_a_conversation_and_is_confirmed(parlour: Parlour) -> None:
    await parlour.befriended()
    await parlour.says(REZA, "/block")
    assert "has ended" in parlour.last(REZA)
    assert "has ended" in parlour.last(SARA)
    parlour.forget()
    await parlour.says(SARA, "are you there?")
    assert "talking with nobody" in parlour.last(SARA)
    await parlour.says(SARA, "/to reza")
    await parlour.says(SARA, "please")
    assert parlour.texts(REZA) == []


async def test_a_reply_goes_to_the_conversation_of_what_it_answers(parlour: Parlour) -> None:
    await parlour.befriended(SARA, REZA)
    await parlour.befriended(MINA, REZA)
    await parlour.says(SARA, "from Sara")
    rows = await parlour.office.core.store.fetch("SELECT remote_id FROM copy_part WHERE chat = 'reza' ORDER BY copy")
    parlour.forget()
    await parlour.says(REZA, "to Sara", reply_to=rows[-1][0])
    assert parlour.last(SARA).endswith("to Sara")
    assert parlour.texts(MINA) == []
    await parlour.says(REZA, "to Mina")
    assert parlour.last(MINA).endswith("to Mina")


async def test_nobody_on_matrix_can_tell_who_is_there_by_inviting_a_ghost(parlour: Parlour) -> None:
    core = parlour.office.core
    await parlour.starts(REZA)
    ghosts = {"!there": parlour.mxid(REZA), "!blocked": parlour.mxid(REZA), "!nowhere": parlour.mxid(MINA)}
    for room, ghost in ghosts.items():
        event = core.state("m.room.member", {"membership": "invite"}, key=ghost, sender=MATRIX[room], room=room)
        await parlour.accept(event)
    await parlour.presses(REZA, f"b:{(await parlour.requests_of(MATRIX['!blocked']))[0]}")
    assert core.homeserver.called("leave") == [], "a block looks like no answer"
    core.clock.hours(4 * 24)
    await parlour.office.reaching.asking.expire()
    await parlour.settled()
    left = {(call[1], call[2]) for call in core.homeserver.called("leave")}
    assert left == set(ghosts.items())
