"""Keyboards, presses and shared numbers on the simulated Soroush Plus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bridge.sandbox.control import ControlRefused, SeenButton

if TYPE_CHECKING:
    from tests.platforms.soroush.conftest import SoroushWorld

KEYBOARD = {
    "inline_keyboard": [[{"text": "site", "url": "https://example.org"}, {"text": "ok", "callback_data": "ok:1"}]]
}
ASKING = {"keyboard": [[{"text": "شماره", "request_contact": True}, {"text": "فهرست"}]], "resize_keyboard": True}


async def sent(soroush: SoroushWorld, chat: str, **more: Any) -> Any:
    return (await soroush.wire("sendMessage", chat_id=int(chat), text="?", **more)).result


async def news(soroush: SoroushWorld) -> Any:
    """The newest update."""
    return (await soroush.wire.updates())[-1]


async def test_buttons_are_seen_below_their_message_and_go_with_an_edit_that_has_none(soroush: SoroushWorld) -> None:
    message = await sent(soroush, soroush.group, reply_markup=KEYBOARD)
    assert message["reply_markup"] == KEYBOARD
    rows = ((SeenButton("site", url="https://example.org"), SeenButton("ok", "ok:1")),)
    assert (await soroush.hand.transcript(soroush.group))[-1].buttons == rows
    edit = {"chat_id": int(soroush.group), "message_id": message["message_id"]}
    assert (await soroush.wire("editMessageText", **edit, text="!", reply_markup=ASKING)).status == 400
    assert (await soroush.wire("editMessageText", **edit, text="!", reply_markup=KEYBOARD)).status == 200
    assert (await soroush.hand.transcript(soroush.group))[-1].buttons == rows
    assert (await soroush.wire("editMessageReplyMarkup", **edit)).status == 200
    assert (await soroush.hand.transcript(soroush.group))[-1].buttons == ()


async def test_a_bar_stays_until_another_or_its_removal(soroush: SoroushWorld) -> None:
    chat = await soroush.hand.start(soroush.sara, soroush.bot.id)
    await sent(soroush, chat, reply_markup={"keyboard": [[{"text": "یک"}, {"text": "دو"}]]})
    await sent(soroush, chat, reply_markup=KEYBOARD)
    assert await soroush.hand.bar(chat) == ((SeenButton("یک"), SeenButton("دو")),)
    await soroush.hand.tap(chat, "دو", soroush.sara)
    assert (await news(soroush))["message"]["text"] == "دو"
    await sent(soroush, chat, reply_markup=ASKING)
    assert await soroush.hand.bar(chat) == ((SeenButton("شماره", asks_number=True), SeenButton("فهرست")),)
    await sent(soroush, chat, reply_markup={"remove_keyboard": True})
    assert await soroush.hand.bar(chat) == ()


async def test_a_press_waits_for_its_answer_can_come_twice_and_be_over(soroush: SoroushWorld) -> None:
    message = str((await sent(soroush, soroush.group, reply_markup=KEYBOARD))["message_id"])
    for _ in range(2):
        await soroush.hand.press(soroush.group, message, "ok", soroush.sara)
    first, second = await soroush.hand.presses()
    await soroush.hand.press_again(first.id)
    queries = [each["callback_query"] for each in await soroush.wire.updates() if "callback_query" in each]
    assert [each["id"] for each in queries] == [first.id, second.id, first.id]
    assert (await soroush.wire("answerCallbackQuery", callback_query_id=first.id, text="x" * 201)).status == 400
    assert (await soroush.wire("answerCallbackQuery", callback_query_id=first.id, text="باشد")).result is True
    assert (await soroush.wire("answerCallbackQuery", callback_query_id=first.id)).status == 400
    await soroush.hand.press_over(second.id)
    assert (await soroush.wire("answerCallbackQuery", callback_query_id=second.id)).status == 400
    assert [(each.answered, each.words) for each in await soroush.hand.presses()] == [(True, "باشد"), (False, "")]
    with pytest.raises(ControlRefused):
        await soroush.hand.press(soroush.group, message, "site", soroush.sara)


async def test_a_press_can_come_without_its_message(soroush: SoroushWorld) -> None:
    await soroush.hand.options(query_alone=True)
    message = str((await sent(soroush, soroush.group, reply_markup=KEYBOARD))["message_id"])
    await soroush.hand.press(soroush.group, message, "ok", soroush.sara)
    assert set((await news(soroush))["callback_query"]) == {"id", "from", "data"}


async def test_a_shared_number_comes_with_the_persons_own_id_and_anothers_with_theirs(soroush: SoroushWorld) -> None:
    mina = await soroush.hand.people("Mina", "mina", language="fa", phone="989121112233")
    chat = await soroush.hand.start(mina, soroush.bot.id)
    with pytest.raises(ControlRefused):
        await soroush.hand.share_number(chat, mina)
    await sent(soroush, chat, reply_markup=ASKING)
    await soroush.hand.share_number(chat, mina)
    message = (await news(soroush))["message"]
    assert message["contact"] == {"phone_number": "989121112233", "first_name": "Mina", "user_id": int(mina)}
    assert message["from"] == {
        "id": int(mina),
        "is_bot": False,
        "first_name": "Mina",
        "username": "mina",
        "language_code": "fa",
    }
    for owner in (soroush.sara, ""):
        await soroush.hand.say(chat, mina, "", kind="contact", thing={"owner": owner})
        told = (await news(soroush))["message"]["contact"]
        assert told.get("user_id") == (int(owner) if owner else None)


@pytest.mark.parametrize(
    "markup",
    [
        ASKING,
        {"keyboard": [["x"]]},
        {"keyboard": [[{"text": "x", "callback_data": "x"}]]},
        {"keyboard": [[{"text": "x", "request_contact": 1}]]},
        {"keyboard": [[{"text": "x"}]], "resize_keyboard": "yes"},
        {"inline_keyboard": [[{"text": " ", "callback_data": "x"}]]},
        {"inline_keyboard": [[{"text": "x"}]]},
        {"inline_keyboard": [[{"text": "x", "callback_data": "x", "url": "https://x.ir"}]]},
        {"inline_keyboard": [[{"text": "x", "url": "javascript:x"}]]},
        {"inline_keyboard": [[{"text": "x", "url": "https://[x"}]]},
        {"inline_keyboard": [[{"text": "x", "callback_data": ""}]]},
        {"force_reply": True},
        {},
        "x",
    ],
    ids=str,
)
async def test_a_wrong_keyboard_is_refused_and_nothing_is_sent(soroush: SoroushWorld, markup: object) -> None:
    refused = await soroush.wire("sendMessage", chat_id=int(soroush.group), text="x", reply_markup=markup)
    assert refused.status == 400
    assert await soroush.hand.transcript(soroush.group) == []
    assert await soroush.hand.bar(soroush.group) == ()
