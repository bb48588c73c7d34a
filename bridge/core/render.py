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
    if limit < 1 or len(text) > limit * most:
        raise Refused("too_long")
    pieces: list[str] = []
    rest = text
    while rest:
        cut = len(rest) if measure(rest, unit) <= limit else _cut(rest, limit, unit)
        if piece := rest[:cut].rstrip():  # white space never extends a grapheme: none is cut by this
            if len(pieces) == most:
                raise Refused("too_long")
            pieces.append(piece)
        rest = rest[cut:]
        rest = rest[_leading_space(rest) :]
    return pieces


def _cut(text: str, limit: int, unit: str) -> int:
    """Where to cut a text that is too long, in characters: behind the last line that fits, else behind the last word,
    else between two graphemes. A line or word end in the first half is not worth a part of its own."""
    used = end = line = word = 0
    for match in regex.finditer(r"\X", text[: limit + 1]):
        grapheme = match.group()
        used += measure(grapheme, unit)
        if used > limit:
            break
        end = match.end()
        if grapheme in ("\n", "\r\n"):
            line = end
        elif grapheme == " ":
            word = end
    if end == 0:
        return _inside_a_grapheme(text, limit, unit)
    return next((at for at in (line, word) if at > end // 2), end)


def _inside_a_grapheme(text: str, limit: int, unit: str) -> int:
    """One grapheme is larger than the whole limit: it is cut inside rather than never."""
    used = end = 0
    while used + measure(text[end], unit) <= limit:
        used += measure(text[end], unit)
        end += 1
    if end == 0:
        raise Refused("too_long")
    return end


def _leading_space(text: str) -> int:
    """How many characters of white space a text begins with; a space that carries a mark is none."""
    end = 0
    for match in regex.finditer(r"\X", text):
        if not match.group().isspace():
            break
        end = match.end()
    return end
