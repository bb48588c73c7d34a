"""The two verbs. Everything that happens is a case of one of them.

Somebody writes in a Bale group; it is read in a Rubika group that shares the room::

    Bale ──▶ session.fetch ──▶ inbox ────▶ session.convert ──▶ Hub.receive ──▶ HOMESERVER
                   (1)   committed with the     (2)  where it goes is     (3)  as a ghost, with a     │
                         cursor, encrypted           committed first           stable transaction id  │ (4) transaction
                                                                                                      ▼
    Rubika ◀── session.send ◀── render ◀── outbox ◀── copies 'queued' ◀── Hub.accept ◀── our endpoint
                   (6)                      (5) one at a time for each chat,      committed, then 200

A message that is typed in the room itself starts at (4): the same code. An edit, a deletion and a reaction take the
same path, as rows of their own (`corrections.py` at (2), `delivery.py` at (6)).

Why a message cannot be lost: at every arrow, whoever hands over keeps its record until the receiver has committed.

1. The platform's cursor moves in the same database transaction that stores the updates.
2. An inbox row is deleted only when its event is on the homeserver (or a row says why it never will be).
3. If we die between the send and its record, the send is repeated with the same transaction id, and the homeserver
   answers with the event that it already has.
4. The homeserver gets 200 only after `accept` has committed one copy a chat; anything else makes it repeat.
5. A copy is `sending`, on disk, before the call. It leaves the queue only in a final state.
6. No platform takes a key that would make a repeat harmless. So a call whose answer is missing is never repeated: the
   copy is `unknown`, and its sender is told.

Why a message cannot come twice: rows are unique by (login, chat, remote id) and by (message, chat), so that a repeated
update and a repeated transaction change nothing; and every event that we send carries a signed `origin`, by which
`accept` knows the chat that it came from and queues no copy back to it.

Why the order holds: one update after the other for each chat, one send in flight for each room from it, copies numbered
in the order of the homeserver's transaction, and sent one after the other for each chat.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bridge.core.accepted import Accepted, meant_by
from bridge.core.bodies import Bodies
from bridge.core.contents import ORIGIN, event_id, fingerprint
from bridge.core.decisions import settles
from bridge.core.identity import Users
from bridge.core.numbering import Numbering
from bridge.core.people.voices import Voices
from bridge.core.pins import PINS, Told
from bridge.core.placement import Placement
from bridge.core.things import POLLS
from bridge.keys import Keys
from bridge.model import ChatKind, MessageSaid, Origin, RoomEvent, Text
from bridge.store.database import Store
from bridge.store.inbox import Login
from bridge.store.ledger import Ledger
from bridge.store.ledger_rows import Key, Message, Route
from bridge.store.notices import Tasks
from bridge.store.portals import Portal, Portals
from bridge.store.restoring import RESTORED_AT, may_have_crossed
from bridge.store.together import Together

log = logging.getLogger("hampayam.hub")

PORTAL_EVENT = "uk.half-shot.bridge"
"""The state event that ties a chat to a room. Source: MSC2346, as clients show it."""

LAST_TRANSACTION = "last_transaction"
"""The setting that holds the id of the transaction that was committed last."""

CONVERSATION = ("m.room.message", "m.sticker", "m.room.redaction", "m.reaction", *POLLS)

_POISONED = (TypeError, ValueError, KeyError, AttributeError)
"""What odd content makes our code raise."""


Heard = tuple[Login, Sequence[MessageSaid], Callable[[str], bool]]
"""Messages of one chat, and which bots' messages are bridged there."""


