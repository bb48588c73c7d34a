"""Rubika's JSON ↔ our model. Pure; raises nothing for odd input. Ids are made and parsed here and nowhere
else.

Ids are opaque, case-sensitive strings; their first two characters tell the kind: `b0` a private chat of one
person with one bot, `g0` a group, `c0` a channel, `u0` a person. An update has no id of its own, so its key
is made of chat, message, kind and version.

Who presses Start causes a `StartedBot` and mostly a message "/start" beside it; either may come first, or alone. The
message tells more (who it is, and a deep link's `start_id`), so a `StartedBot` that came together with it is Nothing.
Only where the two come apart, both are a Started.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bridge.marks import Utf16, normal
from bridge.model import (
    BotMoved,
    Chat,
    ChatKind,
    Content,
    Mark,
    MarkKind,
    MemberRole,
    MessageDeleted,
    MessageEdited,
    MessageSaid,
    Nothing,
    Person,
    Pressed,
    RemoteEvent,
    Started,
    Text,
    Unreadable,
    Unsupported,
    Update,
)
from bridge.platforms import fields
from bridge.platforms.rubika import keypad, media, things
from bridge.ports import Identity

_KINDS = {"b0": ChatKind.PRIVATE, "g0": ChatKind.GROUP, "c0": ChatKind.CHANNEL}
_KINDS_BY_NAME = {
    "User": ChatKind.PRIVATE,
    "Bot": ChatKind.PRIVATE,
    "Group": ChatKind.GROUP,
    "Channel": ChatKind.CHANNEL,
}
_MARKS: dict[str, MarkKind] = {
    "Bold": "bold",
    "Italic": "italic",
    "Underline": "underline",
    "Strike": "strike",
    "Spoiler": "spoiler",
    "Mono": "code",
    "Pre": "pre",
    "Quote": "quote",
    "Link": "link",
    "MentionText": "mention",
}
_TYPES = {kind: type for type, kind in _MARKS.items()}
_BODIES = {
    "NewMessage": "new_message",
    "UpdatedMessage": "updated_message",
}
_GREETED = "greeted by its message"
"""What is noted in a `StartedBot` that came together with its "/start"."""


def chat_id(value: object) -> str | None:
    return fields.identifier(value)


def chat_parameter(chat: str) -> str:
    return chat


def chat_kind(chat: str) -> ChatKind:
    return _KINDS.get(chat[:2], ChatKind.GROUP)


def person_id(value: object) -> str | None:
    return fields.identifier(value)


def person_parameter(person: str) -> str:
    return person


def message_id(value: object) -> str | None:
    """Mostly a string of 18 or 19 digits, now and then the same as a number."""
    return fields.identifier(value)


def message_parameter(message: str) -> str:
    return message


# --- updates as they come ---------------------------------------------------------------------------


def updates(items: Sequence[object]) -> tuple[Update, ...]:
    """All elements of one answer's `updates`."""
    started = {chat for item in items if (chat := _starts(item)) is not None}
    return tuple(_greeted(item, update(item), started) for item in items)


def _starts(item: object) -> str | None:
    """The private chat in which a message says "/start"."""
    members = fields.mapping(item) or {}
    chat = chat_id(members.get("chat_id"))
    if chat is None or chat_kind(chat) is not ChatKind.PRIVATE or members.get("type") != "NewMessage":
        return None
    return None if _start_word(_body(members)) is None else chat


def _greeted(item: object, taken: Update, started: set[str]) -> Update:
    """It keeps its key, so that it is no news when it comes again without its message."""
    members = fields.mapping(item) or {}
    if taken.chat not in started or members.get("type") != "StartedBot":
        return taken
    return replace(taken, raw=fields.canonical({**members, _GREETED: True}))


def update(item: object) -> Update:
    """One element of `updates`."""
    raw = fields.canonical(item)
    members = fields.mapping(item) or {}
    chat = chat_id(members.get("chat_id"))
    kind = members.get("type")
    other = Update(f"other/{fields.digest(raw)}", chat or "", raw)
    if chat is None:
        return other
    version = fields.integer(members.get("update_time"))
    if kind == "StartedBot" and version is not None:
        return Update(f"{chat}/started/{version}", chat, raw)
    if kind == "RemovedMessage":
        removed = message_id(members.get("removed_message_id"))
        return other if removed is None else Update(f"{chat}/{removed}/removed", chat, raw)
    message = _body(members)
    number = message_id(message.get("message_id"))
    if number is None:
        return other
    if kind == "InlineMessage":
        return Update(f"{chat}/{number}/pressed/{fields.digest(raw)}", chat, raw)
    if kind == "NewMessage":
        return Update(f"{chat}/{number}/new", chat, raw)
    return Update(f"{chat}/{number}/edit/{_version(members, message)}", chat, raw)


