"""A public channel's page, read again and again, as a session that only hears.

    page ──▶ what is new, reads otherwise, is gone ──▶ notes ──▶ Batch ──▶ (committed) ──▶ the page, a period later

The cursor holds, for each channel, the last number that was told and what the posts in view said. A channel is read no
more often than once a period; each has its own turn, so that one that cannot be read costs the others nothing.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import BinaryIO

from yarl import URL

from bridge.abilities import Capabilities
from bridge.errors import Refused, Retry
from bridge.model import Batch, Chat, ChatKind, Nothing, RemoteEvent, Update
from bridge.outgoing import Outgoing
from bridge.platforms.eitaa import mirror_notes as notes
from bridge.platforms.eitaa.mirror_notes import Place
from bridge.platforms.eitaa.mirror_page import MARKS, Page, Post, channel_name, read_page
from bridge.platforms.http import Answer, Http
from bridge.platforms.limited import Limited
from bridge.platforms.polling import back_off
from bridge.ports import Identity, Mirrored

CAPABILITIES = Capabilities(
    tells=frozenset({"text", "reply", "forward", "edit", "delete", "photo", "video", "document", "unknown", *MARKS}),
    sends=False,
    tells_roles=False,
    download_limit=20 * 2**20,
)
"""Nobody there hears us. A page shows pictures in preview size, and of other files their names."""

_REACH = 2_000
"""So many numbers before the page are read after a long silence. What is older is told of as missed."""
_PIECE = 20
"""Numbers that are read at once then: the posts of one page, where none was deleted."""
_LOOK = 5.0
"""Seconds after which it is asked again which channels there are."""
_LONGEST_REST = 3600.0
"""Seconds for which a channel that cannot be read is left alone at most."""
_SURE = 2
"""Reads in a row in which a post is not there, between two that are, until it is gone."""


class _NoChannel(Retry):
    """The page shows no channel. That may pass."""


@dataclass(slots=True)
class _Turn:
    """When a channel is read next (monotonic seconds), how often it failed in a row, and its last page, for when it
    says that nothing has changed. `ahead`: the posts before this number are read first."""

    since: str
    due: float = 0.0
    ahead: int = 0
    failures: int = 0
    reason: str = ""
    etag: str = ""
    modified: str = ""
    page: Page | None = None


class EitaaMirrorSession(Limited):
    """Implements `bridge.ports.Session`. `mirrored` tells the channels; each is read once in `period` seconds, and a
    little more, so that not all are read at once. `lost` is called with one whose page is gone, once until it is back.
    The login's id is the host's name: there is nobody to be."""

    capabilities = CAPABILITIES

    def __init__(
        self,
        http: Http,
        url: str,
        mirrored: Callable[[], Awaitable[list[Mirrored]]],
        lost: Callable[[str], Awaitable[None]],
        *,
        period: float,
        reach: int = _REACH,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._http = http
        self._url = URL(url)
        self._mirrored = mirrored
        self._lost = lost
        self._period = period
        self._reach = reach
        self._clock = clock
        self._sleep = sleep
        self._chance = chance
        self._turns: dict[str, _Turn] = {}

    async def whoami(self) -> Identity:
        host = self._url.host or "eitaa.com"
        return Identity(host, None, host)

    # --- the page, again and again

    async def fetch(self, cursor: str | None) -> Batch:
        """One page, when its time has come: of the channel that has waited longest. Raises Retry while none can be
        read."""
        known = notes.read_cursor(cursor)
        while True:
            channels = {each.chat: each for each in await self._mirrored()}
            turns = self._turns
            self._turns = {
                chat: turns[chat] if chat in turns and turns[chat].since == each.since else _Turn(each.since)
                for chat, each in channels.items()
            }
            if not channels:
                return Batch((), cursor, wait=min(_LOOK, self._period))
            chat = min(self._turns, key=lambda each: self._turns[each].due)
            rest = self._turns[chat].due - self._clock()
            if rest <= 0:
                break
            if all(each.failures for each in self._turns.values()):
                raise Retry(self._turns[chat].reason, after=min(rest, _LOOK))
            await self._sleep(min(rest, _LOOK, self._period))
        places = {
            each.chat: known[each.chat]
            if each.chat in known and known[each.chat].since == each.since
            else Place(each.since, _begins(each))
            for each in channels.values()
        }
        turn, place = self._turns[chat], places[chat]
        pause = min(0.5, self._period / len(channels) / 2)
        try:
            updates, places[chat] = await self._news(chat, place, turn, _begins(channels[chat]))
        except Retry as error:
            turn.failures, turn.reason = turn.failures + 1, error.reason
            rest = max(self._period, back_off(1, error.after, self._chance())) * 2.0 ** min(turn.failures - 1, 10)
            turn.due = self._clock() + min(_LONGEST_REST, rest)
            if isinstance(error, _NoChannel) and turn.failures >= _SURE and not place.lost:
                await self._lost(chat)
                places[chat] = replace(place, lost=True, changes=place.changes + 1)
                told = notes.lost(chat, place.changes + 1, place.since)
                return Batch((told,), notes.written_cursor(places), wait=pause)
            if all(each.failures for each in self._turns.values()):
                raise
            return Batch((), cursor, wait=pause)
        turn.failures = 0
        turn.due = self._clock() + (0 if turn.ahead else self._period * (1 + self._chance() / 5))
        return Batch(tuple(updates), notes.written_cursor(places), wait=pause)

    async def _news(self, chat: str, place: Place, turn: _Turn, begins: int) -> tuple[list[Update], Place]:
        """What the page shows that was not told; after a long silence first, piece by piece, what is before it."""
        if turn.ahead > place.last + 1:
            return await self._piece(chat, place, turn)
        turn.ahead = 0
        page = await self._page(chat, turn)
        posts = {post.number: post for post in page.posts}
        lowest = min(posts, default=0)
        if lowest > place.last + 1:
            turn.ahead = lowest
            reach = self._reach if place.last else 0  # a channel that began with an empty page may have a past
            if lowest <= place.last + 1 + reach:
                return [], place
            told = notes.missed(chat, page, lowest - reach, place.since)
            return [told], replace(place, last=lowest - reach - 1)
        fresh = [post for number, post in sorted(posts.items()) if number > place.last]
        updates = [notes.new(chat, page, post, place.since) for post in fresh]
        changes = place.changes
        for number, post in posts.items():
            known = place.seen.get(number)
            if known is not None and known != post.digest():
                changes += 1
                updates.append(notes.changed(chat, page, post, changes, place.since))
        gone, missing = _gone(place, posts)
        updates += [notes.deleted(chat, page, number) for number in gone]
        seen = {number: post.digest() for number, post in posts.items() if number > begins}
        seen |= {number: place.seen[number] for number in missing}
        last = max([place.last, *posts])
        return updates, Place(place.since, last, seen, missing, changes)

    async def _piece(self, chat: str, place: Place, turn: _Turn) -> tuple[list[Update], Place]:
        """The next few posts behind the last that was told: each piece is kept before the next is asked for, so that
        a host that does not want to be asked so often costs time and nothing else. That there are none is believed when
        it was said more than once."""
        until = min(turn.ahead, place.last + 1 + _PIECE)
        found: dict[int, Post] = {}
        below, page = until, Page(None, ())
        while below > place.last + 1:
            page = _shown(await self._http.get(f"/{chat}?before={below}"), chat)
            older = {post.number: post for post in page.posts if post.number < below}
            if not older and turn.failures < _SURE:
                raise Retry("an older page shows no posts")
            if not older:
                break
            found |= older
            below = min(older)
        updates = [notes.new(chat, page, found[number], place.since) for number in sorted(found) if number > place.last]
        return updates, replace(place, last=until - 1, lost=False)

    async def _page(self, chat: str, turn: _Turn) -> Page:
        """Raises Retry."""
        headers = {}
        if turn.page is not None and turn.etag:
            headers["If-None-Match"] = turn.etag
        if turn.page is not None and turn.modified:
            headers["If-Modified-Since"] = turn.modified
        answer = await self._http.get(f"/{chat}", headers=headers)
        if answer.status == 304 and turn.page is not None:
            return turn.page
        page = _shown(answer, chat)
        turn.page, turn.etag, turn.modified = page, answer.etag, answer.modified
        return page

    async def close(self) -> None:
        await self._http.close()

    # --- what it says

    def convert(self, update: Update) -> RemoteEvent:
        try:
            return notes.event(json.loads(update.raw))
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

    async def send(self, chat: str, message: Outgoing) -> str:
        raise Refused("nobody hears us on a public page")


async def begin(http: Http, word: str) -> tuple[Chat, str]:
    """The channel that a person named, and where its mirror begins: behind the last post that is there now. Raises
    Refused("mirror_no_name") for what can be no name, Refused("mirror_no_channel") where there is no public page of a
    channel, Retry."""
    name = channel_name(word)
    if name is None:
        raise Refused("mirror_no_name")
    try:
        page = _shown(await http.get(f"/{name}"), name)
    except _NoChannel:
        raise Refused("mirror_no_channel") from None
    if page.title is None:
        raise Refused("mirror_no_channel")
    return Chat(name, ChatKind.MIRROR, page.title), str(max((post.number for post in page.posts), default=0))


def _gone(place: Place, posts: Mapping[int, Post]) -> tuple[list[int], dict[int, int]]:
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


def _shown(answer: Answer, chat: str) -> Page:
    """Raises _NoChannel for a page that is not there, leads elsewhere or shows no channel, Retry."""
    if answer.status in (404, 410) or 300 <= answer.status < 400:
        raise _NoChannel(f"HTTP {answer.status} instead of a channel's page")
    if answer.status != 200:
        raise Retry(f"HTTP {answer.status}", after=answer.retry_after)
    page = read_page(answer.body, chat)
    if page.title is None and not page.posts:
        raise _NoChannel("there is no such channel any more, or it has no public page")
    return page


def _begins(mirrored: Mirrored) -> int:
    return int(mirrored.begins) if mirrored.begins.isdecimal() else 0