class Hub:
    """`wake` is called, after the commit, with the id of each portal that has new copies; `tasks_due` when a worker has
    something to finish; `forget_name` with (room, person) when somebody in a room changed their name. `meant` tells
    which of the conversations of a private chat (of a login, by its id) a message goes to."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        portals: Portals,
        tasks: Tasks,
        bodies: Bodies,
        keys: Keys,
        users: Users,
        voices: Voices,
        *,
        clock: Callable[[], int],
        wake: Callable[[Portal], None],
        tasks_due: Callable[[str], None],
        forget_name: Callable[[str, str], None],
        meant: Callable[[str, MessageSaid], Awaitable[Portal | None]],
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._portals = portals
        self._tasks = tasks
        self._bodies = bodies
        self._keys = keys
        self._users = users
        self._voices = voices
        self._clock = clock
        self._wake = wake
        self._tasks_due = tasks_due
        self._forget_name = forget_name
        self._meant = meant
        self._pins = Told(ledger, users, clock=clock)
        self.restored_at = 0
        """When the database was declared to be an older one, in Unix ms."""
        self._numbering = Numbering(store, keys)
        self._receiving: Together[Heard, list[Placement]] = Together(self._receive)

    async def load(self) -> None:
        """Before anything is told."""
        await self._numbering.load()
        self.restored_at = int(await self._store.setting(RESTORED_AT) or 0)

    # --- a platform said something

    async def receive(
        self, login: Login, said: Sequence[MessageSaid], *, bots: Callable[[str], bool]
    ) -> list[Placement]:
        """Decide where messages of one chat go, and commit that. Returns those that must now be sent, in order.

        Safe to repeat: a replay gets the decision of the first time, whatever has changed since. `bots`: whether the
        messages of another bot (by its id) are bridged. What does not cross (no portal, a bot, a bridged copy of the
        national system, words of somebody who keeps them in their app) leaves a row without a body, so that a replay
        does not make it cross later.
        """
        return await self._receiving.add((login, said, bots))

    async def _receive(self, heard: Sequence[Heard]) -> list[list[Placement]]:
        async with self._store.transaction():
            routed: list[tuple[Login, list[tuple[MessageSaid, Route]]]] = []
            for login, said, bots in heard:
                routed.append((login, [(m, r) for m in said if (r := await self._route(login, m, bots)) is not None]))
            routes = [route for _, each in routed for _, route in each]
            rows = await self._ledger.route(routes)
            if await self._numbering.begun([route for _, each in routed for m, route in each if m.at > 0], rows):
                rows = await self._ledger.route(routes)
            return [
                [p for m, route in each if (p := await self._placement(login, m, rows[route.key])) is not None]
                for login, each in routed
            ]

    async def _route(self, login: Login, said: MessageSaid, bots: Callable[[str], bool]) -> Route | None:
        """Where a message goes. None: these are our own words."""
        if said.chat.kind is ChatKind.PRIVATE:
            portal = await self._meant(login.id, said)
        else:
            portal = await self._portals.of_chat(login.id, said.chat.id)
        own = said.sender is not None and said.sender.id == login.remote_id
        if own or said.sender is None:  # a channel's post names nobody: it may be ours, too
            came_back = await self._came_back(login, portal, said)
            if own or came_back:
                return None
        reason = None
        sender = self._users.ghost(login.platform, (said.sender or said.chat).id)
        if portal is None or not portal.listening or portal.mxid is None:
            reason = "no_portal"
        elif said.sender is not None and said.sender.virtual:
            reason = "bridged_already"
        elif said.sender is not None and said.sender.is_bot and not bots(said.sender.id):
            reason = "bot"
        elif may_have_crossed(said.at, self.restored_at, named=said.sender is not None):
            reason = "restored"
        else:
            reason = await self._voices.kept(sender, portal.room)
        return Route(
            Key(login.id, said.chat.id, said.id),
            state="withheld" if reason else "routed",
            reason=reason,
            at=said.at or self._clock(),
            room=portal.room if portal else None,
            portal=portal.id if portal else None,
            sender=sender,
        )

    async def _placement(self, login: Login, said: MessageSaid, row: Message) -> Placement | None:
        if row.state != "routed" or row.portal is None:
            return None
        portal = await self._portals.get(row.portal)  # as it was decided, maybe in another life of this chat
        if portal is None or portal.mxid is None:
            return None
        if portal.heard_at is None:
            await self._portals.heard(portal.id, self._clock())
        key = Key(login.id, said.chat.id, said.id)
        sender = row.sender or self._users.ghost(login.platform, (said.sender or said.chat).id)
        return Placement(row.id, portal, said, self.txn(key), self.origin(key, portal.mxid, sender))

    def moved(self, placement: Placement, portal: Portal) -> Placement:
        """The same placement in the room that took the other's place."""
        was = placement.origin
        key = Key(was.login, was.chat, was.message, was.kind, was.version)
        sender = self._users.ghost(portal.platform, (placement.said.sender or placement.said.chat).id)
        return replace(placement, portal=portal, origin=self.origin(key, portal.mxid or "", sender))

    async def _came_back(self, login: Login, portal: Portal | None, said: MessageSaid) -> bool:
        """Whether these are our own words. They settle a copy in flight or in doubt, and are never bridged."""
        if await self._ledger.is_ours(login.id, said.chat.id, said.id):
            return True
        if portal is None or not isinstance(said.content, Text):
            return False
        digest = fingerprint(self._keys, login.id, said.chat.id, said.content.body)
        return await self._ledger.settle(portal.id, digest, login.id, said.chat.id, said.id, self._clock())

    def txn(self, key: Key) -> str:
        """Unique over all ghosts, since the homeserver scopes transaction ids to the appservice."""
        return "hp-" + self._keys.digest("txn", *self._numbering.signed(key))[:40]

    def origin(self, key: Key, room: str, sender: str) -> Origin:
        """What an event that `sender` sends for a platform's message, edit or deletion carries."""
        signature = self._keys.sign(room, sender, *key.signed)
        return Origin(key.login, key.chat, key.remote_id, signature, key.kind, key.version)

    # --- the room said something

    async def accept(self, events: Sequence[RoomEvent], transaction: str = "") -> None:
        """Take over a transaction of the homeserver's: when this returns, it is on disk and may be answered 200.
        `transaction` is its id.

        Safe to repeat. Looks at an event's type, room and sender only; what a copy looks like, and whether it may go
        out at all, is decided in the outbox, where a failure concerns one chat.
        """
        due = Accepted()
        rooms: dict[str, None] = {}
        async with self._store.transaction():
            if transaction:
                await self._store.set(LAST_TRANSACTION, transaction)
            read: list[tuple[RoomEvent, Key | None]] = []
            for event in events:
                try:
                    signed = event.type in CONVERSATION or event.type == PINS
                    read.append((event, self.read_origin(event) if signed else None))
                except _POISONED as error:
                    await self._set_aside(event, error)
            known = await self._ledger.by_keys({origin for _, origin in read if origin is not None})
            for event, origin in read:
                try:
                    if event.type in CONVERSATION:
                        await self._accept_message(event, origin, known, due)
                    elif event.type == PINS:
                        await self._accept_pins(event, origin, known, due)
                    if await self._accept_other(event):
                        rooms[event.room] = None
                except _POISONED as error:
                    await self._set_aside(event, error)
            await self._ledger.accepted(due.messages)
            await self._ledger.queue(due.copies, self._clock())
        for portal in due.portals.values():
            self._wake(portal)
        for room in {**rooms, **dict.fromkeys(due.tasks)}:
            self._tasks_due(room)

    async def _set_aside(self, event: RoomEvent, error: Exception) -> None:
        """A poison event must not stop its neighbours. (A database error is none: it means 5xx.)"""
        log.error("event %s set aside: %s", event.id, type(error).__name__)
        await self._tasks.poison(event.id, event.room, type(error).__name__, self._clock())

    async def _accept_message(
        self, event: RoomEvent, origin: Key | None, known: dict[Key, Message], due: Accepted
    ) -> None:
        portals = await self._portals.in_room(event.room)
        if not portals:
            return
        ours = self._users.is_ours(event.sender)
        if origin is None and ours:
            return  # a notice of ours
        kind, about = meant_by(event)
        target = source = None
        if kind != "message":
            source = target = await self._ledger.by_event(about) if about is not None else None
            if target is not None and target.kind == "reaction" and kind == "delete":
                kind, target = "unreaction", await self._ledger.by_id(target.target or 0)
            if target is None or target.kind != "message" or target.room != portals[0].room:
                return  # of something that never crossed
            if kind == "edit" and target.sender != event.sender:
                return  # nobody corrects another's words
            self._bodies.forget(about or "")
        message = None
        if origin is not None:
            row = known.get(origin)
            if row is not None:
                back = due.messages.get(row.id, row.event_id)
                if back is not None and back != event.id:
                    if ours:
                        return  # the homeserver had forgotten our transaction id and took the message twice
                    origin = None  # taken from another event
                elif row.state == "accepted" or row.id in due.messages:
                    return  # a repeated transaction
                else:
                    due.messages[row.id] = event.id
                    message = row.id
        if message is None and kind == "message" and await settles(self._store, event):
            await self._task(event, "settle")
            due.tasks.add(event.room)
            return
        if message is None:
            now = self._clock()
            at = min(event.at, now) if event.at > 0 else now  # other people's clocks
            about_row = target.id if target is not None else None
            message = await self._ledger.adopt(event.id, portals[0].room, event.sender, at, kind, about_row)
            if message is None:
                return  # a repeated transaction
        where = origin if source is None or kind == "reaction" else source
        came_by = due.copy(message, event.id, portals, where)
        if due.copies and due.copies[-1][0] == message:
            self._bodies.keep(event.id, event.content)
        if kind == "message" and came_by is not None and came_by.state == "closing" and not due.heard(message):
            await self._task(event, "unheard")
            due.tasks.add(event.room)

    async def _accept_pins(
        self, event: RoomEvent, origin: Key | None, known: dict[Key, Message], due: Accepted
    ) -> None:
        portals = await self._portals.in_room(event.room)
        if portals and event.state_key == "":
            row = known.get(origin) if origin is not None else None
            for message, id in await self._pins.rows(event, row, portals[0].room, due.messages):
                if row is not None and row.id == message:
                    due.messages[message] = id
                due.copy(message, id, portals, origin)

    async def _accept_other(self, event: RoomEvent) -> bool:
        """What is not a message of a conversation. True: a worker has something to finish."""
        match event.type:
            case "m.room.message":
                if self._users.is_ours(event.sender) or await self._tasks.management(event.room) is None:
                    return False
                self._bodies.keep(event.id, event.content)
                return await self._task(event, "command")
            case "m.room.encrypted" | "m.room.encryption":
                return await self._task(event, "encryption")
            case "m.room.member":
                self._forget_name(event.room, event.state_key or "")
                target = event.state_key or ""
                out = event.content.get("membership") in ("leave", "ban")
                if out and self._users.is_steward(target) and await self._portals.in_room(event.room):
                    return await self._task(event, "steward gone")  # also by itself: a room that is shut down
                if self._users.is_ours(target) and not self._users.is_ours(event.sender):
                    kind = {"invite": "invite", "ban": "barred"}.get(str(event.content.get("membership")), "member")
                    if kind == "invite" and event.encrypted and target != self._users.bot:
                        kind = "encrypted invite"
                    return await self._task(event, kind)
                moved = {"leave": "gone", "ban": "gone", "join": "came"}.get(str(event.content.get("membership")))
                if moved is not None and not self._users.is_ours(target):
                    if any(portal.partner is not None for portal in await self._portals.in_room(event.room)):
                        return await self._task(event, moved)
                    if moved == "gone" and await self._tasks.management(event.room) is not None:
                        return await self._task(event, "member")
            case "m.room.tombstone" if event.state_key == "":
                return await self._task(event, "replaced")
            case "m.room.redaction":
                self._bodies.forget(event_id(event.content.get("redacts")) or "")
            case _ if event.type == PORTAL_EVENT and self._users.is_ours(event.sender):
                return await self._accept_link(event)
        return False

    async def _accept_link(self, event: RoomEvent) -> bool:
        """Our own link event came back: from here on in the room's order, the chat hears the room."""
        ours = event.content.get("ir.hampayam")
        number = ours.get("portal") if isinstance(ours, Mapping) else None
        if not isinstance(number, int) or not 0 < number < 2**63:
            return False
        portal = await self._portals.get(number)
        if portal is None or portal.mxid != event.room or portal.state != "opening":
            return False
        await self._portals.move(portal.id, "opening", "open")
        return await self._task(event, "opened")

    async def _task(self, event: RoomEvent, kind: str) -> bool:
        await self._tasks.put(event.id, kind, event.room, event.sender, event.state_key)
        return True

    def read_origin(self, event: RoomEvent) -> Key | None:
        """What an event is from, by the origin in it, if that is truly ours: signed for this room and this sender."""
        raw: Any = event.content.get(ORIGIN)
        if not isinstance(raw, dict):
            return None
        given = *map(raw.get, ("login", "chat", "message")), raw.get("kind", "message"), raw.get("version", "")
        signature = raw.get("signature", "")
        for value in (signature, *given):
            if not isinstance(value, str):
                return None
        key = Key._make(given)
        return key if self._keys.signed(signature, event.room, event.sender, *key.signed) else None
