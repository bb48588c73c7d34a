"""What has happened, in the order in which a client asks for it: one log for an account, one for each channel."""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from bridge.platforms.simulation import Chat, Message

Kind = Literal[
    "new", "edit", "delete", "read_inbox", "read_outbox", "reactions", "pinned", "unpinned", "channel", "place", "raw"
]
REMEMBERED_STATES = 5_000


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """`pts` is the log's after it, `count` what it adds. `channel`: an entry of that channel's own log.

    `place`: what the account is in that chat has changed. `number`: a message id, or how many are unread.
    """

    kind: Kind
    pts: int
    count: int
    chat: Chat | None = None
    message: Message | None = None
    ids: tuple[int, ...] = ()
    number: int = 0
    channel: Entry | None = None
    raw: bytes = b""
    """An update that was made by hand."""


@dataclass(slots=True)
class Log:
    entries: list[Entry] = field(default_factory=list)
    pts: int = 1
    _after: list[int] = field(default_factory=list)
    """Each entry's pts, to search in."""

    def add(
        self,
        kind: Kind,
        count: int,
        *,
        chat: Chat | None = None,
        message: Message | None = None,
        ids: tuple[int, ...] = (),
        number: int = 0,
        channel: Entry | None = None,
        raw: bytes = b"",
    ) -> Entry:
        self.pts += count
        entry = Entry(kind, self.pts, count, chat, message, ids, number, channel, raw)
        self.entries.append(entry)
        self._after.append(self.pts)
        return entry

    def place(self, pts: int) -> int:
        """Where the entries begin that are newer than these pts; what moves no pts is told rather twice than never."""
        found = bisect_left(self._after, pts)
        at_it = found < len(self.entries) and self._after[found] == pts and self.entries[found].count > 0
        return found + 1 if at_it else found


class AccountLog(Log):
    """Channels move nothing in an account's pts, so a state's date tells the place too: a date that was handed out
    stands for one place in the log. When more than one a second is needed, dates run a little ahead of the clock.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self._clock = clock
        self._states: OrderedDict[int, tuple[int, int]] = OrderedDict()
        self._last_date = 0
        self.confirmed: int | None = None
        """The place up to which the account has come back for more; None if it has never asked."""
        self.last_told: tuple[int, int] | None = None
        """From where to where the last difference went."""
        self.channels_seen: dict[str, int] = {}
        """By channel: the pts with which the account has asked for that channel's own difference."""

    def state(self, place: int) -> tuple[int, int]:
        """The pts and the date that stand for this place."""
        pts = self.entries[place - 1].pts if place else 1
        now = int(self._clock())
        latest = self._states.get(self._last_date)
        date = max(now, self._last_date + (0 if latest == (place, pts) else 1))
        self._states[date] = (place, pts)
        self._last_date = date
        if len(self._states) > REMEMBERED_STATES:
            self._states.popitem(last=False)
        return pts, date

    def asked(self, pts: int, date: int) -> int:
        """The place that a client's state means."""
        place, known = self._states.get(date, (0, -1))
        return place if known == pts else self.place(pts)

    @property
    def waiting(self) -> int:
        """What nobody has confirmed yet."""
        return 0 if self.confirmed is None else len(self.entries) - self.confirmed
