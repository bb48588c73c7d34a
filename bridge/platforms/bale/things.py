"""Bale's places, contacts, polls and forwards, as our model has them. Pure; raises nothing for odd input."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.model import Contact, Content, Location, Poll, ServiceLine, Unsupported
from bridge.platforms import fields

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
        card = fields.mapping(message.get("contact")) or {}
        name = fields.full_name(card.get("first_name"), card.get("last_name"))
        return Contact(name or "", fields.written(card.get("phone_number")))
    if message.get("poll"):
        return _poll(fields.mapping(message.get("poll")) or {})
    other = next((kind for kind in _OTHERS if message.get(kind)), None)
    return None if other is None else Unsupported(other, caption)


def _poll(poll: Mapping[str, object]) -> Poll:
    """It is not documented. Options were seen as objects, and might be plain text."""
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
    return bool(message.get("location"))


def forwarded(message: Mapping[str, object]) -> str | None:
    """As `MessageSaid.forwarded`. `forward_origin` is not documented and was seen."""
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
    return ""


def service_line(message: Mapping[str, object]) -> tuple[ServiceLine, object] | None:
    """A line that the app wrote by itself about a group, and the message that it is about. Undocumented; one
    library has it so."""
    title = fields.text(message.get("new_chat_title"))
    if title:
        return ServiceLine("title", title), None
    if message.get("new_chat_photo"):
        return ServiceLine("picture"), None
    if message.get("delete_chat_photo"):
        return ServiceLine("no_picture"), None
    pinned = fields.mapping(message.get("pinned_message"))
    return None if pinned is None else (ServiceLine("pin"), pinned.get("message_id"))
