from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from bridge.core.contents import ORIGIN
from bridge.errors import NotAllowed, Refused, Retry
from bridge.model import BotMoved, Chat, ChatKind, MessageSaid, Nothing, Person, Started, Unreadable, Unsupported

if TYPE_CHECKING:
    from bridge.core.inbox import Arrivals
    from bridge.store.inbox import Login
    from tests.core.fakes import ToldSession
    from tests.core.kit import Core

ROOM = "!family"
REZA = "@hampayam_bale_reza:hs.test"
STEWARD = "@hampayam_bale.steward2:hs.test"
GROUP = Chat("g1", ChatKind.GROUP, "گروه")


@pytest.fixture
async def bale(small_core: Core) -> Login:
    await small_core.portal("bale")
    return await small_core.login("bale")


@pytest.fixture
def session(small_core: Core) -> ToldSession:
    return small_core.session("bale")


async def drained(core: Core, login: Login, session: ToldSession, special: Any = None) -> None:
    async with core.running() as lanes:
        await core.arrivals(login, session, lanes, special).resume()


async def test_what_was_taken_over_reaches_the_room_in_order_and_leaves_the_inbox(
    small_core: Core, bale: Login, session: ToldSession
) -> None:
    core = small_core
    words = [f"شماره {n}" for n in range(45)]
    await core.take(bale, session, *[(f"g1/{n}", core.heard(body, id=str(n))) for n, body in enumerate(words)])
    await drained(core, bale, session)
    assert core.homeserver.said_in(ROOM) == words
    assert {sent.sender for sent in core.homeserver.sent} == {REZA}
    assert await core.inbox.depth() == 0
    assert await core.ledger.unsettled() == 0


async def test_a_new_ghost_costs_one_registration_and_one_join_that_carries_its_name(
    small_core: Core, bale: Login, session: ToldSession
) -> None:
    core = small_core
    await core.take(bale, session, ("g1/1", core.heard("یک", id="1")), ("g1/2", core.heard("دو", id="2")))
    await drained(core, bale, session)
    assert [call[0] for call in core.homeserver.calls] == ["register", "join", "send", "send"]
    assert core.homeserver.called("join")[0][1:3] == (ROOM, REZA)
    assert core.homeserver.called("join")[0][4] == "Reza · بله"


async def test_a_reply_points_at_the_event_that_it_answers(small_core: Core, bale: Login, session: ToldSession) -> None:
    core = small_core
    await core.take(
        bale,
        session,
        ("g1/1", core.heard("ناهار؟", id="1")),
        ("g1/2", core.heard("بله", id="2", reply_to="1")),
    )
    await drained(core, bale, session)
    await core.take(
        bale,
        session,
        ("g1/3", core.heard("کجا؟", id="3", reply_to="2")),
        ("g1/4", core.heard("به چه؟", id="4", reply_to="unknown")),
    )
    await drained(core, bale, session)
    one, two, three, four = core.homeserver.sent
    targets = [sent.content.get("m.relates_to", {}).get("m.in_reply_to", {}).get("event_id") for sent in (two, three)]
    assert targets == [one.id, two.id]
    assert "m.relates_to" not in four.content


async def test_every_event_carries_an_origin_that_we_believe(
    small_core: Core, bale: Login, session: ToldSession
) -> None:
    core = small_core
    await core.take(bale, session, ("g1/1", core.heard("سلام", id="1")))
    await drained(core, bale, session)
    (sent,) = core.homeserver.sent
    event = core.said("", sender=sent.sender, id=sent.id, **{ORIGIN: sent.content[ORIGIN]})
    origin = core.hub.read_origin(event)
    assert origin is not None
    assert origin[:3] == (bale.id, "g1", "1")


async def test_a_homeserver_that_is_away_holds_the_chat_and_loses_nothing(
    small_core: Core, bale: Login, session: ToldSession
) -> None:
    core = small_core
    await core.take(bale, session, ("g1/1", core.heard("یک", id="1")), ("g1/2", core.heard("دو", id="2")))
    core.homeserver.fails("register", Retry("homeserver: 502"))
    core.homeserver.fails("join", Retry("homeserver: 502"))
    core.homeserver.fails("send", Retry("homeserver: 502"), Retry("rate limited", after=3.0))
    await drained(core, bale, session)
    assert core.homeserver.said_in(ROOM) == ["یک", "دو"]
    assert 3.0 in core.slept


