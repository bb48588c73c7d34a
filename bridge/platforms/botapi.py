"""What bot APIs that speak Telegram's dialect say alike: people, contacts, polls, forwards, lines of the app's own.

A platform whose API has such a thing names what of it there is; polls and `forward_origin` were seen where nothing
documents them. Pure; raises nothing for odd input.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bridge.model import Chat, ChatKind, Contact, Person, Poll, ServiceLine
from bridge.platforms import fields


def contact(value: object) -> Contact:
    """Whose number it is, the API tells by a user id, which is missing (or 0) where the app does not know."""
    card = fields.mapping(value) or {}
    name = fields.full_name(card.get("first_name"), card.get("last_name"))
    owner = fields.integer(card.get("user_id")) or 0
    return Contact(name or "", fields.written(card.get("phone_number")), str(owner) if owner > 0 else "")


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
