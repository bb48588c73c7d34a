"""A copy of which nobody knows whether it arrived: whoever said it decides whether it is sent again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest

from bridge.core.decisions import decided
from bridge.errors import InDoubt
from bridge.model import Chat, ChatKind, MessageSaid, Person, Text
from bridge.store.notices import ROOMS
from bridge.texts.sentences import SENTENCES
from tests.core.fakes import SARA as MATRIX_SARA
from tests.core.office import office
from tests.core.parlour import MINA, REZA, SARA, Parlour

if TYPE_CHECKING:
    from bridge.store.portals import Portal
    from tests.core.kit import Core
    from tests.core.office import Office


def words(key: str) -> str:
    return SENTENCES[key]["en"]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("again", True),
        (" Again! ", True),
        ("دوباره", True),
        ("/leave", False),
        ("رها.", False),
        ("> <@bot:hs.test> We do not know\n> again\n\nleave", False),
        ("again and again", None),
        ("", None),
        ("> again", None),
        (None, None),
        ("again " * 1000, None),
    ],
)
def test_a_word_decides_whatever_is_quoted_above_it(said: object, meant: bool | None) -> None:
    assert decided(said) is meant


# --- in a group


@pytest.fixture
async def desk(core: Core) -> AsyncIterator[Office]:
    async with office(core) as desk:
        await desk.open("bale")
        await desk.open("rubika")
        yield desk


@pytest.fixture
async def bale(desk: Office) -> Portal:
    return await desk.core.portal("bale")


@pytest.fixture
async def rubika(desk: Office) -> Portal:
    return await desk.core.portal("rubika")


async def doubtful(desk: Office, bale: Portal) -> str:
    """Reza says something in the Rubika group, and Bale's answer is lost. Returns the id of the notice about it."""
    desk.sessions["bale"].will(InDoubt("no answer"))
    await desk.core.reza_says("سلام", "r1")
    desk.live.wake(bale.login, bale.id)
    await desk.idle()
    session = desk.sessions["rubika"]
    ((_, notice),) = session.done
    assert notice.text.endswith(words("doubt_how"))
    assert notice.reply_to == "r1"
    return f"rubika-{len(session.asked)}"


async def answers(desk: Office, notice: str, body: str, *, sender: str = "reza", id: str = "r2") -> list[str]:
    """What the group hears of us, behind somebody's answer to a notice."""
    desk.told("rubika")
    said = MessageSaid(Chat("g1", ChatKind.GROUP, "گروه"), id, Person(sender, sender), Text(body), reply_to=notice)
    await desk.happens("rubika", said)
    return desk.told("rubika")


async def test_in_a_group_an_answer_to_the_notice_sends_it_again(desk: Office, bale: Portal, rubika: Portal) -> None:
    notice = await doubtful(desk, bale)
    assert await answers(desk, notice, "دوباره") == [words("doubt_again")]
    assert desk.sessions["bale"].texts == ["سلام"]
    assert await desk.core.copies("id", "state") == [(2, "sent")]
    assert await answers(desk, notice, "دوباره", id="r2") == [], "a repeated update"
    assert desk.sessions["bale"].texts == ["سلام"]
    assert await answers(desk, notice, "رها", id="r3") == [words("doubt_over")]


async def test_or_leaves_it(desk: Office, bale: Portal, rubika: Portal) -> None:
    notice = await doubtful(desk, bale)
    assert await answers(desk, notice, "رها") == [words("doubt_left")]
    assert await desk.core.copies("state", "reason") == [("unknown", "left")]
    assert desk.sessions["bale"].texts == []


async def test_what_others_answer_and_other_words_are_messages_like_any_other(
    desk: Office, bale: Portal, rubika: Portal
) -> None:
    notice = await doubtful(desk, bale)
    assert await answers(desk, notice, "again", sender="mina") == []
    assert await answers(desk, notice, "again, please", id="r3") == []
    assert await answers(desk, "rubika-404", "again", id="r4") == []
    assert [state for (state,) in await desk.core.copies("state")] == ["unknown"]
    assert await desk.core.messages("remote_id", "state") == [
        ("r1", "accepted"),
        ("rubika-1", "withheld"),
        *((id, "placed") for id in ("r2", "r3", "r4")),
    ]


async def test_what_came_back_meanwhile_is_not_sent_again(desk: Office, bale: Portal, rubika: Portal) -> None:
    notice = await doubtful(desk, bale)
    async with desk.core.store.transaction():
        await desk.core.ledger.finish(1, "sent", desk.core.clock())
    assert await answers(desk, notice, "again") == [words("doubt_over")]
    assert desk.sessions["bale"].texts == []


