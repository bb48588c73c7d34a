"""What people think of a message: a reaction crosses as one where a chat has them, else a message says who reacted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.abilities import Capabilities
from bridge.core.contents import ORIGIN, origin_content
from bridge.core.identity import FSI, MARK, PDI
from bridge.core.reactions import Reaction, is_emoji, most_chosen, read_reactions, worded_reactions
from bridge.core.render import measure
from bridge.errors import NotAllowed, Refused
from bridge.model import Chat, ChatKind, ReactionsChanged, RoomEvent
from tests.core.fakes import ROOM, SARA, ToldSession
from tests.core.reza import Heard

if TYPE_CHECKING:
    from bridge.store.portals import Portal
    from tests.core.fakes import Hold, Sent
    from tests.core.kit import Core

MINA = "@mina:hs.test"
HEART, THUMB = "❤️", "👍"
ABLE: dict[str, Any] = {"edits": True, "deletes": True}


@pytest.fixture
async def bale(core: Core) -> Portal:
    return await core.portal("bale")


@pytest.fixture
async def rubika(core: Core) -> Portal:
    return await core.portal("rubika")


@pytest.fixture
def session(core: Core) -> ToldSession:
    return core.session("bale", **ABLE)


async def react(core: Core, event: str, key: str, sender: str = SARA) -> str:
    """Somebody in the room reacts. Returns the reaction's event id."""
    content: dict[str, object] = {"m.relates_to": {"rel_type": "m.annotation", "event_id": event, "key": key}}
    made = RoomEvent("$" + core.keys.digest(event, key, sender)[:12], ROOM, "m.reaction", sender, core.clock(), content)
    core.homeserver.annotations[event].append({"event_id": made.id, "sender": sender, "content": content})
    await core.hub.accept([made])
    return made.id


async def take_back(core: Core, event: str, reaction: str, sender: str = SARA) -> None:
    there = core.homeserver.annotations[event]
    there[:] = [each for each in there if each["event_id"] != reaction]  # type: ignore[index]
    await core.hub.accept([core.state("m.room.redaction", {"redacts": reaction}, sender=sender, id=f"{reaction}-gone")])


def lines(text: str) -> list[str]:
    """A message about reactions, without the signs that isolate directions."""
    return text.replace(FSI, "").replace(PDI, "").split("\n")


# --- from the room to a chat that has no reactions


async def test_a_message_below_says_who_reacted(core: Core, bale: Portal, session: ToldSession) -> None:
    core.homeserver.names[(ROOM, MINA)] = "مینا"
    (event,) = await core.people_say("سلام")
    await core.drained(bale, session)
    await react(core, event, HEART, MINA)
    await core.drained(bale, session)
    chat, told = session.done[-1]
    assert (chat, told.reply_to) == ("g1", "bale-1")
    assert lines(told.text) == [f"{HEART} مینا {MARK} ماتریکس"]
    assert await core.copies("state") == [("sent",), ("sent",)]


