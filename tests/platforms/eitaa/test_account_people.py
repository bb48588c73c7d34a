"""Whom an account knows: never without bound, and nothing good is lost to something worse."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bridge.model import MessageSaid
from bridge.outgoing import Outgoing
from bridge.platforms.eitaa.account_people import Things
from bridge.platforms.eitaa.account_place import Place, Taking
from bridge.platforms.eitaa.tl import TL, Codec
from tests.platforms.eitaa.ours import words

if TYPE_CHECKING:
    from tests.platforms.eitaa.ours import Ours

CODEC = Codec()


def user(number: int, **more: object) -> TL:
    return CODEC.new("user", id=number, **{"access_hash": number * 7, **more})


def channel(number: int, **more: object) -> TL:
    photo = CODEC.new("chatPhotoEmpty")
    fields = {"id": number, "access_hash": number * 7, "title": "گروه", "photo": photo, "date": 0}
    return CODEC.new("channel", **fields, megagroup=True, **more)


def test_passers_by_make_room_for_one_another_and_for_nobody_else() -> None:
    things = Things(passers_by=10, partners=3)
    things.met("c1", channel(1))
    things.met("u1", user(1))
    things.talked("u1")
    for number in range(2, 1000):
        things.met(f"u{number}", user(number))
        things.met(f"c{number}", channel(number, left=True))
    assert len(things) == 11
    assert "c1" in things
    assert "u1" in things
    assert "u999" in things
    assert "u2" not in things
    for number in range(2000, 2100):
        things.met(f"u{number}", user(number))
        assert things.get("u999") is not None  # somebody who is asked for is no stranger


def test_partners_are_bounded_too() -> None:
    things = Things(passers_by=10, partners=3)
    for number in range(100):
        things.met(f"u{number}", user(number))
        things.talked(f"u{number}")
    assert things.partners() == ["u99", "u98", "u97"]
    assert len(things) == 10


def test_a_channel_that_we_left_is_a_passer_by() -> None:
    things = Things(passers_by=2)
    things.met("c1", channel(1))
    things.met("c1", channel(1, left=True))
    for number in (2, 3):
        things.met(f"u{number}", user(number))
    assert "c1" not in things


async def test_somebody_of_whom_little_is_told_now_is_still_known(ours: Ours) -> None:
    scene = ours.scene
    chat = await scene.hand.start(scene.sara, scene.me)
    await ours.poll()
    await scene.hand.own("minimal", person=scene.sara, minimal=True)
    await scene.hand.say(scene.family, scene.sara, "سلام")
    (said,) = await ours.poll()
    assert isinstance(said, MessageSaid)
    assert said.sender is not None
    assert said.sender.name == "Sara"
    assert await ours.session.send(f"u{chat}", Outgoing("سلام", client_id="1"))


async def test_somebody_of_whom_little_was_ever_told_has_that_name(ours: Ours) -> None:
    scene = ours.scene
    reza = await scene.hand.people("Reza")
    await scene.hand.members(scene.family, reza)
    await ours.poll()
    fresh = await scene.hand.people("Ali")
    await scene.hand.own("minimal", person=fresh, minimal=True)
    await scene.hand.members(scene.family, fresh)
    await scene.hand.say(scene.family, fresh, "سلام")
    events = await ours.poll()
    assert words(events) == ["سلام"]
    assert [e.sender.name for e in events if isinstance(e, MessageSaid) and e.sender is not None] == ["A"]


def test_a_batch_does_not_write_into_the_place_that_it_began_with() -> None:
    place = Place(1, 1, 1, channels={"5": (1, 1, 9)})
    taking = Taking(place, lambda _: None)
    taking.channel("5", 7)
    taking.reached("c5", 30)
    taking.forget("u5")
    assert place.channels == {"5": (1, 1, 9)}
    assert taking.place.channels == {"5": (7, 30, 9)}


def test_a_message_costs_the_same_in_ten_thousand_channels_as_in_ten() -> None:
    def cost(channels: int) -> float:
        taking = Taking(Place(1, 1, 1, channels={str(n): (1, 1, 1) for n in range(channels)}), lambda _: None)
        began = time.perf_counter()
        for number in range(2000):
            taking.reached(f"c{number % channels}", number)
        return time.perf_counter() - began

    few, many = (min(cost(channels) for _ in range(5)) for channels in (10, 10_000))
    assert many < few * 5
