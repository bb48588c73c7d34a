"""Buttons below Rubika's text field: how they go out, and what a press says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest

from bridge.errors import NotAllowed, Refused
from bridge.model import Chat, ChatKind, Contact, Location, Mark, MessageSaid, Nothing, Person, Pressed, Text
from bridge.outgoing import Button, Outgoing, OutgoingFile
from bridge.platforms.rubika import PLATFORM, RubikaSettings, convert
from bridge.ports import Session
from bridge.sandbox.control import Control, ControlRefused

if TYPE_CHECKING:
    from bridge.platforms.rubika.simulator import RubikaSimulator
    from tests.platforms.conftest import Remote
    from tests.platforms.rubika.conftest import Family, Wire

TAIL = "a" * 30
PRIVATE = Chat(f"b0{TAIL}", ChatKind.PRIVATE)
SARA = Person(f"u0{TAIL}")
YES, NO = Button("✅ بله", "ask/7/yes"), Button("نه", "ask/7/no")
SITE, NUMBER = Button("راهنما", url="https://x.ir/h"), Button("فرستادن شماره", asks_number=True)
OK = {"status": "OK", "data": {"message_id": "9"}}
REFUSED = {"status": "INVALID_INPUT"}


def press(chat: str = PRIVATE.id, button: object = "ask/7/yes", **more: object) -> dict[str, object]:
    message: dict[str, object] = {"message_id": "5", "time": "1758200000", "sender_id": SARA.id, "text": "✅ بله"}
    message |= {"sender_type": "User", "aux_data": {"start_id": None, "button_id": button}}
    return {"type": "NewMessage", "chat_id": chat, "update_time": 1758200000, "new_message": message | more}


def below(**more: object) -> dict[str, object]:
    pressed = {"sender_id": SARA.id, "text": "بله", "message_id": "4", "aux_data": {"button_id": "ask/7/yes"}}
    return {"type": "InlineMessage", "chat_id": PRIVATE.id, "update_time": 1758200000} | pressed | more


def told(update: dict[str, object]) -> object:
    return convert.event(convert.update(update))


# --- what a press says


def test_a_message_with_a_buttons_id_is_a_press_under_the_messages_id() -> None:
    assert told(press()) == Pressed(PRIVATE, "5", SARA, "ask/7/yes")
    assert convert.update(press()).key == f"{PRIVATE.id}/5/new"
    assert told(press(button=7)) == Pressed(PRIVATE, "5", SARA, "7")
    assert told(press(text=None)) == Pressed(PRIVATE, "5", SARA, "ask/7/yes")


def test_a_button_that_says_start_is_a_press_all_the_same() -> None:
    assert told(press(text="/start")) == Pressed(PRIVATE, "5", SARA, "ask/7/yes")


def test_without_a_buttons_id_in_a_group_or_of_a_button_that_brings_nothing_back_it_is_what_was_said() -> None:
    for update in (press(button=None), press(button=""), press(button="~2"), press(chat=f"g0{TAIL}"), press(button=[])):
        said = told(update)
        assert isinstance(said, MessageSaid)
        assert (said.id, said.content) == ("5", Text("✅ بله"))


def test_what_a_button_sends_is_said_as_what_it_is_and_a_number_is_not_said_to_be_anybodys() -> None:
    number = told(press(button="~1", text=None, contact_message={"phone_number": "98912", "first_name": "Sara"}))
    place = told(press(text=None, location={"latitude": "35.7", "longitude": "51.4"}))
    assert isinstance(number, MessageSaid)
    assert isinstance(place, MessageSaid)
    assert (number.content, place.content) == (Contact("Sara", "98912", owner=""), Location(35.7, 51.4))
    assert not PLATFORM.capabilities.proves_numbers


def test_a_press_below_a_message_names_that_message_and_is_the_same_press_when_it_is_told_again() -> None:
    first = told(below())
    assert isinstance(first, Pressed)
    assert first == Pressed(PRIVATE, first.id, SARA, "ask/7/yes", "4")
    assert first.id
    nested = {name: value for name, value in below().items() if name in ("sender_id", "message_id", "aux_data")}
    wrapped = {"type": "InlineMessage", "chat_id": PRIVATE.id, "update_time": 1, "inline_message": nested}
    again = told(wrapped)
    assert isinstance(again, Pressed)
    assert (again.data, again.message) == ("ask/7/yes", "4")
    keys = [convert.update(each).key for each in (below(), below(), below(update_time=1758200009))]
    assert keys[0] == keys[1] != keys[2]
    later = told(below(update_time=1758200009))
    assert isinstance(later, Pressed)
    assert first == told(below()) != later


@pytest.mark.parametrize("more", [{"aux_data": None}, {"sender_id": None}, {"chat_id": f"g0{TAIL}"}], ids=str)
def test_a_press_below_a_message_of_which_too_little_is_told_is_nothing(more: dict[str, object]) -> None:
    assert told(below(**more)) == Nothing("InlineMessage")


# --- how they go out


@pytest.fixture
async def scripted(remote: Remote) -> AsyncIterator[Session]:
    session: Session = PLATFORM.open(RubikaSettings(token="T", url=remote.url + "/v3", timeout_seconds=3))
    yield session
    await session.close()


def keypad(*rows: list[dict[str, object]], once: bool = True) -> dict[str, object]:
    return {"rows": [{"buttons": row} for row in rows], "resize_keyboard": True, "one_time_keyboard": once}


def simple(button: Button) -> dict[str, object]:
    return {"id": button.data, "type": "Simple", "button_text": button.text}


async def test_buttons_stand_below_the_text_field_and_carry_their_data(scripted: Session, remote: Remote) -> None:
    remote.will(remote.json(OK))
    assert await scripted.send(PRIVATE.id, Outgoing("می‌پذیرید؟", buttons=((YES, NO), (SITE,), (NUMBER,)))) == "9"
    link: dict[str, object] = {
        "id": "~3",
        "type": "Link",
        "button_text": "راهنما",
        "button_link": {"type": "url", "link_url": SITE.url},
    }
    number: dict[str, object] = {"id": "~4", "type": "AskMyPhoneNumber", "button_text": "فرستادن شماره"}
    assert remote.asked[0].body == {
        "chat_id": PRIVATE.id,
        "text": "می‌پذیرید؟",
        "chat_keypad": keypad([simple(YES), simple(NO)], [link], [number]),
        "chat_keypad_type": "New",
    }


async def test_a_bar_stays_has_no_links_and_goes_when_there_are_no_buttons(scripted: Session, remote: Remote) -> None:
    remote.will(*[remote.json(OK)] * 3)
    for buttons in ((YES, SITE), (SITE,)), ((SITE,),), ():
        await scripted.send(PRIVATE.id, Outgoing("فهرست", buttons=buttons, bar=True))
    first, links, none = (asked.body for asked in remote.asked)
    assert first["chat_keypad"] == keypad([simple(YES)], once=False)
    assert links == {"chat_id": PRIVATE.id, "text": "فهرست"}
    assert none == links | {"chat_keypad_type": "Remove"}


async def test_a_group_gets_no_buttons(scripted: Session, remote: Remote) -> None:
    remote.will(remote.json(OK))
    await scripted.send(f"g0{TAIL}", Outgoing("سلام", buttons=((YES,),)))
    assert remote.asked[0].body == {"chat_id": f"g0{TAIL}", "text": "سلام"}


async def test_a_file_carries_buttons_too(scripted: Session, remote: Remote) -> None:
    remote.will(remote.json(REFUSED), remote.json(OK))
    file = OutgoingFile("photo", "a.jpg", "image/jpeg", 3, None, known="F")
    sent = await scripted.send_file(PRIVATE.id, file, Outgoing("عکس", buttons=((YES,),), caption=True))
    assert (sent.id, sent.file) == ("9", "F")
    with_keys, without = (asked.body for asked in remote.asked)
    assert with_keys == without | {"chat_keypad": keypad([simple(YES)]), "chat_keypad_type": "New"}
    assert without == {"chat_id": PRIVATE.id, "file_id": "F", "text": "عکس"}


async def test_of_buttons_that_are_refused_links_go_first_and_the_words_arrive_in_any_case(
    scripted: Session, remote: Remote
) -> None:
    remote.will(remote.json(REFUSED), remote.json(REFUSED), remote.json(OK))
    assert await scripted.send(PRIVATE.id, Outgoing("?", buttons=((SITE, YES), (SITE,)))) == "9"
    full, fewer, bare = (asked.body for asked in remote.asked)
    assert [len(row["buttons"]) for row in full["chat_keypad"]["rows"]] == [2, 1]
    assert fewer["chat_keypad"] == keypad([simple(YES)])
    assert bare == {"chat_id": PRIVATE.id, "text": "?"}


async def test_what_is_refused_in_several_respects_arrives_as_bare_words(scripted: Session, remote: Remote) -> None:
    remote.will(*[remote.json(REFUSED)] * 4, remote.json(OK))
    message = Outgoing("he dies", "3", marks=(Mark("spoiler", 3, 7),), buttons=((YES,),))
    assert await scripted.send(PRIVATE.id, message) == "9"
    assert remote.asked[-1].body == {"chat_id": PRIVATE.id, "text": "he ▒ dies ▒"}


async def test_a_chat_that_refuses_us_is_asked_once_and_one_that_is_not_there_is_told_as_such(
    scripted: Session, remote: Remote
) -> None:
    remote.will(remote.json({"status": "INVALID_ACCESS"}), remote.json(REFUSED), remote.json(REFUSED))
    with pytest.raises(NotAllowed):
        await scripted.send(PRIVATE.id, Outgoing("?", buttons=((YES,),)))
    with pytest.raises(Refused):
        await scripted.send(PRIVATE.id, Outgoing("?", buttons=((YES,),)))
    assert len(remote.asked) == 3


async def test_a_complaint_that_repeats_what_stands_on_a_button_is_not_passed_on(
    scripted: Session, remote: Remote
) -> None:
    complaint = {"status": "INVALID_ACCESS", "dev_message": "no button Ahmadi here"}
    remote.will(remote.json(complaint), remote.json(complaint))
    for name, kept in (("Sara Ahmadi", False), ("Reza", True)):
        with pytest.raises(NotAllowed) as failure:
            await scripted.send(PRIVATE.id, Outgoing("?", buttons=((Button(name, "a"),),)))
        assert ("Ahmadi" in failure.value.reason) == kept


# --- with the simulated Rubika


@pytest.fixture
async def ours(simulator: RubikaSimulator, family: Family) -> AsyncIterator[Session]:
    token = simulator.world.bots[family.bot].token
    session: Session = PLATFORM.open(RubikaSettings(token=token, url=f"{simulator.url}/v3", poll_seconds=0))
    yield session
    await session.close()


async def heard(session: Session) -> list[Any]:
    return [session.convert(update) for update in (await session.fetch(None)).updates]


async def test_a_person_taps_a_button_of_ours_and_not_one_of_a_keypad_that_is_gone(
    ours: Session, hand: Control, family: Family
) -> None:
    chat = await hand.start(family.sara, family.bot)
    await ours.send(chat, Outgoing("؟", buttons=((YES, NO), (SITE,))))
    await hand.tap(chat, NO.text, family.sara)
    pressed = (await heard(ours))[-1]
    assert isinstance(pressed, Pressed)
    assert (pressed.chat.id, pressed.person.id, pressed.data, pressed.message) == (chat, family.sara, NO.data, None)
    assert pressed.id == (await hand.transcript(chat))[-1].message_id
    await ours.answer(pressed.id, "باشد")
    await ours.send(chat, Outgoing("دیگر", buttons=((NUMBER,),), bar=True))
    with pytest.raises(ControlRefused, match="cannot tap"):
        await hand.tap(chat, NO.text, family.sara)
    await hand.share_number(chat, family.sara)
    said = (await heard(ours))[-1]
    assert isinstance(said, MessageSaid)
    assert isinstance(said.content, Contact)
    assert said.content.phone.startswith("98912")
    assert (said.content.name, said.content.owner) == ("Sara Ahmadi", "")


async def test_a_link_is_opened_in_the_app_and_nobody_hears_of_it(ours: Session, hand: Control, family: Family) -> None:
    chat = await hand.start(family.sara, family.bot)
    await ours.send(chat, Outgoing("؟", buttons=((SITE,),)))
    ((button,),) = await hand.bar(chat)
    assert (button.text, button.url) == (SITE.text, SITE.url)
    before = len(await heard(ours))
    await hand.tap(chat, SITE.text, family.sara)
    assert len(await heard(ours)) == before


async def test_a_press_below_a_message_of_another_program_is_heard_where_polling_tells_it(
    ours: Session, hand: Control, family: Family, wire: Wire
) -> None:
    chat = await hand.start(family.sara, family.bot)
    keys = {"rows": [{"buttons": [{"id": "y", "type": "Simple", "button_text": "بله"}]}]}
    sent = (await wire.ok("sendMessage", chat_id=chat, text="?", inline_keypad=keys))["message_id"]
    await hand.press(chat, sent, "بله", family.sara)
    (press,) = await hand.presses()
    await hand.press_again(press.id)
    updates = (await ours.fetch(None)).updates[-2:]
    assert len({update.key for update in updates}) == 1
    pressed = ours.convert(updates[0])
    assert isinstance(pressed, Pressed)
    assert (pressed.person.id, pressed.data, pressed.message) == (family.sara, "y", sent)
    await hand.options(inline_by_polling=False)
    before = len(await heard(ours))
    await hand.press(chat, sent, "y", family.sara)
    assert len(await heard(ours)) == before


async def test_who_starts_the_bot_is_greeted_once_with_the_payload_and_known_by_name(
    ours: Session, hand: Control, family: Family
) -> None:
    chat = await hand.start(family.sara, family.bot, "K7")
    started = [event for event in await heard(ours) if not isinstance(event, Nothing)]
    assert [(event.chat.id, event.person.id, event.payload) for event in started[-1:]] == [(chat, family.sara, "K7")]
    assert sum(getattr(event, "chat", None) == Chat(chat, ChatKind.PRIVATE) for event in started) == 1
    found = await ours.chat(chat)
    assert found is not None
    assert found.person == Person(family.sara, "Sara Ahmadi", username="sara_x")
