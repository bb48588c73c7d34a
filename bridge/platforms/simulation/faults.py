"""Misbehaviour on order, and the journal of calls."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from .records import Bell, ControlError

CALL_FAULTS = frozenset({"status", "flood", "drop_answer", "hang", "hang_up", "slow", "truncate"})
"""Faults that the kit carries out around any call."""
COMMON_FAULTS = CALL_FAULTS | {"repeat_updates", "reorder_updates", "down", "up"}
JOURNAL_LENGTH = 10_000


@dataclass(slots=True, eq=False)
class Fault:
    name: str
    method: str | None = None
    chat: str | None = None
    times: int | None = 1
    after: int = 0
    host: str | None = None
    """One of several hosts that serve the same, where a platform has such."""
    detail: dict[str, Any] = field(default_factory=dict)

    def concerns(self, method: str, chat: str | None, host: str | None) -> bool:
        """A method may be named without what stands before its last dot."""
        name = method.lower()
        by_name = self.method in (None, name, name.rpartition(".")[2])
        return by_name and self.chat in (None, chat) and self.host in (None, host)


class Faults:
    def __init__(self, known: Iterable[str]) -> None:
        self._known = frozenset(known)
        self._active: list[Fault] = []
        self._cleared = Bell()
        self._hits: Counter[tuple[str, int | None, str, str | None]] = Counter()

    def add(
        self,
        name: str,
        /,
        *,
        method: str | None = None,
        chat: str | None = None,
        times: int | None = 1,
        after: int = 0,
        host: str | None = None,
        **detail: Any,
    ) -> None:
        """`times` None: until cleared. `after`: how many matching calls pass first."""
        if name not in self._known:
            raise ControlError(f"unknown fault {name!r}; known: {', '.join(sorted(self._known))}")
        for field_name, number in (("times", times), ("after", after)):
            if number is not None and (type(number) is not int or number < 0):
                raise ControlError(f"{field_name} must be a whole number")
        for field_name in ("status", "retry_after", "seconds"):
            if not isinstance(detail.get(field_name), int | float | None):
                raise ControlError(f"{field_name} must be a number")
        if times != 0:
            self._active.append(Fault(name, method and method.lower(), chat, times, after, host, detail))

    def take(self, names: Iterable[str], method: str, chat: str | None = None, host: str | None = None) -> Fault | None:
        """The first fault of these names that hits this call; that hit is used up."""
        if not self._active:
            return None
        wanted = frozenset(names)
        for fault in self._active:
            if fault.name not in wanted or not fault.concerns(method, chat, host):
                continue
            if fault.after:
                fault.after -= 1
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    self._active.remove(fault)
            status = fault.detail.get("status")
            self._hits[fault.name, None if status is None else int(status), method, chat] += 1
            return fault
        return None

    def hits(self) -> list[dict[str, Any]]:
        """How often which fault has hit which method of which chat."""
        return [
            {"fault": fault, "status": status, "method": method, "chat": chat, "count": count}
            for (fault, status, method, chat), count in self._hits.items()
        ]

    def clear(self) -> None:
        self._active.clear()
        self._cleared.ring()

    async def cleared(self) -> None:
        await self._cleared.wait()


@dataclass(slots=True, eq=False)
class Call:
    """`status` is None while the call runs, and for ever when it was never answered."""

    method: str
    at: float
    chat: str | None = None
    status: int | None = None


class Journal:
    """The last calls, without what was in them."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._calls: deque[Call] = deque(maxlen=JOURNAL_LENGTH)

    def open(self, method: str, chat: str | None) -> Call:
        call = Call(method, self._clock(), chat)
        self._calls.append(call)
        return call

    def rows(self, method: str | None = None) -> list[dict[str, Any]]:
        return [
            {"method": c.method, "at": c.at, "status": c.status, "chat": c.chat}
            for c in self._calls
            if method is None or c.method.lower() == method.lower()
        ]
