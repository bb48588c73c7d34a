"""What a platform has forgotten before we asked for it: a note of our own among its updates.

To know how long we were away, a cursor has a second part behind a "/": the Unix second of an answer.
"""

from __future__ import annotations

import json

from bridge.model import Missed, Update

REFRESH_S = 600
"""How old the moment in a cursor may become while nothing is said and all goes well: each new one is a commit."""

AWAY_S = REFRESH_S + 60
"""From here on we were away for a minute at least."""

_KEY = "missed/"
"""What no key of a platform's own updates begins with."""


def missed(name: str, since: int, until: int) -> Update:
    """`name` tells this gap from others, so that it is told of once; the times are Unix ms."""
    return Update(f"{_KEY}{name}", "", json.dumps([since, max(since, until)]).encode())


def read(update: Update) -> Missed | None:
    """None: it is an update of the platform's."""
    return Missed(*json.loads(update.raw)) if update.key.startswith(_KEY) else None


def place(cursor: str | None) -> tuple[str | None, int | None]:
    """The platform's part of a cursor, and when the platform was heard."""
    offset, separator, seen = (cursor or "").rpartition("/")
    return (offset or None, int(seen)) if separator and seen.isdecimal() else (cursor, None)
