"""A file that a chat cannot take has a link there, where the operator allows one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.filelinks import PATH, FileLinks, file_in_words
from bridge.errors import Refused, Retry
from bridge.keys import Keys
from bridge.model import Mark, Text
from tests.core.fakes import ROOM
from tests.core.filing import KINDS, PNG, posts

if TYPE_CHECKING:
    from bridge.store.portals import Portal
    from tests.core.fakes import ToldSession
    from tests.core.kit import Core

PUBLIC = "https://files.example.org"


@pytest.fixture
async def bale(core: Core) -> Portal:
    core.links = FileLinks(core.keys, core.portals, core.bodies, PUBLIC, 72, core.clock)
    return await core.portal("bale")


@pytest.fixture
def session(core: Core) -> ToldSession:
    return core.session("bale", files={"photo": 5, "document": 10})


async def link(core: Core, bale: Portal, session: ToldSession, **more: Any) -> tuple[str, str]:
    """The event of a file that is too large, and the token of the link that the chat got."""
    event = await posts(core, **more)
    await core.drained(bale, session)
    found = re.search(re.escape(PUBLIC + PATH) + r"([A-Za-z0-9_-]+)(?:\n|$)", session.texts[-1])
    assert found is not None
    return event, found[1]


async def test_a_file_above_the_limit_becomes_its_name_its_size_and_a_link(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    _, token = await link(core, bale, session, caption="باغ", info={"mimetype": "image/png", "size": 30_000_000})
    assert session.texts == [
        "[photo]\n\u2068p.png\u2069 · 30 MB\nIt did not come here: it is too large\n"
        f"It can be fetched here for 72 hours:\n{PUBLIC}{PATH}{token}\nباغ"
    ]
    linked = await core.links.find(token)
    assert (linked.name, linked.mime) == ("p.png", "image/png")
    assert core.homeserver.files[linked.mxc] == PNG
    assert linked.reader == core.users.steward("bale", bale.room)


async def test_a_chat_that_takes_no_files_at_all_gets_a_link_too(core: Core, bale: Portal) -> None:
    _, token = await link(core, bale, core.session("bale"))
    assert (await core.links.find(token)).name == "p.png"


async def test_a_file_that_is_gone_has_no_link(core: Core, bale: Portal) -> None:
    session = core.session("bale", files=KINDS)
    await posts(core)
    core.homeserver.files.clear()
    await core.drained(bale, session)
    assert PATH not in session.texts[0]


async def test_an_operator_who_names_no_address_has_no_links(core: Core, session: ToldSession) -> None:
    bale = await core.portal("bale")
    await posts(core)
    await core.drained(bale, session)
    assert session.texts == ["[photo]\n\u2068p.png\u2069\nIt did not come here: it is too large"]


async def test_a_link_tells_nothing_of_room_and_message(core: Core, bale: Portal, session: ToldSession) -> None:
    event, token = await link(core, bale, session)
    assert not [word for word in (event, ROOM, "hs.test", "p.png") if word in token]
    assert len(token) < 400


async def test_a_link_runs_out(core: Core, bale: Portal, session: ToldSession) -> None:
    _, token = await link(core, bale, session)
    core.clock.hours(71.9)
    await core.links.find(token)
    core.clock.hours(0.2)
    with pytest.raises(Refused, match="file_expired"):
        await core.links.find(token)


@pytest.mark.parametrize(
    "now",
    [
        None,
        {"content": {}},
        {"content": {"msgtype": "m.text", "body": "words"}},
        {"content": {"msgtype": "m.image", "url": "mxc://hs.test/other", "body": "p.png"}},
    ],
    ids=["gone", "deleted", "words", "another file"],
)
async def test_a_message_that_was_deleted_or_holds_another_file_gives_nothing(
    core: Core, bale: Portal, session: ToldSession, now: dict[str, Any] | None
) -> None:
    event, token = await link(core, bale, session)
    core.homeserver.events[event] = now
    with pytest.raises(Refused, match="gone"):
        await core.links.find(token)


async def test_what_a_file_was_replaced_by_is_not_given_for_it(core: Core, bale: Portal, session: ToldSession) -> None:
    event, token = await link(core, bale, session)
    whole = core.homeserver.events[event]
    assert whole is not None
    new = {**whole["content"], "url": "mxc://hs.test/other"}
    edit = {"event_id": "$edit", "content": {"m.new_content": new}}
    core.homeserver.events[event] = {**whole, "unsigned": {"m.relations": {"m.replace": edit}}}
    with pytest.raises(Refused, match="gone"):
        await core.links.find(token)


async def test_a_homeserver_that_is_away_is_no_reason_to_say_that_a_file_is_gone(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    _, token = await link(core, bale, session)
    core.homeserver.fails("event", Retry("down"))
    with pytest.raises(Retry):
        await core.links.find(token)


async def test_a_link_into_a_room_that_is_none_of_ours_gives_nothing(core: Core, bale: Portal) -> None:
    later = str(core.clock() + 1000)
    with pytest.raises(Refused, match="gone"):
        await core.links.find(core.keys.token("!elsewhere", "$1", "0" * 16, later))


async def test_no_other_token_opens_anything(core: Core, bale: Portal, session: ToldSession) -> None:
    _, token = await link(core, bale, session)
    others = [
        "",
        "A",
        "../../etc/passwd",
        "%00",
        "ت" * 40,
        "A" * 2000,
        token[:-1],
        token[:20] + ("A" if token[20] != "A" else "B") + token[21:],
        token + "A",
        Keys(b"x" * 32).token(ROOM, "$1", "0" * 16, "9" * 15),
        core.keys.token("too", "few"),
        core.keys.token(ROOM, "$1", "0" * 16, "never"),
    ]
    for other in others:
        with pytest.raises(LookupError):
            await core.links.find(other)


@given(st.text(max_size=300))
def test_any_letters_are_read_as_a_token_or_not_at_all(token: str) -> None:
    with pytest.raises(ValueError, match="no token"):
        Keys(b"k" * 32).read_token(token)


@given(st.lists(st.text(max_size=50), max_size=5))
def test_what_was_put_into_a_token_is_read_from_it(parts: list[str]) -> None:
    keys = Keys(b"k" * 32)
    assert keys.read_token(keys.token(*parts)) == parts


def test_formatting_below_a_file_stands_where_it_stood() -> None:
    text = file_in_words(
        "photo", "a.png", 5, Text("my garden", (Mark("bold", 3, 9),)), ("en",), link=["here:", "https://x"]
    )
    (mark,) = text.marks
    assert text.body[mark.start : mark.end] == "garden"


@pytest.mark.parametrize("name", ["a\nhttps://evil.example/", "../../x", "\u202egpj.exe", "a" * 5000])
async def test_a_name_cannot_pretend_to_be_a_link_or_a_line(
    core: Core, bale: Portal, session: ToldSession, name: str
) -> None:
    _, token = await link(core, bale, session, filename=name)
    lines = session.texts[-1].split("\n")
    assert lines[4:] == [PUBLIC + PATH + token, "p.png"]
    assert lines[1].endswith("\u2069")
    assert "//evil" not in session.texts[-1]
    linked = await core.links.find(token)
    assert not set(linked.name) & set('/\\\n\u202e"')
