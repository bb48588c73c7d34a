from __future__ import annotations

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
    masked,
    read,
    read_number,
    shown,
)

codes = st.text(st.sampled_from(ALPHABET), min_size=7, max_size=7).map(checked)


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
        "@ab": None,
    }
    assert {typed: read(typed) for typed in expected} == expected


@given(st.text())
def test_whatever_is_typed_nothing_is_raised(typed: str) -> None:
    read(typed)
    number = read_number(typed)
    assert number is None or read_number(number) == number


def test_of_a_number_only_the_end_is_shown() -> None:
    assert masked("+989121234567") == "•••67"
