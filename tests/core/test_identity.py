from __future__ import annotations

import re
import unicodedata

import pytest
import regex
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bridge.core.identity import (
    FSI,
    MARK,
    PDI,
    Users,
    clean_name,
    display_name,
    escape,
    label,
    pseudonym,
    title_of,
    unescape,
)

USERS = Users("hampayam", "hs.test", 2)
PLATFORM = st.sampled_from(["alpha", "beta"])
REMOTE_ID = st.text(max_size=60) | st.text(st.characters(), max_size=20)
LOCALPART = re.compile(r"[a-z0-9._=/+-]+")
"""What the specification allows in the localpart of a user's id."""

SYNAPSES_LONGEST_NAME = 256
"""Code points of a display name. Source: MAX_DISPLAYNAME_LEN in synapse/handlers/profile.py."""

BLANK_LETTERS = "\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4"
"""Letters and marks that show nothing: what people use for an empty name."""


LOOK_LIKE_THE_MARK = [
    *map(
        unicodedata.lookup,
        (
            "MIDDLE DOT",
            "GREEK ANO TELEIA",  # Unicode normalises it to the mark itself
            "CANADIAN SYLLABICS FINAL MIDDLE DOT",
            "CANADIAN SYLLABICS FINAL RAISED DOT",
            "BULLET",
            "BULLET OPERATOR",
            "WHITE BULLET",
            "HYPHENATION POINT",
            "DOT OPERATOR",
            "RING OPERATOR",
            "Z NOTATION SPOT",
            "WORD SEPARATOR MIDDLE DOT",
            "RAISED DOT",
            "KATAKANA MIDDLE DOT",
            "HALFWIDTH KATAKANA MIDDLE DOT",
            "AEGEAN WORD SEPARATOR DOT",
            "RUNIC SINGLE PUNCTUATION",
            "LATIN LETTER SINOLOGICAL DOT",
            "TIBETAN MARK INTERSYLLABIC TSHEG",
            "BLACK CIRCLE",
        ),
    )
]


@given(REMOTE_ID)
@example("u0BxYz_-.=/+")
@example("۱۲۳ کاربر")
@example("\ud800")
def test_a_remote_id_comes_back_from_its_escaped_form(remote_id: str) -> None:
    assert unescape(escape(remote_id)) == remote_id


@given(REMOTE_ID, REMOTE_ID)
def test_two_ids_never_share_an_escaped_form(one: str, other: str) -> None:
    assert (escape(one) == escape(other)) == (one == other)


@given(st.text(st.sampled_from("abzAZ019._-=+ f"), max_size=12) | st.text(max_size=12))
@example("=+f")
@example("= f")
@example("=6")
@example("=61")
@example("_")
@example("_A")
@example("=FF")
def test_what_escape_never_makes_is_refused(text: str) -> None:
    try:
        plain = unescape(text)
    except ValueError:
        return
    assert escape(plain) == text


@given(PLATFORM, REMOTE_ID)
def test_a_ghosts_id_is_legal_and_lower_case(platform: str, remote_id: str) -> None:
    mxid = USERS.ghost(platform, remote_id)
    localpart, _, domain = mxid[1:].partition(":")
    assert LOCALPART.fullmatch(localpart)
    assert domain == "hs.test"


@given(PLATFORM, REMOTE_ID)
def test_a_ghosts_id_tells_the_person_again(platform: str, remote_id: str) -> None:
    mxid = USERS.ghost(platform, remote_id)
    assert USERS.person_of(mxid) == (platform, remote_id)
    assert USERS.is_ours(mxid)
    assert not USERS.is_steward(mxid)


@given(PLATFORM, st.integers(0, 10**9))
def test_a_steward_is_ours_and_nobodys_ghost(platform: str, room: int) -> None:
    steward = USERS.steward(platform, room)
    assert USERS.is_ours(steward)
    assert USERS.is_steward(steward)
    assert USERS.person_of(steward) is None
    assert LOCALPART.fullmatch(steward[1:].partition(":")[0])


def test_the_stewards_of_a_platform_are_a_small_pool() -> None:
    assert len({USERS.steward("alpha", room) for room in range(100)}) == 2


@pytest.mark.parametrize(
    "mxid",
    [
        "@sara:hs.test",
        "@hampayam:elsewhere.test",
        "@hampayam_alpha_5:elsewhere.test",
        "@hampayamx:hs.test",
        "@hampayamx_alpha_5:hs.test",
        "@hampayam_alpha_5",
        "hampayam_alpha_5:hs.test",
        "",
        "@",
        ":",
    ],
)
def test_somebody_elses_user_is_not_ours(mxid: str) -> None:
    assert not USERS.is_ours(mxid)
    assert not USERS.is_steward(mxid)
    assert USERS.person_of(mxid) is None


