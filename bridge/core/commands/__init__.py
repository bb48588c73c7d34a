"""What can be asked of the bridge, by whom, where, in which words.

A command is declared once, in `declared.py`; groups, private chats, the management room, the help and
`docs/commands.md` are made from that declaration. What answers it is found by its name.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bridge.config import Role
from bridge.core.live import Leg
from bridge.errors import LoginLost, Refused, Retry
from bridge.model import Chat, Person
from bridge.store.desks import Desk
from bridge.texts import reason_words, say
from bridge.texts.digits import ascii_digits
from bridge.texts.sentences import SENTENCES


class Place(StrEnum):
    """Where a command can be given: in a platform's group, in a private chat with our bot, in the management room."""

    GROUP = "group"
    PRIVATE = "private"
    ROOM = "room"


@dataclass(frozen=True)
class Asker:
    """Who asks, and where: `leg`, `chat` and `person` on a platform (`desk` in a private chat), `mxid` and `room` in
    the management room. `about` is what their message answers: an event, in a group one of the shared room's."""

    place: Place
    role: Role
    by: str
    leg: Leg | None = None
    chat: Chat | None = None
    person: Person | None = None
    mxid: str = ""
    room: str = ""
    about: str | None = None
    desk: Desk | None = None


@dataclass(frozen=True)
class Command:
    """`words`: English first, then Persian; any of them calls it. Its help is the sentence `help_<name>`; `arguments`
    is the key of the sentence that shows how it is written."""

    name: str
    words: tuple[str, ...]
    role: Role
    places: tuple[Place, ...]
    arguments: str = ""
    example: str = ""


Answer = Callable[[Asker, list[str]], Awaitable[str]]
"""Carries a command out: a text for the asker, or "" for none. Raises Refused, with a sentence's key for what a person
did wrong."""


def read(text: str, *, slash: bool) -> tuple[str, list[str]] | None:
    """(word, arguments) of a text that may be a command; None for ordinary words.

    In a group or private chat a command begins with "/"; the name of our bot may follow behind "@".
    """
    # What no database takes (NUL, half of a surrogate pair) is in no command.
    words = text.replace("\0", "").encode("utf-8", "ignore").decode().split()
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
    """The declared commands, found by any of their words, with what answers them."""

    def __init__(self, declared: Sequence[Command], answers: Mapping[str, Answer], languages: tuple[str, ...]) -> None:
        self.declared = declared
        self._languages = languages
        self._answers = {command.name: answers[command.name] for command in declared}
        self._by_word = {fold(word): each for each in declared for word in each.words}

    async def run(self, command: Command, asker: Asker, arguments: list[str]) -> str:
        return await self._answers[command.name](asker, arguments)

    async def answer(self, asker: Asker, word: str, args: list[str]) -> str:
        """What the asker is told, whatever goes wrong."""
        command = self.find(word)
        if command is None or asker.place not in command.places:
            return say("no_such_command", self._languages)
        if asker.role < command.role:
            return say("not_your_role", self._languages)
        try:
            return await self.run(command, asker, args)
        except (Retry, LoginLost):
            return say("platform_not_ready", self._languages)
        except Refused as error:
            if error.reason in SENTENCES:
                return say(error.reason, self._languages)
            return say("not_done", self._languages, reason=reason_words(error.reason))

    def find(self, word: str) -> Command | None:
        return self._by_word.get(fold(word))

    def open_to(self, asker: Asker) -> list[Command]:
        return [each for each in self.declared if asker.place in each.places and asker.role >= each.role]
