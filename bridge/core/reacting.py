"""What a chat shows of the reactions to a message: one of ours, and who reacted in words.

It is made from the reactions that the homeserver has at that moment, so of many that wait only the last does anything.
"""

from __future__ import annotations

from collections.abc import Sequence

from bridge.core.bodies import Bodies
from bridge.core.identity import Users
from bridge.core.names import Names
from bridge.core.people.voices import Voices
from bridge.core.reactions import most_chosen, worded_reactions
from bridge.core.sending import End, Parts, Sender, done
from bridge.model import Text
from bridge.outgoing import Outgoing
from bridge.ports import Session
from bridge.store.database import Store
from bridge.store.ledger import Ledger
from bridge.store.ledger_rows import Due, Part
from bridge.store.portals import Portal
from bridge.texts import say


class Reacting:
    """`session` is the login's."""

    def __init__(
        self,
        session: Session,
        sender: Sender,
        *,
        store: Store,
        ledger: Ledger,
        bodies: Bodies,
        names: Names,
        users: Users,
        voices: Voices,
        languages: tuple[str, ...],
    ) -> None:
        self._session = session
        self._able = session.capabilities
        self._sender = sender
        self._store = store
        self._ledger = ledger
        self._bodies = bodies
        self._names = names
        self._users = users
        self._voices = voices
        self._languages = languages

    async def deliver(self, portal: Portal, due: Due) -> End | None:
        """Bring what the chat shows up to date. As `Delivery.deliver`."""
        assert portal.mxid is not None
        assert due.target is not None
        target = await self._ledger.by_id(due.target)
        event = target.event_id if target is not None else None
        there = await self._ledger.remote_of(event, portal.login, portal.chat) if event is not None else None
        if event is None or there is None:
            return End("withheld", "not_there", quiet=True)
        if await self._ledger.outdone(due.id, portal.id, due.target) and (self._able.edits or self._able.reacts):
            return End("sent", "superseded")
        steward = self._users.steward(portal.platform, portal.room)
        own = self._users.ghost(portal.platform, portal.chat)
        found = [
            each
            for each in await self._bodies.reactions(portal.mxid, event, steward)
            if each.sender != own and await self._voices.kept(each.sender, portal.room) is None
        ]
        told = await self._ledger.reaction_parts(due.target, portal.id)
        if self._able.reacts:
            best = most_chosen(found)
            put = await done(self._session.react(portal.chat, there, best))
            if put and all(each.key == best for each in found[:1]) and len(found) <= 1:
                found = []
        elif not self._able.edits:  # each is told once, and what was told stays
            found = [each for each in found if each.event == due.event_id]
        if not found:
            await self.untold(portal, told)
            return End("sent")
        named = [(each.key, *await self._names.of(portal.mxid, each.sender, steward)) for each in found]
        text = worded_reactions(named, self._able)
        if (
            told
            and self._able.edits
            and await done(self._session.edit(portal.chat, told[-1].remote_id, Outgoing(text)))
        ):
            return End("sent")
        return await self._sender.send(portal, due, Parts([Text(text)], there if self._able.replies else None))

    async def untold(self, portal: Portal, told: Sequence[Part]) -> None:
        """Nobody reacts any more, or the chat shows it itself."""
        for part in told:
            if self._able.deletes and await done(self._session.delete(portal.chat, part.remote_id)):
                async with self._store.transaction():
                    await self._ledger.forget_part(portal.login, portal.chat, part.remote_id)
            elif self._able.edits:
                gone = Outgoing(say("reactions_gone", self._languages))
                await done(self._session.edit(portal.chat, part.remote_id, gone))
