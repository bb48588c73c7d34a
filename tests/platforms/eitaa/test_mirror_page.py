"""What a channel's public page says, whoever wrote it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from bridge.marks import normal
from bridge.model import Mark, Text
from bridge.platforms.eitaa import mirror_tags
from bridge.platforms.eitaa.mirror_page import LARGEST, Post, channel_name, read_page

NAME = "news"
HTML = [
    "<a", "<p ", "<b>", "</", "</a", ">", "/", "=", " ", "x1 ", "x2=", "x3='", 'x4="', "'", '"', "<!--", "-->", "--",
    "-", "!", "<!", "<?", "<script>", "</script>", "<style>", "</style", "<title>", "</title>", "<textarea>",
    "</textarea>", "<iframe>", "</iframe>", "<plaintext>", "<svg>", "<![CDATA[", "]]>", "~", "<p ~ y>", "<p ~ y z>",
    "\n", "\x0b", "\0",
]  # fmt: skip
"""What pages are made of; "~" stands for as many attributes as one tag may have, but one."""


def page(*posts: str, title: str = "اخبار") -> bytes:
    head = f'<div class="etme_channel_info_header_title"><span>{title}</span></div>'
    return f"<html><body>{head}{''.join(posts)}</body></html>".encode()


def post(number: int, inside: str, name: str = NAME) -> str:
    return f'<div class="etme_widget_message" data-post="{name}/{number}">{inside}</div>'


def words(html: str) -> str:
    return f'<div class="etme_widget_message_text" dir="auto">{html}</div>'


def only(inside: str) -> Post:
    (found,) = read_page(page(post(7, inside)), NAME).posts
    return found


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("سلام", Text("سلام")),
        ("یک<br>دو<br/>سه", Text("یک\nدو\nسه")),
        ("یک\n   دو", Text("یک دو")),
        ("&lt;b&gt; &amp; &#1587;", Text("<b> & س")),
        ("<b>مهم</b> و <i>نه</i>", Text("مهم و نه", (Mark("bold", 0, 3), Mark("italic", 6, 8)))),
        ("<strong><em>هر دو</em></strong>", Text("هر دو", (Mark("bold", 0, 5), Mark("italic", 0, 5)))),
        (
            '<a href="https://x.ir/a?b=1&amp;c=2">اینجا</a>',
            Text("اینجا", (Mark("link", 0, 5, "https://x.ir/a?b=1&c=2"),)),
        ),
        ('<a href="https://x.ir">https://x.ir</a>', Text("https://x.ir")),
        ('<a href="/someone">@someone</a>', Text("@someone")),
        ('<a href="javascript:alert(1)">بزن</a>', Text("بزن")),
        ("<pre>a\n  b</pre>", Text("a\n  b", (Mark("pre", 0, 5),))),
        ("<pre><code>a\n  b</code></pre>\n پس", Text("a\n  b پس", (Mark("pre", 0, 5),))),
        ("<pre>a <b>x</b>\n  b</pre>", Text("a x\n  b", (Mark("pre", 0, 7), Mark("bold", 2, 3)))),
        ("<template><b>نه</b></template>سلام", Text("سلام")),
        ('<i class="emoji" style="x"><b>🙂</b></i> خوب', Text("🙂 خوب")),
        ('<img class="emoji" alt="🙂" src="//x"> خوب', Text("🙂 خوب")),
        ("<script>alert(1)</script>سلام<style>x</style>", Text("سلام")),
        ("  <br><br> سلام <br>", Text("سلام")),
        ("<blockquote>گفت</blockquote>", Text("گفت", (Mark("quote", 0, 3),))),
    ],
)
def test_words_are_read_with_their_looks(html: str, text: Text) -> None:
    assert only(words(html)).text == text


def test_a_post_says_all_that_the_page_tells_of_it() -> None:
    found = only(
        '<span class="etme_widget_message_author_name">سارا</span>'
        '<div>بازارسال از <a class="etme_widget_message_forwarded_from_name">دیگر</a></div>'
        '<a class="etme_widget_message_reply" href="/news/3"><div class="etme_widget_message_metatext">پیش</div></a>'
        '<a class="etme_widget_message_photo_wrap" style="width:1px;background-image:url(\'/photo/9.jpg\')"></a>'
        + words("متن")
        + '<time class="time" datetime="2026-11-26T10:00:00+00:00">10:00</time>'
    )
    assert (found.number, found.kind, found.image, found.text.body) == (7, "photo", "/photo/9.jpg", "متن")
    assert (found.author, found.forwarded, found.reply_to, found.at) == ("سارا", "دیگر", 3, 1795687200)


@pytest.mark.parametrize(
    ("inside", "kind"),
    [
        (
            '<div class="etme_widget_message_video_player"><i class="etme_widget_message_video_thumb"></i></div>',
            "video",
        ),
        ('<div class="etme_widget_message_document_title">گزارش.pdf</div>', "document"),
        ('<div class="etme_widget_message_unsupported">x</div>', "unknown"),
        ('<a class="etme_widget_message_photo_wrap"></a>', "unknown"),
        ("", "unknown"),
    ],
)
def test_what_is_no_text_has_its_kind(inside: str, kind: str) -> None:
    assert only(inside).kind == kind


def test_the_older_prefix_is_read_too() -> None:
    found = read_page(page(post(1, words("سلام"))).replace(b"etme_", b"tgme_"), NAME)
    assert found.title == "اخبار"
    assert [each.text.body for each in found.posts] == ["سلام"]


def test_posts_of_others_and_numbers_that_are_none_do_not_count() -> None:
    odd = [
        post(1, words("a"), "other"),
        post(0, words("b")),
        '<div data-post="news/1x">c</div>',
        "<div data-post>d</div>",
    ]
    twice = [post(3, words("first")), post(3, words("second")), post(2, words("x"), "NEWS")]
    found = read_page(page(*odd, *twice), NAME)
    assert [(each.number, each.text.body) for each in found.posts] == [(2, "x"), (3, "first")]


def test_who_has_seen_a_post_does_not_change_it_and_its_words_do() -> None:
    views = '<span class="etme_widget_message_views" data-count="{0}">{0}</span>'
    photo = '<a class="etme_widget_message_photo_wrap" style="background-image:url(\'/photo/{0}.jpg\')"></a>'
    digests = {only(photo.format(n) + words("سلام") + views.format(n)).digest() for n in range(3)}
    assert len(digests) == 1
    assert only(words("سلام!")).digest() not in digests
    assert only(words("سلام")).digest() not in digests
    assert only(words("<b>سلام</b>")).digest() != only(words("سلام")).digest()


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("irna_1313", "irna_1313"),
        ("@IRNA", "irna"),
        (" https://eitaa.com/irna_1313/ ", "irna_1313"),
        ("eitaa.ir/irna", "irna"),
        ("https://eitaa.com/joinchat/abc", None),
        ("https://example.org/irna", None),
        ("../etc", None),
        ("a b", None),
        ("نام", None),
        ("", None),
        ("x" * 99, None),
    ],
)
def test_a_channel_is_named_in_any_of_its_forms(word: str, name: str | None) -> None:
    assert channel_name(word) == name


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0",
        b"\xff\xfe<div>",
        b"not html",
        b'<div data-post="news/1">' * 60_000,
        b"<div>" * 400_000,
        b"<b>" * 100_000 + b"<p>" * 1_000,
        b"<a b=c " * 100_000,
        b"&" * 1_000_000,
        page(*(post(n, words("x" * 200)) for n in range(1, 5_000))),
        page(post(1, words("<b>" * 50_000 + "x" * 50_000))),
        page(post(1, words("a<br>" * 100_000))),
        page(post(1, words(" " * 1_000_000 + "x"))),
        page(post(1, words("<a " + " ".join(f"x{n}" for n in range(200_000)) + ">x</a>"))),
        page("".join(f'<div data-post="news/{n}">' for n in range(1, 200)) + "<br>" * 100_000),
    ],
    ids=lambda body: repr(body[:20]),
)
def test_a_hostile_page_costs_little_time(body: bytes) -> None:
    assert len(body) < LARGEST
    began = time.process_time()
    found = read_page(body, NAME)
    assert time.process_time() - began < 3
    assert len(found.posts) <= 200


@given(st.lists(st.sampled_from(HTML), max_size=30))
def test_no_page_that_is_read_has_a_tag_of_more_attributes_than_were_counted(pieces: list[str]) -> None:
    body = "".join(pieces).replace("~", " ".join(f"x{n}" for n in range(mirror_tags.MOST - 1))).encode()
    if not mirror_tags.readable(body):
        return
    try:
        root = etree.fromstring(body, etree.HTMLParser(encoding="utf-8"))
    except etree.LxmlError:
        return
    if root is not None:
        seen = [each for each in root.iter() if each.tag not in ("html", "body")]  # those collect all their namesakes'
        assert all(len(each.attrib) <= mirror_tags.MOST for each in seen)


@pytest.mark.parametrize(
    ("body", "good"),
    [
        (b"<a " + b"x " * 100 + b">", True),
        (b"<a " + b"x " * 101 + b">", False),
        (b'<a b="' + b"x " * 1000 + b'">', True),
        (b"<!-- <a " + b"x " * 1000 + b"-->", True),
        (b"<script>for(i=0;i<n;i++){" + b"x " * 1000 + b"}</script>", True),
        (b"<script><!--<script></script><a " + b"x " * 1000 + b">", False),
        (b'<title><a x="</title><a ' + b"x " * 1000 + b">", False),
        (b"<!--><a " + b"x " * 1000 + b">-->", False),
    ],
)
def test_only_what_is_an_attribute_is_counted(body: bytes, good: bool) -> None:
    assert mirror_tags.readable(body) == good


@given(
    st.binary(max_size=300) | st.text(alphabet="<>/=\"' abcdpost-newsetm_widgetxt123&;\n", max_size=300).map(str.encode)
)
def test_any_bytes_are_a_page(body: bytes) -> None:
    for inside in (body, page(post(1, words(body.decode("utf-8", "replace"))))):
        for each in read_page(inside, NAME).posts:
            assert normal(each.text.body, each.text.marks) == each.text.marks
            assert each.text.body == each.text.body.strip()
            assert "\0" not in each.text.body
