"""Forwards, places, contacts and polls: from a platform into the room, and from the room into a chat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.things import place_content, place_of, words_of
from bridge.errors import InDoubt, Refused, Retry
from bridge.model import Contact, Content, Location, Media, MessageEdited, MessageSaid, Poll, RoomEvent, Text
from tests.core.filing import PNG
from tests.core.made import picture
from tests.core.reza import Heard

if TYPE_CHECKING:
    from bridge.store.portals import Portal
    from tests.core.fakes import Hold
    from tests.core.kit import Core

AZADI = Location(35.6997, 51.3381, "برج آزادی")
LINK = "https://www.openstreetmap.org/?mlat=35.6997&mlon=51.3381&zoom=16"
EN = ("en",)


@pytest.fixture
async def bale(core: Core) -> Portal:
    return await core.portal("bale")


@pytest.fixture
async def rubika(core: Core) -> Portal:
    return await core.portal("rubika")


@pytest.fixture
def heard(core: Core) -> Heard:
    return Heard(core, core.session("rubika"))


def said(core: Core, content: Content, forwarded: str | None = None, id: str = "m1") -> MessageSaid:
    frame = core.heard("", id=id)
    return MessageSaid(frame.chat, id, frame.sender, content, forwarded=forwarded)


async def shows(core: Core, heard: Heard, content: Content, forwarded: str | None = None) -> dict[str, Any]:
    """The content of the event that something of Reza's becomes."""
    heard.session.stored["f"] = PNG
    number = len(core.homeserver.sent)
    await heard.hears((f"g1/{number}", said(core, content, forwarded, f"m{number}")))
    assert len(core.homeserver.sent) == number + 1
    return dict(core.homeserver.sent[-1].content)


# --- from a platform


async def test_a_place_is_one_in_the_room_and_reads_well_without_a_map(
    core: Core, rubika: Portal, heard: Heard
) -> None:
    content = await shows(core, heard, AZADI)
    assert content["msgtype"] == "m.location"
    assert content["geo_uri"] == "geo:35.6997,51.3381"
    assert content["body"] == f"[location] \u2068برج آزادی\u2069\n35.6997, 51.3381\n{LINK}"
    assert place_of(content) == AZADI


async def test_a_contact_and_a_poll_are_words_in_the_room(core: Core, rubika: Portal, heard: Heard) -> None:
    content = await shows(core, heard, Contact("علی", "989120000000"))
    assert (content["msgtype"], content["body"]) == ("m.text", "👤 \u2068علی\u2069 \u2068+989120000000\u2069")
    content = await shows(core, heard, Poll("؟", ("a", "b")))
    assert (content["msgtype"], content["body"].splitlines()[0]) == ("m.text", "[poll] ؟")


async def test_a_forward_says_so_in_every_kind(core: Core, rubika: Portal, heard: Heard) -> None:
    head = "↪ forwarded from \u2068Mina\u2069"
    for content in (Text("سلام"), AZADI, Contact("علی", "110"), Poll("؟", ("a",))):
        assert (await shows(core, heard, content, "Mina"))["body"].startswith(f"{head}\n")
    photo = await shows(core, heard, Media("photo", "f", caption="باغ"), "Mina")
    assert (photo["msgtype"], photo["body"]) == ("m.image", f"{head}\nباغ")


async def test_a_forwarded_file_without_a_caption_has_the_author_below_it(
    core: Core, rubika: Portal, heard: Heard
) -> None:
    content = await shows(core, heard, Media("photo", "f", name="a.png"), "")
    assert (content["body"], content["filename"]) == ("↪ forwarded", "a.png")


async def test_a_forwarded_sticker_is_a_picture_since_a_sticker_has_no_room_for_words(
    core: Core, rubika: Portal, heard: Heard
) -> None:
    heard.session.stored["s"] = picture("webp")
    content = await shows(core, heard, Media("sticker", "s", mime="image/webp"), "Mina")
    assert (content["msgtype"], content["body"]) == ("m.image", "↪ forwarded from \u2068Mina\u2069")


async def test_a_correction_keeps_the_author(core: Core, rubika: Portal, heard: Heard) -> None:
    await shows(core, heard, Text("سلم"), "Mina")
    await heard.hears(("g1/2", MessageEdited(said(core, Text("سلام"), "Mina", "m0"), "v1")))
    new = core.homeserver.sent[-1].content["m.new_content"]
    assert new["body"] == "↪ forwarded from \u2068Mina\u2069\nسلام"


