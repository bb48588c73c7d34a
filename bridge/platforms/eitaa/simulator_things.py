"""Places, phone numbers, polls and dice of the simulated Eitaa, and whom a forward names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridge.platforms.simulation import Author, Chat, Person, Thing

from .simulator_accounts import RpcError
from .simulator_schema import SCHEMA
from .simulator_tl import Thing as Made

if TYPE_CHECKING:
    from .simulator import EitaaSimulator

make = SCHEMA.make
KINDS = ("location", "live_location", "contact", "poll", "dice")


def media(kind: str, thing: Thing) -> bytes:
    """As a message carries it. A place with a name is a venue."""
    match kind:
        case "contact":
            first, _, last = thing["name"].partition(" ")
            named = {"first_name": first, "last_name": last, "vcard": "", "user_id": 0}
            return make("messageMediaContact", phone_number=thing["phone"], **named)
        case "poll":
            return _poll(thing)
        case "dice":
            return make("messageMediaDice", value=6, emoticon="🎲")
    geo = make("geoPoint", long=float(thing["longitude"]), lat=float(thing["latitude"]), access_hash=1)
    if kind == "live_location":
        return make("messageMediaGeoLive", geo=geo, period=900)
    if thing["title"]:
        nothing = dict.fromkeys(("address", "provider", "venue_id", "venue_type"), "")
        return make("messageMediaVenue", geo=geo, title=thing["title"], **nothing)
    return make("messageMediaGeo", geo=geo)


def _poll(thing: Thing) -> bytes:
    answers = [make("pollAnswer", text=text, option=bytes([at])) for at, text in enumerate(thing["options"])]
    asked = {"question": thing["question"], "answers": answers}
    poll = make("poll", id=77, closed=thing["closed"], multiple_choice=thing["several"], **asked)
    return make("messageMediaPoll", poll=poll, results=make("pollResults", total_voters=0))


def pinned(given: Made) -> Thing:
    """The place of an inputMediaGeoPoint. Raises RpcError."""
    point = given["geo_point"]
    if point.name == "inputGeoPointEmpty":
        raise RpcError(400, "GEO_POINT_INVALID")
    if not (-90 <= point["lat"] <= 90 and -180 <= point["long"] <= 180):
        raise RpcError(400, "GEO_POINT_INVALID")
    return {"latitude": point["lat"], "longitude": point["long"], "title": ""}


def first_said(sim: EitaaSimulator, author: Author) -> Author | Person | Chat:
    """Whom a forward names: somebody whom nobody here has met, unless they hide behind a name."""
    match author.kind:
        case "person":
            return sim.add_person(author.name)
        case "channel":
            return sim.add_chat("channel", author.name)
        case "hidden":
            return author
