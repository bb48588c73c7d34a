"""What an account is told of reactions, and how it reacts; over real HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridge.errors import Refused
from bridge.model import ReactionsChanged
from bridge.outgoing import Outgoing
from tests.platforms.eitaa.ours import Ours, Place, events, ignored

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridge.model import RemoteEvent


async def react(place: Place, message: str, person: str, reaction: str | None) -> None:
    await place.hand.own("react", chat=place.group, message_id=message, person=person, reaction=reaction)


def counts(found: Sequence[RemoteEvent]) -> list[dict[str, int]]:
    return [dict(each.counts) for each in found if isinstance(each, ReactionsChanged)]


async def test_reactions_are_told_as_counts_and_each_change_is_one(ours: Ours, place: Place) -> None:
    hand, sara = place.hand, ours.scene.sara
    reza = await hand.people("Reza")
    await hand.members(place.group, reza)
    number = await place.says("ناهار؟")
    await ours.poll()
    versions = []
    for person, reaction, expected in (
        (sara, "❤", {"❤": 1}),
        (reza, "❤", {"❤": 2}),
        (sara, "👍", {"❤": 1, "👍": 1}),
        (sara, None, {"❤": 1}),
        (reza, None, {}),
    ):
        await react(place, number, person, reaction)
        (told,) = events(await ours.poll())
        assert isinstance(told, ReactionsChanged)
        assert (told.chat.id, told.id, dict(told.counts)) == (place.chat, number, expected)
        versions.append(told.version)
    assert len(set(versions)) == 5


async def test_a_replay_is_the_same_change(place: Place) -> None:
    number = await place.says("ناهار؟")
    await place.ours.poll()
    began = place.ours.cursor
    await react(place, number, place.ours.scene.sara, "❤")
    (first,) = events(await place.ours.poll())
    place.ours.cursor, place.ours.keys = began, set()
    (again,) = events(await place.ours.poll())
    assert first == again


@pytest.mark.parametrize("least", [False, True], ids=["whole", "without ours"])
async def test_our_own_reaction_is_not_counted(place: Place, least: bool) -> None:
    session, sara = place.ours.session, place.ours.scene.sara
    await place.hand.options(min_reactions=least)
    number = await place.says("ناهار؟")
    await place.ours.poll()
    await session.react(place.chat, number, "❤️")
    assert counts(await place.ours.poll()) == [{}]
    await react(place, number, sara, "❤")
    assert counts(await place.ours.poll()) == [{"❤": 1}]
    await session.react(place.chat, number, "👍")
    assert counts(await place.ours.poll()) == [{"❤": 1}]
    await session.react(place.chat, number, "")
    assert counts(await place.ours.poll()) == [{"❤": 1}]


async def test_to_react_may_be_repeated_and_there_is_one_reaction_of_ours(place: Place) -> None:
    session = place.ours.session
    sent = await session.send(place.chat, Outgoing("سلام", None, "1/0"))
    for key, there in (("❤️", ["❤"]), ("❤️", ["❤"]), ("👍", ["👍"]), ("", []), ("", [])):
        await session.react(place.chat, sent, key)
        shown = await place.hand.own("reactions", chat=place.group, message_id=sent)
        assert list(shown["reactions"].values()) == there


async def test_what_eitaa_does_not_know_is_refused(place: Place) -> None:
    number = await place.says("ناهار؟")
    with pytest.raises(Refused):
        await place.ours.session.react(place.chat, number, "😀" * 40)
    with pytest.raises(Refused):
        await place.ours.session.react(place.chat, "99999", "❤️")


async def test_counts_of_which_ours_is_never_told_are_left_alone(ours: Ours, place: Place) -> None:
    number = await place.says("ناهار؟")
    await ours.poll()
    await place.hand.options(min_reactions=True)
    await place.hand.fault("rpc_error", method="messages.getMessagesReactions", code=400, text="MSG_ID_INVALID")
    await react(place, number, ours.scene.sara, "❤")
    found = await ours.poll()
    assert counts(found) == []
    assert "updateMessageReactions" in ignored(found)