async def test_a_forwarded_command_is_no_command(core: Core, rubika: Portal, heard: Heard) -> None:
    obeyed: list[Any] = []

    async def special(_arrivals: Any, event: Any) -> bool:
        obeyed.append(event)
        return True

    login = await core.login("rubika")
    await core.take(login, heard.session, ("g1/1", said(core, Text("/unlink"), "Mina")))
    async with core.running() as lanes:
        core.arrivals(login, heard.session, lanes, special).wake("g1")
    assert obeyed == []
    assert core.homeserver.sent[-1].content["body"].endswith("\n/unlink")


# --- from the room


async def hears(core: Core, portal: Portal, content: dict[str, Any], type: str = "m.room.message") -> list[str]:
    """What a chat gets of an event of Sara's."""
    event = RoomEvent("$thing", "!family", type, "@sara:hs.test", core.clock(), content)
    core.homeserver.events[event.id] = {"content": content}
    await core.hub.accept([event])
    session = core.session(portal.platform)
    await core.drained(portal, session)
    return session.texts


PLACE = {
    "msgtype": "m.location",
    "body": "Location geo:35.6997,51.3381;u=35 at 2026-03-21T09:00",
    "geo_uri": "geo:35.6997,51.3381;u=35",
    "org.matrix.msc3488.location": {"uri": "geo:35.6997,51.3381;u=35", "description": "برج آزادی"},
}
QUESTION = {
    "question": {"org.matrix.msc1767.text": "کجا؟", "body": "کجا؟", "msgtype": "m.text"},
    "kind": "org.matrix.msc3381.poll.disclosed",
    "max_selections": 1,
    "answers": [{"id": "1", "org.matrix.msc1767.text": "دریا"}, {"id": "2", "org.matrix.msc1767.text": "کوه"}],
}
STABLE = {
    "kind": "m.disclosed",
    "max_selections": 2,
    "question": {"m.text": [{"body": "<b>کجا؟</b>", "mimetype": "text/html"}, {"body": "کجا؟"}]},
    "answers": [{"m.id": "1", "m.text": [{"body": "دریا"}]}, {"m.id": "2", "m.text": [{"body": "کوه"}]}],
}


async def test_a_place_that_was_shared_in_the_room_is_said_with_a_map(core: Core, bale: Portal) -> None:
    assert await hears(core, bale, PLACE) == [f"[location] \u2068برج آزادی\u2069\n35.6997, 51.3381\n{LINK}"]


async def test_a_place_of_ours_is_said_once(core: Core, bale: Portal) -> None:
    words = Text(f"↪ forwarded from \u2068Mina\u2069\n[location]\n35.6997, 51.3381\n{LINK}")
    assert await hears(core, bale, place_content(AZADI, words)) == [words.body]


async def test_a_poll_of_the_room_is_said_with_its_options(core: Core, bale: Portal) -> None:
    content = {"org.matrix.msc3381.poll.start": QUESTION, "org.matrix.msc1767.text": "کجا؟\n1. دریا\n2. کوه"}
    (said,) = await hears(core, bale, content, "org.matrix.msc3381.poll.start")
    assert said.splitlines()[:3] == ["[poll] کجا؟", "1. \u2068دریا\u2069", "2. \u2068کوه\u2069"]
    assert said.endswith("One can vote only in the app in which the poll was made.")


async def test_a_poll_as_the_specification_has_it_is_the_same(core: Core, bale: Portal) -> None:
    (said,) = await hears(core, bale, {"m.poll": STABLE}, "m.poll.start")
    assert said.splitlines()[:4] == [
        "[poll] کجا؟",
        "1. \u2068دریا\u2069",
        "2. \u2068کوه\u2069",
        "More than one option can be chosen.",
    ]


async def test_a_poll_that_cannot_be_read_is_said_by_its_fallback(core: Core, bale: Portal) -> None:
    content = {"m.poll": {"answers": 7}, "m.text": [{"body": "کجا؟\n1. دریا"}]}
    assert await hears(core, bale, content, "m.poll.start") == ["کجا؟\n1. دریا"]


@pytest.mark.parametrize("type", ["m.poll.response", "m.poll.end", "org.matrix.msc3381.poll.response"])
async def test_votes_stay_in_the_room(core: Core, bale: Portal, type: str) -> None:
    assert await hears(core, bale, {"body": "1", "m.relates_to": {"event_id": "$poll"}}, type) == []
    assert await core.count("copy") == 0


