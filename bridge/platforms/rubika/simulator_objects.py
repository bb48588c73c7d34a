"""The objects that a bot is shown: messages, what a person can put into one, files, its own membership."""

from __future__ import annotations

from typing import Any

from bridge.platforms.simulation import Message, Person, Role, Thing, Upload

from .simulator_files import StoredFile
from .simulator_options import RubikaOptions
from .simulator_things import no_link, thing_fields

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
THINGS = ("location", "live_location", "contact", "poll")
KINDS = frozenset(("text", "forward", "forward_no_link", *THINGS, *FILE_NAMES))
WORDLESS = frozenset((*THINGS, "sticker"))


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


def made_up(kind: str) -> Upload:
    """A file of that kind, where nobody says what is in it."""
    return Upload(FILE_NAMES[kind], "application/octet-stream", kind.encode() * 10)


def fields_of(
    kind: str,
    person: Person,
    text: str,
    stored: StoredFile | None,
    thing: Thing | None,
    options: RubikaOptions,
) -> dict[str, Any]:
    """What a person's message of that kind carries beside its text."""
    match kind:
        case "sticker" if stored is not None:
            sticker = {"sticker_id": stored.file_id, "file": {"file_id": stored.file_id}, "emoji_character": "🙂"}
            return {"sticker": sticker}
        case _ if stored is not None:
            return {"file": stored.shown()}
        case _ if thing is not None:
            return thing_fields(kind, thing, person)
        case "forward":
            return {
                "forwarded_from": {
                    "type_from": "User",
                    "message_id": "1169999999999999999",
                    "from_sender_id": person.id,
                }
            }
        case "forward_no_link":
            return no_link("Some title", options)
        case _:
            return {}
