"""A message × what a chat can show → the parts that go out. Pure.

The first line of every part is the label (who, from where); the words follow on lines of their own, so that each
paragraph has the direction of its own text. A part never exceeds the limit of the chat in the platform's own unit,
and is cut between lines, else between words, else between graphemes.
"""

from __future__ import annotations

from collections.abc import Callable

import regex

from bridge.core.identity import label
from bridge.errors import Refused
from bridge.model import Capabilities

_UNITS: dict[str, Callable[[str], int]] = {
    "utf16": lambda text: len(text.encode("utf-16-le", "surrogatepass")) // 2,
    "codepoints": len,
    "bytes": lambda text: len(text.encode("utf-8", "surrogatepass")),
}
_LABEL_ROOM = 16
"""Units kept free for the part count behind the label, such as " (۱۲/۲۰)"."""


def measure(text: str, unit: str) -> int:
    """The length of a text in a platform's own unit."""
    return _UNITS[unit](text)


def render(name: str, title: str, body: str, able: Capabilities) -> list[str]:
    """The texts to send, in order. Raises Refused("too_long") when it would be more than `able.max_parts`."""
    whole = f"{label(name, title)}\n{body}"
    if len(body) <= able.text_limit * able.max_parts and measure(whole, able.text_unit) <= able.text_limit:
        return [whole]
    room = able.text_limit - measure(label(name, title), able.text_unit) - 1 - _LABEL_ROOM
    pieces = split(body, room, able.text_unit, able.max_parts)
    return [f"{label(name, title, n, len(pieces))}\n{piece}" for n, piece in enumerate(pieces, 1)]


def split(text: str, limit: int, unit: str, most: int) -> list[str]:
    """Cut a text into pieces of at most `limit` units. Nothing but white space at the cuts is dropped.
    Raises Refused("too_long") when it needs more than `most` pieces."""
    if len(text) > limit * most:
        raise Refused("too_long")
    pieces: list[str] = []
    rest = text
    while rest:
        if len(pieces) == most:
            raise Refused("too_long")
        if measure(rest, unit) <= limit:
            pieces.append(rest)
            break
        cut = _fitting(rest, limit, unit)
        piece = rest[:cut]
        for separator in ("\n", " "):
            at = piece.rfind(separator)
            if at > len(piece) // 2:
                cut = at + 1
                break
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip(" \n")
    return pieces


def _fitting(text: str, limit: int, unit: str) -> int:
    """How many characters of the text fit, ending between two graphemes."""
    used = end = 0
    for match in regex.finditer(r"\X", text[: limit + 1]):
        size = measure(match.group(), unit)
        if used + size > limit:
            break
        used += size
        end = match.end()
    if end == 0:  # one grapheme larger than the whole limit: cut inside it rather than never
        while used + measure(text[end], unit) <= limit:
            used += measure(text[end], unit)
            end += 1
    return end
