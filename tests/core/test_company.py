"""Who is in a room, what it is called, and the space where rooms stand together."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from bridge.core.identity import FSI, PDI
from bridge.errors import Refused
from bridge.store.portals import CHOSEN
from bridge.texts.sentences import SENTENCES
from tests.core.fakes import SARA
from tests.core.office import ADMIN, office

if TYPE_CHECKING:
    from tests.core.kit import Core
    from tests.core.office import Office


@pytest.fixture
async def desk(small_core: Core) -> AsyncIterator[Office]:
    async with office(small_core) as desk:
        for platform in ("bale", "rubika"):
            await desk.open(platform)
        yield desk


async def linked(desk: Office) -> str:
    """A Bale group and a Rubika group share a room; returns it."""
    await desk.says("bale", "/link")
    (answer,) = desk.told("bale")
    code = answer.split("\n")[0].rpartition(" ")[2]
    await desk.says("rubika", f"/join {code}")
    for platform in ("bale", "rubika"):
        desk.told(platform)
    portal = await desk.portal("bale")
    assert portal is not None
    assert portal.mxid is not None
    return portal.mxid


def state(desk: Office, room: str, type: str) -> list[dict[str, object]]:
    """What a state event of a room said, one after the other."""
    return [json.loads(call[5]) for call in desk.core.homeserver.called("set_state") if call[1:4:2] == (room, type)]


def plain(text: str) -> str:
    return text.replace(FSI, "").replace(PDI, "")


async def test_the_topic_names_the_chats_that_share_the_room(desk: Office) -> None:
    room = await linked(desk)
    assert state(desk, room, "m.room.topic")[-1] == {"topic": "گروه g1 (بله) · گروه g1 (روبیکا)"}
    await desk.says("rubika", "/unlink")
    assert state(desk, room, "m.room.topic")[-1] == {"topic": "گروه g1 (بله)"}


async def renamed(desk: Office, room: str, title: str) -> None:
    portal = await desk.portal("bale")
    assert portal is not None
    await desk.core.rooms.renamed(portal, title)


async def test_topic_and_name_follow_a_new_title(desk: Office) -> None:
    room = await linked(desk)
    await renamed(desk, room, "خانه")
    assert state(desk, room, "m.room.name")[-1] == {"name": "خانه"}
    assert state(desk, room, "m.room.topic")[-1] == {"topic": "خانه (بله) · گروه g1 (روبیکا)"}


async def test_the_topic_follows_a_new_title_also_after_a_crash_in_between(desk: Office) -> None:
    room = await linked(desk)
    hs = desk.core.homeserver
    for survived in range(2):
        hs.states.clear()
        hs.fails("set_state", *[None] * survived, RuntimeError("killed"))
        with pytest.raises(RuntimeError):
            await renamed(desk, room, f"خانه {survived}")
        await renamed(desk, room, f"خانه {survived}")
        told = {each.type: each.content for each in hs.states if each.room == room}
        assert told["m.room.name"] == {"name": f"خانه {survived}"}
        assert told["m.room.topic"] == {"topic": f"خانه {survived} (بله) · گروه g1 (روبیکا)"}


async def test_a_room_that_has_a_name_of_its_own_keeps_it(desk: Office) -> None:
    room = await linked(desk)
    await desk.says("bale", "/title دوستان", sender="reza")
    await renamed(desk, room, "خانه")
    assert state(desk, room, "m.room.name")[-1] == {"name": "دوستان"}
    assert state(desk, room, "m.room.topic")[-1] == {"topic": "خانه (بله) · گروه g1 (روبیکا)"}


async def test_members_are_listed_by_where_they_are_from(desk: Office) -> None:
    room = await linked(desk)
    users, hs = desk.core.users, desk.core.homeserver
    for platform, person in (("bale", "sara"), ("rubika", "reza")):
        await desk.says(platform, "سلام", sender=person)
    hs.names[(room, SARA)] = "سارا"
    hs.members[room] = [users.steward("bale", 1), users.ghost("bale", "sara"), users.ghost("rubika", "reza"), SARA]
    await desk.says("bale", "/اعضا", sender="sara")
    (answer,) = desk.told("bale")
    assert plain(answer).split("\n") == ["بله: Sara", "روبیکا: Reza", "ماتریکس: سارا"]
    portal = await desk.portal("bale")
    assert portal is not None
    assert plain(await desk.writes(f"members {portal.room}")) == plain(answer)


async def test_a_crowd_is_not_listed_by_name(desk: Office) -> None:
    room = await linked(desk)
    desk.core.homeserver.members[room] = [f"@p{n}:hs.test" for n in range(75)]
    await desk.says("bale", "/members")
    (answer,) = desk.told("bale")
    assert answer.endswith("and 15 more")
    assert answer.count("،") == 59


async def test_an_admin_of_a_group_gives_the_room_another_name(desk: Office) -> None:
    room = await linked(desk)
    await desk.says("bale", "/title خانوادهٔ بزرگ")
    assert desk.told("bale") == ["The room is called: خانوادهٔ بزرگ"]
    assert state(desk, room, "m.room.name") == [{"name": "خانوادهٔ بزرگ"}]
    assert "خانوادهٔ بزرگ" in await desk.writes("rooms")


async def test_nobody_else_does(desk: Office) -> None:
    room = await linked(desk)
    await desk.says("bale", "/title مال من", sender="mina")
    assert desk.told("bale") == [SENTENCES["admins_only"]["en"]]
    await desk.says("bale", "/title \u200b \u2067")
    assert desk.told("bale") == [SENTENCES["title_which"]["en"]]
    async with desk.core.store.transaction():
        await desk.core.tasks.add_management("!saras", SARA)
    portal = await desk.portal("bale")
    assert portal is not None
    for command in (f"title {portal.room} مال من", f"members {portal.room}"):
        assert await desk.writes(command, sender=SARA, room="!saras") == SENTENCES["not_your_role"]["en"]
    assert state(desk, room, "m.room.name") == []


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("members", "which_room"),
        ("members 99", "no_such_room"),
        ("members !nowhere", "no_such_room"),
        ("title", "title_which"),
        ("title 1", "title_which"),
        ("title 99 نام", "no_such_room"),
        ("topic", "which_room"),
        ("picture 99", "no_such_room"),
    ],
)
async def test_what_is_missing_is_asked_for(desk: Office, command: str, answer: str) -> None:
    await linked(desk)
    assert await desk.writes(command) == SENTENCES[answer]["en"]


async def test_a_chat_that_is_not_linked_has_no_members_and_no_title(desk: Office) -> None:
    for command in ("/members", "/title نام"):
        await desk.says("bale", command)
        assert desk.told("bale") == [SENTENCES["not_linked"]["en"]]


async def test_what_is_said_of_a_room_stands_before_its_chats(desk: Office) -> None:
    room = await linked(desk)
    portal = await desk.portal("bale")
    assert portal is not None
    await desk.says("bale", "/topic قرار جمعه‌ها")
    assert desk.told("bale") == ["The room's topic is set."]
    assert state(desk, room, "m.room.topic")[-1] == {"topic": "قرار جمعه‌ها\nگروه g1 (بله) · گروه g1 (روبیکا)"}
    await renamed(desk, room, "نام تازه")
    assert str(state(desk, room, "m.room.topic")[-1]["topic"]).startswith("قرار جمعه‌ها\nنام تازه (بله)")
    await desk.says("bale", "/topic مال من", sender="mina")
    assert desk.told("bale")[-1] == SENTENCES["admins_only"]["en"]
    assert await desk.writes(f"topic {portal.room} {'پ' * 501}") == "The topic is too long: at most 500 characters."
    assert await desk.writes(f"topic {portal.room}") == "The room's topic is removed."
    assert str(state(desk, room, "m.room.topic")[-1]["topic"]).startswith("نام تازه (بله)")


async def test_a_picture_that_an_admin_chose_is_the_rooms(desk: Office) -> None:
    room = await linked(desk)
    portal = await desk.portal("bale")
    assert portal is not None
    events = desk.core.homeserver.events
    picture = {"msgtype": "m.image", "body": "باغ.png", "url": "mxc://hs.test/garden"}
    events["$garden"] = {"content": picture}
    await desk.says("bale", "سلام", id="photo")
    desk.told("bale")
    async with desk.core.store.transaction():
        await desk.core.store.execute("UPDATE message SET event_id = '$garden' WHERE remote_id = 'photo'")
    await desk.says("bale", "/picture", reply_to="photo", sender="mina")
    assert desk.told("bale") == [SENTENCES["admins_only"]["en"]]
    await desk.says("bale", "/picture")
    assert desk.told("bale") == [SENTENCES["picture_which"]["en"]]
    assert state(desk, room, "m.room.avatar") == []
    await desk.says("bale", "/picture", reply_to="photo")
    assert desk.told("bale") == [SENTENCES["picture_set"]["en"]]
    assert state(desk, room, "m.room.avatar") == [{"url": "mxc://hs.test/garden"}]
    assert await desk.core.portals.room_picture(portal.room) == CHOSEN
    events["$sea"] = {"content": picture | {"url": "mxc://hs.test/sea"}}
    assert await desk.writes(f"picture {portal.room}", reply_to="$sea") == SENTENCES["picture_set"]["en"]
    assert state(desk, room, "m.room.avatar")[-1] == {"url": "mxc://hs.test/sea"}
    assert await desk.writes(f"picture {portal.room}") == SENTENCES["picture_which"]["en"]


async def test_rooms_stand_in_the_space_from_when_somebody_asks_for_it(desk: Office) -> None:
    room, hs, bot = await linked(desk), desk.core.homeserver, desk.core.users.bot
    assert state(desk, room, "m.space.parent") == []
    assert await desk.writes("space") == SENTENCES["space_invited"]["en"]
    assert [call[1] for call in hs.called("create_space")] == [bot]
    assert hs.called("invite")[-1] == ("invite", "!made2", ADMIN, bot)
    assert state(desk, room, "m.space.parent") == [{"canonical": True, "via": ["hs.test"]}]
    await desk.writes("link")
    (first, _), (second, _) = [(call[4], call[5]) for call in hs.called("set_state") if call[3] == "m.space.child"]
    assert (first, second) == (room, "!made3")
    await desk.writes("فضا")
    assert len(hs.called("create_space")) == 1


async def test_a_room_that_ended_leaves_the_space(desk: Office) -> None:
    room = await linked(desk)
    await desk.writes("space")
    for platform in ("rubika", "bale"):
        await desk.says(platform, "/unlink")
    assert state(desk, "!made2", "m.space.child") == [{"via": ["hs.test"]}, {}]
    assert room == "!made1"


async def test_a_space_that_cannot_be_made_is_said_and_costs_no_room(desk: Office) -> None:
    desk.core.homeserver.fails("create_room", Refused("M_FORBIDDEN"))
    desk.core.homeserver.fails("create_space", Refused("M_FORBIDDEN"))
    assert "Not done" in await desk.writes("space")


async def test_the_name_of_a_room_stands_in_no_log(desk: Office, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    await linked(desk)
    await desk.says("bale", "/title محرمانه")
    assert "محرمانه" not in caplog.text
