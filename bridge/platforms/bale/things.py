"""Bale's places, contacts, polls and forwards, as our model has them. Pure; raises nothing for odd input."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.model import Content, Location, Unsupported
from bridge.platforms import botapi, fields

_OTHERS = ("invoice",)
"""What people send there that nothing else has."""
_FORWARDED = ("forward_from", "forward_from_chat", "forward_origin", "forward_date")


def incoming(message: Mapping[str, object], caption: str) -> Content | None:
    """None: there is no such thing in the message."""
    if message.get("location"):
        place = fields.mapping(message.get("location")) or {}
        latitude, longitude = fields.degrees(place.get("latitude"), 90), fields.degrees(place.get("longitude"), 180)
        if latitude is None or longitude is None:
            return Unsupported("location", caption)
        return Location(latitude, longitude, caption)
    if message.get("contact"):
        return botapi.contact(message.get("contact"))
    if message.get("poll"):
        return botapi.poll(message.get("poll"))
    other = fields.first(_OTHERS, message)
    return None if other is None else Unsupported(other, caption)


def moves(message: Mapping[str, object]) -> bool:
    """Whether an edit tells only where somebody is by now."""
    return bool(message.get("location"))


def forwarded(message: Mapping[str, object]) -> str | None:
    """As `MessageSaid.forwarded`. `forward_origin` is not documented and was seen."""
    if fields.first(_FORWARDED, message) is None:
        return None
    return botapi.first_author(message) or ""
