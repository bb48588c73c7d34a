"""What somebody said, in words: who wrote it first, a place, a phone number, a poll, what an
app wrote by itself, and what cannot be shown. Pure.

Names, titles and options are input: each stays within its line, and none can begin another.
"""

from __future__ import annotations

import re
import unicodedata

from bridge.core.identity import FSI, PDI, clean_name
from bridge.marks import moved
from bridge.model import Contact, Location, Poll, ServiceLine, Text, Unsupported
from bridge.texts import say, say_kind
from bridge.texts.dates import moment_words, same_day, time_words

_FORWARD = "↪"
_CARD = "👤"
_CLOCK = "🕓"
_SEPARATORS = re.compile(f"[/{_FORWARD}]")
"""What stands between the words around a name: none is in it."""
_JOINERS = "\u200c\u200d"
_LONGEST_PHONE = 20


Worded = Text | Location | Contact | Poll | ServiceLine | Unsupported
"""What can be said in words."""


def in_words(content: Worded, languages: tuple[str, ...]) -> Text:
    match content:
        case Text():
            return content
        case Location():
            return Text(_place(content, languages))
        case Contact():
            return Text(_card(content, languages))
        case Poll():
            return Text(_poll(content, languages))
        case ServiceLine(kind, title):
            return Text(say("service_" + kind, languages, title=f"{FSI}{clean_name(title) or '?'}{PDI}"))
        case Unsupported(kind, caption, marks):
            return below(say_kind(kind, languages), Text(caption, marks))


def with_author(text: Text, forwarded: str | None, languages: tuple[str, ...]) -> Text:
    """What was forwarded, below the name of who wrote it first; anything else (None) as it is."""
    if forwarded is None:
        return text
    name = clean_name(_SEPARATORS.sub(" ", forwarded))
    if name is None:
        return below(f"{_FORWARD} {say('forwarded', languages, between=' / ')}", text)
    words = say("forwarded_from", languages, between=" / ", name=f"{FSI}{name}{PDI}")
    return below(f"{_FORWARD} {words}", text)


def when_written(at: int, now: int, languages: tuple[str, ...]) -> str:
    """A line that says when something was written (Unix ms), with the day if that is not the one of `now`."""
    today = same_day(at, now)
    moment = {language: (time_words if today else moment_words)(at, language) for language in languages}
    return f"{_CLOCK} {say('written_at' if today else 'written_on', languages, between=' / ', moment=moment)}"


def below(line: str, text: Text) -> Text:
    """A text with a line of ours before it."""
    return Text(f"{line}\n{text.body}", moved(text.marks, len(line) + 1)) if text.body else Text(line)


def map_link(place: Location) -> str:
    """An address that shows the place in any browser."""
    latitude, longitude = degrees(place.latitude), degrees(place.longitude)
    return f"https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}&zoom=16"


def degrees(value: float) -> str:
    """Six decimals are a hand's breadth."""
    written = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if written == "-0" else written


def _place(place: Location, languages: tuple[str, ...]) -> str:
    title = _line(place.title)
    head = say_kind("location", languages)
    where = f"{degrees(place.latitude)}, {degrees(place.longitude)}"
    return "\n".join((f"{head} {FSI}{title}{PDI}" if title else head, where, map_link(place)))


def card(contact: Contact) -> Contact:
    """A contact fit to be passed on; what is left of neither may be "". Whose number it is, is not passed on."""
    return Contact(clean_name(contact.name) or "", _phone(contact.phone))


def _card(contact: Contact, languages: tuple[str, ...]) -> str:
    shown = card(contact)
    known = [part for part in (shown.name, shown.phone) if part]
    return " ".join((_CARD, *(f"{FSI}{part}{PDI}" for part in known or [say_kind("contact", languages)])))


def _phone(phone: str) -> str:
    """A number as one dials it from everywhere, where it says its country."""
    digits = "".join(str(unicodedata.decimal(char)) for char in phone if unicodedata.decimal(char, None) is not None)
    if not 3 <= len(digits) <= _LONGEST_PHONE:
        return ""
    if digits.startswith("00"):
        return f"+{digits[2:]}"
    abroad = phone.strip().startswith("+") or (digits.startswith("98") and len(digits) == 12)
    return f"+{digits}" if abroad else digits


def _poll(poll: Poll, languages: tuple[str, ...]) -> str:
    question = poll.question.strip()
    lines = [f"{say_kind('poll', languages)} {question}" if question else say_kind("poll", languages)]
    lines += [f"{number}. {FSI}{_line(option)}{PDI}" for number, option in enumerate(poll.options, 1)]
    if poll.closed:
        lines.append(say("poll_closed", languages))
    else:
        lines += [say("poll_several", languages)] if poll.several else []
        lines.append(say("poll_elsewhere", languages))
    return "\n".join(lines)


def _line(text: str) -> str:
    """Somebody's words in one line, without what is invisible and could turn the line around."""
    kept = (char for char in text if char in _JOINERS or char.isspace() or unicodedata.category(char)[0] != "C")
    return " ".join("".join(kept).split())
