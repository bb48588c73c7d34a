"""The parts of a copy, sent one by one into a chat.

A part is committed as `sending` before its call; a call whose answer is missing is not repeated (where a platform knows
our own ids it is).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from bridge.core.attachments import Attachment
from bridge.core.contents import fingerprint
from bridge.core.files import Carrier
from bridge.core.lanes import not_cut_short
from bridge.core.pacing import BEHIND, Pacer
from bridge.core.people.people import People
from bridge.core.wording import map_link
from bridge.errors import InDoubt, LoginLost, NotAllowed, Refused, Retry
from bridge.keys import Keys
from bridge.model import Contact, Location, Text
from bridge.outgoing import Outgoing
from bridge.ports import Session
from bridge.store.database import Store
from bridge.store.lease import LeaseLost
from bridge.store.ledger import Ledger
from bridge.store.ledger_rows import Due, Sent
from bridge.store.portals import Portal

log = logging.getLogger("hampayam.delivery")


@dataclass(frozen=True, slots=True)
class End:
    """What became of a copy. `quiet`: its sender need not be told."""

    state: str
    reason: str = ""
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Parts:
    """What is to be sent for a copy: its first message answers `reply_to`. `before` parts of it are there already,
    `others` of them as parts of other copies."""

    texts: Sequence[Text]
    reply_to: str | None = None
    before: int = 0
    others: int = 0
    file: Attachment | None = None
    """What stands above the first text."""
    reader: str = ""
    """Who of ours fetches it."""
    thing: Location | Contact | None = None
    """What is shown as such behind the last text, which says it in words."""

    @property
    def count(self) -> int:
        return len(self.texts) + (self.thing is not None)


class Withdrawn(Refused):
    """The person of a private chat does not agree (any more) to hear this. Nothing was sent."""


class FileRefused(Refused):
    """The chat does not take a file. Nothing was sent."""


class Heavy(Exception):
    """A copy is a file: it needs a file's turn. Nothing was sent."""


class TakenOut(Refused):
    """Somebody ended the copy before its turn, and that is written down. Nothing was sent."""


class Sender:
    """`session` is the login's."""

    def __init__(
        self,
        session: Session,
        *,
        store: Store,
        ledger: Ledger,
        carrier: Carrier,
        keys: Keys,
        clock: Callable[[], int],
        people: People,
        pacer: Pacer,
    ) -> None:
        self._session = session
        self._able = session.capabilities
        self._store = store
        self._ledger = ledger
        self._carrier = carrier
        self._keys = keys
        self._clock = clock
        self._people = people
        self._pacer = pacer

    async def send(self, portal: Portal, due: Due, what: Parts) -> End | None:
        first, doubt = max(due.part, what.before), due.doubt
        if due.interrupted and not self._able.client_ids:
            # The part may be over there. It is not repeated; the words behind it go on.
            doubt = doubt or not await self._ledger.arrived(due.id, due.part)
            first = max(first, due.part + 1)
        count = what.count
        for number in range(first, count):
            if number > first:
                await self._pacer.more(portal.chat, BEHIND)
            again = due.interrupted and number == due.part
            if portal.partner is None:
                outcome = await not_cut_short(self._part(portal, due.id, number, what, doubt, again))
            else:
                sender = due.source.sender or ""
                outcome = await not_cut_short(self._part(portal, due.id, number, what, doubt, again, sender))
            if outcome is None:
                return None
            doubt = outcome
        return End("unknown", "no_answer" if first < count else "restart") if doubt else End("sent")

    async def _part(
        self, portal: Portal, copy: int, number: int, what: Parts, doubt: bool, again: bool, sender: str | None = None
    ) -> bool | None:
        """Send one part and commit what became of it. Returns whether any part is in doubt by now; None: the whole copy
        is `sent`, and that is committed with it. `again`: it may be over there from an earlier try. `sender`: whose
        words these are, where the chat's person must agree to hear them."""
        count = what.count
        thing = what.thing if number == len(what.texts) else None
        part = what.texts[number] if thing is None else Text(_known_by(thing))
        digest = fingerprint(self._keys, portal.login, portal.chat, part.body)
        if not self._store.held:
            raise Retry("another bridge may have the database")
        if not await self._ledger.sending(copy, number, count - what.others, digest):
            raise TakenOut("dropped")
        remote_id = None
        reply_to = what.reply_to if number == what.before else None
        message = Outgoing(part.body, reply_to, client_id=f"{copy}/{number}", marks=part.marks)
        if sender is not None:
            message = await self._agreed(portal, copy, number, what, message, again, sender)
        if not self._store.held:
            raise LeaseLost  # we were stopped in between: to whoever followed us this part is in doubt
        try:
            if isinstance(thing, Location):
                remote_id = await self._session.send_location(portal.chat, thing, replace(message, text=""))
            elif thing is not None:
                remote_id = await self._session.send_contact(portal.chat, thing, replace(message, text=""))
            elif what.file is None or number > 0:
                remote_id = await self._session.send(portal.chat, message)
            else:
                remote_id = await self._carrier.send(
                    portal.chat, what.file, what.reader, replace(message, caption=True)
                )
        except InDoubt as error:
            if self._able.client_ids:
                raise Retry(error.reason) from None  # left as `sending`: the same part again, under the same id
        except (Retry, LoginLost, Refused) as error:
            if not again:
                async with self._store.transaction():
                    await self._ledger.not_sent(copy, number)
            closed = isinstance(error, NotAllowed)
            if thing is not None and isinstance(error, Refused) and not closed:
                log.info("a %s was not shown: %s", type(thing).__name__, error.reason)
                return doubt  # the words for it are there
            if what.file is not None and number == 0 and isinstance(error, Refused) and not closed:
                raise FileRefused(error.reason) from None
            raise
        last = number == count - 1
        if last and not doubt and remote_id is not None and portal.trouble is None:
            await self._ledger.sent(Sent(copy, number, portal.login, portal.chat, remote_id, self._clock()))
            return None
        async with self._store.transaction():
            if remote_id is not None:
                await self._ledger.part_sent(copy, number, portal.login, portal.chat, remote_id)
            elif not await self._ledger.arrived(copy, number):  # unless our own words came back meanwhile
                doubt = True
            if not last:
                await self._ledger.next_part(copy, number + 1, doubt=doubt)
        return doubt

    async def _agreed(
        self, portal: Portal, copy: int, number: int, what: Parts, message: Outgoing, again: bool, sender: str
    ) -> Outgoing:
        """Asked behind the commit of `sending`: whoever takes their word back from now on waits for this send, and
        whoever did before is found here."""
        if not await self._people.may_hear(portal, sender):
            if not again:
                async with self._store.transaction():
                    await self._ledger.not_sent(copy, number)
            raise Withdrawn("ended")
        if number == what.count - 1 and self._able.buttons == "inline":
            return replace(message, buttons=await self._people.buttons(portal))
        return message


def _known_by(thing: Location | Contact) -> str:
    return map_link(thing) if isinstance(thing, Location) else f"{thing.name} {thing.phone}"


async def done(call: Awaitable[None]) -> bool:
    """Whether a change was made. False: it never will be. Raises Retry (what is in doubt is made again)."""
    try:
        await call
    except InDoubt as error:
        raise Retry(error.reason) from None
    except NotAllowed:
        raise
    except Refused as error:
        log.info("a change was refused: %s", error.reason)
        return False
    return True
