from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.marks import normal
from bridge.model import Mark, Text
from bridge.platforms.rubika import convert
from bridge.platforms.rubika.simulator_forms import Parameters, looks_of
from tests.strategies import FORMATTED

PERSON = "u0AbCd"


def for_rubika(text: Text) -> Text:
    marks = [Mark(m.kind, m.start, m.end, PERSON if m.kind == "mention" else m.value) for m in text.marks]
    return Text(text.body, normal(text.body, marks))


@given(FORMATTED.map(for_rubika))
def test_a_formatted_text_comes_back_from_its_ranges_as_it_was(text: Text) -> None:
    metadata = convert.metadata(text.body, text.marks)
    assert convert.marks(metadata, text.body) == text.marks
    if metadata is not None and len(text.marks) <= 30:
        call = Parameters({"metadata": metadata}, nulls_refused=True, utf16=True)
        seen = looks_of(text.body, call.metadata(text.body))
        assert [(look.kind, look.words, look.value) for look in seen] == [
            (mark.kind, text.body[mark.start : mark.end], mark.value) for mark in text.marks
        ]


def test_only_a_person_can_be_mentioned() -> None:
    assert convert.metadata("Sara", (Mark("mention", 0, 4, "b0abc"),)) is None
    assert convert.metadata("Sara", ()) is None


@pytest.mark.parametrize(
    ("part", "mark"),
    [
        ({"type": "Link", "link": {"type": "hyperlink", "hyperlink_data": {"url": "https://x.ir"}}}, ("link", "https://x.ir")),
        ({"type": "MentionText", "mention_text_object_guid": PERSON}, ("mention", PERSON)),
        ({"type": "Pre", "language": "python"}, ("pre", "python")),
        ({"type": "Pre", "language": 5}, ("pre", "")),
        ({"type": "Quote"}, ("quote", "")),
        ({"type": "Mono", "length": "4"}, ("code", "")),
        ({"type": "Bold", "from_index": "0"}, ("bold", "")),
    ],
)  # fmt: skip
def test_what_clients_of_rubika_write_is_read(part: dict[str, Any], mark: tuple[str, str]) -> None:
    metadata = {"meta_data_parts": [{"from_index": 0, "length": 4, **part}]}
    assert [(each.kind, each.value) for each in convert.marks(metadata, "Sara")] == [mark]


@pytest.mark.parametrize(
    "part",
    [
        {"type": "Shiny"},
        {"type": ["Bold"]},
        {"type": "Bold", "length": None},
        {"type": "Bold", "from_index": -9},
        {"type": "Bold", "from_index": 10**30},
        {"type": "Bold", "length": -4},
        {"type": "Link"},
        {"type": "Link", "link_url": "javascript:alert(1)"},
        {"type": "Link", "link": [], "link_url": {}},
        {"type": "MentionText", "mention_text_user_id": 5.5},
        None,
        "Bold",
    ],
)
def test_odd_parts_are_passed_over_and_their_neighbours_are_not(part: Any) -> None:
    odd = {"from_index": 0, "length": 2, **part} if isinstance(part, dict) else part
    bold = {"type": "Bold", "from_index": 2, "length": 99}
    assert convert.marks({"meta_data_parts": [odd, bold]}, "Sara") == (Mark("bold", 2, 4),)


ANY = st.recursive(
    st.none() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["Bold", "Link", "Pre"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["meta_data_parts", "type", "from_index", "length", "link_url", "link"]), inner
        )
    ),
    max_leaves=12,
)


@given(ANY, st.text(max_size=20))
def test_no_metadata_raises(metadata: object, body: str) -> None:
    assert normal(body, convert.marks(metadata, body)) == convert.marks(metadata, body)


def test_the_middle_of_a_letter_is_never_marked() -> None:
    metadata = {"meta_data_parts": [{"type": "Bold", "from_index": 1, "length": 1}]}
    assert convert.marks(metadata, "😀a") == (Mark("bold", 0, 1),)
