"""Who may link what, and how: codes, admins, operators, proofs, ends."""

from __future__ import annotations

import asyncio

import pytest

from bridge.sandbox.messenger import Group
from bridge.sandbox.reading import heard
from bridge.sandbox.sharing import approve, ask_for_code, join, linked
from bridge.sandbox.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_code_links_two_groups_and_persian_words_do_as_well(either_world: World) -> None:
    rubika, bale = either_world["rubika"], either_world["bale"]
    ours, theirs = await rubika.group("کتاب‌خوان‌ها", "رضا"), await bale.group("کتاب‌دوست‌ها", "سارا")
    answer = await rubika.answer_to(ours, "رضا", "/پیوند")
    told = heard("code", answer.text)
    assert told is not None
    assert told["minutes"] in ("30", "۳۰")
    await bale.says(theirs, "سارا", f"/پیوستن {told['code']}")
    told_here, told_there = await linked(rubika, ours), await linked(bale, theirs)
    assert "کتاب‌دوست‌ها" in told_here.text
    assert "کتاب‌خوان‌ها" in told_there.text
    await rubika.says(ours, "رضا", "این ماه چه بخوانیم؟")
    await bale.copy_of(theirs, "این ماه چه بخوانیم؟")


async def test_a_code_can_be_written_with_other_digits_spaces_and_case(world: World) -> None:
    rubika, bale = world["rubika"], world["bale"]
    ours, theirs = await rubika.group("خط خوش", "رضا"), await bale.group("خط بد", "سارا")
    code = await ask_for_code(rubika, ours, world.operator)
    sloppy = code.lower().translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    await join(bale, theirs, f"{sloppy[:4]}-{sloppy[4:]}", world.operator)


async def test_a_code_can_be_used_once(either_world: World) -> None:
    bale = either_world["bale"]
    first, second, third = [await bale.group(title, "سارا") for title in ("یکم", "دوم", "سوم")]
    code = await ask_for_code(bale, first, either_world.operator)
    await join(bale, second, code, either_world.operator)
    answer = await bale.answer_to(third, "سارا", f"/join {code}")
    assert heard("code_used", answer.text) is not None


async def test_two_groups_that_use_a_code_at_once_do_not_both_get_in(world: World) -> None:
    bale = world["bale"]
    first, *rivals = [await bale.group(f"رقیب {number}", "سارا") for number in range(3)]
    code = await ask_for_code(bale, first, world.operator)
    await asyncio.gather(*[bale.says(rival, "سارا", f"/join {code}") for rival in rivals])
    answers = [await bale.wait_for(rival, lambda line: line.by == "api") for rival in rivals]
    assert sorted(heard("code_used", answer.text) is not None for answer in answers) == [False, True]


async def test_a_wrong_code_is_refused(world: World) -> None:
    group = await world["bale"].group("اشتباه", "سارا")
    answer = await world["bale"].answer_to(group, "سارا", "/join AAAABBBB")
    assert heard("code_unknown", answer.text) is not None
    answer = await world["bale"].answer_to(group, "سارا", "/join")
    assert heard("join_which_code", answer.text) is not None


async def test_an_old_code_is_refused(world: World) -> None:
    bale = world["bale"]
    first, second = await bale.group("دیروز", "سارا"), await bale.group("امروز", "سارا")
    code = await ask_for_code(bale, first, world.operator)
    await world.books.change("UPDATE link_code SET expires_at = 1 WHERE used_at IS NULL")
    answer = await bale.answer_to(second, "سارا", f"/join {code}")
    assert heard("code_expired", answer.text) is not None


@pytest.mark.parametrize("platform", ["rubika", "bale"])
async def test_only_an_admin_of_a_group_links_or_unlinks_it(world: World, platform: str) -> None:
    shared = await world.share(f"مدیران {platform}", "rubika", "bale")
    messenger, group = world[platform], shared.groups[platform]
    member = next(name for name in messenger.people if name not in (group.admin,) and name in ("ریحانه", "بابک"))
    for command in ("/link", "/unlink", "/join AAAABBBB"):
        answer = await messenger.answer_to(group, member, command)
        assert heard("admins_only", answer.text) is not None, command
    await messenger.says(group, group.admin, f"هنوز وصلیم {platform}")
    other = "bale" if platform == "rubika" else "rubika"
    await world[other].copy_of(shared.groups[other], f"هنوز وصلیم {platform}")


