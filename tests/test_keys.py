from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.keys import Keys

SECRET = b"a secret of thirty-two bytes: ok"
OTHER = b"another secret of the same length"

# Untrusted JSON can hold halves of surrogate pairs, so the parts may, too.
PARTS = st.lists(st.text(st.characters(), max_size=20), max_size=5)


@given(st.binary(max_size=2000))
def test_what_was_sealed_opens_again_and_says_nothing_while_it_is_sealed(plain: bytes) -> None:
    sealed = Keys(SECRET).seal(plain)
    assert Keys(SECRET).unseal(sealed) == plain
    if len(plain) > 8:
        assert plain not in sealed


def test_the_same_words_look_different_each_time_they_are_sealed() -> None:
    keys = Keys(SECRET)
    assert keys.seal(b"salam") != keys.seal(b"salam")


@given(st.binary(min_size=1, max_size=60), st.data())
def test_a_changed_byte_is_noticed(plain: bytes, data: st.DataObject) -> None:
    sealed = bytearray(Keys(SECRET).seal(plain))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ValueError, match="another secret, or damaged"):
        Keys(SECRET).unseal(bytes(sealed))


@given(st.integers(0, 40))
def test_what_was_cut_off_is_noticed(length: int) -> None:
    sealed = Keys(SECRET).seal(b"twenty letters, or so")
    with pytest.raises(ValueError, match=r"damaged|[Nn]once"):
        Keys(SECRET).unseal(sealed[:length])


def test_another_secret_opens_nothing_and_signs_nothing() -> None:
    with pytest.raises(ValueError, match="another secret"):
        Keys(OTHER).unseal(Keys(SECRET).seal(b"salam"))
    assert not Keys(OTHER).signed(Keys(SECRET).sign("a"), "a")
    assert Keys(OTHER).digest("a") != Keys(SECRET).digest("a")


@given(PARTS, PARTS)
def test_a_signature_holds_for_exactly_these_parts(parts: list[str], others: list[str]) -> None:
    keys = Keys(SECRET)
    assert keys.signed(keys.sign(*parts), *parts)
    assert keys.signed(keys.sign(*parts), *others) == (parts == others)


@given(st.text(min_size=2, max_size=20), st.data())
def test_a_signature_is_bound_to_the_boundaries_between_the_parts(text: str, data: st.DataObject) -> None:
    keys = Keys(SECRET)
    first, second = (data.draw(st.integers(0, len(text))) for _ in range(2))
    one, two = (text[:first], text[first:]), (text[:second], text[second:])
    assert (keys.sign(*one) == keys.sign(*two)) == (one == two)
    assert (keys.digest(*one) == keys.digest(*two)) == (one == two)
    assert keys.sign(text) != keys.sign(text, "") != keys.sign("", text)


@given(st.text(st.characters(), max_size=80))
@example("\ud800")
@example("é")
def test_a_made_up_signature_is_refused_whatever_it_holds(signature: str) -> None:
    assert not Keys(SECRET).signed(signature, "!room:hs", "@somebody:hs")


def test_signing_and_hashing_use_different_keys() -> None:
    assert Keys(SECRET).sign("a") != Keys(SECRET).digest("a")
