"""Eitaa's places, contacts and polls, and other media that are no files: as noted, and as our model has them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bridge.model import Contact, Content, Location, Poll, ServiceLine, Unsupported
from bridge.platforms import fields
from bridge.platforms.eitaa.tl import TL

KINDS: Mapping[str, str] = {
    "messageMediaGeo": "location",
    "messageMediaGeoLive": "location",
    "messageMediaVenue": "location",
    "messageMediaContact": "contact",
    "messageMediaPoll": "poll",
    "messageMediaDice": "dice",
    "messageMediaGame": "game",
    "messageMediaInvoice": "invoice",
    "messageMediaLiveStream": "live_stream",
}


def noted(media: TL | None) -> dict[str, object] | None:
    """None: the media is of another kind."""
    match media.tl_name if media is not None else "":
        case "messageMediaGeo" | "messageMediaVenue" | "messageMediaGeoLive":
            assert media is not None
            title = " ".join(part for name in ("title", "address") if (part := getattr(media, name, "")))
            live = media.tl_name == "messageMediaGeoLive"
            place = {"lat": getattr(media.geo, "lat", None), "long": getattr(media.geo, "long", None)}
            return {"thing": "location", "title": title, "live": live, **place}
        case "messageMediaContact":
            assert media is not None
            name = fields.full_name(media.first_name, media.last_name)
            return {"thing": "contact", "name": name or "", "phone": media.phone_number}
        case "messageMediaPoll":
            assert media is not None
            poll = media.poll
            options = [answer.text for answer in poll.answers]
            asked = {"question": poll.question, "options": options}
            return {"thing": "poll", **asked, "several": poll.multiple_choice, "closed": poll.closed}
        case _:
            return None


def content(thing: Mapping[str, Any], caption: str) -> Content:
    match thing["thing"]:
        case "location":
            latitude, longitude = fields.degrees(thing["lat"], 90), fields.degrees(thing["long"], 180)
            title = fields.text(thing["title"]) or caption
            if latitude is None or longitude is None:
                return Unsupported("location", title)
            return Location(latitude, longitude, title)
        case "contact":
            return Contact(fields.text(thing["name"]) or "", fields.written(thing["phone"]))
        case _:
            options = tuple(fields.text(option) or "" for option in thing["options"])
            return Poll(
                fields.text(thing["question"]) or caption, options, bool(thing["several"]), bool(thing["closed"])
            )


def service_line(action: str, title: str) -> ServiceLine | None:
    """What the app wrote by itself about a group, by the name of its action."""
    match action:
        case "messageActionChatEditTitle":
            return ServiceLine("title", title)
        case "messageActionChatEditPhoto":
            return ServiceLine("picture")
        case "messageActionChatDeletePhoto":
            return ServiceLine("no_picture")
        case "messageActionPinMessage":
            return ServiceLine("pin")
    return None
