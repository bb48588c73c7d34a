"""Bale's JSON objects, made from the simulator's records."""

from __future__ import annotations

from typing import Any

from bridge.platforms.simulation import Chat, Message, Person, Role

from .simulator_text import entities

ADMIN_RIGHTS = (
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
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
    found: dict[str, Any] = {"id": int(chat.id), "type": chat.kind}
    if chat.kind == "private":
        if chat.person is not None:
            found["first_name"] = chat.person.name
            if chat.person.username:
                found["username"] = chat.person.username
        return found
    found["title"] = chat.title
    if chat.username:
        found["username"] = chat.username
    return found


def message_object(message: Message, *, with_reply: bool = True) -> dict[str, Any]:
    """`message.wire` holds what is Bale's own: media, service fields, reply_markup, forward fields."""
    chat = message.chat
    found: dict[str, Any] = {
        "message_id": int(message.message_id),
        "date": int(message.at),
        "chat": chat_object(chat),
    }
    if chat.kind == "channel":
        found["sender_chat"] = found["chat"]
    elif message.sender is not None:
        found["from"] = user_object(message.sender)
    if with_reply and message.reply_to is not None:
        target = chat.by_id.get(message.reply_to)
        if target is not None:
            found["reply_to_message"] = message_object(target, with_reply=False)
    if message.edited_at is not None:
        found["edit_date"] = int(message.edited_at)
    found |= message.wire
    if message.kind == "text":
        found["text"] = message.raw
        found["entities"] = entities(message.raw)
    elif message.kind != "service" and message.raw:
        found["caption"] = message.raw
        found["caption_entities"] = entities(message.raw)
    return found


def member_object(person: Person, role: Role, *, in_channel: bool) -> dict[str, Any]:
    user = user_object(person)
    match role:
        case "admin":
            rights = ADMIN_RIGHTS + (("can_post_messages", "can_edit_messages") if in_channel else ())
            return {"status": "administrator", "user": user} | dict.fromkeys(rights, True)
        case _:
            return {"status": role, "user": user}