async def test_nothing_is_offered_for_what_cannot_be_sent_again(desk: Office, bale: Portal, rubika: Portal) -> None:
    """The link has ended meanwhile."""
    await desk.core.reza_says("سلام", "r1")
    await desk.core.ledger.sending(1, 0, 1, "digest")
    async with desk.core.store.transaction():
        await desk.core.portals.move(bale.id, "open", "closing")
    desk.live.wake(bale.login, bale.id)
    await desk.idle()
    ((_, notice),) = desk.sessions["rubika"].done
    assert words("doubt_how") not in notice.text
    assert await desk.core.count("doubt") == 0


# --- on Matrix


async def matrix_doubt(desk: Office, bale: Portal) -> str:
    desk.sessions["bale"].will(InDoubt("no answer"))
    await desk.core.people_say("سلام")
    desk.live.wake(bale.login, bale.id)
    await desk.idle()
    (notice,) = [sent.id for sent in desk.core.homeserver.sent if words("doubt_how") in str(sent.content.get("body"))]
    return notice


async def replies(desk: Office, notice: str, body: str, sender: str = MATRIX_SARA) -> None:
    about: dict[str, Any] = {"m.relates_to": {"m.in_reply_to": {"event_id": notice}}}
    event = desk.core.said(body, sender=sender, **about)
    desk.core.homeserver.events[event.id] = {"content": event.content}
    for _ in range(2):  # a repeated transaction
        await desk.accept(event)


async def test_on_matrix_an_answer_to_the_notice_sends_it_again(desk: Office, bale: Portal) -> None:
    notice = await matrix_doubt(desk, bale)
    await replies(desk, notice, "> <@steward:hs.test> We do not know\n\nagain")
    assert desk.sessions["bale"].texts == ["سلام"]
    assert desk.core.homeserver.said_in("!family")[-1] == words("doubt_again")
    assert desk.core.homeserver.said_in("!family").count(words("doubt_again")) == 1
    assert await desk.core.copies("state") == [("sent",)], "the answer itself is copied nowhere"


async def test_on_matrix_it_can_be_left_but_not_by_others(desk: Office, bale: Portal) -> None:
    notice = await matrix_doubt(desk, bale)
    await replies(desk, notice, "leave", sender="@other:hs.test")
    assert await desk.core.copies("state", "COALESCE(reason, '')") == [("unknown", "no_answer"), ("queued", "")]
    await replies(desk, notice, "leave")
    assert (await desk.core.copies("state", "reason"))[0] == ("unknown", "left")
    assert desk.core.homeserver.said_in("!family")[-1] == words("doubt_left")


# --- in a private chat


async def in_private(core: Core, bureau: Office, **able: str) -> Parlour:
    """Sara's words to Reza are in doubt."""
    parlour = Parlour(bureau)
    await parlour.open(**able)
    await parlour.befriended()
    bureau.sessions["rubika"].will(InDoubt("no answer"))
    parlour.forget()
    await parlour.says(SARA, "salam")
    return parlour


async def test_in_a_private_chat_a_tap_sends_it_again(core: Core) -> None:
    async with office(core) as bureau:
        parlour = await in_private(core, bureau)
        assert words("doubt_how") not in parlour.last(SARA)
        again = parlour.button(SARA, words("doubt_send_again"))
        await parlour.presses(MINA, again.data)
        assert parlour.last(MINA) == words("doubt_over"), "it is not hers"
        assert not any("salam" in text for text in parlour.texts(REZA))
        await parlour.taps(SARA, words("doubt_send_again"))
        assert parlour.last(SARA) == words("doubt_again")
        assert parlour.last(REZA).endswith("salam")
        await parlour.presses(SARA, again.data)
        assert parlour.last(SARA) == words("doubt_over")
        for forged in ("again:", "again:x", "leave:99999999999999999999", "again:-1"):
            await parlour.presses(SARA, forged)
            assert parlour.last(SARA) == words("doubt_over")
        assert [text for text in parlour.texts(REZA) if text.endswith("salam")] == [parlour.last(REZA)]


async def test_a_tap_leaves_it(core: Core) -> None:
    async with office(core) as bureau:
        parlour = await in_private(core, bureau)
        await parlour.taps(SARA, words("doubt_leave"))
        assert parlour.last(SARA) == words("doubt_left")
        assert (await core.copies("state", "reason"))[-1] == ("unknown", "left")


async def test_without_inline_buttons_the_notice_is_answered_there_too(core: Core) -> None:
    async with office(core) as bureau:
        parlour = await in_private(core, bureau, bale="")
        assert words("doubt_how") in parlour.last(SARA)
        notice = await core.store.fetchval("SELECT notice FROM doubt WHERE login <> $1", ROOMS)
        await parlour.says(SARA, "again", reply_to=notice)
        assert parlour.last(SARA) == words("doubt_again")
        assert parlour.last(REZA).endswith("salam")
