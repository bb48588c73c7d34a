from __future__ import annotations

import pytest

from bridge.core.contents import reply_target, text_of


def test_a_reply_is_read_without_the_old_quote() -> None:
    relates = {"m.relates_to": {"m.in_reply_to": {"event_id": "$1"}}}
    quote = "> <@sara:hs> سلام\n> خوبی؟\n\nبله"
    assert text_of({"body": quote, **relates}) == "بله"
    assert text_of({"body": quote}) == quote
    assert text_of({"body": "> <@sara:hs> سلام\n\n ", **relates}) == "> <@sara:hs> سلام\n\n "
    assert text_of({"body": "> نقل\n\nپاسخ", **relates}) == "> نقل\n\nپاسخ"


@pytest.mark.parametrize(
    "relates",
    [
        None,
        5,
        "x",
        [],
        {},
        {"m.in_reply_to": None},
        {"m.in_reply_to": []},
        {"m.in_reply_to": {"event_id": 5}},
        {"m.in_reply_to": {"event_id": "$\0"}},
        {"m.in_reply_to": {"event_id": "$\ud800"}},
    ],
)
def test_a_relation_of_any_shape_is_no_reply(relates: object) -> None:
    assert reply_target({"m.relates_to": relates}) is None


@pytest.mark.parametrize("body", [None, 5, [], {}, "", " \n\u200a"])
def test_a_body_of_any_shape_that_shows_nothing_is_no_text(body: object) -> None:
    assert text_of({"body": body}) is None
