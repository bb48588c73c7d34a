"""Whom a mention means: a remote id on its platform, a Matrix id in the room. Pure.

Who is no ghost of the other side (somebody on Matrix, or on a third platform) is mentioned there by the words that
stand in the text anyway: their name as it was typed.
"""

from __future__ import annotations

from bridge.core.identity import Users
from bridge.model import Mark


def for_room(marks: tuple[Mark, ...], users: Users, platform: str) -> tuple[Mark, ...]:
    """Marks as a platform said them, with people named by their ghosts."""
    return tuple(
        Mark(mark.kind, mark.start, mark.end, users.ghost(platform, mark.value)) if mark.kind == "mention" else mark
        for mark in marks
    )


def for_platform(marks: tuple[Mark, ...], users: Users, platform: str) -> tuple[Mark, ...]:
    """Marks as they stand in the room, with mentions of that platform's people only, by their remote ids."""
    kept = []
    for mark in marks:
        if mark.kind == "mention":
            person = users.person_of(mark.value)
            if person is None or person[0] != platform:
                continue
            mark = Mark("mention", mark.start, mark.end, person[1])
        kept.append(mark)
    return tuple(kept)
