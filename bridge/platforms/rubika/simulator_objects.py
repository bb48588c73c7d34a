"""The objects that a bot is shown: messages, what a person can put into one, files, its own membership."""

from __future__ import annotations

from typing import Any

from bridge.platforms.simulation import Message, Person, Role, Upload

from .simulator_files import StoredFile
from .simulator_options import RubikaOptions

ALL_RIGHTS = (
    "SendMessages",
    "EditMyMessages",
    "EditAllMessages",
    "DeleteGlobalAllMessages",
    "ViewMembers",
    "BanMember",
)
MEMBER_RIGHTS = ("SendMessages", "EditMyMessages")
FILE_NAMES = {
    "photo": "photo.jpg",
    "voice": "voice_1.ogg",
    "video": "video.mp4",
    "animation": "animation.mp4",
    "audio": "audio.mp3",
    "document": "document.pdf",
    "sticker": "sticker.webp",
}
"""What a person can send as a file, and what it is called where they don't say."""
KINDS = frozenset(("text", "location", "contact", "poll", "forward", "forward_no_link", *FILE_NAMES))
WORDLESS = frozenset(("poll", "location", "contact", "sticker"))


def wire_id(message_id: str, options: RubikaOptions) -> str | int:
    return int(message_id) if options.message_id_as_number else message_id


def message_object(message: Message, options: RubikaOptions) -> dict[str, Any]:
    """No chat and no name of the sender: Rubika tells neither here."""
    moment = int(message.at)
    shown: dict[str, Any] = {
        "message_id": wire_id(message.message_id, options),
        "time": moment if options.time_as_number else str(moment),
        "is_edited": message.edited_at is not None,
        "sender_type": "Bot" if message.sender and message.sender.is_bot else "User",
    }
    if message.text and message.kind not in WORDLESS:
        shown["text"] = message.text
    # What a channel post says of its sender is not documented.
    if message.sender is not None and message.chat.kind != "channel":
        shown["sender_id"] = message.sender.id
    if message.reply_to is not None:
        shown["reply_to_message_id"] = message.reply_to
    shown |= message.wire["fields"]
    if options.absent_as_null:
        for name in ("text", "reply_to_message_id", "aux_data", "file", "location", "sender_id"):
            shown.setdefault(name, None)
    if options.extra_keys:
        shown["new_in_the_next_version"] = True
    return shown


def origin_object(message: Message) -> dict[str, Any]:
    """`forwarded_from` of a copy; there is no Group among its types."""
    origin: dict[str, Any] = {"message_id": message.message_id}
    if message.chat.kind == "channel":
        return {"type_from": "Channel", "from_chat_id": message.chat.id, **origin}
    if (sender := message.sender) is None:
        return {"type_from": "User", **origin}
    return {"type_from": "Bot" if sender.is_bot else "User", "from_sender_id": sender.id, **origin}


def membership_object(before: Role, after: Role) -> dict[str, Any]:
    """`event_data` of a bot whose role changed."""
    if after == "left":
        return {"type": "BotRemoved"}
    admin = after != "member"
    return {
        "type": "BotJoined" if before == "left" else "BotPermissionsChanged",
        "join_type": "Admin" if admin else "Member",
        "access_list": list(ALL_RIGHTS if admin else MEMBER_RIGHTS),
    }


def poll_object(question: str, options: list[str]) -> dict[str, Any]:
    status = {
        "state": "Open",
        "selection_index": -1,
        "percent_vote_options": [0] * len(options),
        "total_vote": 0,
        "show_total_votes": True,
    }
    return {"question": question, "options": options, "poll_status": status}


def made_up(kind: str) -> Upload:
    """A file of that kind, where nobody says what is in it."""
    return Upload(FILE_NAMES[kind], "application/octet-stream", kind.encode() * 10)


def fields_of(
    kind: str, person: Person, text: str, stored: StoredFile | None, options: RubikaOptions
) -> dict[str, Any]:
    """What a person's message of that kind carries beside its text."""
    match kind:
        case "sticker" if stored is not None:
            sticker = {"sticker_id": stored.file_id, "file": {"file_id": stored.file_id}, "emoji_character": "🙂"}
            return {"sticker": sticker}
        case _ if stored is not None:
            return {"file": stored.shown()}
        case "location":
            return {"location": {"longitude": "51.38", "latitude": "35.70"}}
        case "contact":
            contact = {"phone_number": "989120000000", "first_name": text or "A", "last_name": ""}
            return {"contact_message": contact}
        case "poll":
            return {"poll": poll_object(text, ["a", "b"])}
        case "forward":
            return {
                "forwarded_from": {
                    "type_from": "User",
                    "message_id": "1169999999999999999",
                    "from_sender_id": person.id,
                }
            }
        case "forward_no_link":
            title = "Some title"
            return {"forwarded_no_link": title if options.forwarded_no_link_as_text else {"from_title": title}}
        case _:
            return {}
