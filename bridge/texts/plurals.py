"""Which form of a sentence a number wants: CLDR's rules, as Babel has them.

Only the rules of the languages that are spoken here are loaded, with the first sentence that needs them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel.plural import PluralRule


@cache
def _rule(language: str) -> PluralRule:
    from babel import Locale

    return Locale(language).plural_form


def form(number: int, language: str) -> str:
    """CLDR's name of the form: "one" or "other" in Persian (where nought is "one", too) and in English."""
    return _rule(language)(abs(number))


def forms(language: str) -> frozenset[str]:
    """All forms that a language has."""
    return _rule(language).tags | {"other"}


def chosen(words: str | Mapping[str, str], language: str, count: object) -> str:
    """The sentence for a number, of those by form. Raises KeyError where a number is wanted and there is none."""
    if isinstance(words, str):
        return words
    if not isinstance(count, int):
        raise KeyError("count: a number")
    return words[form(count, language)]
