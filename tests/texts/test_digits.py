from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.texts.digits import ascii_digits, persian_digits


@pytest.mark.parametrize("written", ["12", "۱۲", "١٢", "1۲", "۱٢"])
def test_a_number_is_understood_however_its_digits_are_written(written: str) -> None:
    assert ascii_digits(written) == "12"
    assert int(ascii_digits(written)) == 12


def test_every_digit_has_its_partner() -> None:
    assert ascii_digits("۰۱۲۳۴۵۶۷۸۹") == "0123456789"
    assert ascii_digits("٠١٢٣٤٥٦٧٨٩") == "0123456789"
    assert persian_digits("0123456789") == "۰۱۲۳۴۵۶۷۸۹"
    assert persian_digits("٠١٢٣٤٥٦٧٨٩") == "۰۱۲۳۴۵۶۷۸۹"


@given(st.text())
def test_whatever_is_not_a_digit_stays_as_it_is(text: str) -> None:
    digits = set("0123456789۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩")
    for changed in (ascii_digits(text), persian_digits(text)):
        assert len(changed) == len(text)
        assert [(a, b) for a, b in zip(text, changed, strict=True) if a != b and a not in digits] == []


@given(st.text(alphabet="0123456789 abc:۰۵۹"))
def test_a_number_shown_to_a_person_can_be_typed_back(text: str) -> None:
    assert ascii_digits(persian_digits(text)) == ascii_digits(text)
