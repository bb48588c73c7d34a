"""Before a bridge's first start: rows that say "these two chats are to share a room"; the bridge makes the rooms.

A program of its own, given the database's address, that reads [[[login, chat, platform], ...], ...] from its input:
what it writes is of the version of the bridge that it finds, which need not be this one.
"""

from __future__ import annotations

import asyncio
import json
import sys

from bridge.model import ChatKind
from bridge.store import Store
from bridge.store.portals import Portals


async def main(database: str, rooms: list[list[list[str]]]) -> None:
    store = Store(database)
    await store.open()
    try:
        portals = Portals(store)
        async with store.transaction():
            for number, chats in enumerate(rooms):
                room = await portals.make_room(f"room {number}", None)
                for login, chat, platform in chats:
                    await portals.tie(login, chat, platform, ChatKind.GROUP, f"{number}", room, "linking", 0)
    finally:
        await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], json.load(sys.stdin)))
