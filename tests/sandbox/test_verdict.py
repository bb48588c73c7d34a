"""The demo's judge sees what is missing, doubled, out of order, misnamed or tied to the wrong words."""

from __future__ import annotations

from bridge.sandbox.verdict import MATRIX, Line, Told, judge

TOLD = [
    Told("bale", "سارا · بله", "یک"),
    Told("rubika", "رضا · روبیکا", "دو", reply_to="یک"),
    Told("bale", "سارا · بله", "سه"),
]
BALE = [Line("یک", None, None), Line("دو", "رضا · روبیکا", "یک"), Line("سه", None, None)]
RUBIKA = [Line("یک", "سارا · بله", None), Line("دو", None, "یک"), Line("سه", "سارا · بله", None)]
ROOM = [Line("یک", "سارا · بله", None), Line("دو", "رضا · روبیکا", "یک"), Line("سه", "سارا · بله", None)]


def in_rubika(*lines: Line) -> dict[str, list[Line]]:
    return {"bale": BALE, "rubika": list(lines), MATRIX: ROOM}


def test_a_conversation_that_went_well_is_fine_everywhere() -> None:
    for place in ("bale", "rubika", MATRIX):
        finding = judge(place, TOLD, in_rubika(*RUBIKA))
        assert finding.fine, place
        assert (finding.expected, finding.once) == (3, 3)


def test_what_did_not_arrive_is_missing() -> None:
    finding = judge("rubika", TOLD, in_rubika(*RUBIKA[:2]))
    assert (finding.missing, finding.once, finding.fine) == (("سه",), 2, False)


def test_what_arrived_twice_is_told() -> None:
    finding = judge("rubika", TOLD, in_rubika(*RUBIKA, RUBIKA[0]))
    assert (finding.repeated, finding.fine) == (("یک",), False)


def test_what_passed_another_message_is_out_of_order() -> None:
    finding = judge("rubika", TOLD, in_rubika(RUBIKA[2], RUBIKA[1], RUBIKA[0]))
    assert (finding.misplaced, finding.fine) == (("یک",), False)


def test_the_order_of_the_room_counts_also_between_people_of_different_messengers() -> None:
    lines = {"bale": BALE, "soroush": [ROOM[1], ROOM[0], ROOM[2]], MATRIX: ROOM}
    assert judge("soroush", TOLD, lines).misplaced == ("یک",)


def test_a_wrong_name_and_a_reply_to_something_else_are_told() -> None:
    finding = judge("rubika", TOLD, in_rubika(Line("یک", "رضا · روبیکا", None), *RUBIKA[1:]))
    assert (finding.misnamed, finding.fine) == (("یک",), False)
    finding = judge("bale", TOLD, {**in_rubika(*RUBIKA), "bale": [BALE[0], Line("دو", BALE[1].label, None), BALE[2]]})
    assert (finding.misanswered, finding.fine) == (("دو",), False)


def test_what_nobody_said_is_told() -> None:
    finding = judge("rubika", TOLD, in_rubika(*RUBIKA, Line("چهار", "سارا · بله", None)))
    assert (finding.strange, finding.fine) == (("چهار",), False)
