"""How a session on Soroush Plus changes and takes back what it sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridge.errors import InDoubt, LoginLost, NotAllowed, Refused, Retry
from bridge.model import Mark
from bridge.outgoing import Outgoing
from bridge.ports import Session
from tests.platforms.soroush.test_session import session

if TYPE_CHECKING:
    from tests.platforms.conftest import Remote

__all__ = ["session"]
DONE = {"ok": True, "result": {"message_id": 92}}


def refusal(code: int, description: str) -> dict[str, object]:
    return {"ok": False, "error_code": code, "description": description}


async def test_an_edit_goes_out_as_html_and_as_plain_words_where_that_is_refused(
    session: Session, remote: Remote
) -> None:
    remote.will(remote.json(refusal(400, "Bad Request: can't parse entities"), 400), remote.json(DONE))
    message = Outgoing("he <dies>", reply_to="90", marks=(Mark("spoiler", 3, 9),))
    await session.edit("-1000001234567", "92", message)
    base = {"chat_id": -1000001234567, "message_id": 92}
    assert [asked.body for asked in remote.asked] == [
        base | {"text": "he <tg-spoiler>&lt;dies&gt;</tg-spoiler>", "parse_mode": "HTML"},
        base | {"text": "he ▒ <dies> ▒"},
    ]


@pytest.mark.parametrize(
    ("code", "words", "kind", "calls"),
    [
        (400, "Bad Request: message can't be edited", Refused, 2),
        (404, "Not Found: message not found", Refused, 1),
        (403, "Forbidden: bot is not a member of the group chat", NotAllowed, 1),
        (404, "Not Found: chat not found", NotAllowed, 1),
        (401, "Unauthorized", LoginLost, 1),
        (429, "Too Many Requests: retry after 7", Retry, 1),
        (504, "Gateway Timeout", InDoubt, 1),
    ],
)
async def test_a_refused_edit_is_about_the_message_the_chat_or_the_login(
    session: Session, remote: Remote, code: int, words: str, kind: type[Exception], calls: int
) -> None:
    remote.will(*[remote.json(refusal(code, words), code)] * calls)
    with pytest.raises(kind) as caught:
        await session.edit("5", "57", Outgoing("now", marks=(Mark("bold", 0, 3),)))
    assert isinstance(caught.value, NotAllowed) is (kind is NotAllowed)
    assert len(remote.asked) == calls


async def test_what_says_that_already_and_what_is_gone_already_is_done(session: Session, remote: Remote) -> None:
    remote.will(
        remote.json(refusal(400, "Bad Request: message is not modified"), 400),
        remote.json(refusal(404, "Not Found: message not found"), 404),
        remote.json({"ok": True, "result": True}),
    )
    await session.edit("5", "57", Outgoing("same"))
    await session.delete("5", "57")
    await session.delete("5", "57")
    assert remote.asked[-1].body == {"chat_id": 5, "message_id": 57}


async def test_a_deletion_that_is_not_ours_is_refused(session: Session, remote: Remote) -> None:
    remote.will(remote.json(refusal(400, "Bad Request: message can't be deleted"), 400))
    with pytest.raises(Refused):
        await session.delete("5", "57")
    with pytest.raises(Refused):
        await session.delete("5", "no number")
    assert len(remote.asked) == 1
