"""What a platform says about a message that it told before: it reads otherwise now, it is gone, it is pinned,
people react to it.

Decided and committed like a message (`Hub.receive`), on a row of its own that names the message as its target, and then
sent to the room. What was never seen is told apart: an edit of it is the message itself, as it reads now (it overtook
it), and its deletion leaves a row, so that it does not cross when it comes after all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bridge.core.hub import Hub
from bridge.core.identity import Users
from bridge.core.people.voices import Voices
from bridge.core.placement import Placement
from bridge.core.reactions import counted
from bridge.keys import Keys
from bridge.model import Chat, MessageDeleted, MessageEdited, MessageSaid, Origin, Person, ReactionsChanged, Text
from bridge.store.database import Store
from bridge.store.inbox import Login
from bridge.store.ledger import Ledger
from bridge.store.ledger_rows import Key, Message, Route
from bridge.store.portals import Portal, Portals


@dataclass(frozen=True, slots=True)
class Removal:
    """An event that must go. Its author may delete it, and so may a steward: (user, what the deletion carries), to be
    tried in this order. `txn` is the same at every try."""

    message: int
    room: str
    event_id: str
    txn: str
    by: tuple[tuple[str, Origin], ...]


@dataclass(frozen=True, slots=True)
class Pinning:
    """A message that `by`, the steward, must pin in the room, or take down there. `done`: that is so already."""

    message: int
    portal: Portal
    event_id: str
    by: str
    origin: Origin
    done: bool


class Corrections:
    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        portals: Portals,
        hub: Hub,
        users: Users,
        keys: Keys,
        voices: Voices,
        *,
        clock: Callable[[], int],
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._portals = portals
        self._hub = hub
        self._users = users
        self._keys = keys
        self._voices = voices
        self._clock = clock

    async def edited(self, login: Login, edited: MessageEdited, *, bots: Callable[[str], bool]) -> list[Placement]:
        """What must now be sent for an edit. Safe to repeat."""
        said = edited.said
        if said.sender is not None and said.sender.id == login.remote_id:
            return []  # our own
        key = Key(login.id, said.chat.id, said.id)
        known = (await self._ledger.by_keys([key])).get(key)
        if known is None:
            portal = await self._portals.of_chat(login.id, said.chat.id)
            if portal is None or 0 < said.at < portal.made_at or await self._ledger.is_ours(*key[:3]):
                return []
            return await self._hub.receive(login, [said], bots=bots)
        portal = await self._open(known)
        if portal is None or portal.mxid is None or known.event_id is None or known.sender is None:
            return []
        key = key._replace(kind="edit", version=edited.version)
        kept = await self._voices.kept(known.sender, portal.room)
        row = await self._decided(key, known, edited.at, kept)
        if row.state != "routed":
            return []
        origin = self._hub.origin(key, portal.mxid, known.sender)
        return [Placement(row.id, portal, said, self._hub.txn(key), origin, about=known.event_id)]

    async def deleted(self, login: Login, deleted: MessageDeleted) -> list[Removal]:
        """What must now be deleted. Safe to repeat. A copy of ours that a moderator took away is their own chat's
        matter: the message stays everywhere else."""
        removals, unseen = [], []
        keys = [Key(login.id, deleted.chat.id, id) for id in deleted.ids]
        known = await self._ledger.by_keys(keys)
        for key in keys:
            if key not in known:
                unseen.append(key)
            elif (removal := await self._removal(key, known[key])) is not None:
                removals.append(removal)
        portal = await self._portals.of_chat(login.id, deleted.chat.id)
        if portal is not None and portal.listening and not deleted.maybe:
            at = self._clock()
            foreign = [key for key in unseen if not await self._ledger.is_ours(*key[:3])]
            async with self._store.transaction():
                await self._ledger.route([Route(key, "withheld", at, reason="deleted") for key in foreign])
        return removals

    async def _removal(self, key: Key, known: Message) -> Removal | None:
        portal = await self._open(known)
        if portal is None or portal.mxid is None or known.event_id is None or known.sender is None:
            return None
        key = key._replace(kind="delete")
        row = await self._decided(key, known, 0)
        if row.state != "routed":
            return None
        by = (known.sender, self._users.steward(portal.platform, portal.room))
        origins = tuple((user, self._hub.origin(key, portal.mxid, user)) for user in by)
        return Removal(row.id, portal.mxid, known.event_id, self._hub.txn(key), origins)

    async def reacted(self, login: Login, change: ReactionsChanged) -> tuple[list[Removal], list[Placement]]:
        """What must now be taken back and what put there, by the chat itself: whoever reacted is not named.
        Safe to repeat."""
        known = await self._ledger.message_of(login.id, change.chat.id, change.id)
        if known is None or known.event_id is None:
            return [], []
        portal = await self._portals.that_leads_to(login.id, change.chat.id, known.room)
        if portal is None or portal.mxid is None or not portal.listening:
            return [], []
        ghost = self._users.ghost(login.platform, change.chat.id)
        wanted = {self._digest(shown): shown for shown in (counted(key, n) for key, n in change.counts if n > 0)}
        removals = []
        for key, row in await self._ledger.reactions(login.id, change.chat.id, change.id):
            if wanted.pop(key.version.partition("/")[0], None) is None and row.event_id is not None:
                key = key._replace(kind="unreaction")
                gone = await self._decided(key, known._replace(portal=portal.id, sender=ghost), 0)
                if gone.state == "routed":
                    origin = self._hub.origin(key, portal.mxid, ghost)
                    removals.append(Removal(gone.id, portal.mxid, row.event_id, self._hub.txn(key), ((ghost, origin),)))
        placements = []
        for digest, shown in wanted.items():
            key = Key(login.id, change.chat.id, change.id, "reaction", f"{digest}/{change.version}")
            made = await self._decided(key, known._replace(portal=portal.id, sender=ghost), 0)
            if made.state == "routed":
                said = MessageSaid(change.chat, change.id, None, Text(shown))
                origin = self._hub.origin(key, portal.mxid, ghost)
                placements.append(Placement(made.id, portal, said, self._hub.txn(key), origin, about=known.event_id))
        return removals, placements

    async def pinned(
        self, login: Login, chat: Chat, id: str, who: Person | None, version: str, at: int, *, pinned: bool
    ) -> Pinning | None:
        """What must now be pinned, or taken down, in the room. None: the message is none that it knows. Safe to
        repeat."""
        portal = await self._portals.of_chat(login.id, chat.id)
        known = await self._ledger.message_of(login.id, chat.id, id)
        if portal is None or portal.mxid is None or not portal.listening or known is None or known.event_id is None:
            return None
        if known.room != portal.room:
            return None
        key = Key(login.id, chat.id, id, "pin" if pinned else "unpin", version)
        ghost = self._users.ghost(login.platform, (who or chat).id)
        row = await self._decided(key, known._replace(portal=portal.id, sender=ghost), at)
        steward = self._users.steward(portal.platform, portal.room)
        origin = self._hub.origin(key, portal.mxid, steward)
        return Pinning(row.id, portal, known.event_id, steward, origin, row.state != "routed")

    def _digest(self, shown: str) -> str:
        """What people chose is as private as what they said."""
        return self._keys.digest("reaction", shown)[:16]

    async def _open(self, known: Message) -> Portal | None:
        """The portal through which a message crossed; None if it did not, or the link has ended."""
        if known.portal is None or known.state not in ("placed", "accepted"):
            return None
        portal = await self._portals.get(known.portal)
        return portal if portal is not None and portal.listening else None

    async def _decided(self, key: Key, known: Message, at: int, kept: str | None = None) -> Message:
        route = Route(
            key,
            state="routed" if kept is None else "withheld",
            reason=kept,
            at=at or self._clock(),
            room=known.room,
            portal=known.portal,
            sender=known.sender,
            target=known.id,
        )
        async with self._store.transaction():
            rows = await self._ledger.route([route])
        return rows[key]
