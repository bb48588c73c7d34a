"""The public page of a channel, as eitaa.com shows it to anybody → posts. Pure; raises nothing for odd input.

Classes begin with `etme_`, on older pages with `tgme_`. Source: the reference, part C.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from lxml import etree

from bridge.marks import HTML_TAGS, marked
from bridge.model import Mark, MarkKind, Text
from bridge.platforms import fields
from bridge.platforms.eitaa.mirror_tags import readable

LARGEST = 2 * 2**20
"""Bytes of a page that are read; one of twenty posts has some tens of thousands."""
_MOST = 200
"""Posts of one page that are looked at."""
_LONGEST = 20_000
"""Characters of a post that are read; Eitaa's own limit is 4,096."""

Kind = Literal["text", "photo", "video", "document", "unknown"]

_INLINE: dict[str, MarkKind] = {**HTML_TAGS, "pre": "pre", "blockquote": "quote", "tg-spoiler": "spoiler"}
_LAYOUT = re.compile(r"[ \t\r\n]++")
MARKS: frozenset[MarkKind] = frozenset({"link", *_INLINE.values()})
"""What a page can show of a text's looks."""
_HIDDEN = frozenset({"script", "style", "template"})
_IMAGE = re.compile(r"""background-image\s*:\s*url\(\s*['"]?([^'")]{1,2000})['"]?\s*\)""", re.IGNORECASE)
_POST = re.compile(r"([A-Za-z][A-Za-z0-9_]{0,63})/([1-9][0-9]{0,14})")
_NAME = re.compile(r"(?:(?:https?://)?(?:www\.)?eitaa\.(?:com|ir)/)?@?([A-Za-z][A-Za-z0-9_]{2,63})/?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Post:
    """`image` is the address of a picture (a video's is its preview), `author` who of several signed it, `forwarded`
    the first author's name; "" for what there is not. `at` is Unix seconds, 0 if nobody said."""

    number: int
    kind: Kind
    text: Text
    image: str = ""
    file: str = ""
    author: str = ""
    forwarded: str = ""
    reply_to: int | None = None
    at: int = 0

    def digest(self) -> str:
        """The same for as long as the post says the same: who has seen it, and by which address its picture is found,
        changes nothing."""
        marks = [[mark.kind, mark.start, mark.end, mark.value] for mark in self.text.marks]
        return fields.digest(fields.canonical([self.kind, self.text.body, marks, self.file]))[:16]


@dataclass(frozen=True, slots=True)
class Page:
    """`title` is None where the page shows no channel; `posts` are in the order of their numbers."""

    title: str | None
    posts: tuple[Post, ...]


def channel_name(word: str) -> str | None:
    """The name of a channel from what a person wrote: name, @name, eitaa.com/name. None for anything else."""
    found = _NAME.fullmatch(word.strip())
    return found[1].lower() if found is not None else None


def read_page(body: bytes, channel: str) -> Page:
    """`channel` is the name that was asked for: posts of others do not count."""
    root = _parsed(body)
    if root is None:
        return Page(None, ())
    title = next(_having(root, "channel_info_header_title"), None)
    posts: dict[int, Post] = {}
    elements = etree.iterwalk(root, events=("start",))
    for _, element in elements:
        where = element.get("data-post")
        if where is None:
            continue
        elements.skip_subtree()  # a post holds no others
        found = _POST.fullmatch(where)
        if found is None or found[1].lower() != channel.lower():
            continue
        post = _post(element, int(found[2]))
        posts.setdefault(post.number, post)
        if len(posts) == _MOST:
            break
    named = _words(title) if title is not None else None
    return Page(named, tuple(posts[number] for number in sorted(posts)))


def _parsed(body: bytes) -> etree._Element | None:
    """lxml cuts off what is nested too deeply, and opens no address."""
    if not body.strip() or not readable(body):
        return None
    parser = etree.HTMLParser(encoding="utf-8", recover=True, no_network=True, remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(body.decode("utf-8", "replace").replace("\0", "\ufffd").encode(), parser)
    except (etree.LxmlError, ValueError):
        return None


def _having(root: etree._Element, suffix: str) -> Iterator[etree._Element]:
    """The elements with a class that ends so behind its prefix."""
    wanted = {f"etme_{suffix}", f"tgme_{suffix}"}
    for element in root.iter():
        if isinstance(element.tag, str) and wanted & set((element.get("class") or "").split()):
            yield element


def _post(element: etree._Element, number: int) -> Post:
    kind, image, file = _media(element)
    text = next(_having(element, "widget_message_text"), None)
    reply = next(_having(element, "widget_message_reply"), None)
    answered = re.search(r"/([1-9][0-9]{0,14})(?:\?|$)", reply.get("href") or "") if reply is not None else None
    written = _text(text) if text is not None else Text("")
    if kind == "text" and not written.body.strip():
        kind = "unknown"
    return Post(
        number,
        kind,
        written,
        image,
        file,
        author=_first(element, "widget_message_author_name"),
        forwarded=_first(element, "widget_message_forwarded_from_name"),
        reply_to=int(answered[1]) if answered is not None else None,
        at=_time(element),
    )


def _media(element: etree._Element) -> tuple[Kind, str, str]:
    """What a post shows beside its words: the kind, a picture's address, a file's name."""
    for each in _having(element, "widget_message_photo_wrap"):
        if image := _image(each):
            return "photo", image, ""
        return "unknown", "", ""
    for each in _having(element, "widget_message_video_thumb"):
        return "video", _image(each), ""
    if next(_having(element, "widget_message_video_player"), None) is not None:
        return "video", "", ""
    if name := _first(element, "widget_message_document_title"):
        return "document", "", name
    if next(_having(element, "widget_message_unsupported"), None) is not None:
        return "unknown", "", ""
    return "text", "", ""


def _image(element: etree._Element) -> str:
    found = _IMAGE.search(element.get("style") or "")
    return found[1].strip() if found is not None else ""


def _time(element: etree._Element) -> int:
    for each in element.iter("time"):
        try:
            return max(0, int(datetime.fromisoformat(each.get("datetime") or "").timestamp()))
        except (ValueError, OverflowError, OSError):
            continue
    return 0


def _first(element: etree._Element, suffix: str) -> str:
    found = next(_having(element, suffix), None)
    return _words(found) if found is not None else ""


def _words(element: etree._Element) -> str:
    return " ".join("".join(str(each) for each in element.itertext()).split())[:200]


def _text(element: etree._Element) -> Text:
    """Words with their marks. Lines are broken by <br> alone; what the source breaks is layout, but in <pre>."""
    pieces: list[str] = []
    marks: list[Mark] = []
    open_marks: list[tuple[MarkKind, int, str]] = []
    length = hidden = kept = 0

    def add(words: str | None) -> None:
        nonlocal length
        if words and not hidden:
            pieces.append(words[: _LONGEST - length])
            length += len(pieces[-1])

    def write(words: str | None) -> None:
        add(words if not words or kept else _LAYOUT.sub(lambda space: _laid_out(space[0]), words))

    for event, each in etree.iterwalk(element, events=("start", "end")):
        tag = each.tag if isinstance(each.tag, str) else ""
        emoji = "emoji" in (each.get("class") or "").split()
        kind = None if emoji or _within_emoji(each, element) or each is element else _INLINE.get(tag)
        address = (each.get("href") or "") if tag == "a" and each is not element else ""
        way = 1 if event == "start" else -1
        hidden += way * (tag in _HIDDEN)
        kept += way * (tag == "pre")
        if event == "start":
            if kind is not None or address:
                open_marks.append((kind or "link", length, address))
            if tag == "br":
                add("\n")
            elif tag == "img":
                add(each.get("alt"))
            write(each.text)
        else:
            if kind is not None or address:
                what, start, value = open_marks.pop()
                if what != "link" or value.startswith(("http://", "https://")):
                    marks.append(Mark(what, start, length, value))
            if each is not element:
                write(each.tail)
    whole = fields.text("".join(pieces)) or ""
    body = whole.strip()
    shift = len(whole) - len(whole.lstrip())
    return marked(body, [Mark(m.kind, max(0, m.start - shift), m.end - shift, m.value) for m in marks])


def _within_emoji(element: etree._Element, top: etree._Element) -> bool:
    """An emoji is a picture with its sign inside, in bold: that says nothing of the words."""
    parent = element.getparent()
    return parent is not None and element is not top and "emoji" in (parent.get("class") or "").split()


def _laid_out(space: str) -> str:
    return " " if "\n" in space or "\r" in space else space
