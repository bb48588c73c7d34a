"""Keypads on the simulated Rubika: what stands on them, and what people tap there.

A keypad below a message is the message's; the one below the text field is the private chat's, until another takes its
place or it is removed. A tap there makes a message; of a press below a message a bot hears in another way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bridge.platforms.simulation import Bot, Button, Chat, ControlError, Message, Person, Press, Rows

from .simulator_objects import wire_id
from .simulator_things import thing_fields

if TYPE_CHECKING:
    from .simulator import RubikaSimulator

Keypad = dict[str, Any]


def rows_of(keypad: Keypad | None) -> Rows:
    """Of a keypad that was checked."""
    return tuple(tuple(_button(each) for each in row["buttons"]) for row in (keypad or {}).get("rows", ()))


def _button(key: dict[str, Any]) -> Button:
    match key["type"]:
        case "Link":
            return Button(key["button_text"], url=key["button_link"].get("link_url", ""))
        case "AskMyPhoneNumber":
            return Button(key["button_text"], asks_number=True)
        case _:
            return Button(key["button_text"], key["id"])


class Keypads:
    def __init__(self, sim: RubikaSimulator) -> None:
        self._sim = sim
        self._of_chats: dict[str, Keypad] = {}

    def stand_below(self, message: Message, keypad: Keypad | None) -> None:
        message.wire["keypad"] = keypad
        message.buttons = rows_of(keypad)

    def stand_in(self, chat: Chat, keypad: Keypad | None) -> None:
        self._of_chats[chat.id] = keypad or {}
        chat.bar = rows_of(keypad)

    # -- what people do

    def tapped(self, chat: Chat, person: Person, button: Button) -> None:
        """A link is opened in the app, and nobody is told."""
        key = self._key(chat, button)
        match key["type"]:
            case "Simple":
                self._sim.post(chat, person, key["button_text"], by="person", fields=_aux(key))
            case "Link":
                return
            case kind:
                raise ControlError(f"people cannot tap a {kind} button here")

    def number_shared(self, chat: Chat, person: Person) -> Message:
        """Whose number it is, nothing says."""
        key = self._key(chat, next(each for row in chat.bar for each in row if each.asks_number))
        card = {"name": person.name, "phone": person.phone, "owner": ""}
        fields = thing_fields("contact", card, person) | _aux(key)
        return self._sim.post(chat, person, "", by="person", kind="contact", fields=fields, thing=card)

    def _key(self, chat: Chat, button: Button) -> dict[str, Any]:
        if chat.bot is not None and not chat.has(chat.bot):
            raise ControlError("the bot is stopped in this chat")
        rows = self._of_chats.get(chat.id, {}).get("rows", ())
        return next(key for row in rows for key in row["buttons"] if _button(key) == button)

    def pressed(self, message: Message, person: Person, button: str) -> None:
        """`button`: what stands on one below the message, or its id."""
        chat, bot = message.chat, message.sender
        if not chat.has(person):
            raise ControlError(f"{person.id} is not a member of {chat.id}")
        found = [each for row in message.buttons for each in row if each.data and button in (each.text, each.data)]
        if not found or not isinstance(bot, Bot):
            raise ControlError(f"no button {button} here", 404)
        told = {
            "sender_id": person.id,
            "text": found[0].text,
            "message_id": wire_id(message.message_id, self._sim.options),
            "aux_data": {"button_id": found[0].data},
        }
        update = self._sim.update_object("InlineMessage", chat, told)

        def tell() -> None:
            inline = {"inline_message": {"chat_id": chat.id, **told}}
            if not self._sim.endpoints.put(bot, "ReceiveInlineMessage", inline) and self._sim.options.inline_by_polling:
                self._sim.deliver(bot, update)

        id = f"press-{len(self._sim.world.presses.rows()) + 1}"
        where = (chat.id, message.message_id, person.id, found[0].data)
        self._sim.world.presses.add(Press(id, bot.id, *where, tell, awaited=False))


def _aux(key: dict[str, Any]) -> dict[str, Any]:
    return {"aux_data": {"button_id": key["id"]}}
