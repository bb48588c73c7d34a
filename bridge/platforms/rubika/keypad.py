"""Buttons of ours as Rubika's keypad below the text field, and what a press of one says. Pure.

What is pressed there comes as a message with the button's id; that presses of buttons below a message come by polling,
too, is one source's word. So an id is the button's data. A button that brings nothing back has an id all the same, and
Rubika may tell it: these begin with a mark of their own, and mean nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from bridge.outgoing import Button, Rows
from bridge.platforms import fields

Keypad = Mapping[str, object]
_NO_DATA = "~"


def forms(rows: Rows, *, stays: bool) -> list[Keypad | None]:
    """A keypad, then what is left of it where Rubika refuses that, at last nothing. That a button can open a link is
    known from clients alone. `stays`: it is not put away after a press."""
    plain = tuple(tuple(button for button in row if not button.url) for row in rows)
    made: list[Keypad | None] = []
    for each in (rows, plain):
        keypad = _keypad(each, stays)
        if keypad is not None and keypad not in made:
            made.append(keypad)
    return [*made, None]


def _keypad(rows: Rows, stays: bool) -> Keypad | None:
    found: list[dict[str, object]] = []
    count = 0
    for row in rows:
        buttons = []
        for button in row:
            count += 1
            buttons.append(_button(button, button.data or f"{_NO_DATA}{count}"))
        if buttons:
            found.append({"buttons": buttons})
    return {"rows": found, "resize_keyboard": True, "one_time_keyboard": not stays} if found else None


def _button(button: Button, id: str) -> dict[str, object]:
    made: dict[str, object] = {"id": id, "type": "Simple", "button_text": button.text}
    if button.url:
        made |= {"type": "Link", "button_link": {"type": "url", "link_url": button.url}}
    elif button.asks_number:
        made["type"] = "AskMyPhoneNumber"
    return made


def pressed(message: Mapping[str, object]) -> str | None:
    """The data of the button that made a message, None where none did."""
    id = fields.written((fields.mapping(message.get("aux_data")) or {}).get("button_id"))
    return id if id and not id.startswith(_NO_DATA) else None
