"""Eitaayar's JSON ↔ our model. Pure. Ids are made and parsed here and nowhere else.

A chat is what the operator wrote: a channel's or group's username, or its number in the Eitaayar panel. The
`chat.id` of an answer is no key (in the document's own sample it is the bot's).
"""

from __future__ import annotations

from bridge.model import Nothing, Update
from bridge.platforms import fields
from bridge.ports import Identity


def chat_id(written: str) -> str:
    """From what an operator writes: "@demo_channel" and "demo_channel" are the same chat."""
    return written.strip().removeprefix("@")


def chat_parameter(chat: str) -> str:
    return chat_id(chat)


def message_id(number: object) -> str | None:
    return fields.identifier(fields.integer(number))


def message_parameter(message: str) -> int | None:
    return fields.integer(message)


def event(_update: Update) -> Nothing:
    return Nothing("nothing is received from Eitaa")


def identity(value: object) -> Identity | None:
    """The result of getMe."""
    bot = fields.mapping(value) or {}
    id = fields.identifier(fields.integer(bot.get("id")))
    if id is None:
        return None
    username = fields.text(bot.get("username")) or None
    return Identity(id, username, fields.full_name(bot.get("first_name"), bot.get("last_name"), username) or id)


def sent_id(value: object) -> str | None:
    """The result of sendMessage."""
    return message_id((fields.mapping(value) or {}).get("message_id"))
