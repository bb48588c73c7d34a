"""Who is who: Matrix ids for remote people, names fit to be shown, and the label of a copied message. Pure.

A display name is input: it is cleaned before it is shown anywhere, and it cannot contain the origin mark
(" · بله"), which only we put behind a name.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

import regex

from bridge.texts.digits import persian_digits

MARK = "·"
"""Stands between a name and the platform it is from. No name can contain it, nor a dot that looks like it."""

FSI, PDI = "\u2068", "\u2069"
_NAME_LIMIT = 48
"""Graphemes of a name that are shown."""
_NAME_LENGTH = 200
"""Code points of a name. Synapse refuses more than 256 (MAX_DISPLAYNAME_LEN), and the mark comes behind."""

_DOTS = re.compile("[·\u0387•‧∙∘⋅・･᛫⸱⸳ꞏ𐄁●◦⦁ᐧᣟ་\U0001d16d]")
_BLANKS = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]")
"""Letters and marks that show nothing: with them a name could be empty and look like nobody's."""
_PLAIN = re.compile(
    "[A-Za-z0-9\u0621-\u064a\u067e-\u06d3\u06f0-\u06f9]+(?: [A-Za-z0-9\u0621-\u064a\u067e-\u06d3\u06f0-\u06f9]+)*"
)
"""Most names: letters and digits, words apart by one space. There is nothing to clean."""
_SPACES = re.compile(r"\s+")
_JOINERS = "\u200c\u200d"
"""Needed inside Persian words and emoji; every other format character goes."""


_UNESCAPED = re.compile(r"[a-z0-9.-]*")
"""Most ids, since most are numbers: there is nothing to escape."""


def escape(remote_id: str) -> str:
    """A remote id as part of a localpart. Reversible: lower-case letters, digits, "." and "-" stand for themselves,
    a capital is "_" and its small letter, everything else "=" and two hex digits a byte.

    Source: the Matrix specification, appendix "Mapping from other character sets".
    """
    if _UNESCAPED.fullmatch(remote_id):
        return remote_id
    out = []
    for char in remote_id:
        if char in ".-" or "a" <= char <= "z" or "0" <= char <= "9":
            out.append(char)
        elif "A" <= char <= "Z":
            out.append("_" + char.lower())
        else:
            out.extend(f"={byte:02x}" for byte in char.encode("utf-8", "surrogatepass"))
    return "".join(out)


def unescape(escaped: str) -> str:
    """The inverse of `escape`. Raises ValueError for what `escape` never makes."""
    if _UNESCAPED.fullmatch(escaped):
        return escaped
    out = bytearray()
    at = 0
    while at < len(escaped):
        char = escaped[at]
        if char == "_":
            follower = escaped[at + 1 : at + 2]
            if not ("a" <= follower <= "z"):
                raise ValueError("not an escaped id")
            out += follower.upper().encode()
            at += 2
        elif char == "=":
            out.append(int(escaped[at + 1 : at + 3], 16))
            at += 3
        else:
            out += char.encode()
            at += 1
    plain = out.decode("utf-8", "surrogatepass")
    if escape(plain) != escaped:
        raise ValueError("not an escaped id")
    return plain


@dataclass(frozen=True)
class Users:
    """The Matrix ids of everybody we control, by the registration's prefix and the homeserver's domain."""

    prefix: str
    domain: str
    stewards: int

    @property
    def bot(self) -> str:
        return f"@{self.prefix}:{self.domain}"

    def steward(self, platform: str, room: int) -> str:
        """The steward of a platform for a room (by its row id): one of a small pool."""
        return f"@{self.prefix}_{platform}.steward{room % self.stewards + 1}:{self.domain}"

    def ghost(self, platform: str, remote_id: str) -> str:
        return f"@{self.prefix}_{platform}_{escape(remote_id)}:{self.domain}"

    def is_ours(self, mxid: str) -> bool:
        if not mxid.startswith(f"@{self.prefix}"):
            return False
        return (mxid.startswith(f"@{self.prefix}_") and mxid.endswith(f":{self.domain}")) or mxid == self.bot

    def is_steward(self, mxid: str) -> bool:
        local = mxid[1:].split(":", 1)[0]
        return self.is_ours(mxid) and bool(re.fullmatch(rf"{re.escape(self.prefix)}_[a-z]+\.steward\d+", local))

    def person_of(self, mxid: str) -> tuple[str, str] | None:
        """(platform, remote id) of a ghost, None for anybody else."""
        local = mxid[1:].split(":", 1)[0]
        if not self.is_ours(mxid) or not local.startswith(self.prefix + "_"):
            return None
        platform, separator, escaped = local[len(self.prefix) + 1 :].partition("_")
        if not separator or not platform.isalpha():
            return None
        try:
            return platform, unescape(escaped)
        except ValueError:
            return None


def clean_name(name: str | None) -> str | None:
    """A name fit to be shown: one line, no bidi or other invisible controls, no origin mark, not too long.
    None when nothing is left."""
    if not name:
        return None
    if len(name) <= _NAME_LIMIT and _PLAIN.fullmatch(name):
        return name
    kept = "".join(
        char for char in name if char in _JOINERS or not unicodedata.category(char).startswith("C") or char.isspace()
    )
    kept = _BLANKS.sub("", _DOTS.sub(" ", kept))
    kept = _SPACES.sub(" ", kept).strip(_JOINERS + " ")
    if all(char in _JOINERS or unicodedata.category(char)[0] in "MZ" for char in kept):
        return None  # nothing that could be seen
    return _shortened(kept)


def _shortened(name: str) -> str:
    graphemes = regex.findall(r"\X", name[: _NAME_LIMIT * 50])
    if len(graphemes) <= _NAME_LIMIT and len(name) <= _NAME_LENGTH:
        return name
    kept = ""
    for grapheme in graphemes[: _NAME_LIMIT - 1]:
        if len(kept) + len(grapheme) >= _NAME_LENGTH:
            break
        kept += grapheme
    kept = kept or name[: _NAME_LENGTH - 1]  # one letter under a heap of marks
    return kept.rstrip(_JOINERS + " ") + "…"


def pseudonym(platform: str, remote_id: str) -> str:
    """A short stable name for somebody whose name the platform does not tell: "عضو ۴۸۱۲۳۷"."""
    number = int.from_bytes(hashlib.sha256(f"{platform}/{remote_id}".encode()).digest()[:8], "big") % 900_000
    return "عضو " + persian_digits(str(100_000 + number))


def display_name(name: str, title: str) -> str:
    """What a ghost is called in a room: its own name and where it is from."""
    return f"{name} {MARK} {title}"


def label(name: str, title: str, part: int = 1, parts: int = 1) -> str:
    """The first line of a copied message. The name is isolated, so that its direction changes nothing around it."""
    count = f" ({persian_digits(str(part))}/{persian_digits(str(parts))})" if parts > 1 else ""
    return f"{FSI}{name}{PDI} {MARK} {title}{count}"


def title_of(titles: Mapping[str, str], language: str) -> str:
    return titles.get(language) or next(iter(titles.values()))
