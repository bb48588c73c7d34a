"""Keyboards, presses and shared numbers on the simulated Bale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bridge.sandbox.control import ControlRefused, SeenButton

if TYPE_CHECKING:
    from tests.platforms.bale.conftest import BaleWorld

KEYBOARD = {
    "inline_keyboard": [
        [{"text": "بله", "callback_data": "ok:1"}, {"text": "?", "url": "https://x.ir"}],
        [{"text": "نه", "callback_data": "no"}],
    ]
}
ASKING = {"keyboard": [[{"text": "شماره", "request_contact": True}, "فهرست"]]}


async def sent(bale: BaleWorld, **more: Any) -> Any:
    return (await bale.wire("sendMessage", chat_id=bale.sara, text="?", **more)).result


async def news(bale: BaleWorld) -> Any:
    """The newest update."""
    return (await bale.wire.updates())[-1]


async def test_buttons_are_seen_below_their_message_and_go_with_an_edit_that_has_none(bale: BaleWorld) -> None:
    await bale.hand.start(bale.sara, bale.bot.id)
    message = await sent(bale, reply_markup=KEYBOARD)
    [_, line] = await bale.hand.transcript(bale.sara)
    rows = ((SeenButton("بله", "ok:1"), SeenButton("?", url="https://x.ir")), (SeenButton("نه", "no"),))
    assert line.buttons == rows
    edit = {"chat_id": bale.sara, "message_id": message["message_id"]}
    assert (await bale.wire("editMessageText", **edit, text="!", reply_markup=KEYBOARD)).status == 200
    assert (await bale.hand.transcript(bale.sara))[-1].buttons == rows
    assert (await bale.wire("editMessageText", **edit, text="!", reply_markup=ASKING)).refusal[0] == 400
    assert (await bale.wire("editMessageText", **edit, text="!")).status == 200
    assert (await bale.hand.transcript(bale.sara))[-1].buttons == ()
    with pytest.raises(ControlRefused):
        await bale.hand.press(bale.sara, str(message["message_id"]), "بله", bale.sara)


async def test_a_bar_stays_until_another_or_its_removal(bale: BaleWorld) -> None:
    await bale.hand.start(bale.sara, bale.bot.id)
    assert "reply_markup" not in await sent(bale, reply_markup={"keyboard": [["یک"], [{"text": "دو"}]]})
    await sent(bale)
    await sent(bale, reply_markup=KEYBOARD)
    assert await bale.hand.bar(bale.sara) == ((SeenButton("یک"),), (SeenButton("دو"),))
    await bale.hand.tap(bale.sara, "دو", bale.sara)
    assert (await news(bale))["message"]["text"] == "دو"
    await sent(bale, reply_markup=ASKING)
    assert await bale.hand.bar(bale.sara) == ((SeenButton("شماره", asks_number=True), SeenButton("فهرست")),)
    for button in ("یک", "شماره"):
        with pytest.raises(ControlRefused):
            await bale.hand.tap(bale.sara, button, bale.sara)
    await sent(bale, reply_markup={"remove_keyboard": True})
    assert await bale.hand.bar(bale.sara) == ()


async def test_a_press_waits_for_its_answer_which_is_told_once_in_time_and_by_its_own_bot(bale: BaleWorld) -> None:
    await bale.hand.start(bale.sara, bale.bot.id)
    message = str((await sent(bale, reply_markup=KEYBOARD))["message_id"])
    _, other = await bale.another_bot("Other")
    await bale.hand.press(bale.sara, message, "ok:1", bale.sara)
    await bale.hand.press(bale.sara, message, "نه", bale.sara)
    first, second = await bale.hand.presses()
    assert [(each.data, each.awaited, each.answered) for each in (first, second)] == [
        ("ok:1", True, False),
        ("no", True, False),
    ]
    assert (await other("answerCallbackQuery", callback_query_id=first.id)).refusal[0] == 400
    assert (await bale.wire("answerCallbackQuery", callback_query_id=first.id, text="x" * 201)).refusal[0] == 400
    assert (await bale.wire("answerCallbackQuery", callback_query_id=first.id, text="باشد")).result is True
    assert (await bale.wire("answerCallbackQuery", callback_query_id=first.id)).refusal[0] == 400
    await bale.hand.press_over(second.id)
    assert (await bale.wire("answerCallbackQuery", callback_query_id=second.id)).refusal[0] == 400
    assert [(each.answered, each.words) for each in await bale.hand.presses()] == [(True, "باشد"), (False, "")]


async def test_people_with_old_clients_see_nothing_of_an_answer(bale: BaleWorld) -> None:
    await bale.hand.options(old_clients=True)
    await bale.hand.start(bale.sara, bale.bot.id)
    message = str((await sent(bale, reply_markup=KEYBOARD))["message_id"])
    await bale.hand.press(bale.sara, message, "بله", bale.sara)
    query = (await news(bale))["callback_query"]
    assert query["id"].startswith("1")
    assert (await bale.wire("answerCallbackQuery", callback_query_id=query["id"], text="باشد")).result is True
    [press] = await bale.hand.presses()
    assert (press.answered, press.words) == (True, "")


async def test_a_press_can_come_twice_and_without_its_message(bale: BaleWorld) -> None:
    await bale.hand.options(query_message=False)
    await bale.hand.start(bale.sara, bale.bot.id)
    message = str((await sent(bale, reply_markup=KEYBOARD))["message_id"])
    await bale.hand.press(bale.sara, message, "بله", bale.sara)
    [press] = await bale.hand.presses()
    await bale.hand.press_again(press.id)
    first, second = (await bale.wire.updates())[-2:]
    assert first["callback_query"] == second["callback_query"]
    assert first["update_id"] < second["update_id"]
    assert "message" not in first["callback_query"]
    assert len(await bale.hand.presses()) == 1
    with pytest.raises(ControlRefused):
        await bale.hand.press_again("5")


async def test_a_shared_number_comes_with_the_persons_own_id_and_anothers_with_theirs(bale: BaleWorld) -> None:
    mina = await bale.hand.people("Mina M", "mina", language="fa", phone="989121112233")
    await bale.hand.start(mina, bale.bot.id)
    with pytest.raises(ControlRefused):
        await bale.hand.share_number(mina, mina)
    await bale.wire("sendMessage", chat_id=mina, text="?", reply_markup=ASKING)
    with pytest.raises(ControlRefused):
        await bale.hand.share_number(mina, bale.sara)
    await bale.hand.share_number(mina, mina)
    message = (await news(bale))["message"]
    card = {"phone_number": "989121112233", "first_name": "Mina", "last_name": "M", "user_id": int(mina)}
    assert message["contact"] == card
    assert (message["from"]["id"], message["from"]["language_code"]) == (int(mina), "fa")
    for owner in (bale.sara, ""):
        await bale.hand.say(mina, mina, "", kind="contact", thing={"owner": owner})
        told = (await news(bale))["message"]["contact"]
        assert told.get("user_id") == (int(owner) if owner else None)


async def test_a_number_is_asked_for_in_private_chats_only(bale: BaleWorld) -> None:
    assert (await bale.wire("sendMessage", chat_id=bale.group, text="?", reply_markup=ASKING)).refusal[0] == 400
    assert await bale.hand.transcript(bale.group) == []
    assert await bale.hand.bar(bale.group) == ()


@pytest.mark.parametrize(
    "button",
    [
        {"text": "x"},
        {"text": " ", "callback_data": "x"},
        {"text": "x", "callback_data": ""},
        {"text": "x", "callback_data": 5},
        {"text": "x", "callback_data": "x", "url": "https://x.ir"},
        {"text": "x", "url": "x.ir"},
        {"text": "x", "request_contact": True},
        "x",
    ],
    ids=str,
)
async def test_a_button_below_a_message_has_words_and_does_one_thing(bale: BaleWorld, button: object) -> None:
    markup = {"inline_keyboard": [[button]]}
    assert (await bale.wire("sendMessage", chat_id=bale.group, text="x", reply_markup=markup)).refusal[0] == 400


@pytest.mark.parametrize(
    "button", ["", {"text": 5}, {"text": "x", "callback_data": "x"}, {"text": "x", "url": "https://x.ir"}]
)
async def test_a_button_of_a_bar_has_words_alone(bale: BaleWorld, button: object) -> None:
    markup = {"keyboard": [[button]]}
    assert (await bale.wire("sendMessage", chat_id=bale.group, text="x", reply_markup=markup)).refusal[0] == 400
