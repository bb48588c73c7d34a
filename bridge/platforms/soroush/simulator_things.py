"""Places, phone numbers and forwards on the simulated Soroush Plus, as its messages carry them. Polls are not in its
documented Message."""

from __future__ import annotations

from typing import Any

from bridge.platforms.simulation import Author, ControlError, Form, FormError, Thing


def thing_fields(kind: str, thing: Thing) -> dict[str, Any]:
    if kind == "location":
        if thing["title"]:
            raise ControlError("a place has no name here")
        return {"location": {"latitude": thing["latitude"], "longitude": thing["longitude"]}}
    first, _, last = thing["name"].partition(" ")
    card: dict[str, Any] = {"phone_number": thing["phone"], "first_name": first}
    card |= {"last_name": last} if last else {}
    return {"contact": card | ({"user_id": int(thing["owner"])} if thing["owner"] else {})}


def origin(author: Author, date: int) -> dict[str, Any]:
    """The classic forward fields."""
    found: dict[str, Any] = {"forward_date": date}
    match author.kind:
        case "person":
            return found | {"forward_from": {"id": 70_999_999, "is_bot": False, "first_name": author.name}}
        case "channel":
            chat = {"id": -1_001_999_999_999, "type": "channel", "title": author.name}
            return found | {"forward_from_chat": chat, "forward_from_message_id": 7}
        case "hidden":
            return found | {"forward_sender_name": author.name}


def location(form: Form) -> Thing:
    where = {"latitude": form.number("latitude"), "longitude": form.number("longitude")}
    if not (-90 <= where["latitude"] <= 90 and -180 <= where["longitude"] <= 180):
        raise FormError("latitude", "wrong parameter latitude or longitude in request")
    return where | {"title": ""}


def contact(form: Form) -> Thing:
    name = f"{form.text('first_name')} {form.text('last_name', '')}".strip()
    return {"phone": form.text("phone_number"), "name": name, "owner": ""}
