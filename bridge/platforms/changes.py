"""What a refused edit or deletion says of its message: what was wished for may be so already.

The words are those of Telegram, whose dialect the bot APIs speak where they say anything at all.
"""

from __future__ import annotations

from bridge.errors import Refused


class Gone(Refused):
    """There is no such message any more: a deletion of it is done, an edit never will be."""


class Unchanged(Refused):
    """The message says that already."""


def refused_change(description: str, reason: str) -> Refused:
    """`description` is the platform's own and looked at only; `reason` is what the error shows."""
    words = description.lower()
    if "not modified" in words:
        return Unchanged(reason)
    if "message_id_invalid" in words or ("message" in words and "not found" in words):
        return Gone(reason)
    return Refused(reason)
