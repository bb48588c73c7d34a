"""Copies that are due: drained in order for each chat, retried, and reported when they end otherwise than `sent`.

One lane a portal for copies and one a chat for our own notices. Before a call the copy is committed as `sending`; after
it, as what it became. Only a call that surely did nothing is repeated.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from bridge.core.bodies import Bodies
from bridge.core.hub import fingerprint
from bridge.core.identity import Users, clean_name, title_of
from bridge.core.lanes import Lanes, backoff, not_cut_short
from bridge.core.render import render
from bridge.core.rooms import Rooms
from bridge.errors import InDoubt, LoginLost, NotAllowed, Refused, Retry
from bridge.keys import Keys
from bridge.model import Outgoing
from bridge.ports import Homeserver, Session
from bridge.store.database import Store
from bridge.store.ghosts import Ghosts
from bridge.store.inbox import Login
from bridge.store.ledger import Due, Ledger
from bridge.store.notices import Notices
from bridge.store.portals import Portal, Portals
from bridge.texts import reason_words, say

log = logging.getLogger("hampayam.outbox")

_BATCH = 20
KEEP_MS = 24 * 3600 * 1000
"""How long a message waits for a chat that cannot be reached, in milliseconds; then it is `expired`."""


class Names:
    """What the sender of an event is called, and where they are from. Names of people on Matrix are asked for once
    and forgotten when the homeserver says that they changed."""

    def __init__(
        self,
        ghosts: Ghosts,
        homeserver: Homeserver,
        users: Users,
        titles: Mapping[str, Mapping[str, str]],
        language: str,
    ) -> None:
        self._ghosts = ghosts
        self._homeserver = homeserver
        self._users = users
        self._titles = titles
        self._language = language
        self._people: OrderedDict[tuple[str, str], str] = OrderedDict()

    async def of(self, room: str, sender: str, reader: str) -> tuple[str, str]:
        """(name, platform's title)."""
        person = self._users.person_of(sender)
        if person is not None and person[0] in self._titles:
            ghost = await self._ghosts.get(sender)
            name = Rooms.name_of(ghost) if ghost else person[1]
            return name, title_of(self._titles[person[0]], self._language)
        name = self._people.get((room, sender)) or ""
        if not name:
            told = await self._homeserver.member_name(room, sender, reader=reader)
            name = clean_name(told) or clean_name(sender[1:].split(":", 1)[0]) or "?"
            self._people[(room, sender)] = name
            if len(self._people) > 10_000:
                self._people.popitem(last=False)
        return name, title_of(self._titles["matrix"], self._language)

    def forget(self, room: str, person: str) -> None:
        self._people.pop((room, person), None)


class Departures:
    """The outbox of one login. `report` is told of every copy that ends otherwise than `sent`."""

    def __init__(
        self,
        login: Login,
        session: Session,
        *,
        store: Store,
        ledger: Ledger,
        portals: Portals,
        notices: Notices,
        bodies: Bodies,
        names: Names,
        homeserver: Homeserver,
        users: Users,
        keys: Keys,
        lanes: Lanes,
        languages: tuple[str, ...],
        titles: Mapping[str, Mapping[str, str]],
        clock: Callable[[], int],
        wake_chat: Callable[[str, str], None],
    ) -> None:
        self.login = login
        self.session = session
        self._store = store
        self._ledger = ledger
        self._portals = portals
        self._notices = notices
        self._bodies = bodies
        self._names = names
        self._homeserver = homeserver
        self._users = users
        self._keys = keys
        self._lanes = lanes
        self._languages = languages
        self._titles = titles
        self._clock = clock
        self._wake_other = wake_chat

    async def resume(self) -> None:
        """After a start: what waits goes on."""
        for portal in await self._ledger.busy(self.login.id):
            self.wake(portal)
        for chat in await self._notices.waiting(self.login.id):
            self.wake_chat(chat)

    def wake(self, portal: int) -> None:
        self._lanes.wake(("out", portal), lambda: self._drain(portal))

    def wake_chat(self, chat: str) -> None:
        self._lanes.wake(("notice", self.login.id, chat), lambda: self._tell(chat))

    # --- copies

    async def _drain(self, portal_id: int) -> None:
        while due := await self._ledger.due(portal_id, _BATCH):
            for copy in due:
                portal = await self._portals.get(portal_id)
                if portal is None or portal.state != "open":
                    async with self._store.transaction():
                        await self._ledger.withhold(portal_id, self._clock(), "unlinked")
                    return
                await self._copy(portal, copy)

    async def _copy(self, portal: Portal, due: Due) -> None:
        """One copy to its final state, for as long as it takes."""
        attempt = 0
        while True:
            try:
                await self._send(portal, due)
                return
            except Retry as error:
                if self._clock() - due.said_at > KEEP_MS:
                    await self._finish(portal, due.id, "expired", "unreachable")
                    return
                await self._lanes.sleep(backoff(attempt) if error.after is None else error.after)
                attempt += 1
                due = (await self._ledger.due(portal.id, 1) or [due])[0]
            except NotAllowed as error:
                await self._trouble(portal, error.reason)
                await self._finish(portal, due.id, "refused", error.reason, quiet=portal.trouble is not None)
                return
            except Refused as error:
                await self._finish(portal, due.id, "refused", error.reason)
                return

    async def _send(self, portal: Portal, due: Due) -> None:
        assert portal.mxid is not None
        steward = self._users.steward(portal.platform, portal.room)
        source = await self._ledger.source(due.id)
        content = await self._bodies.get(portal.mxid, due.event_id, steward)
        if content is None or source is None:
            await self._finish(portal, due.id, "withheld", "deleted")
            return
        ours = source.login is not None or self._users.is_ours(source.sender)
        if content.get("msgtype") == "m.notice" and not ours:
            await self._finish(portal, due.id, "withheld", "bot", quiet=True)
            return
        body = text_of(content)
        if body is None:
            raise Refused("not_text")
        name, title = await self._names.of(portal.mxid, source.sender, steward)
        parts = render(name, title, body, self.session.capabilities)
        target = reply_target(content)
        reply_to = await self._ledger.remote_of(target, portal.login, portal.chat) if target else None
        first, doubt = due.part, due.doubt
        if due.interrupted and not self.session.capabilities.client_ids:
            # The part may be over there. It is not repeated; the words behind it go on.
            doubt = doubt or not await self._ledger.arrived(due.id, first)
            first += 1
        for number in range(first, len(parts)):
            part = self._part(portal, due.id, number, parts, reply_to if number == 0 else None, doubt)
            doubt = await not_cut_short(part)
        if first >= len(parts):
            await self._finish(portal, due.id, "unknown" if doubt else "sent", "restart")

    async def _part(
        self, portal: Portal, copy: int, number: int, parts: list[str], reply_to: str | None, doubt: bool
    ) -> bool:
        """Send one part and commit what became of it. Returns whether any part is in doubt by now."""
        digest = fingerprint(self._keys, portal.login, portal.chat, parts[number])
        async with self._store.transaction():
            await self._ledger.sending(copy, number, len(parts), digest)
        remote_id = None
        try:
            remote_id = await self.session.send(
                portal.chat, Outgoing(parts[number], reply_to, client_id=f"{copy}/{number}")
            )
        except InDoubt:
            doubt = doubt or not await self._ledger.arrived(copy, number)
        except (Retry, LoginLost, Refused):
            async with self._store.transaction():
                await self._ledger.not_sent(copy, number)
            raise
        last = number == len(parts) - 1
        async with self._store.transaction():
            if remote_id is not None:
                await self._ledger.part_sent(copy, number, portal.login, portal.chat, remote_id)
            if not last:
                await self._ledger.next_part(copy, number + 1, doubt=doubt)
            elif not doubt:
                await self._ledger.finish(copy, "sent", self._clock())
                if portal.trouble is not None:
                    await self._portals.trouble(portal.id, None)
        if last and doubt:
            await self._finish(portal, copy, "unknown", "no_answer")
        return doubt

    async def _finish(self, portal: Portal, copy: int, state: str, reason: str, *, quiet: bool = False) -> None:
        """A final state, and a word to the sender if it is not `sent`, committed together."""
        quiet = quiet or state == "sent" or reason == "deleted"
        log.info("copy %s to %s: %s (%s)", copy, portal.platform, state, reason)
        source = await self._ledger.source(copy)
        text = say(
            "in_doubt" if state == "unknown" else "not_delivered",
            self._languages,
            platform=self._titles[portal.platform],
            title=portal.title,
            reason=reason_words(reason),
        )
        async with self._store.transaction():
            await self._ledger.finish(copy, state, self._clock(), reason)
            if not quiet and source is not None and source.login and source.chat:
                await self._notices.put(source.login, source.chat, text, source.remote_id)
        if source is None or quiet:
            return
        if source.login and source.chat:
            self._wake_other(source.login, source.chat)
        elif portal.mxid is not None:
            await self._tell_room(portal, f"hp-report-{copy}", text, source.event_id)

    async def _tell_room(self, portal: Portal, txn: str, text: str, reply_to: str | None) -> None:
        assert portal.mxid is not None
        content: dict[str, Any] = {"msgtype": "m.notice", "body": text}
        if reply_to:
            content["m.relates_to"] = {"m.in_reply_to": {"event_id": reply_to}}
        steward = self._users.steward(portal.platform, portal.room)
        try:
            await self._homeserver.send(portal.mxid, steward, content, txn)
        except (Retry, Refused) as error:
            log.warning("a notice did not reach its room: %s", type(error).__name__)

    async def _trouble(self, portal: Portal, reason: str) -> None:
        """The chat does not let us write. Said once in the room, until a send succeeds again."""
        if portal.trouble is not None:
            return
        async with self._store.transaction():
            await self._portals.trouble(portal.id, reason)
        text = say(
            "chat_closed_to_us",
            self._languages,
            platform=self._titles[portal.platform],
            title=portal.title,
            reason=reason_words(reason),
        )
        await self._tell_room(portal, f"hp-trouble-{portal.id}-{self._clock()}", text, None)

    # --- our own words

    async def _tell(self, chat: str) -> None:
        attempt = 0
        while notice := await self._notices.next(self.login.id, chat):
            try:
                await self.session.send(chat, Outgoing(notice.text, notice.reply_to, client_id=f"notice-{notice.id}"))
            except Retry as error:
                await self._lanes.sleep(backoff(attempt) if error.after is None else error.after)
                attempt += 1
                continue
            except (InDoubt, Refused) as error:
                log.info("a notice to %s was not confirmed: %s", self.login.platform, type(error).__name__)
            attempt = 0
            async with self._store.transaction():
                await self._notices.done(notice.id)


def text_of(content: Mapping[str, Any]) -> str | None:
    """The words of an event, whatever types they claim to have. None: there are none that could be shown."""
    body = content.get("body")
    if not isinstance(body, str) or not body.strip():
        return None
    if reply_target(content) and body.startswith("> <"):  # the old fallback quotes what the reply names anyway
        head, _, rest = body.partition("\n\n")
        if all(line.startswith(">") for line in head.split("\n")) and rest.strip():
            return rest
    return body


def reply_target(content: Mapping[str, Any]) -> str | None:
    relates = content.get("m.relates_to")
    target = relates.get("m.in_reply_to") if isinstance(relates, Mapping) else None
    event_id = target.get("event_id") if isinstance(target, Mapping) else None
    return event_id if isinstance(event_id, str) else None
