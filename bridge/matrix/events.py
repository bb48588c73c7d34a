"""Events as the homeserver tells of them, read: no type in them can be trusted."""

from __future__ import annotations

import re
from typing import Any, TypeGuard

from bridge.model import RoomEvent

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""What is legal JSON and can be in no database: NUL, and half of a surrogate pair."""


def read_event(raw: Any) -> RoomEvent | None:
    """One event of a transaction; None when what every event must have is not there."""
    if not isinstance(raw, dict):
        return None
    content = raw.get("content")
    id, room, type, sender = raw.get("event_id"), raw.get("room_id"), raw.get("type"), raw.get("sender")
    at, state_key = raw.get("origin_server_ts"), raw.get("state_key")
    if not (is_name(id) and is_name(room) and is_name(type) and is_name(sender) and isinstance(content, dict)):
        return None
    if isinstance(state_key, str) and _UNSTORABLE.search(state_key):
        return None
    if type == "m.room.redaction" and "redacts" not in content and isinstance(raw.get("redacts"), str):
        content = {**content, "redacts": raw["redacts"]}
    return RoomEvent(
        id,
        room,
        type,
        sender,
        at if isinstance(at, int) and not isinstance(at, bool) and 0 < at < 2**53 else 0,
        content,
        state_key if isinstance(state_key, str) else None,
        _encrypted(raw) if type == "m.room.member" else False,
        _before(raw) if isinstance(state_key, str) else {},
    )


def _encrypted(raw: dict[str, Any]) -> bool:
    """Whether an invitation says that its room is encrypted."""
    unsigned = raw.get("unsigned")
    told = unsigned.get("invite_room_state") if isinstance(unsigned, dict) else None
    return isinstance(told, list) and any(
        isinstance(each, dict) and each.get("type") == "m.room.encryption" for each in told
    )


def _before(raw: dict[str, Any]) -> dict[str, Any]:
    """What a state event took the place of. Source: the specification, "UnsignedData"."""
    unsigned = raw.get("unsigned")
    told = unsigned.get("prev_content") if isinstance(unsigned, dict) else None
    return told if isinstance(told, dict) else {}


def is_name(value: object) -> TypeGuard[str]:
    """Whether something can be an id, a type or a user, and be kept as one: not empty, at most 255 characters."""
    return isinstance(value, str) and 0 < len(value) <= 255 and not _UNSTORABLE.search(value)
