from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.people.wanted import (
    ALPHABET,
    BadCode,
    ByCode,
    ByMatrix,
    ByName,
    ByNumber,
    Wanted,
    checked,
    folded,
    masked,
    read,
    read_code,
    read_number,
    shown,
)

PLATFORMS = {folded(word): "soroush" for word in ("soroush", "سروش پلاس")} | {"bale": "bale", "بله": "bale"}

PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")

codes = st.text(st.sampled_from(ALPHABET), min_size=7, max_size=7).map(checked)


def test_a_number_may_name_a_messenger() -> None:
    for typed in ("0912 123 4567 بله", "۰۹۱۲۱۲۳۴۵۶۷@Bale", "+98 912-123-4567 · Bale"):
        assert read(typed, PLATFORMS) == ByNumber("+989121234567", "bale")
    assert read("09121234567 سروش پلاس", PLATFORMS) == ByNumber("+989121234567", "soroush")
    assert read("09121234567 Telegram", PLATFORMS) is None
    assert read("12 Bale", PLATFORMS) is None


@given(codes)
def test_a_code_is_read_as_people_write_it(code: str) -> None:
    for typed in (code, shown(code), shown(code).lower(), f" {code[:4]} {code[4:]} ", f"\u2068{shown(code)}\u2069"):
        assert read(typed) == ByCode(code)
    assert read(f"https://ble.ir/hampayambot?start={code}") == ByCode(code)
    assert read(f"https://rubika.ir/hampayambot?st={code}") == ByCode(code)
    assert read(f"https://hampayam.example/_hampayam/me/{shown(code)}") == ByCode(code)


def test_digits_of_a_code_may_be_persian() -> None:
    code = checked("KPQ2MX7")
    assert read(code.translate(str.maketrans("2346789", "۲۳۴۶۷۸۹"))) == ByCode(code)


@given(codes, st.integers(0, 7), st.sampled_from(ALPHABET))
def test_a_wrong_character_is_told_as_a_slip(code: str, place: int, other: str) -> None:
    typed = code[:place] + other + code[place + 1 :]
    assert read(typed) == (ByCode(code) if other == code[place] else BadCode())


@given(codes, st.integers(0, 6))
def test_two_that_changed_places_are_told_as_a_slip(code: str, place: int) -> None:
    typed = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert read(typed) == (ByCode(code) if typed == code else BadCode())


@pytest.mark.parametrize(
    "typed",
    ["09121234567", "0912 123 45 67", "۰۹۱۲۱۲۳۴۵۶۷", "+98 912 1234567", "00989121234567", "989121234567", "9121234567"],
)
def test_an_iranian_number_is_one_however_it_is_written(typed: str) -> None:
    assert read(typed) == ByNumber("+989121234567")


def test_other_things_are_read_for_what_they_are() -> None:
    expected: dict[str, Wanted | None] = {
        "@Sara_demo": ByName("sara_demo"),
        "@mina:example.org": ByMatrix("@mina:example.org"),
        "@mina:localhost:8448": ByMatrix("@mina:localhost:8448"),
        "+49 (30) 123-4567": ByNumber("+49301234567"),
        "سلام": None,
        "": None,
        "0": None,
        "12345": None,
        "https://ble.ir/hampayambot?start=nonsense": BadCode(),
        "@": None,
        "با من گفتگو کن: https://ble.ir/hampayambot?start=KPQ2MX7" + checked("KPQ2MX7")[-1]: ByCode(checked("KPQ2MX7")),
        "rubika.ir/hampayambot?st=" + checked("KPQ2MX7").lower(): ByCode(checked("KPQ2MX7")),
        "https://matrix.to/#/@mina:example.org?via=example.org": ByMatrix("@mina:example.org"),
        "https://matrix.to/#/%40mina%3Aexample.org": ByMatrix("@mina:example.org"),
        "@mina:[::1]:8448": ByMatrix("@mina:[::1]:8448"),
        "@mina:": None,
        "@mina:exa mple.org": None,
        "@" + "m" * 250 + ":example.org": None,
        "@sara_demo بله": ByName("sara_demo", "bale"),
        "@sara_demo@Bale": ByName("sara_demo", "bale"),
        "sara_demo@bale": ByName("sara_demo", "bale"),
        "@sara_demo سروش پلاس": ByName("sara_demo", "soroush"),
        "@sara_demo سروش\u200cپلاس": ByName("sara_demo", "soroush"),
        "@sara_demo تلگرام": None,
        "sara_demo": None,
        "mina@example.org": None,
        "mohammad": BadCode(),
        "02188776655": ByNumber("+982188776655"),
        "4917012345678": None,
        "K7PQ-2MX": None,
        "@ab": None,
    }
    assert {typed: read(typed, PLATFORMS) for typed in expected} == expected


