"""Days and moments as people read them: in Tehran's time, by the Persian calendar in Persian."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from persiantools.jdatetime import MONTH_NAMES_FA, JalaliDate

from bridge.texts.digits import persian_digits

TEHRAN = ZoneInfo("Asia/Tehran")

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_UNKNOWN = {"fa": "زمانی نامعلوم", "en": "an unknown time"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def date_words(at: int, language: str) -> str:
    """The day of a moment (Unix milliseconds): "۵ مهر ۱۴۰۴", "27 September 2025". A number that is no moment of any
    calendar is said to be unknown."""
    moment = _moment(at)
    return _UNKNOWN[language] if moment is None else _day(moment, language)


def moment_words(at: int, language: str) -> str:
    """Day and time of a moment (Unix milliseconds): "۵ مهر ۱۴۰۴، ساعت ۱۴:۰۵", "27 September 2025, 14:05"."""
    moment = _moment(at)
    if moment is None:
        return _UNKNOWN[language]
    day, time = _day(moment, language), time_words(at, language)
    return f"{day}، ساعت {time}" if language == "fa" else f"{day}, {time}"


def time_words(at: int, language: str) -> str:
    """The time of a moment (Unix milliseconds): "۱۴:۰۵", "14:05"."""
    moment = _moment(at)
    if moment is None:
        return _UNKNOWN[language]
    time = f"{moment:%H:%M}"
    return persian_digits(time) if language == "fa" else time


def same_day(one: int, other: int) -> bool:
    """Whether two moments (Unix milliseconds) are of one day."""
    first, second = _moment(one), _moment(other)
    return first is not None and second is not None and first.date() == second.date()


def _moment(at: int) -> datetime | None:
    try:
        return (_EPOCH + timedelta(milliseconds=at)).astimezone(TEHRAN) if at >= 0 else None
    except OverflowError:
        return None


def _day(moment: datetime, language: str) -> str:
    if language == "fa":
        day = JalaliDate(moment.date())  # type: ignore[no-untyped-call, unused-ignore]
        return persian_digits(f"{day.day} {MONTH_NAMES_FA[day.month]} {day.year}")
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"
