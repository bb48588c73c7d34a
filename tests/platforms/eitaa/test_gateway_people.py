"""The simulated gateway's people and chats: who is who, who is in, how one gets in and out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bridge.sandbox.control import ControlRefused

if TYPE_CHECKING:
    from tests.platforms.eitaa.conftest import Scene


def texts(messages: list[dict[str, Any]]) -> list[str]:
    return [each.get("text", each["_"]) for each in messages]


def news(difference: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [each for each in difference.get("others", []) if each["_"] == kind]


async def test_two_accounts_write_to_each_other(scene: Scene) -> None:
    other = await scene.hand.bots("دیگری", "another")
    theirs = replace(scene.wire, token=other.details["session"], imei=other.details["imei"])
    state = await theirs.state()
    found = await scene.wire(0xF93CCBA3, string("another"))
    sent = await scene.wire.say(user(other.id, found["users"][0]["hash"]), "سلام")
    told = await theirs.difference(state)
    [heard] = told["new"]
    assert (heard["text"], heard["id"], heard["flags"] >> 1 & 1) == ("سلام", sent["id"], 0)
    assert heard["peer"] == {"_": "peerUser", "id": int(scene.me)}
    await theirs.say(await theirs.user(scene.me), "علیک", heard["id"])
    assert texts((await scene.wire.dialogs())["messages"])[0] == "علیک"


async def test_copies_of_people_elsewhere_and_bots_are_marked(scene: Scene) -> None:
    state = await scene.wire.state()
    machine = await scene.hand.people("ربات", is_bot=True)
    await scene.hand.members(scene.family, machine)
    await scene.hand.own("virtual", person=scene.sara, virtual=True)
    await scene.hand.say(scene.family, scene.sara, "از بله")
    await scene.hand.say(scene.family, machine, "من ربات هستم")
    flags = {each["id"]: each["flags"] for each in (await scene.wire.difference(state))["users"]}
    assert (flags[int(scene.sara)] >> 9 & 1, flags[int(scene.sara)] >> 14 & 1) == (1, 0)
    assert (flags[int(machine)] >> 9 & 1, flags[int(machine)] >> 14 & 1) == (0, 1)


async def test_members_are_told_from_admins(scene: Scene) -> None:
    channel = await scene.wire.channel(scene.family)
    await scene.hand.members(scene.family, await scene.hand.people("Ali"))
    asked = (0x77CED9D0, channel, word(0xDE3F3C79), number(0), number(50), long(0))
    everybody = await scene.wire(*asked)
    kinds = {p["id"]: p["_"] for p in everybody["participants"]}
    assert (kinds[int(scene.sara)], kinds[int(scene.me)]) == ("creator", "self")
    assert sorted(kinds.values()) == ["admin", "creator", "member", "self"]
    peer = await scene.wire.peer(scene.family)
    one = (0xA0AB6CC6, channel, user(scene.sara, everybody["users"][1]["hash"]))
    assert (await scene.wire(*one))["participant"]["_"] == "creator"
    stranger = user(scene.sara, everybody["users"][1]["hash"] ^ 1)
    assert await scene.wire.refused(0xA0AB6CC6, channel, stranger) == "400 USER_ID_INVALID"
    full = await scene.wire(0x08736A09, channel)
    assert (full["full"]["_"], full["full"]["count"]) == ("fullChannel", 4)
    assert (await scene.wire(0xF836AA95, channel))["_"] == "updates"
    assert (await scene.wire.say(peer, "?"))["text"] == "CHANNEL_PRIVATE"


async def test_an_invite_shows_the_group_and_lets_in_once(scene: Scene) -> None:
    group = await scene.hand.chats("group", "بسته", username="joinchat/AbC123", creator=scene.sara)
    assert await scene.hand.own("invite", chat=group) == {"code": "AbC123"}
    shown = await scene.wire(0x1E3BFA75, struct_flags(), string("AbC123"))
    assert (shown["_"], shown["title"]) == ("invite", "بسته")
    assert (await scene.wire(0x6C50051C, string("AbC123")))["chats"][0]["id"] == int(group)
    assert await scene.wire.refused(0x6C50051C, string("AbC123")) == "400 USER_ALREADY_PARTICIPANT"
    assert (await scene.wire(0x3EADB1BB, string("AbC123")))["_"] == "already"
    assert await scene.wire.refused(0x6C50051C, string("nothing")) == "400 INVITE_HASH_INVALID"


async def test_a_phone_finds_a_person_and_names_find_nobody_by_mistake(scene: Scene) -> None:
    phone = (await scene.hand.own("phone", person=scene.sara, phone="989121112233"))["phone"]
    contact = word(0xF392B7F4) + long(5) + string(phone) + string("S") + string("")
    found = await scene.wire(0x2C800BE5, word(0x1CB5C415) + number(1) + contact)
    assert (found["done"], found["users"][0]["first"]) == (
        [{"_": "contact", "user": int(scene.sara), "client": 5}],
        "Sara",
    )
    assert await scene.wire.refused(0xF93CCBA3, string("nobody_here")) == "400 USERNAME_NOT_OCCUPIED"
    assert await scene.wire.refused(0xF93CCBA3, string("?!")) == "400 USERNAME_INVALID"


async def test_a_removed_account_hears_of_it_and_may_do_nothing_there(scene: Scene) -> None:
    peer, channel, state = await scene.wire.peer(scene.family), await scene.wire.channel(scene.family), None
    state = await scene.wire.state()
    await scene.hand.members(scene.family, scene.me, "left")
    await scene.hand.say(scene.family, scene.sara, "بی تو")
    told = await scene.wire.difference(state)
    assert ([n["_"] for n in told["others"]], told["chats"][0]["_"]) == (["place"], "forbidden")
    assert (await scene.wire.say(peer, "?"))["text"] == "CHANNEL_PRIVATE"
    assert (await scene.wire.posts(channel, 1))["text"] == "CHANNEL_PRIVATE"
    await scene.hand.members(scene.family, scene.me, "admin")
    told = await scene.wire.difference(told["state"])
    assert told["chats"][0]["flags"] >> 14 & 1
    assert [n["message"]["action"]["_"] for n in news(told, "newPost")] == ["added"]


def word(number_: int) -> bytes:
    return number_.to_bytes(4, "little")


def number(value: int | str) -> bytes:
    return int(value).to_bytes(4, "little", signed=True)


def long(value: int | str) -> bytes:
    return int(value).to_bytes(8, "little", signed=True)


def string(value: str) -> bytes:
    body = value.encode()
    whole = bytes([len(body)]) + body
    return whole + bytes(-len(whole) % 4)


def struct_flags(*bits: int) -> bytes:
    return word(sum(1 << bit for bit in bits))


def user(person: str, secret: int) -> bytes:
    return word(0xDDE8A54C) + long(person) + long(secret)


async def test_who_comes_and_goes_is_told_in_lines_of_the_group(scene: Scene) -> None:
    await scene.hand.options(new_groups="basic")
    group = await scene.hand.chats("group", "کوچک", creator=scene.sara)
    await scene.hand.members(group, scene.me, "admin")
    ali, reza = await scene.hand.people("Ali"), await scene.hand.people("Reza")
    state = await scene.wire.state()
    await scene.hand.own("add", chat=group, by=scene.sara, people=[ali, reza])
    await scene.hand.own("remove", chat=group, by=scene.sara, person=reza)
    await scene.hand.own("join", chat=group, person=reza, by="link")
    with pytest.raises(ControlRefused):
        await scene.hand.own("remove", chat=group, by=reza, person=ali)
    told = await scene.wire.difference(state)
    assert [(each["from"]["id"], each["action"]) for each in told["new"]] == [
        (int(scene.sara), {"_": "added", "users": [int(ali), int(reza)]}),
        (int(scene.sara), {"_": "removed", "id": int(reza)}),
        (int(reza), {"_": "joined", "by": int(scene.sara)}),
    ]
    assert {each["first"] for each in told["users"]} >= {"Ali", "Reza"}


async def test_an_edit_may_be_none_of_the_text(scene: Scene) -> None:
    said = await scene.hand.say(scene.family, scene.sara, "سلام")
    state = await scene.wire.state()
    for hidden in (False, True):
        await scene.hand.own("touch", chat=scene.family, message_id=said.message_id, hidden=hidden)
        told = await scene.wire.difference(state)
        state = told["state"]
        (edit,) = told["others"]
        assert (edit["_"], edit["message"]["text"]) == ("editPost", "سلام")
        assert ("edited" in edit["message"], bool(edit["message"]["flags"] >> 21 & 1)) == (hidden, hidden)
