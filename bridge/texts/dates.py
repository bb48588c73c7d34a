"""Days and moments as people read them: in Tehran's time, by the Persian calendar in Persian."""

from __future__ import annotations

from collections.abc import Mapping
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
_NEAR = {
    -1: {"fa": "دیروز ساعت", "en": "yesterday"},
    0: {"fa": "ساعت", "en": ""},
    1: {"fa": "فردا ساعت", "en": "tomorrow"},
}
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


def near_words(at: int, now: int) -> Mapping[str, str]:
    """A moment (Unix milliseconds) as seen from another, by language: "۱۴:۲۰", "tomorrow 14:20"; further away, with its
    day."""
    moment, today = _moment(at), _moment(now)
    days = None if moment is None or today is None else (moment.date() - today.date()).days
    if moment is None or days not in _NEAR:
        return {language: moment_words(at, language) for language in ("fa", "en")}
    time = f"{moment:%H:%M}"
    return {"fa": f"{_NEAR[days]['fa']} {persian_digits(time)}", "en": f"{_NEAR[days]['en']} {time}".lstrip()}


def stamp(at: int) -> str:
    """A moment (Unix milliseconds) as those who run a bridge read it, to the second and in the time of its log."""
    moment = _EPOCH + timedelta(milliseconds=at)
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def span_words(milliseconds: int) -> Mapping[str, str]:
    """How long something lasts, by language: "۲ ساعت و ۵ دقیقه", "2 h 5 min"."""
    minutes = max(0, milliseconds) // 60_000
    hours, days = minutes // 60, minutes // 1440
    if minutes == 0:
        return {"fa": "کمتر از یک دقیقه", "en": "less than a minute"}
    if hours == 0:
        return {"fa": persian_digits(f"{minutes} دقیقه"), "en": f"{minutes} min"}
    if days < 2:
        rest = minutes % 60
        return {"fa": persian_digits(f"{hours} ساعت و {rest} دقیقه"), "en": f"{hours} h {rest} min"}
    return {"fa": persian_digits(f"{days} روز و {hours % 24} ساعت"), "en": f"{days} d {hours % 24} h"}


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
