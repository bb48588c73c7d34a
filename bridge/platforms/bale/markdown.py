"""Bale reads every text that a bot sends as its Markdown, and hands on what people write with the marks in it.

Documented: `*bold*` and `_italic_` where a space (or the text's or a line's end) stands before the opening
and after the closing mark; `[text](url)` without a gap; ```` ```[title]description``` ````. One client
library also knows `code` between single back-quotes, others a mention as a link to `uid:7` or to
`https://web.bale.ai/chat?uid=7`; those are read, but only what is documented is written. There is no
underline, strike, spoiler or quote, and no way to escape a mark.

So a mark that is meant as a letter is taken out of action by the smallest thing that breaks the rule for it
and that a reader does not see, a zero-width non-joiner (U+200C):

- before an opening `*`, `_` or back-quote that has a closing one behind it: no space stands before it now;
- between `]` and `(`: there is a gap now;
- after the second of three back-quotes in a row, where such a fence is closed again.

Text without such a place is not touched.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from bridge.marks import normal, safe_link
from bridge.model import Mark, MarkKind

NON_JOINER = "\u200c"

WRITTEN: frozenset[MarkKind] = frozenset({"bold", "italic", "link"})
MARK_UNITS = 4
"""What a mark takes at most beside a link's address: `[](`, `)`."""

_OPENING = re.compile(r"(?<!\S)([*_`])\1*+")
_CLOSING = re.compile(r"([*_`])\1*+(?!\S)")
_LINK = re.compile(r"\](?=\()")
_FENCE = re.compile(r"``(?=`)")
_INSERTED = re.compile(r"(?<!\S)\u200c(?=[*_`])|(?<=\])\u200c(?=\()|(?<=``)\u200c(?=`)")
_LOOK_ALIKES = {"*": "\u2217", "_": "\uff3f", "`": "\u02cb", "]": "\uff3d", "``": "\u02cb\u02cb"}

