"""A message × what a chat can show → the parts that go out. Pure.

The first line of every part is the label (who, from where); the words follow on lines of their own, so that each
paragraph has the direction of its own text. A part never exceeds the limit of the chat in the platform's own unit,
and is cut between lines, else between words, else between graphemes. Formatting that the chat cannot show is written
out before anything is measured; the label never has any.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import regex

from bridge.abilities import Capabilities
from bridge.core.identity import label
from bridge.errors import Refused
from bridge.marks import INDISPENSABLE, fewer, moved, normal, part, written_out
from bridge.model import Text

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


Span = tuple[int, int]
"""Where a part begins and ends in the words of a text that is `shown`, in code points."""


def shown(text: Text, able: Capabilities) -> Text:
    """What a chat can show of a text: formatting of other kinds is written out in the words."""
    return written_out(text, able.marks) if text.marks else text


def render(name: str, title: str, text: Text, able: Capabilities) -> list[Text]:
    """The texts to send, in order. Raises Refused("too_long") when it would be more than `able.max_parts`."""
    text = shown(text, able)
    return parts(name, title, text, cuts(name, title, text, able), able)


def whole(name: str, title: str, text: Text, able: Capabilities) -> Text | None:
    """The one text to send, for one that is `shown` and has room in it, as most have; as `cuts` and `parts` would make
    it. None: it has none."""
    head = f"{label(name, title)}\n"
    if measure(head, able.text_unit) + _size(text, able) > able.text_limit:
        return None
    return _labelled(head, text, able)


def cuts(name: str, title: str, text: Text, able: Capabilities) -> list[Span]:
    """Where a text that is `shown` is cut. Raises Refused("too_long")."""
    if len(text.body) > able.text_limit * able.max_parts:
        raise Refused("too_long")
    head = f"{label(name, title)}\n"
    if measure(head, able.text_unit) + _size(text, able) <= able.text_limit:
        return [(0, len(text.body))]
    room = able.text_limit - measure(head, able.text_unit) - _LABEL_ROOM
    fits = (lambda start, end: _fits(part(text, start, end), room, able)) if text.marks else None
    return _spans(text.body, room, able.text_unit, able.max_parts, fits)


def parts(name: str, title: str, text: Text, spans: Sequence[Span], able: Capabilities) -> list[Text]:
    """The texts to send, for a text that is `shown` and cut."""
    if spans == [(0, len(text.body))]:
        return [_labelled(f"{label(name, title)}\n", text, able)]
    room = able.text_limit - measure(label(name, title), able.text_unit) - 1 - _LABEL_ROOM
    made = []
    for number, span in enumerate(spans, 1):
        piece = part(text, *span) if text.marks else Text(text.body[span[0] : span[1]])
        if piece.marks and not _fits(piece, room, able):
            piece = Text(piece.body)
        made.append(_labelled(f"{label(name, title, number, len(spans))}\n", piece, able))
    return made


def _labelled(head: str, text: Text, able: Capabilities) -> Text:
    if not text.marks:
        return Text(head + text.body)
    kept = fewer(text.marks, able.most_marks)
    if len(kept) < len(text.marks):
        kept = normal(text.body, kept)  # two that were apart may be one now
    return Text(head + text.body, moved(kept, len(head)))


def _size(text: Text, able: Capabilities) -> int:
    """What a text takes of a part, its markup included; more than any part has for too many marks of a kind that must
    not be left out."""
    if not text.marks:
        return measure(text.body, able.text_unit)
    if sum(mark.kind in INDISPENSABLE for mark in text.marks) > able.most_marks:
        return able.text_limit + 1
    size = measure(text.body, able.text_unit)
    if able.mark_units:
        size += sum(able.mark_units + measure(mark.value, able.text_unit) for mark in text.marks)
    return size


def _fits(text: Text, room: int, able: Capabilities) -> bool:
    return _size(text, able) <= room


def split(text: str, limit: int, unit: str, most: int) -> list[str]:
    """Cut a text into pieces of at most `limit` units. Nothing but white space at the cuts is dropped.
    Raises Refused("too_long") when it needs more than `most` pieces."""
    return [text[start:end] for start, end in _spans(text, limit, unit, most)]


def _spans(text: str, limit: int, unit: str, most: int, fits: Callable[[int, int], bool] | None = None) -> list[Span]:
    """Where the pieces of `split` begin and end. `fits`: whether a piece has room for its marks, too; if not, it is
    made shorter, down to a grapheme (whose marks are then the caller's trouble)."""
    if limit < 1 or len(text) > limit * most:
        raise Refused("too_long")
    spans: list[Span] = []
    rest, at = text, 0
    while rest:
        cut = len(rest) if measure(rest, unit) <= limit else _cut(rest, limit, unit)
        if fits is not None and not fits(at, at + cut):
            cut = _shorter(rest, cut, unit, lambda end, at=at: fits(at, at + end))  # type: ignore[misc]
        if piece := rest[:cut].rstrip():  # white space never extends a grapheme: none is cut by this
            if len(spans) == most:
                raise Refused("too_long")
            spans.append((at, at + len(piece)))
        leading = _leading_space(rest[cut:])
        at += cut + leading
        rest = rest[cut + leading :]
    return spans


def _shorter(text: str, cut: int, unit: str, fits: Callable[[int], bool]) -> int:
    """A cut before which there is room for the marks, too: at half as much and so on, but behind one grapheme."""
    within = measure(text[:cut], unit)
    first = regex.match(r"\X", text)
    least = measure(first.group(), unit) if first else 1
    while not fits(cut) and within > least:
        within = max(least, within // 2)
        cut = _cut(text, within, unit)
    return cut


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
