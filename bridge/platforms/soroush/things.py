"""Soroush Plus's places, contacts, polls and forwards, as our model has them. Pure; raises nothing for odd input.

Polls and dice are not in the documented Message; they are read where they come.
"""

from __future__ import annotations

from collections.abc import Mapping

from bridge.model import Contact, Content, Location, Poll, ServiceLine, Unsupported
from bridge.platforms import fields

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
        card = fields.mapping(message.get("contact")) or {}
        name = fields.full_name(card.get("first_name"), card.get("last_name"))
        return Contact(name or "", fields.written(card.get("phone_number")))
    if message.get("poll"):
        return _poll(fields.mapping(message.get("poll")) or {})
    other = next((kind for kind in _OTHERS if message.get(kind)), None)
    return None if other is None else Unsupported(other, caption)


def _poll(poll: Mapping[str, object]) -> Poll:
    listed = poll.get("options")
    options = (
        [(fields.mapping(each) or {"text": each}).get("text") for each in listed] if isinstance(listed, list) else []
    )
    return Poll(
        fields.text(poll.get("question")) or "",
        tuple(fields.text(option) or "" for option in options),
        several=poll.get("allows_multiple_answers") is True,
        closed=poll.get("is_closed") is True,
    )


def moves(message: Mapping[str, object]) -> bool:
    """Whether an edit tells only where somebody is by now."""
    return bool(message.get("location")) and not message.get("venue")


def forwarded(message: Mapping[str, object]) -> str | None:
    """As `MessageSaid.forwarded`. A person who hides is told by a name alone; a channel's post may be signed."""
    if not any(message.get(name) for name in _FORWARDED):
        return None
    origin = fields.mapping(message.get("forward_origin")) or {}
    for author in (
        message.get("forward_from_chat"),
        origin.get("chat"),
        message.get("forward_from"),
        origin.get("sender_user"),
    ):
        known = fields.mapping(author) or {}
        name = fields.full_name(known.get("title"), None) or fields.full_name(
            known.get("first_name"), known.get("last_name"), known.get("username")
        )
        if name is not None:
            return name
    told = (message.get("forward_sender_name"), origin.get("sender_user_name"), message.get("forward_signature"))
    return next((name for each in told if (name := fields.text(each))), "")


def service_line(message: Mapping[str, object]) -> tuple[ServiceLine, object] | None:
    """A line that the app wrote by itself about a group, and the message that it is about."""
    title = fields.text(message.get("new_chat_title"))
    if title:
        return ServiceLine("title", title), None
    if message.get("new_chat_photo"):
        return ServiceLine("picture"), None
    if message.get("delete_chat_photo"):
        return ServiceLine("no_picture"), None
    pinned = fields.mapping(message.get("pinned_message"))
    return None if pinned is None else (ServiceLine("pin"), pinned.get("message_id"))
