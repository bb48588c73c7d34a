"""Reactions to a message: read from the room, chosen and worded for a chat. Pure.

A login of ours is one person on its platform, and can put one reaction on a message at most. So a chat that knows
reactions shows the one that most people chose, and as soon as it stands for more than one, a message below says who
they are. Where a platform tells how many of its people chose a reaction and not who, the chat itself reacts, with the
number beside it: nobody is named for what somebody else did.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import regex

from bridge.abilities import Capabilities
from bridge.core.contents import event_id
from bridge.core.identity import FSI, PDI, clean_name, label
from bridge.core.render import measure
from bridge.texts.digits import persian_digits

_SHORTCODE = ("shortcode", "com.beeper.reaction.shortcode")
"""Where clients put the name of a picture that is a reaction. Source: MSC4027, as Cinny and Beeper write it."""
_EMOJI = regex.compile(
    r"[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\u200d\ufe0f\u20e3\U000e0020-\U000e007f0-9#*]+"
)
_SYMBOL = regex.compile(r"[\p{Extended_Pictographic}\p{Regional_Indicator}\u20e3]")
_TEXT_LIKE = regex.compile(r"(?=\p{Emoji})\P{Emoji_Presentation}")
_LONGEST = 16
"""Graphemes of a reaction that is a word."""
_WIDTHS = ((8, 8), (8, 3), (8, 1), (8, 0), (1, 0))
"""(kinds of reactions, names beside each) that are shown, for as long as that has no room."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """`event` and `sender` are Matrix ids; `key` is fit to be shown."""

    event: str
    sender: str
    key: str


def reaction_target(content: Mapping[str, Any]) -> str | None:
    """The event that a reaction is about."""
    relates = content.get("m.relates_to")
    if not isinstance(relates, Mapping) or relates.get("rel_type") != "m.annotation":
        return None
    return event_id(relates.get("event_id"))


def reaction_content(key: str, target: str) -> dict[str, Any]:
    return {"m.relates_to": {"rel_type": "m.annotation", "event_id": target, "key": key}}


def read_reactions(events: Iterable[object]) -> list[Reaction]:
    """Reactions as the homeserver tells of them, whatever types they claim to have; each person's first of a key."""
    found: dict[tuple[str, str], Reaction] = {}
    for event in events:
        if not isinstance(event, Mapping):
            continue
        id, sender, content = event_id(event.get("event_id")), event.get("sender"), event.get("content")
        relates = content.get("m.relates_to") if isinstance(content, Mapping) else None
        key = relates.get("key") if isinstance(relates, Mapping) else None
        if id is None or not isinstance(sender, str) or not isinstance(content, Mapping) or not isinstance(key, str):
            continue
        shown = _shown(key, content)
        found.setdefault((sender, shown), Reaction(id, sender, shown))
    return list(found.values())


def _shown(key: str, content: Mapping[str, Any]) -> str:
    """A reaction fit to be shown: an emoji as it is, a picture by its name, anything else as a short word."""
    if is_emoji(key):
        return key if key.endswith("\ufe0f") or not _TEXT_LIKE.fullmatch(key) else key + "\ufe0f"
    if key.startswith("mxc://"):
        names = (content.get(each) for each in _SHORTCODE)
        key = next((name for name in names if isinstance(name, str)), "")
        key = ":" + key.strip(":") + ":" if key.strip(":") else ""
    word = clean_name(key)
    if word is None:
        return "�"
    return "".join(regex.findall(r"\X", word)[:_LONGEST])


def is_emoji(key: str) -> bool:
    return len(key) <= 32 and _EMOJI.fullmatch(key) is not None and _SYMBOL.search(key) is not None


def counted(key: str, count: int) -> str:
    """A reaction of several people whom nobody named."""
    shown = _shown(key, {})
    return shown if count == 1 else f"{shown} ×{count}"


def most_chosen(reactions: Sequence[Reaction]) -> str:
    """The emoji that most people chose, the first of those that are even; "" if there is none."""
    emoji = [each.key for each in reactions if is_emoji(each.key)]
    return max(dict.fromkeys(emoji), key=emoji.count, default="")


def worded_reactions(reactions: Sequence[tuple[str, str, str]], able: Capabilities) -> str:
    """Who reacted, a line for each reaction, within what one message holds. `reactions` are (key, name, platform's
    title), and not empty."""
    by_key: dict[str, list[str]] = {}
    for key, name, title in reactions:
        by_key.setdefault(key, []).append(label(name, title))
    text = ""
    for kinds, names in _WIDTHS:
        lines = [_line(key, who, names) for key, who in list(by_key.items())[:kinds]]
        text = "\n".join(lines if len(by_key) <= kinds else [*lines, "…"])
        if measure(text, able.text_unit) <= able.text_limit:
            break
    return text


def _line(key: str, who: Sequence[str], names: int) -> str:
    shown = f"{FSI}{key}{PDI}"
    if names == 0:
        return f"{shown} ×{persian_digits(str(len(who)))}" if len(who) > 1 else shown
    more = f" +{persian_digits(str(len(who) - names))}" if len(who) > names else ""
    return f"{shown} {'، '.join(who[:names])}{more}"
