"""Rubika's places, contacts, polls and forwards, as our model has them. Pure; raises nothing for odd input."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.model import Contact, Content, Location, Poll, Unsupported
from bridge.platforms import fields


def incoming(message: Mapping[str, object], text: str) -> Content | None:
    """None: there is no such thing in the message. `text` is what stands beside it, which is nothing as a rule."""
    moving = fields.mapping(message.get("live_location")) or {}
    if message.get("location") or moving:
        place = fields.mapping(message.get("location")) or fields.mapping(moving.get("current_location")) or {}
        latitude, longitude = fields.degrees(place.get("latitude"), 90), fields.degrees(place.get("longitude"), 180)
        if latitude is None or longitude is None:
            return Unsupported("location", text)
        return Location(latitude, longitude, text)
    if message.get("contact_message"):
        card = fields.mapping(message.get("contact_message")) or {}
        name = fields.full_name(card.get("first_name"), card.get("last_name"))
        return Contact(name or "", fields.written(card.get("phone_number")))
    if message.get("poll"):
        poll = fields.mapping(message.get("poll")) or {}
        options, status = poll.get("options"), fields.mapping(poll.get("poll_status")) or {}
        return Poll(
            fields.text(poll.get("question")) or text,
            tuple(fields.text(each) or "" for each in options) if isinstance(options, list) else (),
            several=poll.get("allows_multiple_answers") is True,
            closed=status.get("state") == "Closed",
        )
    return None


def moves(message: Mapping[str, object]) -> bool:
    """Whether an edit tells only where somebody is by now."""
    return bool(message.get("live_location"))


def forwarded(message: Mapping[str, object]) -> str | None:
    """As `MessageSaid.forwarded`. Rubika tells a name only of what is forwarded without a link to it: as an object, or
    as plain text."""
    unlinked = message.get("forwarded_no_link")
    if unlinked:
        title = (fields.mapping(unlinked) or {"from_title": unlinked}).get("from_title")
        return (fields.text(title) or "").strip()
    return "" if message.get("forwarded_from") else None
