"""Keyboards on the simulated Bale: what a bot may send as one, and what people tap there.

An inline keyboard belongs to its message, and an edit without one takes it away; any other stays below the text field
of the chat until a message brings the next one, or `remove_keyboard`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridge.platforms.simulation import Bot, Button, Chat, ControlError, Form, FormError, Message, Person, Press, Rows

from .simulator_objects import message_object, user_object

if TYPE_CHECKING:
    from .simulator import BaleSimulator

INLINE_ACTIONS = ("url", "callback_data", "web_app", "copy_text")
LONGEST_DATA = 64


@dataclass(frozen=True, slots=True)
class Markup:
    """A `reply_markup` that was checked. `bar` is None where it leaves what stands below the text field alone."""

    fields: dict[str, Any]
    inline: Rows = ()
    bar: Rows | None = None

    def stand(self, message: Message) -> None:
        """Where the message was posted, or edited."""
        message.wire.pop("reply_markup", None)
        message.wire |= self.fields
        message.buttons = self.inline
        if self.bar is not None:
            message.chat.bar = self.bar


def markup_of(form: Form, chat: Chat | None = None) -> Markup:
    """Nobody has seen a number asked for in a group; there it is taken to be wrong, as elsewhere."""
    given = form.nested("reply_markup")
    if given is None:
        return Markup({})
    match given:
        case {"remove_keyboard": True}:
            return Markup({}, bar=())
        case {"inline_keyboard": list(rows)}:
            inline = tuple(tuple(_inline(each) for each in _row(row)) for row in rows)
            return Markup({"reply_markup": {"inline_keyboard": rows}} if rows else {}, inline=inline)
        case {"keyboard": list(rows)}:
            bar = tuple(tuple(_key(each) for each in _row(row)) for row in rows)
            if chat is not None and chat.kind != "private" and any(each.asks_number for row in bar for each in row):
                raise _wrong()
            return Markup({}, bar=bar)
    raise _wrong()


def _row(row: object) -> list[object]:
    if not isinstance(row, list):
        raise _wrong()
    return row


def _inline(given: object) -> Button:
    """With exactly one thing to do."""
    if not isinstance(given, dict) or sum(given.get(action) is not None for action in INLINE_ACTIONS) != 1:
        raise _wrong()
    data, url = given.get("callback_data", ""), given.get("url", "")
    if not isinstance(data, str) or len(data.encode("utf-8", "surrogatepass")) > LONGEST_DATA:
        raise _wrong()
    if not isinstance(url, str) or ("callback_data" in given and not data) or ("url" in given and "://" not in url):
        raise _wrong()
    return Button(_text(given), data, url)


def _key(given: object) -> Button:
    if isinstance(given, str):
        given = {"text": given}
    if not isinstance(given, dict) or given.keys() & set(INLINE_ACTIONS) - {"web_app"}:
        raise _wrong()
    return Button(_text(given), asks_number=given.get("request_contact") is True)


def _text(given: dict[str, Any]) -> str:
    text = given.get("text")
    if not isinstance(text, str) or not text.strip():
        raise _wrong()
    return text


def _wrong() -> FormError:
    return FormError("reply_markup", "reply_markup: must be a valid value")


# -- what people do


class Keyboards:
    def __init__(self, sim: BaleSimulator) -> None:
        self._sim = sim
        self._queries = 0

    def pressed(self, message: Message, person: Person, button: str) -> None:
        if not message.chat.has(person):
            raise ControlError(f"{person.id} is not a member of {message.chat.id}")
        for each in (b for row in message.buttons for b in row):
            if button in (each.text, each.data) and each.data:
                self._query(message, person, each.data)
                return
        raise ControlError(f"no such button under {message.message_id}")

    def _query(self, message: Message, person: Person, data: str) -> None:
        if not isinstance(message.sender, Bot):
            raise ControlError("nobody would be told")
        sim, options, bot = self._sim, self._sim.options, message.sender
        self._queries += 1
        # An id that begins with 1 belongs to an old client, which shows no answer.
        query: dict[str, Any] = {
            "id": f"{'1' if options.old_clients else '9'}{self._queries:06d}",
            "from": user_object(person),
            "data": data,
        }
        if options.query_message:
            query["message"] = message_object(message)
        if options.chat_instance:
            query["chat_instance"] = message.chat.id

        def tell() -> None:
            sim.lines[bot.id].queue.put({"callback_query": query})

        sim.world.presses.add(
            Press(query["id"], bot.id, message.chat.id, message.message_id, person.id, data, tell),
        )

    def answered(self, bot: Bot, query: str, words: str) -> bool:
        """False: it is no query of this bot's that waits."""
        return self._sim.world.presses.answer(bot.id, query, "" if query.startswith("1") else words)
