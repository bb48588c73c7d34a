"""What the notes about an Eitaa account's messages mean, and how formatting goes out. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, get_args

from bridge.marks import Utf16, marked
from bridge.model import (
    BotMoved,
    Chat,
    ChatKind,
    Content,
    Mark,
    MarkKind,
    MediaKind,
    MembersMoved,
    MessageDeleted,
    MessageEdited,
    MessageSaid,
    Nothing,
    Person,
    ReactionsChanged,
    ReadUpTo,
    RemoteEvent,
    Started,
    Text,
    Unpinned,
    Unreadable,
    Unsupported,
    Update,
)
from bridge.platforms import fields
from bridge.platforms.eitaa import account_media as media
from bridge.platforms.eitaa import account_notes as notes
from bridge.platforms.eitaa import account_things as things
from bridge.platforms.eitaa.tl import TL

_ENTITIES: Mapping[MarkKind, str] = {
    **{kind: name for name, kind in notes.MARKS.items() if kind != "spoiler"},
    "mention": "inputMessageEntityMentionName",
}
"""What is sent. Eitaa's apps have no spoilers."""
MARKS: frozenset[MarkKind] = frozenset(_ENTITIES)


# --- events -------------------------------------------------------------------------------------------


def event(update: Update, own_id: str) -> RemoteEvent:
    """What a note says. `own_id` is our account's."""
    try:
        noted = json.loads(update.raw)
        return _event(noted, own_id)
    except (ValueError, KeyError, TypeError):
        return Nothing("unreadable")


def _event(noted: dict[str, Any], own_id: str) -> RemoteEvent:
    if "other" in noted:
        return Nothing(str(noted["other"]))
    chat = Chat(noted["chat"], ChatKind(noted["kind"]), noted.get("title"))
    if noted.get("unreadable"):
        return Unreadable(chat, str(noted["id"]))
    if "present" in noted:
        return BotMoved(chat, noted["present"])
    if "deleted" in noted:
        return MessageDeleted(chat, tuple(noted["deleted"]), noted["maybe"])
    if "read" in noted:
        return ReadUpTo(chat, str(noted["read"]))
    if "unpinned" in noted:
        return Unpinned(chat, tuple(str(id) for id in noted["unpinned"]), noted["version"])
    if "reactions" in noted:
        counts = tuple((str(key), int(count)) for key, count in noted["reactions"] if count > 0)
        return ReactionsChanged(chat, str(noted["id"]), counts, noted["version"])
    if noted.get("hidden"):
        return Nothing("edit hidden")
    if "action" in noted:
        return Nothing(noted["action"]) if "edit" in noted else _service(noted, chat, own_id)
    said = _said(noted, chat, own_id)
    if "edit" in noted and (noted.get("thing") or {}).get("live"):
        return Nothing("live location")
    if "edit" in noted:
        return MessageEdited(said, noted["edit"], noted["edited"] * 1000)
    if chat.kind is ChatKind.PRIVATE and isinstance(said.content, Text) and not noted["out"]:
        command, _, payload = said.content.body.strip().partition(" ")
        if command == "/start":
            return Started(chat, said.sender, payload.strip())
    return said


def _said(noted: dict[str, Any], chat: Chat, own_id: str) -> MessageSaid:
    return _spoken(noted, chat, own_id, _content(noted))


def _spoken(noted: dict[str, Any], chat: Chat, own_id: str, content: Content) -> MessageSaid:
    person = None if noted["from"] is None else _person(noted["from"])
    if noted["out"]:
        person = Person(own_id)
    reply = noted["reply"]
    return MessageSaid(
        chat,
        str(noted["id"]),
        person,
        content,
        noted["at"] * 1000,
        str(reply) if reply is not None else None,
        fields.text(noted.get("forward")),
    )


def _person(noted: dict[str, Any]) -> Person:
    found = Person(noted["id"], noted["name"], noted["bot"], noted["virtual"])
    return replace(found, username=noted.get("username", ""), language=noted.get("language", ""))


def chat(thing: TL) -> Chat:
    """A User or a Chat; a person is who a private chat is with."""
    id = notes.id_of(thing)
    person = _person(notes.person(id, thing)) if thing.tl_type == "User" else None
    return Chat(id, notes.kind_of(id, thing), notes.name_of(thing), person=person)


def _service(noted: dict[str, Any], chat: Chat, own_id: str) -> RemoteEvent:
    line = things.service_line(noted["action"], noted.get("called", ""))
    if line is None or chat.kind is ChatKind.PRIVATE:
        return _moved(noted, chat, own_id)
    return _spoken(noted, chat, own_id, line)


def _moved(noted: dict[str, Any], chat: Chat, own_id: str) -> BotMoved | MembersMoved | Nothing:
    people = tuple(_person(each) for each in noted["about"])
    present = noted["action"] != "messageActionChatDeleteUser"
    if any(person.id == own_id for person in people):
        return BotMoved(chat, present)
    if not people or noted["action"] == "messageActionChatCreate":
        return Nothing(noted["action"])
    return MembersMoved(chat, people, present)


def _content(noted: dict[str, Any]) -> Content:
    body = fields.text(noted["text"]) or ""
    units = Utf16(body)
    text = marked(body, [Mark(kind, *units.points(at, at + n), value) for kind, at, n, value in noted["marks"]])
    kind, file = noted["media"], noted.get("file")
    if noted.get("thing") is not None:
        return things.content(noted["thing"], text.body)
    if kind in get_args(MediaKind) and file is not None:
        return media.incoming(kind, file, noted["chat"], str(noted["id"]), text.body, text.marks)
    return text if kind is None else Unsupported(kind, text.body, text.marks)


# --- what goes out ------------------------------------------------------------------------------------


def entities(
    body: str, marks: tuple[Mark, ...], new: Callable[..., TL], access: Callable[[str], int | None]
) -> list[TL]:
    """Marks as Eitaa takes them. A mention of somebody whose access hash is not known is left out."""
    units = Utf16(body)
    found = []
    for mark in marks:
        name = _ENTITIES.get(mark.kind)
        more: dict[str, object] = {}
        match mark.kind:
            case "link":
                more["url"] = mark.value
            case "pre":
                more["language"] = mark.value
            case "mention":
                secret = access(f"u{mark.value}")
                if secret is None:
                    continue
                more["user_id"] = new("inputUser", user_id=int(mark.value), access_hash=secret)
        if name is not None:
            start, end = units.units(mark.start, mark.end)
            found.append(new(name, offset=start, length=end - start, **more))
    return found
