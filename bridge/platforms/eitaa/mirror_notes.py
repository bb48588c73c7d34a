"""What is kept of a mirrored channel: where we are in it, in the login's cursor, and what was seen there, as notes for
the inbox, which become events again later. Ids are made here and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bridge.model import (
    Chat,
    ChatKind,
    Content,
    Mark,
    Media,
    MessageDeleted,
    MessageEdited,
    MessageSaid,
    RemoteEvent,
    Text,
    Unsupported,
    Update,
)
from bridge.platforms import fields
from bridge.platforms.eitaa.mirror_page import Page, Post


@dataclass(frozen=True, slots=True)
class Place:
    """Where we are in a channel. `seen`: the digests of the posts in view, by number; `missing`: how often in a row
    those were not there; `changes` counts the corrections and losses that were told."""

    since: str
    last: int
    seen: Mapping[int, str] = field(default_factory=dict)
    missing: Mapping[int, int] = field(default_factory=dict)
    changes: int = 0
    lost: bool = False
    """It was told that the channel's page is there no longer."""

    def noted(self) -> list[Any]:
        return [self.since, self.last, [*self.seen.items()], [*self.missing.items()], self.changes, self.lost]

    @classmethod
    def read(cls, noted: list[Any]) -> Place:
        since, last, seen, missing, changes, lost = noted
        return cls(str(since), int(last), dict(seen), dict(missing), int(changes), bool(lost))


# --- the cursor -----------------------------------------------------------------------------------


def read_cursor(cursor: str | None) -> dict[str, Place]:
    return {chat: Place.read(noted) for chat, noted in json.loads(cursor).items()} if cursor else {}


def written_cursor(places: Mapping[str, Place]) -> str:
    return json.dumps({chat: place.noted() for chat, place in sorted(places.items())}, separators=(",", ":"))


# --- notes ----------------------------------------------------------------------------------------


def _noted(chat: str, page: Page, post: Post) -> dict[str, object]:
    return {
        "chat": chat,
        "title": page.title,
        "id": post.number,
        "kind": post.kind,
        "text": post.text.body,
        "marks": [[mark.kind, mark.start, mark.end, mark.value] for mark in post.text.marks],
        "image": post.image,
        "file": post.file,
        "author": post.author,
        "forwarded": post.forwarded,
        "reply": post.reply_to,
        "at": post.at,
    }


def new(chat: str, page: Page, post: Post, since: str) -> Update:
    return Update(f"{chat}/{since}/{post.number}/new", chat, fields.canonical(_noted(chat, page, post)))


def changed(chat: str, page: Page, post: Post, number: int, since: str) -> Update:
    version = f"{number}-{post.digest()}"
    noted = _noted(chat, page, post) | {"version": version}
    return Update(f"{chat}/{since}/{post.number}/{version}", chat, fields.canonical(noted))


def deleted(chat: str, page: Page, number: int) -> Update:
    noted = {"chat": chat, "title": page.title, "deleted": number}
    return Update(f"{chat}/{number}/deleted", chat, fields.canonical(noted))


def missed(chat: str, page: Page, number: int, since: str) -> Update:
    """What is before `number` will never be told."""
    noted = {"chat": chat, "title": page.title, "missed": f"{since}-{number}"}
    return Update(f"{chat}/{since}/missed/{number}", chat, fields.canonical(noted))


def lost(chat: str, number: int, since: str) -> Update:
    """`number` tells one loss from another."""
    noted = {"chat": chat, "title": None, "lost": f"{since}-{number}"}
    return Update(f"{chat}/{since}/lost/{number}", chat, fields.canonical(noted))


def event(noted: dict[str, Any]) -> RemoteEvent:
    chat = Chat(noted["chat"], ChatKind.MIRROR, noted["title"])
    if "deleted" in noted:
        return MessageDeleted(chat, (str(noted["deleted"]),))
    if "missed" in noted:
        return MessageSaid(chat, f"missed {noted['missed']}", None, Unsupported("missed"))
    if "lost" in noted:
        return MessageSaid(chat, f"lost {noted['lost']}", None, Unsupported("mirror_lost"))
    said = MessageSaid(
        chat,
        str(noted["id"]),
        None,
        _content(noted),
        noted["at"] * 1000,
        str(noted["reply"]) if noted["reply"] is not None else None,
        noted.get("forwarded") or None,
    )
    return MessageEdited(said, noted["version"]) if "version" in noted else said


def _content(noted: dict[str, Any]) -> Content:
    text = Text(noted["text"], tuple(Mark(*each) for each in noted["marks"]))
    match noted["kind"]:
        case "text":
            return text
        case "photo":
            return Media("photo", noted["image"], caption=text.body, marks=text.marks)
        case "document" if noted["file"]:
            head = f"{noted['file']}\n" if text.body else noted["file"]
            moved = tuple(Mark(m.kind, m.start + len(head), m.end + len(head), m.value) for m in text.marks)
            return Unsupported("document", head + text.body, moved)
        case kind:
            return Unsupported(kind, text.body, text.marks)