async def test_where_nobody_can_tell_who_is_an_admin_an_operator_approves(either_world: World) -> None:
    soroush, bale, operator = either_world["soroush"], either_world["bale"], either_world.operator
    asking, other = await soroush.group("پرسنده", "سهراب"), await bale.group("میزبان پرسنده", "سارا")
    answer = await soroush.answer_to(asking, "سهراب", "/link")
    assert heard("wait_for_operator", answer.text) is not None
    note = await operator.person.first(
        operator.room, lambda event: (heard("approve_please", event.body) or {}).get("title") == "پرسنده"
    )
    assert "سروش پلاس" in note.body
    assert "پرسنده" in await operator.command("status")
    await approve(asking, operator)
    told = await soroush.wait_for(asking, lambda line: heard("approved_code", line.text) is not None)
    await join(bale, other, (heard("approved_code", told.text) or {})["code"], operator)
    await bale.says(other, "سارا", "خوش آمدید از سروش")
    await soroush.copy_of(asking, "خوش آمدید از سروش")


async def test_before_the_operator_approves_nothing_crosses(world: World) -> None:
    soroush, bale = world["soroush"], world["bale"]
    ours, theirs = await bale.group("با اجازه", "سارا"), await soroush.group("بی‌اجازه", "سهراب")
    company = await world["rubika"].group("همراه", "رضا")
    await join(world["rubika"], company, await ask_for_code(bale, ours, world.operator), world.operator)
    code = await ask_for_code(bale, ours, world.operator)
    answer = await soroush.answer_to(theirs, "سهراب", f"/join {code}")
    assert heard("wait_for_operator", answer.text) is not None
    await soroush.says(theirs, "سهراب", "هنوز کسی مرا نمی‌شنود")
    await bale.says(ours, "سارا", "هنوز تو را نمی‌شنویم")
    await world["rubika"].copy_of(company, "هنوز تو را نمی‌شنویم")
    await approve(theirs, world.operator)
    await linked(soroush, theirs)
    await soroush.says(theirs, "سهراب", "حالا شنیده می‌شوم")
    await bale.copy_of(ours, "حالا شنیده می‌شوم")
    await world.settled()
    assert [line.text.partition("\n")[2] for line in await soroush.conversation(theirs) if line.by == "api"] == []
    assert [line.text.partition("\n")[2] for line in await bale.conversation(ours) if line.by == "api"] == [
        "حالا شنیده می‌شوم"
    ]


async def test_an_eitaa_channel_proves_itself_by_a_code_that_is_posted_into_it(either_world: World) -> None:
    eitaa, operator = either_world["eitaa"], either_world.operator
    shared = await either_world.share("میزبان کانال", "bale", "rubika")
    channel = await eitaa.group("کانال ما", "الهام")
    answer = await operator.command(f"link eitaa @{channel.username} {shared.number}")
    assert heard("proof_posted", answer) is not None
    posted = await eitaa.wait_for(channel, lambda line: heard("proof", line.text) is not None)
    number = (await operator.pending())[str(channel.username)]
    assert heard("prove_first", await operator.command(f"approve {number}")) is not None
    assert heard("code_unknown", await operator.command("approve QQQQWWWW")) is not None
    code = (heard("proof", posted.text) or {})["code"]
    assert heard("approved", await operator.command(f"approve {code}")) is not None
    await eitaa.wait_for(channel, lambda line: heard("link_made_one_way", line.text) is not None)
    await either_world["bale"].says(shared.groups["bale"], "سارا", "کانال هم می‌بیند")
    await eitaa.copy_of(channel, "کانال هم می‌بیند")


async def test_a_one_way_leg_says_so_in_the_room_in_the_other_chats_and_in_status(world: World) -> None:
    mina = await world.matrix_manager("one-way-reader")
    shared = await world.share("یک‌طرفه", "bale", "eitaa", host=mina)
    notice = await mina.person.first(shared.room, lambda event: heard("room_one_way", event.body) is not None)
    assert notice.sender.startswith("@hampayam_eitaa.steward")
    joined = await world["bale"].wait_for(
        shared.groups["bale"], lambda line: heard("joined_one_way", line.text) is not None
    )
    assert "ایتا" in joined.text
    line = next(line for line in (await world.operator.command("status")).splitlines() if "ایتا" in line)
    assert "یک‌طرفه" in line
    status = await world["bale"].answer_to(shared.groups["bale"], "سارا", "/status")
    assert "یک‌طرفه" in next(line for line in status.text.splitlines() if "ایتا" in line)


