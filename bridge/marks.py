"""Stretches of formatting over a text: made proper, cut, moved, counted in UTF-16, written out. Pure.

Marks come from strangers. `normal` makes of any of them what everybody else may rely on:

- every mark is inside the body, shows something, and neither begins nor ends inside a grapheme or at white space
  (a block, which is a quote or preformatted text, at a line break);
- a kind never overlaps itself, and no link overlaps a mention;
- of any two marks one is inside the other, or they are apart, and the outer one is of the kind that comes first in
  `KINDS`: so there is one way only to write the same look;
- they stand in the order of their starts, the outer one first.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator
from typing import get_args
from urllib.parse import quote

import regex

from bridge.model import Mark, MarkKind, Text

KINDS: tuple[MarkKind, ...] = get_args(MarkKind)
"""Outermost first: a mark of a kind that comes later is cut where one of an earlier begins or ends."""
BLOCKS: tuple[MarkKind, ...] = ("quote", "pre")
_RANK = {kind: rank for rank, kind in enumerate(KINDS)}
_WORTH: tuple[MarkKind, ...] = (
    "spoiler",
    "link",
    "mention",
    "quote",
    "pre",
    "strike",
    "code",
    "bold",
    "underline",
    "italic",
)
"""What is missed most comes first: the others go where a message may not carry as many marks."""
INDISPENSABLE: tuple[MarkKind, ...] = ("spoiler", "link")
"""Never dropped in silence: words would be shown that were to be hidden, or an address would be lost."""

_MOST = 2_000
"""Marks of one text. An event of Matrix has room for some thousands, a hostile update for millions."""
_LONGEST = 65_536
"""A longer text than an event of Matrix can hold crosses nowhere, so its marks are not looked at."""
_LONGEST_LINK = 2_048

_ADDRESS = re.compile(r"(?:https?|ftp)://[^\s/?#]|mailto:\S|magnet:\?\S", re.IGNORECASE)
"""The schemes that Matrix allows in a link. Source: the Matrix specification, "m.room.message msgtypes"."""
_LANGUAGE = re.compile(r"[A-Za-z0-9_+#.-]{1,32}")
_GRAPHEME = regex.compile(r"\X")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_JOINER = "\u200d"

HTML_TAGS: dict[str, MarkKind] = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strike",
    "del": "strike",
    "strike": "strike",
    "code": "code",
}
"""The tags of HTML that mean a look and nothing else."""

QUOTED = "› "
"""Stands before each line of a quote where quotes cannot be shown. It is mirrored in Persian lines."""
VEIL = "▒"
"""Stands on both sides of a spoiler where nothing can be hidden: it is announced before it is read."""


def normal(body: str, marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """Marks in the form that is described above, from any that were made for this body."""
    given = list(marks)
    if not given or len(body) > _LONGEST:
        return ()
    if len(given) > _MOST:
        given = sorted(given, key=lambda mark: mark.kind not in INDISPENSABLE)[:_MOST]
    edges = _Edges(body)
    groups: dict[MarkKind, list[Mark]] = {kind: [] for kind in KINDS}
    for mark in given:
        value = _value(mark)
        start, end = edges.before(max(0, mark.start)), edges.behind(min(len(body), mark.end))
        if value is not None and start < end:
            group: MarkKind = "link" if mark.kind == "mention" else mark.kind
            groups[group].append(Mark(mark.kind, start, end, value))
    proper: list[Mark] = []
    cuts: set[int] = set()
    for kind in KINDS:
        pieces = list(_trimmed(_cut(_merged(groups[kind]), sorted(cuts)), body, edges))
        if kind == "link":
            pieces = [mark for mark in pieces if not _says_itself(body[mark.start : mark.end], mark.value)]
        elif kind == "code":
            pieces = _outside(pieces, [mark for mark in proper if mark.kind == "pre"])
        proper += pieces
        cuts.update(edge for mark in pieces for edge in (mark.start, mark.end))
    return tuple(sorted(proper, key=_order))


def marked(body: str, marks: Iterable[Mark]) -> Text:
    return Text(body, normal(body, marks))


def moved(marks: Iterable[Mark], by: int) -> tuple[Mark, ...]:
    """The same marks behind `by` more characters."""
    return tuple(Mark(mark.kind, mark.start + by, mark.end + by, mark.value) for mark in marks)


def part(text: Text, start: int, end: int) -> Text:
    """The text from `start` up to `end`, with what of each mark falls into it."""
    body = text.body[start:end]
    if not text.marks:
        return Text(body)
    within = (mark for mark in text.marks if mark.start < end and start < mark.end)
    return marked(body, moved(within, -start))


def fewer(marks: tuple[Mark, ...], most: int) -> tuple[Mark, ...]:
    """At most so many, what is missed least left out."""
    if len(marks) <= most:
        return marks
    kept = sorted(range(len(marks)), key=lambda n: _WORTH.index(marks[n].kind))[:most]
    return tuple(marks[n] for n in sorted(kept))


def safe_link(address: str) -> str | None:
    """An address as it may be handed on: of an allowed scheme, in one visible word. None for anything else."""
    address = address.strip()
    if len(address) > _LONGEST_LINK or not _ADDRESS.match(address):
        return None
    if not address.isprintable() or " " in address:
        try:
            address = "".join(char if char.isprintable() and char != " " else quote(char) for char in address)
        except UnicodeEncodeError:  # half of a surrogate pair
            return None
    return address if len(address) <= _LONGEST_LINK else None


# --- UTF-16 -----------------------------------------------------------------------------------------


class Utf16:
    """A body's code points ↔ its UTF-16 units, in which the messengers count."""

    def __init__(self, body: str) -> None:
        self._astral = [] if body.isascii() else [found.start() for found in _ASTRAL.finditer(body)]
        self._units = [at + n for n, at in enumerate(self._astral)]

    def points(self, start: int, end: int) -> tuple[int, int]:
        """A range in units as one in code points. One that begins or ends inside a pair takes all of it."""
        return self._point(start)[0], self._point(end)[1]

    def units(self, start: int, end: int) -> tuple[int, int]:
        """A range in code points as one in units."""
        return start + bisect_left(self._astral, start), end + bisect_left(self._astral, end)

    def _point(self, unit: int) -> tuple[int, int]:
        """The code points before and behind a place between two units; mostly the same."""
        pairs = bisect_left(self._units, unit)
        if pairs and self._units[pairs - 1] + 1 == unit:
            return self._astral[pairs - 1], self._astral[pairs - 1] + 1
        return unit - pairs, unit - pairs


