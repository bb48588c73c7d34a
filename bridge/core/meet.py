"""What becomes of each kind of thing that people do, in each chat: where the abilities of two chats meet. Pure.

`docs/capabilities.md` is made from this and from the platforms' declarations; the room's state says it to clients, and
people are told once of what does not arrive as they sent it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, get_args

from bridge.abilities import Capabilities, Kind
from bridge.core.attachments import kinds_for
from bridge.model import MarkKind, MediaKind

FORMATTING: tuple[MarkKind, ...] = get_args(MarkKind)
FILES: tuple[MediaKind, ...] = get_args(MediaKind)
KINDS: tuple[Kind, ...] = (
    *("text", "reply", "forward", "edit", "delete", "reaction"),
    *FORMATTING,
    *FILES,
    *("album", "location", "contact", "poll", "pin", "title", "unknown", "member", "read", "typing"),
)

MATRIX = Capabilities(
    tells=frozenset(KINDS) - {"forward", "contact", "album", "title", "read", "typing"},
    edits=True,
    deletes=True,
    reacts=True,
    pins=True,
    places=True,
    members=True,
    reads=True,
    client_ids=True,
    marks=frozenset(FORMATTING),
    files=dict.fromkeys(FILES, 2**40),
    caption_limit=65_536,
    text_limit=65_536,
    text_unit="bytes",
)
"""What a room shows, and what people in it do that we look at. A forward there says of whom it is in its own words."""


class How(StrEnum):
    SAME = "same"
    NEAREST = "nearest"
    WORDS = "words"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a kind. `note` is a key of `texts.words.FATES`, "" where there is nothing to say; `kind` is
    what it becomes, where it becomes another one."""

    how: How
    note: str = ""
    kind: str = ""


_SAME = Fate(How.SAME)


def fate(kind: Kind, able: Capabilities, *, home: bool = False) -> Fate:
    """In a chat that can do so much. `home`: it is on the platform that the thing comes from."""
    match kind:
        case "text" | "reply":
            return _SAME if kind == "text" or able.replies else Fate(How.NOTHING, "not_shown_as_reply")
        case "edit":
            return _SAME if able.edits else Fate(How.WORDS, "edit_answers")
        case "delete":
            if able.deletes:
                return _SAME
            return Fate(How.NEAREST, "words_taken_out") if able.edits else Fate(How.WORDS, "deletion_said")
        case "reaction":
            if able.reacts:
                return Fate(How.SAME, "reaction_of_one")
            return Fate(How.WORDS, "reactions_told" if able.edits else "reaction_told_once")
        case "location":
            return _SAME if able.places else Fate(How.WORDS, "place_linked")
        case "pin":
            return _SAME if able.pins else Fate(How.WORDS, "pin_worded")
        case "contact":
            return _SAME if able.contacts else Fate(How.WORDS, "contact_worded")
        case "forward" | "poll" | "title" | "unknown":
            return Fate(How.WORDS, f"{kind}_worded")
        case "album":
            return Fate(How.NEAREST, "one_by_one")
        case "member":
            return _SAME if able.members else Fate(How.NOTHING, "members_unsaid")
        case "read":
            if not able.reads:
                return Fate(How.NOTHING, "reads_unsaid")
            return _SAME if able.members else Fate(How.NEAREST, "read_when_across")
        case "typing":
            return Fate(How.NOTHING, "typing_unsaid")
        case "mention":
            return _SAME if kind in able.marks and (home or able.members) else Fate(How.NEAREST, "name_as_typed")
        case "link" | "quote" | "spoiler":
            return _SAME if kind in able.marks else Fate(How.WORDS, f"{kind}_written")
        case "bold" | "italic" | "underline" | "strike" | "code" | "pre":
            return _SAME if kind in able.marks else Fate(How.NEAREST, "plain_words")
        case _:
            return _file(kind, able)


def _file(kind: MediaKind, able: Capabilities) -> Fate:
    ways = kinds_for(kind, able)
    if not ways:
        return Fate(How.WORDS, "file_named")
    return _SAME if ways[0] == kind else Fate(How.NEAREST, "file_as", ways[0])


# --- the room's state -----------------------------------------------------------------------------

FEATURES = "com.beeper.room_features"
"""The state event that tells clients what arrives. Source: mautrix-go, event/capabilities.go."""

_LEVEL = {How.SAME: 2, How.NEAREST: 1, How.WORDS: 0, How.NOTHING: -1}
_NAMES: dict[MarkKind, str] = {
    "strike": "strikethrough",
    "code": "inline_code",
    "pre": "code_block",
    "quote": "blockquote",
    "link": "inline_link",
    "mention": "user_link",
}
_MESSAGES: dict[str, MediaKind] = {
    "m.image": "photo",
    "m.video": "video",
    "m.audio": "audio",
    "m.file": "document",
    "m.sticker": "sticker",
    "org.matrix.msc3245.voice": "voice",
    "fi.mau.gif": "animation",
}


def features(chats: Iterable[Capabilities]) -> dict[str, Any]:
    """What arrives in all of a room's chats, as clients read it; empty without any."""
    ables = list(chats)
    if not ables:
        return {}

    def level(kind: Kind) -> int:
        return min(_LEVEL[fate(kind, able).how] for able in ables)

    found: dict[str, Any] = {
        "formatting": {_NAMES.get(kind, kind): level(kind) for kind in FORMATTING},
        "file": {name: _file_features(kind, level(kind), ables) for name, kind in _MESSAGES.items()},
        "max_text_length": min(able.text_limit * able.max_parts for able in ables),
        "location_message": level("location"),
        "poll": level("poll"),
        "thread": -1,
        "reply": level("reply"),
        "edit": level("edit"),
        "delete": level("delete"),
        "reaction": level("reaction"),
        "custom_emoji_reactions": False,
        "read_receipts": False,
        "typing_notifications": False,
    }
    return found


def _file_features(kind: MediaKind, level: int, ables: list[Capabilities]) -> dict[str, Any]:
    told: dict[str, Any] = {"mime_types": {"*/*": level}, "caption": 2}
    told["max_caption_length"] = min(able.caption_limit for able in ables)
    sizes = [max((able.files[way] for way in kinds_for(kind, able)), default=0) for able in ables]
    if min(sizes):
        told["max_size"] = min(sizes)
    return told
