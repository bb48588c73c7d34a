"""Every way × forwards, places, contacts, polls and albums: our connector against that platform's simulator, over real
HTTP. Which of them people can send is the simulator's word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridge.errors import InDoubt, Refused, Retry
from bridge.model import (
    Contact,
    Content,
    Location,
    Media,
    MessageEdited,
    MessageSaid,
    Poll,
    ServiceLine,
    Text,
    Unpinned,
    Unsupported,
)
from bridge.outgoing import Outgoing
from bridge.platforms import PLATFORMS
from bridge.sandbox.simulators import make_simulator
from bridge.texts.words import KINDS
from tests.platforms.contract import ABLE, BOTS, EVERY, HEARING, Bench, hearing, open_session

if TYPE_CHECKING:
    from tests.platforms.conftest import Remote

KNOWN = {name: make_simulator(name.partition(" ")[0], {}).kinds for name in HEARING}
AZADI = {"latitude": 35.6997, "longitude": 51.3381}
QUESTION = {"question": "کجا برویم؟", "options": ["دریا", "کوه سبز"]}
NAMED = ("person", "channel")
TELL_UNPINNED = {"bale": False, "soroush": False, "rubika": False, "eitaa account": True}
"""What the platforms' pages say that we are told."""


def who_say(kind: str) -> pytest.MarkDecorator:
    """The ways by which people can say a kind."""
    return pytest.mark.parametrize("bench", [name for name in HEARING if kind in KNOWN[name]], indirect=True)


async def heard(bench: Bench) -> Content:
    (said,) = await bench.said()
    return said.content


@who_say("location")
async def test_a_place_is_heard_where_it_is(bench: Bench) -> None:
    await bench.hand.say(bench.group, bench.sara, "", kind="location", thing=AZADI)
    assert await heard(bench) == Location(35.6997, 51.3381)


@who_say("location")
@pytest.mark.parametrize("where", [(-90, 180), (0, 0), (12.000001, -0.5)], ids=str)
async def test_a_place_may_be_anywhere(bench: Bench, where: tuple[float, float]) -> None:
    thing = {"latitude": where[0], "longitude": where[1]}
    await bench.hand.say(bench.group, bench.sara, "", kind="location", thing=thing)
    assert await heard(bench) == Location(*where)


@who_say("live_location")
async def test_a_place_that_moves_is_told_once_as_it_is_then(bench: Bench) -> None:
    said = await bench.hand.say(bench.group, bench.sara, "", kind="live_location", thing=AZADI)
    await bench.hand.edit(bench.group, said.message_id, "")
    events, _, _ = await bench.events()
    assert [event.content for event in events if isinstance(event, MessageSaid)] == [Location(35.6997, 51.3381)]
    assert not [event for event in events if isinstance(event, MessageEdited)]


@who_say("contact")
async def test_a_contact_is_heard_by_name_and_number(bench: Bench) -> None:
    thing = {"name": "علی رضایی", "phone": "989121234567"}
    await bench.hand.say(bench.group, bench.sara, "", kind="contact", thing=thing)
    assert await heard(bench) == Contact("علی رضایی", "989121234567")


@who_say("poll")
@pytest.mark.parametrize("closed", [False, True], ids=["open", "closed"])
async def test_a_poll_is_heard_with_its_options(bench: Bench, closed: bool) -> None:
    await bench.hand.say(bench.group, bench.sara, "", kind="poll", thing=QUESTION | {"closed": closed})
    assert await heard(bench) == Poll("کجا برویم؟", ("دریا", "کوه سبز"), closed=closed)


@hearing
@pytest.mark.parametrize("kind", ["person", "channel", "hidden"])
async def test_a_forward_is_one_and_names_its_author_as_far_as_the_app_does(bench: Bench, kind: str) -> None:
    await bench.hand.say(bench.group, bench.sara, "سلام", author=(kind, "مینا"))
    (said,) = await bench.said()
    assert said.content == Text("سلام")
    assert said.sender is not None
    assert said.sender.id == bench.sara
    assert said.forwarded in ("مینا", "")
    # Rubika names only whom no link leads to, Bale only whom one does; the others name everybody.
    nameless = {"rubika": NAMED, "bale": ("hidden",)}.get(bench.name, ())
    assert (said.forwarded == "") == (kind in nameless)


