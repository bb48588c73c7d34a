"""Somebody presses Start: what they are told, and what they can choose, in every kind of app."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.core.people.steps import standing
from bridge.texts import say
from tests.core.kit import Core
from tests.core.office import office
from tests.core.parlour import HOME, REZA, SARA, Parlour

APPS = pytest.mark.parametrize("buttons", ["inline", "bar", ""])


@pytest.fixture
async def parlour(small_core: Core) -> AsyncIterator[Parlour]:
    async with office(small_core) as bureau:
        yield Parlour(bureau)


async def page(parlour: Parlour, person: str) -> str:
    desk = await parlour.office.core.desks.get(f"{HOME[person]}:bot", person)
    assert desk is not None
    return str(standing(desk).get("page", ""))


async def code_of(parlour: Parlour, person: str) -> str:
    return await parlour.office.town.directory.code_of(parlour.mxid(person))


@APPS
async def test_the_whole_welcome_can_be_gone_through_in_every_app(parlour: Parlour, buttons: str) -> None:
    parlour.languages[SARA] = "en"
    parlour.usernames[SARA] = "sara_k"
    await parlour.open(bale=buttons)
    await parlour.starts(SARA)
    assert "Nobody can write to you unless you agree." in parlour.last(SARA)
    await parlour.chooses(SARA, "فارسی")
    assert "از پیام‌رسان‌های دیگر چه کسی" in parlour.last(SARA), "the language counts at once"
    await parlour.chooses(SARA, "❓ روبیکا")
    await parlour.chooses(SARA, "✅ همه")
    assert parlour.last(SARA).startswith("✅ هر کس شما را از روبیکا پیدا کند")
    await parlour.chooses(SARA, "❓ ماتریکس")
    await parlour.chooses(SARA, "⛔️ هیچ‌کس")
    await parlour.chooses(SARA, "❓ ایتا")
    await parlour.chooses(SARA, "بازگشت")
    await parlour.chooses(SARA, "ادامه")
    await parlour.chooses(SARA, "با نام کاربری پیدا شوم")
    assert "✅ با نام کاربری" in parlour.last(SARA)
    await parlour.chooses(SARA, "ادامه")
    code = await code_of(parlour, SARA)
    assert f"{code[:4]}-{code[4:]}" in parlour.last(SARA)
    assert f"?start={code}" in parlour.last(SARA)
    assert await page(parlour, SARA) == ""
    log, sara = parlour.office.core.log, parlour.mxid(SARA)
    assert await log.about_platform(sara, "rubika") == "grant"
    assert await log.about_platform(sara, "matrix") == "deny"
    assert await log.about_platform(sara, "eitaa") == "cancel"
    assert await parlour.office.town.directory.found_by(sara) == {"name": True}
    shown = [button for message in parlour.seen(SARA) for row in message.buttons for button in row]
    assert all(len(button.text) <= 40 for button in shown)
    if buttons:
        bar = parlour.seen(SARA)[-1]
        assert bar.bar
        assert [button.text for button in bar.buttons[-1]] == ["گفتگوها", "نشانی من", "تنظیمات", "راهنما"]
    else:
        assert not shown
        await parlour.chooses(SARA, "➕")
        assert "با چه کسی" in parlour.last(SARA)


@APPS
async def test_the_welcome_can_be_left_and_taken_up_after_a_restart(parlour: Parlour, buttons: str) -> None:
    await parlour.open(bale=buttons)
    await parlour.starts(SARA)
    await parlour.chooses(SARA, "English")
    await parlour.chooses(SARA, "Later")
    assert "tap /start whenever" in parlour.last(SARA)
    async with office(parlour.office.core) as bureau:
        again = Parlour(bureau, numbers=100)
        await again.open(bale=buttons)
        bureau.core.clock.hours(1)
        await again.starts(SARA)
        assert "Who may write to you from the other messengers?" in again.last(SARA)
        await again.chooses(SARA, "Go on")
        assert "How can you be found?" in again.last(SARA)
    async with office(parlour.office.core) as bureau:
        later = Parlour(bureau, numbers=200)
        await later.open(bale=buttons)
        if buttons == "inline":
            await later.presses(SARA, "w:address")  # of the message that stands in their chat
        else:
            await later.says(SARA, "Go on ➡️" if buttons else "1")
        assert "Your address" in later.last(SARA)
        bureau.core.clock.hours(1)
        await later.starts(SARA)
        assert "Hello again" in later.last(SARA)


async def test_who_comes_back_has_the_bar_again(parlour: Parlour) -> None:
    await parlour.open()
    await parlour.starts(SARA)
    await parlour.presses(SARA, "w:address")
    parlour.office.core.clock.hours(1)
    parlour.forget()
    await parlour.starts(SARA)
    assert [message.bar for message in parlour.seen(SARA)] == [True]


async def test_two_starts_at_once_are_one_and_a_third_is_another(parlour: Parlour) -> None:
    await parlour.open()
    await parlour.starts(SARA)
    await parlour.starts(SARA)
    assert len(parlour.texts(SARA)) == 1
    await parlour.starts(SARA)
    assert len(parlour.texts(SARA)) == 2, "nobody is left without an answer for a minute"


@pytest.mark.parametrize("order", ["payload first", "payload last", "payload twice"])
async def test_a_link_is_never_lost_however_often_start_is_told(parlour: Parlour, order: str) -> None:
    await parlour.open()
    await parlour.starts(REZA)
    code = await code_of(parlour, REZA)
    parlour.languages[SARA] = "fa-IR"
    await parlour.starts(SARA, "" if order == "payload last" else code)
    await parlour.starts(SARA, "" if order == "payload first" else code)
    texts = parlour.texts(SARA)
    assert len([text for text in texts if "سلام" in text]) == 1
    assert len([text for text in texts if "از او پرسیده می‌شود" in text]) == 1
    assert len([text for text in parlour.texts(REZA) if "wants to talk" in text]) == 1
    assert code not in str(await parlour.office.core.store.fetch("SELECT * FROM desk"))


async def test_after_a_link_the_rest_of_the_welcome_is_there_when_they_come_back(parlour: Parlour) -> None:
    await parlour.open()
    await parlour.starts(REZA)
    await parlour.starts(SARA, await code_of(parlour, REZA))
    await parlour.taps(REZA, "✅")
    await parlour.says(SARA, "salam")
    assert parlour.last(REZA).endswith("salam")
    parlour.office.core.clock.hours(2)
    await parlour.starts(SARA)
    assert "Which language would you like?" in parlour.last(SARA)


async def test_a_link_brings_somebody_who_is_known_straight_to_the_person(parlour: Parlour) -> None:
    await parlour.open()
    for person in (SARA, REZA):
        await parlour.starts(person)
        await parlour.presses(person, "w:address")
    parlour.office.core.clock.hours(1)
    parlour.forget()
    await parlour.starts(SARA, await code_of(parlour, REZA))
    (answer,) = parlour.texts(SARA)
    assert "they will be asked" in answer


async def test_a_mistyped_link_is_told_as_such_and_any_other_payload_is_ignored(parlour: Parlour) -> None:
    await parlour.open()
    await parlour.starts(REZA)
    code = await code_of(parlour, REZA)
    await parlour.starts(SARA, code[:-1] + ("2" if code[-1] != "2" else "3"))
    assert "There is a slip" in parlour.last(SARA)
    parlour.office.core.clock.hours(1)
    await parlour.starts(SARA, "from_some_advert")
    assert "Which language" in parlour.last(SARA)


async def test_the_own_link_says_whose_it_is(parlour: Parlour) -> None:
    await parlour.open()
    await parlour.starts(SARA)
    await parlour.starts(SARA, await code_of(parlour, SARA))
    assert "the link of your own address" in parlour.last(SARA)
    assert await parlour.log() == []


async def test_asking_for_somebody_does_not_forget_where_the_welcome_stood(parlour: Parlour) -> None:
    await parlour.open()
    await parlour.starts(SARA)
    await parlour.presses(SARA, "w:found")
    await parlour.says(SARA, "/to")
    await parlour.says(SARA, "reza")
    assert await page(parlour, SARA) == "found"


@pytest.mark.parametrize("language", ["fa", "en"])
async def test_the_language_is_what_the_app_says_until_somebody_chooses(parlour: Parlour, language: str) -> None:
    parlour.languages[SARA] = language
    await parlour.open()
    await parlour.starts(SARA)
    assert parlour.last(SARA) == say("hello", (language,))
    await parlour.says(SARA, "/language fa")
    assert parlour.last(SARA) == "از این پس فارسی می‌نویسم."
    await parlour.says(SARA, "/زبان")
    await parlour.taps(SARA, "English")
    assert parlour.last(SARA) == "From now on I write in English."
    assert parlour.button(SARA, "Chats").data == "people", "the bar, too"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(payload=st.text(max_size=40), data=st.text(max_size=30), kind=st.sampled_from(["w", "l", "lang"]))
async def test_no_payload_and_no_forged_step_breaks_anything(
    parlour: Parlour, payload: str, data: str, kind: str
) -> None:
    if not parlour.office.sessions:
        await parlour.open()
    parlour.office.core.clock.hours(1)
    before = len(parlour.texts(SARA))
    await parlour.starts(SARA, payload)
    await parlour.presses(SARA, f"{kind}:{data}")
    assert len(parlour.texts(SARA)) >= before + 2, "both are answered"
