"""Chats drawn as SVG: bubbles, buttons, the bar below. No fonts and no pictures from elsewhere; the same every time."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape

from bridge.outgoing import Rows

WIDTH, EDGE, GAP, PAD = 380, 12, 8, 11
WIDEST, LINE, KEY, HEAD, QR = 300, 22, 34, 40, 96
FONT = "Vazirmatn, Tahoma, 'Segoe UI', 'Noto Sans', 'Noto Naskh Arabic', sans-serif"
COLOURS = """
.page{fill:#dfe7ee}.head,.tray{fill:#f6f8fa}.theirs,.key{fill:#fff}.own{fill:#d7f3c8}.tapped{fill:#ffe08a}
.key,.tapped{stroke:#8aa4bb}.dark{fill:#1c2733}text{fill:#1c2733;font-size:14px}.label{text-anchor:middle;fill:#1f5f8b}
"""


@dataclass(frozen=True)
class Line:
    """What stands in a chat. `own`: the person wrote it; `tapped`: the button that they tapped below it."""

    text: str
    own: bool = False
    buttons: Rows = ()
    tapped: str = ""
    qr: bool = False


@dataclass(frozen=True)
class Phone:
    """A person's chat with the bot, with what the bar below their text field shows."""

    title: str
    lines: tuple[Line, ...]
    bar: Rows = ()
    rtl: bool = True


def width(text: str) -> float:
    """Roughly the pixels that a text takes, never too few."""
    return sum(_advance(char) for char in text)


def _advance(char: str) -> float:
    category = unicodedata.category(char)
    if category in ("Mn", "Cf"):
        return 0
    if category == "So":
        return 19
    if char in " .,:;·!()'،":
        return 4.6
    if "\u0600" <= char <= "\u06ff":
        return 7.6
    return 10.2 if char.isupper() or char.isdigit() else 8


def leftwards(paragraph: str, rtl: bool) -> bool:
    """Whether a paragraph runs from right to left: its first letter outside of isolates says so, as in the apps."""
    depth = 0
    for char in paragraph:
        kind = unicodedata.bidirectional(char)
        depth += (kind in ("FSI", "LRI", "RLI")) - (kind == "PDI")
        if not depth and kind in ("L", "R", "AL"):
            return kind != "L"
    return rtl


def wrapped(text: str, most: float, rtl: bool) -> Iterator[tuple[str, bool]]:
    """Its lines, none wider than that, and whether they run from right to left."""
    for paragraph in text.split("\n"):
        way = leftwards(paragraph, rtl)
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if line and width(longer) > most:
                yield line, way
                longer = word
            while width(longer) > most:
                cut = next(end for end in range(len(longer), 0, -1) if width(longer[:end]) <= most)
                yield longer[:cut], way
                longer = longer[cut:]
            line = longer
        yield line, way


def drawn(phone: Phone) -> str:
    """The picture, as an SVG document."""
    parts: list[str] = []
    top = float(HEAD + GAP)
    for line in phone.lines:
        top = _bubble(parts, line, top, phone.rtl)
    bottom = top + GAP
    if phone.bar:
        parts.append(
            f'<rect class="tray" x="0" y="{bottom:g}" width="{WIDTH}" height="{len(phone.bar) * (KEY + 6) + 6}"/>'
        )
        bottom = _keys(parts, phone.bar, bottom + 6, 6, WIDTH - 12, "", phone.rtl)
    head = f'<rect class="head" width="{WIDTH}" height="{HEAD}"/>' + _label(phone.title, WIDTH / 2, HEAD / 2, phone.rtl)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom:g}" width="{WIDTH}" '
        f'height="{bottom:g}" role="img" font-family="{FONT}">\n<title>{escape(phone.title)}</title>\n'
        f"<style>{COLOURS}</style>\n"
        f'<rect class="page" width="{WIDTH}" height="{bottom:g}" rx="10"/>\n{head}\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _bubble(parts: list[str], line: Line, top: float, rtl: bool) -> float:
    """Returns where the next one begins."""
    rows = list(wrapped(line.text, WIDEST - 2 * PAD, rtl))
    wide = min(WIDEST, max(width(row) for row, _ in rows) + 2 * PAD)
    if line.qr or line.buttons:
        wide = WIDEST
    image = QR + PAD if line.qr else 0
    high = len(rows) * LINE + 2 * PAD - 4 + image
    left = WIDTH - EDGE - wide if line.own else float(EDGE)
    parts.append(
        f'<rect class="{"own" if line.own else "theirs"}" x="{left:g}" y="{top:g}" width="{wide:g}" '
        f'height="{high:g}" rx="12"/>'
    )
    if line.qr:
        _code(parts, left + (wide - QR) / 2, top + PAD)
    for number, (row, way) in enumerate(rows):
        start = left + wide - PAD if way else left + PAD
        parts.append(_text(row, start, top + image + PAD + 13 + number * LINE, way))
    top += high + GAP
    return _keys(parts, line.buttons, top - 4, left, wide, line.tapped, rtl) + (GAP - 4 if line.buttons else 0)


def _keys(parts: list[str], rows: Rows, top: float, left: float, wide: float, tapped: str, rtl: bool) -> float:
    if not rows:
        return top + (4 if not tapped else 0)
    for row in rows:
        each = (wide - 4 * (len(row) - 1)) / len(row)
        for place, button in enumerate(reversed(row) if rtl else row):
            x = left + place * (each + 4)
            kind = "tapped" if button.text == tapped else "key"
            parts.append(f'<rect class="{kind}" x="{x:g}" y="{top:g}" width="{each:g}" height="{KEY}" rx="9"/>')
            parts.append(_label(button.text, x + each / 2, top + KEY / 2, rtl))
        top += KEY + 6
    return top


def _text(text: str, x: float, y: float, rtl: bool) -> str:
    return f'<text x="{x:g}" y="{y:g}" direction="{"rtl" if rtl else "ltr"}">{escape(text)}</text>'


def _label(text: str, x: float, y: float, rtl: bool) -> str:
    return _text(text, x, y + 5, rtl).replace("<text", '<text class="label"', 1)


def _code(parts: list[str], x: float, y: float) -> None:
    """What stands for a QR code: the three corners and some grains."""
    cell = QR / 12
    corners = [(0, 0), (9, 0), (0, 9)]
    for column, row in corners:
        for size, kind in ((3.0, "dark"), (2.2, "theirs"), (1.2, "dark")):
            inset = (3 - size) / 2
            parts.append(
                f'<rect class="{kind}" x="{x + (column + inset) * cell:g}" y="{y + (row + inset) * cell:g}" '
                f'width="{size * cell:g}" height="{size * cell:g}"/>'
            )
    grains = [(c, r) for c in range(12) for r in range(12) if (c * 7 + r * 5 + c * r) % 3 == 0]
    free = [(c, r) for c, r in grains if not any(a - 1 < c < a + 4 and b - 1 < r < b + 4 for a, b in corners)]
    marks = "".join(f"M{x + c * cell:g} {y + r * cell:g}h{cell:g}v{cell:g}h-{cell:g}z" for c, r in free)
    parts.append(f'<path class="dark" d="{marks}"/>')


def tapping(line: Line, words: str) -> Line:
    return replace(line, tapped=words)
