"""Formatted text of every shape, for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from bridge.marks import KINDS, marked
from bridge.model import Mark, MarkKind, Text

PIECES = [
    "a",
    "b c",
    "س",
    "لا",
    " ",
    "  ",
    "\n",
    "\n\n",
    ".",
    "e\u0301",
    "👍🏽",
    "👨‍👩‍👧",
    "🇮🇷",
    "می\u200cروم",
    "*",
    "_",
    "[",
    "](",
    ")",
    "`",
    "<b>",
    "&amp;",
    "snake_case",
    "› ",
]
BODY = st.lists(st.sampled_from(PIECES), min_size=1, max_size=40).map("".join).filter(str.strip)
VALUES: dict[MarkKind, list[str]] = {
    "link": ["https://x.ir/a_b*c", "https://fa.wikipedia.org/wiki/a_(b)?c=d&e", "javascript:alert(1)", "mailto:a@b.ir"],
    "mention": ["@sara:hs.test", "@hampayam_rubika_u0_ab=2f:hs.test", ""],
    "pre": ["", "python", "c++", "no language"],
}
MARK = st.sampled_from(KINDS).flatmap(
    lambda kind: st.builds(
        Mark,
        st.just(kind),
        st.integers(-2, 60),
        st.integers(-2, 90),
        st.sampled_from(VALUES.get(kind, ["", "odd"])),
    )
)
MARKS = st.lists(MARK, max_size=12)
FORMATTED: st.SearchStrategy[Text] = st.builds(marked, BODY, MARKS)
