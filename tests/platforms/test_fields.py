from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.platforms import fields

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**39), 10**39) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(JSON)
def test_what_is_stored_is_read_back_as_it_came(value: object) -> None:
    assert fields.parse(fields.canonical(value)) == value


@given(st.dictionaries(st.text(), JSON))
def test_the_order_of_keys_makes_no_other_key(value: dict[str, object]) -> None:
    reordered = dict(reversed(value.items()))
    assert fields.digest(fields.canonical(value)) == fields.digest(fields.canonical(reordered))


def test_one_odd_value_does_not_cost_its_neighbours() -> None:
    body = b'{"a": "\xff", "b": ' + b"7" * 5000 + b', "c": [NaN, 1e999, -Infinity], "d": "\\ud800", "e": 1}'
    value = fields.parse(b"\xef\xbb\xbf" + body)
    assert isinstance(value, dict)
    assert value["e"] == 1
    assert fields.integer(value["b"]) is None
    stored = fields.parse(fields.canonical(value))
    assert isinstance(stored, dict)
    assert stored["e"] == 1


@pytest.mark.parametrize("body", [b"", b"{", b'{"a": tr', b"<html>", b"[" * 100_000, b"\x00"])
def test_what_is_no_json_raises_one_kind_of_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        fields.parse(body)


def test_what_is_nested_too_deeply_to_be_written_is_still_stored() -> None:
    deep: object = None
    for _ in range(100_000):
        deep = [deep]
    assert json.loads(fields.canonical(deep)) == "nested too deeply"


@given(st.text())
def test_a_text_is_always_one_that_can_be_stored(value: str) -> None:
    kept = fields.text(value)
    assert kept is not None
    kept.encode()
    assert "\0" not in kept


@pytest.mark.parametrize(
    ("value", "id"),
    [
        (5, "5"),
        (-(2**63), str(-(2**63))),
        ("u0Ab", "u0Ab"),
        (True, None),
        (1.0, None),
        ("", None),
        ("a b", None),
        ("a\n", None),
        ("\u200c", None),
        ("x" * 256, None),
        (None, None),
        ([], None),
    ],
)
def test_an_id_is_short_and_visible(value: object, id: str | None) -> None:
    assert fields.identifier(value) == id


@pytest.mark.parametrize(
    ("value", "at"),
    [
        (1758200000, 1758200000000),
        ("1758200000", 1758200000000),
        (1758200000.7, 1758200000000),
        (0, 0),
        (-5, 0),
        (10**15, 0),
        (float("inf"), 0),
        (float("nan"), 0),
        ("soon", 0),
        (None, 0),
        (True, 0),
    ],
)
def test_a_time_is_milliseconds_or_none_at_all(value: object, at: int) -> None:
    assert fields.milliseconds(value) == at


def test_a_name_falls_back_to_the_username() -> None:
    assert fields.full_name("Sara", "D", "sara") == "Sara D"
    assert fields.full_name(" ", None, "sara") == "sara"
    assert fields.full_name(None, 5, None) is None


@pytest.mark.parametrize(
    ("value", "username"),
    [("sara_x", "sara_x"), (" @sara_x ", "sara_x"), ("", ""), (None, ""), (["x"], ""), ("a b", "")],
)
def test_a_user_name_stands_without_its_sign(value: object, username: str) -> None:
    assert fields.username(value) == username


@pytest.mark.parametrize(
    ("value", "code"), [("fa", "fa"), ("pt-BR", "pt-BR"), ("", ""), (None, ""), ("فا", ""), ("f", ""), ("a" * 36, "")]
)
def test_a_language_is_a_code_or_nothing(value: object, code: str) -> None:
    assert fields.language(value) == code