@hearing
async def test_what_is_said_first_hand_is_no_forward(bench: Bench) -> None:
    await bench.hand.say(bench.group, bench.sara, "سلام")
    (said,) = await bench.said()
    assert said.forwarded is None


@hearing
async def test_a_corrected_forward_is_still_one(bench: Bench) -> None:
    author = ("hidden" if bench.name == "rubika" else "person", "مینا")
    said = await bench.hand.say(bench.group, bench.sara, "سلم", author=author)
    await bench.hand.edit(bench.group, said.message_id, "سلام")
    edits = [event for event in (await bench.events())[0] if isinstance(event, MessageEdited)]
    assert [(edit.said.content, edit.said.forwarded) for edit in edits] == [(Text("سلام"), "مینا")]


@hearing
async def test_forwarded_things_keep_what_they_are(bench: Bench) -> None:
    kinds = sorted(KNOWN[bench.name] & {"photo", "location", "contact", "poll"})
    for kind in kinds:
        await bench.hand.say(bench.group, bench.sara, "", kind=kind, author=("channel", "اخبار"))
    said = await bench.said()
    assert [each.forwarded is not None for each in said] == [True] * len(kinds)
    assert not [each for each in said if isinstance(each.content, Text)]


@hearing
async def test_nothing_that_people_can_send_is_passed_over(bench: Bench) -> None:
    """Everything is shown, or named by a word that people understand."""
    kinds = sorted(KNOWN[bench.name])
    for kind in kinds:
        await bench.hand.say(
            bench.group, bench.sara, "سلام" if kind in ("text", "forward", "forward_no_link") else "", kind=kind
        )
    said = await bench.said()
    assert len(said) == len(kinds)
    for each in said:
        assert not isinstance(each.content, Text) or each.content.body
        assert not isinstance(each.content, Unsupported) or each.content.kind in KINDS.keys() - {"unknown"}


telling = pytest.mark.parametrize(
    "bench", [name for name in HEARING if {"pin", "title"} <= ABLE[name].tells], indirect=True
)


@telling
async def test_a_new_title_is_told_of_by_whoever_gave_it(bench: Bench) -> None:
    await bench.hand.title(bench.group, bench.sara, "خانوادهٔ ما")
    (said,) = await bench.said()
    assert said.content == ServiceLine("title", "خانوادهٔ ما")
    assert (said.chat.id, said.chat.title) == (bench.chat, "خانوادهٔ ما")
    assert said.sender is not None
    assert said.sender.id == bench.sara


@telling
async def test_a_pinned_message_is_answered_by_the_news_of_it(bench: Bench) -> None:
    sent = await bench.session.send(bench.chat, Outgoing("فردا ساعت پنج", client_id="1/1"))
    await bench.hand.pin(bench.group, sent, bench.sara)
    (news,) = [said for said in await bench.said() if said.id != sent]
    assert (news.content, news.reply_to) == (ServiceLine("pin"), sent)
    assert await bench.hand.transcript(bench.group, 1) == []


pinning = pytest.mark.parametrize("bench", [name for name in EVERY if ABLE[name].pins], indirect=True)


@pinning
async def test_what_we_pin_is_pinned_until_we_take_it_down(bench: Bench) -> None:
    """Both may be repeated; the line that the app writes about it is our own."""
    await bench.hand.members(bench.group, bench.bot, "admin")
    said = await bench.hand.say(bench.group, bench.sara, "ساعت هشت")
    sent = await bench.session.send(bench.chat, Outgoing("فردا", client_id="1/1"))
    for id in (said.message_id, sent):
        for pinned in (True, True, False, False, True):
            await bench.session.pin(bench.chat, id, pinned=pinned)
    assert {row.message_id: row.pinned for row in await bench.hand.transcript(bench.group)} == {
        said.message_id: True,
        sent: True,
    }
    own = await bench.session.whoami()
    lines = [each for each in await bench.said() if isinstance(each.content, ServiceLine)]
    assert lines
    assert all(each.sender is not None and each.sender.id == own.id for each in lines)


