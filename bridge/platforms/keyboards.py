"""Keyboards, presses and their answers in Telegram's dialect, and what can stand on a button anywhere. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping

from bridge.outgoing import Button, Outgoing, Rows
from bridge.platforms import fields

_DATA_BYTES = 64
_FACE = 64
_ANSWER = 200


def markups(message: Outgoing, bar: Mapping[str, object]) -> tuple[Mapping[str, object] | None, ...]:
    """What to try as `reply_markup`, in this order: the buttons of a message, and nothing, for where a platform refuses
    them. `bar`: what else goes with those below the text field; a bar of no buttons takes away what stands there."""
    if not message.bar:
        rows = _rows(message.buttons, _inline)
        return ({"inline_keyboard": rows}, None) if rows else (None,)
    if not message.buttons:
        return {"remove_keyboard": True}, None
    rows = _rows(message.buttons, _key)
    return ({"keyboard": rows, **bar}, None) if rows else (None,)


def _rows(rows: Rows, made: Callable[[Button], dict[str, object] | None]) -> list[list[dict[str, object]]]:
    found = [[key for each in row if (key := made(each)) is not None] for row in rows]
    return [row for row in found if row]


def _inline(button: Button) -> dict[str, object] | None:
    """None for what does nothing below a message, such as asking for a number."""
    if button.url:
        return {"text": face(button.text), "url": button.url}
    if button.asks_number or not 1 <= len(button.data.encode("utf-8", "replace")) <= _DATA_BYTES:
        return None
    return {"text": face(button.text), "callback_data": button.data}


def _key(button: Button) -> dict[str, object] | None:
    """None for a link, which has no place below the text field. Of a tap there the words are all that comes back."""
    if button.url:
        return None
    return {"text": face(button.text)} | ({"request_contact": True} if button.asks_number else {})


def face(text: str) -> str:
    """What can stand on a button: one line of at most 64 characters, "…" where nothing could be read. How long one may
    be is told nowhere."""
    line = " ".join((fields.text(text) or "").split())
    if not any(unicodedata.category(each)[0] not in "CZ" for each in line):
        return "…"
    return line if len(line) <= _FACE else line[: _FACE - 1].rstrip() + "…"


def standing(markup: Mapping[str, object] | None) -> str:
    """All that stands on and behind the buttons of a `reply_markup`, which no error may tell."""
    rows = (markup or {}).get("inline_keyboard") or (markup or {}).get("keyboard")
    keys = [key for row in rows for key in row] if isinstance(rows, list) else []
    return " ".join(str(value) for key in keys for value in key.values())


def pressed_data(value: object) -> str:
    """The data of a press: what could be none of ours is ""."""
    data = fields.text(value) or ""
    return data if len(data.encode()) <= _DATA_BYTES else ""


def brief(words: str) -> str:
    """Words that answer a press, as far as they fit: 200 UTF-16 units, so that it fits however they are counted."""
    units = (fields.text(words) or "").encode("utf-16-le")
    if len(units) <= 2 * _ANSWER:
        return units.decode("utf-16-le")
    return units[: 2 * (_ANSWER - 1)].decode("utf-16-le", "ignore") + "…"
