"""The rooms of conversations, where they are made in another process: it is waited for."""

from __future__ import annotations

from collections.abc import Callable

from bridge.errors import Retry
from bridge.store.database import Store
from bridge.store.portals import Portal, Portals
from bridge.store.requests import Requests

_LOOKS_S = 0.1


class Readied:
    """`wake` makes the head go on with a request."""

    def __init__(self, store: Store, requests: Requests, portals: Portals, wake: Callable[[int], None]) -> None:
        self._store = store
        self._requests = requests
        self._portals = portals
        self._wake = wake

    async def ready(self, portal: Portal) -> None:
        """As `Asking.ready`: raises Retry while the room is not there yet, or its person not in it."""
        request = await self._requests.of_room(portal.room)
        self._store.forget_here("portals")
        now = await self._portals.get(portal.id)
        if request is None or not request.live or now is None or (now.listening and now.mxid is not None):
            return
        if request.state in ("looking", "open") or now.state == "linking":
            self._wake(request.id)
            raise Retry(after=_LOOKS_S)
