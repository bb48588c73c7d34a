"""Updates that were taken over: converted, routed, sent to the room in chat order, deleted.

One lane a chat. A lane takes what waits for its chat, commits where all of it goes, sends it one by one, and then
deletes it; it ends when nothing is left, so that memory depends on what is active. A homeserver that is away holds the
lane, not the poller: taking over goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from bridge.core.attachments import Looks, attachment_of, file_content, looks_of, safe_name
from bridge.core.contents import ORIGIN, framed, origin_content, replacing, worded
from bridge.core.corrections import Corrections, Removal
from bridge.core.decisions import may_be_special
from bridge.core.faces import Faces
from bridge.core.filelinks import file_in_words
from bridge.core.files import Carrier, Unfetched
from bridge.core.hub import Hub
from bridge.core.identity import Users
from bridge.core.lanes import Lanes, backoff
from bridge.core.mentions import for_room
from bridge.core.pins import Pins
from bridge.core.placement import Placement
from bridge.core.presence import Presence
from bridge.core.quota import Quota
from bridge.core.reactions import reaction_content
from bridge.core.refusals import Refusals
from bridge.core.rooms import Rooms
from bridge.core.things import as_said
from bridge.core.wording import in_words, with_author
from bridge.errors import NotAllowed, Refused, Retry
from bridge.model import (
    BotMoved,
    Media,
    MembersMoved,
    MessageDeleted,
    MessageEdited,
    MessageSaid,
    Missed,
    Nothing,
    Pressed,
    ReactionsChanged,
    ReadUpTo,
    RemoteEvent,
    ServiceLine,
    Started,
    Text,
    Unpinned,
    Unreadable,
    Unsupported,
)
from bridge.ports import Homeserver, Session
from bridge.store.database import Store
from bridge.store.inbox import Inbox, Login, Taken
from bridge.store.ledger import Ledger
from bridge.store.notices import Notices
from bridge.store.portals import Portals
from bridge.store.together import Together

log = logging.getLogger("hampayam.inbox")

_BATCH = 20
"""Updates of one chat that are routed in one transaction."""

_LONGEST = 60_000
"""Characters of a message; an event of Matrix holds 65,536 bytes with everything around the words."""

_FILE_TRIES = 5
"""Tries to fetch a file; then its message crosses without it, and says so."""

OnEvent = Callable[["Arrivals", MessageSaid | BotMoved | Started | Pressed | Missed], Awaitable[bool]]
"""What is not a message for a room (a command, our bot's own moves, a gap). True: it was dealt with."""


class Arrivals:
    """The inbox of one login. `special` looks at every event first (commands, moves); `counted` counts the rest;
    `lost` is called with a room in which our own steward is no longer."""

    def __init__(
        self,
        login: Login,
        session: Session,
        *,
        bots: Callable[[str], bool],
        store: Store,
        inbox: Inbox,
        ledger: Ledger,
        portals: Portals,
        hub: Hub,
        corrections: Corrections,
        rooms: Rooms,
        users: Users,
        homeserver: Homeserver,
        carrier: Carrier,
        faces: Faces,
        lanes: Lanes,
        quota: Quota,
        special: OnEvent,
        notices: Notices,
        wake_chat: Callable[[str, str], None],
        languages: tuple[str, ...],
        counted: Callable[[str, str], None],
        lost: Callable[[str], Awaitable[None]],
    ) -> None:
        self.login = login
        self.session = session
        self._bots = bots
        self._store = store
        self._inbox = inbox
        self._ledger = ledger
        self._portals = portals
        self._hub = hub
        self._corrections = corrections
        self._rooms = rooms
        self._users = users
        self._homeserver = homeserver
        self._carrier = carrier
        self.faces = faces
        self._lanes = lanes
        self._quota = quota
        self._special = special
        self._languages = languages
        self._counted = counted
        self._refusals = Refusals(
            store, ledger, notices, rooms, users, wake_chat=wake_chat, lost=lost, languages=languages
        )
        self._dealt_with = Together(self._write_dealt_with)
        self._pins = Pins(
            login, corrections=corrections, rooms=rooms, homeserver=homeserver, store=store, ledger=ledger, lanes=lanes
        )
        self._presence = Presence(
            login,
            session,
            bots=bots,
            ledger=ledger,
            portals=portals,
            rooms=rooms,
            homeserver=homeserver,
            lanes=lanes,
        )

    async def resume(self) -> None:
        """Start a lane for every chat that has updates from before."""
        await self._lanes.wake_all("", partial(self._inbox.waiting, self.login.id), self.wake)

    def wake(self, chat: str) -> None:
        self._lanes.wake(("in", self.login.id, chat), lambda: self._drain(chat))

    async def _drain(self, chat: str) -> None:
        while batch := await self._inbox.next(self.login.id, chat, _BATCH):
            if await self._work(batch) == len(batch) < _BATCH:
                return  # whatever came meanwhile has woken us again

    async def _work(self, batch: list[Taken]) -> int:
        """Deal with the longest run of plain messages at once; anything else alone, at its place. Returns how many."""
        run: list[MessageSaid] = []
        seqs: list[int] = []
        for taken in batch:
            event = self._read(taken)
            if isinstance(event, MessageSaid) and (rest := self._quota.rest(event)):
                if run:
                    break
                await self._lanes.sleep(rest)
            if isinstance(event, MessageSaid) and not may_be_special(event):
                run.append(event)
                seqs.append(taken.seq)
                continue
            if run:
                break
            try:
                await self._alone(event)
            except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, AssertionError) as error:
                # What breaks us now breaks us every time: it is set aside. (A database that fails is not.)
                log.error("%s: an update was set aside: %s", self.login.platform, type(error).__name__)
                self._counted(self.login.platform, "set aside")
            await self._inbox.done([taken.seq])
            self._quota.count([event] if isinstance(event, MessageSaid) else [])
            return 1
        placed = await self._place(run)
        # Written together and behind the sends: if we die in between, they are repeated with the same transaction
        # ids, and the homeserver answers with the events that it has.
        await self._dealt_with.add((placed, seqs))
        self._quota.count(run)
        if placed:
            self._presence.seen(run[-1])
        return len(seqs)

    async def _write_dealt_with(self, runs: Sequence[tuple[list[tuple[int, str]], list[int]]]) -> list[None]:
        async with self._store.transaction():
            await self._ledger.placed(one for placed, _ in runs for one in placed)
            await self._inbox.done(seq for _, seqs in runs for seq in seqs)
        return [None] * len(runs)

    def _read(self, taken: Taken) -> RemoteEvent:
        try:
            return self.session.convert(taken.update)
        except Exception as error:  # an update that always raises must not stop the stream behind it
            log.error("%s: an update could not be read: %s", self.login.platform, type(error).__name__)
            return Nothing("unreadable")

    async def _alone(self, event: RemoteEvent) -> None:
        match event:
            case MessageSaid() if await self._pins.said(event):
                pass
            case MessageSaid():
                if await self._special(self, event) or await self._place_one(event):
                    self._presence.seen(event)
                if isinstance(event.content, ServiceLine) and event.content.kind == "title":
                    await self._presence.renamed(event.chat, event.content.title)
            case MessageEdited():
                for placement in await self._corrections.edited(self.login, event, bots=self._bots):
                    await self._settle([(placement.message, await self._send(placement, {}))])
            case MessageDeleted():
                for removal in await self._corrections.deleted(self.login, event):
                    await self._settle([(removal.message, await self._remove(removal))])
            case ReactionsChanged():
                removals, placements = await self._corrections.reacted(self.login, event)
                for removal in removals:
                    await self._settle([(removal.message, await self._remove(removal))])
                for placement in placements:
                    await self._settle([(placement.message, await self._send(placement, {}))])
            case Unpinned():
                await self._pins.taken_down(event)
            case ReadUpTo():
                await self._presence.read_there(event)
            case MembersMoved():
                await self._presence.moved(event)
            case BotMoved() | Started() | Pressed() | Missed():
                await self._special(self, event)
            case Unreadable(chat, id):
                await self._place_one(MessageSaid(chat, id, None, Unsupported("unknown")))
            case Nothing(kind):
                self._counted(self.login.platform, kind)

    async def _place_one(self, said: MessageSaid) -> bool:
        """Whether it is in the room now."""
        placed = await self._place([said])
        await self._settle(placed)
        return bool(placed)

    async def _settle(self, sent: Iterable[tuple[int, str | None]]) -> None:
        async with self._store.transaction():
            await self._ledger.placed((row, event) for row, event in sent if event is not None)

    async def _place(self, said: list[MessageSaid]) -> list[tuple[int, str]]:
        """Route and send; returns (message row, event id) of those that are on the homeserver now."""
        placed: list[tuple[int, str]] = []
        for each in said:
            if each.sender is not None and each.sender.virtual:
                self._counted(self.login.platform, "bridged already")
        just_now: dict[str, str] = {}
        for placement in await self._hub.receive(self.login, said, bots=self._bots):
            event_id = await self._send(placement, just_now)
            if event_id is not None:
                placed.append((placement.message, event_id))
                just_now[placement.said.id] = event_id
        return placed

    async def _send(self, placement: Placement, just_now: dict[str, str]) -> str | None:
        """Send one message as its ghost, for as long as it takes. None: it was refused, and its sender told."""
        portal, said = placement.portal, placement.said
        assert portal.mxid is not None
        attempt = unfetched = 0
        brought_back = False
        event: dict[str, Any] | None = None
        while True:
            try:
                ghost = await self._rooms.ghost(portal, said.sender or said.chat)
                self.faces.saw(portal, said.sender or said.chat)
                if event is None:
                    event = await self._event(placement, ghost, just_now, last_try=unfetched >= _FILE_TRIES)
                try:
                    kind = "m.reaction" if placement.origin.kind == "reaction" else "m.sticker"
                    type = "m.room.message" if "msgtype" in event else kind
                    return await self._homeserver.send(portal.mxid, ghost, event, placement.txn, type)
                except NotAllowed:
                    self._store.forget_here("portals")
                    now = await self._portals.get(portal.id)
                    if now is not None and now.mxid not in (None, portal.mxid):  # another room took its place
                        placement = self._hub.moved(placement, now)
                        portal, event = now, None
                        continue
                    if brought_back:
                        raise
                    await self._rooms.forget_ghost(portal, ghost)  # somebody took it out: bring it back, once
                    brought_back = True
            except Retry as error:
                unfetched += isinstance(error, Unfetched)
                await self._lanes.sleep(error.after if error.after is not None else backoff(attempt))
                attempt += 1
            except Refused as error:
                await self._lanes.patiently(partial(self._refusals.refused, placement, error))
                return None

    async def _remove(self, removal: Removal) -> str | None:
        """Delete an event, for as long as it takes. None: the homeserver will not."""
        attempt = 0
        for user, origin in removal.by:
            content = {ORIGIN: origin_content(origin)}
            while True:
                try:
                    return await self._homeserver.redact(removal.room, user, removal.event_id, removal.txn, content)
                except Retry as error:
                    await self._lanes.sleep(error.after if error.after is not None else backoff(attempt))
                    attempt += 1
                except Refused as error:
                    log.info("%s: a deletion was refused by the homeserver: %s", self.login.platform, error.reason)
                    break
        async with self._store.transaction():
            await self._ledger.give_up(removal.message, "not_deleted")
        return None

    async def _target(self, said: MessageSaid, just_now: dict[str, str]) -> str | None:
        if said.reply_to is None:
            return None
        return just_now.get(said.reply_to) or await self._ledger.event_of(self.login.id, said.chat.id, said.reply_to)

    async def _event(
        self, placement: Placement, ghost: str, just_now: dict[str, str], *, last_try: bool
    ) -> dict[str, Any]:
        """The content of the event that a message becomes. Raises Retry, Refused("too_long")."""
        said, about = placement.said, placement.about
        if about is not None and placement.origin.kind == "reaction":
            assert isinstance(said.content, Text)
            return {**reaction_content(said.content.body, about), ORIGIN: origin_content(placement.origin)}
        if isinstance(said.content, Media):
            media = said.content
            words = with_author(Text(media.caption, media.marks), said.forwarded, self._languages)
            media = replace(media, caption=words.body, marks=words.marks)
            if about is not None:
                content = await self._captioned(placement, media, about)
            else:
                content = await self._file(media, ghost, last_try=last_try)
        else:
            words = with_author(in_words(said.content, self._languages), said.forwarded, self._languages)
            content = as_said(said.content, words, {"msgtype": "m.text", **self._worded(words)})
        if len(content["body"]) > _LONGEST:
            raise Refused("too_long")
        if about is not None:
            return replacing(content, placement.origin, about)
        return framed(content, placement.origin, await self._target(said, just_now))

    async def _file(self, media: Media, ghost: str, *, last_try: bool) -> dict[str, Any]:
        """A file as it stands in the room; in words where it cannot be fetched. A file of any size holds up its own
        chat alone."""
        if not media.file:
            return self._told(media, "")
        try:
            found, mxc, looks = await self._carrier.bring(media, ghost)
        except (Unfetched, Refused) as error:
            if isinstance(error, Unfetched) and not last_try:
                raise
            log.info("%s: a %s did not come across: %s", self.login.platform, media.kind, error.reason)
            return self._told(media, error.reason)
        return self._shown(found, mxc, looks)

    async def _captioned(self, placement: Placement, media: Media, event_id: str) -> dict[str, Any]:
        """The file of an event with other words below it."""
        assert placement.portal.mxid is not None
        steward = self._users.steward(placement.portal.platform, placement.portal.room)
        event = await self._homeserver.event(placement.portal.mxid, event_id, steward)
        content = event.get("content") if event is not None else None
        file = attachment_of(content) if isinstance(content, dict) else None
        if file is None or not isinstance(content, dict):  # it did not come across
            return self._told(media, "")
        now = replace(
            media,
            kind=file.kind,
            name=file.name,
            mime=file.mime,
            size=file.size,
            width=file.width,
            height=file.height,
            duration=file.duration,
        )
        return {"msgtype": "m.image", **self._shown(now, file.mxc, looks_of(content))}

    def _told(self, media: Media, reason: str) -> dict[str, Any]:
        """A file that did not come across, in words."""
        name = safe_name(media.name, media.kind, media.mime) if media.name else ""
        caption = Text(media.caption, media.marks)
        words = file_in_words(media.kind, name, media.size, caption, self._languages, reason=reason)
        return {"msgtype": "m.text", **self._worded(words)}

    def _shown(self, media: Media, mxc: str, looks: Looks) -> dict[str, Any]:
        """A sticker has no room for words: with some, it is a picture."""
        if not media.caption:
            return file_content(media, mxc, {}, looks)
        kind = "photo" if media.kind == "sticker" else media.kind
        return file_content(replace(media, kind=kind), mxc, self._worded(Text(media.caption, media.marks)), looks)

    def _worded(self, text: Text) -> dict[str, Any]:
        return worded(text.body, for_room(text.marks, self._users, self.login.platform) if text.marks else ())
