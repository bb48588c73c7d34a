"""Every way × who people are: whose number it is, user names and languages, the links by which they come."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from bridge.model import ChatKind, Contact, MessageSaid, Person
from bridge.outgoing import Button, Rows
from bridge.platforms import PLATFORMS
from bridge.sandbox.control import ControlRefused
from tests.platforms.alone import alone
from tests.platforms.contract import ABLE, BOTS, EVERY, Bench, hearing

WITH_BUTTONS = [name for name in EVERY if ABLE[name].buttons]
INLINE = [name for name in EVERY if ABLE[name].buttons == "inline"]
PROVING = [name for name in EVERY if ABLE[name].proves_numbers]
LINKED = [name for name in BOTS if PLATFORMS[name].deep_link is not None]
TELLING = {"bale": ("sara_demo", "fa"), "soroush": ("sara_demo", "fa"), "eitaa account": ("sara_demo", "")}
"""What user name and language a platform tells of whoever writes; of the others, nothing is expected."""

buttoned = pytest.mark.parametrize("bench", WITH_BUTTONS, indirect=True)
inline = pytest.mark.parametrize("bench", INLINE, indirect=True)
proving = pytest.mark.parametrize("bench", PROVING, indirect=True)
linked = pytest.mark.parametrize("bench", LINKED, indirect=True)

YES_OR_NO: Rows = ((Button("بله", "y:1"), Button("نه", "n:1")), (Button("بعداً", "l:1"),))


@proving
async def test_a_number_that_was_asked_for_is_its_senders(bench: Bench) -> None:
    here, _ = await alone(bench)
    with pytest.raises(ControlRefused):
        await bench.hand.share_number(here.seen, here.person, bot=bench.bot)
    await here.sent((Button("فرستادن شماره", asks_number=True),), bar=True)
    await bench.hand.share_number(here.seen, here.person, bot=bench.bot)
    (said,) = [event for event in await here.heard() if isinstance(event, MessageSaid)]
    assert said.sender is not None
    assert isinstance(said.content, Contact)
    assert (said.content.phone, said.content.owner) == ("989121112233", here.person)
    assert said.content.owner == said.sender.id
    assert said.forwarded is None


@proving
async def test_anybody_elses_number_is_not_its_senders(bench: Bench) -> None:
    here, _ = await alone(bench)
    ali = await bench.hand.people("علی")
    await here.sent((Button("فرستادن شماره", asks_number=True),), bar=True)
    for owner in (ali, ""):
        card = {"name": "علی", "phone": "989121112233", "owner": owner}
        await bench.hand.say(here.seen, here.person, "", kind="contact", thing=card, bot=bench.bot)
        (said,) = await here.heard()
        assert isinstance(said, MessageSaid)
        assert isinstance(said.content, Contact)
        assert (said.content.phone, said.content.owner) == ("989121112233", owner)


# --- who comes, and by which way


@hearing
async def test_the_user_name_and_the_language_are_told_where_the_platform_tells_them(bench: Bench) -> None:
    mina = await bench.hand.people("مینا", "sara_demo", language="fa")
    plain = await bench.hand.people("علی")
    for who in (mina, plain):
        await bench.hand.members(bench.group, who, "member")
        await bench.hand.say(bench.group, who, "سلام")
    senders = {said.sender.id: said.sender for said in await bench.said() if said.sender is not None}
    told = TELLING.get(bench.name)
    for who, expected in ((mina, told), (plain, ("", ""))):
        sender = senders[who]
        assert isinstance(sender, Person)
        assert not sender.username.startswith("@")
        if told is not None:
            assert (sender.username, sender.language) == expected


@linked
async def test_who_comes_by_our_link_brings_its_payload(bench: Bench) -> None:
    deep_link = bench.platform.deep_link
    assert deep_link is not None
    payload = "aZ09" * 8
    link = urlsplit(deep_link("hampayambot", payload))
    assert (link.scheme, link.path.strip("/")) == ("https", "hampayambot")
    assert [value for values in parse_qs(link.query).values() for value in values] == [payload]
    here, started = await alone(bench, payload)
    assert (started.payload, started.chat.kind) == (payload, ChatKind.PRIVATE)
    assert started.person is not None
    assert started.person.id == here.person


@linked
async def test_who_comes_by_themselves_brings_nothing(bench: Bench) -> None:
    _, started = await alone(bench)
    assert started.payload == ""
