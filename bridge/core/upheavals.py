"""What others do to a room that we bridge: they encrypt it, take one of ours out of it, shut it down, replace it.

Each ends in a state that can be seen and in one word to those whom it concerns; nothing is tried for ever. Where our
stewards can follow into the room that took another's place, the links go on there; else they end.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from bridge.core.bodies import Bodies
from bridge.core.identity import Users
from bridge.core.people.asking import Asking
from bridge.core.plumbing import Plumbing
from bridge.core.rooms import Rooms
from bridge.errors import Refused
from bridge.ports import Homeserver
from bridge.store.database import Store
from bridge.store.notices import Task, Tasks
from bridge.store.portals import Portal, Portals, Room
from bridge.texts import LANGUAGES, reason_words, say

log = logging.getLogger("hampayam.rooms")


class Upheavals:
    def __init__(
        self,
        store: Store,
        portals: Portals,
        tasks: Tasks,
        bodies: Bodies,
        homeserver: Homeserver,
        rooms: Rooms,
        plumbing: Plumbing,
        asking: Asking,
        users: Users,
        *,
        say_there: Callable[[Task, str, str], Awaitable[None]],
        tell_operators: Callable[[str], Awaitable[None]],
        wake: Callable[[str], None],
        languages: tuple[str, ...],
    ) -> None:
        self._store = store
        self._portals = portals
        self._tasks = tasks
        self._bodies = bodies
        self._homeserver = homeserver
        self._rooms = rooms
        self._plumbing = plumbing
        self._asking = asking
        self._users = users
        self._say_there = say_there
        self._tell_operators = tell_operators
        self._wake = wake
        self._languages = languages

    async def resume(self) -> None:
        self._bodies.former.update(await self._portals.former())

    # --- encryption

    async def encrypted(self, task: Task) -> bool:
        """An encrypted room cannot be bridged: said in both languages, never met with silence. False: it is none of
        ours."""
        portals = await self._portals.in_room(task.room)
        if not portals:
            return False
        steward = self._users.steward(portals[0].platform, portals[0].room)
        if not await self._homeserver.is_encrypted(task.room, reader=steward):
            # Anybody can send an encrypted event into an open room: that ends no link.
            words = say("not_carried", self._languages, reason=reason_words("encrypted"))
            await self._say_there(task, words, steward)
            return True
        await self._say_there(task, say("encrypted_room", LANGUAGES), steward)
        await self._end(task.room, "encrypted", "link_ended_encrypted")
        return True

    # --- one of ours was taken out

    async def taken_out(self, room: str, user: str) -> None:
        """A ghost comes back with its next message (a ban would have been told as such)."""
        for portal in await self._portals.in_room(room):
            if portal.partner is not None:
                await self._asking.taken_out(room, user)
                return
            if portal.listening:
                await self._rooms.forget_ghost(portal, user)

    async def barred(self, room: str, user: str) -> None:
        """A ghost was banned from a room: what its person says stays in their app, until the ban is lifted."""
        for portal in await self._portals.in_room(room):
            if portal.partner is not None:
                await self._asking.taken_out(room, user)
                return
            found = self._users.person_of(user)
            if portal.listening and found is not None and found[0] == portal.platform:
                await self._rooms.bar(portal, user)

    # --- the room is gone

    async def lost(self, room: str) -> None:
        """Somebody noticed that no steward of ours is in a room."""
        known = await self._portals.room_by_mxid(room)
        if known is not None:
            async with self._store.transaction():
                await self._tasks.put(f"lost/{room}", "steward gone", room, self._users.bot, None)
                await self._tasks.again(f"lost/{room}")
            self._wake(room)

    async def steward_gone(self, room: str) -> None:
        """Whoever can come back does; where nobody can, the room is no longer there for us."""
        for portal in await self._living(room):
            if portal.partner is None and not await self._rooms.has_steward(portal):
                try:
                    await self._rooms.prepare(portal)
                except Refused as error:
                    log.warning("room %s: a steward cannot come back: %s", room, error.reason)
                if await self._rooms.has_steward(portal):
                    continue
                await self._gone(room)
                return
            if portal.partner is not None:
                await self._gone(room)
                return

    async def _gone(self, room: str) -> None:
        known = await self._portals.room_by_mxid(room)
        if known is not None and any(portal.partner is None for portal in await self._living(room)):
            await self._tell_operators(say("room_gone", self._languages, title=known.title, room=room))
        await self._end(room, "room_gone", "link_ended_room_gone")

    async def _living(self, room: str) -> list[Portal]:
        return [each for each in await self._portals.in_room(room) if each.state not in ("closing", "closed")]

    async def _end(self, room: str, why: str, sentence: str) -> None:
        for portal in await self._living(room):
            if portal.partner is not None:
                await self._asking.lost(room, why)
                return
            await self._plumbing.untie(portal, sentence)

    # --- another took its place

    async def replaced(self, task: Task) -> None:
        """The room was upgraded (a tombstone). Only who stands above it can do that."""
        room = await self._portals.room_by_mxid(task.room)
        living = await self._living(task.room)
        if room is None or not living:
            return
        reader = self._users.steward(living[0].platform, room.id)
        event = await self._homeserver.event(task.room, task.event_id, reader)
        content = event.get("content") if event is not None else None
        successor = content.get("replacement_room") if isinstance(content, dict) else None
        if not isinstance(successor, str) or not successor or any(each.partner is not None for each in living):
            await self._gone(task.room)
            return
        async with self._store.transaction():
            await self._portals.replaced_by(room.id, successor)
        if not await self._follow(room, successor, reader):
            words = say("room_replaced", self._languages, title=room.title, room=successor, steward=reader)
            await self._tell_operators(words)

    async def invited(self, room: str, user: str) -> bool:
        """Whether an invitation of a steward is into a room that takes, or took, the place of one of ours; then it is
        followed."""
        waiting = await self._portals.room_replaced_by(room)
        if waiting is not None:
            return await self._follow(waiting, room, user)
        known = await self._portals.room_by_mxid(room)
        if known is None or room not in self._bodies.former:
            return False
        await self._homeserver.join(room, user, inviter=user, name=None, invited=True)
        await self._announce(known)
        return True

    async def _follow(self, room: Room, successor: str, steward: str) -> bool:
        """The links of a room go on in another. False: a steward of ours cannot come in (yet)."""
        assert room.mxid is not None
        try:
            await self._homeserver.join(successor, steward, inviter=steward, name=None, invited=True)
        except Refused as error:
            log.warning("room %s was replaced and cannot be followed: %s", room.mxid, error.reason)
            return False
        stayed = await self._rooms.take_place(room, successor, steward)
        self._bodies.former[successor] = room.mxid
        log.info("room %s was replaced by %s: the links go on there", room.mxid, successor)
        now = await self._portals.room(room.id)
        assert now is not None
        await self._announce(now)
        await self._tell_operators(say("room_followed", self._languages, title=room.title, room=successor))
        for ghost in stayed:
            await self._homeserver.leave(room.mxid, ghost)
        return True

    async def _announce(self, room: Room) -> None:
        assert room.mxid is not None
        for portal in await self._living(room.mxid):
            try:
                await self._rooms.prepare(portal)
                title = self._plumbing.platform_title(portal.platform)
                await self._rooms.announce(portal, room, title, one_way=self._plumbing.one_way(portal))
            except Refused as error:  # it comes with an invitation of its own
                log.warning("room %s: %s cannot say that it is there: %s", room.mxid, portal.platform, error.reason)
