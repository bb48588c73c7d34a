"""Buttons of ours as Rubika's keypad below the text field, and what a press of one says. Pure.

What is pressed there comes as a message with the button's id; that presses of buttons below a message come by polling,
too, is one source's word. So an id is the button's data. A button that brings nothing back has an id all the same, and
Rubika may tell it: these begin with a mark of their own, and mean nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from bridge.outgoing import Button, Outgoing, Rows
from bridge.platforms import botapi, fields

Keypad = Mapping[str, object]
"""What a message carries for the keypad below the text field."""
_NO_DATA = "~"


def forms(message: Outgoing) -> list[Keypad]:
    """A message's keypad, then what is left of it where Rubika refuses that, at last nothing. A bar of no buttons takes
    away what stands there. That a button can open a link is known from clients alone; a bar has none."""
    if message.bar and not message.buttons:
        return [{"chat_keypad_type": "Remove"}, {}]
    plain = tuple(tuple(button for button in row if not button.url) for row in message.buttons)
    made: list[Keypad] = []
    for rows in (plain,) if message.bar else (message.buttons, plain):
        keypad = _keypad(rows, stays=message.bar)
        if keypad not in made:
            made.append(keypad)
    return made if {} in made else [*made, {}]


def _keypad(rows: Rows, *, stays: bool) -> Keypad:
    """`stays`: it is not put away after a tap."""
    found: list[dict[str, object]] = []
    count = 0
    for row in rows:
        buttons = []
        for button in row:
            count += 1
            buttons.append(_button(button, button.data or f"{_NO_DATA}{count}"))
        if buttons:
            found.append({"buttons": buttons})
    if not found:
        return {}
    keypad = {"rows": found, "resize_keyboard": True, "one_time_keyboard": not stays}
    return {"chat_keypad": keypad, "chat_keypad_type": "New"}


def _button(button: Button, id: str) -> dict[str, object]:
    made: dict[str, object] = {"id": id, "type": "Simple", "button_text": botapi.face(button.text)}
    if button.url:
        made |= {"type": "Link", "button_link": {"type": "url", "link_url": button.url}}
    elif button.asks_number:
        made["type"] = "AskMyPhoneNumber"
    return made


def pressed(message: Mapping[str, object]) -> str | None:
    """The data of the button that made a message, None where none did."""
    id = fields.written((fields.mapping(message.get("aux_data")) or {}).get("button_id"))
    return id if id and not id.startswith(_NO_DATA) else None
