"""Matrix's `org.matrix.custom.html` ↔ text with marks. Pure, in linear time, and it raises nothing.

It stands in the core, beside the reading of contents, because it needs no wire: `bridge/matrix` is what speaks HTTP.

The HTML is anybody's: it may be unclosed, crossed, nested without end, or no HTML at all. The standard library's
`html.parser` takes quadratic time for some of that (CVE-2025-6069, mended in later Pythons than our oldest), so a tag
is found by one regular expression here, and who has many broken ones is not read at all. What the Matrix specification
("m.room.message msgtypes") allows is understood; of everything else the words are kept and the tags dropped.

Line breaks of the source are layout, as in every browser, and become a space; but spaces are kept as they are, so that
a text that we wrote comes back as it was.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from bridge.marks import BLOCKS, HTML_TAGS, marked
from bridge.model import Mark, MarkKind, Text

FORMAT = "org.matrix.custom.html"

_LONGEST = 65_536
"""Characters; an event of Matrix holds no more bytes."""
_DEEPEST = 100
"""Tags inside one another that are understood; as deep as the specification asks for."""
_BROKEN = 100
"""Tags without an end, each of which may cost a look at all that follows."""

_TAG = re.compile(
    r"<!--.*?(?:-->|\Z)|<[!?][^>]*+>?"
    r"""|<(?P<close>/?)(?P<name>[a-zA-Z][a-zA-Z0-9-]*+)(?P<rest>(?:[^<>"']++|"[^"]*+"|'[^']*+')*+)>""",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"""([^\s=/"'<>]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""")
_LAYOUT = re.compile(r"[ \t\r\n]*[\r\n][ \t\r\n]*")
_PERSON = re.compile(r"https?://matrix\.to/#/(@[^/?]+)(?:\?.*)?|matrix:u/([^/?]+)(?:\?.*)?", re.IGNORECASE)

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_LINES = ("div", "ul", "ol", "li", "table", "thead", "tbody", "tr", "caption", "details", "summary", "dl", "dt", "dd")
"""Tags that stand on lines of their own."""
_HIDDEN = ("mx-reply", "script", "style", "head", "title", "template", "iframe", "object", "svg", "math")
"""Tags whose content is nobody's words: above all the old fallback, which quotes what a reply names anyway."""
_RULE = "———"


# --- reading ----------------------------------------------------------------------------------------


def from_html(source: str) -> Text | None:
    """The words and marks of HTML. None where it is too large or too broken, or shows nothing."""
    if len(source) > _LONGEST:
        return None
    reader = _Reader()
    hidden, inside = "", 0
    at = broken = 0
    while at < len(source):
        opens = source.find("<", at)
        if opens != at and not hidden:
            reader.text(source[at:] if opens < 0 else source[at:opens])
        if opens < 0:
            break
        found = _TAG.match(source, opens)
        if found is None:
            broken += 1
            if broken > _BROKEN:
                return None
            if not hidden:
                reader.text("<")
            at = opens + 1
            continue
        at = found.end()
        name, closes = (found["name"] or "").lower(), bool(found["close"])
        if hidden:
            inside += (-1 if closes else 1) if name == hidden else 0
            hidden = hidden if inside else ""
        elif name in _HIDDEN:
            hidden, inside = (name, 1) if not closes else ("", 0)
        elif closes:
            reader.close(name)
        elif name:
            reader.open(name, found["rest"])
    return reader.done()


@dataclass(slots=True)
class _Open:
    """A tag that waits for its end. `start` is -1 until the first of its words comes."""

    name: str
    kind: MarkKind | None
    value: str = ""
    start: int = -1


@dataclass(slots=True)
class _Reader:
    """What was read so far. `gap` is how many line breaks must stand before the next words, `spaces` is white space
    that counts only if words follow on the same line."""

    parts: list[str] = field(default_factory=list)
    length: int = 0
    breaks: int = 0
    """Line breaks at the end of what was read."""
    gap: int = 0
    spaces: str = ""
    fresh: bool = False
    """Only a bullet stands in this line yet."""
    preformatted: int = 0
    lists: list[int | None] = field(default_factory=list)
    """The number of the next item in each list that is open; None where items have bullets."""
    tags: list[_Open] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)

    def text(self, source: str) -> None:
        if self.preformatted:
            self._put(html.unescape(source))
            return
        head = tail = False
        if "\n" in source or "\r" in source:
            source = _LAYOUT.sub("\n", source)
            head, tail = source[0] == "\n", source[-1] == "\n"
            source = source.strip("\n").replace("\n", " ")
        if head:
            self._space()
        if source.strip(" \t"):
            self._put(html.unescape(source))
        elif not self.gap:  # where a block begins it shows nothing
            self.spaces += source
        if tail:
            self._space()

    def open(self, name: str, rest: str) -> None:
        kind: MarkKind | None = HTML_TAGS.get(name)
        value = ""
        match name:
            case "br":
                self._put("\n")
                return
            case "hr":
                self._line()
                self._put(_RULE)
                self._line()
                return
            case "img":
                shown = _attributes(rest)
                self._put(shown.get("alt") or shown.get("title") or "")
                return
            case "p":
                self._line(1 if self.lists else 2)
            case "blockquote":
                kind = "quote"
                self._block()
            case "pre":
                kind = "pre"
                self._block()
            case "code" if self.preformatted:
                self._language(rest)
                kind = None
            case "a":
                kind, value = _target(_attributes(rest).get("href", ""))
            case "span":
                reason = _attributes(rest).get("data-mx-spoiler")
                if reason is not None:
                    kind = "spoiler"
                    self._put(f"({reason}) " if reason.strip() else "")
            case "td" | "th" if not self.gap and not self.breaks and self.length:
                self._put(" | ")
            case "li":
                self._item()
            case _ if name in _HEADINGS:
                kind = "bold"
                self._line(2)
            case _ if name in _LINES:
                self._line()
        if name in ("ul", "ol") and len(self.lists) < _DEEPEST:
            start = _attributes(rest).get("start", "") if name == "ol" else ""
            number = int(start) if start.isascii() and start.isdecimal() and len(start) < 9 else 1
            self.lists.append(number if name == "ol" else None)
        if len(self.tags) < _DEEPEST:
            self.tags.append(_Open(name, kind, value))
            self.preformatted += kind == "pre"

    def close(self, name: str) -> None:
        """The end of the last open tag of that name; those inside it stay open. Another end means nothing."""
        at = next((n for n in range(len(self.tags) - 1, -1, -1) if self.tags[n].name == name), None)
        if at is None:
            return
        tag = self.tags.pop(at)
        if tag.kind == "pre":
            self.preformatted -= 1
            if self.breaks and self.parts[-1].endswith("\n"):  # every writer ends the last line of a program, too
                self.parts[-1] = self.parts[-1][:-1]
                self.length -= 1
                self.breaks -= 1
        self._ends(tag)
        if name == "p" or name in _HEADINGS:
            self._line(1 if self.lists else 2)
        elif name in ("pre", "blockquote"):
            self._block()
        elif name in _LINES:
            self._line()
        if name in ("ul", "ol") and self.lists:
            self.lists.pop()

    def done(self) -> Text | None:
        for tag in reversed(self.tags):
            self._ends(tag)
        body = "".join(self.parts).rstrip()
        return marked(body, self.marks) if body.strip() else None

    def _ends(self, tag: _Open) -> None:
        if tag.kind is not None and 0 <= tag.start < self.length:
            self.marks.append(Mark(tag.kind, tag.start, self.length, tag.value))

    def _put(self, words: str) -> None:
        """Words as they are shown, behind the line breaks and spaces that are due before them."""
        if not words:
            return
        due = "\n" * max(0, self.gap - self.breaks) if self.length else ""
        if due or self.spaces:
            self.parts.append(due + self.spaces)
            self.length += len(due) + len(self.spaces)
            self.breaks = 0
        self.gap, self.spaces, self.fresh = 0, "", False
        for tag in reversed(self.tags):
            if tag.start >= 0:
                break
            tag.start = self.length
        self.parts.append(words)
        self.length += len(words)
        ends = len(words) - len(words.rstrip("\n"))
        self.breaks = ends + (self.breaks if ends == len(words) else 0)

    def _space(self) -> None:
        """A space between words, as a line break of the source is; none where a line begins."""
        if self.length and not self.gap and not self.breaks and not self.spaces:
            self.spaces = " "

    def _line(self, breaks: int = 1) -> None:
        """What follows begins a line, or leaves one empty; not so behind a bullet."""
        self.spaces = ""
        if not self.fresh:
            self.gap = max(self.gap, breaks)

    def _block(self) -> None:
        self.spaces = ""
        self.gap = max(self.gap, 1)

    def _item(self) -> None:
        self._line()
        sign = "• "
        if self.lists and (number := self.lists[-1]) is not None:
            sign = f"{number}. "
            self.lists[-1] = number + 1
        self._put("  " * (min(len(self.lists), 8) - 1) + sign)
        self.fresh = True

    def _language(self, rest: str) -> None:
        classes = _attributes(rest).get("class", "").split()
        language = next((each for each in classes if each.startswith("language-")), "")
        for tag in reversed(self.tags):
            if tag.kind == "pre":
                tag.value = language.removeprefix("language-")
                return


def _attributes(rest: str) -> dict[str, str]:
    return {
        found[1].lower(): html.unescape(found[2] or found[3] or found[4] or "") for found in _ATTRIBUTE.finditer(rest)
    }


def _target(address: str) -> tuple[MarkKind, str]:
    """Whom or what an address means."""
    found = _PERSON.fullmatch(address.strip())
    if found is None:
        return "link", address
    who = unquote(found[1]) if found[1] else "@" + unquote(found[2])
    return "mention", who if is_user_id(who) else ""


def is_user_id(value: str) -> bool:
    name, colon, server = value.partition(":")
    return value.isprintable() and len(value) <= 255 and len(name) > 1 and name[0] == "@" and bool(colon and server)


# --- writing ----------------------------------------------------------------------------------------

_TAGS: dict[MarkKind, tuple[str, str]] = {
    "bold": ("<strong>", "</strong>"),
    "italic": ("<em>", "</em>"),
    "underline": ("<u>", "</u>"),
    "strike": ("<del>", "</del>"),
    "code": ("<code>", "</code>"),
    "spoiler": ("<span data-mx-spoiler>", "</span>"),
    "quote": ("<blockquote>", "</blockquote>"),
}


def to_html(text: Text) -> str:
    """A text as HTML. Mentions name Matrix ids; those that are none are left out."""
    writer = _Writer(text)
    open_: list[Mark] = []
    for mark in text.marks:
        if mark.kind == "mention" and not is_user_id(mark.value):
            continue
        while open_ and open_[-1].end <= mark.start:
            writer.end(open_.pop())
        writer.begin(mark)
        open_.append(mark)
    while open_:
        writer.end(open_.pop())
    return writer.done()


class _Writer:
    def __init__(self, text: Text) -> None:
        blocks = [mark for mark in text.marks if mark.kind in BLOCKS]
        self._body = text.body
        self._has_blocks = bool(blocks)
        self._implied = {mark.end for mark in blocks}
        """Behind a block a line begins by itself: the line break that stands there is not written."""
        self._preformatted = 0
        self._out: list[str] = []
        self._at = 0

    def begin(self, mark: Mark) -> None:
        self._words(mark.start)
        match mark.kind:
            case "pre":
                self._preformatted += 1
                language = f' class="language-{html.escape(mark.value)}"' if mark.value else ""
                self._out.append(f"<pre><code{language}>")
            case "link":
                self._out.append(f'<a href="{html.escape(mark.value)}">')
            case "mention":
                self._out.append(f'<a href="https://matrix.to/#/{quote(mark.value, safe="@:=_.-")}">')
            case _:
                self._out.append(_TAGS[mark.kind][0])

    def end(self, mark: Mark) -> None:
        self._words(mark.end)
        match mark.kind:
            case "pre":
                self._preformatted -= 1
                self._out.append("\n</code></pre>")
            case "link" | "mention":
                self._out.append("</a>")
            case _:
                self._out.append(_TAGS[mark.kind][1])

    def done(self) -> str:
        self._words(len(self._body))
        return "".join(self._out)

    def _words(self, end: int) -> None:
        start, self._at = self._at, max(self._at, end)
        if start in self._implied and start < end and self._body[start] == "\n":
            start += 1
        words = self._body[start:end]
        if not words:
            return
        escaped = html.escape(words, quote=False).replace("\r", "&#13;")
        if not self._preformatted:
            lines = escaped.split("\n")
            if self._has_blocks:  # white space alone between two tags would be layout
                lines = [line if line.strip(" \t") else _spelled(line) for line in lines]
            escaped = "<br>".join(lines)
        self._out.append(escaped)


def _spelled(space: str) -> str:
    return space.replace(" ", "&#32;").replace("\t", "&#9;")
