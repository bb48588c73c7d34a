"""What a person can set later: messengers, being found, their address, whom they do not want to hear; and the help."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.model import ChatKind
from bridge.texts.sentences import SENTENCES
from tests.core.kit import Core
from tests.core.office import office
from tests.core.parlour import HOME, MINA, REZA, SARA, Parlour

APPS = pytest.mark.parametrize("buttons", ["inline", "bar", ""])


@pytest.fixture
async def parlour(small_core: Core) -> AsyncIterator[Parlour]:
    async with office(small_core) as bureau:
        yield Parlour(bureau)


@APPS
async def test_a_messenger_that_is_refused_ends_its_conversations_and_says_how_many(
    parlour: Parlour, buttons: str
) -> None:
    await parlour.open(rubika=buttons)
    await parlour.befriended(SARA, REZA)
    await parlour.befriended(MINA, REZA)
    await parlour.says(REZA, "/settings")
    await parlour.chooses(REZA, "Who may write to me")
    await parlour.chooses(REZA, "❓ Bale")
    assert "your present conversations with people there end" in parlour.last(REZA)
    await parlour.chooses(REZA, "⛔️")
    told = next(text for text in parlour.texts(REZA) if "Nobody from Bale" in text)
    assert "1 conversation or request has ended" in told
    shown = [button.text for message in parlour.seen(REZA) for row in message.buttons for button in row]
    assert "⛔️ Bale" in (shown if buttons else told)
    parlour.forget()
    await parlour.says(SARA, "are you there?")
    assert "talking with nobody" in parlour.last(SARA)
    await parlour.says(SARA, "/to reza")
    assert not any("wants to talk" in text for text in parlour.texts(REZA))
    await parlour.says(MINA, "and I?")
    assert any(text.endswith("and I?") for text in parlour.texts(REZA))


@APPS
async def test_what_is_set_can_be_set_back(parlour: Parlour, buttons: str) -> None:
    await parlour.open(bale=buttons)
    await parlour.starts(SARA)
    await parlour.says(SARA, "/تنظیمات")
    log, sara = parlour.office.core.log, parlour.mxid(SARA)
    for begin, choice, verb in (("❓", "✅", "grant"), ("✅", "⛔️", "deny"), ("⛔️", "❓", "cancel")):
        await parlour.presses(SARA, "pf:")
        await parlour.chooses(SARA, f"{begin} Rubika")
        await parlour.chooses(SARA, choice)
        assert await log.about_platform(sara, "rubika") == verb
    await parlour.chooses(SARA, "⚙️ Settings")
    assert "Your settings:" in parlour.last(SARA)


async def test_the_own_messenger_is_not_among_the_others(parlour: Parlour) -> None:
    await parlour.open()
    await parlour.starts(SARA)
    await parlour.presses(SARA, "pf:")
    buttons = [button.text for row in parlour.seen(SARA)[-1].buttons for button in row]
    assert buttons == ["❓ Rubika", "❓ Soroush Plus", "❓ Eitaa", "❓ Matrix", "⚙️ Settings"]
    await parlour.presses(SARA, "pp:bale:no:")
    assert "does not work any more" in parlour.last(SARA)


async def test_a_choice_that_is_pressed_twice_is_logged_once(parlour: Parlour) -> None:
    await parlour.open()
    await parlour.starts(SARA)
    for _ in range(2):
        await parlour.presses(SARA, "pp:rubika:yes:")
        assert "✅ Whoever finds you from Rubika" in parlour.last(SARA)
    assert len(await parlour.log()) == 1


@APPS
async def test_who_was_blocked_can_be_let_in_again(parlour: Parlour, buttons: str) -> None:
    await parlour.open(rubika=buttons)
    await parlour.befriended(SARA, REZA)
    await parlour.says(REZA, "/block")
    await parlour.befriended(MINA, REZA)
    await parlour.says(REZA, "/mute")
    await parlour.says(REZA, "/settings")
    await parlour.chooses(REZA, "Muted and blocked")
    assert "🔔 Mina · Soroush Plus" in parlour.shown(REZA)
    entry = (await parlour.office.core.consents.blocked(parlour.mxid(REZA), 10))[0][0]
    await parlour.chooses(REZA, "🔓 Sara · Bale")
    assert "\u2068Sara\u2069 is no longer blocked" in parlour.last(REZA)
    await parlour.presses(REZA, f"ub:{entry}")
    assert "does not work any more" in parlour.last(REZA)
    parlour.forget()
    await parlour.says(SARA, "/to reza")
    assert any("wants to talk" in text for text in parlour.texts(REZA))
    await parlour.says(REZA, "/settings")
    await parlour.chooses(REZA, "Muted and blocked")
    await parlour.chooses(REZA, "🔔 Mina")
    assert "no longer muted" in parlour.last(REZA)
    await parlour.presses(REZA, "kept:")
    assert "muted or blocked nobody" in parlour.last(REZA)


async def test_nobody_undoes_the_block_of_somebody_else(parlour: Parlour) -> None:
    await parlour.open()
    await parlour.befriended(SARA, REZA)
    await parlour.says(REZA, "/block")
    ((entry, _),) = await parlour.office.core.consents.blocked(parlour.mxid(REZA), 10)
    log = await parlour.log()
    await parlour.presses(SARA, f"ub:{entry}")
    assert "does not work any more" in parlour.last(SARA)
    assert await parlour.log() == log


async def test_long_lists_of_the_blocked_have_pages(parlour: Parlour) -> None:
    await parlour.open()
    await parlour.starts(SARA)
    async with parlour.office.core.store.transaction():
        for number in range(25):
            await parlour.office.core.log.record("revoke", "person", parlour.mxid(SARA), f"@somebody{number}:hs.test")
    seen: list[str] = []
    await parlour.presses(SARA, "kept:")
    for _ in range(3):
        names = [row[0].text for row in parlour.seen(SARA)[-1].buttons]
        seen += [name for name in names if name.startswith("🔓")]
        if "More…" in names:
            await parlour.taps(SARA, "More…")
    assert seen == [f"🔓 somebody{number} · Matrix" for number in reversed(range(25))]


async def test_the_blocks_of_a_person_are_the_newest_word_about_each(core: Core) -> None:
    async with core.store.transaction():
        for verb, about in (("revoke", "@a:x"), ("revoke", "@b:x"), ("cancel", "@a:x"), ("revoke", "@c:x")):
            await core.log.record(verb, "person", "@me:x", about)  # type: ignore[arg-type]
    blocked = await core.consents.blocked("@me:x", 10)
    assert [about for _, about in blocked] == ["@c:x", "@b:x"]
    assert await core.consents.blocked("@me:x", 1) == blocked[:1]
    assert await core.consents.blocked_by("@me:x", blocked[1][0]) == "@b:x"
    assert await core.consents.blocked_by("@other:x", blocked[1][0]) is None
    assert await core.consents.blocked_by("@me:x", 2**62) is None


# --- the address


@APPS
async def test_an_address_is_renewed_when_it_was_asked_twice(parlour: Parlour, buttons: str) -> None:
    await parlour.open(bale=buttons)
    await parlour.starts(SARA)
    directory, sara = parlour.office.town.directory, parlour.mxid(SARA)
    code = await directory.code_of(sara)
    await parlour.says(SARA, "/me")
    await parlour.chooses(SARA, "♻️ A new address")
    await parlour.chooses(SARA, "No, keep this one")
    assert await directory.code_of(sara) == code
    await parlour.chooses(SARA, "♻️ A new address")
    await parlour.chooses(SARA, "♻️ Yes")
    fresh = await directory.code_of(sara)
    assert fresh != code
    assert f"{fresh[:4]}-{fresh[4:]}" in parlour.last(SARA)
    await parlour.presses(SARA, "rn:yes")
    assert await directory.code_of(sara) == fresh, "a button that is pressed again renews nothing"
    assert await directory.find(code) == []


async def test_a_text_to_pass_on_has_the_address_and_its_links(parlour: Parlour) -> None:
    await parlour.open()
    await parlour.starts(SARA)
    await parlour.says(SARA, "/نشانی")
    await parlour.taps(SARA, "✉️")
    code = await parlour.office.town.directory.code_of(parlour.mxid(SARA))
    assert f"Bale: https://ble.ir/hampayambot?start={code}" in parlour.last(SARA)
    assert f"\u2068{code[:4]}-{code[4:]}\u2069" in parlour.last(SARA)


async def test_only_who_chose_so_is_found_by_a_user_name(parlour: Parlour) -> None:
    parlour.usernames[REZA] = "Reza_K"
    await parlour.open()
    await parlour.starts(SARA)
    await parlour.starts(REZA)
    await parlour.says(SARA, "/to @reza_k")
    assert not any("wants to talk" in text for text in parlour.texts(REZA))
    await parlour.presses(REZA, "fb:")
    await parlour.taps(REZA, "Find me by my user name")
    await parlour.says(SARA, "/to @reza_k")
    assert any("wants to talk" in text for text in parlour.texts(REZA))
    await parlour.presses(REZA, "fo:name:0:")
    assert "by your user name: no" in parlour.last(REZA)


async def test_who_has_neither_name_nor_a_number_to_prove_hears_what_they_can_do(parlour: Parlour) -> None:
    await parlour.open(bale="")
    await parlour.starts(SARA)
    await parlour.presses(SARA, "fb:")
    assert "If you have a user name" in parlour.last(SARA)
    for forged in ("fp:", "fo:name:1:", "fo:number:1:", "fo:code:0:"):
        await parlour.presses(SARA, forged)
    assert await parlour.office.town.directory.found_by(parlour.mxid(SARA)) == {}


# --- help


@pytest.mark.parametrize("language", ["fa", "en"])
async def test_help_is_in_the_persons_one_language(parlour: Parlour, language: str) -> None:
    parlour.languages[SARA] = language
    await parlour.open()
    await parlour.starts(SARA)
    await parlour.says(SARA, "/help")
    assert parlour.last(SARA) == SENTENCES["private_help"][language]
    await parlour.presses(SARA, "help:")
    assert parlour.last(SARA) == SENTENCES["private_help"][language]
    await parlour.says(SARA, "/help to")
    assert SENTENCES["help_to"][language] in parlour.last(SARA)
    await parlour.says(SARA, "/help approve")
    assert parlour.last(SARA) == SENTENCES["no_such_command"][language]


async def test_where_there_are_no_buttons_help_and_lost_words_lead_on_by_numbers(parlour: Parlour) -> None:
    await parlour.open(bale="")
    await parlour.starts(SARA)
    for begin in ("/help", "anything at all"):
        await parlour.says(SARA, begin)
        await parlour.chooses(SARA, "My address")
        assert "Your address" in parlour.last(SARA)


async def test_whatever_is_said_is_answered(parlour: Parlour) -> None:
    await parlour.open()
    await parlour.starts(SARA)
    for words in ("?", "/nonsense", "/link", "hello", "۹", "🙂", "a\n" * 50):
        before = len(parlour.texts(SARA))
        await parlour.says(SARA, words)
        assert len(parlour.texts(SARA)) == before + 1, words


async def test_in_a_group_help_is_what_it_was(parlour: Parlour) -> None:
    await parlour.open()
    await parlour.office.says("bale", "/help", kind=ChatKind.GROUP)
    assert parlour.office.told("bale")[0].startswith("/help · /راهنما")


# --- anything


KINDS = ("settings", "pf", "pc", "pp", "kept", "ub", "address", "share", "rn", "fb", "fo", "fp", "fl", "card", "nocard")


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(KINDS), data=st.one_of(st.text(max_size=40), st.from_regex(r"[a-z]*(:[a-z0-9]*){0,4}")))
async def test_forged_data_is_answered_and_decides_nothing(parlour: Parlour, kind: str, data: str) -> None:
    if not parlour.office.sessions:
        await parlour.open()
        await parlour.befriended()
        await parlour.says(REZA, "/block")
        await parlour.starts(MINA)
    log, seen = await parlour.log(), len(parlour.texts(MINA))
    await parlour.presses(MINA, f"{kind}:{data}")
    assert len(parlour.texts(MINA)) > seen
    assert await parlour.log() == log or data.split(":")[:1][0] in ("bale", "rubika", "eitaa", "matrix")


@pytest.mark.parametrize("language", ["fa", "en"])
@APPS
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(picks=st.lists(st.integers(0, 20), min_size=15, max_size=30))
async def test_whatever_is_chosen_leads_somewhere(
    parlour: Parlour, buttons: str, language: str, picks: list[int]
) -> None:
    if not parlour.office.sessions:
        await parlour.open(bale=buttons)
        parlour.languages[SARA] = language
        parlour.usernames[SARA] = "sara_k"
    parlour.office.core.clock.hours(1)
    parlour.forget()
    await parlour.starts(SARA)
    if not parlour.seen(SARA)[-1].buttons and buttons:
        await parlour.says(SARA, "/settings")
    for pick in picks:
        options = parlour.options(SARA)
        if not options:
            await parlour.says(SARA, "/settings")
            continue
        before = len(parlour.texts(SARA))
        await parlour.takes(SARA, options[pick % len(options)])
        assert len(parlour.texts(SARA)) > before, options[pick % len(options)]
        assert parlour.last(SARA) not in SENTENCES["button_unknown"].values()


async def test_two_people_of_the_same_name_are_told_apart_where_only_words_come_back(parlour: Parlour) -> None:
    await parlour.open(rubika="bar")
    await parlour.starts(REZA)
    reza = parlour.mxid(REZA)
    async with parlour.office.core.store.transaction():
        for server in ("one", "two", "three"):
            await parlour.office.core.log.record("revoke", "person", reza, f"@mina:{server}.test")
    await parlour.presses(REZA, "kept:")
    assert parlour.options(REZA)[:3] == ["🔓 mina · Matrix", "🔓 mina · Matrix (2)", "🔓 mina · Matrix (3)"]
    await parlour.chooses(REZA, "🔓 mina · Matrix (2)")
    left = await parlour.office.core.consents.blocked(reza, 10)
    assert [person for _, person in left] == ["@mina:three.test", "@mina:one.test"]


async def test_five_hundred_conversations_cost_no_more_questions_than_five(parlour: Parlour) -> None:
    await parlour.open()
    await parlour.befriended()
    file = parlour.office.core.store._file
    assert file is not None
    asked: list[str] = []
    for connection in (file._writer, file._reader):
        connection.set_trace_callback(asked.append)

    async def counted() -> dict[str, int]:
        found = {}
        for words in ("/chats", "/settings", "/me", "/help", "hello", "/mute", "/mute", "/language en"):
            asked.clear()
            await parlour.says(REZA, words)
            found[words] = len(asked)
        for data in ("kept:", "pf:", "fb:", "people:0"):
            asked.clear()
            await parlour.presses(REZA, data)
            found[data] = len(asked)
        asked.clear()
        await parlour.says(SARA, "hello?")
        found["to them"] = len(asked)
        return found

    async def more(count: int) -> None:
        core = parlour.office.core
        desk = await core.desks.get(f"{HOME[REZA]}:bot", REZA)
        assert desk is not None
        first = await core.count("portal")
        async with core.store.transaction():
            for number in range(first, first + count):
                other = f"@person{number}:hs.test"
                room = await core.portals.make_room("Hampayam", None)
                request = await core.requests.make(other, "x", 0, 2**50, room=room)
                await core.requests.found(request, desk.person)
                await core.requests.ask(request, "open")
                await core.requests.show(request, "open")
                await parlour.office.reaching.conversations.tie(desk, room, f"Person {number}", other, "open")

    await more(20)
    await counted()  # whatever is looked up once, and the bar that shows the newest
    few = await counted()
    await more(480)
    await counted()
    assert await counted() == few
