"""Private chats of an account: who writes first, what crosses, and writing back after a restart."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bridge.errors import Refused
from bridge.model import Chat, ChatKind, Contact, Mark, MessageSaid, Nothing, Person, RemoteEvent, Text
from bridge.outgoing import Outgoing
from bridge.platforms.eitaa import PLATFORM
from bridge.platforms.eitaa import account_convert as convert
from bridge.platforms.eitaa import account_notes as notes
from bridge.platforms.eitaa.tl import TL, Codec
from tests.platforms.eitaa.ours import events, opened

if TYPE_CHECKING:
    from tests.platforms.eitaa.ours import Ours

CODEC = Codec()


def the_only(found: list[RemoteEvent]) -> MessageSaid:
    (said,) = events(found)
    assert isinstance(said, MessageSaid)
    return said


async def writes(ours: Ours, text: str, **more: Any) -> str:
    """Sara, to our account alone; the first time without any chat before it."""
    simulator, scene = ours.scene.simulator, ours.scene
    account = simulator.world.bots[scene.me]
    simulator.scene.open_private(account, simulator.world.people[scene.sara])
    return (await scene.hand.say(scene.sara, scene.sara, text, bot=scene.me, **more)).message_id


async def test_the_first_words_of_somebody_are_a_private_message_with_their_names(ours: Ours) -> None:
    number = await writes(ours, "سلام")
    said = the_only(await ours.poll())
    chat = f"u{ours.scene.sara}"
    assert (said.chat, said.id) == (Chat(chat, ChatKind.PRIVATE, "Sara"), number)
    assert said.sender == Person(ours.scene.sara, "Sara", username="sara_here")
    assert said.content == Text("سلام")
    assert await ours.session.send(chat, Outgoing("علیک", client_id="1/0"))


async def test_replies_and_looks_cross_both_ways(ours: Ours) -> None:
    chat, hand, scene = f"u{ours.scene.sara}", ours.scene.hand, ours.scene
    asked = await writes(ours, "ناهار؟", looks=[("bold", "ناهار", "")])
    said = the_only(await ours.poll())
    assert said.content == Text("ناهار؟", (Mark("bold", 0, 5),))
    sent = await ours.session.send(chat, Outgoing("بله، فردا", asked, "1/0", (Mark("italic", 5, 9),)))
    seen = (await hand.transcript(scene.sara, bot=scene.me))[-1]
    assert (seen.message_id, seen.text, seen.reply_to) == (sent, "بله، فردا", asked)
    assert seen.looks == (("italic", "فردا", ""),)
    await writes(ours, "باشد", reply_to=sent)
    answers = [each for each in events(await ours.poll()) if isinstance(each, MessageSaid) and each.sender]
    assert [(each.reply_to, each.content) for each in answers if each.sender and each.sender.id == scene.sara] == [
        (sent, Text("باشد"))
    ]


async def test_a_phone_number_is_passed_on_and_is_not_said_to_be_anybodys(ours: Ours) -> None:
    await writes(ours, "", kind="contact", thing={"name": "Sara", "phone": "989121234567"})
    content = the_only(await ours.poll()).content
    assert content == Contact("Sara", "989121234567", owner="")
    account = PLATFORM.account
    assert account is not None
    assert (account.capabilities.buttons, account.capabilities.proves_numbers) == ("", False)


async def test_a_copy_of_the_national_system_is_marked_in_private_too(ours: Ours) -> None:
    await ours.scene.hand.own("virtual", person=ours.scene.sara, virtual=True)
    await writes(ours, "سلام")
    sender = the_only(await ours.poll()).sender
    assert sender is not None
    assert sender.virtual
    found = await ours.session.chat(f"u{ours.scene.sara}")
    assert found is not None
    assert found.person == sender


async def test_after_a_restart_somebody_is_written_to_who_has_written_before(ours: Ours) -> None:
    chat = f"u{ours.scene.sara}"
    number = await writes(ours, "سلام")
    await ours.poll()
    async with opened(ours.scene, ours.cursor) as again:
        sent = await again.session.send(chat, Outgoing("علیک", number, "1/0"))
        await again.session.read(chat, number)
        await again.session.edit(chat, sent, Outgoing("علیک سلام"))
    async with opened(ours.scene, ours.cursor) as again:
        found = await again.session.chat(chat)
        sara = Person(ours.scene.sara, "Sara", username="sara_here")
        assert found == Chat(chat, ChatKind.PRIVATE, "Sara", person=sara)
    seen = (await ours.scene.hand.transcript(ours.scene.sara, bot=ours.scene.me))[-1]
    assert (seen.text, seen.reply_to) == ("علیک سلام", number)


async def test_after_a_restart_somebody_from_long_ago_is_found_below_more_than_a_thousand_others(ours: Ours) -> None:
    await writes(ours, "سلام")
    simulator = ours.scene.simulator
    account = simulator.world.bots[ours.scene.me]
    for number in range(1100):
        simulator.person_started(simulator.add_person(f"کس {number}"), account, None)
    for number, chat in enumerate(simulator.world.private_chats()):
        for message in chat.by_id.values():
            message.at += 60 * number
    async with opened(ours.scene, ours.cursor) as again:
        assert await again.session.send(f"u{ours.scene.sara}", Outgoing("هنوز هستید؟", client_id="1/0"))


async def test_who_never_wrote_is_not_written_to(ours: Ours) -> None:
    stranger = await ours.scene.hand.people("Reza")
    with pytest.raises(Refused):
        await ours.session.send(f"u{stranger}", Outgoing("سلام", client_id="1/0"))
    assert await ours.session.chat(f"u{stranger}") is None


# --- without a wire


def private(user: TL, **more: object) -> RemoteEvent:
    peer = CODEC.new("peerUser", user_id=5)
    fields: dict[str, object] = {"id": 9, "peer_id": peer, "date": 1_760_000_000}
    name = "messageService" if "action" in more else "message"
    fields |= {} if "action" in more else {"message": "۱۲۳۴۵"}
    found = notes.note(CODEC.new(name, **(fields | more)), {"u5": user})
    assert found is not None
    return convert.event(found, "42")


def test_eitaas_own_accounts_count_as_bots() -> None:
    for name in ("support", "bot"):
        said = private(CODEC.new("user", id=5, access_hash=1, first_name="ایتا", **{name: True}))
        assert isinstance(said, MessageSaid)
        assert said.sender == Person("5", "ایتا", is_bot=True)


def test_a_language_is_told_where_eitaa_tells_one() -> None:
    said = private(CODEC.new("user", id=5, access_hash=1, first_name="Sara", lang_code="fa"))
    assert isinstance(said, MessageSaid)
    assert said.sender == Person("5", "Sara", language="fa")


def test_what_the_app_writes_about_a_contact_is_no_message() -> None:
    action = CODEC.new("messageActionContactSignUp")
    assert private(CODEC.new("user", id=5, access_hash=1), action=action) == Nothing("messageActionContactSignUp")


def test_what_was_noted_before_user_names_were_is_read() -> None:
    user = CODEC.new("user", id=5, access_hash=1, first_name="Sara", username="sara_here")
    found = notes.note(
        CODEC.new("message", id=9, peer_id=CODEC.new("peerUser", user_id=5), date=1, message="سلام"), {"u5": user}
    )
    assert found is not None
    old = found.raw.replace(b'"username":"sara_here",', b"").replace(b'"username":"sara_here"', b"")
    old = old.replace(b'"language":"",', b"")
    assert b"sara_here" not in old
    assert b"language" not in old
    said = convert.event(replace(found, raw=old.replace(b",}", b"}")), "42")
    assert isinstance(said, MessageSaid)
    assert said.sender == Person("5", "Sara")
