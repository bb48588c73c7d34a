"""What an Eitaa account is told, in TL, and what it means. Pure.

A message is noted when it comes, with the names that came along with it, as a small JSON object: that is what the inbox
keeps, so that reading it later needs neither the codec nor the network. Ids are made and parsed here and nowhere else:
"u42" is the private chat with a person, "g7" a basic group, "c123" a channel or supergroup; a person is "42".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bridge.model import (
    ChatKind,
    MarkKind,
    Update,
)
from bridge.platforms import fields
from bridge.platforms.eitaa import account_media as media
from bridge.platforms.eitaa import account_things as things
from bridge.platforms.eitaa.tl import TL

Known = Mapping[str, TL]
"""Users and chats that came along with messages, by the id of their chat."""

_LETTERS = {"User": "u", "Chat": "g", "Channel": "c"}
MARKS: Mapping[str, MarkKind] = {
    "messageEntityBold": "bold",
    "messageEntityItalic": "italic",
    "messageEntityUnderline": "underline",
    "messageEntityStrike": "strike",
    "messageEntityCode": "code",
    "messageEntityPre": "pre",
    "messageEntityBlockquote": "quote",
    "messageEntitySpoiler": "spoiler",
    "messageEntityTextUrl": "link",
    "messageEntityMentionName": "mention",
}
"""What is understood of how text looks."""
_MEDIA = {"messageMediaPhoto": "photo", **things.KINDS}


# --- ids ----------------------------------------------------------------------------------------------


def peer_id(peer: TL) -> str:
    """The chat that a Peer is."""
    kind = peer.tl_name.removeprefix("peer")
    number = getattr(peer, {"User": "user_id", "Chat": "chat_id", "Channel": "channel_id"}[kind])
    return f"{_LETTERS[kind]}{number}"


def id_of(thing: TL) -> str:
    """The chat that a User or a Chat is."""
    if thing.tl_type == "User":
        return f"u{thing.id}"
    return f"{'c' if thing.tl_name.startswith('channel') else 'g'}{thing.id}"


def number_of(chat: str) -> int:
    return int(chat[1:])


def known(answer: TL, *more: TL) -> dict[str, TL]:
    """The users and chats of an answer."""
    return {id_of(each): each for part in (answer, *more) for each in (*part.users, *part.chats)}


# --- notes --------------------------------------------------------------------------------------------


def note(message: TL, people: Known, kind: str = "new") -> Update | None:
    """A message as it is kept; None for one that is not there any more."""
    if message.tl_name == "messageEmpty":
        return None
    chat = peer_id(message.peer_id)
    thing = people.get(chat)
    noted: dict[str, object] = {
        "id": message.id,
        "chat": chat,
        "kind": kind_of(chat, thing).value,
        "title": name_of(thing),
        "at": message.date,
        "out": message.out,
        "from": _sender(message, chat, people),
        "reply": message.reply_to.reply_to_msg_id if message.reply_to is not None else None,
    }
    if message.tl_name.startswith("messageService"):
        noted["action"] = message.action.tl_name
        noted["called"] = getattr(message.action, "title", "")
        noted["about"] = [_noted_person(f"u{number}", people) for number in _moved_people(message)]
    else:
        noted["text"] = message.message
        noted["marks"] = _noted_marks(message.entities or [])
        noted["media"] = _media(message.media)
        noted["file"] = media.noted(message.media)
        noted["thing"] = things.noted(message.media)
        noted["forward"] = _author(message.fwd_from, people)
    if kind == "edit":
        edited = getattr(message, "edit_date", None) or 0
        content = fields.canonical([noted.get(name) for name in ("text", "marks", "media", "thing")])
        noted["edit"] = f"{edited}-{fields.digest(content)[:12]}"
        noted["edited"] = edited
        if getattr(message, "edit_hide", False):
            kind, noted["hidden"] = "hidden", True
        kind = f"{kind}/{noted['edit']}"
    return Update(f"{chat}/{message.id}/{kind}", chat, fields.canonical(noted))


def deleted(update: TL, chats: Mapping[str, TL | None]) -> list[Update]:
    """What updateDeleteMessages or updateDeleteChannelMessages means, for each chat that it may concern: the former
    names none, and private chats and basic groups share one count of ids."""
    maybe = update.tl_name == "updateDeleteMessages"
    ids = [str(number) for number in update.messages]
    key = f"deleted/{update.pts}/{fields.digest(fields.canonical(ids))[:12]}"
    found = []
    for chat, thing in chats.items():
        noted = {"chat": chat, "kind": kind_of(chat, thing).value, "title": name_of(thing), "deleted": ids}
        found.append(Update(f"{chat}/{key}", chat, fields.canonical(noted | {"maybe": maybe})))
    return found


def unpinned(update: TL, people: Known) -> list[Update]:
    """What was taken down; of what was pinned a line of its own tells, with who it was."""
    if update.pinned:
        return []
    chat = f"c{update.channel_id}" if update.tl_name == "updatePinnedChannelMessages" else peer_id(update.peer)
    thing, version = people.get(chat), f"{update.pts}-{fields.digest(fields.canonical(list(update.messages)))[:12]}"
    noted = {"chat": chat, "kind": kind_of(chat, thing).value, "title": name_of(thing), "unpinned": update.messages}
    return [Update(f"{chat}/unpinned/{version}", chat, fields.canonical(noted | {"version": version}))]


def reactions(update: TL, thing: TL | None, where: str) -> Update:
    """What updateMessageReactions tells, our own left out. It has no count of its own: `where` tells one from
    another, the same at every replay."""
    chat = peer_id(update.peer)
    counts = [[each.reaction, each.count - bool(each.chosen)] for each in update.reactions.results]
    noted = {"chat": chat, "kind": kind_of(chat, thing).value, "title": name_of(thing), "id": update.msg_id}
    version = f"{where}-{fields.digest(fields.canonical(counts))[:12]}"
    raw = fields.canonical(noted | {"reactions": counts, "version": version})
    return Update(f"{chat}/{update.msg_id}/reactions/{version}", chat, raw)


def read(update: TL, people: Known) -> Update:
    """How far others have read what we wrote."""
    channel = update.tl_name == "updateReadChannelOutbox"
    chat = f"c{update.channel_id}" if channel else peer_id(update.peer)
    thing = people.get(chat)
    noted = {"chat": chat, "kind": kind_of(chat, thing).value, "title": name_of(thing), "read": update.max_id}
    return Update(f"{chat}/read/{update.max_id}", chat, fields.canonical(noted))


def unreadable(chat: str, number: int) -> Update:
    """A message that holds something that no schema of ours has."""
    noted = {"id": number, "chat": chat, "kind": kind_of(chat, None).value, "unreadable": True}
    return Update(f"{chat}/{number}/new", chat, fields.canonical(noted))


def other(update: TL) -> Update:
    """What carries nothing to bridge yet, to be counted."""
    raw = fields.canonical({"other": update.tl_name})
    return Update(f"other/{update.tl_name}/{getattr(update, 'pts', 0)}", "", raw)


def nowhere(number: int) -> Update:
    """A message that cannot be read, in a private chat or basic group that nobody can tell, to be counted."""
    raw = fields.canonical({"other": "unreadable message in a private chat"})
    return Update(f"other/unreadable/{number}", "", raw)


def lost(what: str, where: str) -> Update:
    """An update that is no new message could not be read, to be counted. `where` tells one from another."""
    return Update(f"other/{what}/{where}", "", fields.canonical({"other": f"unreadable update ({what})"}))


def is_gone(thing: TL | None) -> bool:
    """Whether we are in a channel no longer, as Eitaa shows it with the news that something about it changed."""
    return thing is not None and (thing.tl_name.startswith("channelForbidden") or getattr(thing, "left", False))


def is_broadcast(thing: TL | None) -> bool:
    """Whether it is a channel where only admins write: there, nothing is said in it when somebody comes."""
    return thing is not None and bool(getattr(thing, "broadcast", False))


def moved(chat: str, thing: TL | None, date: int, *, present: bool) -> Update:
    """We are in a channel now, or not any more, since the difference behind `date`."""
    noted = {"chat": chat, "kind": kind_of(chat, thing).value, "title": name_of(thing), "present": present}
    return Update(f"{chat}/{'came' if present else 'gone'}/{date}", chat, fields.canonical(noted))


def kind_of(chat: str, thing: TL | None) -> ChatKind:
    if chat.startswith("u"):
        return ChatKind.PRIVATE
    return ChatKind.CHANNEL if is_broadcast(thing) else ChatKind.GROUP


def name_of(thing: TL | None) -> str | None:
    if thing is None:
        return None
    if thing.tl_type == "User":
        return fields.full_name(
            getattr(thing, "first_name", None), getattr(thing, "last_name", None), getattr(thing, "username", None)
        )
    return fields.full_name(getattr(thing, "title", None), None)


def _sender(message: TL, chat: str, people: Known) -> dict[str, object] | None:
    """None where the chat itself speaks, or where we do (`out`)."""
    if message.from_id is None:
        speaker = chat if chat.startswith("u") and not message.out else ""
    else:
        speaker = peer_id(message.from_id)
    if not speaker or (speaker == chat and not speaker.startswith("u")):
        return None
    return _noted_person(speaker, people)


def _author(header: TL | None, people: Known) -> str | None:
    """Who wrote first what was forwarded, as far as Eitaa tells; a channel's post may be signed beside it."""
    if header is None:
        return None
    author = name_of(people.get(peer_id(header.from_id))) if header.from_id is not None else None
    return author or header.from_name or header.post_author or ""


