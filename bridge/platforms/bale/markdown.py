"""Bale reads every text that a bot sends as its Markdown, and documents no way to escape a mark.

Documented: `*bold*` and `_italic_` where a space (or the text's or a line's end) stands before the opening
and after the closing mark; `[text](url)` without a gap; ```` ```[title]description``` ````. One client
library also knows `code` between single back-quotes. So a mark is taken out of action by the smallest thing
that breaks the rule for it and that a reader does not see, a zero-width non-joiner (U+200C):

- before an opening `*`, `_` or back-quote that has a closing one behind it: no space stands before it now;
- between `]` and `(`: there is a gap now;
- after the second of three back-quotes in a row, where such a fence is closed again.

Text without such a place is not touched.
"""

from __future__ import annotations

import re

NON_JOINER = "\u200c"

_OPENING = re.compile(r"(?<!\S)([*_`])\1*+")
_CLOSING = re.compile(r"([*_`])\1*+(?!\S)")
_LINK = re.compile(r"\](?=\()")
_FENCE = re.compile(r"``(?=`)")
_INSERTED = re.compile(r"(?<!\S)\u200c(?=[*_`])|(?<=\])\u200c(?=\()|(?<=``)\u200c(?=`)")
_LOOK_ALIKES = {"*": "\u2217", "_": "\uff3f", "`": "\u02cb", "]": "\uff3d", "``": "\u02cb\u02cb"}


def as_literal(text: str, limit: int) -> str:
    """`text` so that Bale shows its marks as they are. `limit` is in UTF-16 units.

    A text so full of marks that the non-joiners would push it over the limit gets look-alike characters
    instead, which take no room.
    """
    escaped = _escape(text, NON_JOINER)
    if len(escaped) == len(text) or len(escaped.encode("utf-16-le", "surrogatepass")) // 2 <= limit:
        return escaped
    return _escape(text, None)


def as_typed(text: str) -> str:
    """The inverse of `as_literal` (but for look-alikes), for a text of ours that comes back."""
    return _INSERTED.sub("", text)


def _escape(text: str, joint: str | None) -> str:
    last = {match.group(1): match.start() for match in _CLOSING.finditer(text)}
    fenced = len(re.findall("```+", text)) > 1

    def opening(match: re.Match[str]) -> str:
        marks, mark = match.group(), match.group(1)
        if last.get(mark, -1) <= match.start():
            return marks
        return _LOOK_ALIKES[mark] * len(marks) if joint is None else joint + marks

    def between(match: re.Match[str]) -> str:
        mark = match.group()
        return _LOOK_ALIKES[mark] if joint is None else mark + joint

    escaped = _OPENING.sub(opening, text)
    if fenced:
        escaped = _FENCE.sub(between, escaped)
    return _LINK.sub(between, escaped)
