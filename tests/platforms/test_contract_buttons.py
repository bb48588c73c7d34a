"""Every way × buttons, presses, shared numbers, user names and deep links: our connector against that platform's
simulator, over real HTTP. A way that declares no buttons is in none of the tests about them."""

from __future__ import annotations

import io

import pytest

from bridge.errors import Refused
from bridge.model import ChatKind, MessageSaid, Pressed, RemoteEvent, Text
from bridge.outgoing import Button, Outgoing, OutgoingFile, Rows
from bridge.platforms import PLATFORMS
from bridge.sandbox.control import ControlRefused, SeenRows
from tests.platforms.alone import alone
from tests.platforms.contract import ABLE, BOTS, EVERY, HEARING, Bench

WITH_BUTTONS = [name for name in EVERY if ABLE[name].buttons]
INLINE = [name for name in EVERY if ABLE[name].buttons == "inline"]
PROVING = [name for name in EVERY if ABLE[name].proves_numbers]
LINKED = [name for name in BOTS if PLATFORMS[name].deep_link is not None]
TELLING = {"bale": ("sara_demo", "fa"), "soroush": ("sara_demo", "fa"), "eitaa account": ("sara_demo", "")}
"""What user name and language a platform tells of whoever writes; of the others, nothing is expected."""

buttoned = pytest.mark.parametrize("bench", WITH_BUTTONS, indirect=True)
inline = pytest.mark.parametrize("bench", INLINE, indirect=True)
proving = pytest.mark.parametrize("bench", PROVING, indirect=True)
linked = pytest.mark.parametrize("bench", LINKED, indirect=True)

YES_OR_NO: Rows = ((Button("بله", "y:1"), Button("نه", "n:1")), (Button("بعداً", "l:1"),))


def words(rows: SeenRows) -> list[list[str]]:
    return [[each.text for each in row] for row in rows]


# --- below a message


@inline
async def test_buttons_stand_below_the_words_row_by_row(bench: Bench) -> None:
    here, _ = await alone(bench)
    await here.sent(*YES_OR_NO)
    text, rows = await here.last()
    assert (text, words(rows)) == ("کدام؟", [["بله", "نه"], ["بعداً"]])
    assert await here.bar() == ()


@inline
async def test_a_press_comes_back_with_its_data_its_person_and_its_message(bench: Bench) -> None:
    here, started = await alone(bench)
    sent = await here.sent(*YES_OR_NO)
    await here.press(sent, "نه")
    pressed = await here.pressed()
    assert (pressed.data, pressed.message) == ("n:1", sent)
    assert (pressed.person.id, pressed.chat.id, pressed.chat.kind) == (here.person, here.chat, ChatKind.PRIVATE)
    assert pressed.person == started.person


@inline
async def test_in_a_group_everybody_can_press(bench: Bench) -> None:
    ali = await bench.hand.people("علی")
    await bench.hand.members(bench.group, ali, "member")
    sent = await bench.session.send(bench.chat, Outgoing("کدام؟", buttons=YES_OR_NO))
    for who in (bench.sara, ali):
        await bench.hand.press(bench.group, sent, "بله", who)
    presses = [event for event in (await bench.events())[0] if isinstance(event, Pressed)]
    assert [(each.person.id, each.chat.id, each.chat.kind) for each in presses] == [
        (bench.sara, bench.chat, ChatKind.GROUP),
        (ali, bench.chat, ChatKind.GROUP),
    ]
    assert presses[0].id != presses[1].id


@inline
async def test_data_of_64_characters_comes_back_whole(bench: Bench) -> None:
    here, _ = await alone(bench)
    data = "aZ09-_.:/+=~!@#$%^&*()[]{}<>?|\\\"';,` ".ljust(64, "x")
    assert len(data) == 64
    sent = await here.sent((Button("همین", data),))
    await here.press(sent, "همین")
    assert (await here.pressed()).data == data


@inline
async def test_a_press_that_arrives_twice_has_one_key(bench: Bench) -> None:
    here, _ = await alone(bench)
    sent = await here.sent(*YES_OR_NO)
    await here.press(sent, "بله")
    (press,) = await bench.hand.presses()
    await bench.hand.press_again(press.id)
    events, keys, _ = await bench.events(here.cursor)
    assert len(events) == 2
    assert events[0] == events[1]
    assert keys[0] == keys[1]


