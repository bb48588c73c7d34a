"""What a platform has forgotten before we asked for it: a note of our own among its updates."""

from __future__ import annotations

import json

from bridge.model import Missed, Update

_KEY = "missed/"
"""What no key of a platform's own updates begins with."""


def missed(name: str, since: int, until: int) -> Update:
    """`name` tells this gap from others, so that it is told of once; the times are Unix ms."""
    return Update(f"{_KEY}{name}", "", json.dumps([since, max(since, until)]).encode())


def read(update: Update) -> Missed | None:
    """None: it is an update of the platform's."""
    return Missed(*json.loads(update.raw)) if update.key.startswith(_KEY) else None