async def test_a_message_that_was_sent_when_we_died_is_sent_again_under_the_same_id_and_is_one_event(
    small_core: Core, bale: Login, session: ToldSession
) -> None:
    core = small_core
    await core.take(bale, session, *[(f"g1/{n}", core.heard(f"شماره {n}", id=str(n))) for n in range(3)])

    async def process() -> None:
        await drained(core, bale, session)

    running = asyncio.create_task(process())
    while not core.homeserver.sent:  # noqa: ASYNC110 (the state that is waited for is the fake's)
        await asyncio.sleep(0)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    await drained(core, bale, session)
    assert core.homeserver.said_in(ROOM) == ["شماره 0", "شماره 1", "شماره 2"]
    assert await core.inbox.depth() == 0


async def test_a_ghost_that_somebody_took_out_comes_back_once(
    small_core: Core, bale: Login, session: ToldSession
) -> None:
    core = small_core
    await core.take(bale, session, ("g1/1", core.heard("یک", id="1")))
    await drained(core, bale, session)
    core.homeserver.fails("send", Retry("homeserver: 502"), NotAllowed("M_FORBIDDEN"))
    await core.take(bale, session, ("g1/2", core.heard("دو", id="2")))
    await drained(core, bale, session)
    assert core.homeserver.said_in(ROOM) == ["یک", "دو"]
    assert len(core.homeserver.called("join")) == 2


async def test_a_message_that_the_homeserver_refuses_is_told_to_its_sender_and_the_next_goes_on(
    small_core: Core, bale: Login, session: ToldSession
) -> None:
    core = small_core
    await core.take(bale, session, ("g1/1", core.heard("یک", id="1")), ("g1/2", core.heard("دو", id="2")))
    core.homeserver.fails("send", Refused("M_TOO_LARGE"))
    await drained(core, bale, session)
    assert core.homeserver.said_in(ROOM) == ["دو"]
    portal = await core.portals.of_chat(bale.id, "g1")
    assert portal is not None
    assert await core.notes(portal) == [("⚠️ This message did not reach the others: it is too long", "1")]
    assert core.told == [(bale.id, "g1")]
    assert await core.messages("remote_id", "state") == [("1", "refused"), ("2", "placed")]


async def test_ten_million_letters_are_refused_before_the_homeserver_sees_them(
    small_core: Core, bale: Login, session: ToldSession
) -> None:
    core = small_core
    await core.take(bale, session, ("g1/1", core.heard("س" * 10_000_000, id="1")), ("g1/2", core.heard("دو", id="2")))
    await drained(core, bale, session)
    assert core.homeserver.said_in(ROOM) == ["دو"]
    assert await core.messages("remote_id", "reason") == [("1", "too_long"), ("2", None)]


async def test_an_update_that_always_raises_is_set_aside_and_the_stream_flows_on(
    small_core: Core, bale: Login, session: ToldSession
) -> None:
    core = small_core
    await core.take(
        bale,
        session,
        ("g1/1", core.heard("یک", id="1")),
        ("g1/2", ZeroDivisionError()),
        ("g1/3", core.heard("سه", id="3")),
    )
    await drained(core, bale, session)
    assert core.homeserver.said_in(ROOM) == ["یک", "سه"]
    assert core.counted == [("bale", "unreadable")]
    assert await core.inbox.depth() == 0


@pytest.mark.parametrize("error", [KeyError("x"), TypeError(), AttributeError(), OverflowError(), ValueError()])
async def test_a_command_that_always_breaks_is_set_aside_and_the_stream_flows_on(
    small_core: Core, bale: Login, session: ToldSession, error: Exception
) -> None:
    core = small_core

    async def breaks(_arrivals: Arrivals, event: object) -> bool:
        raise error

    await core.take(bale, session, ("g1/1", core.heard("/link", id="1")), ("g1/2", core.heard("دو", id="2")))
    await drained(core, bale, session, breaks)
    assert core.homeserver.said_in(ROOM) == ["دو"]
    assert core.counted == [("bale", "set aside")]


