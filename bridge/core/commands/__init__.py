"""What can be asked of the bridge, by whom, where, in which words.

A command is declared once; groups, private chats, the management room and the help are made from that declaration.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from bridge.config import Role
from bridge.core.live import Leg
from bridge.model import Chat, Person
from bridge.texts.digits import ascii_digits


class Place(StrEnum):
    """Where a command can be given: in a platform's group, in a private chat with our bot, in the management room."""

    GROUP = "group"
    PRIVATE = "private"
    ROOM = "room"


@dataclass(frozen=True)
class Asker:
    """Who asks, and where. `leg`, `chat` and `person` are set on a platform, `mxid` in the management room."""

    place: Place
    role: Role
    by: str
    leg: Leg | None = None
    chat: Chat | None = None
    person: Person | None = None
    mxid: str = ""


@dataclass(frozen=True)
class Command:
    """`words`: English first, then Persian; any of them calls it. `arguments` and `help` are keys of sentences.

    `run` answers with a text for the asker, or "" for none; it raises Refused with a sentence's key for what a person
    did wrong.
    """

    name: str
    words: tuple[str, ...]
    role: Role
    places: tuple[Place, ...]
    run: Callable[[Asker, list[str]], Awaitable[str]]
    arguments: str = ""
    example: str = ""


def read(text: str, *, slash: bool) -> tuple[str, list[str]] | None:
    """(word, arguments) of a text that may be a command; None for ordinary words.

    In a group or private chat a command begins with "/"; the name of our bot may follow behind "@".
    """
    words = text.strip().split()
    if not words:
        return None
    head = words[0]
    if head.startswith("/"):
        head = head[1:].partition("@")[0]
    elif slash:
        return None
    return fold(head), words[1:]


def fold(word: str) -> str:
    """A word as it is compared: Persian look-alikes (ي ك), joiners, digits and case make no difference."""
    return ascii_digits(word).casefold().translate(_LOOK_ALIKES)


_LOOK_ALIKES = str.maketrans({"ي": "ی", "ك": "ک", "\u200c": None, "أ": "ا"})


class Commands:
    """All declared commands, found by any of their words."""

    def __init__(self, declared: list[Command]) -> None:
        self.declared = declared
        self._by_word = {fold(word): each for each in declared for word in each.words}

    def find(self, word: str) -> Command | None:
        return self._by_word.get(fold(word))

    def open_to(self, asker: Asker) -> list[Command]:
        return [each for each in self.declared if asker.place in each.places and asker.role >= each.role]
