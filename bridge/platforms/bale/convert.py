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
    MembersMoved,
    MessageEdited,
    MessageSaid,
    Nothing,
    Person,
    Picture,
    Pressed,
    RemoteEvent,
    Started,
    Text,
    Unreadable,
    Unsupported,
    Update,
)
from bridge.platforms import botapi, fields
from bridge.platforms.bale import media, things
from bridge.platforms.bale.markdown import as_marks, as_typed
from bridge.ports import Identity

_KINDS = {
    "private": ChatKind.PRIVATE,
    "group": ChatKind.GROUP,
    "supergroup": ChatKind.GROUP,
    "channel": ChatKind.CHANNEL,
}
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
_POSTS = {
    "message": "message",
    "channel_post": "message",
    "edited_message": "edited_message",
    "edited_channel_post": "edited_message",
}
"""What an update may have for a message. Posts of channels are documented under neither name of their own."""
_PRESS = "callback_query"
_AROUND = ("from", "chat", "sender_chat", "reply_to_message")


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


def moment(item: object) -> int:
    """When what an update tells of happened, in Unix milliseconds; 0 where it does not say."""
    _, body = _kind(item)
    return fields.milliseconds(body.get("edit_date")) or fields.milliseconds(body.get("date"))


def update(item: object) -> Update:
    """One element of getUpdates. A message, or a press, keeps its key under whatever update_id it comes again."""
    raw = fields.canonical(item)
    kind, body = _kind(item)
    pressed = _pressed(body) if kind == _PRESS else None
    if pressed is not None:
        return Update(f"press/{pressed.id}", pressed.chat.id, raw)
    chat = chat_id((fields.mapping(body.get("chat")) or {}).get("id"))
    number = message_id(body.get("message_id"))
    if chat is not None and number is not None:
        if kind == "message":
            return Update(f"{chat}/{number}/new", chat, raw)
        if kind == "edited_message":
            return Update(f"{chat}/{number}/edit/{_version(item, body)}", chat, raw)
    return Update(f"other/{fields.digest(raw)}", chat or "", raw)


def _version(item: object, message: Mapping[str, object]) -> str:
    """Tells the edits of a message apart. The time alone does not (it counts seconds), nor does what the message says
    (it may be changed back). What surrounds the message may have changed when it is told again."""
    content = {name: value for name, value in message.items() if name not in _AROUND}
    when = fields.milliseconds(message.get("edit_date")) // 1000 or update_id(item) or 0
    return f"{when}-{fields.digest(fields.canonical(content))[:16]}"


def _kind(item: object) -> tuple[str, Mapping[str, object]]:
    """The one key of an update that says what it is, and the object under it."""
    members = fields.mapping(item) or {}
    for name, kind in _POSTS.items():
        body = fields.mapping(members.get(name))
        if body is not None:
            return kind, body
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
    if kind == _PRESS:
        return _pressed(body) or Nothing(f"unreadable {kind}")
    if kind not in _POSTS.values():
        return Nothing(kind)
    found = chat(body.get("chat"), body.get("from"))
    if found is None:
        return Nothing(f"{kind} without a chat")
    service = fields.first(_SERVICE, body)
    if service is not None:
        told = (_moved(body, found, own_id) or _service_line(body, found)) if kind == "message" else None
        return told or Nothing(service)
    number = message_id(body.get("message_id"))
    said = None if number is None else _said(body, found, number, own_id)
    if kind == "edited_message":
        if things.moves(body):
            return Nothing("live location")
        if said is None:
            return Nothing("unreadable edited_message")
        return MessageEdited(said, _version(item, body), at=fields.milliseconds(body.get("edit_date")))
    if said is None:
        return Unreadable(found, number or fields.digest(update.raw))
    return _started(said) or said


def _pressed(query: Mapping[str, object]) -> Pressed | None:
    """Without its message, which is optional, it is one of the private chat, which has its person's id."""
    id, who = fields.identifier(query.get("id")), person(query.get("from"))
    if id is None or who is None:
        return None
    message = fields.mapping(query.get("message")) or {}
    where = chat(message.get("chat"), query.get("from"))
    data = botapi.pressed_data(query.get("data"))
    if where is None:
        return Pressed(Chat(who.id, ChatKind.PRIVATE, who.name), id, who, data)
    return Pressed(where, id, who, data, message_id(message.get("message_id")))