def _body(update: Mapping[str, object]) -> Mapping[str, object]:
    """The message that an update is about. One source sees a press below a message, whose fields stand in the update
    itself."""
    kind = update.get("type")
    if kind == "InlineMessage":
        return fields.mapping(update.get("inline_message")) or update
    return fields.mapping(update.get(_BODIES.get(kind, "") if isinstance(kind, str) else "")) or {}


def _version(update: Mapping[str, object], message: Mapping[str, object]) -> str:
    """Tells the edits of a message apart. The time of the update alone does not (it counts seconds), nor does what the
    message says (it may be changed back)."""
    when = fields.milliseconds(update.get("update_time")) // 1000
    return f"{when}-{fields.digest(fields.canonical(message))[:16]}"


def moment(item: object) -> int:
    """When what an update tells of happened, in Unix milliseconds; 0 where it does not say."""
    members = fields.mapping(item) or {}
    return fields.milliseconds(members.get("update_time")) or fields.milliseconds(_body(members).get("time"))


def next_offset(data: Mapping[str, object], offset: str | None) -> str | None:
    """The cursor after an answer of getUpdates: with nothing new it may be absent, empty or unchanged."""
    return fields.identifier(data.get("next_offset_id")) or offset


# --- updates as events ------------------------------------------------------------------------------


def event(update: Update) -> RemoteEvent:
    try:
        members = fields.mapping(fields.parse(update.raw)) or {}
    except ValueError:
        return Nothing("unknown")
    kind = fields.identifier(members.get("type")) or "unknown"
    id = chat_id(members.get("chat_id"))
    if id is None:
        return Nothing(f"{kind} without a chat")
    chat = Chat(id, chat_kind(id))
    match kind:
        case "NewMessage" | "UpdatedMessage":
            message = _body(members)
            number = message_id(message.get("message_id"))
            said = None if number is None else _said(message, chat, number)
            if kind == "UpdatedMessage":
                if things.moves(message):
                    return Nothing("live location")
                if said is None:
                    return Nothing("unreadable UpdatedMessage")
                return MessageEdited(
                    said, _version(members, message), at=fields.milliseconds(members.get("update_time"))
                )
            if said is None:
                return Unreadable(chat, number or fields.digest(update.raw))
            return _started(said, message) or _pressed(said, message) or said
        case "InlineMessage":
            return _pressed_below(_body(members), chat, fields.digest(update.raw)) or Nothing(kind)
        case "RemovedMessage":
            removed = message_id(members.get("removed_message_id"))
            return Nothing(kind) if removed is None else MessageDeleted(chat, (removed,))
        case "StartedBot":
            return Nothing(kind) if _GREETED in members else Started(chat, None)
        case "EventData":
            happened = (fields.mapping(members.get("event_data")) or {}).get("type")
            if happened in ("BotJoined", "BotRemoved"):
                return BotMoved(chat, happened == "BotJoined", fields.milliseconds(members.get("update_time")))
            return Nothing(fields.identifier(happened) or kind)
        case _:
            return Nothing(kind)


def _said(message: Mapping[str, object], chat: Chat, number: str) -> MessageSaid | None:
    """None where something is there that cannot be read."""
    content = _content(message)
    if content is None:
        return None
    sender = _sender(message)
    if sender is None and message.get("sender_id") not in (None, "", chat.id):
        return None
    return MessageSaid(
        chat=chat,
        id=number,
        sender=sender,
        content=content,
        at=fields.milliseconds(message.get("time")),
        reply_to=message_id(message.get("reply_to_message_id") or None),
        forwarded=things.forwarded(message),
    )


def _started(said: MessageSaid, message: Mapping[str, object]) -> Started | None:
    """A payload may stand behind "/start", too, for who types it."""
    typed = _start_word(message)
    if typed is None or said.chat.kind is not ChatKind.PRIVATE or not isinstance(said.content, Text):
        return None
    payload = fields.text((fields.mapping(message.get("aux_data")) or {}).get("start_id"))
    return Started(said.chat, said.sender, payload or typed)


def _start_word(message: Mapping[str, object]) -> str | None:
    """What stands behind "/start"; None: this says something else."""
    command, _, rest = (fields.text(message.get("text")) or "").strip().partition(" ")
    return rest.strip() if command == "/start" and keypad.pressed(message) is None else None


def _pressed(said: MessageSaid, message: Mapping[str, object]) -> Pressed | None:
    """A message that stands for a button of the keypad, and says what stands on it. What else a button sends (a phone
    number) is said as what it is; and the bot has no keypad in a group."""
    data = keypad.pressed(message)
    if data is None or said.sender is None or said.chat.kind is not ChatKind.PRIVATE:
        return None
    if not isinstance(said.content, Text) and said.content != Unsupported("unknown"):
        return None
    return Pressed(said.chat, said.id, said.sender, data)


def _pressed_below(message: Mapping[str, object], chat: Chat, id: str) -> Pressed | None:
    """A press has no id of its own: `id` is made from all that is told of it."""
    data, person = keypad.pressed(message), _sender(message)
    if data is None or person is None or chat.kind is not ChatKind.PRIVATE:
        return None
    return Pressed(chat, id, person, data, message_id(message.get("message_id")))


