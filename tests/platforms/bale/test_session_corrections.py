"""How a session on Bale changes and takes back what it sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridge.errors import InDoubt, LoginLost, NotAllowed, Refused, Retry
from bridge.model import Mark
from bridge.outgoing import Outgoing
from bridge.ports import Session
from tests.platforms.bale.test_session import session

if TYPE_CHECKING:
    from tests.platforms.conftest import Remote

__all__ = ["session"]
STUB = {"ok": True, "result": {"message_id": 0, "date": 0, "chat": {"id": 0, "type": ""}}}


def refusal(code: int, description: str) -> dict[str, object]:
    return {"ok": False, "error_code": code, "description": description}


@pytest.mark.parametrize("answer", [STUB, {"ok": True}, {"ok": True, "result": "odd"}])
async def test_the_answer_of_an_edit_is_not_read(session: Session, remote: Remote, answer: dict[str, object]) -> None:
    remote.will(remote.json(answer))
    await session.edit("4695281546", "57", Outgoing("*no* bold", reply_to="5"))
    (asked,) = remote.asked
    assert asked.path.endswith("/editMessageText")
    assert asked.body == {"chat_id": "4695281546", "message_id": 57, "text": "\u200c*no* bold"}


async def test_formatting_that_is_refused_is_tried_once_more_as_plain_words(session: Session, remote: Remote) -> None:
    remote.will(remote.json(refusal(400, "Bad Request"), 400), remote.json(STUB))
    marks = (Mark("link", 0, 4, "https://x.ir"), Mark("bold", 5, 8))
    await session.edit("5", "57", Outgoing("here now", marks=marks))
    assert [asked.body["text"] for asked in remote.asked] == ["[here](https://x.ir) *now*", "here (https://x.ir) now"]


@pytest.mark.parametrize(
    ("code", "words", "kind", "calls"),
    [
        (400, "Bad Request: message can't be edited", Refused, 2),
        (400, "Bad Request: message to edit not found", Refused, 1),
        (404, "Not Found", Refused, 2),
        (403, "Forbidden: permission_denied", Refused, 2),
        (403, "Forbidden: bot was blocked by the user", NotAllowed, 1),
        (400, "Bad Request: no such group or user", NotAllowed, 1),
        (401, "Unauthorized", LoginLost, 1),
        (400, "Bad Request: Token not found", LoginLost, 1),
        (429, "bot limit exceed", Retry, 1),
        (502, "Bad Gateway", Retry, 1),
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
        remote.json(refusal(400, "Bad Request: message to delete not found"), 400),
        remote.json({"ok": True, "result": True}),
    )
    await session.edit("5", "57", Outgoing("same"))
    await session.delete("5", "57")
    await session.delete("5", "57")
    assert remote.asked[-1].body == {"chat_id": "5", "message_id": 57}


async def test_a_deletion_that_is_too_late_or_without_the_right_is_refused(session: Session, remote: Remote) -> None:
    for code, words in ((400, "Bad Request: message can't be deleted"), (403, "Forbidden: permission_denied")):
        remote.will(remote.json(refusal(code, words), code))
        with pytest.raises(Refused) as caught:
            await session.delete("5", "57")
        assert not isinstance(caught.value, NotAllowed)


async def test_an_id_that_is_none_of_bale_is_refused_without_a_call(session: Session, remote: Remote) -> None:
    with pytest.raises(Refused):
        await session.edit("5", "x/57", Outgoing("x"))
    with pytest.raises(Refused):
        await session.delete("5", "x/57")
    assert remote.asked == []
