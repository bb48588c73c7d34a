"""The JSON objects of Soroush Plus's Bot API, made from the simulator's records."""

from __future__ import annotations

from typing import Any

from bridge.platforms.simulation import Chat, Message, Person, Role

ADMIN_RIGHTS = (
    "can_delete_messages",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
)


def user_object(person: Person) -> dict[str, Any]:
    user: dict[str, Any] = {"id": int(person.id), "is_bot": person.is_bot, "first_name": person.name}
    if person.username:
        user["username"] = person.username
    if person.language:
        user["language_code"] = person.language
    return user


def chat_object(chat: Chat) -> dict[str, Any]:
    if chat.kind == "private":
        found: dict[str, Any] = {"id": int(chat.id), "type": "private", "first_name": chat.title}
        if chat.person is not None and chat.person.username:
            found["username"] = chat.person.username
        return found
    found = {
        "id": int(chat.id),
        "type": "supergroup" if chat.kind == "group" else "channel",
        "title": chat.title,
    }
    if chat.username:
        found["username"] = chat.username
    return found


def message_object(message: Message, *, with_reply: bool = True) -> dict[str, Any]:
    """`message.wire` holds `entities`, and what else is the platform's own: media, reply_markup, forward fields."""
    chat = message.chat
    found: dict[str, Any] = {
        "message_id": int(message.message_id),
        "date": int(message.at),
        "chat": chat_object(chat),
    }
    if message.sender is not None and chat.kind != "channel":
        found["from"] = user_object(message.sender)
    if with_reply and message.reply_to is not None:
        target = chat.by_id.get(message.reply_to)
        if target is not None:
            found["reply_to_message"] = message_object(target, with_reply=False)
    if message.edited_at is not None:
        found["edit_date"] = int(message.edited_at)
    wire = dict(message.wire)
    entities = wire.pop("entities", [])
    found |= wire
    names = ("text", "entities") if message.kind == "text" else ("caption", "caption_entities")
    if message.text:
        found[names[0]] = message.text
        if entities:
            found[names[1]] = entities
    return found


def member_object(person: Person, role: Role) -> dict[str, Any]:
    user = user_object(person)
    if role == "admin":
        return {"status": "administrator", "user": user} | dict.fromkeys(ADMIN_RIGHTS, True)
    return {"status": role, "user": user}
