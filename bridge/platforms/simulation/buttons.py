"""Buttons below messages and below the text field, and what became of each press.

A platform sets `Message.buttons` and `Chat.bar` from the keyboards that bots send; the kit finds there what a person
taps. Each press that a bot is told of as such is kept in `World.presses`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Button:
    """`asks_number`: a tap sends the person's own phone number, after they said yes."""

    text: str
    data: str = ""
    url: str = ""
    asks_number: bool = False


Rows = tuple[tuple[Button, ...], ...]


def found(rows: Rows, words: str) -> Button | None:
    """By what stands on it, or by its data."""
    return next((each for row in rows for each in row if words and words in (each.text, each.data)), None)


def asking(rows: Rows) -> Button | None:
    """The button that asks for a number."""
    return next((each for row in rows for each in row if each.asks_number), None)


def written(rows: Rows) -> list[list[dict[str, Any]]]:
    return [[asdict(each) for each in row] for row in rows]


@dataclass(slots=True, eq=False)
class Press:
    """`tell` queues the update of it, as often as it is called. `awaited`: the person's app turns a wheel until the bot
    answers; `words` are what it shows then. `over`: the bot comes too late with an answer."""

    id: str
    bot: str
    chat: str
    message_id: str
    person: str
    data: str
    tell: Callable[[], None] = field(repr=False)
    awaited: bool = True
    answered: bool = False
    words: str = ""
    over: bool = False

    def row(self) -> dict[str, Any]:
        names = ("id", "bot", "chat", "message_id", "person", "data", "awaited", "answered", "words", "over")
        return {name: getattr(self, name) for name in names}


class Presses:
    """All presses of one simulator, in their order."""

    def __init__(self) -> None:
        self._by_id: dict[str, Press] = {}

    def add(self, press: Press) -> Press:
        """Keeps it and tells the bot."""
        self._by_id[press.id] = press
        press.tell()
        return press

    def find(self, id: str) -> Press | None:
        return self._by_id.get(id)

    def answer(self, bot: str, id: str, words: str) -> bool:
        """False: there is no such press, or its time is over, or it was answered."""
        press = self._by_id.get(id)
        if press is None or press.bot != bot or press.over or press.answered:
            return False
        press.answered, press.words = True, words
        return True

    def rows(self) -> list[dict[str, Any]]:
        return [press.row() for press in self._by_id.values()]
