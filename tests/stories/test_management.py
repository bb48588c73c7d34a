"""The management room: who may do what there, in which words, and why it must not be encrypted."""

from __future__ import annotations

import pytest

from bridge.sandbox.reading import heard
from bridge.sandbox.world import DOMAIN, World
from bridge.texts.sentences import SENTENCES

pytestmark = pytest.mark.asyncio(loop_scope="session")

ENCRYPTION = {"algorithm": "m.megolm.v1.aes-sha2"}


async def test_an_encrypted_direct_chat_is_refused_in_words_in_both_languages(world: World) -> None:
    person = await world.matrix_person("encrypted-from-the-start")
    room = await person.create_room(
        invite=[world.bot],
        is_direct=True,
        initial_state=[{"type": "m.room.encryption", "state_key": "", "content": ENCRYPTION}],
    )
    said = await person.first(room, lambda event: event.sender == world.bot and event.type == "m.room.message")
    for language in ("fa", "en"):
        assert SENTENCES["encrypted_room"][language] in said.body
    await person.first(room, lambda event: event.sender == world.bot and event.content.get("membership") == "leave")


async def test_a_management_room_that_becomes_encrypted_is_left_with_the_same_words(world: World) -> None:
    manager = await world.matrix_manager("encrypted-later")
    person = manager.person
    assert "Hampayam" in await manager.command("version")
    await person.set_state(manager.room, "m.room.encryption", ENCRYPTION)
    said = await person.first(
        manager.room,
        lambda event: event.type == "m.room.message" and SENTENCES["encrypted_room"]["fa"] in event.body,
    )
    assert SENTENCES["encrypted_room"]["en"] in said.body
    await person.first(
        manager.room, lambda event: event.sender == world.bot and event.content.get("membership") == "leave"
    )


async def test_somebody_without_a_role_is_told_so_and_left_alone(world: World) -> None:
    await world.reconfigure(permissions={})
    try:
        person = await world.matrix_person("nobody")
        room = await person.create_room(invite=[world.bot], is_direct=True)
        gone = await person.first(
            room, lambda event: event.sender == world.bot and event.content.get("membership") == "leave"
        )
        assert SENTENCES["nobody"]["fa"] in str(gone.content.get("reason"))
    finally:
        await world.reconfigure(permissions={DOMAIN: "user"})


async def test_an_invite_of_a_ghost_into_an_encrypted_room_is_declined_in_words(world: World) -> None:
    shared = await world.share("دعوت", "bale", "rubika")
    await world["bale"].says(shared.groups["bale"], "سارا", "کسی مرا دعوت نکند")
    await world["rubika"].copy_of(shared.groups["rubika"], "کسی مرا دعوت نکند")
    person = await world.matrix_person("inviter")
    ghost = f"@hampayam_bale_{world['bale'].people['سارا']}:{DOMAIN}"
    encryption = {"type": "m.room.encryption", "state_key": "", "content": ENCRYPTION}
    room = await person.create_room(invite=[ghost], is_direct=True, initial_state=[encryption])
    gone = await person.first(room, lambda event: event.sender == ghost and event.content.get("membership") == "leave")
    for language in ("fa", "en"):
        assert SENTENCES["encrypted_room"][language] in str(gone.content.get("reason"))


async def test_a_user_may_ask_but_not_rule(world: World) -> None:
    user = await world.matrix_manager("plain-user")
    shared = await world.share("زیر نظر", "bale", "rubika")
    for command in ("rooms", "approve", "approve 1", "unlink 1", f"link bale {shared.groups['bale'].id}"):
        assert heard("not_your_role", await user.command(command)) is not None, command
    assert heard("no_such_command", await user.command("dance")) is not None
    for command in ("help", "status", "platforms", "version", "ping", "link"):
        answer = await user.command(command)
        assert heard("not_your_role", answer) is None, command
        assert heard("no_such_command", answer) is None, command


async def test_commands_are_understood_in_persian_and_with_arabic_letters(world: World) -> None:
    for words in ("وضعیت", "وضعيت", "/وضعیت"):
        assert "روبیکا" in await world.operator.command(words)
    assert "approve" in await world.operator.command("کمک")
    assert heard("pong", await world.operator.command("پینگ")) is not None


async def test_help_is_made_from_what_the_asker_may_do(world: World) -> None:
    user = await world.matrix_manager("help-reader")
    assert "approve" not in await user.command("help")
    assert "approve" in await world.operator.command("help")
    assert "approve 3" in await world.operator.command("help approve")
    assert heard("no_such_command", await user.command("help approve")) is not None
    bale = world["bale"]
    group = await bale.group("راهنما", "سارا")
    answer = await bale.answer_to(group, "سارا", "/راهنما")
    assert "/link" in answer.text
    assert "approve" not in answer.text


async def test_a_private_chat_with_the_bot_says_what_it_is_for(world: World) -> None:
    bale = world["bale"]
    person = await bale.person("سارا")
    chat = await bale.control.start(person, bale.bot.id)
    index = 0
    answer = None
    while answer is None:
        lines = await bale.control.transcript(chat, index, wait=10, bot=bale.bot.id)
        assert lines, "no answer within ten seconds"
        answer = next((line for line in lines if line.by == "api"), None)
        index = lines[-1].index
    assert heard("hello", answer.text) is not None