@pytest.mark.parametrize(
    "uri",
    ["geo:91,0", "geo:0,181", "geo:۳۵,۵۱", "geo:1", "35,51", "geo:nan,0", "geo:1e5,0", "geo:1,2" + "0" * 300, 7, None],
    ids=str,
)
def test_what_is_no_place_on_earth_is_said_as_its_words(uri: object) -> None:
    content = {"msgtype": "m.location", "body": "اینجا", "geo_uri": uri}
    assert place_of(content) is None
    assert words_of(content, EN) == Text("اینجا")


VALUES = st.none() | st.integers() | st.text() | st.lists(st.none() | st.text() | st.dictionaries(st.text(), st.text()))
KEYS = st.sampled_from(
    ["m.poll", "question", "answers", "m.text", "max_selections", "geo_uri", "msgtype", "uri", "m.location", "body"]
)
CONTENTS = st.recursive(
    st.dictionaries(KEYS, VALUES), lambda inner: st.dictionaries(KEYS, inner | VALUES), max_leaves=8
)


@given(CONTENTS)
def test_any_content_is_read_without_an_error(content: dict[str, Any]) -> None:
    words_of(content, EN)
    place_of({"msgtype": "m.location", **content})


# --- on a map


async def shares(core: Core, **more: Any) -> str:
    """Sara shares a place in the room."""
    event = core.said(**(PLACE | more))
    core.homeserver.events[event.id] = {"content": event.content}
    await core.hub.accept([event])
    return event.id


async def test_a_place_is_pinned_behind_the_words_that_say_whose_it_is(core: Core, bale: Portal) -> None:
    core.homeserver.names[("!family", "@sara:hs.test")] = "Sara"
    session = core.session("bale", places=True)
    event = await shares(core)
    await core.drained(bale, session)
    assert session.pins == [("g1", AZADI)]
    assert "Sara" in session.done[0][1].text
    assert [message.text for _, message in session.done[1:]] == [""]
    assert await core.copies("state", "parts") == [("sent", 2)]
    assert await core.ledger.remote_of(event, "bale:bot", "g1") == "bale-1"
    assert await core.ledger.event_of("bale:bot", "g1", "bale-2") == event


async def test_a_pin_that_is_refused_is_not_missed_since_the_words_are_there(core: Core, bale: Portal) -> None:
    session = core.session("bale", places=True)
    session.will_not_change(Refused("no maps today"))
    await shares(core)
    await core.drained(bale, session)
    assert len(session.done) == 1
    assert await core.copies("state") == [("sent",)]
    assert await core.notes(bale) == []


async def test_a_pin_waits_for_a_chat_that_is_away_and_the_words_are_not_said_again(core: Core, bale: Portal) -> None:
    session = core.session("bale", places=True)
    session.will_not_change(Retry("away"), Retry("away"))
    await shares(core)
    await core.drained(bale, session)
    assert (len(session.done), len(session.pins)) == (2, 1)
    assert await core.copies("state") == [("sent",)]


async def test_a_crash_before_the_pin_doubles_nothing(core: Core, bale: Portal, hold: Hold) -> None:
    session = core.session("bale", places=True)
    await shares(core)
    session.will("words", hold)
    await core.crash(bale, session, hold)
    await core.drained(bale, session)
    assert len(session.done) == 1
    assert len(session.pins) == 1
    assert await core.copies("state") == [("unknown",)]


async def test_a_pin_whose_answer_was_lost_is_in_doubt(core: Core, bale: Portal) -> None:
    session = core.session("bale", places=True)
    session.will_not_change(InDoubt("no answer"))
    await shares(core)
    await core.drained(bale, session)
    assert len(session.done) == 1
    assert await core.copies("state") == [("unknown",)]


async def test_a_deleted_place_takes_its_pin_with_it(core: Core, bale: Portal) -> None:
    session = core.session("bale", places=True, deletes=True)
    event = await shares(core)
    await core.drained(bale, session)
    core.homeserver.events[event] = {"content": {}}
    gone = RoomEvent("$gone", "!family", "m.room.redaction", "@sara:hs.test", core.clock(), {"redacts": event})
    await core.hub.accept([gone])
    await core.drained(bale, session)
    assert session.changed == [("g1", "bale-1", None), ("g1", "bale-2", None)]


async def test_a_place_with_many_words_is_pinned_once_behind_the_last_of_them(core: Core, bale: Portal) -> None:
    session = core.session("bale", places=True, text_limit=200)
    words = " ".join(f"word{n:03}" for n in range(60))
    await shares(core, body=words, **{"org.matrix.msc3488.location": {}})
    await core.drained(bale, session)
    assert len(session.pins) == 1
    assert session.done[-1][1].text == ""
    assert len(session.done) > 3