_WHOLE_LINK = re.compile(r"\[([^\[\]\n]+)\]\(([^()\s]+)\)")
_PERSON = re.compile(r"uid:(\d{1,19})|https?://web\.bale\.ai/chat\?uid=(\d{1,19})", re.ASCII)
_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)+(?:[/?#]\S*)?")
_EMPHASIS: dict[str, MarkKind] = {"*": "bold", "_": "italic"}
_SIGNS: dict[MarkKind, str] = {kind: sign for sign, kind in _EMPHASIS.items()}
_LONGEST = 65_536
"""A longer text than an event of Matrix can hold crosses nowhere, and stays as it is."""
_AMBIGUOUS = re.compile(r"(?<!\S)[*_`]|[*_`](?!\S)|\]\(|```")
_PUNCTUATION = frozenset(".,:;!?…،؛؟«»\"'()-–—")
"""What may stand between a word that is emphasised and the space behind it: it is emphasised with the word."""


# --- what we send -----------------------------------------------------------------------------------


def as_literal(text: str, limit: int) -> str:
    """`text` so that Bale shows its marks as they are. `limit` is in UTF-16 units.

    A text so full of marks that the non-joiners would push it over the limit gets look-alike characters
    instead, which take no room.
    """
    escaped = _escape(text, NON_JOINER)
    return escaped if len(escaped) == len(text) or _units(escaped) <= limit else _escape(text, None)


def as_markdown(text: str, marks: Sequence[Mark], limit: int) -> str:
    """`text` with what of its marks Bale can show, and its own stars and brackets as they are.

    Emphasis is written only where Bale surely sees it, and not inside another. With no room for that much the
    links alone are written, whose addresses would be lost.
    """
    links = [mark for mark in marks if mark.kind == "link"]
    emphasised = _emphasised(text, marks, links)
    if not links and not emphasised:
        return as_literal(text, limit)
    written = _write(text, sorted(links + emphasised, key=lambda mark: mark.start), NON_JOINER)
    return written if _units(written) <= limit else _write(text, links, None)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _write(text: str, marks: Sequence[Mark], joint: str | None) -> str:
    out: list[str] = []
    at = 0
    for mark in marks:
        words = text[mark.start : mark.end]
        out.append(_escape(text[at : mark.start], joint, apart=False))
        at = mark.end
        if mark.kind != "link":
            sign = _SIGNS[mark.kind]
            out.append(f"{sign}{_escape(words, joint)}{sign}")
        elif joint is None and ("(" in mark.value or ")" in mark.value):  # escaped, it might have no room
            out.append(f"{_escape(words, joint, apart=False)} ({mark.value})")
        else:
            line, rest = _first_line(words)
            line = line.replace("[", "\uff3b").replace("]", "\uff3d")
            address = mark.value.replace("(", "%28").replace(")", "%29")
            out.append(f"[{_escape(line, joint, apart=False)}]({address}){_escape(rest, joint, apart=False)}")
    out.append(_escape(text[at:], joint, apart=False))
    return "".join(out)


def _first_line(words: str) -> tuple[str, str]:
    line = words.split("\n", 1)[0].rstrip()
    return line, words[len(line) :]


def _emphasised(text: str, marks: Sequence[Mark], links: Sequence[Mark]) -> list[Mark]:
    """The stretches of single lines that can be emphasised, in order and apart."""
    found: list[Mark] = []
    free = 0
    for mark in marks:
        if mark.kind not in _SIGNS:
            continue
        start = mark.start
        for line in text[mark.start : mark.end].split("\n"):
            first = start + len(line) - len(line.lstrip())
            last = start + len(line.rstrip())
            start += len(line) + 1
            stops = [link.start for link in links if link.start >= last]
            span = _widened(text, first, last, free, min(stops, default=len(text)))
            if span is None or any(link.start < span[1] and span[0] < link.end for link in links):
                continue
            if not _AMBIGUOUS.search(text[span[0] : span[1]]):
                found.append(Mark(mark.kind, *span))
                free = span[1]
    return found


def _widened(text: str, start: int, end: int, low: int, high: int) -> tuple[int, int] | None:
    """A stretch with the punctuation around it, if then a space or an end stands on both sides."""
    if not low <= start < end:
        return None
    while start > low and text[start - 1] in _PUNCTUATION:
        start -= 1
    while end < high and text[end] in _PUNCTUATION:
        end += 1
    free = (start == 0 or text[start - 1] in " \n") and (end == len(text) or text[end] in " \n")
    return (start, end) if free else None


def _escape(text: str, joint: str | None, *, apart: bool = True) -> str:
    """`apart`: nothing stands around the text that could close what is opened in it."""
    last = {match.group(1): match.start() for match in _CLOSING.finditer(text)}
    fenced = not apart or len(re.findall("```+", text)) > 1

    def opening(match: re.Match[str]) -> str:
        marks, mark = match.group(), match.group(1)
        alone = mark != "`" and len(marks) > 2  # it opens, holds and closes itself
        if apart and not alone and last.get(mark, -1) <= match.start():
            return marks
        return _LOOK_ALIKES[mark] * len(marks) if joint is None else joint + marks

    def between(match: re.Match[str]) -> str:
        mark = match.group()
        return _LOOK_ALIKES[mark] if joint is None else mark + joint

    escaped = _OPENING.sub(opening, text)
    if fenced:
        escaped = _FENCE.sub(between, escaped)
    return _LINK.sub(between, escaped)


# --- what people send -------------------------------------------------------------------------------


def as_typed(text: str) -> str:
    """The inverse of `as_literal` (but for look-alikes), for a text of ours that comes back."""
    return _INSERTED.sub("", text)


def as_marks(text: str) -> tuple[str, tuple[Mark, ...]]:
    """What people see of a text with Bale's marks in it. A command is read as it was typed."""
    if not ("*" in text or "_" in text or "](" in text) or len(text) > _LONGEST or text.lstrip().startswith("/"):
        return text, ()
    body, links = _without_links(text)
    signs, emphasis = _pairs(body)
    if not links and not emphasis:
        return text, ()
    gone = sorted(signs)
    kept = "".join(
        body[start:end] for start, end in zip([0, *(at + 1 for at in gone)], [*gone, len(body)], strict=True)
    )
    marks = [
        Mark(mark.kind, mark.start - bisect_left(gone, mark.start), mark.end - bisect_left(gone, mark.end), mark.value)
        for mark in links + emphasis
    ]
    return kept, normal(kept, marks)


def _without_links(text: str) -> tuple[str, list[Mark]]:
    out: list[str] = []
    links: list[Mark] = []
    at = length = 0
    for found in _WHOLE_LINK.finditer(text):
        kind, value = _target(found[2])
        if value is None:
            continue
        out += (text[at : found.start()], found[1])
        start = length + found.start() - at
        length = start + len(found[1])
        at = found.end()
        links.append(Mark(kind, start, length, value))
    return "".join([*out, text[at:]]), links


def _target(address: str) -> tuple[MarkKind, str | None]:
    person = _PERSON.fullmatch(address)
    if person is not None:
        return "mention", person[1] or person[2]
    return "link", safe_link(f"https://{address}" if _DOMAIN.fullmatch(address) else address)


def _pairs(text: str) -> tuple[set[int], list[Mark]]:
    """Where the signs of emphasis stand, and what is between them. A pair stands in one line, with white space or an
    end around it and none inside; the first closing sign ends what is open."""
    signs: set[int] = set()
    marks: list[Mark] = []
    lines = [found.start() for found in re.finditer("\n", text)] + [len(text)]
    for sign, kind in _EMPHASIS.items():
        opening: list[int] = []
        closing: list[int] = []
        for found in re.finditer(re.escape(sign), text):
            at = found.start()
            before, behind = text[at - 1 : at] or " ", text[at + 1 : at + 2] or " "
            if before.isspace() and not behind.isspace():
                opening.append(at)
            elif behind.isspace() and not before.isspace():
                closing.append(at)
        free = 0
        for start in opening:
            nearest = bisect_left(closing, start + 2)
            if start < free or nearest == len(closing):
                continue
            end = closing[nearest]
            if end < lines[bisect_left(lines, start)]:
                signs |= {start, end}
                marks.append(Mark(kind, start + 1, end))
                free = end
    return signs, marks
