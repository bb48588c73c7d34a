"""What a platform's process leaves to the head: the lanes of which there must be one for a database.

A lane there is known by its key, and its work finds in the database what is to be done. So the key is all that crosses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping

from bridge.core.lanes import Lanes

DO = "do"
"""The word for a lane's key."""


class Errands(Lanes):
    """Lanes that run in the head: `ring` tells it which."""

    def __init__(self, group: asyncio.TaskGroup, ring: Callable[..., None]) -> None:
        super().__init__(group)
        self._ring = ring

    def wake(self, key: Hashable, work: Callable[[], Awaitable[None]]) -> None:
        self._ring(DO, *(key if isinstance(key, tuple) else (key,)))


def taken(works: Mapping[str, Callable[..., None]]) -> Callable[..., None]:
    """In the head: does what such a key asks for, by its first part."""

    def do(kind: str, *what: str | int) -> None:
        works[kind](*what)

    return do
