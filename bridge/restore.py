"""`python -m bridge restored`: an operator says that the database is an older one, before the bridge runs on it."""

from __future__ import annotations

import time
from collections.abc import Callable

from bridge.config import Config
from bridge.keys import Keys
from bridge.parts import part_of
from bridge.store import Store
from bridge.store.restoring import declare_restored
from bridge.texts import say


async def restored(config: Config, tell: Callable[[str], None]) -> int:
    """Returns the exit code. Raises StartError, also while a bridge is running on the database."""
    store = Store(config.database, part_of(config).roles)
    await store.open()
    try:
        found = await declare_restored(
            store,
            Keys(config.secret),
            int(time.time() * 1000),
            lambda count: say("restored_in_doubt", config.languages, count=count),
        )
    finally:
        await store.close()
    tell(f"{found.copies} copies that waited in the backup are called unknown; {found.chats} chats will be told.")
    tell(
        f"Not done again: {found.updates} updates and {found.messages} messages older than the homeserver remembers, "
        f"{found.commands} commands."
    )
    tell("Start the bridge now. What people decided since the backup (consent, links, bans) is not known to it.")
    return 0
