"""Whether the homeserver's transactions come without one missing in between.

Synapse numbers them, and after a failure it goes back to the oldest that was not taken. Around a failure it has two
gaps, each a few milliseconds wide (seen in its `appservice/scheduler.py`): a transaction that is made while it ends its
recovery is stored and left lying until the next failure, and one that is made just after a failure may be sent before
the one that failed. In both cases the next transaction comes with a number too high. So for a while after each trouble
a jump in the numbers is answered "not yet", once: Synapse then starts again with the oldest, which is the missing one.

Numbers are shared by all appservices of a homeserver, so a jump may be another's. Then the refused transaction comes
back as the oldest, and is taken, and the rooms are read back (`catching_up.py`) in case it was not; after a few such
false alarms in a row jumps are no longer looked at.
"""

from __future__ import annotations

from collections.abc import Callable

WATCH_S = 30.0
"""How long after a trouble numbers are watched."""

OLD_S = 5.0
"""Events older than this show that the homeserver is still catching up."""

_FALSE_ALARMS = 3


class Deliveries:
    """`last` is the highest number that was committed, None before the first. `clock` gives seconds, rising."""

    def __init__(self, last: int | None, clock: Callable[[], float]) -> None:
        self.last = last
        self._clock = clock
        self._refused: int | None = None
        self._alarms = 0
        self._until = clock() + WATCH_S
        self.jumped: Callable[[], None] = _nothing
        """Called when there is nothing before a number that is too high."""

    def watch(self) -> None:
        """Something was not taken, or what comes is old (the homeserver is still recovering): watch the numbers."""
        self._until = self._clock() + WATCH_S

    def may_take(self, transaction: str) -> bool:
        """False: answer 503; one before it is missing, or at least may be."""
        number = number_of(transaction)
        if number is None or self.last is None or number <= self.last + 1:
            return True
        if number == self._refused:
            self._alarms += 1
            self.jumped()
            return True
        if self._clock() > self._until or self._alarms >= _FALSE_ALARMS:
            return True
        self._refused = number
        return False

    def taken(self, transaction: str) -> None:
        number = number_of(transaction)
        if number is None:
            return
        if self._refused is not None and number < self._refused:
            self._alarms = 0  # it was worth it: one was missing
        self.last = max(number, self.last or 0)


def _nothing() -> None:
    """Nobody needs to know."""


def number_of(transaction: str) -> int | None:
    """A transaction's number; None for a homeserver that does not number them."""
    return int(transaction) if transaction.isascii() and transaction.isdecimal() and len(transaction) < 16 else None
