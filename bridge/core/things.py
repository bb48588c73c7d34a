"""Places and polls as events carry them: somebody else's are read, in which no type can be trusted. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bridge.core.contents import text_of
from bridge.core.wording import Worded, card, degrees, in_words, map_link
from bridge.model import Contact, Location, Poll, Text

POLLS = ("m.poll.start", "org.matrix.msc3381.poll.start")
"""The types of events that ask a question. Source: the specification of polls, and MSC3381 as Element writes it."""

_POLL = ("m.poll", "org.matrix.msc3381.poll.start")
_TEXT = ("m.text", "org.matrix.msc1767.text")
_PLACE = ("m.location", "org.matrix.msc3488.location")
_CARD = "ir.hampayam.contact"
"""The key under which an event of ours says whose number it passes on, which Matrix has no form for."""
CONTENT = (*_POLL, *_TEXT, *_PLACE, "geo_uri", _CARD)
"""The keys of a content under which something stands that is read here."""

_GEO = re.compile(r"geo:(-?[0-9]{1,3}(?:\.[0-9]{1,20})?),(-?[0-9]{1,3}(?:\.[0-9]{1,20})?)(?:,[-0-9.]{1,20})?(?:;.*)?")
"""Source: RFC 5870; in WGS-84, which nobody says otherwise."""
_PLAIN = frozenset(("msgtype", "body", "format", "formatted_body", "m.relates_to"))
_LONGEST = 200
"""Characters of a contact's name and of its number that are looked at."""
_MOST_OPTIONS = 20
"""Source: MSC3381."""


def is_plain(content: Mapping[str, Any]) -> bool:
    """Whether an event says words and nothing else, as most do."""
    return content.keys() <= _PLAIN


def is_poll(content: Mapping[str, Any]) -> bool:
    return not content.keys().isdisjoint(_POLL)


def words_of(content: Mapping[str, Any], languages: tuple[str, ...]) -> Text | None:
    """What an event says, in words; a place with a link to a map. None: nothing that could be shown."""
    if is_plain(content):
        return text_of(content)
    if is_poll(content):
        poll = _poll_of(content)
        return _fallback(content) if poll is None else in_words(poll, languages)
    place = place_of(content)
    if place is None:
        return text_of(content)
    text = text_of(content)
    if text is not None and map_link(place) in text.body:
        return text  # ours, or as good as ours
    return in_words(place, languages)


def as_said(said: Worded, words: Text, content: dict[str, Any]) -> dict[str, Any]:
    """The content of an event of ours for something that a platform said; `content` says it in `words` alone."""
    match said:
        case Location():
            return place_content(said, words)
        case Contact():
            return contact_content(said, content)
        case _:
            return content


# --- places


def place_of(content: Mapping[str, Any]) -> Location | None:
    """The place that an event shows on the map. None: it shows none."""
    if content.get("msgtype") != "m.location":
        return None
    told = next((found for key in _PLACE if isinstance(found := content.get(key), Mapping)), {})
    for uri in (content.get("geo_uri"), told.get("uri")):
        found = _GEO.fullmatch(uri) if isinstance(uri, str) and len(uri) <= 255 else None
        if found is not None:
            latitude, longitude = float(found[1]), float(found[2])
            if abs(latitude) <= 90 and abs(longitude) <= 180:
                return Location(latitude, longitude, _title(content, told))
    return None


def _title(content: Mapping[str, Any], told: Mapping[str, Any]) -> str:
    """What the place is called. Some clients write the address of the place itself into the body."""
    for words in (told.get("description"), content.get("body")):
        if isinstance(words, str) and words.strip() and "geo:" not in words:
            return words
    return ""


def place_content(place: Location, words: Text) -> dict[str, Any]:
    """A content of ours that shows a place. `words` are all of it, for those who see no map."""
    uri = f"geo:{degrees(place.latitude)},{degrees(place.longitude)}"
    return {
        "msgtype": "m.location",
        "body": words.body,
        "geo_uri": uri,
        "org.matrix.msc3488.location": {"uri": uri, **({"description": place.title} if place.title else {})},
        "org.matrix.msc3488.asset": {"type": "m.pin"},
    }


# --- contacts


def contact_of(content: Mapping[str, Any]) -> Contact | None:
    """The card that an event passes on, with a name and a number. None: it has none."""
    told = content.get(_CARD)
    name, phone = (told.get("name"), told.get("phone")) if isinstance(told, Mapping) else (None, None)
    if not isinstance(name, str) or not isinstance(phone, str) or len(name) > _LONGEST or len(phone) > _LONGEST:
        return None
    found = card(Contact(name, phone))
    return found if found.name and found.phone else None


def contact_content(contact: Contact, words: Mapping[str, Any]) -> dict[str, Any]:
    """A content of ours that passes on a number. `words` are a content that says all of it."""
    shown = card(contact)
    return {**words, **({_CARD: {"name": shown.name, "phone": shown.phone}} if shown.name and shown.phone else {})}


# --- polls


def _poll_of(content: Mapping[str, Any]) -> Poll | None:
    start = next((found for key in _POLL if isinstance(found := content.get(key), Mapping)), {})
    question, answers, most = _words(start.get("question")), start.get("answers"), start.get("max_selections")
    if not isinstance(answers, list):
        return None
    options = tuple(words for answer in answers[:_MOST_OPTIONS] if (words := _words(answer)))
    if not question or not options:
        return None
    return Poll(question, options, several=isinstance(most, int) and most > 1)


def _fallback(content: Mapping[str, Any]) -> Text | None:
    words = _words(content)
    return Text(words) if words else text_of(content)


def _words(value: object) -> str:
    """The text of something extensible: a string, or a list of the same in several formats."""
    if not isinstance(value, Mapping):
        return ""
    for key in _TEXT:
        told = value.get(key)
        if isinstance(told, list):
            plain = (each for each in told if isinstance(each, Mapping))
            told = next(
                (each.get("body") for each in plain if each.get("mimetype", "text/plain") == "text/plain"), None
            )
        if isinstance(told, str) and told.strip():
            return told
    return ""
