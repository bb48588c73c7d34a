"""Digits as people write them: ۰۱۲ (Persian), ٠١٢ (Arabic) and 012 mean the same."""

from __future__ import annotations

_LATIN = "0123456789"
_PERSIAN = "۰۱۲۳۴۵۶۷۸۹"
_ARABIC = "٠١٢٣٤٥٦٧٨٩"

_TO_LATIN = str.maketrans(_PERSIAN + _ARABIC, _LATIN * 2)
_TO_PERSIAN = str.maketrans(_LATIN + _ARABIC, _PERSIAN * 2)


def ascii_digits(text: str) -> str:
    """The text with every Persian and Arabic digit as 0-9; all else untouched, the length too."""
    return text.translate(_TO_LATIN)


def persian_digits(text: str) -> str:
    """The text with every 0-9 and Arabic digit as ۰-۹; all else untouched, the length too."""
    return text.translate(_TO_PERSIAN)
