from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.core.custom_html import from_html, to_html
from bridge.marks import normal
from bridge.model import Mark, MarkKind, Text
from tests.strategies import FORMATTED

LINK = "https://x.ir"


def read(source: str) -> Text:
    text = from_html(source)
    assert text is not None
    return text


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        ("b", "bold"),
        ("STRONG", "bold"),
        ("h3", "bold"),
        ("i", "italic"),
        ("em", "italic"),
        ("u", "underline"),
        ("s", "strike"),
        ("del", "strike"),
        ("strike", "strike"),
        ("code", "code"),
        ("pre", "pre"),
        ("blockquote", "quote"),
    ],
)
def test_each_tag_is_a_mark(tag: str, kind: MarkKind) -> None:
    assert read(f"<{tag}>سلام</{tag}>") == Text("سلام", (Mark(kind, 0, 4),))


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a &lt;b&gt; &amp; c", Text("a <b> & c")),
        ("a<br>b<br/>c", Text("a\nb\nc")),
        ("<p>one</p>\n<p>two\nlines</p>\n", Text("one\n\ntwo lines")),
        ("<div>one</div><div>two</div>", Text("one\ntwo")),
        ("<h1>head</h1>\n<p>words</p>", Text("head\n\nwords", (Mark("bold", 0, 4),))),
        ("<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n", Text("• one\n• two")),
        ('<ol start="3">\n<li><p>one</p></li><li><p>two</p></li></ol>', Text("3. one\n4. two")),
        ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", Text("• a\n  • b\n• c")),
        ("x<hr>y", Text("x\n———\ny")),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", Text("a | b\nc")),
        (
            '<pre><code class="language-python">if a:\n    b &lt; c\n</code></pre>\nso',
            Text("if a:\n    b < c\nso", (Mark("pre", 0, 15, "python"),)),
        ),
        (
            "<blockquote>\n<p>asked</p>\n</blockquote>\n<p>answered</p>\n",
            Text("asked\n\nanswered", (Mark("quote", 0, 5),)),
        ),
        (f'<a href="{LINK}">here</a>', Text("here", (Mark("link", 0, 4, LINK),))),
        (f'<a href="{LINK}">{LINK}</a>', Text(LINK)),
        ('<a href="javascript:alert(1)">here</a>', Text("here")),
        ('<a href=" java&#10;script:alert(1)">here</a>', Text("here")),
        ('<a name="x">here</a>', Text("here")),
        (
            '<a href="https://matrix.to/#/@sara:hs.test">Sara · بله</a>: hi',
            Text("Sara · بله: hi", (Mark("mention", 0, 10, "@sara:hs.test"),)),
        ),
        (
            '<a href="https://matrix.to/#/%40a%2Fb:hs.test?via=x">Sara</a>',
            Text("Sara", (Mark("link", 0, 4, "https://matrix.to/#/%40a%2Fb:hs.test?via=x"),)),
        ),
        (
            '<a href="https://matrix.to/#/@a%2Fb:hs.test?via=x">Sara</a>',
            Text("Sara", (Mark("mention", 0, 4, "@a/b:hs.test"),)),
        ),
        ('<a href="matrix:u/sara:hs.test">Sara</a>', Text("Sara", (Mark("mention", 0, 4, "@sara:hs.test"),))),
        ('<a href="https://matrix.to/#/@nobody">Sara</a>', Text("Sara")),
        ("<span data-mx-spoiler>dies</span>", Text("dies", (Mark("spoiler", 0, 4),))),
        ('<span data-mx-spoiler="film">dies</span>', Text("(film) dies", (Mark("spoiler", 7, 11),))),
        ('<span data-mx-color="#f00">red</span>', Text("red")),
        ('see <img src="mxc://x/y" alt=":cat:"> here', Text("see :cat: here")),
        ("<mx-reply><blockquote>old</blockquote></mx-reply>new", Text("new")),
        ("<script>if (a<b) alert(1)</script>x<style>b{}</style><!-- no <b> -->y", Text("xy")),
        ("<font color=red><sup>a</sup></font><unknown>b</unknown>", Text("ab")),
        ("a <b>b</b> <i>c</i>", Text("a b c", (Mark("bold", 2, 3), Mark("italic", 4, 5)))),
        ("a  <b> b </b>  c", Text("a   b   c", (Mark("bold", 4, 5),))),
    ],
)
def test_what_clients_write_is_read_as_they_show_it(source: str, text: Text) -> None:
    assert read(source) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<b>open", Text("open", (Mark("bold", 0, 4),))),
        ("a</b></p></ul>b", Text("ab")),
        ("<b>a<i>b</b>c</i>", Text("abc", (Mark("bold", 0, 2), Mark("italic", 1, 2), Mark("italic", 2, 3)))),
        ("1 < 2 <3 <", Text("1 < 2 <3 <")),
        ("a &nosuch; &#0; &#xD800; &#x110000;", Text("a &nosuch; \ufffd \ufffd \ufffd")),
        ('<a href="x', Text('<a href="x')),
        ("<b/>a", Text("a", (Mark("bold", 0, 1),))),
        ("<a href=https://x.ir/>a</a>", Text("a", (Mark("link", 0, 1, "https://x.ir/"),))),
        ("<mx-reply>never closed", None),
        ("<br><p> </p>", None),
        ("", None),
        ("<" * 200, None),
        ("a" * 70_000, None),
    ],
)  # fmt: skip
def test_what_is_no_proper_html_is_read_as_far_as_it_goes(source: str, text: Text | None) -> None:
    assert from_html(source) == text