async def test_a_command_that_fails_for_a_moment_is_tried_again(
    small_core: Core, bale: Login, session: ToldSession
) -> None:
    core = small_core
    tries: list[object] = []

    async def works_the_third_time(_arrivals: Arrivals, event: object) -> bool:
        tries.append(event)
        if len(tries) < 3:
            raise Retry("homeserver: 502")
        return True

    await core.take(bale, session, ("g1/1", core.heard("/link", id="1")))
    await drained(core, bale, session, works_the_third_time)
    assert len(tries) == 3
    assert await core.inbox.depth() == 0
    assert core.homeserver.sent == []


async def test_commands_and_moves_are_looked_at_alone_at_their_place(
    small_core: Core, bale: Login, session: ToldSession
) -> None:
    core = small_core
    seen: list[object] = []

    async def special(_arrivals: Arrivals, event: object) -> bool:
        seen.append(event)
        return not (isinstance(event, MessageSaid) and event.id == "4")

    events: list[MessageSaid | BotMoved | Started] = [
        core.heard("یک", id="1"),
        core.heard("/link", id="2"),
        core.heard("سه", id="3"),
        core.heard(" /other_bots_command", id="4"),
        BotMoved(GROUP, present=True),
        Started(GROUP, Person("reza")),
        core.heard("راز", id="5", kind=ChatKind.PRIVATE),
    ]
    await core.take(bale, session, *[(f"g1/{number}", event) for number, event in enumerate(events)])
    await drained(core, bale, session, special)
    assert seen == [events[1], *events[3:]]
    assert core.homeserver.said_in(ROOM) == ["یک", "سه", " /other_bots_command"]


async def test_what_is_no_text_is_named_and_what_nobody_knows_is_counted(
    small_core: Core, bale: Login, session: ToldSession
) -> None:
    core = small_core
    reza = Person("reza", "Reza")
    await core.take(
        bale,
        session,
        ("g1/1", MessageSaid(GROUP, "1", reza, Unsupported("photo", "غروب"))),
        ("g1/2", Unreadable(GROUP, "2")),
        ("g1/3", Nothing("poll_answer")),
        ("g1/4", MessageSaid(GROUP, "4", reza, Unsupported("voice"))),
    )
    await drained(core, bale, session)
    assert core.homeserver.said_in(ROOM) == [
        "[photo]\nغروب",
        "[something that cannot be shown here]",
        "[voice message]",
    ]
    assert core.homeserver.sent[1].sender == "@hampayam_bale_g1:hs.test"
    assert core.counted == [("bale", "poll_answer")]


async def test_chats_do_not_wait_for_one_another(small_core: Core, bale: Login, session: ToldSession) -> None:
    core = small_core
    await core.portal("bale", "g2", room="!other")
    await core.take(bale, session, ("g1/1", core.heard("یک", id="1")), ("g2/1", core.heard("دیگر", id="1", chat="g2")))
    core.homeserver.fails("register", *[Retry("homeserver: 502")] * 5)
    await drained(core, bale, session)
    assert sorted(core.homeserver.said_in(ROOM) + core.homeserver.said_in("!other")) == ["دیگر", "یک"]


async def test_a_name_that_was_chosen_while_a_ghost_was_on_its_way_is_kept(
    small_core: Core, bale: Login, session: ToldSession
) -> None:
    core = small_core
    portal = await core.portals.of_chat(bale.id, "g1")
    assert portal is not None
    reza = Person("reza", "Reza")
    await core.rooms.ghost(portal, reza)

    class Slow(type(core.homeserver)):  # type: ignore[misc]
        async def join(self, *args: Any, **kwargs: Any) -> None:
            await core.rooms.choose_name("bale", reza, "رضا")

    core.rooms._homeserver = Slow()
    await core.rooms.ghost(portal, Person("reza", "Reza Karimi"))
    ghost = await core.ghosts.get(REZA)
    assert ghost is not None
    assert (ghost.name, ghost.chosen) == ("Reza Karimi", "رضا")
