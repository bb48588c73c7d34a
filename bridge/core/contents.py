"""The contents of events: somebody else's are read, in which no type can be trusted, and ours are written. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import regex

from bridge.core.custom_html import FORMAT, from_html, is_user_id, to_html
from bridge.keys import Keys
from bridge.marks import written_out
from bridge.model import Mark, Origin, Text

ORIGIN = "ir.hampayam.origin"
"""The key in an event's content under which our signed origin stands."""

_INVISIBLE = regex.compile(r"[\s\p{Cf}]+")
_ROOM_FOR_TEXT = 60_000
"""Bytes of an event that words and their HTML may take together; 65,536 is the limit with everything around them."""
_MENTIONED = 50
"""People whom one event mentions so that their clients notice."""
_FALLBACK = 500
"""Characters of a corrected text that are shown to clients that do not know corrections."""

# --- reading


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
    target = relates.get("m.in_reply_to") if isinstance(relates, dict) else None
    return event_id(target.get("event_id")) if isinstance(target, dict) else None


def edit_target(content: Mapping[str, Any]) -> str | None:
    """The event that this one corrects. None: it is none that corrects another."""
    relates = content.get("m.relates_to")
    if not isinstance(relates, dict) or relates.get("rel_type") != "m.replace":
        return None
    return event_id(relates.get("event_id"))


def event_id(value: object) -> str | None:
    """What cannot be an id is not looked up: a database may refuse it (NUL, half of a surrogate pair)."""
    return value if isinstance(value, str) and len(value) <= 255 and value.isprintable() else None


# --- writing


def fingerprint(keys: Keys, login: str, chat: str, text: str) -> str:
    """A keyed hash by which our own words are known again, whatever a platform did to their spaces and joiners."""
    return keys.digest("sent", login, chat, _INVISIBLE.sub("", text))


def worded(body: str, marks: tuple[Mark, ...] = ()) -> dict[str, Any]:
    """Words as they stand in a content. `marks` name people by Matrix ids. Formatting that has no room beside the words
    is written out in them."""
    content: dict[str, Any] = {"body": body}
    if marks:
        formatted = to_html(Text(body, marks))
        if len((body + formatted).encode("utf-8", "surrogatepass")) <= _ROOM_FOR_TEXT:
            content |= {"format": FORMAT, "formatted_body": formatted}
        else:
            content["body"] = written_out(Text(body, marks), ()).body
        mentioned = dict.fromkeys(mark.value for mark in marks if mark.kind == "mention" and is_user_id(mark.value))
        if mentioned:
            content["m.mentions"] = {"user_ids": list(mentioned)[:_MENTIONED]}
    return content


def outgoing_content(body: str, origin: Origin, reply_to: str | None, marks: tuple[Mark, ...] = ()) -> dict[str, Any]:
    """The content of a text event of ours."""
    return framed({"msgtype": "m.text", **worded(body, marks)}, origin, reply_to)


def framed(content: Mapping[str, Any], origin: Origin, reply_to: str | None) -> dict[str, Any]:
    """A content as an event of ours that says where it is from and what it answers."""
    whole = {**content, ORIGIN: origin_content(origin)}
    if reply_to is not None:
        whole["m.relates_to"] = {"m.in_reply_to": {"event_id": reply_to}}
    return whole


def replacing(new: Mapping[str, Any], origin: Origin, target: str) -> dict[str, Any]:
    """A content as an event of ours that puts it into the place of another event, `target`."""
    body = str(new["body"])
    return {
        "msgtype": "m.text",
        "body": f"* {body if len(body) <= _FALLBACK else body[:_FALLBACK] + '…'}",
        "m.new_content": dict(new),
        "m.relates_to": {"rel_type": "m.replace", "event_id": target},
        ORIGIN: origin_content(origin),
    }


def origin_content(origin: Origin) -> dict[str, Any]:
    content = {
        "login": origin.login,
        "chat": origin.chat,
        "message": origin.message,
        "signature": origin.signature,
    }
    return content if origin.kind == "message" else {**content, "kind": origin.kind, "version": origin.version}
