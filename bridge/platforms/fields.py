"""Reading JSON that may be anything. Only `parse` raises; the others answer None (or 0) for what does not fit."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from typing import TypeVar, cast

Name = TypeVar("Name", bound=str)

_LONGEST_ID = 255
_LONGEST_INTEGER = 40
_LATEST_SECOND = 10**11
_MOST = 2**40


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _LONGEST_INTEGER + digits.startswith("-") else digits


_READER = json.JSONDecoder(parse_int=_integer, parse_constant=lambda _name: None)
_WRITER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def parse(body: bytes) -> object:
    """JSON from bytes. Raises ValueError, and nothing else, for what is no JSON.

    One odd value must not cost its neighbours: bytes that are no UTF-8 become U+FFFD, an integer of
    thousands of digits (which `int` refuses) stays text, NaN and Infinity become None.
    """
    try:
        return cast(object, _READER.decode(body.decode("utf-8", "replace").removeprefix("\ufeff")))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def canonical(value: object) -> bytes:
    """The same bytes for the same JSON value, whatever the order of its keys; `parse` reads them back."""
    try:
        written = _WRITER.encode(value)
    except RecursionError:
        return b'"nested too deeply"'
    return written.encode("utf-8", "surrogatepass")


def digest(raw: bytes) -> str:
    """128 bits of SHA-256 in hexadecimal: the key of what has no id of its own."""
    return hashlib.sha256(raw).hexdigest()[:32]


def mapping(value: object) -> Mapping[str, object] | None:
    return value if isinstance(value, dict) else None


def first(names: Collection[Name], members: Mapping[str, object]) -> Name | None:
    """The first of these names under which there is something."""
    if members.keys().isdisjoint(names):
        return None
    return next((name for name in names if members.get(name)), None)


def text(value: object) -> str | None:
    """A string that every database and homeserver can hold: no NUL, no half of a surrogate pair."""
    if not isinstance(value, str):
        return None
    try:
        value.encode()
    except UnicodeEncodeError:
        value = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return value.replace("\0", "\ufffd")


def integer(value: object) -> int | None:
    """An integer, also where it was written as a string of ASCII digits."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value.isascii() and len(value) <= _LONGEST_INTEGER:
        digits = value.removeprefix("-")
        return int(value) if digits.isdigit() else None
    return None


def identifier(value: object) -> str | None:
    """An id as an opaque string, from a string or an integer: 1 to 255 visible characters."""
    if type(value) is int:
        number = str(value)
        return number if len(number) <= _LONGEST_ID else None
    if isinstance(value, str) and 0 < len(value) <= _LONGEST_ID and value.isprintable() and " " not in value:
        return value
    return None


def amount(value: object) -> int:
    """A size in bytes or pixels; 0 for what is none, or could not be."""
    number = integer(value)
    return number if number is not None and 0 < number < _MOST else 0


def degrees(value: object, most: int) -> float | None:
    """An angle of at most `most` degrees either way, from a number or its plain decimals."""
    if isinstance(value, str) and value.isascii() and len(value) <= _LONGEST_INTEGER:
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not -most <= value <= most:
        return None
    return float(value)


def written(value: object) -> str:
    """A text, or a number in its digits; "" for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return text(value) or ""


def milliseconds(seconds: object) -> int:
    """Unix seconds, a number or a string of digits, as milliseconds; 0 for what is no such time."""
    whole = int(seconds) if isinstance(seconds, float) and 0 < seconds < _LATEST_SECOND else integer(seconds)
    return whole * 1000 if whole is not None and 0 < whole < _LATEST_SECOND else 0


def full_name(first: object, last: object, username: object = None) -> str | None:
    """What a person is called: first and last name, else the username, else None."""
    parts = [part.strip() for part in (text(first), text(last)) if part is not None and part.strip()]
    return " ".join(parts) or (text(username) or "").strip() or None


def username(value: object) -> str:
    """What somebody is found by, without "@"; "" for none."""
    return identifier((text(value) or "").strip().removeprefix("@")) or ""


def language(value: object) -> str:
    """The code of a language, such as "fa" or "pt-BR"; "" for what is none."""
    code = text(value) or ""
    return code if len(code) <= 35 and re.fullmatch(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*", code) else ""
