"""Places, phone numbers, polls and forwards on the simulated Bale, as its messages carry them."""

from __future__ import annotations

from typing import Any

from bridge.platforms.simulation import Author, ControlError, Form, FormError, Thing


def thing_fields(kind: str, thing: Thing) -> dict[str, Any]:
    """What a message of a person's carries."""
    match kind:
        case "location":
            if thing["title"]:
                raise ControlError("a place has no name here")
            return {"location": {"longitude": thing["longitude"], "latitude": thing["latitude"]}}
        case "contact":
            first, _, last = thing["name"].partition(" ")
            card: dict[str, Any] = {"phone_number": thing["phone"], "first_name": first}
            card |= {"last_name": last} if last else {}
            # Of users with wider ids nobody knows what an app tells here.
            owner = thing["owner"]
            return {"contact": card | ({"user_id": int(owner)} if owner and int(owner) < 2**32 else {})}
        case _:
            return {"poll": _poll(thing)}


def _poll(thing: Thing) -> dict[str, Any]:
    """Undocumented, and seen in messages."""
    return {
        "id": "5032493497848526839",
        "question": thing["question"],
        "options": [{"text": option, "voter_count": 0} for option in thing["options"]],
        "total_voter_count": 0,
        "is_closed": thing["closed"],
        "is_anonymous": True,
        "type": "regular",
        "allows_multiple_answers": thing["several"],
        "allows_revoting": True,
        "members_only": False,
    }


def origin(author: Author, date: int, *, undocumented: bool) -> dict[str, Any]:
    """The forward fields. Nobody hides there as far as is documented: then there is only the date."""
    found: dict[str, Any] = {"forward_date": date}
    match author.kind:
        case "person":
            user = {"id": 2_020_722_119, "is_bot": False, "first_name": author.name}
            found["forward_from"] = user
            told = {"type": "user", "date": date, "sender_user": user}
        case "channel":
            chat = {"id": 4_695_281_547, "type": "channel", "title": author.name}
            found |= {"forward_from_chat": chat, "forward_from_message_id": 7}
            told = {"type": "channel", "date": date, "chat": chat, "message_id": 7}
        case "hidden":
            told = {"type": "hidden_user", "date": date}
    return found | ({"forward_origin": told} if undocumented else {})


def location(form: Form) -> Thing:
    """What a bot pins."""
    where = {"latitude": form.number("latitude"), "longitude": form.number("longitude")}
    for name, most in (("latitude", 90), ("longitude", 180)):
        if not -most <= where[name] <= most:
            raise FormError(name, f"{name}: must be a valid value")
    return where | {"title": ""}


def contact(form: Form) -> Thing:
    """Whose number a bot passes on."""
    name = f"{form.text('first_name')} {form.text('last_name', '')}".strip()
    return {"phone": form.text("phone_number"), "name": name, "owner": ""}
