"""Soroush Plus's entities and HTML ↔ marks. Pure; raises nothing for odd input."""

from __future__ import annotations

import html
from collections.abc import Mapping

from bridge.marks import Utf16, normal
from bridge.model import Mark, MarkKind
from bridge.platforms import fields

_MARKS: dict[str, MarkKind] = {
    "bold": "bold",
    "italic": "italic",
    "underline": "underline",
    "strikethrough": "strike",
    "spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "quote",
    "expandable_blockquote": "quote",
    "text_link": "link",
    "text_mention": "mention",
}
"""Types of entities that show more than their words do: a hashtag or an address is seen without."""
_TAGS: dict[MarkKind, str] = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strike": "s",
    "spoiler": "tg-spoiler",
    "code": "code",
    "quote": "blockquote",
}


def marks(entities: object, body: str) -> tuple[Mark, ...]:
    """The entities of a text, which count UTF-16 units."""
    if not isinstance(entities, list) or not entities:
        return ()
    units = Utf16(body)
    found = []
    for entity in entities:
        members = fields.mapping(entity) or {}
        type, start, length = members.get("type"), members.get("offset"), members.get("length")
        kind = _MARKS.get(type) if isinstance(type, str) else None
        start, length = fields.integer(start), fields.integer(length)
        if kind is not None and start is not None and length is not None:
            found.append(Mark(kind, *units.points(start, start + length), _mark_value(kind, members)))
    return normal(body, found)


def _mark_value(kind: MarkKind, entity: Mapping[str, object]) -> str:
    match kind:
        case "link":
            return fields.text(entity.get("url")) or ""
        case "mention":
            return fields.identifier(fields.integer((fields.mapping(entity.get("user")) or {}).get("id"))) or ""
        case "pre":
            return fields.text(entity.get("language")) or ""
        case _:
            return ""


def markup(body: str, marks: tuple[Mark, ...]) -> str:
    """A text as the HTML of `parse_mode`. No form for a mention is known there, and nothing is formatted inside
    preformatted text."""
    out: list[str] = []
    ends: list[tuple[int, str]] = []
    at = 0

    def write(until: int) -> None:
        nonlocal at
        out.append(html.escape(body[at:until], quote=False))
        at = until

    for mark in marks:
        while ends and ends[-1][0] <= mark.start:
            write(ends[-1][0])
            out.append(ends.pop()[1])
        if mark.kind == "mention" or any(tag.endswith("</pre>") for _, tag in ends):
            continue
        write(mark.start)
        match mark.kind:
            case "link":
                begins, ends_with = f'<a href="{html.escape(mark.value)}">', "</a>"
            case "pre" if mark.value:
                begins, ends_with = f'<pre><code class="language-{html.escape(mark.value)}">', "</code></pre>"
            case "pre":
                begins, ends_with = "<pre>", "</pre>"
            case _:
                begins, ends_with = f"<{_TAGS[mark.kind]}>", f"</{_TAGS[mark.kind]}>"
        out.append(begins)
        ends.append((mark.end, ends_with))
    while ends:
        write(ends[-1][0])
        out.append(ends.pop()[1])
    write(len(body))
    return "".join(out)
