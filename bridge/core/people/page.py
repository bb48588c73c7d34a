"""A page for one person to read: one file of HTML, which needs nothing else and does nothing.

Not plain text, because a phone's viewer guesses at a text's encoding and at each line's direction, and often wrongly;
a page says both. Names of others stand isolated, so that none of them turns the words around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from bridge.core.identity import FSI, PDI

_DIRECTION = {"fa": "rtl", "en": "ltr"}
_LOOK = (
    "body{font:1em/1.8 Vazirmatn,Tahoma,sans-serif;max-width:42em;margin:0 auto;padding:1em;color:#222;background:#fff}"
    "h1{font-size:1.4em}h2{font-size:1.1em;border-bottom:1px solid #ccc;margin-top:2em}"
    "li{margin:.3em 0;overflow-wrap:anywhere}"
    "@media(prefers-color-scheme:dark){body{color:#eee;background:#181818}}"
)


def isolated(words: str) -> str:
    """Words of others, whose direction changes nothing around them."""
    return f"{FSI}{words}{PDI}"


class Page:
    """Everything that is put in is text; nothing of it is read as HTML."""

    def __init__(self, language: str, title: str) -> None:
        self._language = language
        self._title = escape(title)
        self._parts = [f"<h1>{self._title}</h1>"]

    def say(self, *lines: str) -> None:
        self._parts += [f"<p>{escape(line)}</p>" for line in lines]

    def section(self, title: str, lines: Sequence[str]) -> None:
        items = "".join(f"<li>{escape(line)}</li>" for line in lines)
        self._parts.append(f"<h2>{escape(title)}</h2><ul>{items}</ul>")

    def written(self) -> bytes:
        return (
            f'<!DOCTYPE html><html lang="{self._language}" dir="{_DIRECTION[self._language]}"><head>'
            '<meta charset="utf-8">'
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{self._title}</title><style>{_LOOK}</style></head><body>\n"
            + "\n".join(self._parts)
            + "\n</body></html>\n"
        ).encode("utf-8", "replace")