@pytest.mark.parametrize(
    ("text", "source"),
    [
        (Text("plain <b>"), "plain &lt;b&gt;"),
        (Text("a\nb", (Mark("bold", 0, 3),)), "<strong>a<br>b</strong>"),
        (Text("a\nb\nc", (Mark("quote", 2, 3),)), "a<br><blockquote>b</blockquote>c"),
        (Text("x = 1", (Mark("pre", 0, 5, "c++"),)), '<pre><code class="language-c++">x = 1\n</code></pre>'),
        (Text("here", (Mark("link", 0, 4, 'https://x.ir/"a"&b'),)), '<a href="https://x.ir/&quot;a&quot;&amp;b">here</a>'),
        (Text("Sara", (Mark("mention", 0, 4, "@s/x=2f:hs"),)), '<a href="https://matrix.to/#/@s%2Fx=2f:hs">Sara</a>'),
        (Text("Sara", (Mark("mention", 0, 4, "u0SARA"),)), "Sara"),
        (Text("dies", (Mark("spoiler", 0, 4), Mark("italic", 0, 4))), "<span data-mx-spoiler><em>dies</em></span>"),
    ],
)  # fmt: skip
def test_marks_are_written_as_the_specification_has_them(text: Text, source: str) -> None:
    assert to_html(text) == source


def without_odd_blocks(text: Text) -> Text:
    """A block that begins or ends inside a line gets lines of its own in HTML: its text cannot come back the same."""
    kept = []
    for mark in text.marks:
        alone = text.body[: mark.start][-1:] in ("", "\n") and text.body[mark.end : mark.end + 1] in ("", "\n")
        if (mark.kind not in ("quote", "pre") or alone) and not (mark.kind == "mention" and ":" not in mark.value):
            kept.append(mark)
    return Text(text.body.rstrip(), normal(text.body.rstrip(), kept))


@given(FORMATTED.map(without_odd_blocks))
@example(Text("a\n\nb\n\nc", (Mark("quote", 3, 4),)))
@example(Text("a\n  \nb\n \nc", (Mark("quote", 5, 6),)))
@example(Text("a\nb\nc", (Mark("quote", 0, 3), Mark("pre", 2, 3))))
def test_a_formatted_text_comes_back_from_html_as_it_was(text: Text) -> None:
    assert from_html(to_html(text)) == text


TAGS = [
    *("b", "i", "u", "del", "code", "pre", "blockquote", "p", "ul", "ol", "li", "h2", "br", "hr", "td", "tr", "div"),
    *("span data-mx-spoiler", "mx-reply", "script", 'a href="https://x.ir"', 'a href="https://matrix.to/#/@s:hs"'),
    *('img alt="x"', 'code class="language-c"'),
]
WORDS = [
    *("a", "سلام", " ", "  ", "\n", "\n ", "\r\n", "\t", "&lt;", "&#32;", "&#10;", "&nbsp;", "<", ">", '"', "'"),
    *("👨‍👩‍👧", "e\u0301"),
]
SCRAP = (
    st.sampled_from(TAGS).map(lambda tag: f"<{tag}>")
    | st.sampled_from(TAGS).map(lambda tag: f"</{tag.split()[0]}>")
    | st.sampled_from(WORDS)
    | st.text(max_size=4)
)
SOUP = st.lists(SCRAP, max_size=30).map("".join)


@given(SOUP)
@example("<blockquote>a</blockquote>&#32;")
@example("<pre>a&#10;")
@example("<li><blockquote>a</blockquote></li>")
@example("<b>&#32;<u>x</u></b>")
@example("<pre>a<blockquote>b</blockquote>c</pre>")
@example("<blockquote> <b>a")
def test_whatever_is_read_from_html_is_written_and_read_the_same(source: str) -> None:
    text = from_html(source)
    if text is not None:
        assert normal(text.body, text.marks) == text.marks
        assert from_html(to_html(text)) == text


@pytest.mark.parametrize(
    "unit",
    [
        *("<b>", "<", "<a ", '<a "', "<a '", "<!--", "<![", "<?", "</", "<b>x</b> ", "<ul><li>", "<blockquote>", "&"),
        *("&#", "&amp", '<a href="', "<b x=\"'\" y='\"' ", "<mx-reply>", "<p>\n", "<pre>\n", "<b><i>x</b>", "\n "),
        *("<a b=c ", "<span data-mx-spoiler>x", '<a "<a" ', "<li>", "</li>", "<code>a</code><pre>b</pre>", "<a x=\t"),
    ],
)
def test_hostile_html_takes_no_time(unit: str) -> None:
    source = (unit * 65_536)[:65_536]
    began = time.process_time()
    text = from_html(source)
    if text is not None:
        from_html(to_html(text))
    assert time.process_time() - began < 1.5