def person(chat: str, thing: TL | None) -> dict[str, object]:
    """Somebody as they are noted. Eitaa's own accounts, which write codes and notices, count as bots."""
    return {
        "id": chat[1:] if chat.startswith("u") else chat,
        "name": name_of(thing),
        "bot": bool(getattr(thing, "bot", False) or getattr(thing, "support", False)),
        "virtual": getattr(thing, "MXB_VIRTUAL_USER", False),
        "username": fields.username(getattr(thing, "username", "")) if chat.startswith("u") else "",
        "language": fields.language(getattr(thing, "lang_code", "")),
    }


def _noted_person(chat: str, people: Known) -> dict[str, object]:
    return person(chat, people.get(chat))


def _moved_people(message: TL) -> list[int]:
    """Whom a service line is about: those who were added or who left, and who came by themselves."""
    match message.action.tl_name:
        case "messageActionChatAddUser" | "messageActionChatCreate":
            return list(message.action.users)
        case "messageActionChatDeleteUser":
            return [message.action.user_id]
        case "messageActionChatJoinedByLink" | "messageActionChatJoinedByRequest":
            sender = message.from_id
            return [sender.user_id] if sender is not None and sender.tl_name == "peerUser" else []
    return []


def _noted_marks(entities: Iterable[TL]) -> list[list[object]]:
    found: list[list[object]] = []
    for entity in entities:
        kind = MARKS.get(entity.tl_name)
        if kind is not None:
            value = getattr(entity, {"link": "url", "pre": "language", "mention": "user_id"}.get(kind, ""), "")
            found.append([kind, entity.offset, entity.length, str(value)])
    return found


def _media(told: TL | None) -> str | None:
    if told is None or told.tl_name in ("messageMediaEmpty", "messageMediaWebPage"):
        return None
    if told.tl_name != "messageMediaDocument" or told.document is None:
        return _MEDIA.get(told.tl_name, "unknown")
    found = getattr(told.document, "attributes", ())  # an empty one has none
    attributes = {each.tl_name.removeprefix("documentAttribute"): each for each in found}
    if "Sticker" in attributes:
        return "sticker"
    if "Animated" in attributes:
        return "animation"
    if (video := attributes.get("Video")) is not None:
        return "video_note" if video.round_message else "video"
    if (audio := attributes.get("Audio")) is not None:
        return "voice" if audio.voice else "audio"
    return "document"