@pinning
async def test_without_the_right_to_pin_or_for_what_is_gone_it_is_refused(bench: Bench) -> None:
    await bench.hand.members(bench.group, bench.bot, "member")
    said = await bench.hand.say(bench.group, bench.sara, "ساعت هشت")
    for pinned in (True, False):
        with pytest.raises(Refused):
            await bench.session.pin(bench.chat, said.message_id, pinned=pinned)
    await bench.hand.members(bench.group, bench.bot, "admin")
    for id in ("99999", "none"):
        with pytest.raises(Refused):
            await bench.session.pin(bench.chat, id, pinned=True)


@hearing
async def test_what_people_take_down_is_told_of_where_the_platform_tells_it(bench: Bench) -> None:
    sent = await bench.session.send(bench.chat, Outgoing("فردا", client_id="1/1"))
    await bench.hand.pin(bench.group, sent, bench.sara)
    await bench.hand.unpin(bench.group, sent, bench.sara)
    told = [event.ids for event in (await bench.events())[0] if isinstance(event, Unpinned)]
    assert told == ([(sent,)] if TELL_UNPINNED[bench.name] else [])


@hearing
async def test_a_platform_that_does_not_tell_of_titles_and_pins_is_silent_about_them(bench: Bench) -> None:
    sent = await bench.session.send(bench.chat, Outgoing("سلام", client_id="1/1"))
    await bench.hand.pin(bench.group, sent, bench.sara)
    await bench.hand.title(bench.group, bench.sara, "نو")
    kinds = [said.content.kind for said in await bench.said() if isinstance(said.content, ServiceLine)]
    assert kinds == [kind for kind in ("pin", "title") if kind in ABLE[bench.name].tells]


@hearing
async def test_each_photo_of_an_album_comes_by_itself_in_order_and_is_answered_and_corrected_by_itself(
    bench: Bench,
) -> None:
    words = ("یک", "", "سه")
    sent = [await bench.hand.say(bench.group, bench.sara, each, kind="photo", album=77) for each in words]
    await bench.hand.say(bench.group, bench.sara, "آن دومی!", reply_to=sent[1].message_id)
    events, _, cursor = await bench.events()
    await bench.hand.edit(bench.group, sent[1].message_id, "دو")
    *photos, answer = [event for event in events if isinstance(event, MessageSaid)]
    captions = [each.content.caption for each in photos if isinstance(each.content, Media | Unsupported)]
    assert captions == ["یک", "", "سه"]
    assert [each.id for each in photos] == [each.message_id for each in sent]
    assert answer.reply_to == photos[1].id
    ((edit,), _, _) = await bench.events(cursor)
    assert isinstance(edit, MessageEdited)
    assert isinstance(edit.said.content, Media | Unsupported)
    assert (edit.said.id, edit.said.content.caption) == (photos[1].id, "دو")


# --- out

pinning = pytest.mark.parametrize("bench", [name for name in EVERY if ABLE[name].places], indirect=True)
PIN = Outgoing("", client_id="9/1")


@pinning
@pytest.mark.parametrize("where", [(35.6997, 51.3381), (-90.0, 180.0), (0.000001, -0.5)], ids=str)
async def test_a_place_is_pinned_where_it_is(bench: Bench, where: tuple[float, float]) -> None:
    sent = await bench.session.send_location(bench.chat, Location(*where), PIN)
    (seen,) = await bench.hand.transcript(bench.group)
    assert (seen.message_id, seen.kind, seen.by) == (sent, "location", "api")
    assert seen.thing is not None
    assert (seen.thing["latitude"], seen.thing["longitude"]) == where


@pinning
async def test_a_pin_can_be_taken_back(bench: Bench) -> None:
    sent = await bench.session.send_location(bench.chat, Location(1.0, 2.0), PIN)
    await bench.session.delete(bench.chat, sent)
    (seen,) = await bench.hand.transcript(bench.group)
    assert seen.deleted


