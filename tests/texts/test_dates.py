from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.texts.dates import date_words, moment_words, same_day, time_words


def at(*when: int) -> int:
    """Unix milliseconds of a moment in UTC."""
    return int(datetime(*when, tzinfo=UTC).timestamp() * 1000)  # type: ignore[arg-type, misc]


def test_a_day_is_one_of_the_persian_calendar_in_persian_and_of_the_gregorian_in_english() -> None:
    assert date_words(at(2025, 9, 27, 10, 0), "fa") == "۵ مهر ۱۴۰۴"
    assert date_words(at(2025, 9, 27, 10, 0), "en") == "27 September 2025"
    assert moment_words(at(2025, 9, 27, 10, 35), "fa") == "۵ مهر ۱۴۰۴، ساعت ۱۴:۰۵"
    assert moment_words(at(2025, 9, 27, 10, 35), "en") == "27 September 2025, 14:05"


@pytest.mark.parametrize(
    ("when", "day"),
    [
        ((2025, 3, 20, 20, 29), "۳۰ اسفند ۱۴۰۳"),  # a leap year
        ((2025, 3, 20, 20, 30), "۱ فروردین ۱۴۰۴"),  # midnight in Tehran
        ((2026, 3, 20, 20, 29), "۲۹ اسفند ۱۴۰۴"),
        ((2026, 3, 20, 20, 30), "۱ فروردین ۱۴۰۵"),
        ((2021, 9, 21, 19, 29), "۳۰ شهریور ۱۴۰۰"),  # while there was summer time
        ((2021, 9, 21, 19, 30), "۳۰ شهریور ۱۴۰۰"),  # the hour that came twice
        ((2021, 9, 21, 20, 30), "۳۱ شهریور ۱۴۰۰"),
    ],
)
def test_days_and_years_begin_at_midnight_in_tehran(when: tuple[int, ...], day: str) -> None:
    assert date_words(at(*when), "fa") == day


@given(st.integers())
def test_a_number_that_a_platform_made_up_raises_nothing(number: int) -> None:
    for language in ("fa", "en"):
        assert date_words(number, language)
        assert moment_words(number, language)
    assert date_words(10**30, "en") == moment_words(-1, "en") == "an unknown time"


def test_a_time_is_tehrans_and_days_are_compared_there() -> None:
    assert (time_words(at(2025, 9, 27, 10, 35), "fa"), time_words(at(2025, 9, 27, 10, 35), "en")) == ("۱۴:۰۵", "14:05")
    assert same_day(at(2025, 9, 26, 20, 30), at(2025, 9, 27, 20, 29))
    assert not same_day(at(2025, 9, 26, 20, 29), at(2025, 9, 26, 20, 30))
    assert not same_day(-1, -1)
