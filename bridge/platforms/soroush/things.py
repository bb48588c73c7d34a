"""Soroush Plus's places, contacts, polls and forwards, as our model has them. Pure; raises nothing for odd input.

Polls and dice are not in the documented Message; they are read where they come.
"""

from __future__ import annotations

from collections.abc import Mapping

from bridge.model import Content, Location, Unsupported
from bridge.platforms import botapi, fields

_OTHERS = ("dice", "game", "invoice", "story")
"""What people may send there that nothing else has."""
_FORWARDED = (
    "forward_from",
    "forward_from_chat",
    "forward_sender_name",
    "forward_signature",
    "forward_origin",
    "forward_date",
)


def incoming(message: Mapping[str, object], caption: str) -> Content | None:
    """None: there is no such thing in the message. A venue comes with a plain location beside it."""
    venue = fields.mapping(message.get("venue")) or {}
    if message.get("location") or venue:
        place = fields.mapping(venue.get("location")) or fields.mapping(message.get("location")) or {}
        latitude, longitude = fields.degrees(place.get("latitude"), 90), fields.degrees(place.get("longitude"), 180)
        title = fields.full_name(venue.get("title"), venue.get("address")) or caption
        if latitude is None or longitude is None:
            return Unsupported("location", title)
        return Location(latitude, longitude, title)
    if message.get("contact"):
        return botapi.contact(message.get("contact"))
    if message.get("poll"):
        return botapi.poll(message.get("poll"))
    other = fields.first(_OTHERS, message)
    return None if other is None else Unsupported(other, caption)


def moves(message: Mapping[str, object]) -> bool:
    """Whether an edit tells only where somebody is by now."""
    return bool(message.get("location")) and not message.get("venue")


def forwarded(message: Mapping[str, object]) -> str | None:
    """As `MessageSaid.forwarded`. A person who hides is told by a name alone; a channel's post may be signed."""
    if fields.first(_FORWARDED, message) is None:
        return None
    origin = fields.mapping(message.get("forward_origin")) or {}
    told = (message.get("forward_sender_name"), origin.get("sender_user_name"), message.get("forward_signature"))
    return botapi.first_author(message) or next((name for each in told if (name := fields.text(each))), "")
