"""Did everything arrive everywhere, once, in order, under the right name, as a reply to the right words?

Judged from the outside alone: what was said, and what each place shows in the end. Every text must be said only
once, since it is by their texts that messages are known here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bridge.sandbox.client import Heard
from bridge.sandbox.control import Seen
from bridge.sandbox.reading import copied

MATRIX = "matrix"


@dataclass(frozen=True)
class Told:
    """Somebody said something: where, under which name and label others should see it, in answer to which text."""

    place: str
    label: str
    text: str
    reply_to: str | None = None


@dataclass(frozen=True)
class Line:
    """One message as a place shows it. `label` is None for what was said there by its own people."""

    text: str
    label: str | None
    reply_to: str | None


@dataclass(frozen=True)
class Finding:
    """What is wrong in one place, by the texts concerned. `once` is how many arrived there exactly once."""

    place: str
    expected: int
    once: int
    missing: tuple[str, ...]
    repeated: tuple[str, ...]
    misplaced: tuple[str, ...]
    misnamed: tuple[str, ...]
    misanswered: tuple[str, ...]
    strange: tuple[str, ...]

    @property
    def fine(self) -> bool:
        wrong = (self.missing, self.repeated, self.misplaced, self.misnamed, self.misanswered, self.strange)
        return not any(wrong) and self.once == self.expected


def lines_of_chat(transcript: Sequence[Seen]) -> list[Line]:
    """A messenger's transcript without commands and the bridge's own words."""
    words = {seen.message_id: (copied(seen.text) or ("", seen.text))[1] for seen in transcript}
    lines = []
    for seen in transcript:
        copy = copied(seen.text) if seen.by == "api" else None
        if seen.deleted or (copy is None and (seen.by == "api" or seen.text.startswith("/"))):
            continue
        label, text = copy or (None, seen.text)
        lines.append(Line(text, label, words.get(seen.reply_to) if seen.reply_to else None))
    return lines


def lines_of_room(events: Sequence[Heard], names: Mapping[str, str], people: Sequence[str]) -> list[Line]:
    """A room's messages as they read in the end. `names` are the members', by Matrix id; `people` those of them who are
    nobody's ghost."""
    words = {event.event_id: event.body for event in events}
    for event in events:
        if event.corrects is not None:
            words[event.corrects] = event.corrected or "?"
    deleted = {event.content.get("redacts") for event in events if event.type == "m.room.redaction"}
    lines = []
    for event in events:
        if event.type != "m.room.message" or event.content.get("msgtype") != "m.text" or event.event_id in deleted:
            continue
        if event.corrects is not None:
            continue
        answered = _answered(event)
        label = None if event.sender in people else names.get(event.sender, "?")
        lines.append(Line(words[event.event_id], label, words.get(answered) if answered else None))
    return lines


def _answered(event: Heard) -> str | None:
    relation = event.content.get("m.relates_to")
    target = relation.get("m.in_reply_to") if isinstance(relation, Mapping) else None
    return str(target["event_id"]) if isinstance(target, Mapping) and "event_id" in target else None


def judge(place: str, told: Sequence[Told], lines: Mapping[str, Sequence[Line]]) -> Finding:
    """`told` is all that was said, `lines` what every place shows, among them the room's under MATRIX if it is known.

    In order is: what was said in one place comes in that place's own order, and everything in the room's.
    """
    expected = {one.text: one for one in told}
    if len(expected) != len(told):
        raise ValueError("a text was said twice, so that its copies cannot be told apart")
    here = [line for line in lines[place] if line.text in expected]
    foreign = [line for line in here if expected[line.text].place != place]
    counts = Counter(line.text for line in lines[place])
    misplaced = _out_of_order([line.text for line in foreign], [line.text for line in lines.get(MATRIX, ())])
    for source, shown in lines.items():
        own = [line.text for line in shown if line.text in expected and expected[line.text].place == source]
        misplaced += _out_of_order([line.text for line in here if expected[line.text].place == source], own)
    return Finding(
        place,
        expected=len(expected),
        once=sum(counts[text] == 1 for text in expected),
        missing=tuple(text for text in expected if not counts[text]),
        repeated=tuple(text for text in expected if counts[text] > 1),
        misplaced=tuple(dict.fromkeys(misplaced)),
        misnamed=_texts(line for line in foreign if line.label != expected[line.text].label),
        misanswered=_texts(line for line in here if line.reply_to != expected[line.text].reply_to),
        strange=tuple(text for text in counts if text not in expected),
    )


def _texts(lines: Iterable[Line]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.text for line in lines))


def _out_of_order(texts: Sequence[str], order: Sequence[str]) -> list[str]:
    """The texts that come before one that belongs in front of them."""
    at = {text: place for place, text in enumerate(order)}
    found: list[str] = []
    latest = -1
    for text in texts:
        if text in at:
            if at[text] < latest:
                found.append(text)
            latest = max(latest, at[text])
    return found
