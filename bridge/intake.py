"""What the homeserver brings, from its arrival until it is on disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bridge.core.catching_up import CatchingUp
from bridge.core.deliveries import OLD_S, Deliveries
from bridge.core.hub import Hub
from bridge.model import RoomEvent
from bridge.pulse import Pulse


class Intake:
    """`clock` is Unix ms."""

    def __init__(
        self, hub: Hub, deliveries: Deliveries, catching_up: CatchingUp, pulse: Pulse, clock: Callable[[], int]
    ) -> None:
        self._hub = hub
        self._deliveries = deliveries
        self._catching_up = catching_up
        self._pulse = pulse
        self._clock = clock
        pulse.returned = self._returned
        deliveries.jumped = catching_up.begin

    def may_take(self, transaction: str) -> bool:
        """Whether a transaction may be taken now; otherwise one before it is asked for."""
        self._pulse.heard()
        return self._deliveries.may_take(transaction)

    async def take(self, events: Sequence[RoomEvent], transaction: str) -> None:
        """When this returns, they are on disk, and nothing is missing before them in their rooms."""
        await self._pulse.sure.wait()  # it may have been away behind a silent network, and was started anew
        self._pulse.heard()
        await self._catching_up.before(event.room for event in events)
        await self._hub.accept(events, transaction)
        self._deliveries.taken(transaction)
        if any(self._clock() - event.at > OLD_S * 1000 for event in events):
            self._deliveries.watch()

    def failed(self) -> None:
        """We have answered 5xx."""
        self._deliveries.watch()
        self._pulse.failed()

    def _returned(self) -> None:
        self._deliveries.watch()
        self._catching_up.begin()
