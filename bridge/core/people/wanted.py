"""What people type when they mean somebody: read, never looked up. Pure.

A code is eight letters and digits, written `K7PQ-2MXR`; the last is a check character, so that a slip of the finger
is told as such without asking anybody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bridge.texts.digits import ascii_digits

ALPHABET = "ABCDEFGHJKMNPQRTUVWXYZ2346789"
"""29 letters and digits that are not mistaken for one another when read aloud or copied by hand."""

_BASE = len(ALPHABET)
LENGTH = 8

_NAME = re.compile(r"@([A-Za-z][A-Za-z0-9_]{2,31})")
_MATRIX = re.compile(r"@[a-z0-9._=/+-]+:[A-Za-z0-9.-]+(?::\d{1,5})?")
_NUMBER = re.compile(r"\+?\d{7,15}")
_IN_LINK = re.compile(r"https?://\S+?(?:[?&](?:start|st)=|/me/)([A-Za-z0-9-]+)\S*")
_NOISE = dict.fromkeys(
    map(ord, "\u200b\u200c\u200d\u200e\u200f\u2066\u2067\u2068\u2069\u202a\u202b\u202c\u202d\u202e\xad")
)


@dataclass(frozen=True, slots=True)
class ByCode:
    code: str


@dataclass(frozen=True, slots=True)
class BadCode:
    """It looks like a code, and is none: a slip of the finger."""


@dataclass(frozen=True, slots=True)
class ByName:
    """A user name on any messenger, without "@", in small letters."""

    name: str


@dataclass(frozen=True, slots=True)
class ByNumber:
    """A phone number in international form (E.164), such as +989121234567."""

    number: str


@dataclass(frozen=True, slots=True)
class ByMatrix:
    mxid: str


Wanted = ByCode | BadCode | ByName | ByNumber | ByMatrix


def read(words: str) -> Wanted | None:
    """Whom somebody means, None if that is nothing we know. Raises nothing, whatever it is."""
    typed = ascii_digits(words.translate(_NOISE)).strip()
    if len(typed) > 500:
        return None
    if (link := _IN_LINK.fullmatch(typed)) is not None:
        return _code(link[1]) or BadCode()
    if _MATRIX.fullmatch(typed) and len(typed) <= 255:
        return ByMatrix(typed)
    if (name := _NAME.fullmatch(typed)) is not None:
        return ByName(name[1].lower())
    if (number := read_number(typed)) is not None:
        return ByNumber(number)
    return _code(typed)


def read_number(words: str) -> str | None:
    """A phone number in international form; Iranian ones as people write them (0912…, 98912…, 0098912…)."""
    digits = re.sub(r"[\s().\-/]", "", ascii_digits(words.translate(_NOISE)))
    if not _NUMBER.fullmatch(digits):
        return None
    if digits.startswith("+"):
        plain = digits[1:]
    elif digits.startswith("00"):
        plain = digits[2:]
    elif digits.startswith("09") and len(digits) == 11:
        plain = "98" + digits[1:]
    elif digits.startswith("9") and len(digits) == 10:
        plain = "98" + digits
    elif digits.startswith("98") and len(digits) == 12:
        plain = digits
    else:
        return None
    if plain.startswith("980"):
        plain = "98" + plain[3:]
    return "+" + plain if 7 <= len(plain) <= 15 and not plain.startswith("0") else None


def shown(code: str) -> str:
    return f"{code[:4]}-{code[4:]}"


def masked(number: str) -> str:
    """A number of which only its last digits can be told."""
    return "•••" + number[-2:]


def checked(seven: str) -> str:
    """Seven characters and the one that checks them: every wrong character and every swap of two is found."""
    # All eight, weighted by their places, add up to nothing modulo a prime: no single difference can keep that.
    total = sum(place * ALPHABET.index(char) for place, char in enumerate(seven, 1))
    return seven + ALPHABET[-total * pow(LENGTH, -1, _BASE) % _BASE]


def _code(typed: str) -> ByCode | BadCode | None:
    tidy = re.sub(r"[\s\-–—_.]", "", typed).upper()
    if len(tidy) != LENGTH or not tidy.isascii() or not tidy.isalnum():
        return None
    if any(char not in ALPHABET for char in tidy) or checked(tidy[:-1]) != tidy:
        return BadCode()
    return ByCode(tidy)
