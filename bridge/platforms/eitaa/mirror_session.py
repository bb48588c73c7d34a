"""A public channel's page, read again and again, as a session that only hears.

    page ──▶ what is new, reads otherwise, is gone ──▶ notes ──▶ Batch ──▶ (committed) ──▶ the page, a period later

The cursor holds, for each channel, the last number that was told and what the posts in view said. A channel is read no
more often than once a period; each has its own turn, so that one that cannot be read costs the others nothing.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

from yarl import URL

from bridge.errors import Refused, Retry
from bridge.model import (
    Batch,
    Capabilities,
    Chat,
    ChatKind,
    Content,
    Location,
    Mark,
    Media,
    MemberRole,
    MessageDeleted,
    MessageEdited,
    MessageSaid,
    Nothing,
    Outgoing,
    OutgoingFile,
    RemoteEvent,
    SentFile,
    Text,
    Unsupported,
    Update,
)
from bridge.platforms import fields
from bridge.platforms.eitaa.mirror_page import MARKS, Page, Post, channel_name, read_page
from bridge.platforms.http import Http
from bridge.platforms.polling import back_off
from bridge.ports import Identity, Mirrored

CAPABILITIES = Capabilities(
    tells=frozenset({"text", "reply", "forward", "edit", "delete", "photo", "video", "document", "unknown", *MARKS}),
    sends=False,
    tells_roles=False,
    download_limit=20 * 2**20,
)
"""Nobody there hears us. A page shows pictures in preview size, and of other files their names."""

_OLDER = 100
"""Older pages that are read after a long silence: about two thousand posts. What is older is told of as missed."""
_LOOK = 5.0
"""Seconds after which it is asked again which channels there are."""
_LONGEST_REST = 3600.0
"""Seconds for which a channel that cannot be read is left alone at most."""
_SURE = 2
"""Reads in a row in which a post is not there, between two that are, until it is gone."""


class _NoChannel(Retry):
    """The page shows no channel. That may pass."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where we are in a channel. `seen`: the digests of the posts in view, by number; `missing`: how often in a row
    those were not there; `changes` counts the corrections that were told."""

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
    def read(cls, noted: list[Any]) -> _Place:
        since, last, seen, missing, changes, lost = noted
        return cls(str(since), int(last), dict(seen), dict(missing), int(changes), bool(lost))


@dataclass(slots=True)
class _Turn:
    """When a channel is read next (monotonic seconds), how often it failed in a row, and its last page, for when it
    says that nothing has changed."""

    due: float = 0.0
    failures: int = 0
    reason: str = ""
    etag: str = ""
    modified: str = ""
    page: Page | None = None


class EitaaMirrorSession:
    """Implements `bridge.ports.Session`. `mirrored` tells the channels; each is read once in `period` seconds, and a
    little more, so that not all are read at once. At most `older` further pages are read after a long silence. The
    login's id is the host's name: there is nobody to be."""

    capabilities = CAPABILITIES

    def __init__(
        self,
        http: Http,
        url: str,
        mirrored: Callable[[], Awaitable[list[Mirrored]]],
        *,
        period: float,
        older: int = _OLDER,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._http = http
        self._url = URL(url)
        self._mirrored = mirrored
        self._period = period
        self._most_older = older
        self._clock = clock
        self._chance = chance
        self._turns: dict[str, _Turn] = {}

    async def whoami(self) -> Identity:
        host = self._url.host or "eitaa.com"
        return Identity(host, None, host)

    # --- the page, again and again

    async def fetch(self, cursor: str | None) -> Batch:
        """At most one channel: the one that has waited longest. Raises Retry while none can be read."""
        channels = {each.chat: each for each in await self._mirrored()}
        places = {chat: place for chat, place in _read_cursor(cursor).items() if chat in channels}
        self._turns = {chat: self._turns.get(chat, _Turn()) for chat in channels}
        for chat, each in channels.items():
            if chat not in places or places[chat].since != each.since:
                places[chat] = _Place(each.since, int(each.begins) if each.begins.isdigit() else 0)
        if not channels:
            return Batch((), cursor, wait=min(_LOOK, self._period))
        chat = min(self._turns, key=lambda each: self._turns[each].due)
        turn = self._turns[chat]
        if (rest := turn.due - self._clock()) > 0:
            if all(each.failures for each in self._turns.values()):
                raise Retry(turn.reason, after=min(rest, _LOOK))
            return Batch((), cursor, wait=min(rest, _LOOK))
        try:
            updates, places[chat] = await self._news(chat, places[chat], turn)
        except Retry as error:
            turn.failures, turn.reason = turn.failures + 1, error.reason
            pause = max(self._period, back_off(1, error.after, self._chance())) * 2.0 ** min(turn.failures - 1, 10)
            turn.due = self._clock() + min(_LONGEST_REST, pause)
            if isinstance(error, _NoChannel) and turn.failures >= _SURE and not places[chat].lost:
                places[chat] = replace(places[chat], lost=True)
                return Batch((_lost(chat, channels[chat].since),), _written_cursor(places), wait=self._between(1))
            if all(each.failures for each in self._turns.values()):
                raise
            return Batch((), cursor, wait=self._between(len(channels)))
        turn.failures = 0
        turn.due = self._clock() + self._period * (1 + self._chance() / 5)
        return Batch(tuple(updates), _written_cursor(places), wait=self._between(len(channels)))

    def _between(self, channels: int) -> float:
        """So many seconds lie between two channels at least."""
        return min(0.5, self._period / channels / 2)

    async def _news(self, chat: str, place: _Place, turn: _Turn) -> tuple[list[Update], _Place]:
        page = await self._page(chat, turn)
        if page.title is None and not page.posts:
            raise _NoChannel("there is no such channel any more, or it has no public page")
        posts = {post.number: post for post in page.posts}
        older, missed = await self._older(chat, place.last, page)
        fresh = {number: post for number, post in {**older, **posts}.items() if number > place.last}
        updates = []
        if missed:
            updates.append(_missed(chat, page, min(fresh), place))
        updates += [_new(chat, page, fresh[number], place.since) for number in sorted(fresh)]
        changes = place.changes
        for number, post in posts.items():
            known = place.seen.get(number)
            if known is not None and known != post.digest():
                changes += 1
                updates.append(_changed(chat, page, post, changes, place.since))
        gone, missing = _gone(place, posts)
        updates += [_deleted(chat, page, number) for number in gone]
        lowest = min(posts, default=0)
        seen = {number: post.digest() for number, post in posts.items() if number <= place.last or number in fresh}
        seen |= {number: place.seen[number] for number in missing if number >= lowest}
        return updates, replace(
            place, last=max([place.last, *fresh]), seen=seen, missing=missing, changes=changes, lost=False
        )

    async def _page(self, chat: str, turn: _Turn) -> Page:
        headers = {}
        if turn.page is not None and turn.etag:
            headers["If-None-Match"] = turn.etag
        if turn.page is not None and turn.modified:
            headers["If-Modified-Since"] = turn.modified
        answer = await self._http.get(f"/{chat}", headers=headers)
        if answer.status == 304 and turn.page is not None:
            return turn.page
        if answer.status in (404, 410):
            raise _NoChannel(f"HTTP {answer.status}")
        if answer.status != 200:
            raise Retry(f"HTTP {answer.status}", after=answer.retry_after)
        turn.page, turn.etag, turn.modified = read_page(answer.body, chat), answer.etag, answer.modified
        return turn.page

    async def _older(self, chat: str, last: int, page: Page) -> tuple[dict[int, Post], bool]:
        """The posts behind `last` that the page does not reach down to, and whether there were too many."""
        found: dict[int, Post] = {}
        lowest = min((post.number for post in page.posts), default=0)
        for _ in range(self._most_older):
            if lowest <= last + 1:
                return found, False
            answer = await self._http.get(f"/{chat}?before={lowest}")
            if answer.status != 200:
                raise Retry(f"HTTP {answer.status}", after=answer.retry_after)
            older = [post for post in read_page(answer.body, chat).posts if post.number < lowest]
            if not older:
                return found, False
            found |= {post.number: post for post in older}
            lowest = min(post.number for post in older)
        return found, lowest > last + 1

    async def close(self) -> None:
        await self._http.close()

    # --- what it says

    def convert(self, update: Update) -> RemoteEvent:
        try:
            return _event(json.loads(update.raw))
        except (ValueError, KeyError, TypeError):
            return Nothing("unreadable")

    async def download(self, file: str, into: BinaryIO, limit: int) -> None:
        """Only from the page's own host and Eitaa's: a page cannot make us ask anybody else."""
        try:
            address = self._url.join(URL(file))
        except ValueError:
            raise Refused("gone") from None
        host = address.host or ""
        same = (address.scheme, host, address.port) == (self._url.scheme, self._url.host, self._url.port)
        if not same and not (address.scheme == "https" and f".{host}".endswith((".eitaa.com", ".eitaa.ir"))):
            raise Refused("gone")
        await self._http.download(str(address), into, limit, redirects=False)

    async def chat(self, chat: str) -> Chat | None:
        return None

    async def enter(self, word: str) -> Chat | None:
        return await self.chat(word)

    async def member_role(self, chat: str, person: str) -> MemberRole:
        return MemberRole.UNKNOWN

    # --- what it cannot

    async def send(self, chat: str, message: Outgoing) -> str:
        raise Refused("nobody hears us on a public page")

    async def send_file(self, chat: str, file: OutgoingFile, message: Outgoing) -> SentFile:
        raise Refused("nobody hears us on a public page")

    async def send_location(self, chat: str, place: Location, message: Outgoing) -> str:
        raise Refused("nobody hears us on a public page")

    async def edit(self, chat: str, id: str, message: Outgoing) -> None:
        raise Refused("nobody hears us on a public page")

    async def delete(self, chat: str, id: str) -> None:
        raise Refused("nobody hears us on a public page")

    async def react(self, chat: str, id: str, key: str) -> None:
        raise Refused("nobody hears us on a public page")

    async def read(self, chat: str, id: str) -> None:
        raise Refused("nobody hears us on a public page")


async def begin(http: Http, word: str) -> tuple[Chat, str]:
    """The channel that a person named, and where its mirror begins: behind the last post that is there now. Raises
    Refused("mirror_no_name") for what can be no name, Refused("mirror_no_channel") where there is no public page of a
    channel, Retry."""
    name = channel_name(word)
    if name is None:
        raise Refused("mirror_no_name")
    answer = await http.get(f"/{name}")
    if answer.status in (404, 410):
        raise Refused("mirror_no_channel")
    if answer.status != 200:
        raise Retry(f"HTTP {answer.status}", after=answer.retry_after)
    page = read_page(answer.body, name)
    if page.title is None:
        raise Refused("mirror_no_channel")
    return Chat(name, ChatKind.MIRROR, page.title), str(max((post.number for post in page.posts), default=0))


# --- the cursor -----------------------------------------------------------------------------------


def _read_cursor(cursor: str | None) -> dict[str, _Place]:
    return {chat: _Place.read(noted) for chat, noted in json.loads(cursor).items()} if cursor else {}


def _written_cursor(places: Mapping[str, _Place]) -> str:
    return json.dumps({chat: place.noted() for chat, place in sorted(places.items())}, separators=(",", ":"))


def _gone(place: _Place, posts: Mapping[int, Post]) -> tuple[list[int], dict[int, int]]:
    """Posts that are gone for sure, and how often those are missing of which that is not sure yet. Only what stood
    between two that are there counts: a page that is short, or begins later, says nothing."""
    if not posts:
        return [], {}
    lowest, highest = min(posts), max(posts)
    counts = {
        number: place.missing.get(number, 0) + 1
        for number in place.seen
        if number not in posts and lowest < number < highest
    }
    return [n for n, count in counts.items() if count >= _SURE], {n: c for n, c in counts.items() if c < _SURE}


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


def _new(chat: str, page: Page, post: Post, since: str) -> Update:
    return Update(f"{chat}/{since}/{post.number}/new", chat, fields.canonical(_noted(chat, page, post)))


def _changed(chat: str, page: Page, post: Post, number: int, since: str) -> Update:
    version = f"{number}-{post.digest()}"
    noted = _noted(chat, page, post) | {"version": version}
    return Update(f"{chat}/{since}/{post.number}/{version}", chat, fields.canonical(noted))


def _deleted(chat: str, page: Page, number: int) -> Update:
    noted = {"chat": chat, "title": page.title, "deleted": number}
    return Update(f"{chat}/{number}/deleted", chat, fields.canonical(noted))


def _missed(chat: str, page: Page, number: int, place: _Place) -> Update:
    noted = {"chat": chat, "title": page.title, "missed": f"{place.last}-{number}"}
    return Update(f"{chat}/{place.since}/missed/{number}", chat, fields.canonical(noted))


def _lost(chat: str, since: str) -> Update:
    noted = {"chat": chat, "title": None, "lost": since}
    return Update(f"{chat}/{since}/lost", chat, fields.canonical(noted))


def _event(noted: dict[str, Any]) -> RemoteEvent:
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
