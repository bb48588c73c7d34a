"""What was said is corrected or deleted in the room: every copy follows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bridge.core.contents import ORIGIN, origin_content
from bridge.errors import InDoubt, NotAllowed, Refused, Retry
from bridge.model import MessageEdited, RoomEvent
from bridge.store.notices import ROOMS
from tests.core.fakes import SARA
from tests.core.reza import edit_of

if TYPE_CHECKING:
    from bridge.core.placement import Placement
    from bridge.store.portals import Portal
    from tests.core.fakes import Hold, ToldSession
    from tests.core.kit import Core

LONG = " ".join(f"word{n:03}" for n in range(60))
"""About 480 letters: three parts of 200."""
LONGER = " ".join(f"term{n:03}" for n in range(80))
"""About 640 letters: four parts."""
ABLE: dict[str, Any] = {"text_limit": 200, "edits": True, "deletes": True}


@pytest.fixture
async def bale(core: Core) -> Portal:
    return await core.portal("bale")


@pytest.fixture
async def rubika(core: Core) -> Portal:
    return await core.portal("rubika")


@pytest.fixture
def session(core: Core) -> ToldSession:
    return core.session("bale", **ABLE)


async def edit(core: Core, event: str, body: str) -> str:
    made = edit_of(core, event, body)
    await core.hub.accept([made])
    return made.id


async def delete(core: Core, event: str, id: str = "$gone") -> None:
    core.homeserver.events[event] = {"content": {}}
    await core.hub.accept([core.state("m.room.redaction", {"redacts": event}, id=id)])


# --- in the room


async def test_a_correction_changes_the_copy(core: Core, bale: Portal, session: ToldSession) -> None:
    (event,) = await core.people_say("سلآم")
    await core.drained(bale, session)
    await edit(core, event, "سلام")
    await core.drained(bale, session)
    assert session.texts == ["سلآم"]
    assert session.changed == [("g1", "bale-1", "سلام")]
    assert await core.copies("state") == [("sent",), ("sent",)]


async def test_a_correction_that_comes_twice_is_made_once(core: Core, bale: Portal, session: ToldSession) -> None:
    (event,) = await core.people_say("یک")
    await core.drained(bale, session)
    made = edit_of(core, event, "دو")
    await core.hub.accept([made])
    await core.hub.accept([made])
    await core.drained(bale, session)
    assert session.changed == [("g1", "bale-1", "دو")]


async def test_a_copy_that_waits_goes_out_as_corrected_and_once(core: Core, bale: Portal, session: ToldSession) -> None:
    (event,) = await core.people_say("یک")
    await edit(core, event, "دو")
    await core.drained(bale, session)
    assert session.texts == ["دو"]
    assert session.changed == []
    assert await core.copies("state", "reason") == [("sent", None), ("sent", "rendered")]


async def test_what_may_be_there_is_repeated_as_it_was_and_corrected_behind_it(
    core: Core, bale: Portal, hold: Hold
) -> None:
    """A platform that takes our own ids keeps what it got first."""
    session = core.session("bale", **ABLE, client_ids=True)
    (event,) = await core.people_say("یک")
    session.will(hold)
    await core.crash(bale, session, hold)
    await edit(core, event, "دو")
    again = core.session("bale", **ABLE, client_ids=True)
    await core.drained(bale, again)
    (_, first), *_ = session.asked
    assert [message for _, message in again.asked] == [first]
    assert again.texts == ["یک"]
    assert [words for *_, words in again.changed] == ["دو"]
    assert await core.copies("state", "reason") == [("sent", None), ("sent", None)]


async def test_of_many_corrections_only_the_last_is_made(core: Core, bale: Portal, session: ToldSession) -> None:
    (event,) = await core.people_say("یک")
    await core.drained(bale, session)
    for body in ("دو", "سه", "چهار"):
        await edit(core, event, body)
    await core.drained(bale, session)
    assert session.changed == [("g1", "bale-1", "چهار")]
    assert await core.copies("reason") == [(None,), ("superseded",), ("superseded",), (None,)]


@pytest.mark.parametrize("edits", [True, False])
async def test_a_copy_that_goes_out_as_a_correction_says_that_we_have_not_heard_yet_ends_as_that(
    core: Core, bale: Portal, edits: bool
) -> None:
    session = core.session("bale", **{**ABLE, "edits": edits})
    (event,) = await core.people_say("یک")
    first, second = edit_of(core, event, "دو"), edit_of(core, event, "سه")
    await core.hub.accept([first])
    await core.drained(bale, session)
    assert session.texts[0] == "سه"  # as the homeserver has it by now
    await core.hub.accept([second])
    await core.drained(bale, session)
    shown = str(session.changed[-1][2] if edits else session.texts[-1])
    assert shown.endswith("سه"), (session.texts, session.changed)
    assert len(session.changed if edits else session.texts) > 1


async def test_nobody_corrects_another_persons_words(core: Core, bale: Portal, session: ToldSession) -> None:
    (event,) = await core.people_say("یک")
    await core.hub.accept([edit_of(core, event, "دروغ", sender="@eve:hs.test")])
    core.homeserver.events[event] = {"content": {"msgtype": "m.text", "body": "یک"}}
    await core.drained(bale, session)
    assert session.texts == ["یک"]
    assert await core.count("copy") == 1


async def test_a_correction_of_what_never_crossed_is_none(core: Core, bale: Portal, session: ToldSession) -> None:
    await core.hub.accept([edit_of(core, "$before", "دیر")])
    assert await core.count("copy") == 0


async def test_more_words_than_before_come_behind_and_belong_to_the_message(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    (event,) = await core.people_say(LONG)
    await core.drained(bale, session)
    await edit(core, event, LONGER)
    await core.drained(bale, session)
    new = [text for _, _, text in session.changed if text is not None]
    assert " ".join([*new, *session.texts[3:]]) == LONGER
    assert [id for _, id, _ in session.changed] == ["bale-1", "bale-2", "bale-3"]
    assert session.done[3][1].reply_to == "bale-1"
    assert await core.ledger.event_of("bale:bot", "g1", "bale-4") == event
    await delete(core, event)
    await core.drained(bale, session)
    assert [id for _, id, text in session.changed if text is None] == ["bale-1", "bale-2", "bale-3", "bale-4"]


async def test_fewer_words_than_before_take_the_rest_back(core: Core, bale: Portal, session: ToldSession) -> None:
    (event,) = await core.people_say(LONG)
    await core.drained(bale, session)
    await edit(core, event, "کوتاه")
    await core.drained(bale, session)
    assert session.changed == [("g1", "bale-1", "کوتاه"), ("g1", "bale-2", None), ("g1", "bale-3", None)]
    session.changed.clear()
    await edit(core, event, "کوتاه‌تر")
    await core.drained(bale, session)
    assert session.changed == [("g1", "bale-1", "کوتاه‌تر")]


@pytest.mark.parametrize("able", [{"edits": False}, {"edits": True}], ids=["never could", "too late"])
async def test_where_a_copy_cannot_be_changed_the_correction_answers_it(
    core: Core, bale: Portal, able: dict[str, Any]
) -> None:
    session = core.session("bale", **able)
    session.will_not_change(Refused("too old"))
    (event,) = await core.people_say("سلآم")
    await core.drained(bale, session)
    await edit(core, event, "سلام")
    await core.drained(bale, session)
    assert session.texts == ["سلآم", "✏️ Corrected:\nسلام"]
    assert [message.reply_to for _, message in session.done] == [None, "bale-1"]
    assert await core.ledger.event_of("bale:bot", "g1", "bale-2") == event
    assert await core.ledger.remote_of(event, "bale:bot", "g1") == "bale-1"


async def test_a_correction_whose_answer_is_lost_is_made_again(core: Core, bale: Portal, session: ToldSession) -> None:
    (event,) = await core.people_say("یک")
    await core.drained(bale, session)
    session.will_not_change(InDoubt("no answer"), Retry("busy", after=3))
    await edit(core, event, "دو")
    await core.drained(bale, session)
    assert session.changed == [("g1", "bale-1", "دو")]
    assert await core.copies("state") == [("sent",), ("sent",)]
    assert await core.count("notice") == 0


async def test_a_correction_that_was_written_out_when_we_died_is_in_doubt_and_told(
    core: Core, bale: Portal, rubika: Portal, hold: Hold
) -> None:
    session = core.session("bale")
    event = await core.reza_says("سلآم", "m1")
    await core.drained(bale, session)
    session.will(hold)
    (placement,) = await core.corrections.edited(
        await core.login("rubika"), MessageEdited(core.heard("سلام", id="m1"), "v1"), bots=lambda _: False
    )
    back = edit_of(core, event, "سلام", sender=core.users.ghost("rubika", "reza"), id="$edit")
    await core.hub.accept([_with_origin(back, placement)])
    await core.crash(bale, session, hold)
    await core.drained(bale, session)
    assert session.texts == ["سلآم"]
    assert await core.copies("state") == [("sent",), ("unknown",)]
    ((text, reply_to),) = await core.notes(rubika)
    assert text.startswith("⚠️ We do not know whether this correction reached")
    assert reply_to == "m1"


async def test_a_message_in_parts_goes_on_as_it_began(
    core: Core, bale: Portal, session: ToldSession, hold: Hold
) -> None:
    """A crash in the middle, and meanwhile a new name and a correction: no word is lost or doubled."""
    core.homeserver.names[("!family", SARA)] = "Sara"
    (event,) = await core.people_say(LONG)
    session.will("p1", hold)
    await core.crash(bale, session, hold)
    core.homeserver.names[("!family", SARA)] = "Sara with a very much longer name"
    core.names.forget("!family", SARA)
    await edit(core, event, "کوتاه")
    await core.drained(bale, session)
    *sent, corrected = session.texts
    assert len(sent) == 2  # the second part was under way: it may be over there
    assert corrected == "✏️ Corrected:\nکوتاه"  # which part is which is not known for sure any more
    assert LONG.startswith(sent[0])
    assert LONG.endswith(sent[1])
    assert all("longer" not in message.text for _, message in session.done[:2])
    missing = LONG[len(sent[0]) : -len(sent[1])].strip()
    assert missing == session.asked[1][1].text.partition("\n")[2]


# --- deletions in the room


async def test_a_deletion_takes_every_part_back(core: Core, bale: Portal, session: ToldSession) -> None:
    (event,) = await core.people_say(LONG)
    await core.drained(bale, session)
    await delete(core, event)
    await core.drained(bale, session)
    assert session.changed == [("g1", f"bale-{n}", None) for n in (1, 2, 3)]
    assert await core.copies("state") == [("sent",), ("sent",)]


async def test_what_was_deleted_after_we_died_over_its_send_is_in_doubt_and_told(
    core: Core, bale: Portal, rubika: Portal, session: ToldSession, hold: Hold
) -> None:
    event = await core.reza_says("پشیمانم", "m1")
    session.will(hold)
    await core.crash(bale, session, hold)
    await delete(core, event)
    await core.drained(bale, session)
    assert await core.copies("state", "reason") == [("unknown", "restart"), ("withheld", "not_there")]
    ((text, reply_to),) = await core.notes(rubika)
    assert text.startswith("⚠️ We do not know whether this message reached")
    assert reply_to == "m1"


async def test_where_it_is_too_late_to_delete_the_words_are_taken_out(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    (event,) = await core.people_say("پشیمانم")
    await core.drained(bale, session)
    session.will_not_change(Refused("too old"))
    await delete(core, event)
    await core.drained(bale, session)
    assert session.changed == [("g1", "bale-1", "🗑 This message was deleted.")]
    assert await core.copies("state") == [("sent",), ("sent",)]


async def test_where_nothing_can_be_taken_back_it_is_said(core: Core, bale: Portal) -> None:
    session = core.session("bale")
    (event,) = await core.people_say("پشیمانم")
    await core.drained(bale, session)
    await delete(core, event)
    await core.drained(bale, session)
    assert session.texts == ["پشیمانم", "🗑 This message was deleted."]
    assert session.done[1][1].reply_to == "bale-1"


async def test_a_deletion_that_the_homeserver_did_not_allow_is_none(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    (event,) = await core.people_say("بماند")
    await core.drained(bale, session)
    await core.hub.accept([core.state("m.room.redaction", {"redacts": event}, sender="@eve:elsewhere")])
    await core.drained(bale, session)
    assert session.changed == []


async def test_a_chat_that_closed_itself_to_us_is_told_like_for_a_message(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    (event,) = await core.people_say("یک")
    await core.drained(bale, session)
    session.will_not_change(NotAllowed("not_a_member"))
    await delete(core, event)
    await core.drained(bale, session)
    assert await core.copies("state", "reason") == [("sent", None), ("refused", "not_a_member")]
    (portal,) = [each for each in await core.portals.in_room("!family") if each.id == bale.id]
    assert portal.trouble == "not_a_member"
    texts = []
    while (notice := await core.notices.next(ROOMS, "!family")) is not None:
        texts.append(notice.text)
        assert notice.reply_to is None
        await core.notices.done(notice.id)
    assert [text[:25] for text in texts] == ["⚠️ We can no longer write", "⚠️ A message that you del"]


@pytest.mark.parametrize("redacts", [None, 7, "$nobody", "\0", {}], ids=str)
async def test_a_deletion_of_nothing_is_nothing(core: Core, bale: Portal, redacts: object) -> None:
    await core.hub.accept([core.state("m.room.redaction", {"redacts": redacts})])
    assert await core.count("copy") == 0
    assert await core.count("poison") == 0


def _with_origin(event: RoomEvent, placement: Placement) -> RoomEvent:
    """An event as our ghost sent it."""
    return replace(event, content={**event.content, ORIGIN: origin_content(placement.origin)})
