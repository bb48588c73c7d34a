from __future__ import annotations

import subprocess
import sys

import pytest

from bridge.texts.plurals import chosen, form, forms


def test_english_has_a_form_for_one_and_persian_for_nought_as_well() -> None:
    assert [form(number, "en") for number in (0, 1, 2, 21, -1)] == ["other", "one", "other", "other", "one"]
    assert [form(number, "fa") for number in (0, 1, 2, 21)] == ["one", "one", "other", "other"]
    assert forms("fa") == forms("en") == {"one", "other"}


MESSAGES = {"one": "a message", "other": "{count} messages"}


def test_the_number_chooses_the_form_where_there_are_several() -> None:
    assert chosen(MESSAGES, "en", 1) == "a message"
    assert chosen(MESSAGES, "en", 0) == chosen(MESSAGES, "en", 12) == "{count} messages"
    assert chosen("{count} پیام", "fa", 12) == "{count} پیام"


def test_a_sentence_with_forms_wants_a_number() -> None:
    with pytest.raises(KeyError, match="count"):
        chosen(MESSAGES, "en", None)


def test_nothing_of_babel_is_loaded_before_a_sentence_needs_it() -> None:
    code = "import bridge.texts, sys; sys.exit('babel' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
