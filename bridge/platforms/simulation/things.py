"""What a person sends that is neither words nor a file, and who wrote first what they forward, as the outside hand says
it: a place, a phone number, a poll."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, cast, get_args

from .records import ControlError, Thing

Source = Literal["person", "channel", "hidden"]
"""Who wrote it first; "hidden" is a person who is told by a name alone."""

MADE_UP: Mapping[str, Thing] = {
    "location": {"latitude": 35.6892, "longitude": 51.389, "title": ""},
    "live_location": {"latitude": 35.6892, "longitude": 51.389, "title": ""},
    "contact": {"name": "علی", "phone": "989120000000", "owner": ""},
    "poll": {"question": "?", "options": ["a", "b"], "several": False, "closed": False},
}
"""What is in a thing of each kind, and what it is where nobody says. A contact's owner is a person's id, for an app
that tells bots whose number it is."""


@dataclass(frozen=True, slots=True)
class Author:
    kind: Source
    name: str


@dataclass(frozen=True, slots=True)
class Extra:
    """`thing`: what is sent, for the kinds of `MADE_UP`. `author`: who wrote first what is forwarded. `album`: a number
    that photos have in common which were sent together."""

    thing: Thing | None = None
    author: Author | None = None
    album: int | None = None


PLAIN = Extra()


def extra_of(body: Mapping[str, Any]) -> Extra:
    """What a body of /say tells by "thing", "author" and "album". Raises ControlError."""
    author, album = body.get("author"), body.get("album")
    if album is not None and not isinstance(album, int):
        raise ControlError("album must be a number")
    return Extra(body.get("thing"), None if author is None else _author(author), album)


def whole(extra: Extra, kind: str) -> Extra:
    """With everything in the thing that belongs to it. Raises ControlError."""
    made = MADE_UP.get(kind)
    if made is not None:
        return replace(extra, thing=_checked(made, {} if extra.thing is None else extra.thing))
    if extra.thing is not None:
        raise ControlError(f"a {kind} has no thing")
    return extra


def _checked(made: Thing, thing: object) -> Thing:
    if not isinstance(thing, dict) or not thing.keys() <= made.keys():
        raise ControlError(f"a thing has {', '.join(made)}")
    complete = made | thing
    for name, value in complete.items():
        wanted = (int, float) if isinstance(made[name], float) else type(made[name])
        if not isinstance(value, wanted):
            raise ControlError(f"{name} is of another type")
    return complete


def _author(author: object) -> Author:
    if (
        not isinstance(author, dict)
        or not isinstance(author.get("name"), str)
        or author.get("kind") not in get_args(Source)
    ):
        raise ControlError("an author has a name, and a kind: person, channel or hidden")
    return Author(cast(Source, author["kind"]), author["name"])
