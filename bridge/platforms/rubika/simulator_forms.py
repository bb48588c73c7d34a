"""What a call to the simulated Rubika may look like: parameters, formatting ranges, keypads, commands.

Shapes and limits: the platform's list of methods; where sources disagree, the reading is said beside it.
"""

from __future__ import annotations

import json
import re
from typing import Any

from aiohttp import web

from bridge.platforms.simulation import ControlError, Look

INVALID_INPUT = "INVALID_INPUT"
INVALID_ACCESS = "INVALID_ACCESS"

TEXT_LIMIT = 4096
CAPTION_LIMIT = 2048
PARTS_LIMIT = 30
BODY_LIMIT = 32 * 1024 * 1024

PART_TYPES = frozenset(
    ("Bold", "Italic", "Mono", "Underline", "Strike", "Spoiler", "Link", "MentionText", "Pre", "Quote")
)
BUTTON_TYPES = frozenset(
    [
        "Simple",
        "Selection",
        "Calendar",
        "NumberPicker",
        "StringPicker",
        "Location",
        "CameraImage",
        "CameraVideo",
        "GalleryImage",
        "GalleryVideo",
        "File",
        "Audio",
        "RecordAudio",
        "Textbox",
        "Link",
        "AskMyPhoneNumber",
        "AskMyLocation",
        "Barcode",
        "Payment",
        "MyPhoneNumber",
        "MyLocation",
    ]
)
BUTTON_PARTS = {
    "Selection": "button_selection",
    "Calendar": "button_calendar",
    "NumberPicker": "button_number_picker",
    "StringPicker": "button_string_picker",
    "Location": "button_location",
    "Textbox": "button_textbox",
    "Link": "button_link",
}
COMMAND = re.compile(r"[a-z0-9_]{1,32}")


class Refused(Exception):
    """The call ends with this status string; the words go into the answer beside it."""

    def __init__(self, status: str, words: str) -> None:
        super().__init__(status)
        self.status = status
        self.words = words


def bad_input(words: str) -> Refused:
    return Refused(INVALID_INPUT, words)


def no_access(words: str) -> Refused:
    return Refused(INVALID_ACCESS, words)


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


async def read_parameters(request: web.Request) -> dict[str, Any]:
    """One JSON object; an empty body is an empty one. Raises Refused."""
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > BODY_LIMIT:
            raise bad_input("the body is too large")
    if not body.strip():
        return {}
    if request.content_type != "application/json":
        raise bad_input("the body must be application/json")
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        raise bad_input("the body is not JSON") from None
    if not isinstance(values, dict):
        raise bad_input("the body must be a JSON object")
    return values


class Parameters:
    """One call's parameters. Unknown keys pass; every reader raises Refused for a wrong value."""

    def __init__(self, values: dict[str, Any], *, nulls_refused: bool, utf16: bool) -> None:
        if nulls_refused and (empty := [name for name, value in values.items() if value is None]):
            raise bad_input(f"{empty[0]} is null")
        self._values = {name: value for name, value in values.items() if value is not None}
        self._utf16 = utf16

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def raw(self, name: str) -> Any:
        return self._values.get(name)

    def maybe_text(self, name: str, most: int, least: int = 0) -> str | None:
        """`least` and `most` in the unit that the simulator is set to."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise bad_input(f"{name} must be a string")
        if not least <= (utf16_length(value) if self._utf16 else len(value)) <= most:
            raise bad_input(f"{name} must be {least} to {most} characters long")
        return value

    def text(self, name: str, most: int, least: int = 1) -> str:
        if (value := self.maybe_text(name, most, least)) is None:
            raise bad_input(f"{name} is missing")
        return value

    def message_id(self, name: str = "message_id") -> str:
        """A string; a client that sends a whole number works too."""
        value = self._values.get(name)
        if type(value) is int:
            return str(value)
        return self.text(name, 64)

    def whole(self, name: str, least: int, most: int, default: int) -> int:
        value = self._values.get(name, default)
        if type(value) is not int or not least <= value <= most:
            raise bad_input(f"{name} must be a whole number from {least} to {most}")
        return value

    def number(self, name: str, most: float) -> str:
        """A number or a numeric string."""
        value = self._values.get(name)
        try:
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                raise ValueError
            if not -most <= float(value) <= most:
                raise ValueError
        except ValueError:
            raise bad_input(f"{name} must be a number from -{most:g} to {most:g}") from None
        return str(value)

    def flag(self, name: str) -> bool:
        value = self._values.get(name, False)
        if not isinstance(value, bool):
            raise bad_input(f"{name} must be true or false")
        return value

    def choice(self, name: str, choices: frozenset[str], default: str | None = None) -> str:
        value = self._values.get(name, default)
        if not isinstance(value, str) or value not in choices:
            raise bad_input(f"{name} must be one of {', '.join(sorted(choices))}")
        return value

    def metadata(self, text: str) -> dict[str, Any] | None:
        """Formatting ranges over `text`, in UTF-16 units, as they were sent."""
        if "metadata" not in self:
            return None
        parts = _rows(self.raw("metadata"), "meta_data_parts", "metadata")
        if len(parts) > PARTS_LIMIT:
            raise bad_input(f"metadata has more than {PARTS_LIMIT} parts")
        length = utf16_length(text)
        for part in parts:
            _check_part(part, length)
        return {"meta_data_parts": parts}

    def keypad(self, name: str) -> dict[str, Any] | None:
        if name not in self:
            return None
        keypad = self.raw(name)
        if not (rows := _rows(keypad, "rows", name)):
            raise bad_input(f"{name} has no rows")
        for row in rows:
            if not (buttons := _rows(row, "buttons", name)):
                raise bad_input(f"{name} has a row without buttons")
            for button in buttons:
                _check_button(button, name)
        for flag in ("resize_keyboard", "on_time_keyboard", "one_time_keyboard"):
            if not isinstance(keypad.get(flag, False), bool):
                raise bad_input(f"{name}.{flag} must be true or false")
        return dict(keypad)

    def strings(self, name: str, least: int, most: int, longest: int) -> list[str]:
        values = self.raw(name)
        if not isinstance(values, list) or not least <= len(values) <= most:
            raise bad_input(f"{name} must be a list of {least} to {most}")
        if not all(isinstance(each, str) and 1 <= len(each) <= longest for each in values):
            raise bad_input(f"{name} must hold strings of 1 to {longest} characters")
        return list(values)

    def commands(self) -> list[dict[str, str]]:
        """All of a bot's commands; an empty list clears them."""
        values = self.raw("bot_commands")
        if not isinstance(values, list):
            raise bad_input("bot_commands must be a list")
        for each in values:
            if not isinstance(each, dict) or not each.keys() <= {"command", "description"}:
                raise bad_input("a command is {command, description}")
            command, description = each.get("command"), each.get("description")
            if not isinstance(command, str) or not COMMAND.fullmatch(command):
                raise bad_input("command must be 1 to 32 of a-z, 0-9 and _")
            if not isinstance(description, str) or len(description) > 256:
                raise bad_input("description must be a string of up to 256 characters")
        return list(values)


