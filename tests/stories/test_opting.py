"""Groups are told who reads them, once, and their members can keep their words in their own app."""

from __future__ import annotations

import pytest

from bridge.sandbox.messenger import Group, Messenger
from bridge.sandbox.reading import heard
from bridge.sandbox.sharing import ask_for_code, join
from bridge.sandbox.world import DOMAIN, World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def words(messenger: Messenger, group: Group) -> list[str]:
    """What arrived in a group from elsewhere."""
    return [line.text.partition("\n")[2] for line in await messenger.conversation(group) if line.by == "api"]


async def told(messenger: Messenger, group: Group, key: str) -> list[str]:
    return [line.text for line in await messenger.transcript(group) if heard(key, line.text) is not None]


async def test_each_group_is_told_once_who_reads_it_and_how_to_stay_out(either_world: World) -> None:
    shared = await either_world.share("آگاه", "bale", "rubika")
    third = await either_world["soroush"].group("تازه‌وارد آگاه", "سهراب")
    code = await ask_for_code(either_world["bale"], shared.groups["bale"], either_world.operator)
    await join(either_world["soroush"], third, code, either_world.operator)
    await either_world.settled()
    for name, other in (("bale", "rubika"), ("rubika", "bale")):
        messenger, group = either_world[name], shared.groups[name]
        (made,) = await told(messenger, group, "link_made")
        assert shared.groups[other].title in made
        assert "/کناره‌گیری" in made
        (joined,) = await told(messenger, group, "joined")
        assert third.title in joined
        assert "/کناره‌گیری" in joined
    (made,) = await told(either_world["soroush"], third, "link_made")
    assert all(group.title in made for group in shared.groups.values())
    await either_world["soroush"].says(third, "سهراب", "/unlink")
    for name, group in shared.groups.items():
        await either_world[name].wait_for(group, lambda line: heard("link_ended", line.text) is not None)
    await either_world.settled()
    for name, group in (*shared.groups.items(), ("soroush", third)):
        assert len(await told(either_world[name], group, "link_ended")) == 1


@pytest.mark.parametrize(("here", "there", "who"), [("bale", "rubika", "بابک"), ("rubika", "bale", "ریحانه")])
async def test_a_member_keeps_their_words_in_their_own_app(
    either_world: World, here: str, there: str, who: str
) -> None:
    shared = await either_world.share(f"خلوت {here}", "bale", "rubika")
    home, group, away = either_world[here], shared.groups[here], shared.groups[there]
    await home.says(group, who, f"پیش از کناره‌گیری از {here}")
    await either_world[there].copy_of(away, f"پیش از کناره‌گیری از {here}")
    ghost = f"@hampayam_{here}_{_escaped(home.people[who])}:{DOMAIN}"
    assert ghost in await either_world.members(shared.room)

    for command in ("/optout", "/کناره‌گیری"):  # once more is harmless
        answer = await home.answer_to(group, who, command)
        assert heard("opted_out", answer.text) is not None
    assert ghost not in await either_world.members(shared.room)
    await home.says(group, who, f"این در {here} می‌ماند")
    await home.says(group, group.admin, f"من از {here} می‌گویم")
    await either_world[there].copy_of(away, f"من از {here} می‌گویم")

    answer = await home.answer_to(group, who, "/بازگشت")
    assert heard("opted_in", answer.text) is not None
    await home.says(group, who, f"دوباره از {here} سلام")
    await either_world[there].copy_of(away, f"دوباره از {here} سلام")
    await either_world.settled()
    assert await words(either_world[there], away) == [
        f"پیش از کناره‌گیری از {here}",
        f"من از {here} می‌گویم",
        f"دوباره از {here} سلام",
    ]
    assert ghost in await either_world.members(shared.room)


async def test_what_still_waits_for_an_app_when_its_author_opts_out_does_not_go_there(world: World) -> None:
    shared = await world.share("پشیمان", "bale", "rubika", "soroush")
    bale, rubika = world["bale"], world["rubika"]
    await rubika.control.fault("down")
    try:
        await bale.says(shared.groups["bale"], "بابک", "کاش نگفته بودم")
        await world["soroush"].copy_of(shared.groups["soroush"], "کاش نگفته بودم")
        await bale.says(shared.groups["bale"], "سارا", "من پشیمان نیستم")
        answer = await bale.answer_to(shared.groups["bale"], "بابک", "/optout")
        assert heard("opted_out", answer.text) is not None
    finally:
        await rubika.control.fault("up")
    await rubika.copy_of(shared.groups["rubika"], "من پشیمان نیستم")
    await world.settled()
    assert await words(rubika, shared.groups["rubika"]) == ["من پشیمان نیستم"]
    reasons = {copy.reason for copy in await world.books.copies() if copy.state == "withheld"}
    assert "opted_out" in reasons


def _escaped(remote_id: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in remote_id)
