"""The gateway of Eitaa's apps, simulated: what an account does and hears there, seen as bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.platforms.eitaa.conftest import Scene


def texts(messages: list[dict[str, Any]]) -> list[str]:
    return [each.get("text", each["_"]) for each in messages]


def news(difference: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [each for each in difference.get("others", []) if each["_"] == kind]


async def test_what_people_say_in_a_group_is_told_once_and_then_nothing(scene: Scene) -> None:
    state = await scene.wire.state()
    first = await scene.hand.say(scene.family, scene.sara, "ناهار؟")
    await scene.hand.say(scene.family, scene.sara, "بله", reply_to=first.message_id)
    told = await scene.wire.difference(state)
    said = [each["message"] for each in news(told, "newPost")]
    assert texts(said) == ["ناهار؟", "بله"]
    assert said[1]["reply"]["to"] == int(first.message_id)
    assert said[0]["from"] == {"_": "peerUser", "id": int(scene.sara)}
    assert said[0]["peer"] == {"_": "peerChannel", "id": int(scene.family)}
    [group], [sara] = told["chats"], told["users"]
    assert (group["title"], group["flags"] >> 8 & 1, sara["first"]) == ("خانواده", 1, "Sara")
    assert int(scene.family) > 2**32
    assert await scene.hand.pending() == 2
    assert (await scene.wire.difference(told["state"]))["_"] == "nothing"
    assert await scene.hand.pending() == 0


async def test_the_same_state_is_answered_with_the_same_news(scene: Scene) -> None:
    state = await scene.wire.state()
    for number in range(3):
        await scene.hand.say(scene.family, scene.sara, str(number))
        once, again = await scene.wire.difference(state), await scene.wire.difference(state)
        assert texts([n["message"] for n in news(once, "newPost")]) == [str(number)]
        assert once["others"] == again["others"]
        state = once["state"]


async def test_we_speak_in_a_group_and_hear_ourselves_with_the_out_flag(scene: Scene) -> None:
    peer, state = await scene.wire.peer(scene.family), await scene.wire.state()
    answer = await scene.wire.say(peer, "سلام 🙂", random=77)
    given, new = answer["updates"]
    assert given == {"_": "messageId", "id": new["message"]["id"], "random": 77}
    assert (new["_"], new["message"]["flags"] >> 1 & 1) == ("newPost", 1)
    [seen] = await scene.hand.transcript(scene.family)
    assert (seen.text, seen.by, seen.sender_id, seen.message_id) == ("سلام 🙂", "api", scene.me, str(given["id"]))
    told = await scene.wire.difference(state)
    assert [n["message"]["id"] for n in news(told, "newPost")] == [given["id"]]


@pytest.mark.parametrize("how", ["same", "error"])
async def test_a_random_id_sends_once(scene: Scene, how: str) -> None:
    peer = await scene.wire.peer(scene.family)
    await scene.hand.options(repeated_random_id=how)
    first = await scene.wire.say(peer, "یک بار", random=5)
    again = await scene.wire.say(peer, "یک بار", random=5)
    assert again == first if how == "same" else again["text"] == "RANDOM_ID_DUPLICATE"
    assert len(await scene.hand.transcript(scene.family)) == 1


async def test_edits_and_deletions_are_told_both_ways(scene: Scene) -> None:
    peer, channel = await scene.wire.peer(scene.family), await scene.wire.channel(scene.family)
    said = await scene.hand.say(scene.family, scene.sara, "غلط")
    mine = (await scene.wire.say(peer, "مال ما"))["updates"][0]["id"]
    state = await scene.wire.state()
    await scene.hand.edit(scene.family, said.message_id, "درست")
    edit = (0x48F71778, struct_flags(11), peer, number(mine), string("مال ما، درست"))
    answer = await scene.wire(*edit)
    assert answer["updates"][0]["message"]["text"] == "مال ما، درست"
    assert await scene.wire.refused(*edit) == "400 MESSAGE_NOT_MODIFIED"
    wrong = await scene.wire.refused(0x48F71778, struct_flags(11), peer, number(said.message_id), string("x"))
    assert wrong == "403 MESSAGE_AUTHOR_REQUIRED"
    told = await scene.wire.difference(state)
    assert texts([n["message"] for n in news(told, "editPost")]) == ["درست", "مال ما، درست"]
    assert all("edited" in n["message"] for n in news(told, "editPost"))
    gone = await scene.wire(0x84C1FD4E, channel, ids(mine))
    assert (gone["_"], gone["count"]) == ("affected", 1)
    await scene.hand.delete(scene.family, said.message_id)
    told = await scene.wire.difference(told["state"])
    assert [n["ids"] for n in news(told, "deletePosts")] == [[mine], [int(said.message_id)]]
    assert [seen.deleted for seen in await scene.hand.transcript(scene.family)] == [True, True]


async def test_time_for_edits_is_limited(scene: Scene) -> None:
    peer = await scene.wire.peer(scene.family)
    mine = (await scene.wire.say(peer, "x"))["updates"][0]["id"]
    scene.simulator.world.messages[-1].at -= 10
    await scene.hand.options(edit_seconds=5)
    edit = (0x48F71778, struct_flags(11), peer, number(mine), string("y"))
    assert await scene.wire.refused(*edit) == "400 MESSAGE_EDIT_TIME_EXPIRED"


async def test_a_private_chat_begins_when_somebody_writes_or_when_we_do(scene: Scene) -> None:
    state = await scene.wire.state()
    chat = await scene.hand.start(scene.sara, scene.me)
    await scene.hand.say(chat, scene.sara, "سلام", bot=scene.me)
    told = await scene.wire.difference(state)
    assert texts(told["new"]) == ["/start", "سلام"]
    assert told["new"][1]["peer"] == {"_": "peerUser", "id": int(scene.sara)}
    assert "from" not in told["new"][1]
    assert told["state"]["pts"] == state["pts"] + 2
    sent = await scene.wire.say(await scene.wire.user(scene.sara), "علیک", told["new"][1]["id"])
    assert (sent["_"], sent["pts"]) == ("sent", told["state"]["pts"] + 1)
    assert (await scene.hand.transcript(chat, bot=scene.me))[-1].text == "علیک"
    ali = await scene.hand.people("Ali", "ali_there")
    found = await scene.wire(0xF93CCBA3, string("ali_there"))
    assert found["peer"] == {"_": "peerUser", "id": int(ali)}
    await scene.wire.say(user(ali, found["users"][0]["hash"]), "سلام علی")
    assert [seen.text for seen in await scene.hand.transcript(ali)] == ["سلام علی"]
    await scene.hand.stop(scene.sara, scene.me)
    assert (await scene.wire.say(await scene.wire.user(scene.sara), "?"))["text"] == "USER_IS_BLOCKED"


async def test_private_messages_and_basic_groups_share_one_count_and_deletions_name_no_chat(scene: Scene) -> None:
    await scene.hand.options(new_groups="basic")
    group = await scene.hand.chats("group", "کوچک", creator=scene.sara)
    await scene.hand.members(group, scene.me)
    chat = await scene.hand.start(scene.sara, scene.me)
    said = await scene.hand.say(group, scene.sara, "در گروه")
    state = await scene.wire.state()
    private = await scene.hand.say(chat, scene.sara, "تنها", bot=scene.me)
    assert int(private.message_id) == int(said.message_id) + 1
    peer = word(0x35A95CB9) + long(group)
    sent = (await scene.wire.say(peer, "ما"))["updates"]
    assert (sent[1]["_"], sent[1]["message"]["peer"]["_"]) == ("new", "peerChat")
    both = (0x4222FA74, ids(said.message_id, private.message_id, 999_999))
    assert texts((await scene.wire(*both))["messages"]) == ["در گروه", "تنها", "empty"]
    await scene.hand.delete(group, said.message_id)
    told = await scene.wire.difference(state)
    assert [n["ids"] for n in news(told, "delete")] == [[int(said.message_id)]]
    gone = await scene.wire(0xE58E95D2, struct_flags(0), ids(sent[0]["id"], 999_999))
    assert (gone["_"], gone["count"]) == ("affected", 1)
    hidden = await scene.wire(0xE58E95D2, struct_flags(), ids(private.message_id))
    assert hidden["count"] == 1
    assert not (await scene.hand.transcript(chat, bot=scene.me))[-1].deleted
    assert texts((await scene.wire(*both))["messages"]) == ["empty", "empty", "empty"]
    full = await scene.wire(0xAEB00B34, long(group))
    assert [p["_"] for p in full["full"]["people"]["people"]][1:] == ["chatCreator", "chatMember"]


async def test_a_long_absence_comes_in_slices_or_is_too_long(scene: Scene) -> None:
    state = await scene.wire.state()
    chat = await scene.hand.start(scene.sara, scene.me)
    for word_ in ("یک", "دو", "سه", "چهار"):
        await scene.hand.say(chat, scene.sara, word_, bot=scene.me)
    await scene.hand.options(slice=2)
    heard: list[str] = []
    at = state
    for kind in ("slice", "slice", "difference"):
        told = await scene.wire.difference(at)
        assert told["_"] == kind
        heard, at = heard + texts(told["new"]), told["state"]
    assert heard == ["/start", "یک", "دو", "سه", "چهار"]
    assert (await scene.wire.difference(at))["_"] == "nothing"
    assert (await scene.wire.difference(state, limit=3))["_"] == "stateTooLong"
    await scene.hand.options(too_long_after=4)
    assert await scene.wire.difference(state) == {"_": "stateTooLong", "pts": at["pts"]}
    assert (await scene.wire.state())["pts"] == at["pts"]
    ahead = await scene.wire.difference({**state, "pts": at["pts"] + 1})
    assert ahead["text"] == "PERSISTENT_TIMESTAMP_INVALID"


async def test_who_is_meant_is_told_so(scene: Scene) -> None:
    mine = (await scene.wire.say(await scene.wire.peer(scene.family), "ما"))["updates"][0]["id"]
    state = await scene.wire.state()
    await scene.hand.say(scene.family, scene.sara, "هیچ‌کس")
    await scene.hand.say(scene.family, scene.sara, "تو", reply_to=str(mine))
    await scene.hand.say(scene.family, scene.sara, "@hampayam کجایی؟")
    told = news(await scene.wire.difference(state), "newPost")
    assert [each["message"]["flags"] >> 4 & 1 for each in told] == [0, 1, 1]


async def test_a_channel_may_only_say_that_there_is_something(scene: Scene) -> None:
    await scene.hand.options(channel_news="too_long")
    channel, state = await scene.wire.channel(scene.family), await scene.wire.state()
    before = (await scene.wire.posts(channel, 1))["pts"]
    said = [await scene.hand.say(scene.family, scene.sara, str(n)) for n in range(3)]
    await scene.hand.edit(scene.family, said[0].message_id, "zero")
    told = await scene.wire.difference(state)
    assert told["others"] == [
        {"_": "tooLong", "flags": 1, "channel": int(scene.family), "pts": before + 4},
    ]
    some = await scene.wire.posts(channel, before, limit=2)
    assert (texts(some["new"]), some["flags"] & 1) == (["zero", "1"], 0)
    rest = await scene.wire.posts(channel, some["pts"])
    assert (texts(rest["new"]), rest["flags"] & 1) == (["2"], 1)
    assert texts([n["message"] for n in news(rest, "editPost")]) == ["zero"]
    assert (await scene.wire.difference(told["state"]))["_"] == "nothing"
    assert await scene.hand.pending() > 0
    assert (await scene.wire.posts(channel, rest["pts"]))["_"] == "noPosts"
    assert await scene.hand.pending() == 0
    await scene.hand.options(channel_too_long_after=2)
    jump = await scene.wire.posts(channel, before)
    assert (jump["_"], jump["dialog"]["pts"], texts(jump["messages"])) == ("postsTooLong", rest["pts"], ["2"])
    assert await scene.wire.refused(0x03173D78, word(0), channel, word(0x94D42EE7), number(0), number(9)) == (
        "400 PERSISTENT_TIMESTAMP_EMPTY"
    )


async def test_a_post_in_a_channel_has_no_sender_but_views_and_only_admins_write(scene: Scene) -> None:
    channel = await scene.hand.chats("channel", "اخبار", username="news_here", creator=scene.sara)
    post = await scene.hand.say(channel, scene.sara, "خبر")
    await scene.hand.own("views", chat=channel, message_id=post.message_id, views=41)
    found = await scene.wire(0xF93CCBA3, string("News_Here"))
    [seen] = found["chats"]
    peer = word(0x27BCBBFC) + long(seen["id"]) + long(seen["hash"])
    history = await scene.wire(0x4423E6C5, peer, *[number(n) for n in (0, 0, 0, 10, 0, 0)], long(0))
    [told] = history["messages"]
    assert (told["text"], told["views"], told["flags"] >> 14 & 1) == ("خبر", 42, 1)
    assert "from" not in told
    assert (await scene.wire.say(peer, "من"))["text"] == "CHAT_WRITE_FORBIDDEN"
    joined = await scene.wire(0x24B524C5, word(0xF35AEC28) + peer[4:])
    assert (joined["_"], joined["chats"][0]["flags"] >> 2 & 1) == ("updates", 0)
    assert (await scene.wire.say(peer, "من"))["text"] == "CHAT_WRITE_FORBIDDEN"
    await scene.hand.members(channel, scene.me, "admin")
    assert (await scene.wire.say(peer, "من"))["_"] == "updates"
    forwarded = await scene.hand.own(
        "forward", **{"chat": scene.family, "person": scene.sara, "from": channel, "message_id": post.message_id}
    )
    history = await scene.wire(0x93D7B347, await scene.wire.channel(scene.family), ids(forwarded["message_id"]))
    origin = history["messages"][0]["forward"]
    assert (origin["from"]["id"], origin["post"]) == (int(channel), int(post.message_id))


async def test_eitaayar_and_the_gateway_see_one_world(scene: Scene) -> None:
    state = await scene.wire.state()
    token = scene.simulator.world.bots[scene.me].token
    body = {"chat_id": scene.family, "text": "از ایتایار"}
    async with scene.wire.session.post(f"{scene.wire.url}/api/{token}/sendMessage", json=body) as answer:
        sent = (await answer.json())["result"]["message_id"]
    told = await scene.wire.difference(state)
    [new] = news(told, "newPost")
    assert (new["message"]["id"], new["message"]["text"]) == (sent, "از ایتایار")
    [sender] = [each for each in told["users"] if each["id"] == new["message"]["from"]["id"]]
    assert (sender["username"], sender["flags"] >> 14 & 1) == ("sender", 1)


async def test_reading_and_reacting_go_both_ways(scene: Scene) -> None:
    chat = await scene.hand.start(scene.sara, scene.me)
    said = await scene.hand.say(chat, scene.sara, "خواندی؟", bot=scene.me)
    peer, state = await scene.wire.user(scene.sara), await scene.wire.state()
    dialog = (await scene.wire.dialogs())["dialogs"][0]
    assert (dialog["unread"], dialog["in"], dialog["top"]) == (2, 0, int(said.message_id))
    read = await scene.wire(0x0E306D3A, peer, number(said.message_id))
    assert (read["_"], read["count"]) == ("affected", 1)
    mine = await scene.wire.say(peer, "بله")
    await scene.hand.own("read", chat=chat, message_id=str(mine["id"]), bot=scene.me)
    reaction = (0x25690CE4, struct_flags(0), peer, number(said.message_id), string("❤"))
    counts = (await scene.wire(*reaction))["updates"][0]["reactions"]["results"]
    assert counts == [{"_": "count", "flags": 1, "reaction": "❤", "count": 1}]
    where = {"chat": chat, "message_id": said.message_id, "bot": scene.me}
    await scene.hand.own("react", **where, person=scene.sara, reaction="👍")
    told = await scene.wire.difference(state)
    assert [n["max"] for n in news(told, "readIn") + news(told, "readOut")] == [int(said.message_id), mine["id"]]
    assert len(news(told, "reactions")[-1]["reactions"]["results"]) == 2
    assert await scene.wire.refused(*reaction) == "400 MESSAGE_NOT_MODIFIED"
    channel = await scene.wire.channel(scene.family)
    await scene.hand.say(scene.family, scene.sara, "و این؟")
    assert (await scene.wire(0xCC104937, channel, number(0)))["_"] == "true"
    assert [d["unread"] for d in (await scene.wire.dialogs())["dialogs"]] == [0, 0]


async def test_what_cannot_be_sent_is_refused_in_telegrams_words(scene: Scene) -> None:
    peer, say = await scene.wire.peer(scene.family), scene.wire.say
    assert (await say(peer, "🙂" * 2049))["text"] == "MESSAGE_TOO_LONG"
    assert (await say(peer, "  "))["text"] == "MESSAGE_EMPTY"
    assert (await say(peer[:-8] + long(1), "x"))["text"] == "PEER_ID_INVALID"
    assert (await say(user(scene.sara, 1), "x"))["text"] == "PEER_ID_INVALID"
    assert (await say(word(0x35A95CB9) + long(scene.family), "x"))["text"] == "PEER_ID_INVALID"
    assert (await scene.wire.posts(word(0xF35AEC28) + long(scene.family) + long(1), 1))["text"] == "CHANNEL_INVALID"
    plain = (0x520C3870, struct_flags(), peer, string("x"), long(0))
    assert await scene.wire.refused(*plain) == "400 RANDOM_ID_EMPTY"
    bold = word(0xBD610BC9) + number(1) + number(9)
    marked = (0x520C3870, struct_flags(3), peer, string("متن"), long(8), word(0x1CB5C415) + number(1) + bold)
    assert await scene.wire.refused(*marked) == "400 ENTITY_BOUNDS_INVALID"
    assert await scene.wire.refused(0x48F71778, struct_flags(11), peer, number(999), string("x")) == (
        "400 MESSAGE_ID_INVALID"
    )
    assert await scene.hand.transcript() == []


async def test_entities_keep_their_places(scene: Scene) -> None:
    peer = await scene.wire.peer(scene.family)
    link = word(0x76A6D327) + number(0) + number(3) + string("https://example.org/")
    name = word(0x208E68C9) + number(4) + number(2) + word(0xF7C1B13F)
    entities = word(0x1CB5C415) + number(2) + link + name
    sent = await scene.wire(0x520C3870, struct_flags(3), peer, string("متن ما"), long(9), entities)
    assert sent["updates"][1]["message"]["entities"] == [
        {"_": "link", "offset": 0, "length": 3, "url": "https://example.org/"},
        {"_": "mention", "offset": 4, "length": 2, "id": int(scene.me)},
    ]
    bold = [{"type": "messageEntityBold", "offset": 0, "length": 2}]
    said = await scene.hand.own("post", chat=scene.family, person=scene.sara, text="متن", entities=bold)
    [seen] = (await scene.wire(0x93D7B347, await scene.wire.channel(scene.family), ids(said["message_id"])))["messages"]
    assert seen["entities"] == [{"_": "bold", "offset": 0, "length": 2}]
    shown, typed = (await scene.hand.transcript(scene.family))[-2:]
    assert [(kind, words) for kind, words, _ in shown.looks] == [("link", "متن"), ("mention", "ما")]
    assert typed.looks == (("bold", "مت", ""),)


async def test_what_a_person_formats_is_told_by_entities(scene: Scene) -> None:
    said = await scene.hand.say(scene.family, scene.sara, "🙂 در کوه", looks=[("bold", "کوه", "")])
    [seen] = (await scene.wire(0x93D7B347, await scene.wire.channel(scene.family), ids(said.message_id)))["messages"]
    assert seen["entities"] == [{"_": "bold", "offset": 6, "length": 3}]


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


def ids(*numbers: int | str) -> bytes:
    return word(0x1CB5C415) + number(len(numbers)) + b"".join(number(each) for each in numbers)


def user(person: str, secret: int) -> bytes:
    return word(0xDDE8A54C) + long(person) + long(secret)