# --- what cannot be shown ---------------------------------------------------------------------------


def written_out(text: Text, kinds: Collection[MarkKind]) -> Text:
    """The text with marks of these kinds only; what the others said is in the words where it would be missed.

    A link has its address behind it, a quote a sign before each line, a spoiler one on both sides. Emphasis, code and
    mentions are dropped: their words say enough.
    """
    if all(mark.kind in kinds for mark in text.marks):
        return text
    body, added = text.body, list[tuple[int, int, int, str]]()
    goes_on = {(mark.start, mark.value) for mark in text.marks if mark.kind == "link"}
    for number, mark in enumerate(text.marks):
        if mark.kind not in kinds:
            before, behind = (mark.start, 1, number), (mark.end, 0, -number)
            if mark.kind == "link":
                address = mark.value.removeprefix("mailto:")
                if (mark.end, mark.value) not in goes_on and address not in body[mark.start : mark.end]:
                    added.append((*behind, f" ({address})"))
            elif mark.kind == "spoiler":
                added += [(*before, f"{VEIL} "), (*behind, f" {VEIL}")]
            elif mark.kind == "quote":
                added.append((*before, QUOTED if body[: mark.start][-1:] in ("", "\n") else f"\n{QUOTED}"))
                lines = (found.end() for found in re.finditer("\n", body[mark.start : mark.end]))
                added += [(mark.start + at, 1, number, QUOTED) for at in lines]
                if body[mark.end : mark.end + 1] not in ("", "\n"):
                    added.append((*behind, "\n"))
    added.sort()
    places, lengths, out, at = [place for place, *_ in added], [0], list[str](), 0
    for place, _, _, words in added:
        out += (body[at:place], words)
        lengths.append(lengths[-1] + len(words))
        at = place
    out.append(body[at:])
    kept = (
        Mark(
            mark.kind,
            mark.start + lengths[bisect_right(places, mark.start)],
            mark.end + lengths[bisect_left(places, mark.end)],
            mark.value,
        )
        for mark in text.marks
        if mark.kind in kinds
    )
    return marked("".join(out), kept)


