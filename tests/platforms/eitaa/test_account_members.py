"""What an account is told of people who come and go, and of its own coming and going; over real HTTP."""

from __future__ import annotations

from bridge.model import BotMoved, Chat, ChatKind, MembersMoved, MessageDeleted, Person
from tests.platforms.eitaa.ours import Ours, Place, events


async def test_people_who_come_and_go_are_told_with_their_names(place: Place) -> None:
    hand, sara = place.hand, place.ours.scene.sara
    reza, ali, robot = await hand.people("Reza"), await hand.people("Ali"), await hand.people("Robot", is_bot=True)
    await hand.own("virtual", person=ali, virtual=True)

    async def told() -> list[tuple[tuple[Person, ...], bool]]:
        found = events(await place.ours.poll())
        assert all(isinstance(each, MembersMoved) and each.chat.id == place.chat for each in found)
        return [(each.people, each.present) for each in found if isinstance(each, MembersMoved)]

    await hand.own("join", chat=place.group, person=reza, by="link")
    assert await told() == [((Person(reza, "Reza"),), True)]
    await hand.members(place.group, reza, "left")
    assert await told() == [((Person(reza, "Reza"),), False)]
    await hand.own("join", chat=place.group, person=reza, by="request")
    assert await told() == [((Person(reza, "Reza"),), True)]
    await hand.own("add", chat=place.group, by=reza, people=[ali, robot])
    both = (Person(ali, "Ali", virtual=True), Person(robot, "Robot", is_bot=True))
    assert await told() == [(both, True)]
    await hand.own("remove", chat=place.group, by=sara, person=reza)
    assert await told() == [((Person(reza, "Reza"),), False)]


async def test_our_own_moves_are_ours_whoever_else_moves(place: Place) -> None:
    hand, me, sara = place.hand, place.ours.scene.me, place.ours.scene.sara
    ali = await hand.people("Ali")
    await hand.own("remove", chat=place.group, by=sara, person=me)
    (left,) = events(await place.ours.poll())
    assert isinstance(left, BotMoved)
    assert (left.chat.id, left.present) == (place.chat, False)
    await hand.own("add", chat=place.group, by=sara, people=[ali, me])
    (came,) = events(await place.ours.poll())
    assert isinstance(came, BotMoved)
    assert (came.chat.id, came.present) == (place.chat, True)


async def test_coming_by_a_link_is_our_own_move_too(ours: Ours) -> None:
    hand, sara, me = ours.scene.hand, ours.scene.sara, ours.scene.me
    other = await hand.chats("group", "همکاران", creator=sara)
    await hand.own("join", chat=other, person=me, by="link")
    moves = [each for each in await ours.poll() if isinstance(each, BotMoved)]
    assert [(each.chat.id, each.present) for each in moves] == [(f"c{other}", True)]


async def test_a_channel_that_we_have_joined_is_told_once_and_heard_from_then_on(ours: Ours) -> None:
    """No line says so there."""
    scene, hand = ours.scene, ours.scene.hand
    channel = await hand.chats("channel", "اخبار", username="news_here", creator=scene.sara)
    await hand.say(channel, scene.sara, "دیروز")
    await hand.members(channel, scene.me)
    (came,) = events(await ours.poll())
    assert came == BotMoved(Chat(f"c{channel}", ChatKind.CHANNEL, "اخبار"), present=True)
    await hand.members(channel, scene.me, "admin")
    assert events(await ours.poll()) == []
    post = (await hand.say(channel, scene.sara, "امروز")).message_id
    await hand.edit(channel, post, "امروز!")
    await hand.delete(channel, post)
    *_, deleted = events(await ours.poll())
    assert deleted == MessageDeleted(Chat(f"c{channel}", ChatKind.CHANNEL, "اخبار"), (post,))
    await hand.members(channel, scene.me, "left")
    (gone,) = events(await ours.poll())
    assert isinstance(gone, BotMoved)
    assert (gone.chat.id, gone.present) == (f"c{channel}", False)
