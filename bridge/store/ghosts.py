"""Ghosts: which Matrix user stands for whom, what they are called, and where they are."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from bridge.store.database import Store

_CACHED = 50_000


@dataclass(frozen=True, slots=True)
class Ghost:
    """`name` is what the platform tells, `chosen` what the person set with /name; either may be None. `picture` is the
    platform's key of their picture, `avatar` where that is on the homeserver."""

    mxid: str
    platform: str
    remote_id: str
    name: str | None
    chosen: str | None
    registered: bool
    picture: str | None = None
    avatar: str | None = None


class Ghosts:
    def __init__(self, store: Store) -> None:
        self._store = store
        store.cache("ghosts", self._forget)
        self._ghosts: OrderedDict[str, Ghost] = OrderedDict()
        self._present: OrderedDict[tuple[int, str], tuple[str, str | None]] = OrderedDict()
        self._generation = 0

    async def get(self, mxid: str) -> Ghost | None:
        ghost = self._ghosts.get(mxid)
        if ghost is None:
            generation = self._generation
            row = await self._store.fetchrow(
                "SELECT mxid, platform, remote_id, name, chosen, registered, picture, avatar FROM ghost "
                "WHERE mxid = $1",
                mxid,
            )
            if row is None:
                return None
            ghost = Ghost(row[0], row[1], row[2], row[3], row[4], bool(row[5]), row[6], row[7])
            if generation == self._generation:
                self._ghosts[mxid] = ghost
                if len(self._ghosts) > _CACHED:
                    self._ghosts.popitem(last=False)
        return ghost

    async def put(self, ghost: Ghost) -> None:
        """Insert or update, all fields."""
        await self._store.execute(
            "INSERT INTO ghost (mxid, platform, remote_id, name, chosen, registered, picture, avatar) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (mxid) DO UPDATE SET "
            "name = excluded.name, chosen = excluded.chosen, registered = excluded.registered, "
            "picture = excluded.picture, avatar = excluded.avatar",
            ghost.mxid, ghost.platform, ghost.remote_id, ghost.name, ghost.chosen, ghost.registered, ghost.picture,
            ghost.avatar,
        )  # fmt: skip
        self._store.forget("ghosts", ghost.mxid)

    def _forget(self, mxid: str | None = None, portal: int | None = None) -> None:
        # A read that is under way now must not put an old answer back: it compares generations.
        self._generation += 1
        if mxid is None:
            self._ghosts.clear()
            self._present.clear()
        elif portal is None:
            self._ghosts.pop(mxid, None)
        else:
            self._present.pop((portal, mxid), None)

    async def look_in(self, portal: int, mxid: str) -> tuple[str, str | None] | None:
        """The name and the picture that the ghost bears in the portal's room; None if it did not come in through this
        portal."""
        look = self._present.get((portal, mxid))
        if look is None:
            generation = self._generation
            row = await self._store.fetchrow(
                "SELECT name, avatar FROM ghost_room WHERE portal = $1 AND mxid = $2", portal, mxid
            )
            if row is None:
                return None
            look = (str(row[0]), row[1])
            if generation == self._generation:
                self._present[(portal, mxid)] = look
                if len(self._present) > _CACHED:
                    self._present.popitem(last=False)
        return look

    async def entered(self, portal: int, mxid: str, name: str, avatar: str | None) -> None:
        await self._store.execute(
            "INSERT INTO ghost_room (portal, mxid, name, avatar) VALUES ($1, $2, $3, $4) "
            "ON CONFLICT (portal, mxid) DO UPDATE SET name = excluded.name, avatar = excluded.avatar",
            portal, mxid, name, avatar,
        )  # fmt: skip
        self._store.forget("ghosts", mxid, portal)

    async def left(self, portal: int, mxid: str) -> None:
        await self._store.execute("DELETE FROM ghost_room WHERE portal = $1 AND mxid = $2", portal, mxid)
        self._store.forget("ghosts", mxid, portal)

    async def drop(self, mxid: str) -> None:
        """Nothing is known of a ghost any more, nor where it is."""
        await self._store.execute("DELETE FROM ghost_room WHERE mxid = $1", mxid)
        await self._store.execute("DELETE FROM ghost WHERE mxid = $1", mxid)
        self._store.forget("ghosts")

    async def through(self, portal: int, limit: int) -> list[str]:
        """Ghosts that came into the room through a portal."""
        rows = await self._store.fetch(
            "SELECT mxid FROM ghost_room WHERE portal = $1 ORDER BY mxid LIMIT $2", portal, limit
        )
        return [row[0] for row in rows]

    async def leave_room(self, room: int) -> list[str]:
        """No ghost is in a room any more. Returns who was."""
        rows = await self._store.fetch(
            "DELETE FROM ghost_room WHERE portal IN (SELECT id FROM portal WHERE room = $1) RETURNING mxid", room
        )
        self._store.forget("ghosts")
        return sorted({row[0] for row in rows})

    async def elsewhere(self, portal: int, room: int, mxid: str) -> bool:
        """Whether a ghost is in the room through another portal, too."""
        found = await self._store.fetchval(
            "SELECT 1 FROM ghost_room g JOIN portal p ON p.id = g.portal "
            "WHERE g.mxid = $1 AND p.room = $2 AND p.id <> $3",
            mxid, room, portal,
        )  # fmt: skip
        return found is not None

    async def portals_of(self, mxid: str) -> list[int]:
        """The portals through which a ghost is in rooms."""
        rows = await self._store.survey("SELECT portal FROM ghost_room WHERE mxid = $1 ORDER BY portal", mxid)
        return [row[0] for row in rows]
