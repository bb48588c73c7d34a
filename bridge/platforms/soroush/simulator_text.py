"""What Soroush Plus makes of a text: markup in, plain words and entities out, counted in UTF-16 units."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Any

from bridge.platforms.simulation import ControlError, Look

Entity = dict[str, Any]

ENTITY_TYPES = frozenset(
    (
        "mention",
        "hashtag",
        "cashtag",
        "bot_command",
        "url",
        "email",
        "phone_number",
        "bold",
        "italic",
        "underline",
        "strikethrough",
        "spoiler",
        "blockquote",
        "expandable_blockquote",
        "code",
        "pre",
        "text_link",
        "text_mention",
        "custom_emoji",
        "date_time",
    )
)
_HTML_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_SPECIAL = re.compile("[<&]")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s[^<>]*)?)>")
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_CHARACTER = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#x[0-9a-fA-F]{1,6});")
_MARKS_V2 = {"__": "underline", "||": "spoiler", "*": "bold", "_": "italic", "~": "strikethrough"}
_MARKS_OLD = {"*": "bold", "_": "italic"}
_RESERVED_V2 = frozenset("_*[]()~`>#+-=|{}.!")
_TYPED = re.compile(
    r"(?P<url>https?://[^\s]+)"
    r"|(?<![\w/@])@(?P<mention>[A-Za-z]\w{2,})"
    r"|(?<![\w/@])/(?P<bot_command>[A-Za-z0-9_]+(?:@\w+)?)"
    r"|(?<![\w#])#(?P<hashtag>\w+)"
)


class MarkupError(Exception):
    """The markup cannot be read; the words follow "can't parse entities:"."""


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def typed_entities(text: str) -> list[Entity]:
    """What the app finds by itself in plain words."""
    return [
        {
            "type": found.lastgroup,
            "offset": utf16_length(text[: found.start()]),
            "length": utf16_length(found[0]),
        }
        for found in _TYPED.finditer(text)
    ]


_LOOKS = {
    "bold": "bold",
    "italic": "italic",
    "underline": "underline",
    "strikethrough": "strike",
    "spoiler": "spoiler",
    "blockquote": "quote",
    "code": "code",
    "pre": "pre",
    "text_link": "link",
    "text_mention": "mention",
}


def looks_of(text: str, entities: list[Entity]) -> tuple[Look, ...]:
    """What of a text the app shows in another look."""
    units = text.encode("utf-16-le", "surrogatepass")
    looks = []
    for entity in entities:
        if (kind := _LOOKS.get(entity["type"].removeprefix("expandable_"))) is not None:
            first, last = entity["offset"], entity["offset"] + entity["length"]
            words = units[2 * first : 2 * last].decode("utf-16-le", "replace")
            user = entity.get("user")
            who = str(user.get("id", "")) if isinstance(user, dict) else ""
            looks.append(Look(kind, words, str(entity.get("url") or entity.get("language") or who)))
    return tuple(looks)


def made_entities(text: str, looks: tuple[Look, ...]) -> list[Entity]:
    """What the app makes when a person formats words."""
    types = {kind: entity_type for entity_type, kind in _LOOKS.items()}
    made = []
    for look in looks:
        if look.kind not in types:
            raise ControlError(f"people cannot write {look.kind} here")
        entity: Entity = {
            "type": types[look.kind],
            "offset": utf16_length(text[: text.index(look.words)]),
            "length": utf16_length(look.words),
        }
        match look.kind:
            case "link":
                entity["url"] = look.value
            case "mention":
                entity["user"] = {"id": int(look.value), "is_bot": False, "first_name": look.words}
            case "pre" if look.value:
                entity["language"] = look.value
        made.append(entity)
    return made


def parse(raw: str, mode: str | None) -> tuple[str, list[Entity]]:
    match (mode or "").lower():
        case "":
            return raw, []
        case "html":
            return _Html(raw).run()
        case "markdownv2":
            return _Marks(raw, _MARKS_V2, _RESERVED_V2).run()
        case "markdown":
            return _Marks(raw, _MARKS_OLD, frozenset()).run()
        case _:
            raise MarkupError("unsupported parse_mode")


def given_entities(text: str, entities: Any) -> list[Entity]:
    """Entities that the bot made itself: of a known type and inside the text."""
    if not isinstance(entities, list):
        raise MarkupError("expected an array of entities")
    length = utf16_length(text)
    for entity in entities:
        if not isinstance(entity, dict) or entity.get("type") not in ENTITY_TYPES:
            raise MarkupError("unknown type of entity")
        first, size = entity.get("offset"), entity.get("length")
        if type(first) is not int or type(size) is not int or not 0 <= first < first + size <= length:
            raise MarkupError("an entity is outside of the text")
    return list(entities)


@dataclass(slots=True)
class _Out:
    """Plain words so far, and the entities found in them."""

    parts: list[str] = field(default_factory=list)
    length: int = 0
    entities: list[Entity] = field(default_factory=list)

    def add(self, text: str) -> None:
        self.parts.append(text)
        self.length += utf16_length(text)

    def close(self, kind: str, start: int, **more: Any) -> None:
        if self.length > start:
            self.entities.append({"type": kind, "offset": start, "length": self.length - start, **more})

    def done(self) -> tuple[str, list[Entity]]:
        return "".join(self.parts), sorted(self.entities, key=lambda e: (e["offset"], -e["length"]))


class _Html:
    def __init__(self, raw: str) -> None:
        self._raw = raw
        self._out = _Out()
        self._open: list[tuple[str, str, int, dict[str, Any]]] = []

    def run(self) -> tuple[str, list[Entity]]:
        raw, at = self._raw, 0
        while at < len(raw):
            special = _SPECIAL.search(raw, at)
            mark = special.start() if special else len(raw)
            self._out.add(raw[at:mark])
            if mark == len(raw):
                break
            at = self._tag(mark) if raw[mark] == "<" else self._character(mark)
        if self._open:
            raise MarkupError(f'Can\'t find end tag corresponding to start tag "{self._open[-1][0]}"')
        return self._out.done()

    def _character(self, at: int) -> int:
        found = _CHARACTER.match(self._raw, at)
        self._out.add(html.unescape(found[0]) if found else "&")
        return found.end() if found else at + 1

    def _tag(self, at: int) -> int:
        found = _TAG.match(self._raw, at)
        if found is None:
            raise MarkupError(f"Unexpected '<' at byte offset {len(self._raw[:at].encode())}")
        name = found[2].lower()
        if found[1]:
            self._end(name)
            return found.end()
        attributes = {a[1].lower(): html.unescape(a[2] or a[3] or a[4] or "") for a in _ATTRIBUTE.finditer(found[3])}
        kind, more = self._meaning(name, attributes, found[3])
        self._open.append((name, kind, self._out.length, more))
        return found.end()

    def _meaning(self, name: str, attributes: dict[str, str], rest: str) -> tuple[str, dict[str, Any]]:
        if name == "a":
            return "text_link", {"url": attributes.get("href", "")}
        if name == "span" and attributes.get("class") == "tg-spoiler":
            return "spoiler", {}
        if name == "blockquote" and "expandable" in rest:
            return "expandable_blockquote", {}
        if name == "code" and self._open and self._open[-1][0] == "pre":
            language = attributes.get("class", "")
            return "language", {"language": language.removeprefix("language-")} if language else {}
        if name not in _HTML_TAGS:
            raise MarkupError(f'Unsupported start tag "{name}"')
        return _HTML_TAGS[name], {}

    def _end(self, name: str) -> None:
        if not self._open or self._open[-1][0] != name:
            raise MarkupError(f'Unexpected end tag "{name}"')
        _, kind, start, more = self._open.pop()
        if kind == "language":
            self._open[-1][3].update(more)
        elif kind != "text_link" or more["url"]:
            self._out.close(kind, start, **more)


class _Marks:
    """Markdown in both its ages; the newer one wants every mark that means nothing to be escaped."""

    def __init__(self, raw: str, marks: dict[str, str], reserved: frozenset[str]) -> None:
        self._raw = raw
        self._marks = marks
        self._reserved = reserved
        self._out = _Out()
        self._open: list[tuple[str, int]] = []
        self._quote: int | None = None

    def run(self) -> tuple[str, list[Entity]]:
        at = 0
        while at < len(self._raw):
            at = self._step(at)
        self._end_quote()
        if self._open:
            raise MarkupError(f"Can't find end of the entity starting with '{self._open[-1][0]}'")
        return self._out.done()

    def _step(self, at: int) -> int:
        raw, char = self._raw, self._raw[at]
        escapable = self._reserved or frozenset("_*[`")
        if char == "\\" and at + 1 < len(raw) and raw[at + 1] in escapable | {"\\"}:
            self._out.add(raw[at + 1])
            return at + 2
        if char == "`":
            return self._code(at, "```" if raw.startswith("```", at) else "`")
        mark = next((m for m in self._marks if raw.startswith(m, at)), None)
        if mark is not None:
            self._toggle(mark)
            return at + len(mark)
        if char == "[":
            self._open.append(("[", self._out.length))
            return at + 1
        if char == "]" and self._open and self._open[-1][0] == "[":
            return self._link(at)
        if self._reserved and char == ">" and (at == 0 or raw[at - 1] == "\n"):
            self._quote = self._out.length
            return at + 1
        if char in self._reserved:
            raise MarkupError(f"Character '{char}' is reserved and must be escaped with the preceding '\\'")
        if char == "\n":
            self._end_quote()
        self._out.add(char)
        return at + 1

    def _end_quote(self) -> None:
        if self._quote is not None:
            self._out.close("blockquote", self._quote)
            self._quote = None

    def _code(self, at: int, fence: str) -> int:
        end = self._raw.find(fence, at + len(fence))
        if end < 0:
            raise MarkupError(f"Can't find end of the entity starting with '{fence}'")
        start = self._out.length
        self._out.add(self._raw[at + len(fence) : end])
        self._out.close("pre" if fence == "```" else "code", start)
        return end + len(fence)

    def _toggle(self, mark: str) -> None:
        if self._open and self._open[-1][0] == mark:
            self._out.close(self._marks[mark], self._open.pop()[1])
        elif any(opened == mark for opened, _ in self._open):
            raise MarkupError(f"Can't find end of the entity starting with '{self._open[-1][0]}'")
        else:
            self._open.append((mark, self._out.length))

    def _link(self, at: int) -> int:
        end = self._raw.find(")", at + 2)
        if not self._raw.startswith("](", at) or end < 0:
            raise MarkupError("Can't find the address of a link")
        self._out.close("text_link", self._open.pop()[1], url=self._raw[at + 2 : end])
        return end + 1
