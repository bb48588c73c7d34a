"""Addresses to which the simulated Rubika pushes what is new, instead of keeping it to be asked for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp

from bridge.platforms.simulation import Bot, UpdateQueue, Webhook

if TYPE_CHECKING:
    from .simulator import RubikaSimulator

LOOPBACK_HOSTS = frozenset(("127.0.0.1", "localhost", "::1"))


@dataclass(frozen=True, slots=True)
class Endpoint:
    queue: UpdateQueue
    task: asyncio.Task[None]


class Endpoints:
    def __init__(self, sim: RubikaSimulator) -> None:
        self._sim = sim
        self._set: dict[tuple[str, str], Endpoint] = {}

    def has(self, bot: Bot, kind: str) -> bool:
        return (bot.id, kind) in self._set

    def put(self, bot: Bot, kind: str, raw: Any) -> bool:
        """Whether there is one for a kind, which gets it then."""
        endpoint = self._set.get((bot.id, kind))
        if endpoint is not None:
            endpoint.queue.put_raw(raw, numbered=False)
        return endpoint is not None

    def pending(self) -> int:
        return sum(len(endpoint.queue) for endpoint in self._set.values())

    def set(self, bot: Bot, kind: str, url: str) -> bool:
        """An empty address ends it: a guess, nothing is documented. https, or http on loopback."""
        parts = urlsplit(url)
        local = parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS
        if url and not local and not (parts.scheme == "https" and parts.hostname):
            return False
        before = self._set.pop((bot.id, kind), None)
        if before is not None:
            before.task.cancel()
        queue = before.queue if before else UpdateQueue(self._sim.world.clock)
        if url:
            suffix = f"/{kind[0].lower()}{kind[1:]}" if self._sim.options.webhook_suffix else ""
            hook = Webhook(url.rstrip("/") + suffix if suffix else url, queue)
            self._set[bot.id, kind] = Endpoint(queue, self._sim.spawn(_push(hook)))
        elif kind == "ReceiveUpdate":
            for wrapped in queue.batch(len(queue)):
                self._sim.logs[bot.id].append(wrapped["update"])
        return True


async def _push(hook: Webhook) -> None:
    async with aiohttp.ClientSession() as session:
        await hook.run(session)
