"""Any input as reactions: read, chosen and worded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.abilities import Capabilities
from bridge.core.identity import FSI, MARK, PDI
from bridge.core.reactions import Reaction, is_emoji, most_chosen, read_reactions, worded_reactions
from bridge.core.render import measure
from tests.core.fakes import SARA

if TYPE_CHECKING:
    pass

MINA = "@mina:hs.test"
HEART, THUMB = "❤️", "👍"
ABLE: dict[str, Any] = {"edits": True, "deletes": True}


keys = st.one_of(
    st.sampled_from([HEART, THUMB, "❤", "🏳️‍🌈", "👩‍👩‍👧‍👧", "1️⃣", "🇮🇷", "mxc://hs.test/abc"]),
    st.text(max_size=30),
)


@given(
    st.lists(
        st.one_of(
            st.none(),
            st.fixed_dictionaries(
                {
                    "event_id": st.one_of(st.none(), st.text(max_size=20)),
                    "sender": st.one_of(st.none(), st.sampled_from([SARA, MINA])),
                    "content": st.one_of(
                        st.none(), st.fixed_dictionaries({"m.relates_to": st.fixed_dictionaries({"key": keys})})
                    ),
                }
            ),
        ),
        max_size=4,
    )
)
def test_no_key_reads_as_somebodys_name_or_breaks_the_line(events: Sequence[object]) -> None:
    for each in read_reactions(events):
        assert each.key.strip()
        assert MARK not in each.key
        assert "\n" not in each.key
        assert len(each.key) <= 1000


names = st.text(min_size=1, max_size=60)


@given(
    st.lists(st.tuples(keys.filter(bool), names, names), min_size=1, max_size=60),
    st.integers(200, 5000),
    st.sampled_from(["utf16", "codepoints", "bytes"]),
)
def test_who_reacted_fits_into_one_message_and_is_never_empty(
    reactions: list[tuple[str, str, str]], limit: int, unit: Any
) -> None:
    able = Capabilities(text_limit=limit, text_unit=unit)
    read = read_reactions(
        {"event_id": "$1", "sender": f"@{n}:x", "content": {"m.relates_to": {"key": key}}}
        for n, (key, _, _) in enumerate(reactions)
    )
    text = worded_reactions(
        [(each.key, name, title) for each, (_, name, title) in zip(read, reactions, strict=True)], able
    )
    assert text.strip()
    assert measure(text, unit) <= limit
    assert text.count(FSI) == text.count(PDI)


def test_what_most_people_chose_is_shown_and_of_equals_the_first() -> None:
    made = [Reaction(f"${n}", f"@{n}:x", key) for n, key in enumerate(["hm", "hm", THUMB, HEART, HEART, THUMB])]
    assert most_chosen(made) == THUMB
    assert most_chosen(made[:2]) == ""


@pytest.mark.parametrize("key", [HEART, "❤", THUMB, "👍🏽", "🏳️‍🌈", "1️⃣", "🇮🇷"])
def test_emoji_are_known(key: str) -> None:
    assert is_emoji(key)


@pytest.mark.parametrize("key", ["", "1", "hm", "سلام", "❤️ Sara · Bale", "mxc://x/y", "\u200d"])
def test_words_are_no_emoji(key: str) -> None:
    assert not is_emoji(key)