@pinning
async def test_a_pin_where_we_are_not_is_not_allowed(bench: Bench) -> None:
    await bench.hand.members(bench.group, bench.bot, "left")
    with pytest.raises(Refused):
        await bench.session.send_location(bench.chat, Location(1.0, 2.0), PIN)
    assert await bench.hand.transcript(bench.group) == []


@pinning
async def test_a_pin_whose_answer_was_lost_is_in_doubt_or_arrives_once(bench: Bench) -> None:
    await bench.session.send_location(bench.chat, Location(1.0, 2.0), Outgoing("", client_id="9/0"))
    method = (await bench.hand.calls())[-1].method
    await bench.hand.fault("drop_answer", method=method)
    with pytest.raises((InDoubt, Retry)) as caught:
        await bench.session.send_location(bench.chat, Location(1.0, 2.0), PIN)
    assert isinstance(caught.value, InDoubt)
    if bench.session.capabilities.client_ids:
        await bench.session.send_location(bench.chat, Location(1.0, 2.0), PIN)
    assert len(await bench.hand.transcript(bench.group)) == 2


passing_on = pytest.mark.parametrize("bench", [name for name in EVERY if ABLE[name].contacts], indirect=True)


@passing_on
@pytest.mark.parametrize("name", ["علی رضایی", "مادر", "O'Neil <b>"])
async def test_a_card_has_a_name_and_a_number(bench: Bench, name: str) -> None:
    sent = await bench.session.send_contact(bench.chat, Contact(name, "+989121234567"), PIN)
    (seen,) = await bench.hand.transcript(bench.group)
    assert (seen.message_id, seen.kind, seen.by) == (sent, "contact", "api")
    assert seen.thing is not None
    assert (seen.thing["name"], seen.thing["phone"]) == (name, "+989121234567")
    await bench.session.delete(bench.chat, sent)
    (seen,) = await bench.hand.transcript(bench.group)
    assert seen.deleted


@passing_on
async def test_a_card_whose_answer_was_lost_is_in_doubt_and_one_where_we_are_not_is_refused(bench: Bench) -> None:
    card = Contact("علی", "+989121234567")
    await bench.session.send_contact(bench.chat, card, Outgoing("", client_id="9/0"))
    await bench.hand.fault("drop_answer", method=(await bench.hand.calls())[-1].method)
    with pytest.raises(InDoubt):
        await bench.session.send_contact(bench.chat, card, PIN)
    await bench.hand.members(bench.group, bench.bot, "left")
    with pytest.raises(Refused):
        await bench.session.send_contact(bench.chat, card, PIN)


@pytest.mark.parametrize("name", [name for name in BOTS if ABLE[name].contacts])
async def test_whose_number_it_is_stands_in_no_error(remote: Remote, name: str) -> None:
    complaint = "wrong contact Rezai 989121234567"
    refusals = ({"ok": False, "error_code": 400, "description": complaint}, {"status": "INVALID_INPUT"})
    remote.will(remote.json({**refusals[name == "rubika"], "dev_message": complaint}))
    session = open_session(PLATFORMS[name], remote.url, "1:token")
    try:
        with pytest.raises(Refused) as caught:
            await session.send_contact("5", Contact("Rezai", "+989121234567"), PIN)
    finally:
        await session.close()
    assert "Rezai" not in f"{caught.value} {caught.value!r}"
    assert "9121" not in f"{caught.value} {caught.value!r}"


@pytest.mark.parametrize("name", [name for name in BOTS if ABLE[name].places])
async def test_where_somebody_is_stands_in_no_error(remote: Remote, name: str) -> None:
    complaint = "wrong latitude 35.699712"
    refusals = ({"ok": False, "error_code": 400, "description": complaint}, {"status": "INVALID_INPUT"})
    remote.will(remote.json({**refusals[name == "rubika"], "dev_message": complaint}))
    session = open_session(PLATFORMS[name], remote.url, "1:token")
    try:
        with pytest.raises(Refused) as caught:
            await session.send_location("5", Location(35.699712, 51.338199), PIN)
    finally:
        await session.close()
    assert "6997" not in f"{caught.value} {caught.value!r}"
