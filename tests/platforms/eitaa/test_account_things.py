"""Places, contacts, polls and forwards as an Eitaa account is told of them, without a wire."""

from __future__ import annotations

import pytest

from bridge.model import Contact, Content, Location, MessageEdited, MessageSaid, Nothing, Poll, Unsupported
from bridge.platforms.eitaa import account_convert as convert
from bridge.platforms.eitaa import account_notes as notes
from bridge.platforms.eitaa.tl import TL
from tests.platforms.eitaa.test_account_convert import CODEC, PEOPLE, message, told

new = CODEC.new
GEO = new("geoPoint", long=51.389, lat=35.6892, access_hash=1)
NOTHING = dict.fromkeys(("provider", "venue_id", "venue_type"), "")
NEWS = "c77"


def poll(**more: object) -> TL:
    answers = [new("pollAnswer", text=text, option=b"1") for text in ("دریا", "کوه")]
    asked = new("poll", id=1, question="کجا؟", answers=answers, **more)
    return new("messageMediaPoll", poll=asked, results=new("pollResults"))


MEDIA: list[tuple[TL, Content]] = [
    (new("messageMediaGeo", geo=GEO), Location(35.6892, 51.389)),
    (new("messageMediaGeo", geo=new("geoPointEmpty")), Unsupported("location")),
    (new("messageMediaGeo", geo=new("geoPoint", long=float("nan"), lat=1e300, access_hash=1)), Unsupported("location")),
    (
        new("messageMediaVenue", geo=GEO, title="برج", address="آزادی", **NOTHING),
        Location(35.6892, 51.389, "برج آزادی"),
    ),
    (new("messageMediaGeoLive", geo=GEO, period=900), Location(35.6892, 51.389)),
    (
        new("messageMediaContact", phone_number="98912", first_name="A", last_name="B", vcard="", user_id=0),
        Contact("A B", "98912"),
    ),
    (poll(), Poll("کجا؟", ("دریا", "کوه"))),
    (poll(multiple_choice=True, closed=True), Poll("کجا؟", ("دریا", "کوه"), True, True)),
    (new("messageMediaDice", value=6, emoticon="🎲"), Unsupported("dice")),
    (new("messageMediaUnsupported"), Unsupported("unknown")),
]


@pytest.mark.parametrize(("media", "content"), MEDIA, ids=[media.tl_name for media, _ in MEDIA])
def test_what_is_in_a_message(media: TL, content: Content) -> None:
    said = told(message("", media=media))
    assert isinstance(said, MessageSaid)
    assert said.content == content


def test_where_somebody_has_gone_meanwhile_is_no_correction() -> None:
    live = new("messageMediaGeoLive", geo=GEO, period=900)
    assert told(message("", media=live, edit_date=5), "edit") == Nothing("live location")


def test_a_poll_that_was_closed_is_another_version_of_it() -> None:
    now = told(message("", media=poll(closed=True), edit_date=5), "edit")
    assert isinstance(now, MessageEdited)
    assert now.said.content == Poll("کجا؟", ("دریا", "کوه"), closed=True)
    before = notes.note(message("", media=poll(), edit_date=5), PEOPLE, "edit")
    after = notes.note(message("", media=poll(closed=True), edit_date=5), PEOPLE, "edit")
    assert before is not None
    assert after is not None
    assert before.key != after.key


SOMEBODY = new("peerUser", user_id=5)
STRANGER = new("peerUser", user_id=404)
CHANNEL = new("peerChannel", channel_id=77)


@pytest.mark.parametrize(
    ("header", "author"),
    [
        ({"from_id": SOMEBODY}, "Sara"),
        ({"from_id": STRANGER}, ""),
        ({"from_id": CHANNEL, "channel_post": 3, "post_author": "دبیر"}, "اخبار"),
        ({"from_name": "مینا"}, "مینا"),
        ({"post_author": "دبیر"}, "دبیر"),
        ({}, ""),
    ],
    ids=["person", "stranger", "channel", "hidden", "signed", "nobody"],
)
def test_who_wrote_a_forward_first(header: dict[str, object], author: str) -> None:
    forwarded = message(fwd_from=new("messageFwdHeader", date=1, **header))
    channel = new("channel", id=77, access_hash=1, title="اخبار", photo=new("chatPhotoEmpty"), date=0, broadcast=True)
    noted = notes.note(forwarded, PEOPLE | {NEWS: channel})
    assert noted is not None
    said = convert.event(noted, "42")
    assert isinstance(said, MessageSaid)
    assert said.forwarded == author


def test_what_is_no_forward_has_no_author() -> None:
    said = told(message())
    assert isinstance(said, MessageSaid)
    assert said.forwarded is None