@inline
async def test_two_presses_of_one_button_are_two(bench: Bench) -> None:
    here, _ = await alone(bench)
    sent = await here.sent(*YES_OR_NO)
    for _ in range(2):
        await here.press(sent, "بله")
    events, keys, _ = await bench.events(here.cursor)
    assert [event.data for event in events if isinstance(event, Pressed)] == ["y:1", "y:1"]
    assert len(set(keys)) == 2


@inline
async def test_a_press_waits_until_it_is_answered_and_then_shows_the_words(bench: Bench) -> None:
    here, _ = await alone(bench)
    sent = await here.sent(*YES_OR_NO)
    for button, said in (("بله", ""), ("نه", "باشد، نه.")):
        await here.press(sent, button)
        pressed = await here.pressed()
        before = (await bench.hand.presses())[-1]
        await bench.session.answer(pressed.id, said)
        after = (await bench.hand.presses())[-1]
        if before.awaited:
            assert (before.answered, after.answered, after.words) == (False, True, said)
    assert all(each.answered for each in await bench.hand.presses() if each.awaited)


@inline
async def test_an_answer_of_any_length_is_shown_as_far_as_it_fits(bench: Bench) -> None:
    here, _ = await alone(bench)
    sent = await here.sent(*YES_OR_NO)
    await here.press(sent, "بله")
    await bench.session.answer((await here.pressed()).id, "سلام 🙂 " * 2000)
    (press,) = await bench.hand.presses()
    if press.awaited:
        assert press.answered
        assert len(press.words) > 20
        assert press.words.startswith("سلام 🙂 سلام")


@inline
async def test_an_answer_that_comes_too_late_or_to_nothing_is_refused(bench: Bench) -> None:
    here, _ = await alone(bench)
    sent = await here.sent(*YES_OR_NO)
    await here.press(sent, "بله")
    pressed = await here.pressed()
    (press,) = await bench.hand.presses()
    await bench.hand.press_over(press.id)
    if press.awaited:
        for id in (pressed.id, "5", "هیچ", "x" * 300):
            with pytest.raises(Refused):
                await bench.session.answer(id, "دیر شد")


@inline
async def test_a_correction_changes_keeps_and_takes_the_buttons(bench: Bench) -> None:
    here, _ = await alone(bench)
    sent = await here.sent(*YES_OR_NO)
    steps: tuple[tuple[str, Rows], ...] = (
        ("کدام؟", ((Button("هیچ‌کدام", "0"),),)),
        ("خب؟", ((Button("هیچ‌کدام", "0"),),)),
        ("خب؟", ((Button("هیچ‌کدام", "0"),),)),
        ("تمام.", ()),
    )
    for text, rows in steps:
        await bench.session.edit(here.chat, sent, Outgoing(text, buttons=rows))
        seen, standing = await here.last()
        assert (seen, words(standing)) == (text, [[each.text for each in row] for row in rows])


@inline
async def test_buttons_stand_below_a_file_and_a_formatted_answer_too(bench: Bench) -> None:
    here, _ = await alone(bench)
    said = await bench.hand.say(here.seen, here.person, "بفرست", bot=bench.bot)
    body = b"\x01\x02\x03 a file of nothing in particular"
    file = OutgoingFile("document", "نامه.bin", "application/octet-stream", len(body), io.BytesIO(body))
    message = Outgoing("این", reply_to=said.message_id, caption=True, buttons=YES_OR_NO)
    sent = await bench.session.send_file(here.chat, file, message)
    line = (await bench.hand.transcript(here.seen, bot=bench.bot))[-1]
    assert (line.kind, line.text, line.reply_to) == ("document", "این", said.message_id)
    assert words(line.buttons) == [["بله", "نه"], ["بعداً"]]
    await here.heard()
    await here.press(sent.id, "بعداً")
    assert (await here.pressed()).data == "l:1"


@inline
async def test_a_link_opens_and_what_has_no_place_below_a_message_is_left_out(bench: Bench) -> None:
    here, _ = await alone(bench)
    link = Button("راهنما", url="https://example.org/a?b=c&d=%20")
    await here.sent((link, Button("شمارهٔ من", asks_number=True)), (Button("شماره", asks_number=True),))
    text, rows = await here.last()
    assert (text, words(rows)) == ("کدام؟", [["راهنما"]])
    assert (rows[0][0].url, rows[0][0].data) == (link.url, "")


