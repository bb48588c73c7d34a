"""What is shown on Matrix beside a message that did not arrive, or waits: and nothing beside all others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest

from bridge.core.statuses import STATUS_EVENT, send_status
from bridge.errors import InDoubt, NotAllowed, Refused
from bridge.store.notices import ROOMS
from tests.core.fakes import ROOM
from tests.core.office import ADMIN, office

if TYPE_CHECKING:
    from bridge.store.portals import Portal
    from tests.core.kit import Core
    from tests.core.office import Office


@pytest.fixture
async def bale(core: Core) -> Portal:
    core.live.leg("bale").state = "running"
    return await core.portal("bale")


@pytest.fixture
async def desk(core: Core) -> AsyncIterator[Office]:
    async with office(core) as desk:
        yield desk


async def shown(core: Core) -> list[dict[str, Any]]:
    """What is shown beside events of the room, of the notices that wait for it, which are taken away."""
    found = []
    while (notice := await core.notices.next(ROOMS, ROOM)) is not None:
        found += [dict(notice.status)] if notice.status is not None else []
        await core.notices.done(notice.id)
    return found


async def test_what_is_refused_or_in_doubt_is_shown_beside_it(core: Core, bale: Portal) -> None:
    session = core.session("bale")
    session.will("b-1", Refused("too_long"), InDoubt("no answer"))
    (_, refused, doubtful) = await core.people_say("یک", "دو", "سه")
    await core.drained(bale, session)
    first, second = await shown(core)
    assert first == {
        "m.relates_to": {"rel_type": "m.reference", "event_id": refused},
        "network": "bale",
        "status": "FAIL_PERMANENT",
        "reason": "m.event_not_handled",
        "message": "⚠️ This message did not reach “bale's g1” on Bale: it is too long",
    }
    assert (second["status"], second["reason"]) == ("FAIL_RETRIABLE", "m.foreign_network_error")
    assert second["m.relates_to"]["event_id"] == doubtful


async def test_nothing_is_shown_for_what_arrives_or_for_what_somebody_said_in_a_messenger(
    core: Core, bale: Portal
) -> None:
    await core.portal("rubika")
    session = core.session("bale")
    session.will("b-1", Refused("too_long"))
    await core.people_say("یک")
    await core.reza_says("دو", "r1")
    await core.drained(bale, session)
    assert await shown(core) == []


async def test_each_message_that_a_closed_chat_refuses_is_marked_though_it_is_said_once(
    core: Core, bale: Portal
) -> None:
    session = core.session("bale")
    session.will(NotAllowed("not_a_member"), NotAllowed("not_a_member"))
    events = await core.people_say("یک", "دو")
    await core.drained(bale, session)
    words = [(notice, about) for notice, about in await core.notes_in(ROOM) if notice]
    assert len(words) == 2, "that the chat is closed, and that the first message did not reach it"
    session.will(NotAllowed("not_a_member"))
    (third,) = await core.people_say("سه")
    await core.drained(bale, session)
    (status,) = await shown(core)
    assert (status["status"], status["reason"]) == ("FAIL_PERMANENT", "m.no_permission")
    assert status["m.relates_to"]["event_id"] == third
    assert third not in events


async def test_what_waits_is_pending_until_it_is_there(core: Core, bale: Portal) -> None:
    await core.minding.suspending.suspend("bale", ADMIN, "")
    (said, _) = await core.people_say("یک", "دو")
    await core.minding.patience.look()
    (status,) = await shown(core)
    assert (status["status"], status["reason"]) == ("PENDING", "m.bridge_unavailable")
    assert status["m.relates_to"]["event_id"] == said
    assert status["message"].startswith("⏳ Bale has been switched off")
    await core.minding.suspending.resume("bale", ADMIN)
    await core.minding.patience.look()
    assert await shown(core) == [], "it is not there yet"
    await core.drained(bale, core.session("bale"))
    await core.minding.patience.look()
    assert await shown(core) == [
        {"m.relates_to": {"rel_type": "m.reference", "event_id": said}, "network": "bale", "status": "SUCCESS"}
    ]
    assert await core.count("told_waiting") == 0


async def test_what_waits_behind_something_else_is_not_shown_as_arrived_before_it_is(core: Core, bale: Portal) -> None:
    await core.portal("rubika")
    await core.minding.suspending.suspend("bale", ADMIN, "")
    await core.reza_says("یک", "r1")
    (said,) = await core.people_say("دو")
    await core.minding.patience.look()
    await shown(core)
    await core.minding.suspending.resume("bale", ADMIN)
    session = core.session("bale")
    looked: list[int] = []

    async def look() -> None:
        await core.minding.patience.look()
        looked.append(len(await shown(core)))

    session.will("b-1", look)
    await core.drained(bale, session)
    assert looked == [0]
    await core.minding.patience.look()
    (status,) = await shown(core)
    assert (status["status"], status["m.relates_to"]["event_id"]) == ("SUCCESS", said)


async def test_what_failed_in_one_chat_is_not_shown_as_arrived_when_it_reaches_another(
    core: Core, bale: Portal
) -> None:
    rubika = await core.portal("rubika")
    await core.minding.suspending.suspend("bale", ADMIN, "")
    await core.people_say("یک")
    await core.minding.patience.look()
    session = core.session("rubika")
    session.will(Refused("too_long"))
    await core.drained(rubika, session)
    assert [status["status"] for status in await shown(core)] == ["PENDING", "FAIL_PERMANENT"]
    await core.minding.suspending.resume("bale", ADMIN)
    await core.drained(bale, core.session("bale"))
    await core.minding.patience.look()
    assert await shown(core) == []


async def test_what_an_operator_sends_again_is_shown_as_arrived(desk: Office) -> None:
    core = desk.core
    await desk.open("bale")
    bale = await core.portal("bale")
    desk.sessions["bale"].will(Refused("too_long"))
    (said,) = await core.people_say("یک")
    desk.live.wake(bale.login, bale.id)
    await desk.idle()
    await desk.writes("retry c1")
    await core.minding.patience.look()
    await desk.idle()
    sent = [sent.content for sent in core.homeserver.sent if sent.type == STATUS_EVENT]
    assert [status["status"] for status in sent] == ["FAIL_PERMANENT", "SUCCESS"]
    assert {status["m.relates_to"]["event_id"] for status in sent} == {said}


async def test_a_status_goes_into_the_room_by_a_steward_once_and_is_copied_nowhere(desk: Office) -> None:
    core = desk.core
    await desk.open("bale")
    await core.portal("bale")
    status = send_status("bale", "$said", "refused", "not_text", "words")
    async with core.store.transaction():
        await core.notices.put(ROOMS, ROOM, "words", "$said", status=status)
        await core.notices.put(ROOMS, ROOM, "", status=send_status("bale", "$said", "sent"))
    desk.chores.wake_room(ROOM)
    await desk.idle()
    sent = [each for each in core.homeserver.sent if each.room == ROOM]
    assert [each.type for each in sent] == ["m.room.message", STATUS_EVENT, STATUS_EVENT]
    assert sent[1].content == status
    assert len({each.txn for each in sent}) == 3
    assert {each.sender for each in sent} == {core.users.steward("bale", 1)}
    events = [core.state(STATUS_EVENT, dict(each.content), sender=each.sender) for each in sent[1:]]
    await desk.accept(*events)
    assert await core.count("copy") == 0


@pytest.mark.parametrize(
    ("state", "reason", "status", "why"),
    [
        ("expired", "suspended", "FAIL_RETRIABLE", "m.bridge_unavailable"),
        ("expired", "unreachable", "FAIL_RETRIABLE", "m.foreign_network_error"),
        ("withheld", "dropped", "FAIL_PERMANENT", "m.event_not_handled"),
        ("withheld", "ended", "FAIL_PERMANENT", "m.no_permission"),
        ("refused", "not_text", "FAIL_PERMANENT", "com.beeper.unsupported_event"),
        ("refused", "encrypted", "FAIL_PERMANENT", "com.beeper.undecryptable_event"),
        ("unknown", "restart", "FAIL_RETRIABLE", "m.bridge_unavailable"),
    ],
)
def test_states_and_reasons_have_the_names_that_clients_know(state: str, reason: str, status: str, why: str) -> None:
    content = send_status("bale", "$1", state, reason, "words")
    assert (content["status"], content["reason"], content["message"]) == (status, why, "words")
