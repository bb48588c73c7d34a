"""A public channel is mirrored into a room: what it publishes crosses, and nothing is ever said there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from bridge.errors import Refused
from bridge.model import Chat, ChatKind, MessageSaid, RemoteEvent, RoomEvent, Text
from bridge.ports import Identity
from bridge.texts.sentences import SENTENCES
from tests.core.office import office

if TYPE_CHECKING:
    from bridge.core.live import Leg
    from bridge.store.portals import Portal
    from tests.core.kit import Core
    from tests.core.office import Office

NEWS = Chat("news", ChatKind.MIRROR, "اخبار")


@pytest.fixture
async def desk(core: Core) -> AsyncIterator[Office]:
    async with office(core) as desk:
        await desk.open("bale")
        await desk.open_mirror()
        yield desk


def leg(desk: Office) -> Leg:
    return desk.live.leg("eitaa", "mirror")


async def publishes(desk: Office, body: str, id: str) -> None:
    await happens(desk, MessageSaid(NEWS, id, None, Text(body)), id)


async def happens(desk: Office, event: RemoteEvent, key: str) -> None:
    mirror = leg(desk)
    assert mirror.login is not None
    assert mirror.arrivals is not None
    await desk.core.take(mirror.login, desk.sessions["eitaa mirror"], (f"news/{key}", event))
    mirror.arrivals.wake("news")
    await desk.idle()


async def mirrored(desk: Office) -> Portal:
    """With a Bale group in the same room."""
    await desk.says("bale", "/link")
    portal = await desk.portal("bale")
    assert portal is not None
    answer = await desk.writes(f"mirror eitaa news {portal.room}")
    assert answer == SENTENCES["mirror_made"]["en"].format(title="اخبار", number=portal.room)
    made = await desk.core.portals.of_chat("eitaa.mirror:eitaa.test", "news")
    assert made is not None
    assert made.state == "open"
    return made


async def test_a_channel_is_mirrored_from_the_moment_of_the_command(desk: Office) -> None:
    made = await mirrored(desk)
    (found,) = await desk.core.portals.mirrored(made.login)
    assert (found.chat, found.since, found.begins) == ("news", str(made.id), "41")
    await desk.writes(f"unlink {made.id}")
    assert await desk.core.portals.mirrored(made.login) == []
    await desk.writes(f"آینه eitaa news {made.room}")
    (again,) = await desk.core.portals.mirrored(made.login)
    assert again.since != found.since


async def test_without_a_room_it_gets_one_of_its_own(desk: Office) -> None:
    await desk.writes("mirror eitaa news")
    made = await desk.core.portals.of_chat("eitaa.mirror:eitaa.test", "news")
    assert made is not None
    assert desk.core.homeserver.called("create_room")[0][2] == "اخبار"


async def test_the_room_and_its_chats_are_told_that_nobody_there_hears(desk: Office) -> None:
    desk.core.languages = ("en",)
    made = await mirrored(desk)
    (_, company) = desk.told("bale")[-2:]
    words = SENTENCES["joined_mirror"]["en"].format(title="اخبار", platform="Eitaa")
    assert made.mxid is not None
    assert words in desk.core.homeserver.said_in(made.mxid)
    assert "mirror of a public page" in await desk.writes("rooms")
    assert "one way: mirror of a public page" in await desk.writes("platforms")
    assert company


async def test_what_it_publishes_goes_to_the_others_and_nothing_comes_back(desk: Office) -> None:
    made = await mirrored(desk)
    await publishes(desk, "خبر نخست", "42")
    assert made.mxid is not None
    assert desk.core.homeserver.said_in(made.mxid)[-1] == "خبر نخست"
    sent = desk.core.homeserver.sent[-1]
    await desk.accept(
        RoomEvent(sent.id, made.mxid, "m.room.message", sent.sender, desk.core.clock(), dict(sent.content))
    )
    await desk.accept(desk.core.said("نظر من", room=made.mxid, id="$mine"))
    copies = await desk.core.store.fetch("SELECT c.portal FROM copy c ORDER BY c.id")
    bale = await desk.portal("bale")
    assert bale is not None
    assert [row[0] for row in copies] == [bale.id, bale.id]
    assert desk.sessions["eitaa mirror"].asked == []


async def test_a_post_that_looks_like_a_command_is_a_post(desk: Office) -> None:
    made = await mirrored(desk)
    await publishes(desk, "/unlink", "42")
    now = await desk.core.portals.get(made.id)
    assert now is not None
    assert now.state == "open"
    assert desk.sessions["eitaa mirror"].asked == []
    assert made.mxid is not None
    assert desk.core.homeserver.said_in(made.mxid)[-1] == "/unlink"


async def test_what_does_not_arrive_is_told_in_the_room_since_nobody_there_can_be(desk: Office) -> None:
    made = await mirrored(desk)
    desk.told("bale")
    await publishes(desk, "خبر", "42")
    desk.sessions["bale"].will(Refused("too_long"))
    sent = desk.core.homeserver.sent[-1]
    assert made.mxid is not None
    await desk.accept(
        RoomEvent(sent.id, made.mxid, "m.room.message", sent.sender, desk.core.clock(), dict(sent.content))
    )
    leg_of_bale = desk.live.leg("bale").departures
    assert leg_of_bale is not None
    bale = await desk.portal("bale")
    assert bale is not None
    leg_of_bale.wake(bale.id)
    await desk.idle()
    assert "did not reach" in desk.core.homeserver.said_in(made.mxid)[-1]
    assert desk.sessions["eitaa mirror"].asked == []
    assert await desk.core.count("notice") == 0


async def test_nor_can_anybody_there_be_told_when_the_mirror_has_ended_meanwhile(desk: Office) -> None:
    made = await mirrored(desk)
    await publishes(desk, "خبر", "42")
    sent = desk.core.homeserver.sent[-1]
    assert made.mxid is not None
    await desk.accept(
        RoomEvent(sent.id, made.mxid, "m.room.message", sent.sender, desk.core.clock(), dict(sent.content))
    )
    await desk.writes(f"unlink {made.id}")
    desk.sessions["bale"].will(Refused("too_long"))
    bale, departures = await desk.portal("bale"), desk.live.leg("bale").departures
    assert bale is not None
    assert departures is not None
    departures.wake(bale.id)
    await desk.idle()
    assert "did not reach" in desk.core.homeserver.said_in(made.mxid)[-1]
    assert desk.sessions["eitaa mirror"].asked == []
    assert await desk.core.count("notice") == 0


async def test_the_end_of_a_mirror_is_told_to_the_others_alone(desk: Office) -> None:
    made = await mirrored(desk)
    desk.told("bale")
    await desk.writes(f"unlink {made.id}")
    assert any("has ended" in text for text in desk.told("bale"))
    assert await desk.core.count("notice") == 0


async def test_a_room_does_not_read_a_channel_and_write_to_one_there(desk: Office) -> None:
    """Not even while we do not know yet who we are there."""
    made = await mirrored(desk)
    eitaayar = await desk.open("eitaa", receives=False)
    refused = SENTENCES["mirror_and_link"]["en"]
    assert await desk.writes(f"link eitaa news {made.room}") == refused
    await desk.writes(f"unlink {made.id}")
    await desk.writes(f"link eitaa news {made.room}")
    eitaayar.login = None
    assert await desk.writes(f"mirror eitaa news {made.room}") == refused


async def test_nor_does_an_account_write_to_a_channel_in_it_but_into_groups(desk: Office) -> None:
    made = await mirrored(desk)
    account = await desk.core.inbox.login("eitaa", Identity("me", None, "Hampayam"), ".account")
    with pytest.raises(Refused, match="mirror_and_link"):
        await desk.plumbing.tie_by_operator(account, Chat("77", ChatKind.CHANNEL, "اخبار"), made.room)
    tied = await desk.plumbing.tie_by_operator(account, Chat("78", ChatKind.GROUP, "گروه"), made.room)
    assert tied.room == made.room


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("mirror", "mirror_which"),
        ("mirror eitaa", "mirror_which"),
        ("mirror bale news", "no_mirror_there"),
        ("mirror nobody news", "no_mirror_there"),
        ("mirror eitaa nothing", "mirror_no_channel"),
        ("mirror eitaa away", "platform_not_ready"),
        ("mirror eitaa news 99", "no_such_room"),
    ],
)
async def test_what_cannot_be_mirrored_is_said_in_words(desk: Office, command: str, answer: str) -> None:
    assert await desk.writes(command) == SENTENCES[answer]["en"]
    assert desk.core.homeserver.called("create_room") == []


async def test_a_channel_is_mirrored_once(desk: Office) -> None:
    await mirrored(desk)
    assert await desk.writes("mirror eitaa news") == SENTENCES["mirrored_already"]["en"]
