"""Keyboards on the simulated Soroush Plus: what a bot may send as one, and what people tap there.

An inline keyboard is part of its message and goes with the next edit that brings none; the other kind stays below the
chat's text field until another takes its place, or `remove_keyboard`. Buttons of mini-apps are not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bridge.platforms.simulation import Bot, Button, Chat, ControlError, Form, FormError, Message, Person, Press, Rows

from .simulator_objects import message_object, user_object

if TYPE_CHECKING:
    from .simulator import SoroushSimulator

FIRST_QUERY = 777
FLAGS = ("request_contact", "request_location")


class BadData(Exception):
    """A button whose data is not of 1 to 64 bytes."""


@dataclass(frozen=True, slots=True)
class Keyboard:
    """`bar` is None for what changes nothing below the text field."""

    wire: dict[str, Any]
    inline: Rows = ()
    bar: Rows | None = None

    def put(self, message: Message) -> None:
        message.wire = {name: value for name, value in message.wire.items() if name != "reply_markup"} | self.wire
        message.buttons = self.inline
        if self.bar is not None:
            message.chat.bar = self.bar


def keyboard_of(form: Form, chat: Chat) -> Keyboard:
    """What `reply_markup` is. Raises FormError, BadData."""
    given = form.nested("reply_markup")
    if given is None:
        return Keyboard({})
    if not isinstance(given, dict):
        raise FormError("reply_markup", "object expected as reply markup")
    if given.get("remove_keyboard") is True:
        return Keyboard({}, bar=())
    if "inline_keyboard" in given:
        rows = tuple(tuple(map(_inline, row)) for row in _rows(given["inline_keyboard"]))
        return Keyboard({"reply_markup": {"inline_keyboard": given["inline_keyboard"]}} if rows else {}, rows)
    if "keyboard" in given:
        bar = tuple(tuple(map(_key, row)) for row in _rows(given["keyboard"]))
        if chat.kind != "private" and any(each.asks_number for row in bar for each in row):
            raise FormError("reply_markup", "phone number can be requested in private chats only")
        for name in ("resize_keyboard", "one_time_keyboard"):
            if not isinstance(given.get(name, False), bool):
                raise FormError("reply_markup", f"{name} must be of type Boolean")
        return Keyboard({}, bar=bar)
    if "force_reply" in given:
        raise FormError("reply_markup", "NOT_SUPPORTED")
    raise FormError("reply_markup", "can't parse reply keyboard markup JSON object")


def _rows(given: object) -> list[list[dict[str, Any]]]:
    if not isinstance(given, list) or not all(isinstance(row, list) for row in given):
        raise FormError("reply_markup", "can't parse reply keyboard markup JSON object")
    for each in (button for row in given for button in row):
        if not isinstance(each, dict) or not isinstance(each.get("text"), str) or not each["text"].strip():
            raise FormError("reply_markup", "a button must have text")
    return given


def _inline(given: dict[str, Any]) -> Button:
    data, url = given.get("callback_data"), given.get("url")
    if (data is None) is (url is None):
        raise FormError("reply_markup", "text buttons are unallowed in the inline keyboard")
    if data is not None and not (isinstance(data, str) and 1 <= len(data.encode("utf-8", "surrogatepass")) <= 64):
        raise BadData
    if url is not None:
        try:
            parts = urlsplit(url if isinstance(url, str) else "")
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise FormError("reply_markup", "inline keyboard button URL is invalid")
    return Button(given["text"], data or "", url or "")


def _key(given: dict[str, Any]) -> Button:
    if given.keys() - {"text", *FLAGS}:
        raise FormError("reply_markup", "a button of a reply keyboard has text only")
    if not all(isinstance(given.get(flag, False), bool) for flag in FLAGS):
        raise FormError("reply_markup", "request_contact must be of type Boolean")
    return Button(given["text"], asks_number=given.get("request_contact", False))


# -- what people do


def press(sim: SoroushSimulator, message: Message, person: Person, button: str) -> None:
    """`button`: the words on one, or its data."""
    if not message.chat.has(person):
        raise ControlError(f"{person.id} is not a member of {message.chat.id}")
    bot = message.sender
    if not isinstance(bot, Bot):
        raise ControlError("nobody would be told")
    pressed = [each for row in message.buttons for each in row if each.data and button in (each.text, each.data)]
    if not pressed:
        raise ControlError(f"no such button under {message.message_id}")
    id, data = str(FIRST_QUERY + len(sim.world.presses.rows())), pressed[0].data
    query = {"id": id, "from": user_object(person), "data": data}
    if not sim.options.query_alone:
        query["message"] = message_object(message)
    where = (message.chat.id, message.message_id, person.id, data)
    sim.world.presses.add(Press(id, bot.id, *where, tell=lambda: sim.queue(bot, "callback_query", query)))
