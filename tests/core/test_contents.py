from __future__ import annotations

import pytest

from bridge.core.contents import reply_target, text_of
from bridge.model import Mark, Text


def test_a_reply_is_read_without_the_old_quote() -> None:
    relates = {"m.relates_to": {"m.in_reply_to": {"event_id": "$1"}}}
    quote = "> <@sara:hs> سلام\n> خوبی؟\n\nبله"
    assert text_of({"body": quote, **relates}) == Text("بله")
    assert text_of({"body": quote}) == Text(quote)
    assert text_of({"body": "> <@sara:hs> سلام\n\n ", **relates}) == Text("> <@sara:hs> سلام\n\n ")
    assert text_of({"body": "> نقل\n\nپاسخ", **relates}) == Text("> نقل\n\nپاسخ")


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


HTML = {"msgtype": "m.text", "body": "a **b**", "format": "org.matrix.custom.html"}


def test_html_is_the_text_where_there_is_some() -> None:
    bold = Text("a b", (Mark("bold", 2, 3),))
    assert text_of({**HTML, "formatted_body": "a <strong>b</strong>"}) == bold
    quote = "<mx-reply><blockquote>old</blockquote></mx-reply>"
    relates = {"m.relates_to": {"m.in_reply_to": {"event_id": "$1"}}}
    assert text_of({**HTML, **relates, "formatted_body": f"{quote}a <strong>b</strong>"}) == bold


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"formatted_body": None},
        {"formatted_body": ["<b>x</b>"]},
        {"formatted_body": "<p> </p>"},
        {"formatted_body": "<mx-reply>never closed"},
        {"formatted_body": "<b>x</b>", "format": "org.example.other"},
        {"formatted_body": "<b>x</b>", "format": None},
        {"formatted_body": "<b>" * 50_000},
    ],
)
def test_html_that_cannot_be_used_leaves_the_plain_body(content: dict[str, object]) -> None:
    assert text_of({**HTML, **content}) == Text("a **b**")
