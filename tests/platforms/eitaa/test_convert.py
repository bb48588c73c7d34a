from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model import Nothing, Update
from bridge.platforms.eitaa import convert
from bridge.ports import Identity

PAYLOADS = Path(__file__).parent / "payloads"


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


def test_getme_tells_who_we_are() -> None:
    assert convert.identity(payload("me")) == Identity("900100", "demo_admin", "demo eitaayar")


def test_a_sent_message_tells_its_id() -> None:
    assert convert.sent_id(payload("sent")) == "4711"
    assert convert.sent_id(payload("sent_without_id")) is None


@pytest.mark.parametrize("written", ["demo_channel", "@demo_channel", " @demo_channel "])
def test_a_channel_is_the_same_with_and_without_its_sign(written: str) -> None:
    assert convert.chat_id(written) == "demo_channel"
    assert convert.chat_parameter(convert.chat_id(written)) == "demo_channel"


@given(st.integers(0, 2**63))
def test_message_ids_come_back_as_they_were(number: int) -> None:
    assert convert.message_parameter(convert.message_id(number) or "") == number


def test_nothing_is_received() -> None:
    assert isinstance(convert.event(Update("k", "c", b"{}")), Nothing)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=8,
    )
    | st.fixed_dictionaries({"id": st.integers() | st.text(), "first_name": st.none() | st.text()})
)
def test_no_answer_raises(value: object) -> None:
    convert.identity(value)
    convert.sent_id(value)
