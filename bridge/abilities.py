"""What people do in chats, and what each way of being on a platform can do, as data. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bridge.model import MarkKind, MediaKind

Kind = (
    Literal["text", "reply", "forward", "edit", "delete", "reaction"]
    | MarkKind
    | MediaKind
    | Literal["album", "location", "contact", "poll", "pin", "title", "unknown", "member", "read", "typing"]
)
"""Everything that people do in a chat. "unknown" is whatever is none of the others; "title": they change the group's
title or picture; "member": they come or go."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Abilities of one session class, as data. Said once in the platform's folder, read by the core."""

    tells: frozenset[Kind] = frozenset()
    """What people there do that we are told of."""
    receives: bool = True
    """False: a one-way leg; the room and `status` say so."""
    sends: bool = True
    """False: nothing can be said there; it is read from outside."""
    text_limit: int = 4096
    """The longest text of one message, counted in `text_unit`."""
    text_unit: Literal["utf16", "codepoints", "bytes"] = "utf16"
    replies: bool = True
    edits: bool = False
    """What we sent can be changed. Where it cannot, or no longer, the correction is a message of its own."""
    deletes: bool = False
    """What we sent can be taken back. Where it cannot, or no longer, it is said that it was deleted."""
    reacts: bool = False
    """We can put one reaction on a message. Where not, or for more than one, a message says who reacted and how."""
    pictures: bool = False
    """It is told what people and chats look like, when asked for them by their id."""
    members: bool = False
    """It is shown who comes and goes."""
    reads: bool = False
    """People see what we have read: a message is marked so when it is in the room."""
    client_ids: bool = False
    """Sends take our own key, so an `unknown` copy may be repeated."""
    names_in_groups: bool = True
    """False: nobody's name is told in groups; members set one with /name."""
    tells_roles: bool = True
    """False: the platform cannot say who is an admin; an operator approves links."""
    calls_at_once: int = 32
    """The most messages, changes and files that are under way to the platform at the same time; a quarter of them may
    be files."""
    max_parts: int = 20
    """The most messages that one message is split into; what is longer is refused in words."""
    marks: frozenset[MarkKind] = frozenset()
    """The kinds of formatting that a message can show. Others are written out, or dropped where that harms nobody."""
    most_marks: int = 1000
    """The most stretches of formatting that one message can carry."""
    files: Mapping[MediaKind, int] = field(default_factory=dict)
    """The kinds of files that can be sent, and the largest of each in bytes. Others go as the nearest kind, or are
    told of in words."""
    contacts: bool = False
    """A phone number can be passed on as a card. Where it cannot, words say it."""
    pins: bool = False
    """A message can be pinned and taken down again. Where it cannot, or we may not, it is said that it was pinned."""
    places: bool = False
    """A place can be pinned on a map. Where it cannot, words and a link say where it is."""
    formats: Mapping[MediaKind, frozenset[str]] = field(default_factory=dict)
    """The MIME types that are shown as a kind; a kind that is not named has no such limit. Others are made into one of
    these, where that can be done."""
    caption_limit: int = 1024
    """The longest text below a file, in `text_unit`."""
    download_limit: int = 0
    """The largest file that can be fetched, in bytes; 0: as large as the homeserver takes."""
    buttons: Literal["", "inline", "bar"] = ""
    """Where buttons of ours can stand: "inline", below a message and below the text field; "bar", below the text field
    only; "", nowhere, so that choices have numbers. A press of one in the bar may come as a message that says what
    stands on it."""
    proves_numbers: bool = False
    """A button can ask for a person's phone number, and the answer says whose it is (`Contact.owner`)."""
    mark_units: int = 0
    """What a mark takes of `text_limit`, beside its `value`, where markup counts; 0: marks take nothing."""
