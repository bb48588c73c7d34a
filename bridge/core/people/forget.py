"""`/forget`: a job in steps, each of which may be repeated, so that it goes on after a crash where it was.

::

    waiting     what was on its way is dropped
    words       what they said is redacted, the newest first; deletions reach the copies on the usual way
    names       the events by which their ghost was in rooms lose name and picture
    ends        their conversations end
    late        what they said meanwhile is redacted
    homeserver  their ghost leaves all rooms; its files and its account go, where we have an administrator's token
    count       how much was deleted is written down, while that can still be known
    rows        our tables forget them, and they are told what was done and what remains

Words come before the ends, because a ghost that has left a room can delete nothing there, and a chat whose link has
ended is told nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from bridge.core.contents import ORIGIN, origin_content
from bridge.core.hub import Hub
from bridge.core.identity import Users, title_of
from bridge.core.lanes import Lanes, backoff
from bridge.errors import LoginLost, Refused, Retry
from bridge.keys import Keys
from bridge.ports import Admin, Homeserver
from bridge.store.database import Store
from bridge.store.ghosts import Ghosts
from bridge.store.holdings import Chatted, Holdings
from bridge.store.inbox import Inbox
from bridge.store.leaving import Farewell, Farewells, Spoken
from bridge.store.ledger import Ledger
from bridge.store.ledger_rows import Key, Route
from bridge.store.notices import ROOMS, Notices
from bridge.store.portals import Portals, Room
from bridge.texts import say

log = logging.getLogger("hampayam.people")

STEPS = ("waiting", "words", "names", "ends", "late", "homeserver", "count", "rows")
_BATCH = 20
_PATIENCE = 60
"""Looks at what is still on its way, ten seconds apart in the end: about ten minutes."""
_A_BATCH = 10
"""Looks at the deletions of a batch, before the next begins: half a minute."""


class Forget:
    """`admin` is None without a token. `end_all` ends every conversation and request of a person and may be repeated;
    `wake_chat` is called with (login, chat) when a notice waits there; `titles` are the messengers' names. `pause` lies
    between two deletions, in seconds: nobody's group should drown in them."""

    def __init__(
        self,
        store: Store,
        farewells: Farewells,
        holdings: Holdings,
        ledger: Ledger,
        portals: Portals,
        ghosts: Ghosts,
        inbox: Inbox,
        notices: Notices,
        keys: Keys,
        users: Users,
        homeserver: Homeserver,
        admin: Admin | None,
        hub: Hub,
        lanes: Lanes,
        *,
        end_all: Callable[[str], Awaitable[object]],
        wake_chat: Callable[[str, str], None],
        titles: Mapping[str, Mapping[str, str]],
        clock: Callable[[], int],
        pause: float = 0.2,
    ) -> None:
        self._store = store
        self._farewells = farewells
        self._holdings = holdings
        self._ledger = ledger
        self._portals = portals
        self._ghosts = ghosts
        self._inbox = inbox
        self._notices = notices
        self._keys = keys
        self._users = users
        self._homeserver = homeserver
        self._admin = admin
        self._hub = hub
        self._lanes = lanes
        self._end_all = end_all
        self._wake_chat = wake_chat
        self._titles = titles
        self._clock = clock
        self._pause = pause
        self._steps: dict[str, Callable[[Farewell], Awaitable[None]]] = {
            "waiting": self._waiting,
            "words": self._words,
            "names": self._names,
            "ends": self._ends,
            "late": self._words,
            "homeserver": self._at_homeserver,
            "count": self._count,
        }

    @staticmethod
    def explain(language: str) -> str:
        """What a person must know before they say yes."""
        return say("forget_sure", (language,))

    async def begin(self, person: str, login: str, chat: str, language: str) -> str:
        """A person (a Matrix id) is to be forgotten. They are told in a chat of a login, or (login ROOMS) in a room of
        the bot's; returns what they are told now. Harmless to repeat."""
        async with self._store.transaction():
            begun = await self._farewells.begin(person, login, chat, language, STEPS[0], self._clock())
        self.wake(person)
        return say("forget_begun" if begun else "forget_under_way", (language,))

    async def under_way(self, person: str) -> bool:
        return await self._farewells.get(person) is not None

    async def resume(self) -> None:
        """After a start: what began goes on."""
        for person in await self._farewells.under_way():
            self.wake(person)

    async def came_back(self, person: str) -> None:
        """A ghost that was to be made was there already. If we had it erased, it lives again. Raises Retry."""
        who = (person, self._keys.departed(person))
        for erased in await self._farewells.erased(who):
            if self._admin is None:
                return
            try:
                await self._admin.revive(person)
            except (LoginLost, Refused) as error:
                log.error("somebody came back, and the homeserver does not undo their erasure: %s", error)
                return
            async with self._store.transaction():
                await self._farewells.set_erased(erased, False)

    def wake(self, person: str) -> None:
        self._lanes.wake(("farewell", person), lambda: self._drain(person))

    async def _drain(self, person: str) -> None:
        attempt = 0
        while (farewell := await self._farewells.get(person)) is not None:
            try:
                if farewell.step == "rows":
                    await self._rows(farewell)
                    return
                await self._steps[farewell.step](farewell)
            except Retry as error:
                await self._lanes.sleep(backoff(attempt) if error.after is None else error.after)
                attempt += 1
                continue
            attempt = 0
            async with self._store.transaction():
                await self._farewells.move(person, STEPS[STEPS.index(farewell.step) + 1])
            log.info("somebody is being forgotten: %s is done", farewell.step)

    async def _waiting(self, farewell: Farewell) -> None:
        chats = await self._chats(farewell)
        async with self._store.transaction():
            await self._farewells.drop_waiting(farewell.person, chats, self._clock())

    async def _chats(self, farewell: Farewell) -> list[Chatted]:
        """Their private chats; the one that they write from may have no desk."""
        chats = await self._holdings.chats(farewell.person)
        if farewell.login != ROOMS and (farewell.login, farewell.chat) not in [(c.login, c.chat) for c in chats]:
            chats.append(Chatted(farewell.login, farewell.chat, farewell.language, farewell.begun_at))
        return chats

    # --- words

    async def _words(self, farewell: Farewell) -> None:
        cursor = farewell.cursor
        closed: set[int | None] = set()
        while rows := await self._farewells.spoken(farewell.person, cursor, _BATCH):
            deletions = []
            for row in rows:
                if (
                    row.room not in closed
                    and (deletion := await self._delete(farewell.person, row, closed)) is not None
                ):
                    deletions.append(deletion)
                    await self._lanes.sleep(self._pause)
            await self._until(lambda: self._farewells.unfinished(deletions), _A_BATCH)  # noqa: B023 (awaited here)
            cursor = rows[-1].id
            async with self._store.transaction():
                await self._farewells.reached(farewell.person, cursor)
        await self._until(lambda: self._farewells.on_their_way(farewell.person), _PATIENCE)

    async def _until(self, left: Callable[[], Awaitable[int]], patience: int) -> None:
        """Wait until nothing is left of something, but not for ever: a messenger may be unreachable for a day."""
        for attempt in range(patience):
            if not await left():
                return
            await self._lanes.sleep(backoff(attempt, most=10.0))

    async def _delete(self, person: str, row: Spoken, closed: set[int | None]) -> int | None:
        """Redact an event, and let its deletion go where the event went. Returns the deletion's row; None where there
        was nothing to do. Rooms in which none of us can are added to `closed`."""
        room = await self._portals.room(row.room) if row.room is not None else None
        if room is None or room.mxid is None:
            closed.add(row.room)
            return None
        by = await self._who_may(person, room)
        if row.kind == "edit":  # its copies belong to its message
            txn = "hp-" + self._keys.digest("farewell", row.event_id)[:40]
            await self._redact(room, [(user, {}) for user in by], row, txn, closed)
            return None
        kind, target = ("delete", row.id) if row.kind == "message" else ("unreaction", row.target)
        key = Key(row.login or ROOMS, row.chat or room.mxid, row.remote_id or row.event_id, kind, row.version)
        route = Route(key, "routed", self._clock(), row.room, row.portal, person, target=target)
        async with self._store.transaction():
            deletion = (await self._ledger.route([route]))[key]
        if deletion.state != "routed":
            return None  # it was deleted before, or cannot be
        mxid = room.mxid
        carried = [(user, {ORIGIN: origin_content(self._hub.origin(key, mxid, user))}) for user in by]
        event = await self._redact(room, carried, row, self._hub.txn(key), closed)
        async with self._store.transaction():
            if event is None:
                await self._ledger.give_up(deletion.id, "not_deleted")
            else:
                await self._ledger.placed([(deletion.id, event)])
        return None if event is None else deletion.id

    async def _who_may(self, person: str, room: Room) -> list[str]:
        """Who of ours can delete somebody's words in a room, to be tried in this order: they, then stewards."""
        users = [person] if self._users.is_ours(person) else []
        users += [room.steward] if room.steward is not None else []
        for portal in await self._portals.of_room(room.id):
            users.append(self._users.steward(portal.platform, room.id))
        return list(dict.fromkeys(users))

    async def _redact(
        self,
        room: Room,
        by: Sequence[tuple[str, Mapping[str, object]]],
        row: Spoken,
        txn: str,
        closed: set[int | None],
    ) -> str | None:
        assert room.mxid is not None
        for user, content in by:
            try:
                return await self._homeserver.redact(room.mxid, user, row.event_id, txn, content)
            except Refused as error:
                log.info("a deletion was refused by the homeserver: %s", error.reason)
        closed.add(row.room)
        return None

    # --- rooms

    async def _names(self, farewell: Farewell) -> None:
        if not self._users.is_ours(farewell.person):
            return
        for room in await self._farewells.rooms(farewell.person):
            try:
                for event in await self._homeserver.memberships(room, farewell.person):
                    txn = "hp-" + self._keys.digest("farewell", event)[:40]
                    await self._homeserver.redact(room, farewell.person, event, txn, {})
            except Refused as error:
                log.info("a name in a room stays: %s", error.reason)

    async def _ends(self, farewell: Farewell) -> None:
        await self._end_all(farewell.person)
        chats = await self._chats(farewell)
        await self._until(lambda: self._farewells.ending(farewell.person, chats), _PATIENCE)

    async def _at_homeserver(self, farewell: Farewell) -> None:
        person = farewell.person
        if not self._users.is_ours(person):
            return
        for room in await self._farewells.rooms(person):
            await self._homeserver.leave(room, person)
        if self._admin is None:
            return
        try:
            files = await self._admin.delete_files(person)
            async with self._store.transaction():
                await self._farewells.deleted(person, files)
            async with self._store.transaction():
                await self._farewells.set_erased(person, True)
            await self._admin.erase(person)
        except (LoginLost, Refused) as error:
            log.error("people.admin_token: the homeserver does not let us erase anybody: %s", error)
            async with self._store.transaction():
                await self._farewells.set_erased(person, False)

    # --- the end

    async def _count(self, farewell: Farewell) -> None:
        async with self._store.transaction():
            await self._farewells.count(farewell.person)

    async def _rows(self, farewell: Farewell) -> None:
        person = farewell.person
        told = self._told(farewell)
        if farewell.login == ROOMS:
            content = {"msgtype": "m.notice", "body": told}
            txn = f"hp-farewell-{self._keys.digest(person, str(farewell.begun_at))[:32]}"
            try:
                await self._homeserver.send(farewell.chat, self._users.bot, content, txn)
            except Refused as error:
                log.info("somebody who was forgotten could not be told: %s", error.reason)
        await self._farewells.unsign(person)
        chats = await self._chats(farewell)
        known = self._users.person_of(person)
        makers = [person]
        if known is not None:
            makers += [f"{each.id}/{known[1]}" for each in await self._inbox.logins() if each.platform == known[0]]
        async with self._store.transaction():
            await self._farewells.forget(
                farewell,
                self._keys.departed(person),
                chats=chats,
                makers=makers,
                ghosts=self._ghosts,
                at=self._clock(),
            )
            if farewell.login != ROOMS:
                await self._notices.put(farewell.login, farewell.chat, told)
        if farewell.login != ROOMS:
            self._wake_chat(farewell.login, farewell.chat)
        log.info("somebody was forgotten")

    def _told(self, farewell: Farewell) -> str:
        speak = (farewell.language,)
        lines = [say("forget_done", speak), say("forget_deleted", speak, count=farewell.deleted)]
        if farewell.kept:
            lines.append(say("forget_kept", speak, count=farewell.kept))
        if not self._users.is_ours(farewell.person):
            lines.append(say("forget_own_account", speak))
        elif farewell.erased:
            lines += [say("forget_files", speak, count=farewell.files), say("forget_erased", speak)]
        else:
            lines.append(say("forget_not_erased", speak))
        known = self._users.person_of(farewell.person)
        own = known[0] if known is not None else "matrix"
        titles = [
            title_of(each, farewell.language) for name, each in self._titles.items() if name not in (own, "matrix")
        ]
        between = "، " if farewell.language == "fa" else ", "
        lines += [
            say("forget_apps", speak, platforms=between.join(titles)),
            say("forget_stays", speak),
            say("forget_again", speak),
        ]
        return "\n".join(lines)
