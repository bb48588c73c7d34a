"""An address as a picture that the camera of a phone reads."""

from __future__ import annotations

import io
import math

SMALLEST = 600
"""Pixels along an edge, so that it can be read from another phone's screen at arm's length."""
_QUIET = 4
"""Modules of white around it, as ISO/IEC 18004 wants them."""


def qr_png(text: str) -> bytes:
    """A PNG. Readable where up to 15 % of it cannot be seen. Raises ValueError for more text than a code can hold (some
    2,000 letters)."""
    import segno  # with the first picture: most runs need none for hours

    code = segno.make_qr(text, error="m")  # too much is a ValueError of its own
    scale = math.ceil(SMALLEST / code.symbol_size(border=_QUIET)[0])
    picture = io.BytesIO()
    code.save(picture, kind="png", scale=scale, border=_QUIET)
    return picture.getvalue()