# --- the parts of `normal` --------------------------------------------------------------------------


class _Edges:
    """Where a body's graphemes meet. The whole body is looked at only when a mark begins or ends in an odd place."""

    def __init__(self, body: str) -> None:
        self._body = body
        self._all: list[int] | None = None

    def before(self, at: int) -> int:
        """The last edge up to a place."""
        return at if self._free(at) else self._known()[bisect_right(self._known(), at) - 1]

    def behind(self, at: int) -> int:
        """The first edge from a place on."""
        return at if self._free(at) else self._known()[bisect_left(self._known(), at)]

    def _free(self, at: int) -> bool:
        """Whether two characters meet at a place that surely belong to different graphemes."""
        if not 0 < at < len(self._body):
            return True
        pair = self._body[at - 1 : at + 1]
        if pair.isascii():
            return pair != "\r\n"
        if pair[0] == _JOINER or unicodedata.category(pair[0])[0] == "M":
            return False
        found = _GRAPHEME.match(pair)
        return found is not None and found.end() == 1

    def _known(self) -> list[int]:
        if self._all is None:
            self._all = [0, *(found.end() for found in _GRAPHEME.finditer(self._body))]
        return self._all


def _order(mark: Mark) -> tuple[int, int, int, str]:
    return mark.start, -mark.end, _RANK[mark.kind], mark.value


def _value(mark: Mark) -> str | None:
    """What a mark of that kind may say; None where it says nothing without it."""
    match mark.kind:
        case "link":
            return safe_link(mark.value)
        case "mention":
            who = mark.value
            return who if 0 < len(who) <= 255 and who.isprintable() and " " not in who else None
        case "pre":
            return mark.value if _LANGUAGE.fullmatch(mark.value) else ""
        case _:
            return ""


def _merged(marks: list[Mark]) -> list[Mark]:
    """Marks of one kind without overlaps: what is the same becomes one, else the earlier stays whole."""
    kept: list[Mark] = []
    for mark in sorted(marks, key=_order):
        last = kept[-1] if kept else None
        if last is not None and mark.start <= last.end and (mark.kind, mark.value) == (last.kind, last.value):
            kept[-1] = Mark(mark.kind, last.start, max(last.end, mark.end), mark.value)
        elif last is None or last.end <= mark.start:
            kept.append(mark)
        elif last.end < mark.end:
            kept.append(Mark(mark.kind, last.end, mark.end, mark.value))
    return kept


def _cut(marks: list[Mark], edges: list[int]) -> Iterator[Mark]:
    """Marks in pieces, none of which reaches over one of the edges."""
    for mark in marks:
        start = mark.start
        for edge in edges[bisect_right(edges, mark.start) : bisect_left(edges, mark.end)]:
            yield Mark(mark.kind, start, edge, mark.value)
            start = edge
        yield Mark(mark.kind, start, mark.end, mark.value)


def _trimmed(marks: Iterable[Mark], body: str, edges: _Edges) -> Iterator[Mark]:
    """Without white space at the ends (of a block: without empty lines), and without marks that show nothing."""
    for mark in marks:
        words = body[mark.start : mark.end]
        if words and not words.isspace():
            space = "\r\n" if mark.kind in BLOCKS else None
            start = edges.before(mark.end - len(words.lstrip(space)))
            end = edges.behind(mark.start + len(words.rstrip(space)))
            yield mark if (start, end) == (mark.start, mark.end) else Mark(mark.kind, start, end, mark.value)


def _says_itself(words: str, address: str) -> bool:
    """Whether a link's words are its address: every messenger makes a link of that by itself."""
    return words in (address, address.removesuffix("/"), address.removeprefix("mailto:"))


def _outside(marks: list[Mark], blocks: list[Mark]) -> list[Mark]:
    """Those marks that are inside none of the blocks, whose edges none of them crosses."""
    starts = [block.start for block in blocks]
    before = [bisect_right(starts, mark.start) for mark in marks]
    return [mark for mark, n in zip(marks, before, strict=True) if n == 0 or blocks[n - 1].end <= mark.start]
