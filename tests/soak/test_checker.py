"""The soak's checker finds every kind of fault: transcripts made by hand, each with one thing wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.soak.checker import ROOM, Copy, Evidence, Line, Said, check

Damage = Callable[[Evidence], None]


def fine() -> Evidence:
    """Two on Bale and Rubika and one on Matrix have talked: 1, 2 (an answer to 1), 3 (corrected), 4 (taken back), and
    nothing is wrong."""
    said = [Said(1, 0, "bale"), Said(2, 0, "rubika", answers=1), Said(3, 0, ROOM, version=1)]
    said.append(Said(4, 0, "bale", deleted=True))
    shown = [Line(1), Line(2, answers=1), Line(3, version=1), Line(4, gone=True)]

    def lines(place: str) -> list[Line]:
        return [
            replace(line, what="said") if one.place == place else line for one, line in zip(said, shown, strict=True)
        ]

    copies = [
        Copy(one.n, 0, place, "message", "sent") for one in said for place in ("bale", "rubika") if place != one.place
    ]
    return Evidence(
        chats={0: ("bale", "rubika")},
        said=said,
        lines={(0, place): lines(place) for place in (ROOM, "bale", "rubika")},
        copies=copies,
    )


def lines(evidence: Evidence, place: str) -> list[Line]:
    found = evidence.lines[0, place]
    assert isinstance(found, list)
    return found


def call(evidence: Evidence, n: int, place: str, state: str) -> None:
    """The bridge says this of a copy."""
    evidence.copies = [replace(c, state=state) if (c.n, c.place) == (n, place) else c for c in evidence.copies]


def take_away(evidence: Evidence, n: int, place: str) -> None:
    lines(evidence, place)[:] = [line for line in lines(evidence, place) if line.n != n]


def swap(evidence: Evidence, place: str) -> None:
    shown = lines(evidence, place)
    shown[0], shown[2] = shown[2], shown[0]


def show(evidence: Evidence, place: str, line: Line) -> None:
    shown = lines(evidence, place)
    shown[:] = [line if line.n == other.n else other for other in shown]


def doubtful(evidence: Evidence, *, causes: int = 1, told: bool = True) -> None:
    call(evidence, 1, "rubika", "unknown")
    evidence.doubts = {(0, "rubika"): causes}
    evidence.told = frozenset({1}) if told else frozenset()


def test_nothing_wrong_is_found_where_nothing_is() -> None:
    verdict = check(fine())
    assert verdict.wrong == {}
    assert (verdict.messages, verdict.states) == (4, {"sent": 5})


WRONG: dict[str, tuple[str, tuple[int, str, int], Damage]] = {
    "a copy is not there": ("lost", (0, "rubika", 1), lambda e: take_away(e, 1, "rubika")),
    "a message is not in the room": ("lost", (0, ROOM, 1), lambda e: take_away(e, 1, ROOM)),
    "a copy is there twice": ("doubled", (0, "rubika", 1), lambda e: lines(e, "rubika").append(Line(1))),
    "a message is in the room twice": ("doubled", (0, ROOM, 2), lambda e: lines(e, ROOM).append(Line(2))),
    "copies have changed places": ("disordered", (0, "rubika", 1), lambda e: swap(e, "rubika")),
    "the queue is not empty": ("unfinished", (0, "rubika", 1), lambda e: call(e, 1, "rubika", "queued")),
    "a send never ended": ("unfinished", (0, "bale", 2), lambda e: call(e, 2, "bale", "sending")),
    "in doubt without a cause": ("unfounded", (0, "rubika", 1), lambda e: doubtful(e, causes=0)),
    "in doubt and nobody told": ("untold", (0, "bale", 1), lambda e: doubtful(e, told=False)),
    "refused and nobody told": ("untold", (0, "rubika", 2), lambda e: call(e, 2, "bale", "refused")),
    "expired, though nothing waits for long": ("hasty", (0, "bale", 2), lambda e: call(e, 2, "bale", "expired")),
    "not corrected": ("stale", (0, "bale", 3), lambda e: show(e, "bale", Line(3))),
    "not taken back": ("stale", (0, "rubika", 4), lambda e: show(e, "rubika", Line(4))),
    "not taken back in the room": ("stale", (0, ROOM, 4), lambda e: show(e, ROOM, Line(4))),
    "no answer any more": ("misanswered", (0, "bale", 2), lambda e: show(e, "bale", Line(2))),
    "an answer to something else": ("misanswered", (0, "bale", 2), lambda e: show(e, "bale", Line(2, answers=3))),
    "nobody said that here": ("strange", (0, "bale", 77), lambda e: lines(e, "bale").append(Line(77))),
}


@pytest.mark.parametrize(("found", "where", "damage"), WRONG.values(), ids=WRONG.keys())
def test_each_fault_is_found_and_called_by_its_name(found: str, where: tuple[int, str, int], damage: Damage) -> None:
    evidence = fine()
    damage(evidence)
    assert check(evidence).wrong.get(found) == [where]


def test_what_came_from_one_chat_in_another_order_than_it_was_said_there_is_found() -> None:
    said = [Said(1, 0, "bale"), Said(2, 0, "bale")]
    spoken, copied = [Line(1, "said"), Line(2, "said")], [Line(2), Line(1)]
    copies = [Copy(n, 0, "rubika", "message", "sent") for n in (1, 2)]
    shown = {(0, "bale"): spoken, (0, ROOM): copied, (0, "rubika"): copied}
    evidence = Evidence({0: ("bale", "rubika")}, said, shown, copies)
    assert check(evidence).wrong == {"disordered": [(0, ROOM, 1)]}


def test_where_sends_are_repeated_under_their_own_ids_only_what_was_taken_back_is_in_doubt() -> None:
    evidence = fine()
    doubtful(evidence)
    evidence.sure = frozenset({(0, "rubika")})
    assert check(evidence).wrong == {}  # one was taken back
    evidence.said = [replace(said, deleted=False) for said in evidence.said]
    assert check(evidence).wrong["unfounded"] == [(0, "rubika", 1)]


def test_words_of_another_room_are_strange() -> None:
    evidence = fine()
    evidence.chats = {0: ("bale", "rubika"), 1: ("soroush",)}
    evidence.lines = {**evidence.lines, (1, "soroush"): [Line(1)]}
    assert check(evidence).wrong == {"strange": [(1, "soroush", 1)]}


def test_what_was_said_behind_the_end_of_a_conversation_must_not_be_seen() -> None:
    evidence = fine()
    evidence.said = [*evidence.said, Said(5, 0, "bale", late=True)]
    lines(evidence, "bale").append(Line(5, "said"))
    assert check(evidence).wrong == {}
    lines(evidence, "rubika").append(Line(5))
    assert check(evidence).wrong == {"strange": [(0, "rubika", 5)]}


def test_a_copy_that_is_called_unknown_for_a_cause_may_be_there_or_not_or_late() -> None:
    evidence = fine()
    doubtful(evidence)
    assert check(evidence).wrong == {}
    swap(evidence, "rubika")
    assert check(evidence).wrong == {}
    take_away(evidence, 1, "rubika")
    assert check(evidence).wrong == {}


def test_a_refused_copy_whose_sender_was_told_is_no_loss() -> None:
    evidence = fine()
    take_away(evidence, 1, "rubika")
    call(evidence, 1, "rubika", "refused")
    evidence.told = frozenset({1})
    assert check(evidence).wrong == {}


def test_a_copy_that_is_called_sent_and_is_not_there_is_lost_whoever_was_told() -> None:
    evidence = fine()
    take_away(evidence, 1, "rubika")
    evidence.told = frozenset({1})
    assert check(evidence).wrong == {"lost": [(0, "rubika", 1)]}


def test_a_correction_or_a_deletion_may_be_written_out() -> None:
    evidence = fine()
    show(evidence, "bale", Line(3))
    lines(evidence, "bale").append(Line(3, "correction", version=1))
    show(evidence, "rubika", Line(4))
    lines(evidence, "rubika").append(Line(4, "deletion"))
    assert check(evidence).wrong == {}


def test_the_word_for_a_doubt_may_itself_be_in_doubt_where_there_is_cause() -> None:
    evidence = fine()
    doubtful(evidence, told=False)
    evidence.doubts = {(0, "rubika"): 1, (0, "bale"): 1}
    assert check(evidence).wrong == {}


def test_two_messages_of_one_number_are_no_evidence() -> None:
    evidence = fine()
    evidence.said = [*evidence.said, Said(1, 0, "bale")]
    with pytest.raises(ValueError, match="twice"):
        check(evidence)


def private() -> Evidence:
    """One on Bale and one on Rubika: 1 and 2, then Rubika ended it, and 3 (with 4, later) was kept back."""
    said = [Said(1, 1000, "bale"), Said(2, 1000, "bale"), Said(3, 1000, "bale"), Said(4, 1000, "bale", late=True)]
    shown: dict[tuple[int, str], list[Line]] = {
        (1000, "bale"): [Line(n, "said") for n in (1, 2, 3, 4)],
        (1000, "rubika"): [Line(1), Line(2)],
    }
    copies = [Copy(n, 1000, "rubika", "message", "sent") for n in (1, 2)]
    return Evidence({1000: ("bale", "rubika")}, said, shown, copies, private=frozenset({1000}), kept=frozenset({3, 4}))


def test_what_is_kept_back_at_the_end_of_a_conversation_is_no_loss() -> None:
    assert check(private()).wrong == {}


PRIVATELY: dict[str, tuple[str, int, Callable[[list[Line]], None]]] = {
    "one is not there": ("lost", 1, lambda shown: shown.__delitem__(0)),
    "one is there twice": ("doubled", 2, lambda shown: shown.append(Line(2))),
    "they have changed places": ("disordered", 1, lambda shown: shown.reverse()),
    "one that was kept back is there": ("strange", 3, lambda shown: shown.append(Line(3))),
    "one from behind the end is there": ("strange", 4, lambda shown: shown.append(Line(4))),
}


@pytest.mark.parametrize(("found", "n", "damage"), PRIVATELY.values(), ids=PRIVATELY.keys())
def test_each_fault_of_a_conversation_of_two_is_found(found: str, n: int, damage: Callable[[list[Line]], None]) -> None:
    evidence = private()
    shown = evidence.lines[1000, "rubika"]
    assert isinstance(shown, list)
    damage(shown)
    assert check(evidence).wrong == {found: [(1000, "rubika", n)]}