# -- how a text looks

_LOOKS = {
    "bold": "Bold",
    "italic": "Italic",
    "code": "Mono",
    "underline": "Underline",
    "strike": "Strike",
    "spoiler": "Spoiler",
    "link": "Link",
    "mention": "MentionText",
    "pre": "Pre",
    "quote": "Quote",
}
_VALUES = {"Link": "link_url", "MentionText": "mention_text_user_id", "Pre": "language"}


def looks_of(text: str, metadata: dict[str, Any] | None) -> tuple[Look, ...]:
    """What the app makes of checked ranges."""
    names = {part_type: name for name, part_type in _LOOKS.items()}
    units = text.encode("utf-16-le", "surrogatepass")
    looks = []
    for part in (metadata or {}).get("meta_data_parts", ()):
        first, length = part["from_index"], part["length"]
        words = units[2 * first : 2 * (first + length)].decode("utf-16-le", "replace")
        value = part.get(_VALUES.get(part["type"], ""), "")
        looks.append(Look(names[part["type"]], words, value if isinstance(value, str) else ""))
    return tuple(looks)


def metadata_of(text: str, looks: tuple[Look, ...]) -> dict[str, Any]:
    """The ranges that a person's app makes of it."""
    parts = []
    for look in looks:
        if look.kind not in _LOOKS:
            raise ControlError(f"people cannot write {look.kind} here")
        part: dict[str, Any] = {
            "type": _LOOKS[look.kind],
            "from_index": utf16_length(text[: text.index(look.words)]),
            "length": utf16_length(look.words),
        }
        if look.value:
            part[_VALUES[part["type"]]] = look.value
        parts.append(part)
    return {"meta_data_parts": parts}


def _rows(value: Any, name: str, where: str) -> list[dict[str, Any]]:
    rows = value.get(name) if isinstance(value, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise bad_input(f"{where} must be {{{name}: [..]}}")
    return rows


def _check_part(part: dict[str, Any], text_length: int) -> None:
    kind, start, length = part.get("type"), part.get("from_index"), part.get("length")
    if kind not in PART_TYPES:
        raise bad_input("metadata: unknown type")
    if type(start) is not int or type(length) is not int:
        raise bad_input("metadata: from_index and length must be whole numbers")
    if start < 0 or length < 1 or start + length > text_length:
        raise bad_input("metadata: the range lies outside the text")
    # The user protocol's names for the same things are sent by one widespread client.
    if kind == "Link" and not (isinstance(part.get("link_url"), str) or isinstance(part.get("link"), dict)):
        raise bad_input("metadata: link_url is missing")
    if kind == "MentionText" and not any(
        isinstance(part.get(name), str) for name in ("mention_text_user_id", "mention_text_object_guid")
    ):
        raise bad_input("metadata: mention_text_user_id is missing")


def _check_button(button: dict[str, Any], where: str) -> None:
    """What more a button carries is an object of its own, named after its type."""
    if not all(isinstance(button.get(name), str) and button[name] for name in ("id", "button_text")):
        raise bad_input(f"{where}: a button has an id and a button_text")
    if (kind := button.get("type")) not in BUTTON_TYPES:
        raise bad_input(f"{where}: unknown type of button")
    if (part := BUTTON_PARTS.get(kind)) is None:
        return
    if not isinstance(more := button.get(part), dict):
        raise bad_input(f"{where}: a {kind} button has a {part}")
    if kind == "Link" and more.get("type") == "url" and not isinstance(more.get("link_url"), str):
        raise bad_input(f"{where}: button_link has no link_url")
