"""Up to where an Eitaa account has been read: between two batches as a cursor, within one while it is put together."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bridge.model import Update
from bridge.platforms.eitaa import account_notes as notes
from bridge.platforms.eitaa.tl import TL

BY_DIFFERENCE = -1
"""In place of an id in `Place.walk`: this channel goes on with its own difference."""


@dataclass(frozen=True)
class Place:
    """`last` is the highest id of private chats and basic groups, which share one count; `channels` has (pts, last id,
    access hash) by the channel's number; `walk` is what is still to be walked through: (chat, from id). The chat ""
    stands for all private chats and basic groups."""

    pts: int
    qts: int
    date: int
    last: int = 0
    channels: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    walk: tuple[tuple[str, int], ...] = ()

    def to_cursor(self) -> str:
        return json.dumps(
            {
                "pts": self.pts,
                "qts": self.qts,
                "date": self.date,
                "last": self.last,
                "channels": self.channels,
                "walk": self.walk,
            },
            separators=(",", ":"),
        )

    @classmethod
    def from_cursor(cls, cursor: str | None) -> Place | None:
        """None for none, and for one that is none of ours: reading begins at the present."""
        try:
            found = json.loads(cursor or "")
            channels = {str(number): (int(a), int(b), int(c)) for number, (a, b, c) in found["channels"].items()}
            walk = tuple((str(chat), int(start)) for chat, start in found["walk"])
            return cls(int(found["pts"]), int(found["qts"]), int(found["date"]), int(found["last"]), channels, walk)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None


class Taking:
    """One batch while it is put together. Its place is a copy, whose table of channels is written into."""

    def __init__(self, place: Place, access: Callable[[str], int | None]) -> None:
        self.place = replace(place, channels=dict(place.channels))
        self._access = access
        self.updates: list[Update] = []
        self._held: frozenset[str] = frozenset()

    def hold(self) -> None:
        """From now on nothing is heard of chats that are still to be walked through: that will come in its turn."""
        self._held = frozenset(chat for chat, _ in self.place.walk)

    def holds(self, chat: str) -> bool:
        return chat in self._held or ("" in self._held and not chat.startswith("c"))

    def heard(self, message: TL, people: notes.Known, kind: str = "new") -> None:
        """Of what is walked through later, edits are heard at once: nobody tells them again."""
        found = notes.note(message, people, kind)
        if found is None or (kind == "new" and self.holds(found.chat)):
            return
        self.updates.append(found)
        if kind == "new":
            self.reached(found.chat, message.id)

    def unreadable(self, chat: str | None, number: int) -> None:
        """None: nobody knows in which of the private chats and basic groups."""
        self.updates.append(notes.unreadable(chat, number) if chat is not None else notes.nowhere(number))
        self.reached(chat or "", number)

    def reached(self, chat: str, number: int) -> None:
        if not chat.startswith("c"):
            self.place = replace(self.place, last=max(self.place.last, number))
        else:
            pts, last, _ = self.place.channels.get(chat[1:], (0, 0, 0))
            self.channel(chat[1:], pts, max(last, number))

    def channel(self, number: str, pts: int, last: int | None = None) -> None:
        if self.holds(f"c{number}"):
            return
        known, before, access = self.place.channels.get(number, (0, 0, 0))
        there = (max(known, pts), before if last is None else last, self._access(f"c{number}") or access)
        self.place.channels[number] = there

    def changed(self, number: str, pts: int) -> None:
        """Something old has changed in a channel; one that is not known yet stays so."""
        if number in self.place.channels:
            self.channel(number, pts)

    def forget(self, chat: str) -> None:
        """We are not in it any more."""
        if chat.startswith("c"):
            self.place.channels.pop(chat[1:], None)

    def go_on(self, chat: str, start: int | None) -> None:
        """The next batches walk on there; None: there is nothing left."""
        if start is not None and not any(each == chat for each, _ in self.place.walk):
            self.place = replace(self.place, walk=(*self.place.walk, (chat, start)))
