"""The Matrix side of a shared room is as `docs/rooms.md` says, for the homeserver as well as for a person there."""

from __future__ import annotations

import base64
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bridge.core.rooms import POWERS
from bridge.sandbox.client import MatrixRefused
from bridge.sandbox.conversation import Conversation
from bridge.sandbox.reading import heard
from bridge.sandbox.sharing import join
from bridge.sandbox.verdict import MATRIX
from bridge.sandbox.world import World
from tests.platforms.files import picture

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE = Path(__file__).parents[2] / "docs" / "rooms.md"
PLATFORMS = ("rubika", "bale", "soroush", "eitaa")


async def state_of(family: Conversation, kind: str) -> list[dict[str, Any]]:
    assert family.host is not None
    return [event for event in await family.host.person.state(family.room) if event["type"] == kind]


async def powers_in(family: Conversation) -> dict[str, Any]:
    [event] = await state_of(family, "m.room.power_levels")
    content: dict[str, Any] = event["content"]
    return content


def rows(heading: str) -> dict[str, str]:
    """A table of the page under a heading: second column by first."""
    section = PAGE.read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]
    cells = [re.split(r"\s*\|\s*", line.strip("| ")) for line in section.splitlines() if line.startswith("|")]
    return {row[0]: row[1] for row in cells}


async def test_the_power_levels_of_a_room_are_those_of_the_page(family: Conversation) -> None:
    powers = await powers_in(family)
    for key, level in POWERS.items():
        if isinstance(level, dict):
            assert {**powers[key], **level} == powers[key], key
        else:
            assert powers[key] == level, key
    page = rows("Power levels")
    events = powers["events"]
    assert int(page["speak, reply, react"]) == powers["events_default"]
    assert "m.room.message" not in events
    assert "m.reaction" not in events
    assert int(page["delete one's own words"]) == events.get("m.room.redaction", powers["events_default"])
    fifty = int(page["delete others' words, kick, ban, pin, `@room`"])
    assert {powers["redact"], powers["kick"], powers["ban"], powers["notifications"]["room"]} == {fifty}
    assert events["m.room.pinned_events"] == fifty
    assert int(page["invite"]) == powers["invite"]
    assert int(page["name, topic, picture, any other state"]) == powers["state_default"]
    for named in ("m.room.name", "m.room.topic", "m.room.avatar"):
        assert events.get(named, powers["state_default"]) >= powers["state_default"]
    assert int(page["encryption"]) == events["m.room.encryption"]
    assert int(page["upgrade the room (tombstone)"]) == events["m.room.tombstone"]


async def test_only_stewards_have_power_and_one_of_them_made_the_room(family: Conversation) -> None:
    assert family.host is not None
    powers, page = await powers_in(family), rows("Power levels")
    [made] = await state_of(family, "m.room.create")
    assert made["content"]["room_version"] == "12"
    creator = made["sender"]
    steward = re.compile(r"@hampayam_([a-z]+)\.steward\d+:localhost")
    assert steward.fullmatch(creator)
    assert page["above all"] == "the steward that made the room (room version 12: creators are not in the list)"
    assert page["100"] == "the other platforms' stewards"
    users = powers["users"]
    assert set(users.values()) == {100}
    platforms = [found[1] for user in (*users, creator) if (found := steward.fullmatch(user))]
    assert sorted(platforms) == sorted(PLATFORMS)
    assert powers["users_default"] == 0


async def test_who_is_in_a_room_is_whom_the_page_names(family: Conversation) -> None:
    assert family.host is not None
    await family.says("bale", "سارا", "چه کسانی اینجا هستند؟")
    await family.arrivals("چه کسانی اینجا هستند؟")
    members = set(await family.host.person.members(family.room))
    assert family.world.bot not in members
    stewards = {mxid for mxid in members if ".steward" in mxid}
    assert len(stewards) == len(PLATFORMS)
    ghosts = {mxid for mxid in members if mxid.startswith("@hampayam_")} - stewards
    talkers = {(told.place, told.label) for told in family.told if told.place != MATRIX}
    assert len(ghosts) == len(talkers)
    assert members - stewards - ghosts == {family.host.mxid}


async def test_a_person_on_element_may_speak_reply_react_and_delete_their_own_words(world: World) -> None:
    mina = await world.matrix_manager("deletes-her-words")
    shared = await world.share("پاک‌کن", "bale", "rubika", host=mina)
    said = await world.matrix_says(mina.person, shared.room, "این را شاید پاک کنم")
    answer = await world.matrix_says(mina.person, shared.room, "پاسخ به خودم", said)
    reaction = {"m.relates_to": {"rel_type": "m.annotation", "event_id": answer, "key": "👍"}}
    await mina.person.send(shared.room, "m.reaction", reaction)
    await mina.person.redact(shared.room, said)
    await world["bale"].copy_of(shared.groups["bale"], "پاسخ به خودم")


