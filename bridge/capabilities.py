"""The page about what crosses: `python -m bridge.capabilities > docs/capabilities.md`."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.abilities import Capabilities, Kind
from bridge.core.meet import KINDS, MATRIX, Fate, How, fate
from bridge.platforms import PLATFORMS
from bridge.texts.words import FATES
from bridge.texts.words import KINDS as NAMES

_SIGNS = {How.SAME: "✓", How.NEAREST: "≈", How.WORDS: "✎", How.NOTHING: "–"}
_HEAD = (
    "# What crosses, and as what",
    "Made by `python -m bridge.capabilities > docs/capabilities.md` from what the platforms' folders declare and from "
    "the rules in `bridge/core/meet.py`. One test holds the page true, another lets each kind go through the bridge "
    "and looks at what comes of it.",
    "| sign | |\n|---|---|\n"
    "| ✓ | it arrives as the same thing |\n"
    "| ≈ | it arrives as the nearest thing that there is |\n"
    "| ✎ | it is written out in words |\n"
    "| – | it does not arrive, and nobody there misses words |",
    "A number behind a sign leads to the notes at the end. What a way is not told of (the last line of each table) "
    "cannot cross from there. A file that a chat does not take as its kind goes as the nearest one, at last as a file; "
    "one that it does not take at all is told of by its name and size. Nobody ever gets nothing: what is none of these "
    "kinds is announced as something that cannot be shown.\n",
)


def ways() -> dict[str, tuple[str, Capabilities]]:
    """Every way to be somewhere, by its name: the platform's, and what can be done there."""
    found: dict[str, tuple[str, Capabilities]] = {}
    for name, platform in PLATFORMS.items():
        title = platform.titles["en"]
        also = (("account", platform.account), ("mirror", platform.mirror))
        two = any(other is not None for _, other in also)
        found[f"{title}, {'official API' if two else 'bot'}"] = (name, platform.capabilities)
        for way, other in also:
            if other is not None:
                found[f"{title}, {way}"] = (name, other.capabilities)
    return found | {"Matrix": ("matrix", MATRIX)}


def page() -> str:
    every = ways()
    notes: dict[Fate, int] = {}
    parts = ["\n\n".join(_HEAD)]
    for source, (platform, told) in every.items():
        if not told.receives:
            continue
        goals = [(name, *way) for name, way in every.items() if name != source and way[1].sends]
        if told.sends and source != "Matrix":
            goals.append((f"another chat on {source.partition(',')[0]}", platform, told))
        parts.append(f"## From {source}\n")
        parts.append("| | " + " | ".join(name for name, _, _ in goals) + " |")
        parts.append("|---|" + "---|" * len(goals))
        for kind in KINDS:
            if kind in told.tells:
                cells = [_cell(fate(kind, able, home=there == platform), notes) for _, there, able in goals]
                parts.append(f"| {_name(kind)} | " + " | ".join(cells) + " |")
        untold = [_name(kind) for kind in KINDS if kind not in told.tells]
        parts.append("\nNot told of: " + (", ".join(untold) or "nothing") + ".\n")
    silent = [name for name, (_, able) in every.items() if not able.receives]
    parts.append(f"Nobody is heard on: {', '.join(silent)}.\n")
    parts.append("## Notes\n")
    parts += [f"{number}. {_note(each)}" for each, number in notes.items()]
    return "\n".join(parts) + "\n"


def _cell(found: Fate, notes: dict[Fate, int]) -> str:
    sign = _SIGNS[found.how]
    return f"{sign} {notes.setdefault(found, len(notes) + 1)}" if found.note else sign


def _note(found: Fate) -> str:
    words = FATES[found.note]
    return f"{words['en'].format(kind=_in('en', found.kind))} · {words['fa'].format(kind=_in('fa', found.kind))}"


def _in(language: str, kind: str) -> str:
    return NAMES[kind][language] if kind in NAMES else kind


def _name(kind: Kind) -> str:
    return {
        "pre": "preformatted",
        "unknown": "anything else",
        "member": "joins and leaves",
        "title": "title and picture",
        "audio": "music",
    }.get(kind, kind.replace("_", " "))


def cells() -> Iterator[tuple[str, str, Kind, Fate]]:
    """Every source × every destination × every kind that is told there."""
    every = ways()
    for source, (platform, told) in every.items():
        for goal, (there, able) in every.items():
            if told.receives and able.sends:
                for kind in KINDS:
                    if kind in told.tells:
                        yield source, goal, kind, fate(kind, able, home=there == platform)


if __name__ == "__main__":
    print(page(), end="")
