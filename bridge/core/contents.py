"""Reading the content of an event that somebody else wrote: no type in it can be trusted. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bridge.core.custom_html import FORMAT, from_html
from bridge.model import Text


def text_of(content: Mapping[str, Any]) -> Text | None:
    """The words of an event, whatever types they claim to have. None: there are none that could be shown.

    Where there is HTML, it is the text, since it is what people in the room see; `body` may be its source or anything.
    """
    if content.get("format") == FORMAT and isinstance(source := content.get("formatted_body"), str):
        shown = from_html(source)
        if shown is not None:
            return shown
    body = _plain(content)
    return None if body is None else Text(body)


def _plain(content: Mapping[str, Any]) -> str | None:
    body = content.get("body")
    if not isinstance(body, str) or not body.strip():
        return None
    if reply_target(content) and body.startswith("> <"):  # the old fallback quotes what the reply names anyway
        head, _, rest = body.partition("\n\n")
        if all(line.startswith(">") for line in head.split("\n")) and rest.strip():
            return rest
    return body


def reply_target(content: Mapping[str, Any]) -> str | None:
    relates = content.get("m.relates_to")
    target = relates.get("m.in_reply_to") if isinstance(relates, Mapping) else None
    event_id = target.get("event_id") if isinstance(target, Mapping) else None
    # What cannot be an id is not looked up: a database may refuse it (NUL, half of a surrogate pair).
    return event_id if isinstance(event_id, str) and len(event_id) <= 255 and event_id.isprintable() else None
