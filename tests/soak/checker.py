"""What became of everything that was said: judged by what people said, what every app shows, and what the bridge itself
says of its copies. Pure, and it knows nothing of the bridge's code, so that it can be wrong in other ways only.

A message is known by its number, which stands in its text. A copy that is not there is no loss where the bridge calls
it `unknown`, `refused` or `expired`; but it may call no more copies `unknown` than there was cause for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

ROOM = "room"
REPORTED = frozenset({"unknown", "refused", "expired"})
"""States of a copy of which its sender is told that it did not arrive, or may not have."""
FINAL = REPORTED | {"sent", "withheld"}

Where = tuple[int, str]
"""A place of a room: the room's number, and ROOM or a messenger's name."""


@dataclass(frozen=True)
class Said:
    """`place` is the messenger's name, or ROOM for somebody on Matrix; `version` counts the corrections. `deleted`: its
    author took it back. `late`: behind the end of a conversation, so that nobody may see it."""

    n: int
    room: int
    place: str
    answers: int | None = None
    version: int = 0
    deleted: bool = False
    late: bool = False


@dataclass(frozen=True)
class Line:
    """One message as a place shows it in the end. `what`: said there, copied there, or a correction or deletion of `n`
    that is written out because the copy cannot be changed. `answers`: the number of the message that it replies to."""

    n: int
    what: Literal["said", "copy", "correction", "deletion"] = "copy"
    version: int = 0
    gone: bool = False
    answers: int | None = None


@dataclass(frozen=True)
class Copy:
    """What the bridge says of its copy of a message, an edit or a deletion (`kind`) to a messenger (`place`)."""

    n: int
    room: int
    place: str
    kind: str
    state: str
    reason: str | None = None


@dataclass
class Evidence:
    """`chats`: the messengers of each room (two of a conversation of two). `lines`: what each place shows, in its
    order. `told`: the messages whose senders were told that something did not arrive, or may not have. `doubts`: how
    often there was cause to call a copy to a chat unknown, an answer that was kept back or a send under way when
    something was killed."""

    chats: Mapping[int, Sequence[str]]
    said: Sequence[Said]
    lines: Mapping[Where, Sequence[Line]]
    copies: Sequence[Copy]
    told: frozenset[int] = frozenset()
    private: frozenset[int] = frozenset()
    """Rooms of a conversation of two that one of them has ended: we do not see the room, and what was said when the end
    was near may be kept back."""
    kept: frozenset[int] = frozenset()
    """The messages that the bridge says it kept back."""
    doubts: Mapping[Where, int] = field(default_factory=dict)
    sure: frozenset[Where] = frozenset()
    """Where a send is repeated under its own id, so that no copy is in doubt but of what was taken back meanwhile; a
    word of ours about a message may be, as everywhere."""


@dataclass
class Verdict:
    """Every list holds (room, place, number). `states` counts copies by what the bridge calls them."""

    messages: int = 0
    states: Counter[str] = field(default_factory=Counter)
    unfinished: list[tuple[int, str, int]] = field(default_factory=list)
    lost: list[tuple[int, str, int]] = field(default_factory=list)
    doubled: list[tuple[int, str, int]] = field(default_factory=list)
    disordered: list[tuple[int, str, int]] = field(default_factory=list)
    unfounded: list[tuple[int, str, int]] = field(default_factory=list)
    """More copies to a chat are unknown than there was cause for; the number is by how many."""
    stale: list[tuple[int, str, int]] = field(default_factory=list)
    """Shows an older version, or what was taken back."""
    hasty: list[tuple[int, str, int]] = field(default_factory=list)
    """Called expired, though nothing has waited for long."""
    misanswered: list[tuple[int, str, int]] = field(default_factory=list)
    strange: list[tuple[int, str, int]] = field(default_factory=list)
    """Shown where it does not belong."""
    untold: list[tuple[int, str, int]] = field(default_factory=list)
    """Not arrived, or in doubt, and its sender was not told, though the word for it cannot have been in doubt."""

    @property
    def wrong(self) -> dict[str, list[tuple[int, str, int]]]:
        """What must not be, by its name; empty when all is well."""
        return {name: found for name in FAULTS if (found := getattr(self, name))}


FAULTS = (
    "unfinished",
    "lost",
    "doubled",
    "disordered",
    "unfounded",
    "hasty",
    "stale",
    "misanswered",
    "strange",
    "untold",
)


def about(evidence: Evidence, wrong: Mapping[str, Sequence[tuple[int, str, int]]]) -> list[str]:
    """All that is known of the messages of which something is wrong."""
    lines = []
    for n in sorted({n for name, found in wrong.items() if name != "unfounded" for _, _, n in found}):
        lines += [str(said) for said in evidence.said if said.n == n]
        lines += [str(copy) for copy in evidence.copies if copy.n == n]
        lines += [f"{where} {line}" for where, shown in evidence.lines.items() for line in shown if line.n == n]
    return lines


def check(evidence: Evidence) -> Verdict:
    return _Check(evidence).verdict


class _Check:
    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.said = {said.n: said for said in evidence.said}
        if len(self.said) != len(evidence.said):
            raise ValueError("a number was said twice")
        self.states: dict[tuple[int, str], set[tuple[str, str]]] = defaultdict(set)
        self.verdict = Verdict(messages=sum(not said.late for said in evidence.said))
        self._read_copies()
        for room, chats in evidence.chats.items():
            for place in chats if room in evidence.private else (ROOM, *chats):
                self._place(room, place, evidence.lines.get((room, place), ()))
        self._tell()

    def _read_copies(self) -> None:
        unknown: Counter[Where] = Counter()
        for copy in self.evidence.copies:
            self.verdict.states[copy.state] += 1
            self.states[copy.n, copy.place].add((copy.kind, copy.state))
            if copy.state not in FINAL:
                self.verdict.unfinished.append((copy.room, copy.place, copy.n))
            if copy.state == "expired":
                self.verdict.hasty.append((copy.room, copy.place, copy.n))
            unknown[copy.room, copy.place] += copy.state == "unknown"
        for (room, place), count in unknown.items():
            allowed = self.evidence.doubts.get((room, place), 0)
            if (room, place) in self.evidence.sure:
                allowed = sum(said.deleted for said in self.evidence.said if said.room == room)
            if count > allowed:
                self.verdict.unfounded.append((room, place, count - allowed))

    def _reported(self, n: int, place: str, *kinds: str) -> bool:
        return any(kind in kinds and state in REPORTED for kind, state in self.states[n, place])

    def _in_doubt(self, n: int, place: str) -> bool:
        return ("message", "unknown") in self.states[n, place]

    def _place(self, room: int, place: str, lines: Sequence[Line]) -> None:
        by_number: dict[int, list[Line]] = defaultdict(list)
        for line in lines:
            by_number[line.n].append(line)
        for n in by_number:
            if n not in self.said or self.said[n].room != room:
                self.verdict.strange.append((room, place, n))
        for said in self.evidence.said:
            if said.room == room:
                self._message(said, place, by_number[said.n], by_number)
        self._order(room, place, lines)

    def _message(self, said: Said, place: str, lines: Sequence[Line], shown: Mapping[int, Sequence[Line]]) -> None:
        here = (said.room, place, said.n)
        originals = [line for line in lines if line.what in ("said", "copy")]
        if said.late:
            if originals and place != said.place:
                self.verdict.strange.append(here)
            return
        kept = said.deleted or (said.room in self.evidence.private and said.n in self.evidence.kept)
        if not originals and not kept and not self._reported(said.n, place, "message"):
            self.verdict.lost.append(here)
        if len(originals) > 1 and not self._in_doubt(said.n, place):
            self.verdict.doubled.append(here)
        if not originals or self._in_doubt(said.n, place) or self._reported(said.n, place, "edit", "delete"):
            return
        if said.deleted:
            if not originals[0].gone and not any(line.what == "deletion" for line in lines):
                self.verdict.stale.append(here)
            return
        if max(line.version for line in lines) < said.version:
            self.verdict.stale.append(here)
        self._answer(said, place, originals[0], shown)

    def _answer(self, said: Said, place: str, line: Line, shown: Mapping[int, Sequence[Line]]) -> None:
        """A reply is one everywhere, except where one end of it is in doubt or gone."""
        answered = said.answers
        if answered is None or not shown.get(answered) or self.said[answered].deleted:
            return
        if self._in_doubt(answered, place) or self._in_doubt(answered, said.place):
            return
        if line.answers != answered:
            self.verdict.misanswered.append((said.room, place, said.n))

    def _order(self, room: int, place: str, lines: Sequence[Line]) -> None:
        """What was said in one place stands in the room in that place's order, and copies stand in the room's. What is
        in doubt may come late: a platform can take its time with a call that nobody waits for any more."""
        in_room = [line.n for line in self.evidence.lines.get((room, ROOM), ()) if line.what in ("said", "copy")]
        if place == ROOM:
            return
        copies = [line.n for line in lines if line.what == "copy" and not self._in_doubt(line.n, place)]
        if room in self.evidence.private:
            self._conversation(room, place, copies)
            return
        self.verdict.disordered += [(room, place, n) for n in _overtaken(copies, in_room)]
        spoken = [line.n for line in lines if line.what == "said"]
        self.verdict.disordered += [(room, ROOM, n) for n in _overtaken(in_room, spoken)]

    def _conversation(self, room: int, place: str, copies: Sequence[int]) -> None:
        """What the other said comes in their order, and nothing comes behind something that was kept back."""
        for other in self.evidence.chats[room]:
            shown = self.evidence.lines.get((room, other), ())
            spoken = [line.n for line in shown if line.what == "said" and not self.said[line.n].late]
            self.verdict.disordered += [(room, place, n) for n in _overtaken(copies, spoken)]
            kept = [at for at, n in enumerate(spoken) if n in self.evidence.kept]
            behind = spoken[kept[0] :] if kept and other != place else []
            self.verdict.strange += [(room, place, n) for n in copies if n in behind]

    def _tell(self) -> None:
        """Whoever must be told is told where they spoke: by a message of ours, which may itself be in doubt there."""
        untold: dict[Where, list[int]] = defaultdict(list)
        for n in {copy.n for copy in self.evidence.copies if copy.kind == "message" and copy.state in REPORTED}:
            said = self.said.get(n)
            if said is not None and n not in self.evidence.told and not said.late:
                untold[said.room, said.place].append(n)
        for where, numbers in untold.items():
            for n in sorted(numbers)[self.evidence.doubts.get(where, 0) :]:
                self.verdict.untold.append((*where, n))


def _overtaken(numbers: Iterable[int], order: Sequence[int]) -> list[int]:
    """Those that come behind one that belongs behind them."""
    at = {n: place for place, n in enumerate(order)}
    found: list[int] = []
    latest = -1
    for n in dict.fromkeys(numbers):
        if n in at:
            if at[n] < latest:
                found.append(n)
            latest = max(latest, at[n])
    return found
