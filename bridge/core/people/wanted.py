"""What people type when they mean somebody: read, never looked up. Pure.

A code is eight letters and digits, written `K7PQ-2MXR`; the last is a check character, so that a slip of the finger
is told as such without asking anybody.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from bridge.texts.digits import ascii_digits

ALPHABET = "ABCDEFGHJKMNPQRTUVWXYZ2346789"
"""29 letters and digits that are not mistaken for one another when read aloud or copied by hand."""

_BASE = len(ALPHABET)
LENGTH = 8
_LONGEST = 500
"""Characters in which somebody can be named."""

_NAME = re.compile(r"(?:@(\w+)(?:[\s@·]+([^@]+))?|(\w+)@([^@]+))")
_NUMBER_AT = re.compile(r"(\+?[0-9][0-9\s().\-\u2010-\u2015\u2212/]*[0-9])[\s@·]+([^0-9]+)")
_USER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{2,31}")
_MATRIX = re.compile(r"@[a-z0-9._=/+-]+:(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_MATRIX_LINK = re.compile(r"(?:https://)?matrix\.to/#/([^?\s]+)(?:\?\S*)?")
_IN_LINK = re.compile(r"(?:[?&](?:start|startapp|st)=|/me/)([A-Za-z0-9-]+)")
_BETWEEN_DIGITS = re.compile(r"[\s().\-\u2010-\u2015\u2212/]+")
_AROUND_A_CODE = re.compile(r"[\s.,\-\u2010-\u2015\u2212\u0640\"'`*«»“”]+")


@dataclass(frozen=True, slots=True)
class ByCode:
    code: str


@dataclass(frozen=True, slots=True)
class BadCode:
    """It looks like a code, and is none: a slip of the finger."""


@dataclass(frozen=True, slots=True)
class ByName:
    """A user name, without "@", in small letters; on one messenger, or ("") on any."""

    name: str
    platform: str = ""


@dataclass(frozen=True, slots=True)
class ByNumber:
    """A phone number in international form (E.164), such as +989121234567; on one messenger, or ("") on any."""

    number: str
    platform: str = ""


@dataclass(frozen=True, slots=True)
class ByMatrix:
    mxid: str


Wanted = ByCode | BadCode | ByName | ByNumber | ByMatrix


def read(words: str, platforms: Mapping[str, str] | None = None) -> Wanted | None:
    """Whom somebody means, None if that is nothing we know. Raises nothing, whatever it is. `platforms` are names of
    messengers by what people may call them (as `folded` writes it)."""
    if len(words) > _LONGEST:
        return None
    typed = _plain(words)
    matrix = _MATRIX_LINK.fullmatch(typed)
    mxid = unquote(matrix[1]) if matrix is not None else typed
    if _MATRIX.fullmatch(mxid) and len(mxid) <= 255:
        return ByMatrix(mxid)
    if (link := _IN_LINK.search(typed)) is not None:
        return _code(link[1]) or BadCode()
    if (placed := _NUMBER_AT.fullmatch(typed)) and (there := _number(placed[1], placed[2], platforms or {})):
        return there
    if (name := _NAME.fullmatch(typed)) is not None:
        return _name(name[1] or name[3], name[2] or name[4] or "", platforms or {})
    if (number := read_number(typed)) is not None:
        return ByNumber(number)
    return _code(typed)


def read_number(words: str) -> str | None:
    """A phone number in international form; Iranian ones as people write them (0912…, 98912…, 0098912…)."""
    digits = _BETWEEN_DIGITS.sub("", _plain(words))
    if not re.fullmatch(r"\+?[0-9]{7,17}", digits):
        return None
    if digits.startswith("+"):
        plain = digits[1:]
    elif digits.startswith("00"):
        plain = digits[2:]
    elif digits.startswith("0") or (digits.startswith("9") and len(digits) == 10):
        plain = "98" + digits
    elif digits.startswith("98") and len(digits) >= 12:
        plain = digits
    else:
        return None
    if plain.startswith("98"):
        inside = plain[2:].lstrip("0")
        return "+98" + inside if len(inside) == 10 else None
    return "+" + plain if 7 <= len(plain) <= 15 and not plain.startswith("0") else None


def read_code(words: str) -> str | None:
    """The code that somebody typed, None if it is none."""
    match _code(_plain(words)) if len(words) <= _LONGEST else None:
        case ByCode(code):
            return code
        case _:
            return None


def shown(code: str) -> str:
    return f"{code[:4]}-{code[4:]}"


def masked(number: str) -> str:
    """A number of which only its last digits can be told."""
    return "•••" + number[-2:]


def folded(name: str) -> str:
    """A messenger's name as it is compared: without case, blanks and the letters that keyboards write in two ways."""
    same = name.casefold().translate(str.maketrans("يك", "یک"))
    return re.sub(r"[\s\u200c_-]+", "", same)


def checked(seven: str) -> str:
    """Seven characters and the one that checks them: every wrong character and every swap of two is found."""
    # All eight, weighted by their places, add up to nothing modulo a prime: no single difference can keep that.
    total = sum(place * ALPHABET.index(char) for place, char in enumerate(seven, 1))
    return seven + ALPHABET[-total * pow(LENGTH, -1, _BASE) % _BASE]


def _plain(words: str) -> str:
    """Without what cannot be seen, and with every letter and digit in its usual form."""
    usual = ascii_digits(unicodedata.normalize("NFKC", words))
    return "".join(char for char in usual if unicodedata.category(char) != "Cf").strip()


def _name(name: str, messenger: str, platforms: Mapping[str, str]) -> ByName | None:
    platform = platforms.get(folded(messenger)) if messenger else ""
    return ByName(name.lower(), platform) if platform is not None and _USER_NAME.fullmatch(name) else None


def _number(digits: str, messenger: str, platforms: Mapping[str, str]) -> ByNumber | None:
    number, platform = read_number(digits), platforms.get(folded(messenger))
    return ByNumber(number, platform) if number is not None and platform is not None else None


def _code(typed: str) -> ByCode | BadCode | None:
    tidy = _AROUND_A_CODE.sub("", typed).upper()
    if len(tidy) != LENGTH or not tidy.isascii() or not tidy.isalnum():
        return None
    if any(char not in ALPHABET for char in tidy) or checked(tidy[:-1]) != tidy:
        return BadCode()
    return ByCode(tidy)
