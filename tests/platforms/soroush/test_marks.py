from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.marks import KINDS, normal
from bridge.model import Mark, Text
from bridge.platforms.soroush import formatting
from bridge.platforms.soroush.session import CAPABILITIES
from bridge.platforms.soroush.simulator_text import parse
from tests.strategies import FORMATTED


def for_soroush(text: Text) -> Text:
    """What Soroush Plus can hold of a text: no mention, and nothing inside preformatted text."""
    pres = [mark for mark in text.marks if mark.kind == "pre"]
    kept = [
        mark
        for mark in text.marks
        if (
            mark.kind != "mention"
            and not any(pre.start <= mark.start and mark.end <= pre.end for pre in pres if pre is not mark)
        )
        or mark.kind == "quote"
    ]
    return Text(text.body, normal(text.body, kept))


@given(FORMATTED)
def test_a_formatted_text_comes_back_from_its_markup_as_it_was(text: Text) -> None:
    shown, entities = parse(formatting.markup(text.body, text.marks), "HTML")
    assert shown == text.body
    assert formatting.marks(entities, shown) == for_soroush(text).marks


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        (Text("a < b & c"), "a &lt; b &amp; c"),
        (Text("a <b>", (Mark("bold", 2, 5),)), "a <b>&lt;b&gt;</b>"),
        (Text("here", (Mark("link", 0, 4, 'https://x.ir/"a'),)), '<a href="https://x.ir/&quot;a">here</a>'),
        (Text("x = 1", (Mark("pre", 0, 5, "c++"),)), '<pre><code class="language-c++">x = 1</code></pre>'),
        (Text("x = 1", (Mark("pre", 0, 5), Mark("bold", 0, 1))), "<pre>x = 1</pre>"),
        (Text("he dies", (Mark("spoiler", 3, 7), Mark("italic", 3, 7))), "he <tg-spoiler><i>dies</i></tg-spoiler>"),
        (Text("Sara", (Mark("mention", 0, 4, "70000002"),)), "Sara"),
    ],
)
def test_marks_are_written_as_html(text: Text, markup: str) -> None:
    assert formatting.markup(text.body, text.marks) == markup


def test_what_is_declared_is_what_can_be_written() -> None:
    assert CAPABILITIES.marks == set(KINDS) - {"mention"}


@pytest.mark.parametrize(
    ("entity", "mark"),
    [
        ({"type": "expandable_blockquote"}, ("quote", "")),
        ({"type": "strikethrough"}, ("strike", "")),
        ({"type": "text_mention", "user": {"id": 70000002}}, ("mention", "70000002")),
        ({"type": "text_link", "url": "https://x.ir"}, ("link", "https://x.ir")),
        ({"type": "pre", "language": "python"}, ("pre", "python")),
    ],
)
def test_entities_are_read(entity: dict[str, Any], mark: tuple[str, str]) -> None:
    found = formatting.marks([{"offset": 0, "length": 4, **entity}], "Sara")
    assert [(each.kind, each.value) for each in found] == [mark]


@pytest.mark.parametrize(
    "entity",
    [
        {"type": "hashtag"},
        {"type": None},
        {"type": {}},
        {"type": "bold", "offset": -9},
        {"type": "bold", "length": "x"},
        {"type": "text_link", "url": 5},
        {"type": "text_mention", "user": []},
        None,
        7,
    ],
)
def test_odd_entities_are_passed_over_and_their_neighbours_are_not(entity: Any) -> None:
    odd = {"offset": 0, "length": 2, **entity} if isinstance(entity, dict) else entity
    assert formatting.marks([odd, {"type": "bold", "offset": 2, "length": 99}], "Sara") == (Mark("bold", 2, 4),)


ANY = st.recursive(
    st.none() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["bold", "text_link", "pre"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "offset", "length", "url", "user", "language"]), inner)
    ),
    max_leaves=12,
)


@given(ANY | st.lists(ANY, max_size=4), st.text(max_size=20))
def test_no_entities_raise(entities: object, body: str) -> None:
    assert normal(body, formatting.marks(entities, body)) == formatting.marks(entities, body)