async def test_more_reactions_change_that_message_and_the_last_one_takes_it_back(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    (event,) = await core.people_say("سلام")
    await core.drained(bale, session)
    first = await react(core, event, HEART)
    await core.drained(bale, session)
    second = await react(core, event, THUMB, MINA)
    await core.drained(bale, session)
    assert len(session.done) == 2
    assert session.changed[-1][:2] == ("g1", "bale-2")
    await take_back(core, event, first)
    await core.drained(bale, session)
    assert session.changed[-1][:2] == ("g1", "bale-2")
    await take_back(core, event, second, MINA)
    await core.drained(bale, session)
    assert session.changed[-1] == ("g1", "bale-2", None)
    await react(core, event, THUMB)
    await core.drained(bale, session)
    assert lines(session.done[-1][1].text) == [f"{THUMB} sara {MARK} ماتریکس"]
    assert len(session.done) == 3


async def test_of_many_reactions_that_wait_one_message_tells(core: Core, bale: Portal, session: ToldSession) -> None:
    (event,) = await core.people_say("سلام")
    people = [f"@p{n}:hs.test" for n in range(5)]
    for person in people:
        await react(core, event, HEART, person)
    await core.drained(bale, session)
    assert len(session.done) == 2
    assert lines(session.done[1][1].text) == [
        f"{HEART} " + "، ".join(f"p{n} {MARK} ماتریکس" for n in range(5)),
    ]
    assert session.changed == []


async def test_where_nothing_can_be_changed_each_reaction_is_told_once(core: Core, bale: Portal) -> None:
    session = core.session("bale")
    (event,) = await core.people_say("سلام")
    await core.drained(bale, session)
    first = await react(core, event, HEART)
    await react(core, event, THUMB, MINA)
    await core.drained(bale, session)
    await take_back(core, event, first)
    await core.drained(bale, session)
    assert [lines(message.text) for _, message in session.done[1:]] == [
        [f"{HEART} sara {MARK} ماتریکس"],
        [f"{THUMB} mina {MARK} ماتریکس"],
    ]


async def test_a_reaction_to_reza_reaches_his_own_group(core: Core, rubika: Portal) -> None:
    event = await core.reza_says("سلام", "r1")
    session = core.session("rubika", **ABLE)
    await react(core, event, HEART)
    await core.drained(rubika, session)
    assert session.done[-1][1].reply_to == "r1"


async def test_a_reaction_to_what_never_crossed_is_none(core: Core, bale: Portal) -> None:
    await react(core, "$before", HEART)
    assert await core.count("copy") == 0


async def test_a_reaction_to_a_message_that_is_not_there_is_quiet(core: Core, bale: Portal) -> None:
    session = core.session("bale", **ABLE)
    session.will(Refused("flood"))
    (event,) = await core.people_say("سلام")
    await core.drained(bale, session)
    await core.notes_in(ROOM)
    await react(core, event, HEART)
    await core.drained(bale, session)
    assert session.done == []
    assert await core.copies("state", "reason") == [("refused", "flood"), ("withheld", "not_there")]
    assert await core.notes_in(ROOM) == []


async def test_who_reacts_is_told_that_it_did_not_arrive(core: Core, bale: Portal, session: ToldSession) -> None:
    (event,) = await core.people_say("سلام")
    await core.drained(bale, session)
    session.will(Refused("too_long"))
    await react(core, event, HEART)
    await core.drained(bale, session)
    ((text, about),) = await core.notes_in(ROOM)
    assert "Your reaction did not reach" in text
    assert about is None


async def test_what_is_deleted_takes_its_reactions_with_it(core: Core, bale: Portal, session: ToldSession) -> None:
    (event,) = await core.people_say("سلام")
    await core.drained(bale, session)
    await react(core, event, HEART)
    await core.drained(bale, session)
    core.homeserver.events[event] = {"content": {}}
    await core.hub.accept([core.state("m.room.redaction", {"redacts": event}, id="$gone")])
    await core.drained(bale, session)
    assert session.changed == [("g1", "bale-1", None), ("g1", "bale-2", None)]


async def test_a_crash_does_not_tell_of_a_reaction_twice(
    core: Core, bale: Portal, session: ToldSession, hold: Hold
) -> None:
    (event,) = await core.people_say("سلام")
    await core.drained(bale, session)
    await react(core, event, HEART)
    session.will(hold)
    await core.crash(bale, session, hold)
    await core.drained(bale, core.session("bale", **ABLE))
    assert await core.copies("state") == [("sent",), ("unknown",)]


async def test_an_answer_to_the_message_about_reactions_is_one_to_the_message(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    (event,) = await core.people_say("سلام")
    await core.drained(bale, session)
    await react(core, event, HEART)
    await core.drained(bale, session)
    assert await core.ledger.event_of("bale:bot", "g1", "bale-2") == event


# --- from the room to a chat that has reactions


async def test_a_reaction_is_one_where_a_chat_has_them(core: Core, bale: Portal) -> None:
    session = core.session("bale", reacts=True, **ABLE)
    (event,) = await core.people_say("سلام")
    await core.drained(bale, session)
    made = await react(core, event, HEART)
    await core.drained(bale, session)
    await take_back(core, event, made)
    await core.drained(bale, session)
    assert session.reactions == [("g1", "bale-1", HEART), ("g1", "bale-1", "")]
    assert len(session.done) == 1


async def test_a_second_person_is_told_of_in_words_beside_the_first_ones_reaction(core: Core, bale: Portal) -> None:
    session = core.session("bale", reacts=True, **ABLE)
    (event,) = await core.people_say("سلام")
    await react(core, event, HEART)
    await core.drained(bale, session)
    second = await react(core, event, HEART, MINA)
    await core.drained(bale, session)
    assert session.reactions[-1] == ("g1", "bale-1", HEART)
    assert lines(session.done[-1][1].text) == [f"{HEART} sara {MARK} ماتریکس، mina {MARK} ماتریکس"]
    await take_back(core, event, second, MINA)
    await core.drained(bale, session)
    assert session.changed == [("g1", "bale-2", None)]


async def test_a_reaction_that_the_chat_does_not_know_is_told_in_words(core: Core, bale: Portal) -> None:
    session = core.session("bale", reacts=True, **ABLE)
    (event,) = await core.people_say("سلام")
    await core.drained(bale, session)
    session.will_not_change(Refused("unknown"))
    await react(core, event, "🦖")
    await core.drained(bale, session)
    assert session.reactions == []
    assert lines(session.done[-1][1].text) == [f"🦖 sara {MARK} ماتریکس"]


# --- from a chat to the room


@pytest.fixture
async def reza(core: Core, rubika: Portal) -> Heard:
    return Heard(core, core.session("rubika", reacts=True))


def change(*counts: tuple[str, int], version: str, id: str = "r1") -> ReactionsChanged:
    return ReactionsChanged(Chat("g1", ChatKind.GROUP, "گروه"), id, counts, version)


def given_in(core: Core) -> list[tuple[str, str]]:
    """(key, event) of the reactions that were sent to the room and not taken back."""
    gone = {each.content["redacts"] for each in core.homeserver.redacted}
    found = [each for each in core.homeserver.sent if "body" not in each.content and each.id not in gone]
    return [(each.content["m.relates_to"]["key"], each.content["m.relates_to"]["event_id"]) for each in found]


def back(reza: Heard, sent: Sent) -> RoomEvent:
    return reza.back(sent, "m.reaction")


async def test_the_chat_reacts_for_people_whom_nobody_names(core: Core, reza: Heard) -> None:
    event = await core.reza_says("سلام", "r1")
    await reza.hears(("g1/1", change(("❤", 1), version="1")))
    assert given_in(core) == [(HEART, event)]
    assert core.homeserver.sent[-1].sender == core.users.ghost("rubika", "g1")
    await reza.hears(("g1/2", change(("❤", 3), ("👍", 1), version="2")))
    assert given_in(core) == [(f"{HEART} ×3", event), (THUMB, event)]
    await reza.hears(("g1/3", change(("👍", 1), version="3")))
    assert given_in(core) == [(THUMB, event)]
    await reza.hears(("g1/4", change(("👍", 1), ("❤", 1), version="4")))
    assert given_in(core) == [(THUMB, event), (HEART, event)]
    await reza.hears(("g1/5", change(version="5")))
    assert given_in(core) == []


async def test_a_replayed_change_reacts_once(core: Core, reza: Heard) -> None:
    await core.reza_says("سلام", "r1")
    for key in ("g1/1", "g1/again"):
        await reza.hears((key, change(("❤", 2), version="1")))
    assert len(given_in(core)) == 1


async def test_a_reaction_to_a_copy_is_one_to_the_message(core: Core, reza: Heard, rubika: Portal) -> None:
    (event,) = await core.people_say("سلام")
    await core.drained(rubika, reza.session)
    await reza.hears(("g1/1", change(("👍", 1), version="1", id="rubika-1")))
    assert given_in(core) == [(THUMB, event)]


async def test_a_reaction_to_something_unseen_is_nothing(core: Core, reza: Heard) -> None:
    await reza.hears(("g1/1", change(("👍", 1), version="1", id="r9")))
    assert given_in(core) == []


async def test_a_chats_reaction_goes_to_the_others_and_not_back(
    core: Core, reza: Heard, rubika: Portal, bale: Portal, session: ToldSession
) -> None:
    event = await core.reza_says("سلام", "r1")
    await core.drained(bale, session)
    await reza.hears(("g1/1", change(("❤", 2), version="1")))
    sent = core.homeserver.sent[-1]
    core.homeserver.annotations[event].append(
        {"event_id": sent.id, "sender": sent.sender, "content": dict(sent.content)}
    )
    await core.hub.accept([back(reza, sent)])
    await core.hub.accept([back(reza, sent)])
    await core.drained(bale, session)
    assert await core.copies("portal") == [(bale.id,), (bale.id,)]
    assert lines(session.done[-1][1].text) == [f"{HEART} ×2 گروه {MARK} روبیکا"]
    core.homeserver.annotations[event].pop(0)
    await reza.hears(("g1/2", change(version="2")))
    gone = core.homeserver.redacted[-1]
    redaction = RoomEvent(gone.id, ROOM, "m.room.redaction", gone.sender, core.clock(), dict(gone.content))
    await core.hub.accept([redaction])
    await core.drained(bale, session)
    assert session.changed[-1] == ("g1", "bale-2", None)


async def test_a_reaction_that_the_room_refuses_is_given_up_quietly(core: Core, reza: Heard) -> None:
    await core.reza_says("سلام", "r1")
    core.homeserver.fails("send", Refused("M_DUPLICATE_ANNOTATION"))
    await reza.hears(("g1/1", change(("❤", 1), version="1")))
    assert given_in(core) == []
    assert await core.messages("kind", "state") == [("message", "accepted"), ("reaction", "refused")]
    assert core.told == []


async def test_a_forged_origin_makes_nobody_elses_reaction_ours(core: Core, bale: Portal, rubika: Portal) -> None:
    event = await core.reza_says("سلام", "r1")
    await core.hub.accept([])
    content: dict[str, Any] = {"m.relates_to": {"rel_type": "m.annotation", "event_id": event, "key": THUMB}}
    (known,) = await core.receive("rubika", core.heard("سلام", id="r2"))
    content[ORIGIN] = origin_content(known.origin)
    await core.hub.accept([RoomEvent("$forged", ROOM, "m.reaction", SARA, core.clock(), content)])
    waiting = [
        portal
        for portal, kind in await core.store.fetch(
            "SELECT c.portal, m.kind FROM copy c JOIN message m ON m.id = c.message"
        )
        if kind == "reaction"
    ]
    assert sorted(waiting) == sorted([bale.id, rubika.id])


async def test_nothing_that_people_chose_stands_in_the_database(core: Core, reza: Heard) -> None:
    await core.reza_says("سلام", "r1")
    await reza.hears(("g1/1", change(("❤", 1), version="1")))
    rows = await core.store.fetch("SELECT * FROM message")
    assert HEART[0] not in "".join(str(tuple(row)) for row in rows)


async def test_a_chat_that_is_closed_to_us_is_told_of_as_ever(core: Core, bale: Portal, session: ToldSession) -> None:
    (event,) = await core.people_say("سلام")
    await core.drained(bale, session)
    session.will(NotAllowed("not_a_member"))
    await react(core, event, HEART)
    await core.drained(bale, session)
    assert [text[:25] for text, _ in await core.notes_in(ROOM)] == [
        "⚠️ We can no longer write",
        "⚠️ Your reaction did not r"[:25],
    ]


# --- any input

keys = st.one_of(
    st.sampled_from([HEART, THUMB, "❤", "🏳️‍🌈", "👩‍👩‍👧‍👧", "1️⃣", "🇮🇷", "mxc://hs.test/abc"]),
    st.text(max_size=30),
)


@given(
    st.lists(
        st.one_of(
            st.none(),
            st.fixed_dictionaries(
                {
                    "event_id": st.one_of(st.none(), st.text(max_size=20)),
                    "sender": st.one_of(st.none(), st.sampled_from([SARA, MINA])),
                    "content": st.one_of(
                        st.none(), st.fixed_dictionaries({"m.relates_to": st.fixed_dictionaries({"key": keys})})
                    ),
                }
            ),
        ),
        max_size=4,
    )
)
def test_no_key_reads_as_somebodys_name_or_breaks_the_line(events: Sequence[object]) -> None:
    for each in read_reactions(events):
        assert each.key.strip()
        assert MARK not in each.key
        assert "\n" not in each.key
        assert len(each.key) <= 1000


names = st.text(min_size=1, max_size=60)


@given(
    st.lists(st.tuples(keys.filter(bool), names, names), min_size=1, max_size=60),
    st.integers(200, 5000),
    st.sampled_from(["utf16", "codepoints", "bytes"]),
)
def test_who_reacted_fits_into_one_message_and_is_never_empty(
    reactions: list[tuple[str, str, str]], limit: int, unit: Any
) -> None:
    able = Capabilities(text_limit=limit, text_unit=unit)
    read = read_reactions(
        {"event_id": "$1", "sender": f"@{n}:x", "content": {"m.relates_to": {"key": key}}}
        for n, (key, _, _) in enumerate(reactions)
    )
    text = worded_reactions(
        [(each.key, name, title) for each, (_, name, title) in zip(read, reactions, strict=True)], able
    )
    assert text.strip()
    assert measure(text, unit) <= limit
    assert text.count(FSI) == text.count(PDI)


def test_what_most_people_chose_is_shown_and_of_equals_the_first() -> None:
    made = [Reaction(f"${n}", f"@{n}:x", key) for n, key in enumerate(["hm", "hm", THUMB, HEART, HEART, THUMB])]
    assert most_chosen(made) == THUMB
    assert most_chosen(made[:2]) == ""


@pytest.mark.parametrize("key", [HEART, "❤", THUMB, "👍🏽", "🏳️‍🌈", "1️⃣", "🇮🇷"])
def test_emoji_are_known(key: str) -> None:
    assert is_emoji(key)


@pytest.mark.parametrize("key", ["", "1", "hm", "سلام", "❤️ Sara · Bale", "mxc://x/y", "\u200d"])
def test_words_are_no_emoji(key: str) -> None:
    assert not is_emoji(key)
