"""Places, phone numbers, polls and forwards on the simulated Rubika, as its messages carry them."""

from __future__ import annotations

from typing import Any

from bridge.platforms.simulation import Author, Message, Person, Thing

from .simulator_options import RubikaOptions


def thing_fields(kind: str, thing: Thing, person: Person) -> dict[str, Any]:
    """Degrees are told as text."""
    match kind:
        case "location":
            return {"location": _place(thing)}
        case "live_location":
            moving = {"start_time": "1758200000", "live_period": 900, "current_location": _place(thing)}
            return {
                "live_location": moving | {"user_id": person.id, "status": "Live", "last_update_time": "1758200100"}
            }
        case "contact":
            first, _, last = thing["name"].partition(" ")
            return {"contact_message": {"phone_number": thing["phone"], "first_name": first, "last_name": last}}
        case _:
            return {"poll": poll_object(thing["question"], thing["options"], closed=thing["closed"])}


def _place(thing: Thing) -> dict[str, str]:
    return {"longitude": str(thing["longitude"]), "latitude": str(thing["latitude"])}


def poll_object(question: str, options: list[str], *, closed: bool = False) -> dict[str, Any]:
    status = {
        "state": "Closed" if closed else "Open",
        "selection_index": -1,
        "percent_vote_options": [0] * len(options),
        "total_vote": 0,
        "show_total_votes": True,
    }
    return {"question": question, "options": options, "poll_status": status}


def origin_object(message: Message) -> dict[str, Any]:
    """`forwarded_from` of a copy; there is no Group among its types."""
    origin: dict[str, Any] = {"message_id": message.message_id}
    if message.chat.kind == "channel":
        return {"type_from": "Channel", "from_chat_id": message.chat.id, **origin}
    if (sender := message.sender) is None:
        return {"type_from": "User", **origin}
    return {"type_from": "Bot" if sender.is_bot else "User", "from_sender_id": sender.id, **origin}


def origin_fields(author: Author, options: RubikaOptions) -> dict[str, Any]:
    """Of a forward that a person makes: a name is told only where no link leads to who wrote it."""
    if author.kind == "hidden":
        return no_link(author.name, options)
    origin = {"type_from": author.kind.capitalize(), "message_id": "1169999999999999999"}
    if author.kind == "channel":
        return {"forwarded_from": {**origin, "from_chat_id": "c0" + "c" * 30}}
    return {"forwarded_from": {**origin, "type_from": "User", "from_sender_id": "u0" + "f" * 30}}


def no_link(title: str, options: RubikaOptions) -> dict[str, Any]:
    return {"forwarded_no_link": title if options.forwarded_no_link_as_text else {"from_title": title}}
