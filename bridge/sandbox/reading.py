"""Recognises what the bridge says to people, by its own list of sentences, and takes the values out of it."""

from __future__ import annotations

import re

from bridge.texts.sentences import SENTENCES

FSI, PDI = "\u2068", "\u2069"
"""The first character of a copy's label and the one behind the name: our own words never begin so."""

WRITTEN = "🕓 "
"""What the line that says when something was written begins with."""


def heard(key: str, text: str) -> dict[str, str] | None:
    """The values in a text that says this sentence in Persian, which comes first; None if it says another."""
    found = _pattern(key).match(text)
    return found.groupdict() if found is not None else None


def _pattern(key: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", SENTENCES[key]["fa"])
    known: list[str] = []
    pattern = re.escape(parts[0])
    for name, fixed in zip(parts[1::2], parts[2::2], strict=True):
        pattern += f"(?P={name})" if name in known else f"(?P<{name}>.+?)"
        pattern += re.escape(fixed)
        known.append(name)
    return re.compile(pattern + r"(?:\n|$)", re.DOTALL)


def copied(text: str) -> tuple[str, str] | None:
    """(label, words) of a copy as a messenger shows it; None for anything else. When old words were written is not one
    of them."""
    if not text.startswith(FSI):
        return None
    label, _, words = text.partition("\n")
    if words.startswith(WRITTEN) and heard("written_at", words.removeprefix(WRITTEN)) is not None:
        words = words.partition("\n")[2]
    return label.replace(FSI, "").replace(PDI, ""), words