def _sender(message: Mapping[str, object]) -> Person | None:
    """Rubika names nobody in a message: only the id, and whether it is a bot."""
    id = person_id(message.get("sender_id"))
    if id is None or id[:2] in ("g0", "c0"):
        return None
    return Person(id, is_bot=message.get("sender_type") == "Bot")


def _content(message: Mapping[str, object]) -> Content | None:
    """None where the only thing in it is of the wrong type."""
    body = fields.text(message.get("text"))
    formatted = marks(message.get("metadata"), body or "")
    if message.get("file"):
        return media.incoming(message.get("file"), body or "", formatted)
    if message.get("sticker"):
        return media.sticker(message.get("sticker"), body or "", formatted)
    thing = things.incoming(message, body or "")
    if thing is not None:
        return thing
    if body:
        return Text(body, formatted)
    return None if message.get("text") else Unsupported("unknown")


# --- formatting -------------------------------------------------------------------------------------


def marks(metadata: object, body: str) -> tuple[Mark, ...]:
    """The ranges that a message's `metadata` has over its text, which count UTF-16 units."""
    parts = (fields.mapping(metadata) or {}).get("meta_data_parts")
    if not isinstance(parts, list) or not parts:
        return ()
    units = Utf16(body)
    found = []
    for part in parts:
        members = fields.mapping(part) or {}
        type, start, length = members.get("type"), members.get("from_index"), members.get("length")
        kind = _MARKS.get(type) if isinstance(type, str) else None
        start, length = fields.integer(start), fields.integer(length)
        if kind is not None and start is not None and length is not None:
            found.append(Mark(kind, *units.points(start, start + length), _mark_value(kind, members)))
    return normal(body, found)


def _mark_value(kind: MarkKind, part: Mapping[str, object]) -> str:
    """Some clients put the names of the user protocol there."""
    match kind:
        case "link":
            link = fields.mapping((fields.mapping(part.get("link")) or {}).get("hyperlink_data")) or {}
            return fields.text(part.get("link_url")) or fields.text(link.get("url")) or ""
        case "mention":
            return person_id(part.get("mention_text_user_id")) or person_id(part.get("mention_text_object_guid")) or ""
        case "pre":
            return fields.text(part.get("language")) or ""
        case _:
            return ""


def metadata(body: str, marks: tuple[Mark, ...]) -> Mapping[str, object] | None:
    """The inverse of `marks`; None where there is nothing to format. Only a person (`u0`) can be mentioned."""
    units = Utf16(body)
    parts: list[dict[str, object]] = []
    for mark in marks:
        start, end = units.units(mark.start, mark.end)
        part: dict[str, object] = {"type": _TYPES[mark.kind], "from_index": start, "length": end - start}
        match mark.kind:
            case "link":
                part["link_url"] = mark.value
            case "mention":
                if not mark.value.startswith("u0"):
                    continue
                part["mention_text_user_id"] = person_parameter(mark.value)
            case "pre" if mark.value:
                part["language"] = mark.value
        parts.append(part)
    return {"meta_data_parts": parts} if parts else None


# --- objects ----------------------------------------------------------------------------------------


def chat(data: Mapping[str, object]) -> Chat | None:
    """The answer of getChat. A private chat's tells of its person: the only place that tells a name."""
    members = fields.mapping(data.get("chat")) or {}
    id = chat_id(members.get("chat_id"))
    if id is None:
        return None
    title = fields.full_name(members.get("title"), None)
    named = fields.full_name(members.get("first_name"), members.get("last_name"), members.get("username"))
    type = fields.text(members.get("chat_type")) or ""
    kind = _KINDS_BY_NAME.get(type, chat_kind(id))
    user = person_id(members.get("user_id")) if kind is ChatKind.PRIVATE else None
    username = fields.username(members.get("username"))
    person = None if user is None else Person(user, named, is_bot=type == "Bot", username=username)
    return Chat(id, kind, title or named, person=person)


def identity(data: Mapping[str, object]) -> Identity | None:
    """The answer of getMe."""
    bot = fields.mapping(data.get("bot")) or {}
    id = person_id(bot.get("bot_id"))
    if id is None:
        return None
    username = fields.text(bot.get("username")) or None
    return Identity(id, username, fields.full_name(bot.get("bot_title"), None, username) or id)


def sent_id(data: Mapping[str, object]) -> str | None:
    """The answer of sendMessage and of sendFile."""
    return message_id(data.get("message_id"))


def role(data: Mapping[str, object]) -> MemberRole:
    """The answer of getChatMember."""
    match (fields.mapping(data.get("chat_member")) or {}).get("status"):
        case "Creator" | "Admin":
            return MemberRole.ADMIN
        case "Member":
            return MemberRole.MEMBER
        case _:
            return MemberRole.UNKNOWN
