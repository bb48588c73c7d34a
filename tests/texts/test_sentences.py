from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bridge.texts import LANGUAGES, reason_words, say, say_kind
from bridge.texts.counted import COUNTED
from bridge.texts.plurals import forms
from bridge.texts.sentences import SENTENCES
from bridge.texts.words import KINDS, REASONS

BRIDGE = Path(__file__).parents[2] / "bridge"
DYNAMIC = ("help_", "leg_", "portal_", "service_", "accepted_", "let_in_", "request_", "decided_")
"""Keys that the code puts together: a command's help, a leg's state, a portal's state, what changed in a group, how a
conversation began, what became of a request, what somebody decided."""

ALL = [
    (name, key, words)
    for name, table in (("sentence", SENTENCES), ("reason", REASONS), ("kind", KINDS))
    for key, words in table.items()
]
EACH = pytest.mark.parametrize("words", [words for _, _, words in ALL], ids=[f"{name}-{key}" for name, key, _ in ALL])


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def all_forms(words: str | Mapping[str, str]) -> list[str]:
    return [words] if isinstance(words, str) else list(words.values())


def takes(key: str) -> set[str]:
    """The values that a sentence must be given."""
    if key in COUNTED:
        return {"count"}.union(*(placeholders(each) for each in all_forms(COUNTED[key]["fa"])))
    return placeholders(SENTENCES[key]["fa"])


def sources() -> Iterator[ast.Module]:
    for path in sorted(BRIDGE.rglob("*.py")):
        if path.parent.name != "texts":
            yield ast.parse(path.read_text(), str(path))


def said(call: ast.Call) -> ast.expr | None:
    """The first argument of a call of `say`."""
    is_say = isinstance(call.func, ast.Name) and call.func.id == "say"
    return call.args[0] if is_say and call.args else None


@EACH
def test_everything_is_said_in_both_languages_with_the_same_values(words: Mapping[str, str]) -> None:
    assert set(words) == set(LANGUAGES)
    assert all(words.values())
    assert placeholders(words["fa"]) == placeholders(words["en"])


@pytest.mark.parametrize("key", COUNTED)
def test_a_sentence_with_forms_has_all_of_its_languages_forms_and_they_take_the_same_values(key: str) -> None:
    assert key not in SENTENCES
    assert set(COUNTED[key]) == set(LANGUAGES)
    for language, words in COUNTED[key].items():
        assert isinstance(words, str) or set(words) == forms(language)
        for each in all_forms(words):
            assert placeholders(each) | {"count"} == takes(key)
            assert bool(re.search("[\u0600-\u06ff]", each)) == (language == "fa")
            assert not re.search("[يكىة\u0660-\u0669]", each)


@EACH
def test_persian_is_written_with_persian_letters(words: Mapping[str, str]) -> None:
    assert not re.search("[يكىة\u0660-\u0669]", words["fa"])
    assert re.search("[\u0600-\u06ff]", words["fa"])
    assert not re.search("[\u0600-\u06ff]", words["en"])


def test_every_sentence_that_the_code_asks_for_exists_and_gets_its_values() -> None:
    wrong = []
    for module in sources():
        for node in ast.walk(module):
            if not (isinstance(node, ast.Call) and (key := said(node)) is not None):
                continue
            given = {keyword.arg for keyword in node.keywords}
            for name in asked(key):
                if name not in SENTENCES and name not in COUNTED:
                    wrong.append(f"{name}: there is no such sentence")
                elif takes(name) - given:
                    wrong.append(f"{name}: got only {given}")
    assert not wrong


def asked(key: ast.expr) -> list[str]:
    """The keys that an argument can be, as far as it is written out."""
    match key:
        case ast.Constant(str(name)):
            return [name]
        case ast.IfExp(_, one, other):
            return asked(one) + asked(other)
        case ast.BinOp(ast.Constant(str(prefix)), ast.Add(), _):
            assert prefix in DYNAMIC
            return []
        case _:
            return []


def test_every_sentence_is_used_somewhere() -> None:
    written = {
        node.value
        for module in sources()
        for node in ast.walk(module)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert not [key for key in (*SENTENCES, *COUNTED) if key not in written and not key.startswith(DYNAMIC)]


def test_every_reason_that_is_made_of_a_word_can_be_said() -> None:
    """`Refused("a_word")` is shown to a person: as a reason, or as a whole sentence in answer to a command."""
    words = {
        node.args[0].value
        for module in sources()
        for node in ast.walk(module)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("Refused", "NotAllowed", "CannotLink")
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    words = {word for word in words if isinstance(word, str) and re.fullmatch("[a-z_]+", word)}
    assert len(words) > 10
    assert not words - set(SENTENCES) - set(REASONS)


def test_both_languages_stand_one_under_the_other_in_the_order_that_was_asked_for() -> None:
    persian, english = SENTENCES["not_linked"]["fa"], SENTENCES["not_linked"]["en"]
    assert say("not_linked", ("fa", "en")) == f"{persian}\n{english}"
    assert say("not_linked", ("en", "fa")) == f"{english}\n{persian}"
    assert say("not_linked", ("en",)) == english


def test_what_a_person_wrote_is_not_read_as_a_placeholder() -> None:
    assert say("unlinked", ("en",), title="{title} {0} {x.y}") == "“{title} {0} {x.y}” is unlinked."


def test_a_reason_that_is_no_word_of_ours_is_shown_as_it_came() -> None:
    assert reason_words("Bad Request: chat not found") == "Bad Request: chat not found"
    text = say("not_done", ("fa", "en"), reason=reason_words("too_long"))
    assert text == "انجام نشد: بسیار بلند است\nNot done: it is too long"


def test_numbers_are_written_in_the_digits_of_the_language_and_what_people_typed_is_left_alone() -> None:
    text = say("code", ("fa", "en"), code="K7PQ2MXR", minutes=30)
    assert "تا ۳۰ دقیقه" in text
    assert "Within 30 minutes" in text
    assert text.count("K7PQ2MXR") == 4


def test_what_cannot_be_shown_is_named_in_brackets_and_a_kind_nobody_knows_is_too() -> None:
    assert say_kind("photo", ("fa", "en")) == "[عکس / photo]"
    assert say_kind("hologram", ("en",)) == say_kind("unknown", ("en",))
