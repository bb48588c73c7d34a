"""May this be carried there? The rules, without any side effect.

The log (`store/consent.py`) is only ever added to. What a person has decided is its newest entries: one about the other
person, one about the messenger that they write from. A verb means, by scope::

              about a person                                 about a messenger
    request   (the other) asks to talk                       –
    grant     yes; also what the asker says of whom they ask  its people may write without being asked about
    deny      not now: may be asked again after a while       none of its people may write
    revoke    no, until it is granted: a block                –
    cancel    it is over, or withdrawn: may be asked again    ask me (as at the beginning)

and about a room, "deny" keeps a person's words in their own app, "cancel" lets them cross again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

Verb = Literal["request", "grant", "deny", "revoke", "cancel"]
Scope = Literal["platform", "person", "room"]
Place = Literal["desk", "matrix", "group", "admin", "carried"]
"""Where a person decided: in their private chat, by what they did in a room on Matrix, in a group, as an admin; or that
it follows from what they said of somebody who is the same person."""

WORDING = 1
"""The version of the sentences that people have before them when they decide; counted up when their meaning changes."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the log, which `id` orders. `whose` consent it is, `about` whom or what; `actor` is who decided (for a
    request, who asks). `at` in Unix milliseconds."""

    id: int
    at: int
    verb: Verb
    scope: Scope
    whose: str
    about: str
    actor: str
    place: Place
    wording: int = WORDING


class Answer(Enum):
    """What a person has said to somebody's words."""

    YES = "yes"
    ASK = "ask"
    """Nothing yet: they can be asked."""
    NO = "no"


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts between two people now: the newest entries of `whose`, about the other `person` and about the
    `platform` that they write from; `banned`: an admin took the other's word away."""

    person: Entry | None = None
    platform: Entry | None = None
    banned: bool = False


def decide(standing: Standing) -> Answer:
    """Whether the other's words may be carried to this person. The newest entry counts; but a block holds, whatever is
    said about a messenger later, and what is said of one person can go beyond what was said of all before."""
    person, platform = standing.person, standing.platform
    if standing.banned or (person is not None and person.verb == "revoke"):
        return Answer.NO
    closed = platform is not None and platform.verb == "deny"
    if closed and platform is not None and (person is None or person.id < platform.id or person.verb != "grant"):
        return Answer.NO
    if person is not None and person.verb == "grant":
        return Answer.YES
    if person is not None and person.verb == "deny":
        return Answer.ASK
    if platform is not None and platform.verb == "grant":
        return Answer.YES
    return Answer.ASK


def cooling_off(standing: Standing, now: int, milliseconds: int) -> bool:
    """Whether the other was refused so lately that they cannot ask again yet."""
    person = standing.person
    return person is not None and person.verb == "deny" and now - person.at < milliseconds
