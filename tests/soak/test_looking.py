"""How the soak reads what a place shows: by the marks in what people said, and by the bridge's own sentences."""

from __future__ import annotations

import random
from typing import Any, Literal

from bridge.sandbox.client import Heard
from bridge.sandbox.control import Seen
from bridge.texts import say
from tests.soak.checker import Line
from tests.soak.faults import KINDS, draw
from tests.soak.journal import Journal
from tests.soak.looking import lines_of_chat, lines_of_room

BOTH = ("fa", "en")
LABEL = "\u2068سارا\u2069 · بله"
DOUBT = say("in_doubt", BOTH, platform={"fa": "بله", "en": "Bale"}, title="ما", reason={"fa": "؟", "en": "?"})


def journal() -> Journal:
    """Of round 4, in which three numbers were given away."""
    made = Journal(4)
    for _ in range(3):
        made.number()
    return made


def line(
    id: str, text: str, by: Literal["person", "api"] = "api", reply_to: str | None = None, *, deleted: bool = False
) -> Seen:
    return Seen(
        index=0, message_id=id, sender_id=None, sender_name=None, sender_is_bot=False, text=text, raw=text,
        reply_to=reply_to, at=0, by=by, kind="text", deleted=deleted, pinned=False, edited_at=None,
    )  # fmt: skip


def event(id: str, content: dict[str, Any], sender: str = "@ghost:x", type: str = "m.room.message") -> Heard:
    return Heard("!r", sender, type, id, content, 0)


def test_a_chat_is_read_by_the_marks_in_it() -> None:
    marks = journal()
    transcript = [
        line("1", f"{marks.mark(1)} سلام", "person"),
        line("2", f"{LABEL}\n{marks.mark(2)} و سلام", reply_to="1"),
        line("3", f"{LABEL}\n{say('corrected', BOTH)}\n{marks.mark(2, 1)} و درود", reply_to="2"),
        line("4", f"{LABEL}\n{say('deleted', BOTH)}", reply_to="2"),
        line("5", f"{LABEL}\n{marks.mark(3, 2)} رفت", deleted=True),
        line("6", DOUBT, reply_to="1"),
        line("7", f"{Journal(3).mark(1)} دور پیش", "person"),
        line("8", "/link", "person"),
    ]
    lines, told = lines_of_chat(marks, transcript)
    assert lines == [
        Line(1, "said"),
        Line(2, "copy", answers=1),
        Line(2, "correction", 1),
        Line(2, "deletion"),
        Line(3, "copy", 2, gone=True),
    ]
    assert told == {"1"}


def test_a_room_is_read_by_what_its_events_say_in_the_end() -> None:
    marks = journal()
    first, second = f"{marks.mark(1)} سلام", f"{marks.mark(2)} و سلام"
    new = {"body": f"{marks.mark(2, 1)} و درود", "msgtype": "m.text"}
    corrects = {"rel_type": "m.replace", "event_id": "$2"}
    events = [
        event("$1", {"body": first}, "@mina:x"),
        event("$2", {"body": second, "m.relates_to": {"m.in_reply_to": {"event_id": "$1"}}}),
        event("$3", {"body": f"* {new['body']}", "m.new_content": new, "m.relates_to": corrects}),
        event("$4", {"redacts": "$1"}, type="m.room.redaction"),
        event("$5", {"body": DOUBT, "m.relates_to": {"m.in_reply_to": {"event_id": "$1"}}}),
    ]
    lines, told = lines_of_room(marks, events, "@mina:x")
    assert lines == [Line(1, "said", gone=True), Line(2, "copy", 1, answers=1)]
    assert told == {"$1"}


def test_one_seed_draws_the_same_faults_and_each_kind_at_least_once() -> None:
    drawn = [draw(random.Random("7/0"), list(KINDS), ["bale", "rubika"], 200) for _ in range(2)]
    assert drawn[0] == drawn[1] != draw(random.Random("8/0"), list(KINDS), ["bale", "rubika"], 200)
    assert {each.kind for each in drawn[0]} == set(KINDS)
    assert [each.at for each in drawn[0]] == sorted(each.at for each in drawn[0])
