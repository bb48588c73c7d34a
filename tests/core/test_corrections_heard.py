"""A platform says that words read otherwise, that they are gone, who came and who left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridge.errors import NotAllowed
from bridge.model import Chat, ChatKind, MembersMoved, MessageDeleted, MessageEdited, Person
from tests.core.reza import Heard

if TYPE_CHECKING:
    from bridge.store.portals import Portal
    from tests.core.fakes import ToldSession
    from tests.core.kit import Core

GROUP = Chat("g1", ChatKind.GROUP, "گروه")


@pytest.fixture
async def bale(core: Core) -> Portal:
    return await core.portal("bale")


@pytest.fixture
async def rubika(core: Core) -> Portal:
    return await core.portal("rubika")


@pytest.fixture
def session(core: Core) -> ToldSession:
    return core.session("bale", edits=True, deletes=True)


@pytest.fixture
def heard(core: Core) -> Heard:
    return Heard(core, core.session("rubika"))


async def test_a_persons_correction_reaches_the_room_and_the_copies(
    core: Core, bale: Portal, rubika: Portal, session: ToldSession, heard: Heard
) -> None:
    await heard.hears(("g1/1", core.heard("سلآم", id="m1")))
    await core.hub.accept([heard.back(core.homeserver.sent[0])])
    await core.drained(bale, session)
    edited = MessageEdited(core.heard("سلام", id="m1"), "v1", 5_000)
    await heard.hears(("g1/2", edited), ("g1/3", edited))
    message, correction = core.homeserver.sent
    assert correction.sender == message.sender
    assert correction.content["m.new_content"]["body"] == "سلام"
    assert correction.content["m.relates_to"] == {"rel_type": "m.replace", "event_id": message.id}
    await core.hub.accept([heard.back(correction)])
    core.homeserver.events[correction.id] = {"content": correction.content}
    await core.drained(bale, session)
    assert session.changed == [("g1", "bale-1", "سلام")]
    assert await core.messages("kind", "state", "version") == [("message", "accepted", ""), ("edit", "accepted", "v1")]
    assert [copy for copy in await core.copies("portal")] == [(bale.id,), (bale.id,)]  # never back to Rubika


async def test_a_persons_deletion_reaches_the_room_and_the_copies(
    core: Core, bale: Portal, rubika: Portal, session: ToldSession, heard: Heard
) -> None:
    await heard.hears(("g1/1", core.heard("پشیمانم", id="m1")))
    await core.hub.accept([heard.back(core.homeserver.sent[0])])
    await core.drained(bale, session)
    await heard.hears(("g1/2", MessageDeleted(GROUP, ("m1",))), ("g1/3", MessageDeleted(GROUP, ("m1",))))
    (gone,) = core.homeserver.redacted
    assert gone.sender == core.homeserver.sent[0].sender
    assert gone.content["redacts"] == core.homeserver.sent[0].id
    await core.hub.accept([heard.back(gone, "m.room.redaction")])
    await core.drained(bale, session)
    assert session.changed == [("g1", "bale-1", None)]
    assert await core.messages("kind", "state") == [("message", "accepted"), ("delete", "accepted")]


async def test_a_steward_deletes_where_the_ghost_is_gone(
    core: Core, bale: Portal, rubika: Portal, heard: Heard
) -> None:
    await heard.hears(("g1/1", core.heard("یک", id="m1")))
    core.homeserver.fails("redact", NotAllowed("M_FORBIDDEN"))
    await heard.hears(("g1/2", MessageDeleted(GROUP, ("m1",))))
    (gone,) = core.homeserver.redacted
    assert gone.sender == core.users.steward("rubika", rubika.room)
    assert core.hub.read_origin(heard.back(gone, "m.room.redaction")) is not None


async def test_a_correction_that_overtakes_its_message_is_the_message(
    core: Core, bale: Portal, rubika: Portal, heard: Heard
) -> None:
    await heard.hears(("g1/1", MessageEdited(core.heard("درست", id="m1"), "v1")))
    await heard.hears(("g1/2", core.heard("نادرست", id="m1")))
    assert [sent.content["body"] for sent in core.homeserver.sent] == ["درست"]


async def test_a_correction_of_words_from_before_the_link_says_nothing(
    core: Core, rubika: Portal, heard: Heard
) -> None:
    await core.store.execute("UPDATE portal SET made_at = $1 WHERE id = $2", core.clock(), rubika.id)
    core.portals = type(core.portals)(core.store)
    core.corrections._portals = core.portals
    old = core.heard("کهنه", id="m0", at=core.clock() - 1)
    await heard.hears(("g1/1", MessageEdited(old, "v1")))
    assert core.homeserver.sent == []


async def test_a_deletion_that_overtakes_its_message_keeps_it_from_crossing(
    core: Core, bale: Portal, rubika: Portal, heard: Heard
) -> None:
    await heard.hears(("g1/1", MessageDeleted(GROUP, ("m1",))), ("g1/2", core.heard("یک", id="m1")))
    assert core.homeserver.sent == []


async def test_where_the_chat_of_a_deletion_is_only_guessed_nothing_else_is_kept_from_crossing(
    core: Core, rubika: Portal, heard: Heard
) -> None:
    await heard.hears(("g1/1", MessageDeleted(GROUP, ("m1",), maybe=True)), ("g1/2", core.heard("یک", id="m1")))
    assert len(core.homeserver.sent) == 1


async def test_a_moderator_who_deletes_our_copy_deletes_it_in_their_own_chat_only(
    core: Core, bale: Portal, rubika: Portal, session: ToldSession
) -> None:
    await core.people_say("یک")
    await core.drained(bale, session)
    assert await core.corrections.deleted(await core.login("bale"), MessageDeleted(GROUP, ("bale-1",))) == []
    assert await core.count("message") == 1


async def test_our_own_corrections_are_not_heard(core: Core, rubika: Portal) -> None:
    ours = MessageEdited(core.heard("یک", id="m1", sender=Person("bot")), "v1")
    assert await core.corrections.edited(await core.login("rubika"), ours, bots=lambda _: True) == []


async def test_the_words_of_a_bot_that_does_not_cross_are_not_corrected(core: Core, rubika: Portal) -> None:
    robot = Person("robot", "Robot", is_bot=True)
    assert await core.receive("rubika", core.heard("یک", id="m1", sender=robot)) == []
    edited = MessageEdited(core.heard("دو", id="m1", sender=robot), "v1")
    assert await core.corrections.edited(await core.login("rubika"), edited, bots=lambda _: False) == []
    other = MessageEdited(core.heard("دو", id="m2", sender=robot), "v1")
    assert await core.corrections.edited(await core.login("rubika"), other, bots=lambda _: False) == []


# --- people and marks


async def test_who_joins_is_in_the_room_and_who_leaves_is_not(core: Core, rubika: Portal, heard: Heard) -> None:
    mina = Person("mina", "Mina")
    await heard.hears(("g1/1", MembersMoved(GROUP, (mina,), present=True)))
    ghost = core.users.ghost("rubika", "mina")
    assert [call[2] for call in core.homeserver.called("join")] == [ghost]
    await heard.hears(("g1/2", MembersMoved(GROUP, (mina, Person("never")), present=False)))
    assert [call[2] for call in core.homeserver.called("leave")] == [ghost]
    await heard.hears(("g1/3", core.heard("برگشتم", id="m1", sender=mina)))
    assert [call[2] for call in core.homeserver.called("join")] == [ghost, ghost]


async def test_a_crowd_a_bot_and_a_copied_person_are_not_brought_in(core: Core, rubika: Portal, heard: Heard) -> None:
    crowd = tuple(Person(f"p{n}") for n in range(11))
    others = (Person("robot", is_bot=True), Person("copy", virtual=True))
    await heard.hears(
        ("g1/1", MembersMoved(GROUP, crowd, present=True)), ("g1/2", MembersMoved(GROUP, others, present=True))
    )
    assert core.homeserver.called("join") == []


async def test_what_is_in_the_room_is_marked_as_read(core: Core, rubika: Portal) -> None:
    heard = Heard(core, core.session("rubika", reads=True))
    await heard.hears(("g1/1", core.heard("یک", id="m1")), ("g1/2", core.heard("دو", id="m2")))
    assert heard.session.seen == [("g1", "m2")]


async def test_what_did_not_come_across_is_not_marked_as_read(core: Core, rubika: Portal) -> None:
    heard = Heard(core, core.session("rubika", reads=True))
    robot = Person("robot", "Robot", is_bot=True)
    await heard.hears(("g1/1", core.heard("یک", id="m1", sender=robot)), ("g9/1", core.heard("دو", id="m2", chat="g9")))
    assert heard.session.seen == []


async def test_a_deletion_in_a_chat_that_is_not_linked_leaves_no_trace(core: Core, rubika: Portal) -> None:
    other = Chat("g9", ChatKind.GROUP)
    assert await core.corrections.deleted(await core.login("rubika"), MessageDeleted(other, ("m1", "m2"))) == []
    assert await core.count("message") == 0
