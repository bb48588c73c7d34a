from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.texts.dates import date_words, moment_words, near_words, same_day, span_words, stamp, time_words


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


def test_a_moment_that_is_near_is_told_without_its_date_by_days_of_tehran() -> None:
    now = at(2025, 9, 27, 20, 0)  # half past eleven at night
    assert near_words(now, now) == {"fa": "ساعت ۲۳:۳۰", "en": "23:30"}
    assert near_words(at(2025, 9, 27, 21, 0), now) == {"fa": "فردا ساعت ۰۰:۳۰", "en": "tomorrow 00:30"}
    assert near_words(at(2025, 9, 26, 20, 29), now) == {"fa": "دیروز ساعت ۲۳:۵۹", "en": "yesterday 23:59"}
    assert near_words(at(2025, 9, 29, 10, 35), now) == {
        "fa": "۷ مهر ۱۴۰۴، ساعت ۱۴:۰۵",
        "en": "29 September 2025, 14:05",
    }
    assert near_words(-1, now)["en"] == "an unknown time"


@pytest.mark.parametrize(
    ("minutes", "fa", "en"),
    [
        (-5, "کمتر از یک دقیقه", "less than a minute"),
        (0.99, "کمتر از یک دقیقه", "less than a minute"),
        (59, "۵۹ دقیقه", "59 min"),
        (125, "۲ ساعت و ۵ دقیقه", "2 h 5 min"),
        (2879, "۴۷ ساعت و ۵۹ دقیقه", "47 h 59 min"),
        (3000, "۲ روز و ۲ ساعت", "2 d 2 h"),
    ],
)
def test_how_long_something_lasts_is_told_as_exactly_as_one_wants_to_know(minutes: float, fa: str, en: str) -> None:
    assert span_words(int(minutes * 60_000)) == {"fa": fa, "en": en}


def test_a_stamp_is_in_the_time_of_the_log() -> None:
    assert stamp(at(2025, 9, 27, 10, 35, 7)) == "2025-09-27 10:35:07 UTC"


def test_a_time_is_tehrans_and_days_are_compared_there() -> None:
    assert (time_words(at(2025, 9, 27, 10, 35), "fa"), time_words(at(2025, 9, 27, 10, 35), "en")) == ("۱۴:۰۵", "14:05")
    assert same_day(at(2025, 9, 26, 20, 30), at(2025, 9, 27, 20, 29))
    assert not same_day(at(2025, 9, 26, 20, 29), at(2025, 9, 26, 20, 30))
    assert not same_day(-1, -1)
