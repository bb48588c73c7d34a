"""An operator names a chat, and the account goes into it; what others have read is heard. Over real HTTP."""

from __future__ import annotations

import pytest

from bridge.model import Chat, ChatKind, MessageSaid, ReadUpTo
from bridge.outgoing import Outgoing
from tests.platforms.eitaa.ours import Ours, Place, events


async def invitation(ours: Ours, kind: str, title: str) -> tuple[str, str]:
    """A group that we are not in, and the code of an invitation to it."""
    hand = ours.scene.hand
    await hand.options(new_groups=kind)
    group = await hand.chats("group", title, creator=ours.scene.sara)
    return group, str((await hand.own("invite", chat=group))["code"])


@pytest.mark.parametrize("kind", ["supergroup", "basic"])
@pytest.mark.parametrize("link", ["https://eitaa.com/joinchat/{}", "eitaa.com/joinchat/{}/", "https://eitaa.com/+{}"])
async def test_by_an_invitations_link(ours: Ours, kind: str, link: str) -> None:
    group, code = await invitation(ours, kind, "همسایه‌ها")
    letter = "c" if kind == "supergroup" else "g"
    for _ in range(2):  # the second time we are in it already
        entered = await ours.session.enter(link.format(code))
        assert entered == Chat(f"{letter}{group}", ChatKind.GROUP, "همسایه‌ها")
    await ours.session.send(f"{letter}{group}", Outgoing("سلام", client_id="1/0"))
    await ours.poll()
    await ours.scene.hand.say(group, ours.scene.sara, "خوش آمدید")
    assert [each.content for each in events(await ours.poll()) if isinstance(each, MessageSaid)]


async def test_by_a_public_name(ours: Ours) -> None:
    hand, scene = ours.scene.hand, ours.scene
    channel = await hand.chats("channel", "اخبار", username="news_here", creator=scene.sara)
    for word in ("news_here", "@news_here", "https://eitaa.com/news_here"):
        assert await ours.session.enter(word) == Chat(f"c{channel}", ChatKind.CHANNEL, "اخبار")
    assert scene.me in [member["id"] for member in await members(ours, channel)]


async def members(ours: Ours, chat: str) -> list[dict[str, str]]:
    state = await ours.scene.hand.state()
    found = next(each for each in state["chats"] if each["id"] == chat)
    return [{"id": str(member["id"])} for member in found["members"]]


@pytest.mark.parametrize("word", ["https://eitaa.com/joinchat/no_such_code", "nobody_there", "c999", ""])
async def test_what_is_not_there_is_not_entered(ours: Ours, word: str) -> None:
    assert await ours.session.enter(word) is None


async def test_what_others_have_read_is_heard(place: Place) -> None:
    sent = await place.ours.session.send(place.chat, Outgoing("سلام", client_id="1/0"))
    await place.ours.poll()
    await place.hand.own("read", chat=place.group, message_id=sent)
    (read,) = events(await place.ours.poll())
    assert isinstance(read, ReadUpTo)
    assert (read.chat.id, read.id) == (place.chat, sent)
