"""Whether a page can be read in little time.

libxml2 compares each attribute of a tag with all before it, so that one tag of some hundred thousand would hold up
everybody for minutes. No page has such a tag: what has one is not read. Tags are found as the HTML standard finds them
("Tokenization"); whoever cuts a page differently must not find more attributes in a tag than are counted here.
"""

from __future__ import annotations

import re

MOST = 100
"""Attributes of one tag. Those of a channel's page have four at most."""

_SPACE = rb"[\t\n\f\r ]"
_NEXT = re.compile(rb"<(?:!--|[!?]|/[^a-zA-Z>]|(/?)([a-zA-Z][^\t\n\f\r />]*+))")
_ATTRIBUTE = re.compile(
    rb"[\t\n\f\r /]*+[^\t\n\f\r />][^\t\n\f\r />=]*+"
    rb"(?:%b*+=%b*+(?:\"[^\"]*+\"|'[^']*+'|(?![\"'])[^\t\n\f\r >]*+))?+" % (_SPACE, _SPACE)
)
_AS_IT_STANDS = re.compile(rb"script|style|title|textarea|xmp|iframe|noembed|noframes|plaintext", re.IGNORECASE)
"""Elements that hold no tags but the one that ends them."""


def readable(body: bytes) -> bool:
    """Whether no tag of a page has more than `MOST` attributes. In time proportional to its length."""
    at = 0
    while (found := _NEXT.search(body, at)) is not None:
        at, name = found.end(), found[2]
        if name is None:
            hidden = found[0] == b"<!--"
            end = re.compile(rb"--!?>" if hidden else rb">").search(body, at - 2 if hidden else at)
            if end is None:
                return True
            at = end.end()
            continue
        count = 0
        while (attribute := _ATTRIBUTE.match(body, at)) is not None:
            at, count = attribute.end(), count + 1
            if count > MOST:
                return False
        if not found[1] and _AS_IT_STANDS.fullmatch(name):
            end = re.compile(rb"</" + name, re.IGNORECASE).search(body, at)
            if end is None:
                return True
            inside = body[at : end.start()]
            if b"<!--" in inside and b"<script" in inside.lower():
                return False  # a script that hides its own end
            at = end.start()
    return True
