"""What bot APIs that speak Telegram's dialect say alike: people, contacts, polls, forwards, lines of the app's own,
keyboards.

A platform whose API has such a thing names what of it there is; polls and `forward_origin` were seen where nothing
documents them. Pure; raises nothing for odd input.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace

from bridge.model import Chat, ChatKind, Contact, Person, Poll, ServiceLine
from bridge.outgoing import Button, Outgoing, Rows
from bridge.platforms import fields

DATA_BYTES = 64
_FACE = 64
_ANSWER = 200
_SPOKEN = ("text", "caption", "name", "latitude", "longitude", "first_name", "phone_number")


def username(user: Mapping[str, object]) -> str:
    """As `Person.username`, from a User or a Chat."""
    return fields.username(user.get("username"))


def language(user: Mapping[str, object]) -> str:
    """As `Person.language`."""
    return fields.language(user.get("language_code"))


def known(chat: Chat | None, told: object) -> Chat | None:
    """A chat as getChat tells of it (`told`): a private one has its person's id and names."""
    if chat is None or chat.kind is not ChatKind.PRIVATE:
        return chat
    return replace(chat, person=Person(chat.id, chat.title, username=username(fields.mapping(told) or {})))


def contact(value: object) -> Contact:
    """Whose number it is, the API tells by a user id, which is missing (or 0) where the app does not know."""
    card = fields.mapping(value) or {}
    name = fields.full_name(card.get("first_name"), card.get("last_name"))
    owner = fields.integer(card.get("user_id")) or 0
    return Contact(
        name or "", fields.written(card.get("phone_number")), fields.identifier(owner) or "" if owner > 0 else ""
    )


def poll(value: object) -> Poll:
    """Options were seen as objects, and might be plain text."""
    told = fields.mapping(value) or {}
    listed = told.get("options")
    options = (
        [(fields.mapping(each) or {"text": each}).get("text") for each in listed] if isinstance(listed, list) else []
    )
    return Poll(
        fields.text(told.get("question")) or "",
        tuple(fields.text(option) or "" for option in options),
        several=told.get("allows_multiple_answers") is True,
        closed=told.get("is_closed") is True,
    )


def first_author(message: Mapping[str, object]) -> str | None:
    """The name of the channel or person that wrote first what was forwarded; None where none is told."""
    origin = fields.mapping(message.get("forward_origin")) or {}
    for author in (
        message.get("forward_from_chat"),
        origin.get("chat"),
        message.get("forward_from"),
        origin.get("sender_user"),
    ):
        known = fields.mapping(author) or {}
        name = fields.full_name(known.get("title"), None) or fields.full_name(
            known.get("first_name"), known.get("last_name"), known.get("username")
        )
        if name is not None:
            return name
    return None


def service_line(message: Mapping[str, object]) -> tuple[ServiceLine, object] | None:
    """A line that the app wrote by itself about a group, and the id of the message that it is about."""
    title = fields.text(message.get("new_chat_title"))
    if title:
        return ServiceLine("title", title), None
    if message.get("new_chat_photo"):
        return ServiceLine("picture"), None
    if message.get("delete_chat_photo"):
        return ServiceLine("no_picture"), None
    pinned = fields.mapping(message.get("pinned_message"))
    return None if pinned is None else (ServiceLine("pin"), pinned.get("message_id"))


# --- keyboards --------------------------------------------------------------------------------------


def keyboards(message: Outgoing, bar: Mapping[str, object]) -> tuple[Mapping[str, object] | None, ...]:
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
    if button.asks_number or not 1 <= len(button.data.encode("utf-8", "replace")) <= DATA_BYTES:
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


def spoken(parameters: Mapping[str, object]) -> str:
    """All that somebody said, of the parameters of a call: no error may tell it."""
    words = " ".join(str(parameters.get(name, "")) for name in _SPOKEN)
    return f"{words} {standing(fields.mapping(parameters.get('reply_markup')))}"


def pressed_data(value: object) -> str:
    """The data of a press: what could be none of ours is ""."""
    data = fields.text(value) or ""
    return data if len(data.encode()) <= DATA_BYTES else ""


def brief(words: str) -> str:
    """Words that answer a press, as far as they fit: 200 UTF-16 units, so that it fits however they are counted."""
    units = (fields.text(words) or "").encode("utf-16-le")
    if len(units) <= 2 * _ANSWER:
        return units.decode("utf-16-le")
    return units[: 2 * (_ANSWER - 1)].decode("utf-16-le", "ignore") + "…"