HOSTILE = {
    "very long": "بسیار " * 2000,
    "right to left": "\u202eسلام\u202c \u2067abc\u2069",
    "emoji": "👨‍👩‍👧‍👦🇮🇷👍🏽",
    "lines": "یک\nدو\r\n\tسه",
    "markup": "*a* _b_ [c](https://x.ir) <b>d</b> `e`",
    "half a pair": "a\ud83d",
    "a nul": "a\0b",
    "empty": "",
    "only spaces": " \u200c\u2003\n",
}


@buttoned
@pytest.mark.parametrize("name", HOSTILE)
async def test_whatever_stands_on_a_button_its_neighbours_and_the_words_arrive(bench: Bench, name: str) -> None:
    here, _ = await alone(bench)
    bar = bench.session.capabilities.buttons == "bar"
    await here.sent((Button(HOSTILE[name], "h"), Button("بله", "y")), bar=bar)
    text, rows = await here.last()
    rows = await here.bar() if bar else rows
    assert text == "کدام؟"
    odd, normal = rows[0]
    assert normal.text == "بله"
    assert 0 < len(odd.text) <= 100
    assert "\n" not in odd.text
    if name in ("emoji", "markup"):
        assert odd.text == HOSTILE[name]


@buttoned
async def test_where_a_keyboard_is_refused_the_words_go_without_it(bench: Bench) -> None:
    here, _ = await alone(bench)
    for bar in (False, True) if bench.session.capabilities.buttons == "inline" else (True,):
        await bench.hand.fault("status", method="sendMessage", status=400)
        await here.sent(*YES_OR_NO, text=f"کدام؟ {bar}", bar=bar)
        assert await here.last() == (f"کدام؟ {bar}", ())
        assert await here.bar() == ()
    lines = await bench.hand.transcript(here.seen, bot=bench.bot)
    assert len([line for line in lines if line.by == "api"]) == (2 if bench.name in INLINE else 1)


# --- below the text field


def chosen(event: RemoteEvent, button: Button) -> bool:
    """Whether somebody tapped a button of the bar."""
    match event:
        case Pressed(data=data):
            return data == button.data
        case MessageSaid(content=Text(body)):
            return body == button.text
    return False


@buttoned
async def test_a_bar_stays_and_says_what_was_tapped(bench: Bench) -> None:
    here, _ = await alone(bench)
    await here.sent(*YES_OR_NO, bar=True)
    assert words(await here.bar()) == [["بله", "نه"], ["بعداً"]]
    await here.sent(text="و این")
    for button in (YES_OR_NO[1][0], YES_OR_NO[0][0]):
        await here.tap(button.text)
        (event,) = await here.heard()
        assert chosen(event, button)
        assert isinstance(event, Pressed | MessageSaid)
        assert event.chat.id == here.chat
    assert words(await here.bar()) == [["بله", "نه"], ["بعداً"]]


@buttoned
async def test_a_bar_takes_the_place_of_another(bench: Bench) -> None:
    here, _ = await alone(bench)
    await here.sent(*YES_OR_NO, bar=True)
    await here.sent((Button("فهرست", "list"),), bar=True)
    assert words(await here.bar()) == [["فهرست"]]
    with pytest.raises(ControlRefused):
        await here.tap("بله")


@inline
async def test_buttons_below_a_message_leave_the_bar_as_it_is(bench: Bench) -> None:
    here, _ = await alone(bench)
    await here.sent((Button("فهرست", "list"),), bar=True)
    await here.sent(*YES_OR_NO)
    assert words(await here.bar()) == [["فهرست"]]


@buttoned
async def test_a_link_has_no_place_in_a_bar(bench: Bench) -> None:
    here, _ = await alone(bench)
    await here.sent((Button("راهنما", url="https://example.org"), Button("فهرست", "list")), bar=True)
    assert words(await here.bar()) == [["فهرست"]]


# --- whose number it is


def test_every_way_is_in_these_tests_or_says_that_it_has_no_buttons() -> None:
    for name in EVERY:
        assert name in WITH_BUTTONS or ABLE[name].buttons == ""
        assert name in HEARING or not ABLE[name].receives
    assert set(PROVING) <= set(WITH_BUTTONS) <= set(HEARING)