def _said(message: Mapping[str, object], chat: Chat, number: str, own_id: str | None) -> MessageSaid | None:
    """None where something is there that cannot be read."""
    content = _content(message, own=own_id is not None and _sender_id(message) == own_id)
    speaker = _speaker(message, chat)
    if content is None or speaker is None:
        return None
    answered = fields.mapping(message.get("reply_to_message")) or {}
    return MessageSaid(
        chat=chat,
        id=number,
        sender=speaker[0],
        content=content,
        at=fields.milliseconds(message.get("date")),
        reply_to=message_id(answered.get("message_id")),
        forwarded=things.forwarded(message),
    )


def _started(said: MessageSaid) -> Started | None:
    if said.chat.kind is not ChatKind.PRIVATE or not isinstance(said.content, Text):
        return None
    command, _, payload = said.content.body.strip().partition(" ")
    return Started(said.chat, said.sender, payload.strip()) if command == "/start" else None


def _moved(message: Mapping[str, object], chat: Chat, own_id: str | None) -> BotMoved | MembersMoved | None:
    """Our bot's own move counts more than those of people who came with it. While we do not know who we are, nothing
    is told."""
    if own_id is None:
        return None
    arrived = message.get("new_chat_members")
    users = arrived if isinstance(arrived, list) else [arrived]
    present = any(users)
    users = users if present else [message.get("left_chat_member")]
    people = tuple(moved for user in users if (moved := person(user)) is not None)
    if any(moved.id == own_id for moved in people):
        return BotMoved(chat, present, fields.milliseconds(message.get("date")))
    return MembersMoved(chat, people, present) if people else None


def _sender_id(message: Mapping[str, object]) -> str | None:
    return person_id((fields.mapping(message.get("from")) or {}).get("id"))


def _service_line(message: Mapping[str, object], chat: Chat) -> MessageSaid | None:
    line, number, speaker = botapi.service_line(message), message_id(message.get("message_id")), _speaker(message, chat)
    if line is None or number is None or speaker is None or chat.kind is ChatKind.PRIVATE:
        return None
    at = fields.milliseconds(message.get("date"))
    return MessageSaid(chat, number, speaker[0], line[0], at, message_id(line[1]))


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
        alone = fields.mapping(message.get("chat")) or {}
        who = Person(chat.id, chat.title, username=botapi.username(alone))
        return (who if chat.kind is ChatKind.PRIVATE else None,)
    sender = person(message.get("from"))
    return None if sender is None else (sender,)


def _content(message: Mapping[str, object], *, own: bool) -> Content | None:
    """None where the only thing in it is of the wrong type."""
    caption = as_marks(fields.text(message.get("caption")) or "")
    kind = fields.first(media.KINDS, message)
    if kind is not None:
        return media.incoming(message, kind, *caption) or Unsupported(kind, *caption)
    thing = things.incoming(message, caption[0])
    if thing is not None:
        return thing
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
    return Chat(id, kind, title or named, _picture(members.get("photo")))


def _picture(value: object) -> Picture | None:
    """A ChatPhoto, which getChat alone tells, in its larger size."""
    photo = fields.mapping(value) or {}
    file = fields.identifier(photo.get("big_file_id"))
    key = fields.identifier(photo.get("big_file_unique_id"))
    return None if file is None else Picture(file, key or file)


def person(value: object) -> Person | None:
    """A User object. The Bot API marks nobody as a bridged copy, so `virtual` stays False."""
    members = fields.mapping(value) or {}
    id = person_id(members.get("id"))
    if id is None:
        return None
    name = fields.full_name(members.get("first_name"), members.get("last_name"), members.get("username"))
    return Person(
        id,
        name,
        is_bot=members.get("is_bot") is True,
        username=botapi.username(members),
        language=botapi.language(members),
    )


def identity(value: object) -> Identity | None:
    """The User object of getMe."""
    bot = person(value)
    if bot is None:
        return None
    return Identity(bot.id, bot.username or None, bot.name or bot.id)


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