@given(codes, st.randoms(use_true_random=False))
def test_a_code_is_read_however_it_was_typed(code: str, chance: random.Random) -> None:
    typed = ""
    for char in code:
        typed += chance.choice(["", "", "-", " ", "\u200c", "–", "\u200f", "ـ", "."])
        typed += chance.choice([char, char.lower(), char.translate(PERSIAN), char.translate(ARABIC), wide(char)])
    typed = chance.choice(["", " ", "«", "`", "\u2066"]) + typed + chance.choice(["", "\n", "»", "`", ".", "\u2069"])
    assert read(typed) == ByCode(code)
    assert read_code(typed) == code


@given(codes, st.integers(0, 7), st.characters())
def test_no_character_whatever_is_taken_for_another(code: str, place: int, other: str) -> None:
    read_as = read(code[:place] + other + code[place + 1 :])
    assert read_as == ByCode(code) or not isinstance(read_as, ByCode)


def test_every_slip_of_a_finger_is_told_from_the_code() -> None:
    """All of them, for some codes: one character for another, and two neighbours that changed places."""
    chance = random.Random(29)
    for _ in range(50):
        code = checked("".join(chance.choices(ALPHABET, k=7)))
        slips = {code[:n] + other + code[n + 1 :] for n in range(8) for other in ALPHABET}
        slips |= {code[:n] + code[n + 1] + code[n] + code[n + 2 :] for n in range(7)}
        assert len(slips) > 200
        assert {slip for slip in slips if read(slip) != BadCode()} == {code}


SOMETHING = st.one_of(
    st.text(),
    st.text("@:/?&=#+-.09٠۹AzK·\u200c مبله", max_size=60),
    st.builds(
        "".join, st.lists(st.sampled_from(["@", "start=", "/me/", "https://", "matrix.to/#/", "%zz", "K7PQ", ":"]))
    ),
)


@given(SOMETHING)
def test_whatever_is_typed_nothing_is_raised(typed: str) -> None:
    match read(typed, PLATFORMS):
        case ByCode(code):
            assert checked(code[:7]) == code
        case ByName(name, platform):
            assert name.isascii()
            assert platform in ("", "bale", "soroush")
        case ByMatrix(mxid):
            assert mxid.startswith("@")
            assert len(mxid) <= 255
        case ByNumber(number):
            assert number == read_number(number)
    assert read_code(typed) is None or isinstance(read(typed), ByCode | ByNumber)


@given(st.text("+0123456789۰۱۹٩ ()-.", max_size=24).map(lambda digits: chance_prefix(digits)))
def test_a_number_that_was_read_stays_as_it_is(typed: str) -> None:
    number = read_number(typed)
    if number is not None:
        assert read_number(number) == number
        assert re.fullmatch(r"\+[1-9][0-9]{6,14}", number)
        assert not number.startswith("+98") or len(number) == 13


def chance_prefix(digits: str) -> str:
    """Makes what looks Iranian likelier."""
    return ("", "+98", "0098", "09", "98", "+980")[len(digits) % 6] + digits


@given(st.text("0123456789", min_size=9, max_size=9))
def test_all_ways_to_write_an_iranian_number_are_the_same(rest: str) -> None:
    ways = [f"09{rest}", f"+989{rest}", f"00989{rest}", f"989{rest}", f"9{rest}", f"+98 (0)9{rest}"]
    for way in ways:
        assert read_number(way) == read_number(way.translate(PERSIAN)) == f"+989{rest}"


def test_of_a_number_only_the_end_is_shown() -> None:
    assert masked("+989121234567") == "•••67"


def wide(char: str) -> str:
    """As keyboards of East Asia write it."""
    return chr(ord(char) + 0xFEE0)