async def test_a_link_has_heard_nothing_until_an_ordinary_message_has_come_through(world: World) -> None:
    shared = await world.share("ساکت", "bale", "rubika")
    bale, group = world["bale"], shared.groups["bale"]

    async def silent(platform: str) -> bool:
        status = await bale.answer_to(group, "سارا", "/وضعیت")
        line = next(line for line in status.text.splitlines() if world[platform].titles["fa"] in line)
        return "هنوز چیزی نشنیده‌ایم" in line

    assert await silent("bale")  # commands are no ordinary messages: a bot that is not admin may get only those
    assert await silent("rubika")
    await bale.says(group, "بابک", "این نخستین سخن عادی است")
    await world["rubika"].copy_of(shared.groups["rubika"], "این نخستین سخن عادی است")
    assert not await silent("bale")
    assert await silent("rubika")


@pytest.mark.parametrize("platform", ["rubika", "bale"])
async def test_a_bot_that_is_removed_from_its_group_ends_the_link(world: World, platform: str) -> None:
    other = "bale" if platform == "rubika" else "rubika"
    shared = await world.share(f"رانده {platform}", "rubika", "bale", "soroush")
    await world[platform].says(shared.groups[platform], shared.groups[platform].admin, f"پیش از رفتن ربات {platform}")
    await world[other].copy_of(shared.groups[other], f"پیش از رفتن ربات {platform}")
    await world[platform].kick_bot(shared.groups[platform])
    told = await world[other].wait_for(
        shared.groups[other], lambda line: heard("link_ended_removed", line.text) is not None
    )
    assert shared.groups[platform].title in told.text
    await world.settled()
    assert not [mxid for mxid in await world.members(shared.room) if mxid.startswith(f"@hampayam_{platform}_")]


async def test_a_linked_group_cannot_be_linked_elsewhere(world: World) -> None:
    first = await world.share("وفادار", "bale", "rubika")
    other = await world["soroush"].group("دیگری", "سهراب")
    code = await ask_for_code(world["soroush"], other, world.operator)
    answer = await world["bale"].answer_to(first.groups["bale"], "سارا", f"/join {code}")
    assert heard("linked_elsewhere", answer.text) is not None
    code = await ask_for_code(world["rubika"], first.groups["rubika"], world.operator)
    answer = await world["bale"].answer_to(first.groups["bale"], "سارا", f"/join {code}")
    assert heard("linked_already", answer.text) is not None


async def test_after_its_end_a_group_can_be_linked_anew(either_world: World) -> None:
    shared = await either_world.share("دوباره", "bale", "rubika")
    bale, group = either_world["bale"], shared.groups["bale"]
    await bale.says(group, "سارا", "/قطع")
    ended = await bale.wait_for(group, lambda line: heard("link_ended", line.text) is not None)
    await either_world.settled()
    code = await ask_for_code(either_world["rubika"], shared.groups["rubika"], either_world.operator)
    await bale.says(group, "سارا", f"/join {code}")
    await bale.wait_for(group, lambda line: heard("link_made", line.text) is not None, after=ended.index)
    await bale.says(group, "سارا", "باز هم با هم هستیم")
    await either_world["rubika"].copy_of(shared.groups["rubika"], "باز هم با هم هستیم")


async def test_an_operator_can_do_from_matrix_what_groups_do(world: World) -> None:
    operator, bale, rubika = world.operator, world["bale"], world["rubika"]
    ours: Group = await bale.group("از راه دور", "سارا")
    theirs: Group = await rubika.group("از راه نزدیک", "رضا")
    assert heard("linking", await operator.command(f"link bale {ours.id}")) is not None
    await bale.wait_for(ours, lambda line: heard("link_made", line.text) is not None)
    number, room = (await operator.rooms())["از راه دور"]
    told = heard("code_for_room", await operator.command(f"link {number}"))
    assert told is not None
    assert heard("linking", await operator.command(f"join {told['code']} rubika {theirs.id}")) is not None
    await linked(rubika, theirs)
    await bale.says(ours, "سارا", "از دور سلام می‌کنم")
    await rubika.copy_of(theirs, "از دور سلام می‌کنم")
    lines = (await operator.command("rooms")).splitlines()
    portal = next(line.split("·")[0].strip() for line in lines if "از راه نزدیک" in line)
    assert heard("unlinked", await operator.command(f"unlink {portal}")) is not None
    await rubika.wait_for(theirs, lambda line: heard("link_ended", line.text) is not None)
    await world.settled()
    assert not [mxid for mxid in await world.members(room) if mxid.startswith("@hampayam_rubika_")]
