"""What Bale does with a text: the markdown that its apps show, the two entities that bots are told."""

from __future__ import annotations

import re
from typing import Any

from bridge.platforms.simulation import ControlError, Look

# A space or an edge of the text must precede the opening mark and follow the closing one; nothing escapes.
_EMPHASIS = re.compile(r"(?<!\S)([*_])(?=\S)([^\n]*?\S)\1(?!\S)")
_LINK = re.compile(r"\[([^\[\]\n]+)\]\(([^()\s]+)\)")
_INSTANT_VIEW = re.compile(r"```\[([^\[\]]+)\](.*?)```", re.DOTALL)
_ENTITY = re.compile(r"(?<![\w/@])(?:@(?P<mention>[A-Za-z]\w{2,})|/(?P<command>[A-Za-z0-9_]+(?:@\w+)?))")


def shown(raw: str) -> str:
    """The text as a person reads it: emphasis without its marks, a link's words, an instant view's title."""
    text = _INSTANT_VIEW.sub(lambda found: found[1], raw)
    text = _LINK.sub(lambda found: found[1], text)
    return _EMPHASIS.sub(lambda found: found[2], text)


def looks_of(raw: str) -> tuple[Look, ...]:
    """What of the shown text looks different: links, then emphasis over what the links have left."""
    text = _INSTANT_VIEW.sub(lambda found: found[1], raw)
    links = [Look("link", found[1], found[2]) for found in _LINK.finditer(text)]
    text = _LINK.sub(lambda found: found[1], text)
    names = {"*": "bold", "_": "italic"}
    return (*links, *(Look(names[found[1]], found[2]) for found in _EMPHASIS.finditer(text)))


def typed(text: str, looks: tuple[Look, ...]) -> str:
    """What a person types for that. There is nothing for other looks."""
    for look in looks:
        match look.kind:
            case "bold":
                marked = f"*{look.words}*"
            case "italic":
                marked = f"_{look.words}_"
            case "link":
                marked = f"[{look.words}]({look.value})"
            case _:
                raise ControlError(f"people cannot write {look.kind} here")
        text = text.replace(look.words, marked, 1)
    return text


def entities(raw: str) -> list[dict[str, Any]]:
    """Mentions and commands, in UTF-16 units."""
    return [
        {
            "type": "mention" if found["mention"] else "bot_command",
            "offset": utf16_length(raw[: found.start()]),
            "length": utf16_length(found[0]),
        }
        for found in _ENTITY.finditer(raw)
    ]


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