async def test_a_person_on_element_may_not_do_what_would_open_or_break_the_room(family: Conversation) -> None:
    assert family.host is not None
    person = family.host.person
    said = await family.says("bale", "سارا", "این سخن من است")
    event = await person.first(family.room, lambda event: event.body == "این سخن من است")
    assert event.event_id != said.message_id

    room = family.room
    encryption = {"algorithm": "m.megolm.v1.aes-sha2"}
    attempts: dict[str, Callable[[], Awaitable[object]]] = {
        "encryption": lambda: person.set_state(room, "m.room.encryption", encryption),
        "invite": lambda: person.invite(room, family.world.operator.mxid),
        "delete": lambda: person.redact(room, event.event_id),
        "name": lambda: person.set_state(room, "m.room.name", {"name": "اتاق دیگر"}),
        "power": lambda: person.set_state(room, "m.room.power_levels", {"users": {person.mxid: 100}}),
        "upgrade": lambda: person.set_state(room, "m.room.tombstone", {"body": "", "replacement_room": "!x"}),
        "link": lambda: person.set_state(room, "uk.half-shot.bridge", {}, "hampayam/1"),
    }
    for attempt in attempts.values():
        with pytest.raises(MatrixRefused, match="M_FORBIDDEN"):
            await attempt()


async def test_the_bridge_writes_no_more_state_than_the_page_says(family: Conversation) -> None:
    assert family.host is not None
    links = [event for event in await state_of(family, "uk.half-shot.bridge") if event["content"]]
    protocols = [event["content"]["protocol"]["id"] for event in links]
    assert sorted(protocols) == sorted(PLATFORMS)
    kinds = {event["type"] for event in await family.host.person.state(family.room)}
    created = {"m.room.create", "m.room.join_rules", "m.room.history_visibility", "m.room.guest_access"}
    named = {"m.room.name", "m.room.topic", "m.room.power_levels", "m.room.member"}
    assert kinds - created == named | {"uk.half-shot.bridge", "com.beeper.room_features"}


async def test_the_room_says_which_chats_share_it_and_is_called_as_its_admins_say(world: World) -> None:
    mina = await world.matrix_manager("names-rooms")
    shared = await world.share("نام نخست", "bale", "soroush", host=mina)
    bale = shared.groups["bale"]
    topic = f"{bale.title} (بله) · {shared.groups['soroush'].title} (سروش پلاس)"
    await mina.person.first(shared.room, lambda event: event.content.get("topic") == topic)
    answer = await world["bale"].answer_to(bale, bale.admin, "/title نام تازه")
    assert heard("title_set", answer.text) is not None
    [name] = [event for event in await mina.person.state(shared.room) if event["type"] == "m.room.name"]
    assert name["content"] == {"name": "نام تازه"}
    await world["bale"].says(bale, bale.admin, "سلام به همه")
    await world["soroush"].copy_of(shared.groups["soroush"], "سلام به همه")
    answer = await world["bale"].answer_to(bale, bale.admin, "/members")
    assert bale.admin in answer.text
    assert "ماتریکس" in answer.text


async def test_people_and_the_room_look_as_on_bale(world: World) -> None:
    mina = await world.matrix_manager("sees-faces")
    bale = world["bale"]
    group = await bale.group("با عکس", "زهره")
    zohreh = await bale.person("زهره")
    shown = base64.b64encode(picture("JPEG")).decode()
    for of in (group.id, zohreh):
        await bale.control.own("picture", of=of, base64=shown)
    answer = await mina.command("link")
    code = re.search(r": ([A-Z0-9]{8})$", answer, re.MULTILINE)
    assert code is not None
    room = await mina.person.invited()
    await mina.person.join(room)
    await join(bale, group, code[1], world.operator)
    await bale.says(group, "زهره", "مرا می‌بینید؟")
    face = await mina.person.first(
        room, lambda event: "avatar_url" in event.content and event.content.get("displayname") == "زهره · بله"
    )
    assert await mina.person.bytes_of(str(face.content["avatar_url"])) == picture("JPEG")
    avatar = await mina.person.first(room, lambda event: event.type == "m.room.avatar")
    assert await mina.person.bytes_of(str(avatar.content["url"])) == picture("JPEG")
    await bale.control.own("picture", of=zohreh)


async def test_rooms_stand_together_in_a_space_for_whoever_asks(world: World) -> None:
    mina = await world.matrix_manager("likes-order")
    shared = await world.share("در فضا", "bale", "rubika", host=mina)
    assert heard("space_invited", await mina.command("space")) is not None
    space = await mina.person.invited()
    await mina.person.join(space)
    states = await mina.person.state(space)
    [made] = [event for event in states if event["type"] == "m.room.create"]
    assert made["content"]["type"] == "m.space"
    assert shared.room in {event["state_key"] for event in states if event["type"] == "m.space.child"}
    [parent] = [event for event in await mina.person.state(shared.room) if event["type"] == "m.space.parent"]
    assert parent["state_key"] == space
