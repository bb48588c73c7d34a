"""Bale's JSON ↔ our model. Pure; raises nothing for odd input. Ids are made and parsed here and nowhere else.

Ids of people and chats are positive and pass 2^32; ids of messages count from 1 in each chat.
"""

from __future__ import annotations

from collections.abc import Mapping

from bridge.model import (
    BotMoved,
    Chat,
    ChatKind,
    Content,
    MemberRole,
    MessageSaid,
    Nothing,
    Person,
    RemoteEvent,
    Started,
    Text,
    Unreadable,
    Unsupported,
    Update,
)
from bridge.platforms import fields
from bridge.platforms.bale import media
from bridge.platforms.bale.markdown import as_marks, as_typed
from bridge.ports import Identity

_KINDS = {
    "private": ChatKind.PRIVATE,
    "group": ChatKind.GROUP,
    "supergroup": ChatKind.GROUP,
    "channel": ChatKind.CHANNEL,
}
_NO_FILES = ("contact", "location")
_SERVICE = (
    "new_chat_members",
    "left_chat_member",
    "new_chat_title",
    "new_chat_photo",
    "delete_chat_photo",
    "pinned_message",
    "group_chat_created",
    "successful_payment",
    "web_app_data",
)


def chat_id(number: object) -> str | None:
    return fields.identifier(fields.integer(number))


def chat_parameter(chat: str) -> str:
    return chat


def person_id(number: object) -> str | None:
    return fields.identifier(fields.integer(number))


def person_parameter(person: str) -> str:
    return person


def message_id(number: object) -> str | None:
    return fields.identifier(fields.integer(number))


def message_parameter(message: str) -> int | None:
    return fields.integer(message)


def owner_id(token: str) -> str | None:
    """The bot's own user id, which is the part of its token before the colon."""
    return person_id(token.partition(":")[0])


# --- updates as they come ---------------------------------------------------------------------------


def update_id(item: object) -> int | None:
    """The number that `offset` counts, where the update has a believable one."""
    number = fields.integer((fields.mapping(item) or {}).get("update_id"))
    return number if number is not None and 0 <= number < 2**63 else None


def update(item: object) -> Update:
    """One element of getUpdates. A message keeps its key under whatever update_id it comes again."""
    raw = fields.canonical(item)
    kind, body = _kind(item)
    message = fields.mapping(body.get("message")) or {} if kind == "callback_query" else body
    chat = chat_id((fields.mapping(message.get("chat")) or {}).get("id"))
    number = message_id(message.get("message_id"))
    if kind == "message" and chat is not None and number is not None:
        return Update(f"{chat}/{number}/new", chat, raw)
    if kind == "edited_message" and chat is not None and number is not None:
        version = fields.integer(message.get("edit_date")) or fields.digest(raw)
        return Update(f"{chat}/{number}/edit/{version}", chat, raw)
    return Update(f"other/{fields.digest(raw)}", chat or "", raw)


def _kind(item: object) -> tuple[str, Mapping[str, object]]:
    """The one key of an update that says what it is, and the object under it."""
    members = fields.mapping(item) or {}
    for name in ("message", "channel_post"):
        body = fields.mapping(members.get(name))
        if body is not None:
            return "message", body
    for name in sorted(members):
        body = fields.mapping(members[name])
        if body is not None:
            return fields.identifier(name) or "unknown", body
    return "unknown", {}


# --- updates as events ------------------------------------------------------------------------------


def event(update: Update, own_id: str | None) -> RemoteEvent:
    """What an update says. `own_id` is our bot's: it tells when we were added to a chat, or removed."""
    try:
        item = fields.parse(update.raw)
    except ValueError:
        return Nothing("unknown")
    kind, body = _kind(item)
    if kind != "message":
        return Nothing(kind)
    found = chat(body.get("chat"), body.get("from"))
    if found is None:
        return Nothing("message without a chat")
    number = message_id(body.get("message_id"))
    said = None if number is None else _said(body, found, number, own_id)
    return Unreadable(found, number or fields.digest(update.raw)) if said is None else said


def _said(
    message: Mapping[str, object], chat: Chat, number: str, own_id: str | None
) -> MessageSaid | BotMoved | Started | Nothing | None:
    """None where something is there that cannot be read."""
    service = next((name for name in _SERVICE if message.get(name)), None)
    if service is not None:
        return _moved(message, chat, own_id) or Nothing(service)
    content = _content(message, own=own_id is not None and _sender_id(message) == own_id)
    speaker = _speaker(message, chat)
    if content is None or speaker is None:
        return None
    sender = speaker[0]
    if chat.kind is ChatKind.PRIVATE and isinstance(content, Text):
        command, _, payload = content.body.strip().partition(" ")
        if command == "/start":
            return Started(chat, sender, payload.strip())
    answered = fields.mapping(message.get("reply_to_message")) or {}
    return MessageSaid(
        chat=chat,
        id=number,
        sender=sender,
        content=content,
        at=fields.milliseconds(message.get("date")),
        reply_to=message_id(answered.get("message_id")),
    )


