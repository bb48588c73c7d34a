"""Every sentence that a person can read. Code asks for a key and never builds a sentence itself."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.texts.counted import COUNTED
from bridge.texts.digits import persian_digits
from bridge.texts.plurals import chosen
from bridge.texts.sentences import SENTENCES
from bridge.texts.words import KINDS, REASONS

LANGUAGES = ("fa", "en")
LANGUAGE_NAMES = {"fa": "فارسی", "en": "English"}
"""As those who speak them call them."""


def say(key: str, languages: tuple[str, ...], between: str = "\n", **values: object) -> str:
    """The sentence in the asked languages, one under the other. Raises KeyError for a sentence that does not exist.

    A value may be a mapping by language; numbers are written in the digits of the language. Of a sentence that has
    forms by number (`counted.py`), the value named `count` chooses one.
    """
    return between.join(
        dict.fromkeys(
            _sentence(key, language, values.get("count")).format(
                **{name: _spoken(value, language) for name, value in values.items()}
            )
            for language in languages
        )
    )


def _sentence(key: str, language: str, count: object) -> str:
    sentence = SENTENCES.get(key)
    return sentence[language] if sentence is not None else chosen(COUNTED[key][language], language, count)


def _spoken(value: object, language: str) -> object:
    if isinstance(value, Mapping):
        return value[language]
    return persian_digits(str(value)) if isinstance(value, int) and language == "fa" else value


def reason_words(reason: str) -> Mapping[str, str] | str:
    """Why something did not go through: a word of ours becomes a phrase by language, anything else stays as it is."""
    return REASONS.get(reason, reason)


def say_kind(kind: str, languages: tuple[str, ...]) -> str:
    """What was sent that cannot be shown: "[عکس / photo]"."""
    word = KINDS.get(kind, KINDS["unknown"])
    return "[" + " / ".join(word[language] for language in languages) + "]"
