"""Formatting on its way: from a platform into the room, from the room to a platform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bridge.core.contents import outgoing_content
from bridge.marks import KINDS
from bridge.model import Chat, ChatKind, Mark, MessageSaid, Origin, Person, Text, Unsupported

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.core.kit import Core

ROOM = "!family"
SARA = "@sara:hs.test"
REZA = "@hampayam_bale_reza:hs.test"
GROUP = Chat("g1", ChatKind.GROUP, "گروه")
ORIGIN = Origin("bale:bot", "g1", "1", "signed")


async def heard(core: Core, content: Text | Unsupported) -> Mapping[str, Any]:
    """What the room gets when Mina says something in a group on Bale."""
    await core.portal("bale")
    login, session = await core.login("bale"), core.session("bale")
    await core.take(login, session, ("g1/1", MessageSaid(GROUP, "1", Person("mina", "Mina"), content)))
    async with core.running() as lanes:
        await core.arrivals(login, session, lanes).resume()
    return core.homeserver.sent[-1].content


async def copied(core: Core, platform: str, body: str, html: str, **able: Any) -> list[Text]:
    """What a chat on a platform gets when Sara says something in the room."""
    portal = await core.portal(platform)
    session = core.session(platform, **able)
    content = {"format": "org.matrix.custom.html", "formatted_body": html}
    event = core.said(body, **content)
    core.homeserver.events[event.id] = {"content": event.content}
    await core.hub.accept([event])
    await core.drained(portal, session)
    return [Text(message.text, message.marks) for _, message in session.done]


async def test_a_bold_word_is_bold_in_the_room(small_core: Core) -> None:
    content = await heard(small_core, Text("سلام همه", (Mark("bold", 5, 8),)))
    assert content["body"] == "سلام همه"
    assert content["format"] == "org.matrix.custom.html"
    assert content["formatted_body"] == "سلام <strong>همه</strong>"
    assert "m.mentions" not in content


async def test_plain_words_bring_no_html(small_core: Core) -> None:
    assert not {"format", "formatted_body", "m.mentions"} & (await heard(small_core, Text("سلام <همه>"))).keys()


async def test_a_caption_keeps_its_marks_behind_the_word_for_what_it_belongs_to(small_core: Core) -> None:
    content = await heard(small_core, Unsupported("photo", "در کوه", (Mark("bold", 3, 6),)))
    assert content["body"].endswith("\nدر کوه")
    assert content["formatted_body"].endswith("<br>در <strong>کوه</strong>")


async def test_a_mention_on_a_platform_means_the_persons_ghost_in_the_room(small_core: Core) -> None:
    content = await heard(small_core, Text("رضا و رضا", (Mark("mention", 0, 3, "reza"), Mark("mention", 6, 9, "reza"))))
    assert f'<a href="https://matrix.to/#/{REZA}">رضا</a>' in content["formatted_body"]
    assert content["m.mentions"] == {"user_ids": [REZA]}


async def test_a_bold_word_in_the_room_is_bold_in_a_chat_that_can_show_it(small_core: Core) -> None:
    (text,) = await copied(small_core, "rubika", "سلام **همه**", "سلام <b>همه</b>", marks=frozenset(KINDS))
    assert text.body.endswith("\nسلام همه")
    (mark,) = text.marks
    assert (mark.kind, text.body[mark.start : mark.end]) == ("bold", "همه")


async def test_a_chat_that_shows_no_formatting_gets_the_words_and_what_would_be_missed(small_core: Core) -> None:
    html = '<b>see</b> <a href="https://x.ir">here</a>: <span data-mx-spoiler>he dies</span>'
    (text,) = await copied(small_core, "rubika", "see here", html)
    assert text.body.endswith("\nsee here (https://x.ir): ▒ he dies ▒")
    assert text.marks == ()


@pytest.mark.parametrize(("platform", "marks"), [("bale", [("mention", "reza")]), ("rubika", [])])
async def test_a_mention_in_the_room_is_one_on_the_persons_own_platform_and_a_name_elsewhere(
    small_core: Core, platform: str, marks: list[tuple[str, str]]
) -> None:
    html = f'<a href="https://matrix.to/#/{REZA}">Reza · بله</a>, <a href="https://matrix.to/#/{SARA}">Sara</a>!'
    (text,) = await copied(small_core, platform, "Reza · بله, Sara!", html, marks=frozenset(KINDS))
    assert text.body.endswith("\nReza · بله, Sara!")
    assert [(mark.kind, mark.value) for mark in text.marks] == marks


def test_formatting_that_has_no_room_in_an_event_is_written_out_in_its_words() -> None:
    body = "سلام " * 7_000
    content = outgoing_content(body, ORIGIN, None, (Mark("spoiler", 0, 4), Mark("bold", 5, 9)))
    assert "formatted_body" not in content
    assert content["body"].startswith("▒ سلام ▒ سلام")


def test_an_id_that_matrix_cannot_hold_is_not_mentioned() -> None:
    content = outgoing_content("Sara", ORIGIN, None, (Mark("mention", 0, 4, "@" + "a" * 300 + ":hs.test"),))
    assert content["formatted_body"] == "Sara"
    assert "m.mentions" not in content


async def test_what_came_from_a_platform_goes_to_another_with_all_its_marks(small_core: Core) -> None:
    text = Text("یک دو\nسه", (Mark("quote", 0, 5), Mark("italic", 3, 5), Mark("link", 6, 8, "https://x.ir")))
    content = await heard(small_core, text)
    (copy,) = await copied(
        small_core, "rubika", content["body"], content["formatted_body"], marks=frozenset(KINDS), text_limit=500
    )
    shift = len(copy.body) - len(text.body)
    assert copy.body[shift:] == text.body
    assert [(mark.kind, mark.start - shift, mark.end - shift, mark.value) for mark in copy.marks] == [
        (mark.kind, mark.start, mark.end, mark.value) for mark in text.marks
    ]


async def test_a_large_html_is_not_kept_in_memory(small_core: Core) -> None:
    small_core.bodies.keep("$1", {"body": "x", "formatted_body": "<b>" * 10_000})
    small_core.bodies.keep("$2", {"body": "x", "format": "org.matrix.custom.html", "formatted_body": "<b>x</b>"})
    assert await small_core.bodies.get(ROOM, "$1", SARA) is None
    assert (await small_core.bodies.get(ROOM, "$2", SARA) or {})["formatted_body"] == "<b>x</b>"