def _moved(message: Mapping[str, object], chat: Chat, own_id: str | None) -> BotMoved | None:
    if own_id is None:
        return None
    arrived = message.get("new_chat_members")
    for user in arrived if isinstance(arrived, list) else [arrived]:
        if person_id((fields.mapping(user) or {}).get("id")) == own_id:
            return BotMoved(chat, present=True)
    gone = fields.mapping(message.get("left_chat_member")) or {}
    return BotMoved(chat, present=False) if person_id(gone.get("id")) == own_id else None


def _sender_id(message: Mapping[str, object]) -> str | None:
    return person_id((fields.mapping(message.get("from")) or {}).get("id"))


def _speaker(message: Mapping[str, object], chat: Chat) -> tuple[Person | None] | None:
    """Who speaks, in a tuple that holds None where the chat itself does; None where nobody can tell.

    With `sender_chat` set `from` holds a dummy, and a channel's own post has no usable `from` at all.
    """
    as_chat = fields.mapping(message.get("sender_chat"))
    if as_chat is not None:
        speaking = chat_id(as_chat.get("id"))
        if speaking is None or speaking == chat.id:
            return (None,)
        return (Person(speaking, fields.full_name(as_chat.get("title"), None, as_chat.get("username"))),)
    if chat.kind is ChatKind.CHANNEL:
        return (None,)
    if message.get("from") is None:
        return (Person(chat.id, chat.title) if chat.kind is ChatKind.PRIVATE else None,)
    sender = person(message.get("from"))
    return None if sender is None else (sender,)


def _content(message: Mapping[str, object], *, own: bool) -> Content | None:
    """None where the only thing in it is of the wrong type."""
    caption = as_marks(fields.text(message.get("caption")) or "")
    for kind in media.KINDS:
        if message.get(kind):
            return media.incoming(message, kind, *caption) or Unsupported(kind, *caption)
    for other in _NO_FILES:
        if message.get(other):
            return Unsupported(other, *caption)
    poll = fields.mapping(message.get("poll"))
    if poll is not None:
        return Unsupported("poll", fields.text(poll.get("question")) or "")
    if message.get("invoice"):
        return Unsupported("invoice", *caption)
    if not message.get("text"):
        return Unsupported("unknown", *caption)
    body = fields.text(message.get("text"))
    if body is None:
        return None
    shown, marks = as_marks(body)
    return Text(as_typed(shown)) if own else Text(shown, marks)


# --- objects ----------------------------------------------------------------------------------------


def chat(value: object, sender: object = None) -> Chat | None:
    """A Chat object; `sender` decides where the type is missing: a private chat has its person's id."""
    members = fields.mapping(value) or {}
    id = chat_id(members.get("id"))
    if id is None:
        return None
    kind = _KINDS.get(fields.text(members.get("type")) or "")
    if kind is None:
        alone = person_id((fields.mapping(sender) or {}).get("id")) == id
        kind = ChatKind.PRIVATE if alone else ChatKind.GROUP
    title = fields.full_name(members.get("title"), None)
    named = fields.full_name(members.get("first_name"), members.get("last_name"), members.get("username"))
    return Chat(id, kind, title or named)


def person(value: object) -> Person | None:
    """A User object. The Bot API marks nobody as a bridged copy, so `virtual` stays False."""
    members = fields.mapping(value) or {}
    id = person_id(members.get("id"))
    if id is None:
        return None
    name = fields.full_name(members.get("first_name"), members.get("last_name"), members.get("username"))
    return Person(id, name, is_bot=members.get("is_bot") is True)


def identity(value: object) -> Identity | None:
    """The User object of getMe."""
    bot = person(value)
    if bot is None:
        return None
    username = fields.text((fields.mapping(value) or {}).get("username")) or None
    return Identity(bot.id, username, bot.name or bot.id)


def sent_id(value: object) -> str | None:
    """The message id in the Message that a send gave back."""
    return message_id((fields.mapping(value) or {}).get("message_id"))


def role(value: object) -> MemberRole:
    """A ChatMember object."""
    members = fields.mapping(value) or {}
    match members.get("status"):
        case "creator" | "administrator":
            return MemberRole.ADMIN
        case "restricted" if members.get("is_member") is False:
            return MemberRole.NONE
        case "member" | "restricted":
            return MemberRole.MEMBER
        case "left" | "kicked":
            return MemberRole.NONE
        case _:
            return MemberRole.UNKNOWN


def role_among(administrators: object, person: str) -> MemberRole:
    """From getChatAdministrators: who is not in the list is a member. An empty list tells nothing."""
    if not isinstance(administrators, list) or not administrators:
        return MemberRole.UNKNOWN
    users = [fields.mapping((fields.mapping(member) or {}).get("user")) or {} for member in administrators]
    found = any(person_id(user.get("id")) == person for user in users)
    return MemberRole.ADMIN if found else MemberRole.MEMBER