def test_the_bot_is_ours_and_nobodys_ghost() -> None:
    assert USERS.is_ours(USERS.bot)
    assert not USERS.is_steward(USERS.bot)
    assert USERS.person_of(USERS.bot) is None


@given(st.text(max_size=40))
def test_any_user_id_at_all_is_looked_at_without_an_error(text: str) -> None:
    person = USERS.person_of(f"@hampayam_{text}:hs.test")
    if person is not None:
        assert USERS.ghost(*person) == f"@hampayam_{text}:hs.test"
    USERS.is_steward(text)


# --- names


@given(st.text(max_size=80), st.text(max_size=10))
@example("Sara · بله", "")
@example("Sara \u0387 بله", "")
@example("Sara ・ بله", "")
def test_a_name_cannot_fake_the_mark(before: str, after: str) -> None:
    for dot in LOOK_LIKE_THE_MARK:
        name = clean_name(before + dot + after) or ""
        assert MARK not in name
        assert MARK not in unicodedata.normalize("NFC", name)
        assert dot not in name


@given(st.text(max_size=80))
@example("\u202eevil\u202c \u2066x\u2069 \u200f\u061c")
@example("line one\nline two\r\n\ttab")
@example("\U000e0041\ufeff\u00ad")
def test_a_shown_name_is_one_line_without_bidi_or_other_invisible_controls(text: str) -> None:
    name = clean_name(text)
    if name is None:
        return
    assert not [char for char in name if unicodedata.category(char)[0] == "C" and char not in "\u200c\u200d"]
    assert not [char for char in name if unicodedata.bidirectional(char) in ("LRE", "RLE", "LRO", "RLO", "PDF")]
    assert name == " ".join(name.split())
    assert name.strip("\u200c\u200d ") == name


@given(st.text(max_size=40))
def test_cleaning_a_clean_name_changes_nothing(text: str) -> None:
    name = clean_name(text)
    assume(name is not None)
    assert clean_name(name) == name


def test_a_half_space_inside_a_persian_name_stays_and_at_its_ends_goes() -> None:
    assert clean_name("\u200cعلی‌رضا\u200c ") == "علی‌رضا"


def test_a_family_emoji_stays_one_picture() -> None:
    assert clean_name("👨‍👩‍👧 Sara") == "👨‍👩‍👧 Sara"


@pytest.mark.parametrize(
    "name", [None, "", " ", "\u200c \u200c", "\u202e\u2069", "···", "\ufe0f", "\u0301", *BLANK_LETTERS]
)
def test_a_name_that_shows_nothing_is_no_name(name: str | None) -> None:
    assert clean_name(name) is None


@given(
    st.text(min_size=40, max_size=2000)
    | st.text(st.sampled_from("a\u0301\u0302👩\u200d👧"), min_size=300, max_size=2000)
)
@example("e" + "\u0301" * 5000)
@example("👨‍👩‍👧‍👦" * 100)
def test_a_name_is_never_longer_than_a_room_can_show(text: str) -> None:
    name = clean_name(text)
    assume(name is not None)
    assert name is not None
    assert len(regex.findall(r"\X", name)) <= 48
    assert len(display_name(name, "سروش پلاس")) <= SYNAPSES_LONGEST_NAME


def test_a_pseudonym_is_short_stable_and_each_persons_own() -> None:
    assert pseudonym("alpha", "u1") == pseudonym("alpha", "u1")
    names = {pseudonym(platform, f"u{n}") for platform in ("alpha", "beta") for n in range(50)}
    assert len(names) >= 99
    assert all(re.fullmatch("عضو [۰-۹]{6}", name) for name in names)
    assert all(clean_name(name) == name for name in names)


def test_a_label_isolates_the_name_and_counts_the_parts() -> None:
    assert label("Sara", "بله") == f"{FSI}Sara{PDI} · بله"
    assert label("Sara", "بله", 2, 12) == f"{FSI}Sara{PDI} · بله (۲/۱۲)"


def test_a_platform_is_called_in_the_language_that_was_asked_for_or_in_another() -> None:
    assert title_of({"fa": "بله", "en": "Bale"}, "en") == "Bale"
    assert title_of({"fa": "بله"}, "en") == "بله"
